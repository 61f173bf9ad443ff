//! `scopedown rollback`: a role as it was before it was changed. What will be done is shown and asked for first.

use std::path::PathBuf;

use clap::Args;

use super::connection::{Connection, Explained};
use super::terminal::Talk;
use super::{Failure, Outcome};
use crate::role::Backup;

#[derive(Debug, Args)]
pub struct Rollback {
    /// The file that was written when the role was changed
    backup: PathBuf,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Restore also what someone else has changed since
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Rollback {
    pub fn run(&self, talk: Talk) -> Result<Outcome, Failure> {
        let backup = Backup::load(&self.backup).map_err(Explained::failure)?;
        restore(self, &backup, talk)
    }
}

#[cfg(feature = "aws")]
fn restore(arguments: &Rollback, backup: &Backup, talk: Talk) -> Result<Outcome, Failure> {
    use super::terminal;
    use crate::report::plan::{progress, undoing};
    use crate::role::{self, Standing};

    let mut iam = role::Iam::open(&arguments.connection.settings()).map_err(Explained::failure)?;
    let name = &backup.role.name;
    let count = match role::standing(backup, &mut iam).map_err(Explained::failure)? {
        Standing::Former => {
            terminal::write(&format!("the role `{name}` is as it was; there is nothing to restore\n"), None)?;
            return Ok(Outcome::Clean);
        }
        Standing::After(count) => count,
        Standing::Changed(changes) if arguments.force => {
            for change in changes {
                talk.say(&format!("changed by someone else: {change}\n"));
            }
            backup.steps.len()
        }
        Standing::Changed(changes) => {
            return Err(role::RollbackError::Changed { role: name.clone(), changes }.failure());
        }
    };
    talk.say(&undoing(backup, count));
    super::confirm::confirm(&format!("Restore the role `{name}`?"), arguments.yes)?;
    let done = role::rollback(backup, &mut iam, arguments.force, &mut |event| talk.say(&progress(event)))
        .map_err(Explained::failure)?;
    let mut text = format!("the role `{name}` is restored\n");
    text.extend(done.remarks.iter().flat_map(|remark| [remark.as_str(), "\n"]));
    terminal::write(&text, None)?;
    Ok(Outcome::Clean)
}

#[cfg(not(feature = "aws"))]
fn restore(_: &Rollback, backup: &Backup, _: Talk) -> Result<Outcome, Failure> {
    Err(crate::aws::LiveError::not_built(&backup.role.name).failure())
}
