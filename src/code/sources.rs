//! The files of one code root: read and lowered once each, and found by the names that code imports. What
//! cannot be read is a note and costs only itself.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::eval::{Imported, Loader, ModuleId};
use super::ir::{ExprKind, Function, Import, ImportNames, Lines, Module, Stmt, Target};
use super::{Language, python};
use crate::model::{Note, Place};

/// A file larger than this is data or a bundle without structure; it is not read.
const MAX_BYTES: u64 = 8 << 20;

pub struct Sources {
    /// What paths in places are relative to.
    base: PathBuf,
    imports: python::Imports,
    files: RefCell<Files>,
}

#[derive(Default)]
struct Files {
    modules: Vec<(PathBuf, Rc<Module>)>,
    by_path: FxHashMap<PathBuf, ModuleId>,
}

impl Sources {
    /// `base` is what places are relative to; modules are looked for in `roots`, in order.
    pub fn new(base: &Path, roots: Vec<PathBuf>) -> Self {
        Self { base: base.to_owned(), imports: python::Imports::new(roots), files: RefCell::default() }
    }

    /// The module of a handler: `src/app.handler` is `handler` of `src/app.py`. Gives what is left to be found
    /// inside the module.
    pub fn handler(&self, handler: &str) -> Option<(ModuleId, String)> {
        let dotted = handler.replace('/', ".");
        let dotted = dotted.trim_start_matches('.');
        // The module is as long as it can be: `pkg.app.Class.method` may name a method.
        let mut end = dotted.rfind('.')?;
        loop {
            if let Some(path) = self.imports.find(&dotted[..end]).filter(|path| !path.is_dir()) {
                return Some((self.load(&path), dotted[end + 1..].to_owned()));
            }
            end = dotted[..end].rfind('.')?;
        }
    }

    /// A file as a module, lowered when it is first asked for.
    pub fn load(&self, path: &Path) -> ModuleId {
        if let Some(id) = self.files.borrow().by_path.get(path) {
            return *id;
        }
        let module = self.read(path);
        self.insert(path, module)
    }

    /// The names at a file's top that look like handlers: called so, or a function of an event and a context.
    pub fn handlers(&self, path: &Path) -> Vec<SmolStr> {
        let id = self.load(path);
        let module = self.module(id);
        let mut names = Vec::new();
        collect_handlers(&module, &module.body, &mut names);
        names
    }

    /// Source text that stands in another file, as the module `name`.
    pub fn inline(&self, name: &str, source: &str, place: &Place) -> ModuleId {
        let mut module = python::lower(source, &place.file);
        let before = place.line.saturating_sub(1);
        module.lines.shift(before);
        for note in &mut module.notes {
            note.line += before;
        }
        let path = PathBuf::from(name);
        self.imports.add(name, &path);
        self.insert(&path, module)
    }

    fn insert(&self, path: &Path, module: Module) -> ModuleId {
        let mut files = self.files.borrow_mut();
        let id = ModuleId(u32::try_from(files.modules.len()).expect("fewer modules than bytes"));
        files.modules.push((path.to_owned(), Rc::new(module)));
        files.by_path.insert(path.to_owned(), id);
        id
    }

    fn read(&self, path: &Path) -> Module {
        let shown = self.relative(path);
        if path.is_dir() {
            return empty(&shown, None);
        }
        let unread = |message: String| {
            empty(&shown, Some(Note::new("unreadable-source", message).at(shown.clone(), 1, 1)))
        };
        match std::fs::metadata(path) {
            Ok(found) if found.len() > MAX_BYTES => {
                return unread(format!("the file has {} MB and is not read", found.len() / 1_000_000));
            }
            Err(error) => return unread(format!("the file cannot be read: {error}")),
            Ok(_) => {}
        }
        match std::fs::read(path) {
            Err(error) => unread(format!("the file cannot be read: {error}")),
            Ok(bytes) => {
                match String::from_utf8(bytes) {
                    Err(error) => {
                        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                        let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
                        let note = Note::new("unreadable-source", "the file is not UTF-8 and was not read")
                            .at(shown.clone(), u32::try_from(line).unwrap_or(u32::MAX), 1);
                        empty(&shown, Some(note))
                    }
                    Ok(source) => python::lower(&source, &shown),
                }
            }
        }
    }

    fn relative(&self, path: &Path) -> SmolStr {
        let relative = path.strip_prefix(&self.base).unwrap_or(path);
        let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
        parts.join("/").into()
    }

    fn path(&self, id: ModuleId) -> PathBuf {
        self.files.borrow().modules[id.0 as usize].0.clone()
    }

    /// The dotted path of an import, relative ones resolved against the importing module's package.
    fn absolute(&self, from: ModuleId, import: &Import) -> Option<String> {
        if import.level == 0 {
            return Some(import.module.to_string());
        }
        let path = self.path(from);
        let name = self.imports.name(&path)?;
        let mut parts: Vec<&str> = name.split('.').filter(|part| !part.is_empty()).collect();
        let is_package = path.is_dir() || path.file_stem().is_some_and(|stem| stem == "__init__");
        let up = import.level as usize - usize::from(is_package);
        parts.truncate(parts.len().checked_sub(up)?);
        if !import.module.is_empty() {
            parts.push(&import.module);
        }
        Some(parts.join("."))
    }
}

impl Loader for Sources {
    fn module(&self, id: ModuleId) -> Rc<Module> {
        Rc::clone(&self.files.borrow().modules[id.0 as usize].1)
    }

    fn import(&self, from: ModuleId, import: &Import) -> Imported {
        let Some(dotted) = self.absolute(from, import) else {
            return Imported::External(import.module.clone());
        };
        if dotted.is_empty() {
            // `from . import store` in a root that is no package.
            if let ImportNames::Names(names) = &import.names
                && let Some((name, _)) = names.first()
                && let Some(path) = self.imports.find(name)
                && let Some(root) = path.parent()
            {
                return Imported::Module { packages: Vec::new(), module: self.load(root) };
            }
        }
        let Some(path) = self.imports.find(&dotted) else {
            return Imported::External(dotted.into());
        };
        let mut packages = Vec::new();
        for (at, _) in dotted.match_indices('.') {
            if let Some(package) = self.imports.find(&dotted[..at]) {
                packages.push(self.load(&package));
            }
        }
        Imported::Module { packages, module: self.load(&path) }
    }

    fn submodule(&self, package: ModuleId, name: &str) -> Option<ModuleId> {
        let path = self.path(package);
        let is_package = path.is_dir() || path.file_stem().is_some_and(|stem| stem == "__init__");
        if !is_package {
            return None;
        }
        let parent = self.imports.name(&path)?;
        let dotted = if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") };
        Some(self.load(&self.imports.find(&dotted)?))
    }

    fn name(&self, id: ModuleId) -> SmolStr {
        let path = self.path(id);
        let name = self.imports.name(&path).unwrap_or_default();
        if name.is_empty() {
            path.file_stem().unwrap_or_default().to_string_lossy().as_ref().into()
        } else {
            name.into()
        }
    }
}

/// Whether a front-end reads the file, by its name.
pub fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "py")
}

/// Also in the arms of a branch: `try: from mangum import Mangum` and what follows from it.
fn collect_handlers(module: &Module, block: &[Stmt], names: &mut Vec<SmolStr>) {
    for statement in block {
        match statement {
            Stmt::Bind { target: Target::Name(name), value } => {
                let named = matches!(name.as_str(), "handler" | "lambda_handler");
                let shaped = match value.kind {
                    ExprKind::Function(id) => takes_an_event(module.function(id)),
                    _ => false,
                };
                if (named || shaped) && !names.contains(name) {
                    names.push(name.clone());
                }
            }
            Stmt::Branch(arms) => arms.iter().for_each(|arm| collect_handlers(module, arm, names)),
            _ => {}
        }
    }
}

fn takes_an_event(function: &Function) -> bool {
    let mut names = function.params.iter().map(|param| match &param.target {
        Target::Name(name) => name.trim_start_matches('_'),
        _ => "",
    });
    matches!(names.next(), Some("event" | "evt"))
        && matches!(names.next(), Some("context" | "ctx" | "lambda_context" | ""))
}

fn empty(path: &str, note: Option<Note>) -> Module {
    Module {
        path: path.into(),
        language: Language::Python,
        body: Vec::new(),
        functions: Vec::new(),
        classes: Vec::new(),
        notes: note.into_iter().collect(),
        lines: Lines::new(""),
    }
}
