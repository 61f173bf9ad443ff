//! Holds the shape of the source: which module may know which, who prints, how long a file may be.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

/// What each module may import, besides itself. The library's root tells the pipeline and may use all.
const ARROWS: [(&str, &[&str]); 16] = [
    ("model", &[]),
    ("aws", &["model"]),
    ("config", &["model"]),
    ("git", &[]),
    ("catalog", &["model"]),
    ("policy", &["model"]),
    ("project", &["model", "catalog", "policy"]),
    ("code", &["model", "catalog", "policy"]),
    ("trail", &["model", "catalog", "policy", "aws"]),
    ("role", &["model", "catalog", "policy", "aws"]),
    ("diff", &["model", "catalog", "policy"]),
    ("merge", &["model", "catalog", "policy", "config", "project", "code", "trail", "role", "diff"]),
    (
        "analysis",
        &["model", "catalog", "policy", "config", "project", "code", "trail", "role", "diff", "merge"],
    ),
    (
        "review",
        &[
            "model", "git", "catalog", "policy", "config", "project", "code", "trail", "role", "diff",
            "merge", "analysis",
        ],
    ),
    (
        "report",
        &[
            "model", "catalog", "policy", "config", "project", "code", "trail", "role", "diff", "merge",
            "analysis", "review",
        ],
    ),
    (
        "cli",
        &[
            "model", "aws", "config", "git", "catalog", "policy", "project", "code", "trail", "role", "diff",
            "merge", "analysis", "review", "report",
        ],
    ),
];

/// A file that is longer is two.
const LONGEST: usize = 600;

#[test]
fn arrows_point_one_way() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        if path == "lib.rs" || path == "main.rs" {
            continue;
        }
        let module = path.split(['/', '.']).next().unwrap_or_default().to_owned();
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!("{path}: the module `{module}` has no place in the order"));
            continue;
        };
        for import in imports(&text) {
            if import != module && !allowed.contains(&import.as_str()) {
                wrong.push(format!("{path}: `{module}` must not know `{import}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn imports_are_read_in_every_form() {
    let text = "use crate::model::Note;\nuse crate::{catalog::{self, x}, policy, code::ir::Span};\n\
                let a = crate::project::load();\n// crate::cli is a comment\n";
    assert_eq!(imports(text), ["model", "catalog", "policy", "code", "project"]);
}

#[test]
fn only_the_command_line_prints() {
    const WAYS: [&str; 7] = ["println!", "print!", "eprintln!", "eprint!", "stdout()", "stderr()", "dbg!"];
    for (path, text) in sources() {
        let printing = code_lines(&text).find(|line| WAYS.iter().any(|way| line.contains(way)));
        assert!(path.starts_with("cli/") || printing.is_none(), "{path}: {}", printing.unwrap_or_default());
    }
}

#[test]
fn every_file_is_short_and_says_what_it_is() {
    for (path, text) in sources() {
        assert!(text.lines().count() <= LONGEST, "{path} is longer than {LONGEST} lines");
        assert!(text.starts_with("//!"), "{path} has no module doc");
    }
}

/// Every source file of the library: its path below `src`, and its text.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let below = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                found.push((below, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    assert!(found.len() > 10, "the sources are not where they were");
    found
}

fn code_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

/// The modules that a file names after `crate::`.
fn imports(text: &str) -> Vec<String> {
    let code: String = code_lines(text).flat_map(|line| [line, "\n"]).collect();
    let mut found = Vec::new();
    for (at, start) in code.match_indices("crate::") {
        let rest = &code[at + start.len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(heads(group)),
            None => found.push(name(rest)),
        }
    }
    found
}

/// The first names of the items of an import group, up to its closing brace.
fn heads(group: &str) -> Vec<String> {
    let (mut depth, mut heads, mut start) = (0, Vec::new(), 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' | ',' if depth == 0 => {
                heads.push(name(group[start..at].trim_start()));
                start = at + 1;
            }
            _ => {}
        }
        if c == '}' && depth == 0 && start == at + 1 {
            break;
        }
    }
    heads.retain(|head| !head.is_empty());
    heads
}

fn name(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}
