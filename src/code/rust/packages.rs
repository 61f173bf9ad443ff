//! Where Rust code is: Cargo packages and workspaces, their binaries and libraries, and the files of modules. An
//! import says `crate`, `super`, `self`, a module's own child, or the name of a crate; path dependencies are
//! read, all other crates are libraries.

use std::cell::RefCell;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::code::ir::Import;
use crate::code::{Imports, Resolved};

/// Finds modules in the packages below the code's folder.
pub struct Packages {
    root: PathBuf,
    manifests: RefCell<FxHashMap<PathBuf, Option<Rc<Manifest>>>>,
    /// The file that declares a module, by the module's file.
    parents: RefCell<FxHashMap<PathBuf, PathBuf>>,
    resolved: RefCell<FxHashMap<(PathBuf, u32, SmolStr), Option<PathBuf>>>,
}

/// A `Cargo.toml`, as much of it as finding code needs.
struct Manifest {
    folder: PathBuf,
    table: toml::Table,
}

/// The binary that a function of a template runs.
pub struct Binary {
    /// The folder of the package or workspace.
    pub root: PathBuf,
    pub name: Option<SmolStr>,
}

impl Binary {
    /// The code of a function whose runtime is the binary's own: a package or workspace, or what `cargo lambda`
    /// builds of one (`target/lambda/NAME`). None where the folder is of neither.
    pub fn of(folder: &Path, named: Option<&SmolStr>) -> Option<Self> {
        let mut names: Vec<Component<'_>> = folder.components().collect();
        let built = names
            .windows(2)
            .position(|pair| pair[0].as_os_str() == "target" && pair[1].as_os_str() == "lambda");
        if let Some(at) = built {
            let name = names.get(at + 2).map(|name| SmolStr::from(name.as_os_str().to_string_lossy()));
            names.truncate(at);
            let root: PathBuf = names.iter().collect();
            let root = if root.as_os_str().is_empty() { PathBuf::from(".") } else { root };
            return root.join("Cargo.toml").is_file().then(|| Self { root, name: named.cloned().or(name) });
        }
        let is_package = folder.join("Cargo.toml").is_file();
        is_package.then(|| Self { root: folder.to_owned(), name: named.cloned() })
    }
}

impl Packages {
    pub fn new(roots: Vec<PathBuf>) -> Self {
        let root = roots.into_iter().next().unwrap_or_default();
        Self {
            root,
            manifests: RefCell::default(),
            parents: RefCell::default(),
            resolved: RefCell::default(),
        }
    }

    fn manifest(&self, folder: &Path) -> Option<Rc<Manifest>> {
        if let Some(known) = self.manifests.borrow().get(folder) {
            return known.clone();
        }
        let text = std::fs::read_to_string(folder.join("Cargo.toml")).ok();
        let table = text.and_then(|text| text.parse::<toml::Table>().ok());
        let found = table.map(|table| Rc::new(Manifest { folder: folder.to_owned(), table }));
        self.manifests.borrow_mut().insert(folder.to_owned(), found.clone());
        found
    }

    /// The package that a file is of.
    fn package(&self, file: &Path) -> Option<Rc<Manifest>> {
        file.ancestors().skip(1).find_map(|folder| self.manifest(folder))
    }

    /// The packages of the code: the root's own, and its workspace's members.
    fn members(&self) -> Vec<Rc<Manifest>> {
        let Some(root) = self.manifest(&self.root) else { return Vec::new() };
        let mut members = Vec::new();
        let workspace = root.table.get("workspace").and_then(|workspace| workspace.get("members"));
        for pattern in workspace.and_then(|members| members.as_array()).into_iter().flatten() {
            let Some(pattern) = pattern.as_str() else { continue };
            for folder in matching(&self.root, pattern) {
                members.extend(self.manifest(&folder));
            }
        }
        if root.table.contains_key("package") {
            members.insert(0, root);
        }
        members
    }

    /// The file that a binary begins with.
    fn binary(&self, name: &str) -> Option<PathBuf> {
        let members = self.members();
        let binaries: Vec<(String, PathBuf)> = members.iter().flat_map(|member| member.binaries()).collect();
        if let Some((_, path)) = binaries.iter().find(|(known, _)| known == name) {
            return Some(path.clone());
        }
        match binaries.as_slice() {
            [(_, only)] => Some(only.clone()),
            // The one of the package itself goes before those beside it.
            several => {
                several.iter().map(|(_, path)| path).find(|path| path.ends_with("src/main.rs")).cloned()
            }
        }
    }

    /// The file of a crate that the package of `from` depends on by path, or of its own library.
    fn library(&self, from: &Path, name: &str) -> Option<PathBuf> {
        let package = self.package(from)?;
        if package.crate_name().as_deref() == Some(name) {
            return package.library();
        }
        let sections = ["dependencies", "dev-dependencies", "build-dependencies"];
        let given = sections.iter().filter_map(|section| package.table.get(*section));
        let (key, dependency) = given
            .filter_map(|section| section.as_table())
            .flatten()
            .find(|(key, _)| key.replace('-', "_") == name)?;
        let (folder, path) = if dependency.get("workspace").is_some() {
            let root = package.folder.ancestors().find_map(|folder| {
                self.manifest(folder).filter(|manifest| manifest.table.contains_key("workspace"))
            })?;
            let shared = root.table.get("workspace")?.get("dependencies")?.get(key)?;
            (root.folder.clone(), shared.get("path")?.as_str()?.to_owned())
        } else {
            (package.folder.clone(), dependency.get("path")?.as_str()?.to_owned())
        };
        self.manifest(&normal(&folder.join(path)))?.library()
    }

    /// The file that the crate of `file` begins with.
    fn crate_root(&self, file: &Path) -> PathBuf {
        let mut root = file.to_owned();
        let parents = self.parents.borrow();
        for _ in 0..64 {
            match parents.get(&root) {
                Some(parent) => root.clone_from(parent),
                None => break,
            }
        }
        if root != file {
            return root;
        }
        let Some(package) = self.package(file) else { return root };
        if package.binaries().iter().any(|(_, path)| path == file) {
            return root;
        }
        let first = [package.library(), Some(package.folder.join("src/main.rs"))];
        let in_source = file.starts_with(package.folder.join("src"));
        first.into_iter().flatten().find(|path| in_source && path.is_file()).unwrap_or(root)
    }

    fn parent(&self, file: &Path) -> Option<PathBuf> {
        if let Some(parent) = self.parents.borrow().get(file) {
            return Some(parent.clone());
        }
        let folder = if file.ends_with("mod.rs") { file.parent()?.parent()? } else { file.parent()? };
        let above = folder.with_extension("rs");
        let candidates = [folder.join("mod.rs"), above, folder.join("lib.rs"), folder.join("main.rs")];
        candidates.into_iter().find(|path| path != file && path.is_file())
    }

    /// The file of a module that a file declares. `path:x.rs` is what a `#[path]` says.
    fn child(&self, from: &Path, name: &str) -> Option<PathBuf> {
        let folder = from.parent()?;
        let found = if let Some(path) = name.strip_prefix("path:") {
            Some(normal(&folder.join(path))).filter(|path| path.is_file())
        } else {
            let stem = from.file_stem()?.to_str()?;
            let owns_folder = matches!(stem, "mod" | "lib" | "main")
                || self.package(from).is_some_and(|package| {
                    package.binaries().iter().any(|(_, path)| path == from)
                        || package.library().as_deref() == Some(from)
                });
            let inside = if owns_folder { folder.to_owned() } else { folder.join(stem) };
            let relative: PathBuf = name.split('.').collect();
            let candidates =
                [inside.join(&relative).with_extension("rs"), inside.join(&relative).join("mod.rs")];
            candidates.into_iter().find(|path| path.is_file())
        }?;
        self.parents.borrow_mut().entry(found.clone()).or_insert_with(|| from.to_owned());
        Some(found)
    }

    fn find(&self, from: &Path, import: &Import) -> Option<PathBuf> {
        if import.level > 0 {
            return match self.child(from, &import.module) {
                Some(found) => Some(found),
                None => self.walk(from.to_owned(), &import.module),
            };
        }
        let (first, rest) = match import.module.split_once('.') {
            Some((first, rest)) => (first, rest),
            None => (import.module.as_str(), ""),
        };
        let start = match first {
            "crate" => self.crate_root(from),
            "self" => from.to_owned(),
            "super" => self.parent(from)?,
            "std" | "core" | "alloc" => return None,
            name => self.library(from, name)?,
        };
        self.walk(start, rest)
    }

    fn walk(&self, mut file: PathBuf, path: &str) -> Option<PathBuf> {
        for name in path.split('.').filter(|name| !name.is_empty()) {
            file = if name == "super" { self.parent(&file)? } else { self.child(&file, name)? };
        }
        Some(file)
    }
}

impl Imports for Packages {
    fn resolve(&self, from: &Path, import: &Import) -> Resolved {
        let key = (from.to_owned(), import.level, import.module.clone());
        let known = self.resolved.borrow().get(&key).cloned();
        let found = known.unwrap_or_else(|| {
            let found = self.find(from, import);
            self.resolved.borrow_mut().insert(key, found.clone());
            found
        });
        match found {
            Some(path) => Resolved::File { packages: Vec::new(), path },
            // A module of this package whose file is not there is no library.
            None if import.level > 0 => Resolved::Library(smol_str::format_smolstr!("./{}", import.module)),
            None => Resolved::Library(import.module.clone()),
        }
    }

    fn submodule(&self, package: &Path, name: &str) -> Option<PathBuf> {
        self.child(package, name)
    }

    fn handler(&self, handler: &str) -> Option<(PathBuf, String)> {
        if let Some((stem, member)) = handler.rsplit_once('.') {
            let file = self.root.join(format!("{stem}.rs"));
            if file.is_file() {
                return Some((file, member.to_owned()));
            }
        }
        Some((self.binary(handler)?, "main".to_owned()))
    }

    fn started(&self, path: &Path) -> Option<&'static str> {
        let is_first = self.package(path)?.binaries().iter().any(|(_, first)| first == path);
        Some(if is_first { "main" } else { "" })
    }

    fn name(&self, path: &Path) -> Option<String> {
        let package = self.package(path)?;
        let relative = path.strip_prefix(&package.folder).ok()?.with_extension("");
        let mut names: Vec<String> =
            relative.iter().map(|name| name.to_string_lossy().into_owned()).collect();
        names.retain(|name| name != "src" && name != "bin");
        if names.len() > 1 && names.last().is_some_and(|last| last == "mod" || last == "main") {
            names.pop();
        }
        if names.first().is_some_and(|first| first == "lib") {
            names[0] = package.crate_name()?;
        }
        Some(names.join("."))
    }
}

impl Manifest {
    fn name(&self) -> Option<&str> {
        self.table.get("package")?.get("name")?.as_str()
    }

    /// What code calls the package's library.
    fn crate_name(&self) -> Option<String> {
        let lib = self.table.get("lib").and_then(|lib| lib.get("name")).and_then(|name| name.as_str());
        Some(lib.or_else(|| self.name())?.replace('-', "_"))
    }

    fn library(&self) -> Option<PathBuf> {
        let path = self.table.get("lib").and_then(|lib| lib.get("path")).and_then(|path| path.as_str());
        let path = self.folder.join(path.unwrap_or("src/lib.rs"));
        path.is_file().then_some(path)
    }

    /// The names of the package's binaries with the files that they begin with.
    fn binaries(&self) -> Vec<(String, PathBuf)> {
        let mut binaries = Vec::new();
        for declared in self.table.get("bin").and_then(|bin| bin.as_array()).into_iter().flatten() {
            let Some(name) = declared.get("name").and_then(|name| name.as_str()) else { continue };
            let path = match declared.get("path").and_then(|path| path.as_str()) {
                Some(path) => self.folder.join(path),
                None => self.found_binary(name),
            };
            binaries.push((name.to_owned(), path));
        }
        let main = self.folder.join("src/main.rs");
        if let Some(name) = self.name()
            && main.is_file()
            && !binaries.iter().any(|(_, path)| *path == main)
        {
            binaries.push((name.to_owned(), main));
        }
        let mut found: Vec<PathBuf> = std::fs::read_dir(self.folder.join("src/bin"))
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        found.sort();
        for path in found {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let path = if path.is_dir() { path.join("main.rs") } else { path };
            let is_new = !binaries.iter().any(|(_, known)| *known == path);
            if is_new && path.is_file() && path.extension().is_some_and(|extension| extension == "rs") {
                binaries.push((name, path));
            }
        }
        binaries
    }

    fn found_binary(&self, name: &str) -> PathBuf {
        let inside = self.folder.join("src/bin");
        let candidates = [inside.join(format!("{name}.rs")), inside.join(name).join("main.rs")];
        let found = candidates.into_iter().find(|path| path.is_file());
        found.unwrap_or_else(|| self.folder.join("src/main.rs"))
    }
}

/// The folders that a pattern of a workspace names: `crates/*`.
fn matching(root: &Path, pattern: &str) -> Vec<PathBuf> {
    match pattern.strip_suffix('*') {
        Some(folder) => {
            let entries = std::fs::read_dir(root.join(folder)).into_iter().flatten();
            let mut found: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
            found.sort();
            found
        }
        None => vec![normal(&root.join(pattern))],
    }
}

/// A path without `.` and `..`, so that each file has one name.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if normal.file_name().is_some() => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}
