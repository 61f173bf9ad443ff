//! Members: of modules, instances, classes, and of values that a runtime or an SDK knows.

use std::rc::Rc;

use super::element::{response_part, step};
use super::{Args, Interpreter, Object, ScopeId, Site, Value, Values};

impl Interpreter<'_> {
    /// A member of any of the values.
    pub fn member(&mut self, objects: &Values, name: &str) -> Values {
        let module = self.stack.last().map_or(super::ModuleId(0), |top| top.module);
        self.member_at(objects, name, Site { module, span: crate::code::ir::Span::default() })
    }

    pub(super) fn member_at(&mut self, objects: &Values, name: &str, site: Site) -> Values {
        let mut found = Values::none();
        for object in objects {
            let values = self.member_of(object, name, site);
            found.join(&values);
        }
        found
    }

    fn member_of(&mut self, object: &Value, name: &str, site: Site) -> Values {
        match object {
            Value::Null | Value::Absent => Values::none(),
            Value::Module(module) => self.module_member(*module, name),
            Value::Object(id) => match &self.objects[id.0 as usize] {
                Object::Instance { .. } => self.instance_member(object, name, site),
                Object::Map(map) if self.runtime.members_are_entries() => {
                    let found = map.get(name);
                    if found.is_empty() || found == Values::unknown() {
                        let method = self.method_value(object, name);
                        return if found.is_empty() { method } else { found };
                    }
                    let mut bound = Values::none();
                    for value in &found {
                        bound.join(&self.bind_receiver(value, object, site));
                    }
                    bound
                }
                Object::Map(_) | Object::List { .. } => self.method_value(object, name),
            },
            Value::Class(class) => self.class_member(*class, name),
            Value::External(external) => {
                let external = external.clone();
                self.runtime.external_member(self, &external, name)
            }
            Value::Sdk(handle) => {
                let handle = Rc::clone(handle);
                self.runtime.sdk_member(self, &handle, name)
            }
            Value::Super { receiver, owner } => {
                let (receiver, owner) = (Rc::clone(receiver), *owner);
                self.super_member(&receiver, owner, name)
            }
            Value::Response(response) => response_part(response, name),
            Value::Event(path) => Value::Event(step(path, name)).into(),
            Value::Text(_) | Value::Environment | Value::Function(_) | Value::Partial(_) => {
                self.method_value(object, name)
            }
            Value::Unknown | Value::Bool(_) | Value::Number(_) | Value::Method(_) | Value::Builtin(_) => {
                Value::Method(Rc::new((object.clone(), name.into()))).into()
            }
        }
    }

    fn method_value(&mut self, object: &Value, name: &str) -> Values {
        if let Value::Function(closure) = object
            && let Some(values) =
                self.attributes.get(&(closure.module, closure.function)).and_then(|known| known.get(name))
        {
            return values.clone();
        }
        if let Some(data) = self.runtime.data_member(object, name) {
            return data;
        }
        Value::Method(Rc::new((object.clone(), name.into()))).into()
    }

    fn module_member(&mut self, module: super::ModuleId, name: &str) -> Values {
        if let Some(values) = self.exports.get(&module).and_then(|exports| exports.get(name)) {
            return values.clone();
        }
        let set = self.set_exports(module);
        if !set.is_empty() {
            let found = self.member(&set, name);
            if !found.is_vague() {
                return found;
            }
        }
        if let Some(scope) = self.modules.get(&module)
            && let Some(values) = self.scopes[scope.0 as usize].names.get(name)
        {
            return values.clone();
        }
        match self.loader.submodule(module, name) {
            Some(submodule) => {
                self.run_module(submodule);
                Value::Module(submodule).into()
            }
            None => Values::unknown(),
        }
    }

    /// What a module set as its exports, in languages where it does.
    pub(super) fn set_exports(&mut self, module: super::ModuleId) -> Values {
        let Some(scope) = self.modules.get(&module) else { return Values::none() };
        let Some(name) = self.runtime.module_names().first() else { return Values::none() };
        let holder = self.scopes[scope.0 as usize].names.get(*name).cloned().unwrap_or_default();
        let mut set = Values::none();
        for value in &holder {
            if let Some(Object::Map(map)) = self.object(value) {
                set.join(&map.get("exports"));
            }
        }
        set
    }

    fn instance_member(&mut self, object: &Value, name: &str, site: Site) -> Values {
        let Value::Object(id) = object else {
            return Values::unknown();
        };
        let Object::Instance { class, fields } = &self.objects[id.0 as usize] else {
            return Values::unknown();
        };
        let class = *class;
        let mut found = fields.get(name).cloned().unwrap_or_default();
        if found.is_vague() {
            for value in &self.inherited(class, name) {
                let bound = self.bind_receiver(value, object, site);
                found.join(&bound);
            }
        }
        if found.is_vague() {
            found.join(&self.declared(class, name));
        }
        if found.is_empty()
            && let Some(missing) = self.own_method(object, self.runtime.operators().missing_member)
        {
            let named = Args::of([Values::text(crate::model::Text::literal(name))]);
            found = self.invoke(&missing.into(), &named, site);
        }
        if found.is_empty() {
            // A class of a library may define what its own source does not show.
            for base in self.external_bases(class) {
                found.join(&self.runtime.inherited_member(self, object, &base, name));
            }
        }
        if found.is_empty() {
            found.insert(Value::Method(Rc::new((object.clone(), name.into()))));
        }
        found
    }

    pub(super) fn scope_of_module(&self, module: super::ModuleId) -> Option<ScopeId> {
        self.modules.get(&module).copied()
    }
}
