//! Writes JSON so that its diffs read well: the outer levels are spread over lines, what is inside an entry
//! stays on the entry's line.

use std::error::Error;
use std::path::Path;

use serde_json::Value;

/// `spread` counts the levels of objects that get a line per entry.
pub fn write(path: &Path, value: &Value, spread: usize) -> Result<(), Box<dyn Error>> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut text = String::new();
    print(&mut text, value, spread, 0);
    text.push('\n');
    Ok(std::fs::write(path, text)?)
}

fn print(text: &mut String, value: &Value, spread: usize, depth: usize) {
    match value {
        Value::Object(entries) if spread > 0 && !entries.is_empty() => {
            text.push('{');
            for (index, (key, value)) in entries.iter().enumerate() {
                text.push_str(if index == 0 { "\n" } else { ",\n" });
                text.extend(std::iter::repeat_n(' ', depth + 1));
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push_str(": ");
                print(text, value, spread - 1, depth + 1);
            }
            text.push('\n');
            text.extend(std::iter::repeat_n(' ', depth));
            text.push('}');
        }
        other => text.push_str(&other.to_string()),
    }
}
