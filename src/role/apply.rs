//! Takes the steps of a plan, with a way back.
//!
//! The role is read again and must be the one that was planned for; a backup is on the disk before the first
//! step; when a step fails, those before it are undone. A step that failed may still have been taken (an answer
//! can be lost on its way), so the account is looked at before anything is undone.
//!
//! IAM has no change on condition: what someone else does between our reading and our last step is not noticed
//! here. The rollback notices it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use smol_str::SmolStr;

use super::account::Account;
use super::backup::{Backup, BackupError};
use super::rollback::{Standing, standing, undo};
use super::{Plan, Step, name_of};
use crate::aws::LiveError;
use crate::model::Note;

/// What is told while a role is changed or restored.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    /// The backup is on the disk.
    Saved {
        backup: &'a Path,
    },
    Taken {
        number: usize,
        total: usize,
        step: &'a Step,
    },
    Failed {
        number: usize,
        total: usize,
        step: &'a Step,
        error: &'a LiveError,
    },
    Undone {
        number: usize,
        total: usize,
        step: &'a Step,
    },
}

/// A plan that was carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    pub steps: Vec<Step>,
    /// None where there was nothing to do.
    pub backup: Option<PathBuf>,
}

#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error("the plan cannot be applied: {}", messages(notes))]
    Blocked { notes: Vec<Note> },
    #[error("the role `{role}` has changed since the plan was made: {}; nothing was done", changes.join("; "))]
    Changed { role: SmolStr, changes: Vec<String> },
    #[error(
        "there is a managed policy `{name}` already, which is not attached to the role; nothing was done"
    )]
    Taken { name: SmolStr },
    #[error("{0}; nothing was done")]
    Backup(#[from] BackupError),
    /// Before the first step.
    #[error("{0}; nothing was done")]
    Live(#[from] LiveError),
    #[error("{failure}; {}", undone_words(*undone, remarks))]
    RolledBack { failure: Box<FailedStep>, undone: usize, remarks: Vec<String> },
    #[error(
        "{failure}; taking back the step to {} failed as well: {}; {left} of the steps are still in place",
        stuck.step,
        stuck.error
    )]
    Stuck { failure: Box<FailedStep>, stuck: Box<FailedStep>, left: usize, backup: PathBuf },
}

/// A step that could not be taken, or taken back.
#[derive(Debug, thiserror::Error)]
#[error("step {number} of {total}, to {step}, failed: {error}")]
pub struct FailedStep {
    /// From 1.
    pub number: usize,
    pub total: usize,
    pub step: Step,
    pub error: LiveError,
}

impl ApplyError {
    /// The next step.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Blocked { notes } => notes.iter().find_map(|note| note.help.clone()),
            Self::Changed { .. } => Some("run the command again, and look at the new plan".into()),
            Self::Taken { .. } => {
                Some("choose another name, or delete that policy if nothing needs it".into())
            }
            Self::Backup(error) => error.help().map(Into::into),
            Self::Live(error) => error.help().map(Into::into),
            Self::RolledBack { failure, .. } => failure.error.help().map(Into::into),
            Self::Stuck { backup, .. } => {
                Some(format!("restore the role with `scopedown rollback {}`", backup.display()))
            }
        }
    }
}

/// Changes the role. `backup` must not exist yet.
pub fn apply(
    plan: &Plan,
    account: &mut dyn Account,
    backup: &Path,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Applied, ApplyError> {
    if !plan.blocked.is_empty() {
        return Err(ApplyError::Blocked { notes: plan.blocked.clone() });
    }
    if plan.steps.is_empty() {
        return Ok(Applied { steps: Vec::new(), backup: None });
    }
    let saved = prepared(plan, account)?;
    saved.write(backup)?;
    progress(Progress::Saved { backup });
    let total = saved.steps.len();
    for (taken, step) in saved.steps.iter().enumerate() {
        let number = taken + 1;
        if let Err(error) = step.take(&saved.role.name, account) {
            progress(Progress::Failed { number, total, step, error: &error });
            return Err(back(&saved, taken, error, account, backup, progress));
        }
        progress(Progress::Taken { number, total, step });
    }
    Ok(Applied { steps: saved.steps, backup: Some(backup.to_owned()) })
}

/// Reads everything that is touched, and makes sure that it is what was planned for.
fn prepared(plan: &Plan, account: &mut dyn Account) -> Result<Backup, ApplyError> {
    let (role, _) = account.role(&plan.role.name)?;
    let changes = plan.role.changes(&role);
    if !changes.is_empty() {
        return Err(ApplyError::Changed { role: role.name, changes });
    }
    let mut policies = BTreeMap::new();
    for step in &plan.steps {
        let Some(arn) = step.changed_policy().filter(|arn| !policies.contains_key(*arn)) else { continue };
        let policy = account.policy(arn)?;
        match (step, &policy) {
            (Step::CreatePolicy { .. }, Some(_)) => {
                return Err(ApplyError::Taken { name: name_of(arn).into() });
            }
            (Step::CreateVersion { .. } | Step::DeleteVersion { .. }, None) => {
                let changes = vec![format!("the managed policy `{}` is gone", name_of(arn))];
                return Err(ApplyError::Changed { role: role.name, changes });
            }
            _ => policies.insert(arn.clone(), policy),
        };
    }
    Ok(Backup::new(role, policies, plan.steps.clone()))
}

/// After the failure of the step that follows the first `taken`.
fn back(
    saved: &Backup,
    taken: usize,
    error: LiveError,
    account: &mut dyn Account,
    backup: &Path,
    progress: &mut dyn FnMut(Progress<'_>),
) -> ApplyError {
    let (number, total) = (taken + 1, saved.steps.len());
    let failure = Box::new(FailedStep { number, total, step: saved.steps[taken].clone(), error });
    // The failed step may have been taken. Of an account that cannot be read, we know what we did.
    let count = match standing(saved, account) {
        Ok(Standing::After(steps)) => steps.clamp(taken, number),
        _ => taken,
    };
    let mut remarks = Vec::new();
    match undo(saved, count, account, progress, &mut remarks) {
        Ok(()) => ApplyError::RolledBack { failure, undone: count, remarks },
        Err(failed) => {
            let left = count - failed.undone;
            let stuck = FailedStep { number: left, total, step: failed.step.clone(), error: failed.error };
            ApplyError::Stuck { failure, stuck: Box::new(stuck), left, backup: backup.to_owned() }
        }
    }
}

fn undone_words(undone: usize, remarks: &[String]) -> String {
    let mut words = match undone {
        0 => "nothing was changed".to_owned(),
        1 => "one step was taken back, and the role is as it was".to_owned(),
        _ => format!("{undone} steps were taken back, and the role is as it was"),
    };
    for remark in remarks {
        words.push_str("; ");
        words.push_str(remark);
    }
    words
}

fn messages(notes: &[Note]) -> String {
    notes.iter().map(|note| note.message.as_str()).collect::<Vec<_>>().join("; ")
}
