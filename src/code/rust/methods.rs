//! Methods of values that are of no type of the project: options and results, smart pointers and locks, texts,
//! collections and iterators, the event, what AWS answered. What only holds a value or hands it on gives it.

use super::collections::{list_method, map_method};
use super::conversions::{put, to_order};
use super::unresolved;
use super::values::{changed_text, date};
use crate::code::eval::{Args, Interpreter, Object, Site, Value, Values};
use crate::code::sdk::rust::pascal;
use crate::model::{Part, Text};

/// Methods that give what they are called on, or what it holds.
const TRANSPARENT: [&str; 85] = [
    "clone",
    "cloned",
    "copied",
    "to_owned",
    "into",
    "try_into",
    "unwrap",
    "expect",
    "unwrap_or_default",
    "ok",
    "ok_or",
    "ok_or_else",
    "as_ref",
    "as_mut",
    "as_deref",
    "as_deref_mut",
    "as_str",
    "as_bytes",
    "to_string",
    "into_owned",
    "to_vec",
    "borrow",
    "borrow_mut",
    "lock",
    "read",
    "write",
    "get_ref",
    "get_mut",
    "into_inner",
    "deref",
    "deref_mut",
    "map_err",
    "context",
    "with_context",
    "inspect_err",
    "inspect",
    "or_default_provider",
    "trim",
    "to_str",
    "boxed",
    "boxed_local",
    "fuse",
    "instrument",
    "in_current_span",
    "as_slice",
    "display",
    "to_string_lossy",
    "take",
    "peekable",
    "load",
    "load_full",
    "upgrade",
    "downgrade",
    "flatten",
    "transpose",
    "collect",
    "try_collect",
    "into_boxed_str",
    "by_ref",
    "rev",
    "skip",
    "step_by",
    "buffered",
    "buffer_unordered",
    "try_buffer_unordered",
    "into_stream",
    "shared",
    "try_lock",
    "or_current",
    "into_string",
    "as_path",
    "as_mut_slice",
    "drain",
    "into_iter",
    "iter",
    "iter_mut",
    "par_iter",
    "into_par_iter",
    "to_path_buf",
    "into_bytes",
    "await",
    "into_future",
    "wrap_err",
    "compat",
    "unwrap_or_log",
];

/// A method of anything that only hands the value on.
pub(super) fn is_transparent(name: &str) -> bool {
    TRANSPARENT.contains(&name)
}

/// Whether any value has the method, also a builder.
pub fn is_of_any_value(name: &str) -> bool {
    matches!(name, "clone" | "unwrap" | "expect" | "map_err" | "context" | "with_context" | "ok_or_else")
}

pub(super) fn call(it: &mut Interpreter, receiver: &Value, name: &str, args: &Args, site: Site) -> Values {
    if let Some(made) = to_order(it, receiver, name, args, site) {
        return made;
    }
    if let Some(held) = put(it, receiver, name, args, site) {
        return held;
    }
    match receiver {
        Value::Object(_) => match it.object(receiver) {
            Some(Object::Map(_)) => map_method(it, receiver, name, args, site),
            Some(Object::List { .. }) => list_method(it, receiver, name, args, site),
            _ => instance_method(it, receiver, name, args, site),
        },
        Value::Text(text) => {
            if let Some(changed) = changed_text(it, text, name, args, site) {
                return changed;
            }
            held(it, receiver, name, args, site).unwrap_or_else(|| Values::text(Text::unknown()))
        }
        Value::Event(_) | Value::Response(_) => data_method(it, receiver, name, args, site),
        Value::Function(_) | Value::Partial(_) => match held(it, receiver, name, args, site) {
            Some(values) => values,
            // `f.retry(…)`: whatever a library does with a function, it may run it.
            None => it.invoke(
                &receiver.clone().into(),
                &Args { rest: Values::unknown(), ..Args::default() },
                site,
            ),
        },
        Value::Class(_) => it.invoke(
            &receiver.clone().into(),
            &Args { rest: Values::unknown(), open: true, ..Args::default() },
            site,
        ),
        Value::Null => match name {
            "unwrap_or" | "or" | "map_or" => {
                args.positional.first().cloned().unwrap_or_default().or_unknown()
            }
            "unwrap_or_else" | "or_else" | "map_or_else" | "get_or_insert_with" => {
                let given = args.positional.first().cloned().unwrap_or_default();
                run(it, &given, &anything(), site)
            }
            _ => Value::Null.into(),
        },
        Value::Unknown | Value::Method(_) if name == "format" => date(args),
        _ => {
            if *receiver == Value::Unknown && !is_transparent(name) {
                let own = it.methods_by_name(super::structs::READ, receiver, name, args, site);
                if !own.is_empty() {
                    return it.invoke(&own, args, site);
                }
            }
            let extension = it.extension(receiver, name);
            if !extension.is_empty() {
                return it.invoke(&extension, args, site);
            }
            if args.positional.is_empty()
                && let Some(operation) = unresolved::operation(name, site)
            {
                return operation;
            }
            held(it, receiver, name, args, site).unwrap_or_else(|| {
                it.run_callbacks(args, site);
                Values::unknown()
            })
        }
    }
}

/// What a method gives that options, results, pointers, locks and cells of any value have. None where it is
/// none of theirs.
pub fn held(it: &mut Interpreter, value: &Value, name: &str, args: &Args, site: Site) -> Option<Values> {
    let itself = || Values::from(value.clone());
    if is_transparent(name) {
        return Some(itself());
    }
    let first = args.positional.first().cloned().unwrap_or_default();
    let passed = || Args::of([itself()]);
    match name {
        "unwrap_or" | "or" => Some(otherwise(it, value, &first)),
        "unwrap_or_else" | "or_else" => {
            let other = run(it, &first, &anything(), site);
            Some(otherwise(it, value, &other))
        }
        "is_none" | "is_some" | "is_ok" | "is_err" | "is_empty" | "eq" | "ne" | "type_id" | "is_null"
        | "len" => Some(Values::unknown()),
        "map" | "and_then" | "then" | "with" | "with_borrow" | "with_borrow_mut" | "is_some_and"
        | "is_ok_and" | "map_ok" => Some(run(it, &first, &passed(), site)),
        "map_or" | "map_or_else" => {
            let callee = args.positional.get(1).cloned().unwrap_or_default();
            let mut found = run(it, &callee, &passed(), site);
            found.join(&run(it, &first, &anything(), site));
            Some(found)
        }
        "filter" => {
            run(it, &first, &passed(), site);
            Some(itself())
        }
        "get_or_init" | "get_or_try_init" | "get_or_insert_with" => Some(itself()),
        _ => None,
    }
}

/// What is there, or what stands in for it: of a value that is known, itself alone.
fn otherwise(it: &Interpreter, value: &Value, other: &Values) -> Values {
    let itself = Values::from(value.clone());
    let is_text = other.iter().all(|other| matches!(other, Value::Text(_)));
    if other.literal() == Some("") {
        return itself;
    }
    let settled = match value {
        Value::Text(text) if text.is_unknown() => is_text,
        Value::Text(text) => {
            let is_open = |part: &Part| matches!(part, Part::Env(_) | Part::Event(_) | Part::Unknown);
            !text.parts().iter().any(is_open)
        }
        Value::Sdk(_) | Value::Object(_) => true,
        Value::Unknown | Value::Event(_) | Value::Response(_) | Value::External(_) | Value::Method(_) => {
            is_text
        }
        _ => false,
    };
    if settled { itself } else { it.or_else(itself, other) }
}

/// Runs a function; what is none, a future that was made already, is what it gives.
pub(super) fn run(it: &mut Interpreter, callees: &Values, args: &Args, site: Site) -> Values {
    let is_function = |value: &Value| match value {
        Value::Function(_) | Value::Builtin(_) | Value::Class(_) | Value::Partial(_) => true,
        // A path of a library that was not called yet.
        Value::External(external) => external.made_at == 0,
        _ => false,
    };
    let functions: Values = callees.iter().filter(|value| is_function(value)).cloned().collect();
    let mut found: Values = callees.iter().filter(|value| !is_function(value)).cloned().collect();
    if !functions.is_empty() {
        found.join(&it.invoke(&functions, args, site));
    }
    found.or_unknown()
}

pub(super) fn instance_method(
    it: &mut Interpreter,
    receiver: &Value,
    name: &str,
    args: &Args,
    site: Site,
) -> Values {
    if name == "into_parts" {
        let event: Values = receiver.clone().into();
        let parts = vec![it.member(&event, "payload"), it.member(&event, "context")];
        return it.list(site, parts, Values::none());
    }
    held(it, receiver, name, args, site).unwrap_or_else(|| {
        it.run_callbacks(args, site);
        Values::unknown()
    })
}

/// The event and answers: accessors are fields, iterating gives elements.
fn data_method(it: &mut Interpreter, receiver: &Value, name: &str, args: &Args, site: Site) -> Values {
    let whole: Values = receiver.clone().into();
    if !is_transparent(name) {
        let own = it.methods_by_name(super::structs::READ, receiver, name, args, site);
        if !own.is_empty() {
            return it.invoke(&own, args, site);
        }
    }
    match name {
        "iter" | "into_iter" | "iter_mut" | "drain" | "par_iter" | "into_par_iter" | "records"
            if name != "records" =>
        {
            let element = it.element(&whole);
            return it.list(site, Vec::new(), element);
        }
        "next" | "try_next" | "first" | "last" | "pop" if args.positional.is_empty() => {
            return it.element(&whole);
        }
        "get" | "get_mut" | "remove" => {
            let keys = args.positional.first().cloned().unwrap_or_default();
            let mut found = Values::none();
            for key in &keys {
                found.join(&it.entry(receiver, key));
            }
            return found.or_unknown();
        }
        _ => {}
    }
    if let Some(values) = held(it, receiver, name, args, site) {
        return values;
    }
    if args.all().any(|value| matches!(value, Value::Function(_))) {
        let element = it.element(&whole);
        let list = it.list(site, Vec::new(), element);
        let mut found = Values::none();
        for list in &list {
            found.join(&list_method(it, list, name, args, site));
        }
        return found;
    }
    let name = match receiver {
        Value::Response(_) => pascal(name),
        _ => name.into(),
    };
    it.entry(receiver, &Value::Text(Text::literal(&name)))
}

fn anything() -> Args {
    Args { rest: Values::unknown(), ..Args::default() }
}
