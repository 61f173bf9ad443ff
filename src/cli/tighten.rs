//! `scopedown tighten`: the role that functions have beside what they need. A role that does not fit is a finding;
//! one that was made to fit is none.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;
use smol_str::SmolStr;

use super::connection::Explained;
use super::generate::pretty;
use super::options::{Artefact, ChangeFormat};
use super::seen::Seen;
use super::source::Target;
use super::terminal::Talk;
use super::{Failure, Outcome};
use crate::analysis::{self, Analysis, Given, Request, Tightened};
use crate::report::tighten as formats;
use crate::role::{self, Description};

#[derive(Debug, Args)]
pub struct Tighten {
    #[command(flatten)]
    target: Target,
    /// The role as it is: policy documents, or what `aws iam get-account-authorization-details` and its kind print
    #[arg(long, value_name = "FILE")]
    current: Vec<PathBuf>,
    /// The name or ARN of the role: read from AWS, or chosen from the files of `--current`. Where it is not given, what
    /// the template has, or `role` under [functions.NAME] of scopedown.toml
    #[arg(long, value_name = "NAME|ARN")]
    role: Option<String>,
    #[command(flatten)]
    artefact: Artefact<ChangeFormat>,
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
    #[command(flatten)]
    seen: Seen,
}

impl Tighten {
    pub fn run(&self, talk: Talk) -> Result<Outcome, Failure> {
        let described = if self.current.is_empty() {
            None
        } else {
            Some(Description::read(&self.current).map_err(Explained::failure)?)
        };
        let named = self.named(described.as_ref())?;
        let (request, analysis) = self.target.analyze(&self.seen, talk)?;
        let given = match named {
            Some(given) => vec![given],
            None => self.configured(described.as_ref(), &request, &analysis)?,
        };
        let roles = analysis::tighten(&analysis, &request, &given).map_err(|error| {
            let help = error.help();
            Failure::from(error).help(help)
        })?;
        let text = match self.artefact.format {
            ChangeFormat::Text => formats::text(&analysis, &roles, self.artefact.paint()),
            ChangeFormat::Markdown => formats::markdown(&analysis, &roles),
            ChangeFormat::Json => pretty(&formats::json(&analysis, &roles)),
            ChangeFormat::Policy => pretty(&formats::policies(&roles)),
        };
        self.artefact.write(&text)?;
        if self.apply {
            self.is_known(&roles)?;
            return self.change(&roles, given.first(), talk);
        }
        let fits = roles.iter().all(Tightened::fits);
        Ok(if fits { Outcome::Clean } else { Outcome::Findings })
    }

    /// Refuses to take away what code may need that was not read.
    fn is_known(&self, roles: &[Tightened]) -> Result<(), Failure> {
        let unread: Vec<&str> = roles.iter().flat_map(|role| &role.unread).map(SmolStr::as_str).collect();
        if unread.is_empty() || self.stage {
            return Ok(());
        }
        let message = format!(
            "the code of {} was not read, and the role would lose what it needs; nothing was changed",
            unread.join(", ")
        );
        Err(Failure::from(anyhow::anyhow!(message))
            .help("see the notes for why; `--stage` leaves the broad policies in place"))
    }

    /// The role that the command line names.
    fn named(&self, described: Option<&Description>) -> Result<Option<Given>, Failure> {
        let (role, notes) = match (described, &self.role) {
            (Some(described), Some(wanted)) => described.role(Some(wanted)).map_err(Explained::failure)?,
            (None, Some(name)) => self.live(name)?,
            (_, None) => return Ok(None),
        };
        Ok(Some(Given { role, notes, functions: None }))
    }

    /// The roles that the configuration names: those of functions whose role the template does not tell, or, where
    /// files describe roles, of all functions. Files that nobody chooses from describe one role.
    fn configured(
        &self,
        described: Option<&Description>,
        request: &Request,
        analysis: &Analysis,
    ) -> Result<Vec<Given>, Failure> {
        let mut named: BTreeMap<SmolStr, BTreeSet<SmolStr>> = BTreeMap::new();
        for function in &analysis.project.functions {
            let wanted = described.is_some() || function.current.is_none();
            if let Some(role) = request.config.of_function(&function.name).role.filter(|_| wanted) {
                named.entry(role).or_default().insert(function.name.clone());
            }
        }
        if let (Some(described), true) = (described, named.is_empty()) {
            let (role, notes) = described.role(None).map_err(Explained::failure)?;
            return Ok(vec![Given { role, notes, functions: None }]);
        }
        if described.is_none() && cfg!(not(feature = "aws")) {
            // What the template tells is compared all the same, and a note names the roles that are left out.
            if analysis.project.functions.iter().any(|function| function.current.is_some()) {
                return Ok(Vec::new());
            }
        }
        let mut given = Vec::new();
        for (name, functions) in named {
            let (role, notes) = match described {
                Some(described) => described.role(Some(&name)).map_err(Explained::failure)?,
                None => self.live(&name)?,
            };
            given.push(Given { role, notes, functions: Some(functions) });
        }
        Ok(given)
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
