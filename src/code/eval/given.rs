//! Instances and classes of the project that are given to a library, which may call their methods: views, resources
//! and handlers of web frameworks, threads. What a library calls is known by name alone.
//!
//! Misses methods that are named in texts.

use super::{Args, ClassRef, External, Interpreter, Object, Site, Value, Values};
use crate::code::ir::Symbol;

impl Interpreter<'_> {
    /// The arguments whose methods the library may call, also in lists.
    pub(super) fn given_objects(&self, args: &Args) -> Vec<Value> {
        let named = args.named.iter().map(|(_, values)| values);
        let mut found = Vec::new();
        for value in args.positional.iter().chain(named).flatten() {
            let inside: Vec<&Value> = match self.object(value) {
                Some(Object::List { items, rest }) => items.iter().chain([rest]).flatten().collect(),
                _ => vec![value],
            };
            for value in inside {
                if !self.callable_methods(value).is_empty() && !found.contains(value) {
                    found.push(value.clone());
                }
            }
        }
        found
    }

    /// A library has a class or an instance from here on. While the handler's module is initialised it is kept until
    /// what the library made is used.
    pub fn hand_over(&mut self, value: &Value, thing: u32, site: Site) {
        if self.initialising {
            self.register(thing, value.clone());
            self.deferred.push((thing, value.clone(), site));
        } else {
            self.run_given(value, site);
        }
    }

    /// Runs a function that a library has, or the methods of what it has that it may call.
    pub(super) fn run_one_given(&mut self, given: &Value, args: &Args, site: Site) -> Values {
        match given {
            Value::Class(_) | Value::Object(_) if !self.callable_methods(given).is_empty() => {
                self.run_given(given, site);
                Values::unknown()
            }
            _ => self.invoke(&given.clone().into(), args, site),
        }
    }

    fn run_given(&mut self, given: &Value, site: Site) {
        let anything = Args { rest: Values::unknown(), ..Args::default() };
        let methods = self.callable_methods(given);
        let objects = match given {
            Value::Class(class) => self.instantiate(*class, &anything, site),
            _ => given.clone().into(),
        };
        for object in &objects {
            for name in &methods {
                if let Some(method) = self.own_method(object, name) {
                    self.invoke(&method.into(), &anything, site);
                }
            }
        }
    }

    /// The methods that a library calls of what it is given: those that libraries ask for by name, else all.
    fn callable_methods(&self, given: &Value) -> Vec<Symbol> {
        let class = match (given, self.object(given)) {
            (Value::Class(class), _) | (_, Some(Object::Instance { class, .. })) => *class,
            _ => return Vec::new(),
        };
        let bases = self.external_bases(class);
        let is_theirs = bases.iter().any(|base| self.runtime.calls_overrides(base))
            || self.lineage(class).iter().any(|class| self.decorated.contains(class));
        let methods = self.methods(class);
        let asked: Vec<Symbol> =
            methods.iter().filter(|name| self.runtime.is_asked_for(name, is_theirs)).cloned().collect();
        if !asked.is_empty() || !is_theirs {
            return asked;
        }
        methods.into_iter().filter(|name| !name.starts_with('_')).collect()
    }

    pub(super) fn methods(&self, class: ClassRef) -> Vec<Symbol> {
        let mut names: Vec<Symbol> = Vec::new();
        for class in self.lineage(class) {
            for (name, values) in &self.classes[class.0 as usize].members {
                let is_method = values.iter().any(|value| matches!(value, Value::Function(_)));
                if is_method && !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
        names
    }

    /// What is made around a thing is used when that is: `Api(app)`.
    pub(super) fn link_back(&mut self, made: u32, args: &Args) {
        for value in args.positional.first().into_iter().chain(args.named("app")).flatten() {
            if let Value::External(of) = value
                && of.made_at != 0
                && of.made_at != made
                && self.runtime.takes_objects(of)
            {
                let linked = self.linked.entry(of.made_at).or_default();
                if !linked.contains(&made) {
                    linked.push(made);
                }
            }
        }
    }

    /// The thing that a library makes of a class or an instance: `View.as_view()`.
    pub fn thing_of(&mut self, value: &Value, path: &str, site: Site) -> Values {
        let made_at = super::call::site_number(site);
        self.hand_over(value, made_at, site);
        Value::External(External { path: path.into(), made_at }).into()
    }
}
