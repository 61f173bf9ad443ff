//! What a front-end has to say of a file while it lowers it: notes, each with its place.

use std::rc::Rc;

use smol_str::SmolStr;

use super::{Block, Class, Function, Lines, Module};
use crate::code::Language;
use crate::model::Note;

#[derive(Clone, Debug)]
pub struct Remarks {
    path: SmolStr,
    lines: Rc<Lines>,
    notes: Vec<Note>,
}

impl Remarks {
    pub fn new(source: &str, path: &str) -> Self {
        Self { path: path.into(), lines: Rc::new(Lines::new(source)), notes: Vec::new() }
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Adds a note on what stands at a byte of the file.
    pub fn add(&mut self, offset: u32, rule: &'static str, message: impl Into<String>) -> &mut Note {
        let (line, column) = self.lines.position(offset);
        self.notes.push_mut(Note::new(rule, message).at(self.path.clone(), line, column))
    }

    /// Notes where nesting ends that is read. One note a file is enough: a generated file would give thousands.
    pub fn too_deep(&mut self, offset: u32) {
        if self.count("too-deep") == 0 {
            self.add(offset, "too-deep", "the code is nested too deeply here and was not read further");
        }
    }

    /// Notes a file that is larger than what is read.
    pub fn too_large(&mut self, bound: usize) {
        self.add(0, "too-large", format!("the file is larger than {} MiB and was not read", bound >> 20));
    }

    pub fn count(&self, rule: &str) -> usize {
        self.notes.iter().filter(|note| note.rule == rule).count()
    }

    /// The same file, of which nothing is said yet.
    #[must_use]
    pub fn anew(&self) -> Self {
        Self { notes: Vec::new(), ..self.clone() }
    }

    /// The file, lowered to this.
    pub fn module(
        self,
        language: Language,
        body: Block,
        functions: Vec<Function>,
        classes: Vec<Class>,
    ) -> Module {
        let Self { path, lines, notes } = self;
        Module { path, language, body, functions, classes, notes, lines, later: None }
    }
}
