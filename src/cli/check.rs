//! `scopedown check`: every function against the role that it has. Findings that are more than notes end with 1.

use std::path::Path;

use clap::Args;

use super::findings::Output;
use super::seen::Seen;
use super::source::Target;
use super::terminal::Talk;
use super::{Failure, Outcome};
use crate::config::Date;
use crate::git::Repository;
use crate::review::{self, Report};

#[derive(Debug, Args)]
pub struct Check {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    seen: Seen,
}

impl Check {
    pub fn run(&self, talk: Talk) -> Result<Outcome, Failure> {
        let (request, analysis) = self.target.analyze(&self.seen, talk)?;
        let checked = review::check(&analysis, &request.choices, &request.config, Date::today());
        let report = Report {
            compared: None,
            functions: analysis.functions.iter().map(|function| function.name.clone()).collect(),
            unread: analysis.functions.iter().filter(|function| !function.followed).count(),
            findings: checked.findings,
            suppressed: checked.suppressed,
            notes: checked.notes,
            // Outside of a repository paths are those of the folder.
            prefix: Repository::of(folder(&self.target.path)).map(|found| found.prefix).unwrap_or_default(),
        };
        self.output.write(&report)
    }
}

fn folder(path: &Path) -> &Path {
    if path.is_dir() {
        return path;
    }
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
