//! Request fields: what a call passes, as the catalog reads it.

use super::{Args, Interpreter, Map, Object, Value, Values};
use crate::model::{Field, Text};

/// How deep a request is read; no field that identifies a resource is deeper.
const DEPTH: usize = 6;

impl Interpreter<'_> {
    /// The request that named arguments make.
    pub fn request(&self, args: &Args) -> Field {
        let mut entries = Vec::new();
        for (name, values) in &args.named {
            if let Some(field) = self.field(values, DEPTH) {
                entries.push((Text::literal(name), field));
            }
        }
        entries.sort();
        let complete = !args.open && args.rest.is_empty();
        Field::Map { entries, complete }
    }

    /// The requests that named arguments make: fields that may also be left out are there in one and not in
    /// the other.
    pub fn requests(&self, args: &Args) -> Vec<Field> {
        let is_optional = |values: &Values| values.iter().any(|value| matches!(value, Value::Absent));
        let mut requests = vec![self.request(args)];
        if args.named.iter().any(|(_, values)| is_optional(values)) {
            let mut without = args.clone();
            without.named.retain(|(_, values)| !is_optional(values));
            requests.push(self.request(&without));
        }
        requests
    }

    /// The request that a mapping makes.
    pub fn request_of(&self, values: &Values) -> Field {
        match self.field(values, DEPTH) {
            Some(map @ Field::Map { .. }) => map,
            Some(_) => Field::Map { entries: Vec::new(), complete: false },
            None => Field::Map { entries: Vec::new(), complete: true },
        }
    }

    /// What the values are as one field; none where they are only "nothing".
    pub fn field_of(&self, values: &Values) -> Option<Field> {
        self.field(values, DEPTH)
    }

    /// None where the value is only "nothing": a field given `None` is a field not given.
    fn field(&self, values: &Values, depth: usize) -> Option<Field> {
        let values: Vec<&Value> =
            values.iter().filter(|value| !matches!(value, Value::Null | Value::Absent)).collect();
        if values.is_empty() {
            return None;
        }
        if depth == 0 {
            return Some(Field::Unknown);
        }
        let mut maps = Map::default();
        let mut has_map = false;
        let mut elements: Vec<Field> = Vec::new();
        let mut has_list = false;
        let mut plain = Values::none();
        for value in values {
            match value {
                Value::Object(id) => match &self.objects[id.0 as usize] {
                    Object::Map(_) => {
                        has_map = true;
                        let before = std::mem::take(&mut maps);
                        let mut joined = Map::default();
                        self.spread_into(&mut joined, &value.clone().into());
                        maps = union(before, joined);
                    }
                    Object::List { items, rest } => {
                        has_list = true;
                        for item in items.iter().chain((!rest.is_empty()).then_some(rest)) {
                            elements.extend(self.field(item, depth - 1));
                        }
                    }
                    Object::Instance { .. } => {
                        plain.insert(Value::Unknown);
                    }
                },
                other => {
                    plain.insert(other.clone());
                }
            }
        }
        if has_map {
            return Some(self.map_field(&maps, depth));
        }
        if has_list {
            elements.sort();
            elements.dedup();
            return Some(Field::List(elements));
        }
        let texts = self.naming_texts(&plain);
        if texts.is_empty() || texts.iter().all(Text::is_unknown) {
            return Some(Field::Unknown);
        }
        Some(Field::Text(texts))
    }

    fn map_field(&self, map: &Map, depth: usize) -> Field {
        let mut entries = Vec::new();
        for (key, values) in &map.entries {
            if let Some(field) = self.field(values, depth - 1) {
                entries.push((Text::literal(key), field));
            }
        }
        for (key, values) in &map.other {
            if let Some(field) = self.field(values, depth - 1) {
                entries.push((key.clone(), field));
            }
        }
        entries.sort();
        Field::Map { entries, complete: !map.open }
    }
}

fn union(mut into: Map, from: Map) -> Map {
    for (key, values) in from.entries {
        into.entries.entry(key).or_default().join(&values);
    }
    for (key, values) in from.other {
        into.add(key, &values);
    }
    into.open |= from.open;
    into
}
