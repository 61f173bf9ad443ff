//! What the call behind a record needed: the one place of `trail` that asks the catalog.
//!
//! The answer depends on the event, the account and region, and the few request parameters that name a resource;
//! it is kept for those, so that the next record like it costs a look-up. The key of an S3 object is left out of what
//! is asked and put into the answer, since nearly every record has another.
//!
//! A denied call that says what it lacked ("is not authorized to perform: …") is believed before the catalog.

use std::borrow::Cow;
use std::hash::BuildHasher;

use rustc_hash::{FxBuildHasher, FxHashMap};
use serde::Deserialize;
use serde_json::{Map, Value};
use smol_str::SmolStr;

use super::record::Record;
use super::skim;
use super::usage::is_denial;
use crate::catalog::{self, cloudtrail};
use crate::model::{Action, Confidence, Text};

/// Stands for the object's key.
const KEY: &str = "\u{e000}";
/// How many answers are kept, and how large a question may be to be kept.
const KEPT: usize = 1 << 14;
const KEPT_LENGTH: usize = 2048;
/// How many events are kept.
const EVENTS: usize = 1 << 14;
/// How many parameters of an event are.
const WANTS: usize = 1 << 9;

/// One action on one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needed {
    pub action: Action,
    /// An IAM pattern; [`Asked::fill`] puts the object's key in its place.
    pattern: String,
    key_at: Option<usize>,
}

/// The answers so far.
#[derive(Default)]
pub struct Requirements {
    events: Vec<Known>,
    event_index: FxHashMap<u64, usize>,
    /// The event that was asked about last, in `events`.
    last: usize,
    /// How many events were forgotten.
    forgotten: usize,
    answers: Vec<Answer>,
    answer_index: FxHashMap<u64, usize>,
    given: u64,
    question: Vec<u8>,
}

/// The number of an event: never that of another, though an event can have had several.
pub type EventNumber = usize;

/// What the catalog says of an event.
struct Known {
    source: Box<str>,
    name: Box<str>,
    event: Option<cloudtrail::Event>,
    /// Which request parameters have to be read.
    wants: FxHashMap<Box<[u8]>, bool>,
}

struct Answer {
    question: Box<[u8]>,
    id: u64,
    needed: Vec<Needed>,
}

/// The answer for one record.
pub struct Asked<'a> {
    pub needed: Cow<'a, [Needed]>,
    /// The same for the same answer, where that is the same for every record.
    pub repeats: Option<u64>,
    key: Option<Cow<'a, str>>,
}

/// One of a record's `resources`.
#[derive(Deserialize)]
struct Listed {
    #[serde(alias = "ARN", default)]
    arn: String,
    #[serde(rename = "type", default)]
    kind: Option<String>,
}

impl Requirements {
    /// The event of a record, looked up once.
    pub fn event(&mut self, record: &Record) -> EventNumber {
        let (source, name) = (record.event_source, record.event_name);
        if let Some(known) = self.events.get(self.last)
            && *known.name == *name
            && *known.source == *source
        {
            return self.forgotten + self.last;
        }
        let mut hash = FxBuildHasher.hash_one((source, name));
        while let Some(at) = self.event_index.get(&hash) {
            let known = &self.events[*at];
            if *known.name == *name && *known.source == *source {
                self.last = *at;
                return self.forgotten + at;
            }
            hash = hash.wrapping_add(1);
        }
        if self.events.len() >= EVENTS {
            self.forgotten += self.events.len();
            self.events.clear();
            self.event_index.clear();
        }
        let event = cloudtrail::event(source, name);
        let known = Known { source: source.into(), name: name.into(), event, wants: FxHashMap::default() };
        self.event_index.insert(hash, self.events.len());
        self.events.push(known);
        self.last = self.events.len() - 1;
        self.forgotten + self.last
    }

    /// The class of data event that a record is; its event source where the catalog does not know the event.
    /// None for a management event.
    pub fn data_class<'a>(&'a mut self, record: &Record<'a>) -> Option<&'a str> {
        let said = record.is_data_event();
        if said == Some(false) {
            return None;
        }
        let number = self.event(record);
        let known = &self.events[number - self.forgotten];
        let class = known.event.as_ref().and_then(|event| event.class.resource_type());
        class.or_else(|| said.map(|_| record.event_source))
    }

    /// What the call behind the record needed. `number` is its event's.
    pub fn ask<'a>(&'a mut self, number: EventNumber, record: &Record<'a>) -> Asked<'a> {
        if is_denial(record.error_code)
            && let Some(needed) = said(record.error_message)
        {
            return Asked { needed: vec![needed].into(), repeats: None, key: None };
        }
        let question = &mut self.question;
        question.clear();
        question.extend_from_slice(&number.to_le_bytes());
        let partition = partition(record);
        for part in [record.region, record.account(), partition] {
            question.extend_from_slice(part.as_bytes());
            question.push(0);
        }
        question.push(u8::from(is_given(record.parameters)));
        let known = &mut self.events[number - self.forgotten];
        let is_s3 = record.event_source.starts_with("s3");
        let mut key = None;
        let mut asks = false;
        known.wanted(record, |name, value| {
            let value = if is_s3 { stand_in(name, value, &mut key) } else { value };
            for part in [name, value] {
                question.extend_from_slice(part);
                question.push(0);
            }
            asks = true;
        });
        // Requests to S3 name the bucket and the key themselves.
        let resources = if is_s3 && asks { "" } else { record.resources };
        question.extend_from_slice(resources.as_bytes());
        let mut hash = FxBuildHasher.hash_one(question.as_slice());
        while let Some(at) = self.answer_index.get(&hash) {
            if *self.answers[*at].question == **question {
                let Answer { id, needed, .. } = &self.answers[*at];
                return Asked { needed: needed.into(), repeats: key.is_none().then_some(*id), key };
            }
            hash = hash.wrapping_add(1);
        }
        let needed = known.answer(record, is_s3, resources, partition);
        if question.len() > KEPT_LENGTH {
            return Asked { needed: needed.into(), repeats: None, key };
        }
        if self.answers.len() >= KEPT {
            self.answers.clear();
            self.answer_index.clear();
        }
        self.given += 1;
        self.answer_index.insert(hash, self.answers.len());
        self.answers.push(Answer { question: question.as_slice().into(), id: self.given, needed });
        let needed = self.answers.last().map_or(&[][..], |answer| &answer.needed);
        Asked { needed: needed.into(), repeats: key.is_none().then_some(self.given), key }
    }
}

impl Known {
    /// Calls `each` with the request parameters that have to be read.
    fn wanted<'a>(&mut self, record: &Record<'a>, mut each: impl FnMut(&'a [u8], &'a [u8])) {
        let Some(event) = &self.event else { return };
        let wants = &mut self.wants;
        let _ = skim::each_member(record.parameters.as_bytes(), |name, value| {
            let wanted = if let Some(wanted) = wants.get(name) {
                *wanted
            } else {
                if wants.len() > WANTS {
                    wants.clear();
                }
                let is_wanted = |text: &str| !is_content(record.event_source, text) && event.wants(text);
                let wanted = std::str::from_utf8(name).is_ok_and(is_wanted);
                wants.insert(name.into(), wanted);
                wanted
            };
            if wanted {
                each(name, value);
            }
        });
    }

    /// Asks the catalog.
    fn answer(&mut self, record: &Record, is_s3: bool, resources: &str, partition: &str) -> Vec<Needed> {
        let mut members: Vec<(&str, &[u8])> = Vec::new();
        self.wanted(record, |name, value| {
            let value = if is_s3 { stand_in(name, value, &mut None) } else { value };
            members.extend(std::str::from_utf8(name).map(|name| (name, value)));
        });
        self.event
            .as_ref()
            .map_or_else(Vec::new, |event| answer(event, record, &members, resources, partition))
    }
}

impl Asked<'_> {
    /// The pattern of one of the answer's resources, made in `room` where it is made at all.
    pub fn fill<'n>(&self, needed: &'n Needed, room: &'n mut String) -> &'n str {
        let Some((key, (before, after))) = self.key.as_deref().zip(needed.around_key()) else {
            return &needed.pattern;
        };
        room.clear();
        room.push_str(before);
        if key.bytes().any(|byte| matches!(byte, b'*' | b'?' | b'$')) {
            room.push_str(&Text::literal(key).to_pattern());
        } else {
            room.push_str(key);
        }
        room.push_str(after);
        room
    }
}

impl Needed {
    fn new(action: Action, pattern: String) -> Self {
        let key_at = pattern.find(KEY);
        Self { action, pattern, key_at }
    }

    fn around_key(&self) -> Option<(&str, &str)> {
        let at = self.key_at?;
        Some((&self.pattern[..at], &self.pattern[at + KEY.len()..]))
    }
}

/// What is asked in place of a value of which only the presence matters, or that can be put in later.
fn stand_in<'a>(name: &[u8], value: &'a [u8], key: &mut Option<Cow<'a, str>>) -> &'a [u8] {
    match name {
        b"key" => match text(value).filter(|text| !text.is_empty() && !is_hidden(text)) {
            Some(text) => {
                *key = Some(text);
                "\"\u{e000}\"".as_bytes()
            }
            None => value,
        },
        b"versionId" | b"uploadId" | b"prefix" if value.starts_with(b"\"") => b"\"x\"",
        _ => value,
    }
}

/// Whether a parameter is what is read or written, and nothing of where: it is different in nearly every record.
fn is_content(source: &str, parameter: &str) -> bool {
    const CONTENTS: [(&str, &[&str]); 6] = [
        ("dynamodb.amazonaws.com", &["key", "items", "exclusiveStartKey"]),
        ("kms.amazonaws.com", &["encryptionContext"]),
        ("kinesis.amazonaws.com", &["partitionKey", "sequenceNumber"]),
        ("sns.amazonaws.com", &["message", "subject"]),
        ("sqs.amazonaws.com", &["messageBody", "receiptHandle"]),
        ("states.amazonaws.com", &["input", "output"]),
    ];
    CONTENTS.iter().any(|(of, names)| *of == source && names.contains(&parameter))
}

/// Whether the record holds the request. CloudTrail leaves out what is larger than 100 KB, and says so there.
fn is_given(parameters: &str) -> bool {
    parameters.starts_with('{') && !parameters.starts_with("{\"omitted\":true")
}

fn is_hidden(text: &str) -> bool {
    text == "HIDDEN_DUE_TO_SECURITY_REASONS" || text.starts_with("***")
}

fn text(value: &[u8]) -> Option<Cow<'_, str>> {
    let inner = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    if inner.contains(&b'\\') {
        skim::unescape(inner).map(Cow::from)
    } else {
        std::str::from_utf8(inner).ok().map(Cow::from)
    }
}

fn partition<'a>(record: &Record<'a>) -> &'a str {
    let rest = record.identity.arn.strip_prefix("arn:");
    let named = rest.map(|rest| &rest[..rest.bytes().position(|byte| byte == b':').unwrap_or(rest.len())]);
    named.filter(|partition| !partition.is_empty()).unwrap_or_else(|| match record.region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    })
}

fn answer(
    event: &cloudtrail::Event,
    record: &Record,
    members: &[(&str, &[u8])],
    resources: &str,
    partition: &str,
) -> Vec<Needed> {
    let given = is_given(record.parameters);
    let parameters: Map<String, Value> = members
        .iter()
        .filter_map(|(name, value)| Some(((*name).to_owned(), serde_json::from_slice(value).ok()?)))
        .collect();
    let parameters = Value::Object(parameters);
    let listed: Vec<Listed> = serde_json::from_str(resources).unwrap_or_default();
    let seen: Vec<cloudtrail::Seen> = listed
        .iter()
        .filter(|listed| !listed.arn.is_empty())
        .map(|listed| cloudtrail::Seen { arn: &listed.arn, kind: listed.kind.as_deref() })
        .collect();
    let asked = cloudtrail::Record {
        parameters: given.then_some(&parameters),
        resources: &seen,
        region: record.region,
        account: record.account(),
        partition,
    };
    let needs = cloudtrail::requirements(event, &asked).needs;
    // What a call may need besides did not happen because the call did.
    let sure = needs.iter().any(|need| need.confidence == Confidence::Certain);
    let mut needed = Vec::new();
    for need in needs.iter().filter(|need| !sure || need.confidence == Confidence::Certain) {
        let action = catalog::action(&need.action).map_or(&need.action, |info| &info.action);
        for resource in &need.resources {
            let arn = if resource.arn.is_wildcard() { &resource.format } else { &resource.arn };
            needed.push(Needed::new(action.clone(), arn.to_pattern()));
        }
    }
    needed
}

/// The action and the resource that a denial names. Anything that is no action of the catalog is not believed.
fn said(message: &str) -> Option<Needed> {
    let (_, rest) = message.split_once("is not authorized to perform: ")?;
    let action = rest.split_whitespace().next()?.trim_end_matches(['.', ',', ';']);
    let action = catalog::action(&Action::new(SmolStr::from(action)))?.action.clone();
    let resource = rest.split_once(" on resource: ").map(|(_, resource)| resource);
    let resource = resource.and_then(|resource| match resource.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => resource.split_whitespace().next(),
    });
    let pattern = match resource.filter(|resource| resource.starts_with("arn:")) {
        Some(arn) => Text::literal(arn).to_pattern(),
        None => "*".to_owned(),
    };
    Some(Needed::new(action, pattern))
}
