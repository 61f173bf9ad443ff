//! What changed between two states of what is generated below `action-maps`, as Markdown for the description of a pull request.
//! Counts first, then names, at most a few per kind: nobody reads a thousand of them.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

/// How many names of a kind are printed.
const NAMED: usize = 40;

/// What the catalog says, by kind of thing and name, each with all that is said of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct State(BTreeMap<&'static str, BTreeMap<String, String>>);

impl State {
    /// Reads `action-maps/`; a folder that is not there is an empty state.
    pub fn read(maps: &Path) -> Result<Self, Box<dyn Error>> {
        let mut state = Self::default();
        let services = maps.join("services");
        if let Ok(text) = std::fs::read(services.join("sdk.json")) {
            let clients: Value = serde_json::from_slice(&text)?;
            state.note("service", "", &clients);
        }
        for (kind, folder, member) in [
            ("operation", "sdk", "operations"),
            ("waiter", "sdk", "waiters"),
            ("action", "iam", "actions"),
            ("resource type", "iam", "resources"),
        ] {
            let Ok(files) = std::fs::read_dir(services.join(folder)) else { continue };
            for file in files {
                let path = file?.path();
                let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
                let file: Value = serde_json::from_slice(&std::fs::read(&path)?)?;
                state.note(kind, &format!("{stem}:"), &file[member]);
            }
        }
        for file in std::fs::read_dir(maps.join("managed")).into_iter().flatten() {
            let policies: Value = serde_json::from_slice(&std::fs::read(file?.path())?)?;
            state.note("managed policy", "", &policies);
        }
        Ok(state)
    }

    fn note(&mut self, kind: &'static str, before: &str, things: &Value) {
        let named = self.0.entry(kind).or_default();
        for (name, value) in things.as_object().into_iter().flatten() {
            named.insert(format!("{before}{name}"), value.to_string());
        }
    }
}

/// The differences, as Markdown; a single sentence where there are none.
pub fn summary(before: &State, after: &State) -> String {
    let nothing = BTreeMap::new();
    let mut text = String::new();
    let kinds: BTreeSet<&str> = before.0.keys().chain(after.0.keys()).copied().collect();
    for kind in kinds {
        let (old, new) = (before.0.get(kind).unwrap_or(&nothing), after.0.get(kind).unwrap_or(&nothing));
        let added: Vec<&String> = new.keys().filter(|name| !old.contains_key(*name)).collect();
        let removed: Vec<&String> = old.keys().filter(|name| !new.contains_key(*name)).collect();
        let differs = |(name, value): &(&String, &String)| old.get(*name).is_some_and(|was| was != *value);
        let changed: Vec<&String> = new.iter().filter(differs).map(|(name, _)| name).collect();
        for (what, names) in [("added", added), ("removed", removed), ("changed", changed)] {
            section(&mut text, kind, what, &names);
        }
    }
    if text.is_empty() { "Nothing changed.\n".to_owned() } else { text }
}

fn section(text: &mut String, kind: &str, what: &str, names: &[&String]) {
    if names.is_empty() {
        return;
    }
    let kind = match (names.len(), kind.strip_suffix('y')) {
        (1, _) => kind.to_owned(),
        (_, Some(stem)) => format!("{stem}ies"),
        (_, None) => format!("{kind}s"),
    };
    let _ = writeln!(text, "### {} {kind} {what}\n", names.len());
    names.iter().take(NAMED).for_each(|name| {
        let _ = writeln!(text, "- `{name}`");
    });
    if names.len() > NAMED {
        let _ = writeln!(text, "- and {} more", names.len() - NAMED);
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn state(operations: &Value) -> State {
        let mut state = State::default();
        state.note("operation", "sqs:", operations);
        state
    }

    #[test]
    fn a_summary_names_what_came_went_and_changed() {
        let before = state(&json!({"Send": {}, "Purge": {}, "List": {"fields": ["A"]}}));
        let after = state(&json!({"Send": {}, "Move": {}, "Copy": {}, "List": {"fields": ["A", "B"]}}));
        let expected = "### 2 operations added\n\n- `sqs:Copy`\n- `sqs:Move`\n\n\
                        ### 1 operation removed\n\n- `sqs:Purge`\n\n\
                        ### 1 operation changed\n\n- `sqs:List`\n\n";
        assert_eq!(summary(&before, &after), expected);
        assert_eq!(summary(&after, &after), "Nothing changed.\n");
    }
}
