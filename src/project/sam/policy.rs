//! A policy document of a template as a [`Document`]: strings become patterns, so a `*` that stands in the template
//! is the wildcard that IAM reads there, and expressions stay what they are.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::template::Template;
use super::yaml::{Node, Value};
use crate::model::{
    Action, Actions, Condition, Document, Effect, Part, Principals, Resources, Statement, Text,
};
use crate::project::Written;

/// A document and where each of its statements stands.
pub struct PolicyHere {
    pub document: Document,
    pub written: Vec<Written>,
    /// False where a statement could not be read; it was noted.
    pub whole: bool,
}

impl Template<'_> {
    /// None, and a note, for what is no policy document.
    pub fn policy(&self, node: &Node) -> Option<PolicyHere> {
        let mut document = Document::default();
        if let Some(version) = self.literal_at(node, "Version") {
            document.version = version;
        }
        document.id = self.literal_at(node, "Id");
        let statements = Self::at(node, "Statement");
        if statements.is_empty() {
            self.note(node, "unreadable-policy", "a policy document without statements");
            return None;
        }
        let (mut written, mut whole) = (Vec::new(), true);
        for node in statements.into_iter().flat_map(Self::elements) {
            match self.statement(node) {
                Some(statement) => {
                    let by_sid = statement.sid.as_ref().is_some_and(|sid| sid.starts_with("Keep"));
                    written.push(Written { place: self.place(node), kept: by_sid || self.is_kept(node) });
                    document.statements.push(statement);
                }
                None => whole = false,
            }
        }
        Some(PolicyHere { document, written, whole })
    }

    fn statement(&self, node: &Node) -> Option<Statement> {
        let effect = match self.literal_at(node, "Effect").as_deref() {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            _ => {
                self.note(
                    node,
                    "unreadable-policy",
                    "a statement whose `Effect` is neither `Allow` nor `Deny`",
                );
                return None;
            }
        };
        let actions = match (self.patterns(node, "Action"), self.patterns(node, "NotAction")) {
            (Some(only), _) => Actions::Only(actions(&only)),
            (None, Some(except)) => Actions::Except(actions(&except)),
            (None, None) => {
                self.note(node, "unreadable-policy", "a statement without `Action`");
                return None;
            }
        };
        let resources = match (self.patterns(node, "Resource"), self.patterns(node, "NotResource")) {
            (Some(only), _) => Some(Resources::Only(only)),
            (None, except) => except.map(Resources::Except),
        };
        let principals = match (node.get("Principal"), node.get("NotPrincipal")) {
            (Some(only), _) => Some(Principals::Only(json(only))),
            (None, except) => except.map(|except| Principals::Except(json(except))),
        };
        let sid = self.literal_at(node, "Sid");
        Some(Statement { sid, effect, principals, actions, resources, condition: self.condition(node) })
    }

    fn condition(&self, statement: &Node) -> Condition {
        let mut condition = Condition::new();
        for (operator, keys) in Self::at(statement, "Condition").into_iter().flat_map(Node::entries) {
            let into = condition.entry(operator.text.clone()).or_default();
            for (key, values) in keys.entries() {
                let texts = Self::elements(values).into_iter().flat_map(|value| self.texts(value));
                let values: BTreeSet<_> = texts.map(|text| wildcards(&text)).collect();
                into.entry(key.text.clone()).or_default().extend(values);
            }
        }
        condition.retain(|_, keys| !keys.is_empty());
        condition
    }

    /// The strings of a property that is one or a list; none where it is absent.
    fn patterns(&self, node: &Node, property: &str) -> Option<Vec<Text>> {
        let values = Self::at(node, property);
        if values.is_empty() {
            return None;
        }
        let elements = values.into_iter().flat_map(Self::elements);
        Some(elements.flat_map(|value| self.texts(value)).map(|text| wildcards(&text)).collect())
    }
}

/// The literals of a template, read as IAM reads them.
fn wildcards(text: &Text) -> Text {
    text.map(|part| match part {
        Part::Literal(literal) => Text::parse_pattern(literal),
        part => part.clone().into(),
    })
}

fn actions(texts: &[Text]) -> Vec<Action> {
    texts.iter().map(|text| Action::new(text.to_pattern())).collect()
}

fn json(node: &Node) -> Json {
    match &node.value {
        Value::Scalar { text, .. } => Json::String(text.to_string()),
        Value::List(items) => Json::Array(items.iter().map(json).collect()),
        Value::Map(entries) => {
            Json::Object(entries.iter().map(|(key, value)| (key.text.to_string(), json(value))).collect())
        }
    }
}
