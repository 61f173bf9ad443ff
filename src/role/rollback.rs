//! The way back: the steps of a backup are undone one by one, the last first, so that here too what was broad is
//! there again before what is narrow goes.
//!
//! How far the run had come is seen from the account. Where the account is in none of the states that the run
//! went through, someone else has changed the role since, and nothing is done unless forced. Undoing what was
//! not done does nothing, so a rollback that was cut off can be run again.
//!
//! IAM never gives a version id twice: a deleted version that is made again has a new one, which is said.

use smol_str::SmolStr;

use super::account::Account;
use super::backup::Backup;
use super::state::State;
use super::{Progress, Step, name_of, version_number};
use crate::aws::{LiveError, Problem};

/// Where a role stands between the states that a backup knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As it was before the first step.
    Former,
    /// So many steps were taken.
    After(usize),
    /// Someone else has changed it; in words.
    Changed(Vec<String>),
}

/// What was undone, and what is not exactly as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RolledBack {
    /// How many steps there were to undo.
    pub undone: usize,
    pub remarks: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum RollbackError {
    #[error("the role `{role}` has since been changed by someone else: {}", changes.join("; "))]
    Changed { role: SmolStr, changes: Vec<String> },
    #[error("could not take back the step to {step}: {error}; {undone} of {total} steps were taken back")]
    Stopped { step: String, error: LiveError, undone: usize, total: usize },
    #[error(transparent)]
    Live(#[from] LiveError),
}

impl RollbackError {
    /// The next step.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Changed { .. } => Some(
                "look at the role (`scopedown role`), then restore it all the same with `--force`".into(),
            ),
            Self::Stopped { error, .. } => {
                let again = "run the rollback again with the same backup";
                Some(error.help().map_or_else(|| again.to_owned(), |help| format!("{help}; then {again}")))
            }
            Self::Live(error) => error.help().map(Into::into),
        }
    }
}

/// Looks where the role stands. Changes nothing.
pub fn standing(backup: &Backup, account: &mut dyn Account) -> Result<Standing, LiveError> {
    let (role, _) = account.role(&backup.role.name)?;
    if backup.role.id.is_some() && backup.role.id != role.id {
        return Ok(Standing::Changed(vec!["it was deleted and made again".into()]));
    }
    let now = State::read(&role, backup.policies.keys(), account)?;
    let states = backup.before().along(&backup.steps);
    Ok(match states.iter().rposition(|state| state.changes(&now).is_empty()) {
        Some(0) => Standing::Former,
        Some(steps) => Standing::After(steps),
        None => Standing::Changed(states.last().map(|last| last.changes(&now)).unwrap_or_default()),
    })
}

/// Restores what the backup holds. With `force` also where the role has since been changed: then all steps are
/// undone, and what the steps never touched stays as it is.
pub fn rollback(
    backup: &Backup,
    account: &mut dyn Account,
    force: bool,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<RolledBack, RollbackError> {
    let steps = match standing(backup, account)? {
        Standing::Former => 0,
        Standing::After(steps) => steps,
        Standing::Changed(_) if force => backup.steps.len(),
        Standing::Changed(changes) => {
            return Err(RollbackError::Changed { role: backup.role.name.clone(), changes });
        }
    };
    let mut done = RolledBack { undone: steps, remarks: Vec::new() };
    undo(backup, steps, account, progress, &mut done.remarks).map_err(|failed| RollbackError::Stopped {
        step: failed.step.to_string(),
        error: failed.error,
        undone: failed.undone,
        total: steps,
    })?;
    if steps > 0
        && let Ok(Standing::After(_) | Standing::Changed(_)) = standing(backup, account)
    {
        done.remarks.push(if force {
            "the role is not as it was: what others changed elsewhere in it was left alone".into()
        } else {
            "IAM does not show all of it yet; look at the role again in a while (`scopedown role`)".into()
        });
    }
    Ok(done)
}

pub(super) struct Failed<'a> {
    pub step: &'a Step,
    pub error: LiveError,
    pub undone: usize,
}

/// Undoes the first `count` steps, the last of them first.
pub(super) fn undo<'a>(
    backup: &'a Backup,
    count: usize,
    account: &mut dyn Account,
    progress: &mut dyn FnMut(Progress<'_>),
    remarks: &mut Vec<String>,
) -> Result<(), Failed<'a>> {
    for (undone, step) in backup.steps[..count].iter().rev().enumerate() {
        match undo_one(backup, step, account) {
            Ok(remark) => remarks.extend(remark),
            Err(error) => return Err(Failed { step, error, undone }),
        }
        progress(Progress::Undone { number: undone + 1, total: count, step });
    }
    Ok(())
}

fn undo_one(backup: &Backup, step: &Step, account: &mut dyn Account) -> Result<Option<String>, LiveError> {
    let role = backup.role.name.as_str();
    match step {
        Step::PutInline { name, .. } | Step::DeleteInline { name } => match backup.role.inline.get(name) {
            Some(former) => account.put_inline(role, name, former.text())?,
            None => absent(account.delete_inline(role, name))?,
        },
        Step::Attach { arn } | Step::Detach { arn } => {
            if backup.role.attached.contains_key(arn) {
                account.attach(role, arn)?;
            } else {
                absent(account.detach(role, arn))?;
            }
        }
        Step::CreatePolicy { arn, policy } => {
            let Some(now) = account.policy(arn)? else { return Ok(None) };
            if now.default_version().is_some_and(|version| version.policy != *policy) {
                let name = name_of(arn);
                return Ok(Some(format!(
                    "the managed policy `{name}` was rewritten by someone else, and was kept"
                )));
            }
            for version in now.versions.iter().filter(|version| !version.default) {
                account.delete_version(arn, &version.id)?;
            }
            absent(account.delete_policy(arn))?;
        }
        Step::CreateVersion { arn, .. } => return undo_version(backup, arn, step, account),
        Step::DeleteVersion { arn, version } => return restore_version(backup, arn, version, account),
    }
    Ok(None)
}

/// Makes the former default version the default one again, and deletes the one that was made.
fn undo_version(
    backup: &Backup,
    arn: &SmolStr,
    step: &Step,
    account: &mut dyn Account,
) -> Result<Option<String>, LiveError> {
    let (Some(Some(former)), Step::CreateVersion { policy, .. }) = (backup.policies.get(arn), step) else {
        return Ok(None);
    };
    let (Some(now), Some(default)) = (account.policy(arn)?, former.default_version()) else {
        return Ok(None);
    };
    let mut remark = None;
    if now.version(&default.id).is_some() {
        account.set_default(arn, &default.id)?;
    } else {
        // The five places may all be taken; the one that was made gives its own up.
        let same = now.versions.iter().find(|version| version.policy == default.policy);
        let id = match same {
            Some(version) => {
                account.set_default(arn, &version.id)?;
                version.id.clone()
            }
            None => account.create_version(arn, default.policy.text(), true)?,
        };
        remark = Some(format!("version {} of the managed policy `{}` is {id} now", default.id, name_of(arn)));
    }
    let newest = former.versions.iter().map(|version| version_number(&version.id)).max().unwrap_or(0);
    let ours = |id: &str| former.version(id).is_none() && version_number(id) > newest;
    for version in now.versions.iter().filter(|version| ours(&version.id) && version.policy == *policy) {
        absent(account.delete_version(arn, &version.id))?;
    }
    Ok(remark)
}

/// Makes a version again that was deleted for want of room.
fn restore_version(
    backup: &Backup,
    arn: &SmolStr,
    id: &SmolStr,
    account: &mut dyn Account,
) -> Result<Option<String>, LiveError> {
    let Some(former) = backup.policies.get(arn).and_then(Option::as_ref) else { return Ok(None) };
    let (Some(now), Some(version)) = (account.policy(arn)?, former.version(id)) else { return Ok(None) };
    let again = now
        .versions
        .iter()
        .any(|one| one.id == *id || (former.version(&one.id).is_none() && one.policy == version.policy));
    if again {
        return Ok(None);
    }
    let new = account.create_version(arn, version.policy.text(), false)?;
    Ok(Some(format!("version {id} of the managed policy `{}` is {new} now", name_of(arn))))
}

/// What is not there need not go.
fn absent(result: Result<(), LiveError>) -> Result<(), LiveError> {
    match result {
        Err(error) if error.problem() == Problem::NotFound => Ok(()),
        other => other,
    }
}
