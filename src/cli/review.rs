//! `scopedown review --base REV`: what a change does to privileges. Findings of the change that are more than notes
//! end with 1; what was there before is counted and not reported.

use std::path::Path;

use clap::Args;

use super::findings::Output;
use super::source::Target;
use super::terminal::Talk;
use super::{Failure, Outcome};
use crate::config::{Config, Date};
use crate::review::{self, ChangeRequest};

#[derive(Debug, Args)]
pub struct Review {
    /// The branch, tag or commit that the change is compared with
    #[arg(long, value_name = "REV")]
    base: String,
    /// The commit to review; the work tree where it is not given
    #[arg(long, value_name = "REV")]
    head: Option<String>,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    output: Output,
}

impl Review {
    pub fn run(&self, _talk: Talk) -> Result<Outcome, Failure> {
        let request = |path: &Path, config: Config| self.target.source.request(path, config);
        let asked = ChangeRequest {
            path: &self.target.path,
            base: &self.base,
            head: self.head.as_deref(),
            request: &request,
            today: Date::today(),
        };
        let report = review::review(&asked).map_err(|error| {
            let help = error.help();
            Failure { error: error.into(), help }
        })?;
        self.output.write(&report)
    }
}
