//! The sides of a comparison from JSON: a policy, a list of policies that apply together, or an object of policies by
//! the names of functions, as `generate` prints for several.

use serde_json::Value;
use smol_str::SmolStr;

use super::Diff;
use crate::model::Document;
use crate::policy::{ParseError, parse};

/// Documents that apply together, with the function's name where there is one.
pub type Named = (Option<SmolStr>, Vec<Document>);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    #[error("{0}")]
    Policy(#[from] ParseError),
    #[error("`{name}` is no policy: {error}")]
    Function { name: String, error: ParseError },
    #[error("neither a policy nor an object of policies by function")]
    Shape,
}

pub fn read(value: &Value) -> Result<Vec<Named>, ReadError> {
    match value {
        Value::Object(entries)
            if ["Statement", "Version", "Id"].iter().any(|key| entries.contains_key(*key)) =>
        {
            Ok(vec![(None, vec![parse(value)?])])
        }
        Value::Array(_) => Ok(vec![(None, documents(value)?)]),
        Value::Object(entries) => entries
            .iter()
            .map(|(name, policy)| match documents(policy) {
                Ok(documents) => Ok((Some(name.into()), documents)),
                Err(error) => Err(ReadError::Function { name: name.clone(), error }),
            })
            .collect(),
        _ => Err(ReadError::Shape),
    }
}

fn documents(value: &Value) -> Result<Vec<Document>, ParseError> {
    match value {
        Value::Array(policies) => policies.iter().map(parse).collect(),
        policy => Ok(vec![parse(policy)?]),
    }
}

/// Compares function with function, by name; one that is on one side alone is compared with nothing. A policy without
/// a name is compared with the only one of the other side, whatever its name.
pub fn pair(old: Vec<Named>, mut new: Vec<Named>) -> Vec<Diff> {
    if let ([(before, _)], [(after, _)]) = (old.as_slice(), new.as_slice())
        && (before.is_none() || after.is_none())
    {
        let name = before.clone().or_else(|| after.clone());
        let side = |side: Vec<Named>| side.into_iter().flat_map(|(_, documents)| documents).collect();
        return vec![Diff::new(name, side(old), side(new))];
    }
    let mut diffs = Vec::new();
    for (name, before) in old {
        let at = new.iter().position(|(other, _)| *other == name);
        let after = at.map_or_else(Vec::new, |at| new.remove(at).1);
        diffs.push(Diff::new(name, before, after));
    }
    diffs.extend(new.into_iter().map(|(name, after)| Diff::new(name, Vec::new(), after)));
    diffs.sort_by(|a, b| a.name.cmp(&b.name));
    diffs
}
