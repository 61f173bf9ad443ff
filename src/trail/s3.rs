//! A trail's bucket, read where it is: folders by the layout, files as many at a time as help, each handed to the
//! collector as a local file is.
//!
//! Memory does not grow with the bucket: a page of a day's listing is read before the next page is asked for, and
//! a file is fetched when there is room for it. What one identity may not read, or what was deleted meanwhile, is
//! a note; what stops the reading as a whole (no connection, expired credentials) is an error.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use libdeflater::Decompressor;
use object_store::ObjectStoreExt as _;
use object_store::aws::AmazonS3;
use object_store::list::{PaginatedListOptions, PaginatedListStore as _};
use object_store::path::Path;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use super::address::Bucket;
use super::collector::{Collector, Filter};
use super::inflate;
use super::layout::{Folder, Selection, is_log};
use super::local::{Reading, Watch, remarks};
use super::shape::Reader;
use crate::aws::{LiveError, Problem, Session, s3};
use crate::model::Note;

/// How large a buffer each core keeps from one file to the next.
const KEPT: usize = 2 << 20;
/// How many folders are listed at a time.
const LISTINGS: usize = 16;
/// How many files are fetched at a time.
const FETCHES: usize = 32;
/// A file that is larger than this is no delivery of a trail.
const LARGEST: u64 = 512 << 20;
/// How many files may be in memory between the network and the collector.
const WAITING: usize = 64;
/// How far below the named folder an `AWSLogs` is looked for, and in how many folders.
const DEPTH: usize = 3;
const BREADTH: usize = 2000;

/// Reads every file of a bucket that is asked for.
pub fn read(
    session: &Session,
    bucket: &Bucket,
    selection: &Selection,
    filter: &Filter,
    watch: &dyn Watch,
) -> Result<Reading, LiveError> {
    let store = s3::open(session, &bucket.name)?;
    let (sender, receiver) = mpsc::channel::<Option<File>>(WAITING);
    let files = Mutex::new(receiver);
    let whole = Mutex::new(Reading::default());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let notes = thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| work(&files, filter, &whole));
        }
        let fetching = Arc::new(Fetching {
            store,
            bucket: bucket.clone(),
            sender: sender.clone(),
            places: Semaphore::new(FETCHES),
            files: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            unreadable: Mutex::default(),
        });
        let outcome = session.block_on(fetching.run(selection, watch));
        session.block_on(async {
            for _ in 0..workers {
                // Nobody waits for the end where nobody receives.
                let _ = sender.send(None).await;
            }
        });
        outcome.and_then(|()| fetching.notes(selection))
    })?;
    let mut reading = whole.into_inner().unwrap_or_else(PoisonError::into_inner);
    reading.notes.extend(notes);
    reading.notes.sort();
    reading.usage.partial |= watch.stopped();
    Ok(reading)
}

/// What one core does: files, until there are no more.
fn work(files: &Mutex<mpsc::Receiver<Option<File>>>, filter: &Filter, whole: &Mutex<Reading>) {
    let mut collector = Collector::new(filter.clone());
    let (mut decompressor, mut buffer) = (Decompressor::new(), Vec::new());
    let mut own = Reading::default();
    let add = |collector: &mut Collector, own: &mut Reading| {
        let mut whole = whole.lock().unwrap_or_else(PoisonError::into_inner);
        let own = std::mem::take(own);
        whole.usage.merge(collector.take());
        whole.notes.extend(own.notes);
        whole.files += own.files;
        whole.records += own.records;
        whole.counted += own.counted;
    };
    loop {
        let next = files.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(Some((address, bytes))) = next else { break };
        let mut reader = Reader::default();
        let broken = if inflate::is_gzip(&bytes) {
            inflate::whole(&bytes, &mut decompressor, &mut buffer, &mut reader, &mut collector)
        } else {
            reader.advance(&bytes, true, &mut collector);
            None
        };
        for (rule, message) in remarks(&reader.reading, broken) {
            own.notes.push(Note::new(rule, message).at(address.as_str(), 0, 0));
        }
        own.files += 1;
        own.records += reader.reading.records;
        own.counted += reader.reading.counted;
        if buffer.len() > KEPT {
            buffer = Vec::new();
        }
        if collector.is_full() {
            add(&mut collector, &mut own);
        }
    }
    add(&mut collector, &mut own);
}

/// A file's address and its bytes as they are stored.
type File = (String, Vec<u8>);

struct Fetching {
    store: AmazonS3,
    bucket: Bucket,
    sender: mpsc::Sender<Option<File>>,
    places: Semaphore,
    files: AtomicU64,
    bytes: AtomicU64,
    /// Files that could not be read, by the reason: the first of them, and how many.
    unreadable: Mutex<BTreeMap<String, (String, u64)>>,
}

/// What a page of a listing says.
struct Page {
    folders: Vec<String>,
    files: Vec<(Path, u64)>,
    /// Where the next page begins.
    next: Option<String>,
}

impl Fetching {
    async fn run(self: &Arc<Self>, selection: &Selection, watch: &dyn Watch) -> Result<(), LiveError> {
        if is_log(&self.bucket.prefix) {
            let key = Path::parse(&self.bucket.prefix);
            let key = key.map_err(|error| self.explain("s3:GetObject", &error.into()))?;
            return self.clone().fetch(key, 0).await;
        }
        let mut folders = self.folders_to_read(selection).await?.into_iter();
        let mut tasks = JoinSet::new();
        let mut told = 0;
        while !watch.stopped() {
            while tasks.len() < LISTINGS
                && let Some(folder) = folders.next()
            {
                tasks.spawn(self.clone().folder(folder));
            }
            let Some(finished) = tasks.join_next().await else { break };
            finished.map_err(|error| unexpected(&error))??;
            let bytes = self.bytes.load(Ordering::Relaxed);
            watch.advance(bytes - told);
            told = bytes;
        }
        Ok(())
    }

    /// The folders whose files are read with all that is below them, sorted.
    async fn folders_to_read(self: &Arc<Self>, selection: &Selection) -> Result<Vec<String>, LiveError> {
        let start = self.bucket.prefix.clone();
        let mut level = match Folder::of(&start) {
            Folder::Above => self.trails(&start).await?,
            _ => vec![start.clone()],
        };
        if level.is_empty() {
            // No trail's layout: somebody's own folder of logs.
            return Ok(vec![start]);
        }
        let mut days = Vec::new();
        while !level.is_empty() {
            let (found, open): (Vec<_>, Vec<_>) =
                level.into_iter().partition(|folder| Folder::of(folder) == Folder::Day);
            days.extend(found);
            level = self.below(open).await?;
            level.retain(|folder| selection.wants(folder));
        }
        days.sort_unstable();
        Ok(days)
    }

    /// The nearest `AWSLogs` at or below a folder: all that stand at the least depth.
    async fn trails(self: &Arc<Self>, start: &str) -> Result<Vec<String>, LiveError> {
        let mut level = vec![start.to_owned()];
        for _ in 0..=DEPTH {
            level = self.below(level).await?;
            let trails: Vec<String> =
                level.iter().filter(|folder| Folder::of(folder) != Folder::Above).cloned().collect();
            if !trails.is_empty() || level.is_empty() {
                return Ok(trails);
            }
            if level.len() > BREADTH {
                let address = format!("s3://{}/{start}", self.bucket.name);
                let message = format!("`{address}` has too many folders to look for a trail in");
                return Err(LiveError::new(Problem::NotFound, message)
                    .with_help("name the folder that holds the trail's `AWSLogs`"));
            }
        }
        Ok(Vec::new())
    }

    /// The folders directly below some, several listings at a time.
    async fn below(self: &Arc<Self>, folders: Vec<String>) -> Result<Vec<String>, LiveError> {
        let mut folders = folders.into_iter();
        let mut tasks = JoinSet::new();
        let mut found = Vec::new();
        loop {
            while tasks.len() < LISTINGS
                && let Some(folder) = folders.next()
            {
                let fetching = self.clone();
                tasks.spawn(async move {
                    let (mut below, mut next) = (Vec::new(), None);
                    loop {
                        let page = fetching.list(&folder, true, next).await?;
                        below.extend(page.folders);
                        next = page.next;
                        if next.is_none() {
                            return Ok::<_, LiveError>(below);
                        }
                    }
                });
            }
            let Some(finished) = tasks.join_next().await else { return Ok(found) };
            found.extend(finished.map_err(|error| unexpected(&error))??);
        }
    }

    /// Reads all files below a folder, a page of the listing at a time.
    async fn folder(self: Arc<Self>, folder: String) -> Result<(), LiveError> {
        let mut next = None;
        loop {
            let page = self.list(&folder, false, next).await?;
            let mut tasks = JoinSet::new();
            for (key, size) in page.files {
                tasks.spawn(self.clone().fetch(key, size));
            }
            while let Some(finished) = tasks.join_next().await {
                finished.map_err(|error| unexpected(&error))??;
            }
            next = page.next;
            if next.is_none() {
                return Ok(());
            }
        }
    }

    async fn list(&self, folder: &str, folders: bool, page: Option<String>) -> Result<Page, LiveError> {
        let options = PaginatedListOptions {
            delimiter: folders.then(|| "/".into()),
            page_token: page,
            ..PaginatedListOptions::default()
        };
        let prefix = (!folder.is_empty()).then_some(folder);
        let listed = self.store.list_paginated(prefix, options).await;
        let listed = listed.map_err(|error| self.explain("s3:ListBucket", &error))?;
        let folders = listed.result.common_prefixes.iter().map(|folder| format!("{folder}/")).collect();
        let files = listed.result.objects.into_iter().filter(|object| is_log(object.location.as_ref()));
        let files = files.map(|object| (object.location, object.size)).collect();
        Ok(Page { folders, files, next: listed.page_token })
    }

    /// Fetches one file and hands it over.
    async fn fetch(self: Arc<Self>, key: Path, size: u64) -> Result<(), LiveError> {
        let address = format!("s3://{}/{key}", self.bucket.name);
        if size > LARGEST {
            self.unreadable("is larger than any delivery of a trail", address);
            return Ok(());
        }
        let Ok(_place) = self.places.acquire().await else { return Ok(()) };
        let fetched = match self.store.get(&key).await {
            Ok(answer) => answer.bytes().await,
            Err(error) => Err(error),
        };
        match fetched {
            Ok(bytes) => {
                self.files.fetch_add(1, Ordering::Relaxed);
                self.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                // Nobody receives where the reading has been stopped.
                let _ = self.sender.send(Some((address, bytes.into()))).await;
                Ok(())
            }
            Err(error) => match self.explain("s3:GetObject", &error) {
                error if error.problem() == Problem::Denied => {
                    self.unreadable("could not be read: access denied", address);
                    Ok(())
                }
                error if error.problem() == Problem::NotFound => {
                    self.unreadable("is gone since it was listed", address);
                    Ok(())
                }
                error => Err(error),
            },
        }
    }

    fn unreadable(&self, reason: &str, address: String) {
        if let Ok(mut unreadable) = self.unreadable.lock() {
            let (first, count) = unreadable.entry(reason.to_owned()).or_insert_with(|| (address.clone(), 0));
            *count += 1;
            if address < *first {
                *first = address;
            }
        }
    }

    /// What could not be read; an error where that is everything, or where nothing is there at all.
    fn notes(&self, selection: &Selection) -> Result<Vec<Note>, LiveError> {
        let Ok(unreadable) = self.unreadable.lock() else { return Ok(Vec::new()) };
        let read = self.files.load(Ordering::Relaxed);
        let mut notes = Vec::new();
        for (reason, (first, count)) in unreadable.iter() {
            let message = match count {
                1 => format!("`{first}` {reason}"),
                _ => format!("`{first}` {reason}, and so are {} more files", count - 1),
            };
            if read == 0 && reason.contains("denied") {
                return Err(LiveError::new(Problem::Denied, message).with_help(READ_ALLOWED));
            }
            notes.push(Note::new("trail-file-not-read", message).help(READ_ALLOWED));
        }
        if read == 0 && notes.is_empty() {
            let address = format!("s3://{}/{}", self.bucket.name, self.bucket.prefix);
            if *selection == Selection::default() {
                let message = format!("there are no logs in `{address}`");
                return Err(LiveError::new(Problem::NotFound, message).with_help("check the prefix"));
            }
            let message =
                format!("`{address}` has no logs of the days, accounts and regions that were asked for");
            notes.push(
                Note::new("trail-nothing-read", message).help("check the prefix, the dates and the filters"),
            );
        }
        Ok(notes)
    }

    fn explain(&self, action: &str, error: &object_store::Error) -> LiveError {
        s3::explain(action, &self.bucket.name, error)
    }
}

/// What reading a trail's files takes.
const READ_ALLOWED: &str =
    "allow `s3:GetObject` on the trail's files, and `kms:Decrypt` on the key that encrypts them";

fn unexpected(error: &tokio::task::JoinError) -> LiveError {
    LiveError::new(Problem::Unexpected, format!("the reading broke off: {error}"))
}
