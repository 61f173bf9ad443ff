//! The one way into a usage. A source hands over whole decompressed files ([`Collector::file`]), the JSON text of
//! single records ([`Collector::json`]), records ([`Collector::record`]), or rows that an engine has added up
//! ([`Collector::repeated`]); `take` gives the usage so far and starts anew.
//!
//! A collector holds its rows in memory, and they are few: one for each caller and event. What grows with the logs
//! is bounded in `usage.rs`; a source takes the usage out when [`Collector::is_full`] and merges it into its own.

use std::collections::hash_map::Entry;
use std::hash::BuildHasher;

use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use smol_str::SmolStr;

use super::caller::{Attribution, Borrowed, Caller};
use super::habit::Habit;
use super::ids;
use super::record::{Identity, OTHERS, Record, Repeats};
use super::requirement::{EventNumber, Requirements};
use super::resources::Resources;
use super::shape::{self, FileReading};
use super::skim::{self, Object, Raw};
use super::time::Time;
use super::usage::{Key, Row, Span, Tally, Usage, is_denial};

/// A collector that holds more than this many marks of events asks to be emptied.
const FULL: usize = 1 << 18;
/// The same for rows.
const MANY_ROWS: usize = 1 << 14;
/// How many answers of the catalog a row remembers to have taken in.
const MANY_ANSWERS: usize = 1 << 10;

/// Which events are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The first second that counts.
    pub from: Option<Time>,
    /// The first second that no longer counts.
    pub to: Option<Time>,
    /// Roles by ARN or name; `*` and `?` are wildcards. None means all.
    pub roles: Vec<SmolStr>,
    /// Functions by ARN or name; `*` and `?` are wildcards. None means all.
    pub functions: Vec<SmolStr>,
}

impl Filter {
    pub fn has_time(&self, time: Time) -> bool {
        self.from.is_none_or(|from| from <= time) && self.to.is_none_or(|to| time < to)
    }

    pub fn has_caller(&self, caller: &Caller) -> bool {
        let role = |pattern: &SmolStr| matches(pattern, &caller.role) || matches(pattern, caller.role_name());
        let function = |pattern: &SmolStr| {
            let Some(own) = &caller.function else { return false };
            // Of a session, no more is known than the function's name.
            let name = pattern.rsplit_once(":function:").map(|(_, name)| name);
            matches(pattern, own)
                || caller.function_name().is_some_and(|own| matches(pattern, own))
                || (caller.attribution == Attribution::Session && name.is_some_and(|name| matches(name, own)))
        };
        (self.roles.is_empty() || self.roles.iter().any(role))
            && (self.functions.is_empty() || self.functions.iter().any(function))
    }
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Counted,
    /// A call by a user, a service or an account, or by a role or function that was not asked for.
    OtherCaller,
    /// Outside the time that was asked for.
    OtherTime,
    /// A sign-in, an Insight, or something else that is no call.
    NoCall,
    /// Not a record that can be read.
    Broken,
}

/// A row that is being added to.
struct Added {
    key: Key,
    row: Row,
    /// Which answers of the catalog it has taken in already, and whether for denied calls.
    known: FxHashSet<(u64, bool)>,
}

/// Makes a [`Usage`] of records.
#[derive(Default)]
pub struct Collector {
    filter: Filter,
    window: Option<Span>,
    management: Option<Span>,
    data_events: FxHashMap<SmolStr, Span>,
    callers: Vec<(Caller, bool)>,
    caller_index: FxHashMap<u64, usize>,
    /// What a record says of the caller, and who that is.
    identities: FxHashMap<u64, ([Box<str>; 4], Option<usize>)>,
    rows: Vec<Added>,
    row_index: FxHashMap<(usize, EventNumber, SmolStr), usize>,
    requirements: Requirements,
    /// Where a pattern is put together.
    pattern: String,
    held: usize,
}

impl Collector {
    pub fn new(filter: Filter) -> Self {
        Self { filter, ..Self::default() }
    }

    /// Reads a whole file's decompressed bytes, in any of the shapes that CloudTrail's files have.
    pub fn file(&mut self, bytes: &[u8]) -> FileReading {
        shape::read(bytes, self)
    }

    /// Reads one record's JSON text, such as `CloudTrailEvent` of an answer of `LookupEvents`.
    pub fn json(&mut self, text: &[u8]) -> Fate {
        match skim::object(text, 0, false, &mut Habit::default()) {
            Ok(Object::Whole(mut raw, _)) => self.raw(&mut raw),
            _ => Fate::Broken,
        }
    }

    pub(super) fn raw(&mut self, raw: &mut Raw) -> Fate {
        raw.forget_request_of_others();
        raw.with(|record| self.record(record)).unwrap_or(Fate::Broken)
    }

    /// Counts one record.
    pub fn record(&mut self, record: &Record) -> Fate {
        let Some(time) = Time::parse(record.event_time) else {
            return if record.is_call() { Fate::Broken } else { Fate::NoCall };
        };
        let mark = if record.event_id.is_empty() {
            // Before they had ids, equal records were one event.
            let Record { event_time, event_source, event_name, parameters, identity, .. } = record;
            let parts = [event_time, event_source, event_name, identity.arn, record.recipient, parameters];
            ids::mark(&parts.map(str::as_bytes))
        } else {
            ids::mark(&[record.event_id.as_bytes(), record.recipient.as_bytes()])
        };
        self.count(record, Span::at(time), Some(mark), 0)
    }

    /// Counts what an engine says of many equal records. Such counts add when usages merge: nothing tells whether
    /// two engines saw the same events.
    pub fn repeated(&mut self, record: &Record, repeats: Repeats) -> Fate {
        self.count(record, Span { first: repeats.first, last: repeats.last }, None, repeats.count)
    }

    /// Says that the logs begin and end here, for engines that do not show every record.
    pub fn window(&mut self, first: Time, last: Time) {
        self.window = Span::join(self.window, Some(Span { first, last }));
    }

    /// Whether it is time to [`take`](Self::take) the usage so far.
    pub fn is_full(&self) -> bool {
        self.held > FULL || self.rows.len() > MANY_ROWS
    }

    /// The usage so far; the collector begins anew.
    pub fn take(&mut self) -> Usage {
        let mut usage =
            Usage { window: self.window.take(), management: self.management.take(), ..Usage::default() };
        usage.data_events.extend(std::mem::take(&mut self.data_events));
        for Added { key, mut row, .. } in self.rows.drain(..) {
            row.outcomes.values_mut().for_each(Tally::settle);
            usage.add(key, row);
        }
        self.row_index.clear();
        self.callers.clear();
        self.caller_index.clear();
        self.identities.clear();
        self.held = 0;
        usage.settle();
        usage
    }

    fn count(&mut self, record: &Record, span: Span, mark: Option<u64>, counted: u64) -> Fate {
        if !record.is_call() {
            return Fate::NoCall;
        }
        if !self.filter.has_time(span.first) {
            return Fate::OtherTime;
        }
        self.window = Span::join(self.window, Some(span));
        self.classify(record, span);
        let Some(caller) = self.identity(&record.identity) else { return Fate::OtherCaller };
        let event = self.requirements.event(record);
        let Some(at) = self.row(caller, event, record) else { return Fate::OtherCaller };
        let entry = &mut self.rows[at];
        let row = &mut entry.row;
        let tally = match row.outcomes.get_mut(record.error_code) {
            Some(tally) => tally,
            None => row.outcomes.entry(record.error_code.into()).or_insert_with(|| Tally::new(span)),
        };
        let before = tally.held();
        tally.add(span, mark, counted);
        self.held = self.held + tally.held() - before.min(self.held);
        let asked = self.requirements.ask(event, record);
        let denied = is_denial(record.error_code);
        if asked.repeats.is_some_and(|answer| !entry.known.insert((answer, denied))) {
            return Fate::Counted;
        }
        if entry.known.len() > MANY_ANSWERS {
            entry.known.clear();
        }
        let needs = if denied { &mut row.denied } else { &mut row.allowed };
        for needed in &*asked.needed {
            let resources: &mut Resources = match needs.get_mut(&needed.action) {
                Some(resources) => resources,
                None => needs.entry(needed.action.clone()).or_default(),
            };
            resources.insert(asked.fill(needed, &mut self.pattern));
        }
        Fate::Counted
    }

    /// Notes which events the logs have at all.
    fn classify(&mut self, record: &Record, span: Span) {
        let Some(class) = self.requirements.data_class(record) else {
            self.management = Span::join(self.management, Some(span));
            return;
        };
        match self.data_events.get_mut(class) {
            Some(seen) => *seen = seen.with(span),
            None => {
                self.data_events.insert(class.into(), span);
            }
        }
    }

    /// The row that a record belongs to; none for a caller that was not asked for.
    fn row(&mut self, caller: usize, event: EventNumber, record: &Record) -> Option<usize> {
        if !self.callers[caller].1 {
            return None;
        }
        let via = SmolStr::new(record.identity.invoked_by);
        match self.row_index.entry((caller, event, via)) {
            Entry::Occupied(known) => Some(*known.get()),
            Entry::Vacant(place) => {
                let via = &place.key().2;
                let key = Key {
                    caller: self.callers[caller].0.clone(),
                    via: (!via.is_empty()).then(|| via.clone()),
                    event_source: record.event_source.into(),
                    event_name: record.event_name.into(),
                };
                self.rows.push(Added { key, row: Row::default(), known: FxHashSet::default() });
                place.insert(self.rows.len() - 1);
                Some(self.rows.len() - 1)
            }
        }
    }

    /// The caller that an identity is; none for one that is no role. Looked up by what the record says, since the
    /// same few callers fill the logs.
    fn identity(&mut self, identity: &Identity) -> Option<usize> {
        if OTHERS.contains(&identity.kind) {
            return None;
        }
        let said = [identity.kind, identity.arn, identity.issuer_arn, identity.issued_to];
        let hash = FxBuildHasher.hash_one(said);
        if let Some((known, caller)) = self.identities.get(&hash)
            && known.iter().zip(said).all(|(known, said)| **known == *said)
        {
            return *caller;
        }
        let caller = Borrowed::of(identity).map(|caller| self.caller(caller));
        if self.identities.len() > MANY_ROWS {
            self.identities.clear();
        }
        self.identities.insert(hash, (said.map(Box::from), caller));
        caller
    }

    fn caller(&mut self, caller: Borrowed) -> usize {
        let mut hash = ids::mark(&caller.parts());
        while let Some(at) = self.caller_index.get(&hash) {
            if caller.is(&self.callers[*at].0) {
                return *at;
            }
            hash = hash.wrapping_add(1);
        }
        let caller = caller.to_owned();
        let wanted = self.filter.has_caller(&caller);
        self.callers.push((caller, wanted));
        self.caller_index.insert(hash, self.callers.len() - 1);
        self.callers.len() - 1
    }
}

/// Whether a name matches a pattern of `*` and `?`.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut at, mut from, mut retry) = (0, 0, None);
    while from < name.len() {
        match pattern.get(at) {
            Some(b'*') => {
                retry = Some((at, from));
                at += 1;
            }
            Some(byte) if *byte == b'?' || *byte == name[from] => {
                at += 1;
                from += 1;
            }
            _ => {
                let Some((star, taken)) = retry else { return false };
                retry = Some((star, taken + 1));
                (at, from) = (star + 1, taken + 1);
            }
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}
