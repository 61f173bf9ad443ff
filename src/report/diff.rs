//! The formats of `scopedown diff`, also for what else shows how a policy changes: text for a terminal, markdown for a
//! comment, JSON (`schemas/diff.schema.json`) and the new policies alone.

use serde_json::{Map, Value, json};

use super::report;
use super::template::{self, Paint};
use super::text;
use crate::diff::{Change, Diff, Kind, Level, StatementName};
use crate::model::{Action, Actions, Condition, Document, Note, Part, Resources, Text};
use crate::policy::{self, RiskKind, Witness, action_overlaps};

/// The version of the shape of the JSON.
const VERSION: u32 = 1;

pub fn text(diffs: &[Diff], notes: &[Note], paint: Paint) -> String {
    template::render_painted(include_str!("../../templates/diff.hbs"), &with_notes(diffs, notes), paint)
}

/// What changes in what is allowed, without the change of the text.
pub(super) fn meaning(diff: &Diff, paint: Paint) -> String {
    let mut data = data(std::slice::from_ref(diff));
    data["functions"][0]["name"] = Value::Null;
    data["functions"][0]["lines"] = json!([]);
    template::render_painted(include_str!("../../templates/diff.hbs"), &data, paint)
}

pub fn markdown(diffs: &[Diff], notes: &[Note]) -> String {
    template::render(include_str!("../../templates/diff.md.hbs"), &with_notes(diffs, notes))
}

fn with_notes(diffs: &[Diff], notes: &[Note]) -> Value {
    let mut data = data(diffs);
    data["notes"] = notes.iter().map(text::note).collect();
    data
}

pub fn json(diffs: &[Diff], notes: &[Note]) -> Value {
    let function = |diff: &Diff| {
        json!({
            "name": diff.name,
            "changes": diff.changes.iter().map(change).collect::<Vec<_>>(),
            "unified": diff.unified(),
        })
    };
    json!({
        "version": VERSION,
        "functions": diffs.iter().map(function).collect::<Vec<_>>(),
        "notes": notes.iter().map(report::note).collect::<Vec<_>>(),
    })
}

/// The new policies, in the shape that they were given in.
pub fn new_policies(diffs: &[Diff]) -> Value {
    let one = |documents: &[Document]| match documents {
        [document] => policy::print(document),
        documents => documents.iter().map(policy::print).collect(),
    };
    match diffs {
        [Diff { name: None, new, .. }] => one(new),
        diffs => {
            let named = diffs.iter().filter(|diff| !diff.new.is_empty());
            let entry = |diff: &Diff| (diff.name.clone().unwrap_or_default().to_string(), one(&diff.new));
            named.map(entry).collect::<Map<_, _>>().into()
        }
    }
}

fn change(change: &Change) -> Value {
    let patterns = |texts: &[Text]| texts.iter().map(spelled).collect::<Vec<_>>();
    let risk =
        |risk: &&policy::Risk| json!({"kind": risk.kind.name(), "actions": risk.actions, "can": risk.what});
    json!({
        "kind": change.kind.name(),
        "statement": statement(&change.statement),
        "actions": change.actions,
        "not_actions": change.not_actions,
        "resources": patterns(&change.resources),
        "not_resources": patterns(&change.not_resources),
        "condition": report::condition(&change.condition, &|text| text.to_pattern().into()),
        "witness": {
            "action": change.witness.action,
            "known": change.witness.known,
            "resource": change.witness.resource.to_string(),
            "context": change.witness.context,
            "assuming": change.witness.assuming,
        },
        "risks": change.risks.iter().map(risk).collect::<Vec<_>>(),
        "on_everything": change.on_everything,
        "meets": change.meets.iter().map(statement).collect::<Vec<_>>(),
        "origins": change.origins.iter().map(report::origin).collect::<Vec<_>>(),
        "sureness": change.sureness.as_ref().map(|sure| json!({"level": sure.level.name(), "reason": sure.reason})),
    })
}

fn statement(name: &StatementName) -> Value {
    json!({ "document": name.at.document, "statement": name.at.statement, "sid": name.sid })
}

/// What the templates for people are filled with.
fn data(diffs: &[Diff]) -> Value {
    let function = |diff: &Diff| {
        let counts: Vec<Value> = Kind::ALL
            .iter()
            .map(|kind| json!({"kind": kind.name(), "count": permissions(diff, *kind)}))
            .collect();
        json!({
            "name": diff.name,
            "counts": counts,
            "differs": diff.differs(),
            "groups": groups(diff),
            "same": permissions(diff, Kind::Same),
            "risky": diff.changes.iter().filter(|change| change.kind.gives()).flat_map(risks).collect::<Vec<_>>(),
            "lines": lines(&diff.unified()),
        })
    };
    json!({ "functions": diffs.iter().map(function).collect::<Vec<_>>() })
}

/// The pattern; with the names of a template where it has any.
fn spelled(text: &Text) -> String {
    let plain = |part: &Part| matches!(part, Part::Literal(_) | Part::Variable(_) | Part::Any | Part::AnyOne);
    if text.parts().iter().all(plain) { text.to_pattern() } else { text.to_string() }
}

/// How many pairs of an action and a resource there are of a kind.
fn permissions(diff: &Diff, kind: Kind) -> usize {
    diff.of_kind(kind).map(|change| change.actions.len() * change.resources.len()).sum()
}

/// The changes under their headings; removals by how sure they are, where that is known.
fn groups(diff: &Diff) -> Vec<Value> {
    let mut groups = Vec::new();
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Same) {
        let levels = std::iter::once(None).chain(Level::ALL.map(Some));
        for level in levels {
            let of_level = |change: &&Change| change.sureness.as_ref().map(|sure| sure.level) == level;
            let changes: Vec<Value> =
                diff.of_kind(kind).filter(of_level).map(|change| shown(diff, change)).collect();
            if !changes.is_empty() {
                let heading = match level {
                    Some(level) => format!("{}, {}", kind.name(), level.name()),
                    None => kind.name().to_owned(),
                };
                groups.push(json!({ "heading": heading, "gives": kind.gives(), "changes": changes }));
            }
        }
    }
    groups
}

fn shown(diff: &Diff, change: &Change) -> Value {
    let strings = |texts: &[Text]| texts.iter().map(spelled).collect::<Vec<_>>();
    let except = |list: &[String]| (!list.is_empty()).then(|| list.join(", "));
    let not_actions: Vec<String> = change.not_actions.iter().map(ToString::to_string).collect();
    let actions: Vec<&str> = change.actions.iter().map(Action::as_str).collect();
    json!({
        "sign": if change.kind.gives() { "+" } else { "-" },
        "gives": change.kind.gives(),
        "actions": text::wrapped(&actions, 8),
        "except_actions": except(&not_actions),
        "resources": strings(&change.resources),
        "except_resources": except(&strings(&change.not_resources)),
        "condition": conditions(&change.condition),
        "witness": witness(&change.witness),
        "assuming": change.witness.assuming,
        "risks": risks(change),
        "statement": format!("{} statement {}", if change.kind.gives() { "new" } else { "old" }, name(&change.statement)),
        "parts": parts(diff, change),
        "meeting": if change.kind.gives() { "was" } else { "stays" },
        "origins": change.origins.iter().map(text::origin).collect::<Vec<_>>(),
        "reason": change.sureness.as_ref().map(|sure| &sure.reason),
    })
}

/// What the other side allows of a change that is widened or narrowed, by its statements.
fn parts(diff: &Diff, change: &Change) -> Vec<Value> {
    let other = if change.kind.gives() { &diff.old } else { &diff.new };
    let part = |meets: &StatementName| {
        let statement = other.get(meets.at.document)?.statements.get(meets.at.statement)?;
        let actions: Vec<&str> = match &statement.actions {
            Actions::Only(own) => {
                let met = |action: &&Action| change.actions.iter().any(|one| action_overlaps(one, action));
                own.iter().filter(met).map(Action::as_str).collect()
            }
            Actions::Except(_) => vec!["*"],
        };
        let resources: Vec<String> = match &statement.resources {
            Some(Resources::Only(own)) => own.iter().map(spelled).collect(),
            _ => vec!["*".to_owned()],
        };
        Some(json!({
            "actions": actions.join(", "),
            "resources": resources.join(", "),
            "condition": conditions(&statement.condition),
        }))
    };
    let partly = matches!(change.kind, Kind::Widened | Kind::Narrowed);
    change.meets.iter().filter(|_| partly).filter_map(part).collect()
}

/// Counted from 1, with its Sid where it has one: ``2 `Write` ``.
fn name(statement: &StatementName) -> String {
    let number = statement.at.statement + 1;
    let document = match statement.at.document {
        0 => String::new(),
        document => format!(" of policy {}", document + 1),
    };
    match &statement.sid {
        Some(sid) => format!("{number} `{sid}`{document}"),
        None => format!("{number}{document}"),
    }
}

fn witness(witness: &Witness) -> String {
    let mut shown = format!("{} on {}", witness.action, witness.resource);
    for (index, (key, values)) in witness.context.iter().enumerate() {
        shown.push_str(if index == 0 { " with " } else { " and " });
        match values.as_slice() {
            [] => shown.extend(["no ", key.as_str()]),
            values => shown.extend([key.as_str(), " ", &values.join(", ")]),
        }
    }
    if !witness.known && !witness.action.as_str().contains('*') {
        shown.push_str(" (no action that the catalog knows)");
    }
    shown
}

/// How many actions a risk names before it counts the others, which the change lists.
const NAMED: usize = 3;

/// One line for each kind of risk.
fn risks(change: &Change) -> Vec<Value> {
    let mut risks = Vec::new();
    for kind in RiskKind::ALL {
        let of_kind = change.risks.iter().filter(|risk| risk.kind == kind);
        let what: Vec<String> =
            of_kind.map(|risk| format!("`{}` can {}", risk.actions.join("` with `"), risk.what)).collect();
        if !what.is_empty() {
            risks.push(json!({ "kind": kind.name(), "what": what.join("; ") }));
        }
    }
    if change.on_everything {
        let named: Vec<&str> = change.actions.iter().take(NAMED).map(Action::as_str).collect();
        let more = match change.actions.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let what = format!("`{}`{more} on every resource, where it could be on fewer", named.join("`, `"));
        risks.push(json!({ "kind": "wildcard-resource", "what": what }));
    }
    risks
}

pub(super) fn conditions(condition: &Condition) -> Vec<String> {
    let lines = condition.iter().flat_map(|(operator, keys)| keys.iter().map(move |line| (operator, line)));
    lines
        .map(|(operator, (key, values))| {
            let values: Vec<String> = values.iter().map(spelled).collect();
            format!("{key} {operator} {}", values.join(" or "))
        })
        .collect()
}

/// The lines of a unified diff, each with what it does.
fn lines(unified: &str) -> Vec<Value> {
    let line = |line: &str| {
        let header = line.starts_with("---") || line.starts_with("+++") || line.starts_with("@@");
        json!({
            "text": line,
            "header": header,
            "added": !header && line.starts_with('+'),
            "removed": !header && line.starts_with('-'),
        })
    };
    unified.lines().map(line).collect()
}
