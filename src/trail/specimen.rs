//! A row that another engine has added up: a record that stands for many, with its keys and its numbers. It goes
//! into the collector as a record does.

use serde_json::{Map, Value};

use super::collector::{Collector, Fate};
use super::record::{Identity, Record, Repeats};
use super::time::Time;

/// A row's values, in the order of [`COLUMNS`].
pub type Cells = Vec<Option<String>>;

/// The columns of a row.
pub const COLUMNS: [&str; 5] = ["specimen", "object_keys", "events", "first_seen", "last_seen"];

/// The members of a specimen, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Member {
    Source,
    Name,
    Type,
    Category,
    Management,
    Region,
    Recipient,
    ErrorCode,
    ErrorMessage,
    Kind,
    Arn,
    Account,
    InvokedBy,
    IssuerArn,
    IssuedTo,
    Parameters,
    /// Parameters of which it matters only that they were given.
    Given,
    Resources,
}

pub const MEMBERS: usize = Member::Resources as usize + 1;

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Collected {
    pub events: u64,
    /// Whether they are calls by a caller that was asked for.
    pub counted: bool,
}

/// Adds a row to what was collected. An error says what is wrong with it.
pub fn collect(cells: &Cells, collector: &mut Collector) -> Result<Collected, String> {
    let [specimen, keys, events, first, last] = cells.as_slice() else {
        return Err(format!("it has {} columns, not {}", cells.len(), COLUMNS.len()));
    };
    let specimen: Vec<Option<String>> = read(specimen.as_deref(), COLUMNS[0])?;
    if specimen.len() != MEMBERS {
        return Err(format!("its specimen has {} members, not {MEMBERS}", specimen.len()));
    }
    let keys: Option<Vec<Option<String>>> = match keys {
        Some(keys) => read(Some(keys), COLUMNS[1])?,
        None => None,
    };
    let time = |value: &Option<String>, column: &str| {
        value.as_deref().and_then(Time::parse).ok_or_else(|| format!("its `{column}` is no time"))
    };
    let (first, last) = (time(first, COLUMNS[3])?, time(last, COLUMNS[4])?);
    let count = events.as_deref().and_then(|events| events.parse().ok());
    let count = count.ok_or_else(|| format!("its `{}` is no number", COLUMNS[2]))?;
    let member = |member: Member| specimen[member as usize].as_deref().unwrap_or_default();
    let record = Record {
        event_source: member(Member::Source),
        event_name: member(Member::Name),
        event_type: member(Member::Type),
        event_category: member(Member::Category),
        management: match member(Member::Management) {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        },
        region: member(Member::Region),
        recipient: member(Member::Recipient),
        error_code: member(Member::ErrorCode),
        error_message: member(Member::ErrorMessage),
        identity: Identity {
            kind: member(Member::Kind),
            arn: member(Member::Arn),
            account: member(Member::Account),
            invoked_by: member(Member::InvokedBy),
            issuer_arn: member(Member::IssuerArn),
            issued_to: member(Member::IssuedTo),
        },
        resources: member(Member::Resources),
        ..Record::default()
    };
    let parameters = member(Member::Parameters);
    let given = member(Member::Given);
    let keys: Vec<String> = keys.into_iter().flatten().flatten().collect();
    let mut fate = Fate::NoCall;
    let mut repeats = Repeats { count, first, last };
    let keys = if keys.is_empty() { vec![None] } else { keys.into_iter().map(Some).collect() };
    for key in keys {
        let parameters = whole(parameters, given, key.as_deref());
        fate = collector.repeated(&Record { parameters: &parameters, ..record }, repeats);
        // Its other keys are of the same events.
        repeats.count = 0;
    }
    Ok(Collected { events: count, counted: fate == Fate::Counted })
}

fn read<T: serde::de::DeserializeOwned>(text: Option<&str>, column: &str) -> Result<T, String> {
    serde_json::from_str(text.unwrap_or_default())
        .map_err(|error| format!("its `{column}` cannot be read: {error}"))
}

/// The request's parameters with what was kept apart. Empty where the record has none.
fn whole(parameters: &str, given: &str, key: Option<&str>) -> String {
    if given.trim().is_empty() && key.is_none() {
        return parameters.to_owned();
    }
    let mut members: Map<String, Value> = serde_json::from_str(parameters).unwrap_or_default();
    for name in given.split_whitespace() {
        members.insert(name.into(), "x".into());
    }
    if let Some(key) = key {
        members.insert("key".into(), key.into());
    }
    Value::Object(members).to_string()
}
