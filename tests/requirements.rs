//! Calls and what they need: every `tests/requirements/*.txt` is a table of calls, each followed by exactly the
//! permissions that it must come to. A line that begins in the first column is a call:
//!
//! ```text
//! service Operation [region=…] [endpoint=…] [missing-keys] {"Field": "value"}
//! ```
//!
//! In values, `${env:X}` `${event:x}` `${ref:X}` `${arn:X}` `${url:X}` `${param:X}` `${region}` `${account}` and
//! `${?}` are the parts of a text; `null` is a field of unknown value, `{"|": […]}` alternatives, and the key
//! `"..."` says that a mapping was not fully seen. `among service Operation {…}` before a call is another call of
//! the same function. Below the call stand its permissions, `action on resource [if condition]`, in any order, with
//! `P`, `R` and `A` for the partition, region and account that are not known, `(likely)` and `(possible)` where
//! it is not certain; `note rule` for a note; `nothing` for none of them.
//!
//! Above the calls of a service stands `# service: page`, the pages of AWS that they are written from.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use scopedown::catalog::{Need, Options, require_with};
use scopedown::model::{Call, Confidence, Field, Part, Place, Pseudo, Shape, Text};

/// For who writes a table: `ANSWER=FILE cargo test --test requirements` writes what the calls of a file come to beside
/// it.
#[test]
fn answers_are_written_on_demand() {
    let Ok(file) = std::env::var("ANSWER") else { return };
    let mut answers = String::new();
    for row in rows_of(&std::fs::read_to_string(&file).unwrap(), false) {
        row.among.iter().for_each(|call| writeln!(answers, "among {call}").unwrap());
        let lines = answer(&row);
        let shown = if lines.is_empty() { "nothing".to_owned() } else { lines.join("\n  ") };
        writeln!(answers, "{}\n  {shown}\n", row.call).unwrap();
    }
    std::fs::write(format!("{file}.answers"), answers).unwrap();
}

#[test]
fn calls_need_what_the_tables_say() {
    let mut rows = 0;
    let mut wrong = String::new();
    for (name, text) in tables() {
        for row in rows_of(&text, true) {
            rows += 1;
            let actual = answer(&row);
            if actual != row.expected {
                let _ = writeln!(wrong, "{name}:{}: {}", row.line, row.call);
                actual.iter().filter(|line| !row.expected.contains(line)).for_each(|line| {
                    let _ = writeln!(wrong, "  unexpected: {line}");
                });
                row.expected.iter().filter(|line| !actual.contains(line)).for_each(|line| {
                    let _ = writeln!(wrong, "  missing:    {line}");
                });
            }
        }
    }
    assert!(rows > 0 && wrong.is_empty(), "\n{wrong}");
}

/// The services that functions call most; each has a table of its own, and a page that it is written from.
const SERVICES: [&str; 75] = [
    "acm",
    "apigateway",
    "apigatewaymanagementapi",
    "apigatewayv2",
    "appconfig",
    "appconfigdata",
    "appsync",
    "athena",
    "autoscaling",
    "batch",
    "bedrock-agent",
    "bedrock-agent-runtime",
    "bedrock-runtime",
    "cloudformation",
    "cloudfront",
    "cloudfront-keyvaluestore",
    "cloudwatch",
    "codebuild",
    "codecommit",
    "codepipeline",
    "cognito-identity",
    "cognito-idp",
    "comprehend",
    "config",
    "dsql",
    "dynamodb",
    "dynamodbstreams",
    "ec2",
    "ecr",
    "ecs",
    "efs",
    "elasticache",
    "elbv2",
    "events",
    "firehose",
    "glue",
    "guardduty",
    "iam",
    "iot",
    "iot-data",
    "kafka",
    "kinesis",
    "kms",
    "lambda",
    "lexv2-runtime",
    "location",
    "logs",
    "mediaconvert",
    "memorydb",
    "mq",
    "opensearch",
    "organizations",
    "pinpoint",
    "pipes",
    "polly",
    "rds",
    "rds-data",
    "redshift-data",
    "rekognition",
    "resourcegroupstaggingapi",
    "route53",
    "s3",
    "s3tables",
    "s3vectors",
    "sagemaker-runtime",
    "scheduler",
    "secretsmanager",
    "ses",
    "sesv2",
    "sns",
    "sqs",
    "ssm",
    "stepfunctions",
    "sts",
    "timestream-write",
];

/// Calls that a service of those has at the least, and the tables together.
const CALLS: (usize, usize) = (4, 1000);

#[test]
fn the_services_that_functions_call_most_have_a_table_and_its_page() {
    let mut rows: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = String::new();
    for (file, text) in tables() {
        let pages: BTreeSet<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("# ")?.split_once(": "))
            .filter(|(_, page)| page.contains('"'))
            .map(|(service, _)| service)
            .collect();
        for row in rows_of(&text, true) {
            let service = row.call.split(' ').next().unwrap();
            if !pages.contains(service) {
                let _ = writeln!(wrong, "{file}: `{service}` has calls and no page");
            }
            *rows.entry(service.to_owned()).or_default() += 1;
        }
    }
    for service in SERVICES {
        let count = rows.get(service).copied().unwrap_or_default();
        if count < CALLS.0 {
            let _ = writeln!(wrong, "`{service}` has {count} calls");
        }
    }
    let all: usize = rows.values().sum();
    assert!(wrong.is_empty() && all >= CALLS.1, "{all} calls\n{wrong}");
}

/// Every table, by the name of its file.
fn tables() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/requirements");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |file: std::path::PathBuf| {
        (file.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(&file).unwrap())
    };
    files.into_iter().map(read).collect()
}

struct Row {
    line: usize,
    call: String,
    among: Vec<String>,
    expected: Vec<String>,
}

fn rows_of(text: &str, answered: bool) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut among = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
        } else if let Some(expected) = line.strip_prefix("  ") {
            rows.last_mut().expect("a call comes first").expected.push(expected.to_owned());
        } else if let Some(other) = line.strip_prefix("among ") {
            among.push(other.to_owned());
        } else {
            let among = std::mem::take(&mut among);
            rows.push(Row { line: index + 1, call: line.to_owned(), among, expected: Vec::new() });
        }
    }
    for row in &mut rows {
        assert!(
            !answered || !row.expected.is_empty(),
            "line {} expects nothing, not even `nothing`",
            row.line
        );
        row.expected.retain(|line| line != "nothing");
        row.expected.sort();
    }
    rows
}

fn answer(row: &Row) -> Vec<String> {
    let among: Vec<Call> = row.among.iter().map(|text| call(text)).collect();
    let missing_keys = row.call.contains(" missing-keys ");
    let asked = call(&row.call.replace(" missing-keys ", " "));
    let requirements = require_with(&asked, &among, Options { missing_keys });
    let mut lines: Vec<String> = requirements.needs.iter().flat_map(need_lines).collect();
    lines.extend(requirements.notes.iter().map(|note| format!("note {}", note.rule)));
    lines.sort();
    lines
}

fn need_lines(need: &Need) -> Vec<String> {
    let mut condition = String::new();
    for (operator, keys) in &need.condition {
        for (key, values) in keys {
            let values: Vec<String> = values.iter().map(shown).collect();
            let _ = write!(condition, " if {operator} {key} {}", values.join(", "));
        }
    }
    let sure = match need.confidence {
        Confidence::Certain => "",
        Confidence::Likely => " (likely)",
        Confidence::Possible => " (possible)",
    };
    need.resources
        .iter()
        .map(|resource| {
            // An opaque ARN is shown with what is known of its form.
            let format = match resource.arn.as_part() {
                Some(part) if *part != Part::Any && !matches!(part, Part::Literal(_)) => {
                    format!(" as {}", shown(&resource.format))
                }
                _ => String::new(),
            };
            format!("{} on {}{format}{condition}{sure}", need.action, shown(&resource.arn))
        })
        .collect()
}

fn shown(text: &Text) -> String {
    text.to_string()
        .replace("${AWS::Partition}", "P")
        .replace("${AWS::Region}", "R")
        .replace("${AWS::AccountId}", "A")
}

fn call(text: &str) -> Call {
    let (head, input) =
        text.split_once('{').map_or((text, "{}".to_owned()), |(head, rest)| (head, format!("{{{rest}")));
    let (head, input) = match head.rfind("endpoint=").or(head.rfind("region=")) {
        // A placeholder in an option is not the request.
        Some(_) => {
            let at = text.find(" {").map_or(text.len(), |at| at);
            (&text[..at], text.get(at + 1..).filter(|rest| !rest.is_empty()).unwrap_or("{}").to_owned())
        }
        None => (head, input),
    };
    let mut words = head.split_whitespace();
    let mut call = Call {
        service: words.next().unwrap().into(),
        operation: words.next().unwrap().into(),
        place: Place { file: "app.py".into(), line: 1, column: 1 },
        input: field(&serde_json::from_str(&input).unwrap_or_else(|error| panic!("{text}: {error}"))),
        region: None,
        endpoint: None,
        chain: Vec::new(),
        reachable: true,
        certain: true,
    };
    for option in words {
        match option.split_once('=').unwrap() {
            ("region", value) => call.region = Some(parsed(value)),
            ("endpoint", value) => call.endpoint = Some(parsed(value)),
            (name, _) => panic!("{text}: there is no option `{name}`"),
        }
    }
    call
}

fn field(value: &serde_json::Value) -> Field {
    use serde_json::Value;
    match value {
        Value::Null => Field::Unknown,
        Value::String(text) => Field::Text(vec![parsed(text)]),
        Value::Array(items) => Field::List(items.iter().map(field).collect()),
        Value::Object(entries) => {
            if let Some(Value::Array(alternatives)) = entries.get("|") {
                return Field::Text(alternatives.iter().map(|text| parsed(text.as_str().unwrap())).collect());
            }
            let complete = !entries.contains_key("...");
            let entries = entries.iter().filter(|(key, _)| *key != "...");
            Field::Map {
                entries: entries.map(|(key, value)| (parsed(key), field(value))).collect(),
                complete,
            }
        }
        other => Field::Text(vec![Text::literal(other.to_string())]),
    }
}

fn parsed(text: &str) -> Text {
    let mut parsed = Text::default();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        parsed.push_str(before);
        let (part, after) = after.split_once('}').unwrap();
        let resource = |shape, attribute: Option<&str>, id: &str| Part::Resource {
            id: id.into(),
            attribute: attribute.map(Into::into),
            shape,
        };
        parsed.push(match part.split_once(':') {
            Some(("env", name)) => Part::Env(name.into()),
            Some(("event", path)) => Part::Event(path.into()),
            Some(("param", name)) => Part::Parameter(name.into()),
            Some(("ref", id)) => resource(Shape::Name, None, id),
            Some(("arn", id)) => resource(Shape::Arn, Some("Arn"), id),
            Some(("url", id)) => resource(Shape::Url, None, id),
            None if part == "region" => Part::Pseudo(Pseudo::Region),
            None if part == "account" => Part::Pseudo(Pseudo::AccountId),
            None if part == "?" => Part::Unknown,
            _ => panic!("{text}: `{part}` is no part"),
        });
        rest = after;
    }
    parsed.push_str(rest);
    parsed
}
