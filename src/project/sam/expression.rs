//! Template expressions as texts: `!Sub "${Table}-x"` becomes what is known of the string that it will be. Whatever
//! can take several values (`Fn::If`, a mapping looked up by region) gives all of them, because a policy must fit
//! each. Parameters have the value that was chosen or their default; those without either keep their name.
//!
//! Conditions are never decided: both branches count. Macros, `Fn::Cidr` and other functions whose value a policy
//! cannot use become unknown; those that may hide something are noted.

use smol_str::{SmolStr, format_smolstr};

use super::IMPORT_VALUE;
use super::resource_types::{self, ArnIs, Reference};
use super::template::Template;
use super::yaml::Node;
use crate::model::{Part, Pseudo, Shape, Text};

/// More alternatives than this are taken as "anything", and noted.
const MAX_ALTERNATIVES: usize = 32;

impl<'a> Template<'a> {
    /// What a value may be. Empty for `AWS::NoValue` and for an empty scalar.
    pub fn texts(&self, node: &Node) -> Vec<Text> {
        if let Some(text) = node.as_str() {
            return if node.is_null() { Vec::new() } else { vec![literal(text)] };
        }
        let Some((function, argument)) = node.intrinsic() else {
            return vec![Text::unknown()];
        };
        let texts = match function {
            "Ref" => {
                argument.as_str().map_or_else(|| vec![Text::unknown()], |name| self.reference(name, node))
            }
            "Fn::GetAtt" => self.get_att(argument),
            "Fn::Sub" => self.sub(argument),
            "Fn::Join" => self.join(argument),
            "Fn::Select" => self.select(argument),
            "Fn::If" => Self::branches(node).into_iter().flat_map(|branch| self.texts(branch)).collect(),
            "Fn::FindInMap" => self.find_in_map(argument),
            "Fn::ImportValue" => {
                let named =
                    |name: &Text| Text::from(Part::Parameter(format_smolstr!("{IMPORT_VALUE}{name}")));
                self.texts(argument).iter().map(named).collect()
            }
            "Fn::Transform" => {
                self.note(node, "template-macro", "the value comes from a macro that only AWS can run");
                vec![Text::unknown()]
            }
            _ => vec![Text::unknown()],
        };
        let texts = unique(texts);
        if texts == [Text::unknown()] && !matches!(function, "Ref" | "Fn::GetAtt" | "Fn::Transform") {
            self.note(node, "unknown-value", format!("what `{function}` gives here cannot be told"));
        }
        if texts.len() > MAX_ALTERNATIVES {
            self.note(node, "too-many-alternatives", "the value can be too many things to follow");
            return vec![Text::unknown()];
        }
        texts
    }

    fn reference(&self, name: &str, at: &Node) -> Vec<Text> {
        if name == "AWS::NoValue" {
            return Vec::new();
        }
        if let Some(pseudo) = Pseudo::from_name(name) {
            return vec![Part::Pseudo(pseudo).into()];
        }
        if self.kinds.contains_key(name) {
            return vec![self.resource_part(name, None).into()];
        }
        if let Some(parameter) = self.parameter(name) {
            return vec![self.parameter_value(name, parameter)];
        }
        // SAM's `Ref: Function.Version`.
        if let Some((id, attribute)) = name.split_once('.')
            && self.kinds.contains_key(id)
        {
            return vec![self.resource_part(id, Some(attribute)).into()];
        }
        self.note(
            at,
            "unknown-reference",
            format!("`{name}` is neither a parameter nor a resource of the template"),
        );
        vec![Text::unknown()]
    }

    fn parameter(&self, name: &str) -> Option<&'a Node> {
        self.root.get("Parameters").and_then(|parameters| parameters.get(name))
    }

    /// A value that may be part of a name stays the parameter: what is emitted must fit the stage that it is
    /// deployed to, not the default. ARNs, URLs and paths say too much to be hidden.
    fn parameter_value(&self, name: &str, parameter: &Node) -> Text {
        match self.value_of(name, parameter) {
            Some(value) if !is_name(value) => literal(value),
            _ => Part::Parameter(name.into()).into(),
        }
    }

    /// The chosen value of a parameter, or its default. An empty default says that there is none.
    pub fn value_of<'n>(&'n self, name: &str, parameter: &'n Node) -> Option<&'n str> {
        let kind = parameter.get("Type").and_then(Node::as_str).unwrap_or_default();
        if kind.starts_with("AWS::SSM::Parameter::Value") {
            return None;
        }
        let chosen = self.choices.parameters.get(name).map(SmolStr::as_str);
        chosen.or_else(|| parameter.get("Default").and_then(Node::as_str).filter(|value| !value.is_empty()))
    }

    /// The text with the values of its parameters.
    pub fn resolved(&self, text: &Text) -> Text {
        text.map(|part| match part {
            Part::Parameter(name) => {
                let value = self.parameter(name).and_then(|parameter| self.value_of(name, parameter));
                value.map_or_else(|| part.clone().into(), Text::literal)
            }
            part => part.clone().into(),
        })
    }

    /// What `Ref` or `GetAtt` gives of a resource that exists, in its canonical spelling.
    pub fn resource_part(&self, id: &str, attribute: Option<&str>) -> Part {
        let kind = self.kind(id).unwrap_or_default();
        let known = resource_types::find(kind);
        let Some(attribute) = attribute else {
            let shape = match known.map(|known| known.reference) {
                Some(Reference::Arn) => Shape::Arn,
                Some(Reference::Url) => Shape::Url,
                _ => Shape::Name,
            };
            return Part::Resource { id: id.into(), attribute: None, shape };
        };
        if kind == "AWS::Serverless::Function" && matches!(attribute, "Alias" | "Version") {
            return Part::Resource {
                id: format_smolstr!("{id}.{attribute}"),
                attribute: None,
                shape: Shape::Arn,
            };
        }
        if kind == "AWS::SQS::Queue" && attribute == "QueueUrl" {
            return Part::Resource { id: id.into(), attribute: None, shape: Shape::Url };
        }
        let is_arn = known
            .is_some_and(|known| matches!(known.arn_is, ArnIs::Attribute(name) if name == attribute))
            || (kind == "AWS::SNS::Topic" && attribute == "TopicArn")
            || (kind == "AWS::SecretsManager::Secret" && attribute == "Id");
        if is_arn {
            return Part::Resource { id: id.into(), attribute: Some("Arn".into()), shape: Shape::Arn };
        }
        let shape = if attribute.ends_with("Arn") || attribute.ends_with("ARN") {
            Shape::Arn
        } else if ["Url", "URL", "Uri", "Endpoint"].iter().any(|end| attribute.ends_with(end)) {
            Shape::Url
        } else {
            Shape::Name
        };
        Part::Resource { id: id.into(), attribute: Some(attribute.into()), shape }
    }

    fn get_att(&self, argument: &Node) -> Vec<Text> {
        let (id, attributes) = match argument.list() {
            [id, attribute] => (id.as_str().unwrap_or_default(), self.texts(attribute)),
            _ => match argument.as_str().and_then(|text| text.split_once('.')) {
                Some((id, attribute)) => (id, vec![Text::literal(attribute)]),
                None => return vec![Text::unknown()],
            },
        };
        if !self.kinds.contains_key(id) {
            self.note(argument, "unknown-reference", format!("`{id}` is not a resource of the template"));
            return vec![Text::unknown()];
        }
        let part = |attribute: &Text| match attribute.as_literal() {
            Some(attribute) => self.resource_part(id, Some(attribute)).into(),
            None => Text::unknown(),
        };
        attributes.iter().map(part).collect()
    }

    fn sub(&self, argument: &Node) -> Vec<Text> {
        let (template, values) = match argument.list() {
            [template, values] => (template, Some(values)),
            [template] => (template, None),
            _ => (argument, None),
        };
        let Some(mut rest) = template.as_str() else {
            return vec![Text::unknown()];
        };
        let mut built = vec![Text::default()];
        while let Some(at) = rest.find("${") {
            let Some(end) = rest[at..].find('}').map(|end| at + end) else { break };
            push_all(&mut built, &rest[..at]);
            let name = rest[at + 2..end].trim();
            rest = &rest[end + 1..];
            if let Some(escaped) = name.strip_prefix('!') {
                push_all(&mut built, &format!("${{{escaped}}}"));
                continue;
            }
            let value = match values.and_then(|values| values.get(name)) {
                Some(value) => self.texts(value),
                None => self.substituted(name, template),
            };
            built = product(&built, &value);
        }
        push_all(&mut built, rest);
        built.iter().map(dynamic_references).collect()
    }

    fn substituted(&self, name: &str, at: &Node) -> Vec<Text> {
        match name.split_once('.') {
            Some((id, attribute)) if self.kinds.contains_key(id) => {
                vec![self.resource_part(id, Some(attribute)).into()]
            }
            _ => self.reference(name, at),
        }
    }

    fn join(&self, argument: &Node) -> Vec<Text> {
        let [delimiter, list] = argument.list() else {
            return vec![Text::unknown()];
        };
        let delimiter = Text::literal(delimiter.as_str().unwrap_or_default());
        let Some(lists) = self.lists(list) else {
            return vec![Text::unknown()];
        };
        let joined = lists.iter().map(|items| {
            items.iter().enumerate().fold(Text::default(), |text, (at, item)| {
                if at == 0 { text.then(item) } else { text.then(&delimiter).then(item) }
            })
        });
        joined.collect()
    }

    fn select(&self, argument: &Node) -> Vec<Text> {
        let [index, list] = argument.list() else {
            return vec![Text::unknown()];
        };
        let indexes = self.texts(index);
        let index = indexes.first().map(|index| self.resolved(index));
        let index = index.as_ref().and_then(Text::as_literal).and_then(|text| text.parse::<usize>().ok());
        let (Some(index), Some(lists)) = (index, self.lists(list)) else {
            return vec![Text::unknown()];
        };
        lists.iter().map(|items| items.get(index).cloned().unwrap_or_else(Text::unknown)).collect()
    }

    /// The lists that a value may be; none where that is not known.
    fn lists(&self, node: &Node) -> Option<Vec<Vec<Text>>> {
        match node.intrinsic() {
            None => {
                let mut lists = vec![Vec::new()];
                for item in node.list() {
                    let texts = self.texts(item);
                    if texts.is_empty() {
                        continue;
                    }
                    let longer = |list: &Vec<Text>| {
                        texts
                            .iter()
                            .map(|text| [list.as_slice(), std::slice::from_ref(text)].concat())
                            .collect::<Vec<_>>()
                    };
                    lists = lists.iter().flat_map(longer).collect();
                    if lists.len() > MAX_ALTERNATIVES {
                        return None;
                    }
                }
                Some(lists)
            }
            Some(("Fn::If", _)) => {
                let mut lists = Vec::new();
                for branch in Self::branches(node) {
                    lists.extend(self.lists(branch)?);
                }
                Some(lists)
            }
            Some(("Fn::Split", argument)) => {
                let [delimiter, text] = argument.list() else { return None };
                let delimiter = delimiter.as_str()?;
                self.texts(text).iter().map(|text| split(text, delimiter)).collect()
            }
            Some(("Ref", argument)) => {
                let parameter = self.parameter(argument.as_str()?)?;
                let kind = parameter.get("Type").and_then(Node::as_str).unwrap_or_default();
                if kind != "CommaDelimitedList" && !kind.starts_with("List<") {
                    return None;
                }
                let value = self.value_of(argument.as_str()?, parameter)?;
                let items = value.split(',').map(|item| Text::literal(item.trim()));
                Some(vec![items.collect()])
            }
            Some(_) => None,
        }
    }

    fn find_in_map(&self, argument: &Node) -> Vec<Text> {
        let [map, first, second, ..] = argument.list() else {
            return vec![Text::unknown()];
        };
        let Some(mappings) = self.root.get("Mappings") else {
            self.note(argument, "unknown-mapping", "the template has no mappings");
            return vec![Text::unknown()];
        };
        let mut found = vec![mappings];
        for key in [map, first, second] {
            found = found.into_iter().flat_map(|node| self.looked_up(node, key)).collect();
        }
        if found.is_empty() {
            self.note(argument, "unknown-mapping", "the mapping has no such key");
            return vec![Text::unknown()];
        }
        found.into_iter().flat_map(|node| self.texts(node)).collect()
    }

    /// The entries of a mapping under a key; all of them where the key is not known.
    fn looked_up<'n>(&self, node: &'n Node, key: &Node) -> Vec<&'n Node> {
        let keys = self.texts(key);
        let known = |text: &Text| match text.as_part() {
            Some(Part::Pseudo(Pseudo::Region)) => self.choices.region.clone(),
            Some(Part::Pseudo(Pseudo::AccountId)) => self.choices.account.clone(),
            Some(Part::Pseudo(Pseudo::Partition)) => self.choices.partition.clone(),
            _ => self.resolved(text).as_literal().map(SmolStr::from),
        };
        match keys.iter().map(known).collect::<Option<Vec<_>>>() {
            Some(keys) => keys.iter().filter_map(|key| node.get(key)).collect(),
            None => node.entries().iter().map(|(_, value)| value).collect(),
        }
    }
}

fn is_name(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// A literal of the template; `{{resolve:…}}` inside it is looked up by AWS when the stack is deployed.
fn literal(text: &str) -> Text {
    dynamic_references(&Text::literal(text))
}

/// `{{resolve:…}}`, also around substitutions, becomes a parameter of that name.
fn dynamic_references(text: &Text) -> Text {
    let mut resolved = Text::default();
    let mut open: Option<String> = None;
    for part in text.parts() {
        let Part::Literal(literal) = part else {
            match &mut open {
                Some(reference) => reference.push_str(&Text::from(part.clone()).to_string()),
                None => resolved.push(part.clone()),
            }
            continue;
        };
        let mut rest = literal.as_str();
        loop {
            if let Some(mut reference) = open.take() {
                let Some((inside, after)) = rest.split_once("}}") else {
                    open = Some(reference + rest);
                    break;
                };
                reference.push_str(inside);
                resolved.push(Part::Parameter(reference.into()));
                rest = after;
            } else if let Some((before, after)) = rest.split_once("{{resolve:") {
                resolved.push_str(before);
                open = Some("resolve:".to_owned());
                rest = after;
            } else {
                resolved.push_str(rest);
                break;
            }
        }
    }
    if open.is_some() {
        resolved.push(Part::Unknown);
    }
    resolved
}

/// A text cut at a delimiter; none where a part that is only known by name may hold one.
fn split(text: &Text, delimiter: &str) -> Option<Vec<Text>> {
    if delimiter.is_empty() {
        return None;
    }
    let mut items = vec![Text::default()];
    for part in text.parts() {
        match part {
            Part::Literal(literal) => {
                for (at, piece) in literal.split(delimiter).enumerate() {
                    if at > 0 {
                        items.push(Text::default());
                    }
                    items.last_mut().expect("there is always one").push_str(piece);
                }
            }
            Part::Resource { shape: Shape::Name, .. } | Part::Pseudo(_) => {
                items.last_mut().expect("there is always one").push(part.clone());
            }
            _ => return None,
        }
    }
    Some(items)
}

fn push_all(texts: &mut [Text], end: &str) {
    for text in texts {
        text.push_str(end);
    }
}

fn product(heads: &[Text], tails: &[Text]) -> Vec<Text> {
    if heads.len() * tails.len() > MAX_ALTERNATIVES {
        return heads.iter().map(|head| head.clone().then(&Text::unknown())).collect();
    }
    heads.iter().flat_map(|head| tails.iter().map(|tail| head.clone().then(tail))).collect()
}

/// In order of first appearance.
pub(super) fn unique(texts: Vec<Text>) -> Vec<Text> {
    let mut seen = Vec::with_capacity(texts.len());
    for text in texts {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen
}
