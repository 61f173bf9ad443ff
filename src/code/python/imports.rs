//! What a Python import names: a module of the project, or a library that is not read. Follows the import
//! system's order: a package's own folder, then the code's root, then the layers.
//!
//! Packages that were installed into the code's folder (`pip install -t .`, told by their `.dist-info`) are
//! libraries: they are not read.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::runtime::is_sdk;

/// Finds modules by dotted name in the folders that Python would search.
pub struct Imports {
    roots: Vec<PathBuf>,
    /// Top-level names that were installed next to the code.
    vendored: Vec<String>,
    found: RefCell<FxHashMap<String, Option<PathBuf>>>,
}

impl Imports {
    pub fn new(roots: Vec<PathBuf>) -> Self {
        let vendored = roots.iter().flat_map(|root| installed(root)).collect();
        Self { roots, vendored, found: RefCell::default() }
    }

    /// The file of a module: `orders.store` is `orders/store.py` or `orders/store/__init__.py`. A folder
    /// without `__init__.py` is a package without statements of its own; it is found as the folder.
    pub fn find(&self, dotted: &str) -> Option<PathBuf> {
        let top = dotted.split('.').next()?;
        if dotted.is_empty() || is_sdk(top) || self.vendored.iter().any(|name| name == top) {
            return None;
        }
        if let Some(known) = self.found.borrow().get(dotted) {
            return known.clone();
        }
        let relative: PathBuf = dotted.split('.').collect();
        let found = self.roots.iter().find_map(|root| module_file(&root.join(&relative)));
        self.found.borrow_mut().insert(dotted.to_owned(), found.clone());
        found
    }

    /// Makes a module known that has no file of its own.
    pub fn add(&self, dotted: &str, path: &Path) {
        self.found.borrow_mut().insert(dotted.to_owned(), Some(path.to_owned()));
    }

    /// The dotted name of a file below one of the roots.
    pub fn name(&self, file: &Path) -> Option<String> {
        let relative = self
            .roots
            .iter()
            .filter_map(|root| file.strip_prefix(root).ok())
            .min_by_key(|path| path.components().count())?;
        let mut names: Vec<String> =
            relative.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
        if names.last().is_some_and(|last| last == "__init__") {
            names.pop();
        }
        Some(names.join("."))
    }
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
        match std::fs::read_to_string(entry.path().join("top_level.txt")) {
            Ok(text) => names.extend(text.split_whitespace().map(str::to_owned)),
            Err(_) => {
                let project = distribution.split('-').next().unwrap_or(distribution);
                names.push(project.replace('-', "_").to_lowercase());
            }
        }
    }
    names
}
