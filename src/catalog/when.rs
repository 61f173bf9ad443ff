//! The condition under which a call needs an action: a question about the request's fields, asked in the
//! overrides and answered from what the code shows. `None` is "cannot tell": a field whose value is not
//! known, or a mapping that may hold keys nobody saw. `action-maps/overrides/README.md` gives the language.

use std::fmt;

use serde::Deserialize;
use smol_str::SmolStr;

use crate::model::{Field, Text};

/// Any of these holds, each being all of its clauses. Never, where there is none.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Source")]
pub struct When(Vec<Vec<Clause>>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Clause {
    path: SmolStr,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Present,
    Absent,
    Equals(SmolStr),
    Begins(SmolStr),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Source {
    One(String),
    Any(Vec<String>),
}

impl When {
    /// Holds when the field is there.
    pub(super) fn present(field: SmolStr) -> Self {
        Self(vec![vec![Clause { path: field, test: Test::Present }]])
    }

    /// Whether the condition holds for a request. `None` where the request does not show it.
    pub fn holds(&self, input: &Field) -> Option<bool> {
        any(self.0.iter().map(|clauses| {
            let negated = clauses.iter().map(|clause| clause.holds(input).map(|holds| !holds));
            any(negated).map(|fails| !fails)
        }))
    }

    /// No request makes it hold as far as we know.
    pub fn is_never(&self) -> bool {
        self.0.is_empty()
    }

    /// For people: "the request has `ACL` or `GrantRead`".
    pub fn in_words(&self) -> String {
        let fields: Vec<&str> = self
            .0
            .iter()
            .filter_map(|clauses| match clauses.as_slice() {
                [Clause { path, test: Test::Present }] => Some(path.as_str()),
                _ => None,
            })
            .collect();
        let mut alternatives: Vec<String> = Vec::new();
        if let Some((last, others)) = fields.split_last() {
            let others: Vec<String> = others.iter().map(|field| format!("`{field}`")).collect();
            let or = if others.is_empty() { "" } else { " or " };
            alternatives.push(format!("the request has {}{or}`{last}`", others.join(", ")));
        }
        let rest =
            self.0.iter().filter(|clauses| !matches!(clauses[..], [Clause { test: Test::Present, .. }]));
        alternatives.extend(
            rest.map(|clauses| clauses.iter().map(Clause::in_words).collect::<Vec<_>>().join(" and ")),
        );
        if alternatives.is_empty() { "never".to_owned() } else { alternatives.join(", or ") }
    }

    /// The paths that it asks about.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flatten().map(|clause| clause.path.as_str())
    }
}

impl Clause {
    fn parse(text: &str) -> Result<Self, String> {
        let (path, test) = if let Some(path) = text.strip_prefix('!') {
            (path, Test::Absent)
        } else if let Some((path, value)) = text.split_once(" == ") {
            (path, Test::Equals(value.into()))
        } else if let Some((path, word)) = text.split_once(" ~ ") {
            (path, Test::Begins(word.into()))
        } else {
            (text, Test::Present)
        };
        let names_a_field =
            |step: &str| !step.is_empty() && !step.contains(|char: char| char.is_whitespace());
        if path.split('.').all(names_a_field) {
            Ok(Self { path: path.into(), test })
        } else {
            Err(format!("`{text}` is no condition"))
        }
    }

    fn in_words(&self) -> String {
        let path = &self.path;
        match &self.test {
            Test::Present => format!("the request has `{path}`"),
            Test::Absent => format!("the request has no `{path}`"),
            Test::Equals(value) => format!("`{path}` is `{value}`"),
            Test::Begins(word) => format!("`{path}` begins with `{word}`"),
        }
    }

    fn holds(&self, input: &Field) -> Option<bool> {
        let found = Found::at(input, &self.path);
        match &self.test {
            Test::Present => found.is_present(),
            Test::Absent => found.is_present().map(|present| !present),
            Test::Equals(value) => {
                found.any_text(|text| text.as_literal().map(|literal| same(literal, value)))
            }
            Test::Begins(word) => found.any_text(|text| begins(text, word)),
        }
    }
}

/// The fields at a path, and whether there may be more that were not seen.
struct Found<'a> {
    fields: Vec<&'a Field>,
    hidden: bool,
}

impl<'a> Found<'a> {
    fn at(input: &'a Field, path: &str) -> Self {
        let mut found = Self { fields: vec![input], hidden: false };
        for step in path.split('.') {
            let (name, elements) = step.strip_suffix("[]").map_or((step, false), |name| (name, true));
            found = found.step(|field, next| next.enter(field, name));
            if elements {
                found = found.step(|field, next| match field {
                    Field::List(items) => next.fields.extend(items),
                    Field::Unknown => next.hidden = true,
                    _ => {}
                });
            }
        }
        found
    }

    fn step(&self, visit: impl Fn(&'a Field, &mut Self)) -> Self {
        let mut next = Self { fields: Vec::new(), hidden: self.hidden };
        self.fields.iter().for_each(|field| visit(field, &mut next));
        next
    }

    fn enter(&mut self, field: &'a Field, name: &str) {
        match field {
            Field::Map { entries, complete } => {
                let before = self.fields.len();
                for (key, value) in entries {
                    match key.as_literal() {
                        Some(literal) if literal == name || name == "*" => self.fields.push(value),
                        None if name == "*" => self.fields.push(value),
                        Some(_) => {}
                        None => self.hidden = true,
                    }
                }
                self.hidden |= !complete && self.fields.len() == before;
            }
            Field::Unknown => self.hidden = true,
            _ => {}
        }
    }

    fn is_present(&self) -> Option<bool> {
        if self.fields.is_empty() && self.hidden { None } else { Some(!self.fields.is_empty()) }
    }

    fn any_text(&self, test: impl Fn(&Text) -> Option<bool>) -> Option<bool> {
        let hidden = self.hidden.then_some(None);
        any(self
            .fields
            .iter()
            .flat_map(|field| match field {
                Field::Text(texts) => texts.iter().map(&test).collect(),
                Field::Unknown => vec![None],
                _ => Vec::new(),
            })
            .chain(hidden))
    }
}

/// `True` and `true` are one truth in two languages; other texts are what they are.
fn same(literal: &str, value: &str) -> bool {
    literal == value || (matches!(value, "true" | "false") && literal.eq_ignore_ascii_case(value))
}

/// "or" of three values.
fn any(answers: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut outcome = Some(false);
    for answer in answers {
        match answer {
            Some(true) => return Some(true),
            Some(false) => {}
            None => outcome = None,
        }
    }
    outcome
}

fn begins(text: &Text, word: &str) -> Option<bool> {
    let known = text.leading_literal().trim_start();
    let shared = known.len().min(word.len());
    let agrees = known.as_bytes()[..shared].eq_ignore_ascii_case(&word.as_bytes()[..shared]);
    let decided = !agrees || shared == word.len() || text.as_literal().is_some();
    decided.then_some(agrees && shared == word.len())
}

impl TryFrom<Source> for When {
    type Error = String;

    fn try_from(source: Source) -> Result<Self, String> {
        let alternatives = match source {
            Source::One(text) if text == "never" => Vec::new(),
            Source::One(text) => vec![text],
            Source::Any(texts) => texts,
        };
        let parse = |text: &String| text.split(" and ").map(Clause::parse).collect();
        alternatives.iter().map(parse).collect::<Result<_, _>>().map(Self)
    }
}

/// As the overrides spell it; alternatives are joined by ` or `.
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_never() {
            return f.write_str("never");
        }
        for (index, clauses) in self.0.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { " or " })?;
            for (index, clause) in clauses.iter().enumerate() {
                f.write_str(if index == 0 { "" } else { " and " })?;
                clause.fmt(f)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match &self.test {
            Test::Present => f.write_str(path),
            Test::Absent => write!(f, "!{path}"),
            Test::Equals(value) => write!(f, "{path} == {value}"),
            Test::Begins(word) => write!(f, "{path} ~ {word}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn when(text: &str) -> When {
        When::try_from(Source::One(text.to_owned())).unwrap()
    }

    fn map(entries: &[(&str, Field)], complete: bool) -> Field {
        let entries = entries.iter().map(|(key, value)| (Text::literal(key), value.clone())).collect();
        Field::Map { entries, complete }
    }

    fn text(value: &str) -> Field {
        Field::Text(vec![Text::literal(value)])
    }

    #[test]
    fn a_field_is_present_absent_or_hidden() {
        let shown = map(&[("Tagging", Field::Unknown)], false);
        assert_eq!(when("Tagging").holds(&shown), Some(true));
        assert_eq!(when("!Tagging").holds(&shown), Some(false));
        assert_eq!(when("ACL").holds(&shown), None);
        assert_eq!(when("ACL").holds(&map(&[], true)), Some(false));
        assert_eq!(when("Tagging.Set").holds(&shown), None);
        assert_eq!(when("never").holds(&shown), Some(false));
    }

    #[test]
    fn list_elements_are_alternatives() {
        let plain = map(&[("Key", text("a"))], true);
        let versioned = map(&[("Key", text("a")), ("VersionId", text("1"))], true);
        let delete = |items| map(&[("Delete", map(&[("Objects", Field::List(items))], true))], true);
        let condition = when("Delete.Objects[].VersionId");
        assert_eq!(condition.holds(&delete(vec![plain.clone(), versioned])), Some(true));
        assert_eq!(condition.holds(&delete(vec![plain.clone()])), Some(false));
        assert_eq!(condition.holds(&delete(vec![plain, Field::Unknown])), None);
    }

    #[test]
    fn texts_are_compared_as_far_as_they_are_known() {
        let statement = |text: Text| map(&[("Statement", Field::Text(vec![text]))], true);
        let select = when("Statement ~ SELECT");
        assert_eq!(select.holds(&statement(Text::literal("\n select * from t"))), Some(true));
        assert_eq!(select.holds(&statement(Text::literal("DELETE FROM t"))), Some(false));
        assert_eq!(select.holds(&statement(Text::literal("SEL"))), Some(false));
        assert_eq!(select.holds(&statement(Text::literal("SEL").then(&Text::unknown()))), None);
        assert_eq!(select.holds(&statement(Text::literal("INS").then(&Text::unknown()))), Some(false));
        let mode = when("Mode == A and !Other");
        assert_eq!(mode.holds(&map(&[("Mode", text("A"))], true)), Some(true));
        assert_eq!(mode.holds(&map(&[("Mode", text("A"))], false)), None);
        assert_eq!(mode.holds(&map(&[("Mode", text("B"))], false)), Some(false));
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(When::try_from(Source::One("A or B".to_owned())).is_err());
        assert!(When::try_from(Source::One(String::new())).is_err());
    }
}
