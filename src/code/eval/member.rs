//! Reading: members, elements, what a declared type says.

use std::rc::Rc;

use super::{Args, ClassRef, Closure, External, Interpreter, Object, ScopeId, Site, Value, Values};
use crate::code::ir::{Expr, Role, Symbol};
use crate::code::sdk::Response;

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

    /// A member that is called, in languages where methods are apart from fields.
    pub(super) fn method_at(&mut self, objects: &Values, name: &str, site: Site) -> Values {
        let mut found = Values::none();
        for object in objects {
            match self.class_of(object).filter(|_| matches!(object, Value::Object(_))) {
                Some(class) => {
                    let members = self.inherited(class, name);
                    let is_method = |member: &&Value| matches!(member, Value::Function(_));
                    let methods: Values = members.iter().filter(is_method).cloned().collect();
                    for method in &methods {
                        found.join(&self.bind_receiver(method, object, site));
                    }
                    if methods.is_empty() {
                        found.join(&self.member_of(object, name, site));
                    }
                }
                None => {
                    found.join(&self.member_of(object, name, site));
                }
            }
        }
        found
    }

    fn member_of(&mut self, object: &Value, name: &str, site: Site) -> Values {
        match object {
            Value::Null | Value::Absent => self.runtime.data_member(object, name).unwrap_or_default(),
            Value::Module(module) => self.module_member(*module, name),
            Value::Object(id) => match &self.objects[id.0 as usize] {
                Object::Instance { .. } => self.instance_member(object, name, site),
                Object::Map(map) if self.runtime.members_are_entries() => {
                    let found = map.get(name);
                    if found.is_empty() {
                        return self.method_value(object, name);
                    }
                    self.read(&found, object, site)
                }
                Object::Map(_) | Object::List { .. } => self.method_value(object, name),
            },
            Value::Class(_) if name == self.runtime.operators().prototype => object.clone().into(),
            Value::Class(class) => self.class_member(*class, name),
            Value::External(external) => {
                let external = external.clone();
                match self.setting(&external, name) {
                    Some(set) if !set.is_vague() => set.clone(),
                    _ => self.runtime.external_member(self, &external, name),
                }
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
            Value::Environment if self.runtime.members_are_entries() => self.environment(name, None),
            Value::Function(closure) if name == self.runtime.operators().prototype => {
                let closure = Rc::clone(closure);
                Value::Class(self.class_of_constructor(&closure)).into()
            }
            Value::Getter(getter) => self.invoke(&Value::clone(getter).into(), &Args::default(), site),
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
        let mut found = self.member(&set, name);
        found.remove(|value| matches!(value, Value::Method(method) if set.iter().any(|of| *of == method.0)));
        if !found.is_vague() {
            return found;
        }
        if name == "default" && !set.is_empty() && !self.exports.contains_key(&module) {
            return set;
        }
        if let Some(scope) = self.modules.get(&module)
            && let Some(values) = self.scopes[scope.0 as usize].names.get(name)
        {
            return values.clone();
        }
        if let Some(submodule) = self.loader.submodule(module, name) {
            self.run_module(submodule);
            return Value::Module(submodule).into();
        }
        let missing = self.runtime.operators().missing_member;
        let function =
            self.modules.get(&module).and_then(|scope| self.scopes[scope.0 as usize].names.get(missing));
        if let Some(function) = function.cloned() {
            let site = self.nowhere();
            return self.invoke(
                &function,
                &Args::of([Values::text(crate::model::Text::literal(name))]),
                site,
            );
        }
        let data = self.runtime.data_member(&Value::Module(module), name);
        data.unwrap_or_else(Values::unknown)
    }

    /// What a module set as its exports, in languages where it does.
    pub(super) fn set_exports(&self, module: super::ModuleId) -> Values {
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
        if found.is_vague()
            && let Some(set) = self.library_field(class, name)
        {
            return set;
        }
        if found.is_vague() {
            for value in &self.inherited(class, name) {
                if self.runtime.methods_are_apart() && matches!(value, Value::Function(_)) {
                    continue;
                }
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

    /// What the library that a class inherits from fills a declared field with.
    fn library_field(&mut self, class: ClassRef, name: &str) -> Option<Values> {
        let bases = self.external_bases(class);
        if bases.is_empty() {
            return None;
        }
        let declares = self.lineage(class).into_iter().find_map(|class| {
            let fields = &self.classes[class.0 as usize].fields;
            let (_, default, _) = fields.iter().find(|(field, ..)| field == name)?;
            Some(default.clone().unwrap_or_default())
        });
        let default = declares?;
        let class = Value::Class(class);
        bases.iter().find_map(|base| self.runtime.declared_field(self, &class, base, name, &default))
    }

    /// What a field's declaration says of it: its type, or where a library reads it from.
    fn declared(&mut self, class: ClassRef, name: &str) -> Values {
        let mut found = Values::none();
        for class in self.lineage(class) {
            let fields = &self.classes[class.0 as usize].fields;
            let Some((_, default, typed)) = fields.iter().find(|(field, ..)| field == name).cloned() else {
                continue;
            };
            found.join(&default.unwrap_or_default());
            if found.is_opaque()
                && let Some(typed) = typed
            {
                let site = Site {
                    module: self.activation().module,
                    span: crate::code::ir::Span { start: u32::MAX, end: class.0 },
                };
                found.join(&self.instance_of(&typed, site));
            }
        }
        found
    }

    /// A function read through an instance is bound to it; a getter is called.
    pub(super) fn bind_receiver(&mut self, value: &Value, receiver: &Value, site: Site) -> Values {
        if let Value::Partial(partial) = value
            && matches!(&partial.0, Value::Function(closure) if closure.owner.is_some() && closure.receiver.is_none())
        {
            // A method of which some arguments are given: `put_raw = partialmethod(put, "raw")`.
            let methods = self.bind_receiver(&partial.0, receiver, site);
            let partials = methods.iter().map(|method| (method.clone(), partial.1.clone()));
            return partials.map(|partial| Value::Partial(Rc::new(partial))).collect();
        }
        if let Value::Getter(getter) = value
            && matches!(**getter, Value::Function(_))
            && !self.runtime.members_are_entries()
        {
            let bound = self.bind_receiver(getter, receiver, site);
            return self.invoke(&bound, &Args::default(), site);
        }
        let Value::Function(closure) = value else {
            return value.clone().into();
        };
        let module = self.loader.module(closure.module);
        let bound = |receiver: Option<Value>| Value::Function(Rc::new(Closure { receiver, ..copy(closure) }));
        match module.role(closure.function) {
            Role::Static => bound(None).into(),
            Role::ClassMethod => match self.class_of(receiver) {
                Some(class) => bound(Some(Value::Class(class))).into(),
                None => bound(Some(Value::Unknown)).into(),
            },
            Role::Getter => self.invoke(&bound(Some(receiver.clone())).into(), &Args::default(), site),
            Role::Method | Role::Function if closure.owner.is_some() || closure.receiver.is_none() => {
                bound(Some(receiver.clone())).into()
            }
            _ => value.clone().into(),
        }
    }

    fn class_of(&self, receiver: &Value) -> Option<ClassRef> {
        match receiver {
            Value::Class(class) => Some(*class),
            Value::Object(id) => match &self.objects[id.0 as usize] {
                Object::Instance { class, .. } => Some(*class),
                _ => None,
            },
            _ => None,
        }
    }

    fn class_member(&mut self, class: ClassRef, name: &str) -> Values {
        let mut found = Values::none();
        for value in &self.inherited(class, name) {
            let bound = match value {
                Value::Function(closure) => {
                    let role = self.loader.module(closure.module).role(closure.function);
                    match role {
                        // A getter of the class itself.
                        Role::Getter if self.runtime.members_are_entries() => {
                            let read = self.bind_receiver(value, &Value::Class(class), self.nowhere());
                            found.join(&read);
                            continue;
                        }
                        Role::ClassMethod => Value::Function(Rc::new(Closure {
                            receiver: Some(Value::Class(class)),
                            ..copy(closure)
                        })),
                        _ => value.clone(),
                    }
                }
                other => other.clone(),
            };
            found.insert(bound);
        }
        if found.is_empty() {
            found = self.declared(class, name);
        }
        if found.is_empty() {
            for base in self.external_bases(class) {
                found.join(&self.runtime.inherited_member(self, &Value::Class(class), &base, name));
            }
        }
        if found.is_empty() {
            found.insert(Value::Method(Rc::new((Value::Class(class), name.into()))));
        }
        found
    }

    fn super_member(&mut self, receiver: &Value, owner: ClassRef, name: &str) -> Values {
        let mut found = Values::none();
        let bases = self.classes[owner.0 as usize].bases.clone();
        for base in bases {
            match base {
                Value::Class(class) => {
                    for value in &self.inherited(class, name) {
                        let site =
                            Site { module: self.activation().module, span: crate::code::ir::Span::default() };
                        let bound = self.bind_receiver(value, receiver, site);
                        found.join(&bound);
                    }
                }
                Value::External(external) => {
                    found.join(&self.runtime.inherited_member(self, receiver, &external, name));
                }
                _ => {}
            }
            if !found.is_empty() {
                break;
            }
        }
        if found.is_empty() {
            let root = self.runtime.global(self.runtime.operators().root);
            found = self.member(&root.into(), name);
        }
        found.or_unknown()
    }

    /// A member as the class or the nearest of its bases defines it.
    pub(super) fn inherited(&self, class: ClassRef, name: &str) -> Values {
        self.lineage(class)
            .into_iter()
            .find_map(|class| self.classes[class.0 as usize].members.get(name))
            .cloned()
            .unwrap_or_default()
    }

    /// The class and its bases, nearest first.
    pub(super) fn lineage(&self, class: ClassRef) -> Vec<ClassRef> {
        let mut lineage = vec![class];
        let mut at = 0;
        while at < lineage.len() && lineage.len() < Self::DEPTH {
            let bases = self.classes[lineage[at].0 as usize].bases.iter().filter_map(|base| match base {
                Value::Class(class) => Some(*class),
                _ => None,
            });
            let bases: Vec<ClassRef> = bases.filter(|base| !lineage.contains(base)).collect();
            lineage.extend(bases);
            at += 1;
        }
        lineage
    }

    pub(super) fn external_bases(&self, class: ClassRef) -> Vec<External> {
        let lineage = self.lineage(class);
        lineage
            .iter()
            .flat_map(|class| &self.classes[class.0 as usize].bases)
            .filter_map(|base| match base {
                Value::External(external) => Some(external.clone()),
                _ => None,
            })
            .collect()
    }

    /// A method that the instance's own class defines, bound; none for members of any other kind.
    pub(super) fn own_method(&mut self, object: &Value, name: &str) -> Option<Value> {
        let class = self.class_of(object)?;
        let found = self.inherited(class, name);
        let function = found.iter().find(|value| matches!(value, Value::Function(_)))?.clone();
        let site = Site { module: self.activation().module, span: crate::code::ir::Span::default() };
        self.bind_receiver(&function, object, site).iter().next().cloned()
    }

    pub(super) fn decorate(&mut self, decorator: &Expr, decorated: Values) -> Values {
        let decorators = self.eval(decorator);
        let site = self.site(decorator.span);
        let mut made = Values::none();
        for value in &decorators {
            match value {
                Value::External(external) => {
                    if self.runtime.takes_objects(external) {
                        let classes = decorated.iter().filter_map(|value| match value {
                            Value::Class(class) => Some(*class),
                            _ => None,
                        });
                        self.decorated.extend(classes);
                    }
                    if !self.runtime.is_transparent(external) && external.made_at != 0 {
                        for function in &decorated {
                            self.register(external.made_at, function.clone());
                        }
                    }
                    made.join(&decorated);
                }
                Value::Method(method) if self.runtime.attaches(&method.0, &method.1) => {
                    self.attach(&method.0, &decorated);
                    made.join(&decorated);
                }
                Value::Function(_) | Value::Class(_) | Value::Object(_) | Value::Partial(_) => {
                    let result = self.invoke(&value.clone().into(), &Args::of([decorated.clone()]), site);
                    made.join(&if result.is_vague() { decorated.clone() } else { result });
                }
                _ => {
                    made.join(&decorated);
                }
            }
        }
        if made.is_empty() { decorated } else { made }
    }

    /// A thing of a library was given a function; it is run when the thing is used.
    pub(super) fn register(&mut self, made_at: u32, function: Value) {
        let registered = self.registered.entry(made_at).or_default();
        if !registered.contains(&function) {
            registered.push(function);
            self.epoch += 1;
        }
    }

    pub(super) fn scope_of_module(&self, module: super::ModuleId) -> Option<ScopeId> {
        self.modules.get(&module).copied()
    }

    /// The declared fields of a class and its bases.
    pub fn field_names(&self, class: ClassRef) -> Vec<Symbol> {
        let mut names = Vec::new();
        for class in self.lineage(class).into_iter().rev() {
            for (name, ..) in &self.classes[class.0 as usize].fields {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
        names
    }
}

pub(super) fn copy(closure: &Closure) -> Closure {
    Closure {
        module: closure.module,
        function: closure.function,
        scope: closure.scope,
        owner: closure.owner,
        receiver: closure.receiver.clone(),
    }
}

pub(super) fn step(path: &str, name: &str) -> smol_str::SmolStr {
    if path.is_empty() { name.into() } else { smol_str::format_smolstr!("{path}.{name}") }
}

pub(super) fn response_part(response: &Rc<Response>, name: &str) -> Values {
    let path = if name == "[]" {
        smol_str::format_smolstr!("{}[]", response.path)
    } else {
        step(&response.path, name)
    };
    // Deep paths say nothing more than that they come from the answer.
    if path.len() > 200 {
        return Value::Response(Rc::clone(response)).into();
    }
    Value::Response(Rc::new(Response { path, ..Response::clone(response) })).into()
}
