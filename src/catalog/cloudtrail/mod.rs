//! What CloudTrail calls the things that the catalog knows: from a record's `eventSource` and `eventName` to the
//! operations that it can be, and from an operation to the event that a trail would have of it.
//!
//! An event's name is its operation's, its source the service's signing name, and it is a management event;
//! `action-maps/cloudtrail.toml` has what is otherwise. [`requirements`] turns a record into the same needs that the
//! same call in code would have. Nothing here reads a log, and nothing here decides who made a call.

mod record;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;
use smol_str::SmolStr;

pub use self::record::{Record, Seen, requirements};
use super::{Operation, Service, embedded, names};
use crate::catalog;
use crate::model::Action;

/// Where a trail has an event, if at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Class {
    /// In every trail that was not told to leave it out, and for 90 days in the event history.
    Management,
    /// Only in trails that were told to log data events of this type of resource (`AWS::S3::Object`).
    Data(SmolStr),
    /// In no trail.
    Never,
}

impl Class {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Management => "management",
            Self::Data(_) => "data",
            Self::Never => "never",
        }
    }

    pub fn resource_type(&self) -> Option<&str> {
        match self {
            Self::Data(kind) => Some(kind),
            Self::Management | Self::Never => None,
        }
    }
}

/// What a pair of `eventSource` and `eventName` is.
#[derive(Debug)]
pub struct Event {
    /// The operations that log it, the likeliest first; a request's parameters tell them apart. Empty for an
    /// event that is named like an action but is no operation of an SDK.
    pub operations: Vec<(&'static Service, &'static Operation)>,
    /// The action of its name, for an event without operations.
    pub action: Option<Action>,
    pub class: Class,
    paths: Vec<SmolStr>,
    all_fields: bool,
}

/// The event that a trail has of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// `dynamodb.amazonaws.com`.
    pub source: SmolStr,
    /// Without the version that some services append (`CreateFunction20150331`).
    pub name: SmolStr,
    pub class: Class,
}

/// `action-maps/cloudtrail.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exceptions {
    legacy: Vec<SmolStr>,
    sources: BTreeMap<SmolStr, SmolStr>,
    also: BTreeMap<SmolStr, Vec<SmolStr>>,
    names: BTreeMap<SmolStr, BTreeMap<SmolStr, SmolStr>>,
    versions: BTreeMap<SmolStr, Vec<SmolStr>>,
    fields: BTreeMap<SmolStr, BTreeMap<SmolStr, SmolStr>>,
    data: BTreeMap<SmolStr, BTreeMap<SmolStr, Vec<SmolStr>>>,
    never: BTreeMap<SmolStr, Vec<SmolStr>>,
}

static EXCEPTIONS: LazyLock<Exceptions> = LazyLock::new(|| {
    let text = embedded::text("cloudtrail.toml").expect("the file is one of ours");
    toml::from_str(&text).expect("a test reads it")
});

/// Source without `.amazonaws.com` → its services, the one that the source is named after first.
static SOURCES: LazyLock<BTreeMap<String, Vec<&'static str>>> = LazyLock::new(|| {
    let mut sources: BTreeMap<String, BTreeSet<(u8, &'static str)>> = BTreeMap::new();
    for service in catalog::service_names() {
        let Some(names) = names::names(service) else { continue };
        let own = source_of(service);
        let mut add = |source: &str, rank: u8| {
            sources.entry(source.to_ascii_lowercase()).or_default().insert((rank, service));
        };
        let rank = if EXCEPTIONS.legacy.iter().any(|legacy| legacy == service) { 3 } else { 2 };
        add(&own, if own == service { 0 } else { rank - 1 });
        for other in [&names.signing, &names.endpoint].into_iter().chain(names::prefix(service)) {
            add(other, rank);
        }
        EXCEPTIONS.also.get(service).into_iter().flatten().for_each(|other| add(other, rank));
    }
    sources
        .into_iter()
        .map(|(source, ranked)| {
            let mut services: Vec<&str> = Vec::new();
            for (_, service) in ranked {
                if !services.contains(&service) {
                    services.push(service);
                }
            }
            (source, services)
        })
        .collect()
});

/// What an event is; none for a name that neither an operation nor an action has.
///
/// The API version that ends the names of some services' events is taken off. `source` is a record's
/// `eventSource`, in any letter case.
pub fn event(source: &str, name: &str) -> Option<Event> {
    let label = source.to_ascii_lowercase();
    let label = label.strip_suffix(".amazonaws.com").unwrap_or(&label);
    let services = SOURCES.get(label)?;
    let name = name.trim();
    [name, without_version(name)].into_iter().find_map(|name| {
        let operations = operations(services, name);
        let action = match operations.first() {
            Some(_) => None,
            None => Some(action(services, label, name)?),
        };
        let class = operations
            .first()
            .map_or(Class::Management, |(service, operation)| class_of(&service.name, &operation.name));
        Some(Event::new(operations, action, class))
    })
}

/// The event of an operation; none for an operation that the catalog does not know.
pub fn logged(service: &str, operation: &str) -> Option<Logged> {
    let service = catalog::service(service)?;
    let operation = service.operation(operation)?;
    Some(Logged {
        source: format!("{}.amazonaws.com", source_of(&service.name)).into(),
        name: name_of(&service.name, &operation.name),
        class: class_of(&service.name, &operation.name),
    })
}

/// The event source of a service: `monitoring.amazonaws.com`.
pub fn source(service: &str) -> Option<SmolStr> {
    names::names(service)?;
    Some(format!("{}.amazonaws.com", source_of(service)).into())
}

/// Every version that ends the names of a service's events.
pub fn versions(service: &str) -> &'static [SmolStr] {
    EXCEPTIONS.versions.get(service).map_or(&[], Vec::as_slice)
}

fn source_of(service: &str) -> SmolStr {
    let own = EXCEPTIONS.sources.get(service).cloned();
    own.or_else(|| names::names(service).map(|names| names.signing.to_ascii_lowercase().into()))
        .unwrap_or_else(|| service.into())
}

fn name_of(service: &str, operation: &str) -> SmolStr {
    let other = EXCEPTIONS.names.get(service).and_then(|names| names.get(operation));
    other.cloned().unwrap_or_else(|| operation.into())
}

fn class_of(service: &str, operation: &str) -> Class {
    let lists = |listed: &Vec<SmolStr>, name: &str| listed.iter().any(|listed| listed == name);
    let never = EXCEPTIONS.never.get(service);
    let data = || EXCEPTIONS.data.get(service).into_iter().flatten();
    for name in [operation, "*"] {
        if never.is_some_and(|listed| lists(listed, name)) {
            return Class::Never;
        }
        if let Some((kind, _)) = data().find(|(_, listed)| lists(listed, name)) {
            return Class::Data(kind.clone());
        }
    }
    Class::Management
}

/// The operations that log events of this name, those that bear it themselves first.
fn operations(services: &[&str], name: &str) -> Vec<(&'static Service, &'static Operation)> {
    let mut found: Vec<(bool, (&'static Service, &'static Operation))> = Vec::new();
    for service in services.iter().filter_map(|service| catalog::service(service)) {
        let own = service.operation(name).filter(|own| own.name.eq_ignore_ascii_case(name));
        if let Some(own) = own.filter(|own| {
            // Where the operation's event has another name, this event is another's.
            name_of(&service.name, &own.name).eq_ignore_ascii_case(name) || others(service, name).is_empty()
        }) {
            found.push((false, (service, own)));
        }
        found.extend(others(service, name).into_iter().map(|other| (true, (service, other))));
    }
    found.sort_by_key(|(other, _)| *other);
    found.into_iter().map(|(_, pair)| pair).collect()
}

fn others(service: &'static Service, event: &str) -> Vec<&'static Operation> {
    let renamed = EXCEPTIONS.names.get(&service.name).into_iter().flatten();
    let renamed = renamed.filter(|(_, logged)| logged.eq_ignore_ascii_case(event));
    renamed.filter_map(|(operation, _)| service.operation(operation)).collect()
}

/// An event without an operation, but with an action: of a console, or of an API that no SDK has.
fn action(services: &[&str], label: &str, name: &str) -> Option<Action> {
    let prefixes = services.iter().filter_map(|service| names::prefix(service)).map(SmolStr::as_str);
    prefixes
        .chain([label])
        .find_map(|prefix| catalog::action(&Action::new(format!("{prefix}:{name}"))))
        .map(|info| info.action.clone())
}

/// `CreateFunction` of `CreateFunction20150331v2` and of `CreateFunction2020_05_31`.
fn without_version(name: &str) -> &str {
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    let unversioned = match name.rsplit_once('v') {
        Some((before, version)) if !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit()) => {
            before
        }
        _ => name,
    };
    for (length, separated) in [(10, true), (8, false)] {
        let Some(at) = unversioned.len().checked_sub(length).filter(|at| unversioned.is_char_boundary(*at))
        else {
            continue;
        };
        let (before, date) = unversioned.split_at(at);
        let parts: Vec<&str> = if separated { date.split('_').collect() } else { vec![date] };
        let is_date = match parts[..] {
            [year, month, day] => digits(year, 4) && digits(month, 2) && digits(day, 2),
            [date] => digits(date, 8),
            _ => false,
        };
        if is_date && date.starts_with("20") && !before.is_empty() {
            return before;
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_date_at_the_end_and_nothing_else() {
        for (name, plain) in [
            ("CreateFunction20150331", "CreateFunction"),
            ("UpdateFunctionCode20150331v2", "UpdateFunctionCode"),
            ("CreateFunction2020_05_31", "CreateFunction"),
            ("GetMetricDataV2", "GetMetricDataV2"),
            ("CreateLocationS3", "CreateLocationS3"),
            ("Route53", "Route53"),
            ("20150331", "20150331"),
            ("Move19990101", "Move19990101"),
            ("é0150331", "é0150331"),
        ] {
            assert_eq!(without_version(name), plain);
        }
    }

    #[test]
    fn every_exception_is_about_something_that_exists() {
        let exceptions = &*EXCEPTIONS;
        let services = exceptions
            .sources
            .keys()
            .chain(&exceptions.legacy)
            .chain(exceptions.also.keys())
            .chain(exceptions.versions.keys())
            .chain(exceptions.fields.keys());
        for service in services {
            assert!(catalog::service(service).is_some(), "{service}");
        }
        let data = exceptions
            .data
            .iter()
            .flat_map(|(service, kinds)| kinds.values().flatten().map(move |operation| (service, operation)));
        let never = exceptions
            .never
            .iter()
            .flat_map(|(service, listed)| listed.iter().map(move |operation| (service, operation)));
        let renamed = exceptions
            .names
            .iter()
            .flat_map(|(service, names)| names.keys().map(move |operation| (service, operation)));
        let mut seen = BTreeSet::new();
        for (service, operation) in data.chain(never) {
            assert!(seen.insert((service, operation)), "{service}:{operation} has two classes");
        }
        for (service, operation) in seen.into_iter().chain(renamed) {
            let service = catalog::service(service).unwrap_or_else(|| panic!("{service}"));
            let known = operation == "*" || service.operations().any(|known| known.name == *operation);
            assert!(known, "{} has no {operation}", service.name);
        }
        for (service, fields) in &exceptions.fields {
            let service = catalog::service(service).unwrap();
            for field in fields.values() {
                let known = service.operations().any(|operation| operation.fields.contains(field));
                assert!(known, "no request of {} has a field `{field}`", service.name);
            }
        }
    }
}
