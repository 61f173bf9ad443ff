//! Finding values in a request that is only partly known: every field is there, not there, or not seen.

use super::forms::tables;
use crate::model::{Field, Part, Text};

/// What a path of the request leads to. Through lists it can lead to several things at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The values that are there; unknown ones are [`Text::unknown`].
    pub values: Vec<Text>,
    /// Some element plainly lacks it.
    pub absent: bool,
    /// It may be there: the mapping that would hold it was not fully seen.
    pub unseen: bool,
}

impl Found {
    /// Whether the request has it; none where that cannot be told.
    pub fn present(&self) -> Option<bool> {
        if self.values.is_empty() { (!self.unseen).then_some(false) } else { Some(true) }
    }
}

/// Looks a dotted path up.
pub fn find(input: &Field, path: &str) -> Found {
    let mut found = Found::default();
    let steps: Vec<&str> = path.split('.').collect();
    walk(input, &steps, &mut found);
    let mut seen = Vec::new();
    found.values.retain(|value| {
        let new = !seen.contains(value);
        if new {
            seen.push(value.clone());
        }
        new
    });
    found
}

fn walk(field: &Field, steps: &[&str], found: &mut Found) {
    let Some((step, rest)) = steps.split_first() else { return leaf(field, found) };
    if let Some(name) = step.strip_suffix("[]") {
        if name.is_empty() {
            return elements(field, rest, found);
        }
        return entry(field, name, found, |list, found| elements(list, rest, found));
    }
    if *step == "#keys" {
        return match field {
            Field::Map { entries, complete } => {
                found.values.extend(entries.iter().map(|(key, _)| key.clone()));
                found.unseen |= !complete;
                found.absent |= *complete && entries.is_empty();
            }
            Field::Unknown => found.values.push(Text::unknown()),
            Field::Text(_) | Field::List(_) => found.absent = true,
        };
    }
    if *step == "#tables" {
        return match field {
            Field::Text(texts) => {
                let named = texts.iter().map(|text| tables(text).unwrap_or_else(|| vec![Text::unknown()]));
                found.values.extend(named.flatten());
            }
            _ => leaf(field, found),
        };
    }
    entry(field, step, found, |value, found| walk(value, rest, found));
}

fn leaf(field: &Field, found: &mut Found) {
    match field {
        Field::Text(texts) => found.values.extend(texts.iter().cloned()),
        Field::List(items) => items.iter().for_each(|item| leaf(item, found)),
        Field::Map { .. } | Field::Unknown => found.values.push(Text::unknown()),
    }
}

fn elements(list: &Field, rest: &[&str], found: &mut Found) {
    match list {
        Field::List(items) if items.is_empty() => found.absent = true,
        Field::List(items) => items.iter().for_each(|item| walk(item, rest, found)),
        // One text where a list is expected is that list's only known element.
        Field::Text(_) if rest.is_empty() => leaf(list, found),
        Field::Unknown => found.values.push(Text::unknown()),
        Field::Text(_) | Field::Map { .. } => found.absent = true,
    }
}

fn entry(field: &Field, name: &str, found: &mut Found, then: impl Fn(&Field, &mut Found)) {
    match field {
        Field::Map { entries, complete } => {
            let mut any = false;
            for (_, value) in entries.iter().filter(|(key, _)| name == "*" || key.as_literal() == Some(name))
            {
                any = true;
                then(value, found);
            }
            let computed_keys = entries.iter().any(|(key, _)| key.as_literal().is_none());
            if !any && *complete && !computed_keys {
                found.absent = true;
            } else if !any {
                found.unseen = true;
            }
        }
        Field::Unknown => found.values.push(Text::unknown()),
        Field::Text(_) | Field::List(_) => found.absent = true,
    }
}

/// Whether a field holds other fields, and so is nobody's name or id, whatever it is called.
pub fn is_structure(input: &Field, name: &str) -> bool {
    let Field::Map { entries, .. } = input else { return false };
    let is_map = |field: &Field| matches!(field, Field::Map { .. });
    let holds_fields = |field: &Field| match field {
        Field::List(items) => !items.is_empty() && items.iter().all(is_map),
        field => is_map(field),
    };
    entries.iter().any(|(key, value)| key.as_literal() == Some(name) && holds_fields(value))
}

/// The last path segment of a URL or key-like text, with whatever parts it has, and whether something
/// stands before it.
pub fn after_last(text: &Text, separator: char) -> Option<Text> {
    let parts = text.parts();
    let at = parts
        .iter()
        .rposition(|part| matches!(part, Part::Literal(literal) if literal.contains(separator)))?;
    let Part::Literal(literal) = &parts[at] else { return None };
    let (_, tail) = literal.rsplit_once(separator)?;
    let mut segment = Text::literal(tail);
    parts[at + 1..].iter().for_each(|part| segment.push(part.clone()));
    Some(segment)
}
