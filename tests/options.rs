//! Options and keys of the configuration that several commands have, through the program: which logs count, whose
//! role it is, who wins.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

const ACCOUNT: &str = "111122223333";

const TEMPLATE: &str = "\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: { Type: String }
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: orders
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      Role: arn:aws:iam::111122223333:role/orders-role
  Mail:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: mail
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      Role: arn:aws:iam::111122223333:role/mail-role
";

const CODE: &str = "\
import boto3

s3 = boto3.client('s3')

def handler(event, context):
    s3.get_object(Bucket='drop', Key='k')
";

struct Project {
    folder: TempDir,
}

impl Project {
    fn new(configuration: &str) -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap() };
        project.write("template.yaml", TEMPLATE);
        project.write("src/app.py", CODE);
        project.write("scopedown.toml", configuration);
        project
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Two days of calls by a function: `ListTopics` on the first, `ListTables` on the second.
    fn logs(&self, file: &str, role: &str, function: Option<&str>) {
        let calls = [("2026-11-02", "sns", "ListTopics"), ("2026-11-03", "dynamodb", "ListTables")]
            .map(|call| event(call, role, function));
        self.write(file, &json!({ "Records": calls }).to_string());
    }

    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_scopedown"))
            .args(arguments)
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    /// The actions of each function's policy, less what every function has.
    fn actions(&self, arguments: &[&str]) -> [String; 2] {
        let (status, stdout, stderr) = self.run(&[&["generate"], arguments].concat());
        assert_eq!(status, 0, "{stderr}");
        let policies: Value = serde_json::from_str(&stdout).unwrap();
        ["Orders", "Mail"].map(|name| {
            let statements = policies[name]["Statement"].as_array().unwrap().iter();
            let actions = statements.flat_map(|one| match &one["Action"] {
                Value::Array(all) => all.clone(),
                one => vec![one.clone()],
            });
            let mut actions: Vec<String> = actions
                .map(|action| action.as_str().unwrap().to_owned())
                .filter(|action| !action.starts_with("logs:") && !action.starts_with("s3:Get"))
                .collect();
            actions.sort();
            actions.join(" ")
        })
    }
}

fn event((day, service, name): (&str, &str, &str), role: &str, function: Option<&str>) -> Value {
    let mut event = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/session"),
            "accountId": ACCOUNT,
            "sessionContext": { "sessionIssuer": {
                "type": "Role", "arn": format!("arn:aws:iam::{ACCOUNT}:role/{role}"), "accountId": ACCOUNT,
                "userName": role,
            } },
        },
        "eventTime": format!("{day}T10:00:00Z"),
        "eventSource": format!("{service}.amazonaws.com"),
        "eventName": name,
        "awsRegion": "eu-west-1",
        "requestParameters": {},
        "eventID": format!("{day}-7d0b-4b53-9f55-{role}"),
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "eventCategory": "Management",
        "recipientAccountId": ACCOUNT,
    });
    if let Some(function) = function {
        event["userIdentity"]["inScopeOf"] = json!({
            "issuerType": "AWS::Lambda::Function",
            "credentialsIssuedTo": format!("arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{function}"),
        });
    }
    event
}

#[test]
fn days_bound_what_a_trail_says_of_a_policy() {
    let project = Project::new("");
    project.logs("logs/one.json", "orders-role", Some("orders"));
    let both = "dynamodb:ListTables sns:ListTopics";
    for (days, expected) in [
        (&[][..], both),
        (&["--from", "2026-11-03"], "dynamodb:ListTables"),
        (&["--to", "2026-11-02"], "sns:ListTopics"),
        (&["--from", "2026-11-02", "--to", "2026-11-03"], both),
        (&["--trail-function", "mail"], ""),
        (&["--trail-role", "orders-*"], both),
    ] {
        let [orders, _] = project.actions(&[&["--trail", "logs"], days].concat());
        assert_eq!(orders, expected, "{days:?}");
    }
    project.write(
        "role.json",
        r#"{"Statement": [{"Effect": "Allow", "Action": "sns:ListTopics", "Resource": "*"}]}"#,
    );
    let tighten = [
        "tighten",
        "--function",
        "Orders",
        "--current",
        "role.json",
        "--trail",
        "logs",
        "--format",
        "policy",
    ];
    let (_, policy, _) = project.run(&[&tighten[..], &["--from", "2026-11-03"]].concat());
    assert!(policy.contains("ListTables") && !policy.contains("ListTopics"), "{policy}");
}

#[test]
fn days_that_cannot_be_are_refused() {
    let project = Project::new("");
    project.logs("logs/one.json", "orders-role", Some("orders"));
    for (arguments, said) in [
        (
            &["generate", "--trail", "logs", "--from", "2026-11-03", "--to", "2026-11-02"][..],
            "`--to` is not after `--from`",
        ),
        (
            &["trail", "summarize", "logs", "--from", "2026-11-03", "--to", "2026-11-02"],
            "`--to` is not after `--from`",
        ),
        (
            &["trail", "athena-sql", "athena://a.b", "--from", "2026-11-03", "--to", "2026-11-02"],
            "`--to` is not after",
        ),
        (&["generate", "--from", "2026-11-03"], "`--from` needs a trail"),
        (&["tighten", "--trail-account", ACCOUNT], "`--trail-account` needs a trail"),
        (&["generate", "--trail", "logs", "--from", "yesterday"], "is no time"),
        (&["generate", "--account", "1234"], "an account is twelve digits"),
        (&["trail", "summarize", "logs", "--account", "1234"], "an account is twelve digits"),
    ] {
        let (status, stdout, stderr) = project.run(arguments);
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(stderr.contains(said), "{arguments:?}: {stderr}");
    }
}

#[test]
fn the_configured_trail_is_of_all_and_that_of_a_function_is_its_own() {
    let project = Project::new("trail = 'logs/all'\n[functions.Mail]\ntrail = 'logs/mail.json'\n");
    project.logs("logs/all/one.json", "orders-role", Some("orders"));
    project.logs("logs/mail.json", "mail-role", Some("mail"));
    project.logs("logs/other.json", "mail-role", Some("mail"));
    let both = "dynamodb:ListTables sns:ListTopics".to_owned();
    assert_eq!(project.actions(&[]), [both.clone(), both.clone()]);
    assert_eq!(project.actions(&["--from", "2026-11-03"]), ["dynamodb:ListTables", "dynamodb:ListTables"]);
    // What is said on the command line is all that counts.
    assert_eq!(project.actions(&["--trail", "logs/all"]), [both.clone(), String::new()]);
    assert_eq!(project.actions(&["--no-trail"]), ["", ""]);
    // From another folder, the paths are still those of the file.
    project.write("deep/er/empty.txt", "");
    let (status, _, stderr) = project.run(&["generate", "deep/../template.yaml", "--quiet"]);
    assert_eq!(status, 0, "{stderr}");
}

#[test]
fn logs_of_functions_that_are_not_asked_about_are_not_read() {
    let project =
        Project::new("[functions.Mail]\ntrail = 'gone'\n[functions.Elsewhere]\ntrail = 's3://elsewhere'\n");
    assert_eq!(project.run(&["generate", "--function", "Orders"]).0, 0);
    let (status, stdout, stderr) = project.run(&["generate"]);
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(stderr.contains("the `trail` of `./scopedown.toml`") && stderr.contains("gone"), "{stderr}");
    assert!(stderr.contains("help: ") && stderr.contains("--no-trail"), "{stderr}");
    if cfg!(not(feature = "aws")) {
        let (status, _, stderr) = project.run(&["check", "--function", "Elsewhere"]);
        assert!(status == 2 && stderr.contains("`Elsewhere` is not a function"), "{stderr}");
        project.write("scopedown.toml", "trail = 's3://audit'\n");
        let (status, _, stderr) = project.run(&["check"]);
        assert!(
            status == 2 && stderr.contains("no live sources") && stderr.contains("--no-trail"),
            "{stderr}"
        );
        assert_eq!(project.run(&["check", "--no-trail"]).0, 0);
    }
    // What is wrong with the request is said before that.
    let (_, _, stderr) = project.run(&["generate", "--function", "Nobody", "--trail", "gone"]);
    assert!(stderr.contains("`Nobody` is not a function"), "{stderr}");
}

#[test]
fn check_weighs_what_the_logs_show() {
    let project = Project::new("");
    let template = TEMPLATE.replace(
        "Role: arn:aws:iam::111122223333:role/orders-role",
        "Policies:\n        - Statement: { Effect: Allow, Action: 'sns:ListTopics', Resource: '*' }",
    );
    project.write("template.yaml", &template);
    project.logs("logs/one.json", "orders-role", Some("orders"));
    let unneeded = |arguments: &[&str]| {
        let (_, stdout, _) = project.run(&[&["check"], arguments].concat());
        stdout.contains("`sns:ListTopics` on `*`, and nothing needs it")
    };
    assert!(unneeded(&[]));
    assert!(!unneeded(&["--trail", "logs"]));
    project.write("scopedown.toml", "trail = 'logs'\n");
    assert!(!unneeded(&[]) && unneeded(&["--no-trail"]));
}

#[test]
fn the_configured_role_is_the_function_in_the_logs() {
    let project = Project::new("");
    project.logs("logs/one.json", "somebody", None);
    assert_eq!(project.actions(&["--trail", "logs"]), ["", ""]);
    project.write("scopedown.toml", "[functions.Orders]\nrole = 'somebody'\n");
    assert_eq!(project.actions(&["--trail", "logs"]), ["dynamodb:ListTables sns:ListTopics", ""]);
}

#[test]
fn tighten_compares_with_the_configured_role() {
    let project =
        Project::new("[functions.Orders]\nrole = 'orders-role'\n[functions.Mail]\nrole = 'mail-role'\n");
    let role = |name: &str, action: &str| {
        json!({
            "RoleName": name, "Arn": format!("arn:aws:iam::{ACCOUNT}:role/{name}"), "AttachedManagedPolicies": [],
            "RolePolicyList": [{ "PolicyName": "p", "PolicyDocument": {
                "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": action, "Resource": "*" }],
            } }],
        })
    };
    let details = json!({ "RoleDetailList": [
        role("orders-role", "sns:Publish"), role("mail-role", "ses:SendEmail"), role("third", "iam:*"),
    ] });
    project.write("details.json", &details.to_string());
    let tighten = |arguments: &[&str]| {
        let (status, stdout, stderr) =
            project.run(&[&["tighten", "--current", "details.json"], arguments].concat());
        assert_eq!(status, 1, "{stderr}");
        stdout
    };
    let text = tighten(&[]);
    assert!(
        text.contains("sns:Publish") && text.contains("ses:SendEmail") && !text.contains("iam:*"),
        "{text}"
    );
    // The command line wins.
    let text = tighten(&["--role", "third"]);
    assert!(text.contains("iam:*") && !text.contains("sns:Publish"), "{text}");
    let (_, role, _) = project.run(&["role", "details.json", "--function", "Mail"]);
    assert!(role.contains("mail-role") && role.contains("ses:SendEmail"), "{role}");
    let (status, _, stderr) = project.run(&["role", "--function", "Nobody"]);
    assert!(status == 2 && stderr.contains("[functions.Nobody]"), "{stderr}");
    let (_, stdout, _) = project.run(&["check"]);
    assert!(
        stdout.contains("the role of `Orders` is `orders-role`") && stdout.contains("(configured-role)"),
        "{stdout}"
    );
}

#[test]
fn what_is_configured_holds_until_the_command_line_says_otherwise() {
    let project = Project::new(
        "missing-keys = true\npartition = 'aws-cn'\ntemplate = 'other.yaml'\n[parameters]\nStage = 'prod'\n",
    );
    let staged = TEMPLATE
        .replace("FunctionName: orders", "FunctionName: !Sub orders-${Stage}")
        .replace("Mail:", "Post:");
    project.write("other.yaml", &staged);
    let generated = |arguments: &[&str]| project.run(&[&["generate", "--quiet"], arguments].concat()).1;
    let policies = generated(&[]);
    for expected in ["\"Post\"", "s3:ListBucket", "arn:aws-cn:logs:", "/aws/lambda/orders-prod:*"] {
        assert!(policies.contains(expected), "{expected}: {policies}");
    }
    assert!(!generated(&["--missing-keys=false"]).contains("s3:ListBucket"));
    assert!(generated(&["--partition", "aws"]).contains("arn:aws:logs:"));
    assert!(generated(&["--param", "Stage=test"]).contains("orders-test"));
    assert!(generated(&["--template", "template.yaml"]).contains("\"Mail\""));
    project.write("scopedown.toml", "missing-keys = 'yes'\n");
    let (status, _, stderr) = project.run(&["generate"]);
    assert!(
        status == 2 && stderr.contains("./scopedown.toml:1: `missing-keys` should be true or false"),
        "{stderr}"
    );
}

#[test]
fn what_was_not_read_is_no_reason_to_be_content() {
    let project = Project::new("");
    let template = TEMPLATE.replace("      Role: arn:aws:iam::111122223333:role/orders-role\n", "");
    project.write("template.yaml", &template);
    fs::remove_dir_all(project.folder.path().join("src")).unwrap();
    let (status, stdout, _) = project.run(&["tighten", "--function", "Orders"]);
    assert_eq!(status, 1, "{stdout}");
    assert!(
        stdout.contains("Whether the role fits is not known. The code of Orders was not read"),
        "{stdout}"
    );
    assert!(stdout.contains("help: build it first"), "{stdout}");
    let (_, stdout, _) = project.run(&["check"]);
    assert!(stdout.contains("(role-elsewhere)\n    help: `scopedown tighten` compares with it"), "{stdout}");
    let (_, stdout, stderr) = project.run(&["calls", "."]);
    assert!(
        stdout.is_empty()
            && stderr.contains("    help: build it first")
            && stderr.contains("no call of AWS was found"),
        "{stderr}"
    );
    let (_, stdout, _) = project.run(&["check"]);
    assert!(stdout.ends_with("2 functions checked, the code of 2 not read\n"), "{stdout}");
}

#[test]
fn a_slip_on_the_command_line_is_told_with_what_was_meant() {
    let project = Project::new("");
    project.logs("logs/one.json", "orders-role", Some("orders"));
    project.write("plain/app.py", CODE);
    project.write("zero.json", "");
    project.write("broken/template.yaml", "Resources:\n  A:\n    Type: AWS::Lambda::Function\n   Bad: x\n");
    for (arguments, said) in [
        (&["generate", "--region", "eu-west1"][..], &["a region is written eu-west-1"][..]),
        (&["generate", "--partition", "china"], &["a partition is aws, aws-cn"]),
        (
            &["generate", "--trail", "logs", "--accept", "s3:GetObjekt"],
            &["AWS has no such action; did you mean `s3:GetObject`?"],
        ),
        (
            &["generate", "plain", "--function", "Orders"],
            &["`Orders` is no function here", "`app.handler`", "help: "],
        ),
        (
            &["generate", "plain", "--handler", "app.py"],
            &["it is a file, and names no function of it", "FILE:FUNCTION"],
        ),
        (&["generate", "broken"], &["line 4, column 4", "help: mend it there"]),
        (&["init", "no/such"], &["could not write `no/such/scopedown.toml`", "help: name a folder"]),
        (&["diff", "zero.json", "zero.json"], &["`zero.json` is no JSON", "help: give a policy document"]),
    ] {
        let (status, stdout, stderr) = project.run(arguments);
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments:?}");
        for said in said {
            assert!(stderr.contains(said), "{arguments:?}: {stderr}");
        }
    }
    let (status, stdout, stderr) = project.run(&["generate", "-"]);
    assert!(
        status == 2 && stdout.is_empty() && stderr.contains("help: a function's code is in files"),
        "{stderr}"
    );
    let (_, _, stderr) = project.run(&["trail", "summarize", "gone"]);
    assert!(stderr.contains("help: name a file or folder of logs"), "{stderr}");
    let (status, stdout, _) = project.run(&["explain", "s3:ListObjectsV2"]);
    assert!(
        status == 1 && stdout.contains("the operation `ListObjectsV2` needs `s3:ListBucket`"),
        "{stdout}"
    );
    project.write("scopedown.toml", "template = 'gone.yaml'\n");
    let (status, _, stderr) = project.run(&["generate"]);
    assert!(status == 2 && stderr.contains("the `template` of `./scopedown.toml`"), "{stderr}");
    fs::write(project.folder.path().join("scopedown.toml"), b"region = '\xe9'").unwrap();
    let (status, _, stderr) = project.run(&["generate"]);
    assert!(
        status == 2 && stderr.contains("./scopedown.toml:1: cannot be read") && stderr.contains("UTF-8"),
        "{stderr}"
    );
}

#[test]
fn a_policy_is_read_in_any_encoding_that_shells_write() {
    let project = Project::new("");
    let policy = r#"{"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}"#;
    let wide: Vec<u8> = format!("\u{feff}{policy}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(project.folder.path().join("wide.json"), &wide).unwrap();
    project.write("plain.json", policy);
    let (status, _, stderr) = project.run(&["diff", "wide.json", "plain.json"]);
    assert_eq!(status, 0, "{stderr}");
    fs::write(project.folder.path().join("cut.json"), &wide[..wide.len() - 1]).unwrap();
    let (status, _, stderr) = project.run(&["role", "cut.json"]);
    assert!(status == 2 && stderr.contains("no text"), "{stderr}");
}

#[test]
fn a_folder_of_projects_says_where_their_templates_are() {
    let project = Project::new("");
    for file in
        ["services/one/template.yaml", "services/two/sam.yaml", "services/node_modules/x/template.yaml"]
    {
        project.write(file, TEMPLATE);
    }
    project.write("services/one/src/app.py", CODE);
    let (status, _, stderr) = project.run(&["generate", "services"]);
    assert_eq!(status, 0, "{stderr}");
    let said = "there are some below: `one/template.yaml`, `two/sam.yaml` (templates-below)";
    assert!(stderr.contains(said) && stderr.contains("name the folder of one"), "{stderr}");
    assert!(!project.run(&["generate", "services/one"]).2.contains("templates-below"));
}

#[cfg(unix)]
#[test]
fn logs_may_come_through_a_pipe() {
    let project = Project::new("");
    project.logs("logs/one.json", "orders-role", Some("orders"));
    let piped = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_scopedown"))
            .args(arguments)
            .current_dir(project.folder.path())
            .stdin(fs::File::open(project.folder.path().join("logs/one.json")).unwrap())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(piped(&["trail", "summarize", "-"]).contains("sns:ListTopics"));
    assert!(piped(&["generate", "--trail", "-"]).contains("sns:ListTopics"));
}

#[test]
fn a_template_without_functions_is_not_taken_for_none() {
    let project = Project::new("");
    project.write("one/template.yaml", "Resources:\n  Table: { Type: AWS::DynamoDB::Table }\n");
    let (status, _, stderr) = project.run(&["generate", "one"]);
    assert_eq!(status, 2);
    assert!(
        stderr.contains("`one/template.yaml` declares no Lambda function")
            && stderr.contains("none of its 1"),
        "{stderr}"
    );
    // Beside code it may be of something else.
    project.write("one/app.py", CODE);
    assert_eq!(project.run(&["generate", "one"]).0, 0);
}

#[test]
fn a_dash_is_standard_output() {
    let project = Project::new("");
    for arguments in [&["generate"][..], &["check"], &["calls", "."], &["catalog", "s3:GetObject"]] {
        let plain = project.run(arguments);
        assert_eq!(project.run(&[arguments, &["--output", "-"]].concat()), plain, "{arguments:?}");
        assert!(!plain.1.is_empty());
    }
    assert!(!project.folder.path().join("-").exists());
}
