//! What the code can call: lower each language to one small language, evaluate that from the handler.
//!
//! A language is a folder here with three things: `lower` (syntax to the intermediate representation), a
//! [`Runtime`](eval::Runtime) (what its own names and methods do, and its SDK), and [`Imports`] (where it finds
//! modules). [`Language`] is the one list of them.

pub mod eval;
pub mod ir;
pub mod javascript;
pub mod python;
pub mod rust;
pub mod sdk;
mod sources;

use std::path::{Path, PathBuf};

pub use sources::{Imports, Resolved, Sources};

use self::eval::Runtime;
use self::ir::Module;

/// A source language with a front-end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    Python,
    /// And TypeScript.
    JavaScript,
    Rust,
}

impl Language {
    pub const ALL: [Self; 3] = [Self::Python, Self::JavaScript, Self::Rust];

    pub fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::JavaScript => "javascript",
            Self::Rust => "rust",
        }
    }

    /// The language of a source file, by its name.
    pub fn of_file(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?;
        Self::ALL.into_iter().find(|language| language.extensions().contains(&extension))
    }

    /// The language of a Lambda runtime: `python3.13`, `nodejs22.x`.
    pub fn of_runtime(runtime: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|language| language.runtime_prefix().is_some_and(|prefix| runtime.starts_with(prefix)))
    }

    fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Python => &["py"],
            Self::JavaScript => &["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx"],
            Self::Rust => &["rs"],
        }
    }

    /// None for languages that bring their own runtime.
    fn runtime_prefix(self) -> Option<&'static str> {
        match self {
            Self::Python => Some("python"),
            Self::JavaScript => Some("nodejs"),
            Self::Rust => None,
        }
    }

    /// Where a layer keeps the modules of the language.
    pub fn layer_folders(self) -> &'static [&'static str] {
        match self {
            Self::Python => &["python", ""],
            Self::JavaScript => &["nodejs/node_modules", "nodejs", ""],
            Self::Rust => &[],
        }
    }

    fn lower(self, source: &str, path: &str) -> Module {
        match self {
            Self::Python => python::lower(source, path),
            // A file of data is a module that exports it.
            Self::JavaScript if Path::new(path).extension().is_some_and(|found| found == "json") => {
                javascript::lower(&format!("module.exports = {source}"), path)
            }
            Self::JavaScript => javascript::lower(source, path),
            Self::Rust => rust::lower(source, path),
        }
    }

    /// What the language's own names and methods do.
    pub fn runtime(self) -> &'static dyn Runtime {
        match self {
            Self::Python => &python::Python,
            Self::JavaScript => &javascript::JavaScript,
            Self::Rust => &rust::Rust,
        }
    }

    fn imports(self, base: &Path, roots: Vec<PathBuf>) -> Box<dyn Imports> {
        match self {
            Self::Python => Box::new(python::Modules::new(roots)),
            Self::JavaScript => Box::new(javascript::Modules::new(base, roots)),
            Self::Rust => Box::new(rust::Packages::new(roots)),
        }
    }
}
