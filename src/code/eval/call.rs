//! Calls: functions, classes, partial applications, things of libraries and of SDKs.

use std::rc::Rc;

use smol_str::SmolStr;

use super::{Activation, Args, ClassRef, Closure, External, Interpreter, Object, Site, Value, Values};
use crate::code::ir::{Function, Param, ParamKind, Role, Target};

/// The attribute of a function that holds those that may run in its place.
const ATTACHED: &str = "<attached>";

impl Interpreter<'_> {
    /// Says that whoever calls the one function may get the others: `@save.register`.
    pub fn attach(&mut self, function: &Value, others: &Values) {
        self.assign_member(&function.clone().into(), &ATTACHED.into(), others);
    }

    /// Calls every value that can be called and gives everything that can come back.
    pub fn invoke(&mut self, callees: &Values, args: &Args, site: Site) -> Values {
        let mut results = Values::none();
        let known = callees.iter().any(|callee| matches!(callee, Value::Sdk(_)));
        for callee in callees {
            // Beside an operation, a member of something unknown is only that the code's paths are not told apart.
            let is_unknown = match callee {
                Value::Method(method) => {
                    matches!(method.0, Value::Unknown | Value::Sdk(_) | Value::Method(_) | Value::External(_))
                }
                Value::External(external) => external.made_at != 0,
                _ => false,
            };
            if known && is_unknown {
                continue;
            }
            let result = self.invoke_one(callee, args, site);
            results.join(&result);
        }
        // Code that calls only what cannot be called does not get so far.
        let never = |callee: &Value| matches!(callee, Value::Text(_) | Value::Number(_) | Value::Bool(_));
        if !callees.is_empty() && callees.iter().all(never) { results } else { results.or_unknown() }
    }

    fn invoke_one(&mut self, callee: &Value, args: &Args, site: Site) -> Values {
        match callee {
            Value::Function(closure) => {
                let mut result = self.call_function(closure, args, site);
                let attributes = self.attributes.get(&(closure.module, closure.function));
                if let Some(attached) = attributes.and_then(|known| known.get(ATTACHED)).cloned() {
                    result.join(&self.invoke(&attached, args, site));
                }
                result
            }
            Value::Class(class) => self.instantiate(*class, args, site),
            Value::Partial(partial) => {
                let (callee, first) = (&partial.0, &partial.1);
                self.invoke_one(callee, &first.followed_by(args), site)
            }
            Value::Object(_) => match self.own_method(callee, self.runtime.operators().call) {
                Some(method) => self.invoke_one(&method, args, site),
                None => Values::unknown(),
            },
            Value::Builtin(name) => self.runtime.builtin(self, name, args, site),
            Value::Method(method) => self.runtime.method(self, &method.0, &method.1, args, site),
            Value::External(external) => self.call_external(external, args, site),
            Value::Sdk(handle) => {
                let handle = Rc::clone(handle);
                self.runtime.sdk_call(self, &handle, args, site)
            }
            // A member of the event or of an answer is data until it is called.
            Value::Event(path) => {
                let (of, name) = split(path);
                self.runtime.method(self, &Value::Event(of.into()), name, args, site)
            }
            Value::Response(response) => {
                let (of, name) = split(&response.path);
                let part = crate::code::sdk::Response {
                    path: of.into(),
                    ..crate::code::sdk::Response::clone(response)
                };
                self.runtime.method(self, &Value::Response(Rc::new(part)), name, args, site)
            }
            // A module that set what it exports is that.
            Value::Module(module) => {
                let set = self.set_exports(*module);
                let set: Values =
                    set.iter().filter(|value| !matches!(value, Value::Module(_))).cloned().collect();
                self.invoke(&set, args, site)
            }
            // Calling these is an error, so where there is another way it is that.
            Value::Null | Value::Absent | Value::Text(_) | Value::Number(_) | Value::Bool(_) => {
                Values::none()
            }
            _ => {
                self.run_callbacks(args, site);
                Values::unknown()
            }
        }
    }

    fn call_function(&mut self, closure: &Rc<Closure>, args: &Args, site: Site) -> Values {
        let id = (closure.module, closure.function);
        if self.loader.module(closure.module).runs_once(closure.function) {
            return self.run_once(closure, args, site);
        }
        let active = self.stack.iter().filter(|activation| activation.function == Some(id)).count();
        if active >= Self::RECURSION || self.is_spent() {
            return Values::unknown();
        }
        if self.stack.len() >= Self::DEPTH + self.loading {
            self.note("depth-bound", site, "calls are nested too deeply to be followed further");
            return Values::unknown();
        }
        let module = self.loader.module(closure.module);
        let function = module.function(closure.function);
        let name = smol_str::format_smolstr!("{}.{}", self.loader.name(closure.module), function.name);
        let node = self.graph.node(name);
        if let Some(caller) = self.stack.last()
            && site.span.end != 0
        {
            let from = caller.node;
            let at = self.place(site);
            self.graph.edge(from, node, at);
        }
        self.entered.insert(id);
        let key = (closure.module, closure.function, closure.scope, closure.receiver.clone(), args.clone());
        if let Some(known) = self.memo.get(&key)
            && (known.epoch == self.epoch || known.times >= Self::REPEATS)
        {
            return known.result.clone();
        }
        let result = self.run_function(closure, &function, args, site, node);
        let known = self.memo.entry(key).or_default();
        known.epoch = self.epoch;
        known.times += 1;
        known.result.join(&result);
        known.result.clone()
    }

    /// Runs a function that runs once for the same arguments. Neither it nor what it calls counts as depth: a
    /// module may ask for a module that asks for a module.
    fn run_once(&mut self, closure: &Rc<Closure>, args: &Args, site: Site) -> Values {
        let key = (closure.module, closure.function, closure.scope, None, args.clone());
        if let Some(known) = self.memo.get(&key) {
            return known.result.clone();
        }
        let id = Some((closure.module, closure.function));
        let runs = |it: &&Activation| it.function == id && it.once.as_ref() == Some(args);
        if let Some(running) = self.stack.iter().find(runs) {
            return running.returns.clone();
        }
        let module = self.loader.module(closure.module);
        let function = module.function(closure.function);
        let name = smol_str::format_smolstr!("{}.{}", self.loader.name(closure.module), function.name);
        let node = self.graph.node(name);
        self.loading += 2;
        let result =
            super::expression::with_stack(|| self.run_function(closure, &function, args, site, node));
        self.loading -= 2;
        let known = super::Remembered { epoch: self.epoch, times: Self::REPEATS, result: result.clone() };
        self.memo.insert(key, known);
        result
    }

    fn run_function(
        &mut self,
        closure: &Closure,
        function: &Function,
        args: &Args,
        site: Site,
        node: super::graph::NodeId,
    ) -> Values {
        let scope = self.open_scope(Some(closure.scope));
        let context = self.context(site, closure);
        let receiver = match function.role {
            Role::Static => None,
            _ => closure.receiver.clone(),
        };
        self.stack.push(Activation {
            function: Some((closure.module, closure.function)),
            receiver: receiver.clone(),
            owner: closure.owner,
            called_at: (self.stack.last().is_some() && site.span.end != 0).then_some(site),
            once: function.once.then(|| args.clone()),
            ..Activation::of_module(closure.module, scope, node, context)
        });
        let receiver = match (&function.receiver, receiver) {
            (Some(name), Some(receiver)) => {
                self.assign(&Target::Name(name.clone()), receiver.into());
                None
            }
            (_, receiver) => receiver,
        };
        self.bind_params(&function.params, receiver, args);
        self.block(&function.body);
        let activation = self.stack.pop().expect("pushed above");
        let mut result = activation.returns;
        if function.generator {
            let yields = activation.yields;
            return self.list(Site { module: closure.module, span: function.span }, Vec::new(), yields);
        }
        if let Some(returns) = &function.returns
            && result.is_opaque()
        {
            // A declared type says what the body does not show.
            self.stack.push(Activation::of_module(closure.module, closure.scope, node, context));
            if let Some(value) = self.typed(returns) {
                result.join(&self.instance_of(&value, site));
            }
            self.stack.pop();
        }
        if result.is_empty() { Value::Null.into() } else { result }
    }

    /// Numbers the stack that results from entering a function here.
    fn context(&mut self, site: Site, closure: &Closure) -> u32 {
        let outer = self.stack.last().map_or(0, |activation| activation.context);
        let next = u32::try_from(self.contexts.len()).unwrap_or(u32::MAX) + 1;
        *self.contexts.entry((outer, site, closure.module, closure.function)).or_insert(next)
    }

    fn bind_params(&mut self, params: &[Param], receiver: Option<Value>, args: &Args) {
        let mut positional = receiver.into_iter().map(Values::from).chain(args.positional.iter().cloned());
        let mut taken: Vec<&str> = Vec::new();
        for param in params {
            let by_name = match &param.target {
                Target::Name(name) if param.kind != ParamKind::PositionalOnly => args.named(name).cloned(),
                _ => None,
            };
            if let (Some(_), Target::Name(name)) = (&by_name, &param.target) {
                taken.push(name);
            }
            let values = match param.kind {
                ParamKind::Rest => {
                    let items: Vec<Values> = positional.by_ref().collect();
                    let site = self.param_site(param);
                    self.list(site, items, args.rest.clone())
                }
                ParamKind::NamedRest => self.named_rest(params, args, &taken, param),
                ParamKind::NamedOnly => self.or_default(by_name, param),
                ParamKind::Normal | ParamKind::PositionalOnly => {
                    let given = by_name.or_else(|| positional.next());
                    let given = given.or_else(|| (!args.rest.is_empty()).then(|| args.rest.clone()));
                    self.or_default(given, param)
                }
            };
            self.assign(&param.target, values);
        }
    }

    fn param_site(&self, param: &Param) -> Site {
        let module = self.activation().module;
        let start = match (&param.target, &param.default) {
            (_, Some(default)) => default.span.start,
            (Target::Name(name), _) => u32::MAX - u32::try_from(name.len()).unwrap_or_default(),
            _ => u32::MAX,
        };
        let end = self.activation().function.map_or(0, |(_, id)| id.0);
        Site { module, span: crate::code::ir::Span { start, end } }
    }

    /// `**kwargs`: what is named and no parameter takes.
    fn named_rest(&mut self, params: &[Param], args: &Args, taken: &[&str], param: &Param) -> Values {
        let is_param = |name: &str| {
            params.iter().any(|param| {
                matches!(&param.target, Target::Name(target) if target == name)
                    && matches!(param.kind, ParamKind::Normal | ParamKind::NamedOnly)
            })
        };
        let mut map = super::Map { open: args.open, ..super::Map::default() };
        for (name, values) in &args.named {
            if !taken.contains(&name.as_str()) && !is_param(name) {
                map.entries.insert(name.clone(), values.clone());
            }
        }
        let site = self.param_site(param);
        self.map(site, map)
    }

    /// What was passed, else the default, else what the declared type says.
    fn or_default(&mut self, given: Option<Values>, param: &Param) -> Values {
        let passed = given.is_some();
        let mut values = given.unwrap_or_default();
        if (!passed || values.is_vague())
            && let Some(default) = &param.default
        {
            values.join(&self.eval(default));
        }
        // Nothing that was passed is nothing, also of a type.
        let is_nothing =
            passed && self.runtime.methods_are_apart() && values.iter().all(|it| *it == Value::Null);
        let is_known =
            |value: &Value| matches!(value, Value::External(thing) if self.runtime.is_known(thing));
        if values.is_opaque()
            && !is_nothing
            && !values.iter().any(is_known)
            && let Some(annotation) = &param.annotation
            && let Some(typed) = self.typed(annotation)
        {
            let site = self.site(annotation.span);
            return self.instance_of(&typed, site);
        }
        if values.is_empty() && !passed && self.runtime.members_are_entries() {
            // What is not passed is nothing, and no error.
            return Value::Null.into();
        }
        values.or_unknown()
    }

    /// A value of a declared type: of a class of the project, an instance made with nothing known.
    pub(super) fn instance_of(&mut self, typed: &Value, site: Site) -> Values {
        match typed {
            Value::Class(class) => {
                let known = self.instances_made(*class);
                if !known.is_empty() {
                    return known;
                }
                let args = Args { rest: Values::unknown(), open: true, ..Args::default() };
                let mut made = Values::none();
                for class in self.implementors(*class, site) {
                    made.join(&self.instantiate(class, &args, site));
                }
                for made in &made {
                    if let Value::Object(id) = made {
                        self.imagined.insert(*id);
                    }
                }
                made
            }
            other => other.clone().into(),
        }
    }

    /// The instances of a class that the code has made, where frameworks hand them to handlers by their type.
    fn instances_made(&self, class: ClassRef) -> Values {
        if !self.runtime.methods_are_apart() {
            return Values::none();
        }
        let filled = |id: &&super::ObjectId| {
            !self.imagined.contains(*id)
                && matches!(&self.objects[id.0 as usize], Object::Instance { fields, .. } if !fields.is_empty())
        };
        let made = self.instances.get(&class).into_iter().flatten();
        made.filter(filled).map(|id| Value::Object(*id)).take(Values::WIDTH).collect()
    }

    pub(super) fn instantiate(&mut self, class: ClassRef, args: &Args, site: Site) -> Values {
        let operators = self.runtime.operators();
        let allocated: Values = match self.inherited(class, operators.allocate).iter().next().cloned() {
            Some(allocator) => {
                let bound = self.bind_receiver(&allocator, &Value::Class(class), site);
                let given = self.invoke(&bound, args, site);
                given.iter().filter(|value| matches!(value, Value::Object(_))).cloned().collect()
            }
            None => Values::none(),
        };
        let made = if allocated.is_empty() { self.bare_instance(class, site) } else { allocated };
        let Some(object) = made.iter().next().cloned() else {
            return made;
        };
        if let Some(constructor) = self.own_method(&object, operators.construct) {
            self.invoke_one(&constructor, args, site);
        } else {
            self.fill_fields(class, &object, args);
            self.complete(class, &object, args, site);
            // The constructor is the library's.
            for base in self.external_bases(class) {
                self.runtime.external_call(self, &base, args, site);
                crate::code::sdk::library::constructed(self, &object, &base, args);
            }
        }
        if !self.external_bases(class).is_empty() {
            self.run_callbacks(args, site);
        }
        if !operators.finish.is_empty()
            && let Some(finish) = self.own_method(&object, operators.finish)
        {
            self.invoke_one(&finish, &Args::default(), site);
        }
        made
    }

    /// An instance that no constructor has seen.
    pub fn bare_instance(&mut self, class: ClassRef, site: Site) -> Values {
        self.allocate(site, Object::Instance { class, fields: indexmap::IndexMap::new() })
    }

    /// A class of named fields, as a library makes it.
    pub fn record_class(&mut self, fields: Vec<SmolStr>) -> ClassRef {
        let class = ClassRef(u32::try_from(self.classes.len()).expect("fewer classes than steps"));
        self.classes.push(super::ClassValue {
            bases: Vec::new(),
            members: indexmap::IndexMap::new(),
            fields: fields.into_iter().map(|name| (name, None, None)).collect(),
            implementors: Vec::new(),
        });
        class
    }

    /// Runs what a class without a constructor of its own has for when its fields are filled.
    fn complete(&mut self, class: ClassRef, object: &Value, args: &Args, site: Site) {
        let names = self.runtime.operators().filled;
        let Some(method) = names.iter().find_map(|name| self.own_method(object, name)) else { return };
        let mut given = Args { rest: args.rest.clone(), ..Args::default() };
        for (position, name) in self.field_names(class).iter().enumerate() {
            let values = match args.get(position, name) {
                Some(values) => values.clone(),
                None => self.member(&object.clone().into(), name),
            };
            given.set(name, values);
        }
        self.invoke(&method.into(), &given, site);
    }

    /// A class without a constructor takes its declared fields in order (dataclasses, named tuples, models).
    fn fill_fields(&mut self, class: ClassRef, object: &Value, args: &Args) {
        let names = self.field_names(class);
        for (position, name) in names.iter().enumerate() {
            if let Some(values) = args.get(position, name) {
                let values = values.clone();
                if !values.is_vague() {
                    self.assign_member(&object.clone().into(), name, &values);
                }
            }
        }
        for (name, values) in &args.named {
            if !names.contains(name) {
                self.assign_member(&object.clone().into(), name, &values.clone());
            }
        }
    }

    fn call_external(&mut self, callee: &External, args: &Args, site: Site) -> Values {
        if let Some(known) = self.runtime.external_call(self, callee, args, site) {
            return known;
        }
        let made_at = site_number(site);
        if self.runtime.takes_objects(callee) {
            let thing = if callee.made_at == 0 { made_at } else { callee.made_at };
            for object in self.given_objects(args) {
                self.hand_over(&object, thing, site);
            }
        }
        let given = self.things(args);
        let thing = if callee.made_at == 0 { made_at } else { callee.made_at };
        let wrapped = self.run_wrapped(callee, args, site);
        self.wrap(thing, args);
        let mut returned = if let Some(mut returned) = wrapped {
            // What else was given to it runs beside them.
            returned.join(&self.run_registered(callee.made_at, args, site, true));
            returned
        } else if self.initialising {
            self.defer_callbacks(thing, args, site)
        } else {
            let mut returned = self.run_callbacks(args, site);
            for thing in given.iter().copied().chain([callee.made_at]).filter(|thing| *thing != 0) {
                returned.join(&self.run_registered(thing, args, site, false));
            }
            returned
        };
        for thing in [made_at, callee.made_at] {
            for other in given.iter().filter(|other| thing != 0 && **other != thing) {
                let linked = self.linked.entry(thing).or_default();
                if !linked.contains(other) {
                    linked.push(*other);
                }
            }
        }
        if callee.made_at == 0 && self.runtime.takes_objects(callee) {
            self.link_back(made_at, args);
        }
        let path = if callee.path.len() > 200 {
            callee.path.clone()
        } else {
            smol_str::format_smolstr!("{}()", callee.path)
        };
        let made_at = if callee.made_at == 0 { made_at } else { callee.made_at };
        returned.insert(Value::External(External { path, made_at }));
        returned
    }

    /// What a language's `super()` gives in the method that runs.
    pub fn super_value(&self) -> Values {
        let activation = self.activation();
        match (&activation.receiver, activation.owner) {
            (Some(receiver), Some(owner)) => {
                Value::Super { receiver: Rc::new(receiver.clone()), owner }.into()
            }
            _ => Values::unknown(),
        }
    }
}

/// Never 0, and the same for the same place.
pub(super) fn site_number(site: Site) -> u32 {
    (site.module.0 << 20) ^ site.span.start ^ (site.span.end << 10) | 1 << 31
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('.').unwrap_or(("", path))
}
