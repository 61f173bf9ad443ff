//! A record's request, read as the call that it was: its parameters become the request's fields again, its values
//! stay literal (a `*` in a key is a character of that key), and the rules that judge code judge it too.
//!
//! Records spell fields their own way: mostly the field's name with a small first letter, some services by HTTP
//! headers or by old names (`action-maps/cloudtrail.toml`), EC2 in sets of items, DynamoDB's batches as lists of
//! items. What CloudTrail hides or cuts is a field of unknown value.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use serde_json::{Map, Value};
use smol_str::SmolStr;

use super::{Class, EXCEPTIONS, Event};
use crate::catalog::require::{self, Need, NeededResource, Requirements};
use crate::catalog::{self, Operation, Service};
use crate::model::{Action, Call, Condition, Confidence, Field, Note, Part, Place, Pseudo, Text};

/// What a record says of the request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Record<'a> {
    /// `requestParameters`; none where the record has none, or where CloudTrail left them out for their size.
    pub parameters: Option<&'a Value>,
    /// `resources[]`.
    pub resources: &'a [Seen<'a>],
    /// `awsRegion`.
    pub region: &'a str,
    /// The account that the resource is in: `recipientAccountId`.
    pub account: &'a str,
    /// `aws`, `aws-cn`, `aws-us-gov` …
    pub partition: &'a str,
}

/// A resource that the record names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen<'a> {
    pub arn: &'a str,
    /// `AWS::DynamoDB::Table`; often missing.
    pub kind: Option<&'a str>,
}

impl Event {
    pub(super) fn new(
        operations: Vec<(&'static Service, &'static Operation)>,
        action: Option<Action>,
        class: Class,
    ) -> Self {
        let paths = operations.iter().flat_map(|(service, operation)| paths(service, operation)).collect();
        let needs = |operation: &Operation| (operation.actions.clone(), operation.status);
        let all_fields = operations.windows(2).any(|pair| needs(pair[0].1) != needs(pair[1].1));
        Self { operations, action, class, paths, all_fields }
    }

    /// Whether a member of `requestParameters` has to be read at all to know the actions and the resource.
    pub fn wants(&self, parameter: &str) -> bool {
        // EC2 wraps some whole requests: `DescribeNatGatewaysRequest`.
        if parameter.ends_with("Request") || parameter.ends_with("Set") || parameter == "requestItems" {
            return true;
        }
        self.operations.iter().any(|(service, operation)| {
            field_of(service, operation, parameter).is_some_and(|field| {
                self.all_fields
                    || names_a_resource(field)
                    || self.paths.iter().any(|path| head(path) == field)
            })
        })
    }

    /// The members of `requestParameters` that name the resource or decide on the actions, as records spell
    /// them, sorted.
    pub fn fields(&self) -> Vec<SmolStr> {
        let mut spelled: Vec<SmolStr> = Vec::new();
        for (service, operation) in &self.operations {
            let irregular = EXCEPTIONS.fields.get(&service.name);
            for field in &operation.fields {
                let others = irregular.into_iter().flatten().filter(|(_, known)| *known == field);
                let mut names: Vec<SmolStr> = others.map(|(name, _)| name.clone()).collect();
                if service.name != "s3" {
                    names.push(small(field));
                }
                spelled.extend(names.into_iter().filter(|name| self.wants(name)));
            }
        }
        spelled.sort();
        spelled.dedup();
        spelled
    }

    /// The operation whose request has the most of the record's parameters.
    fn operation(&self, parameters: &Map<String, Value>) -> Option<(&'static Service, &'static Operation)> {
        let score = |(service, operation): &(&'static Service, &'static Operation)| {
            parameters.keys().filter(|name| field_of(service, operation, name).is_some()).count()
        };
        let best = self.operations.iter().map(score).max()?;
        self.operations.iter().find(|pair| score(pair) == best).copied()
    }
}

/// What the call behind a record needed, on literal resources wherever the record names them.
pub fn requirements(event: &Event, record: &Record) -> Requirements {
    let nothing = Map::new();
    let parameters = record.parameters.and_then(Value::as_object);
    let flat = parameters.map(unwrapped);
    let parameters = flat.as_ref().unwrap_or(&nothing);
    let mut needed = match event.operation(parameters) {
        Some((service, operation)) => {
            let complete = record.parameters.is_some_and(Value::is_object);
            require::require(&call(service, operation, parameters, complete))
        }
        None => event.action.iter().map(bare).collect(),
    };
    let mut named = false;
    for need in &mut needed.needs {
        named |= settle(need, record);
    }
    let open = |need: &Need| need.resources.iter().any(|resource| resource.arn.as_literal().is_none());
    if named && !needed.needs.iter().any(open) {
        needed.notes.retain(|note| note.rule != "unresolved-resource");
    }
    needed.needs.sort();
    needed.needs.dedup();
    needed
}

fn call(
    service: &'static Service,
    operation: &'static Operation,
    parameters: &Map<String, Value>,
    complete: bool,
) -> Call {
    let paths = paths(service, operation);
    let mut entries: Vec<(Text, Field)> = Vec::new();
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_null()) {
        if let Some(reshaped) = transaction(operation, name, value) {
            entries.push(reshaped);
        } else if let Some(field) = field_of(service, operation, name) {
            let below: Vec<&str> =
                paths.iter().filter(|path| head(path) == field).filter_map(|path| tail(path)).collect();
            entries.push((Text::literal(field), value_of(value, &below)));
        }
    }
    Call {
        service: service.name.clone(),
        operation: operation.name.clone(),
        place: Place::default(),
        input: Field::Map { entries, complete },
        region: None,
        endpoint: None,
        chain: Vec::new(),
        reachable: true,
        certain: true,
    }
}

/// Where the whole request stands in one member named after it, that member's members.
fn unwrapped(parameters: &Map<String, Value>) -> Map<String, Value> {
    let mut members = parameters.iter();
    match (members.next(), members.next()) {
        (Some((name, Value::Object(inner))), None) if name.ends_with("Request") => inner.clone(),
        _ => {
            let mut parameters = parameters.clone();
            // What is started is not there yet: its image and key stand in the first of the set.
            let first = parameters.get("instancesSet").and_then(|set| set["items"].get(0));
            for (name, value) in first.and_then(Value::as_object).cloned().into_iter().flatten() {
                parameters.entry(name).or_insert(value);
            }
            parameters
        }
    }
}

/// The request's field that a record's parameter is.
fn field_of<'o>(service: &Service, operation: &'o Operation, parameter: &str) -> Option<&'o SmolStr> {
    let irregular = EXCEPTIONS.fields.get(&service.name);
    if let Some(name) = irregular.and_then(|fields| fields.get(parameter))
        && let Some(field) = operation.fields.iter().find(|field| *field == name)
    {
        return Some(field);
    }
    // S3 also notes the sub-resource of the URL (`tagging`, `acl`), which is no field.
    if service.name == "s3" {
        return None;
    }
    let same = |name: &str| operation.fields.iter().find(|field| field.eq_ignore_ascii_case(name));
    if let Some(field) = same(parameter) {
        return Some(field);
    }
    let stem = parameter.strip_suffix("Set").filter(|_| service.protocol == "ec2")?;
    let one = stem.strip_suffix('s').unwrap_or(stem);
    [stem.to_owned(), format!("{stem}s"), format!("{one}Ids")].iter().find_map(|name| same(name))
}

/// DynamoDB notes batches and transactions as a list of items that say what each is.
fn transaction(operation: &Operation, parameter: &str, value: &Value) -> Option<(Text, Field)> {
    let items = value.as_array().filter(|_| parameter == "requestItems")?;
    let text = |item: &Value, names: [&str; 2]| {
        names.iter().find_map(|name| item.get(name)).map(|found| value_of(found, &[]))
    };
    let table = |item: &Value| text(item, ["tableName", "TableName"]);
    let map = |entries: Vec<(Text, Field)>| Field::Map { entries, complete: true };
    let named = |name: &str, field: Field| map(vec![(Text::literal(name), field)]);
    let field = |name: &str| operation.fields.iter().any(|field| field == name);
    if field("TransactItems") {
        let each = items.iter().map(|item| {
            let what = item.get("operation").and_then(Value::as_str).unwrap_or("Get");
            table(item).map_or(Field::Unknown, |table| named(what, named("TableName", table)))
        });
        return Some((Text::literal("TransactItems"), Field::List(each.collect())));
    }
    if field("RequestItems") {
        let tables = items.iter().filter_map(table).filter_map(|table| match table {
            Field::Text(texts) => texts.into_iter().next(),
            _ => None,
        });
        let entries = tables.map(|table| (table, Field::Unknown)).collect();
        return Some((Text::literal("RequestItems"), map(entries)));
    }
    let statements = ["Statements", "TransactStatements"].into_iter().find(|name| field(name))?;
    let each = items.iter().map(|item| {
        text(item, ["statement", "Statement"]).map_or(Field::Unknown, |text| named("Statement", text))
    });
    Some((Text::literal(statements), Field::List(each.collect())))
}

/// The value; `paths` are those into it that the rules ask about, whose spelling its members take.
fn value_of(value: &Value, paths: &[&str]) -> Field {
    match value {
        Value::Null => Field::Unknown,
        Value::String(text) if is_hidden(text) => Field::Unknown,
        Value::String(text) => Field::Text(vec![Text::literal(text)]),
        Value::Bool(_) | Value::Number(_) => Field::Text(vec![Text::literal(value.to_string())]),
        Value::Array(items) => Field::List(items.iter().map(|item| value_of(item, paths)).collect()),
        Value::Object(members) => match (members.get("items"), members.len()) {
            (Some(Value::Array(items)), 1) => {
                Field::List(items.iter().map(|item| value_of(only_member(item), paths)).collect())
            }
            _ => members_of(members, paths),
        },
    }
}

fn members_of(members: &Map<String, Value>, paths: &[&str]) -> Field {
    // Below `#keys` and `*` the members' names are data.
    let data = paths.iter().any(|path| matches!(head(path), "#keys" | "*"));
    let entries = members.iter().map(|(name, value)| {
        let step = if data { None } else { paths.iter().find(|path| head(path).eq_ignore_ascii_case(name)) };
        let name = step.map_or(name.as_str(), |step| head(step));
        let below: Vec<&str> =
            paths.iter().filter(|path| data || head(path) == name).filter_map(|path| tail(path)).collect();
        (Text::literal(name), value_of(value, &below))
    });
    Field::Map { entries: entries.collect(), complete: true }
}

/// EC2's items are wrapped once more where they are plain ids.
fn only_member(item: &Value) -> &Value {
    let members = item.as_object().filter(|members| members.len() == 1);
    members.and_then(|members| members.values().next()).filter(|value| value.is_string()).unwrap_or(item)
}

fn is_hidden(text: &str) -> bool {
    text == "HIDDEN_DUE_TO_SECURITY_REASONS" || text == "***(Redacted)" || text == "***"
}

/// The first step of a path, without its `[]`.
fn head(path: &str) -> &str {
    path.split('.').next().unwrap_or(path).trim_end_matches("[]")
}

/// What follows the first step.
fn tail(path: &str) -> Option<&str> {
    path.split_once('.').map(|(_, rest)| rest)
}

/// Every path that the rules of an operation can ask for.
fn paths(service: &Service, operation: &Operation) -> Vec<SmolStr> {
    static RULES: LazyLock<BTreeMap<&'static str, OnceLock<Vec<SmolStr>>>> =
        LazyLock::new(|| catalog::service_names().map(|name| (name, OnceLock::new())).collect());
    let of_rules = RULES
        .get(service.name.as_str())
        .map(|slot| slot.get_or_init(|| require::paths(&service.name)))
        .into_iter()
        .flatten()
        .filter(|path| operation.fields.iter().any(|field| field == head(path)))
        .cloned();
    let of_conditions = operation.conditional.iter().flat_map(|conditional| conditional.when.paths());
    of_rules.chain(of_conditions.map(SmolStr::from)).collect()
}

/// Whether a field is called like something that derived resources are made of.
fn names_a_resource(field: &str) -> bool {
    let name = field.to_ascii_lowercase();
    let name = name.strip_suffix('s').unwrap_or(&name);
    ["name", "id", "identifier", "arn", "role"].iter().any(|ending| name.ends_with(ending))
        || field.chars().skip(1).all(|letter| letter.is_ascii_lowercase())
}

fn small(field: &str) -> SmolStr {
    let mut letters = field.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// An action of which no operation tells the resource.
fn bare(action: &Action) -> Need {
    let types = catalog::action(action).map_or(&[][..], |info| &info.resource_types);
    let formats = types.iter().filter_map(|kind| catalog::resource_type(action.service(), kind));
    let mut resources: Vec<NeededResource> = formats
        .flat_map(|kind| &kind.arns)
        .map(|arn| NeededResource { arn: wildcards(arn), format: wildcards(arn) })
        .collect();
    if resources.is_empty() {
        resources.push(NeededResource { arn: Text::any(), format: Text::any() });
    }
    Need {
        action: action.clone(),
        resources,
        condition: Condition::new(),
        confidence: Confidence::Certain,
        why: None,
        derived: true,
    }
}

/// The format with the record's own partition, region and account, and a wildcard for every other variable.
fn wildcards(format: &str) -> Text {
    let mut text = Text::default();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("${") {
        text.push_str(before);
        let (variable, after) = after.split_once('}').unwrap_or((after, ""));
        text.push(match variable {
            "Partition" => Part::Pseudo(Pseudo::Partition),
            "Region" => Part::Pseudo(Pseudo::Region),
            "Account" => Part::Pseudo(Pseudo::AccountId),
            _ => Part::Any,
        });
        rest = after;
    }
    text.push_str(rest);
    text
}

impl FromIterator<Need> for Requirements {
    fn from_iter<I: IntoIterator<Item = Need>>(needs: I) -> Self {
        Self { needs: needs.into_iter().collect(), notes: Vec::<Note>::new() }
    }
}

/// The record's partition, region and account take their places, and the ARNs that it names those of what the
/// parameters do not name. Says whether there were any of these.
fn settle(need: &mut Need, record: &Record) -> bool {
    let own = |text: &Text| {
        text.map(|part| match part {
            Part::Pseudo(Pseudo::Partition) => Text::literal(record.partition),
            Part::Pseudo(Pseudo::Region) => Text::literal(record.region),
            Part::Pseudo(Pseudo::AccountId) => Text::literal(record.account),
            other => other.clone().into(),
        })
    };
    let mut named = false;
    let mut resources: Vec<NeededResource> = Vec::new();
    for resource in &need.resources {
        let resource = NeededResource { arn: own(&resource.arn), format: own(&resource.format) };
        let open = resource.arn.as_literal().is_none() && resource.format != Text::any();
        let format = resource.format.to_pattern();
        let arn = resource.arn.to_pattern();
        let seen = record.resources.iter().filter(|seen| {
            open && matches(format.as_bytes(), seen.arn.as_bytes())
                && matches(arn.as_bytes(), seen.arn.as_bytes())
        });
        let before = resources.len();
        resources.extend(
            seen.map(|seen| NeededResource { arn: Text::literal(seen.arn), format: resource.format.clone() }),
        );
        if resources.len() == before {
            resources.push(resource);
        } else {
            named = true;
        }
    }
    resources.sort();
    resources.dedup();
    need.resources = resources;
    if named {
        // It stood for the resource that is named now: a key's alias.
        need.condition.retain(|_, keys| {
            keys.retain(|key, _| key != "kms:ResourceAliases");
            !keys.is_empty()
        });
    }
    for values in need.condition.values_mut().flat_map(BTreeMap::values_mut) {
        *values = values.iter().map(own).collect();
    }
    named
}

/// Whether a text matches a pattern of `*` and `?`.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut from) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                retry = Some((at, from));
                at += 1;
            }
            Some(b'?') => {
                at += 1;
                from += 1;
            }
            Some(byte) if *byte == text[from] => {
                at += 1;
                from += 1;
            }
            _ => {
                let Some((star, taken)) = retry else { return false };
                retry = Some((star, taken + 1));
                at = star + 1;
                from = taken + 1;
            }
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}
