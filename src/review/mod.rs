//! What is to be said of roles: findings on the present state (`check`), and on what a change does to it (`review`).
//!
//! Comes in: analyses, with the role that each function has today, and the configuration. Goes out: a [`Report`],
//! which every format prints. What a function needs is its grants; what it has is its role in the template; where
//! the role is not in the template there is nothing to compare, and a note says so.

mod applies;
mod change;
mod changes;
mod check;
mod excess;
mod finding;
mod given;
mod ground;
mod needs;
mod risk;
mod select;
mod silence;
mod slips;

use smol_str::SmolStr;

use crate::analysis::FunctionAnalysis;
use crate::model::{Note, Part, Pseudo, Text};
use crate::project::{Function, RoleToday};

pub use change::{ChangeRequest, ReviewError, review};
pub use changes::{Change, FunctionChange, Granted, Kind, State};
pub use check::{Checked, check};
pub use finding::{Finding, Witness};
pub use risk::Risk;

/// Everything that a format needs.
#[derive(Debug, Default)]
pub struct Report {
    /// What was compared; none for the present state alone.
    pub compared: Option<Compared>,
    /// Functions that were looked at.
    pub functions: Vec<SmolStr>,
    /// Those of them whose code could not be followed.
    pub unread: usize,
    pub findings: Vec<Finding>,
    /// Findings that the configuration silences.
    pub suppressed: usize,
    /// Of functions that were looked at; what belongs to no function comes first.
    pub notes: Vec<Note>,
    /// From the repository's root to the analysed folder, with a `/` at the end; empty where they are one or there
    /// is no repository.
    pub prefix: String,
}

#[derive(Debug, Default)]
pub struct Compared {
    /// As the person named it, and the commit that it is.
    pub base: String,
    pub base_commit: String,
    /// A commit, or none for the work tree.
    pub head: Option<String>,
    pub changes: Vec<FunctionChange>,
    /// Functions that the change does not touch.
    pub untouched: usize,
    /// Findings that were there before the change.
    pub earlier: usize,
}

/// A function with its analysis.
#[derive(Clone, Copy)]
pub struct Member<'a> {
    pub function: &'a Function,
    pub analysed: &'a FunctionAnalysis,
}

/// A role and all the functions that have it.
pub struct Group<'a> {
    pub role: &'a RoleToday,
    pub members: Vec<Member<'a>>,
}

/// An ARN that a pattern matches, as an example: what is open gets a name.
fn example(text: &Text) -> String {
    filled(text, "example")
}

/// A resource of the same kind by another name.
fn another(text: &Text) -> String {
    let example = filled(text, "example");
    let objects = example.starts_with("arn:") && example.split(':').nth(2) == Some("s3");
    let end = example.trim_end_matches(|c: char| !matches!(c, '/' | ':')).len();
    // Of an object the bucket is another, since within the bucket any key may be meant.
    let end = if objects { example.rfind(":::").map_or(end, |at| at + 3) } else { end };
    let rest = if objects && example[end..].contains('/') { "another-bucket/example" } else { "another" };
    format!("{}{rest}", &example[..end])
}

fn filled(text: &Text, open: &str) -> String {
    let mut filled = String::new();
    for part in text.parts() {
        match part {
            Part::Literal(literal) => filled.push_str(literal),
            Part::Pseudo(Pseudo::Partition) => filled.push_str("aws"),
            Part::Variable(name) if name == "Partition" => filled.push_str("aws"),
            Part::Pseudo(Pseudo::UrlSuffix) => filled.push_str("amazonaws.com"),
            Part::AnyOne => filled.push('x'),
            // In the place of the region and of the account an example must look like one.
            _ => match filled.strip_prefix("arn:").map(|rest| rest.matches(':').count()) {
                Some(2) => filled.push_str("us-east-1"),
                Some(3) => filled.push_str("123456789012"),
                _ => filled.push_str(open),
            },
        }
    }
    filled
}
