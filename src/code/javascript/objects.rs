//! What `Object` and `Reflect` do with objects: their keys and entries, joining them, defining their members; and
//! calling functions, which are objects, through their own methods.

use std::rc::Rc;

use crate::code::eval::{Args, Interpreter, Map, Object, Site, Value, Values};
use crate::model::Text;

/// Defines members by getters, of which each stands under its member's name.
pub const GETTERS: &str = "<getters>";

/// A method of `Object` or `Reflect`.
pub fn method(it: &mut Interpreter, name: &str, args: &Args, site: Site) -> Values {
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
        GETTERS => {
            let mut getters = Map::default();
            it.spread_into(&mut getters, &args.positional.get(1).cloned().unwrap_or_default());
            for (name, given) in getters.entries {
                let value = given.iter().map(|getter| Value::Getter(Rc::new(getter.clone()))).collect();
                it.set_member(&first(), &name, &value);
            }
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
            // A bundler's copy of a library's members stands for the library.
            None if targets.iter().any(|target| matches!(target, Value::External(_))) => {}
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
pub fn from_pairs(it: &mut Interpreter, pairs: &Values, map: &mut Map) {
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

fn is_vague_or_map(it: &Interpreter, value: &Value) -> bool {
    matches!(value, Value::Unknown | Value::Null) || matches!(it.object(value), Some(Object::Map(_)))
}
