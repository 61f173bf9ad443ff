//! `scopedown tighten`: the role that functions have beside what they need. A role that does not fit is a finding;
//! one that was made to fit is none.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::connection::Explained;
use super::generate::pretty;
use super::seen::Seen;
use super::source::Source;
use super::terminal::{self, Talk};
use super::{Failure, Outcome};
use crate::analysis::{self, Given, Tightened};
use crate::report::tighten as formats;
use crate::role;

#[derive(Debug, Args)]
pub struct Tighten {
    /// A folder, a template or a source file
    #[arg(default_value = ".")]
    path: PathBuf,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    seen: Seen,
    /// The role as it is: policy documents, or what `aws iam get-account-authorization-details` and its kind print
    #[arg(long, value_name = "FILE")]
    current: Vec<PathBuf>,
    /// The name or ARN of the role: read from AWS, or chosen from the files of `--current`
    #[arg(long, value_name = "NAME|ARN")]
    role: Option<String>,
    /// What to write
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Write to a file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Change the role in AWS, after showing how and asking; what it was is saved first
    #[arg(long, requires = "role", conflicts_with = "current")]
    apply: bool,
    /// Attach the narrow policy and leave the broad ones for a later run
    #[arg(long, requires = "apply")]
    stage: bool,
    /// Do not ask
    #[arg(long, short, requires = "apply")]
    yes: bool,
    /// Where the backup goes
    #[arg(long, value_name = "FILE", requires = "apply")]
    backup: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal
    #[default]
    Text,
    /// For a comment
    Markdown,
    /// For programs
    Json,
    /// The new policies alone, by function
    Policy,
}

impl Tighten {
    pub fn run(&self, talk: Talk) -> Result<Outcome, Failure> {
        let given = self.given()?;
        let (request, analysis) = self.source.analyze_seen(&self.path, &self.seen, talk)?;
        let roles = analysis::tighten(&analysis, &request, given.as_ref()).map_err(|error| {
            let help = error.help();
            Failure::from(error).help(help)
        })?;
        let output = self.output.as_deref();
        let text = match self.format {
            Format::Text => formats::text(&analysis, &roles, terminal::artefact_paint(output)),
            Format::Markdown => formats::markdown(&analysis, &roles),
            Format::Json => pretty(&formats::json(&analysis, &roles)),
            Format::Policy => pretty(&formats::policies(&roles)),
        };
        terminal::write(&text, output)?;
        if self.apply {
            return self.change(&roles, given.as_ref(), talk);
        }
        let fits = roles.iter().all(Tightened::fits);
        Ok(if fits { Outcome::Clean } else { Outcome::Findings })
    }

    fn given(&self) -> Result<Option<Given>, Failure> {
        let (role, notes) = match (&self.role, self.current.as_slice()) {
            (None, []) => return Ok(None),
            (Some(name), []) => self.live(name)?,
            (wanted, files) => role::read(files, wanted.as_deref()).map_err(Explained::failure)?,
        };
        Ok(Some(Given { role, notes }))
    }

    #[cfg(feature = "aws")]
    fn live(&self, name: &str) -> Result<(role::Role, Vec<crate::model::Note>), Failure> {
        let mut iam = role::Iam::open(&self.seen.live.connection()).map_err(Explained::failure)?;
        role::live(&mut iam, name).map_err(Explained::failure)
    }

    #[cfg(not(feature = "aws"))]
    #[expect(clippy::unused_self, reason = "a build with `aws` needs the connection")]
    fn live(&self, name: &str) -> Result<(role::Role, Vec<crate::model::Note>), Failure> {
        Err(crate::aws::LiveError::not_built(name).failure())
    }

    #[cfg(feature = "aws")]
    fn change(&self, roles: &[Tightened], given: Option<&Given>, talk: Talk) -> Result<Outcome, Failure> {
        use crate::report::plan;

        let (Some(tightened), Some(given)) = (roles.first(), given) else { return Ok(Outcome::Clean) };
        let desired = tightened.desired(&given.role, self.stage);
        let steps = role::plan(&given.role, &desired, role::Quotas::default());
        talk.say(&plan::text(&steps, crate::report::Paint::Styled));
        if steps.steps.is_empty() && steps.blocked.is_empty() {
            return Ok(Outcome::Clean);
        }
        if steps.blocked.is_empty() {
            super::confirm::confirm(&format!("Change the role `{}`?", given.role.name), self.yes)?;
        }
        let backup = self.backup.clone().unwrap_or_else(|| role::backup_path(&given.role.name));
        let mut iam = role::Iam::open(&self.seen.live.connection()).map_err(Explained::failure)?;
        role::apply(&steps, &mut iam, &backup, &mut |event| talk.say(&plan::progress(event)))
            .map_err(Explained::failure)?;
        talk.say(&format!("to undo it: scopedown rollback {}\n", backup.display()));
        Ok(Outcome::Clean)
    }

    #[cfg(not(feature = "aws"))]
    #[expect(clippy::unused_self, reason = "a build with `aws` needs all of it")]
    fn change(&self, _: &[Tightened], _: Option<&Given>, _: Talk) -> Result<Outcome, Failure> {
        Err(crate::aws::LiveError::not_built("--apply").failure())
    }
}
