//! `scopedown explain`: why an action is in the policy, or why it is not. Not granted is a finding: status 1.

use clap::Args;
use std::fs;

use super::seen::Seen;
use super::source::Target;
use super::terminal::{self, Talk};
use super::{Failure, Outcome};
use crate::model::Action;
use crate::report::explain;

#[derive(Debug, Args)]
pub struct Explain {
    /// The action, such as s3:GetObject, or a pattern: 'dynamodb:*Item'
    action: String,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    seen: Seen,
}

impl Explain {
    pub fn run(&self, talk: Talk) -> Result<Outcome, Failure> {
        if !self.action.contains([':', '*']) {
            let failure = anyhow::anyhow!("`{}` is not an action", self.action);
            return Err(Failure::from(failure).help("write it with its service, as in s3:GetObject"));
        }
        let (_, analysis) = self.target.analyze(&self.seen, talk)?;
        let source = |file: &str| fs::read_to_string(analysis.root.join(file)).ok();
        let explanation =
            explain::render(&analysis, &Action::new(&self.action), &source, terminal::artefact_paint(None));
        terminal::write(&explanation.text, None)?;
        Ok(if explanation.granted { Outcome::Clean } else { Outcome::Findings })
    }
}
