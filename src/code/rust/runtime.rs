//! What Rust itself, its standard library and the crates that Lambda functions are made with do with values.

use std::rc::Rc;

use super::{conversions, methods, standard};
use crate::code::eval::{Args, External, Interpreter, Operators, Runtime, Site, Value, Values};
use crate::code::sdk::{Handle, function_arn, library, rust};

pub struct Rust;

impl Runtime for Rust {
    fn global(&self, name: &str) -> Value {
        match name {
            "Some" | "Ok" | "Err" => Value::Builtin(name.into()),
            "Box" | "Vec" | "String" | "Option" | "Result" | "Default" | "From" | "Into" => {
                Value::External(External { path: name.into(), made_at: 0 })
            }
            // What no arm of a branch gave.
            _ if name.starts_with('<') => Value::Null,
            _ => Value::Unknown,
        }
    }

    fn builtin(&self, _: &mut Interpreter, name: &str, args: &Args, _: Site) -> Values {
        match name {
            "Err" => Value::Null.into(),
            _ => args.positional.first().cloned().unwrap_or_else(|| args.rest.clone()),
        }
    }

    fn method(&self, it: &mut Interpreter, receiver: &Value, name: &str, args: &Args, site: Site) -> Values {
        methods::call(it, receiver, name, args, site)
    }

    fn external_member(&self, it: &mut Interpreter, of: &External, name: &str) -> Values {
        match (of.path.as_str(), name) {
            ("lambda.context.env_config", "function_name") => {
                it.environment("AWS_LAMBDA_FUNCTION_NAME", None)
            }
            ("lambda.context", "invoked_function_arn") => function_arn(it),
            _ if of.path.len() > 200 => Value::External(of.clone()).into(),
            _ => Value::External(of.member(name)).into(),
        }
    }

    fn inherited_member(&self, it: &mut Interpreter, subject: &Value, base: &External, name: &str) -> Values {
        // Other traits of libraries add methods, which are told by their name alone.
        if !matches!(base.last_name(), "Deref" | "DerefMut")
            || matches!(name, "deref" | "deref_mut" | super::places::PUT | super::places::PUT_MADE)
        {
            return Values::none();
        }
        let Some(deref) = it.method_of(subject, "deref") else { return Values::none() };
        let site = it.reading();
        let held = it.invoke(&deref.into(), &Args::default(), site);
        if held.iter().any(|value| value == subject) { Values::none() } else { it.called_member(&held, name) }
    }

    fn external_call(
        &self,
        it: &mut Interpreter,
        callee: &External,
        args: &Args,
        site: Site,
    ) -> Option<Values> {
        if let Some((of, name)) = callee.path.rsplit_once('.')
            && let Some(made) = {
                let of = Value::External(External { path: of.into(), ..callee.clone() });
                conversions::to_order(it, &of, name, args, site)
                    .or_else(|| conversions::put(it, &of, name, args, site))
            }
        {
            return Some(made);
        }
        if let Some(known) = rust::external_call(it, callee, args, site) {
            return Some(known);
        }
        standard::external_call(it, callee, args, site)
    }

    fn is_transparent(&self, _: &External) -> bool {
        true
    }

    fn sdk_member(&self, _: &mut Interpreter, handle: &Rc<Handle>, name: &str) -> Values {
        match &**handle {
            Handle::Thing(_) => library::member(handle, name),
            _ => rust::member(handle, name),
        }
    }

    fn sdk_call(&self, it: &mut Interpreter, handle: &Rc<Handle>, args: &Args, site: Site) -> Values {
        if let Handle::Member { of, name } = &**handle {
            let of = Value::Sdk(Rc::clone(of));
            let made = conversions::to_order(it, &of, name, args, site);
            if let Some(made) = made.or_else(|| conversions::put(it, &of, name, args, site)) {
                return made;
            }
        }
        rust::call(it, handle, args, site)
    }

    fn typed(&self, _: &mut Interpreter, declared: &External) -> Option<Value> {
        if declared.path == "lambda_runtime.Context" {
            return Some(Value::External(External { path: "lambda.context".into(), made_at: 0 }));
        }
        rust::typed(declared)
    }

    fn data_member(&self, of: &Value, name: &str) -> Option<Values> {
        match of {
            Value::Null => Some(Value::Method(Rc::new((Value::Null, name.into()))).into()),
            _ => None,
        }
    }

    fn callbacks_come_first(&self) -> bool {
        false
    }

    fn members_are_entries(&self) -> bool {
        true
    }

    fn methods_are_apart(&self) -> bool {
        true
    }

    fn module_names(&self) -> &'static [&'static str] {
        &[]
    }

    fn libraries(&self) -> &'static library::Libraries {
        &library::RUST
    }

    fn operators(&self) -> &'static Operators {
        &OPERATORS
    }
}

/// Only a service's `call` has a meaning for what is not code: `lambda_runtime::run` calls it.
static OPERATORS: Operators = Operators {
    root: "",
    allocate: "<allocate>",
    construct: "<construct>",
    filled: &[],
    call: "call",
    enter: &[],
    exit: &[],
    finish: "drop",
    index: "index",
    set_index: "<set index>",
    missing_entry: "<missing entry>",
    advance: &[],
    text: "<text>",
    subclassed: "<subclassed>",
    iterate: &["into_iter", "next"],
    join: &[],
    missing_member: "<missing>",
    prototype: "<prototype>",
};
