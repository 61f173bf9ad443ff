//! A text as the CloudFormation expression that gives it: `!Ref`, `!GetAtt`, or a `!Sub` of everything between. A
//! text without anything symbolic is the plain IAM pattern. What no template can name is a wildcard here too.

use serde_json::{Map, Value, json};
use smol_str::SmolStr;

use super::Project;
use super::sam::IMPORT_VALUE;
use super::sam::resource_types::{self, ArnIs};
use crate::model::{Part, Text};

impl Project {
    /// The CloudFormation expression of a text. A text with nothing symbolic in it is a plain string.
    pub fn symbolic_json(&self, text: &Text) -> Value {
        match text.as_part() {
            Some(Part::Pseudo(pseudo)) => return json!({ "Ref": pseudo.name() }),
            Some(Part::Parameter(name)) => match Named::of(name) {
                Named::Parameter => return json!({ "Ref": name.as_str() }),
                Named::Import(export) => return import(export),
                Named::Lookup(_) | Named::Nothing => {}
            },
            Some(Part::Resource { id, attribute: None, .. }) => return json!({ "Ref": id.as_str() }),
            Some(Part::Resource { id, attribute: Some(attribute), .. }) => {
                match self.attribute_in_template(id, attribute) {
                    Written::Ref => return json!({ "Ref": id.as_str() }),
                    Written::GetAtt(name) => return json!({ "Fn::GetAtt": [id.as_str(), name.as_str()] }),
                    Written::Spelled(_) => {}
                }
            }
            _ => {}
        }
        let mut sub = Sub::default();
        self.write_sub(text, &mut sub);
        match (sub.symbolic, sub.variables.is_empty()) {
            (false, _) => Value::String(text.to_pattern()),
            (true, true) => json!({ "Fn::Sub": sub.text }),
            (true, false) => json!({ "Fn::Sub": [sub.text, sub.variables] }),
        }
    }

    fn write_sub(&self, text: &Text, sub: &mut Sub) {
        for part in text.parts() {
            match part {
                Part::Pseudo(pseudo) => sub.refer(pseudo.name()),
                Part::Parameter(name) => match Named::of(name) {
                    Named::Parameter => sub.refer(name),
                    Named::Import(export) => sub.import(export),
                    Named::Lookup(reference) => sub.look_up(reference),
                    Named::Nothing => sub.push_pattern(part),
                },
                Part::Resource { id, attribute: None, .. } => sub.refer(id),
                Part::Resource { id, attribute: Some(attribute), .. } => {
                    match self.attribute_in_template(id, attribute) {
                        Written::Ref => sub.refer(id),
                        Written::GetAtt(name) => sub.refer(&format!("{id}.{name}")),
                        Written::Spelled(arn) => self.write_sub(&arn, sub),
                    }
                }
                other => sub.push_pattern(other),
            }
        }
    }

    /// How the template asks for an attribute that is known by its canonical name.
    fn attribute_in_template(&self, id: &str, attribute: &str) -> Written {
        let known = self.resources.get(id).and_then(|deployed| resource_types::find(&deployed.kind));
        match known.map(|known| known.arn_is) {
            Some(ArnIs::Ref) if attribute == "Arn" => Written::Ref,
            Some(ArnIs::Attribute(name)) if attribute == "Arn" => Written::GetAtt(name.into()),
            Some(ArnIs::Spelled) if attribute == "Arn" => {
                // The last spelling is the one by `Ref`.
                let spelling = self.resources.get(id).and_then(|deployed| deployed.spellings.last());
                Written::Spelled(spelling.cloned().unwrap_or_else(Text::any))
            }
            _ => Written::GetAtt(attribute.into()),
        }
    }
}

enum Written {
    Ref,
    GetAtt(SmolStr),
    Spelled(Text),
}

/// The argument of an `Fn::Sub` in the making.
#[derive(Default)]
struct Sub {
    text: String,
    variables: Map<String, Value>,
    /// Whether there is anything to substitute.
    symbolic: bool,
}

impl Sub {
    fn refer(&mut self, name: &str) {
        self.symbolic = true;
        self.text.push_str("${");
        self.text.push_str(name);
        self.text.push('}');
    }

    fn import(&mut self, export: &str) {
        let name = format!("Import{}", self.variables.len() + 1);
        self.refer(&name);
        self.variables.insert(name, import(export));
    }

    fn look_up(&mut self, reference: &str) {
        self.symbolic = true;
        self.text.push_str("{{");
        self.text.push_str(reference);
        self.text.push_str("}}");
    }

    fn push_pattern(&mut self, part: &Part) {
        let pattern = Text::from(part.clone()).to_pattern();
        if pattern != "*" || !self.text.ends_with('*') {
            // IAM's own `${…}` must come through `Fn::Sub` as it is.
            self.text.push_str(&pattern.replace("${", "${!"));
        }
    }
}

fn import(export: &str) -> Value {
    if export.contains("${") {
        json!({ "Fn::ImportValue": { "Fn::Sub": export } })
    } else {
        json!({ "Fn::ImportValue": export })
    }
}

/// What a parameter without a value is in the template. Values of other stacks and of parameter stores are
/// parameters too, under names that tell them apart.
pub(super) enum Named<'a> {
    Parameter,
    /// The name of another stack's export.
    Import(&'a str),
    /// `resolve:ssm:/name`, which AWS looks up where a template says it in two pairs of braces.
    Lookup(&'a str),
    /// Not to be written in a policy: `resolve:ssm-secure:…`.
    Nothing,
}

impl<'a> Named<'a> {
    pub(super) fn of(name: &'a str) -> Self {
        if let Some(export) = name.strip_prefix(IMPORT_VALUE) {
            return Self::Import(export);
        }
        if name.starts_with("resolve:ssm:") || name.starts_with("resolve:secretsmanager:") {
            return Self::Lookup(name);
        }
        let is_logical_id = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if is_logical_id { Self::Parameter } else { Self::Nothing }
    }
}
