//! The files of a commit, written into a temporary folder, for readers that want files. One `git ls-tree` and one
//! `git cat-file --batch`, whatever their number.
//!
//! Only what an analysis may read is filled; of the rest (pictures, archives, what is too large) the name is there
//! and nothing in it. Links are made where they stay inside; the files of submodules are in another repository.

use std::fs;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Component, Path};
use std::process::{ChildStdout, Stdio};

use super::{GitError, Repository, git};

/// Larger files are data; no reader takes them.
const MAX_BYTES: u64 = 50 << 20;
/// Files by these extensions are looked for and never read.
const UNREAD: [&str; 22] = [
    "png", "jpg", "jpeg", "gif", "webp", "ico", "svg", "pdf", "mp3", "mp4", "mov", "woff", "woff2", "ttf",
    "zip", "jar", "gz", "tgz", "tar", "parquet", "onnx", "whl",
];

/// What could not be written.
#[derive(Debug, Default)]
pub struct Extracted {
    pub submodules: Vec<String>,
}

struct Entry {
    mode: String,
    id: String,
    size: u64,
    path: String,
}

impl Repository {
    /// Writes a commit's files below `into`, which exists and is empty.
    pub fn extract(&self, commit: &str, into: &Path) -> Result<Extracted, GitError> {
        let said = self.run(&["ls-tree", "-r", "-z", "--long", "--full-tree", commit])?;
        let mut extracted = Extracted::default();
        let mut wanted = Vec::new();
        for entry in said.split(|byte| *byte == 0).filter_map(entry) {
            if entry.mode == "160000" {
                extracted.submodules.push(entry.path);
                continue;
            }
            if !stays_inside(Path::new(&entry.path)) {
                continue;
            }
            let path = into.join(&entry.path);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).map_err(GitError::Unwritable)?;
            }
            if is_read(&entry) {
                wanted.push(entry);
            } else {
                fs::write(path, "").map_err(GitError::Unwritable)?;
            }
        }
        self.fill(&wanted, into)?;
        Ok(extracted)
    }

    fn fill(&self, entries: &[Entry], into: &Path) -> Result<(), GitError> {
        let failed = |reason: &str| GitError::Failed { command: "cat-file".into(), reason: reason.into() };
        let mut child = git(&self.root)
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(GitError::NoGit)?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failed("it cannot be talked to"));
        };
        let outcome = std::thread::scope(|scope| {
            // Asking and reading at once: either side alone would fill its pipe.
            scope.spawn(move || {
                let mut stdin = BufWriter::new(stdin);
                for entry in entries {
                    if writeln!(stdin, "{}", entry.id).is_err() {
                        return;
                    }
                }
            });
            let mut answers = BufReader::new(stdout);
            entries.iter().try_for_each(|entry| {
                let content =
                    answer(&mut answers).map_err(|_| failed("an object of the commit is not here"))?;
                write(entry, &content, &into.join(&entry.path)).map_err(GitError::Unwritable)
            })
        });
        if outcome.is_err() {
            // It may be waiting to say more.
            let _ = child.kill();
        }
        let _ = child.wait();
        outcome
    }
}

/// `100644 blob 8ab686… 1234\tpath`.
fn entry(line: &[u8]) -> Option<Entry> {
    let line = std::str::from_utf8(line).ok()?;
    let (fields, path) = line.split_once('\t')?;
    let mut fields = fields.split_whitespace();
    let (mode, _, id) = (fields.next()?, fields.next()?, fields.next()?);
    let size = fields.next().and_then(|size| size.parse().ok()).unwrap_or(0);
    Some(Entry { mode: mode.to_owned(), id: id.to_owned(), size, path: path.to_owned() })
}

fn is_read(entry: &Entry) -> bool {
    let extension = Path::new(&entry.path).extension().and_then(|extension| extension.to_str());
    let unread = extension.is_some_and(|extension| UNREAD.contains(&extension.to_ascii_lowercase().as_str()));
    entry.mode == "120000" || !unread && entry.size <= MAX_BYTES
}

/// Whether a path has no step that leads out.
fn stays_inside(path: &Path) -> bool {
    path.components().all(|step| matches!(step, Component::Normal(name) if name != ".git"))
}

/// One answer of `cat-file --batch`: `id type size`, a line break, the content, a line break.
fn answer(answers: &mut BufReader<ChildStdout>) -> std::io::Result<Vec<u8>> {
    let mut head = String::new();
    answers.read_line(&mut head)?;
    let size = head.split_whitespace().nth(2).and_then(|size| size.parse().ok());
    let size: usize = size.ok_or(std::io::ErrorKind::InvalidData)?;
    let mut content = vec![0; size + 1];
    answers.read_exact(&mut content)?;
    content.truncate(size);
    Ok(content)
}

fn write(entry: &Entry, content: &[u8], path: &Path) -> std::io::Result<()> {
    if entry.mode == "120000" {
        return link(entry, content, path);
    }
    fs::write(path, content)
}

#[cfg(unix)]
fn link(entry: &Entry, target: &[u8], path: &Path) -> std::io::Result<()> {
    let Ok(target) = std::str::from_utf8(target) else { return Ok(()) };
    // Steps up are counted against the depth of the link, so that none leads out of the folder.
    let mut depth = i64::try_from(Path::new(&entry.path).components().count()).unwrap_or(0) - 1;
    for step in Path::new(target).components() {
        match step {
            Component::ParentDir => depth -= 1,
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            _ => return Ok(()),
        }
        if depth < 0 {
            return Ok(());
        }
    }
    std::os::unix::fs::symlink(target, path)
}

#[cfg(not(unix))]
fn link(_: &Entry, _: &[u8], _: &Path) -> std::io::Result<()> {
    Ok(())
}
