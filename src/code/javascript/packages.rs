//! What `package.json` and `tsconfig.json` say about where modules are: entry points, path aliases, built folders
//! and their sources, the packages of a workspace. What cannot be read says nothing.

use std::path::{Component, Path, PathBuf};

use serde_json::Value;

/// Extensions of code in the order in which they are tried: sources before what may be built from them.
const EXTENSIONS: [&str; 8] = ["ts", "tsx", "mts", "cts", "js", "mjs", "cjs", "jsx"];
/// Folders that build tools write.
const BUILT: [&str; 5] = ["dist", "build", "out", "lib", ".build"];
/// How many configurations may extend each other.
const EXTENDS: usize = 6;

/// The file that a path without or with an extension means, or a folder's index.
pub fn file(path: &Path) -> Option<PathBuf> {
    code_file(path).or_else(|| with_suffix(path, "json")).or_else(|| {
        path.is_dir().then(|| package_entry(path, ".").or_else(|| code_file(&path.join("index"))))?
    })
}

/// The file of code that a path means. `./a.js` may be written for what is `./a.ts` in the sources.
pub fn code_file(path: &Path) -> Option<PathBuf> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    if (EXTENSIONS.contains(&extension) || extension == "json") && path.is_file() {
        return Some(path.to_owned());
    }
    let sources: &[&str] = match extension {
        "js" => &["ts", "tsx"],
        "mjs" => &["mts"],
        "cjs" => &["cts"],
        "jsx" => &["tsx"],
        _ => &[],
    };
    let replaced = sources.iter().map(|source| path.with_extension(source)).find(|path| path.is_file());
    replaced.or_else(|| EXTENSIONS.iter().find_map(|extension| with_suffix(path, extension)))
}

fn with_suffix(path: &Path, extension: &str) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let path = path.with_file_name(format!("{name}.{extension}"));
    path.is_file().then_some(path)
}

/// The file that a package gives for a subpath (`.`, `./orders`). Where the manifest names what is built and
/// only sources are there, the source.
pub fn package_entry(folder: &Path, subpath: &str) -> Option<PathBuf> {
    let manifest = json(&folder.join("package.json")).unwrap_or_default();
    let mut targets: Vec<String> = Vec::new();
    exported(&manifest["exports"], subpath, &mut targets);
    if subpath == "." {
        let fields = ["source", "module", "main"];
        targets.extend(fields.iter().filter_map(|field| manifest[*field].as_str().map(str::to_owned)));
        targets.push("index".to_owned());
        targets.push("src/index".to_owned());
    } else {
        targets.push(subpath.to_owned());
        targets.push(format!("src/{}", subpath.trim_start_matches("./")));
    }
    targets.iter().find_map(|target| {
        let path = normal(&folder.join(target));
        code_file(&path)
            .or_else(|| source_of(folder, target))
            .or_else(|| path.is_dir().then(|| code_file(&path.join("index")))?)
    })
}

/// The targets that `exports` has for a subpath, for code that Node.js runs.
fn exported(exports: &Value, subpath: &str, targets: &mut Vec<String>) {
    match exports {
        Value::String(target) if subpath == "." => targets.push(target.clone()),
        Value::Object(entries) if entries.keys().any(|key| key.starts_with('.')) => {
            for (pattern, target) in entries {
                if let Some(rest) = matching(pattern, subpath) {
                    let mut found = Vec::new();
                    conditions(target, &mut found);
                    targets.extend(found.into_iter().map(|target| target.replacen('*', &rest, 1)));
                }
            }
        }
        other if subpath == "." => conditions(other, targets),
        _ => {}
    }
}

fn conditions(target: &Value, targets: &mut Vec<String>) {
    match target {
        Value::String(target) => targets.push(target.clone()),
        Value::Object(entries) => {
            let apply = ["source", "node", "import", "require", "module", "default"];
            entries.iter().filter(|(name, _)| apply.contains(&name.as_str())).for_each(|(_, target)| {
                conditions(target, targets);
            });
        }
        Value::Array(options) => options.iter().for_each(|option| conditions(option, targets)),
        _ => {}
    }
}

/// What the `*` of a pattern stands for; empty where there is none and the texts are equal.
fn matching(pattern: &str, text: &str) -> Option<String> {
    match pattern.split_once('*') {
        None => (pattern == text).then(String::new),
        Some((before, after)) => {
            let rest = text.strip_prefix(before)?.strip_suffix(after)?;
            Some(rest.to_owned())
        }
    }
}

/// The source of a file that a build writes: by the folders of `tsconfig.json`, else by the names that such
/// folders have.
pub fn source_of(folder: &Path, built: &str) -> Option<PathBuf> {
    let built = built.trim_start_matches("./");
    let config = Config::of(folder);
    if let Some(config) = &config
        && let Some(out) = &config.out_dir
        && let Ok(inside) = normal(&folder.join(built)).strip_prefix(out)
    {
        let roots = config.root_dir.iter().cloned().chain([folder.to_owned(), folder.join("src")]);
        if let Some(found) = roots.into_iter().find_map(|root| code_file(&root.join(inside))) {
            return Some(found);
        }
    }
    let (first, rest) = built.split_once('/')?;
    BUILT.contains(&first).then(|| {
        let rests = [rest, rest.split_once('/').map_or(rest, |(_, inside)| inside)];
        rests.iter().find_map(|rest| {
            code_file(&folder.join("src").join(rest)).or_else(|| code_file(&folder.join(rest)))
        })
    })?
}

/// `tsconfig.json` or `jsconfig.json`, with what it extends.
#[derive(Clone, Debug, Default)]
pub struct Config {
    base_url: Option<PathBuf>,
    /// What the targets of `paths` are relative to.
    paths_base: PathBuf,
    paths: Vec<(String, Vec<String>)>,
    out_dir: Option<PathBuf>,
    root_dir: Option<PathBuf>,
}

impl Config {
    /// The configuration in a folder.
    pub fn of(folder: &Path) -> Option<Self> {
        ["tsconfig.json", "jsconfig.json"].iter().find_map(|name| Self::read(&folder.join(name), EXTENDS))
    }

    fn read(path: &Path, depth: usize) -> Option<Self> {
        let config = json(path)?;
        let folder = path.parent()?;
        let mut read = Self::default();
        let bases = match &config["extends"] {
            Value::String(base) => vec![base.as_str()],
            Value::Array(bases) => bases.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        for base in bases.into_iter().filter(|base| base.starts_with('.') && depth > 0) {
            let path = normal(&folder.join(base));
            let base = Self::read(&path, depth - 1);
            let base = base.or_else(|| Self::read(&path.with_extension("json"), depth - 1));
            read = base.unwrap_or(read);
        }
        let options = &config["compilerOptions"];
        let option = |name: &str| options[name].as_str().map(|value| normal(&folder.join(value)));
        read.base_url = option("baseUrl").or(read.base_url);
        read.out_dir = option("outDir").or(read.out_dir);
        read.root_dir = option("rootDir").or(read.root_dir);
        if let Some(paths) = options["paths"].as_object() {
            read.paths_base = option("baseUrl").unwrap_or_else(|| folder.to_owned());
            let targets = |value: &Value| {
                let targets = value.as_array().into_iter().flatten().filter_map(Value::as_str);
                targets.map(str::to_owned).collect()
            };
            read.paths = paths.iter().map(|(pattern, value)| (pattern.clone(), targets(value))).collect();
        }
        Some(read)
    }

    /// The file that a bare specifier means by an alias, the most specific first.
    pub fn alias(&self, specifier: &str) -> Option<PathBuf> {
        let mut found: Vec<_> = self.paths.iter().collect();
        found.sort_by_key(|(pattern, _)| std::cmp::Reverse(pattern.find('*').unwrap_or(usize::MAX)));
        let aliased = found.into_iter().find_map(|(pattern, targets)| {
            let rest = matching(pattern, specifier)?;
            targets
                .iter()
                .find_map(|target| file(&normal(&self.paths_base.join(target.replacen('*', &rest, 1)))))
        });
        aliased.or_else(|| file(&normal(&self.base_url.as_ref()?.join(specifier))))
    }
}

/// The packages of the workspace whose manifest stands in a folder: name and folder.
pub fn workspace(folder: &Path) -> Vec<(String, PathBuf)> {
    let manifest = json(&folder.join("package.json")).unwrap_or_default();
    let listed = match &manifest["workspaces"] {
        Value::Object(workspaces) => workspaces.get("packages").cloned().unwrap_or_default(),
        other => other.clone(),
    };
    let mut patterns: Vec<String> =
        listed.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    if let Ok(text) = std::fs::read_to_string(folder.join("pnpm-workspace.yaml")) {
        let items = text.lines().filter_map(|line| line.trim().strip_prefix("- "));
        patterns.extend(items.map(|item| item.trim_matches(['"', '\'', ' ']).to_owned()));
    }
    let mut packages = Vec::new();
    for pattern in patterns {
        let path = pattern.trim_end_matches('*').trim_end_matches('/');
        let path = normal(&folder.join(path));
        let mut folders = vec![path.clone()];
        if pattern.ends_with('*') {
            folders = std::fs::read_dir(&path)
                .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
                .unwrap_or_default();
            folders.sort();
        }
        for folder in folders {
            let manifest = json(&folder.join("package.json")).unwrap_or_default();
            if let Some(name) = manifest["name"].as_str() {
                packages.push((name.to_owned(), folder));
            }
        }
    }
    packages
}

/// Whether the manifest in `folder` declares a package, or one is installed beside it. None where there is no
/// manifest.
pub fn declares(folder: &Path, name: &str) -> Option<bool> {
    let manifest = json(&folder.join("package.json"))?;
    let kinds = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];
    let types = format!("@types/{}", name.trim_start_matches('@').replace('/', "__"));
    let named = |name: &str| kinds.iter().any(|kind| manifest[*kind].get(name).is_some());
    let itself = manifest["name"].as_str() == Some(name);
    Some(itself || named(name) || named(&types) || folder.join("node_modules").join(name).exists())
}

/// The folder of a dependency that the manifest in `folder` names by its path: `file:../shared`.
pub fn local_dependency(folder: &Path, name: &str) -> Option<PathBuf> {
    let manifest = json(&folder.join("package.json"))?;
    let written =
        ["dependencies", "devDependencies"].iter().find_map(|kind| manifest[*kind][name].as_str())?;
    let path = written.strip_prefix("file:").or_else(|| written.strip_prefix("link:"))?;
    Some(normal(&folder.join(path))).filter(|path| path.is_dir())
}

/// A private specifier of the package in `folder`: `#db`.
pub fn private_import(folder: &Path, specifier: &str) -> Option<PathBuf> {
    let manifest = json(&folder.join("package.json"))?;
    let entries = manifest["imports"].as_object()?;
    entries.iter().find_map(|(pattern, target)| {
        let rest = matching(pattern, specifier)?;
        let mut targets = Vec::new();
        conditions(target, &mut targets);
        targets.iter().find_map(|target| {
            let target = target.replacen('*', &rest, 1);
            code_file(&normal(&folder.join(&target))).or_else(|| source_of(folder, &target))
        })
    })
}

/// The path without `.` and `..` inside it, which need not exist.
pub fn normal(path: &Path) -> PathBuf {
    let mut made = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir if matches!(made.components().next_back(), Some(Component::Normal(_))) => {
                made.pop();
            }
            other => made.push(other),
        }
    }
    made
}

/// JSON with comments and trailing commas, as these files may have them.
fn json(path: &Path) -> Option<Value> {
    let text = std::fs::read_to_string(path).ok()?;
    serde_json::from_str(&without_comments(text.trim_start_matches('\u{feff}'))).ok()
}

fn without_comments(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['"', '/', ',']) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = match rest.as_bytes()[0] {
            b'"' => string_length(rest),
            b'/' if rest.starts_with("//") => {
                rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
                continue;
            }
            b'/' if rest.starts_with("/*") => {
                rest = &rest[rest.find("*/").map_or(rest.len(), |end| end + 2)..];
                continue;
            }
            b',' if closes(&rest[1..]) => {
                rest = &rest[1..];
                continue;
            }
            _ => 1,
        };
        plain.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    plain.push_str(rest);
    plain
}

/// The length of the string that a text begins with, with its quotes.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Whether what follows, beside comments, closes an object or a list.
fn closes(text: &str) -> bool {
    let mut rest = text.trim_start();
    loop {
        if rest.starts_with("//") {
            rest = rest[rest.find('\n').unwrap_or(rest.len())..].trim_start();
        } else if rest.starts_with("/*") {
            rest = rest[rest.find("*/").map_or(rest.len(), |end| end + 2)..].trim_start();
        } else {
            return rest.starts_with(['}', ']']);
        }
    }
}
