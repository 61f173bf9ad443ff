//! The templates of a model's request fields: text with `{references}`, `*` for anything. A template of one
//! reference alone keeps the value's structure; any other is text. A field whose reference was not given is
//! left out.
//!
//! References: a parameter; `self.x`, what the thing was made with or a member of the class that inherits;
//! `env.X`, what the deployment binds X to; `bucket` and `key` of the S3 location at hand. After a dot stands a
//! member of the value; `#keys` gives a mapping's keys.

use super::Thing;
use super::model::Callable;
use super::s3_location::S3Location;
use crate::code::eval::{Args, Interpreter, Value, Values};
use crate::model::{Field, Part, Text};

/// What references mean.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub callable: &'a Callable,
    pub args: &'a Args,
    /// The thing whose method runs, and its class.
    pub thing: Option<(&'a Thing, &'a Callable)>,
    pub location: Option<&'a S3Location>,
}

impl Scope<'_> {
    /// What a template can be; none where something that it refers to was not given.
    pub fn values(&self, it: &mut Interpreter, template: &str) -> Values {
        if let Some(name) = template.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'))
            && !name.contains('{')
        {
            return self.reference(it, name);
        }
        let mut joined = vec![Text::default()];
        let mut rest = template;
        while let Some(start) = rest.find('{') {
            let end = rest[start..].find('}').map_or(rest.len(), |end| start + end);
            let values = self.reference(it, &rest[start + 1..end]);
            let texts = it.texts(&values);
            let mut next = Vec::new();
            for prefix in &joined {
                let prefix = prefix.clone().then(&literal(&rest[..start]));
                next.extend(texts.iter().map(|text| prefix.clone().then(text)));
            }
            joined = next;
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        joined.into_iter().map(|text| Value::Text(text.then(&literal(rest)))).collect()
    }

    /// The field that a template makes; none where it is to be left out.
    pub fn field(&self, it: &mut Interpreter, template: &toml::Value) -> Option<Field> {
        match template {
            toml::Value::String(template) => {
                let values = self.values(it, template);
                it.field_of(&values)
            }
            toml::Value::Array(items) => {
                Some(Field::List(items.iter().filter_map(|item| self.field(it, item)).collect()))
            }
            toml::Value::Table(table) => {
                let mut entries = Vec::new();
                for (key, template) in table {
                    let field = self.field(it, template)?;
                    let keys = self.values(it, key);
                    let mut keys = it.texts(&keys);
                    if keys.is_empty() {
                        keys.push(Text::unknown());
                    }
                    entries.extend(keys.into_iter().map(|key| (key, field.clone())));
                }
                Some(Field::Map { entries, complete: true })
            }
            other => Some(Field::Text(vec![Text::literal(other.to_string())])),
        }
    }

    /// Whether a parameter may be one of the options.
    pub fn may_be(&self, it: &mut Interpreter, param: &str, options: &[String]) -> bool {
        let values = self.reference(it, param);
        let texts = it.texts(&values);
        if values.is_empty() || texts.iter().any(|text| text.as_literal().is_none()) {
            return true;
        }
        texts.iter().filter_map(Text::as_literal).any(|text| {
            options.iter().any(|option| match option.strip_suffix('*') {
                Some(start) => text.starts_with(start),
                None => text == option,
            })
        })
    }

    /// What a reference can be; empty where it was not given.
    pub fn reference(&self, it: &mut Interpreter, path: &str) -> Values {
        let mut steps = path.split('.');
        let first = steps.next().unwrap_or_default();
        let mut values = match first {
            "bucket" | "key" if self.location.is_some() => {
                let location = self.location.expect("checked above");
                let text = if first == "bucket" { &location.bucket } else { &location.key };
                return if text.is_empty() { Values::none() } else { Values::text(text.clone()) };
            }
            "env" => {
                let name = steps.next().unwrap_or_default();
                it.deployment().environment(name).into_iter().map(Value::Text).collect()
            }
            "self" => match self.thing {
                Some((Thing { subject: Some(subject), .. }, _)) => subject.clone().into(),
                Some((thing, class)) => {
                    let name = steps.next().unwrap_or_default();
                    Scope { callable: class, args: &thing.args, thing: None, location: None }
                        .reference(it, name)
                }
                None => Values::none(),
            },
            name => {
                let at = self.callable.params.iter().position(|param| param == name);
                let given = at.map_or_else(|| self.args.named(name), |at| self.args.get(at, name));
                let given: Values = given
                    .into_iter()
                    .flatten()
                    .filter(|value| !matches!(value, Value::Null))
                    .cloned()
                    .collect();
                match self.callable.defaults.get(name) {
                    Some(default) if given.is_empty() => self.values(it, default),
                    _ => given,
                }
            }
        };
        for step in steps {
            values = match step {
                "#keys" => it.element(&values),
                _ => it.member(&values, step).iter().filter(|value| is_data(value)).cloned().collect(),
            };
        }
        values
    }
}

/// Whether a member was there: what is not a member of anything is taken for a method.
fn is_data(value: &Value) -> bool {
    !matches!(value, Value::Method(_) | Value::Sdk(_) | Value::Null)
}

/// A template's own text, in which `*` is anything.
fn literal(text: &str) -> Text {
    let mut parsed = Text::default();
    for (index, known) in text.split('*').enumerate() {
        if index > 0 {
            parsed.push(Part::Any);
        }
        parsed.push_str(known);
    }
    parsed
}
