//! A template as its readers see it: nodes by their paths in every branch of `Fn::If`, resources by their ids and
//! types, and the notes that reading makes. What an expression comes to is in `expression`.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use indexmap::IndexMap;
use smol_str::SmolStr;

use super::expression::unique;
use super::yaml::{Key, Node, Value};
use crate::model::{Note, Place, Text};
use crate::project::Choices;

pub struct Template<'a> {
    pub root: &'a Node,
    /// Relative to the analysed folder.
    pub file: SmolStr,
    pub choices: &'a Choices,
    /// The type of every logical id, those that SAM generates included.
    pub kinds: IndexMap<SmolStr, SmolStr>,
    by_id: HashMap<&'a str, &'a Node>,
    by_kind: HashMap<&'a str, Vec<(&'a Key, &'a Node)>>,
    /// Lines that a comment `# scopedown: keep` marks.
    pub kept_lines: BTreeSet<u32>,
    notes: RefCell<BTreeSet<Note>>,
}

impl<'a> Template<'a> {
    pub fn new(root: &'a Node, file: SmolStr, choices: &'a Choices) -> Self {
        let mut by_id = HashMap::new();
        let mut by_kind: HashMap<_, Vec<_>> = HashMap::new();
        for (key, node) in root.get("Resources").map_or(&[][..], Node::entries) {
            by_id.insert(key.text.as_str(), node);
            let kind = node.get("Type").and_then(Node::as_str);
            if let (Some(kind), Some(properties)) = (kind, node.get("Properties")) {
                by_kind.entry(kind).or_default().push((key, properties));
            }
        }
        let (kinds, kept_lines) = (IndexMap::new(), BTreeSet::new());
        Self { root, file, choices, kinds, by_id, by_kind, kept_lines, notes: RefCell::default() }
    }

    /// Whether a comment keeps what begins here.
    pub fn is_kept(&self, node: &Node) -> bool {
        self.kept_lines.contains(&node.line)
    }

    pub fn place(&self, node: &Node) -> Place {
        Place { file: self.file.clone(), line: node.line, column: node.column }
    }

    pub fn place_of(&self, key: &Key) -> Place {
        Place { file: self.file.clone(), line: key.line, column: key.column }
    }

    pub fn note(&self, at: &Node, rule: &'static str, message: impl Into<String>) {
        self.notes.borrow_mut().insert(Note::new(rule, message).at(self.file.clone(), at.line, at.column));
    }

    pub fn take_notes(&self) -> Vec<Note> {
        std::mem::take(&mut *self.notes.borrow_mut()).into_iter().collect()
    }

    /// The declared resources: logical id and body.
    pub fn resources(&self) -> impl Iterator<Item = (&'a Key, &'a Node)> {
        let entries = self.root.get("Resources").map_or(&[][..], Node::entries);
        entries.iter().filter(|(_, node)| node.get("Type").is_some()).map(|(key, node)| (key, node))
    }

    /// The resources of one type, in the template's order: logical id and properties.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = (&'a Key, &'a Node)> + use<'a> {
        self.by_kind.get(kind).cloned().unwrap_or_default().into_iter()
    }

    pub fn resource(&self, id: &str) -> Option<&'a Node> {
        self.by_id.get(id).copied()
    }

    pub fn kind(&self, id: &str) -> Option<&str> {
        self.kinds.get(id).map(SmolStr::as_str)
    }

    /// A node, or what the branches of its `Fn::If` may put in its place.
    pub fn branches(node: &Node) -> Vec<&Node> {
        match node.intrinsic() {
            Some(("Fn::If", argument)) => {
                argument.list().iter().skip(1).take(2).flat_map(Self::branches).collect()
            }
            Some(("Ref", argument)) if argument.as_str() == Some("AWS::NoValue") => Vec::new(),
            _ if node.is_null() => Vec::new(),
            _ => vec![node],
        }
    }

    /// The nodes at a dotted path, in every branch; `[]` steps into a list.
    pub fn at<'n>(node: &'n Node, path: &str) -> Vec<&'n Node> {
        let mut found = Self::branches(node);
        for step in path.split('.').filter(|step| !step.is_empty()) {
            let (name, into_list) = step.strip_suffix("[]").map_or((step, false), |name| (name, true));
            found = found.iter().filter_map(|node| node.get(name)).flat_map(Self::branches).collect();
            if into_list {
                found = found.iter().flat_map(|node| node.list()).flat_map(Self::branches).collect();
            }
        }
        found
    }

    /// What the property at a path may be; nothing where it is absent.
    pub fn texts_at(&self, node: &Node, path: &str) -> Vec<Text> {
        unique(Self::at(node, path).into_iter().flat_map(|found| self.texts(found)).collect())
    }

    /// The one literal at a path.
    pub fn literal_at(&self, node: &Node, path: &str) -> Option<SmolStr> {
        match self.texts_at(node, path).as_slice() {
            [only] => self.resolved(only).as_literal().filter(|text| !text.is_empty()).map(SmolStr::from),
            _ => None,
        }
    }

    /// The elements of a list or of a single value, in every branch.
    pub fn elements(node: &Node) -> Vec<&Node> {
        let branches = Self::branches(node);
        branches
            .into_iter()
            .flat_map(|node| match &node.value {
                Value::List(items) => items.iter().flat_map(Self::branches).collect(),
                _ => vec![node],
            })
            .collect()
    }
}
