//! `--format text`, and what `generate` says on standard error: the account for a person. Per function: what
//! it may do, on what, because of which line; what the platform needs; what could not be resolved. Then what
//! no handler reaches, and what belongs to no function.
//!
//! Lines are wrapped to a fixed width: the account reads the same in a terminal and in a log.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::template::{self, Paint};
use super::{calls, trail};
use crate::analysis::{Analysis, FunctionAnalysis};
use crate::merge::ScopedStatement;
use crate::model::{Frame, Grant, Kind, Note, Origin, Place};
use crate::policy;

const WIDTH: usize = 100;

pub fn render(analysis: &Analysis, paint: Paint) -> String {
    let unreachable: Vec<String> = calls::rows(analysis)
        .iter()
        .filter(|row| !row.reachable)
        .map(|row| format!("{}  {}:{}", place(&row.place), row.service, row.operation))
        .collect();
    template::render_painted(
        include_str!("../../templates/text.hbs"),
        &json!({
            "functions": analysis.functions.iter().map(function).collect::<Vec<_>>(),
            "unreachable": unreachable,
            "notes": analysis.notes.iter().map(note).collect::<Vec<_>>(),
        }),
        paint,
    )
}

fn function(function: &FunctionAnalysis) -> Value {
    let of_kind = |platform: bool| -> Vec<Value> {
        let statements = &function.policy.statements;
        let wanted = statements.iter().filter(|statement| (statement.kind == Kind::Platform) == platform);
        wanted.map(|statement| permission(statement, &function.grants)).collect()
    };
    json!({
        "name": function.name,
        "about": about(function),
        "size": size(function),
        "trail": trail::summary(function),
        "followed": function.followed,
        "code": of_kind(false),
        "platform": of_kind(true),
        "notes": function.notes.iter().map(note).collect::<Vec<_>>(),
    })
}

/// `app.handler, python, template.yaml:12`.
fn about(function: &FunctionAnalysis) -> String {
    let mut about: Vec<String> = Vec::new();
    about.extend(function.handler.as_ref().map(ToString::to_string));
    about.extend(function.language.map(|language| language.name().to_owned()));
    if !function.place.file.is_empty() {
        about.push(place(&function.place));
    }
    about.join(", ")
}

/// `7 actions, 812 of 10240 characters`.
fn size(function: &FunctionAnalysis) -> String {
    let statements = &function.policy.statements;
    let actions = statements.iter().flat_map(|statement| &statement.actions).collect::<BTreeSet<_>>().len();
    let plural = if actions == 1 { "" } else { "s" };
    let size = policy::size(&function.policy.document());
    format!("{actions} action{plural}, {size} of {} characters", policy::INLINE_TOTAL)
}

pub(super) fn permission(statement: &ScopedStatement, grants: &[Grant]) -> Value {
    let actions: Vec<&str> = statement.actions.iter().map(crate::model::Action::as_str).collect();
    let resources: BTreeSet<String> = statement.resources.iter().map(|r| r.symbolic.to_string()).collect();
    let condition: Vec<String> = statement
        .condition
        .iter()
        .flat_map(|(operator, keys)| keys.iter().map(move |(key, values)| (operator, key, values)))
        .map(|(operator, key, values)| {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            format!("{key} {operator} {}", values.join(" or "))
        })
        .collect();
    json!({
        "actions": wrapped(&actions, 4),
        "resources": resources,
        "condition": condition,
        "because": because(statement, grants),
    })
}

/// The lines that want the statement, each once, by place.
fn because(statement: &ScopedStatement, grants: &[Grant]) -> Vec<String> {
    let same_action =
        |grant: &&Grant| grant.kind == statement.kind && statement.actions.contains(&grant.action);
    let exact = |grant: &&Grant| statement.resources.contains(&grant.resource);
    let wanted: Vec<&Grant> = grants.iter().filter(same_action).collect();
    wanted
        .iter()
        // A grant that a wider one has swallowed has no statement with its own resource.
        .filter(|grant| {
            exact(grant) || !wanted.iter().any(|other| other.action == grant.action && exact(other))
        })
        .flat_map(|grant| &grant.origins)
        .map(|wanting| (matches!(wanting, Origin::Trail { .. }), wanting.place(), origin(wanting)))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .map(|(.., line)| line)
        .collect()
}

pub(super) fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Call { place: at, operation, chain } => {
            format!("{}  {operation}{}", place(at), via(chain))
        }
        Origin::Template { place: at, property } => format!("{}  {property}", place(at)),
        Origin::Pin { place: at, reason } => format!("{}  pinned: {reason}", place(at)),
        Origin::Trail { event_source, event_name, via, count, first, last } => {
            let source = event_source.trim_end_matches(".amazonaws.com");
            let times = if *count == 1 { "once".to_owned() } else { format!("{count} times") };
            let when = if first == last { format!("at {first}") } else { format!("{first} to {last}") };
            let by = via.as_ref().map(|via| format!(", made by {via} on its behalf")).unwrap_or_default();
            format!("seen {times}  {source}:{event_name}, {when}{by}")
        }
    }
}

/// The way from the handler, where the call is not in the handler itself.
pub fn via(chain: &[Frame]) -> String {
    if chain.len() < 2 {
        return String::new();
    }
    let names: Vec<&str> = chain.iter().map(|frame| frame.function.as_str()).collect();
    format!("  via {}", names.join(" > "))
}

pub(super) fn note(note: &Note) -> Value {
    let at = match (note.file.as_str(), note.line) {
        ("", _) => String::new(),
        (file, 0) => format!("{file}: "),
        (file, line) => format!("{file}:{line}: "),
    };
    json!({ "at": at, "message": note.message, "rule": format!("({})", note.rule), "help": note.help })
}

fn place(place: &Place) -> String {
    if place.line == 0 { place.file.to_string() } else { format!("{}:{}", place.file, place.line) }
}

/// The items with commas, in lines that leave `indent` columns free.
pub(super) fn wrapped(items: &[&str], indent: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let comma = if index + 1 < items.len() { "," } else { "" };
        match lines.last_mut() {
            Some(line) if line.len() + item.len() + 2 <= WIDTH - indent => {
                line.push(' ');
                line.push_str(item);
                line.push_str(comma);
            }
            _ => lines.push(format!("{item}{comma}")),
        }
    }
    lines
}
