//! What the call behind a record needed: the one place of `trail` that asks the catalog.
//!
//! The answer depends on the event, the account and region, and the few request parameters that name a resource;
//! it is kept for those, so that the next record like it costs a look-up. The key of an S3 object is left out of what
//! is asked and put into the answer, since nearly every record has another.
//!
//! A denied call that says what it lacked ("is not authorized to perform: …") is believed before the catalog.

use std::borrow::Cow;

use rustc_hash::FxHashMap;
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
    events: FxHashMap<Box<[u8]>, Known>,
    answers: FxHashMap<Box<[u8]>, (u64, Vec<Needed>)>,
    given: u64,
    question: Vec<u8>,
}

/// What the catalog says of an event.
struct Known {
    event: Option<cloudtrail::Event>,
    /// Which request parameters have to be read.
    wants: FxHashMap<Box<str>, bool>,
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
    /// The class of data event that a record is; its event source where the catalog does not know the event.
    /// None for a management event.
    pub fn data_class<'a>(&'a mut self, record: &Record<'a>) -> Option<&'a str> {
        let said = record.is_data_event();
        if said == Some(false) {
            return None;
        }
        let known = known(&mut self.events, record.event_source, record.event_name);
        let class = known.event.as_ref().and_then(|event| event.class.resource_type());
        class.or_else(|| said.map(|_| record.event_source))
    }

    /// What the call behind the record needed.
    pub fn ask<'a>(&'a mut self, record: &Record<'a>) -> Asked<'a> {
        if is_denial(record.error_code)
            && let Some(needed) = said(record.error_message)
        {
            return Asked { needed: vec![needed].into(), repeats: None, key: None };
        }
        let mut question = std::mem::take(&mut self.question);
        question.clear();
        let partition = partition(record);
        let about = [record.event_source, record.event_name, record.region, record.account(), partition];
        for part in about {
            question.extend_from_slice(part.as_bytes());
            question.push(0);
        }
        question.push(u8::from(is_given(record.parameters)));
        let known = known(&mut self.events, record.event_source, record.event_name);
        let is_s3 = record.event_source.starts_with("s3");
        let mut key = None;
        let mut members: Vec<(&str, &[u8])> = Vec::new();
        if let Some(event) = &known.event {
            let _ = skim::each_member(record.parameters.as_bytes(), |name, value| {
                let Ok(name) = std::str::from_utf8(name) else { return };
                if known.wants.len() > WANTS {
                    known.wants.clear();
                }
                let wanted = match known.wants.get(name) {
                    Some(wanted) => *wanted,
                    None => *known
                        .wants
                        .entry(name.into())
                        .or_insert_with(|| !is_content(record.event_source, name) && event.wants(name)),
                };
                if !wanted {
                    return;
                }
                let value = if is_s3 { stand_in(name, value, &mut key) } else { value };
                question.extend_from_slice(name.as_bytes());
                question.push(0);
                question.extend_from_slice(value);
                question.push(0);
                members.push((name, value));
            });
        }
        // Requests to S3 name the bucket and the key themselves.
        let resources = if is_s3 && !members.is_empty() { "" } else { record.resources };
        question.extend_from_slice(resources.as_bytes());
        let answer = |event: &Option<cloudtrail::Event>| {
            event
                .as_ref()
                .map_or_else(Vec::new, |event| answer(event, record, &members, resources, partition))
        };
        let asked = if question.len() > KEPT_LENGTH {
            Asked { needed: answer(&known.event).into(), repeats: None, key }
        } else {
            if !self.answers.contains_key(question.as_slice()) {
                let answer = answer(&known.event);
                if self.answers.len() >= KEPT {
                    self.answers.clear();
                }
                self.given += 1;
                self.answers.insert(question.as_slice().into(), (self.given, answer));
            }
            let (id, needed) = self.answers.get(question.as_slice()).expect("it was put there");
            Asked { needed: needed.into(), repeats: key.is_none().then_some(*id), key }
        };
        self.question = question;
        asked
    }
}

/// What the catalog says of an event, looked up once.
fn known<'e>(events: &'e mut FxHashMap<Box<[u8]>, Known>, source: &str, name: &str) -> &'e mut Known {
    let mut both = [0; 256];
    let mut long = Vec::new();
    let length = source.len() + 1 + name.len();
    let id: &[u8] = if length <= both.len() {
        both[..source.len()].copy_from_slice(source.as_bytes());
        both[source.len() + 1..length].copy_from_slice(name.as_bytes());
        &both[..length]
    } else {
        long.extend([source.as_bytes(), b"\0", name.as_bytes()].concat());
        &long
    };
    if !events.contains_key(id) {
        if events.len() >= EVENTS {
            events.clear();
        }
        let known = Known { event: cloudtrail::event(source, name), wants: FxHashMap::default() };
        events.insert(id.into(), known);
    }
    events.get_mut(id).expect("it was put there")
}

impl Asked<'_> {
    /// The pattern of one of the answer's resources, made in `room` where it is made at all.
    pub fn fill<'n>(&self, needed: &'n Needed, room: &'n mut String) -> &'n str {
        let Some((key, (before, after))) = self.key.as_deref().zip(needed.around_key()) else {
            return &needed.pattern;
        };
        room.clear();
        room.push_str(before);
        if key.contains(['*', '?', '$']) {
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
fn stand_in<'a>(name: &str, value: &'a [u8], key: &mut Option<Cow<'a, str>>) -> &'a [u8] {
    match name {
        "key" => match text(value).filter(|text| !text.is_empty() && !is_hidden(text)) {
            Some(text) => {
                *key = Some(text);
                "\"\u{e000}\"".as_bytes()
            }
            None => value,
        },
        "versionId" | "uploadId" | "prefix" if value.starts_with(b"\"") => b"\"x\"",
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
    let named = record.identity.arn.strip_prefix("arn:").and_then(|rest| rest.split(':').next());
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
