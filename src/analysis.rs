//! The whole answer for one folder: every function with what it may do and why, and what could not be told.
//! Formats are pure functions of an [`Analysis`]; nothing here reads files or prints.

use std::path::PathBuf;

use petgraph::graph::DiGraph;
use smol_str::SmolStr;

use crate::code::Language;
use crate::merge::RolePolicy;
use crate::model::{Call, Grant, Note, Place};
use crate::project::{Choices, Project};

/// Who calls whom: nodes are function names (`module.function`), edges the places of the calls.
pub type CallGraph = DiGraph<SmolStr, Place>;

#[derive(Debug)]
pub struct Analysis {
    /// The folder that every path of the analysis is relative to.
    pub root: PathBuf,
    pub functions: Vec<FunctionAnalysis>,
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
}

#[derive(Debug, thiserror::Error)]
pub enum AnalyzeError {
    #[error("`{0}` is not a function of the template")]
    UnknownFunction(SmolStr),
}

/// Stand-in for the pipeline.
pub fn analyze(request: &Request) -> Result<Analysis, AnalyzeError> {
    match request.functions.first() {
        Some(name) => Err(AnalyzeError::UnknownFunction(name.clone())),
        None => Ok(Analysis {
            root: request.path.clone(),
            functions: Vec::new(),
            notes: Vec::new(),
            project: Project::default(),
        }),
    }
}
