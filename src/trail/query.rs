//! A query that another engine runs for us: started or taken up again, watched until it ends, bounded in what it
//! may read, and its rows handed on page by page.
//!
//! The bound: while the query runs, its statistics are asked for every few seconds, and it is stopped as soon as they
//! show more bytes than allowed. What is read between two looks is read too; a bound that is never passed is the
//! workgroup's own (Athena's bytes-scanned cutoff), which is said where there is none.

use std::time::Duration;

use super::collector::{Collector, Filter};
use super::local::{Reading, Watch};
use super::specimen::{self, Cells};
use crate::aws::{LiveError, Problem, Session};
use crate::model::Note;

/// Between two looks at a running query: at first, and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What the engines have in common.
pub trait Engine {
    /// As a person calls it: `Athena`.
    const NAME: &'static str;

    /// Starts the query and gives its id.
    async fn start(&self, sql: &str) -> Result<String, LiveError>;
    async fn state(&self, id: &str) -> Result<State, LiveError>;
    async fn stop(&self, id: &str) -> Result<(), LiveError>;
    /// A page of rows, without headings, and where the next one begins.
    async fn page(&self, id: &str, next: Option<String>) -> Result<(Vec<Cells>, Option<String>), LiveError>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    pub step: Step,
    /// Bytes that the query has read so far.
    pub scanned: u64,
    /// The text of the query, where the engine tells it.
    pub sql: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Running,
    Done,
    /// Why.
    Failed(String),
}

/// What is asked of an engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub sql: String,
    /// A query that was started before, instead of a new one.
    pub resume: Option<String>,
    /// In bytes.
    pub max_scan: Option<u64>,
}

/// Runs a query to its end and adds its rows to what is collected. Stops the query where `watch` says so.
pub fn run<E: Engine>(
    session: &Session,
    engine: &E,
    query: &Query,
    filter: &Filter,
    watch: &dyn Watch,
) -> Result<Reading, LiveError> {
    let mut collector = Collector::new(filter.clone());
    let mut reading = Reading::default();
    session.block_on(async {
        let id = match &query.resume {
            Some(id) => id.clone(),
            None => engine.start(&query.sql).await?,
        };
        watch.tell(&format!("{} query {id}; `--query-id {id}` takes it up again", E::NAME));
        let scanned = finish(engine, &id, query, watch).await?;
        if let Some(limit) = query.max_scan.filter(|limit| scanned > *limit) {
            let (scanned, limit) = (gigabytes(scanned), gigabytes(limit));
            let message = format!(
                "the query `{id}` had read {scanned}, more than {limit}, when it was seen to be done"
            );
            reading
                .notes
                .push(Note::new("query-over-bound", message).help("ask for fewer days, accounts or regions"));
        }
        let mut next = None;
        loop {
            let (page, following) = engine.page(&id, next).await?;
            for cells in &page {
                let row = specimen::collect(cells, &mut collector).map_err(|wrong| {
                    let message = format!("a row of the {} query `{id}` cannot be read: {wrong}", E::NAME);
                    LiveError::new(Problem::Unexpected, message).with_help(OTHERS)
                })?;
                reading.records += row.events;
                reading.counted += if row.counted { row.events } else { 0 };
            }
            if collector.is_full() {
                reading.usage.merge(collector.take());
            }
            if following.is_none() {
                break;
            }
            if watch.stopped() {
                reading.usage.partial = true;
                break;
            }
            next = following;
        }
        reading.usage.merge(collector.take());
        Ok(reading)
    })
}

/// Waits for the query's end, and says how many bytes it has read.
async fn finish<E: Engine>(engine: &E, id: &str, query: &Query, watch: &dyn Watch) -> Result<u64, LiveError> {
    let mut pause = FIRST_PAUSE;
    let mut told = 0;
    loop {
        let state = engine.state(id).await?;
        if query.resume.is_some() && state.sql.as_deref().is_some_and(|sql| !is_ours(sql, &query.sql)) {
            let message = format!("the query `{id}` was not made by this version of scopedown");
            return Err(LiveError::new(Problem::Refused, message).with_help(OTHERS));
        }
        watch.advance(state.scanned.saturating_sub(told));
        told = told.max(state.scanned);
        match state.step {
            Step::Done => return Ok(state.scanned),
            Step::Failed(why) => return Err(failed(E::NAME, id, &why)),
            Step::Running => {}
        }
        if let Some(limit) = query.max_scan.filter(|limit| state.scanned > *limit) {
            engine.stop(id).await?;
            let message = format!(
                "the query `{id}` was stopped: it had read {} of at most {}",
                gigabytes(state.scanned),
                gigabytes(limit)
            );
            return Err(LiveError::new(Problem::Refused, message)
                .with_help("ask for fewer days, accounts or regions, or allow more with `--max-scan-gb`"));
        }
        if watch.stopped() {
            engine.stop(id).await?;
            return Err(LiveError::new(
                Problem::Refused,
                format!("the query `{id}` was stopped before its end"),
            ));
        }
        tokio::time::sleep(pause).await;
        pause = LONGEST_PAUSE.min(pause * 3 / 2);
    }
}

const OTHERS: &str = "leave `--query-id` out, and the query is run anew";

/// Whether a query's rows can be read as those of `own`: both have the same heading.
fn is_ours(sql: &str, own: &str) -> bool {
    own.lines().next().is_some_and(|heading| sql.contains(heading))
}

fn failed(engine: &str, id: &str, why: &str) -> LiveError {
    let error = LiveError::new(Problem::Refused, format!("the {engine} query `{id}` failed: {why}"));
    let low = why.to_ascii_lowercase();
    if low.contains("column_not_found") || low.contains("cannot be resolved") {
        return error.with_help(
            "the table has other columns than CloudTrail's; `scopedown trail athena-sql --create-table` prints one \
             that fits",
        );
    }
    if low.contains("table_not_found") || low.contains("does not exist") {
        return error.with_help("check the database and the table, and the region that they are in");
    }
    if low.contains("bytes scanned limit") {
        return error.with_help("ask for fewer days, accounts or regions, or use another workgroup");
    }
    error
}

/// `1.5 GB`.
fn gigabytes(bytes: u64) -> String {
    let tenths = bytes / 100_000_000;
    format!("{}.{} GB", tenths / 10, tenths % 10)
}
