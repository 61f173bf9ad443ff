//! `scopedown diff` as a person runs it, on small policies and on those of AWS.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use scopedown::catalog;
use scopedown::diff::{Diff, Kind};
use scopedown::policy::{parse, print};
use serde_json::{Value, json};

/// The status and what both streams say.
fn diff(old: &str, new: &str, arguments: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("old.json", old), ("new.json", new)] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_scopedown"))
        .args(["diff", "old.json", "new.json"])
        .args(arguments)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn policy(statements: &Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn old() -> String {
    policy(&json!([
        {"Sid": "Files", "Effect": "Allow", "Action": "s3:*",
         "Resource": ["arn:aws:s3:::uploads", "arn:aws:s3:::uploads/*"]},
        {"Sid": "Queue", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:1:jobs"},
        {"Sid": "Keys", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
         "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}},
        {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"},
    ]))
}

fn new() -> String {
    policy(&json!([
        {"Sid": "Files", "Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject"],
         "Resource": "arn:aws:s3:::uploads/*"},
        {"Sid": "Keys", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
         "Condition": {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}},
        {"Effect": "Allow", "Action": ["iam:PassRole", "lambda:CreateFunction"], "Resource": "*"},
    ]))
}

#[test]
fn every_format_shows_the_same_change() {
    for format in ["text", "markdown", "json", "policy"] {
        let (status, stdout, stderr) = diff(&old(), &new(), &["--format", format]);
        assert_eq!(status, 1, "{format}");
        assert!(stderr.starts_with("AWS as known to "), "{stderr}");
        assert!(!stdout.contains('\x1b'));
        insta::assert_snapshot!(format!("diff.{format}"), stdout);
    }
}

#[test]
fn what_is_written_otherwise_is_the_same() {
    let one = policy(&json!([
        {"Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::b/*"}]));
    let other = policy(&json!([
        {"Effect": "Allow", "Action": "S3:putobject", "Resource": ["arn:aws:s3:::b/x*", "arn:aws:s3:::b/*"]},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*",
         "Condition": {"Null": {"aws:username": ["true", "false"]}}}]));
    let (status, stdout, _) = diff(&one, &other, &[]);
    assert_eq!(status, 0, "{stdout}");
    assert!(stdout.contains("Both allow the same."), "{stdout}");
}

#[test]
fn functions_are_compared_by_name() {
    let wrap = |name: &str, policy: &str| format!("{{{name:?}: {policy}, \"Same\": {}}}", old());
    let (status, stdout, _) = diff(&wrap("Gone", &old()), &wrap("Come", &new()), &["--format", "json"]);
    let found: Value = serde_json::from_str(&stdout).unwrap();
    let kinds = |index: usize| -> Vec<&str> {
        let changes = found["functions"][index]["changes"].as_array().unwrap();
        let mut kinds: Vec<&str> = changes.iter().map(|change| change["kind"].as_str().unwrap()).collect();
        kinds.dedup();
        kinds
    };
    assert_eq!(status, 1);
    assert_eq!([kinds(0), kinds(1), kinds(2)], [vec!["added"], vec!["removed"], vec!["same"]]);
    assert_eq!(diff("{}", "{}", &[]).0, 0);
}

#[test]
fn bad_input_is_said() {
    for (old, new, message) in [
        ("{", "{}", "`old.json` is no JSON"),
        ("{}", "3", "`new.json` cannot be compared: neither a policy nor an object of policies by function"),
        (
            "{\"Version\": \"2012-10-17\", \"Statement\": [{}]}",
            "{}",
            "`old.json` cannot be compared: $.Statement[0]: has no `Effect`",
        ),
        ("{\"F\": {\"Statements\": []}}", "{}", "`F` is no policy: $.Statements: is no element of a policy"),
        (&old(), "{\"A\": {}, \"B\": {}}", "one side is one policy, the other is of several functions"),
    ] {
        let (status, stdout, stderr) = diff(old, new, &[]);
        assert_eq!((status, stdout.as_str()), (2, ""));
        assert!(stderr.contains(message), "{stderr}");
    }
}

#[test]
fn an_action_that_aws_does_not_have_is_said_with_its_line() {
    let misspelt = "{\"Orders\": {\n \"Statement\": [{\n  \"Effect\": \"Allow\",\n  \"Action\": [\"s3:GetObject\",\n   \"s3:GetObjects\"],\n  \"Resource\": \"*\"}]}}";
    let (status, text, _) = diff(misspelt, misspelt, &[]);
    assert_eq!(status, 0, "a policy does not differ from itself");
    let said = "new.json:5: AWS has no action `s3:GetObjects`, so the statement allows nothing by it (unknown-action)";
    assert!(text.contains(said) && text.contains("help: did you mean `s3:GetObject`?"), "{text}");
    let (_, markdown, _) = diff(misspelt, misspelt, &["--format", "markdown"]);
    assert!(markdown.contains("- old.json:5: AWS has no action"), "{markdown}");
    let (_, json, _) = diff(misspelt, misspelt, &["--format", "json"]);
    let printed: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&printed["notes"][0]["rule"], &printed["notes"][0]["line"]),
        (&json!("unknown-action"), &json!(5))
    );
}

#[test]
fn a_side_may_be_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new.json");
    fs::write(&file, new()).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_scopedown"))
        .args(["diff", "-", file.to_str().unwrap()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(old().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), diff(&old(), &new(), &[]).1);
}

#[test]
fn the_json_keeps_its_schema() {
    let schema =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/diff.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let twice = |policy: String| format!("{{\"A\": {policy}, \"B\": {policy}}}");
    for (before, after) in [
        (old(), new()),
        (twice(old()), twice(new())),
        ("{}".into(), "{}".into()),
        (old().replace("PassRole", "PassRoll"), new()),
    ] {
        let (_, stdout, _) = diff(&before, &after, &["--format", "json"]);
        let printed: Value = serde_json::from_str(&stdout).unwrap();
        let errors: Vec<String> = validator.iter_errors(&printed).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new());
    }
}

/// Real policies of every form: read and printed without loss, and none differs from itself.
#[test]
fn the_policies_of_aws_are_read_whole() {
    // To read one is to unpack its neighbours, so not all of them here.
    for name in [
        "AmazonS3FullAccess",
        "AWSLambdaVPCAccessExecutionRole",
        "PowerUserAccess",
        "AWSXRayDaemonWriteAccess",
        "AmazonDynamoDBReadOnlyAccess",
        "IAMUserChangePassword",
        "AWSBackupServiceRolePolicyForBackup",
    ] {
        let policy = catalog::managed_policy(name).unwrap();
        let document = parse(&policy.document).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(parse(&print(&document)).unwrap(), document, "{name}");
        if policy.document.to_string().len() < 3000 {
            let diff = Diff::new(None, vec![document.clone()], vec![document]);
            assert!(!diff.differs() && diff.of_kind(Kind::Same).count() > 0, "{name}");
        }
    }
}

#[test]
fn the_whole_of_aws_is_compared_in_time() {
    let read = |name: &str| vec![parse(&catalog::managed_policy(name).unwrap().document).unwrap()];
    let diff = Diff::new(None, read("AdministratorAccess"), read("ReadOnlyAccess"));
    let kinds: Vec<Kind> = diff.changes.iter().map(|change| change.kind).collect();
    assert_eq!(kinds, [Kind::Narrowed]);
    assert!(diff.changes[0].witness.known && diff.changes[0].witness.assuming.is_empty());
}
