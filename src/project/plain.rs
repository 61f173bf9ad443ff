//! A folder of code without a template: the handler is what a person names, and nothing else is known of the
//! deployment. The function still needs the one thing that every function needs, its log group.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::load::relative;
use super::{Code, Function, sam};
use crate::model::Place;

/// Source files by their extensions; what no front-end reads is still a sign that there is code.
const EXTENSIONS: &[&str] =
    &["py", "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "go", "java", "kt", "rs", "rb", "cs"];
/// Folders of other people's code, of build output and of tools. Virtual environments tell themselves.
const SKIPPED: &[&str] = &["node_modules", "__pycache__", "site-packages", "target", "cdk.out", "vendor"];

/// A function of a plain folder. The handler is `FILE:FUNCTION` (`src/app.py:handler`) or, as Lambda writes it,
/// `src/app.handler`.
pub fn plain(root: &Path, handler: &str) -> Function {
    let written = match handler.rsplit_once(':') {
        Some((file, function)) => format!("{}.{function}", without_extension(file)),
        None => handler.to_owned(),
    };
    Function {
        platform: sam::platform::log_grants_of_any_function(),
        name: written.as_str().into(),
        place: Place::default(),
        runtime: None,
        handler: Some(written.into()),
        entry_points: Vec::new(),
        code: Code::Folder(root.to_owned()),
        binary: None,
        layers: Vec::new(),
        environment: BTreeMap::new(),
        event_values: BTreeMap::new(),
        sam_provides: Vec::new(),
        current: None,
        notes: Vec::new(),
    }
}

fn without_extension(file: &str) -> &str {
    match file.rsplit_once('.') {
        Some((stem, extension)) if EXTENSIONS.contains(&extension) => stem,
        _ => file,
    }
}

pub(super) fn is_source(path: &Path) -> bool {
    path.extension().and_then(|extension| extension.to_str()).is_some_and(|found| EXTENSIONS.contains(&found))
}

/// The source files of a folder, relative to it and in order. Symbolic links are not followed.
pub fn sources(root: &Path) -> Vec<PathBuf> {
    WalkDir::new(root)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(is_own)
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file() && is_source(entry.path()))
        .map(|entry| PathBuf::from(relative(root, entry.path()).as_str()))
        .collect()
}

pub(super) fn is_own(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    let is_foreign = name.starts_with('.')
        || entry.file_type().is_dir()
            && (SKIPPED.contains(&&*name)
                || name.ends_with(".dist-info")
                || entry.path().join("pyvenv.cfg").exists());
    entry.depth() == 0 || !is_foreign
}
