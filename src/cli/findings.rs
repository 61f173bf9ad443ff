//! What `check` and `review` have in common: their formats, what makes them fail, how they end.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::generate::pretty;
use super::{Failure, Outcome, terminal};
use crate::model::{Level, Rule};
use crate::report::findings::{github, gitlab, json, markdown, sarif, text};
use crate::review::{Finding, Report};

#[derive(Debug, Args)]
pub struct Output {
    /// What to write
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Write to a file instead of standard output
    #[arg(long = "output", short, value_name = "FILE")]
    file: Option<PathBuf>,
    /// End with status 1 only for these (may be given again, or with commas)
    #[arg(long, value_enum, value_name = "RULE", value_delimiter = ',')]
    fail_on: Vec<FailOn>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a person
    #[default]
    Text,
    /// A comment for a pull request
    Markdown,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of a GitHub workflow
    Github,
    /// GitLab's code quality
    Gitlab,
    /// Everything, as JSON
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// The change adds a privilege
    New,
    /// Needed, and not given
    Missing,
    /// Given, and not needed
    Unneeded,
    /// Given on more than is needed
    Wide,
    /// Dangerous in the wrong hands, whatever the rule
    Risk,
    /// A suppression is over
    Expired,
    /// Nothing
    Never,
}

impl FailOn {
    fn stops(self, finding: &Finding) -> bool {
        match self {
            Self::New => finding.rule == Rule::NewPrivilege,
            Self::Missing => finding.rule == Rule::Missing,
            Self::Unneeded => finding.rule == Rule::Unneeded,
            Self::Wide => finding.rule == Rule::TooWide,
            Self::Risk => !finding.risks.is_empty(),
            Self::Expired => finding.rule == Rule::ExpiredSuppression,
            Self::Never => false,
        }
    }
}

impl Output {
    /// Writes the report; findings make the status, whatever the format.
    pub fn write(&self, report: &Report) -> Result<Outcome, Failure> {
        let output = self.file.as_deref();
        let written = match self.format {
            Format::Text => text::render(report, terminal::artefact_paint(output)),
            Format::Markdown => markdown::render(report),
            Format::Sarif => pretty(&sarif::render(report)),
            Format::Github => github::render(report),
            Format::Gitlab => pretty(&gitlab::render(report)),
            Format::Json => pretty(&json::render(report)),
        };
        terminal::write(&written, output)?;
        let stops = |finding: &Finding| {
            finding.level > Level::Note
                && (self.fail_on.is_empty() || self.fail_on.iter().any(|rule| rule.stops(finding)))
        };
        Ok(if report.findings.iter().any(stops) { Outcome::Findings } else { Outcome::Clean })
    }
}
