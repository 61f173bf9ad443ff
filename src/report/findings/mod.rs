//! The formats of `check` and `review`: one file each, a pure function of a [`Report`]. Those that people read name
//! files from the analysed folder, as they see them; those that other tools read name them from the root of the
//! repository, as these tools want it.

pub mod github;
pub mod gitlab;
pub mod json;
pub mod markdown;
pub mod sarif;
pub mod text;

use std::fmt::Write as _;

use smol_str::SmolStr;

use crate::model::{Frame, Level, Note, Origin, Place};
use crate::review::{Change, Finding, Report};

/// A file from the root of the repository: `services/orders/` and `../scopedown.toml` are `services/scopedown.toml`.
fn from_root(report: &Report, file: &str) -> String {
    let mut steps: Vec<&str> = Vec::new();
    for step in report.prefix.split('/').chain(file.split('/')) {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    steps.join("/")
}

/// `src/app.py:12`; the file alone where there is no line.
fn at(place: &Place) -> String {
    if place.line == 0 { place.file.to_string() } else { format!("{}:{}", place.file, place.line) }
}

/// `src/app.py:12  s3:DeleteObject  via app.handler > store.purge`.
fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Call { place, operation, chain } => {
            format!("{}  {operation}{}", at(place), super::text::via(chain))
        }
        Origin::Template { place, property } => format!("{}  {property}", at(place)),
        Origin::Pin { place, reason } => format!("{}  pinned: {reason}", at(place)),
        Origin::Trail { .. } => super::text::origin(origin),
    }
}

/// The functions of a chain, from the handler.
fn chain(origin: &Origin) -> &[Frame] {
    match origin {
        Origin::Call { chain, .. } => chain,
        _ => &[],
    }
}

/// `1 error, 2 warnings`; empty where there are none.
fn counted(findings: &[Finding]) -> String {
    let of = |level: Level| findings.iter().filter(|finding| finding.level == level).count();
    let parts: Vec<String> = Level::ALL
        .iter()
        .rev()
        .map(|level| (of(*level), level.name()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}{}", plural(count)))
        .collect();
    parts.join(", ")
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// What was looked at, in one sentence.
fn scope(report: &Report) -> String {
    let count = report.functions.len();
    let mut scope = match &report.compared {
        None => format!("{count} function{} checked", plural(count)),
        Some(compared) => {
            let all = count + compared.untouched;
            format!("the change touches {count} of {all} function{}", plural(all))
        }
    };
    if report.unread > 0 {
        write!(scope, ", the code of {} not read", report.unread).expect("writing to a string");
    }
    if report.suppressed > 0 {
        write!(scope, "; {} suppressed", report.suppressed).expect("writing to a string");
    }
    if let Some(compared) = report.compared.as_ref().filter(|compared| compared.earlier > 0) {
        write!(scope, "; {} there before", compared.earlier).expect("writing to a string");
    }
    scope
}

/// What a finding adds to its message: the witness, the doubt.
fn details(finding: &Finding) -> Vec<String> {
    let mut details = Vec::new();
    if let Some(witness) = &finding.witness {
        details.push(format!("for example {} on {}", witness.action, witness.resource));
    }
    if !finding.risks.is_empty() {
        let risks: Vec<_> = finding.risks.iter().map(|risk| risk.name()).collect();
        details.push(format!("risk: {}", risks.join(", ")));
    }
    details.extend(finding.doubt.as_ref().map(|doubt| format!("not sure: {doubt}")));
    details.extend(finding.help.as_ref().map(|help| format!("help: {help}")));
    details
}

/// The statement and the declaration that a finding is about, and what each is to it.
fn template_lines(finding: &Finding) -> impl Iterator<Item = (&Place, &'static str)> {
    let places = finding.statement.iter().chain(&finding.declared);
    places.filter(|place| !place.file.is_empty()).map(|place| (place, finding.role_of(place)))
}

/// The findings of one function or role after the other.
fn names(functions: &[SmolStr]) -> String {
    functions.join(", ")
}

/// `s3:GetObject`; of a policy that is taken whole, how many.
fn actions(change: &Change) -> String {
    match change.actions.as_slice() {
        [one] => one.to_string(),
        several => format!("{} actions", several.len()),
    }
}

fn note_place(note: &Note) -> Place {
    Place { file: note.file.clone(), line: note.line, column: note.column }
}
