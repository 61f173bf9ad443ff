//! The files of one code root: read and lowered once each, and found by the names that code imports. What
//! cannot be read is a note and costs only itself.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::Language;
use super::eval::{Imported, Loader, ModuleId};
use super::ir::{Entry, Expr, ExprKind, Function, Import, Key, Lines, Module, Stmt, Target};
use crate::model::{Note, Place};

/// A file larger than this is data; it is not read.
const MAX_BYTES: u64 = 24 << 20;

/// The file that Lambda makes of code in a template.
const INLINE: &str = "index";

/// Where a language finds modules.
pub trait Imports {
    fn resolve(&self, from: &Path, import: &Import) -> Resolved;
    /// The module `name` inside a package.
    fn submodule(&self, package: &Path, name: &str) -> Option<PathBuf>;
    /// The file of a handler as Lambda writes it, and the member of its module: `src/app.handler`.
    fn handler(&self, handler: &str) -> Option<(PathBuf, String)>;
    /// Whether a library is imported that the project's manifests do not know.
    fn is_undeclared(&self, _from: &Path, _library: &str) -> bool {
        false
    }
    /// The names of the modules that stand in a package.
    fn modules_in(&self, _package: &Path) -> Vec<String> {
        Vec::new()
    }
    /// What chains call a module: `orders.store`.
    fn name(&self, path: &Path) -> Option<String>;
    /// The function that a file is started with, in languages whose functions are programs; empty for a file that
    /// is none's first, and None where that is not known.
    fn started(&self, _path: &Path) -> Option<&'static str> {
        None
    }
}

/// What an import is of.
pub enum Resolved {
    /// A file of the project (or a folder that is a package without statements), with the packages that are
    /// run before it, outermost first.
    File { packages: Vec<PathBuf>, path: PathBuf },
    /// A library that is not read, by the path that its members are known by.
    Library(SmolStr),
}

pub struct Sources {
    language: Language,
    /// What paths in places are relative to.
    base: PathBuf,
    imports: Box<dyn Imports>,
    files: RefCell<Files>,
}

#[derive(Default)]
struct Files {
    modules: Vec<(PathBuf, Rc<Module>)>,
    by_path: FxHashMap<PathBuf, ModuleId>,
}

impl Sources {
    /// `base` is what places are relative to; modules are looked for in `roots`, in order.
    pub fn new(language: Language, base: &Path, roots: Vec<PathBuf>) -> Self {
        let imports = language.imports(base, roots);
        Self { language, base: base.to_owned(), imports, files: RefCell::default() }
    }

    /// The module of a handler, and what is left to be found inside the module.
    pub fn handler(&self, handler: &str) -> Option<(ModuleId, String)> {
        if let Some(id) = self.files.borrow().by_path.get(Path::new(INLINE)) {
            return Some((*id, handler.rsplit_once('.')?.1.to_owned()));
        }
        let (path, member) = self.imports.handler(handler)?;
        Some((self.load(&path), member))
    }

    /// A file as a module, lowered when it is first asked for.
    pub fn load(&self, path: &Path) -> ModuleId {
        if let Some(id) = self.files.borrow().by_path.get(path) {
            return *id;
        }
        let module = self.read(path);
        self.insert(path, module)
    }

    /// The names that a file gives to others and that look like handlers: called so, or a function of an event (and,
    /// where a file gives everything at its top, of a context). Of a program, what it is started with.
    pub fn handlers(&self, path: &Path) -> Vec<SmolStr> {
        if let Some(main) = self.imports.started(path) {
            return Some(main).filter(|main| !main.is_empty()).map(SmolStr::from).into_iter().collect();
        }
        let id = self.load(path);
        let module = self.module(id);
        let exports = !self.language.runtime().module_names().is_empty();
        let mut names = Vec::new();
        for (name, value) in module.body.iter().flat_map(|statement| given(statement, exports)) {
            let named = matches!(name.as_str(), "handler" | "lambda_handler");
            let value = match &value.kind {
                ExprKind::Name(local) => bound(&module, local).unwrap_or(value),
                _ => value,
            };
            let shaped = match value.kind {
                ExprKind::Function(id) => takes_an_event(&module.function(id), !exports),
                _ => false,
            };
            if (named || shaped) && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Source text that stands in a template: the code root's only module.
    pub fn inline(&self, source: &str, place: &Place) -> ModuleId {
        let mut module = self.language.lower(source, &place.file);
        let before = place.line.saturating_sub(1);
        Rc::make_mut(&mut module.lines).shift(before);
        for note in &mut module.notes {
            note.line += before;
        }
        self.insert(Path::new(INLINE), module)
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
            return self.empty(&shown, None);
        }
        let unread = |message: String, line: u32| {
            self.empty(&shown, Some(Note::new("unreadable-source", message).at(shown.clone(), line, 1)))
        };
        match std::fs::metadata(path) {
            Ok(found) if found.len() > MAX_BYTES => {
                return unread(format!("the file has {} MB and is not read", found.len() / 1_000_000), 1);
            }
            Err(error) => return unread(format!("the file cannot be read: {error}"), 1),
            Ok(_) => {}
        }
        match std::fs::read(path).map(String::from_utf8) {
            Err(error) => unread(format!("the file cannot be read: {error}"), 1),
            Ok(Err(error)) => {
                let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let line = valid.split(|byte| *byte == b'\n').count();
                let line = u32::try_from(line).unwrap_or(u32::MAX);
                unread("the file is not UTF-8 and was not read".to_owned(), line)
            }
            Ok(Ok(source)) => self.language.lower(&source, &shown),
        }
    }

    fn empty(&self, path: &str, note: Option<Note>) -> Module {
        Module {
            path: path.into(),
            language: self.language,
            body: Vec::new(),
            functions: Vec::new(),
            classes: Vec::new(),
            notes: note.into_iter().collect(),
            lines: Lines::new("").into(),
            later: None,
        }
    }

    fn relative(&self, path: &Path) -> SmolStr {
        let relative = path.strip_prefix(&self.base).unwrap_or(path);
        let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
        parts.join("/").into()
    }

    /// A module's file, as places show it.
    pub fn path_of(&self, id: ModuleId) -> SmolStr {
        self.module(id).path.clone()
    }

    fn path(&self, id: ModuleId) -> PathBuf {
        self.files.borrow().modules[id.0 as usize].0.clone()
    }
}

impl Loader for Sources {
    fn module(&self, id: ModuleId) -> Rc<Module> {
        Rc::clone(&self.files.borrow().modules[id.0 as usize].1)
    }

    fn import(&self, from: ModuleId, import: &Import) -> Imported {
        match self.imports.resolve(&self.path(from), import) {
            Resolved::Library(path) => Imported::External(path),
            Resolved::File { packages, path } => Imported::Module {
                packages: packages.iter().map(|package| self.load(package)).collect(),
                module: self.load(&path),
            },
        }
    }

    fn modules_in(&self, package: ModuleId) -> Vec<String> {
        self.imports.modules_in(&self.path(package))
    }

    fn is_undeclared(&self, from: ModuleId, library: &str) -> bool {
        self.imports.is_undeclared(&self.path(from), library)
    }

    fn submodule(&self, package: ModuleId, name: &str) -> Option<ModuleId> {
        Some(self.load(&self.imports.submodule(&self.path(package), name)?))
    }

    fn name(&self, id: ModuleId) -> SmolStr {
        let path = self.path(id);
        match self.imports.name(&path).filter(|name| !name.is_empty()) {
            Some(name) => name.into(),
            None => path.file_stem().unwrap_or_default().to_string_lossy().as_ref().into(),
        }
    }
}

/// What a statement at a file's top gives to others; `exports` says whether that is said. Also in the arms of a
/// branch: `try: from mangum import Mangum` and what follows from it.
fn given(statement: &Stmt, exports: bool) -> Vec<(SmolStr, &Expr)> {
    let is_name = |expr: &Expr, is: &str| matches!(&expr.kind, ExprKind::Name(name) if name == is);
    match statement {
        Stmt::Bind { target: Target::Name(name), value } if !exports => vec![(name.clone(), value)],
        Stmt::Export { name, value } => vec![(name.clone(), value)],
        Stmt::Branch(arms) => arms.iter().flatten().flat_map(|inner| given(inner, exports)).collect(),
        Stmt::Bind { target: Target::Member(of, name), value }
            if is_name(of, "module") && name == "exports" =>
        {
            let ExprKind::Object(entries) = &value.kind else { return Vec::new() };
            let pairs = entries.iter().filter_map(|entry| match entry {
                Entry::Pair(Key::Name(name), value) => Some((name.clone(), value)),
                _ => None,
            });
            pairs.collect()
        }
        Stmt::Bind { target: Target::Member(of, name), value } => {
            let through_module = matches!(&of.kind, ExprKind::Member(module, member)
                if member == "exports" && is_name(module, "module"));
            if through_module || is_name(of, "exports") { vec![(name.clone(), value)] } else { Vec::new() }
        }
        _ => Vec::new(),
    }
}

/// What a name at a module's top is bound to.
fn bound<'m>(module: &'m Module, name: &str) -> Option<&'m Expr> {
    module.body.iter().find_map(|statement| match statement {
        Stmt::Bind { target: Target::Name(bound), value } if bound == name => Some(value),
        _ => None,
    })
}

fn takes_an_event(function: &Function, and_a_context: bool) -> bool {
    let mut names = function.params.iter().map(|param| match &param.target {
        Target::Name(name) => name.trim_start_matches('_'),
        _ => "",
    });
    matches!(names.next(), Some("event" | "evt"))
        && names
            .next()
            .map_or(!and_a_context, |name| matches!(name, "context" | "ctx" | "lambda_context" | ""))
}
