//! `scopedown role`: a role as it is. For people, policy by policy; as JSON, everything; as one policy document,
//! the union of what it has, each statement after the other.
//!
//! A union is what the role's own policies say. The permissions boundary, which limits all of it, stands apart.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use smol_str::{SmolStr, format_smolstr};

use super::template::{self, Paint};
use super::text::note;
use crate::model::{
    Actions, Condition, Document, Effect, Note, Part, Principals, Resources, Statement, Text,
};
use crate::policy;
use crate::role::{Attached, LastAccess, Owner, PolicyText, Role};

/// The columns that a list of actions or resources is wrapped to.
const WIDTH: usize = 96;
/// From this version on, `${…}` in a document is a variable.
const VARIABLES_SINCE: &str = "2012-10-17";

pub fn text(role: &Role, notes: &[Note], paint: Paint) -> String {
    let mut policies: Vec<Value> = role
        .inline
        .iter()
        .map(|(name, policy)| entry(&format!("inline policy {name}"), &size(policy), Some(policy)))
        .collect();
    policies.extend(role.attached.values().map(|attached| managed("managed policy", attached)));
    if let Some(boundary) = &role.boundary {
        policies.push(managed("permissions boundary", &boundary.policy));
    }
    template::render_painted(
        include_str!("../../templates/role.hbs"),
        &json!({
            "name": role.name,
            "arn": role.arn,
            "about": about(role),
            "policies": policies,
            "accesses": role.last_accessed.iter().flatten().map(access).collect::<Vec<_>>(),
            "notes": notes.iter().map(note).collect::<Vec<_>>(),
        }),
        paint,
    )
}

/// `schemas/role.schema.json`.
pub fn json(role: &Role, notes: &[Note]) -> Value {
    let inline: Map<String, Value> =
        role.inline.iter().map(|(name, policy)| (name.to_string(), policy.value())).collect();
    let attached: Map<String, Value> = role
        .attached
        .iter()
        .map(|(arn, attached)| (arn.to_string(), Value::Object(attached_json(attached))))
        .collect();
    let boundary = role.boundary.as_ref().map(|boundary| {
        let mut printed = Map::from_iter([("arn".to_owned(), boundary.arn.as_str().into())]);
        printed.extend(attached_json(&boundary.policy));
        printed
    });
    let notes: Vec<Value> = notes
        .iter()
        .map(|note| {
            json!({ "rule": note.rule, "file": note.file, "line": note.line, "message": note.message, "help": note.help })
        })
        .collect();
    json!({
        "version": 1,
        "role": {
            "name": role.name,
            "path": role.path,
            "arn": role.arn,
            "id": role.id,
            "trust": role.trust.as_ref().map(PolicyText::value),
            "inline": inline,
            "attached": attached,
            "boundary": boundary,
            "tags": role.tags,
            "last_accessed": role.last_accessed,
        },
        "notes": notes,
    })
}

/// One document that says what all of the role's policies say. Sids are kept where they are unique.
pub fn union(role: &Role) -> Document {
    let mut seen: BTreeSet<SmolStr> = BTreeSet::new();
    let mut union = Document::default();
    for (_, document) in role.documents() {
        let plain = document.version != VARIABLES_SINCE;
        for statement in &document.statements {
            let mut statement = if plain { without_variables(statement) } else { statement.clone() };
            if let Some(sid) = &statement.sid {
                let numbered = (2..).map(|number| format_smolstr!("{sid}{number}"));
                let free = [sid.clone()].into_iter().chain(numbered).find(|sid| !seen.contains(sid));
                seen.extend(free.clone());
                statement.sid = free;
            }
            union.statements.push(statement);
        }
    }
    union
}

/// In documents of the older version, `${…}` is no variable but the characters themselves.
fn without_variables(statement: &Statement) -> Statement {
    let plain = |text: &Text| {
        text.map(|part| match part {
            Part::Variable(name) => Text::literal(format!("${{{name}}}")),
            part => part.clone().into(),
        })
    };
    let resources = statement.resources.as_ref().map(|resources| match resources {
        Resources::Only(all) => Resources::Only(all.iter().map(plain).collect()),
        Resources::Except(all) => Resources::Except(all.iter().map(plain).collect()),
    });
    let condition: Condition = statement
        .condition
        .iter()
        .map(|(operator, keys)| {
            let keys = keys.iter().map(|(key, values)| (key.clone(), values.iter().map(plain).collect()));
            (operator.clone(), keys.collect())
        })
        .collect();
    Statement { resources, condition, ..statement.clone() }
}

fn about(role: &Role) -> Vec<Value> {
    let line = |name: &str, value: String| json!({ "name": format!("{name:<11}"), "value": value });
    let mut about = Vec::new();
    if let Some(trust) = &role.trust {
        about.push(line("assumed by", principals(trust)));
    }
    if let Some(boundary) = &role.boundary {
        about.push(line("limited by", format!("the permissions boundary {}", boundary.policy.name)));
    }
    if !role.tags.is_empty() {
        let tags: Vec<String> = role.tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
        about.push(line("tags", tags.join(", ")));
    }
    about
}

/// Who is allowed in a trust policy, in the order in which it names them.
fn principals(trust: &PolicyText) -> String {
    let Some(document) = trust.document() else { return "somebody; the trust policy cannot be read".into() };
    let mut named: Vec<String> = Vec::new();
    for statement in document.statements.iter().filter(|statement| statement.effect == Effect::Allow) {
        match &statement.principals {
            Some(Principals::Only(Value::Object(kinds))) => {
                for values in kinds.values() {
                    match values {
                        Value::Array(values) => {
                            named.extend(values.iter().filter_map(Value::as_str).map(Into::into));
                        }
                        value => named.extend(value.as_str().map(Into::into)),
                    }
                }
            }
            Some(Principals::Only(value)) => named.extend(value.as_str().map(Into::into)),
            Some(Principals::Except(_)) => named.push("everybody but some".into()),
            None => {}
        }
    }
    if named.is_empty() { "nobody".into() } else { named.join(", ") }
}

fn managed(kind: &str, attached: &Attached) -> Value {
    let mut about: Vec<String> = attached.version.iter().map(ToString::to_string).collect();
    about.push(if attached.owner == Owner::Aws { "AWS's own".into() } else { "the customer's own".into() });
    about.extend(
        attached.attachments.filter(|count| *count > 1).map(|count| format!("attached {count} times")),
    );
    about.extend(attached.policy.as_ref().map(|policy| format!("{} characters", policy.size())));
    entry(&format!("{kind} {}", attached.name), &about.join(", "), attached.policy.as_ref())
}

fn size(policy: &PolicyText) -> String {
    format!("{} of {} characters", policy.size(), policy::INLINE_TOTAL)
}

fn entry(title: &str, about: &str, policy: Option<&PolicyText>) -> Value {
    let document = policy.and_then(PolicyText::document);
    let statements: Vec<Value> = document
        .map(|document| document.statements.iter().map(|one| json!({ "lines": lines(one) })).collect())
        .unwrap_or_default();
    json!({ "title": title, "about": about, "known": document.is_some(), "statements": statements })
}

/// `Allow  s3:GetObject`, then what it is on and under which condition.
fn lines(statement: &Statement) -> Vec<String> {
    let effect = match statement.effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny ",
    };
    let (but, actions) = match &statement.actions {
        Actions::Only(actions) => ("", actions),
        Actions::Except(actions) => ("everything but ", actions),
    };
    let mut lines = wrapped(&format!("{effect}  {but}"), actions.iter().map(ToString::to_string));
    match &statement.resources {
        Some(Resources::Only(all)) => lines.extend(wrapped("       on ", all.iter().map(Text::to_pattern))),
        Some(Resources::Except(all)) => {
            lines.extend(wrapped("       on everything but ", all.iter().map(Text::to_pattern)));
        }
        None => {}
    }
    for (operator, keys) in &statement.condition {
        for (key, values) in keys {
            let values: Vec<String> = values.iter().map(Text::to_pattern).collect();
            lines.push(format!("       if {key} {operator} {}", values.join(" or ")));
        }
    }
    lines
}

/// The items with commas behind `start`, and further lines under the first item.
fn wrapped(start: &str, items: impl Iterator<Item = String>) -> Vec<String> {
    let indent = " ".repeat(start.chars().count().min(12));
    let mut lines = vec![start.to_owned()];
    let mut fresh = true;
    let mut items = items.peekable();
    while let Some(item) = items.next() {
        let comma = if items.peek().is_some() { "," } else { "" };
        if let Some(line) = lines.last_mut()
            && (fresh || line.len() + item.len() + 2 <= WIDTH)
        {
            if !fresh {
                line.push(' ');
            }
            line.push_str(&item);
            line.push_str(comma);
        } else {
            lines.push(format!("{indent}{item}{comma}"));
        }
        fresh = false;
    }
    lines
}

fn attached_json(attached: &Attached) -> Map<String, Value> {
    let printed = json!({
        "name": attached.name,
        "owner": attached.owner,
        "version": attached.version,
        "versions": attached.versions,
        "attachments": attached.attachments,
        "policy": attached.policy.as_ref().map(PolicyText::value),
    });
    if let Value::Object(printed) = printed { printed } else { Map::new() }
}

fn access(access: &LastAccess) -> String {
    let region = access.region.as_ref().map(|region| format!(" in {region}")).unwrap_or_default();
    match &access.when {
        Some(when) => format!("{:<24} {when}{region}", access.service),
        None => format!("{:<24} not in that time", access.service),
    }
}
