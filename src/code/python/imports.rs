//! What a Python import names: a module of the project, or a library that is not read. Follows the import
//! system's order: the code's root, then the layers.
//!
//! Packages that were installed into the code's folder (`pip install -t .`, told by their `.dist-info`) are
//! libraries: they are not read.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};

use super::runtime::is_sdk;
use crate::code::ir::{Import, ImportNames};
use crate::code::{Imports, Resolved};

/// Finds modules by dotted name in the folders that Python would search.
pub struct Modules {
    roots: Vec<PathBuf>,
    /// Top-level names that were installed next to the code.
    vendored: Vec<String>,
    found: RefCell<FxHashMap<String, Option<PathBuf>>>,
    /// Folders that the code puts on the path, and the files that were read for that.
    added: RefCell<Vec<PathBuf>>,
    scanned: RefCell<FxHashSet<PathBuf>>,
}

impl Modules {
    pub fn new(roots: Vec<PathBuf>) -> Self {
        let vendored = roots.iter().flat_map(|root| installed(root)).collect();
        Self {
            roots,
            vendored,
            found: RefCell::default(),
            added: RefCell::default(),
            scanned: RefCell::default(),
        }
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

    /// A module beside the file that imports it, where that folder is no package, or in a folder that files have put
    /// on the path.
    fn find_near(&self, from: &Path, dotted: &str) -> Option<PathBuf> {
        let top = dotted.split('.').next()?;
        if is_sdk(top) || self.vendored.iter().any(|name| name == top) {
            return None;
        }
        let relative: PathBuf = dotted.split('.').collect();
        let module = |folder: &Path| module_file(&folder.join(&relative)).filter(|path| path.is_file());
        let beside = from.parent().filter(|folder| !is_package_folder(folder));
        beside.and_then(module).or_else(|| {
            self.read_path(from);
            self.added.borrow().iter().find_map(|folder| module(folder))
        })
    }

    /// Reads which folders a file puts on the path: `sys.path.append(os.path.join(os.path.dirname(__file__), "lib"))`.
    fn read_path(&self, file: &Path) {
        if !self.scanned.borrow_mut().insert(file.to_owned()) {
            return;
        }
        let Ok(source) = std::fs::read_to_string(file) else { return };
        let lines = source.lines().map(str::trim_start).filter(|line| {
            ["sys.path.append(", "sys.path.insert(", "site.addsitedir("]
                .iter()
                .any(|call| line.starts_with(call))
        });
        let mut added = self.added.borrow_mut();
        for line in lines {
            let relative: PathBuf = quoted(line).filter(|piece| !piece.starts_with('/')).collect();
            for base in file.parent().into_iter().chain(self.roots.iter().map(PathBuf::as_path)) {
                let Ok(folder) = base.join(&relative).canonicalize() else { continue };
                let inside = self.roots.iter().filter_map(|root| root.canonicalize().ok());
                let known = inside.into_iter().any(|root| folder != root && folder.starts_with(root));
                if known && !added.contains(&folder) {
                    added.push(folder);
                }
            }
        }
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
        let near = || (import.level == 0).then(|| self.find_near(from, &dotted)).flatten();
        let Some(path) = self.find(&dotted).or_else(near) else {
            // What is named by its place keeps its dots: it is no library.
            let dots = ".".repeat(import.level as usize);
            let name = if import.level == 0 { dotted } else { format!("{dots}{}", import.module) };
            return Resolved::Library(name.into());
        };
        let packages = dotted.match_indices('.').filter_map(|(at, _)| self.find(&dotted[..at])).collect();
        Resolved::File { packages, path }
    }

    fn modules_in(&self, package: &Path) -> Vec<String> {
        let folder =
            if package.is_dir() { Some(package) } else { package.parent().filter(|_| is_package(package)) };
        let Some(Ok(entries)) = folder.map(std::fs::read_dir) else { return Vec::new() };
        let named = entries.flatten().filter_map(|entry| {
            let path = entry.path();
            let module =
                path.extension().is_some_and(|extension| extension == "py") || is_package_folder(&path);
            module.then(|| path.file_stem().map(|stem| stem.to_string_lossy().into_owned())).flatten()
        });
        let mut names: Vec<String> = named.filter(|name| name != "__init__").collect();
        names.sort();
        names
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

/// The strings that stand in a line.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split(['"', '\'']).skip(1).step_by(2)
}

fn is_package_folder(path: &Path) -> bool {
    path.join("__init__.py").is_file()
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
