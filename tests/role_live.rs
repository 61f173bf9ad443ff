//! Roles in AWS: read, changed, changed halfway and taken back, over the real SDK against moto's server. A proxy in
//! front of it answers what moto does not know, and refuses or loses the calls that a test wants to fail.

#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "common/moto.rs"]
mod moto;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use moto::{Moto, live};
use scopedown::aws::Connection;
use scopedown::policy;
use scopedown::role::{self, Desired, Iam, Quotas};
use serde_json::{Value, json};

const BUCKETS: &str = "arn:aws:iam::123456789012:policy/shop/buckets";
const S3: &str = "arn:aws:iam::aws:policy/AmazonS3FullAccess";
/// As someone wrote it, with their own white space.
const TABLES: &str = "{ \"Version\": \"2012-10-17\",\n\t\"Statement\": {\"Effect\": \"Allow\", \"Action\": [\"dynamodb:*\"], \"Resource\": \"*\",\n  \"Condition\": {\"StringEquals\": {\"aws:PrincipalTag/päth\": \"100%+/é\"}}} }";
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

/// A role with an inline policy, a policy of AWS's and one of the customer's own with five versions.
fn shop() -> Moto {
    let moto = Moto::start();
    let made = |action: &str, parameters: &[(&str, &str)]| {
        let (status, body) = moto.query("iam", action, parameters);
        assert_eq!(status, 200, "{action}: {body}");
    };
    let role = ("RoleName", "orders");
    let limit = document("*");
    made("CreatePolicy", &[("PolicyName", "limit"), ("PolicyDocument", &limit)]);
    made(
        "CreateRole",
        &[
            role,
            ("Path", "/shop/"),
            ("AssumeRolePolicyDocument", TRUST),
            ("PermissionsBoundary", "arn:aws:iam::123456789012:policy/limit"),
            ("Tags.member.1.Key", "team"),
            ("Tags.member.1.Value", "orders"),
        ],
    );
    made("PutRolePolicy", &[role, ("PolicyName", "tables"), ("PolicyDocument", TABLES)]);
    made("AttachRolePolicy", &[role, ("PolicyArn", S3)]);
    let path = ("Path", "/shop/");
    made(
        "CreatePolicy",
        &[("PolicyName", "buckets"), path, ("PolicyDocument", &document("s3:GetBucketAcl"))],
    );
    for name in ["GetBucketCORS", "GetBucketLocation", "GetBucketLogging", "GetBucketTagging"] {
        let text = document(&format!("s3:{name}"));
        made(
            "CreatePolicyVersion",
            &[("PolicyArn", BUCKETS), ("PolicyDocument", &text), ("SetAsDefault", "true")],
        );
    }
    made("AttachRolePolicy", &[role, ("PolicyArn", BUCKETS)]);
    moto
}

fn document(action: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})
        .to_string()
}

/// The program, talking to `url` alone.
fn run(url: &str, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scopedown"));
    live(&mut command, url).args(arguments).env("AWS_MAX_ATTEMPTS", "1").stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// The program with a terminal before it, on which someone types. Gives its status and what was on the screen.
fn on_a_terminal(url: &str, arguments: &[&str], typed: &str) -> (i32, String) {
    const SPAWN: &str = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
    let mut command = Command::new(moto::program("python"));
    live(&mut command, url).args(["-c", SPAWN, env!("CARGO_BIN_EXE_scopedown")]).args(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.as_mut().unwrap().write_all(typed.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap(), String::from_utf8_lossy(&output.stdout).into_owned())
}

fn described(moto: &Moto) -> Value {
    let (status, stdout, stderr) = run(&moto.url(), &["role", "orders", "--format", "json"]);
    assert_eq!(status, 0, "{stderr}");
    serde_json::from_str(&stdout).unwrap()
}

/// What decides what the role may do: without version ids, which IAM never gives twice.
fn content(moto: &Moto) -> BTreeMap<String, Value> {
    let mut content: BTreeMap<String, Value> = BTreeMap::new();
    let role = described(moto)["role"].clone();
    content.insert("inline".into(), role["inline"].clone());
    for (arn, attached) in role["attached"].as_object().unwrap() {
        content.insert(arn.clone(), attached["policy"].clone());
    }
    let (_, listed) = moto.query("iam", "ListPolicyVersions", &[("PolicyArn", BUCKETS)]);
    content.insert("versions".into(), listed.matches("<VersionId>").count().into());
    let tables = [("RoleName", "orders"), ("PolicyName", "tables")];
    let (_, answer) = moto.query("iam", "GetRolePolicy", &tables);
    let text = answer.split("</PolicyDocument>").next().unwrap_or_default();
    content.insert("tables".into(), text.into());
    content
}

/// Changes the role in a process of its own, whose environment leads to `url`. Gives what the change said.
fn change(url: &str, backup: &Path) -> (bool, String) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    live(&mut command, url)
        .args(["--exact", "carried_out", "--include-ignored", "--nocapture"])
        .env("AWS_MAX_ATTEMPTS", "1")
        .env("TEST_BACKUP", backup);
    let output = command.output().unwrap();
    (
        output.status.success(),
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr),
    )
}

/// What [`change`] runs; by itself it does nothing.
#[test]
#[ignore = "needs the programs that `cargo xtask test` installs"]
fn carried_out() {
    let Some(backup) = std::env::var_os("TEST_BACKUP") else { return };
    let mut iam = Iam::open(&Connection::default()).unwrap();
    let (role, _) = role::live(&mut iam, "orders").unwrap();
    let narrow = |action: &str| policy::parse(&serde_json::from_str(&document(action)).unwrap()).unwrap();
    let desired = Desired {
        policies: [("orders-narrow".into(), narrow("dynamodb:GetItem"))].into(),
        versions: [(BUCKETS.into(), narrow("s3:GetObject"))].into(),
        detach: [S3.into()].into(),
        delete: ["tables".into()].into(),
        stage: false,
    };
    let plan = role::plan(&role, &desired, Quotas::default());
    assert_eq!(plan.steps.len(), 5);
    let said = role::apply(&plan, &mut iam, Path::new(&backup), &mut |_| {});
    if let Err(error) = said {
        panic!("{error}\nhelp: {}", error.help().unwrap_or_default());
    }
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn backup(&self) -> PathBuf {
        self.0.path().join("backup.json")
    }
}

#[test]
#[ignore = "needs the programs that `cargo xtask test` installs"]
fn a_role_is_read_as_iam_has_it() {
    let moto = shop();
    let proxy = Proxy::start(&moto, |_, _| Verdict::Pass);
    let (status, stdout, stderr) =
        run(&proxy.url(), &["role", "arn:aws:iam::123456789012:role/shop/orders", "--format", "json"]);
    assert_eq!(status, 0, "{stderr}");
    let read: Value = serde_json::from_str(&stdout).unwrap();
    let role = &read["role"];
    assert_eq!(role["path"], "/shop/");
    assert_eq!(role["tags"], json!({"team": "orders"}));
    assert_eq!(role["trust"], serde_json::from_str::<Value>(TRUST).unwrap());
    assert_eq!(role["inline"]["tables"], serde_json::from_str::<Value>(TABLES).unwrap());
    assert_eq!(role["boundary"]["arn"], "arn:aws:iam::123456789012:policy/limit");
    assert_eq!(role["attached"][BUCKETS]["version"], "v5");
    assert_eq!(role["attached"][BUCKETS]["versions"], json!(["v1", "v2", "v3", "v4", "v5"]));
    assert_eq!(role["attached"][S3]["owner"], "aws");
    assert!(role["attached"][S3]["policy"]["Statement"].is_array());
    assert_eq!(
        role["last_accessed"],
        json!([
            {"service": "dynamodb", "when": "2026-01-02T03:04:05Z", "region": "eu-west-1",
             "actions": {"GetItem": "2026-01-02T03:04:05Z", "Scan": null}},
            {"service": "s3", "when": null, "region": null, "actions": {}},
        ])
    );
    let (status, stdout, _) = run(&proxy.url(), &["role", "orders"]);
    assert_eq!(status, 0);
    assert!(
        stdout.contains("inline policy tables") && stdout.contains("dynamodb                 2026-01-02"),
        "{stdout}"
    );

    // What may be missing is missed, and said.
    let (status, stdout, _) = run(&moto.url(), &["role", "orders"]);
    assert_eq!(status, 0);
    assert!(stdout.contains("(last-accessed-not-read)"), "{stdout}");
    let denying = Proxy::start(&moto, |operation, _| match operation {
        "GetPolicyVersion" => Verdict::Deny,
        _ => Verdict::Pass,
    });
    let (status, stdout, _) = run(&denying.url(), &["role", "orders"]);
    assert_eq!(status, 1, "{stdout}");
    assert!(stdout.contains("(policy-not-read)") && stdout.contains("`iam:GetPolicyVersion`"), "{stdout}");
}

#[test]
#[ignore = "needs the programs that `cargo xtask test` installs"]
fn a_change_is_taken_back_byte_for_byte() {
    let (moto, place) = (shop(), Place::new());
    let before = content(&moto);
    let (done, said) = change(&moto.url(), &place.backup());
    assert!(done, "{said}");
    let role = described(&moto)["role"].clone();
    assert_eq!(role["inline"].as_object().unwrap().keys().collect::<Vec<_>>(), ["orders-narrow"]);
    assert_eq!(role["attached"].as_object().unwrap().keys().collect::<Vec<_>>(), [BUCKETS]);
    assert_eq!(role["attached"][BUCKETS]["versions"], json!(["v2", "v3", "v4", "v5", "v6"]));

    let backup = place.backup();
    let backup = backup.to_str().unwrap();
    let (status, stdout, stderr) = run(&moto.url(), &["rollback", backup]);
    assert_eq!((status, stdout.as_str()), (2, ""), "{stderr}");
    assert!(stderr.contains("restore the inline policy `tables`") && stderr.contains("--yes"), "{stderr}");

    // On a terminal it asks, and no is no.
    for (answer, expected) in [("n\n", 2), ("\n", 2)] {
        let (status, screen) = on_a_terminal(&moto.url(), &["rollback", backup], answer);
        assert_eq!(status, expected, "{screen}");
        assert!(screen.contains("Restore the role `orders`? [y/N]"), "{screen}");
        assert!(screen.contains("not confirmed; nothing was changed"), "{screen}");
    }

    // Someone else was faster.
    let text = document("s3:PutObject");
    let put = [("RoleName", "orders"), ("PolicyName", "other"), ("PolicyDocument", text.as_str())];
    moto.query("iam", "PutRolePolicy", &put);
    let (status, _, stderr) = run(&moto.url(), &["rollback", backup, "--yes"]);
    assert_eq!(status, 2);
    assert!(stderr.contains("there is an inline policy `other`") && stderr.contains("--force"), "{stderr}");
    moto.query("iam", "DeleteRolePolicy", &put[..2]);

    let (status, screen) = on_a_terminal(&moto.url(), &["rollback", backup], "yes\n");
    assert_eq!(status, 0, "{screen}");
    assert!(screen.contains("version v1 of the managed policy `buckets` is v7 now"), "{screen}");
    assert_eq!(content(&moto), before);
    let (status, stdout, _) = run(&moto.url(), &["rollback", backup, "--yes"]);
    assert_eq!(status, 0);
    assert!(stdout.contains("nothing to restore"), "{stdout}");

    // A backup is not overwritten, and without one nothing is changed.
    let (done, said) = change(&moto.url(), &place.backup());
    assert!(!done && said.contains("replaces nothing"), "{said}");
    assert_eq!(content(&moto), before);
}

#[test]
#[ignore = "needs the programs that `cargo xtask test` installs"]
fn a_change_that_fails_midway_leaves_the_role_as_it_was() {
    let moto = shop();
    let before = content(&moto);
    // Each step once: refused, and carried out with the answer lost.
    for operation in [
        "DeletePolicyVersion",
        "CreatePolicyVersion",
        "PutRolePolicy",
        "DetachRolePolicy",
        "DeleteRolePolicy",
    ] {
        for verdict in [Verdict::Deny, Verdict::Lose] {
            let proxy =
                Proxy::start(
                    &moto,
                    move |asked, before| {
                        if before == 0 && asked == operation { verdict } else { Verdict::Pass }
                    },
                );
            let place = Place::new();
            let (done, said) = change(&proxy.url(), &place.backup());
            assert!(!done, "{operation} {verdict:?}");
            assert!(
                said.contains("of 5, to ") && said.contains("failed:"),
                "{operation} {verdict:?}: {said}"
            );
            assert!(
                said.contains("as it was") || said.contains("nothing was changed"),
                "{operation}: {said}"
            );
            assert!(place.backup().exists());
            assert_eq!(content(&moto), before, "{operation} {verdict:?}");
        }
    }
}

#[test]
#[ignore = "needs the programs that `cargo xtask test` installs"]
fn a_change_that_was_cut_off_is_taken_back_later() {
    let (moto, place) = (shop(), Place::new());
    let before = content(&moto);
    // From the first detaching on, nothing may be changed any more.
    let cut = Arc::new(Mutex::new(false));
    let proxy = Proxy::start(&moto, move |operation, _| {
        let mut cut = cut.lock().unwrap();
        *cut |= operation == "DetachRolePolicy";
        let reads = operation.starts_with("Get") || operation.starts_with("List");
        if *cut && !reads { Verdict::Deny } else { Verdict::Pass }
    });
    let (done, said) = change(&proxy.url(), &place.backup());
    assert!(!done && said.contains("scopedown rollback"), "{said}");
    assert_ne!(content(&moto), before);
    let (status, _, stderr) = run(&moto.url(), &["rollback", place.backup().to_str().unwrap(), "--yes"]);
    assert_eq!(status, 0, "{stderr}");
    assert_eq!(content(&moto), before);
}

#[test]
#[ignore = "needs the programs that `cargo xtask test` installs"]
fn what_cannot_be_read_says_why() {
    let moto = shop();
    let refusing = |verdict: Verdict| {
        Proxy::start(&moto, move |operation, _| match operation {
            "ListRolePolicies" => verdict,
            _ => Verdict::Pass,
        })
    };
    let (denied, throttled, lost) =
        (refusing(Verdict::Deny), refusing(Verdict::Throttle), refusing(Verdict::Lose));
    let orders = ["role", "orders"];
    let elsewhere = ["role", "arn:aws:iam::999999999999:role/orders"];
    for (url, arguments, problem, help) in [
        (moto.url(), ["role", "nobody"], "the role `nobody` was not found", "check the name"),
        (moto.url(), elsewhere, "`arn:aws:iam::123456789012:role/shop/orders`", "profile"),
        (moto.url(), ["role", "arn:aws:s3:::bucket"], "is no ARN of a role", "give the role's name"),
        (denied.url(), orders, "not allowed", "`iam:ListRolePolicies`"),
        (throttled.url(), orders, "throttled", "later"),
        (lost.url(), orders, "no answer", "network"),
    ] {
        let (status, stdout, stderr) = run(&url, &arguments);
        assert_eq!((status, stdout.as_str()), (2, ""), "{stderr}");
        assert!(stderr.contains(problem) && stderr.contains(help), "{stderr}");
    }
    let mut nobody = Command::new(env!("CARGO_BIN_EXE_scopedown"));
    live(&mut nobody, &moto.url())
        .args(orders)
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY");
    let output = nobody.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr.contains("no AWS credentials"), "{stderr}");
    let place = Place::new();
    fs::write(place.backup(), "{}").unwrap();
    let (status, _, stderr) = run(&moto.url(), &["rollback", place.backup().to_str().unwrap()]);
    assert_eq!(status, 2);
    assert!(stderr.contains("no backup of a role"), "{stderr}");
}

/// What happens to a call.
#[derive(Clone, Copy, Debug)]
enum Verdict {
    Pass,
    Deny,
    Throttle,
    /// Carried out, but the answer never comes.
    Lose,
}

/// Between the program and moto. It ends with the test's process.
struct Proxy {
    port: u16,
}

impl Proxy {
    /// `judge` is given the operation and how many of its kind came before.
    fn start(moto: &Moto, mut judge: impl FnMut(&str, usize) -> Verdict + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, behind) = (listener.local_addr().unwrap().port(), moto.port());
        thread::spawn(move || {
            let mut seen: BTreeMap<String, usize> = BTreeMap::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some((operation, request)) = received(&mut stream) else { continue };
                let before = seen.entry(operation.clone()).or_default();
                let verdict = judge(&operation, *before);
                *before += 1;
                let answer = match verdict {
                    Verdict::Deny => failure(
                        403,
                        "AccessDenied",
                        &format!("User: me is not authorized to perform: iam:{operation}"),
                    ),
                    Verdict::Throttle => failure(400, "Throttling", "Rate exceeded"),
                    Verdict::Pass => {
                        report(&operation, *before).unwrap_or_else(|| forwarded(behind, &request))
                    }
                    Verdict::Lose => {
                        forwarded(behind, &request);
                        continue;
                    }
                };
                let _ = stream.write_all(&answer);
            }
        });
        Self { port }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// The operation and the whole request, which asks for one answer and no more.
fn received(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut chunk).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let lines = head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
        if body.len() < length.unwrap_or(0_usize) {
            continue;
        }
        let operation = body.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or_default();
        let head: Vec<&str> = lines.collect();
        let request = format!("{}\r\nConnection: close\r\n\r\n{body}", head.join("\r\n"));
        return Some((operation.to_owned(), request.into_bytes()));
    }
}

fn forwarded(port: u16, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

fn answer(status: u16, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status} It\r\nContent-Type: text/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn failure(status: u16, code: &str, message: &str) -> Vec<u8> {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>1</RequestId></ErrorResponse>"
    );
    answer(status, &body)
}

/// moto makes no report of last accesses. This one is in the making at first.
fn report(operation: &str, times: usize) -> Option<Vec<u8>> {
    const WHEN: &str = "2026-01-02T03:04:05Z";
    let result = match (operation, times) {
        ("GenerateServiceLastAccessedDetails", _) => "<JobId>one</JobId>".to_owned(),
        ("GetServiceLastAccessedDetails", 1) => {
            format!("<JobStatus>IN_PROGRESS</JobStatus><JobCreationDate>{WHEN}</JobCreationDate>")
        }
        ("GetServiceLastAccessedDetails", _) => format!(
            "<JobStatus>COMPLETED</JobStatus><JobCreationDate>{WHEN}</JobCreationDate><JobCompletionDate>{WHEN}</JobCompletionDate>\
             <ServicesLastAccessed><member><ServiceName>Amazon S3</ServiceName><ServiceNamespace>s3</ServiceNamespace></member>\
             <member><ServiceName>Amazon DynamoDB</ServiceName><ServiceNamespace>dynamodb</ServiceNamespace>\
             <LastAuthenticated>{WHEN}</LastAuthenticated><LastAuthenticatedRegion>eu-west-1</LastAuthenticatedRegion>\
             <TrackedActionsLastAccessed><member><ActionName>GetItem</ActionName><LastAccessedTime>{WHEN}</LastAccessedTime></member>\
             <member><ActionName>Scan</ActionName></member></TrackedActionsLastAccessed></member></ServicesLastAccessed>"
        ),
        _ => return None,
    };
    Some(answer(
        200,
        &format!(
            "<{operation}Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><{operation}Result>{result}</{operation}Result>\
         <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{operation}Response>"
        ),
    ))
}
