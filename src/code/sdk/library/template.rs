//! The templates of a model's request fields: text with `{references}`, `*` for anything. A template of one
//! reference alone keeps the value's structure; any other is text. A field whose reference was not given is
//! left out.
//!
//! References: a parameter; `self.x`, what the thing was made with or a member of the class that inherits;
//! `env.X`, what the deployment binds X to, or, where X is a parameter, the variable that it names; `bucket` and `key` of the S3 location at hand, `under` for the key as
//! a folder; `each` of an effect that is made one by one. After a dot stands a member of the value; `#keys` and
//! `#values` are those of a mapping, `#each`, `#first` and `#rest` elements of a list, `#list` the value if it is
//! one, `#name` the name of a class, `#star` the member that the star in the method's name stands for.

use super::Thing;
use super::model::{Callable, When};
use super::s3_location::S3Location;
use crate::code::eval::{Args, Interpreter, Object, Value, Values};
use crate::code::sdk::Handle;
use crate::model::{Field, Part, Text};

/// What references mean.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub callable: &'a Callable,
    pub args: &'a Args,
    /// The thing whose method runs, and its class.
    pub thing: Option<(&'a Thing, &'a Callable)>,
    pub location: Option<&'a S3Location>,
    /// What the star in the method's name stands for.
    pub star: &'a str,
    pub each: Option<&'a Value>,
}

impl<'a> Scope<'a> {
    pub fn of(callable: &'a Callable, args: &'a Args) -> Self {
        Self { callable, args, thing: None, location: None, star: "", each: None }
    }
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

    /// Whether every reference may be what the conditions ask for.
    pub fn holds(&self, it: &mut Interpreter, when: &When) -> bool {
        when.iter().all(|(reference, options)| {
            let values = self.reference(it, reference);
            let mut texts = it.texts(&values);
            match (texts.is_empty(), values.is_empty()) {
                (true, true) => texts.push(Text::default()),
                (true, false) => texts.push(Text::unknown()),
                _ => {}
            }
            texts.iter().any(|text| {
                let (negative, positive): (Vec<&String>, Vec<&String>) =
                    options.iter().partition(|option| option.starts_with('!'));
                negative.iter().all(|option| is(text, &option[1..]) != Some(true))
                    && (positive.is_empty() || positive.iter().any(|option| is(text, option) != Some(false)))
            })
        })
    }

    /// What a reference can be; empty where it was not given. Of several, the first that was given.
    pub fn reference(&self, it: &mut Interpreter, paths: &str) -> Values {
        for path in paths.split('|') {
            let found = if path.is_empty() { Values::text(Text::default()) } else { self.path(it, path) };
            if !found.is_empty() {
                return found;
            }
        }
        Values::none()
    }

    fn path(&self, it: &mut Interpreter, path: &str) -> Values {
        let mut steps = path.split('.');
        let first = steps.next().unwrap_or_default();
        let mut values = match first {
            "bucket" | "key" | "under" if let Some(location) = self.location => {
                let text = match first {
                    "bucket" => location.bucket.clone(),
                    "key" => location.key.clone(),
                    _ => location.under(),
                };
                return if text.is_empty() { Values::none() } else { Values::text(text) };
            }
            "each" if let Some(each) = self.each => each.clone().into(),
            "env" => {
                let name = steps.next().unwrap_or_default();
                if self.callable.params.iter().any(|param| param == name) {
                    let named = self.path(it, name);
                    let is_of_variable =
                        |letter: char| letter.is_ascii_uppercase() || "_0123456789".contains(letter);
                    return match named.literal() {
                        Some(name) if name.chars().all(is_of_variable) => it.environment(name, None),
                        _ => Values::unknown(),
                    };
                }
                it.deployment().environment(name).into_iter().map(Value::Text).collect()
            }
            "self" => match self.thing {
                Some((Thing { subject: Some(subject), .. }, _)) => subject.clone().into(),
                Some((thing, _)) => match steps.next() {
                    Some(step) => thing.argument(it, step),
                    None => Value::Sdk(Handle::Thing(thing.clone()).into()).into(),
                },
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
            values = member(it, &values, if step == "#star" { self.star } else { step });
        }
        values
    }
}

/// A member of the values.
fn member(it: &mut Interpreter, values: &Values, step: &str) -> Values {
    if matches!(step, "#keys" | "#each" | "#first" | "#rest" | "#list" | "#name") {
        return values
            .iter()
            .flat_map(|value| elements(it, value, step).iter().cloned().collect::<Vec<_>>())
            .collect();
    }
    let mut found = Values::none();
    for value in values {
        let members = match value {
            Value::Sdk(handle) => match &**handle {
                Handle::Thing(thing) => thing.argument(it, step),
                _ => Values::none(),
            },
            Value::Object(_) if matches!(it.object(value), Some(Object::Map(_))) => {
                // Any key, or the one that is named.
                let key = if step == "#values" { Value::Unknown } else { Value::Text(Text::literal(step)) };
                it.entry(value, &key)
            }
            _ => it.member(&value.clone().into(), step),
        };
        members.iter().filter(|value| is_data(value)).for_each(|value| {
            found.insert(value.clone());
        });
    }
    found
}

impl Thing {
    /// What it was made with under a name.
    pub(super) fn argument(&self, it: &mut Interpreter, name: &str) -> Values {
        let Some(callable) = it.libraries().callable(&self.class) else {
            return Values::none();
        };
        Scope::of(callable, &self.args).reference(it, name)
    }
}

/// The keys of a mapping; elements of a list. What is neither is an only element.
fn elements(it: &mut Interpreter, value: &Value, which: &str) -> Values {
    if which == "#keys"
        && let Some(Object::Map(map)) = it.object(value)
    {
        let known = map.entries.keys().map(Text::literal);
        let texts = known.chain(map.other.iter().map(|(key, _)| key.clone()));
        let open = map.open.then(Text::unknown);
        return texts.chain(open).map(Value::Text).collect();
    }
    match it.object(value) {
        Some(Object::List { items, .. }) if which == "#first" && !items.is_empty() => items[0].clone(),
        Some(Object::List { items, rest }) if which == "#rest" => {
            let mut found = rest.clone();
            items.iter().skip(1).for_each(|item| {
                found.join(item);
            });
            found
        }
        found if which == "#list" => match found {
            Some(Object::List { .. }) => value.clone().into(),
            _ => Values::none(),
        },
        _ if which == "#name" => match value {
            Value::External(external) => Values::text(Text::literal(external.last_name())),
            _ => Values::unknown(),
        },
        None if which == "#rest" => Values::none(),
        None if which != "#keys" => value.clone().into(),
        _ => it.element(&value.clone().into()),
    }
}

/// Whether a text is what a pattern says; none where that is not known.
fn is(text: &Text, pattern: &str) -> Option<bool> {
    if let Some(known) = text.as_literal() {
        return Some(match (pattern.strip_suffix('*'), pattern.strip_prefix('*')) {
            (Some(start), _) => known.starts_with(start),
            (None, Some(end)) => known.ends_with(end),
            (None, None) => known == pattern,
        });
    }
    // What is there is not empty, and may end in something known.
    let last = match text.parts().last() {
        Some(Part::Literal(last)) => last.as_str(),
        _ => "",
    };
    match pattern.strip_prefix('*') {
        Some(end) if last.ends_with(end) => Some(true),
        _ if pattern.is_empty() => Some(false),
        _ => None,
    }
}

/// Whether a member was there: what is not a member of anything is taken for a method.
fn is_data(value: &Value) -> bool {
    !matches!(value, Value::Method(_) | Value::Null)
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
