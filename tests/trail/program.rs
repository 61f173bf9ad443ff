//! `scopedown trail` as a person runs it.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::record::{delivery, event, session, write};
use crate::sample;

fn run(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } =
        Command::new(env!("CARGO_BIN_EXE_scopedown")).args(arguments).output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The errors of a value against a schema of the repository.
fn errors(schema: &str, value: &Value) -> Vec<String> {
    let text = std::fs::read_to_string(format!("{}/schemas/{schema}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap();
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn a_summary_and_a_usage_file_keep_their_schemas() {
    let folder = tempfile::tempdir().unwrap();
    let usage = folder.path().join("usage.json");
    let sample = sample::folder();
    let (status, stdout, stderr) =
        run(&["trail", "summarize", text(&sample), "--format", "json", "--output", text(&usage)]);
    assert_eq!(status, 0, "{stderr}");
    assert!(stderr.contains("records in 8 files"), "{stderr}");
    let mut summary: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(errors("usage-summary.schema.json", &summary), Vec::<String>::new());
    let file: Value = serde_json::from_slice(&std::fs::read(&usage).unwrap()).unwrap();
    assert_eq!(errors("usage.schema.json", &file), Vec::<String>::new());
    summary["rows"][0]["surprise"] = true.into();
    assert_eq!(errors("usage-summary.schema.json", &summary).len(), 1);

    // Half and half, then together: the same file, and from it the same summary.
    let half = |day: &str| {
        let part = folder.path().join(format!("{day}.json"));
        let logs = sample.join("AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11").join(day);
        assert_eq!(run(&["trail", "summarize", text(&logs), "--output", text(&part), "--quiet"]).0, 0);
        part
    };
    let (one, other) = (half("03"), half("04"));
    let merged = run(&["trail", "merge", text(&other), text(&one), text(&one), "--format", "usage"]);
    assert_eq!(merged.1, std::fs::read_to_string(&usage).unwrap());
    let again = run(&["trail", "summarize", text(&usage), "--format", "text"]);
    assert!(again.1.contains("fern-and-fig-orders-api"), "{}", again.1);
}

#[test]
fn what_a_log_says_does_not_steer_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let call = event(1, "2026-11-03T09:00:00Z", "ssm", "GetParameter", json!({ "name": "/a\u{1b}[2J" }));
    write(&folder.path().join("a.json.gz"), &delivery(&[session(call, "f\u{1b}]0;x\u{7}\n")]));
    let (_, stdout, _) = run(&["trail", "summarize", text(folder.path())]);
    assert!(
        !stdout.contains('\u{1b}') && !stdout.contains('\u{7}') && stdout.contains("\\u{1b}"),
        "{stdout}"
    );
}

#[test]
fn what_cannot_run_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("log.json"), b"{\"Records\":[]}");
    for (arguments, says) in [
        (&["trail", "summarize", "no/such/folder"][..], "no/such/folder"),
        (&["trail", "summarize", text(folder.path()), "--from", "last week"], "2026-11-03"),
        (&["trail", "merge", text(&folder.path().join("log.json"))], "--output"),
        (&["trail", "merge", "no/such/file"], "no/such/file"),
    ] {
        let (status, stdout, stderr) = run(arguments);
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(stderr.contains(says) && !stderr.contains("panicked"), "{arguments:?}: {stderr}");
    }
    let nothing = run(&["trail", "summarize", text(folder.path())]);
    assert!(nothing.0 == 0 && nothing.1.contains("No role's calls."), "{nothing:?}");
}
