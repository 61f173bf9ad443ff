//! From a path to a [`Project`]: which file is the template, and whether it can be read at all. A template that a
//! person names must be one; a file that merely lies in the folder may be anything, and only counts as a template
//! when it declares a Lambda function. Build output (`.aws-sam`, `cdk.out`) is read when it is named, not found.

use std::fs;
use std::path::{Component, Path, PathBuf};

use smol_str::SmolStr;
use walkdir::WalkDir;

use super::sam::yaml::{self, Malformed, Node};
use super::{Choices, Project, plain, sam};
use crate::model::Note;

/// Beyond this a file is noted or refused, not read.
pub(super) const MAX_BYTES: u64 = 50 * 1024 * 1024;
/// So far down a template is looked for that was not named.
const DEEPEST: usize = 4;
/// So many of them are named.
const SHOWN: usize = 5;

#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    #[error("cannot read `{path}`: {reason}")]
    Unreadable { path: String, reason: String },
    #[error("`{path}` is not a template: line {line}, column {column}: {reason}")]
    Malformed { path: String, line: u32, column: u32, reason: String },
    #[error("`{path}` declares no Lambda function: line {line}: {reason}")]
    NoFunction { path: String, line: u32, reason: String },
    #[error("several templates in `{path}` declare functions: {candidates}")]
    Ambiguous { path: String, candidates: String },
    #[error("no template and no source file in `{path}`")]
    Empty { path: String },
}

impl ProjectError {
    /// The next step.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Unreadable { path, .. } if path == "-" => {
                "a function's code is in files beside its template; name the folder"
            }
            Self::Unreadable { .. } => {
                "name a folder, a template or a source file that exists and can be read"
            }
            Self::Malformed { .. } => {
                "mend it there, or name another SAM or CloudFormation template, in YAML or JSON, with --template"
            }
            Self::NoFunction { .. } => {
                "name a template with an AWS::Serverless::Function or AWS::Lambda::Function"
            }
            Self::Ambiguous { .. } => "choose one of them with --template",
            Self::Empty { .. } => "name the folder that holds the function's code or its template",
        }
    }
}

/// Reads what is deployed. `path` is a folder, a template, or a source file; a folder without a template and a
/// source file give a project without functions, for [`plain`] to fill.
pub fn load(path: &Path, choices: &Choices) -> Result<Project, ProjectError> {
    let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if metadata.is_dir() {
        return match &choices.template {
            Some(template) => named(path, &beside(path, template), choices),
            None => found(path, choices),
        };
    }
    let root = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Some(template) = &choices.template {
        return named(root, template, choices);
    }
    if plain::is_source(path) {
        return Ok(Project { root: root.to_owned(), ..Project::default() });
    }
    named(root, path, choices)
}

/// `--template` is relative to the working directory, or else to the folder.
fn beside(root: &Path, template: &Path) -> PathBuf {
    let inside = root.join(template);
    if !template.exists() && inside.exists() { inside } else { template.to_owned() }
}

/// A template that a person named: whatever is wrong with it is an error.
fn named(root: &Path, template: &Path, choices: &Choices) -> Result<Project, ProjectError> {
    let text = read(template)?;
    let document = yaml::parse(&text).map_err(|error| malformed(template, error))?;
    if let Some(error) = no_function(template, &document) {
        return Err(error);
    }
    Ok(sam::read(root, template, &document, choices))
}

fn no_function(template: &Path, document: &Node) -> Option<ProjectError> {
    let (path, line) = (display(template), document.line);
    why_not(document).map(|reason| ProjectError::NoFunction { path, line, reason })
}

/// What a document lacks to be a template with functions.
fn why_not(document: &Node) -> Option<String> {
    if document.entries().is_empty() {
        return Some("it is not a mapping with `Resources`".to_owned());
    }
    let Some(resources) = document.get("Resources") else {
        return Some("it has no `Resources`".to_owned());
    };
    if sam::declares_functions(document) {
        return None;
    }
    Some(format!("none of its {} resources is a function", resources.entries().len()))
}

enum Candidate {
    Functions(Node),
    /// A template of other things, or no template.
    Nothing,
    /// Called a template, and without functions.
    Without(ProjectError),
    /// Called a template, and broken.
    Broken(ProjectError),
}

/// The template of a folder: by its usual name, else the only file that declares functions.
fn found(root: &Path, choices: &Choices) -> Result<Project, ProjectError> {
    let mut notes = Vec::new();
    let (mut with_functions, mut without) = (Vec::new(), Vec::new());
    let files = top_level(root)?;
    let (usual, others): (Vec<_>, Vec<_>) = files.into_iter().partition(|path| is_usual_name(path));
    for candidates in [usual, others] {
        let mut broken = Vec::new();
        for path in candidates {
            match examine(&path) {
                Candidate::Functions(document) => with_functions.push((path, document)),
                Candidate::Broken(error) => broken.push((path, error)),
                Candidate::Without(error) => without.push(error),
                Candidate::Nothing => {}
            }
        }
        if with_functions.is_empty() && !broken.is_empty() {
            return Err(broken.swap_remove(0).1);
        }
        notes.extend(broken.iter().map(|(path, error)| {
            Note::new("unreadable-template", error.to_string()).at(relative(root, path), 1, 1)
        }));
        if !with_functions.is_empty() {
            break;
        }
    }
    let mut project = match with_functions.as_slice() {
        [(path, document)] => sam::read(root, path, document, choices),
        [] if plain::sources(root).is_empty() => {
            let empty = || ProjectError::Empty { path: display(root) };
            return Err(without.into_iter().next().unwrap_or_else(empty));
        }
        [] => {
            notes.extend(templates_below(root));
            Project { root: root.to_owned(), ..Project::default() }
        }
        several => {
            let names: Vec<_> =
                several.iter().map(|(path, _)| format!("`{}`", relative(root, path))).collect();
            return Err(ProjectError::Ambiguous { path: display(root), candidates: names.join(", ") });
        }
    };
    project.notes.extend(notes);
    Ok(project)
}

/// Says that a folder without a template has folders with some: a person may have meant one of those.
fn templates_below(root: &Path) -> Option<Note> {
    let files = WalkDir::new(root).max_depth(DEEPEST).sort_by_file_name().into_iter();
    let files = files.filter_entry(plain::is_own).filter_map(Result::ok).filter(|entry| entry.depth() > 1);
    let is_template =
        |path: &PathBuf| is_usual_name(path) && matches!(examine(path), Candidate::Functions(_));
    let mut found: Vec<String> = files
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .filter(is_template)
        .map(|path| format!("`{}`", relative(root, &path)))
        .take(SHOWN + 1)
        .collect();
    if found.is_empty() {
        return None;
    }
    if found.len() > SHOWN {
        found.truncate(SHOWN);
        found.push("others".to_owned());
    }
    let message = format!("there is no template here, but there are some below: {}", found.join(", "));
    Some(Note::new("templates-below", message).help("name the folder of one to have its functions"))
}

/// YAML and JSON files directly in the folder, by name.
fn top_level(root: &Path) -> Result<Vec<PathBuf>, ProjectError> {
    let entries = fs::read_dir(root).map_err(|error| unreadable(root, &error))?;
    let mut files: Vec<_> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| !name(path).starts_with('.') && path.is_file())
        .filter(|path| {
            let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
            matches!(extension, "yaml" | "yml" | "json" | "template")
        })
        .collect();
    files.sort();
    Ok(files)
}

fn is_usual_name(path: &Path) -> bool {
    matches!(path.file_stem().and_then(|stem| stem.to_str()), Some("template" | "sam"))
}

fn examine(path: &Path) -> Candidate {
    let usual = is_usual_name(path);
    let document = match read(path) {
        // Spares the parser every lock file and package.json.
        Ok(text) if !usual && !text.contains("AWS::") => return Candidate::Nothing,
        Ok(text) => yaml::parse(&text).map_err(|error| malformed(path, error)),
        Err(error) => Err(error),
    };
    match document {
        Ok(document) if sam::declares_functions(&document) => Candidate::Functions(document),
        Ok(document) if usual => no_function(path, &document).map_or(Candidate::Nothing, Candidate::Without),
        Err(error) if usual => Candidate::Broken(error),
        _ => Candidate::Nothing,
    }
}

fn read(path: &Path) -> Result<String, ProjectError> {
    let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if metadata.len() > MAX_BYTES {
        let reason = "larger than 50 MB".to_owned();
        return Err(ProjectError::Unreadable { path: display(path), reason });
    }
    let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
    String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = good.split(|byte| *byte == b'\n').count();
        ProjectError::Malformed {
            path: display(path),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: 1,
            reason: "not UTF-8".to_owned(),
        }
    })
}

fn malformed(path: &Path, error: Malformed) -> ProjectError {
    ProjectError::Malformed {
        path: display(path),
        line: error.line,
        column: error.column,
        reason: error.reason,
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> ProjectError {
    let reason = match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        _ => error.to_string(),
    };
    ProjectError::Unreadable { path: display(path), reason }
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

pub(super) fn display(path: &Path) -> String {
    path.display().to_string()
}

/// A path as notes and places say it: from the analysed folder, with `/`.
pub(super) fn relative(root: &Path, path: &Path) -> SmolStr {
    // `./app` and `app` are one folder.
    let plain =
        |path: &Path| path.components().filter(|part| *part != Component::CurDir).collect::<PathBuf>();
    let (root, path) = (plain(root), plain(path));
    let inside = path.strip_prefix(&root).unwrap_or(&path);
    let parts: Vec<_> = inside.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    match parts.join("/") {
        joined if joined.starts_with("//") => joined[1..].into(),
        joined => joined.into(),
    }
}
