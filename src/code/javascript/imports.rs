//! What a JavaScript specifier names: a file of the project, or a library that is not read. Follows Node.js and
//! TypeScript: relative paths with any extension, path aliases, packages of the workspace, layers.
//!
//! Packages that were installed (`node_modules`) are libraries: they are not read, except those that are links
//! into the project or stand in a layer that nothing was installed into.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::packages::{self, Config, code_file, file, normal};
use crate::code::ir::Import;
use crate::code::{Imports, Resolved};

pub struct Modules {
    /// The folder of the project: no configuration above it is looked at.
    base: PathBuf,
    /// The code's root, then the folders of layers.
    roots: Vec<PathBuf>,
    configs: RefCell<BTreeMap<PathBuf, Option<Config>>>,
    workspaces: RefCell<BTreeMap<PathBuf, Vec<(String, PathBuf)>>>,
}

impl Modules {
    pub fn new(base: &Path, roots: Vec<PathBuf>) -> Self {
        Self { base: base.to_owned(), roots, configs: RefCell::default(), workspaces: RefCell::default() }
    }

    /// The folders from a file upward, as far as the project goes.
    fn folders<'p>(&'p self, from: &'p Path) -> impl Iterator<Item = &'p Path> {
        let inside = from.starts_with(&self.base);
        let limit = if inside { Some(self.base.as_path()) } else { None };
        let mut ended = false;
        from.ancestors().skip(1).take(16).take_while(move |folder| {
            let goes_on = !ended;
            ended |= limit == Some(folder);
            goes_on
        })
    }

    /// The file of a specifier that is neither relative nor a library's.
    fn bare(&self, from: &Path, specifier: &str) -> Option<PathBuf> {
        if is_library(specifier) {
            return None;
        }
        if specifier.starts_with('#') {
            return self.folders(from).find_map(|folder| packages::private_import(folder, specifier));
        }
        self.aliased(from, specifier)
            .or_else(|| self.of_workspace(from, specifier))
            .or_else(|| self.of_layer(specifier))
            .or_else(|| self.linked(from, specifier))
            .or_else(|| self.of_root(specifier))
    }

    /// By the aliases of the nearest configuration.
    fn aliased(&self, from: &Path, specifier: &str) -> Option<PathBuf> {
        let mut configs = self.configs.borrow_mut();
        self.folders(from)
            .find_map(|folder| {
                configs.entry(folder.to_owned()).or_insert_with(|| Config::of(folder)).clone()
            })?
            .alias(specifier)
    }

    /// A package of the workspace, or one that a manifest names by its path.
    fn of_workspace(&self, from: &Path, specifier: &str) -> Option<PathBuf> {
        let (name, subpath) = package_name(specifier);
        self.folders(from).find_map(|folder| {
            if let Some(package) = packages::local_dependency(folder, name) {
                return packages::package_entry(&package, &subpath);
            }
            let mut workspaces = self.workspaces.borrow_mut();
            let known = workspaces.entry(folder.to_owned()).or_insert_with(|| packages::workspace(folder));
            let (_, package) = known.iter().find(|(known, _)| known == name)?;
            packages::package_entry(package, &subpath)
        })
    }

    /// `/opt/nodejs/audit`, or `audit` in a layer's folder of modules.
    fn of_layer(&self, specifier: &str) -> Option<PathBuf> {
        let mut layers = self.roots.iter().skip(1);
        if let Some(path) = specifier.strip_prefix("/opt/") {
            return layers.find_map(|layer| file(&normal(&layer.join(path))));
        }
        let (name, subpath) = package_name(specifier);
        layers.find_map(|layer| {
            if layer.join(".package-lock.json").exists() {
                return None;
            }
            let package = layer.join(name);
            if package.is_dir() {
                packages::package_entry(&package, &subpath)
            } else {
                code_file(&layer.join(specifier))
            }
        })
    }

    /// A link in `node_modules` that leads back into the project.
    fn linked(&self, from: &Path, specifier: &str) -> Option<PathBuf> {
        let (name, subpath) = package_name(specifier);
        let base = std::fs::canonicalize(&self.base).ok()?;
        self.folders(from).find_map(|folder| {
            let link = folder.join("node_modules").join(name);
            if !link.is_symlink() {
                return None;
            }
            let target = std::fs::canonicalize(link).ok()?;
            let inside = target.strip_prefix(&base).ok()?;
            if inside.iter().any(|part| part == "node_modules") {
                return None;
            }
            packages::package_entry(&self.base.join(inside), &subpath)
        })
    }

    /// `src/orders/store`: the code's root is among the folders that Lambda looks for modules in.
    fn of_root(&self, specifier: &str) -> Option<PathBuf> {
        if specifier.starts_with('@') || !specifier.contains('/') {
            return None;
        }
        code_file(&normal(&self.roots.first()?.join(specifier)))
    }

    /// The file of a handler's module, as written or as its source.
    fn handler_file(&self, module: &str) -> Option<PathBuf> {
        let root = self.roots.first()?;
        let path = normal(&root.join(module.trim_start_matches("./")));
        code_file(&path).or_else(|| packages::source_of(root, module))
    }
}

impl Imports for Modules {
    fn resolve(&self, from: &Path, import: &Import) -> Resolved {
        let specifier = import.module.strip_prefix("node:").unwrap_or(&import.module);
        // Bundlers take a query after the path for their own.
        let path = specifier.split(['?']).next().unwrap_or(specifier);
        let is_relative = path.starts_with("./") || path.starts_with("../") || matches!(path, "." | "..");
        if is_relative {
            let target = normal(&from.parent().unwrap_or(from).join(path));
            return match file(&target) {
                Some(path) => Resolved::File { packages: Vec::new(), path },
                // A file that is no code, or says only types.
                None if target.is_file() || declares(&target) => {
                    Resolved::Library(path.trim_start_matches(['.', '/']).into())
                }
                None => Resolved::Library(path.into()),
            };
        }
        match self.bare(from, path) {
            Some(path) => Resolved::File { packages: Vec::new(), path },
            None => Resolved::Library(specifier.into()),
        }
    }

    fn submodule(&self, _: &Path, _: &str) -> Option<PathBuf> {
        None
    }

    fn is_undeclared(&self, from: &Path, library: &str) -> bool {
        let (name, _) = package_name(library);
        if is_library(library) || NODE.contains(&name) || library.starts_with(['#', '/']) {
            return false;
        }
        // Without a manifest nothing is declared, and nothing can be told.
        let mut declarations =
            self.folders(from).filter_map(|folder| packages::declares(folder, name)).peekable();
        declarations.peek().is_some() && !declarations.any(|declared| declared)
    }

    fn handler(&self, handler: &str) -> Option<(PathBuf, String)> {
        // The module's name ends at the first dot; a file's name that has dots itself is found all the same.
        let start = handler.rfind('/').map_or(0, |at| at + 1);
        handler[start..].match_indices('.').find_map(|(at, _)| {
            let (module, member) = (&handler[..start + at], &handler[start + at + 1..]);
            Some((self.handler_file(module)?, member.to_owned()))
        })
    }

    fn name(&self, path: &Path) -> Option<String> {
        let below = self.roots.iter().filter_map(|root| path.strip_prefix(root).ok());
        let relative = below.min_by_key(|path| path.components().count());
        let relative = relative.or_else(|| path.strip_prefix(&self.base).ok())?;
        let names: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
        let name = names.join("/");
        let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
        Some(stem.to_owned())
    }
}

/// The modules of Node.js itself.
const NODE: [&str; 45] = [
    "assert",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "domain",
    "events",
    "fs",
    "http",
    "http2",
    "https",
    "inspector",
    "module",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "repl",
    "sea",
    "sqlite",
    "stream",
    "string_decoder",
    "sys",
    "test",
    "timers",
    "tls",
    "trace_events",
    "tty",
    "url",
    "util",
    "v8",
    "vm",
    "wasi",
    "worker_threads",
    "zlib",
];

/// What is known better than its source: the SDKs, and what stands around them.
fn is_library(specifier: &str) -> bool {
    ["@aws-sdk/", "@smithy/", "@aws-lambda-powertools/", "aws-sdk/", "@middy/"]
        .iter()
        .any(|prefix| specifier.starts_with(prefix))
        || matches!(specifier, "aws-sdk" | "aws-xray-sdk" | "aws-xray-sdk-core")
}

/// `@scope/name/sub/path` is the package `@scope/name` and `./sub/path`.
fn package_name(specifier: &str) -> (&str, String) {
    let slashes = usize::from(specifier.starts_with('@'));
    match specifier.match_indices('/').nth(slashes) {
        Some((at, _)) => (&specifier[..at], format!("./{}", &specifier[at + 1..])),
        None => (specifier, ".".to_owned()),
    }
}

fn declares(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.strip_suffix(".js").unwrap_or(&name);
    path.with_file_name(format!("{stem}.d.ts")).is_file()
}
