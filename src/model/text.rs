//! A string of which some stretches are known and others only by name: `arn:…:table/` followed by "what
//! `Ref OrdersTable` gives". It is the one type for values in code, expressions in templates, resources in
//! grants and patterns in policies, so a value never loses its name on the way from a line of code to the
//! emitted template.
//!
//! A literal is data: a `*` inside it stands for itself and is escaped when a pattern is printed. A wildcard
//! that is meant is [`Part::Any`] or [`Part::AnyOne`].

use std::fmt;

use smol_str::{SmolStr, SmolStrBuilder};

/// What an unresolved stretch of text is known to look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shape {
    /// A plain name or identifier; also "not known to be anything else".
    Name,
    /// A whole ARN.
    Arn,
    /// A URL, such as an SQS queue URL or an HTTP endpoint.
    Url,
}

/// The pseudo parameters of CloudFormation; every dialect's account and region expressions become these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pseudo {
    Partition,
    Region,
    AccountId,
    UrlSuffix,
    StackName,
    StackId,
}

impl Pseudo {
    pub const ALL: [Self; 6] =
        [Self::Partition, Self::Region, Self::AccountId, Self::UrlSuffix, Self::StackName, Self::StackId];

    /// `AWS::Region` and its kind.
    pub fn name(self) -> &'static str {
        match self {
            Self::Partition => "AWS::Partition",
            Self::Region => "AWS::Region",
            Self::AccountId => "AWS::AccountId",
            Self::UrlSuffix => "AWS::URLSuffix",
            Self::StackName => "AWS::StackName",
            Self::StackId => "AWS::StackId",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pseudo| pseudo.name() == name)
    }
}

/// One stretch of a [`Text`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    Literal(SmolStr),
    Pseudo(Pseudo),
    /// An environment variable that nothing binds.
    Env(SmolStr),
    /// A value of the invocation's event; the path is dotted, `[]` for any index: `Records[].s3.bucket.name`.
    Event(SmolStr),
    /// What `Ref` (no attribute) or `GetAtt` gives of a resource of the template. `Arn` as the attribute
    /// always means "the ARN of this resource", also for types whose template spelling of that differs.
    Resource {
        id: SmolStr,
        attribute: Option<SmolStr>,
        shape: Shape,
    },
    /// A template parameter without a value.
    Parameter(SmolStr),
    /// An IAM policy variable, such as `aws:username`.
    Variable(SmolStr),
    /// A wildcard that is meant: `*`.
    Any,
    /// A wildcard for exactly one character: `?`.
    AnyOne,
    /// Could not be resolved; printed as `*`.
    Unknown,
}

impl Part {
    /// Whether the part stands for a whole ARN, as far as its kind or its name tells (`TOPIC_ARN`).
    pub fn looks_like_arn(&self) -> bool {
        match self {
            Self::Resource { shape, .. } => *shape == Shape::Arn,
            Self::Env(name) | Self::Parameter(name) => {
                name.len() >= 3 && name[name.len() - 3..].eq_ignore_ascii_case("arn")
            }
            Self::Event(path) => path.ends_with("ARN") || path.ends_with("Arn") || path.ends_with("_arn"),
            _ => false,
        }
    }
}

/// A sequence of parts; adjacent literals are always joined, so equal texts compare equal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text(Vec<Part>);

impl Text {
    pub fn literal(text: impl AsRef<str>) -> Self {
        let mut built = Self::default();
        built.push_str(text.as_ref());
        built
    }

    pub fn any() -> Self {
        Self(vec![Part::Any])
    }

    pub fn unknown() -> Self {
        Self(vec![Part::Unknown])
    }

    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The whole text, when nothing in it is unresolved or a wildcard.
    pub fn as_literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// The only part, where the text is exactly one part.
    pub fn as_part(&self) -> Option<&Part> {
        match self.0.as_slice() {
            [part] => Some(part),
            _ => None,
        }
    }

    /// The literal that the text begins with; empty where it begins with something else.
    pub fn leading_literal(&self) -> &str {
        match self.0.first() {
            Some(Part::Literal(text)) => text,
            _ => "",
        }
    }

    pub fn trailing_literal(&self) -> &str {
        match self.0.last() {
            Some(Part::Literal(text)) => text,
            _ => "",
        }
    }

    /// Whether a name begins and ends as the text does.
    pub fn may_be(&self, name: &str) -> bool {
        if let Some(literal) = self.as_literal() {
            return literal == name;
        }
        let (lead, trail) = (self.leading_literal(), self.trailing_literal());
        name.len() >= lead.len() + trail.len() && name.starts_with(lead) && name.ends_with(trail)
    }

    pub fn is_wildcard(&self) -> bool {
        self.0 == [Part::Any] || self.0 == [Part::Unknown]
    }

    /// Whether nothing at all is known of it: neither a literal nor a name.
    pub fn is_unknown(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|part| *part == Part::Unknown)
    }

    /// Whether the text is an ARN: literally, or by what its first part is known to be.
    pub fn is_arn(&self) -> bool {
        match self.0.first() {
            Some(Part::Literal(text)) => text.starts_with("arn:"),
            Some(part) => part.looks_like_arn(),
            None => false,
        }
    }

    pub fn push_str(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(Part::Literal(last)) = self.0.last_mut() {
            let mut joined = SmolStrBuilder::new();
            joined.push_str(last);
            joined.push_str(text);
            *last = joined.finish();
        } else {
            self.0.push(Part::Literal(text.into()));
        }
    }

    pub fn push(&mut self, part: Part) {
        match part {
            Part::Literal(text) => self.push_str(&text),
            // Two neighbours that can be anything are one; a longer text says nothing more.
            Part::Any | Part::Unknown if matches!(self.0.last(), Some(Part::Any | Part::Unknown)) => {}
            part => self.0.push(part),
        }
    }

    pub fn append(&mut self, other: &Self) {
        other.0.iter().for_each(|part| self.push(part.clone()));
    }

    #[must_use]
    pub fn then(mut self, other: &Self) -> Self {
        self.append(other);
        self
    }

    /// What stands before and after the first occurrence of `separator` in a literal part.
    pub fn split_once(&self, separator: &str) -> Option<(Self, Self)> {
        self.0.iter().enumerate().find_map(|(index, part)| {
            let Part::Literal(literal) = part else { return None };
            let (before, after) = literal.split_once(separator)?;
            let head: Self = self.0[..index].iter().cloned().collect();
            let mut tail = Self::literal(after);
            self.0[index + 1..].iter().for_each(|part| tail.push(part.clone()));
            Some((head.then(&Self::literal(before)), tail))
        })
    }

    /// Every part replaced by a text.
    #[must_use]
    pub fn map(&self, mut replace: impl FnMut(&Part) -> Self) -> Self {
        let mut mapped = Self::default();
        for part in &self.0 {
            mapped.append(&replace(part));
        }
        mapped
    }

    /// Reads an IAM pattern: `*` and `?` are wildcards, `${*}` `${?}` `${$}` those characters, and any other
    /// `${name}` a policy variable. A `${` that is never closed is literal.
    pub fn parse_pattern(pattern: &str) -> Self {
        let mut text = Self::default();
        let mut rest = pattern;
        while let Some(at) = rest.find(['*', '?', '$']) {
            text.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some(after) = rest.strip_prefix("${")
                && let Some(end) = after.find('}')
            {
                match &after[..end] {
                    escaped @ ("*" | "?" | "$") => text.push_str(escaped),
                    name => text.push(Part::Variable(name.into())),
                }
                rest = &after[end + 1..];
                continue;
            }
            match rest.as_bytes()[0] {
                b'*' => text.push(Part::Any),
                b'?' => text.push(Part::AnyOne),
                _ => text.push_str("$"),
            }
            rest = &rest[1..];
        }
        text.push_str(rest);
        text
    }

    /// Prints the IAM pattern: unresolved parts become `*`, wildcard characters inside literals are escaped.
    /// The inverse of [`Text::parse_pattern`] for texts without symbolic parts.
    pub fn to_pattern(&self) -> String {
        let mut pattern = String::new();
        for part in &self.0 {
            match part {
                Part::Literal(text) => escape(text, &mut pattern),
                Part::Variable(name) => {
                    pattern.push_str("${");
                    pattern.push_str(name);
                    pattern.push('}');
                }
                Part::AnyOne => pattern.push('?'),
                _ if pattern.ends_with('*') && !pattern.ends_with("${*") => {}
                _ => pattern.push('*'),
            }
        }
        pattern
    }
}

/// Appends `text` as IAM reads it literally.
fn escape(text: &str, into: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find(['*', '?', '$']) {
        into.push_str(&rest[..at]);
        // A lone dollar is only special before a brace.
        if rest[at..].starts_with('$') && !rest[at..].starts_with("${") {
            into.push('$');
        } else {
            into.push_str("${");
            into.push_str(&rest[at..=at]);
            into.push('}');
        }
        rest = &rest[at + 1..];
    }
    into.push_str(rest);
}

impl From<Part> for Text {
    fn from(part: Part) -> Self {
        let mut text = Self::default();
        text.push(part);
        text
    }
}

impl FromIterator<Part> for Text {
    fn from_iter<I: IntoIterator<Item = Part>>(parts: I) -> Self {
        let mut text = Self::default();
        parts.into_iter().for_each(|part| text.push(part));
        text
    }
}

/// For people: `orders-${STAGE}/*`. Not a machine format.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            match part {
                Part::Literal(text) => f.write_str(text)?,
                Part::Pseudo(pseudo) => write!(f, "${{{}}}", pseudo.name())?,
                Part::Env(name) | Part::Parameter(name) | Part::Variable(name) => write!(f, "${{{name}}}")?,
                Part::Event(path) if path.is_empty() => f.write_str("${event}")?,
                Part::Event(path) => write!(f, "${{event.{path}}}")?,
                Part::Resource { id, attribute: None, .. } => write!(f, "${{{id}}}")?,
                Part::Resource { id, attribute: Some(name), .. } => write!(f, "${{{id}.{name}}}")?,
                Part::AnyOne => f.write_str("?")?,
                Part::Any | Part::Unknown => f.write_str("*")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_printed_as_it_was_read() {
        for pattern in ["arn:aws:s3:::b/*", "a?b", "${aws:username}/x", "a${*}b${?}c${$}{d", "$x", ""] {
            assert_eq!(Text::parse_pattern(pattern).to_pattern(), pattern);
        }
    }

    #[test]
    fn a_wildcard_inside_data_is_escaped() {
        assert_eq!(Text::literal("evil*?${x}").to_pattern(), "evil${*}${?}${$}{x}");
    }
}
