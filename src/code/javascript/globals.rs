//! JavaScript's global functions and objects. What `Object` and `Reflect` do is in `objects`.

use std::rc::Rc;

use smol_str::SmolStr;

use super::{arrays, objects};
use crate::code::eval::{Args, External, Interpreter, Map, Site, Value, Values};
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

/// As far as it is told from others by its name.
fn symbol(name: &Values) -> Values {
    match name.literal() {
        Some(name) => Values::text(Text::literal(format!("Symbol({name})"))),
        None => Values::unknown(),
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
        "Symbol" => symbol(&first()),
        "Boolean" => Values::unknown(),
        "Array" => it.list(site, Vec::new(), Values::unknown()),
        "Map" | "WeakMap" => {
            let mut map = Map::default();
            if !first().is_vague() {
                objects::from_pairs(it, &first(), &mut map);
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
        (_, "call" | "apply" | "bind") => objects::applied(it, &Value::Builtin(of.into()), name, args, site),
        ("Object" | "Reflect", _) => objects::method(it, name, args, site),
        ("Array", "from") => {
            let copied = arrays::copy(it, &first(), site.nth(0));
            match args.positional.get(1) {
                Some(callback) => arrays::map(it, &copied, &callback.clone(), site),
                None => copied,
            }
        }
        ("Array", "of") => it.list(site, args.positional.clone(), args.rest.clone()),
        ("JSON", "parse") => parsed(it, &first(), site),
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
        ("Symbol", "for") => symbol(&first()),
        ("Symbol", name) => Values::text(Text::literal(format!("Symbol.{name}"))),
        ("require", _) => Values::unknown(),
        _ => {
            it.run_callbacks(args, site);
            Values::unknown()
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

/// What parsing gives: parts of the event and of answers keep their paths, texts are what they hold as far as that
/// is known.
fn parsed(it: &mut Interpreter, given: &Values, site: Site) -> Values {
    let mut found = Values::none();
    for value in given {
        match value {
            Value::Text(text) => found.join(&it.parse_json(text, site).unwrap_or_else(Values::unknown)),
            other => found.insert(other.clone()),
        };
    }
    found
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
