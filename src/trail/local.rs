//! Trails in files: folders of deliveries as S3 holds them, downloads, and usage files of former readings.
//!
//! Files are read by all cores, the largest first, each straight into a collector; what the machine holds at a time
//! is bounded however many and however large they are. A file that cannot be read, or not to its end, is a note;
//! the rest is read. Files that hold something else than calls (digests, Insights, network activity, aggregates) are
//! told by their names and passed over.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

use libdeflater::Decompressor;
use smol_str::SmolStr;
use walkdir::WalkDir;

use super::collector::{Collector, Filter};
use super::inflate::{self, Broken, Pipe};
use super::shape::{FileReading, Reader};
use super::time::Time;
use super::usage::Usage;
use crate::model::Note;

/// A compressed file that is larger is not held whole.
const HELD: u64 = 16 << 20;
/// What all cores together hold of files at a time.
const BUDGET: usize = 80 << 20;
/// How much all cores together keep of their buffers from one file to the next.
const KEPT: usize = 48 << 20;
const PIECE: usize = 1 << 18;

/// What was read.
#[derive(Debug, Default)]
pub struct Reading {
    pub usage: Usage,
    /// In the order of files.
    pub notes: Vec<Note>,
    pub files: u64,
    pub records: u64,
    /// Records that count: calls by the roles and functions that were asked for.
    pub counted: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    #[error("could not read `{path}`: {error}")]
    Unreadable { path: String, error: io::Error },
    #[error("there are no logs in `{0}`")]
    Empty(String),
}

/// Who watches the reading, and may end it.
pub trait Watch: Sync {
    /// How many bytes there are to read, and in how many files.
    fn begin(&self, bytes: u64, files: u64) {
        let _ = (bytes, files);
    }
    fn advance(&self, bytes: u64) {
        let _ = bytes;
    }
    /// Something that a person may want to keep, such as the id of a query.
    fn tell(&self, what: &str) {
        let _ = what;
    }
    /// True ends the reading: the usage so far is given, and says that it is partial.
    fn stopped(&self) -> bool {
        false
    }
}

/// Nobody.
impl Watch for () {}

/// Reads files and folders.
pub fn read(paths: &[PathBuf], filter: &Filter, watch: &dyn Watch) -> Result<Reading, LocalError> {
    let mut reading = Reading::default();
    let mut files = Vec::new();
    for path in paths {
        find(path, filter, &mut files, &mut reading.notes)?;
    }
    files.sort();
    files.dedup();
    // The largest first, so that no core is left alone with it.
    files.sort_by_key(|file| std::cmp::Reverse(file.size));
    watch.begin(files.iter().map(|file| file.size).sum(), files.len() as u64);
    let work = Work {
        files,
        next: AtomicUsize::new(0),
        budget: Budget::default(),
        whole: Mutex::new(reading),
        filter,
        watch,
    };
    rayon::broadcast(|_| work.run());
    let mut reading = work.whole.into_inner().unwrap_or_else(PoisonError::into_inner);
    reading.notes.sort();
    reading.usage.partial |= watch.stopped();
    Ok(reading)
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    path: PathBuf,
    size: u64,
}

/// The logs at a path that a person named: a file is read whatever it is called.
fn find(
    path: &Path,
    filter: &Filter,
    into: &mut Vec<Found>,
    notes: &mut Vec<Note>,
) -> Result<(), LocalError> {
    let unreadable = |error| LocalError::Unreadable { path: shown(path), error };
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_dir() {
        into.push(Found { path: path.to_owned(), size: metadata.len() });
        return Ok(());
    }
    fs::read_dir(path).map_err(unreadable)?;
    let before = into.len();
    let mut other: BTreeMap<&str, u64> = BTreeMap::new();
    let mut early = 0_u64;
    for entry in WalkDir::new(path).follow_links(true) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let at = error.path().map_or_else(|| shown(path), shown);
                notes.push(Note::new("unreadable-file", "could not be listed").at(at, 0, 0));
                continue;
            }
        };
        if !entry.file_type().is_file() || !is_log(entry.path()) {
            continue;
        }
        if let Some(kind) = other_kind(entry.path()) {
            *other.entry(kind).or_default() += 1;
        } else if filter.from.is_some_and(|from| delivered(entry.path()).is_some_and(|at| at < from)) {
            early += 1;
        } else {
            let size = entry.metadata().map_or(0, |metadata| metadata.len());
            into.push(Found { path: entry.into_path(), size });
        }
    }
    for (kind, count) in &other {
        let message = format!("{} passed over: {kind}", plural(*count, "file"));
        notes.push(Note::new("not-a-log", message).at(shown(path), 0, 0));
    }
    if into.len() == before && other.is_empty() && early == 0 {
        return Err(LocalError::Empty(shown(path)));
    }
    Ok(())
}

fn is_log(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_ascii_lowercase();
    !name.starts_with('.')
        && [".json", ".jsonl", ".ndjson", ".gz"].iter().any(|ending| name.ends_with(ending))
}

/// What a file holds that is no log of calls, told by its name in the layout of a trail's bucket.
fn other_kind(path: &Path) -> Option<&'static str> {
    const KINDS: [(&str, &str); 4] = [
        ("CloudTrail-Digest", "digests, which list deliveries"),
        ("CloudTrail-Insight", "Insights, which hold statistics and no calls"),
        ("CloudTrail-NetworkActivity", "network activity, whose calls are in the log itself"),
        ("CloudTrail-Aggregated", "aggregated data events, which name no single call"),
    ];
    let names = || path.iter().filter_map(|part| part.to_str()).rev().take(7);
    KINDS.iter().find(|(name, _)| names().any(|part| part.contains(name))).map(|(_, kind)| *kind)
}

/// When a delivery was made, from its name: `…_20261103T0920Z_….json.gz`. Its events are older.
fn delivered(path: &Path) -> Option<Time> {
    let name = path.file_name()?.to_str()?;
    let stamp = name.split('_').nth(3).filter(|stamp| stamp.len() == 14 && stamp.is_ascii())?;
    let (date, time) = stamp.strip_suffix('Z')?.split_once('T')?;
    let text = format!(
        "{}-{}-{}T{}:{}:59Z",
        date.get(..4)?,
        date.get(4..6)?,
        date.get(6..8)?,
        time.get(..2)?,
        time.get(2..4)?
    );
    // The delivery's clock need not be the event's.
    Some(Time::from_seconds(Time::parse(&text)?.seconds() + 3600))
}

pub(super) fn shown(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// Files, and those who read them.
struct Work<'a> {
    files: Vec<Found>,
    next: AtomicUsize,
    budget: Budget,
    whole: Mutex<Reading>,
    filter: &'a Filter,
    watch: &'a dyn Watch,
}

impl Work<'_> {
    /// What one core does: files, until there are no more.
    fn run(&self) {
        let mut collector = Collector::new(self.filter.clone());
        let mut tools = Tools { decompressor: Decompressor::new(), buffer: Vec::new() };
        let mut own = Reading::default();
        while !self.watch.stopped() {
            let Some(file) = self.files.get(self.next.fetch_add(1, Ordering::Relaxed)) else { break };
            self.file(file, &mut collector, &mut tools, &mut own);
            self.watch.advance(file.size);
            if collector.is_full() {
                self.add(collector.take(), &mut own);
            }
        }
        self.add(collector.take(), &mut own);
    }

    fn add(&self, usage: Usage, own: &mut Reading) {
        let mut whole = self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        whole.usage.merge(usage);
        let own = std::mem::take(own);
        whole.notes.extend(own.notes);
        whole.files += own.files;
        whole.records += own.records;
        whole.counted += own.counted;
    }

    fn file(&self, file: &Found, collector: &mut Collector, tools: &mut Tools, own: &mut Reading) {
        let path = SmolStr::from(shown(&file.path));
        let mut note = |rule, message: &str| own.notes.push(Note::new(rule, message).at(path.clone(), 0, 0));
        match self.open(file, collector, tools) {
            Err(error) => note("unreadable-file", &format!("could not be read: {error}")),
            Ok(Content::Other) => note("foreign-file", "is no CloudTrail log"),
            Ok(Content::Usage(Ok(usage))) => {
                own.files += 1;
                self.add(*usage, own);
            }
            Ok(Content::Usage(Err(message))) => note("unreadable-file", &message),
            Ok(Content::Log(reading, broken)) => {
                // A file that was left is not whole for another reason than its own.
                if !self.watch.stopped() {
                    for (rule, message) in remarks(&reading, broken) {
                        note(rule, &message);
                    }
                }
                own.files += 1;
                own.records += reading.records;
                own.counted += reading.counted;
            }
        }
    }

    fn open(&self, file: &Found, collector: &mut Collector, tools: &mut Tools) -> io::Result<Content> {
        let mut opened = File::open(&file.path)?;
        let mut reader = Reader::default();
        if file.size > HELD {
            return self.large(opened, &file.path, collector, reader);
        }
        let mut bytes = Vec::with_capacity(usize::try_from(file.size).unwrap_or(0) + 1);
        opened.read_to_end(&mut bytes)?;
        if !inflate::is_gzip(&bytes) {
            if let Some(other) = plain(&bytes, &file.path) {
                return Ok(other);
            }
            reader.advance(&bytes, true, collector);
            return Ok(Content::Log(reader.reading, None));
        }
        let needed = bytes.len() + inflate::guess(&bytes).min(inflate::CAP);
        let _held = self.budget.hold(needed);
        let Tools { decompressor, buffer } = tools;
        let broken = inflate::whole(&bytes, decompressor, buffer, &mut reader, collector);
        if buffer.len() > KEPT / rayon::current_num_threads() {
            // Kept, it would be held outside the budget.
            *buffer = Vec::new();
        }
        Ok(Content::Log(reader.reading, broken))
    }

    /// Reads a file a piece at a time.
    fn large(
        &self,
        mut opened: File,
        path: &Path,
        collector: &mut Collector,
        mut reader: Reader,
    ) -> io::Result<Content> {
        let mut first = Vec::with_capacity(1024);
        opened.by_ref().take(1024).read_to_end(&mut first)?;
        let mut source = Stoppable { source: first.as_slice().chain(opened), watch: self.watch };
        let gzip = inflate::is_gzip(&first);
        if let Some(other) = plain(&first, path).filter(|_| !gzip) {
            return Ok(other);
        }
        let mut pipe = Pipe::new(&mut reader, collector);
        let mut broken = None;
        if gzip {
            broken = inflate::stream(source, &mut pipe);
        } else {
            let mut piece = vec![0; PIECE];
            loop {
                match source.read(&mut piece)? {
                    0 => break,
                    count => pipe.push(&piece[..count]),
                }
            }
        }
        pipe.finish();
        Ok(Content::Log(reader.reading, broken))
    }
}

/// What a file is whose beginning shows that it is no log.
fn plain(first: &[u8], path: &Path) -> Option<Content> {
    if is_usage(first) {
        return Some(Content::Usage(read_usage(path)));
    }
    (!first.is_empty() && !looks_like_json(first)).then_some(Content::Other)
}

/// Ends when the reading is to end.
struct Stoppable<'a, R> {
    source: R,
    watch: &'a dyn Watch,
}

impl<R: Read> Read for Stoppable<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.watch.stopped() { Ok(0) } else { self.source.read(into) }
    }
}

/// What each core has for itself.
struct Tools {
    decompressor: Decompressor,
    buffer: Vec<u8>,
}

enum Content {
    Log(FileReading, Option<Broken>),
    Usage(Result<Box<Usage>, String>),
    Other,
}

fn is_usage(first: &[u8]) -> bool {
    first.starts_with(b"{\"usage\":")
}

fn read_usage(path: &Path) -> Result<Box<Usage>, String> {
    let text = fs::read(path).map_err(|error| format!("could not be read: {error}"))?;
    Usage::from_json(&text)
        .map(Box::new)
        .map_err(|error| format!("is a usage file that cannot be read: {error}"))
}

fn looks_like_json(first: &[u8]) -> bool {
    let first = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first);
    let mut text = first.iter().skip_while(|byte| byte.is_ascii_whitespace());
    matches!(text.next(), None | Some(b'{' | b'['))
}

/// What a person should know of a file that was read.
pub(super) fn remarks(reading: &FileReading, broken: Option<Broken>) -> Vec<(&'static str, String)> {
    let mut remarks = Vec::new();
    let kept = format!("{} before it are counted", plural(reading.records, "record"));
    match broken {
        Some(Broken::Truncated) => {
            remarks.push(("truncated-file", format!("the compressed data ends too early; {kept}")));
        }
        Some(Broken::Corrupt) => {
            remarks.push(("corrupt-file", format!("the compressed data is damaged; {kept}")));
        }
        Some(Broken::Bomb) => {
            remarks.push((
                "oversized-file",
                "grows without end when it is decompressed; left off there".to_owned(),
            ));
        }
        None => {}
    }
    if reading.malformed_at == Some(0) && reading.records == 0 && broken.is_none() {
        return vec![("foreign-file", "is no CloudTrail log".to_owned())];
    }
    if let Some(at) = reading.malformed_at {
        remarks.push((
            "malformed-json",
            format!("is no JSON at byte {at}; what can be told around it is counted"),
        ));
    }
    if let Some(at) = reading.truncated_at.filter(|_| broken.is_none()) {
        remarks.push(("truncated-file", format!("ends in the middle of what begins at byte {at}; {kept}")));
    }
    if reading.oversized > 0 {
        let message = format!(
            "{} larger than any that CloudTrail writes; not counted",
            plural(reading.oversized, "record")
        );
        remarks.push(("oversized-record", message));
    }
    if reading.broken > 0 {
        let message =
            format!("{} without a time or with broken text; not counted", plural(reading.broken, "record"));
        remarks.push(("broken-record", message));
    }
    let nothing = reading.records == 0 && broken.is_none() && reading.malformed_at.is_none();
    if reading.digests > 0 && nothing {
        remarks.push(("not-a-log", "is a digest file: it lists deliveries".to_owned()));
    } else if reading.foreign > 0 && nothing {
        remarks.push(("foreign-file", "holds JSON, but no CloudTrail records".to_owned()));
    } else if reading.foreign > 0 {
        let message = format!("{} without an event's name; not counted", plural(reading.foreign, "object"));
        remarks.push(("broken-record", message));
    }
    remarks
}

pub(super) fn plural(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// How much of files may be held at a time, by all cores together.
#[derive(Default)]
struct Budget {
    held: Mutex<usize>,
    freed: Condvar,
}

struct Held<'a> {
    budget: &'a Budget,
    size: usize,
}

impl Budget {
    /// Waits until there is room. A file larger than the whole budget has it alone.
    fn hold(&self, size: usize) -> Held<'_> {
        let size = size.min(BUDGET);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        while *held + size > BUDGET {
            held = self.freed.wait(held).unwrap_or_else(PoisonError::into_inner);
        }
        *held += size;
        Held { budget: self, size }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        *self.budget.held.lock().unwrap_or_else(PoisonError::into_inner) -= self.size;
        self.budget.freed.notify_all();
    }
}
