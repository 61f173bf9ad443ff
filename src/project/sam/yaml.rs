//! A template's text as a tree in which every node knows its line and column. YAML and JSON both come in (JSON is
//! read as the YAML that it is); short tags leave as the long form, `!Ref X` as `{Ref: X}`, so that nothing after
//! this file knows two spellings. Scalars keep their text: an account id with a leading zero stays what it is.
//!
//! Not done here: what an intrinsic function means, and whether the document is a template at all.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, Tag};
use smol_str::SmolStr;

/// Deeper documents are refused; CloudFormation's own templates stay far below.
const MAX_DEPTH: usize = 100;
/// Aliases may not unfold a document beyond this many nodes.
const MAX_NODES: usize = 1_000_000;

#[derive(Clone, Debug)]
pub struct Node {
    pub value: Value,
    /// From 1.
    pub line: u32,
    /// In characters from 1.
    pub column: u32,
}

#[derive(Clone, Debug)]
pub enum Value {
    Scalar {
        text: SmolStr,
        style: Style,
    },
    List(Vec<Node>),
    /// In the document's order; of two equal keys the later wins.
    Map(Vec<(Key, Node)>),
}

/// How a scalar stands in the file, as far as it changes where its text begins or what it may mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Plain,
    Quoted,
    /// `|` and `>`: the text begins on the next line.
    Block,
}

#[derive(Clone, Debug)]
pub struct Key {
    pub text: SmolStr,
    pub line: u32,
    pub column: u32,
}

/// Why a text is not a document, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct Malformed {
    pub line: u32,
    pub column: u32,
    pub reason: String,
}

/// The first document of a text; an empty text is an empty scalar.
pub fn parse(text: &str) -> Result<Node, Malformed> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // YAML allows no tab where JSON does. Inside a JSON string there cannot be one.
    let spaced;
    let text = if text.trim_start().starts_with(['{', '[']) && text.contains('\t') {
        spaced = text.replace('\t', " ");
        &spaced
    } else {
        text
    };
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| scan_error(&error))?;
        if let Some(document) = builder.take(event, span)? {
            return Ok(document);
        }
    }
    Ok(Node::scalar("", Marker::new(0, 1, 0), Style::Plain))
}

fn scan_error(error: &ScanError) -> Malformed {
    malformed(*error.marker(), error.info())
}

fn malformed(at: Marker, reason: &str) -> Malformed {
    Malformed { line: line(at), column: column(at), reason: reason.to_owned() }
}

fn line(at: Marker) -> u32 {
    u32::try_from(at.line()).unwrap_or(u32::MAX).max(1)
}

fn column(at: Marker) -> u32 {
    u32::try_from(at.col()).unwrap_or(u32::MAX - 1) + 1
}

impl Node {
    fn scalar(text: &str, at: Marker, style: Style) -> Self {
        Self { value: Value::Scalar { text: text.into(), style }, line: line(at), column: column(at) }
    }

    /// A mapping with one key, at this node's place: how an intrinsic function looks.
    pub fn call(function: &str, argument: Self) -> Self {
        let (line, column) = (argument.line, argument.column);
        Self {
            value: Value::Map(vec![(Key { text: function.into(), line, column }, argument)]),
            line,
            column,
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Nothing: an empty scalar, `null` or `~`.
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, style: Style::Plain } if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    pub fn list(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    pub fn entries(&self) -> &[(Key, Self)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    pub fn get(&self, name: &str) -> Option<&Self> {
        self.entries().iter().rfind(|(key, _)| key.text == name).map(|(_, value)| value)
    }

    /// The function and its argument, where the node is an intrinsic function.
    pub fn intrinsic(&self) -> Option<(&str, &Self)> {
        match self.entries() {
            [(key, argument)]
                if key.text == "Ref" || key.text == "Condition" || key.text.starts_with("Fn::") =>
            {
                Some((&key.text, argument))
            }
            _ => None,
        }
    }
}

/// An unfinished collection.
struct Open {
    /// The elements of a list; the keys and values of a mapping in turn.
    items: Vec<Node>,
    is_map: bool,
    at: Marker,
    anchor: usize,
    tag: Option<SmolStr>,
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    /// Anchored nodes with their size and depth.
    anchors: HashMap<usize, (Node, usize, usize)>,
    nodes: usize,
}

impl Builder {
    /// The document, once it is complete.
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<Option<Node>, Malformed> {
        let at = span.start;
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                };
                let node = tagged(Node::scalar(&text, at, style), short_tag(tag.as_deref()).as_deref());
                self.finish(node, anchor, at)
            }
            Event::SequenceStart(anchor, tag) => self.begin(false, at, anchor, tag.as_deref()),
            Event::MappingStart(anchor, tag) => self.begin(true, at, anchor, tag.as_deref()),
            Event::SequenceEnd | Event::MappingEnd => {
                let open = self.open.pop().expect("the parser pairs starts and ends");
                let value = if open.is_map { Value::Map(pairs(open.items)) } else { Value::List(open.items) };
                let node = Node { value, line: line(open.at), column: column(open.at) };
                self.finish(tagged(node, open.tag.as_deref()), open.anchor, at)
            }
            Event::Alias(anchor) => {
                let Some((node, size, depth)) = self.anchors.get(&anchor) else {
                    return Err(malformed(at, "an alias stands inside its own anchor"));
                };
                self.nodes += size;
                if self.nodes > MAX_NODES || self.open.len() + depth > MAX_DEPTH {
                    return Err(malformed(at, "too large once its aliases are unfolded"));
                }
                let node = node.clone();
                self.finish(node, 0, at)
            }
            _ => Ok(None),
        }
    }

    fn begin(
        &mut self,
        is_map: bool,
        at: Marker,
        anchor: usize,
        tag: Option<&Tag>,
    ) -> Result<Option<Node>, Malformed> {
        if self.open.len() >= MAX_DEPTH {
            return Err(malformed(at, "nested too deeply"));
        }
        self.open.push(Open { items: Vec::new(), is_map, at, anchor, tag: short_tag(tag) });
        Ok(None)
    }

    fn finish(&mut self, node: Node, anchor: usize, at: Marker) -> Result<Option<Node>, Malformed> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(malformed(at, "too large"));
        }
        if anchor != 0 {
            let (size, depth) = measure(&node);
            self.anchors.insert(anchor, (node.clone(), size, depth));
        }
        match self.open.last_mut() {
            Some(open) => {
                open.items.push(node);
                Ok(None)
            }
            None => Ok(Some(node)),
        }
    }
}

/// How many nodes there are, and how deep they nest.
fn measure(node: &Node) -> (usize, usize) {
    let add = |(size, depth): (usize, usize), child: &Node| {
        let (more, deep) = measure(child);
        (size + more + 1, depth.max(deep + 1))
    };
    match &node.value {
        Value::Scalar { .. } => (1, 0),
        Value::List(items) => items.iter().fold((1, 1), add),
        Value::Map(entries) => entries.iter().map(|(_, value)| value).fold((1, 1), add),
    }
}

/// Keys and values in turn, as a mapping; `<<` merges what it names beneath the mapping's own keys.
fn pairs(items: Vec<Node>) -> Vec<(Key, Node)> {
    let mut own = Vec::new();
    let mut merged = Vec::new();
    let mut items = items.into_iter();
    while let (Some(key), Some(value)) = (items.next(), items.next()) {
        let text: SmolStr = key.as_str().unwrap_or_default().into();
        if text != "<<" {
            own.push((Key { text, line: key.line, column: key.column }, value));
            continue;
        }
        let sources = match value.value {
            Value::List(sources) => sources,
            _ => vec![value],
        };
        // Of several merged mappings the first wins, and lookup takes the last entry.
        for source in sources.into_iter().rev() {
            if let Value::Map(entries) = source.value {
                merged.extend(entries);
            }
        }
    }
    if merged.is_empty() {
        return own;
    }
    merged.retain(|(key, _)| !own.iter().any(|(other, _)| other.text == key.text));
    merged.extend(own);
    merged
}

/// The name of an application tag: `Ref` of `!Ref`. YAML's own tags say nothing that we need.
fn short_tag(tag: Option<&Tag>) -> Option<SmolStr> {
    tag.filter(|tag| tag.handle == "!" && !tag.suffix.is_empty()).map(|tag| tag.suffix.as_str().into())
}

/// The long form of a node under a short tag.
fn tagged(node: Node, tag: Option<&str>) -> Node {
    match tag {
        None => node,
        Some(name @ ("Ref" | "Condition")) => Node::call(name, node),
        Some(name) => Node::call(&format!("Fn::{name}"), node),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn short_tags_become_the_long_form_and_keep_their_place() {
        let document = parse("a:\n  b: !GetAtt X.Arn\n").unwrap();
        let value = document.get("a").and_then(|a| a.get("b")).unwrap();
        assert_eq!(
            value.intrinsic().map(|(name, argument)| (name, argument.as_str())),
            Some(("Fn::GetAtt", Some("X.Arn")))
        );
        assert_eq!(value.line, 2);
    }

    #[test]
    fn a_number_with_a_leading_zero_keeps_its_text() {
        assert_eq!(parse("id: 012345678901").unwrap().get("id").unwrap().as_str(), Some("012345678901"));
    }

    #[test]
    fn json_with_tabs_is_read() {
        let document = parse("{\n\t\"a\": {\n\t\t\"b\": [\"c\"]\n\t}\n}").unwrap();
        assert_eq!(document.get("a").and_then(|a| a.get("b")).unwrap().list()[0].line, 3);
    }

    #[test]
    fn aliases_and_merge_keys_unfold() {
        let document = parse("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\n").unwrap();
        let used = document.get("use").unwrap();
        assert_eq!(
            (used.get("x").unwrap().as_str(), used.get("y").unwrap().as_str()),
            (Some("1"), Some("3"))
        );
    }

    #[test]
    fn an_alias_bomb_is_refused() {
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..9 {
            let list = vec![format!("*a{}", level - 1); 10].join(",");
            writeln!(bomb, "a{level}: &a{level} [{list}]").unwrap();
        }
        assert!(parse(&bomb).unwrap_err().reason.contains("too large"));
    }

    #[test]
    fn deep_nesting_is_refused_and_does_not_overflow() {
        assert!(parse(&"[".repeat(5000)).is_err());
        let deep: Vec<_> = (0..3000).map(|depth| " ".repeat(depth) + "a:").collect();
        assert!(parse(&deep.join("\n")).is_err());
    }
}
