//! Something a person should know and the policy cannot say: what could not be resolved, and where.

use smol_str::SmolStr;

/// A note is never an error: the rest of the answer stands. `rule` names the kind of note, in kebab case, and
/// is stable; tools filter by it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// Relative to the analysed folder, with `/`. Empty where the note is about no file.
    pub file: SmolStr,
    /// From 1; 0 where there is no line.
    pub line: u32,
    /// In characters from 1; 0 where there is no column.
    pub column: u32,
    pub rule: &'static str,
    pub message: String,
    /// The next step, where there is one.
    pub help: Option<String>,
}

impl Note {
    pub fn new(rule: &'static str, message: impl Into<String>) -> Self {
        Self { file: SmolStr::default(), line: 0, column: 0, rule, message: message.into(), help: None }
    }

    #[must_use]
    pub fn at(mut self, file: impl Into<SmolStr>, line: u32, column: u32) -> Self {
        self.file = file.into();
        self.line = line;
        self.column = column;
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
