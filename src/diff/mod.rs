//! What changes from some policies to others: the permissions that are added, removed, widened, narrowed and the
//! same, by what the documents mean and not by how they are written; and the change of their text, line by line.
//!
//! A change is part of a statement: of the old side where something is taken away, of the new one where something is
//! given, and it has a witness, one request that the sides decide differently. What deserves a second look is marked
//! with its risks. Who wanted a permission and how sure its removal is, only the caller can know; there is a place
//! for both.

mod examples;
mod group;
mod read;

use smol_str::SmolStr;

use crate::model::{Action, Condition, Document, Origin, Text};
use crate::policy::{self, At, Extent, Region, Risk, Witness};
pub use examples::examples;
pub use read::{Named, ReadError, pair, read};

/// From `old` to `new`, of one function where it is one of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diff {
    pub name: Option<SmolStr>,
    pub old: Vec<Document>,
    pub new: Vec<Document>,
    /// By kind, then by statement.
    pub changes: Vec<Change>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Nothing of it was allowed.
    Added,
    /// Some of it was allowed.
    Widened,
    /// Nothing of it is allowed any more.
    Removed,
    /// Some of it is still allowed.
    Narrowed,
    Same,
}

impl Kind {
    pub const ALL: [Self; 5] = [Self::Added, Self::Widened, Self::Removed, Self::Narrowed, Self::Same];

    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Widened => "widened",
            Self::Removed => "removed",
            Self::Narrowed => "narrowed",
            Self::Same => "same",
        }
    }

    /// Whether the new side allows more by it.
    pub fn gives(self) -> bool {
        matches!(self, Self::Added | Self::Widened)
    }
}

/// Every action on every resource, part of one statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub kind: Kind,
    /// In the new documents where something is given, else in the old ones.
    pub statement: StatementName,
    pub actions: Vec<Action>,
    /// `NotAction`; the actions are then `*`.
    pub not_actions: Vec<Action>,
    pub resources: Vec<Text>,
    /// `NotResource`; the resources are then `*`.
    pub not_resources: Vec<Text>,
    pub condition: Condition,
    /// A request that only one side allows; where nothing changes, one that both allow.
    pub witness: Witness,
    pub risks: Vec<&'static Risk>,
    /// On every resource, though it could be on fewer.
    pub on_everything: bool,
    /// The statements of the other side that apply to some of it.
    pub meets: Vec<StatementName>,
    /// Who wants it, or wanted it; to be filled in by who knows.
    pub origins: Vec<Origin>,
    /// How sure it is that a removal takes away nothing that is used; to be filled in by who knows.
    pub sureness: Option<Sureness>,
}

/// A statement, for people.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StatementName {
    pub at: At,
    pub sid: Option<SmolStr>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sureness {
    pub level: Level,
    /// In a sentence.
    pub reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    Sure,
    Likely,
    Unsure,
}

impl Level {
    pub const ALL: [Self; 3] = [Self::Sure, Self::Likely, Self::Unsure];

    pub fn name(self) -> &'static str {
        match self {
            Self::Sure => "sure",
            Self::Likely => "likely",
            Self::Unsure => "unsure",
        }
    }
}

impl Diff {
    /// Compares two sides of any number of documents each.
    pub fn new(name: Option<SmolStr>, old: Vec<Document>, new: Vec<Document>) -> Self {
        let mut changes = Vec::new();
        let examples = examples();
        for (gives, regions) in [
            (true, policy::difference(&new, &old, examples)),
            (false, policy::difference(&old, &new, examples)),
        ] {
            let kind = |region: &Region| match (gives, region.extent) {
                (true, Extent::Whole) => Kind::Added,
                (true, Extent::Part) => Kind::Widened,
                (false, Extent::Whole) => Kind::Removed,
                (false, Extent::Part) => Kind::Narrowed,
            };
            changes.extend(group::grouped(regions, kind, gives, &old, &new));
        }
        let kept = policy::intersection(&old, &new, examples).into_iter();
        let kept = kept.filter(|region| region.extent == Extent::Whole).collect();
        changes.extend(group::grouped(kept, |_| Kind::Same, false, &old, &new));
        changes.sort_by_key(|change| (change.kind, change.statement.at));
        Self { name, old, new, changes }
    }

    /// Whether one side allows what the other does not.
    pub fn differs(&self) -> bool {
        self.changes.iter().any(|change| change.kind != Kind::Same)
    }

    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.kind == kind)
    }

    /// The change of the text as a unified diff; empty where both are written alike.
    pub fn unified(&self) -> String {
        let text = |documents: &[Document]| -> String {
            documents
                .iter()
                .fold(String::new(), |text, document| format!("{text}{:#}\n", policy::print(document)))
        };
        let (old, new) = (text(&self.old), text(&self.new));
        similar::TextDiff::from_lines(&old, &new)
            .unified_diff()
            .context_radius(3)
            .header("old", "new")
            .to_string()
    }
}
