//! `--format sarif`: SARIF 2.1.0, as code scanning takes it. A finding stands at the line that causes it; the other
//! side, code or template, is a related location, and the way from the handler is a code flow. Fingerprints name no
//! line, so that an alert survives code that moves.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{chain, details, from_root, names};
use crate::model::{Level, Note, Origin, Place, Rule};
use crate::review::{Finding, Report};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const HOME: &str = "https://github.com/scopedown/scopedown";

pub fn render(report: &Report) -> Value {
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "scopedown",
                "informationUri": HOME,
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": Rule::ALL.iter().map(|rule| metadata(*rule)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": { "SRCROOT": { "description": { "text": "The root of the repository." } } },
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": report.notes.iter().map(|note| notification(report, note)).collect::<Vec<_>>(),
            }],
            "results": report.findings.iter().map(|finding| result(report, finding)).collect::<Vec<_>>(),
        }],
    })
}

fn metadata(rule: Rule) -> Value {
    let level = if rule == Rule::Missing { Level::Error } else { Level::Warning };
    // As code scanning ranks security alerts, from 0 to 10.
    let severity = match rule {
        Rule::Risk => "8.0",
        Rule::NewPrivilege => "6.0",
        Rule::TooWide => "5.5",
        Rule::Unneeded => "5.0",
        Rule::Missing | Rule::ExpiredSuppression | Rule::UnknownAction => "3.0",
    };
    json!({
        "id": rule.id(),
        "name": rule.id(),
        "shortDescription": { "text": rule.about() },
        "fullDescription": { "text": rule.about() },
        "help": { "text": rule.about() },
        "helpUri": format!("{HOME}/blob/main/docs/rules.md#{}", rule.id()),
        "defaultConfiguration": { "level": level.name() },
        "properties": {
            "tags": ["security", "iam", "least-privilege"],
            "precision": "high",
            "problem.severity": if level == Level::Error { "error" } else { "warning" },
            "security-severity": severity,
        },
    })
}

fn result(report: &Report, finding: &Finding) -> Value {
    let mut text = match names(&finding.functions).as_str() {
        "" => finding.message.clone(),
        names => format!("{names}: {}", finding.message),
    };
    for detail in details(finding) {
        text.push('\n');
        text.push_str(&detail);
    }
    let index = Rule::ALL.iter().position(|rule| *rule == finding.rule);
    let mut result = json!({
        "ruleId": finding.rule.id(),
        "ruleIndex": index,
        "level": finding.level.name(),
        "message": { "text": text },
        "locations": finding.place().map(|place| json!({ "physicalLocation": physical(report, place) })).into_iter().collect::<Vec<_>>(),
        "partialFingerprints": { "scopedown/v1": finding.fingerprint },
        "properties": {
            "functions": finding.functions,
            "actions": finding.actions,
            "resource": finding.resource,
            "risks": finding.risks.iter().map(|risk| risk.name()).collect::<Vec<_>>(),
        },
    });
    let related: Vec<Value> = finding
        .related()
        .into_iter()
        .enumerate()
        .map(|(id, place)| {
            let what = finding.role_of(place);
            json!({ "id": id, "physicalLocation": physical(report, place), "message": { "text": what } })
        })
        .collect();
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    let flows: Vec<Value> = finding.origins.iter().filter_map(|origin| flow(report, origin)).collect();
    if !flows.is_empty() {
        result["codeFlows"] = flows.into();
    }
    result
}

/// The calls from the handler to the one that needs the permission.
fn flow(report: &Report, origin: &Origin) -> Option<Value> {
    let entered = chain(origin).iter().filter_map(|frame| {
        let text = format!("enters {}", frame.function);
        Some((frame.called_at.as_ref()?, text))
    });
    let Origin::Call { place, operation, .. } = origin else { return None };
    let steps: Vec<Value> = entered
        .chain([(place, format!("calls {operation}"))])
        .map(|(place, text)| {
            json!({ "location": { "physicalLocation": physical(report, place), "message": { "text": text } } })
        })
        .collect();
    (steps.len() > 1).then(|| json!({ "threadFlows": [{ "locations": steps }] }))
}

fn physical(report: &Report, place: &Place) -> Value {
    let uri = encoded(&from_root(report, &place.file));
    let mut physical = json!({ "artifactLocation": { "uri": uri, "uriBaseId": "SRCROOT" } });
    if place.line > 0 {
        physical["region"] = json!({ "startLine": place.line, "startColumn": place.column.max(1) });
    }
    physical
}

fn notification(report: &Report, note: &Note) -> Value {
    let mut printed = json!({
        "descriptor": { "id": note.rule },
        "level": "note",
        "message": { "text": note.message },
    });
    let place = super::note_place(note);
    if !place.file.is_empty() {
        printed["locations"] = json!([{ "physicalLocation": physical(report, &place) }]);
    }
    printed
}

/// A path as a relative URI.
fn encoded(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            write!(uri, "%{byte:02X}").expect("writing to a string");
        }
    }
    uri
}
