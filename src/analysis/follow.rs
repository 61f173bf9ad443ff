//! From a function of the project to the calls that its code can make: which language, which files, where to
//! enter. What cannot be followed is a note on the function, and the other functions are still answered for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use smol_str::SmolStr;

use super::{AnalyzeError, FunctionAnalysis, Request};
use crate::code::eval::{Deployment, Interpreter, Outcome};
use crate::code::rust::Binary;
use crate::code::{Language, Sources};
use crate::model::{Call, Note, Part, Pseudo, Shape, Text};
use crate::project::{self, Code, Function, Project};

/// Evaluates the function's code. None, and a note, where it cannot be.
pub fn function(
    function: &Function,
    project: &Project,
    request: &Request,
    readers: &mut Readers,
    notes: &mut Vec<Note>,
) -> Result<Option<(Outcome, Language)>, AnalyzeError> {
    let place = &function.place;
    let at = |note: Note| note.at(place.file.clone(), place.line, place.column);
    if let Some(runtime) = &function.runtime
        && Language::of_runtime(runtime).is_none()
        && binary(function).is_none()
    {
        let message =
            format!("code for the runtime `{runtime}` is not read yet; its calls are not in the policy");
        notes.push(at(Note::new("unsupported-language", message)));
        return Ok(None);
    }
    match &function.code {
        Code::Elsewhere(what) => {
            let message = format!("the code is {what} and was not read; its calls are not in the policy");
            notes.push(at(Note::new("code-elsewhere", message)));
            return Ok(None);
        }
        Code::Folder(folder) if !folder.exists() && binary(function).is_none() => {
            let message = format!("the code's folder `{}` does not exist", folder.display());
            let help = format!(
                "build it first, or name the folder of its source: `code` under [functions.{}] of scopedown.toml",
                function.name
            );
            notes.push(at(Note::new("missing-code", message).help(help)));
            return Ok(None);
        }
        _ => {}
    }
    let Some(handler) = &function.handler else {
        return Ok(enter_everything(function, project, request, readers));
    };
    // A runtime of the code's own runs the binary, whatever the handler is called.
    let binary = binary(function);
    let named = binary.as_ref().and_then(|binary| binary.name.as_ref());
    let handler = named.unwrap_or(handler);
    let mut missing = format!("no file of the code is the module of the handler `{handler}`");
    for language in languages(function) {
        let sources = readers.of_function(language, function);
        let written = entry_handler(function, handler);
        let found = written.and_then(|written| sources.handler(&written));
        let Some((module, member)) = found.or_else(|| sources.handler(handler)) else { continue };
        let deployed = Deployed { function, project };
        let mut interpreter = Interpreter::new(&*sources, language.runtime(), &deployed);
        if interpreter.enter(module, &member) {
            return Ok(Some((interpreter.finish(), language)));
        }
        let path = sources.path_of(module);
        missing = if interpreter.is_spent() {
            format!("`{path}` is too large to be followed to where it may define `{member}`")
        } else {
            format!("`{path}` defines no `{member}`, which the handler `{handler}` names")
        };
        // Why it was not found: the file may not have been readable.
        notes.extend(interpreter.finish().notes);
    }
    if let Some(handler) = &request.handler {
        let folder = if request.path.is_dir() { request.path.as_path() } else { Path::new("") };
        if !handler.contains(':') && folder.join(handler).is_file() {
            "it is a file, and names no function of it".clone_into(&mut missing);
        }
        return Err(AnalyzeError::UnknownHandler { handler: handler.clone(), reason: missing });
    }
    notes.push(at(Note::new("handler-not-found", missing)));
    Ok(None)
}

/// The handler in the file that the deployed one is bundled from: `app.handler` of the entry point `src/app.ts` is
/// `src/app.handler`.
fn entry_handler(function: &Function, handler: &str) -> Option<String> {
    let file = handler.rsplit('/').next()?;
    function.entry_points.iter().find_map(|entry| {
        let stem = entry.rsplit_once('.').map_or(entry.as_str(), |(stem, _)| stem);
        let name = stem.rsplit('/').next()?;
        let member = file.strip_prefix(name)?.strip_prefix('.')?;
        Some(format!("{stem}.{member}"))
    })
}

/// The language of the function's runtime; any, where no template says.
fn languages(function: &Function) -> Vec<Language> {
    match function.runtime.as_deref().and_then(Language::of_runtime) {
        Some(language) => vec![language],
        None if binary(function).is_some() => vec![Language::Rust],
        None => Language::ALL.to_vec(),
    }
}

/// What a function runs whose runtime is `provided`: a binary of the Cargo package or workspace that is its code.
fn binary(function: &Function) -> Option<Binary> {
    let is_own = function.runtime.as_ref().is_some_and(|runtime| runtime.starts_with("provided"));
    match &function.code {
        Code::Folder(folder) if is_own => Binary::of(folder, function.binary.as_ref()),
        _ => None,
    }
}

/// Without a template, every source file that defines a handler is a function; a folder or file without one
/// is a single function of everything that can be called from outside.
pub fn plain_functions(project: &mut Project, request: &Request, readers: &mut Readers) -> Vec<Function> {
    let (mut functions, mut binaries) = (Vec::new(), Vec::new());
    for file in files(&project.root, request) {
        let Some(language) = Language::of_file(&file) else { continue };
        let stem = file.with_extension("").to_string_lossy().replace('\\', "/");
        let sources = readers.of_folder(language, &project.root.clone());
        for name in sources.handlers(&project.root.join(&file)) {
            let handler = format!("{stem}.{name}");
            // What looks like a handler inside an installed library is none of the project's.
            if sources.handler(&handler).is_some() {
                if language == Language::Rust && name == "main" {
                    binaries.push(format!("`{stem}.rs`"));
                }
                functions.push(project::plain(&project.root, &handler));
            }
        }
    }
    let what = if functions.is_empty() {
        let name = request.path.file_stem().or_else(|| project.root.file_name());
        let name = name.map_or_else(|| "code".into(), |name| name.to_string_lossy().into_owned());
        let mut function = project::plain(&project.root, &name);
        function.handler = None;
        functions.push(function);
        "every top-level function is taken for an entry point"
    } else {
        "every function that looks like a handler is answered for"
    };
    let note = Note::new("no-template", format!("there is no template: {what}"));
    project.notes.push(note.help("name one with --handler FILE:FUNCTION, or a template with --template"));
    project.notes.extend(several_binaries(binaries));
    functions
}

/// The `main` of every binary is an entry point, and most packages deploy each as a function of its own.
fn several_binaries(mut files: Vec<String>) -> Option<Note> {
    let (1.., Some(last)) = (files.len().saturating_sub(1), files.pop()) else { return None };
    let message = format!(
        "there are {} binaries, {} and {last}; the `main` of each is taken for a function of its own",
        files.len() + 1,
        files.join(", ")
    );
    let note = Note::new("several-binaries", message);
    Some(note.help("choose one with --handler FILE:main, or name a template with --template"))
}

/// The source files that a request without a template is about, relative to the root.
fn files(root: &Path, request: &Request) -> Vec<PathBuf> {
    match request.path.file_name() {
        Some(name) if request.path.is_file() => vec![PathBuf::from(name)],
        _ => project::sources(root),
    }
}

fn enter_everything(
    function: &Function,
    project: &Project,
    request: &Request,
    readers: &mut Readers,
) -> Option<(Outcome, Language)> {
    let Code::Folder(root) = &function.code else { return None };
    let files = files(root, request);
    let language = files.iter().find_map(|file| Language::of_file(file))?;
    let sources = readers.of_function(language, function);
    let deployed = Deployed { function, project };
    let mut interpreter = Interpreter::new(&*sources, language.runtime(), &deployed);
    for file in files.iter().filter(|file| Language::of_file(file) == Some(language)) {
        interpreter.enter_all(sources.load(&root.join(file)));
    }
    Some((interpreter.finish(), language))
}

/// Calls in files of the project that no function ran.
pub fn unclaimed(project: &Project, analysed: &[FunctionAnalysis], readers: &mut Readers) -> Vec<Call> {
    let seen: BTreeSet<&SmolStr> =
        analysed.iter().flat_map(|function| &function.calls).map(|call| &call.place.file).collect();
    let mut calls = Vec::new();
    for language in Language::ALL {
        let sources = readers.of_folder(language, &project.root);
        let mut interpreter = Interpreter::new(&*sources, language.runtime(), &Undeployed);
        for file in project::sources(&project.root) {
            let shown = SmolStr::from(file.to_string_lossy().replace('\\', "/"));
            if Language::of_file(&file) == Some(language) && !seen.contains(&shown) {
                interpreter.load_only(sources.load(&project.root.join(file)));
            }
        }
        calls.extend(interpreter.finish().calls);
    }
    calls.retain(|call| !seen.contains(&call.place.file));
    calls
}

/// The files of each code root, read once for all the functions that share it.
pub struct Readers {
    root: PathBuf,
    known: BTreeMap<(Language, Vec<PathBuf>), Rc<Sources>>,
}

impl Readers {
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), known: BTreeMap::new() }
    }

    fn of_folder(&mut self, language: Language, folder: &Path) -> Rc<Sources> {
        self.of_roots(language, vec![folder.to_owned()])
    }

    fn of_function(&mut self, language: Language, function: &Function) -> Rc<Sources> {
        let folder = match &function.code {
            Code::Folder(folder) => folder,
            Code::Inline { source, place, .. } => {
                let sources = Sources::new(language, &self.root, Vec::new());
                sources.inline(source, place);
                return Rc::new(sources);
            }
            Code::Elsewhere(_) => &self.root,
        };
        let mut roots = vec![match binary(function) {
            Some(binary) => binary.root,
            None => folder.clone(),
        }];
        for layer in &function.layers {
            roots.extend(language.layer_folders().iter().map(|inside| layer.join(inside)));
        }
        self.of_roots(language, roots)
    }

    fn of_roots(&mut self, language: Language, roots: Vec<PathBuf>) -> Rc<Sources> {
        let key = (language, roots.clone());
        let sources =
            self.known.entry(key).or_insert_with(|| Rc::new(Sources::new(language, &self.root, roots)));
        Rc::clone(sources)
    }
}

/// What the deployment says to the code of one function.
struct Deployed<'a> {
    function: &'a Function,
    project: &'a Project,
}

impl Deployment for Deployed<'_> {
    fn environment(&self, name: &str) -> Vec<Text> {
        match name {
            "AWS_REGION" | "AWS_DEFAULT_REGION" => vec![Part::Pseudo(Pseudo::Region).into()],
            "AWS_LAMBDA_FUNCTION_NAME" if !self.function.place.file.is_empty() => {
                let id = self.function.name.clone();
                vec![Part::Resource { id, attribute: None, shape: Shape::Name }.into()]
            }
            _ => self.function.environment.get(name).cloned().unwrap_or_default(),
        }
    }

    fn event(&self, path: &str) -> Vec<Text> {
        let known = &self.function.event_values;
        if let Some(texts) = known.get(path) {
            return texts.clone();
        }
        // Languages with types of their own for events spell the fields in their own way.
        let folded = fold(path);
        let spelled = known.iter().find(|(name, _)| fold(name) == folded);
        spelled.map(|(_, texts)| texts.clone()).unwrap_or_default()
    }

    fn spelled(&self, arn: &Text) -> Option<Text> {
        let Some(Part::Resource { id, .. }) = arn.as_part().filter(|part| part.looks_like_arn()) else {
            return None;
        };
        let named =
            |part: &Part| matches!(part, Part::Resource { id: of, shape: Shape::Name, .. } if of == id);
        let resource = self.project.resources.get(id)?;
        let mut spellings =
            resource.spellings.iter().filter(|text| text.leading_literal().starts_with("arn:"));
        spellings.find(|text| text.parts().iter().any(named)).cloned()
    }

    fn literal(&self, text: &str) -> Text {
        match &self.function.code {
            Code::Inline { substituted, .. } => project::substituted(text, substituted),
            _ => Text::literal(text),
        }
    }
}

/// `Records[].eventSourceARN` and `records[].event_source_arn` are one path.
fn fold(path: &str) -> String {
    path.chars().filter(|char| *char != '_').map(|char| char.to_ascii_lowercase()).collect()
}

/// Code that no function runs.
struct Undeployed;

impl Deployment for Undeployed {
    fn environment(&self, _: &str) -> Vec<Text> {
        Vec::new()
    }

    fn event(&self, _: &str) -> Vec<Text> {
        Vec::new()
    }
}
