//! What a role was before it was changed, in a file: the role whole, every version of the managed policies that
//! are touched, and the steps that were to be taken. The file is written and on the disk before the first step,
//! so it also serves a run that was cut off.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::account::ManagedPolicy;
use super::state::State;
use super::{Role, Step};

const KIND: &str = "scopedown role backup";
const VERSION: u32 = 1;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Backup {
    kind: String,
    version: u32,
    /// As it was, with every document's own text.
    pub role: Role,
    /// The managed policies that the steps change, by ARN; none for one that a step makes.
    pub policies: BTreeMap<SmolStr, Option<ManagedPolicy>>,
    pub steps: Vec<Step>,
}

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("`{}` is there already, and a backup replaces nothing", path.display())]
    Exists { path: PathBuf },
    #[error("could not write the backup `{}`: {error}", path.display())]
    Unwritable { path: PathBuf, error: io::Error },
    #[error("could not read the backup `{}`: {error}", path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    #[error("{}:{line}: is no backup of a role: {problem}", path.display())]
    NoBackup { path: PathBuf, line: usize, problem: String },
}

impl BackupError {
    /// The next step.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Exists { .. } => Some("choose another file for the backup"),
            Self::Unwritable { .. } => Some("choose a file for the backup that can be written"),
            Self::Unreadable { .. } => None,
            Self::NoBackup { .. } => Some("give the file that was written when the role was changed"),
        }
    }
}

impl Backup {
    pub fn new(role: Role, policies: BTreeMap<SmolStr, Option<ManagedPolicy>>, steps: Vec<Step>) -> Self {
        Self { kind: KIND.into(), version: VERSION, role, policies, steps }
    }

    /// Writes a file that was not there; when this returns, it is on the disk. Others may not read it.
    pub fn write(&self, path: &Path) -> Result<(), BackupError> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => BackupError::Exists { path: path.to_owned() },
            _ => BackupError::Unwritable { path: path.to_owned(), error },
        };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(failed)?;
        let written = serde_json::to_string_pretty(self)
            .map_err(io::Error::other)
            .and_then(|text| file.write_all(text.as_bytes()))
            .and_then(|()| file.write_all(b"\n"))
            .and_then(|()| file.sync_all())
            .and_then(|()| sync_folder(path));
        written.map_err(|error| {
            // Half a backup is none.
            let _ = fs::remove_file(path);
            failed(error)
        })
    }

    pub fn load(path: &Path) -> Result<Self, BackupError> {
        let text = fs::read_to_string(path)
            .map_err(|error| BackupError::Unreadable { path: path.to_owned(), error })?;
        let no_backup = |line, problem| BackupError::NoBackup { path: path.to_owned(), line, problem };
        let value: serde_json::Value = serde_json::from_str(&text)
            .map_err(|error| no_backup(error.line(), format!("it is not JSON: {error}")))?;
        if value.get("kind").and_then(serde_json::Value::as_str) != Some(KIND) {
            return Err(no_backup(1, format!("its `kind` is not `{KIND}`")));
        }
        if value.get("version").and_then(serde_json::Value::as_u64) != Some(u64::from(VERSION)) {
            return Err(no_backup(1, "it was written by another version of scopedown".into()));
        }
        serde_json::from_str(&text).map_err(|error| no_backup(error.line(), error.to_string()))
    }

    /// How the account was before the first step.
    pub(super) fn before(&self) -> State {
        State::new(&self.role, &self.policies)
    }
}

/// A name in a folder is on the disk once the folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if cfg!(unix) { File::open(folder.unwrap_or(Path::new(".")))?.sync_all() } else { Ok(()) }
}

/// Where a backup of this role goes when nobody says where: in the working directory, beside earlier ones.
pub fn backup_path(role: &str) -> PathBuf {
    let name = |number: u32| match number {
        1 => format!("scopedown-backup-{role}.json"),
        _ => format!("scopedown-backup-{role}-{number}.json"),
    };
    (1..=u32::MAX).map(|number| PathBuf::from(name(number))).find(|path| !path.exists()).unwrap_or_default()
}
