//! A permission that something wants, and who wants it.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use super::{Action, Frame, Place, Text};

/// Operator (`StringEquals`) → key (`iam:PassedToService`) → values.
pub type Condition = BTreeMap<SmolStr, BTreeMap<SmolStr, BTreeSet<Text>>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The code calls it.
    Code,
    /// The service needs it to run the function as it is deployed.
    Platform,
    /// CloudTrail saw it.
    Observed,
    /// A person asked for it.
    Pinned,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Platform => "platform",
            Self::Observed => "observed",
            Self::Pinned => "pinned",
        }
    }
}

/// How sure it is that the permission is needed at all (not how well its resource is known).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Confidence {
    /// The call is plainly there.
    Certain,
    /// Needed in some states of the world that the code does not show (a retry that aborts an upload).
    Likely,
    /// The receiver or the operation is one of several possible.
    Possible,
}

impl Confidence {
    pub fn name(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
            Self::Possible => "possible",
        }
    }
}

/// The resource of a grant, in its two spellings.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Resource {
    /// For templates: template resources, parameters and pseudo parameters stay what they are. Everything
    /// else that is not literal has become [`super::Part::Any`].
    pub symbolic: Text,
    /// For a policy document: literals, policy variables and wildcards only.
    pub pattern: Text,
}

impl Resource {
    pub fn any() -> Self {
        Self { symbolic: Text::any(), pattern: Text::any() }
    }
}

/// Who wants a permission.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// A call in the code. `operation` is `service:Operation` in botocore's spelling.
    Call { place: Place, operation: SmolStr, chain: Vec<Frame> },
    /// A property of the function in its template, dotted: `TracingConfig.Mode`, `Events.Queue`.
    Template { place: Place, property: SmolStr },
    /// A person, in the configuration; `reason` is theirs.
    Pin { place: Place, reason: SmolStr },
    /// Calls that CloudTrail recorded: how many, and the times of the first and the last as CloudTrail writes them.
    /// `via` is the service that made them on the function's behalf.
    Trail {
        event_source: SmolStr,
        event_name: SmolStr,
        via: Option<SmolStr>,
        count: u64,
        first: SmolStr,
        last: SmolStr,
    },
}

/// What was seen stands in no file of the project.
static NOWHERE: Place = Place { file: SmolStr::new_static(""), line: 0, column: 0 };

impl Origin {
    /// Where it stands; of a trail's events, nowhere: the file is empty.
    pub fn place(&self) -> &Place {
        match self {
            Self::Call { place, .. } | Self::Template { place, .. } | Self::Pin { place, .. } => place,
            Self::Trail { .. } => &NOWHERE,
        }
    }
}

/// One action on one resource under one condition, wanted by at least one origin.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    pub action: Action,
    pub resource: Resource,
    pub condition: Condition,
    pub kind: Kind,
    pub confidence: Confidence,
    pub origins: BTreeSet<Origin>,
}
