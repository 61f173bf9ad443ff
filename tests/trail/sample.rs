//! The trail of `samples/python-orders`: one role, four functions, two days, two trails of which one has the
//! management events alone. Written by hand here; `SCOPEDOWN_WRITE_SAMPLES=1 cargo test --test trail sample` writes
//! the files anew.

use std::path::{Path, PathBuf};

use scopedown::report::{self, Paint};
use scopedown::trail::{Filter, local};
use serde_json::{Value, json};

use crate::record::{ACCOUNT, ROLE, data, delivery, event, function, gzip, session, with, write};

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/python-orders/trail")
}

const TABLE: &str = "arn:aws:dynamodb:eu-west-1:111122223333:table/fern-and-fig-orders";
const QUEUE: &str = "arn:aws:sqs:eu-west-1:111122223333:fern-and-fig-payments";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/4b6a7c1d-22f0-4a5e-9d4c-8e1f0c2b3a49";

/// `OrdersApi` on one day: orders that come in, and a secret that it must not read. Nobody lists orders, though that
/// would show.
fn api(day: u32, from: u64) -> Vec<Value> {
    let name = "fern-and-fig-orders-api";
    let mut events = Vec::new();
    for order in 0..6_u64 {
        let time = |second: u64| format!("2026-11-{day:02}T09:{:02}:{second:02}Z", 10 + order);
        let put = json!({ "tableName": "fern-and-fig-orders", "key": { "id": format!("o-{:04}", from + order) }, "items": ["id", "customer", "day", "lines"] });
        events.push(data(
            event(from + order * 4, &time(1), "dynamodb", "PutItem", put),
            &[("AWS::DynamoDB::Table", TABLE)],
        ));
        let send = json!({ "queueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/fern-and-fig-payments", "messageBody": "HIDDEN_DUE_TO_SECURITY_REASONS" });
        events.push(data(
            event(from + order * 4 + 1, &time(2), "sqs", "SendMessage", send),
            &[("AWS::SQS::Queue", QUEUE)],
        ));
    }
    if day == 3 {
        let secret = event(
            from + 41,
            "2026-11-03T09:31:00Z",
            "secretsmanager",
            "GetSecretValue",
            json!({ "secretId": "fern-and-fig/payment-api" }),
        );
        events.push(with(secret, &[
            ("/errorCode", "AccessDenied".into()),
            ("/errorMessage", format!("User: arn:aws:sts::{ACCOUNT}:assumed-role/fern-and-fig-ShopRole-1TX9QWE7Z2K4M/{name} is not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:fern-and-fig/payment-api-Ab3dEf because no identity-based policy allows the secretsmanager:GetSecretValue action").into()),
        ]));
    }
    events.into_iter().map(|event| function(event, name)).collect()
}

/// `PaymentWorker`: the secret, and its key, which Secrets Manager uses on the function's behalf. It also publishes,
/// which these trails do not show: they have no data events of topics.
fn worker(day: u32, from: u64) -> Vec<Value> {
    let at = |second: u32| format!("2026-11-{day:02}T09:12:{second:02}Z");
    let secret = event(
        from,
        &at(0),
        "secretsmanager",
        "GetSecretValue",
        json!({ "secretId": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:fern-and-fig/payment-api-Ab3dEf" }),
    );
    let decrypt = json!({ "encryptionAlgorithm": "SYMMETRIC_DEFAULT", "encryptionContext": { "SecretARN": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:fern-and-fig/payment-api-Ab3dEf" } });
    let decrypt = with(
        event(from + 1, &at(0), "kms", "Decrypt", decrypt),
        &[("/resources", json!([{ "accountId": ACCOUNT, "type": "AWS::KMS::Key", "ARN": KEY }]))],
    );
    let name = "fern-and-fig-payment-worker";
    let behalf = [("/userIdentity/invokedBy", json!("secretsmanager.amazonaws.com"))];
    vec![function(secret, name), with(function(decrypt, name), &behalf)]
}

/// `Thumbnailer`, which these records know by its session alone: pictures of many customers, and one that is gone.
fn thumbnailer(day: u32, from: u64) -> Vec<Value> {
    let object = |bucket: &str, key: &str| format!("arn:aws:s3:::{bucket}/{key}");
    let mut events = Vec::new();
    for picture in 0..20_u64 {
        let at = format!("2026-11-{day:02}T10:{:02}:00Z", picture * 2);
        for (offset, bucket, name, key) in [
            (
                0,
                "fern-and-fig-uploads",
                "GetObject",
                format!("c-{:03}/picture-{picture}.jpg", picture * 7 % 90),
            ),
            (
                1,
                "fern-and-fig-media",
                "PutObject",
                format!("thumbnails/c-{:03}/picture-{picture}.jpg", picture * 7 % 90),
            ),
        ] {
            let parameters = json!({ "bucketName": bucket, "Host": format!("{bucket}.s3.eu-west-1.amazonaws.com"), "key": key });
            let arn = object(bucket, &key);
            let call = event(from + picture * 2 + offset, &at, "s3", name, parameters);
            events.push(data(
                call,
                &[("AWS::S3::Object", &arn), ("AWS::S3::Bucket", &format!("arn:aws:s3:::{bucket}"))],
            ));
        }
    }
    events[4] = with(
        events[4].clone(),
        &[("/errorCode", "NoSuchKey".into()), ("/errorMessage", "The specified key does not exist.".into())],
    );
    events.into_iter().map(|event| session(event, "fern-and-fig-thumbnailer")).collect()
}

/// `DailyReport`: one report a day. Its `Query` fails once before it works.
fn report(day: u32, from: u64) -> Vec<Value> {
    let at = |second: u32| format!("2026-11-{day:02}T05:00:{second:02}Z");
    let query = json!({ "tableName": "fern-and-fig-orders", "indexName": "by-day", "keyConditionExpression": "#d = :d" });
    let query = |number: u64, second: u32| {
        data(
            event(number, &at(second), "dynamodb", "Query", query.clone()),
            &[("AWS::DynamoDB::Table", TABLE)],
        )
    };
    let slow = with(query(from, 2), &[("/errorCode", "ProvisionedThroughputExceededException".into())]);
    let key = format!("reports/2026-11-{day:02}.csv");
    let put = json!({ "bucketName": "fern-and-fig-media", "Host": "fern-and-fig-media.s3.eu-west-1.amazonaws.com", "key": key });
    let arn = format!("arn:aws:s3:::fern-and-fig-media/{key}");
    let put = data(
        event(from + 2, &at(6), "s3", "PutObject", put),
        &[("AWS::S3::Object", &arn), ("AWS::S3::Bucket", "arn:aws:s3:::fern-and-fig-media")],
    );
    // What no line of its code does: somebody listed the buckets with its role.
    let list = event(from + 3, &at(30), "s3", "ListBuckets", json!({ "Host": "s3.eu-west-1.amazonaws.com" }));
    let mut events = vec![slow, query(from + 1, 3), put];
    if day == 4 {
        events.push(list);
    }
    events.into_iter().map(|event| function(event, "fern-and-fig-daily-report")).collect()
}

/// What is in every trail and is no function's call.
fn others(day: u32, from: u64) -> Vec<Value> {
    let at = |minute: u32| format!("2026-11-{day:02}T05:{minute:02}:00Z");
    let start = json!({ "roleArn": ROLE, "roleSessionName": "fern-and-fig-daily-report" });
    let start = with(
        event(from, &at(0), "sts", "AssumeRole", start),
        &[("/userIdentity", json!({ "type": "AWSService", "invokedBy": "lambda.amazonaws.com" }))],
    );
    let person = json!({ "type": "IAMUser", "arn": format!("arn:aws:iam::{ACCOUNT}:user/maria"), "accountId": ACCOUNT, "userName": "maria" });
    let look = with(
        event(
            from + 1,
            &at(40),
            "lambda",
            "GetFunction20150331v2",
            json!({ "functionName": "fern-and-fig-orders-api" }),
        ),
        &[("/userIdentity", person.clone())],
    );
    let sign_in = with(
        event(from + 2, &at(39), "signin", "ConsoleLogin", Value::Null),
        &[("/userIdentity", person), ("/eventType", "AwsConsoleSignIn".into())],
    );
    vec![start, look, sign_in]
}

/// Path below `AWSLogs/111122223333/` and bytes of every file.
fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for day in [3, 4] {
        let from = u64::from(day) * 10_000;
        let mut events = others(day, from);
        events.extend(report(day, from + 100));
        events.extend(worker(day, from + 200));
        let hour = |stamp: &str, id: &str| {
            format!(
                "CloudTrail/eu-west-1/2026/11/{day:02}/{ACCOUNT}_CloudTrail_eu-west-1_202611{day:02}T{stamp}Z_{id}.json.gz"
            )
        };
        let management: Vec<Value> =
            events.iter().filter(|event| event["eventCategory"] == "Management").cloned().collect();
        files.push((hour("0515", "kQ3vXy7LrT2mZp9A"), delivery(&events)));
        // The second trail has the management events alone, and delivers them to the same bucket.
        files.push((hour("0520", "Zd81HsWq0eFjU4Nc"), delivery(&management)));
        files.push((hour("0935", "b7RtGm2KxVs5YqLe"), delivery(&api(day, from + 300))));
        files.push((hour("1045", "W0pCnD6uAaJf3XhS"), delivery(&thumbnailer(day, from + 400))));
    }
    let digest = json!({ "awsAccountId": ACCOUNT, "digestStartTime": "2026-11-03T05:00:00Z", "digestEndTime": "2026-11-03T06:00:00Z", "digestS3Bucket": "fern-and-fig-trail", "logFiles": [] });
    files.push((
        format!("CloudTrail-Digest/eu-west-1/2026/11/03/{ACCOUNT}_CloudTrail-Digest_eu-west-1_shop_eu-west-1_20261103T060000Z.json.gz"),
        gzip(digest.to_string().as_bytes()),
    ));
    files
}

#[test]
fn the_sample_is_what_is_written_here() {
    let root = folder().join("AWSLogs").join(ACCOUNT);
    for (path, bytes) in files() {
        let path = root.join(path);
        if std::env::var_os("SCOPEDOWN_WRITE_SAMPLES").is_some() {
            write(&path, &bytes);
        }
        let found = std::fs::read(&path).unwrap_or_default();
        assert!(found == bytes, "{} is not what the test writes", path.display());
    }
}

#[test]
fn the_sample_in_every_format() {
    let reading = local::read(&[folder()], &Filter::default(), &()).unwrap();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/");
    let json = format!("{:#}", report::usage::json(&reading.usage, &reading.notes)).replace(root, "");
    let text = report::usage::text(&reading.usage, &reading.notes, Paint::Plain).replace(root, "");
    insta::assert_snapshot!("sample.json", json);
    insta::assert_snapshot!("sample.text", text);
    insta::assert_snapshot!("sample.usage", reading.usage.to_json());
}
