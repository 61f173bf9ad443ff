//! What may be reported of a function's role, and how loudly. The names are stable: they stand in configurations,
//! on command lines and in the archives of other tools.

/// What kind of finding it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// The function needs it, the role does not give it: it will be denied.
    Missing,
    /// The change adds it.
    NewPrivilege,
    /// Needed or given, and dangerous in the wrong hands.
    Risk,
    /// The role gives it, nothing needs it.
    Unneeded,
    /// The right action, on more than is needed; or an action pattern of which only some is needed.
    TooWide,
    /// A suppression or an acceptance whose last day is over.
    ExpiredSuppression,
    /// A policy names an action that AWS does not have.
    UnknownAction,
}

impl Rule {
    pub const ALL: [Self; 7] = [
        Self::Missing,
        Self::NewPrivilege,
        Self::Risk,
        Self::Unneeded,
        Self::TooWide,
        Self::ExpiredSuppression,
        Self::UnknownAction,
    ];

    pub fn id(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::NewPrivilege => "new-privilege",
            Self::Risk => "risk",
            Self::Unneeded => "unneeded",
            Self::TooWide => "too-wide",
            Self::ExpiredSuppression => "expired-suppression",
            Self::UnknownAction => "unknown-action",
        }
    }

    pub fn of_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.id() == id)
    }

    /// One sentence for people who meet the rule for the first time.
    pub fn about(self) -> &'static str {
        match self {
            Self::Missing => {
                "The function needs a permission that its role does not give; the call will be denied."
            }
            Self::NewPrivilege => "The change gives the function a privilege that it did not have.",
            Self::Risk => "The function holds a privilege that is dangerous in the wrong hands.",
            Self::Unneeded => "The role gives a permission that nothing in the function needs.",
            Self::TooWide => {
                "The role gives the right action on more resources, or more actions, than are needed."
            }
            Self::ExpiredSuppression => "A suppression or an accepted risk has passed its last day.",
            Self::UnknownAction => "The role names an action that AWS does not have, which gives nothing.",
        }
    }
}

/// How loudly a finding is reported. Notes never make a command end with findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    Note,
    Warning,
    Error,
}

impl Level {
    pub const ALL: [Self; 3] = [Self::Note, Self::Warning, Self::Error];

    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }
}
