//! Where an S3 URL points: `s3://bucket/prefix/key`, as far as its parts are known. Wildcards of a glob become
//! wildcards that are meant.
//!
//! Access points named by ARN are told from buckets, and then nothing is known of them.

use crate::code::eval::{Interpreter, Object, Value, Values};
use crate::code::sdk::Handle;
use crate::model::{Part, Text};

/// A bucket and a key (or prefix) in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Location {
    pub bucket: Text,
    /// Empty for the bucket itself.
    pub key: Text,
}

impl S3Location {
    /// The key as a folder, with a slash at its end; empty for the bucket itself.
    pub fn under(&self) -> Text {
        match self.key.parts().last() {
            None => Text::default(),
            Some(Part::Literal(last)) if last.ends_with('/') => self.key.clone(),
            _ => self.key.clone().then(&Text::literal("/")),
        }
    }
}

/// What a value that may name a place in S3 says.
pub enum Location {
    At(S3Location),
    /// May be a URL of S3; its beginning is not known.
    Unresolved(Text),
    Elsewhere,
}

/// How deep a path may stand in lists and paths.
const DEPTH: usize = 3;

const SCHEMES: [&str; 3] = ["s3://", "s3a://", "s3n://"];

/// Every place that the values, elements of lists and paths that are things can name. With `is_url` only what has the scheme of S3 is
/// one; else everything is.
pub fn locations(it: &mut Interpreter, values: &Values, is_url: bool) -> Vec<Location> {
    let mut single = values.clone();
    for _ in 0..DEPTH {
        let mut inner = Values::none();
        for value in &single {
            match value {
                Value::Sdk(handle) if let Handle::Thing(thing) = &**handle => {
                    inner.join(&thing.argument(it, "path"))
                }
                Value::Object(_) if matches!(it.object(value), Some(Object::List { .. })) => {
                    inner.join(&it.element(&value.clone().into()))
                }
                _ => inner.insert(value.clone()),
            };
        }
        single = inner;
    }
    // A file or an answer that is already open is no place.
    let is_open = |value: &Value| {
        matches!(value, Value::External(_) | Value::Response(_) | Value::Object(_) | Value::Sdk(_))
    };
    let single: Values = single.iter().filter(|value| !(is_url && is_open(value))).cloned().collect();
    it.texts(&single).iter().map(|text| location(text, is_url)).collect()
}

fn location(text: &Text, is_url: bool) -> Location {
    let lead = text.leading_literal();
    let scheme = SCHEMES.iter().find(|scheme| lead.starts_with(**scheme));
    match scheme {
        Some(scheme) => Location::At(split(&text.split_once(scheme).expect("it begins so").1)),
        None if !is_url => Location::At(split(text)),
        None if lead.is_empty() && !text.is_empty() => Location::Unresolved(text.clone()),
        None => Location::Elsewhere,
    }
}

fn split(path: &Text) -> S3Location {
    if path.is_arn() {
        return S3Location { bucket: Text::unknown(), key: Text::unknown() };
    }
    match path.split_once("/") {
        Some((bucket, key)) => S3Location { bucket, key: unglob(&key) },
        None if path.as_literal().is_some() => S3Location { bucket: path.clone(), key: Text::default() },
        // A bucket of the template is a bucket; anything else may hold the whole path.
        None => {
            let is_bucket =
                path.parts().iter().all(|part| matches!(part, Part::Resource { .. } | Part::Literal(_)));
            let bucket = if is_bucket { path.clone() } else { Text::unknown() };
            S3Location { bucket, key: Text::unknown() }
        }
    }
}

fn unglob(key: &Text) -> Text {
    key.map(|part| match part {
        Part::Literal(literal) => {
            let mut text = Text::default();
            for (index, known) in literal.split(['*', '?', '[']).enumerate() {
                if index > 0 {
                    text.push(Part::Any);
                }
                // A set of characters ends the known part.
                text.push_str(known.rsplit(']').next().unwrap_or(known));
            }
            text
        }
        other => other.clone().into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &Text) -> String {
        match location(text, true) {
            Location::At(place) => format!("{} {}", place.bucket.to_pattern(), place.key.to_pattern()),
            Location::Unresolved(_) => "unresolved".into(),
            Location::Elsewhere => "elsewhere".into(),
        }
    }

    #[test]
    fn a_url_is_split_at_what_is_known() {
        let env = || Text::from(Part::Env("X".into()));
        assert_eq!(shown(&Text::literal("s3://b/a/k.csv")), "b a/k.csv");
        assert_eq!(shown(&Text::literal("s3a://b")), "b ");
        assert_eq!(shown(&Text::literal("s3://b/p/*.c[ab]v")), "b p/*.c*v");
        assert_eq!(shown(&Text::literal("s3://").then(&env()).then(&Text::literal("/in/k"))), "* in/k");
        assert_eq!(shown(&Text::literal("s3://b/").then(&env())), "b *");
        assert_eq!(shown(&Text::literal("s3://").then(&env())), "* *");
        assert_eq!(shown(&env()), "unresolved");
        assert_eq!(shown(&Text::literal("https://b/k")), "elsewhere");
    }
}
