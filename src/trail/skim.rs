//! Reads the few members of a record that matter, in place, and passes over all else without building it.
//!
//! This is no validator: what is passed over need only have its quotes and braces in order. A text that holds an
//! escape is marked, and copied by whoever needs it.

use std::borrow::Cow;

use super::record::{Identity, OTHERS, Record};

/// Why a value could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The bytes end before the value does.
    End,
    /// This is no JSON.
    Malformed,
}

/// What an object turned out to be.
#[expect(clippy::large_enum_variant, reason = "it is taken apart where it is made")]
#[derive(Debug)]
pub enum Object<'a> {
    /// All of it, and where it ends.
    Whole(Raw<'a>, usize),
    /// A list of records, or of things that hold them; where its first element may begin.
    List(usize),
}

/// Where each member is kept.
#[derive(Clone, Copy)]
#[repr(usize)]
enum Slot {
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

/// The members of an object as they stand in the text: texts without their quotes, other values whole.
#[derive(Debug)]
pub struct Raw<'a> {
    slots: [&'a [u8]; SLOTS],
    /// One bit for each slot whose text has an escape.
    escaped: u32,
}

impl<'a> Raw<'a> {
    fn new() -> Self {
        Self { slots: [&[]; SLOTS], escaped: 0 }
    }

    fn has(&self, slot: Slot) -> bool {
        !self.slots[slot as usize].is_empty()
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
            return Some(self.slots[Slot::Detail as usize].into());
        }
        let raw = self.slots[Slot::Wrapped as usize];
        match raw {
            [] => None,
            _ if self.is_escaped(Slot::Wrapped as usize) => Some(unescape(raw)?.into_bytes().into()),
            _ => Some(raw.into()),
        }
    }

    /// Empties what only counts for calls by roles.
    pub fn forget_request_of_others(&mut self) {
        let kind = self.slots[Slot::Kind as usize];
        if OTHERS.iter().any(|other| other.as_bytes() == kind) {
            for slot in [Slot::Parameters, Slot::Resources, Slot::ErrorMessage] {
                self.slots[slot as usize] = &[];
                self.escaped &= !(1 << slot as u32);
            }
        }
    }

    fn is_escaped(&self, slot: usize) -> bool {
        self.escaped >> slot & 1 == 1
    }

    /// Hands the record over; `None` where a text is not UTF-8.
    pub fn with<T>(&self, read: impl FnOnce(&Record) -> T) -> Option<T> {
        if self.escaped == 0 {
            return Some(read(&record(|slot| std::str::from_utf8(self.slots[slot]).ok())?));
        }
        let mut copies: Vec<Cow<str>> = Vec::with_capacity(SLOTS);
        for (slot, raw) in self.slots.iter().enumerate() {
            copies.push(if self.is_escaped(slot) {
                unescape(raw)?.into()
            } else {
                std::str::from_utf8(raw).ok()?.into()
            });
        }
        Some(read(&record(|slot| Some(&*copies[slot]))?))
    }
}

fn record<'a>(text: impl Fn(usize) -> Option<&'a str>) -> Option<Record<'a>> {
    let get = |slot: Slot| text(slot as usize);
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
/// reading, so that its elements can be read one by one.
pub fn object(bytes: &[u8], at: usize, lists: bool) -> Result<Object<'_>, Stop> {
    let mut raw = Raw::new();
    let mut cursor = Cursor { bytes, at };
    let mut list = None;
    cursor
        .members(|cursor, key| {
            let slot = match key {
                b"eventID" => Slot::EventId,
                b"recipientAccountId" => Slot::Recipient,
                b"eventTime" => Slot::EventTime,
                b"eventSource" => Slot::EventSource,
                b"eventName" => Slot::EventName,
                b"eventType" => Slot::EventType,
                b"eventCategory" => Slot::EventCategory,
                b"managementEvent" => Slot::Management,
                b"awsRegion" => Slot::Region,
                b"errorCode" => Slot::ErrorCode,
                b"errorMessage" => Slot::ErrorMessage,
                b"requestParameters" => return cursor.keep(&mut raw, Slot::Parameters),
                b"resources" => return cursor.keep(&mut raw, Slot::Resources),
                b"userIdentity" => return identity(cursor, &mut raw),
                b"CloudTrailEvent" | b"message" => Slot::Wrapped,
                b"detail" => return cursor.keep(&mut raw, Slot::Detail),
                b"digestStartTime" => Slot::Digest,
                b"Records" | b"Events" | b"events" | b"logEvents" if lists && cursor.peek()? == b'[' => {
                    list = Some(cursor.at + 1);
                    return Err(Stop::End);
                }
                _ => return cursor.skip(),
            };
            cursor.text(&mut raw, slot)
        })
        .map_or_else(|stop| list.map(Object::List).ok_or(stop), |()| Ok(Object::Whole(raw, cursor.at)))
}

fn identity<'a>(cursor: &mut Cursor<'a>, raw: &mut Raw<'a>) -> Result<(), Stop> {
    if cursor.peek()? != b'{' {
        return cursor.skip();
    }
    cursor.members(|cursor, key| match key {
        b"type" => cursor.text(raw, Slot::Kind),
        b"arn" => cursor.text(raw, Slot::Arn),
        b"accountId" => cursor.text(raw, Slot::Account),
        b"invokedBy" => cursor.text(raw, Slot::InvokedBy),
        b"sessionContext" | b"inScopeOf" if cursor.peek()? == b'{' => {
            cursor.members(|cursor, key| match key {
                b"credentialsIssuedTo" => cursor.text(raw, Slot::IssuedTo),
                b"sessionIssuer" if cursor.peek()? == b'{' => cursor.members(|cursor, key| match key {
                    b"arn" => cursor.text(raw, Slot::IssuerArn),
                    _ => cursor.skip(),
                }),
                _ => cursor.skip(),
            })
        }
        _ => cursor.skip(),
    })
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

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// The next byte that is no white space.
    fn peek(&mut self) -> Result<u8, Stop> {
        loop {
            match self.bytes.get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(byte) => return Ok(*byte),
                None => return Err(Stop::End),
            }
        }
    }

    /// Passes over an object; `value` stands before each member's value and passes over it.
    fn members(
        &mut self,
        mut value: impl FnMut(&mut Self, &'a [u8]) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        self.peek()?;
        self.at += 1;
        loop {
            match self.peek()? {
                b'"' => {
                    let (key, _) = self.string()?;
                    if self.peek()? != b':' {
                        return Err(Stop::Malformed);
                    }
                    self.at += 1;
                    value(self, key)?;
                }
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(Stop::Malformed),
            }
        }
    }

    /// Passes over a string, and gives what is between its quotes and whether that has an escape.
    #[inline]
    fn string(&mut self) -> Result<(&'a [u8], bool), Stop> {
        let from = self.at + 1;
        let at = special(self.bytes, from).ok_or(Stop::End)?;
        if self.bytes[at] == b'"' {
            self.at = at + 1;
            return Ok((&self.bytes[from..at], false));
        }
        self.string_with_escapes(from, at)
    }

    #[cold]
    fn string_with_escapes(&mut self, from: usize, mut at: usize) -> Result<(&'a [u8], bool), Stop> {
        while self.bytes[at] != b'"' {
            at = special(self.bytes, at + 2).ok_or(Stop::End)?;
        }
        self.at = at + 1;
        Ok((&self.bytes[from..at], true))
    }

    /// Keeps a text; a value of another kind is kept as it is written, and `null` is nothing.
    fn text(&mut self, raw: &mut Raw<'a>, slot: Slot) -> Result<(), Stop> {
        if self.peek()? != b'"' {
            return self.keep(raw, slot);
        }
        let (text, escaped) = self.string()?;
        raw.slots[slot as usize] = text;
        raw.escaped = raw.escaped & !(1 << slot as u32) | u32::from(escaped) << slot as u32;
        Ok(())
    }

    fn keep(&mut self, raw: &mut Raw<'a>, slot: Slot) -> Result<(), Stop> {
        self.peek()?;
        let from = self.at;
        self.skip()?;
        let value = &self.bytes[from..self.at];
        raw.slots[slot as usize] = if value == b"null" { &[] } else { value };
        Ok(())
    }

    /// Passes over any value.
    fn skip(&mut self) -> Result<(), Stop> {
        match self.peek()? {
            b'"' => self.string().map(|_| ()),
            b'{' | b'[' => self.skip_nested(),
            b'}' | b']' | b',' | b':' => Err(Stop::Malformed),
            _ => {
                let rest = &self.bytes[self.at..];
                let length = rest
                    .iter()
                    .position(|byte| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r'));
                self.at += length.ok_or(Stop::End)?;
                Ok(())
            }
        }
    }

    fn skip_nested(&mut self) -> Result<(), Stop> {
        let (mut depth, mut at) = (0_usize, self.at);
        loop {
            match *self.bytes.get(at).ok_or(Stop::End)? {
                b'"' => {
                    self.at = at;
                    self.string()?;
                    at = self.at;
                }
                b'{' | b'[' => {
                    depth += 1;
                    at += 1;
                }
                b'}' | b']' => {
                    depth -= 1;
                    at += 1;
                    if depth == 0 {
                        self.at = at;
                        return Ok(());
                    }
                }
                _ => at += 1,
            }
        }
    }
}

/// The next quote or backslash, eight bytes at a time.
#[inline]
fn special(bytes: &[u8], mut at: usize) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    while let Some(chunk) = bytes.get(at..at + 8).and_then(|chunk| <[u8; 8]>::try_from(chunk).ok()) {
        let word = u64::from_le_bytes(chunk);
        let found = zeros(word ^ (ONES * u64::from(b'"'))) | zeros(word ^ (ONES * u64::from(b'\\')));
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let rest = bytes.get(at..)?;
    rest.iter().position(|byte| matches!(byte, b'"' | b'\\')).map(|found| at + found)
}
