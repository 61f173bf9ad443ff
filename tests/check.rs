//! `check` and `scopedown.toml` as people use them: small projects, what is found of their roles, and what a team can
//! say about that.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

use scopedown::model::Actions;
use serde_json::Value;
use tempfile::TempDir;

/// A function with a table, a bucket and the role that the template gives it.
struct Project {
    folder: TempDir,
}

const HANDLER: &str = "\
import os
import boto3

table = boto3.resource('dynamodb').Table(os.environ['TABLE'])

def handler(event, context):
    table.put_item(Item={'id': event['id']})
";

impl Project {
    /// `policies` stands below `Policies:` of a SAM function.
    fn sam(policies: &str) -> Self {
        let mut template = "\
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      Environment: { Variables: { TABLE: !Ref Table } }
      Policies:
"
        .to_owned();
        for line in policies.lines() {
            template.push_str("        ");
            template.push_str(line);
            template.push('\n');
        }
        template
            .push_str("  Table: { Type: AWS::DynamoDB::Table }\n  Other: { Type: AWS::DynamoDB::Table }\n");
        let project = Self { folder: tempfile::tempdir().unwrap() };
        project.write("template.yaml", &template);
        project.write("src/app.py", HANDLER);
        project
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        run_at(self.path(), arguments, "1790000000")
    }

    /// The findings of `check`: level, rule, action, resource, line.
    fn found(&self) -> Vec<String> {
        findings(&self.checked())
    }

    fn checked(&self) -> Value {
        let (status, stdout, stderr) = self.run(&["check", "--format", "json"]);
        assert!(status < 2, "{stderr}");
        serde_json::from_str(&stdout).unwrap()
    }
}

fn run_at(folder: &Path, arguments: &[&str], epoch: &str) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_scopedown"))
        .args(arguments)
        .current_dir(folder)
        .env("SOURCE_DATE_EPOCH", epoch)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn findings(report: &Value) -> Vec<String> {
    let one = |finding: &Value| {
        let text = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
        format!(
            "{} {} {} on {}:{}",
            text("level"),
            text("rule"),
            text("action"),
            text("resource"),
            finding["location"]["line"]
        )
    };
    report["findings"].as_array().unwrap().iter().map(one).collect()
}

const FITS: &str = "\
- Statement:
    - Effect: Allow
      Action: dynamodb:PutItem
      Resource: !GetAtt Table.Arn
";

#[test]
fn a_role_that_fits_is_silent() {
    let project = Project::sam(FITS);
    assert_eq!(project.found(), Vec::<String>::new());
    let (status, stdout, _) = project.run(&["check"]);
    assert_eq!((status, stdout.as_str()), (0, "nothing found; 1 function checked\n"));
}

#[test]
fn another_spelling_of_the_table_fits_too() {
    for resource in [
        "!Sub 'arn:aws:dynamodb:*:*:table/${Table}'",
        "!Sub 'arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Table}'",
        "!Join ['', ['arn:aws:dynamodb:eu-west-1:123456789012:table/', !Ref Table]]",
    ] {
        let project = Project::sam(&FITS.replace("!GetAtt Table.Arn", resource));
        assert_eq!(project.found(), Vec::<String>::new(), "{resource}");
    }
}

#[test]
fn each_way_not_to_fit_is_told_at_its_line() {
    for (policies, expected) in [
        (FITS.replace("!GetAtt Table.Arn", "'*'"), vec!["warning too-wide dynamodb:PutItem on *:12"]),
        (
            FITS.replace("Table.Arn", "Other.Arn"),
            vec![
                "error missing dynamodb:PutItem on ${Table.Arn}:7",
                "warning unneeded dynamodb:PutItem on ${Other.Arn}:12",
            ],
        ),
        (
            FITS.replace("PutItem", "[\"dynamodb:PutItem\"]")
                .replace("Action: dynamodb:[\"", "Action: [\"")
                .replace("\"]", "\", \"s3:ListAllMyBuckets\"]"),
            vec!["warning unneeded s3:ListAllMyBuckets on ${Table.Arn}:12"],
        ),
        (
            FITS.replace("dynamodb:PutItem", "dynamodb:*"),
            vec!["warning too-wide dynamodb:* on ${Table.Arn}:12"],
        ),
        (
            format!("{FITS}    - Effect: Deny\n      Action: dynamodb:*\n      Resource: '*'\n"),
            vec!["error missing dynamodb:PutItem on ${Table.Arn}:7"],
        ),
        ("- DynamoDBCrudPolicy: { TableName: !Ref Table }".to_owned(), vec!["warning too-wide"]),
        ("- SQSPollerPolicy: { QueueName: q }\n".to_owned() + FITS, vec!["warning unneeded"]),
    ] {
        let found = Project::sam(&policies).found();
        assert_eq!(found.len(), expected.len(), "{policies}: {found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{policies}: {found}, not {expected}");
        }
    }
}

#[test]
fn actions_and_resources_that_stand_together_by_habit_are_no_finding() {
    let project = Project::sam(
        "- Statement:\n    - Effect: Allow\n      Action: [s3:GetObject, s3:ListBucket]\n      Resource: [arn:aws:s3:::b, arn:aws:s3:::b/*]\n    - Effect: Allow\n      Action: [dynamodb:PutItem, dynamodb:Query]\n      Resource: [!GetAtt Table.Arn, !Sub '${Table.Arn}/index/*']\n",
    );
    let more = "    boto3.client('s3').get_object(Bucket='b', Key=event['key'])\n    boto3.client('s3').list_objects_v2(Bucket='b')\n    table.query(IndexName=event['index'])\n    table.query()\n";
    project.write("src/app.py", &(HANDLER.to_owned() + more));
    assert_eq!(project.found(), Vec::<String>::new());
}

#[test]
fn a_condition_that_nobody_knows_is_no_reason_to_complain() {
    let policies = format!("{FITS}      Condition: {{ StringEquals: {{ aws:SourceVpc: vpc-1 }} }}\n");
    assert_eq!(Project::sam(&policies).found(), Vec::<String>::new());
}

#[test]
fn what_is_kept_or_pinned_is_left_alone() {
    let extra = "- Statement:\n    - Effect: Allow\n      Action: s3:GetObject\n      Resource: arn:aws:s3:::vendor/*\n";
    let with = |extra: &str| Project::sam(&format!("{FITS}{extra}"));
    assert_eq!(with(extra).found(), ["warning unneeded s3:GetObject on arn:aws:s3:::vendor/*:16"]);
    for kept in [
        extra.replace("- Effect", "- Sid: KeepVendor\n      Effect"),
        extra.replace("- Effect: Allow", "- Effect: Allow # scopedown: keep"),
        extra.replace("    - Effect", "    # scopedown: keep, they need it\n    - Effect"),
        format!("# scopedown: keep\n{extra}"),
        format!("# scopedown: keep\n{}", "- arn:aws:iam::aws:policy/AmazonS3FullAccess\n"),
    ] {
        assert_eq!(with(&kept).found(), Vec::<String>::new(), "{kept}");
    }
    let project = with(extra);
    project.write(
        "scopedown.toml",
        "[[pin]]\naction = 's3:GetObject'\nresource = 'arn:aws:s3:::vendor/*'\nreason = 'theirs'\n",
    );
    assert_eq!(project.found(), Vec::<String>::new());
}

#[test]
fn what_is_kept_is_emitted_with_the_rest() {
    let kept = "- Statement:\n    - Sid: KeepVendor\n      Effect: Allow\n      Action: s3:Get*\n      Resource: arn:aws:s3:::vendor/*\n    - Sid: KeepOut\n      Effect: Deny\n      Action: s3:*\n      Resource: arn:aws:s3:::secret/*\n";
    let project = Project::sam(&format!("{FITS}{kept}"));
    let (status, stdout, stderr) = project.run(&["generate", "--format", "sam"]);
    assert_eq!(status, 0);
    assert!(stdout.contains("Action: 's3:Get*'") && stdout.contains("arn:aws:s3:::vendor/*"), "{stdout}");
    assert!(stderr.contains("is no plain `Allow`, so it is not in the policy (kept-statement)"), "{stderr}");
    // Beside it, another statement for the same is too much.
    let project = Project::sam(&format!(
        "{FITS}    - Effect: Allow\n      Action: s3:GetObject\n      Resource: arn:aws:s3:::vendor/*\n{kept}"
    ));
    assert_eq!(project.found(), ["warning unneeded s3:GetObject on arn:aws:s3:::vendor/*:15"]);
}

#[test]
fn a_pin_is_granted_with_its_reason() {
    let project = Project::sam(FITS);
    project.write(
        "scopedown.toml",
        "[[pin]]\nfunction = 'Ord*'\naction = 'dynamodb:Scan'\nresource = ['${Other.Arn}', '${Other.Arn}/index/*']\nreason = 'the audit'\n",
    );
    let (status, stdout, _) = project.run(&["generate", "--format", "sam"]);
    assert_eq!(status, 0);
    assert!(stdout.contains("PinnedDynamodbOther") && stdout.contains("!GetAtt Other.Arn"), "{stdout}");
    let (_, stdout, _) = project.run(&["explain", "dynamodb:Scan"]);
    assert!(stdout.contains("scopedown.toml:1") && stdout.contains("pinned: the audit"), "{stdout}");
    let (_, stdout, _) = project.run(&["generate", "--format", "report"]);
    let report: Value = serde_json::from_str(&stdout).unwrap();
    let pinned =
        report["functions"][0]["grants"].as_array().unwrap().iter().find(|grant| grant["kind"] == "pinned");
    assert_eq!(pinned.unwrap()["origins"][0]["reason"], "the audit");
    // A pin is not reported as missing: whoever asked for it knows.
    assert_eq!(project.found(), Vec::<String>::new());
}

#[test]
fn the_base_policy_is_every_function_s() {
    let project = Project::sam(FITS);
    project.write("base.json", r#"{"Statement": [{"Sid": "Audit", "Effect": "Allow", "Action": "sns:Publish", "Resource": "arn:aws:sns:*:*:audit"}]}"#);
    project.write("scopedown.toml", "base-policy = 'base.json'\n");
    let (_, stdout, _) = project.run(&["generate"]);
    assert!(stdout.contains("arn:aws:sns:*:*:audit"), "{stdout}");
    project.write("base.json", r#"{"Statement": [{"Effect": "Deny", "Action": "sns:*", "Resource": "*"}]}"#);
    let (status, _, stderr) = project.run(&["generate"]);
    assert_eq!(status, 2);
    assert!(
        stderr.contains("base.json") && stderr.contains("statement 1") && stderr.contains("help: "),
        "{stderr}"
    );
}

#[test]
fn a_suppression_holds_until_its_last_day_is_over() {
    let project = Project::sam(&FITS.replace("!GetAtt Table.Arn", "'*'"));
    let suppress = "[[suppress]]\nrule = 'too-wide'\naction = 'dynamodb:*'\nreason = 'being moved'\nexpires = 2026-09-21\n";
    project.write("scopedown.toml", suppress);
    let check = |epoch: &str| run_at(project.path(), &["check"], epoch);
    // The last second of that day, and the first of the next.
    let (status, stdout, _) = check("1790035199");
    assert_eq!((status, stdout.as_str()), (0, "nothing found; 1 function checked; 1 suppressed\n"));
    let (status, stdout, _) = check("1790035200");
    assert_eq!(status, 1);
    assert!(stdout.contains("expired-suppression") && stdout.contains("scopedown.toml:1"), "{stdout}");
    assert!(stdout.contains("held until 2026-09-21: being moved") && stdout.contains("too-wide"), "{stdout}");
}

#[test]
fn levels_and_skipping_are_a_team_s_choice() {
    let project = Project::sam(&FITS.replace("!GetAtt Table.Arn", "'*'"));
    for (config, expected) in [
        ("[rules]\ntoo-wide = 'error'\n", Some("error too-wide dynamodb:PutItem on *:12")),
        ("[rules]\ntoo-wide = 'off'\n", None),
        (
            "[rules]\ntoo-wide = 'off'\n[functions.'O*'.rules]\ntoo-wide = 'note'\n",
            Some("note too-wide dynamodb:PutItem on *:12"),
        ),
        ("[functions.Orders]\nskip = true\n", None),
        ("[functions.Orders]\nskip = false\n", Some("warning too-wide dynamodb:PutItem on *:12")),
    ] {
        project.write("scopedown.toml", config);
        let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(project.found(), expected, "{config}");
    }
}

#[test]
fn a_risk_is_found_and_can_be_accepted() {
    let project = Project::sam(
        "- Statement: [{ Effect: Allow, Action: dynamodb:DeleteTable, Resource: !GetAtt Table.Arn }]\n",
    );
    project
        .write("src/app.py", &HANDLER.replace("table.put_item(Item={'id': event['id']})", "table.delete()"));
    let report = project.checked();
    assert_eq!(findings(&report), ["warning risk dynamodb:DeleteTable on ${Table.Arn}:7"]);
    assert_eq!(report["findings"][0]["risks"].to_string(), "[\"data-destruction\"]");
    project.write(
        "scopedown.toml",
        "[[accept]]\nrisk = 'data-destruction'\nfunction = 'Orders'\nreason = 'a janitor'\n",
    );
    assert_eq!(project.found(), Vec::<String>::new());
}

#[test]
fn what_escaped_the_analysis_lowers_what_rests_on_it() {
    let policies =
        format!("{FITS}    - Effect: Allow\n      Action: s3:GetObject\n      Resource: arn:aws:s3:::b/*\n");
    let project = Project::sam(&policies);
    assert_eq!(project.found(), ["warning unneeded s3:GetObject on arn:aws:s3:::b/*:15"]);
    project.write(
        "src/app.py",
        &(HANDLER.to_owned() + "    boto3.client(event['service']).get_object(Bucket='b', Key='k')\n"),
    );
    let report = project.checked();
    assert_eq!(findings(&report), ["note unneeded s3:GetObject on arn:aws:s3:::b/*:15"]);
    assert!(
        report["findings"][0]["doubt"].as_str().unwrap().contains("unresolved-service (src/app.py:8)"),
        "{report}"
    );
    assert_eq!(project.run(&["check"]).0, 0);
    fs::remove_dir_all(project.path().join("src")).unwrap();
    assert!(project.found().iter().all(|finding| finding.starts_with("note ")), "{:?}", project.found());
}

#[test]
fn a_shared_role_is_weighed_against_all_that_share_it() {
    let project = Project::sam(FITS);
    project.write("src/other.py", "import boto3\n\ndef handler(event, context):\n    boto3.client('sts').get_caller_identity()\n    boto3.client('s3').get_object(Bucket='b', Key='k')\n");
    let function = |name: &str, handler: &str| {
        format!(
            "  {name}:\n    Type: AWS::Lambda::Function\n    Properties: {{ Runtime: python3.13, Handler: {handler}, Code: src/, Role: !GetAtt Role.Arn, Environment: {{ Variables: {{ TABLE: !Ref Table }} }} }}\n"
        )
    };
    let role = "  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument: {}\n      ManagedPolicyArns: [arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]\n      Policies:\n        - PolicyName: all\n          PolicyDocument:\n            Statement:\n              - { Effect: Allow, Action: [dynamodb:PutItem, sns:Publish], Resource: !GetAtt Table.Arn }\n              - { Effect: Allow, Action: s3:GetObject, Resource: 'arn:aws:s3:::b/k' }\n";
    project.write(
        "template.yaml",
        &format!(
            "Resources:\n{}{}{role}  Table: {{ Type: AWS::DynamoDB::Table }}\n",
            function("One", "app.handler"),
            function("Two", "other.handler")
        ),
    );
    let report = project.checked();
    assert_eq!(findings(&report), ["warning unneeded sns:Publish on ${Table.Arn}:17"]);
    assert_eq!(report["findings"][0]["functions"].to_string(), "[\"One\",\"Two\"]");
    // Of one function alone it cannot be told what its role has too much.
    let (status, stdout, _) = project.run(&["check", "--function", "One"]);
    assert_eq!(status, 0);
    assert!(stdout.contains("shared-role"), "{stdout}");
}

#[test]
fn a_role_elsewhere_is_not_compared_and_said() {
    let project = Project::sam(FITS);
    let text = fs::read_to_string(project.path().join("template.yaml")).unwrap();
    project.write(
        "template.yaml",
        &text.replace("      Handler", "      Role: arn:aws:iam::123456789012:role/elsewhere\n      Handler"),
    );
    let (status, stdout, _) = project.run(&["check"]);
    assert_eq!(status, 0);
    assert!(
        stdout.contains("is not in the template, so what it allows is not known (role-elsewhere)"),
        "{stdout}"
    );
}

#[test]
fn a_configuration_is_found_upwards_and_options_win() {
    let project = Project::sam(FITS);
    let inside = project.path().join("services/one");
    fs::create_dir_all(inside.join("src")).unwrap();
    for file in ["template.yaml", "src/app.py"] {
        fs::copy(project.path().join(file), inside.join(file)).unwrap();
    }
    project.write("scopedown.toml", "region = 'eu-north-1'\naccount = '210987654321'\n");
    let generated = |arguments: &[&str]| {
        let mut all = vec!["generate", "--format", "policy"];
        all.extend(arguments);
        run_at(&inside, &all, "0").1
    };
    assert!(generated(&[]).contains("arn:aws:dynamodb:eu-north-1:210987654321:table/*"));
    assert!(
        generated(&["--region", "us-west-2"]).contains("arn:aws:dynamodb:us-west-2:210987654321:table/*")
    );
    // Not beyond the repository.
    fs::create_dir(inside.join(".git")).unwrap();
    assert!(generated(&[]).contains("arn:aws:dynamodb:*:*:table/*"));
}

#[test]
fn what_the_template_does_not_tell_the_configuration_can() {
    let project = Project::sam(FITS);
    let image = "\
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      PackageType: Image
      ImageUri: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders
";
    project.write("template.yaml", image);
    assert!(!project.run(&["generate"]).1.contains("dynamodb:PutItem"));
    project.write(
        "scopedown.toml",
        "[functions.Orders]\ncode = 'src'\nhandler = 'app.handler'\nruntime = 'python3.13'\nenvironment = { TABLE = 'orders' }\n",
    );
    let (status, stdout, stderr) = project.run(&["generate"]);
    assert_eq!(status, 0, "{stderr}");
    assert!(stdout.contains("\"arn:aws:dynamodb:*:*:table/orders\""), "{stdout}");
}

#[test]
fn a_mistake_in_the_configuration_stops_every_command() {
    let project = Project::sam(FITS);
    project.write("scopedown.toml", "region = 'x'\n\n[rules]\nmising = 'off'\n");
    for arguments in [&["check"][..], &["generate"], &["calls", "."], &["explain", "s3:GetObject"]] {
        let (status, stdout, stderr) = project.run(arguments);
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments:?}");
        assert_eq!(
            stderr, "error: ./scopedown.toml:4: [rules] has no key `mising`\nhelp: did you mean `missing`?\n",
            "{arguments:?}"
        );
    }
    project.write("scopedown.toml", "[[suppress]]\nfunction = 'Orderz'\nreason = 'x'\n");
    let (status, stdout, _) = project.run(&["check"]);
    assert_eq!(status, 0);
    assert!(
        stdout.contains(
            "scopedown.toml:1: the configuration names `Orderz`, which is no function here (unknown-function)"
        ),
        "{stdout}"
    );
}

#[test]
fn init_writes_a_file_that_is_read_and_never_over_one() {
    let project = Project::sam(FITS);
    let (status, stdout, stderr) = project.run(&["init"]);
    assert_eq!((status, stdout.as_str()), (0, ""));
    assert!(stderr.starts_with("wrote ./scopedown.toml\n"), "{stderr}");
    assert_eq!(project.run(&["check"]).0, 0);
    let (status, _, stderr) = project.run(&["init"]);
    assert_eq!(status, 2);
    assert!(stderr.contains("is there already") && stderr.contains("help: "), "{stderr}");
    // Everything that it shows is right as it stands.
    let text = fs::read_to_string(project.path().join("scopedown.toml")).unwrap();
    let shown: String = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(key) if key.contains(" = ") || key.starts_with('[') => format!("{key}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    project.write("base-policy.json", r#"{"Statement": []}"#);
    project.write("trail/one.json", r#"{"Records": []}"#);
    project.write("scopedown.toml", &shown);
    let (status, _, stderr) = project.run(&["check"]);
    assert!(status < 2, "{stderr}");
}

#[test]
fn every_format_ends_alike() {
    let project = Project::sam(&FITS.replace("!GetAtt Table.Arn", "'*'"));
    for format in ["text", "markdown", "sarif", "github", "gitlab", "json"] {
        assert_eq!(project.run(&["check", "--format", format]).0, 1, "{format}");
        assert_eq!(project.run(&["check", "--format", format, "--exit-zero"]).0, 0, "{format}");
        assert_eq!(project.run(&["check", "--format", format, "--fail-on", "missing"]).0, 0, "{format}");
        assert_eq!(
            project.run(&["check", "--format", format, "--fail-on", "missing", "--fail-on", "wide"]).0,
            1,
            "{format}"
        );
    }
}

#[test]
fn an_action_that_aws_does_not_have_is_found_with_what_was_meant() {
    let project = Project::sam(
        "\
- Statement:
    - Effect: Allow
      Action: [dynamodb:PutItem, dynamodb:PutItems, 's3:ListObjectsV2']
      Resource: !GetAtt Table.Arn
    - Effect: Deny
      Action: 'dynamobd:Delete*'
      Resource: '*'
    - Sid: KeepThis
      Effect: Allow
      Action: x:Y
      Resource: '*'
- DynamoDBReadPolicy: { TableName: !Ref Other }
",
    );
    let report = project.checked();
    let unknown: Vec<String> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["rule"] == "unknown-action")
        .map(|finding| {
            let text = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
            format!(
                "{} {}: {} ({})",
                text("level"),
                finding["location"]["line"],
                text("message"),
                text("help")
            )
        })
        .collect();
    assert_eq!(
        unknown,
        [
            "warning 12: in the role `OrdersRole`, AWS has no action `dynamodb:PutItems`, so the statement allows nothing by it (did you mean `dynamodb:PutItem`?)",
            "warning 12: in the role `OrdersRole`, AWS has no action `s3:ListObjectsV2`, so the statement allows nothing by it (the operation `ListObjectsV2` needs `s3:ListBucket`)",
            "warning 15: in the role `OrdersRole`, no action of AWS fits `dynamobd:Delete*`, so the statement denies nothing by it (did you mean the prefix `dynamodb`?)",
        ]
    );
    // It is said once, and is no other finding besides.
    assert!(!report.to_string().contains("`dynamodb:PutItems` on"), "{report}");
    let (status, _, _) = project.run(&["check", "--fail-on", "unknown"]);
    assert_eq!(status, 1);
    project.write(
        "scopedown.toml",
        "[rules]\nunknown-action = 'off'\n[[pin]]\naction = 's3:GetObjekt'\nresource = '*'\nreason = 'x'\n",
    );
    let (status, stdout, _) = project.run(&["check", "--fail-on", "unknown"]);
    assert_eq!(status, 0);
    assert!(
        stdout
            .contains("scopedown.toml:3: the configuration names `s3:GetObjekt`, and AWS has no such action"),
        "{stdout}"
    );
}

#[test]
fn what_aws_itself_writes_is_known() {
    let (mut known, mut unknown) = (0_usize, 0_usize);
    for name in scopedown::catalog::managed_policy_names().iter().step_by(8) {
        let policy = scopedown::catalog::managed_policy(name).unwrap();
        let document = scopedown::policy::parse(&policy.document).unwrap();
        for statement in &document.statements {
            let slips = scopedown::role::slips(statement);
            let unknown_here = slips.iter().filter(|slip| slip.action.is_some()).count();
            unknown += unknown_here;
            known += match &statement.actions {
                Actions::Only(actions) | Actions::Except(actions) => actions.len() - unknown_here,
            };
        }
    }
    // Some name services that are gone.
    assert!(unknown * 50 < known, "{unknown} of {known}");
}
