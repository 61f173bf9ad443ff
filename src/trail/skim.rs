//! Reads the few members of a record that matter, in place, and passes over all else without building it.
//!
//! This is no validator: what is passed over need only have its quotes and braces in order. A text that holds an
//! escape is marked, and copied by whoever needs it.

use std::borrow::Cow;

use super::cursor::Cursor;
pub use super::cursor::Stop;
use super::habit::{Habit, IDENTITY, Saying, Step};
use super::record::{Identity, OTHERS, Record};

/// What an object turned out to be.
#[derive(Debug)]
pub enum Object<'a> {
    /// All of it, and where it ends.
    Whole(Raw<'a>, usize),
    /// A list of records, or of things that hold them; where its first element may begin.
    List(usize),
}

/// Where each member is kept.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub enum Slot {
    EventId,
    Recipient,
    EventTime,
    EventSource,
    EventName,
    EventType,
    EventCategory,
    Management,
    Region,
    ErrorCode,
    ErrorMessage,
    Parameters,
    Resources,
    /// From here to [`IssuedTo`](Self::IssuedTo): the identity.
    Kind,
    Arn,
    Account,
    InvokedBy,
    IssuerArn,
    IssuedTo,
    /// The record as a text, in an answer of `lookup-events` or a log event.
    Wrapped,
    /// The record as an object, in an event of EventBridge.
    Detail,
    /// A file that lists files.
    Digest,
}

const SLOTS: usize = Slot::Digest as usize + 1;

/// From where to where in an object's text; empty for nothing.
pub type Place = (u32, u32);

/// The members of an object as they stand in the text: texts without their quotes, other values whole.
#[derive(Debug)]
pub struct Raw<'a> {
    text: &'a [u8],
    slots: [Place; SLOTS],
    /// One bit for each slot whose text has an escape.
    escaped: u32,
}

impl<'a> Raw<'a> {
    fn new(text: &'a [u8]) -> Self {
        Self { text, slots: [(0, 0); SLOTS], escaped: 0 }
    }

    fn get(&self, slot: Slot) -> &'a [u8] {
        let (from, to) = self.slots[slot as usize];
        &self.text[from as usize..to as usize]
    }

    fn set(&mut self, slot: Slot, from: usize, to: usize, escaped: bool) {
        #[expect(clippy::cast_possible_truncation, reason = "`object` sees no more than 4 GiB")]
        let place = (from as u32, to as u32);
        self.slots[slot as usize] = place;
        self.escaped = self.escaped & !(1 << slot as u32) | u32::from(escaped) << slot as u32;
    }

    fn has(&self, slot: Slot) -> bool {
        let (from, to) = self.slots[slot as usize];
        from < to
    }

    /// Whether this is a record, or at least meant to be one.
    pub fn is_record(&self) -> bool {
        self.has(Slot::EventName) || (self.has(Slot::EventTime) && self.has(Slot::EventType))
    }

    pub fn is_digest(&self) -> bool {
        self.has(Slot::Digest)
    }

    /// The record inside: JSON text.
    pub fn wrapped(&self) -> Option<Cow<'a, [u8]>> {
        if self.has(Slot::Detail) {
            return Some(self.get(Slot::Detail).into());
        }
        let raw = self.get(Slot::Wrapped);
        match raw {
            [] => None,
            _ if self.is_escaped(Slot::Wrapped as usize) => Some(unescape(raw)?.into_bytes().into()),
            _ => Some(raw.into()),
        }
    }

    /// Empties what only counts for calls by roles.
    pub fn forget_request_of_others(&mut self) {
        let kind = self.get(Slot::Kind);
        if OTHERS.iter().any(|other| other.as_bytes() == kind) {
            for slot in [Slot::Parameters, Slot::Resources, Slot::ErrorMessage] {
                self.set(slot, 0, 0, false);
            }
        }
    }

    fn is_escaped(&self, slot: usize) -> bool {
        self.escaped >> slot & 1 == 1
    }

    /// Hands the record over; `None` where a text is not UTF-8.
    pub fn with<T>(&self, read: impl FnOnce(&Record) -> T) -> Option<T> {
        if self.escaped == 0 {
            // Nearly always all of it is, and told at once.
            return match std::str::from_utf8(self.text) {
                Ok(text) => Some(read(&record(|slot| {
                    let (from, to) = self.slots[slot as usize];
                    text.get(from as usize..to as usize)
                })?)),
                Err(_) => Some(read(&record(|slot| std::str::from_utf8(self.get(slot)).ok())?)),
            };
        }
        let mut copies: Vec<Cow<str>> = Vec::with_capacity(SLOTS);
        for (slot, (from, to)) in self.slots.iter().enumerate() {
            let raw = &self.text[*from as usize..*to as usize];
            copies.push(if self.is_escaped(slot) {
                unescape(raw)?.into()
            } else {
                std::str::from_utf8(raw).ok()?.into()
            });
        }
        Some(read(&record(|slot| Some(&*copies[slot as usize]))?))
    }
}

fn record<'a>(get: impl Fn(Slot) -> Option<&'a str>) -> Option<Record<'a>> {
    Some(Record {
        event_id: get(Slot::EventId)?,
        recipient: get(Slot::Recipient)?,
        event_time: get(Slot::EventTime)?,
        event_source: get(Slot::EventSource)?,
        event_name: get(Slot::EventName)?,
        event_type: get(Slot::EventType)?,
        event_category: get(Slot::EventCategory)?,
        management: match get(Slot::Management)? {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        },
        region: get(Slot::Region)?,
        error_code: get(Slot::ErrorCode)?,
        error_message: get(Slot::ErrorMessage)?,
        identity: Identity {
            kind: get(Slot::Kind)?,
            arn: get(Slot::Arn)?,
            account: get(Slot::Account)?,
            invoked_by: get(Slot::InvokedBy)?,
            issuer_arn: get(Slot::IssuerArn)?,
            issued_to: get(Slot::IssuedTo)?,
        },
        parameters: get(Slot::Parameters)?,
        resources: get(Slot::Resources)?,
    })
}

/// The text of a JSON string, given without its quotes.
pub fn unescape(raw: &[u8]) -> Option<String> {
    let mut quoted = Vec::with_capacity(raw.len() + 2);
    quoted.push(b'"');
    quoted.extend_from_slice(raw);
    quoted.push(b'"');
    serde_json::from_slice(&quoted).ok()
}

/// Reads the object that begins at `at`. Where `lists` is set, a member that holds a list of records ends the
/// reading, so that its elements can be read one by one. `habit` is for the objects of one text.
pub fn object<'a>(
    bytes: &'a [u8],
    at: usize,
    lists: bool,
    habit: &mut Habit<'a>,
) -> Result<Object<'a>, Stop> {
    let text = &bytes[at..];
    let text = &text[..text.len().min(u32::MAX as usize)];
    habit.begin();
    let mut skimmer =
        Skimmer { cursor: Cursor { bytes: text, at: 0 }, raw: Raw::new(text), habit, lists, list: None };
    skimmer.cursor.peek()?;
    match (skimmer.object(Level::Record), skimmer.list) {
        (Ok(()), _) => {
            let Skimmer { cursor, mut raw, .. } = skimmer;
            raw.text = &text[..cursor.at];
            Ok(Object::Whole(raw, at + cursor.at))
        }
        (Err(_), Some(list)) => Ok(Object::List(at + list)),
        (Err(stop), None) => Err(stop),
    }
}

/// Which object a member belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Record,
    /// `userIdentity`.
    Identity,
    /// `sessionContext` or `inScopeOf` of it.
    Session,
    /// `sessionIssuer` of that.
    Issuer,
}

/// What is done with a member.
#[derive(Clone, Copy, Debug)]
pub enum Member {
    /// Kept as a text; a value of another kind is kept as it is written, and `null` is nothing.
    Text(Slot),
    /// Kept as it is written.
    Whole(Slot),
    /// Read, where it is an object.
    Object(Level),
    /// Records, or things that hold them.
    List,
    Other,
}

impl Member {
    fn of(level: Level, name: &[u8]) -> Self {
        match level {
            Level::Record => Self::of_record(name),
            Level::Identity => match name {
                b"type" => Self::Text(Slot::Kind),
                b"arn" => Self::Text(Slot::Arn),
                b"accountId" => Self::Text(Slot::Account),
                b"invokedBy" => Self::Text(Slot::InvokedBy),
                b"sessionContext" | b"inScopeOf" => Self::Object(Level::Session),
                _ => Self::Other,
            },
            Level::Session => match name {
                b"credentialsIssuedTo" => Self::Text(Slot::IssuedTo),
                b"sessionIssuer" => Self::Object(Level::Issuer),
                _ => Self::Other,
            },
            Level::Issuer => match name {
                b"arn" => Self::Text(Slot::IssuerArn),
                _ => Self::Other,
            },
        }
    }

    fn of_record(name: &[u8]) -> Self {
        match name {
            b"eventID" => Self::Text(Slot::EventId),
            b"recipientAccountId" => Self::Text(Slot::Recipient),
            b"eventTime" => Self::Text(Slot::EventTime),
            b"eventSource" => Self::Text(Slot::EventSource),
            b"eventName" => Self::Text(Slot::EventName),
            b"eventType" => Self::Text(Slot::EventType),
            b"eventCategory" => Self::Text(Slot::EventCategory),
            b"managementEvent" => Self::Text(Slot::Management),
            b"awsRegion" => Self::Text(Slot::Region),
            b"errorCode" => Self::Text(Slot::ErrorCode),
            b"errorMessage" => Self::Text(Slot::ErrorMessage),
            b"requestParameters" => Self::Whole(Slot::Parameters),
            b"resources" => Self::Whole(Slot::Resources),
            b"userIdentity" => Self::Object(Level::Identity),
            b"CloudTrailEvent" | b"message" => Self::Text(Slot::Wrapped),
            b"detail" => Self::Whole(Slot::Detail),
            b"digestStartTime" => Self::Text(Slot::Digest),
            b"Records" | b"Events" | b"events" | b"logEvents" => Self::List,
            _ => Self::Other,
        }
    }
}

struct Skimmer<'a, 'h> {
    cursor: Cursor<'a>,
    raw: Raw<'a>,
    habit: &'h mut Habit<'a>,
    lists: bool,
    /// Where the list's first element may begin.
    list: Option<usize>,
}

impl Skimmer<'_, '_> {
    /// Reads the object that begins here.
    fn object(&mut self, level: Level) -> Result<(), Stop> {
        self.cursor.at += 1;
        while self.cursor.next_member()? {
            let step = self.member(level)?;
            match (step.member, self.cursor.peek()?) {
                (Member::Text(slot), b'"') => {
                    let (text, escaped) = self.cursor.string()?;
                    let end = self.cursor.at - 1;
                    self.raw.set(slot, end - text.len(), end, escaped);
                }
                (Member::Text(slot) | Member::Whole(slot), _) => self.keep(slot, step)?,
                (Member::Object(Level::Identity), b'{') => self.identity()?,
                (Member::Object(level), b'{') => self.object(level)?,
                (Member::List, b'[') if self.lists => {
                    self.list = Some(self.cursor.at + 1);
                    return Err(Stop::End);
                }
                _ => self.skip(step)?,
            }
        }
        Ok(())
    }

    /// Passes over a member's name.
    #[inline]
    fn member(&mut self, level: Level) -> Result<Step, Stop> {
        if let Some((length, step)) = self.habit.expected(level, self.cursor.rest()) {
            self.cursor.at += length;
            return Ok(step);
        }
        self.unexpected(level)
    }

    #[inline(never)]
    fn unexpected(&mut self, level: Level) -> Result<Step, Stop> {
        let from = self.cursor.at;
        let name = self.cursor.key()?;
        let whole = &self.cursor.bytes[from..self.cursor.at];
        Ok(self.habit.learn(level, whole, || Member::of(level, name)))
    }

    /// Passes over a value, at once where the last record had the same.
    #[inline]
    fn skip(&mut self, step: Step) -> Result<(), Stop> {
        if let Some(length) = self.habit.repeated(step, self.cursor.rest()) {
            self.cursor.at += length;
            return Ok(());
        }
        let from = self.cursor.at;
        self.cursor.skip()?;
        self.habit.remember(step, &self.cursor.bytes[from..self.cursor.at]);
        Ok(())
    }

    fn keep(&mut self, slot: Slot, step: Step) -> Result<(), Stop> {
        let from = self.cursor.at;
        self.skip(step)?;
        let to = self.cursor.at;
        let is_null = &self.cursor.bytes[from..to] == b"null";
        self.raw.set(slot, from, if is_null { from } else { to }, self.raw.is_escaped(slot as usize));
        Ok(())
    }

    /// Reads the caller's identity, at once where one of the last records had the same.
    fn identity(&mut self) -> Result<(), Stop> {
        let alone = self.raw.slots[IDENTITY].iter().all(|(from, to)| from == to) && self.raw.escaped == 0;
        if !alone {
            return self.object(Level::Identity);
        }
        #[expect(clippy::cast_possible_truncation, reason = "`object` sees no more than 4 GiB")]
        let start = self.cursor.at as u32;
        if let Some(said) = self.habit.identity(self.cursor.rest()) {
            for (slot, (from, to)) in self.raw.slots[IDENTITY].iter_mut().zip(said.slots) {
                *slot = (start + from, start + to);
            }
            self.raw.escaped = said.escaped;
            self.cursor.at += said.text.len();
            return Ok(());
        }
        self.object(Level::Identity)?;
        let mut slots = [(0, 0); IDENTITY.end - IDENTITY.start];
        for (said, (from, to)) in slots.iter_mut().zip(&self.raw.slots[IDENTITY]) {
            *said = (from.saturating_sub(start), to.saturating_sub(start));
        }
        let text = &self.cursor.bytes[start as usize..self.cursor.at];
        self.habit.meet(Saying { text, slots, escaped: self.raw.escaped });
        Ok(())
    }
}

/// Calls `each` with the name and the raw value of every member of an object, texts with their quotes.
pub fn each_member<'a>(object: &'a [u8], mut each: impl FnMut(&'a [u8], &'a [u8])) -> Result<(), Stop> {
    let mut cursor = Cursor { bytes: object, at: 0 };
    if cursor.peek()? != b'{' {
        return Err(Stop::Malformed);
    }
    cursor.members(|cursor, key| {
        cursor.peek()?;
        let from = cursor.at;
        cursor.skip()?;
        each(key, &object[from..cursor.at]);
        Ok(())
    })
}

/// Where the value that begins at `at` ends.
pub fn end_of(bytes: &[u8], at: usize) -> Result<usize, Stop> {
    let mut cursor = Cursor { bytes, at };
    cursor.skip()?;
    Ok(cursor.at)
}
