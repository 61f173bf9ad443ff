//! JavaScript's global functions and objects.

use std::rc::Rc;

use smol_str::SmolStr;

use super::arrays;
use crate::code::eval::{Args, External, Interpreter, Map, Object, Site, Value, Values};
use crate::code::ir::{Import, ImportNames};
use crate::model::Text;

const BUILTINS: [&str; 34] = [
    "Array",
    "BigInt",
    "Boolean",
    "Buffer",
    "Date",
    "Error",
    "Function",
    "Intl",
    "JSON",
    "Map",
    "Math",
    "Number",
    "Object",
    "Promise",
    "Proxy",
    "Reflect",
    "RegExp",
    "Set",
    "String",
    "Symbol",
    "URL",
    "WeakMap",
    "WeakSet",
    "atob",
    "btoa",
    "decodeURI",
    "decodeURIComponent",
    "encodeURI",
    "encodeURIComponent",
    "queueMicrotask",
    "require",
    "setImmediate",
    "structuredClone",
    "super",
];

/// A name that no scope binds.
pub fn global(name: &str) -> Value {
    match name {
        "undefined" | "NaN" => Value::Null,
        "process" | "console" | "fetch" | "awslambda" => external(name),
        "globalThis" | "global" | "window" => external("globalThis"),
        "setTimeout" | "setInterval" | "parseInt" | "parseFloat" | "isNaN" => Value::Builtin(name.into()),
        _ if BUILTINS.contains(&name) => Value::Builtin(name.into()),
        _ => Value::Unknown,
    }
}

fn external(path: &str) -> Value {
    Value::External(External { path: path.into(), made_at: 0 })
}

/// Calls a global, with or without `new`.
pub fn call(it: &mut Interpreter, name: &str, args: &Args, site: Site) -> Values {
    let first = || args.positional.first().cloned().unwrap_or_default();
    match name {
        "super" => it.super_value(),
        "require" => require(it, &first(), site),
        "Object" | "structuredClone" | "decodeURI" | "decodeURIComponent" | "atob" | "Proxy"
        | "encodeURI" | "encodeURIComponent" | "btoa" | "URL" | "parseInt" | "parseFloat" | "Number"
        | "BigInt" => first().or_unknown(),
        "String" => text(it, &first()),
        "Boolean" => Values::unknown(),
        "Array" => it.list(site, Vec::new(), Values::unknown()),
        "Map" | "WeakMap" => {
            let mut map = Map::default();
            if !first().is_vague() {
                from_pairs(it, &first(), &mut map);
            }
            it.map(site, map)
        }
        "Set" | "WeakSet" => arrays::copy(it, &first(), site),
        "Promise" => promise(it, &first(), site),
        "setTimeout" | "setInterval" => {
            let passed =
                Args { positional: args.positional.iter().skip(2).cloned().collect(), ..Args::default() };
            it.invoke(&first(), &passed, site)
        }
        "setImmediate" | "queueMicrotask" => {
            let passed =
                Args { positional: args.positional.iter().skip(1).cloned().collect(), ..Args::default() };
            it.invoke(&first(), &passed, site)
        }
        // What a promise's executor is given.
        "resolve" => {
            let (boxes, value) = (first(), args.positional.get(1).cloned().unwrap_or_default());
            for of in &boxes {
                it.push_elements(of, &value);
            }
            Value::Null.into()
        }
        _ => {
            it.run_callbacks(args, site);
            Values::unknown()
        }
    }
}

/// A method of a global object: `Object.keys`, `JSON.parse`, `Promise.all`.
pub fn method(it: &mut Interpreter, of: &str, name: &str, args: &Args, site: Site) -> Values {
    let first = || args.positional.first().cloned().unwrap_or_default();
    match (of, name) {
        (_, "call" | "apply" | "bind") => applied(it, &Value::Builtin(of.into()), name, args, site),
        ("Object" | "Reflect", _) => object(it, name, args, site),
        ("Array", "from") => {
            let copied = arrays::copy(it, &first(), site.nth(0));
            match args.positional.get(1) {
                Some(callback) => arrays::map(it, &copied, &callback.clone(), site),
                None => copied,
            }
        }
        ("Array", "of") => it.list(site, args.positional.clone(), args.rest.clone()),
        ("JSON", "parse") => first().iter().map(parsed).collect(),
        ("Promise", "all") => {
            let given = first();
            match it.known_list(&given) {
                Some(items) => it.list(site, items, Values::none()),
                None => arrays::copy(it, &given, site),
            }
        }
        ("Promise", "allSettled") => settled(it, &first(), site),
        ("Promise", "race" | "any") => it.element(&first()),
        ("Promise", "resolve") | ("Buffer", "from" | "concat") | ("String", "raw") => first().or_unknown(),
        ("Promise", "reject") => Values::none(),
        ("Map", "groupBy") => {
            it.run_callbacks(args, site);
            it.map(site, Map { open: true, ..Map::default() })
        }
        ("String", "fromCharCode") => Values::text(Text::unknown()),
        ("Symbol", name) => Values::text(Text::literal(format!("Symbol.{name}"))),
        ("require", _) => Values::unknown(),
        _ => {
            it.run_callbacks(args, site);
            Values::unknown()
        }
    }
}

/// `f.call(this, …)`, `f.apply(this, […])`, `f.bind(this, …)`.
pub fn applied(it: &mut Interpreter, function: &Value, how: &str, args: &Args, site: Site) -> Values {
    let bound = it.with_receiver(function, args.positional.first());
    let mut passed = args.clone();
    if !passed.positional.is_empty() {
        passed.positional.remove(0);
    }
    if how == "apply" {
        let list = passed.positional.first().cloned().unwrap_or_default();
        passed = match it.known_list(&list) {
            Some(items) => Args::of(items),
            None => Args { rest: it.element(&list).or_unknown(), ..Args::default() },
        };
    }
    if how != "bind" {
        return it.invoke(&bound, &passed, site);
    }
    if passed == Args::default() {
        return bound;
    }
    bound.iter().map(|callee| Value::Partial(Rc::new((callee.clone(), passed.clone())))).collect()
}

fn object(it: &mut Interpreter, name: &str, args: &Args, site: Site) -> Values {
    let first = || args.positional.first().cloned().unwrap_or_default();
    match name {
        "keys" | "getOwnPropertyNames" | "ownKeys" => keys(it, &first(), site),
        "values" => {
            let pairs = entries(it, &first(), site.nth(0));
            column(it, &pairs, 1, site)
        }
        "entries" => entries(it, &first(), site),
        "assign" => {
            let target = first();
            for source in args.positional.iter().skip(1) {
                let mut map = Map::default();
                it.spread_into(&mut map, source);
                for (name, values) in map.entries {
                    it.set_member(&target, &name, &values);
                }
                for of in &target {
                    it.merge_into(of, Map { other: map.other.clone(), open: map.open, ..Map::default() });
                }
            }
            target
        }
        "fromEntries" => {
            let mut map = Map::default();
            from_pairs(it, &first(), &mut map);
            it.map(site, map)
        }
        "defineProperty" | "set" => {
            define(it, args, name == "set");
            first()
        }
        "defineProperties" => {
            let mut map = Map::default();
            it.spread_into(&mut map, &args.positional.get(1).cloned().unwrap_or_default());
            for (name, descriptor) in map.entries {
                let one = Args::of([first(), Values::text(Text::literal(&name)), descriptor]);
                define(it, &one, false);
            }
            first()
        }
        "get" => {
            let keys = args.positional.get(1).cloned().unwrap_or_default();
            read(it, &first(), &keys)
        }
        "getOwnPropertyDescriptor" => {
            let keys = args.positional.get(1).cloned().unwrap_or_default();
            let value = read(it, &first(), &keys);
            it.map(site, Map { entries: [("value".into(), value)].into_iter().collect(), ..Map::default() })
        }
        "apply" => {
            let mut passed = args.clone();
            let callees = first();
            passed.positional.drain(..args.positional.len().min(1));
            let mut found = Values::none();
            for callee in &callees {
                found.join(&applied(it, callee, "apply", &passed, site));
            }
            found
        }
        "construct" => {
            let list = args.positional.get(1).cloned().unwrap_or_default();
            let passed = it
                .known_list(&list)
                .map_or_else(|| Args { rest: Values::unknown(), ..Args::default() }, Args::of);
            it.invoke(&first(), &passed, site)
        }
        // What inherits from a value has its members: that is enough to know of it.
        "create" if first().iter().all(|value| is_vague_or_map(it, value)) => {
            let mut map = Map::default();
            it.spread_into(&mut map, &first());
            map.open = false;
            it.map(site, map)
        }
        "freeze" | "seal" | "preventExtensions" | "create" | "getPrototypeOf" | "setPrototypeOf" => {
            first().or_unknown()
        }
        "groupBy" => {
            it.run_callbacks(args, site);
            it.map(site, Map { open: true, ..Map::default() })
        }
        // The methods that every object has: `Object.prototype.hasOwnProperty`.
        _ => Values::unknown(),
    }
}

fn read(it: &mut Interpreter, objects: &Values, keys: &Values) -> Values {
    let mut found = Values::none();
    for of in objects {
        for key in keys {
            found.join(&it.entry(of, key));
        }
    }
    found
}

/// `Object.defineProperty(target, name, { value } or { get })`; `Reflect.set(target, name, value)`.
fn define(it: &mut Interpreter, args: &Args, plain: bool) {
    let [targets, names, given, ..] = args.positional.as_slice() else { return };
    let (targets, names, given) = (targets.clone(), names.clone(), given.clone());
    let value = if plain {
        given
    } else {
        let mut descriptor = Map::default();
        it.spread_into(&mut descriptor, &given);
        let mut value = descriptor.get("value");
        for getter in &descriptor.get("get") {
            let getter = it.getter(getter);
            value.insert(getter);
        }
        value
    };
    for name in it.texts(&names) {
        match name.as_literal() {
            Some(name) => it.set_member(&targets, name, &value),
            None => {
                for target in &targets {
                    it.set_entries(target, &names, &value);
                }
            }
        }
    }
}

/// The keys of an object, in order.
pub fn keys(it: &mut Interpreter, values: &Values, site: Site) -> Values {
    if values.iter().all(|value| matches!(value, Value::Object(_) | Value::Module(_))) {
        let mut map = Map::default();
        it.spread_into(&mut map, values);
        let known = map.entries.keys().map(|key| Values::text(Text::literal(key))).collect();
        let mut rest: Values = map.other.iter().map(|(key, _)| Value::Text(key.clone())).collect();
        if map.open {
            rest.insert(Value::Unknown);
        }
        return it.list(site, known, rest);
    }
    it.list(site, Vec::new(), Values::unknown())
}

/// The entries of an object as pairs.
pub fn entries(it: &mut Interpreter, values: &Values, site: Site) -> Values {
    let (mut known, mut rest) = (Vec::new(), Values::none());
    for value in values {
        if matches!(it.object(value), Some(Object::Map(_))) {
            let (pairs, others) = it.pairs(value);
            if values.len() == 1 {
                known = pairs;
            } else {
                for pair in &pairs {
                    rest.join(pair);
                }
            }
            rest.join(&others);
        } else {
            let mut map = Map::default();
            it.spread_into(&mut map, &value.clone().into());
            let mut element = map.all();
            if matches!(value, Value::Event(_) | Value::Response(_) | Value::External(_)) {
                element = it.element(&value.clone().into());
            }
            let pair = it.list(site.nth(0), vec![Values::unknown(), element], Values::none());
            rest.join(&pair);
        }
    }
    it.list(site, known, rest)
}

/// The same cell of every row.
pub fn column(it: &mut Interpreter, rows: &Values, at: usize, site: Site) -> Values {
    let (mut cells, mut rest) = (Vec::new(), Values::none());
    for row in rows {
        if let Some(Object::List { items, rest: others }) = it.object(row).cloned() {
            cells = items.iter().map(|item| it.position(item, at)).collect();
            if !others.is_empty() {
                rest.join(&it.position(&others, at));
            }
        }
    }
    it.list(site, cells, rest)
}

/// Adds the entries that a list of pairs makes.
fn from_pairs(it: &mut Interpreter, pairs: &Values, map: &mut Map) {
    if pairs.iter().any(|value| matches!(it.object(value), Some(Object::Map(_)))) {
        it.spread_into(map, pairs);
        return;
    }
    let rows = match it.known_list(pairs) {
        Some(rows) => rows,
        None => vec![it.element(pairs)],
    };
    for row in rows {
        let keys = it.position(&row, 0);
        let values = it.position(&row, 1);
        let texts = it.texts(&keys);
        if texts.is_empty() {
            map.add(Text::unknown(), &values);
        }
        for key in texts {
            match key.as_literal() {
                Some(name) => {
                    map.entries.entry(name.into()).or_default().join(&values);
                }
                None => {
                    map.add(key, &values);
                }
            }
        }
    }
}

/// `new Promise((resolve, reject) => …)`: what it resolves to.
fn promise(it: &mut Interpreter, executor: &Values, site: Site) -> Values {
    let resolved = it.list(site.nth(0), Vec::new(), Values::none());
    let resolve = Value::Partial(Rc::new((Value::Builtin("resolve".into()), Args::of([resolved.clone()]))));
    let passed = Args::of([resolve.into(), Value::Builtin("reject".into()).into()]);
    it.invoke(executor, &passed, site);
    let found = it.element(&resolved);
    if found.is_empty() { Values::unknown() } else { found }
}

/// What `Promise.allSettled` gives: objects with a `value` each.
fn settled(it: &mut Interpreter, given: &Values, site: Site) -> Values {
    let value = it.element(given);
    let entries = [("value".into(), value), ("reason".into(), Values::unknown())].into_iter().collect();
    let outcome = it.map(site, Map { entries, other: Vec::new(), open: true });
    it.list(site, Vec::new(), outcome)
}

fn is_vague_or_map(it: &Interpreter, value: &Value) -> bool {
    matches!(value, Value::Unknown | Value::Null) || matches!(it.object(value), Some(Object::Map(_)))
}

/// What parsing gives: parts of the event and of answers keep their paths, texts say nothing of what they hold.
fn parsed(value: &Value) -> Value {
    match value {
        Value::Text(_) => Value::Unknown,
        other => other.clone(),
    }
}

fn text(it: &mut Interpreter, given: &Values) -> Values {
    let texts = it.texts(given);
    if texts.is_empty() {
        Values::text(Text::unknown())
    } else {
        texts.into_iter().map(Value::Text).collect()
    }
}

/// A module that is named while running.
pub fn require(it: &mut Interpreter, names: &Values, site: Site) -> Values {
    let mut found = Values::none();
    for name in it.texts(names) {
        let Some(name) = name.as_literal() else {
            let message = format!("which module `{name}` is, is not known; its calls are not granted");
            it.note("unresolved-import", site, message);
            continue;
        };
        let names = ImportNames::Module { alias: None };
        let import = Import { module: SmolStr::from(name), level: 0, names, span: site.span };
        found.join(&it.import_value(&import));
    }
    found.or_unknown()
}
