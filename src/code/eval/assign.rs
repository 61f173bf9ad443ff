//! Binding: names, members, elements, destructuring. A binding replaces what was there only where nothing
//! else can have happened: in the running function's own scope, or on an object that it made itself outside
//! any branch. Everywhere else it adds.

use indexmap::IndexMap;

use super::expression::{is_unbound, or_else};
use super::value::Kind;
use super::{Args, Interpreter, Map, Object, ObjectId, ScopeId, Site, Value, Values};
use crate::code::ir::{Span, Symbol, Target};
use crate::model::Text;

/// Elements of a list whose positions are told apart.
const POSITIONS: usize = 64;

impl Interpreter<'_> {
    pub(super) fn assign(&mut self, target: &Target, values: Values) {
        match target {
            Target::Name(name) => self.bind(name, values),
            Target::Member(object, name) => {
                let objects = self.eval(object);
                self.assign_member(&objects, name, &values);
            }
            Target::Index(object, key) => {
                let objects = self.eval(object);
                let keys = self.eval(key);
                self.assign_index(&objects, &keys, &values);
            }
            Target::List(targets) => self.destructure(targets, &values),
            Target::Object { entries, rest } => {
                for (key, target, default) in entries {
                    let mut found = self.member(&values, key);
                    if let Some(default) = default
                        && (found.iter().any(is_unbound) || self.is_missing(&found))
                    {
                        let default = self.eval(default);
                        found = or_else(found, &default);
                    }
                    self.assign(target, found);
                }
                if let Some(rest) = rest {
                    self.assign(rest, values);
                }
            }
            Target::Discard => {}
        }
    }

    /// Whether nothing is known of a member: it is not there, or what it is of is not known.
    fn is_missing(&self, found: &Values) -> bool {
        found.iter().all(|value| match value {
            Value::Method(method) => !matches!(self.object(&method.0), Some(Object::Instance { .. })),
            other => matches!(other, Value::Unknown | Value::Null | Value::Absent),
        })
    }

    fn bind(&mut self, name: &Symbol, values: Values) {
        let own = self.activation().scope;
        let scope = self.binding_scope(name);
        let values = self.or_declared(scope, name, values);
        let names = &mut self.scopes[scope.0 as usize].names;
        if scope == own {
            let old = names.insert(name.clone(), values);
            // A module's names are seen by functions that have already been evaluated.
            let changed = old.as_ref() != self.scopes[scope.0 as usize].names.get(name);
            if changed && self.scopes[scope.0 as usize].parent.is_none() {
                self.epoch += 1;
            }
        } else if names.entry(name.clone()).or_default().join(&values) {
            self.epoch += 1;
        }
    }

    /// What the name's declared type says, where the value says nothing.
    fn or_declared(&mut self, scope: ScopeId, name: &Symbol, values: Values) -> Values {
        // What is set to nothing is yet to be set.
        if !values.is_opaque() || values.iter().all(|value| *value == Value::Null) {
            return values;
        }
        let Some(declared) = self.scopes[scope.0 as usize].declared.get(name).cloned() else {
            return values;
        };
        // What is nothing yet is no instance either: the one that it gets is made elsewhere.
        if matches!(declared, Value::Class(_)) && values.iter().all(|value| matches!(value, Value::Null)) {
            return values;
        }
        let site = Site { module: self.activation().module, span: Span { start: u32::MAX, end: scope.0 } };
        self.instance_of(&declared, site)
    }

    /// The scope that an assignment to a name binds in: the running function's own, unless it says otherwise.
    fn binding_scope(&self, name: &Symbol) -> ScopeId {
        let activation = self.activation();
        let Some((module, function)) = activation.function else {
            return activation.scope;
        };
        let module = self.loader.module(module);
        let function = &*module.function(function);
        if function.globals.contains(name) {
            return self.modules.get(&activation.module).copied().unwrap_or(activation.scope);
        }
        if function.nonlocals.contains(name) {
            let mut scope = self.scopes[activation.scope.0 as usize].parent;
            while let Some(id) = scope {
                if self.scopes[id.0 as usize].names.contains_key(name) {
                    return id;
                }
                scope = self.scopes[id.0 as usize].parent;
            }
        }
        activation.scope
    }

    pub(super) fn assign_member(&mut self, objects: &Values, name: &Symbol, values: &Values) {
        let strong = objects.len() == 1;
        for object in objects {
            match object {
                Value::Object(id) => {
                    if let Some(setter) = self.own_method(object, &smol_str::format_smolstr!("{name}.setter"))
                    {
                        let site = Site { module: self.activation().module, span: Span::default() };
                        self.invoke(&setter.into(), &Args::of([values.clone()]), site);
                        continue;
                    }
                    let strong = strong && self.is_fresh(*id);
                    let constructing = self.is_constructing(object);
                    let entries = self.runtime.members_are_entries();
                    match &mut self.objects[id.0 as usize] {
                        Object::Instance { fields, .. } => {
                            if constructing && let Some(old) = fields.get_mut(name) {
                                old.remove(is_placeholder);
                            }
                            let changed = put(fields, name, values, strong);
                            self.epoch += u64::from(changed);
                        }
                        Object::Map(_) if entries => {
                            self.set_entry(*id, &Value::Text(Text::literal(name)), values, strong);
                        }
                        Object::Map(map) => {
                            let changed = put(&mut map.entries, name, values, strong);
                            self.epoch += u64::from(changed);
                        }
                        Object::List { .. } => {}
                    }
                }
                Value::Class(class) => {
                    let members = &mut self.classes[class.0 as usize].members;
                    let changed = members.entry(name.clone()).or_default().join(values);
                    self.epoch += u64::from(changed);
                }
                Value::External(external) => {
                    let known = self.settings.entry(setting_name(external, name)).or_default();
                    let changed = known.join(values);
                    self.epoch += u64::from(changed);
                }
                Value::Function(closure) if name == self.runtime.operators().prototype => {
                    let closure = std::rc::Rc::clone(closure);
                    self.assign_prototype(&closure, values);
                }
                Value::Function(closure) => {
                    let known = self.attributes.entry((closure.module, closure.function)).or_default();
                    let changed = known.entry(name.clone()).or_default().join(values);
                    self.epoch += u64::from(changed);
                }
                Value::Module(module) => {
                    if let Some(scope) = self.modules.get(module) {
                        let names = &mut self.scopes[scope.0 as usize].names;
                        let changed = names.entry(name.clone()).or_default().join(values);
                        self.epoch += u64::from(changed);
                    }
                }
                _ => {}
            }
        }
    }

    pub(super) fn assign_index(&mut self, objects: &Values, keys: &Values, values: &Values) {
        let strong = objects.len() == 1;
        for object in objects {
            if let Value::External(external) = object {
                for key in keys.iter().filter_map(|key| super::text_of(key)?.as_literal().map(str::to_owned))
                {
                    self.assign_member(&Value::External(external.clone()).into(), &entry_name(&key), values);
                }
            }
            let Value::Object(id) = object else { continue };
            if matches!(self.objects[id.0 as usize], Object::Instance { .. }) {
                for key in keys {
                    self.set_instance_entry(object, key, values);
                }
                continue;
            }
            let strong = strong && self.is_fresh(*id);
            for key in keys {
                self.set_entry(*id, key, values, strong);
            }
        }
    }

    /// `object[key] = values`.
    pub fn set_entry(&mut self, id: ObjectId, key: &Value, values: &Values, strong: bool) {
        let sometimes = self.is_conditional(id);
        let changed = match (&mut self.objects[id.0 as usize], key) {
            (Object::Map(map), Value::Text(text)) => match text.as_literal() {
                Some(name) if sometimes && !map.entries.contains_key(name) => {
                    let mut either = Values::from(Value::Absent);
                    either.join(values);
                    map.entries.insert(name.into(), either);
                    true
                }
                Some(name) => put(&mut map.entries, &name.into(), values, strong),
                None => map.add(text.clone(), values),
            },
            (Object::Map(map), _) => map.add(Text::unknown(), values),
            (Object::List { items, .. }, Value::Number(index))
                if index.parse::<usize>().is_ok_and(|index| index < items.len()) =>
            {
                let index = index.parse::<usize>().unwrap_or_default();
                items[index].join(values)
            }
            (Object::List { rest, .. }, _) => rest.join(values),
            (Object::Instance { .. }, _) => false,
        };
        self.epoch += u64::from(changed);
    }

    fn destructure(&mut self, targets: &[(Target, bool)], values: &Values) {
        let starred = targets.iter().position(|(_, star)| *star);
        for (index, (target, star)) in targets.iter().enumerate() {
            let found = if *star {
                self.starred(values, index, targets.len() - index - 1)
            } else if starred.is_some_and(|at| at < index) {
                self.element(values)
            } else {
                self.position(values, index)
            };
            self.assign(target, found);
        }
    }

    /// What `*rest` takes: a list of what is left.
    fn starred(&mut self, values: &Values, from: usize, after: usize) -> Values {
        let mut elements = Values::none();
        for value in values {
            if let Value::Object(id) = value
                && let Object::List { items, rest } = &self.objects[id.0 as usize]
            {
                let end = items.len().saturating_sub(after);
                items.iter().take(end).skip(from).for_each(|item| {
                    elements.join(item);
                });
                elements.join(rest);
            }
        }
        let site = Site { module: self.activation().module, span: Span { start: u32::MAX, end: 0 } };
        self.list(site, Vec::new(), elements.or_unknown())
    }

    /// The element at a position.
    pub fn position(&mut self, values: &Values, index: usize) -> Values {
        let mut found = Values::none();
        for value in values {
            match value {
                Value::Object(id) => {
                    if let Object::List { items, rest } = &self.objects[id.0 as usize] {
                        match items.get(index) {
                            Some(item) => found.join(item),
                            None => found.join(rest),
                        };
                    }
                }
                other => {
                    found.join(&self.element(&other.clone().into()));
                }
            }
        }
        found.or_unknown()
    }

    /// Whether the running activation made the object before it entered the branch that it is in.
    fn is_conditional(&self, id: ObjectId) -> bool {
        let activation = self.activation();
        self.fresh.get(&id).is_some_and(|(context, branches)| {
            *context == activation.context && *branches + activation.certain < activation.branches
        })
    }

    /// Whether the statement is one of those that always run when the object is made: what it sets takes the place
    /// of what fields are declared with.
    fn is_constructing(&self, object: &Value) -> bool {
        let activation = self.activation();
        activation.branches == 0
            && activation.receiver.as_ref() == Some(object)
            && activation.function.is_some_and(|(module, function)| {
                let module = self.loader.module(module);
                let name = &module.function(function).name;
                name.rsplit('.').next() == Some(self.runtime.operators().construct)
            })
    }

    /// Whether the running activation made the object, outside of any branch that still holds.
    fn is_fresh(&self, id: ObjectId) -> bool {
        let activation = self.activation();
        self.fresh.get(&id) == Some(&(activation.context, activation.branches))
    }

    pub fn list(&mut self, site: Site, mut items: Vec<Values>, mut rest: Values) -> Values {
        if items.len() > POSITIONS {
            items.drain(POSITIONS..).for_each(|item| {
                rest.join(&item);
            });
        }
        self.allocate(site, Object::List { items, rest })
    }

    pub fn map(&mut self, site: Site, map: Map) -> Values {
        self.allocate(site, Object::Map(map))
    }

    /// The object that is made at this place under this stack. Making it again adds to what it holds, so the
    /// number of objects is bounded by places and stacks.
    pub(super) fn allocate(&mut self, site: Site, object: Object) -> Values {
        let (context, branches) = self.stack.last().map_or((0, 0), |top| (top.context, top.branches));
        let kind = match &object {
            Object::List { .. } => Kind::List,
            Object::Map(_) => Kind::Map,
            Object::Instance { class, .. } => Kind::Instance(*class),
        };
        if let Some(id) = self.made.get(&(site, context, kind)) {
            let id = *id;
            let changed = self.objects[id.0 as usize].join(object);
            self.epoch += u64::from(changed);
            return Value::Object(id).into();
        }
        let id = ObjectId(u32::try_from(self.objects.len()).expect("fewer objects than steps"));
        if let Object::Instance { class, .. } = &object {
            self.instances.entry(*class).or_default().push(id);
        }
        self.objects.push(object);
        self.made.insert((site, context, kind), id);
        self.fresh.insert(id, (context, branches));
        Value::Object(id).into()
    }
}

/// What a member of a library's thing that the code sets is known by.
pub(super) fn setting_name(of: &super::External, name: &str) -> Symbol {
    let member = of.member(name).path;
    match of.made_at {
        0 => member,
        made_at => smol_str::format_smolstr!("{member}@{made_at}"),
    }
}

/// The member that an entry of a library's thing is set as.
pub(super) fn entry_name(key: &str) -> Symbol {
    smol_str::format_smolstr!("[{key}]")
}

fn put(entries: &mut IndexMap<Symbol, Values>, name: &Symbol, values: &Values, strong: bool) -> bool {
    let old = entries.entry(name.clone()).or_default();
    if strong {
        let changed = old != values;
        old.clone_from(values);
        return changed;
    }
    old.join(values)
}

fn is_placeholder(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => text.is_empty(),
        _ => false,
    }
}
