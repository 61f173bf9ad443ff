//! A made-up trail that has a bit of everything: callers of every kind, keys in deep and in crowded folders,
//! refusals, calls that services made, events that are no calls, and deliveries that come twice. The same bytes
//! every time.

#![allow(dead_code, reason = "each test crate uses its own part")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";
const REGIONS: [&str; 2] = ["eu-west-1", "us-east-1"];

/// Every record, in no order, some of them twice.
pub fn records(count: u32) -> Vec<Value> {
    let mut records = Vec::new();
    for n in 0..count {
        let record = record(n);
        if n.is_multiple_of(5) {
            records.push(record.clone());
        }
        records.push(record);
    }
    records.extend(others());
    records
}

/// Writes the records as a trail delivers them, below `AWSLogs`; gives the keys and the bytes.
pub fn deliver(records: &[Value], organization: Option<&str>) -> BTreeMap<String, Vec<u8>> {
    let mut files: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for (n, record) in records.iter().enumerate() {
        let time = record["eventTime"].as_str().unwrap();
        let region = record["awsRegion"].as_str().unwrap_or("us-east-1");
        let account = record["recipientAccountId"].as_str().unwrap_or(ACCOUNT);
        let organization = organization.map(|id| format!("{id}/")).unwrap_or_default();
        let (day, compact) = (time[..10].replace('-', "/"), time[..10].replace('-', ""));
        // Neighbours go to different files: what is twice is delivered twice.
        let key = format!(
            "AWSLogs/{organization}{account}/CloudTrail/{region}/{day}/\
             {account}_CloudTrail_{region}_{compact}T2355Z_{}.json.gz",
            n % 3
        );
        files.entry(key).or_default().push(record);
    }
    files
        .into_iter()
        .map(|(key, records)| (key, gzip(json!({ "Records": records }).to_string().as_bytes())))
        .collect()
}

pub fn write(files: &BTreeMap<String, Vec<u8>>, folder: &Path) {
    for (key, bytes) in files {
        let path = folder.join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::fastest());
    let mut packed = vec![0; compressor.gzip_compress_bound(bytes.len())];
    let length = compressor.gzip_compress(bytes, &mut packed).unwrap();
    packed.truncate(length);
    packed
}

fn record(n: u32) -> Value {
    // Different numbers for the different members, the same every time.
    let mix = |salt: u32, below: u32| (n.wrapping_mul(2_654_435_761).rotate_left(salt) >> 7) % below;
    let region = REGIONS[mix(3, 2) as usize];
    let (day, hour, minute) = (1 + mix(5, 3), mix(9, 24), mix(12, 60));
    let (source, name, category, parameters, resources) = call(n, &mix);
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": identity(mix(1, 7)),
        "eventTime": format!("2026-11-{day:02}T{hour:02}:{minute:02}:{:02}Z", n % 60),
        "eventSource": source,
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": "192.0.2.7",
        "userAgent": "Boto3/1.40",
        "requestParameters": parameters,
        "responseElements": { "x": ["deep", { "requestParameters": "not this one" }] },
        "requestID": format!("r-{n}"),
        "eventID": format!("0f4a5c4e-7d0b-4b53-9f55-{n:012}"),
        "readOnly": n.is_multiple_of(2),
        "eventType": "AwsApiCall",
        "managementEvent": category == "Management",
        "recipientAccountId": ACCOUNT,
        "eventCategory": category,
    });
    if !resources.is_null() {
        record["resources"] = resources;
    }
    match mix(17, 11) {
        0 => {
            record["errorCode"] = "AccessDenied".into();
            record["errorMessage"] = format!(
                "User: arn:aws:sts::{ACCOUNT}:assumed-role/orders/orders is not authorized to perform: \
                 dynamodb:DeleteItem on resource: arn:aws:dynamodb:{region}:{ACCOUNT}:table/orders because no \
                 identity-based policy allows it ({n})"
            )
            .into();
        }
        1 => {
            record["errorCode"] = "AccessDenied".into();
            record["errorMessage"] = "Access Denied".into();
        }
        2 => record["errorCode"] = "ThrottlingException".into(),
        _ => {}
    }
    record
}

fn identity(which: u32) -> Value {
    let role = |path: &str, name: &str| format!("arn:aws:iam::{ACCOUNT}:role/{path}{name}");
    let session = |name: &str, session: &str| format!("arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{session}");
    let of = |path: &str, name: &str, as_: &str| {
        json!({
            "type": "AssumedRole", "principalId": "AROA:x", "arn": session(name, as_), "accountId": ACCOUNT,
            "sessionContext": { "sessionIssuer": { "type": "Role", "arn": role(path, name) } },
        })
    };
    match which {
        0 | 1 => {
            let mut identity = of("service/", "orders", "orders");
            identity["inScopeOf"] = json!({
                "issuerType": "AWS::Lambda::Function",
                "credentialsIssuedTo": format!("arn:aws:lambda:eu-west-1:{ACCOUNT}:function:orders"),
            });
            identity
        }
        2 => of("service/", "orders", "billing"),
        3 => {
            let mut identity = of("", "reports", "reports");
            identity["invokedBy"] = "athena.amazonaws.com".into();
            identity
        }
        4 => json!({ "type": "AssumedRole", "arn": session("legacy", "legacy"), "accountId": ACCOUNT }),
        5 => {
            json!({ "type": "IAMUser", "arn": format!("arn:aws:iam::{ACCOUNT}:user/ops"), "userName": "ops" })
        }
        _ => json!({ "type": "AWSService", "invokedBy": "lambda.amazonaws.com" }),
    }
}

type Called = (&'static str, &'static str, &'static str, Value, Value);

fn call(n: u32, mix: &dyn Fn(u32, u32) -> u32) -> Called {
    let arn = |rest: &str| format!("arn:aws:{rest}");
    let object = |bucket: &str, key: &str| {
        json!([
            { "type": "AWS::S3::Object", "ARN": format!("arn:aws:s3:::{bucket}/{key}") },
            { "accountId": ACCOUNT, "type": "AWS::S3::Bucket", "ARN": format!("arn:aws:s3:::{bucket}") },
        ])
    };
    let s3 = "s3.amazonaws.com";
    match mix(21, 20) {
        0..=3 => {
            let (bucket, key) = key(n, mix);
            let parameters = json!({ "bucketName": bucket, "key": key, "Host": "s3.amazonaws.com" });
            (s3, "GetObject", "Data", parameters, object(bucket, &key))
        }
        4 => {
            let (bucket, key) = key(n, mix);
            let parameters = json!({ "bucketName": bucket, "key": key, "versionId": format!("v{n}") });
            (s3, "GetObject", "Data", parameters, object(bucket, &key))
        }
        5 => {
            let (bucket, key) = key(n, mix);
            let parameters = json!({ "bucketName": bucket, "key": key, "x-amz-storage-class": "STANDARD" });
            (s3, "PutObject", "Data", parameters, object(bucket, &key))
        }
        6 => {
            let copied = format!("raw/in/{}.csv", mix(4, 9));
            let parameters =
                json!({ "bucketName": "clean", "key": copied, "x-amz-copy-source": format!("raw/{copied}") });
            (s3, "CopyObject", "Data", parameters, object("clean", &copied))
        }
        7 => {
            let parameters = json!({ "bucketName": "raw", "prefix": format!("in/{n}/"), "list-type": "2" });
            (
                s3,
                "ListObjects",
                "Data",
                parameters,
                json!([{ "ARNPrefix": "arn:aws:s3:::raw/", "type": "AWS::S3::Object" }]),
            )
        }
        8 => {
            let table = ["orders", "customers", "in*voices"][mix(6, 3) as usize];
            let parameters = json!({ "tableName": table, "key": { "pk": format!("p{n}") } });
            let listed = json!([{ "type": "AWS::DynamoDB::Table", "ARN": arn(&format!("dynamodb:eu-west-1:{ACCOUNT}:table/{table}")) }]);
            (
                "dynamodb.amazonaws.com",
                ["GetItem", "PutItem", "Query"][mix(8, 3) as usize],
                "Data",
                parameters,
                listed,
            )
        }
        9 => {
            let items = json!({ "requestItems": [
                { "operation": "Put", "tableName": "orders", "items": { "pk": "a" } },
                { "operation": "ConditionCheck", "tableName": "customers", "key": { "pk": "b" } },
            ]});
            ("dynamodb.amazonaws.com", "TransactWriteItems", "Data", items, Value::Null)
        }
        10 => {
            let parameters = json!({ "name": format!("/shop/{}", ["db/url", "db/user", "mail"][mix(6, 3) as usize]), "withDecryption": true });
            ("ssm.amazonaws.com", "GetParameter", "Management", parameters, Value::Null)
        }
        11 => {
            let secret = arn(&format!("secretsmanager:eu-west-1:{ACCOUNT}:secret:shop/db-AbCdEf"));
            (
                "secretsmanager.amazonaws.com",
                "GetSecretValue",
                "Management",
                json!({ "secretId": secret }),
                Value::Null,
            )
        }
        12 => {
            let queue = format!("https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/jobs{}", mix(6, 2));
            let parameters = json!({ "queueUrl": queue, "messageBody": "HIDDEN_DUE_TO_SECURITY_REASONS" });
            ("sqs.amazonaws.com", "SendMessage", "Data", parameters, Value::Null)
        }
        13 => {
            let role = arn(&format!("iam::{ACCOUNT}:role/reader"));
            let parameters = json!({ "roleArn": role, "roleSessionName": format!("s{n}") });
            (
                "sts.amazonaws.com",
                "AssumeRole",
                "Management",
                parameters,
                json!([{ "ARN": role, "type": "AWS::IAM::Role" }]),
            )
        }
        14 => {
            let key = arn(&format!("kms:eu-west-1:{ACCOUNT}:key/0f4a5c4e"));
            let parameters =
                json!({ "encryptionContext": { "aws:s3:arn": format!("arn:aws:s3:::clean/{n}") } });
            (
                "kms.amazonaws.com",
                "Decrypt",
                "Management",
                parameters,
                json!([{ "ARN": key, "accountId": ACCOUNT, "type": "AWS::KMS::Key" }]),
            )
        }
        15 => {
            let parameters =
                json!({ "logGroupName": "/aws/lambda/orders", "logStreamName": format!("2026/11/{n}") });
            ("logs.amazonaws.com", "CreateLogStream", "Management", parameters, Value::Null)
        }
        16 => {
            let parameters = json!({ "instancesSet": { "items": [{ "instanceId": format!("i-{}", mix(6, 4)) }] }, "force": false });
            ("ec2.amazonaws.com", "StopInstances", "Management", parameters, Value::Null)
        }
        17 => ("ec2.amazonaws.com", "DescribeVpcs", "Management", Value::Null, Value::Null),
        18 => {
            let parameters = json!({ "queryExecutionId": format!("q-{n}") });
            ("athena.amazonaws.com", "GetQueryExecution", "Management", parameters, Value::Null)
        }
        _ => ("sts.amazonaws.com", "GetCallerIdentity", "Management", Value::Null, Value::Null),
    }
}

/// Keys that fill every bound of the generalisation, and such as must be escaped.
fn key(n: u32, mix: &dyn Fn(u32, u32) -> u32) -> (&'static str, String) {
    match mix(2, 7) {
        0 => ("raw", format!("in/{}.csv", mix(4, 40))),
        1 => ("raw", format!("{}-top.json", mix(4, 5))),
        2 => ("crowd", format!("tenant-{n}/data.json")),
        3 => (
            "lake",
            format!("year=2026/month={:02}/day={:02}/part-{n}.parquet", 1 + mix(4, 3), 1 + mix(6, 9)),
        ),
        4 => ("lake", format!("tmp/{}/{}/{}/{n}", mix(4, 2), mix(6, 3), mix(8, 2))),
        5 => (
            "odd",
            ["a*b?c", "a*b?d", "${aws:username}/x", "ünï/cödé \"q\".txt", "dir/", "//x", "a\\b"]
                [mix(4, 7) as usize]
                .to_owned(),
        ),
        _ => ("one", "config/settings.json".to_owned()),
    }
}

/// What is in a trail and is no call.
fn others() -> Vec<Value> {
    let base = |kind: &str, category: &str| {
        json!({
            "eventVersion": "1.11", "eventTime": "2026-11-02T00:00:00Z", "eventSource": "kms.amazonaws.com",
            "eventName": "RotateKey", "awsRegion": "eu-west-1", "eventID": format!("{kind}-{category}"),
            "eventType": kind, "eventCategory": category, "recipientAccountId": ACCOUNT,
            "userIdentity": identity(0), "requestParameters": null,
        })
    };
    vec![
        base("AwsServiceEvent", "Management"),
        base("AwsVpceEvent", "NetworkActivity"),
        base("AwsConsoleSignIn", "Management"),
    ]
}
