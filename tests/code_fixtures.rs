//! Runs every fixture of every language through the whole pipeline and compares what it grants, what it lists
//! as unreachable and what it notes with the expectations on its lines. See `tests/fixtures/README.md`.
//!
//! `FIXTURE=name cargo test --test code_fixtures` runs the scenarios whose name contains `name`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use scopedown::analysis::{Analysis, Request, analyze};
use scopedown::code::Language;
use scopedown::model::{Grant, Kind, Origin};

/// What makes a file large.
const LARGE: usize = 128 << 10;

/// One finding or expectation: file, line, what.
type Finding = (String, u32, String);

struct Scenario {
    name: String,
    files: Vec<(String, String)>,
    runtime: &'static str,
}

#[derive(Default)]
struct Header {
    handler: Option<String>,
    environment: Vec<(String, String)>,
    layers: Vec<String>,
    binary: Option<String>,
    file: String,
}

/// The languages: their folder of fixtures, the extensions of a scenario that is one file, a runtime.
const LANGUAGES: [(&str, &[&str], &str); 4] = [
    ("python", &["py"], "python3.13"),
    ("javascript", &["js", "mjs", "cjs"], "nodejs22.x"),
    ("typescript", &["ts", "mts", "cts"], "nodejs22.x"),
    ("rust", &["rs"], "provided.al2023"),
];

#[test]
fn every_fixture_of_python_gives_what_its_lines_say() {
    run(0, 0);
}

#[test]
fn every_fixture_of_rust_gives_what_its_lines_say() {
    run(3, 0);
}

#[test]
fn every_fixture_of_javascript_gives_what_its_lines_say() {
    run(1, 0);
}

#[test]
fn every_fixture_of_typescript_gives_what_its_lines_say() {
    run(2, 0);
}

/// The functions of a large file are lowered when they are entered. That changes nothing of what is found.
#[test]
fn a_large_file_gives_what_a_small_one_gives() {
    run(1, LARGE);
    run(2, LARGE);
}

#[test]
fn every_language_has_the_scenarios_of_the_others() {
    let of = |language: &str, extensions: &[&str]| -> BTreeSet<String> {
        scenarios(&folder(language), extensions, "").into_iter().map(|scenario| scenario.name).collect()
    };
    let have: Vec<_> = LANGUAGES.iter().map(|(language, extensions, _)| of(language, extensions)).collect();
    let mut wrong = String::new();
    // What only JavaScript and TypeScript have is theirs.
    for (index, others) in [(1, [0, 2]), (2, [0, 1]), (3, [0, 0])] {
        let (language, ..) = LANGUAGES[index];
        let excused = excused(language);
        let missing = others.iter().flat_map(|other| have[*other].difference(&have[index]));
        for name in missing.filter(|name| !excused.contains(*name)).collect::<BTreeSet<_>>() {
            let _ = writeln!(wrong, "{language} lacks {name}");
        }
        for name in excused.intersection(&have[index]) {
            let _ = writeln!(wrong, "{language} has {name}, which it says it cannot have");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Names of scenarios that make no sense in a language: `- name: reason` each.
fn excused(language: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(folder(language).join("NOT_APPLICABLE.md")).unwrap_or_default();
    let entries = text.lines().filter_map(|line| line.strip_prefix("- ")?.split_once(": "));
    entries.map(|(name, _)| name.to_owned()).collect()
}

fn folder(language: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(language)
}

/// Each file of code is given as many bytes more, at least.
fn run(language: usize, more: usize) {
    let (language, extensions, runtime) = LANGUAGES[language];
    let only = std::env::var("FIXTURE").unwrap_or_default();
    let scenarios = scenarios(&folder(language), extensions, runtime);
    assert!(scenarios.len() > 100, "the fixtures are there");
    let mut report = String::new();
    for scenario in scenarios.iter().filter(|scenario| scenario.name.contains(&only)) {
        let difference = check(scenario, more);
        if !difference.is_empty() {
            let _ = writeln!(report, "{}\n{difference}", scenario.name);
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

fn scenarios(root: &Path, extensions: &[&str], runtime: &'static str) -> Vec<Scenario> {
    let mut entries: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let mut scenarios = Vec::new();
    for entry in entries {
        let name = entry.file_stem().unwrap().to_string_lossy().into_owned();
        let mut files = Vec::new();
        if entry.is_dir() {
            for file in walkdir::WalkDir::new(&entry).sort_by_file_name() {
                let file = file.unwrap();
                if file.file_type().is_file() {
                    let inside = file.path().strip_prefix(&entry).unwrap().to_string_lossy().into_owned();
                    files.push((
                        inside,
                        String::from_utf8_lossy(&fs::read(file.path()).unwrap()).into_owned(),
                    ));
                }
            }
        } else if is_one(&entry, extensions) {
            let mut file = entry.file_name().unwrap().to_string_lossy().into_owned();
            if runtime.starts_with("provided") {
                "src/main.rs".clone_into(&mut file);
            }
            files.push((file, fs::read_to_string(&entry).unwrap()));
        } else {
            continue;
        }
        scenarios.push(Scenario { name, files, runtime });
    }
    scenarios
}

fn is_one(file: &Path, extensions: &[&str]) -> bool {
    file.extension().is_some_and(|found| extensions.iter().any(|extension| *extension == found))
}

/// The text with a comment of as many bytes at its end.
fn longer(text: &str, more: usize) -> String {
    if more == 0 { text.to_owned() } else { format!("{text}\n/*{}*/\n", " ".repeat(more)) }
}

/// The differences, a line each; empty where everything is as expected.
fn check(scenario: &Scenario, more: usize) -> String {
    let header = header(scenario);
    let folder = tempfile::tempdir().unwrap();
    // A file of Rust is the binary of a package.
    if scenario.runtime.starts_with("provided")
        && !scenario.files.iter().any(|(file, _)| file == "Cargo.toml")
    {
        let manifest = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
        fs::create_dir_all(folder.path().join("code")).unwrap();
        fs::write(folder.path().join("code/Cargo.toml"), manifest).unwrap();
    }
    for (file, text) in &scenario.files {
        let path = folder.path().join("code").join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let is_code = Language::of_file(&path).is_some();
        fs::write(path, if is_code { longer(text, more) } else { text.clone() }).unwrap();
    }
    let handler = header.handler.clone().unwrap_or_else(|| default_handler(scenario));
    fs::write(folder.path().join("template.json"), template(&header, &handler, scenario.runtime)).unwrap();
    let request = Request { path: folder.path().to_owned(), everything: true, ..Request::default() };
    let analysis = match analyze(&request) {
        Ok(analysis) => analysis,
        Err(error) => return format!("  failed: {error}\n"),
    };
    let expected: BTreeSet<Finding> =
        scenario.files.iter().flat_map(|(file, text)| expectations(file, text)).collect();
    let found = findings(&analysis, &header.file);
    let mut report = String::new();
    for (file, line, what) in expected.difference(&found) {
        let _ = writeln!(report, "  missing    {file}:{line}: {what}");
    }
    for (file, line, what) in found.difference(&expected) {
        let _ = writeln!(report, "  unexpected {file}:{line}: {what}");
    }
    report
}

fn header(scenario: &Scenario) -> Header {
    let mut header = Header { file: scenario.files[0].0.clone(), ..Header::default() };
    for (file, text) in &scenario.files {
        for line in text.lines().take_while(|line| line.starts_with('#') || line.starts_with("//")) {
            let line = line.trim_start_matches(['#', '/']).trim();
            let Some((key, value)) = line.split_once(": ") else { continue };
            match key {
                "binary" => header.binary = Some(value.to_owned()),
                "handler" => header.handler = Some(value.to_owned()),
                "env" => {
                    let (name, value) = value.split_once('=').expect("env has NAME=value");
                    header.environment.push((name.to_owned(), value.to_owned()));
                }
                "layer" => header.layers.push(value.to_owned()),
                _ => continue,
            }
            header.file.clone_from(file);
        }
    }
    header
}

fn default_handler(scenario: &Scenario) -> String {
    if scenario.runtime.starts_with("provided") {
        return "bootstrap".to_owned();
    }
    let (file, text) = match scenario.files.as_slice() {
        [only] => only,
        several => several.iter().find(|(file, _)| file.starts_with("app.")).expect("a folder has an app"),
    };
    let stem = file.rsplit_once('.').map_or(file.as_str(), |(stem, _)| stem);
    let function = if text.contains("lambda_handler") { "lambda_handler" } else { "handler" };
    format!("{stem}.{function}")
}

fn template(header: &Header, handler: &str, runtime: &str) -> String {
    let variables: serde_json::Map<_, _> = header
        .environment
        .iter()
        .map(|(name, value)| (name.clone(), serde_json::Value::from(value.as_str())))
        .collect();
    let mut resources = serde_json::json!({
        "Function": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "FunctionName": "fixture",
                "CodeUri": "code",
                "Handler": handler,
                "Runtime": runtime,
                "Environment": {"Variables": variables},
            }
        }
    });
    if let Some(binary) = &header.binary {
        resources["Function"]["Metadata"] =
            serde_json::json!({"BuildMethod": "rust-cargolambda", "BuildProperties": {"Binary": binary}});
    }
    let mut layers = Vec::new();
    for (index, layer) in header.layers.iter().enumerate() {
        let id = format!("Layer{index}");
        layers.push(serde_json::json!({"Ref": id}));
        resources[id] = serde_json::json!({
            "Type": "AWS::Serverless::LayerVersion",
            "Properties": {"ContentUri": format!("code/{layer}")}
        });
    }
    resources["Function"]["Properties"]["Layers"] = layers.into();
    serde_json::json!({"Transform": "AWS::Serverless-2016-10-31", "Resources": resources}).to_string()
}

/// What the comments of a file say.
fn expectations(file: &str, text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let number = u32::try_from(index + 1).unwrap();
        for marker in line.split('#').flat_map(|part| part.split("//")).skip(1) {
            let Some((key, values)) = marker.trim().split_once(": ") else { continue };
            for value in values.split("; ").map(str::trim) {
                let what = match key {
                    "expect" => value.to_owned(),
                    "expect-unreachable" => format!("unreachable {value}"),
                    "expect-note" => format!("note {value}"),
                    _ => continue,
                };
                found.push((file.to_owned(), number, what));
            }
        }
    }
    found
}

fn findings(analysis: &Analysis, header_file: &str) -> BTreeSet<Finding> {
    let mut found = BTreeSet::new();
    let inside = |file: &str| file.strip_prefix("code/").map(str::to_owned);
    let function = &analysis.functions[0];
    for grant in function.grants.iter().filter(|grant| grant.kind == Kind::Code) {
        for origin in &grant.origins {
            let Origin::Call { place, .. } = origin else { continue };
            let file = inside(&place.file).expect("calls are in the code");
            found.insert((file, place.line, format!("{} on {}", grant.action, shown(grant))));
        }
    }
    for call in function.calls.iter().chain(&analysis.unclaimed).filter(|call| !call.reachable) {
        let file = inside(&call.place.file).expect("calls are in the code");
        found.insert((file, call.place.line, format!("unreachable {}:{}", call.service, call.operation)));
    }
    for note in function.notes.iter().chain(&analysis.notes) {
        let (file, line) = match inside(&note.file) {
            Some(file) => (file, note.line.max(1)),
            None => (header_file.to_owned(), 1),
        };
        found.insert((file, line, format!("note {}", note.rule)));
    }
    found
}

/// The pattern without the part of an ARN that says nothing.
fn shown(grant: &Grant) -> String {
    let pattern = grant.resource.pattern.to_pattern();
    let mut parts = pattern.splitn(6, ':');
    let head: Vec<&str> = parts.by_ref().take(5).collect();
    match (head.as_slice(), parts.next()) {
        (["arn", "aws", _, "*" | "", "*" | ""], Some(rest)) => rest.to_owned(),
        _ => pattern,
    }
}
