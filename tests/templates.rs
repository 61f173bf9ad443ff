//! Every folder of `tests/fixtures/templates` is a small project. What is read of it is dumped in a compact form and
//! compared with the `expected.txt` beside the template; an `arguments` file holds `name=value` choices, one a line
//! (`path` and `template` are relative to the fixture). `UPDATE=1 cargo test --test templates` writes the files anew.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use scopedown::model::{Document, Effect, Grant, Note, Origin, Part, Resources, Shape, Statement, Text};
use scopedown::project::{Choices, Code, Function, Project, load, substituted};

#[test]
fn templates_are_read_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/templates");
    let mut fixtures: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    fixtures.sort();
    assert!(fixtures.len() >= 30, "fixtures are missing");
    let mut wrong = String::new();
    for fixture in fixtures {
        let dump = dump(&fixture);
        let expected = fixture.join("expected.txt");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&expected, &dump).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != dump {
            writeln!(wrong, "{}:\n{dump}", fixture.display()).unwrap();
        }
    }
    assert!(wrong.is_empty(), "not as expected:\n{wrong}");
}

fn dump(fixture: &Path) -> String {
    let (path, choices) = arguments(fixture);
    let shown = |text: String| {
        text.replace(&format!("{}/", fixture.display()), "").replace(&*fixture.to_string_lossy(), ".")
    };
    match load(&path, &choices) {
        Ok(project) => shown(dump_project(&project, &choices)),
        Err(error) => shown(format!("error: {error}\nhelp: {}\n", error.help())),
    }
}

fn arguments(fixture: &Path) -> (PathBuf, Choices) {
    let mut choices = Choices::default();
    let mut path = fixture.to_owned();
    for line in fs::read_to_string(fixture.join("arguments")).unwrap_or_default().lines() {
        let (name, value) = line.split_once('=').unwrap();
        match name {
            "path" => path = fixture.join(value),
            "template" => choices.template = Some(fixture.join(value)),
            "region" => choices.region = Some(value.into()),
            "account" => choices.account = Some(value.into()),
            "partition" => choices.partition = Some(value.into()),
            name => drop(choices.parameters.insert(name.into(), value.into())),
        }
    }
    (path, choices)
}

fn dump_project(project: &Project, choices: &Choices) -> String {
    let mut out = String::new();
    for function in &project.functions {
        dump_function(&mut out, project, function);
    }
    if project.functions.is_empty() {
        let sources = scopedown::project::sources(&project.root);
        let names: Vec<_> = sources.iter().map(|path| path.display().to_string()).collect();
        writeln!(out, "no template; sources: {}", names.join(", ")).unwrap();
    }
    for (id, deployed) in &project.resources {
        let is_plain = deployed.kind.ends_with("::Function") || deployed.kind == "AWS::IAM::Role";
        if deployed.arn.is_none() || is_plain {
            continue;
        }
        let arn = Part::Resource { id: id.clone(), attribute: Some("Arn".into()), shape: Shape::Arn };
        let settled = project.settle(&arn.into(), &Text::any(), choices);
        let written = project.symbolic_json(&settled.symbolic);
        write!(out, "resource {id}: {} = {written}", settled.pattern.to_pattern()).unwrap();
        match &deployed.kms_key {
            Some(key) => writeln!(out, " under {key}").unwrap(),
            None => out.push('\n'),
        }
    }
    dump_notes(&mut out, "", &project.notes);
    out
}

fn dump_function(out: &mut String, project: &Project, function: &Function) {
    let handler = function.handler.as_deref().unwrap_or("-");
    let runtime = function.runtime.as_deref().unwrap_or("-");
    writeln!(out, "function {} at line {}: {handler} ({runtime})", function.name, function.place.line)
        .unwrap();
    match &function.code {
        Code::Folder(path) => writeln!(out, "  code {}", path.display()).unwrap(),
        Code::Inline { source, substituted: parts, place } => {
            let first = substituted(source.lines().next().unwrap_or_default(), parts);
            writeln!(out, "  inline at line {}: {first}", place.line).unwrap();
        }
        Code::Elsewhere(what) => writeln!(out, "  elsewhere: {what}").unwrap(),
    }
    for layer in &function.layers {
        writeln!(out, "  layer {}", layer.display()).unwrap();
    }
    for (name, texts) in &function.environment {
        writeln!(out, "  env {name} = {}", all(texts)).unwrap();
    }
    for (path, texts) in &function.event_values {
        writeln!(out, "  event {path} = {}", all(texts)).unwrap();
    }
    let mut wanted: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for grant in &function.platform {
        let by_sam = if function.sam_provides.contains(grant) { " [sam]" } else { "" };
        wanted.entry(platform(project, grant) + by_sam).or_default().push(grant.action.as_str());
    }
    for (resource, actions) in wanted {
        writeln!(out, "  platform {} on {resource}", actions.join(", ")).unwrap();
    }
    match &function.current {
        None => out.push_str("  current unknown\n"),
        Some(role) => role.documents().for_each(|document| dump_document(out, document)),
    }
    dump_notes(out, "  ", &function.notes);
}

fn platform(project: &Project, grant: &Grant) -> String {
    let Some(Origin::Template { place, property }) = grant.origins.first() else {
        panic!("not of a template")
    };
    let mut text = project.symbolic_json(&grant.resource.symbolic).to_string();
    write!(text, " ~ {}", grant.resource.pattern.to_pattern()).unwrap();
    for (operator, keys) in &grant.condition {
        for (key, values) in keys {
            let values: Vec<_> = values.iter().map(Text::to_string).collect();
            write!(text, " if {operator} {key} {}", values.join(", ")).unwrap();
        }
    }
    write!(text, " ({property}:{})", place.line).unwrap();
    text
}

fn dump_document(out: &mut String, document: &Document) {
    for statement in &document.statements {
        writeln!(out, "  current {}", shown_statement(statement)).unwrap();
    }
}

fn shown_statement(statement: &Statement) -> String {
    let effect = if statement.effect == Effect::Allow { "allow" } else { "deny" };
    let actions = match &statement.actions {
        scopedown::model::Actions::Only(actions) | scopedown::model::Actions::Except(actions) => actions,
    };
    let actions: Vec<_> = actions.iter().map(scopedown::model::Action::as_str).collect();
    let resources = match &statement.resources {
        Some(Resources::Only(texts)) => all(texts),
        Some(Resources::Except(texts)) => format!("all but {}", all(texts)),
        None => "nothing".to_owned(),
    };
    let mut text = format!("{effect} {} on {resources}", actions.join(", "));
    for (operator, keys) in &statement.condition {
        for (key, values) in keys {
            let values: Vec<_> = values.iter().map(Text::to_string).collect();
            write!(text, " if {operator} {key} {}", values.join(", ")).unwrap();
        }
    }
    text
}

fn dump_notes(out: &mut String, indent: &str, notes: &[Note]) {
    for note in notes {
        writeln!(out, "{indent}note {}:{} [{}] {}", note.file, note.line, note.rule, note.message).unwrap();
    }
}

fn all(texts: &[Text]) -> String {
    texts.iter().map(Text::to_string).collect::<Vec<_>>().join(" | ")
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// Whatever is cut off or overwritten, reading ends with an answer or an error.
    #[test]
    fn damaged_templates_are_survived(which in 0..8_usize, at in 0..4000_usize, byte in 32..127_u8, cut: bool) {
        const NAMES: [&str; 8] = [
            "intrinsics", "pollers_brokers", "sam_policies", "iam_role", "customer_keys", "inline_code",
            "dead_letters_and_destinations", "file_system_and_layers",
        ];
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/templates");
        let mut text = fs::read(fixtures.join(NAMES[which]).join("template.yaml")).unwrap();
        let at = at % text.len();
        text[at] = byte;
        if cut {
            text.truncate(at + 1);
        }
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("template.yaml"), text).unwrap();
        drop(load(folder.path(), &Choices::default()));
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_contains_itself_is_walked_once() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/app.py"), "def handler(event, context): pass\n").unwrap();
    std::os::unix::fs::symlink("..", folder.path().join("src/again")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("src/gone.py")).unwrap();
    assert_eq!(scopedown::project::sources(folder.path()), [Path::new("src/app.py")]);
    assert!(load(folder.path(), &Choices::default()).unwrap().functions.is_empty());
}
