//! What CloudTrail's records come to, and what the catalog says a trail would have. Every `tests/cloudtrail/*.txt`
//! is a table of records, each followed by exactly the permissions that its call needed:
//!
//! ```text
//! class source EventName [region=…] [account=…] [partition=…] {"requestParameters": …} [resources: arn …]
//!   action on resource [if condition]
//! ```
//!
//! The class is `management`, `never` or the type of resource of a data event; the source goes without
//! `.amazonaws.com`. Region, account and partition are `eu-west-1`, `111122223333` and `aws` unless told. Below stand
//! the permissions in any order, `note rule` for a note, `nothing` for none of them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fmt::Write;

use scopedown::catalog::cloudtrail::{self, Class, Record, Seen};
use scopedown::catalog::{self, Need};
use scopedown::model::{Action, Confidence};

#[test]
fn records_come_to_what_the_tables_say() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cloudtrail");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.file_name().is_some_and(|name| name != "actions.txt"));
    files.sort();
    let (mut rows, mut wrong) = (0, String::new());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for row in rows_of(&text) {
            rows += 1;
            let actual = answer(row.record);
            let mut expected: Vec<&str> = row.expected;
            expected.retain(|line| *line != "nothing");
            expected.sort_unstable();
            if actual != expected {
                let name = file.file_name().unwrap().to_string_lossy();
                let _ = writeln!(wrong, "{name}:{}: {}", row.line, row.record);
                for line in &actual {
                    let mark = if expected.contains(&line.as_str()) { "  " } else { "+ " };
                    let _ = writeln!(wrong, "{mark}  {line}");
                }
                for line in expected.iter().filter(|line| !actual.iter().any(|other| other == *line)) {
                    let _ = writeln!(wrong, "-   {line}");
                }
            }
        }
    }
    assert!(rows >= 80 && wrong.is_empty(), "{rows} rows\n{wrong}");
}

struct Row<'a> {
    line: usize,
    record: &'a str,
    expected: Vec<&'a str>,
}

fn rows_of(text: &str) -> Vec<Row<'_>> {
    let mut rows: Vec<Row> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        match line.strip_prefix("  ") {
            Some(expected) => rows.last_mut().unwrap().expected.push(expected),
            None => rows.push(Row { line: index + 1, record: line, expected: Vec::new() }),
        }
    }
    rows
}

fn answer(row: &str) -> Vec<String> {
    let (row, resources) = row.split_once(" resources: ").unwrap_or((row, ""));
    let (head, parameters) =
        row.split_once(" {").map_or((row, None), |(head, rest)| (head, Some(format!("{{{rest}"))));
    let parameters: Option<serde_json::Value> =
        parameters.map(|text| serde_json::from_str(&text).unwrap_or_else(|error| panic!("{row}: {error}")));
    let mut words = head.split_whitespace();
    let [class, source, name] = [(); 3].map(|()| words.next().unwrap());
    let seen: Vec<Seen> = resources.split_whitespace().map(|arn| Seen { arn, kind: None }).collect();
    let mut record = Record {
        parameters: parameters.as_ref(),
        resources: &seen,
        region: "eu-west-1",
        account: "111122223333",
        partition: "aws",
    };
    for option in words {
        match option.split_once('=').unwrap() {
            ("region", value) => record.region = value,
            ("account", value) => record.account = value,
            ("partition", value) => record.partition = value,
            _ => panic!("{row}: `{option}`"),
        }
    }
    let Some(event) = cloudtrail::event(&format!("{source}.amazonaws.com"), name) else {
        return vec!["unknown".into()];
    };
    let actual = event.class.resource_type().unwrap_or(event.class.name());
    let mut lines = if actual == class { Vec::new() } else { vec![format!("class {actual}")] };
    let requirements = cloudtrail::requirements(&event, &record);
    lines.extend(requirements.needs.iter().flat_map(need_lines));
    lines.extend(requirements.notes.iter().map(|note| format!("note {}", note.rule)));
    lines.sort();
    lines
}

fn need_lines(need: &Need) -> Vec<String> {
    let mut suffix = String::new();
    for (operator, keys) in &need.condition {
        for (key, values) in keys {
            let values: Vec<String> = values.iter().map(scopedown::model::Text::to_pattern).collect();
            let _ = write!(suffix, " if {operator} {key} {}", values.join(", "));
        }
    }
    suffix.push_str(match need.confidence {
        Confidence::Certain => "",
        Confidence::Likely => " (likely)",
        Confidence::Possible => " (possible)",
    });
    let each = need.resources.iter();
    each.map(|resource| format!("{} on {}{suffix}", need.action, resource.arn.to_pattern())).collect()
}

#[test]
fn every_operation_has_its_event() {
    for name in catalog::service_names() {
        let service = catalog::service(name).unwrap();
        for operation in service.operations() {
            let logged = cloudtrail::logged(name, &operation.name).unwrap();
            assert!(logged.source.ends_with(".amazonaws.com") && !logged.source.starts_with('.'), "{name}");
            assert_eq!(logged.source, logged.source.to_ascii_lowercase(), "{name}");
            let event = cloudtrail::event(&logged.source, &logged.name)
                .unwrap_or_else(|| panic!("{name}:{}: nobody knows {logged:?}", operation.name));
            let found = event
                .operations
                .iter()
                .any(|(other, known)| other.name == service.name && known.name == operation.name);
            assert!(found, "{name}:{} is not among those of {logged:?}", operation.name);
            if let Class::Data(kind) = &logged.class {
                assert_eq!(kind.split("::").count(), 3, "{kind}");
            }
            for version in cloudtrail::versions(name) {
                let versioned = format!("{}{version}", logged.name);
                assert!(cloudtrail::event(&logged.source, &versioned).is_some(), "{versioned}");
            }
        }
    }
}

/// `source EventName action …`: what AWS's action list has in place of the event's own name.
#[test]
fn events_that_are_not_named_like_their_actions_have_exactly_those() {
    let text = include_str!("cloudtrail/actions.txt");
    let (mut rows, mut wrong) = (0, Vec::new());
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        rows += 1;
        let mut words = line.split(' ');
        let [source, name] = [(); 2].map(|()| words.next().unwrap());
        let expected: Vec<Action> = words.map(Action::new).collect();
        let event = cloudtrail::event(&format!("{source}.amazonaws.com"), name).unwrap();
        let (service, operation) = event.operations[0];
        let possible = |action: &Action| {
            let conditional = operation.conditional.iter().map(|conditional| &conditional.action);
            let fields = operation.fields.iter().map(|field| (field.clone(), serde_json::Value::Null));
            operation.actions.iter().chain(conditional).any(|known| known == action)
                || asked(service, operation, fields.map(|(field, _)| field)).contains(action)
        };
        wrong.extend(expected.iter().filter(|action| !possible(action)).map(|a| format!("{line}: not {a}")));
        // Passing a role leaves no event of its own.
        let passes = Action::new("iam:PassRole");
        let more = operation.actions.iter().filter(|action| !expected.contains(action) && **action != passes);
        wrong.extend(more.map(|action| format!("{line}: also {action}")));
    }
    assert!(rows >= 60 && wrong.is_empty(), "{rows} rows\n{}", wrong.join("\n"));
}

/// The actions of a call whose fields are all there and unknown.
fn asked(
    service: &catalog::Service,
    operation: &catalog::Operation,
    fields: impl Iterator<Item = smol_str::SmolStr>,
) -> Vec<Action> {
    use scopedown::model::{Call, Field, Place, Text};
    let call = Call {
        service: service.name.clone(),
        operation: operation.name.clone(),
        place: Place::default(),
        input: Field::Map {
            entries: fields.map(|field| (Text::literal(field), Field::Unknown)).collect(),
            complete: true,
        },
        region: None,
        endpoint: None,
        chain: Vec::new(),
        reachable: true,
        certain: true,
    };
    catalog::require(&call).needs.into_iter().map(|need| need.action).collect()
}

#[test]
fn a_reader_knows_which_parameters_to_read() {
    for (source, name, parameters) in [
        ("s3", "GetObject", "bucketName key versionId"),
        ("sqs", "SendMessage", "queueUrl"),
        ("lambda", "Invoke", "functionName"),
        ("dynamodb", "PutItem", "tableName"),
        ("secretsmanager", "GetSecretValue", "secretId"),
        ("kms", "Decrypt", "keyId"),
        ("rds", "DescribeDBInstances", "dBInstanceIdentifier"),
    ] {
        let event = cloudtrail::event(&format!("{source}.amazonaws.com"), name).unwrap();
        for parameter in parameters.split(' ') {
            assert!(event.wants(parameter), "{source} {name}: {parameter}");
            assert!(
                event.fields().iter().any(|field| field == parameter),
                "{source} {name}: {:?}",
                event.fields()
            );
        }
    }
    let put = cloudtrail::event("sqs.amazonaws.com", "SendMessage").unwrap();
    assert!(!put.wants("messageBody") && !put.wants("delaySeconds"));
    let secret = cloudtrail::event("secretsmanager.amazonaws.com", "PutSecretValue").unwrap();
    assert!(!secret.wants("secretString"));
}
