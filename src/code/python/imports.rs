//! What a Python import names: a module of the project, or a library that is not read. Follows the import
//! system's order: the code's root, then the layers.
//!
//! Packages that were installed into the code's folder (`pip install -t .`, told by their `.dist-info`) are
//! libraries: they are not read.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::runtime::is_sdk;
use crate::code::ir::{Import, ImportNames};
use crate::code::{Imports, Resolved};

/// Finds modules by dotted name in the folders that Python would search.
pub struct Modules {
    roots: Vec<PathBuf>,
    /// Top-level names that were installed next to the code.
    vendored: Vec<String>,
    found: RefCell<FxHashMap<String, Option<PathBuf>>>,
}

impl Modules {
    pub fn new(roots: Vec<PathBuf>) -> Self {
        let vendored = roots.iter().flat_map(|root| installed(root)).collect();
        Self { roots, vendored, found: RefCell::default() }
    }

    /// The file of a module: `orders.store` is `orders/store.py` or `orders/store/__init__.py`. A folder
    /// without `__init__.py` is a package without statements of its own; it is found as the folder.
    fn find(&self, dotted: &str) -> Option<PathBuf> {
        let top = dotted.split('.').next()?;
        if dotted.is_empty() || is_sdk(top) || self.vendored.iter().any(|name| name == top) {
            return None;
        }
        if let Some(known) = self.found.borrow().get(dotted) {
            return known.clone();
        }
        let relative: PathBuf = dotted.split('.').collect();
        let found = self.roots.iter().find_map(|root| module_file(&root.join(&relative)));
        // A root that is itself the package that its files import by name.
        let itself = |root: &PathBuf| {
            let named = root.file_name().is_some_and(|name| name == top);
            named.then(|| root.parent().and_then(|parent| module_file(&parent.join(&relative)))).flatten()
        };
        let found = found.or_else(|| self.roots.iter().find_map(itself));
        self.found.borrow_mut().insert(dotted.to_owned(), found.clone());
        found
    }

    /// The dotted path of an import, relative ones resolved against the importing module's package.
    fn absolute(&self, from: &Path, import: &Import) -> Option<String> {
        if import.level == 0 {
            return Some(import.module.to_string());
        }
        let name = self.name(from)?;
        let mut parts: Vec<&str> = name.split('.').filter(|part| !part.is_empty()).collect();
        let up = import.level as usize - usize::from(is_package(from));
        parts.truncate(parts.len().checked_sub(up)?);
        if !import.module.is_empty() {
            parts.push(&import.module);
        }
        Some(parts.join("."))
    }
}

impl Imports for Modules {
    fn resolve(&self, from: &Path, import: &Import) -> Resolved {
        let Some(dotted) = self.absolute(from, import) else {
            return Resolved::Library(import.module.clone());
        };
        if dotted.is_empty()
            && let ImportNames::Names(names) = &import.names
            && let Some((name, _)) = names.first()
            && let Some(path) = self.find(name)
            && let Some(root) = path.parent()
        {
            // `from . import store` in a root that is no package.
            return Resolved::File { packages: Vec::new(), path: root.to_owned() };
        }
        let Some(path) = self.find(&dotted) else {
            // What is named by its place keeps its dots: it is no library.
            let dots = ".".repeat(import.level as usize);
            let name = if import.level == 0 { dotted } else { format!("{dots}{}", import.module) };
            return Resolved::Library(name.into());
        };
        let packages = dotted.match_indices('.').filter_map(|(at, _)| self.find(&dotted[..at])).collect();
        Resolved::File { packages, path }
    }

    fn submodule(&self, package: &Path, name: &str) -> Option<PathBuf> {
        if !is_package(package) {
            return None;
        }
        let parent = self.name(package)?;
        self.find(&if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") })
    }

    fn handler(&self, handler: &str) -> Option<(PathBuf, String)> {
        let dotted = handler.replace('/', ".");
        let dotted = dotted.trim_start_matches('.');
        // The module is as long as it can be: `pkg.app.Class.method` may name a method.
        let mut end = dotted.rfind('.')?;
        loop {
            if let Some(path) = self.find(&dotted[..end]).filter(|path| path.is_file()) {
                return Some((path, dotted[end + 1..].to_owned()));
            }
            end = dotted[..end].rfind('.')?;
        }
    }

    fn name(&self, file: &Path) -> Option<String> {
        let below = self.roots.iter().filter_map(|root| file.strip_prefix(root).ok());
        let relative = below.min_by_key(|path| path.components().count())?;
        let mut names: Vec<String> =
            relative.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
        if names.last().is_some_and(|last| last == "__init__") {
            names.pop();
        }
        Some(names.join("."))
    }
}

fn is_package(path: &Path) -> bool {
    path.is_dir() || path.file_stem().is_some_and(|stem| stem == "__init__")
}

fn module_file(path: &Path) -> Option<PathBuf> {
    let package = path.join("__init__.py");
    if package.is_file() {
        return Some(package);
    }
    let module = path.with_extension("py");
    if path.extension().is_none() && module.is_file() {
        return Some(module);
    }
    path.is_dir().then(|| path.to_owned())
}

/// Top-level import names of the distributions whose metadata stands in a folder.
fn installed(root: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(root) else {
        return Vec::new();
    };
    let mut names = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(distribution) = name.strip_suffix(".dist-info") else { continue };
        if let Ok(text) = std::fs::read_to_string(entry.path().join("top_level.txt")) {
            names.extend(text.split_whitespace().map(str::to_owned));
        } else {
            let project = distribution.split('-').next().unwrap_or(distribution);
            names.push(project.replace('-', "_").to_lowercase());
        }
    }
    names
}
