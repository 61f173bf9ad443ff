//! Usage: per caller and event, how often, when, with which errors and on which resources.
//!
//! A usage is a function of the *set* of events that it was made of, so merging is associative, commutative and
//! idempotent: logs may be split in any way and read in any order, an event that two trails deliver counts once,
//! and a shard that is added twice changes nothing. What makes that possible in bounded memory is said where it is
//! done: `ids.rs` for counts (exact up to two million calls by roles in a usage, an estimate within about a
//! hundredth for its busiest rows beyond that), `resources.rs` for resources, and here for callers: a role with
//! more than 500 sessions that are not known to be functions is counted as a whole.
//!
//! What an engine has added up by itself ([`Tally::counted`]) has no events to compare: such usages add.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use super::caller::{Attribution, Caller};
use super::ids::Ids;
use super::resources::Resources;
use super::time::Time;
use crate::model::Action;

/// How many marks of events a usage holds. Few in this file's own tests, which watch what happens then.
const MARKS: usize = if cfg!(test) { 1 << 8 } else { 1 << 21 };
/// How many sessions of one role are told apart.
const SESSIONS: usize = 500;

/// What some logs say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// A reading that was stopped: events are missing.
    pub partial: bool,
    /// From the first event to the last, whoever made them.
    pub window: Option<Span>,
    /// From the first management event to the last, whoever made them.
    pub management: Option<Span>,
    /// Which classes of data events occur, whoever made them: `AWS::S3::Object`, or the event source where a record
    /// names no type.
    pub data_events: BTreeMap<SmolStr, Span>,
    pub rows: BTreeMap<Key, Row>,
    /// No row holds more than two to this power of marks.
    pub(super) cap: u8,
    /// Roles whose sessions are not told apart.
    pub(super) crowded: BTreeSet<SmolStr>,
}

/// From the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub first: Time,
    pub last: Time,
}

/// What a row is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    pub caller: Caller,
    /// The service that made the call on the caller's behalf (`invokedBy`): the role needs it, the code does not
    /// call it.
    pub via: Option<SmolStr>,
    /// `s3.amazonaws.com`.
    pub event_source: SmolStr,
    pub event_name: SmolStr,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// By error code; empty for calls without an error.
    pub outcomes: BTreeMap<SmolStr, Tally>,
    /// What calls that were let through needed; empty for an event that stands for no action.
    pub allowed: BTreeMap<Action, Resources>,
    /// What calls that were denied asked for. Never a grant.
    pub denied: BTreeMap<Action, Resources>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    pub span: Span,
    pub(super) ids: Ids,
    /// Events that were counted elsewhere.
    pub counted: u64,
}

impl Default for Usage {
    fn default() -> Self {
        Self {
            partial: false,
            window: None,
            management: None,
            data_events: BTreeMap::new(),
            rows: BTreeMap::new(),
            cap: u8::try_from(MARKS.ilog2()).unwrap_or(0),
            crowded: BTreeSet::new(),
        }
    }
}

impl Usage {
    /// Adds what another usage says.
    pub fn merge(&mut self, other: Self) {
        self.partial |= other.partial;
        self.window = Span::join(self.window, other.window);
        self.management = Span::join(self.management, other.management);
        for (class, span) in other.data_events {
            self.data_events.entry(class).and_modify(|own| *own = own.with(span)).or_insert(span);
        }
        self.cap = self.cap.min(other.cap);
        self.crowded.extend(other.crowded);
        for (key, row) in other.rows {
            self.add(key, row);
        }
        self.settle();
    }

    pub(super) fn add(&mut self, key: Key, row: Row) {
        match self.rows.entry(key) {
            std::collections::btree_map::Entry::Occupied(mut own) => own.get_mut().merge(row),
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert(row);
            }
        }
    }

    /// Brings the usage inside its bounds. The outcome depends on the events alone.
    pub(super) fn settle(&mut self) {
        self.crowd();
        let tallies = || self.rows.values().flat_map(|row| row.outcomes.values());
        let fits = |cap: u8| {
            let cap = 1_usize << cap;
            tallies().map(|tally| tally.ids.at_most(cap)).sum::<usize>() <= MARKS
        };
        while self.cap > 0 && !fits(self.cap) {
            self.cap -= 1;
        }
        let cap = 1 << self.cap;
        for tally in self.rows.values_mut().flat_map(|row| row.outcomes.values_mut()) {
            tally.ids.shrink(cap);
        }
    }

    /// Puts the sessions of crowded roles together.
    fn crowd(&mut self) {
        let mut sessions: BTreeMap<&SmolStr, BTreeSet<&SmolStr>> = BTreeMap::new();
        for Caller { role, function, attribution } in self.rows.keys().map(|key| &key.caller) {
            if let (Some(name), Attribution::Session) = (function, attribution) {
                sessions.entry(role).or_default().insert(name);
            }
        }
        let crowded: Vec<SmolStr> = sessions
            .into_iter()
            .filter(|(role, names)| names.len() > SESSIONS || self.crowded.contains(*role))
            .map(|(role, _)| role.clone())
            .collect();
        if crowded.is_empty() {
            return;
        }
        self.crowded.extend(crowded);
        for (mut key, row) in std::mem::take(&mut self.rows) {
            if key.caller.attribution == Attribution::Session && self.crowded.contains(&key.caller.role) {
                key.caller.function = None;
                key.caller.attribution = Attribution::Role;
            }
            self.add(key, row);
        }
    }
}

impl Row {
    fn merge(&mut self, other: Self) {
        for (code, tally) in other.outcomes {
            match self.outcomes.entry(code) {
                std::collections::btree_map::Entry::Occupied(mut own) => own.get_mut().merge(&tally),
                std::collections::btree_map::Entry::Vacant(place) => {
                    place.insert(tally);
                }
            }
        }
        for (own, other) in [(&mut self.allowed, other.allowed), (&mut self.denied, other.denied)] {
            for (action, resources) in other {
                own.entry(action).or_default().merge(&resources);
            }
        }
    }

    /// How often, errors included.
    pub fn count(&self) -> u64 {
        self.outcomes.values().map(Tally::count).sum()
    }

    /// How often the caller was not allowed.
    pub fn denials(&self) -> u64 {
        self.outcomes.iter().filter(|(code, _)| is_denial(code)).map(|(_, tally)| tally.count()).sum()
    }

    /// Whether the counts are exact.
    pub fn is_exact(&self) -> bool {
        self.outcomes.values().all(|tally| tally.ids.is_exact())
    }

    pub fn span(&self) -> Option<Span> {
        self.outcomes.values().map(|tally| tally.span).reduce(Span::with)
    }
}

impl Tally {
    pub(super) fn new(span: Span) -> Self {
        Self { span, ids: Ids::default(), counted: 0 }
    }

    pub(super) fn add(&mut self, span: Span, mark: Option<u64>, counted: u64) {
        self.span = self.span.with(span);
        self.counted = self.counted.saturating_add(counted);
        if let Some(mark) = mark {
            self.ids.insert(mark);
        }
    }

    pub(super) fn held(&self) -> usize {
        self.ids.held()
    }

    pub(super) fn settle(&mut self) {
        self.ids.settle();
    }

    pub fn count(&self) -> u64 {
        self.ids.count().saturating_add(self.counted)
    }

    fn merge(&mut self, other: &Self) {
        self.span = self.span.with(other.span);
        self.ids.merge(&other.ids);
        self.counted = self.counted.saturating_add(other.counted);
    }
}

impl Span {
    pub fn at(time: Time) -> Self {
        Self { first: time, last: time }
    }

    /// The shortest span that holds both.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self { first: self.first.min(other.first), last: self.last.max(other.last) }
    }

    pub(super) fn join(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(one), Some(other)) => Some(one.with(other)),
            (one, other) => one.or(other),
        }
    }

    /// How many days the span touches.
    pub fn days(self) -> i64 {
        (self.last.start_of_day().seconds() - self.first.start_of_day().seconds()) / 86_400 + 1
    }
}

/// Whether an error code says that the caller was not allowed. Any other error came after the caller was let in.
pub fn is_denial(code: &str) -> bool {
    const WORDS: [&str; 5] = ["denied", "unauthorized", "unauthorised", "forbidden", "notauthorized"];
    !code.is_empty() && {
        let code = code.to_ascii_lowercase();
        WORDS.iter().any(|word| code.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trail::ids;

    fn usage_of(events: &[(u8, u16)]) -> Usage {
        let mut usage = Usage::default();
        for (name, number) in events {
            let caller = Caller { role: "r".into(), function: None, attribution: Attribution::Role };
            let event_name = name.to_string().into();
            let key = Key { caller, via: None, event_source: "s".into(), event_name };
            let span = Span::at(Time::from_seconds(i64::from(*number)));
            let row = usage.rows.entry(key).or_default();
            let tally = row.outcomes.entry(SmolStr::default()).or_insert_with(|| Tally::new(span));
            tally.add(span, Some(ids::mark(&[&number.to_le_bytes()])), 0);
        }
        usage.rows.values_mut().flat_map(|row| row.outcomes.values_mut()).for_each(Tally::settle);
        usage.settle();
        usage
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// Also where there are more events than a usage holds.
        #[test]
        fn a_full_usage_is_the_same_however_it_came_about(
            events in prop::collection::vec((0..4_u8, 0..600_u16), 0..1500),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 3),
        ) {
            let whole = usage_of(&events);
            let held: usize =
                whole.rows.values().flat_map(|row| row.outcomes.values()).map(Tally::held).sum();
            prop_assert!(held <= MARKS);
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(events.len() + 1)).collect();
            cuts.extend([0, events.len()]);
            cuts.sort_unstable();
            let mut parts: Vec<Usage> =
                cuts.windows(2).map(|cut| usage_of(&events[cut[0]..cut[1]])).collect();
            parts.push(parts[0].clone());
            let mut merged = Usage::default();
            while let Some(part) = parts.pop() {
                merged.merge(Usage::from_json(part.to_json().as_bytes()).unwrap());
            }
            prop_assert_eq!(merged.to_json(), whole.to_json());
        }
    }
}
