//! `--format github`: workflow commands that GitHub shows on the lines of a pull request. One line each; whatever a
//! value holds is escaped, so that no value can begin a command of its own.

use super::{at, details, from_root, names};
use crate::model::{Level, Place};
use crate::review::Report;

pub fn render(report: &Report) -> String {
    let mut lines = String::new();
    for finding in &report.findings {
        let command = match finding.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "notice",
        };
        let title = match names(&finding.functions).as_str() {
            "" => format!("scopedown: {}", finding.rule.id()),
            names => format!("scopedown: {} ({names})", finding.rule.id()),
        };
        let mut message = vec![finding.message.clone()];
        message.extend(details(finding));
        message.extend(finding.related().into_iter().map(|place| format!("see {}", at(place))));
        lines.push_str(&line(report, command, finding.place(), &title, &message.join("\n")));
    }
    for note in &report.notes {
        let place = super::note_place(note);
        let place = Some(&place).filter(|place| !place.file.is_empty());
        lines.push_str(&line(report, "notice", place, &format!("scopedown: {}", note.rule), &note.message));
    }
    lines
}

fn line(report: &Report, command: &str, place: Option<&Place>, title: &str, message: &str) -> String {
    let mut properties = Vec::new();
    if let Some(place) = place {
        properties.push(format!("file={}", property(&from_root(report, &place.file))));
        if place.line > 0 {
            properties.push(format!("line={}", place.line));
        }
        if place.column > 0 {
            properties.push(format!("col={}", place.column));
        }
    }
    properties.push(format!("title={}", property(title)));
    format!("::{command} {}::{}\n", properties.join(","), data(message))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_can_begin_a_command_or_a_property() {
        let report = Report::default();
        let place = Place { file: "a,line=9::b%\n::error::x".into(), line: 1, column: 0 };
        let line = line(&report, "error", Some(&place), "t:,", "one\n::error::two\r100%");
        assert_eq!(
            line,
            "::error file=a%2Cline=9%3A%3Ab%25%0A%3A%3Aerror%3A%3Ax,line=1,title=t%3A%2C::one%0A::error::two%0D100%25\n"
        );
    }
}
