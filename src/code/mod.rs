//! What the code can call: lower each language to one small language, evaluate that from the handler.

pub mod eval;
pub mod ir;
pub mod python;
pub mod sdk;
mod sources;

pub use sources::{Sources, is_source};

/// A source language with a front-end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    Python,
}

impl Language {
    pub fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
        }
    }
}
