//! Functions that are given to libraries: run when they are given, or kept until what the library made of them
//! is used.
//!
//! Which of the two a library does is not known. While the handler's module is initialised, a function that
//! takes arguments is kept (a wrapped handler, a route), so that it is run with the event; whatever was kept
//! and never run is run at the end with nothing known of its arguments. All else is run at once.

use super::{Args, External, Interpreter, Object, Site, Value, Values};
use crate::code::ir::{ParamKind, Role};
use crate::code::sdk::Handle;

/// How deep functions are looked for in the maps and lists that a library is given.
const DEPTH: u32 = 3;

impl Interpreter<'_> {
    /// Runs the functions that were passed to something unknown. Gives what they return: `submit`, `map`, `run`
    /// and their like hand it on.
    pub fn run_callbacks(&mut self, args: &Args, site: Site) -> Values {
        let mut returned = Values::none();
        for (callback, passed) in self.callbacks(args) {
            let result = self.invoke(&callback.into(), &passed, site);
            returned.join(&result);
        }
        returned
    }

    /// As [`Self::run_callbacks`], but keeps those that take arguments until `thing` is used.
    pub(super) fn defer_callbacks(&mut self, thing: u32, args: &Args, site: Site) -> Values {
        let mut returned = Values::none();
        for (callback, passed) in self.callbacks(args) {
            if self.takes_arguments(&callback) {
                self.register(thing, callback.clone());
                self.deferred.push((thing, callback, site));
            } else {
                let result = self.invoke(&callback.into(), &passed, site);
                returned.join(&result);
            }
        }
        returned
    }

    /// Remembers the functions that a thing of a library is made of, for when the thing itself is called.
    pub(super) fn wrap(&mut self, thing: u32, args: &Args) {
        for value in args.positional.iter().flatten().filter(|value| is_function(value)) {
            let wrapped = self.wrapped.entry(thing).or_default();
            if wrapped.len() < Values::WIDTH && !wrapped.contains(value) {
                wrapped.push(value.clone());
            }
        }
    }

    /// What a library made of functions is called as they are: `memoize(f)(x)`, `compose(f, g)(x)`. None where it
    /// is made of none.
    pub(super) fn run_wrapped(&mut self, callee: &External, args: &Args, site: Site) -> Option<Values> {
        if !callee.path.ends_with("()") || !self.running.insert(callee.made_at) {
            return None;
        }
        let wrapped = self.wrapped.get(&callee.made_at).cloned().unwrap_or_default();
        let mut returned = Values::none();
        for function in &wrapped {
            let mut passed = args.clone();
            passed.rest.insert(Value::Unknown);
            returned.join(&self.invoke(&function.clone().into(), &passed, site));
        }
        self.running.remove(&callee.made_at);
        (!wrapped.is_empty()).then_some(returned)
    }

    /// Runs what was kept and never run, but for what another handler of a module is made of.
    pub(super) fn run_deferred(&mut self) {
        let exported = self.exported_things();
        for (thing, function, site) in std::mem::take(&mut self.deferred) {
            let entered = match &function {
                Value::Function(closure) => self.entered.contains(&(closure.module, closure.function)),
                _ => false,
            };
            if !entered && !exported.contains(&thing) {
                self.run_one_given(&function, &anything(), site);
            }
        }
    }

    /// Runs what was registered with a thing of a library, and with the things that were given to it.
    pub(super) fn run_registered(&mut self, thing: u32, args: &Args, site: Site, is_direct: bool) -> Values {
        let mut returned = Values::none();
        if self.initialising {
            return returned;
        }
        let things = self.enter_linked(thing);
        let event = args.all().find(|value| matches!(value, Value::Event(_))).cloned();
        let wrapped = self.wrapped.get(&thing).cloned().unwrap_or_default();
        let functions: Vec<Value> =
            things.iter().filter_map(|thing| self.registered.get(thing)).flatten().cloned().collect();
        for function in functions {
            if is_direct && wrapped.contains(&function) {
                continue;
            }
            let wraps = self.deferred.iter().any(|(_, deferred, _)| *deferred == function);
            let mut passed = anything();
            match (&event, args.positional.first()) {
                // What wraps a handler is called as the handler is.
                (Some(_), Some(first)) if wraps && first.iter().any(is_event) => {
                    passed.positional.clone_from(&args.positional);
                }
                _ => passed.positional.extend(event.clone().map(Values::from)),
            }
            let result = self.run_one_given(&function, &passed, site);
            returned.join(&result);
        }
        for thing in things {
            self.running.remove(&thing);
        }
        returned
    }

    /// A thing and all that it leads to, each once: things of a library that are given to each other make many
    /// ways to the same one. What runs already is left out.
    fn enter_linked(&mut self, thing: u32) -> Vec<u32> {
        let mut entered = Vec::new();
        let mut waiting = vec![thing];
        while let Some(thing) = waiting.pop() {
            if self.running.insert(thing) {
                entered.push(thing);
                waiting.extend(self.linked.get(&thing).into_iter().flatten().rev());
            }
        }
        entered
    }

    /// The functions among arguments, each with what a library can be expected to pass to it.
    fn callbacks(&mut self, args: &Args) -> Vec<(Value, Args)> {
        let mut found = Vec::new();
        for (position, values) in args.positional.iter().enumerate() {
            for value in values.iter().filter(|value| is_callback(value)) {
                let passed = self.positional_arguments(value, position, args);
                found.push((value.clone(), passed));
            }
        }
        for (_, values) in &args.named {
            for value in values.iter().filter(|value| is_callback(value)) {
                let passed = self.named_arguments(value, args);
                found.push((value.clone(), passed));
            }
        }
        // Containers of functions, as `gather(*tasks)`, `[f, g]` and `{ onError: f }` pass them.
        let named = args.named.iter().filter(|(name, _)| name != "args" && name != "kwargs");
        for values in args.positional.iter().chain(named.map(|(_, values)| values)).chain([&args.rest]) {
            let mut inside = Values::none();
            self.functions_inside(values, DEPTH, &mut inside);
            found.extend(inside.iter().map(|value| (value.clone(), anything())));
        }
        found
    }

    fn positional_arguments(&mut self, callback: &Value, position: usize, args: &Args) -> Args {
        let mut passed = Args { named: args.named.clone(), open: args.open, ..Args::default() };
        if self.runtime.callbacks_come_first() {
            for following in &args.positional[position + 1..] {
                passed.positional.push(self.value_or_element(following));
            }
        } else if let Some(data) =
            args.positional[..position].iter().find(|values| values.iter().any(is_data))
        {
            let element = self.element(data);
            passed.positional.push(element);
        }
        // Whatever else the library passes to a function is not known.
        if !takes_a_request(callback) {
            passed.rest = Values::unknown();
        }
        passed
    }

    fn named_arguments(&mut self, callback: &Value, args: &Args) -> Args {
        let mut passed = Args::default();
        if !takes_a_request(callback) {
            passed.rest = Values::unknown();
        }
        if let Some(list) = args.named("args").cloned() {
            for at in 0..self.list_length(&list) {
                let item = self.position(&list, at);
                passed.positional.push(item);
            }
        }
        if let Some(named) = args.named("kwargs").cloned() {
            let mut map = super::Map::default();
            self.spread_into(&mut map, &named);
            passed.named.extend(map.entries);
        }
        passed
    }

    /// The things of libraries among arguments, also in the containers that are passed.
    pub(super) fn things(&self, args: &Args) -> Vec<u32> {
        let mut found = Vec::new();
        for values in
            args.positional.iter().chain(args.named.iter().map(|(_, values)| values)).chain([&args.rest])
        {
            self.things_inside(values, DEPTH, &mut found);
        }
        found
    }

    fn things_inside(&self, values: &Values, depth: u32, found: &mut Vec<u32>) {
        for value in values {
            match (value, self.object(value)) {
                (Value::External(External { made_at, .. }), _)
                    if *made_at != 0 && !found.contains(made_at) =>
                {
                    found.push(*made_at);
                }
                (_, Some(Object::Map(map))) if depth > 0 => {
                    map.entries.values().for_each(|values| self.things_inside(values, depth - 1, found));
                }
                (_, Some(Object::List { items, rest })) if depth > 0 => {
                    items
                        .iter()
                        .chain([rest])
                        .for_each(|values| self.things_inside(values, depth - 1, found));
                }
                _ => {}
            }
        }
    }

    /// The things of libraries that modules export: what they are made of is another handler's.
    fn exported_things(&self) -> Vec<u32> {
        let modules = self.modules.keys();
        let exported = modules
            .filter(|module| !self.runtime.module_names().is_empty() || self.exports.contains_key(*module));
        let values = exported.flat_map(|module| self.exported(*module)).map(|(_, values)| values);
        let mut found = Vec::new();
        values.for_each(|values| self.things_inside(&values, 1, &mut found));
        found
    }

    fn functions_inside(&self, values: &Values, depth: u32, found: &mut Values) {
        if depth == 0 {
            return;
        }
        for value in values {
            let inside: Vec<&Values> = match self.object(value) {
                Some(Object::List { items, rest }) => items.iter().chain([rest]).collect(),
                Some(Object::Map(map)) if self.runtime.members_are_entries() => {
                    map.entries.values().collect()
                }
                _ => continue,
            };
            for values in inside {
                for value in
                    values.iter().filter(|value| matches!(value, Value::Function(_) | Value::Partial(_)))
                {
                    found.insert(value.clone());
                }
                self.functions_inside(values, depth - 1, found);
            }
        }
    }

    /// Whether a function has parameters that must be passed, beside its receiver.
    fn takes_arguments(&self, callback: &Value) -> bool {
        match callback {
            Value::Function(closure) => {
                let module = self.loader.module(closure.module);
                let function = module.function(closure.function);
                let implied =
                    matches!(function.role, Role::Method | Role::ClassMethod) && function.receiver.is_none();
                let needed = function.params.iter().filter(|param| {
                    param.default.is_none()
                        && !matches!(param.kind, ParamKind::NamedOnly | ParamKind::NamedRest)
                });
                needed.count() > usize::from(implied)
            }
            Value::Partial(partial) => self.takes_arguments(&partial.0),
            _ => false,
        }
    }

    fn value_or_element(&mut self, values: &Values) -> Values {
        let mut either = values.clone();
        for value in values.iter().filter(|value| is_data(value)) {
            either.join(&self.element(&value.clone().into()));
        }
        either
    }

    fn list_length(&self, values: &Values) -> usize {
        let lengths = values.iter().filter_map(|value| match self.object(value) {
            Some(Object::List { items, .. }) => Some(items.len()),
            _ => None,
        });
        lengths.max().unwrap_or(0)
    }
}

fn anything() -> Args {
    Args { rest: Values::unknown(), ..Args::default() }
}

fn is_function(value: &Value) -> bool {
    matches!(value, Value::Function(_) | Value::Partial(_))
}

fn is_event(value: &Value) -> bool {
    matches!(value, Value::Event(_))
}

fn is_data(value: &Value) -> bool {
    matches!(value, Value::Object(_) | Value::Event(_) | Value::Response(_))
}

fn is_callback(value: &Value) -> bool {
    match value {
        Value::Function(_) | Value::Partial(_) => true,
        Value::Sdk(handle) => matches!(**handle, Handle::Member { .. }),
        _ => false,
    }
}

/// An operation of an SDK gets what it is given; nothing else adds to its request.
fn takes_a_request(callee: &Value) -> bool {
    match callee {
        Value::Sdk(_) => true,
        Value::Partial(partial) => takes_a_request(&partial.0),
        _ => false,
    }
}
