//! `scopedown check`: every function against the role that it has. Findings that are more than notes end with 1.

use std::path::{Path, PathBuf};

use clap::Args;

use super::findings::Output;
use super::source::{Source, configuration};
use super::terminal::Talk;
use super::{Failure, Outcome};
use crate::analysis;
use crate::config::Date;
use crate::git::Repository;
use crate::review::{self, Report};

#[derive(Debug, Args)]
pub struct Check {
    /// A folder, a template or a source file
    #[arg(default_value = ".")]
    path: PathBuf,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    output: Output,
}

impl Check {
    pub fn run(&self, _talk: Talk) -> Result<Outcome, Failure> {
        let config = configuration(&self.path)?;
        let request = self.source.request(&self.path, config);
        let analysis = analysis::analyze(&request).map_err(|error| {
            let help = error.help();
            Failure::from(error).help(help)
        })?;
        let checked = review::check(&analysis, &request.choices, &request.config, Date::today());
        let report = Report {
            compared: None,
            functions: analysis.functions.iter().map(|function| function.name.clone()).collect(),
            findings: checked.findings,
            suppressed: checked.suppressed,
            notes: checked.notes,
            // Outside of a repository paths are those of the folder.
            prefix: Repository::of(folder(&self.path)).map(|found| found.prefix).unwrap_or_default(),
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
