//! A call to an AWS operation that the code can make: what the interpreter yields and the catalog reads.

use smol_str::SmolStr;

use super::Text;

/// A place in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Relative to the analysed folder, with `/`.
    pub file: SmolStr,
    /// From 1.
    pub line: u32,
    /// In characters from 1.
    pub column: u32,
}

/// One step of a call chain: the function that was entered, and the place of the call that entered it.
/// The handler, which the service enters, has no such place.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Frame {
    /// `module.function` or `module.Class.method`.
    pub function: SmolStr,
    pub called_at: Option<Place>,
}

/// A request field as far as it is known. Maps keep their keys, lists are the set of their possible elements.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// One of these texts.
    Text(Vec<Text>),
    /// `complete` is false when there may be keys that were not seen (a spread of an unknown mapping).
    Map {
        entries: Vec<(Text, Field)>,
        complete: bool,
    },
    List(Vec<Field>),
    /// Present, but nothing is known of its value.
    Unknown,
}

impl Field {
    /// The field at a dotted path; `[]` steps into the elements of a list, `*` into the values of a map and
    /// `#keys` gives the keys of a map as texts. A text's alternatives are one field.
    /// Each match is one alternative; an empty answer means "not present".
    pub fn at<'a>(&'a self, path: &str) -> Vec<std::borrow::Cow<'a, Self>> {
        use std::borrow::Cow;
        let Some((step, rest)) = path.split_once('.').or((!path.is_empty()).then_some((path, ""))) else {
            return vec![Cow::Borrowed(self)];
        };
        if let Some(name) = step.strip_suffix("[]") {
            let lists = if name.is_empty() { vec![Cow::Borrowed(self)] } else { self.at(name) };
            let mut found = Vec::new();
            for list in lists {
                match list {
                    Cow::Borrowed(Self::List(items)) => {
                        for item in items {
                            found.extend(item.at(rest));
                        }
                    }
                    Cow::Borrowed(Self::Unknown) => found.push(Cow::Owned(Self::Unknown)),
                    _ => {}
                }
            }
            return found;
        }
        match (self, step) {
            (Self::Map { entries, .. }, "#keys") => {
                entries.iter().map(|(key, _)| Cow::Owned(Self::Text(vec![key.clone()]))).collect()
            }
            (Self::Map { entries, .. }, "*") => {
                entries.iter().flat_map(|(_, value)| value.at(rest)).collect()
            }
            (Self::Map { entries, .. }, name) => entries
                .iter()
                .filter(|(key, _)| key.as_literal() == Some(name))
                .flat_map(|(_, value)| value.at(rest))
                .collect(),
            (Self::Unknown, _) => vec![Cow::Owned(Self::Unknown)],
            _ => Vec::new(),
        }
    }
}

/// A call site with what is known of its request. The same site reached by two chains, or with two different
/// inputs, is two calls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// botocore's client name: `dynamodb`, `stepfunctions`, `elbv2`.
    pub service: SmolStr,
    /// botocore's spelling: `PutItem`.
    pub operation: SmolStr,
    pub place: Place,
    /// Always a [`Field::Map`] of the request's fields.
    pub input: Field,
    /// The region that the client was given; none where it uses the function's own.
    pub region: Option<Text>,
    /// The endpoint that the client was given.
    pub endpoint: Option<Text>,
    /// From the handler (first) to the function that makes the call (last). Empty when nothing reaches it.
    pub chain: Vec<Frame>,
    pub reachable: bool,
    /// False when the receiver's service was one of several that the code may choose from.
    pub certain: bool,
}
