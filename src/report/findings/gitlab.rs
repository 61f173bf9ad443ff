//! `--format gitlab`: a code quality report, as GitLab's merge requests show it. Findings without a file stand at the
//! first line of the analysed folder's template or configuration, because the format has no other way.

use serde_json::{Value, json};

use super::{details, from_root, names};
use crate::model::Level;
use crate::review::{Finding, Report};

pub fn render(report: &Report) -> Value {
    report.findings.iter().map(|finding| one(report, finding)).collect()
}

fn one(report: &Report, finding: &Finding) -> Value {
    let severity = match finding.level {
        Level::Error => "critical",
        Level::Warning => "major",
        Level::Note => "info",
    };
    let mut description = vec![match names(&finding.functions).as_str() {
        "" => finding.message.clone(),
        names => format!("{names}: {}", finding.message),
    }];
    description.extend(details(finding));
    let (file, line) = finding
        .place()
        .map_or((".".to_owned(), 1), |place| (from_root(report, &place.file), place.line.max(1)));
    json!({
        "type": "issue",
        "check_name": format!("scopedown/{}", finding.rule.id()),
        "description": description.join("; "),
        "categories": ["Security"],
        "severity": severity,
        "fingerprint": finding.fingerprint,
        "location": { "path": file, "lines": { "begin": line } },
    })
}
