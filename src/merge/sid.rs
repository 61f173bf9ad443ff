//! Names for statements: `DynamodbOrdersTable`, `S3IncomingObjects`, `CloudwatchAny`, `PlatformLogs`.
//!
//! A name is made of the statement alone (kind, service, first resource), so a change elsewhere does not
//! move it. Where two statements would have one name, the later one adds its first action, and only if that
//! is not enough either a number. IAM takes letters and digits.

use std::collections::HashSet;

use smol_str::SmolStr;

use super::ScopedStatement;
use crate::model::{Kind, Part, Text};

/// Long enough for a template's longest logical id to stay readable.
const LENGTH: usize = 100;

/// Names all statements, in order.
pub fn assign(statements: &mut [ScopedStatement]) {
    let mut taken: HashSet<String> = HashSet::new();
    for statement in statements {
        let name = name(statement);
        let action = camel(statement.actions.first().map_or("", |action| action.name()));
        let candidates = [shortened(&name, ""), shortened(&name, &action)];
        let numbered = (2..).map(|number: usize| shortened(&name, &format!("{action}{number}")));
        let free = candidates.into_iter().chain(numbered).find(|candidate| taken.insert(candidate.clone()));
        statement.sid = SmolStr::from(free.expect("numbers do not end"));
    }
}

fn shortened(name: &str, suffix: &str) -> String {
    let suffix = &suffix[..suffix.len().min(LENGTH)];
    format!("{}{suffix}", &name[..name.len().min(LENGTH - suffix.len())])
}

fn name(statement: &ScopedStatement) -> String {
    let service = statement.service();
    let Some(resource) = statement.resources.first() else { return camel(&service) };
    let what = resource_name(&service, &resource.symbolic);
    match statement.kind {
        Kind::Code => format!("{}{what}", camel(&service)),
        Kind::Pinned => format!("Pinned{}{what}", camel(&service)),
        Kind::Observed => format!("Observed{}{what}", camel(&service)),
        Kind::Platform => match feature(&service) {
            // A function has one of each, and the name says enough.
            Some(feature @ ("Logs" | "Tracing" | "Network")) => format!("Platform{feature}"),
            Some(feature) => format!("Platform{feature}{what}"),
            None => format!("Platform{}{what}", camel(&service)),
        },
    }
}

/// What the platform uses a service for.
fn feature(service: &str) -> Option<&'static str> {
    Some(match service {
        "logs" => "Logs",
        "xray" => "Tracing",
        "ec2" => "Network",
        "sqs" => "Queue",
        "sns" => "Topic",
        "dynamodb" | "kinesis" => "Stream",
        "events" => "EventBus",
        "kms" => "Key",
        "elasticfilesystem" => "FileSystem",
        "kafka" | "kafka-cluster" => "Kafka",
        _ => return None,
    })
}

/// The words of what a resource is called, without the head of its ARN; `Any` where nothing is known.
fn resource_name(service: &str, resource: &Text) -> String {
    let mut words = String::new();
    let mut path = false;
    let mut colons = if resource.leading_literal().starts_with("arn:") { 5 } else { 0 };
    for part in resource.parts() {
        match part {
            Part::Literal(text) => {
                let mut rest = text.as_str();
                while colons > 0
                    && let Some((_, after)) = rest.split_once(':')
                {
                    rest = after;
                    colons -= 1;
                }
                if colons == 0 {
                    path |= rest.contains('/');
                    words.push_str(&camel(rest));
                }
            }
            Part::Resource { id: name, .. } | Part::Parameter(name) | Part::Env(name) => {
                words.push_str(&camel(name));
            }
            _ => {}
        }
    }
    if words.is_empty() {
        words.push_str("Any");
    }
    if service == "s3" && path {
        words.push_str("Objects");
    }
    words
}

/// ASCII letters and digits, each run of them with a capital.
fn camel(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty()).map(|word| word[..1].to_ascii_uppercase() + &word[1..]).collect()
}
