//! The variables of a function. A name that hides another, of a variable or of an item, is bound under a name of its
//! own, so that it is forgotten with its block; the interpreter knows only the scopes of functions.

use super::Lowering;
use super::places::Kept;
use crate::code::ir::Symbol;

/// A variable that the code being lowered can see.
pub(super) struct Local {
    name: Symbol,
    /// What it is called in what is lowered.
    bound: Symbol,
    /// Whether it is a text which code adds to.
    is_text: bool,
    /// Where what it holds is kept, if it is a guard.
    kept: Option<Kept>,
}

/// The variables of one function or closure, innermost last.
#[derive(Default)]
pub(super) struct Frame {
    locals: Vec<Local>,
    /// Variables of functions around this closure that it assigns to.
    pub assigned: Vec<Symbol>,
}

impl Lowering {
    /// Lowers something whose variables nothing after it sees.
    pub(super) fn scoped<T>(&mut self, lower: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.visible();
        let lowered = lower(self);
        if let Some(frame) = self.frames.last_mut() {
            frame.locals.truncate(before);
        }
        lowered
    }

    /// Lowers patterns that bind the same variables, of which one matches.
    pub(super) fn alternatives<T>(&mut self, lower: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.visible();
        let outer = self.shared_from;
        self.shared_from = outer.or(Some(before));
        let lowered = lower(self);
        self.shared_from = outer;
        lowered
    }

    /// Lowers what a macro becomes: of the variables that it makes, those that it was given the names of are seen
    /// after it.
    pub(super) fn naming(&mut self, given: &proc_macro2::TokenStream, lower: impl FnOnce(&mut Self)) {
        let before = self.visible();
        lower(self);
        let mut names = Vec::new();
        idents(given.clone(), &mut names);
        let made = self.frames.last_mut().into_iter().flat_map(|frame| frame.locals.iter_mut().skip(before));
        for local in made.filter(|local| !names.contains(&local.name)) {
            local.name = Symbol::default();
        }
    }

    fn visible(&self) -> usize {
        self.frames.last().map_or(0, |frame| frame.locals.len())
    }

    /// A new variable, by the name that it is bound under.
    pub(super) fn add_local(&mut self, name: &Symbol) -> Symbol {
        let Some(frame) = self.frames.last() else { return name.clone() };
        if let Some(from) = self.shared_from
            && let Some(shared) = frame.locals.iter().skip(from).find(|local| local.name == *name)
        {
            return shared.bound.clone();
        }
        let is_item = self.modules.iter().chain(&self.blocks).any(|names| {
            names.items.contains(name) || names.uses.contains_key(name) || names.files.contains_key(name)
        });
        let bound = if is_item || self.local(name).is_some() {
            self.temporaries += 1;
            smol_str::format_smolstr!("{name} {}", self.temporaries)
        } else {
            name.clone()
        };
        if let Some(frame) = self.frames.last_mut() {
            frame.locals.push(Local { name: name.clone(), bound: bound.clone(), is_text: false, kept: None });
        }
        bound
    }

    /// What a variable that can be seen here is bound under.
    pub(super) fn local(&self, name: &str) -> Option<Symbol> {
        let mut locals = self.frames.iter().rev().flat_map(|frame| frame.locals.iter().rev());
        locals.find(|local| local.name == name).map(|local| local.bound.clone())
    }

    /// The variable is assigned to. In a closure it may be one of the function around it.
    pub(super) fn assigned_to(&mut self, bound: &Symbol) {
        let Some((own, outer)) = self.frames.split_last_mut() else { return };
        let is_of = |frame: &Frame| frame.locals.iter().any(|local| local.bound == *bound);
        if !is_of(own) && outer.iter().any(is_of) && !own.assigned.contains(bound) {
            own.assigned.push(bound.clone());
        }
    }

    pub(super) fn kept(&self, name: &str) -> Option<Kept> {
        let mut locals = self.frames.iter().rev().flat_map(|frame| frame.locals.iter().rev());
        locals.find(|local| local.name == name)?.kept.clone()
    }

    pub(super) fn set_kept(&mut self, name: &str, kept: Kept) {
        let locals = self.frames.last_mut().map(|frame| frame.locals.iter_mut().rev());
        if let Some(local) = locals.and_then(|mut locals| locals.find(|local| local.name == name)) {
            local.kept = Some(kept);
        }
    }

    pub(super) fn set_text(&mut self, bound: &str) {
        let locals = self.frames.last_mut().map(|frame| frame.locals.iter_mut().rev());
        if let Some(local) = locals.and_then(|mut locals| locals.find(|local| local.bound == bound)) {
            local.is_text = true;
        }
    }

    pub(super) fn is_text_variable(&self, bound: &str) -> bool {
        let mut locals = self.frames.iter().rev().flat_map(|frame| frame.locals.iter().rev());
        locals.find(|local| local.bound == bound).is_some_and(|local| local.is_text)
    }
}

/// The names among tokens.
fn idents(tokens: proc_macro2::TokenStream, names: &mut Vec<Symbol>) {
    for token in tokens {
        match token {
            proc_macro2::TokenTree::Ident(ident) => names.push(super::symbol(&ident)),
            proc_macro2::TokenTree::Group(group) => idents(group.stream(), names),
            _ => {}
        }
    }
}
