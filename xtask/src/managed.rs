//! From moto's copy of AWS's managed policies to `managed/<letter>.json`: a line per policy with its path, version,
//! the day of that version, and the document as AWS publishes it.
//!
//! A file holds the policies whose names, less `AWS` or `Amazon`, begin with its letter: a reader of one policy
//! unpacks one file.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use serde_json::{Map, Value, json};

/// `source` is the Python module that holds the policies as one JSON text.
pub fn write(source: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let module = std::fs::read_to_string(source)?;
    let text = module.split("\"\"\"").nth(1).ok_or("the module holds no text")?;
    // In Python's text a backslash would begin an escape of its own.
    if text.contains('\\') {
        return Err("the module's text has escapes, which are not read here".into());
    }
    let policies: BTreeMap<String, Value> = serde_json::from_str(text)?;
    let mut files: BTreeMap<char, BTreeMap<&str, Value>> = BTreeMap::new();
    for (name, policy) in &policies {
        files.entry(letter(name)).or_default().insert(name, line(policy)?);
    }
    if out.exists() {
        std::fs::remove_dir_all(out)?;
    }
    for (letter, policies) in files {
        crate::lines::write(&out.join(format!("{letter}.json")), &json!(policies), 1)?;
    }
    Ok(())
}

/// The same rule stands in `src/catalog/managed.rs`.
fn letter(name: &str) -> char {
    let rest = name.strip_prefix("AWS").or_else(|| name.strip_prefix("Amazon")).unwrap_or(name);
    rest.chars().find(char::is_ascii_alphanumeric).unwrap_or('_').to_ascii_lowercase()
}

fn line(policy: &Value) -> Result<Value, Box<dyn Error>> {
    let text = |key: &str| policy[key].as_str().ok_or_else(|| format!("a policy without `{key}`"));
    let mut line = Map::new();
    line.insert("path".into(), text("Path")?.into());
    line.insert("version".into(), text("DefaultVersionId")?.into());
    line.insert("date".into(), text("UpdateDate")?.get(..10).into());
    line.insert("document".into(), policy["Document"].clone());
    Ok(Value::Object(line))
}
