//! What the call behind a record needed: the one place of `trail` that asks the catalog.
//!
//! The answer depends on the event, the account and region, and the few request parameters that name a resource;
//! it is kept for those, so that the next record like it costs a look-up. The key of an S3 object is left out of what
//! is asked and put into the answer, since nearly every record has another.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::record::Record;
use super::skim;
use crate::model::{Action, Text};

/// Stands for the object's key.
const KEY: char = '\u{e000}';
/// How many answers are kept.
const KEPT: usize = 1 << 15;

/// One action on one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needed {
    pub action: Action,
    /// An IAM pattern; [`Asked::fill`] puts the object's key in its place.
    pattern: String,
    has_key: bool,
}

/// The answers so far.
#[derive(Default)]
pub struct Requirements {
    answers: FxHashMap<Box<[u8]>, Vec<Needed>>,
    question: Vec<u8>,
}

/// The answer for one record.
pub struct Asked<'a> {
    pub needed: &'a [Needed],
    key: Option<Cow<'a, str>>,
}

impl Requirements {
    pub fn ask<'a>(&'a mut self, record: &Record<'a>) -> Asked<'a> {
        let mut key = None;
        self.question.clear();
        for part in [record.event_source, record.event_name, record.region, record.account()] {
            self.question.extend_from_slice(part.as_bytes());
            self.question.push(0);
        }
        let s3 = record.event_source == "s3.amazonaws.com";
        let mut asked = Vec::new();
        let _ = skim::each_member(record.parameters.as_bytes(), |name, value| {
            if !s3 || !matches!(name, b"bucketName" | b"key") {
                return;
            }
            if name == b"key" {
                key = text(value);
            } else {
                self.question.extend_from_slice(value);
                asked.push(value);
            }
            self.question.push(0);
        });
        if !self.answers.contains_key(self.question.as_slice()) {
            if self.answers.len() >= KEPT {
                self.answers.clear();
            }
            let bucket = asked.first().copied().and_then(text);
            let answer = answer(record, bucket.as_deref(), key.is_some());
            self.answers.insert(self.question.as_slice().into(), answer);
        }
        let needed = self.answers.get(self.question.as_slice()).map_or(&[][..], Vec::as_slice);
        Asked { needed, key }
    }
}

impl Asked<'_> {
    /// The pattern of one of the answer's resources.
    pub fn fill<'n>(&self, needed: &'n Needed) -> Cow<'n, str> {
        match &self.key {
            Some(key) if needed.has_key => {
                needed.pattern.replace(KEY, &Text::literal(key).to_pattern()).into()
            }
            _ => needed.pattern.as_str().into(),
        }
    }
}

fn text(value: &[u8]) -> Option<Cow<'_, str>> {
    let inner = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    if inner.contains(&b'\\') {
        skim::unescape(inner).map(Cow::from)
    } else {
        std::str::from_utf8(inner).ok().map(Cow::from)
    }
}

fn answer(record: &Record, bucket: Option<&str>, has_key: bool) -> Vec<Needed> {
    let service = record.event_source.strip_suffix(".amazonaws.com").unwrap_or(record.event_source);
    let pattern = match bucket {
        Some(bucket) if has_key => format!("arn:aws:s3:::{}/{KEY}", Text::literal(bucket).to_pattern()),
        Some(bucket) => format!("arn:aws:s3:::{}", Text::literal(bucket).to_pattern()),
        None => "*".to_owned(),
    };
    vec![Needed { action: Action::new(format!("{service}:{}", record.event_name)), pattern, has_key }]
}
