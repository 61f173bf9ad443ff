//! Roles from files: every shape in which `aws iam` and people keep them, what is missing, and what is no role.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use scopedown::model::Note;
use scopedown::report::{self, Paint};
use scopedown::role::{self, Desired, PolicyOrigin, Quotas, Role};
use serde_json::{Value, json};

const DETAILS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/roles/account_details.json");
const ORDERS: &str = "arn:aws:iam::123456789012:role/orders";

/// Files of one test.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn put(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn json(&self, name: &str, value: &Value) -> PathBuf {
        self.put(name, format!("{value:#}"))
    }
}

fn policy(action: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})
}

fn actions(role: &Role) -> Vec<String> {
    let documents = role.documents();
    let statements = documents.iter().flat_map(|(_, document)| &document.statements);
    statements
        .map(|statement| format!("{:?}", statement.actions).split('"').nth(1).unwrap().to_owned())
        .collect()
}

fn rules(notes: &[Note]) -> Vec<&str> {
    notes.iter().map(|note| note.rule).collect()
}

fn run(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } =
        Command::new(env!("CARGO_BIN_EXE_scopedown")).args(arguments).output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn errors(schema: &str, value: &Value) -> Vec<String> {
    let text = fs::read_to_string(format!("{}/schemas/{schema}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap();
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn a_role_is_chosen_from_the_details_of_an_account() {
    for wanted in ["orders", "ORDERS", "arn:aws:iam::123456789012:role/service-role/orders"] {
        let (role, notes) = role::read(&[DETAILS.into()], Some(wanted)).unwrap();
        assert_eq!((role.name.as_str(), notes), ("orders", vec![]), "{wanted}");
        let origins: Vec<String> = role.documents().iter().map(|(origin, _)| origin.to_string()).collect();
        assert_eq!(
            origins[..3],
            [
                "inline policy `guard`".to_owned(),
                "inline policy `tables`".into(),
                "managed policy `buckets` v2".into()
            ]
        );
        assert_eq!(role.attached.len(), 2);
        assert!(role.boundary.is_some());
    }
    let (role, notes) = role::read(&[DETAILS.into()], Some("mailer")).unwrap();
    assert!(role.documents().is_empty() && notes.is_empty());
}

#[test]
fn what_a_role_is_shown_as() {
    let (role, notes) = role::read(&[DETAILS.into()], Some("orders")).unwrap();
    insta::assert_snapshot!("role_text", report::role::text(&role, &notes, Paint::Plain));
    let (role, notes) = role::read(&[DETAILS.into()], Some("mailer")).unwrap();
    insta::assert_snapshot!("role_text_empty", report::role::text(&role, &notes, Paint::Plain));
}

#[test]
fn one_document_says_what_all_policies_say() {
    let (role, _) = role::read(&[DETAILS.into()], Some("orders")).unwrap();
    let union = scopedown::policy::print(&report::role::union(&role));
    let sids: Vec<_> = union["Statement"].as_array().unwrap().iter().map(|one| one["Sid"].as_str()).collect();
    assert_eq!(sids[..3], [Some("One"), Some("One2"), Some("One3")]);
    assert_eq!(union["Version"], "2012-10-17");
    // In a document of the older version, `${…}` is no variable.
    let files = Files::new();
    let resource = "arn:aws:s3:::b/${aws:username}/*";
    let statement = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource});
    let old = files.json("old.json", &json!({"Version": "2008-10-17", "Statement": [statement]}));
    let (role, _) = role::read(&[old], None).unwrap();
    let union = scopedown::policy::print(&report::role::union(&role));
    assert_eq!(union["Statement"][0]["Resource"], "arn:aws:s3:::b/${$}{aws:username}/*");
}

#[test]
fn the_json_of_a_role_is_a_role_again() {
    let files = Files::new();
    for name in ["orders", "mailer"] {
        let (role, notes) = role::read(&[DETAILS.into()], Some(name)).unwrap();
        let printed = report::role::json(&role, &notes);
        assert_eq!(errors("role.schema.json", &printed), Vec::<String>::new());
        let (again, _) = role::read(&[files.json("role.json", &printed)], None).unwrap();
        assert_eq!(report::role::json(&again, &notes)["role"]["inline"], printed["role"]["inline"]);
        assert_eq!(again.documents(), role.documents());
        assert_eq!(
            (again.arn, again.path, again.tags, again.trust),
            (role.arn, role.path, role.tags, role.trust)
        );
    }
}

#[test]
fn what_single_commands_print_is_put_together() {
    let files = Files::new();
    let buckets = "arn:aws:iam::123456789012:policy/buckets";
    let parts = [
        files.json("role.json", &json!({"Role": {"RoleName": "orders", "Path": "/", "Arn": ORDERS,
            "AssumeRolePolicyDocument": policy("sts:AssumeRole")}})),
        files.json("names.json", &json!({"PolicyNames": ["tables", "queues"]})),
        files.json("tables.json", &json!({"RoleName": "orders", "PolicyName": "tables", "PolicyDocument": policy("dynamodb:GetItem")})),
        files.json("attached.json", &json!({"AttachedPolicies": [{"PolicyName": "buckets", "PolicyArn": buckets}]})),
        files.json("policy.json", &json!({"Policy": {"PolicyName": "buckets", "Arn": buckets, "DefaultVersionId": "v3", "AttachmentCount": 1}})),
        files.json("version.json", &json!({"PolicyVersion": {"VersionId": "v3", "IsDefaultVersion": true, "Document": policy("s3:GetObject")}})),
        files.json("tags.json", &json!({"Tags": [{"Key": "team", "Value": "shop"}]})),
    ];
    let (role, notes) = role::read(&parts, None).unwrap();
    assert_eq!(actions(&role), ["dynamodb:GetItem", "s3:GetObject"]);
    assert_eq!(role.tags["team"], "shop");
    assert_eq!(rules(&notes), ["policy-not-read"]);
    assert!(notes[0].message.contains("`queues`"));
    // The order of files makes no difference.
    let backwards: Vec<PathBuf> = parts.iter().rev().cloned().collect();
    assert_eq!(role::read(&backwards, None).unwrap(), (role, notes));
    // All of them one after another in one file, as a shell's `>>` makes it.
    let texts: Vec<String> = parts.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let (role, _) = role::read(&[files.put("all.json", texts.join("\n"))], None).unwrap();
    assert_eq!(actions(&role), ["dynamodb:GetItem", "s3:GetObject"]);
}

#[test]
fn what_is_not_told_is_not_taken_for_nothing() {
    let files = Files::new();
    let alone = files.json("role.json", &json!({"Role": {"RoleName": "orders", "Arn": ORDERS, "Path": "/"}}));
    let (role, notes) = role::read(std::slice::from_ref(&alone), None).unwrap();
    assert!(role.documents().is_empty() && role::incomplete(&notes));
    assert_eq!(rules(&notes), ["policies-not-described", "policies-not-described"]);
    assert_eq!(run(&["role", alone.to_str().unwrap()]).0, 1);
    let two = json!({"AttachedPolicies": [
        {"PolicyName": "a", "PolicyArn": "arn:aws:iam::1:policy/a"}, {"PolicyName": "b", "PolicyArn": "arn:aws:iam::1:policy/b"}]});
    let version = json!({"PolicyVersion": {"VersionId": "v1", "Document": policy("s3:GetObject")}});
    let (role, notes) =
        role::read(&[alone, files.json("two.json", &two), files.json("v.json", &version)], None).unwrap();
    assert!(role.documents().is_empty());
    assert!(notes.iter().any(|note| note.message.contains("not of which managed policy")));
}

#[test]
fn policies_alone_are_a_role() {
    let files = Files::new();
    let one = files.json("one.json", &policy("s3:GetObject"));
    let two = files.put("two.json", format!("\u{feff}{}", policy("sqs:SendMessage")));
    let (role, notes) = role::read(&[one.clone(), two], None).unwrap();
    assert_eq!((actions(&role), notes), (vec!["s3:GetObject".into(), "sqs:SendMessage".into()], vec![]));
    assert!(matches!(&role.documents()[0].0, PolicyOrigin::Inline { name } if name == one.to_str().unwrap()));
    // As PowerShell saves it.
    let wide: Vec<u8> =
        format!("\u{feff}{}", policy("s3:GetObject")).encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(actions(&role::read(&[files.put("wide.json", wide)], None).unwrap().0), ["s3:GetObject"]);
    // One policy for each function, as `scopedown generate` prints several.
    let several = files
        .json("several.json", &json!({"Api": policy("s3:GetObject"), "Worker": policy("sqs:SendMessage")}));
    assert_eq!(
        actions(&role::read(std::slice::from_ref(&several), Some("Worker")).unwrap().0),
        ["sqs:SendMessage"]
    );
    assert!(role::read(&[several], None).unwrap_err().help().unwrap().contains("`Api`, `Worker`"));
    let managed = json!({"PolicyVersion": {"VersionId": "v1", "Document": policy("s3:PutObject")}});
    assert_eq!(
        actions(&role::read(&[files.json("version.json", &managed)], None).unwrap().0),
        ["s3:PutObject"]
    );
}

#[test]
fn what_is_no_role_is_an_error_with_its_place() {
    let files = Files::new();
    let broken = "{\n \"Version\": \"2012-10-17\",\n \"Statement\": [\n  {\"Effect\": \"Permit\",\n   \"Action\": \"*\"}]}";
    for (text, place, problem) in [
        ("{", "x.json:1:", "is not JSON"),
        ("", "x.json:1:", "the file is empty"),
        ("Role: orders\n", "x.json:1:", "is not JSON"),
        ("{}", "x.json:1:", "an empty object"),
        ("[]", "x.json:1:", "an empty list"),
        ("3", "x.json:1:", "`3`"),
        ("{\"name\": \"orders\"}", "x.json:1:", "an object of `name`"),
        ("{\"Statement\": 3}", "x.json:1:", "is no policy: $.Statement: is no object"),
        (broken, "x.json:4:", "is no policy: $.Statement[0].Effect: is neither `Allow` nor `Deny`"),
        ("\n\n[{\"Statement\": []},\n {\"a\": 1}]", "x.json:4:", "an object of `a`"),
    ] {
        let path = files.put("x.json", text);
        let (status, stdout, stderr) = run(&["role", path.to_str().unwrap()]);
        assert_eq!((status, stdout.as_str()), (2, ""), "{text}");
        assert!(
            stderr.contains(place) && stderr.contains(problem) && stderr.contains("help: "),
            "{text}: {stderr}"
        );
    }
    for (arguments, problem) in [
        (&["role", "no/such.json"][..], "could not read `no/such.json`"),
        (&["role", DETAILS], "describes 2 roles"),
        (&["role", DETAILS, "--role", "nobody"], "the role `nobody` is not described"),
        (&["role", DETAILS, "--role", "arn:aws:iam::999999999999:role/orders"], "is not described"),
        (&["rollback", DETAILS], "is no backup of a role"),
        (&["rollback", "no/such.json"], "could not read the backup"),
    ] {
        let (status, stdout, stderr) = run(arguments);
        assert_eq!((status, stdout.as_str()), (2, ""), "{stderr}");
        assert!(stderr.contains(problem), "{stderr}");
    }
}

#[test]
fn a_broken_document_of_a_described_role_is_named_and_the_rest_stands() {
    let files = Files::new();
    let role = json!({"RoleName": "orders", "Arn": ORDERS, "AttachedManagedPolicies": [], "RolePolicyList": [
        {"PolicyName": "good", "PolicyDocument": policy("s3:GetObject")},
        {"PolicyName": "bad", "PolicyDocument": {"Statement": {"Effect": "Allow", "Resource": "*"}}}]});
    let path = files.json("role.json", &json!({"RoleDetailList": [role]}));
    let (role, notes) = role::read(std::slice::from_ref(&path), None).unwrap();
    assert_eq!(actions(&role), ["s3:GetObject"]);
    assert_eq!(rules(&notes), ["policy-not-read"]);
    let line = fs::read_to_string(&path)
        .unwrap()
        .lines()
        .position(|line| line.contains("\"Statement\": {"))
        .unwrap();
    assert_eq!(notes[0].line as usize, line + 1);
}

#[cfg(not(feature = "aws"))]
#[test]
fn a_build_without_live_sources_says_how_to_get_one_with_them() {
    let files = Files::new();
    let (role, _) = role::read(&[DETAILS.into()], Some("orders")).unwrap();
    let backup = files.0.path().join("backup.json");
    role::Backup::new(role, std::collections::BTreeMap::new(), vec![]).write(&backup).unwrap();
    for arguments in [&["role", "orders"][..], &["role", ORDERS], &["rollback", backup.to_str().unwrap()]] {
        let (status, stdout, stderr) = run(arguments);
        assert_eq!((status, stdout.as_str()), (2, ""));
        assert!(stderr.contains("no live sources") && stderr.contains("--features aws"), "{stderr}");
    }
}

#[test]
fn plans_and_backups_keep_their_schemas() {
    let (role, _) = role::read(&[DETAILS.into()], Some("orders")).unwrap();
    let document = |text: &str| scopedown::policy::parse(&policy(text)).unwrap();
    let long = |name: &str| {
        let resources: Vec<String> =
            (0..120).map(|index| format!("arn:aws:s3:::{name}-{index}/{}", "k".repeat(90))).collect();
        let statement = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": resources});
        scopedown::policy::parse(&json!({"Version": "2012-10-17", "Statement": [statement]})).unwrap()
    };
    let desired = Desired {
        policies: [("narrow".into(), document("s3:GetObject")), ("long".into(), long("long"))].into(),
        versions: [("arn:aws:iam::123456789012:policy/buckets".into(), document("s3:List*"))].into(),
        detach: role.attached.keys().filter(|arn| arn.contains(":aws:policy")).cloned().collect(),
        delete: ["tables".into(), "nobody".into()].into(),
        stage: false,
    };
    for stage in [false, true] {
        let plan = role::plan(&role, &Desired { stage, ..desired.clone() }, Quotas::default());
        assert_eq!(errors("plan.schema.json", &report::plan::json(&plan)), Vec::<String>::new());
        insta::assert_snapshot!(
            if stage { "plan_staged" } else { "plan" },
            report::plan::text(&plan, Paint::Plain)
        );
        let policies = [("arn:aws:iam::123456789012:policy/long-1".into(), None)].into();
        let backup = role::Backup::new(role.clone(), policies, plan.steps);
        assert_eq!(
            errors("backup.schema.json", &serde_json::to_value(&backup).unwrap()),
            Vec::<String>::new()
        );
        insta::assert_snapshot!(
            if stage { "undoing_staged" } else { "undoing" },
            report::plan::undoing(&backup, backup.steps.len())
        );
    }
}

#[test]
fn a_backup_shows_the_role_as_it_was() {
    let files = Files::new();
    let (role, _) = role::read(&[DETAILS.into()], Some("orders")).unwrap();
    let path = files.0.path().join("backup.json");
    role::Backup::new(role.clone(), std::collections::BTreeMap::new(), vec![])
        .write(Path::new(&path))
        .unwrap();
    assert_eq!(role::read(std::slice::from_ref(&path), None).unwrap(), (role, vec![]));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn an_action_that_aws_does_not_have_is_a_finding_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("role.json");
    let text = "{\"RoleName\": \"r\", \"Arn\": \"arn:aws:iam::111122223333:role/r\", \"AttachedManagedPolicies\": [],\n\
        \"RolePolicyList\": [{\"PolicyName\": \"own\", \"PolicyDocument\": {\n\"Statement\": {\n\"Effect\": \"Allow\",\n\
        \"Action\": \"s3:HeadObject\", \"Resource\": \"*\"}}}]}";
    fs::write(&file, text).unwrap();
    let (status, stdout, _) = run(&["role", file.to_str().unwrap()]);
    assert_eq!(status, 1);
    let said = "role.json:5: statement 1 of the policy `own`: AWS has no action `s3:HeadObject`, so the statement allows nothing by it";
    assert!(stdout.contains(said) && stdout.contains("needs `s3:GetObject`"), "{stdout}");
    fs::write(&file, text.replace("HeadObject", "GetObject")).unwrap();
    assert_eq!(run(&["role", file.to_str().unwrap()]).0, 0);
}
