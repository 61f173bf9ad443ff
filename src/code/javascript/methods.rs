//! Methods of JavaScript's own values: promises, functions, texts, objects and maps, and data of the event.

use super::{arrays, containers, globals, objects};
use crate::code::eval::{Args, Interpreter, Map, Object, Site, Value, Values, pieces};
use crate::code::sdk::javascript as sdk;
use crate::model::Text;

pub fn call(it: &mut Interpreter, receiver: &Value, name: &str, args: &Args, site: Site) -> Values {
    if let Some(found) = promise_method(it, receiver, name, args, site) {
        return found;
    }
    match receiver {
        Value::Builtin(of) => globals::method(it, of, name, args, site),
        Value::Text(text) => text_method(it, text, name, args, site),
        Value::Object(_) => match it.object(receiver) {
            Some(Object::Map(_)) => map_method(it, receiver, name, args, site),
            Some(Object::List { .. }) => {
                arrays::method(it, receiver, name, args, site).unwrap_or_else(|| unknown(it, args, site))
            }
            _ => inherited(it, receiver, name, args, site),
        },
        Value::Event(_) | Value::Response(_) => data_method(it, receiver, name, args, site),
        Value::Function(_) | Value::Partial(_) | Value::Sdk(_) | Value::Method(_)
            if matches!(name, "call" | "apply" | "bind") =>
        {
            objects::applied(it, receiver, name, args, site)
        }
        Value::Partial(_) if containers::is_registration(receiver) => receiver.clone().into(),
        Value::Sdk(handle) => sdk::unresolved::operation(it, handle, name, site),
        Value::Unknown | Value::Method(_) => unknown_method(it, name, args, site),
        Value::Number(_) if matches!(name, "toString" | "toFixed" | "valueOf") => receiver.clone().into(),
        _ => unknown(it, args, site),
    }
}

/// Whether a method of lists calls what it is given with the elements.
pub fn calls_with_elements(name: &str) -> bool {
    matches!(
        name,
        "map"
            | "flatMap"
            | "forEach"
            | "some"
            | "every"
            | "filter"
            | "find"
            | "findIndex"
            | "findLast"
            | "reduce"
    )
}

/// `.then` and its kin: a promise is what it resolves to.
pub fn promise_method(
    it: &mut Interpreter,
    receiver: &Value,
    name: &str,
    args: &Args,
    site: Site,
) -> Option<Values> {
    let value: Values = receiver.clone().into();
    let callback = |at: usize| args.positional.get(at).filter(|values| !values.is_vague()).cloned();
    match name {
        "then" => {
            let mut found = match callback(0) {
                Some(fulfilled) => it.invoke(&fulfilled, &Args::of([value]), site),
                None => value,
            };
            if let Some(rejected) = callback(1) {
                found.join(&it.invoke(&rejected, &Args::of([Values::unknown()]), site));
            }
            Some(found)
        }
        "catch" => {
            let mut found = value;
            if let Some(rejected) = callback(0) {
                found.join(&it.invoke(&rejected, &Args::of([Values::unknown()]), site));
            }
            Some(found)
        }
        "finally" => {
            if let Some(done) = callback(0) {
                it.invoke(&done, &Args::default(), site);
            }
            Some(value)
        }
        _ => None,
    }
}

fn unknown(it: &mut Interpreter, args: &Args, site: Site) -> Values {
    it.run_callbacks(args, site);
    Values::unknown()
}

fn unknown_method(it: &mut Interpreter, name: &str, args: &Args, site: Site) -> Values {
    if let Some(known) = sdk::unresolved::method(it, name, args, site) {
        return known;
    }
    let given = args.positional.first();
    if calls_with_elements(name) && given.is_some_and(|given| given.iter().any(is_function)) {
        return arrays::method(it, &Value::Unknown, name, args, site).unwrap_or_else(Values::unknown);
    }
    unknown(it, args, site)
}

pub fn is_function(value: &Value) -> bool {
    matches!(value, Value::Function(_) | Value::Partial(_) | Value::Sdk(_))
}

/// A method that a class of the project has from a base that is not read: it may run any of the others.
fn inherited(it: &mut Interpreter, receiver: &Value, name: &str, args: &Args, site: Site) -> Values {
    it.run_callbacks(args, site);
    let is_emitter = matches!(name, "on" | "once" | "off" | "emit" | "addListener" | "removeListener");
    if !is_emitter {
        it.run_overrides(receiver, site);
    }
    Values::unknown()
}

/// Methods of `Map`, and those that every object has.
fn map_method(it: &mut Interpreter, receiver: &Value, name: &str, args: &Args, site: Site) -> Values {
    let map: Values = receiver.clone().into();
    let first = || args.positional.first().cloned().unwrap_or_default();
    match name {
        "get" => {
            let mut found = Values::none();
            for key in &first() {
                found.join(&it.entry(receiver, key));
            }
            if found.is_empty() { Value::Null.into() } else { found }
        }
        "set" | "append" => {
            let values = args.positional.get(1).cloned().unwrap_or_default();
            it.set_entries(receiver, &first(), &values);
            map
        }
        "forEach" => {
            let (pairs, rest) = it.pairs(receiver);
            for pair in pairs.iter().chain((!rest.is_empty()).then_some(&rest)) {
                let key = it.position(pair, 0);
                let value = it.position(pair, 1);
                it.invoke(&first(), &Args::of([value, key, map.clone()]), site);
            }
            Value::Null.into()
        }
        "entries" => objects::entries(it, &map, site),
        "values" => {
            let pairs = objects::entries(it, &map, site.nth(0));
            objects::column(it, &pairs, 1, site)
        }
        "keys" => objects::keys(it, &map, site),
        "next" | "return" => it.map(site, Map { open: true, ..Map::default() }),
        "valueOf" => map,
        "toString" => Values::text(Text::unknown()),
        _ => unknown(it, args, site),
    }
}

/// Data of the event or of an answer. What turns it into another form keeps its path, so that a key that was
/// decoded is still known to come from where it came.
fn data_method(it: &mut Interpreter, receiver: &Value, name: &str, args: &Args, site: Site) -> Values {
    let data: Values = receiver.clone().into();
    let first = || args.positional.first().cloned().unwrap_or_default();
    match name {
        "trim"
        | "trimStart"
        | "trimEnd"
        | "toString"
        | "valueOf"
        | "normalize"
        | "json"
        | "text"
        | "slice"
        | "reverse"
        | "promise"
        | "transformToString"
        | "transformToByteArray"
        | "transformToWebStream"
        | "createReadStream"
        | "values"
        | "toJSON"
        | "unref" => data,
        // `key.replace(/\+/g, " ")` undoes what the event did to the key.
        "replace" | "replaceAll" if first().literal().is_none_or(|from| from == "+") => data,
        "send" | "on" | "eachPage" | "once" => {
            let callback = args.positional.last().cloned().unwrap_or_default();
            let passed = match name {
                "on" | "once" => Args::of([data.clone()]),
                _ => Args::of([Value::Null.into(), data.clone()]),
            };
            if callback.iter().any(is_function) {
                it.invoke(&callback, &passed, site);
            }
            data
        }
        "split" | "match" | "matchAll" => it.list(site, Vec::new(), Values::text(Text::unknown())),
        "toLowerCase" | "toUpperCase" | "replace" | "replaceAll" | "substring" | "substr" | "padStart"
        | "padEnd" | "concat" | "join" | "charAt"
            if !(name == "concat" && first().iter().any(|value| matches!(value, Value::Object(_)))) =>
        {
            Values::text(Text::unknown())
        }
        "get" => {
            let mut found = Values::none();
            for key in &first() {
                found.join(&it.entry(receiver, key));
            }
            found.or_unknown()
        }
        "push" | "unshift" | "add" => Values::unknown(),
        _ => match arrays::method(it, receiver, name, args, site) {
            Some(found) => found,
            None => unknown(it, args, site),
        },
    }
}

fn text_method(it: &mut Interpreter, text: &Text, name: &str, args: &Args, site: Site) -> Values {
    let literal = text.as_literal();
    let argument = |position: usize| args.positional.get(position).and_then(|values| values.literal());
    match name {
        // What reads variables with checks (`env.get("TABLE").required().asString()`) gives them as they are.
        "toString" | "valueOf" | "trim" | "trimStart" | "trimEnd" | "normalize" | "required" | "asString"
        | "default" => match literal {
            Some(known) if name == "trim" => Values::text(Text::literal(known.trim())),
            _ => Values::text(text.clone()),
        },
        "toLowerCase" | "toLocaleLowerCase" => changed(literal.map(str::to_lowercase)),
        "toUpperCase" | "toLocaleUpperCase" => changed(literal.map(str::to_uppercase)),
        "concat" => {
            let mut operands = vec![Values::text(text.clone())];
            operands.extend(args.positional.iter().cloned());
            it.join_values(&operands, site)
        }
        "replace" | "replaceAll" => {
            let to = args.positional.get(1).cloned().unwrap_or_default();
            it.run_callbacks(args, site);
            match argument(0) {
                Some(from) if !from.is_empty() => replace(it, text, from, &to, name == "replaceAll", site),
                _ => Values::text(Text::unknown()),
            }
        }
        "slice" | "substring" | "substr" | "padStart" | "padEnd" | "charAt" | "at" | "repeat" => {
            Values::text(Text::unknown())
        }
        "split" => {
            let (items, rest) = match argument(0) {
                Some(separator) if !separator.is_empty() && args.positional.len() == 1 => {
                    pieces(&it.spelled(text), separator)
                }
                _ => (Vec::new(), Values::text(Text::unknown())),
            };
            it.list(site, items, rest)
        }
        "match" | "matchAll" => it.list(site, Vec::new(), Values::text(Text::unknown())),
        _ => unknown(it, args, site),
    }
}

fn changed(text: Option<String>) -> Values {
    Values::text(text.map_or_else(Text::unknown, Text::literal))
}

/// A text with one or all occurrences of a literal replaced by what `to` can be. An unresolved stretch may hold
/// an occurrence too, so only what is known to the end is edited.
fn replace(it: &mut Interpreter, text: &Text, from: &str, to: &Values, all: bool, site: Site) -> Values {
    let (parts, rest) = pieces(text, from);
    if !rest.is_empty() {
        return Values::text(Text::unknown());
    }
    let mut operands = Vec::new();
    for (at, part) in parts.into_iter().enumerate() {
        if at > 0 {
            operands.push(if at == 1 || all { to.clone() } else { Values::text(Text::literal(from)) });
        }
        operands.push(part);
    }
    it.join_values(&operands, site)
}
