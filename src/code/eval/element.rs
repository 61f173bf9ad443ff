//! What stands inside values: `object[key]`, elements, and what iterating runs.

use std::rc::Rc;

use super::member::{response_part, step};
use super::{Args, External, Interpreter, Object, Site, Value, Values};
use crate::model::Text;

impl Interpreter<'_> {
    /// `object[key]`.
    pub(super) fn index(&mut self, objects: &Values, keys: &Values) -> Values {
        let mut found = Values::none();
        for object in objects {
            for key in keys {
                found.join(&self.index_one(object, key));
            }
        }
        found
    }

    fn index_one(&mut self, object: &Value, key: &Value) -> Values {
        if self.runtime.members_are_entries()
            && let Some(found) = self.keyed_member(object, key)
        {
            return found;
        }
        self.entry_at(object, key)
    }

    /// Where members are entries, `object[key]` is a member of what is no list or data.
    fn keyed_member(&mut self, object: &Value, key: &Value) -> Option<Values> {
        let name = match key {
            Value::Text(text) => text.as_literal().map(str::to_owned),
            _ => None,
        };
        let site = self.nowhere();
        match object {
            Value::Object(_) => match self.object(object)? {
                Object::List { .. } => None,
                Object::Map(_) => {
                    let found = self.entry_at(object, key);
                    Some(self.read(&found, object, site))
                }
                Object::Instance { .. } if matches!(key, Value::Number(_)) => None,
                Object::Instance { class, fields } => {
                    if let Some(name) = name {
                        Some(self.member(&object.clone().into(), &name))
                    } else {
                        let mut found: Values = fields.values().flatten().cloned().collect();
                        for class in self.lineage(*class) {
                            let members = &self.classes[class.0 as usize].members;
                            let construct = self.runtime.operators().construct;
                            let methods = members.iter().filter(|(name, _)| *name != construct);
                            let methods: Values = methods.flat_map(|(_, values)| values).cloned().collect();
                            found.join(&self.read(&methods, object, site));
                        }
                        Some(found)
                    }
                }
            },
            Value::Sdk(_) if name.is_none() => {
                let site = self.reading();
                let message = "which operation is read here is not known; it is not granted";
                self.note("unresolved-operation", site, message);
                Some(Values::unknown())
            }
            Value::External(external) if name.is_none() && external.made_at == 0 => {
                Some(Value::External(external.member("*")).into())
            }
            Value::Module(_)
            | Value::Class(_)
            | Value::External(_)
            | Value::Function(_)
            | Value::Sdk(_)
            | Value::Builtin(_) => Some(self.member(&object.clone().into(), &name?)),
            _ => None,
        }
    }

    /// The entries of a map as pairs: one for each known key, and any of the others.
    pub fn pairs(&mut self, map: &Value) -> (Vec<Values>, Values) {
        let (Value::Object(id), Some(Object::Map(entries))) = (map, self.object(map)) else {
            return (Vec::new(), Values::none());
        };
        let (id, entries) = (*id, entries.clone());
        let module = self.activation().module;
        let mut made = 0;
        let mut pair = |it: &mut Self, key: Value, values: &Values| {
            made += 1;
            let span = crate::code::ir::Span { start: u32::MAX - id.0, end: made };
            let values = it.read(values, map, it.nowhere());
            it.list(Site { module, span }, vec![key.into(), values], Values::none())
        };
        let known = entries.entries.iter();
        let known = known.map(|(key, values)| pair(self, Value::Text(Text::literal(key)), values)).collect();
        let mut rest = Values::none();
        for (key, values) in &entries.other {
            rest.join(&pair(self, Value::Text(key.clone()), values));
        }
        if entries.open {
            rest.join(&pair(self, Value::Unknown, &Values::unknown()));
        }
        (known, rest)
    }

    fn entry_at(&mut self, object: &Value, key: &Value) -> Values {
        match object {
            Value::Environment => match super::text::text_of(key).as_ref().and_then(|text| text.as_literal())
            {
                Some(name) => self.environment(name, None),
                None => Values::unknown(),
            },
            Value::Event(path) => match key {
                Value::Text(text) => match text.as_literal() {
                    Some(name) => Value::Event(step(path, name)).into(),
                    None => Value::Event(step(path, "*")).into(),
                },
                _ => Value::Event(smol_str::format_smolstr!("{path}[]")).into(),
            },
            Value::Response(response) => match key {
                Value::Text(text) => response_part(response, text.as_literal().unwrap_or("*")),
                _ => response_part(response, "[]"),
            },
            Value::Object(id) => match (&self.objects[id.0 as usize], key) {
                (Object::Map(map), Value::Text(text)) => match text.as_literal() {
                    Some(name) => map.get(name),
                    None => map.matching(text),
                },
                (Object::Map(map), Value::Number(number)) => map.get(number),
                (Object::Map(map), _) => map.all(),
                (Object::List { items, rest }, Value::Number(number)) => {
                    let position = number.parse::<i64>().ok().and_then(|at| {
                        let length = i64::try_from(items.len()).ok()?;
                        let at = if at < 0 && rest.is_empty() { at + length } else { at };
                        usize::try_from(at).ok()
                    });
                    match position.and_then(|at| items.get(at)) {
                        Some(values) => values.clone(),
                        None => self.element(&object.clone().into()),
                    }
                }
                (Object::List { .. }, _) => self.element(&object.clone().into()),
                (Object::Instance { .. }, _) => self.instance_entry(object, key),
            },
            Value::External(external) => {
                let site = self.reading();
                if let Some(known) = self.runtime.external_entry(self, external, key, site) {
                    return known;
                }
                if let Some(key) = super::text_of(key).as_ref().and_then(Text::as_literal) {
                    let entry = super::assign::entry_name(key);
                    if let Some(set) = self.setting(external, &entry) {
                        return set.clone();
                    }
                }
                let part =
                    External { path: smol_str::format_smolstr!("{}[]", external.path), ..external.clone() };
                Value::External(part).into()
            }
            // A generic type: `list[Order]` is as good as its name.
            Value::Class(_) => object.clone().into(),
            Value::Sdk(_) => {
                let handles: Values = object.clone().into();
                self.element(&handles)
            }
            Value::Null | Value::Absent => Values::none(),
            _ => Values::unknown(),
        }
    }

    /// Any element of any of the values.
    pub fn element(&mut self, values: &Values) -> Values {
        let mut found = Values::none();
        for value in values {
            match value {
                Value::Object(id) => match &self.objects[id.0 as usize] {
                    Object::List { items, rest } => {
                        for item in items {
                            found.join(item);
                        }
                        found.join(rest);
                    }
                    Object::Map(_) if self.runtime.members_are_entries() => {
                        let (known, rest) = self.pairs(value);
                        known.iter().chain([&rest]).for_each(|pair| {
                            found.join(pair);
                        });
                    }
                    Object::Map(map) => {
                        for key in map.entries.keys() {
                            found.insert(Value::Text(Text::literal(key)));
                        }
                        for (key, _) in &map.other {
                            found.insert(Value::Text(key.clone()));
                        }
                        if map.open {
                            found.insert(Value::Unknown);
                        }
                    }
                    Object::Instance { .. } => {
                        found.insert(Value::Unknown);
                    }
                },
                Value::Event(path) => {
                    found.insert(Value::Event(smol_str::format_smolstr!("{path}[]")));
                }
                Value::Response(response) => {
                    found.join(&response_part(response, "[]"));
                }
                Value::Sdk(handle) => {
                    let handle = Rc::clone(handle);
                    let elements = self.runtime.sdk_member(self, &handle, "[]");
                    found.join(&elements);
                }
                Value::External(external) => {
                    let path = smol_str::format_smolstr!("{}[]", external.path);
                    found.insert(Value::External(External { path, ..external.clone() }));
                }
                Value::Null | Value::Absent => {}
                _ => {
                    found.insert(Value::Unknown);
                }
            }
        }
        found
    }

    /// Any element, running what iterating runs: pages are fetched, generators of instances entered.
    pub fn iterate(&mut self, values: &Values, site: Site) -> Values {
        let mut found = Values::none();
        for value in values {
            match value {
                Value::Sdk(handle) => {
                    let handle = Rc::clone(handle);
                    let args = Args::default();
                    let iterator = self.runtime.sdk_member(self, &handle, "[]");
                    found.join(&iterator);
                    let called = self.runtime.sdk_call(self, &iterating(&handle), &args, site);
                    found.join(&called);
                }
                Value::Object(id) if matches!(self.objects[id.0 as usize], Object::Instance { .. }) => {
                    found.join(&self.iterate_instance(value, site));
                }
                other => {
                    let values: Values = other.clone().into();
                    found.join(&self.element(&values));
                }
            }
        }
        found
    }
}

/// The handle that stands for "iterate this".
fn iterating(handle: &Rc<crate::code::sdk::Handle>) -> Rc<crate::code::sdk::Handle> {
    Rc::new(crate::code::sdk::Handle::Member { of: Rc::clone(handle), name: "[]".into() })
}
