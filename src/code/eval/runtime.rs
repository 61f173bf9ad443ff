//! What the interpreter asks of a language: what its own names and methods do, and what belongs to an SDK.

use std::rc::Rc;

use super::{Args, External, Interpreter, Operators, Site, Value, Values};

/// A language's own names and methods, and its SDK.
pub trait Runtime {
    /// A name that no scope binds.
    fn global(&self, name: &str) -> Value;
    fn builtin(&self, it: &mut Interpreter, name: &str, args: &Args, site: Site) -> Values;
    /// A member of a text, list, map, event … that is not data.
    fn method(&self, it: &mut Interpreter, receiver: &Value, name: &str, args: &Args, site: Site) -> Values;
    fn external_member(&self, it: &mut Interpreter, of: &External, name: &str) -> Values;
    /// A member that a class or instance of the project has from a base class of a library.
    fn inherited_member(&self, it: &mut Interpreter, subject: &Value, base: &External, name: &str) -> Values;
    /// None where nothing is known of it: its callbacks are then run and the result is opaque.
    fn external_call(
        &self,
        it: &mut Interpreter,
        callee: &External,
        args: &Args,
        site: Site,
    ) -> Option<Values>;
    /// Whether a decorator of a library leaves what it decorates as it is and runs it only when it is called;
    /// otherwise the library may call it.
    fn is_transparent(&self, decorator: &External) -> bool;
    /// Whether what a method of a function decorates may be run in the function's place.
    fn attaches(&self, _function: &Value, _name: &str) -> bool {
        false
    }
    /// Whether a library that has a class calls what the project defines in it, as its base says.
    fn calls_overrides(&self, _base: &External) -> bool {
        false
    }
    /// Whether libraries call a method of this name of what they are given; `theirs` where its class is made for one.
    fn is_asked_for(&self, _method: &str, _theirs: bool) -> bool {
        false
    }
    /// Whether a library may call methods of what this is given.
    fn takes_objects(&self, _callee: &External) -> bool {
        false
    }
    /// What an entry of a library's thing is; None where nothing is known of it.
    fn external_entry(
        &self,
        _it: &mut Interpreter,
        _of: &External,
        _key: &Value,
        _site: Site,
    ) -> Option<Values> {
        None
    }
    /// Whether more is known of a library's thing than a declared type would say.
    fn is_known(&self, _thing: &External) -> bool {
        false
    }
    fn sdk_member(&self, it: &mut Interpreter, handle: &Rc<crate::code::sdk::Handle>, name: &str) -> Values;
    fn sdk_call(
        &self,
        it: &mut Interpreter,
        handle: &Rc<crate::code::sdk::Handle>,
        args: &Args,
        site: Site,
    ) -> Values;
    /// What a value of a declared type is, where the type says it.
    fn typed(&self, it: &mut Interpreter, declared: &External) -> Option<Value>;
    /// The values of a library class's declared fields (settings read from the environment), given what they are by
    /// default.
    fn declared_field(
        &self,
        _it: &mut Interpreter,
        _class: &Value,
        _base: &External,
        _name: &str,
        _default: &Values,
    ) -> Option<Values> {
        None
    }
    /// A member of a value of the language that is data, not a method.
    fn data_member(&self, of: &Value, name: &str) -> Option<Values>;
    /// Whether libraries take the functions that they run before the data for them (`map(f, xs)`), not after
    /// (`each(xs, f)`).
    fn callbacks_come_first(&self) -> bool;
    /// Whether a map's entries are also its members, as in JavaScript; iterating it then gives pairs.
    fn members_are_entries(&self) -> bool;
    /// The two names under which every module can set what it exports, where the language has them: `module`,
    /// whose member `exports` it is, and `exports`.
    fn module_names(&self) -> &'static [&'static str];
    /// Whether a type's methods have names of their own, beside those of its fields: `self.client()` and
    /// `self.client` are two things.
    fn methods_are_apart(&self) -> bool {
        false
    }
    fn operators(&self) -> &'static Operators;
    /// What libraries of the language call by themselves.
    fn libraries(&self) -> &'static crate::code::sdk::library::Libraries;
}
