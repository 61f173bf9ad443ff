//! What a language's syntax runs of the classes of a project: `x in store`, `store[key] = value`, `f"{name}"`,
//! `for message in messages`. A class defines each under a name that the language gives it.

use super::{Args, Interpreter, Object, Site, Value, Values};

/// The names under which a language lets classes define what its syntax does; one that no member has where the
/// language has no such operator.
#[derive(Debug)]
pub struct Operators {
    /// The class that every class has.
    pub root: &'static str,
    pub allocate: &'static str,
    pub construct: &'static str,
    /// Called when the fields of a class without a constructor of its own are filled.
    pub filled: &'static [&'static str],
    pub call: &'static str,
    pub enter: &'static [&'static str],
    pub exit: &'static [&'static str],
    pub index: &'static str,
    pub set_index: &'static str,
    /// Read for an entry that a mapping does not have.
    pub missing_entry: &'static str,
    pub iterate: &'static [&'static str],
    /// What the iterator that `iterate` gives is asked for the next element by.
    pub advance: &'static [&'static str],
    /// What puts two things together.
    pub join: &'static [&'static str],
    /// Read for a member that nothing else defines.
    pub missing_member: &'static str,
    /// What an instance is as text.
    pub text: &'static str,
    /// Called on a class when another is made that inherits from it.
    pub subclassed: &'static str,
    /// Called some time after an instance was made; empty where the language has none that code relies on.
    pub finish: &'static str,
    /// The member of a function that has what `new` makes of it inherits from.
    pub prototype: &'static str,
}

impl Interpreter<'_> {
    /// Runs what the classes of instances define under some names.
    pub(super) fn run_operators(&mut self, values: &Values, names: &[&str], site: Site) -> Values {
        let mut found = Values::none();
        for value in values {
            for name in names {
                if let Some(method) = self.own_method(value, name) {
                    let args = Args { rest: Values::unknown(), ..Args::default() };
                    found.join(&self.invoke(&method.into(), &args, site));
                }
            }
        }
        found
    }

    /// Runs a method of what a class of the project made; other values do nothing that matters here.
    pub fn run_operator(&mut self, values: &Values, name: &str, args: &Args, site: Site) -> Values {
        let mut found = Values::none();
        for value in values {
            if matches!(self.object(value), Some(Object::Instance { .. }))
                && let Some(method) = self.own_method(value, name)
            {
                found.join(&self.invoke(&method.into(), args, site));
            }
        }
        found
    }

    /// An element of an instance: what its iterator gives, or it itself where it is its own.
    pub(super) fn iterate_instance(&mut self, instance: &Value, site: Site) -> Values {
        let operators = self.runtime.operators();
        let method = operators.iterate.iter().find_map(|name| self.own_method(instance, name));
        let made = match method {
            Some(method) => self.invoke(&method.into(), &Args::default(), site),
            None => instance.clone().into(),
        };
        let mut found = Values::none();
        for value in &made {
            let advance = operators.advance.iter().find_map(|name| self.own_method(value, name));
            match advance {
                Some(advance) => found.join(&self.invoke(&advance.into(), &Args::default(), site)),
                None if value == instance => found.insert(Value::Unknown),
                None => found.join(&self.element(&value.clone().into())),
            };
        }
        found.or_unknown()
    }

    /// The entry of an instance: what its class says, or what was set under the key.
    pub(super) fn instance_entry(&mut self, object: &Value, key: &Value) -> Values {
        let operators = self.runtime.operators();
        let site = self.reading();
        if let Some(method) = self.own_method(object, operators.index) {
            return self.invoke(&method.into(), &Args::of([key.clone().into()]), site);
        }
        let mut found = Values::none();
        if let Some(Object::Instance { fields, .. }) = self.object(object) {
            for name in [entry_name(key), entry_name(&Value::Unknown)] {
                found.join(&fields.get(&name).cloned().unwrap_or_default());
            }
        }
        if let Some(method) = self.own_method(object, operators.missing_entry) {
            found.join(&self.invoke(&method.into(), &Args::of([key.clone().into()]), site));
        }
        match key {
            _ if !found.is_empty() => found,
            // A field without a name: `wrapper.0`.
            Value::Number(position) => self.member(&object.clone().into(), position),
            _ => Values::unknown(),
        }
    }

    /// `instance[key] = values`.
    pub(super) fn set_instance_entry(&mut self, object: &Value, key: &Value, values: &Values) {
        let site = self.nowhere();
        match self.own_method(object, self.runtime.operators().set_index) {
            Some(method) => {
                let args = Args::of([key.clone().into(), values.clone()]);
                self.invoke(&method.into(), &args, site);
            }
            // Where members are entries, the key is the member's name.
            None if self.runtime.members_are_entries() => {
                if let Value::Text(text) = key
                    && let Some(name) = text.as_literal()
                {
                    self.assign_member(&object.clone().into(), &name.into(), values);
                }
            }
            None => self.assign_member(&object.clone().into(), &entry_name(key), values),
        }
    }

    /// What the class of the first operand makes of it and the others, one after the other.
    pub(super) fn join_instances(&mut self, first: &Values, others: &[Values], site: Site) -> Option<Values> {
        let mut joined = first.clone();
        for other in others {
            let [value] = joined.iter().as_slice() else { return None };
            let value = value.clone();
            if !matches!(self.object(&value), Some(Object::Instance { .. })) {
                return None;
            }
            let names = self.runtime.operators().join;
            let method = names.iter().find_map(|name| self.own_method(&value, name))?;
            joined = self.invoke(&method.into(), &Args::of([other.clone()]), site);
        }
        Some(joined)
    }

    /// Values as they are when they are put into a text: of instances, what their classes print.
    pub(super) fn printed(&mut self, values: &Values, site: Site) -> Values {
        if !values.iter().any(|value| matches!(self.object(value), Some(Object::Instance { .. }))) {
            return values.clone();
        }
        let mut printed = Values::none();
        for value in values {
            if matches!(self.object(value), Some(Object::Instance { .. })) {
                let name = self.runtime.operators().text;
                let text = self.run_operator(&value.clone().into(), name, &Args::default(), site);
                printed.join(&text.or_unknown());
            } else {
                printed.insert(value.clone());
            }
        }
        printed
    }
}

/// The field that holds an entry of an instance; no member has such a name.
fn entry_name(key: &Value) -> crate::code::ir::Symbol {
    let name = match key {
        Value::Text(text) => text.as_literal(),
        _ => None,
    };
    smol_str::format_smolstr!("[{}]", name.unwrap_or("*"))
}
