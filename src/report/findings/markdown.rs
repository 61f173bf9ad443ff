//! `--format markdown`: a comment on a pull request that is read in half a minute. The verdict in the first line, a
//! table of what changed and one of what was found, the rest folded: where each comes from, and what becomes of each
//! policy. The first line is a mark by which the comment is found again.

use serde_json::{Value, json};
use similar::TextDiff;

use super::{actions, at, counted, details, names, origin, scope, template_lines};
use crate::model::{Level, Origin};
use crate::report::template;
use crate::review::{Change, Finding, FunctionChange, Granted, Kind, Report, State};

/// More rows than this are folded away.
const ROWS: usize = 20;
/// A comment may have 65,536 characters; a diff that would fill it is cut.
const DIFF: usize = 12_000;

pub fn render(report: &Report) -> String {
    let changes: Vec<&FunctionChange> =
        report.compared.iter().flat_map(|compared| &compared.changes).collect();
    let rows: Vec<Value> = changes.iter().flat_map(|function| &function.changes).map(row).collect();
    let findings: Vec<Value> = report.findings.iter().map(finding).collect();
    let (shown, more) = findings.split_at(findings.len().min(ROWS));
    let (rows_shown, rows_more) = rows.split_at(rows.len().min(ROWS));
    let gone: Vec<&str> = changes
        .iter()
        .filter(|change| change.state == State::Removed)
        .map(|change| change.name.as_str())
        .collect();
    let data = json!({
        "title": title(report),
        "scope": capital(&scope(report)),
        "rows": rows_shown,
        "rows_more": rows_more,
        "gone": gone.iter().map(|name| code(name)).collect::<Vec<_>>().join(", "),
        "findings": shown,
        "findings_more": more,
        "details": findings,
        "policies": changes.iter().filter_map(|change| policy(change)).collect::<Vec<_>>(),
        "notes": report.notes.iter().map(|note| {
            let place = super::note_place(note);
            let at = if note.file.is_empty() { String::new() } else { format!("{}: ", code(&at(&place))) };
            json!({ "line": format!("{at}{} ({})", plain(&note.message), note.rule) })
        }).collect::<Vec<_>>(),
        "note_count": report.notes.len(),
    });
    template::render(include_str!("../../../templates/findings.markdown.hbs"), &data)
}

fn title(report: &Report) -> String {
    let found = counted(&report.findings);
    let gravest = report.findings.iter().map(|finding| finding.level).max();
    let mark = match gravest {
        Some(Level::Error) => "❌",
        Some(Level::Warning) => "⚠️",
        Some(Level::Note) | None => "✅",
    };
    match (&report.compared, found.as_str()) {
        (Some(compared), "") if compared.changes.is_empty() => format!("{mark} no privilege changes"),
        (_, "") => format!("{mark} nothing to report"),
        (_, found) => format!("{mark} {found}"),
    }
}

fn row(change: &Change) -> Value {
    let mark = match change.kind {
        Kind::Added => "➕ added",
        Kind::Widened => "⬆️ widened",
        Kind::Narrowed => "⬇️ narrowed",
        Kind::Removed => "➖ removed",
    };
    let role = match (change.granted, change.statement.is_some(), change.kind) {
        (_, true, Kind::Removed) => "no longer gives it",
        (_, true, _) => "now gives it",
        (_, _, Kind::Removed) => "",
        (Granted::Yes, ..) => "gives it",
        (Granted::Partly, ..) => "gives it in part",
        (Granted::No, ..) => "**does not give it**",
        (Granted::Unknown, ..) => "not known",
    };
    let resource = match &change.before {
        Some(before) => format!("{} (before {})", code(&change.resource), code(before)),
        None => code(&change.resource),
    };
    let risks: Vec<_> = change.risks.iter().map(|risk| risk.name()).collect();
    let first = change.origins.first().map(Origin::place).or(change.statement.as_ref());
    json!({
        "function": change.functions.iter().map(|name| code(name)).collect::<Vec<_>>().join(", "),
        "change": mark,
        "action": code(&actions(change)),
        "resource": resource,
        "because": first.map(|place| code(&at(place))).unwrap_or_default(),
        "role": role,
        "risk": risks.join(", "),
    })
}

fn finding(finding: &Finding) -> Value {
    let mark = match finding.level {
        Level::Error => "❌",
        Level::Warning => "⚠️",
        Level::Note => "ℹ️",
    };
    let mut lines: Vec<String> = finding.origins.iter().map(|one| code(&origin(one))).collect();
    lines.extend(template_lines(finding).map(|(place, what)| format!("{} {what}", code(&at(place)))));
    lines.extend(details(finding).iter().map(|line| plain(line)));
    json!({
        "level": mark,
        "rule": finding.rule.id(),
        "function": finding.functions.iter().map(|name| code(name)).collect::<Vec<_>>().join(", "),
        "names": plain(&names(&finding.functions)),
        "message": plain(&finding.message),
        "place": finding.place().map(|place| code(&at(place))).unwrap_or_default(),
        "lines": lines,
    })
}

/// The policy's lines that differ; none where it is the same.
fn policy(change: &FunctionChange) -> Option<Value> {
    if change.policy_before == change.policy_after || change.state == State::Removed {
        return None;
    }
    let diff = TextDiff::from_lines(&change.policy_before, &change.policy_after);
    let mut text = diff.unified_diff().context_radius(2).to_string();
    if text.len() > DIFF {
        let end = (0..=DIFF).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        text.push_str("\n… cut here");
    }
    // A fence longer than any run of backticks in it.
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    Some(json!({ "name": plain(&change.name), "diff": text.trim_end(), "fence": fence }))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Inline code that nothing in the text can end.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let text = text.replace('|', "\\|").replace(['\n', '\r'], " ");
    if longest == 0 { format!("{fence}{text}{fence}") } else { format!("{fence} {text} {fence}") }
}

/// Prose: what stands between backticks stays code, the rest cannot be markup.
fn plain(text: &str) -> String {
    let mut shown = String::new();
    for (index, piece) in text.split('`').enumerate() {
        if index % 2 == 1 {
            shown.push_str(&code(piece));
        } else {
            for letter in piece.chars() {
                if matches!(letter, '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '@') {
                    shown.push('\\');
                }
                shown.push(if matches!(letter, '\n' | '\r') { ' ' } else { letter });
            }
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_becomes_markup() {
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(plain("needs `s3:*` on <b>*"), "needs `s3:*` on \\<b\\>\\*");
    }
}
