//! `scopedown generate`: the policies on standard output, a readable account of them on standard error.
//! What could not be resolved is in the account and does not change the exit status.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::seen::Seen;
use super::source::Source;
use super::terminal::{self, Talk};
use super::{Failure, Outcome};
use crate::analysis::Analysis;
use crate::report::{self, Paint};

#[derive(Debug, Args)]
pub struct Generate {
    /// A folder, a template or a source file
    #[arg(default_value = ".")]
    path: PathBuf,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    seen: Seen,
    /// What to write
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Write to a file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// IAM policy documents as JSON
    #[default]
    Policy,
    /// Roles to paste into a CloudFormation or SAM template
    Cloudformation,
    /// The `Policies` of each SAM function
    Sam,
    /// Everything that is known, as JSON
    Report,
    /// The readable account alone
    Text,
}

impl Generate {
    pub fn run(&self, talk: Talk) -> Result<Outcome, Failure> {
        let (_, analysis) = self.source.analyze_seen(&self.path, &self.seen, talk)?;
        let output = self.output.as_deref();
        terminal::write(&self.artefact(&analysis)?, output)?;
        if self.format != Format::Text {
            talk.say(&report::text::render(&analysis, Paint::Styled));
        }
        // An answer without some function's code is not the whole answer.
        let whole = analysis.functions.iter().all(|function| function.followed);
        Ok(if whole { Outcome::Clean } else { Outcome::Findings })
    }

    fn artefact(&self, analysis: &Analysis) -> Result<String, Failure> {
        Ok(match self.format {
            Format::Policy => pretty(&report::policy::render(analysis)),
            Format::Cloudformation => report::cloudformation::render(analysis),
            Format::Sam => report::sam::render(analysis)?,
            Format::Report => pretty(&report::report::render(analysis)),
            Format::Text => report::text::render(analysis, terminal::artefact_paint(self.output.as_deref())),
        })
    }
}

/// JSON as people read it, with a line break at the end.
pub fn pretty(value: &serde_json::Value) -> String {
    format!("{value:#}\n")
}
