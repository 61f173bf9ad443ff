//! What runtimes and SDK tables use of the heap: they see values, never where those are kept.

use std::rc::Rc;

use super::assign::setting_name;
use super::{Args, ClassRef, External, Interpreter, Map, Object, Site, Value, Values};
use crate::code::ir::Role;
use crate::code::sdk::Handle;

impl Interpreter<'_> {
    pub fn object(&self, value: &Value) -> Option<&Object> {
        match value {
            Value::Object(id) => Some(&self.objects[id.0 as usize]),
            _ => None,
        }
    }

    /// A method that the value's own class defines, bound to it.
    pub fn method_of(&mut self, object: &Value, name: &str) -> Option<Value> {
        self.own_method(object, name)
    }

    /// A member that is called, in languages where methods are apart from fields.
    pub fn called_member(&mut self, objects: &Values, name: &str) -> Values {
        let site = self.reading();
        self.method_at(objects, name, site)
    }

    /// The methods of a name that take as many arguments, of all classes with a member, bound to a value of which
    /// only its origin is known. Several are all followed, and it is said.
    pub fn methods_by_name(
        &mut self,
        marker: &str,
        receiver: &Value,
        name: &str,
        args: &Args,
        site: Site,
    ) -> Values {
        let given: Values = receiver.clone().into();
        let mut found = Values::none();
        for class in &*self.classes_with(marker) {
            for method in &self.inherited(*class, name) {
                let Value::Function(closure) = method else { continue };
                let module = self.loader.module(closure.module);
                let takes = module.function(closure.function).params.len();
                if module.role(closure.function) == Role::Method && takes == args.positional.len() + 1 {
                    found.join(&self.with_receiver(method, Some(&given)));
                }
            }
        }
        if found.len() > 1 {
            let message = format!(
                "which of {} types with `{name}` this is is not known; the methods of all of them are followed",
                found.len()
            );
            self.note("several-implementations", site, message);
        }
        found
    }

    /// The classes with a member that is theirs from the beginning.
    fn classes_with(&mut self, marker: &str) -> Rc<[ClassRef]> {
        let classes = self.classes.len();
        if let Some((of, known)) = self.marked.get(marker)
            && *of == classes
        {
            return Rc::clone(known);
        }
        let marked = (0..).zip(&self.classes).filter(|(_, class)| class.members.contains_key(marker));
        let found: Rc<[ClassRef]> = marked.map(|(index, _)| ClassRef(index)).collect();
        self.marked.insert(marker.into(), (classes, Rc::clone(&found)));
        found
    }

    /// A method that the project gives to a type that is not read, bound to a value of it.
    pub fn extension(&mut self, receiver: &Value, name: &str) -> Values {
        let mut found = self.extensions.get(name).cloned().unwrap_or_default();
        if found.is_empty() {
            for class in &self.extending {
                found.join(&self.inherited(*class, name));
            }
        }
        let given: Values = receiver.clone().into();
        let mut bound = Values::none();
        for method in &found {
            bound.join(&self.with_receiver(method, Some(&given)));
        }
        bound
    }

    /// What is given, or what stands in for it where it is not set.
    pub fn or_else(&self, given: Values, other: &Values) -> Values {
        super::expression::or_else(given, other)
    }

    /// `object[key]`.
    pub fn entry(&mut self, object: &Value, key: &Value) -> Values {
        self.index(&object.clone().into(), &key.clone().into())
    }

    /// `object.name = values`.
    pub fn set_member(&mut self, objects: &Values, name: &str, values: &Values) {
        self.assign_member(objects, &name.into(), values);
    }

    /// What the code set on a member of a library.
    pub fn setting(&self, of: &External, name: &str) -> Option<&Values> {
        // Every member of a library is looked for here, and few programs set one.
        if self.settings.is_empty() {
            return None;
        }
        self.settings.get(&setting_name(of, name))
    }

    /// `object[key] = values`, where it may also not happen.
    pub fn set_entries(&mut self, object: &Value, keys: &Values, values: &Values) {
        if let Value::Object(id) = object {
            for key in keys {
                self.set_entry(*id, key, values, false);
            }
        }
    }

    /// Adds elements whose position is not known.
    pub fn push_elements(&mut self, list: &Value, values: &Values) {
        if let Value::Object(id) = list
            && let Object::List { rest, .. } = &mut self.objects[id.0 as usize]
        {
            let changed = rest.join(values);
            self.epoch += u64::from(changed);
        }
    }

    /// Adds the entries of one mapping to another.
    pub fn merge_into(&mut self, object: &Value, added: Map) {
        if let Value::Object(id) = object {
            let changed = self.objects[id.0 as usize].join(Object::Map(added));
            self.epoch += u64::from(changed);
        }
    }

    /// The elements of the one list that the values are, where all of them and their order are known.
    pub fn known_list(&self, values: &Values) -> Option<Vec<Values>> {
        match values.iter().as_slice() {
            [value] => match self.object(value) {
                Some(Object::List { items, rest }) if rest.is_empty() => Some(items.clone()),
                _ => None,
            },
            _ => None,
        }
    }

    /// The literal texts of a list, in order.
    pub fn ordered_literals(&self, list: &Values) -> Vec<smol_str::SmolStr> {
        let items = list.iter().filter_map(|value| match self.object(value) {
            Some(Object::List { items, .. }) => Some(items),
            _ => None,
        });
        items.flatten().filter_map(|item| item.literal().map(Into::into)).collect()
    }

    /// The service of a client among the values.
    pub fn client_service(&self, values: &Values) -> Option<String> {
        values.iter().find_map(|value| match value {
            Value::Sdk(handle) => match &**handle {
                Handle::Client(client) | Handle::Resource { client, .. } => Some(client.service.to_string()),
                _ => None,
            },
            _ => None,
        })
    }

    /// The classes of instances.
    pub fn class_values(&self, values: &Values) -> Values {
        let classes = values.iter().filter_map(|value| match self.object(value) {
            Some(Object::Instance { class, .. }) => Some(Value::Class(*class)),
            _ => None,
        });
        classes.collect::<Values>().or_unknown()
    }

    /// The classes that name a class among their bases.
    pub fn subclasses(&self, class: &Value) -> Vec<Value> {
        let classes = (0..).zip(&self.classes);
        let inheriting = classes.filter(|(_, known)| known.bases.contains(class));
        inheriting.map(|(index, _)| Value::Class(ClassRef(index))).collect()
    }

    /// Runs every method that an instance's own classes define beside those that are hooks of the language: a
    /// base class that is not read may call any of them.
    pub fn run_overrides(&mut self, object: &Value, site: Site) {
        let Some(Object::Instance { class, .. }) = self.object(object) else {
            return;
        };
        let class = *class;
        if self.external_bases(class).is_empty() {
            return;
        }
        let mut names: Vec<_> = Vec::new();
        for class in self.lineage(class) {
            let members = &self.classes[class.0 as usize].members;
            let hook = |name: &str| name.starts_with("__") || name == self.runtime.operators().construct;
            names.extend(members.keys().filter(|name| !hook(name)).cloned());
        }
        for name in names {
            if let Some(method) = self.own_method(object, &name) {
                let args = Args { rest: Values::unknown(), ..Args::default() };
                self.invoke(&method.into(), &args, site);
            }
        }
    }
}
