//! What `check` and `review` have in common: their formats, what makes them fail, how they end.

use clap::{Args, ValueEnum};

use super::generate::pretty;
use super::options::{Artefact, Formats};
use super::{Failure, Outcome};
use crate::model::{Level, Rule};
use crate::report::findings::{github, gitlab, json, markdown, sarif, text};
use crate::review::{Finding, Report};

#[derive(Debug, Args)]
pub struct Output {
    #[command(flatten)]
    artefact: Artefact<Format>,
    /// End with status 1 only for these (may be given again, or with commas)
    #[arg(long, value_enum, value_name = "RULE", value_delimiter = ',')]
    fail_on: Vec<FailOn>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a person
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

impl Formats for Format {
    const DEFAULT: &'static str = "text";
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
    /// A policy names an action that AWS does not have
    Unknown,
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
            Self::Unknown => finding.rule == Rule::UnknownAction,
            Self::Never => false,
        }
    }
}

impl Output {
    /// Writes the report; findings make the status, whatever the format.
    pub fn write(&self, report: &Report) -> Result<Outcome, Failure> {
        let written = match self.artefact.format {
            Format::Text => text::render(report, self.artefact.paint()),
            Format::Markdown => markdown::render(report),
            Format::Sarif => pretty(&sarif::render(report)),
            Format::Github => github::render(report),
            Format::Gitlab => pretty(&gitlab::render(report)),
            Format::Json => pretty(&json::render(report)),
        };
        self.artefact.write(&written)?;
        let stops = |finding: &Finding| {
            finding.level > Level::Note
                && (self.fail_on.is_empty() || self.fail_on.iter().any(|rule| rule.stops(finding)))
        };
        Ok(if report.findings.iter().any(stops) { Outcome::Findings } else { Outcome::Clean })
    }
}
