//! The live sources of `scopedown trail`, through the program, over the real clients: S3 and Athena on moto's server,
//! and a server that answers as told for what moto does not have.

#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "common/logs.rs"]
mod logs;
#[path = "common/moto.rs"]
mod moto;
#[path = "common/stub.rs"]
mod stub;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use moto::Moto;
use serde_json::{Value, json};
use stub::{Request, Stub, error};

/// `scopedown trail summarize --format json` on a source, with nothing but the server at `url` to call.
fn summarize(url: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scopedown"));
    moto::live(&mut command, url);
    command.args(["trail", "summarize", "--format", "json"]).args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn found(output: &Output) -> Value {
    assert!(output.status.success(), "{}", said(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What a source says of functions, without how it came to know.
fn usage(output: &Output) -> Value {
    let mut value = found(output);
    value.as_object_mut().unwrap().remove("notes");
    value
}

fn rules(output: &Output) -> Vec<String> {
    let notes = found(output)["notes"].as_array().unwrap().clone();
    notes.iter().map(|note| note["rule"].as_str().unwrap().to_owned()).collect()
}

/// A refusal: status 2, nothing on standard output, and every one of these on standard error.
fn refused(output: &Output, parts: &[&str]) {
    let said = said(output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(output.stdout.is_empty());
    for part in parts {
        assert!(said.contains(part), "`{part}` is not said:\n{said}");
    }
}

/// What the local reader says of files.
fn local(files: &BTreeMap<String, Vec<u8>>, arguments: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    logs::write(files, folder.path());
    let path = folder.path().to_str().unwrap();
    usage(&summarize("http://127.0.0.1:1", &[&[path], arguments].concat()))
}

// S3

#[test]
#[ignore = "needs the programs that `cargo xtask test` installs"]
fn a_bucket_says_what_its_files_say() {
    let moto = Moto::start();
    moto.create_bucket("logs");
    for organization in [None, Some("o-abc123")] {
        let files = logs::deliver(&logs::records(300), organization);
        let prefix = organization.unwrap_or("plain");
        for (key, bytes) in &files {
            moto.put_object("logs", &format!("{prefix}/{key}"), bytes);
        }
        // What a trail's bucket holds besides.
        moto.put_object(
            "logs",
            &format!("{prefix}/AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/d.json.gz"),
            b"x",
        );
        moto.put_object("logs", &format!("{prefix}/AWSLogs/111122223333/elasticloadbalancing/x.json"), b"x");
        let expected = local(&files, &[]);
        assert!(expected["rows"].as_array().unwrap().len() > 20);
        for address in [format!("s3://logs/{prefix}"), format!("s3://logs/{prefix}/AWSLogs/")] {
            let output = summarize(&moto.url(), &[&address]);
            assert_eq!(usage(&output), expected, "{address}");
            assert!(!said(&output).contains("Digest"));
        }
    }
}

#[test]
#[ignore = "needs the programs that `cargo xtask test` installs"]
fn only_the_days_accounts_and_regions_asked_for_are_listed_and_fetched() {
    let moto = Moto::start();
    moto.create_bucket("logs");
    let files = logs::deliver(&logs::records(100), None);
    for (key, bytes) in &files {
        moto.put_object("logs", key, bytes);
    }
    moto.put_object("logs", "AWSLogs/444455556666/CloudTrail/eu-west-1/2026/11/02/x.json.gz", b"no log");
    moto.put_object("logs", "AWSLogs/111122223333/CloudTrail/eu-west-1/2025/11/02/x.json.gz", b"no log");
    let front = Stub::before(moto.port(), |_| None);
    let asked =
        ["--from", "2026-11-02", "--to", "2026-11-02", "--region", "eu-west-1", "--account", "111122223333"];
    let output = summarize(&front.url(), &[&["s3://logs"], &asked[..]].concat());
    let wanted: BTreeMap<_, _> = files
        .into_iter()
        .filter(|(key, _)| key.contains("/eu-west-1/2026/11/02/") || key.contains("/eu-west-1/2026/11/03/"))
        .collect();
    assert_eq!(usage(&output), local(&wanted, &asked[..4]));
    let paths: Vec<String> = front.seen().into_iter().map(|request| request.path).collect();
    assert!(paths.iter().any(|path| path.contains("2026%2F11%2F02") || path.contains("2026/11/02")));
    for never in ["444455556666", "us-east-1", "2025", "11/01", "11%2F01"] {
        let asked = paths.iter().find(|path| path.contains(never));
        assert!(asked.is_none(), "{never}: {asked:?}");
    }
}

#[test]
#[ignore = "needs the programs that `cargo xtask test` installs"]
fn a_folder_without_the_layout_and_a_single_file_are_read_too() {
    let moto = Moto::start();
    moto.create_bucket("exports");
    let records = logs::records(40);
    let text = json!({ "Records": records }).to_string();
    moto.put_object("exports", "2026/november/trail.json", text.as_bytes());
    moto.put_object("exports", "2026/november/readme.txt", b"no log");
    let files = BTreeMap::from([("trail.json".to_owned(), text.clone().into_bytes())]);
    let expected = local(&files, &[]);
    assert_eq!(usage(&summarize(&moto.url(), &["s3://exports/2026"])), expected);
    assert_eq!(usage(&summarize(&moto.url(), &["s3://exports/2026/november/trail.json"])), expected);
    let broken = &logs::gzip(text.as_bytes())[..200];
    moto.put_object("exports", "2026/november/broken.json.gz", broken);
    let output = summarize(&moto.url(), &["s3://exports/2026"]);
    assert!(rules(&output).contains(&"truncated-file".to_owned()), "{:?}", rules(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("s3://exports/2026/november/broken.json.gz"));
}

#[test]
#[ignore = "needs the programs that `cargo xtask test` installs"]
fn what_s3_refuses_is_explained() {
    let moto = Moto::start();
    refused(&summarize(&moto.url(), &["s3://nowhere"]), &["`nowhere` was not found", "help"]);
    moto.create_bucket("empty");
    refused(&summarize(&moto.url(), &["s3://empty"]), &["no logs in `s3://empty/`"]);
    let output = summarize(&moto.url(), &["s3://empty", "--region", "eu-west-1"]);
    assert_eq!(rules(&output), ["trail-nothing-read"]);
    let denied = Stub::start(|_| {
        let body = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
        (403, body.to_owned())
    });
    refused(&summarize(&denied.url(), &["s3://logs"]), &["`logs`", "Access Denied", "`s3:ListBucket`"]);
    moto.create_bucket("slashes");
    moto.put_object("slashes", "trails//AWSLogs/x.json", b"{}");
    refused(&summarize(&moto.url(), &["s3://slashes/trails"]), &["two slashes in a row", "aws s3 sync"]);
    // One file of which the key may not be used, among others.
    moto.create_bucket("logs");
    let files = logs::deliver(&logs::records(30), None);
    for (key, bytes) in &files {
        moto.put_object("logs", key, bytes);
    }
    let front = Stub::before(moto.port(), |request| {
        let hit = request.method == "GET" && request.path.contains("_0.json.gz");
        hit.then(|| (403, "<Error><Code>AccessDenied</Code><Message>kms</Message></Error>".to_owned()))
    });
    let output = summarize(&front.url(), &["s3://logs"]);
    assert_eq!(rules(&output), ["trail-file-not-read"]);
    let readable = files.into_iter().filter(|(key, _)| !key.contains("_0.json.gz")).collect();
    assert_eq!(usage(&output), local(&readable, &[]));
}

// LookupEvents

/// Answers `LookupEvents` with pages of these records.
fn history(records: Vec<Value>, page: usize) -> Stub {
    Stub::start(move |request| {
        assert_eq!(request.operation(), "LookupEvents");
        let asked = request.json();
        let wanted = asked["LookupAttributes"][0]["AttributeValue"].as_str().unwrap_or_default().to_owned();
        let events: Vec<Value> = records
            .iter()
            .filter(|record| wanted.is_empty() || session(record) == wanted)
            .map(|record| json!({ "EventId": record["eventID"], "CloudTrailEvent": record.to_string() }))
            .collect();
        let from: usize = asked["NextToken"].as_str().map_or(0, |token| token.parse().unwrap());
        let to = (from + page).min(events.len());
        let next = if to < events.len() { json!(to.to_string()) } else { Value::Null };
        (200, json!({ "Events": events[from..to], "NextToken": next }).to_string())
    })
}

fn session(record: &Value) -> &str {
    record["userIdentity"]["arn"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default()
}

fn as_file(records: &[Value]) -> BTreeMap<String, Vec<u8>> {
    BTreeMap::from([("trail.json".to_owned(), json!({ "Records": records }).to_string().into_bytes())])
}

#[test]
fn the_event_history_says_what_the_same_events_in_a_file_say() {
    let records = logs::records(120);
    let stub = history(records.clone(), 60);
    let output = summarize(&stub.url(), &["cloudtrail://"]);
    assert_eq!(usage(&output), local(&as_file(&records), &[]));
    assert!(rules(&output).contains(&"event-history-management-only".to_owned()));
    assert_eq!(stub.calls("LookupEvents"), 3);
}

#[test]
fn the_event_history_is_asked_for_what_is_wanted() {
    let stub = history(logs::records(60), 50);
    let asked = ["cloudtrail://", "--function", "billing", "--from", "2026-11-01", "--to", "2026-11-02"];
    let output =
        summarize(&stub.url(), &[&asked[..], &["--region", "eu-west-1", "--region", "us-east-1"]].concat());
    let functions = found(&output)["functions"].as_array().unwrap().clone();
    assert!(functions.iter().all(|function| function["function"] == "billing") && !functions.is_empty());
    let seen = stub.seen();
    assert_eq!(seen.len(), 2, "one for each region");
    let body = seen[0].json();
    assert_eq!(body["StartTime"], 1_793_491_200);
    assert_eq!(body["EndTime"], 1_793_664_000);
    assert_eq!(body["LookupAttributes"][0]["AttributeKey"], "Username");
    assert_eq!(body["LookupAttributes"][0]["AttributeValue"], "billing");
    let signed: Vec<&str> = seen.iter().map(|request| request.header("authorization")).collect();
    assert!(signed[0].contains("/eu-west-1/cloudtrail/") && signed[1].contains("/us-east-1/cloudtrail/"));
}

#[test]
fn a_throttled_question_is_asked_again() {
    let asked = std::sync::atomic::AtomicU32::new(0);
    let stub = Stub::start(move |_| {
        if asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0 {
            return error(400, "ThrottlingException", "Rate exceeded");
        }
        (200, json!({ "Events": [] }).to_string())
    });
    let output = summarize(&stub.url(), &["cloudtrail://"]);
    assert!(found(&output)["rows"].as_array().unwrap().is_empty());
    assert_eq!(stub.seen().len(), 2);
}

#[test]
fn what_a_service_refuses_is_explained() {
    let refusal = |status, code: &'static str, message: &'static str| {
        let stub = Stub::start(move |_| error(status, code, message));
        summarize(&stub.url(), &["cloudtrail://"])
    };
    let told =
        "User: arn:aws:iam::111122223333:user/ci is not authorized to perform: cloudtrail:LookupEvents";
    refused(
        &refusal(400, "AccessDeniedException", told),
        &["event history of eu-west-1", "allow `cloudtrail:LookupEvents`"],
    );
    refused(
        &refusal(400, "ExpiredTokenException", "The token has expired"),
        &["have expired", "aws sso login"],
    );
    refused(&refusal(400, "UnrecognizedClientException", "Bad token"), &["does not accept", "AWS_PROFILE"]);
    let foreign = Stub::start(|_| (404, "{}".to_owned()));
    refused(&summarize(&foreign.url(), &["cloudtrail://"]), &["names no error", "AWS_ENDPOINT_URL"]);
    refused(
        &refusal(400, "InvalidTimeRangeException", "Too early"),
        &["InvalidTimeRangeException", "Too early"],
    );
}

#[test]
fn who_and_where_nobody_said_is_said() {
    for source in ["cloudtrail://", "s3://logs"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scopedown"));
        moto::live(&mut command, "http://127.0.0.1:1").env_remove("AWS_ACCESS_KEY_ID");
        let output = command.args(["trail", "summarize", source]).output().unwrap();
        refused(&output, &["no AWS credentials were found", "aws sso login"]);
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_scopedown"));
    moto::live(&mut command, "http://127.0.0.1:1").env_remove("AWS_REGION");
    let output = command.args(["trail", "summarize", "cloudtrail://"]).output().unwrap();
    refused(&output, &["no AWS region is set", "AWS_REGION"]);
    // A port that nobody listens on: it was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = Command::new(env!("CARGO_BIN_EXE_scopedown"));
    moto::live(&mut command, &format!("http://127.0.0.1:{port}")).env("AWS_MAX_ATTEMPTS", "1");
    let output = command.args(["trail", "summarize", "cloudtrail://"]).output().unwrap();
    refused(&output, &["no answer from AWS", "AWS_ENDPOINT_URL"]);
}

// Athena

/// What Athena says of the table that `--create-table` makes.
fn metadata() -> Value {
    let columns = [
        (
            "useridentity",
            "struct<type:string,arn:string,invokedby:string,inscopeof:struct<credentialsissuedto:string>>",
        ),
        ("resources", "array<struct<arn:string,accountid:string,type:string>>"),
    ];
    let texts = [
        "eventversion",
        "eventtime",
        "eventsource",
        "eventname",
        "awsregion",
        "errorcode",
        "errormessage",
        "requestparameters",
        "eventid",
        "eventtype",
        "recipientaccountid",
        "eventcategory",
    ];
    let columns = columns.into_iter().chain(texts.map(|name| (name, "string")));
    let columns: Vec<Value> = columns.map(|(name, kind)| json!({ "Name": name, "Type": kind })).collect();
    let partitions = ["account", "region", "day"].map(|name| json!({ "Name": name, "Type": "string" }));
    json!({ "TableMetadata": {
        "Name": "trail", "Columns": columns, "PartitionKeys": partitions,
        "Parameters": {
            "projection.enabled": "true", "projection.day.type": "date", "projection.day.format": "yyyy/MM/dd",
            "projection.account.type": "injected",
        },
    }})
}

fn with_metadata(request: &Request) -> Option<stub::Answer> {
    (request.operation() == "GetTableMetadata").then(|| (200, metadata().to_string()))
}

/// The rows that the query gives over files, by an engine of this machine.
fn rows(folder: &Path, sql: &str) -> Vec<Vec<Option<String>>> {
    let mut helper = Command::new(moto::program("python"))
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/athena/rows.py"))
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    helper.stdin.take().unwrap().write_all(sql.as_bytes()).unwrap();
    let output = helper.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn sql(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_scopedown"))
        .args(["trail", "athena-sql", "athena://audit.trail"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// Has moto give these rows as the results of the next query.
fn expect_results(moto: &Moto, rows: &[Vec<Option<String>>]) {
    let heading = ["specimen", "object_keys", "events", "first_seen", "last_seen"];
    let heading: Vec<Value> = heading.iter().map(|name| json!({ "VarCharValue": name })).collect();
    let cell =
        |cell: &Option<String>| cell.as_ref().map_or(json!({}), |text| json!({ "VarCharValue": text }));
    let data = rows.iter().map(|row| json!({ "Data": row.iter().map(cell).collect::<Vec<_>>() }));
    let rows: Vec<Value> = std::iter::once(json!({ "Data": heading })).chain(data).collect();
    let body = json!({ "region": "eu-west-1", "results": [{ "rows": rows, "column_info": [] }] }).to_string();
    let headers = [("Content-Type", "application/json")];
    let (status, answer) =
        moto.send("POST", "/moto-api/static/athena/query-results", &headers, body.as_bytes());
    assert_eq!(status, 201, "{answer}");
}

const OUTPUT: [&str; 2] = ["--output-location", "s3://results/"];

#[test]
#[ignore = "needs the programs that `cargo xtask test` installs"]
fn athena_says_exactly_what_the_local_reader_says() {
    let moto = Moto::start();
    moto.create_bucket("results");
    let front = Stub::before(moto.port(), with_metadata);
    let folder = tempfile::tempdir().unwrap();
    let files = logs::deliver(&logs::records(4000), None);
    logs::write(&files, folder.path());
    let account = ["--account", "111122223333"];
    let asked: [&[&str]; 4] = [
        &[],
        &["--from", "2026-11-02", "--to", "2026-11-02"],
        &["--role", "service/orders", "--function", "*:orders"],
        &["--function", "bill*"],
    ];
    for asked in asked {
        let asked = [asked, &account].concat();
        let rows = rows(folder.path(), &sql(&asked));
        assert!(rows.len() < 1500, "{} rows are not pushed down", rows.len());
        expect_results(&moto, &rows);
        let output = summarize(&front.url(), &[&["athena://audit.trail"], &asked[..], &OUTPUT].concat());
        let expected = local(&files, &asked[..asked.len() - 2]);
        assert_eq!(usage(&output), expected, "{asked:?}");
    }
    let started: Vec<Request> =
        front.seen().into_iter().filter(|request| request.operation() == "StartQueryExecution").collect();
    let query = started[1].json();
    assert_eq!(query["QueryString"], sql(&[asked[1], &account].concat()), "what is printed is what is run");
    assert_eq!(query["ResultConfiguration"]["OutputLocation"], "s3://results/");
    let text = query["QueryString"].as_str().unwrap();
    assert!(text.contains(r#""day" >= '2026/11/02' AND "day" <= '2026/11/03'"#), "{text}");
    assert!(text.contains(r#""account" IN ('111122223333')"#), "{text}");
}

#[test]
#[ignore = "needs the programs that `cargo xtask test` installs"]
fn athena_says_of_the_sample_what_the_local_reader_says() {
    let moto = Moto::start();
    moto.create_bucket("results");
    let front = Stub::before(moto.port(), with_metadata);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/python-orders/trail");
    let account = ["--account", "111122223333"];
    expect_results(&moto, &rows(&folder, &sql(&account)));
    let output = summarize(&front.url(), &[&["athena://audit.trail"], &account[..], &OUTPUT].concat());
    let expected = usage(&summarize("http://127.0.0.1:1", &[folder.to_str().unwrap()]));
    assert!(!expected["rows"].as_array().unwrap().is_empty());
    assert_eq!(usage(&output), expected);
}

#[test]
fn results_of_many_pages_are_read_to_the_last() {
    let row = |source: &str| {
        let mut specimen = vec![Value::Null; 18];
        specimen[0] = source.into();
        specimen[1] = "GetSecretValue".into();
        specimen[9] = "AssumedRole".into();
        specimen[10] = "arn:aws:sts::111122223333:assumed-role/orders/orders".into();
        let cells =
            [&Value::from(specimen).to_string(), "", "1", "2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z"];
        let cell = |text: &&str| if text.is_empty() { json!({}) } else { json!({ "VarCharValue": text }) };
        json!({ "Data": cells.iter().map(cell).collect::<Vec<_>>() })
    };
    let heading = ["specimen", "object_keys", "events", "first_seen", "last_seen"];
    let heading = json!({ "Data": heading.map(|name| json!({ "VarCharValue": name })) });
    let pages = [
        json!({ "ResultSet": { "Rows": [heading, row("a.amazonaws.com")] }, "NextToken": "1" }),
        json!({ "ResultSet": { "Rows": [row("b.amazonaws.com"), row("c.amazonaws.com")] }, "NextToken": "2" }),
        json!({ "ResultSet": { "Rows": [row("d.amazonaws.com")] } }),
    ];
    let stub = athena(json!({ "Status": { "State": "SUCCEEDED" } }), move |request| {
        let token = request.json()["NextToken"].as_str().map_or(0, |token| token.parse().unwrap());
        pages[token].to_string()
    });
    let output = summarize(&stub.url(), &ATHENA);
    let sources: Vec<Value> =
        found(&output)["rows"].as_array().unwrap().iter().map(|row| row["event_source"].clone()).collect();
    assert_eq!(sources, ["a.amazonaws.com", "b.amazonaws.com", "c.amazonaws.com", "d.amazonaws.com"]);
    assert!(rules(&output).contains(&"athena-bound-is-watched".to_owned()));
    let large = json!({ "Status": { "State": "SUCCEEDED" }, "Statistics": { "DataScannedInBytes": 200_000_000_000_u64 } });
    let stub = athena(large, |_| json!({ "ResultSet": { "Rows": [] } }).to_string());
    assert!(rules(&summarize(&stub.url(), &ATHENA)).contains(&"query-over-bound".to_owned()));
    let strange = athena(json!({ "Status": { "State": "SUCCEEDED" } }), |_| {
        json!({ "ResultSet": { "Rows": [{ "Data": [] }, { "Data": [{ "VarCharValue": "x" }] }] } })
            .to_string()
    });
    refused(&summarize(&strange.url(), &ATHENA), &["cannot be read", "1 columns"]);
}

#[test]
#[ignore = "needs the programs that `cargo xtask test` installs"]
fn the_statement_that_makes_the_table_is_athenas() {
    let printed = sql(&[
        "--create-table",
        "s3://logs/it's/AWSLogs/",
        "--organization",
        "o-abc",
        "--region",
        "eu-west-1",
    ]);
    let mut parser = Command::new(moto::program("python"))
        .args(["-c", "import sqlglot, sys; sqlglot.parse_one(sys.stdin.read(), read='athena')"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    parser.stdin.take().unwrap().write_all(printed.as_bytes()).unwrap();
    assert!(parser.wait().unwrap().success());
    assert!(printed.contains("LOCATION 's3://logs/it''s/AWSLogs/o-abc/'"), "{printed}");
    assert!(printed.contains("'projection.account.type' = 'injected'"));
    assert!(printed.contains("'projection.region.values' = 'eu-west-1'"));
    assert!(printed.contains("it''s/AWSLogs/o-abc/${account}/CloudTrail/${region}/${day}'"));
}

#[test]
#[ignore = "needs the programs that `cargo xtask test` installs"]
fn a_query_is_taken_up_again_by_its_id() {
    let moto = Moto::start();
    moto.create_bucket("results");
    let front = Stub::before(moto.port(), with_metadata);
    let folder = tempfile::tempdir().unwrap();
    let files = logs::deliver(&logs::records(50), None);
    logs::write(&files, folder.path());
    let asked = [&["athena://audit.trail", "--account", "111122223333"], &OUTPUT[..]].concat();
    expect_results(&moto, &rows(folder.path(), &sql(&asked[1..3])));
    let first = summarize(&front.url(), &asked);
    let said = said(&first);
    let id = said.split("Athena query ").nth(1).and_then(|rest| rest.split(';').next()).unwrap();
    let again = summarize(&front.url(), &[&asked[..], &["--query-id", id]].concat());
    assert_eq!(usage(&again), usage(&first));
    assert_eq!(front.calls("StartQueryExecution"), 1);
    // A query of somebody else is not taken for ours.
    let body =
        json!({ "QueryString": "SELECT 1", "ResultConfiguration": { "OutputLocation": "s3://results/" } });
    let (_, answer) = moto.json("athena", "AmazonAthena.StartQueryExecution", &body);
    let other: Value = serde_json::from_str(&answer).unwrap();
    let other = other["QueryExecutionId"].as_str().unwrap();
    let output = summarize(&front.url(), &[&asked[..], &["--query-id", other]].concat());
    refused(&output, &["was not made by this version"]);
}

/// An Athena whose query is in this state, and has these results.
fn athena(state: Value, results: impl Fn(&Request) -> String + Send + Sync + 'static) -> Stub {
    Stub::start(move |request| match request.operation() {
        "GetQueryResults" => (200, results(request)),
        "GetTableMetadata" => (200, metadata().to_string()),
        "GetWorkGroup" => {
            (200, json!({ "WorkGroup": { "Name": "primary", "Configuration": {} } }).to_string())
        }
        "StartQueryExecution" => (200, json!({ "QueryExecutionId": "q-1" }).to_string()),
        "GetQueryExecution" => (200, json!({ "QueryExecution": state }).to_string()),
        "StopQueryExecution" => (200, "{}".to_owned()),
        _ => error(400, "InvalidRequestException", "not in this test"),
    })
}

fn no_results(_: &Request) -> String {
    panic!("nobody may ask for these results")
}

const ATHENA: [&str; 3] = ["athena://audit.trail", "--account", "111122223333"];

#[test]
fn a_query_that_reads_too_much_is_stopped() {
    let stub = athena(
        json!({ "Status": { "State": "RUNNING" }, "Statistics": { "DataScannedInBytes": 2_600_000_000_u64 } }),
        no_results,
    );
    let output = summarize(&stub.url(), &[&ATHENA[..], &["--max-scan-gb", "2.5"]].concat());
    refused(&output, &["`q-1` was stopped", "2.6 GB of at most 2.5 GB", "--max-scan-gb"]);
    assert_eq!(stub.calls("StopQueryExecution"), 1);
    assert_eq!(stub.calls("GetQueryResults"), 0);
}

#[test]
fn a_query_that_fails_says_why() {
    let failed = |reason: &str| {
        let stub =
            athena(json!({ "Status": { "State": "FAILED", "StateChangeReason": reason } }), no_results);
        summarize(&stub.url(), &ATHENA)
    };
    refused(&failed("COLUMN_NOT_FOUND: line 3:5"), &["COLUMN_NOT_FOUND", "--create-table"]);
    refused(&failed("Query exhausted resources"), &["Query exhausted resources"]);
    let absent = Stub::start(|_| error(400, "MetadataException", "Entity Not Found (Service: DataCatalog)"));
    refused(&summarize(&absent.url(), &ATHENA), &["`audit.trail`", "Entity Not Found", "check the database"]);
    let foreign = Stub::start(|_| {
        (
            200,
            json!({ "TableMetadata": { "Name": "trail", "Columns": [{ "Name": "x", "Type": "int" }] } })
                .to_string(),
        )
    });
    refused(&summarize(&foreign.url(), &ATHENA), &["no table of CloudTrail records", "`eventtime`"]);
    let stub = athena(json!({}), no_results);
    refused(&summarize(&stub.url(), &ATHENA[..1]), &["`account`", "--account"]);
}

// Lake

#[test]
fn lake_is_asked_as_athena_is() {
    let specimen = json!([
        "s3.amazonaws.com",
        "GetObject",
        "AwsApiCall",
        "Data",
        "false",
        "eu-west-1",
        "111122223333",
        null,
        null,
        "AssumedRole",
        "arn:aws:sts::111122223333:assumed-role/orders/orders",
        "111122223333",
        null,
        "arn:aws:iam::111122223333:role/orders",
        null,
        "{\"bucketName\":\"raw\"}",
        "",
        null
    ]);
    let row = move |events: &str| {
        json!([
            { "specimen": specimen.to_string() }, { "object_keys": "[\"in/a.csv\",\"in/b.csv\"]" }, { "events": events },
            { "first_seen": "2026-11-01T00:00:00Z" }, { "last_seen": "2026-11-02T00:00:00Z" }
        ])
    };
    let stub = Stub::start(move |request| match request.operation() {
        "StartQuery" => (200, json!({ "QueryId": "1-2-3" }).to_string()),
        "DescribeQuery" => {
            (200, json!({ "QueryStatus": "FINISHED", "QueryStatistics": { "BytesScanned": 12 } }).to_string())
        }
        "GetQueryResults" => {
            let first = request.json()["NextToken"].is_null();
            let next = if first { json!("more") } else { Value::Null };
            let rows = [row(if first { "40" } else { "2" })];
            (
                200,
                json!({ "QueryStatus": "FINISHED", "QueryResultRows": rows, "NextToken": next }).to_string(),
            )
        }
        _ => error(400, "InvalidQueryStatementException", "not in this test"),
    });
    let store = "lake://arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/0f4a5c4e-7d0b";
    let output = summarize(&stub.url(), &[store, "--from", "2026-11-01"]);
    let value = found(&output);
    assert_eq!(value["rows"][0]["count"], 42);
    assert_eq!(
        value["rows"][0]["resources"],
        json!(["arn:aws:s3:::raw/in/a.csv", "arn:aws:s3:::raw/in/b.csv"])
    );
    let asked = stub.seen()[0].json();
    let query = asked["QueryStatement"].as_str().unwrap();
    assert!(
        query.contains("FROM 0f4a5c4e-7d0b")
            && query.contains("eventTime >= TIMESTAMP '2026-11-01 00:00:00'")
    );
    assert!(said(&output).contains("CloudTrail Lake query 1-2-3"));
}
