//! Which functions a change can touch, so that only those are analysed. A function is left alone only where nothing
//! that its analysis reads differs:
//!
//! * no changed file is in its code or its layers;
//! * the template says the same of it: everything that [`Function`] holds, its role included, but for line numbers;
//! * no resource of the template that it mentions, itself or by way of others, has changed, and no named resource
//!   with a key of its own has (its name may be in the code alone);
//! * its language finds modules in its own folders only, or no code changed outside of all functions' folders, or its
//!   code does not look outside: JavaScript and Rust follow `../`, workspaces and path aliases.
//!
//! Whatever cannot be placed counts as touched. Functions that share a role with a touched one are touched.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use smol_str::SmolStr;

use crate::code::Language;
use crate::config::FILE;
use crate::model::Grant;
use crate::project::{self, Code, Deployed, Function, Project, RoleToday};

/// One side of the comparison on the disk.
pub struct Side<'a> {
    pub project: &'a Project,
    /// The root of the repository's files.
    pub root: &'a Path,
    /// From there to the analysed folder: empty, or with a `/` at the end.
    pub prefix: &'a str,
}

/// The names of the functions of either side that the changed files (from the repository's root) can touch.
pub fn touched(base: &Side<'_>, head: &Side<'_>, changed: &[String]) -> BTreeSet<SmolStr> {
    let everything = || {
        let functions = base.project.functions.iter().chain(&head.project.functions);
        functions.map(|function| function.name.clone()).collect()
    };
    let Some(resources) = changed_resources(base.project, head.project) else { return everything() };
    if base.project.parameters != head.project.parameters {
        return everything();
    }
    let old: BTreeMap<&SmolStr, &Function> =
        base.project.functions.iter().map(|function| (&function.name, function)).collect();
    let sides = [base, head].map(|side| Territories::of(side, changed));
    let mut touched: BTreeSet<SmolStr> = BTreeSet::new();
    for (side, territories) in [base, head].into_iter().zip(&sides) {
        touched.extend(territories.touched.iter().cloned());
        for function in &side.project.functions {
            let shown = format!("{function:?}");
            if resources.iter().any(|id| shown.contains(&format!("\"{id}\""))) {
                touched.insert(function.name.clone());
            }
        }
    }
    for function in &head.project.functions {
        let same = old
            .get(&function.name)
            .is_some_and(|old| says_the_same(old, function) && code(base, old) == code(head, function));
        if !same {
            touched.insert(function.name.clone());
        }
    }
    let kept: BTreeSet<&SmolStr> = head.project.functions.iter().map(|function| &function.name).collect();
    touched.extend(old.keys().filter(|name| !kept.contains(*name)).map(|name| (*name).clone()));
    share_roles(base.project, &mut touched);
    share_roles(head.project, &mut touched);
    touched
}

fn share_roles(project: &Project, touched: &mut BTreeSet<SmolStr>) {
    let role = |function: &Function| function.current.as_ref().map(|role| role.role.clone());
    let of_touched = project.functions.iter().filter(|function| touched.contains(&function.name));
    let roles: BTreeSet<SmolStr> = of_touched.filter_map(role).collect();
    let sharing = project.functions.iter().filter(|one| role(one).is_some_and(|role| roles.contains(&role)));
    touched.extend(sharing.map(|function| function.name.clone()));
}

/// The resources that differ and all that mention them. None: one of them may matter to any function.
fn changed_resources(base: &Project, head: &Project) -> Option<BTreeSet<SmolStr>> {
    let ids: BTreeSet<&SmolStr> = base.resources.keys().chain(head.resources.keys()).collect();
    let mut changed = BTreeSet::new();
    for id in ids {
        let (old, new) = (base.resources.get(id), head.resources.get(id));
        if old.zip(new).is_some_and(|(old, new)| same_resource(old, new)) {
            continue;
        }
        // A resource with a key is found by its name too, and its key is one more permission.
        if [old, new].into_iter().flatten().any(|one| one.kms_key.is_some()) {
            return None;
        }
        changed.insert(id.clone());
    }
    if changed.is_empty() {
        return Some(changed);
    }
    let mentions: Vec<(&SmolStr, String)> = base
        .resources
        .iter()
        .chain(&head.resources)
        .map(|(id, one)| (id, format!("{:?} {:?} {:?}", one.arn, one.reference, one.kms_key)))
        .collect();
    loop {
        let before = changed.len();
        for (id, said) in &mentions {
            if !changed.contains(*id) && changed.iter().any(|one| said.contains(&format!("\"{one}\""))) {
                changed.insert((*id).clone());
            }
        }
        if changed.len() == before {
            return Some(changed);
        }
    }
}

fn same_resource(old: &Deployed, new: &Deployed) -> bool {
    (&old.kind, &old.arn, &old.spellings, &old.reference, &old.kms_key)
        == (&new.kind, &new.arn, &new.spellings, &new.reference, &new.kms_key)
}

/// Whether the template says the same of a function, wherever it says it. Its code is compared by folder.
fn says_the_same(old: &Function, new: &Function) -> bool {
    let grants = |grants: &[Grant]| -> Vec<_> {
        let bare = |grant: &Grant| {
            (
                grant.action.clone(),
                grant.resource.clone(),
                grant.condition.clone(),
                grant.kind,
                grant.confidence,
            )
        };
        grants.iter().map(bare).collect()
    };
    let role = |role: &Option<RoleToday>| {
        role.as_ref().map(|role| {
            let policies = role.policies.iter().map(|one| {
                let kept: Vec<bool> = one.written.iter().map(|written| written.kept).collect();
                (one.document.clone(), one.entry.clone(), kept)
            });
            (role.role.clone(), policies.collect::<Vec<_>>(), role.incomplete)
        })
    };
    old.runtime == new.runtime
        && old.handler == new.handler
        && old.entry_points == new.entry_points
        && old.binary == new.binary
        && old.environment == new.environment
        && old.event_values == new.event_values
        && grants(&old.platform) == grants(&new.platform)
        && grants(&old.sam_provides) == grants(&new.sam_provides)
        && role(&old.current) == role(&new.current)
}

/// What the function's code is, without where that is on this disk.
fn code(side: &Side<'_>, function: &Function) -> (String, Vec<Option<String>>) {
    let mut folders: Vec<Option<String>> = function.layers.iter().map(|layer| side.place(layer)).collect();
    let code = match &function.code {
        Code::Folder(folder) => {
            folders.push(side.place(folder));
            format!("folder {}", folder.exists())
        }
        Code::Inline { source, substituted, .. } => format!("inline {source} {substituted:?}"),
        Code::Elsewhere(what) => format!("elsewhere {what}"),
    };
    (code, folders)
}

impl Side<'_> {
    /// A folder of the project from the root of the repository: empty for the root itself, else with a `/` at the
    /// end. None where it is outside, or cannot be told.
    fn place(&self, folder: &Path) -> Option<String> {
        let (root, folder) = (absolute(&self.project.root)?, absolute(folder)?);
        let common = root.iter().zip(&folder).take_while(|(a, b)| a == b).count();
        let mut steps: Vec<String> =
            self.prefix.split('/').filter(|step| !step.is_empty()).map(str::to_owned).collect();
        for _ in common..root.len() {
            steps.pop()?;
        }
        steps.extend(folder[common..].iter().cloned());
        Some(steps.iter().fold(String::new(), |path, step| path + step + "/"))
    }
}

/// The steps of an absolute path without `.` and `..`, as they are written.
fn absolute(path: &Path) -> Option<Vec<String>> {
    let path = std::path::absolute(path).ok()?;
    let mut steps = Vec::new();
    for step in path.components() {
        match step {
            Component::Normal(name) => steps.push(name.to_string_lossy().into_owned()),
            Component::ParentDir => {
                steps.pop()?;
            }
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    Some(steps)
}

/// Which functions of a side the changed files are in, or may be read by.
struct Territories {
    touched: BTreeSet<SmolStr>,
}

impl Territories {
    fn of(side: &Side<'_>, changed: &[String]) -> Self {
        let functions = &side.project.functions;
        let folders: Vec<Option<Vec<String>>> =
            functions.iter().map(|function| territory(side, function)).collect();
        // In order, so that the functions of a file are found without asking every one.
        let mut owners: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, folders) in folders.iter().enumerate() {
            for folder in folders.iter().flatten() {
                owners.entry(folder).or_default().push(index);
            }
        }
        let mut touched: BTreeSet<usize> = BTreeSet::new();
        touched.extend((0..functions.len()).filter(|index| folders[*index].is_none()));
        // These are compared by what they say.
        let template = side.project.template.as_ref().map(|name| format!("{}{name}", side.prefix));
        let is_code = |file: &str| {
            is_code(file)
                && Some(file) != template.as_deref()
                && Path::new(file).file_name() != Some(FILE.as_ref())
        };
        let (mut shared, mut foreign) = (false, false);
        for file in changed.iter().filter(|file| file.starts_with(side.prefix) || is_code(file)) {
            let mut owned = false;
            let ends = file.match_indices('/').map(|(at, _)| at + 1);
            for folder in std::iter::once(0).chain(ends).map(|end| &file[..end]) {
                if let Some(indices) = owners.get(folder) {
                    touched.extend(indices);
                    owned = true;
                }
            }
            if is_code(file) {
                shared |= !owned;
                foreign |= owned;
            }
        }
        if shared || foreign {
            let mut aliases = BTreeMap::new();
            for (index, function) in functions.iter().enumerate() {
                if !touched.contains(&index) && looks_outside(function) {
                    let named = |folder: &String| has_aliases(side.root, folder, &mut aliases);
                    let reads = shared || folders[index].iter().flatten().any(named) || escapes(function);
                    if reads {
                        touched.insert(index);
                    }
                }
            }
        }
        Self { touched: touched.into_iter().map(|index| functions[index].name.clone()).collect() }
    }
}

/// The folders that a function's code and layers are in; none where one cannot be placed.
fn territory(side: &Side<'_>, function: &Function) -> Option<Vec<String>> {
    let own = match &function.code {
        Code::Folder(folder) => Some(folder),
        Code::Inline { .. } | Code::Elsewhere(_) => None,
    };
    own.into_iter().chain(&function.layers).map(|folder| side.place(folder)).collect()
}

/// Whether the function's language finds modules outside of the function's own folders.
fn looks_outside(function: &Function) -> bool {
    if !matches!(function.code, Code::Folder(_)) {
        return false;
    }
    function.runtime.as_deref().and_then(Language::of_runtime) != Some(Language::Python)
}

/// Files that code is found by or in.
fn is_code(file: &str) -> bool {
    let extension = Path::new(file).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    matches!(extension, "json" | "toml" | "lock") || file.ends_with("pnpm-workspace.yaml") || {
        Language::of_file(Path::new(file)).is_some_and(|language| language != Language::Python)
    }
}

/// Whether some folder from the repository's root down to this one gives other folders names that code can import.
fn has_aliases(root: &Path, folder: &str, known: &mut BTreeMap<String, bool>) -> bool {
    let ends = folder.match_indices('/').map(|(at, _)| at + 1);
    std::iter::once(0).chain(ends).any(|end| {
        let above = &folder[..end];
        *known.entry(above.to_owned()).or_insert_with(|| names_others(&root.join(above)))
    })
}

fn names_others(folder: &Path) -> bool {
    let says =
        |name: &str, word: &str| fs::read_to_string(folder.join(name)).is_ok_and(|text| text.contains(word));
    folder.join("pnpm-workspace.yaml").exists()
        || says("package.json", "\"workspaces\"")
        || says("tsconfig.json", "\"paths\"")
        || says("tsconfig.base.json", "\"paths\"")
        || says("jsconfig.json", "\"paths\"")
        || says("Cargo.toml", "[workspace]")
}

/// Whether a source file of the function names something above the function's folder, as far as text tells.
fn escapes(function: &Function) -> bool {
    let Code::Folder(folder) = &function.code else { return false };
    project::sources(folder).iter().any(|file| {
        let up = "../".repeat(file.components().count());
        fs::read_to_string(folder.join(file)).is_ok_and(|text| text.contains(&up))
    }) || manifests(folder).iter().any(|file| fs::read_to_string(file).is_ok_and(|text| text.contains("../")))
}

fn manifests(folder: &Path) -> Vec<PathBuf> {
    ["package.json", "tsconfig.json", "jsconfig.json", "Cargo.toml"].map(|name| folder.join(name)).to_vec()
}
