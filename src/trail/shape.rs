//! The shapes of CloudTrail's files, found by what is in them: `{"Records": […]}` of a delivery or a download,
//! `{"Events": [{"CloudTrailEvent": "…"}]}` of `lookup-events`, log events of `CloudWatch` Logs, events of
//! `EventBridge` (`detail`), a list, one record, or many of any of these after each other or one a line.
//!
//! What breaks in the middle is read up to the break, and after it from the next line that begins an object.

use super::collector::{Collector, Fate};
use super::habit::Habit;
use super::skim::{self, Object, Raw, Stop};

/// No record that CloudTrail writes comes near this size.
pub const LARGEST_RECORD: usize = 4 << 20;

/// What was in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileReading {
    /// Records that were read, counted or not.
    pub records: u64,
    /// Those of them that count.
    pub counted: u64,
    /// Records that could not be read: no time, no UTF-8, no JSON inside a wrapper.
    pub broken: u64,
    /// Records larger than [`LARGEST_RECORD`].
    pub oversized: u64,
    /// Objects that are no records.
    pub foreign: u64,
    /// Lists of delivered files.
    pub digests: u64,
    /// Where it first was no JSON, or ended too early, in bytes of the decompressed file.
    pub malformed_at: Option<u64>,
    pub truncated_at: Option<u64>,
}

/// Where the reading stands. What was read can be dropped, so a file can be read a piece at a time.
#[derive(Debug, Default)]
pub struct Reader {
    state: State,
    /// How many bytes were dropped.
    before: u64,
    /// An object that is too large to be held, and is being passed over.
    over: Option<Over>,
    pub reading: FileReading,
}

/// How deep inside an object that is passed over the reading stands.
#[derive(Debug, Default)]
struct Over {
    depth: usize,
    in_text: bool,
    escaped: bool,
}

impl Over {
    /// Where the object ends; none where it goes on.
    fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_text => self.escaped = true,
                b'"' => self.in_text = !self.in_text,
                b'{' | b'[' if !self.in_text => self.depth += 1,
                b'}' | b']' if !self.in_text => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
        }
        None
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Between whole values.
    #[default]
    Between,
    /// In a list that is a value by itself.
    List,
    /// In a list that is a member of an object.
    Member,
    /// Behind that list, in its object.
    Behind,
    /// In what is no JSON, up to the next line that begins an object.
    Lost,
}

/// Reads a whole file.
pub fn read(bytes: &[u8], collector: &mut Collector) -> FileReading {
    let mut reader = Reader::default();
    reader.advance(bytes, true, collector);
    reader.reading
}

impl Reader {
    /// Reads what is whole in `bytes`, and says how many of them are done with. `last` means that no more come.
    pub fn advance(&mut self, bytes: &[u8], last: bool, collector: &mut Collector) -> usize {
        let mut at = if self.before == 0 && bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        if let Some(mut over) = self.over.take() {
            let Some(end) = over.end(bytes) else {
                self.over = Some(over);
                self.before += bytes.len() as u64;
                if last {
                    self.reading.truncated_at.get_or_insert(self.before);
                }
                return bytes.len();
            };
            at = end;
        }
        let mut habit = Habit::default();
        loop {
            at += bytes[at..]
                .iter()
                .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b','))
                .count();
            let Some(byte) = bytes.get(at) else { break };
            match self.step(bytes, at, *byte, &mut habit, collector) {
                Ok(next) => at = next,
                Err(Stop::End) if !last => break,
                Err(stop) => {
                    let place = self.before + at as u64;
                    let first = if stop == Stop::End {
                        &mut self.reading.truncated_at
                    } else {
                        &mut self.reading.malformed_at
                    };
                    first.get_or_insert(place);
                    self.state = State::Lost;
                    // The break may lie inside a value that began before whole lines.
                    at += 1;
                }
            }
        }
        if last && self.state != State::Between && self.state != State::Lost {
            self.reading.truncated_at.get_or_insert(self.before + at as u64);
        }
        self.before += at as u64;
        at
    }

    /// Gives up on the value that the reading stands before; what comes next passes over it.
    pub fn pass_over(&mut self) {
        self.reading.records += 1;
        self.reading.oversized += 1;
        self.over = Some(Over::default());
    }

    fn step<'a>(
        &mut self,
        bytes: &'a [u8],
        at: usize,
        byte: u8,
        habit: &mut Habit<'a>,
        collector: &mut Collector,
    ) -> Result<usize, Stop> {
        match (self.state, byte) {
            (State::Lost, _) => {
                let line = memchr::memmem::find(&bytes[at..], b"\n{");
                if line.is_some() || bytes.ends_with(b"\n") {
                    self.state = State::Between;
                }
                Ok(line.map_or(bytes.len(), |line| at + line + 1))
            }
            (State::Between, b'[') => {
                self.state = State::List;
                Ok(at + 1)
            }
            (State::Member, b']') => {
                self.state = State::Behind;
                Ok(at + 1)
            }
            (State::List, b']') | (State::Behind, b'}') => {
                self.state = State::Between;
                Ok(at + 1)
            }
            (State::Behind, b'"') => {
                let colon = skim::end_of(bytes, at)?;
                let colon =
                    colon + bytes[colon..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
                match bytes.get(colon) {
                    Some(b':') => skim::end_of(bytes, colon + 1),
                    Some(_) => Err(Stop::Malformed),
                    None => Err(Stop::End),
                }
            }
            (State::Between | State::List | State::Member, b'{') => {
                match skim::object(bytes, at, self.state == State::Between, habit)? {
                    Object::List(next) => {
                        self.state = State::Member;
                        Ok(next)
                    }
                    Object::Whole(mut raw, next) => {
                        self.object(&mut raw, next - at, collector);
                        Ok(next)
                    }
                }
            }
            _ => Err(Stop::Malformed),
        }
    }

    fn object(&mut self, raw: &mut Raw, length: usize, collector: &mut Collector) {
        if raw.is_record() {
            return self.record(length, || collector.raw(raw));
        }
        match raw.wrapped() {
            Some(text) => self.record(length, || collector.json(&text)),
            None if raw.is_digest() => self.reading.digests += 1,
            None => self.reading.foreign += 1,
        }
    }

    fn record(&mut self, length: usize, count: impl FnOnce() -> Fate) {
        self.reading.records += 1;
        if length > LARGEST_RECORD {
            self.reading.oversized += 1;
            return;
        }
        match count() {
            Fate::Counted => self.reading.counted += 1,
            Fate::Broken => self.reading.broken += 1,
            Fate::OtherCaller | Fate::OtherTime | Fate::NoCall => {}
        }
    }
}
