//! `scopedown generate`: the policies on standard output, a readable account of them on standard error.
//! What could not be resolved is in the account and does not change the exit status.

use clap::{Args, ValueEnum};

use super::options::{Artefact, Formats};
use super::seen::Seen;
use super::source::Target;
use super::terminal::Talk;
use super::{Failure, Outcome};
use crate::analysis::Analysis;
use crate::report::{self, Paint};

#[derive(Debug, Args)]
pub struct Generate {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    artefact: Artefact<Format>,
    #[command(flatten)]
    seen: Seen,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// IAM policy documents as JSON
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

impl Formats for Format {
    const DEFAULT: &'static str = "policy";
}

impl Generate {
    pub fn run(&self, talk: Talk) -> Result<Outcome, Failure> {
        let (_, analysis) = self.target.analyze(&self.seen, talk)?;
        self.artefact.write(&self.render(&analysis)?)?;
        if self.artefact.format != Format::Text {
            talk.say(&report::text::render(&analysis, Paint::Styled));
        }
        // An answer without some function's code is not the whole answer.
        let whole = analysis.functions.iter().all(|function| function.followed);
        Ok(if whole { Outcome::Clean } else { Outcome::Findings })
    }

    fn render(&self, analysis: &Analysis) -> Result<String, Failure> {
        Ok(match self.artefact.format {
            Format::Policy => pretty(&report::policy::render(analysis)),
            Format::Cloudformation => report::cloudformation::render(analysis),
            Format::Sam => report::sam::render(analysis)?,
            Format::Report => pretty(&report::report::render(analysis)),
            Format::Text => report::text::render(analysis, self.artefact.paint()),
        })
    }
}

/// JSON as people read it, with a line break at the end.
pub fn pretty(value: &serde_json::Value) -> String {
    format!("{value:#}\n")
}
