//! A git repository, read through the `git` command: which commit a name means, what changed between two states, and
//! the files of a commit, written into a folder of ours. The work tree, the index and the references are never
//! touched, and nothing is fetched.
//!
//! Variables that would point git elsewhere (a hook sets `GIT_DIR` and `GIT_INDEX_FILE`) are taken away, and so is
//! what a repository's own configuration could have run on our behalf.

mod extract;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub use extract::Extracted;

#[derive(Debug)]
pub struct Repository {
    /// The root of the work tree.
    pub root: PathBuf,
    /// From the root to the folder that was asked about: empty, or with a `/` at the end.
    pub prefix: String,
}

#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("`git` could not be run: {0}")]
    NoGit(std::io::Error),
    #[error("`{0}` is not in a git repository")]
    NoRepository(String),
    #[error("`{0}` is in a git repository without a work tree")]
    Bare(String),
    #[error("the repository has no commit yet")]
    NoCommit,
    #[error("`{0}` names no commit of this repository")]
    NoRevision(String),
    #[error("`{0}` names no commit that this shallow clone has")]
    Shallow(String),
    #[error("the work tree has conflicts that are not resolved: {0}")]
    Conflicts(String),
    #[error("`git {command}` failed: {reason}")]
    Failed { command: String, reason: String },
    #[error("could not write the files of a commit: {0}")]
    Unwritable(std::io::Error),
}

impl GitError {
    /// The next step.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NoGit(_) => "install git, and see that it is on the path",
            Self::NoRepository(_) => {
                "name a folder in a repository, or use `scopedown check`, which needs none"
            }
            Self::Bare(_) => "name a folder in a clone with a work tree",
            Self::NoCommit => "commit something first, or use `scopedown check`",
            Self::NoRevision(_) => "name a branch, a tag or a commit; fetch it first if it is on a remote",
            Self::Shallow(_) => {
                "fetch the history with `git fetch --unshallow`; in GitHub Actions, check out with `fetch-depth: 0`"
            }
            Self::Conflicts(_) => "resolve them and add the files, then review again",
            Self::Failed { .. } => "see what git says about the repository",
            Self::Unwritable(_) => "see that the folder for temporary files can be written",
        }
    }
}

impl Repository {
    /// The repository that a folder is in.
    pub fn of(folder: &Path) -> Result<Self, GitError> {
        let shown = || folder.display().to_string();
        let asked = ["rev-parse", "--is-inside-work-tree", "--show-toplevel", "--show-prefix"];
        let said = match run(folder, &asked) {
            Ok(said) => said,
            Err(GitError::Failed { reason, .. }) if reason.contains("not a git repository") => {
                return Err(GitError::NoRepository(shown()));
            }
            Err(GitError::Failed { reason, .. }) if reason.contains("must be run in a work tree") => {
                return Err(GitError::Bare(shown()));
            }
            Err(error) => return Err(error),
        };
        let said = String::from_utf8_lossy(&said).into_owned();
        let mut lines = said.split('\n');
        match (lines.next(), lines.next(), lines.next()) {
            (Some("true"), Some(root), Some(prefix)) => {
                Ok(Self { root: PathBuf::from(root), prefix: prefix.to_owned() })
            }
            _ => Err(GitError::Bare(shown())),
        }
    }

    /// The commit that a name means.
    pub fn commit(&self, name: &str) -> Result<String, GitError> {
        if let Some(commit) = self.verified(name) {
            return Ok(commit);
        }
        if self.verified("HEAD").is_none() {
            return Err(GitError::NoCommit);
        }
        if self.is_shallow() {
            return Err(GitError::Shallow(name.to_owned()));
        }
        Err(GitError::NoRevision(name.to_owned()))
    }

    fn verified(&self, name: &str) -> Option<String> {
        let asked = format!("{name}^{{commit}}");
        let said = self.run(&["rev-parse", "--verify", "--quiet", "--end-of-options", &asked]).ok()?;
        let said = String::from_utf8_lossy(&said).trim().to_owned();
        // Of a shallow clone the last commits name parents that are not there.
        let there = !said.is_empty() && self.run(&["cat-file", "-e", &said]).is_ok();
        there.then_some(said)
    }

    /// Where two commits parted; none where their histories do not meet, as far as they are here.
    pub fn merge_base(&self, one: &str, other: &str) -> Option<String> {
        let said = self.run(&["merge-base", one, other]).ok()?;
        Some(String::from_utf8_lossy(&said).trim().to_owned()).filter(|commit| !commit.is_empty())
    }

    pub fn is_shallow(&self) -> bool {
        self.run(&["rev-parse", "--is-shallow-repository"]).is_ok_and(|said| said.starts_with(b"true"))
    }

    /// Refuses a work tree with conflicts: what stands between their markers is no code.
    pub fn without_conflicts(&self) -> Result<(), GitError> {
        let said = self.run(&["diff", "--name-only", "--diff-filter=U", "-z"])?;
        let files = names(&said);
        if files.is_empty() { Ok(()) } else { Err(GitError::Conflicts(files.join(", "))) }
    }

    /// The files that differ between a commit and another, or the work tree with what is not tracked yet. A renamed
    /// file is two. In order.
    pub fn changed(&self, base: &str, head: Option<&str>) -> Result<Vec<String>, GitError> {
        let mut asked =
            vec!["diff", "--name-only", "--no-renames", "--no-ext-diff", "--no-textconv", "-z", base];
        asked.extend(head);
        asked.push("--");
        let mut files = names(&self.run(&asked)?);
        if head.is_none() {
            files.extend(names(&self.run(&["ls-files", "--others", "--exclude-standard", "-z"])?));
        }
        files.sort();
        files.dedup();
        Ok(files)
    }

    fn run(&self, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
        run(&self.root, arguments)
    }
}

/// Names with a zero after each, as `-z` prints them.
fn names(said: &[u8]) -> Vec<String> {
    let names = said.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    names.map(|name| String::from_utf8_lossy(name).into_owned()).collect()
}

/// A git command that asks nothing, fetches nothing and takes no locks.
fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("GIT_")) {
            command.env_remove(name);
        }
    }
    command.envs([
        ("GIT_OPTIONAL_LOCKS", "0"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GIT_NO_LAZY_FETCH", "1"),
        ("GIT_NO_REPLACE_OBJECTS", "1"),
        ("LC_ALL", "C"),
    ]);
    command.args([
        "-c",
        "core.fsmonitor=false",
        "-c",
        "core.quotePath=false",
        "-c",
        "core.hooksPath=/dev/null",
    ]);
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
    let output = git(folder).args(arguments.iter().map(OsStr::new)).output().map_err(GitError::NoGit)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let reason = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it says nothing").to_owned();
    Err(GitError::Failed { command: arguments.first().copied().unwrap_or_default().to_owned(), reason })
}
