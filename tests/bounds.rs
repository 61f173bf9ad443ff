//! Evaluation ends whatever the code does, and says where it stopped.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fmt::Write as _;
use std::fs;

use scopedown::analysis::{Analysis, Request, analyze};

fn analyzed(source: &str) -> Analysis {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("app.py"), source).unwrap();
    let handler = Some("app.py:handler".to_owned());
    analyze(&Request { path: folder.path().to_owned(), handler, ..Request::default() }).unwrap()
}

fn actions(analysis: &Analysis) -> Vec<String> {
    let grants = analysis.functions[0].grants.iter().map(|grant| grant.action.to_string());
    grants.filter(|action| !action.starts_with("logs:")).collect()
}

fn rules(analysis: &Analysis) -> Vec<&str> {
    analysis.functions[0].notes.iter().map(|note| note.rule).collect()
}

#[test]
fn functions_that_call_each_other_are_followed_and_end() {
    let analysis = analyzed(
        "import boto3\n\
         def ping(n):\n    boto3.client('s3').get_object(Bucket='b', Key=str(n))\n    return pong(n + 1)\n\
         def pong(n):\n    boto3.client('s3').put_object(Bucket='b', Key='k')\n    return ping([n])\n\
         def handler(event, context):\n    return ping(event)\n",
    );
    assert_eq!(actions(&analysis), ["s3:GetObject", "s3:PutObject"]);
}

#[test]
fn a_stack_that_is_too_deep_is_said() {
    let mut source = String::from("import boto3\ndef f0():\n    boto3.client('sqs').list_queues()\n");
    for n in 1..80 {
        let _ = writeln!(source, "def f{n}():\n    return f{}()", n - 1);
    }
    source.push_str("def handler(event, context):\n    return f79()\n");
    let analysis = analyzed(&source);
    assert_eq!(rules(&analysis), ["depth-bound"]);
    assert!(actions(&analysis).is_empty());
}

#[test]
fn texts_that_grow_and_sets_that_widen_end_in_a_wildcard() {
    let names: Vec<String> = (0..40).map(|n| format!("'in-{n}'")).collect();
    let analysis = analyzed(&format!(
        "import boto3, random\n\
         def handler(event, context):\n    key = 'k'\n    while event:\n        key = key + '/x'\n\
         \x20   boto3.client('s3').get_object(Bucket=random.choice([{}]), Key=key)\n",
        names.join(", ")
    ));
    let patterns: Vec<String> =
        analysis.functions[0].grants.iter().map(|grant| grant.resource.pattern.to_pattern()).collect();
    assert!(patterns.iter().any(|pattern| pattern.starts_with("arn:aws:s3:::")), "{patterns:?}");
    assert!(patterns.len() < 60, "{patterns:?}");
}

#[test]
fn a_handler_that_stands_behind_too_much_is_said_to() {
    let mut source = String::from("def f0(text):\n    return text\n");
    for n in 1..40 {
        let _ = writeln!(source, "def f{n}(text):\n    return f{0}(text + 'a') + f{0}(text + 'b')", n - 1);
    }
    source.push_str("f39('')\ndef handler(event, context):\n    return event\n");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("app.py"), source).unwrap();
    let handler = Some("app.py:handler".to_owned());
    let request = Request { path: folder.path().to_owned(), handler, ..Request::default() };
    let error = analyze(&request).unwrap_err().to_string();
    assert!(error.contains("too large to be followed to where it may define `handler`"), "{error}");
}
