//! The pipeline told in a page: read what is deployed, follow the code of every function from its handler, ask
//! the catalog what its calls need, add what the platform needs, and make one policy of it.
//!
//! Formats are pure functions of an [`Analysis`]; nothing here prints.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use smol_str::SmolStr;

use crate::catalog::{self, Requirements};
use crate::code::eval::{CallGraph, Deployment, Interpreter, Outcome};
use crate::code::{Language, Sources, is_source, python};
use crate::merge::{self, RolePolicy, SelfCheckError};
use crate::model::{Call, Confidence, Grant, Kind, Note, Origin, Part, Place, Pseudo, Text};
use crate::project::{self, Choices, Code, Function, Project, ProjectError};

#[derive(Debug)]
pub struct Analysis {
    /// The folder that every path of the analysis is relative to.
    pub root: PathBuf,
    pub functions: Vec<FunctionAnalysis>,
    /// Calls in source files that no function runs; only where [`Request::everything`] asks for them.
    pub unclaimed: Vec<Call>,
    /// What belongs to no function.
    pub notes: Vec<Note>,
    pub project: Project,
}

#[derive(Debug)]
pub struct FunctionAnalysis {
    /// Logical id, or the name given to a plain folder's handler.
    pub name: SmolStr,
    /// The template that declares it, relative to the root.
    pub template: Option<SmolStr>,
    pub language: Option<Language>,
    pub handler: Option<SmolStr>,
    /// Where the template declares it.
    pub place: Place,
    pub grants: Vec<Grant>,
    pub policy: RolePolicy,
    /// Those of the grants that SAM gives by itself to a role that it makes.
    pub provided_by_sam: Vec<Grant>,
    /// Every call in the function's code, reachable or not.
    pub calls: Vec<Call>,
    pub notes: Vec<Note>,
    pub graph: CallGraph,
    /// False where the code could not be followed at all: the policy then holds the platform's part alone.
    pub followed: bool,
}

/// What a person asks for.
#[derive(Debug, Default)]
pub struct Request {
    /// A folder, a template or a source file.
    pub path: PathBuf,
    pub choices: Choices,
    /// `--function`; none means all.
    pub functions: Vec<SmolStr>,
    /// `--handler FILE:FUNCTION`, for code without a template.
    pub handler: Option<String>,
    /// Also look at source files that no function runs.
    pub everything: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum AnalyzeError {
    #[error(transparent)]
    Project(#[from] ProjectError),
    #[error("`{name}` is not a function of the template; it declares {known}")]
    UnknownFunction { name: SmolStr, known: String },
    #[error("`{0}` names no function that can be found")]
    UnknownHandler(String),
    #[error("the policy of `{function}` failed its own check: {error}")]
    SelfCheck { function: SmolStr, error: SelfCheckError },
}

impl AnalyzeError {
    /// The next step.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Project(error) => error.help(),
            Self::UnknownFunction { .. } => "name a function by its logical id",
            Self::UnknownHandler(_) => {
                "write it as FILE:FUNCTION, the file relative to the folder: src/app.py:handler"
            }
            Self::SelfCheck { .. } => "this is a defect of scopedown; please report it with the input",
        }
    }
}

pub fn analyze(request: &Request) -> Result<Analysis, AnalyzeError> {
    let mut project = project::load(&request.path, &request.choices)?;
    let mut readers = Readers::new(&project.root);
    let mut functions = chosen(&mut project, request, &mut readers)?;
    let mut analysed = Vec::new();
    for function in &mut functions {
        analysed.push(analyze_function(&project, function, request, &mut readers)?);
    }
    let unclaimed =
        if request.everything { unclaimed(&project, &analysed, &mut readers) } else { Vec::new() };
    let notes = std::mem::take(&mut project.notes);
    project.functions = functions;
    Ok(Analysis { root: project.root.clone(), functions: analysed, unclaimed, notes, project })
}

/// The functions to answer for: the template's, or what a plain folder's handlers make.
fn chosen(
    project: &mut Project,
    request: &Request,
    readers: &mut Readers,
) -> Result<Vec<Function>, AnalyzeError> {
    if let Some(handler) = &request.handler {
        return Ok(vec![project::plain(&project.root, handler)]);
    }
    let functions = std::mem::take(&mut project.functions);
    if project.template.is_none() {
        return Ok(plain_functions(project, request, readers));
    }
    for name in &request.functions {
        if !functions.iter().any(|function| function.name == *name) {
            let known: Vec<_> = functions.iter().map(|function| format!("`{}`", function.name)).collect();
            return Err(AnalyzeError::UnknownFunction { name: name.clone(), known: known.join(", ") });
        }
    }
    let wanted =
        |function: &Function| request.functions.is_empty() || request.functions.contains(&function.name);
    Ok(functions.into_iter().filter(wanted).collect())
}

/// Without a template, every source file that defines a handler is a function; a folder or file without one
/// is a single function of everything that can be called from outside.
fn plain_functions(project: &mut Project, request: &Request, readers: &mut Readers) -> Vec<Function> {
    let path = request.path.as_path();
    let sources = readers.sources(&project.root.clone(), &[]);
    let files = if path.is_file() {
        path.file_name().map(|name| vec![PathBuf::from(name)]).unwrap_or_default()
    } else {
        project::sources(&project.root)
    };
    let mut functions = Vec::new();
    for file in &files {
        let stem = file.with_extension("").to_string_lossy().replace('\\', "/");
        if !is_source(file) {
            continue;
        }
        for name in sources.handlers(&project.root.join(file)) {
            functions.push(project::plain(&project.root, &format!("{stem}.{name}")));
        }
    }
    let what = if functions.is_empty() {
        let name = path.file_stem().or_else(|| project.root.file_name());
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
    functions
}

fn analyze_function(
    project: &Project,
    function: &mut Function,
    request: &Request,
    readers: &mut Readers,
) -> Result<FunctionAnalysis, AnalyzeError> {
    let mut notes = std::mem::take(&mut function.notes);
    let followed = follow(function, request, readers, &mut notes)?;
    let (outcome, language) = followed.unzip();
    let outcome: Outcome = outcome.unwrap_or_default();
    let mut grants = code_grants(project, &outcome.calls, &request.choices, &mut notes);
    notes.extend(outcome.notes);
    let keys = project.key_grants(&grants, &request.choices);
    grants.extend(keys);
    grants.extend(function.platform.iter().cloned());
    let grants = merge::combine(grants);
    let policy = merge::role_policy(&grants)
        .map_err(|error| AnalyzeError::SelfCheck { function: function.name.clone(), error })?;
    notes.sort();
    notes.dedup();
    Ok(FunctionAnalysis {
        name: function.name.clone(),
        template: project.template.clone(),
        language,
        handler: function.handler.clone(),
        place: function.place.clone(),
        grants,
        policy,
        provided_by_sam: function.sam_provides.clone(),
        calls: outcome.calls,
        notes,
        graph: outcome.graph,
        followed: language.is_some(),
    })
}

/// Evaluates the function's code. None, and a note, where it cannot be.
fn follow(
    function: &Function,
    request: &Request,
    readers: &mut Readers,
    notes: &mut Vec<Note>,
) -> Result<Option<(Outcome, Language)>, AnalyzeError> {
    let at = |note: Note| note.at(function.place.file.clone(), function.place.line, function.place.column);
    if let Some(runtime) = &function.runtime
        && !runtime.starts_with("python")
    {
        let message =
            format!("code for the runtime `{runtime}` is not read yet; its calls are not in the policy");
        notes.push(at(Note::new("unsupported-language", message)));
        return Ok(None);
    }
    let sources = match &function.code {
        Code::Elsewhere(what) => {
            let message = format!("the code is {what} and was not read; its calls are not in the policy");
            notes.push(at(Note::new("code-elsewhere", message)));
            return Ok(None);
        }
        Code::Folder(folder) if !folder.exists() => {
            let message = format!("the code's folder `{}` does not exist", folder.display());
            notes.push(at(Note::new("missing-code", message)));
            return Ok(None);
        }
        Code::Folder(folder) => readers.sources(folder, &function.layers),
        Code::Inline { source, place } => readers.inline(source, place),
    };
    let deployed = Deployed { function };
    let mut interpreter = Interpreter::new(&*sources, &python::Python, &deployed);
    let Some(handler) = &function.handler else {
        enter_everything(&sources, request, readers, &mut interpreter);
        return Ok(Some((interpreter.finish(), Language::Python)));
    };
    let entered = match sources.handler(handler) {
        Some((module, member)) => interpreter.enter(module, &member),
        None => false,
    };
    if !entered {
        if request.handler.is_some() {
            return Err(AnalyzeError::UnknownHandler(request.handler.clone().unwrap_or_default()));
        }
        let message = format!("the handler `{handler}` cannot be found in the code");
        notes.push(at(Note::new("handler-not-found", message)));
        return Ok(None);
    }
    Ok(Some((interpreter.finish(), Language::Python)))
}

fn enter_everything(sources: &Sources, request: &Request, readers: &Readers, interpreter: &mut Interpreter) {
    if request.path.is_file() {
        interpreter.enter_all(sources.load(&request.path));
        return;
    }
    for file in project::sources(&readers.root) {
        if is_source(&file) {
            interpreter.enter_all(sources.load(&readers.root.join(file)));
        }
    }
}

/// What the calls need, on what the template and the request know of their resources.
fn code_grants(project: &Project, calls: &[Call], choices: &Choices, notes: &mut Vec<Note>) -> Vec<Grant> {
    let reachable: Vec<Call> = calls.iter().filter(|call| call.reachable).cloned().collect();
    let mut grants = Vec::new();
    for call in &reachable {
        let Requirements { needs, notes: unsure } = catalog::require_among(call, &reachable);
        notes.extend(unsure);
        let origin = Origin::Call {
            place: call.place.clone(),
            operation: smol_str::format_smolstr!("{}:{}", call.service, call.operation),
            chain: call.chain.clone(),
        };
        for need in needs {
            for resource in &need.resources {
                grants.push(Grant {
                    action: need.action.clone(),
                    resource: project.settle(&resource.arn, &resource.format, choices),
                    condition: need.condition.clone(),
                    kind: Kind::Code,
                    confidence: if call.certain { need.confidence } else { Confidence::Possible },
                    origins: BTreeSet::from([origin.clone()]),
                });
            }
        }
    }
    grants
}

/// Calls in files of the project that no function ran.
fn unclaimed(project: &Project, analysed: &[FunctionAnalysis], readers: &mut Readers) -> Vec<Call> {
    let seen: BTreeSet<&SmolStr> =
        analysed.iter().flat_map(|function| &function.calls).map(|call| &call.place.file).collect();
    let sources = readers.sources(&project.root.clone(), &[]);
    let nothing = Undeployed;
    let mut interpreter = Interpreter::new(&*sources, &python::Python, &nothing);
    for file in project::sources(&project.root) {
        let shown = SmolStr::from(file.to_string_lossy().replace('\\', "/"));
        if is_source(&file) && !seen.contains(&shown) {
            interpreter.load_only(sources.load(&project.root.join(file)));
        }
    }
    let mut calls = interpreter.finish().calls;
    calls.retain(|call| !seen.contains(&call.place.file));
    calls.iter_mut().for_each(|call| {
        call.reachable = false;
        call.chain.clear();
    });
    calls
}

/// The files of each code root, read once for all the functions that share it.
struct Readers {
    root: PathBuf,
    known: BTreeMap<Vec<PathBuf>, Rc<Sources>>,
}

impl Readers {
    fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), known: BTreeMap::new() }
    }

    fn sources(&mut self, folder: &Path, layers: &[PathBuf]) -> Rc<Sources> {
        let mut roots = vec![folder.to_owned()];
        roots.extend(layers.iter().flat_map(|layer| [layer.join("python"), layer.clone()]));
        let sources =
            self.known.entry(roots.clone()).or_insert_with(|| Rc::new(Sources::new(&self.root, roots)));
        Rc::clone(sources)
    }

    /// Code in the template: `index`, as Lambda names the file that it makes of it.
    fn inline(&self, source: &str, place: &Place) -> Rc<Sources> {
        let sources = Sources::new(&self.root, Vec::new());
        sources.inline("index", source, place);
        Rc::new(sources)
    }
}

/// What the deployment says to the code of one function.
struct Deployed<'a> {
    function: &'a Function,
}

impl Deployment for Deployed<'_> {
    fn environment(&self, name: &str) -> Vec<Text> {
        match name {
            "AWS_REGION" | "AWS_DEFAULT_REGION" => vec![Part::Pseudo(Pseudo::Region).into()],
            _ => self.function.environment.get(name).cloned().unwrap_or_default(),
        }
    }

    fn event(&self, path: &str) -> Vec<Text> {
        self.function.event_values.get(path).cloned().unwrap_or_default()
    }
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
