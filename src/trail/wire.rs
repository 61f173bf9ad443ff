//! The file of a usage: JSON, versioned, one row a line, the same bytes for the same usage.
//!
//! Marks of events are written as the differences of their sorted values, each in groups of seven bits, in base 64.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::caller::{Attribution, Caller};
use super::ids::Ids;
use super::resources::Resources;
use super::time::Time;
use super::usage::{Key, Row, Span, Tally, Usage};
use crate::model::Action;

/// Grows when a reader of the former version would misread the file.
const VERSION: u32 = 1;

#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    #[error("not a usage file: {0}")]
    Shape(#[from] serde_json::Error),
    #[error("version {0} of usage files is newer than this program")]
    Version(u32),
    #[error("`{0}` is no time")]
    Time(SmolStr),
    #[error("the marks of a row's events are broken")]
    Marks,
}

#[derive(Serialize, Deserialize)]
struct File {
    usage: u32,
    #[serde(flatten)]
    head: Head,
    rows: Vec<FileRow>,
}

#[derive(Serialize, Deserialize)]
struct Head {
    partial: bool,
    window: Option<FileSpan>,
    management: Option<FileSpan>,
    data_events: BTreeMap<SmolStr, FileSpan>,
    cap: u8,
    crowded: std::collections::BTreeSet<SmolStr>,
}

#[derive(Serialize, Deserialize)]
struct FileSpan {
    first: SmolStr,
    last: SmolStr,
}

#[derive(Serialize, Deserialize)]
struct FileRow {
    role: SmolStr,
    function: Option<SmolStr>,
    attribution: Attribution,
    via: Option<SmolStr>,
    event_source: SmolStr,
    event_name: SmolStr,
    outcomes: BTreeMap<SmolStr, FileTally>,
    allowed: BTreeMap<Action, Resources>,
    denied: BTreeMap<Action, Resources>,
}

#[derive(Serialize, Deserialize)]
struct FileTally {
    #[serde(flatten)]
    span: FileSpan,
    counted: u64,
    level: u8,
    events: String,
}

impl Usage {
    /// The file's text.
    pub fn to_json(&self) -> String {
        let head = Head {
            partial: self.partial,
            window: self.window.map(FileSpan::from),
            management: self.management.map(FileSpan::from),
            data_events: self
                .data_events
                .iter()
                .map(|(class, span)| (class.clone(), (*span).into()))
                .collect(),
            cap: self.cap,
            crowded: self.crowded.clone(),
        };
        let line = |value: &dyn Fn() -> serde_json::Result<String>| value().expect("it has text for keys");
        let head = line(&|| serde_json::to_string(&head));
        let mut text = format!("{{\"usage\":{VERSION},{},\n\"rows\":[", &head[1..head.len() - 1]);
        for (at, (key, row)) in self.rows.iter().enumerate() {
            let row = line(&|| serde_json::to_string(&FileRow::new(key, row)));
            let _ = write!(text, "{}\n{row}", if at == 0 { "" } else { "," });
        }
        text.push_str("\n]}\n");
        text
    }

    pub fn from_json(text: &[u8]) -> Result<Self, UsageError> {
        #[derive(Deserialize)]
        struct Version {
            usage: u32,
        }
        let Version { usage: version } = serde_json::from_slice(text)?;
        if version != VERSION {
            return Err(UsageError::Version(version));
        }
        let File { head, rows, .. } = serde_json::from_slice(text)?;
        let mut usage = Self {
            partial: head.partial,
            window: head.window.map(Span::try_from).transpose()?,
            management: head.management.map(Span::try_from).transpose()?,
            cap: head.cap.min(Self::default().cap),
            crowded: head.crowded,
            ..Self::default()
        };
        for (class, span) in head.data_events {
            usage.data_events.insert(class, span.try_into()?);
        }
        let mut others = Self::default();
        for row in rows {
            let (key, row) = row.read()?;
            others.rows.insert(key, row);
        }
        usage.merge(others);
        Ok(usage)
    }
}

impl FileRow {
    fn new(key: &Key, row: &Row) -> Self {
        let outcomes = row.outcomes.iter().map(|(code, tally)| {
            let tally = FileTally {
                span: tally.span.into(),
                counted: tally.counted,
                level: tally.ids.level(),
                events: encode(tally.ids.marks()),
            };
            (code.clone(), tally)
        });
        Self {
            role: key.caller.role.clone(),
            function: key.caller.function.clone(),
            attribution: key.caller.attribution,
            via: key.via.clone(),
            event_source: key.event_source.clone(),
            event_name: key.event_name.clone(),
            outcomes: outcomes.collect(),
            allowed: row.allowed.clone(),
            denied: row.denied.clone(),
        }
    }

    fn read(self) -> Result<(Key, Row), UsageError> {
        let caller = Caller { role: self.role, function: self.function, attribution: self.attribution };
        let key = Key { caller, via: self.via, event_source: self.event_source, event_name: self.event_name };
        let mut row = Row { allowed: self.allowed, denied: self.denied, ..Row::default() };
        for (code, tally) in self.outcomes {
            let marks = decode(&tally.events).ok_or(UsageError::Marks)?;
            let ids = Ids::new(tally.level, marks);
            row.outcomes.insert(code, Tally { span: tally.span.try_into()?, ids, counted: tally.counted });
        }
        Ok((key, row))
    }
}

impl From<Span> for FileSpan {
    fn from(span: Span) -> Self {
        Self { first: span.first.to_string().into(), last: span.last.to_string().into() }
    }
}

impl TryFrom<FileSpan> for Span {
    type Error = UsageError;

    fn try_from(span: FileSpan) -> Result<Self, UsageError> {
        let read = |text: SmolStr| Time::parse(&text).ok_or(UsageError::Time(text));
        Ok(Self { first: read(span.first)?, last: read(span.last)? })
    }
}

/// What each byte stands for; more than 63 for no digit.
const VALUES: [u8; 256] = {
    let mut values = [u8::MAX; 256];
    let mut value = 0;
    while value < 64 {
        values[DIGITS[value as usize] as usize] = value;
        value += 1;
    }
    values
};

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn encode(marks: &[u64]) -> String {
    let mut bytes = Vec::with_capacity(marks.len() * 7);
    let mut former = 0;
    for mark in marks {
        let mut rest = mark - former;
        former = *mark;
        while rest > 0x7f {
            bytes.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push((rest & 0x7f) as u8);
    }
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_usize, |word, byte| word << 8 | usize::from(*byte))
            << (8 * (3 - chunk.len()));
        for digit in 0..=chunk.len() {
            text.push(DIGITS[word >> (18 - 6 * digit) & 63] as char);
        }
    }
    text
}

fn decode(text: &str) -> Option<Vec<u64>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 3);
    for chunk in text.as_bytes().chunks(4) {
        let mut word = 0_usize;
        for byte in chunk {
            let value = VALUES[usize::from(*byte)];
            if value > 63 {
                return None;
            }
            word = word << 6 | usize::from(value);
        }
        word <<= 6 * (4 - chunk.len());
        let [.., high, middle, low] = word.to_be_bytes();
        bytes.extend_from_slice(&[high, middle, low][..chunk.len().saturating_sub(1)]);
    }
    let (mut marks, mut former, mut rest, mut shift) = (Vec::new(), 0_u64, 0_u64, 0_u32);
    for byte in bytes {
        rest |= u64::from(byte & 0x7f).checked_shl(shift)?;
        shift += 7;
        if byte & 0x80 == 0 {
            former = former.checked_add(rest)?;
            marks.push(former);
            (rest, shift) = (0, 0);
        }
    }
    (shift == 0).then_some(marks)
}
