//! A policy document with the very text that it was written in. IAM gives back a document as it was put, and a
//! backup must hold that; everything that reasons about the document reads the parsed form.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use smol_str::SmolStr;

use super::source_text::line;
use crate::model::Document;
use crate::policy;

/// Two are equal when they are the same document, whatever the white space and the order of keys.
#[derive(Clone, Debug)]
pub struct PolicyText {
    text: String,
    document: Option<Document>,
    /// None for what was not read from a file.
    source: Option<Source>,
}

/// Where a document stands in a file.
#[derive(Clone, Debug)]
struct Source {
    file: SmolStr,
    text: Arc<str>,
    start: usize,
    path: String,
}

impl PolicyText {
    /// The text of a document of ours.
    pub fn new(document: Document) -> Self {
        Self { text: format!("{:#}", policy::print(&document)), document: Some(document), source: None }
    }

    /// Keeps the text whatever it says. The second value is why it could not be read as a policy.
    pub fn read(text: impl Into<String>) -> (Self, Option<String>) {
        let text = text.into();
        let parsed = serde_json::from_str::<Value>(&text)
            .map_err(|error| error.to_string())
            .and_then(|value| policy::parse(&value).map_err(|error| error.to_string()));
        match parsed {
            Ok(document) => (Self { text, document: Some(document), source: None }, None),
            Err(problem) => (Self { text, document: None, source: None }, Some(problem)),
        }
    }

    /// Says where it was read: at `path` in the value that begins at `start` of the file's text.
    #[must_use]
    pub fn read_at(mut self, file: &str, text: &Arc<str>, start: usize, path: &str) -> Self {
        self.source =
            Some(Source { file: file.into(), text: Arc::clone(text), start, path: path.to_owned() });
        self
    }

    /// File and line of an element: `.Statement[1].Action[0]`.
    pub fn place(&self, element: &str) -> Option<(SmolStr, u32)> {
        let Source { file, text, start, path } = self.source.as_ref()?;
        Some((file.clone(), line(text, *start, &format!("{path}{element}"))))
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// None for a text that is no policy as far as we can read.
    pub fn document(&self) -> Option<&Document> {
        self.document.as_ref()
    }

    /// As JSON; a text that is none is a string.
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| Value::String(self.text.clone()))
    }

    /// In characters, as IAM counts them: without white space.
    pub fn size(&self) -> usize {
        self.text.chars().filter(|letter| !letter.is_whitespace()).count()
    }
}

impl PartialEq for PolicyText {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
            || match (&self.document, &other.document) {
                (Some(own), Some(other)) => own == other,
                _ => self.value() == other.value(),
            }
    }
}

impl Serialize for PolicyText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for PolicyText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::read(String::deserialize(deserializer)?).0)
    }
}

/// IAM's interface gives documents with `%` escapes (RFC 3986). What is no escape is left as it is.
pub fn decoded(text: &str) -> String {
    if text.trim_start().starts_with('{') || !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%').then(|| bytes.get(at + 1..at + 3)).flatten();
        let byte = escaped.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        plain.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8(plain).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escaped_document_is_decoded_once() {
        assert_eq!(decoded("%7B%22a%22%3A%22100%2525%20%C3%A9%22%7D"), r#"{"a":"100%25 é"}"#);
        assert_eq!(decoded(r#"{"Resource": "a%2Fb"}"#), r#"{"Resource": "a%2Fb"}"#);
        assert_eq!(decoded("%zz%2"), "%zz%2");
    }

    #[test]
    fn white_space_and_the_order_of_keys_make_no_difference() {
        let (one, _) = PolicyText::read(r#"{"Version":"2012-10-17","Statement":[]}"#);
        let (two, problem) = PolicyText::read("{ \"Statement\": [],\n \"Version\": \"2012-10-17\" }");
        assert_eq!((one == two, problem), (true, None));
        let (none, problem) = PolicyText::read("{}}");
        assert!(none.document().is_none() && problem.is_some() && none.text() == "{}}");
    }
}
