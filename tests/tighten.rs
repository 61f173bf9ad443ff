//! Roles beside what code and trail say: each verdict on a small function with a small trail, through the program.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

const ACCOUNT: &str = "111122223333";
const ROLE: &str = "shop-WorkerRole-1A2B3C4D5E6F";
const FUNCTION: &str = "shop-Worker-7G8H9I0J1K2L";
const LEDGER: &str = "samples/python-ledger";

const TEMPLATE: &str = r#"
Transform: AWS::Serverless-2016-10-31
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: .
      Role: !GetAtt WorkerRole.Arn
      Environment: { Variables: { TABLE: !Ref Orders } }
  Orders: { Type: AWS::DynamoDB::Table }
  WorkerRole:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: all
          PolicyDocument:
            Statement:
              - { Effect: Allow, Action: ["dynamodb:*", "s3:*", "logs:*"], Resource: "*" }
"#;

const CODE: &str = r#"
import os
import boto3

orders = boto3.resource("dynamodb").Table(os.environ["TABLE"])
s3 = boto3.client("s3")

def handler(event, context):
    orders.put_item(Item={"id": event["id"]})
    s3.get_object(Bucket="incoming", Key=event["key"])
    boto3.client("sns").publish(TopicArn="arn:aws:sns:eu-west-1:111122223333:done", Message="x")
"#;

/// A function with its trail.
struct Scene {
    folder: TempDir,
    events: Vec<Value>,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("template.yaml"), TEMPLATE).unwrap();
        fs::write(folder.path().join("app.py"), CODE).unwrap();
        Self { folder, events: Vec::new() }
    }

    /// One call of the function on each of so many days.
    fn seen(
        mut self,
        days: u32,
        source: &str,
        name: &str,
        parameters: &Value,
        objects: Option<&str>,
    ) -> Self {
        for day in 0..days {
            let time =
                format!("2026-{:02}-{:02}T06:{:02}:00Z", 3 + day / 28, 1 + day % 28, self.events.len() % 60);
            self.events.push(event(self.events.len(), &time, source, name, parameters, objects));
        }
        self
    }

    fn uses_table(self) -> Self {
        let arn = format!("arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/shop-Orders-ABC123");
        self.seen(3, "dynamodb", "PutItem", &json!({ "tableName": "shop-Orders-ABC123" }), Some(&arn))
    }

    fn reads_objects(self, days: u32, key: &str) -> Self {
        let arn = format!("arn:aws:s3:::incoming/{key}");
        self.seen(days, "s3", "GetObject", &json!({ "bucketName": "incoming", "key": key }), Some(&arn))
    }

    /// The last event was not allowed.
    fn denied(mut self) -> Self {
        self.events.last_mut().unwrap()["errorCode"] = "AccessDenied".into();
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, command: &str, arguments: &[&str]) -> (i32, String, String) {
        let mut lines = String::new();
        for event in &self.events {
            writeln!(lines, "{event}").unwrap();
        }
        fs::write(self.path("trail.jsonl"), lines).unwrap();
        let trail = self.path("trail.jsonl");
        let trail = if self.events.is_empty() { vec![] } else { vec!["--trail", trail.to_str().unwrap()] };
        let path = self.path("template.yaml");
        let mut all = vec![command];
        if command == "explain" {
            all.extend(&arguments[..1]);
        }
        all.push(path.to_str().unwrap());
        all.extend(trail);
        all.extend(&arguments[usize::from(command == "explain")..]);
        scopedown(&all)
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let mut all = vec!["--format", "json", "--quiet"];
        all.extend(arguments);
        let (status, stdout, stderr) = self.run("tighten", &all);
        assert!(status < 2, "{stderr}");
        let value: Value = serde_json::from_str(&stdout).unwrap();
        assert_eq!(errors(&value), Vec::<String>::new());
        value
    }

    /// `verdict granted action resource`, those of the platform aside.
    fn verdicts(&self, arguments: &[&str]) -> Vec<String> {
        let json = self.json(arguments);
        let verdicts = json["roles"][0]["functions"][0]["trail"]["verdicts"].as_array().unwrap().clone();
        let own = verdicts.iter().filter(|one| one["kind"] != "platform");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        own.map(|one| {
            let granted = if one["granted"] == true { "" } else { "not " };
            format!(
                "{}: {granted}{} on {}",
                text(&one["verdict"]),
                text(&one["action"]),
                text(&one["resource"])
            )
        })
        .collect()
    }

    fn policy(&self, arguments: &[&str]) -> String {
        let mut all = vec!["--format", "policy", "--quiet"];
        all.extend(arguments);
        self.run("tighten", &all).1
    }
}

fn event(
    number: usize,
    time: &str,
    source: &str,
    name: &str,
    parameters: &Value,
    object: Option<&str>,
) -> Value {
    let kind = match source {
        "s3" => "AWS::S3::Object",
        "dynamodb" => "AWS::DynamoDB::Table",
        _ => "AWS::Other",
    };
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/{FUNCTION}"),
            "accountId": ACCOUNT,
            "sessionContext": { "sessionIssuer": {
                "type": "Role", "arn": format!("arn:aws:iam::{ACCOUNT}:role/{ROLE}"), "accountId": ACCOUNT, "userName": ROLE,
            } },
            "inScopeOf": {
                "issuerType": "AWS::Lambda::Function",
                "credentialsIssuedTo": format!("arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{FUNCTION}"),
            },
        },
        "eventTime": time,
        "eventSource": format!("{source}.amazonaws.com"),
        "eventName": name,
        "awsRegion": "eu-west-1",
        "requestParameters": parameters,
        "eventID": format!("{number:08x}-7d0b-4b53-9f55-0c27a5b3d1aa"),
        "eventType": "AwsApiCall",
        "managementEvent": object.is_none(),
        "eventCategory": if object.is_none() { "Management" } else { "Data" },
        "recipientAccountId": ACCOUNT,
        "resources": object.map(|arn| json!([{ "accountId": ACCOUNT, "type": kind, "ARN": arn }])),
    })
}

fn scopedown(arguments: &[&str]) -> (i32, String, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_scopedown")).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (done.status.code().unwrap(), text(done.stdout), text(done.stderr))
}

/// Why a value is not as `schemas/tighten.schema.json` says.
fn errors(value: &Value) -> Vec<String> {
    errors_by("tighten.schema.json", value)
}

fn errors_by(schema: &str, value: &Value) -> Vec<String> {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(schema);
    let schema = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator.iter_errors(value).map(|error| error.to_string()).collect()
}

const NOTHING: &str = "arn:aws:sns:eu-west-1:111122223333:done";

#[test]
fn what_code_and_trail_agree_on_is_confirmed() {
    let scene = Scene::new().uses_table().reads_objects(1, "a.csv");
    let expected = [
        format!(
            "confirmed: dynamodb:PutItem on arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/shop-Orders-ABC123"
        ),
        "confirmed: s3:GetObject on arn:aws:s3:::incoming/*".to_owned(),
        format!("unobserved: sns:Publish on {NOTHING}"),
    ];
    assert_eq!(scene.verdicts(&[]), expected);
    // The name that CloudFormation made up is known from the trail, and the template keeps its own.
    let (_, sam, _) = scene.run("generate", &["--format", "sam", "--quiet"]);
    assert!(sam.contains("!GetAtt Orders.Arn") || sam.contains("Fn::GetAtt"), "{sam}");
    assert!(scene.policy(&[]).contains("table/shop-Orders-ABC123"));
    assert!(scene.policy(&["--no-narrow"]).contains("table/*"), "{}", scene.policy(&["--no-narrow"]));
}

#[test]
fn what_was_not_seen_is_granted_and_it_is_said_whether_it_could_have_been() {
    let scene = Scene::new().reads_objects(1, "a.csv");
    let json = scene.json(&[]);
    let verdicts = json["roles"][0]["functions"][0]["trail"]["verdicts"].as_array().unwrap().clone();
    let reason = |action: &str| {
        let one = verdicts.iter().find(|one| one["action"] == action).unwrap();
        assert_eq!((&one["verdict"], &one["granted"]), (&json!("unobserved"), &json!(true)));
        one["reason"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        reason("dynamodb:PutItem"),
        "could not be seen: it takes data events of AWS::DynamoDB::Table, and the logs have none"
    );
    assert!(reason("sns:Publish").starts_with("could not be seen: it takes data events of AWS::SNS::Topic"));
}

#[test]
fn what_is_only_seen_is_granted_where_it_is_harmless() {
    let scene = Scene::new().uses_table().seen(2, "s3", "ListBuckets", &json!({}), None);
    assert!(scene.verdicts(&[]).contains(&"observed-only: s3:ListAllMyBuckets on *".to_owned()));
    let policy = scene.policy(&[]);
    assert!(policy.contains("ObservedS3Any") && policy.contains("s3:ListAllMyBuckets"), "{policy}");
    let notes = scene.json(&[])["roles"][0]["notes"].to_string();
    assert!(notes.contains("observed-only"), "{notes}");
}

#[test]
fn a_poisoned_trail_does_not_teach_the_role() {
    let user = json!({ "userName": "intruder" });
    let secret =
        json!({ "secretId": format!("arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:prod-Ab1Cd2") });
    let scene = Scene::new()
        .uses_table()
        .seen(40, "iam", "CreateAccessKey", &user, None)
        .seen(
            40,
            "iam",
            "AttachRolePolicy",
            &json!({ "roleName": ROLE, "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess" }),
            None,
        )
        .seen(40, "cloudtrail", "StopLogging", &json!({ "name": "trail" }), None)
        .seen(40, "s3", "DeleteBucket", &json!({ "bucketName": "incoming" }), None)
        .seen(40, "secretsmanager", "GetSecretValue", &secret, None);
    let held: Vec<String> =
        scene.verdicts(&[]).into_iter().filter(|one| one.starts_with("observed-only")).collect();
    assert_eq!(held.len(), 5, "{held:?}");
    assert!(held.iter().all(|one| one.starts_with("observed-only: not ")), "{held:?}");
    let policy = scene.policy(&[]);
    for action in ["iam:", "cloudtrail:", "s3:DeleteBucket", "secretsmanager:"] {
        assert!(!policy.contains(action), "{policy}");
    }
    // The role allows it today, and that it goes is not called sure.
    let text = scene.run("tighten", &[]).1;
    assert!(text.contains("`s3:DeleteBucket` was seen 40 times"), "{text}");
    let (status, explained, _) = scene.run("explain", &["iam:CreateAccessKey"]);
    assert!(status == 1 && explained.contains("--accept iam:CreateAccessKey"), "{explained}");
}

#[test]
fn a_person_takes_in_what_is_held_back() {
    let scene = Scene::new().seen(2, "s3", "DeleteBucket", &json!({ "bucketName": "incoming" }), None);
    assert!(!scene.policy(&[]).contains("s3:DeleteBucket"));
    assert!(scene.policy(&["--accept", "s3:DeleteBucket"]).contains("s3:DeleteBucket"));
    let config = "[[accept]]\naction = \"s3:DeleteBucket\"\nreason = \"empties test buckets\"\n";
    fs::write(scene.path("scopedown.toml"), config).unwrap();
    let accepted = scene.json(&[]);
    assert!(
        accepted.to_string().contains("is accepted at scopedown.toml:1 (empties test buckets)"),
        "{accepted:#}"
    );
    let expired = config.replace("reason", "expires = \"2020-01-01\"\nreason");
    fs::write(scene.path("scopedown.toml"), expired).unwrap();
    assert!(!scene.policy(&[]).contains("s3:DeleteBucket"));
}

#[test]
fn a_denied_call_is_never_a_grant() {
    let scene = Scene::new().uses_table().seen(1, "s3", "ListBuckets", &json!({}), None).denied();
    assert!(!scene.policy(&[]).contains("ListAllMyBuckets"));
    assert!(scene.run("tighten", &[]).1.contains("was tried and denied once"));
}

#[test]
fn what_is_neither_in_code_nor_seen_goes_by_how_sure_that_is() {
    let change = |scene: &Scene, action: &str| {
        let json = scene.json(&[]);
        let changes = json["roles"][0]["changes"].as_array().unwrap().clone();
        let has = |one: &&Value| {
            one["actions"].as_array().unwrap().contains(&json!(action)) && !one["sureness"].is_null()
        };
        changes.iter().find(has).unwrap_or_else(|| panic!("{json:#}"))["sureness"].clone()
    };
    let template = TEMPLATE.replace("\"logs:*\"", "\"logs:*\", \"ec2:DescribeInstances\"");
    let scene = Scene::new();
    fs::write(scene.path("template.yaml"), &template).unwrap();
    assert_eq!(change(&scene, "ec2:DescribeInstances")["level"], "likely");
    let short = scene.uses_table().seen(3, "s3", "ListBuckets", &json!({}), None);
    assert_eq!(change(&short, "ec2:DescribeInstances")["level"], "likely");
    let long = short.seen(56, "s3", "ListBuckets", &json!({}), None);
    let sure = change(&long, "ec2:DescribeInstances");
    assert_eq!(sure["level"], "sure", "{sure}");
    assert!(sure["reason"].as_str().unwrap().contains("would have shown it, and did not"), "{sure}");
    // Code that could not be read may do anything.
    fs::write(long.path("app.py"), format!("{CODE}\n    getattr(s3, event['call'])()\n")).unwrap();
    assert_ne!(change(&long, "ec2:DescribeInstances")["level"], "sure");
}

#[test]
fn what_the_code_leaves_open_is_narrowed_only_by_enough_evidence() {
    let open = "confirmed: s3:GetObject on arn:aws:s3:::incoming/*".to_owned();
    let few = Scene::new().reads_objects(40, "orders/a.csv");
    assert!(few.verdicts(&[]).contains(&open));
    let many = Scene::new().reads_objects(56, "orders/a.csv").reads_objects(56, "orders/2026/b.csv");
    let narrow = "confirmed: s3:GetObject on arn:aws:s3:::incoming/orders/*".to_owned();
    assert!(many.verdicts(&[]).contains(&narrow), "{:?}", many.verdicts(&[]));
    assert!(many.json(&[])["roles"][0]["notes"].to_string().contains("narrowed"));
    assert!(many.verdicts(&["--no-narrow"]).contains(&open));
    // Folders that differ are data.
    let varied = Scene::new().reads_objects(56, "acme/a.csv").reads_objects(56, "initech/a.csv");
    assert!(varied.verdicts(&[]).contains(&open));
}

#[test]
fn what_a_log_has_of_wildcards_is_data() {
    let parameters = json!({ "bucketName": "incoming", "key": "*" });
    let scene =
        Scene::new().uses_table().seen(60, "s3", "PutObject", &parameters, Some("arn:aws:s3:::incoming/*"));
    let policy = scene.policy(&[]);
    assert!(policy.contains("arn:aws:s3:::incoming/${*}"), "{policy}");
}

#[test]
fn calls_of_others_are_not_the_functions() {
    let mut scene = Scene::new().uses_table().seen(5, "s3", "ListBuckets", &json!({}), None);
    for event in scene.events.iter_mut().filter(|event| event["eventName"] == "ListBuckets") {
        let other = event.to_string().replace("shop-Worker-", "shop-WorkerHelper-");
        *event = serde_json::from_str(&other).unwrap();
    }
    assert!(!scene.policy(&[]).contains("ListAllMyBuckets"));
}

#[test]
fn a_role_that_fits_is_no_finding() {
    let scene = Scene::new();
    let (_, policy, _) = scene.run("generate", &["--quiet"]);
    let file = scene.path("role.json");
    fs::write(&file, policy).unwrap();
    let (status, text, _) = scene.run("tighten", &["--current", file.to_str().unwrap()]);
    assert_eq!(status, 0, "{text}");
    assert!(text.contains("The role fits"), "{text}");
}

#[test]
fn what_is_denied_today_stays_denied() {
    let scene = Scene::new();
    let file = scene.path("role.json");
    let role = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
    ]});
    fs::write(&file, role.to_string()).unwrap();
    let json = scene.json(&["--current", file.to_str().unwrap()]);
    let kinds: Vec<&Value> =
        json["roles"][0]["changes"].as_array().unwrap().iter().map(|one| &one["kind"]).collect();
    assert!(!kinds.contains(&&json!("added")) && !kinds.contains(&&json!("widened")), "{json:#}");
}

#[test]
fn a_policy_that_is_too_long_is_split_and_not_widened() {
    let scene = Scene::new();
    let resources: Vec<String> = (0..200).map(|number| format!("arn:aws:s3:::{number:0>60}/*")).collect();
    let base = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": resources},
    ]});
    fs::write(scene.path("base.json"), base.to_string()).unwrap();
    fs::write(scene.path("scopedown.toml"), "base-policy = \"base.json\"\n").unwrap();
    let json = scene.json(&[]);
    let policies = json["roles"][0]["policies"].as_array().unwrap();
    assert!(policies.len() > 1 && policies.len() <= 10, "{}", policies.len());
    let all = json["roles"][0]["policies"].to_string();
    assert!(policies.iter().all(|policy| policy.to_string().len() <= 6144));
    assert!(resources.iter().all(|resource| all.contains(resource.as_str())));
}

#[test]
fn bad_input_gets_a_clear_message() {
    let scene = Scene::new().uses_table();
    let broken = scene.path("broken.json");
    fs::write(&broken, "{ \"Version\": ").unwrap();
    let none = scene.path("none.json");
    for (arguments, said) in [
        (vec!["--current", broken.to_str().unwrap()], "is not JSON"),
        (vec!["--current", none.to_str().unwrap()], "could not read"),
        (vec!["--accept", "DeleteBucket"], "write it with its service"),
        (vec!["--trail", none.to_str().unwrap()], "could not read"),
    ] {
        let (status, stdout, stderr) = scene.run("tighten", &arguments);
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(stderr.contains(said), "{arguments:?}: {stderr}");
    }
    let outside = TEMPLATE.replace("!GetAtt WorkerRole.Arn", "arn:aws:iam::111122223333:role/elsewhere");
    fs::write(scene.path("template.yaml"), outside).unwrap();
    let (status, _, stderr) = scene.run("tighten", &[]);
    assert!(status == 2 && stderr.contains("--current FILE"), "{stderr}");
}

#[test]
fn a_full_access_role_becomes_a_narrow_one() {
    let trail = format!("{LEDGER}/trail");
    let (status, text, _) = scopedown(&["tighten", LEDGER, "--trail", &trail]);
    assert_eq!(status, 1);
    insta::assert_snapshot!("ledger.text", text);
    let (_, markdown, _) = scopedown(&["tighten", LEDGER, "--trail", &trail, "--format", "markdown"]);
    insta::assert_snapshot!("ledger.markdown", markdown);
    let (_, policy, _) = scopedown(&["tighten", LEDGER, "--trail", &trail, "--format", "policy"]);
    assert_eq!(policy, fs::read_to_string(format!("{LEDGER}/expected/tightened.json")).unwrap());
    let role = tempfile::NamedTempFile::with_suffix(".json").unwrap();
    fs::write(role.path(), &policy).unwrap();
    let again = ["tighten", LEDGER, "--trail", &trail, "--current", role.path().to_str().unwrap()];
    assert_eq!(scopedown(&again).0, 0, "the new role fits");
}

#[test]
fn every_format_of_generate_shows_the_trail() {
    let trail = format!("{LEDGER}/trail");
    let generate = |format: &str| {
        let (status, stdout, stderr) =
            scopedown(&["generate", LEDGER, "--trail", &trail, "--format", format]);
        assert_eq!(status, 0, "{stderr}");
        stdout
    };
    let report: Value = serde_json::from_str(&generate("report")).unwrap();
    assert_eq!(errors_by("report.schema.json", &report), Vec::<String>::new());
    let function = &report["functions"][0];
    assert_eq!(function["trail"]["callers"][0]["attribution"], "in-scope-of");
    assert!(function["grants"].to_string().contains(r#""event_name":"GetObject""#));
    assert!(generate("policy").contains("ledger-dropbucket-a1b2c3d4e5f6/incoming/*"));
    assert!(generate("text").contains("seen 105 times  s3:GetObject"));
    for format in ["cloudformation", "sam"] {
        let template = generate(format);
        assert!(
            template.contains("${DropBucket.Arn}/incoming/*") && !template.contains("a1b2c3d4e5f6"),
            "{template}"
        );
    }
}

#[test]
fn explain_tells_the_verdict() {
    let trail = format!("{LEDGER}/trail");
    // A path is no second trail, wherever it stands.
    let explain = |action: &str| scopedown(&["explain", "--trail", &trail, action, LEDGER]);
    let (status, text, _) = explain("s3:GetObject");
    assert!(status == 0 && text.contains("confirmed") && text.contains("seen 105 times"), "{text}");
    let (status, text, _) = explain("sns:Publish");
    assert!(status == 0 && text.contains("unobserved") && text.contains("could not be seen"), "{text}");
}

#[test]
fn a_shared_role_is_split() {
    let shop = "samples/python-orders";
    let (status, text, _) = scopedown(&["tighten", shop, "--trail", &format!("{shop}/trail")]);
    assert_eq!(status, 1);
    insta::assert_snapshot!("shop.text", text);
}
