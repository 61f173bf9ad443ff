//! What JavaScript itself, Node.js and widely used libraries do with values, as far as values of interest pass
//! through them: objects, lists, text, the environment, promises, running callbacks.
//!
//! A promise is the value that it resolves to: `await` and `.then` give that value. Misses what only running
//! tells: arithmetic, regular expressions, files, proxies.

use std::rc::Rc;

use super::{containers, globals, libraries, methods};
use crate::code::eval::{Args, External, Interpreter, Operators, Runtime, Site, Value, Values};
use crate::code::sdk::{Handle, function_arn, javascript as sdk, library};
use crate::model::Text;

pub struct JavaScript;

impl Runtime for JavaScript {
    fn global(&self, name: &str) -> Value {
        globals::global(name)
    }

    fn builtin(&self, it: &mut Interpreter, name: &str, args: &Args, site: Site) -> Values {
        globals::call(it, name, args, site)
    }

    fn method(&self, it: &mut Interpreter, receiver: &Value, name: &str, args: &Args, site: Site) -> Values {
        methods::call(it, receiver, name, args, site)
    }

    fn external_member(&self, it: &mut Interpreter, of: &External, name: &str) -> Values {
        if let Some(known) = sdk::external_member(of, name) {
            return known;
        }
        if let Some(known) = containers::external_member(it, of, name) {
            return known;
        }
        match (of.path.as_str(), name) {
            ("process", "env") => Value::Environment.into(),
            ("globalThis", name) => self.global(name).into(),
            ("lambda.context", "invokedFunctionArn") => function_arn(it),
            ("lambda.context", "functionName") => it.environment("AWS_LAMBDA_FUNCTION_NAME", None),
            // The name of a class.
            (path, "name") if of.made_at == 0 && is_class(path) => {
                Values::text(Text::literal(of.last_name()))
            }
            // A library is its own default export.
            (_, "default") => Value::External(of.clone()).into(),
            _ if of.path.len() > 200 => Value::External(of.clone()).into(),
            _ => Value::External(of.member(name)).into(),
        }
    }

    fn inherited_member(&self, it: &mut Interpreter, subject: &Value, base: &External, name: &str) -> Values {
        if let Some(known) = library::inherited(it, subject, base, name, OPERATORS.construct) {
            return known;
        }
        match self.typed(it, base) {
            Some(typed) if name != OPERATORS.construct => it.member(&typed.into(), name),
            _ => self.external_member(it, base, name),
        }
    }

    fn external_call(
        &self,
        it: &mut Interpreter,
        callee: &External,
        args: &Args,
        site: Site,
    ) -> Option<Values> {
        if let Some(known) = sdk::external_call(it, callee, args, site) {
            return Some(known);
        }
        if callee.last_name() == "*" {
            return sdk::unresolved::computed(it, callee, site);
        }
        if callee.last_name() == "send"
            && let Some(known) = sdk::unresolved::method(it, "send", args, site)
        {
            return Some(known);
        }
        if let Some(known) = library::external_call(it, callee, args, site) {
            return Some(known);
        }
        if let Some(known) = containers::external_call(it, callee, args, site) {
            return Some(known);
        }
        libraries::external_call(it, callee, args, site)
    }

    fn is_transparent(&self, decorator: &External) -> bool {
        let path = decorator.path.trim_end_matches("()");
        let name = path.rsplit('.').next().unwrap_or(path);
        path.contains("powertools") || name.starts_with("capture") || name.starts_with("injectLambda")
    }

    fn is_known(&self, thing: &External) -> bool {
        containers::is_cradle(thing)
    }

    fn sdk_member(&self, it: &mut Interpreter, handle: &Rc<Handle>, name: &str) -> Values {
        match (&**handle, name) {
            (Handle::Member { .. }, "bind" | "call" | "apply") => {
                Value::Method(Rc::new((Value::Sdk(Rc::clone(handle)), name.into()))).into()
            }
            _ => sdk::member(it, handle, name),
        }
    }

    fn sdk_call(&self, it: &mut Interpreter, handle: &Rc<Handle>, args: &Args, site: Site) -> Values {
        sdk::call(it, handle, args, site)
    }

    fn typed(&self, it: &mut Interpreter, declared: &External) -> Option<Value> {
        sdk::typed(declared).or_else(|| library::typed(it, declared))
    }

    fn data_member(&self, of: &Value, name: &str) -> Option<Values> {
        match (of, name) {
            // A promise of nothing is still a promise.
            (Value::Null | Value::Module(_), "then" | "catch" | "finally") => {
                Some(Value::Method(Rc::new((of.clone(), name.into()))).into())
            }
            (Value::Text(_) | Value::Object(_) | Value::Function(_), "length" | "size") => {
                Some(Values::unknown())
            }
            _ => None,
        }
    }

    fn callbacks_come_first(&self) -> bool {
        false
    }

    fn members_are_entries(&self) -> bool {
        true
    }

    fn module_names(&self) -> &'static [&'static str] {
        &["module", "exports"]
    }

    fn operators(&self) -> &'static Operators {
        &OPERATORS
    }

    fn libraries(&self) -> &'static library::Libraries {
        &library::JAVASCRIPT
    }
}

/// Where JavaScript has no such operator, a name that no member has.
static OPERATORS: Operators = Operators {
    root: "Object",
    allocate: "[[Allocate]]",
    construct: "constructor",
    filled: &[],
    call: "[[Call]]",
    finish: "",
    enter: &[],
    exit: &[],
    index: "[[Get]]",
    set_index: "[[Set]]",
    missing_entry: "[[MissingEntry]]",
    advance: &[],
    text: "toString",
    subclassed: "[[Subclassed]]",
    iterate: &["Symbol.iterator", "Symbol.asyncIterator", "[Symbol.iterator]", "[Symbol.asyncIterator]"],
    join: &[],
    missing_member: "[[Missing]]",
    prototype: "prototype",
};

fn is_class(path: &str) -> bool {
    let name = path.rsplit('.').next().unwrap_or(path);
    name.starts_with(|letter: char| letter.is_ascii_uppercase()) && !path.ends_with(')')
}
