//! The role that a function has today, as its template writes it: the documents, and for each statement where a
//! person can change it. What no template says (a role that exists already) is not here.

use smol_str::SmolStr;

use crate::model::{Document, Place};

/// The policies of one role. Functions that name the same role have the same policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleToday {
    /// The logical id; `{Function}Role` for the role that SAM makes. Several, joined by `+`, where a condition of
    /// the template chooses.
    pub role: SmolStr,
    pub policies: Vec<Attached>,
    /// Some of what the role allows could not be read, and was noted.
    pub incomplete: bool,
}

impl RoleToday {
    /// The documents alone.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        self.policies.iter().map(|attached| &attached.document)
    }
}

/// One policy of a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    pub document: Document,
    pub entry: Entry,
    /// One for each statement of the document.
    pub written: Vec<Written>,
}

/// How a policy comes to the role, and so what a person can change of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Statements that stand in the template.
    Statements,
    /// A policy template of SAM or a managed policy of AWS, by its name: taken whole or not at all.
    Named(SmolStr),
    /// What SAM adds by itself; nobody wrote it.
    BySam,
}

/// Where a statement stands, and whether it is marked as a person's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The statement, or the entry of `Policies` or `ManagedPolicyArns` that stands for it.
    pub place: Place,
    /// Its Sid begins with `Keep`, or a comment `# scopedown: keep` stands on its first line or right above it:
    /// such a statement is neither reported nor rewritten.
    pub kept: bool,
}
