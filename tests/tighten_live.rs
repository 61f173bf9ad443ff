//! `tighten --role` and `--apply` over the real SDK against moto's server: the sample's role with full access becomes
//! a narrow one, and goes back.

#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "common/moto.rs"]
mod moto;

use std::path::Path;
use std::process::{Command, Stdio};

use moto::{Moto, live};
use serde_json::Value;

const LEDGER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/python-ledger");
const TRAIL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/python-ledger/trail");
const ROLE: &str = "ledger-FilerRole-4QW8ERT6YUI1";
const S3: &str = "arn:aws:iam::aws:policy/AmazonS3FullAccess";
const LOGS: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

fn role() -> Moto {
    let moto = Moto::start();
    let made = |action: &str, parameters: &[(&str, &str)]| {
        let (status, body) = moto.query("iam", action, parameters);
        assert_eq!(status, 200, "{action}: {body}");
    };
    made("CreateRole", &[("RoleName", ROLE), ("AssumeRolePolicyDocument", TRUST)]);
    for arn in [S3, LOGS] {
        made("AttachRolePolicy", &[("RoleName", ROLE), ("PolicyArn", arn)]);
    }
    moto
}

fn run(moto: &Moto, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scopedown"));
    live(&mut command, &moto.url()).args(arguments).env("AWS_MAX_ATTEMPTS", "1").stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn tighten(moto: &Moto, more: &[&str]) -> (i32, String, String) {
    let mut arguments = vec!["tighten", LEDGER, "--trail", TRAIL, "--role", ROLE];
    arguments.extend(more);
    run(moto, &arguments)
}

/// The names of the inline policies and the ARNs of the attached ones.
fn policies(moto: &Moto) -> (Vec<String>, Vec<String>) {
    let (status, stdout, stderr) = run(moto, &["role", ROLE, "--format", "json"]);
    assert_eq!(status, 0, "{stderr}");
    let role: Value = serde_json::from_str(&stdout).unwrap();
    let names = |member: &str| role["role"][member].as_object().unwrap().keys().cloned().collect();
    (names("inline"), names("attached"))
}

fn backup(folder: &Path) -> String {
    folder.join("backup.json").to_str().unwrap().to_owned()
}

#[test]
#[ignore = "needs the programs that `cargo xtask test` installs"]
fn a_role_is_made_to_fit_and_goes_back() {
    let moto = role();
    let folder = tempfile::tempdir().unwrap();
    let backup = backup(folder.path());
    let (status, text, stderr) = tighten(&moto, &[]);
    assert_eq!(status, 1, "{stderr}");
    assert!(text.contains("AmazonS3FullAccess") && text.contains("s3:*"), "{text}");

    let (status, _, stderr) = tighten(&moto, &["--apply", "--backup", &backup]);
    assert!(status == 2 && stderr.contains("--yes"), "{stderr}");
    assert_eq!(policies(&moto).1, [S3, LOGS]);

    let (status, _, stderr) = tighten(&moto, &["--apply", "--yes", "--backup", &backup]);
    assert_eq!(status, 0, "{stderr}");
    assert_eq!(policies(&moto), (vec!["scopedown".to_owned()], vec![]));
    let (status, text, stderr) = tighten(&moto, &[]);
    assert_eq!(status, 0, "{text}{stderr}");
    let (status, _, stderr) = tighten(&moto, &["--apply", "--yes"]);
    assert_eq!(status, 0, "nothing is left to do: {stderr}");

    assert_eq!(run(&moto, &["rollback", &backup, "--yes"]).0, 0);
    assert_eq!(policies(&moto), (vec![], vec![S3.to_owned(), LOGS.to_owned()]));
}

#[test]
#[ignore = "needs the programs that `cargo xtask test` installs"]
fn a_staged_change_leaves_the_broad_policies() {
    let moto = role();
    let folder = tempfile::tempdir().unwrap();
    let backup = backup(folder.path());
    let (status, _, stderr) = tighten(&moto, &["--apply", "--stage", "--yes", "--backup", &backup]);
    assert_eq!(status, 0, "{stderr}");
    assert_eq!(policies(&moto), (vec!["scopedown".to_owned()], vec![S3.to_owned(), LOGS.to_owned()]));
}

#[test]
#[ignore = "needs the programs that `cargo xtask test` installs"]
fn a_role_that_is_not_there_is_said() {
    let moto = role();
    let (status, stdout, stderr) = run(&moto, &["tighten", LEDGER, "--role", "nobody"]);
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(stderr.contains("nobody"), "{stderr}");
}

/// A project whose template names its role and does not have it.
fn elsewhere(code: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |file: &str, text: &str| std::fs::write(folder.path().join(file), text).unwrap();
    write(
        "template.yaml",
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Filer:\n    Type: AWS::Serverless::Function\n    \
         Properties:\n      Runtime: python3.13\n      Handler: app.handler\n      CodeUri: src/\n      \
         Role: !ImportValue filer-role\n",
    );
    write("scopedown.toml", &format!("[functions.Filer]\nrole = '{ROLE}'\n"));
    if !code.is_empty() {
        std::fs::create_dir(folder.path().join("src")).unwrap();
        write("src/app.py", code);
    }
    folder
}

#[test]
#[ignore = "needs the programs that `cargo xtask test` installs"]
fn the_configured_role_is_read_from_aws() {
    let moto = role();
    let project =
        elsewhere("import boto3\ndef handler(event, context):\n    boto3.client('s3').list_buckets()\n");
    let (status, text, stderr) = run(&moto, &["tighten", project.path().to_str().unwrap()]);
    assert_eq!(status, 1, "{stderr}");
    assert!(text.contains(ROLE) && text.contains("s3:*"), "{text}");
}

#[test]
#[ignore = "needs the programs that `cargo xtask test` installs"]
fn a_role_whose_code_was_not_read_is_left_alone() {
    let moto = role();
    let project = elsewhere("");
    let path = project.path().to_str().unwrap();
    let (status, _, stderr) = run(&moto, &["tighten", path, "--role", ROLE, "--apply", "--yes"]);
    assert!(status == 2 && stderr.contains("nothing was changed") && stderr.contains("--stage"), "{stderr}");
    assert_eq!(policies(&moto), (vec![], vec![S3.to_owned(), LOGS.to_owned()]));
}
