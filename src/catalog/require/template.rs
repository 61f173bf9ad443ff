//! The little language in which a resource rule writes an ARN: `arn:{partition}:sqs:{region}:{account}:{QueueName}`.
//!
//! `{partition}`, `{region}` and `{account}` are the call's own; every other placeholder is
//! `{path.to.field|form=default}`: a path into the request (`[]` steps into a list, `#keys` gives a map's keys;
//! `call.endpoint` and `call.path` are the client's endpoint and the operation's HTTP path), a [`Form`] that turns
//! the value into what stands in the ARN, and what an absent field means. `*` and
//! `?` outside placeholders are wildcards. ` || ` separates alternatives: the first one whose fields the request
//! has is used. Reading a rule that is not well formed is an error; the rules are data of ours, and a test reads
//! them all.

use smol_str::SmolStr;

use super::forms::Form;

/// Alternatives, best first. Never empty.
#[derive(Clone, Debug)]
pub struct Template(pub Vec<Pattern>);

/// One way to write the ARN.
#[derive(Clone, Debug)]
pub struct Pattern(pub Vec<Piece>);

#[derive(Clone, Debug)]
pub enum Piece {
    Literal(SmolStr),
    Any,
    AnyOne,
    Own(Own),
    Field(Slot),
}

/// What a call has besides its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    Partition,
    Region,
    Account,
}

/// A place for a request field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Dotted.
    pub path: SmolStr,
    pub form: Option<Form>,
    /// `*` is a wildcard.
    pub default: Option<SmolStr>,
}

impl Template {
    /// Reads a template; `named` gives the text of `{@name}`.
    pub fn parse(text: &str, named: &dyn Fn(&str) -> Option<String>) -> Result<Self, String> {
        let mut expanded = text.to_owned();
        while let Some(start) = expanded.find("{@") {
            let end = start
                + expanded[start..].find('}').ok_or_else(|| format!("`{text}`: `{{@` is not closed"))?;
            let name = &expanded[start + 2..end];
            let replacement = named(name).ok_or_else(|| format!("`{text}`: no ARN is named `{name}`"))?;
            if replacement.contains(&format!("{{@{name}}}")) {
                return Err(format!("`{name}` refers to itself"));
            }
            expanded.replace_range(start..=end, &replacement);
        }
        expanded.split(" || ").map(Pattern::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '*', '?']) {
            if at > 0 {
                pieces.push(Piece::Literal(rest[..at].into()));
            }
            rest = match rest.as_bytes()[at] {
                b'*' => {
                    pieces.push(Piece::Any);
                    &rest[at + 1..]
                }
                b'?' => {
                    pieces.push(Piece::AnyOne);
                    &rest[at + 1..]
                }
                _ => {
                    let (inside, after) = rest[at + 1..]
                        .split_once('}')
                        .ok_or_else(|| format!("`{text}`: `{{` is not closed"))?;
                    pieces.push(placeholder(inside)?);
                    after
                }
            };
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.into()));
        }
        Ok(Self(pieces))
    }

    pub fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Field(slot) => Some(slot),
            _ => None,
        })
    }
}

fn placeholder(inside: &str) -> Result<Piece, String> {
    match inside {
        "partition" => return Ok(Piece::Own(Own::Partition)),
        "region" => return Ok(Piece::Own(Own::Region)),
        "account" => return Ok(Piece::Own(Own::Account)),
        _ => {}
    }
    let (inside, default) = match inside.split_once('=') {
        Some((inside, default)) => (inside, Some(default.into())),
        None => (inside, None),
    };
    let (path, form) = match inside.split_once('|') {
        Some((path, name)) => {
            (path, Some(Form::from_name(name).ok_or_else(|| format!("there is no form `{name}`"))?))
        }
        None => (inside, None),
    };
    Ok(Piece::Field(Slot { path: path.into(), form, default }))
}
