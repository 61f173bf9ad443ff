//! `scopedown explain`: why an action is in the policy, or why it is not. Not granted is a finding: status 1.

use std::fs;
use std::path::PathBuf;

use clap::Args;

use super::seen::Seen;
use super::source::Source;
use super::terminal::{self, Talk};
use super::{Failure, Outcome};
use crate::model::Action;
use crate::report::explain;

#[derive(Debug, Args)]
pub struct Explain {
    /// The action, such as s3:GetObject, or a pattern: 'dynamodb:*Item'
    action: String,
    /// A folder, a template or a source file
    #[arg(default_value = ".")]
    path: PathBuf,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    seen: Seen,
}

impl Explain {
    pub fn run(&self, talk: Talk) -> Result<Outcome, Failure> {
        if !self.action.contains([':', '*']) {
            let failure = anyhow::anyhow!("`{}` is not an action", self.action);
            return Err(Failure::from(failure).help("write it with its service, as in s3:GetObject"));
        }
        let (_, analysis) = self.source.analyze_seen(&self.path, &self.seen, talk)?;
        let source = |file: &str| fs::read_to_string(analysis.root.join(file)).ok();
        let explanation =
            explain::render(&analysis, &Action::new(&self.action), &source, terminal::artefact_paint(None));
        terminal::write(&explanation.text, None)?;
        Ok(if explanation.granted { Outcome::Clean } else { Outcome::Findings })
    }
}
