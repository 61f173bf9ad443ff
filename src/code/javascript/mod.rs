//! Stand-in for the front-end.

mod arrays;
mod globals;
mod imports;
mod libraries;
mod methods;
mod packages;
mod runtime;

pub use imports::Modules;
pub use runtime::JavaScript;

use crate::code::Language;
use crate::code::ir::{Lines, Module};

pub fn lower(source: &str, path: &str) -> Module {
    Module {
        path: path.into(),
        language: Language::JavaScript,
        body: Vec::new(),
        functions: Vec::new(),
        classes: Vec::new(),
        notes: Vec::new(),
        lines: Lines::new(source),
    }
}
