//! The pipeline told in a page: read what is deployed, follow the code of every function from its handler, ask
//! the catalog what its calls need, add what the platform needs, and make one policy of it.
//!
//! Formats are pure functions of an [`Analysis`]; nothing here prints.

mod configured;
mod follow;
mod missing_keys;
mod observed;
mod patterns;
mod sureness;
mod tighten;

use std::collections::BTreeSet;
use std::path::PathBuf;

use smol_str::SmolStr;

use self::configured::Asked;
pub use self::configured::is_kept;
use self::follow::Readers;
pub use self::observed::{Observed, Trail, Trails, physical_name};
use self::observed::{Observer, Observers};
pub use self::patterns::{is_pattern, known_actions};
pub use self::tighten::{Given, Needed, TightenError, Tightened, tighten};
use crate::catalog::{self, Requirements};
use crate::code::Language;
use crate::code::eval::{CallGraph, Outcome};
use crate::config::Config;
use crate::merge::{self, RolePolicy, SelfCheckError};
use crate::model::{Call, Confidence, Grant, Kind, Note, Origin, Part, Place, Text};
use crate::project::{self, Choices, Function, Project, ProjectError};

/// Rules whose notes mean that calls may have escaped the analysis.
pub const HIDING: [&str; 15] = [
    "code-elsewhere",
    "depth-bound",
    "evaluation-bound",
    "handler-not-found",
    "layer-not-read",
    "missing-code",
    "syntax-error",
    "too-deep",
    "too-large",
    "unknown-operation",
    "unreadable-source",
    "unresolved-operation",
    "unresolved-receiver",
    "unresolved-service",
    "unsupported-language",
];

#[derive(Debug)]
pub struct Analysis {
    /// The folder that every path of the analysis is relative to.
    pub root: PathBuf,
    pub functions: Vec<FunctionAnalysis>,
    /// Calls in source files that no function runs; only where [`Request::everything`] asks for them.
    pub unclaimed: Vec<Call>,
    /// What belongs to no function.
    pub notes: Vec<Note>,
    /// With the functions that were analysed, in the same order.
    pub project: Project,
    /// The template's other functions, which nobody asked about.
    pub left_out: Vec<Function>,
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
    /// What the trail says of it; none where no trail was given.
    pub observed: Option<Observed>,
}

/// What a person asks for.
#[derive(Clone, Debug, Default)]
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
    /// Pins, the base policy and the settings of functions; its defaults are in `choices` already.
    pub config: Config,
    /// `--missing-keys` and its kind: what is granted besides what calls need to succeed.
    pub options: catalog::Options,
    /// What the functions did.
    pub trails: Trails,
}

#[derive(Debug, thiserror::Error)]
pub enum AnalyzeError {
    #[error(transparent)]
    Project(#[from] ProjectError),
    #[error("`{name}` is not a function of the template; it declares {known}")]
    UnknownFunction { name: SmolStr, known: String },
    #[error("`{name}` is no function here: there is no template, and what looks like a handler is {known}")]
    NoTemplate { name: SmolStr, known: String },
    #[error("`{handler}` names no function that can be found: {reason}")]
    UnknownHandler { handler: String, reason: String },
    #[error("the base policy `{path}` cannot be used: {reason}")]
    BasePolicy { path: String, reason: String },
    #[error("the policy of `{function}` failed its own check: {error}")]
    SelfCheck { function: SmolStr, error: SelfCheckError },
}

impl AnalyzeError {
    /// The next step.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Project(error) => error.help(),
            Self::UnknownFunction { .. } => "name a function by its logical id",
            Self::NoTemplate { .. } => {
                "name the folder of the template, or a handler with `--handler FILE:FUNCTION`"
            }
            Self::UnknownHandler { .. } => {
                "write it as FILE:FUNCTION, the file relative to the folder: src/app.py:handler"
            }
            Self::BasePolicy { .. } => {
                "name a policy document of plain `Allow` statements with `base-policy`"
            }
            Self::SelfCheck { .. } => "this is a defect of scopedown; please report it with the input",
        }
    }
}

/// Fills in what a configuration says of the project's functions and the template does not.
pub fn configure(config: &Config, project: &mut Project) {
    project.functions.iter_mut().for_each(|function| configured::fill(config, function));
}

pub fn analyze(request: &Request) -> Result<Analysis, AnalyzeError> {
    let mut project = project::load(&request.path, &request.choices)?;
    let mut readers = Readers::new(&project.root);
    let named = project.functions.iter().map(|function| function.name.clone()).collect::<BTreeSet<_>>();
    let (mut functions, left_out) = chosen(&mut project, request, &mut readers)?;
    if request.handler.is_none() {
        let named = named.into_iter().chain(functions.iter().map(|function| function.name.clone())).collect();
        project.notes.extend(configured::misnamed(&request.config, &named));
    }
    project.notes.extend(configured::misspelt(&request.config));
    let asked = Asked::new(&request.config, &project, &request.choices)?;
    let all: Vec<&Function> = functions.iter().chain(&left_out).collect();
    let observers = Observers::new(&request.trails, &request.config, &all);
    let mut analysed = Vec::new();
    for function in &mut functions {
        configured::fill(&request.config, function);
        let observer = observers.of(&function.name);
        let one = analyze_function(&project, function, request, &asked, observer, &mut readers)?;
        analysed.push(one);
    }
    project.notes.extend(request.trails.notes());
    // A source file given alone is all that was asked about.
    let alone = project.template.is_none() && request.path.is_file();
    let unclaimed = if request.everything && !alone {
        follow::unclaimed(&project, &analysed, &mut readers)
    } else {
        Vec::new()
    };
    let notes = std::mem::take(&mut project.notes);
    project.functions = functions;
    Ok(Analysis { root: project.root.clone(), functions: analysed, unclaimed, notes, project, left_out })
}

/// The functions to answer for: the template's, or what a plain folder's handlers make.
fn chosen(
    project: &mut Project,
    request: &Request,
    readers: &mut Readers,
) -> Result<(Vec<Function>, Vec<Function>), AnalyzeError> {
    if let Some(handler) = &request.handler {
        return Ok((vec![project::plain(&project.root, handler)], Vec::new()));
    }
    let functions = std::mem::take(&mut project.functions);
    if project.template.is_none() {
        return plain(follow::plain_functions(project, request, readers), request);
    }
    declared(&functions, request)?;
    let wanted =
        |function: &Function| request.functions.is_empty() || request.functions.contains(&function.name);
    Ok(functions.into_iter().partition(wanted))
}

/// Without a template a function is called after its file and name, as the answer shows it.
fn plain(
    functions: Vec<Function>,
    request: &Request,
) -> Result<(Vec<Function>, Vec<Function>), AnalyzeError> {
    if let Some(name) =
        request.functions.iter().find(|name| !functions.iter().any(|function| function.name == **name))
    {
        let known: Vec<_> = functions.iter().map(|function| format!("`{}`", function.name)).collect();
        return Err(AnalyzeError::NoTemplate { name: name.clone(), known: known.join(", ") });
    }
    let wanted =
        |function: &Function| request.functions.is_empty() || request.functions.contains(&function.name);
    Ok(functions.into_iter().partition(wanted))
}

/// Refuses a name that is asked for and that the template does not declare.
fn declared(functions: &[Function], request: &Request) -> Result<(), AnalyzeError> {
    for name in &request.functions {
        if !functions.iter().any(|function| function.name == *name) {
            let known: Vec<_> = functions.iter().map(|function| format!("`{}`", function.name)).collect();
            return Err(AnalyzeError::UnknownFunction { name: name.clone(), known: known.join(", ") });
        }
    }
    Ok(())
}

/// The functions that are asked for, as far as that is known before any code is read: none without a template.
pub fn names(request: &Request) -> Result<Option<Vec<SmolStr>>, AnalyzeError> {
    if let Some(handler) = &request.handler {
        return Ok(Some(vec![project::plain(&request.path, handler).name]));
    }
    let project = project::load(&request.path, &request.choices)?;
    if project.template.is_none() {
        return Ok(None);
    }
    declared(&project.functions, request)?;
    let all = project.functions.into_iter().map(|function| function.name);
    Ok(Some(if request.functions.is_empty() { all.collect() } else { request.functions.clone() }))
}

fn analyze_function(
    project: &Project,
    function: &mut Function,
    request: &Request,
    asked: &Asked,
    observer: Option<&Observer<'_>>,
    readers: &mut Readers,
) -> Result<FunctionAnalysis, AnalyzeError> {
    let mut notes = std::mem::take(&mut function.notes);
    let followed = follow::function(function, project, request, readers, &mut notes)?;
    let (outcome, language) = followed.unzip();
    let outcome: Outcome = outcome.unwrap_or_default();
    let mut grants = code_grants(project, &outcome.calls, request, &mut notes);
    notes.extend(missing_keys::notes(&project.root, &outcome.calls, &grants));
    notes.extend(outcome.notes);
    notes.extend(defaults_taken(project, &outcome.defaulted));
    let keys = project.key_grants(&grants, &request.choices);
    grants.extend(keys);
    grants.extend(function.platform.iter().cloned());
    grants.extend(asked.of(&function.name));
    grants.extend(configured::kept(function, project, &request.choices, &mut notes));
    let mut grants = merge::combine(grants);
    let observed = observer.map(|observer| {
        let (judged, observed) = observer.observe(function, project, &request.choices, &grants);
        notes.extend(judged.notes);
        grants = judged.grants;
        observed
    });
    let settle = |value: &Text| project.settle_value(value, &request.choices);
    let policy = merge::role_policy_settled(&grants, &settle)
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
        observed,
    })
}

/// A variable that the code reads a resource's name from and the template does not set.
fn unset(project: &Project, call: &Call, resource: &Text) -> Option<Note> {
    let variable = resource.parts().iter().find_map(|part| match part {
        Part::Env(name) => Some(name),
        _ => None,
    })?;
    let template = project.template.as_ref()?;
    let message = format!(
        "the resource of `{}:{}` is named by the environment variable `{variable}`, which `{template}` does not set",
        call.service, call.operation
    );
    let place = &call.place;
    Some(Note::new("unset-variable", message).at(place.file.clone(), place.line, place.column))
}

/// Without a template nothing says whether a variable is set; what the code falls back on was taken.
fn defaults_taken(project: &Project, variables: &BTreeSet<SmolStr>) -> Option<Note> {
    if project.template.is_some() || variables.is_empty() {
        return None;
    }
    let names: Vec<_> = variables.iter().map(|name| format!("`{name}`")).collect();
    let message = format!("taken for unset, so that their defaults hold: {}", names.join(", "));
    Some(Note::new("assumed-default", message).help("a template says what the variables are"))
}

/// A resource whose every name the event decides: the grant is on all of its kind.
fn decided_by_event(call: &Call, resource: &Text) -> Option<Note> {
    let is_named = |part: &Part| matches!(part, Part::Resource { .. } | Part::Parameter(_));
    if resource.parts().iter().any(is_named) {
        return None;
    }
    let path = resource.parts().iter().find_map(|part| match part {
        Part::Event(path) => Some(path),
        _ => None,
    })?;
    let message = format!(
        "the resource of `{}:{}` is named by the event (`{path}`), so every one of its kind is granted",
        call.service, call.operation
    );
    let note = Note::new("named-by-event", message)
        .help("bind the name to a variable of the environment where you can");
    Some(note.at(call.place.file.clone(), call.place.line, call.place.column))
}

/// What the calls need, on what the template and the request know of their resources.
fn code_grants(project: &Project, calls: &[Call], request: &Request, notes: &mut Vec<Note>) -> Vec<Grant> {
    let choices = &request.choices;
    let reachable: Vec<Call> = calls.iter().filter(|call| call.reachable).cloned().collect();
    let mut grants = Vec::new();
    for call in &reachable {
        let Requirements { needs, notes: mut unsure } =
            catalog::require_with(call, &reachable, request.options);
        if unsure.iter().any(|note| note.rule == "unresolved-resource") {
            // Of a request that is wholly unknown it need not be said that more may be in it.
            unsure.retain(|note| note.rule != "maybe-needed");
        }
        notes.extend(unsure);
        let origin = Origin::Call {
            place: call.place.clone(),
            operation: smol_str::format_smolstr!("{}:{}", call.service, call.operation),
            chain: call.chain.clone(),
        };
        for need in needs {
            for resource in &need.resources {
                let settled = project.settle(&resource.arn, &resource.format, choices);
                notes.extend(unset(project, call, &resource.arn));
                notes.extend(decided_by_event(call, &resource.arn).filter(|_| {
                    let any = project.settle(&resource.format, &resource.format, choices);
                    settled.pattern == any.pattern
                }));
                grants.push(Grant {
                    action: need.action.clone(),
                    resource: settled,
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
