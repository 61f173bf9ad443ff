//! `--format text`: for a person at a terminal. What changed, what was found, what could not be told.

use serde_json::{Value, json};

use super::{actions, at, counted, details, names, origin, scope, template_lines};
use crate::report::Paint;
use crate::report::template;
use crate::review::{Change, Finding, FunctionChange, Granted, Kind, Report, State};

pub fn render(report: &Report, paint: Paint) -> String {
    let changes = report.compared.iter().flat_map(|compared| &compared.changes);
    let data = json!({
        "changes": changes.map(function).collect::<Vec<_>>(),
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
        "notes": report.notes.iter().map(|note| {
            let place = super::note_place(note);
            let at = if note.file.is_empty() { String::new() } else { format!("{}: ", at(&place)) };
            json!({ "at": at, "message": note.message, "rule": format!("({})", note.rule), "help": note.help })
        }).collect::<Vec<_>>(),
        "summary": summary(report),
    });
    template::render_painted(include_str!("../../../templates/findings.text.hbs"), &data, paint)
}

fn function(change: &FunctionChange) -> Value {
    let state = match change.state {
        State::Added => "  (new)",
        State::Removed => "  (removed)",
        State::Changed => "",
    };
    json!({
        "name": change.name,
        "state": state,
        "changes": change.changes.iter().map(one).collect::<Vec<_>>(),
    })
}

fn one(change: &Change) -> Value {
    let sign = match change.kind {
        Kind::Added | Kind::Widened => "+",
        Kind::Removed | Kind::Narrowed => "-",
    };
    let before = change.before.as_ref().map(|before| format!(", before {before}")).unwrap_or_default();
    let kind = match change.kind {
        Kind::Widened => "  (wider)",
        Kind::Narrowed => "  (narrower)",
        Kind::Added | Kind::Removed => "",
    };
    let mut lines: Vec<String> = change.origins.iter().map(origin).collect();
    let role = match change.functions.as_slice() {
        [_] | [] => "the role".to_owned(),
        several => format!("the role of {}", names(several)),
    };
    lines.extend(change.statement.as_ref().map(|place| format!("{}  {role}", at(place))));
    if change.statement.is_none() && change.kind != Kind::Removed {
        lines.extend(match change.granted {
            Granted::Yes => Some("the role gives it".to_owned()),
            Granted::Partly => Some("the role gives it in part".to_owned()),
            Granted::No => Some("the role does not give it".to_owned()),
            Granted::Unknown => None,
        });
    }
    json!({
        "line": format!("{sign} {} on {}{before}{kind}", actions(change), change.resource),
        "lines": lines,
    })
}

fn finding(finding: &Finding) -> Value {
    let mut lines: Vec<String> = finding.origins.iter().map(origin).collect();
    lines.extend(template_lines(finding).map(|(place, what)| format!("{}  {what}", at(place))));
    lines.extend(details(finding));
    json!({
        "head": format!("{}[{}]", finding.level.name(), finding.rule.id()),
        "who": if finding.functions.is_empty() { String::new() } else { format!(" {}", names(&finding.functions)) },
        "message": finding.message,
        "lines": lines,
    })
}

fn summary(report: &Report) -> String {
    let found = counted(&report.findings);
    let found = if found.is_empty() { "nothing found".to_owned() } else { found };
    format!("{found}; {}", scope(report))
}
