//! Node.js's own modules and libraries of everyday use, as far as values pass through them. What is not here is
//! treated like any library: the functions that it is given are run, and what it gives is not known.

use std::rc::Rc;

use super::methods::{calls_with_elements, is_function, promise_method};
use super::{arrays, objects};
use crate::code::eval::{Args, External, Interpreter, Map, Site, Value, Values};
use crate::model::Text;

/// A call of something that a library exports, or that its calls gave. None where the default is right.
pub fn external_call(it: &mut Interpreter, callee: &External, args: &Args, site: Site) -> Option<Values> {
    let path = callee.path.as_str();
    let (package, name) = split(path);
    let first = || args.positional.first().cloned().unwrap_or_default();
    match package {
        "console" => return Some(Value::Null.into()),
        "awslambda" if name == "streamifyResponse" => return Some(first()),
        "process" if name == "nextTick" => return Some(it.invoke(&first(), &Args::default(), site)),
        "util" => return util(it, name, args, site),
        "path" | "path/posix" => return path_call(it, name, args, site),
        "module" if name == "createRequire" => return Some(Value::Builtin("require".into()).into()),
        "tslib" => return tslib(it, name, args, site),
        "lodash" | "lodash-es" | "underscore" => return lodash(it, name, args, site),
        "p-map" | "p-each-series" | "p-filter" => return mapped(it, args, site),
        "bluebird" | "async" if name.starts_with("map") => return mapped(it, args, site),
        "bluebird" if matches!(name, "promisify" | "promisifyAll" | "resolve" | "method") => {
            return Some(first());
        }
        "p-limit" if name == "()" => {
            let passed =
                Args { positional: args.positional.iter().skip(1).cloned().collect(), ..Args::default() };
            return Some(it.invoke(&first(), &passed, site));
        }
        "env-var" if callee.last_name() == "get" => {
            let name = first().literal()?.to_owned();
            return Some(it.environment(&name, None));
        }
        "@aws-lambda-powertools/commons/utils/env" if name.starts_with("get") => {
            let option = |it: &mut Interpreter, name: &str| {
                let key = Value::Text(Text::literal(name));
                args.positional.first().into_iter().flatten().fold(Values::none(), |mut found, options| {
                    found.join(&it.entry(options, &key));
                    found
                })
            };
            let name = option(it, "key").literal()?.to_owned();
            let default = option(it, "defaultValue");
            let default = default.iter().any(|value| matches!(value, Value::Text(_))).then_some(default);
            return Some(it.environment(&name, default.as_ref()));
        }
        "@aws-lambda-powertools/batch" if name.starts_with("processPartialResponse") => {
            let record = Value::Event("Records[]".into());
            let handler = args.positional.get(1).cloned().unwrap_or_default();
            it.invoke(&handler, &Args::of([record.into(), Values::unknown()]), site);
            return Some(Values::unknown());
        }
        _ => {}
    }
    passing(it, callee, args, site)
}

/// What any library does under names that mean one thing.
fn passing(it: &mut Interpreter, callee: &External, args: &Args, site: Site) -> Option<Values> {
    let name = callee.last_name();
    let given = args.positional.first()?;
    let is_data = |value: &Value| matches!(value, Value::Event(_) | Value::Response(_));
    if given.iter().any(|value| matches!(value, Value::Environment)) {
        // `cleanEnv(process.env, …)`, `schema.parse(process.env)`: checked, and given back.
        return Some(Value::Environment.into());
    }
    if matches!(name, "unmarshall" | "parse" | "parseAsync") && given.iter().all(is_data) {
        return Some(given.clone());
    }
    if matches!(name, "get" | "resolve") && given.iter().any(|value| matches!(value, Value::Class(_))) {
        // A container makes what it is asked for.
        let args = Args { rest: Values::unknown(), open: true, ..Args::default() };
        return Some(it.invoke(&given.clone(), &args, site));
    }
    let (of, _) = callee.path.rsplit_once('.')?;
    if let Some((_, method)) = of.split_once(".prototype.")
        && matches!(name, "call" | "apply")
    {
        let methods = it.member(&given.clone(), method);
        let mut found = Values::none();
        for method in &methods {
            found.join(&objects::applied(it, method, name, args, site));
        }
        return Some(found);
    }
    if !given.iter().any(is_function)
        || !(matches!(name, "then" | "catch" | "finally") || calls_with_elements(name))
    {
        return None;
    }
    let receiver = Value::External(External { path: of.into(), made_at: callee.made_at });
    promise_method(it, &receiver, name, args, site)
        .or_else(|| arrays::method(it, &receiver, name, args, site))
}

/// The package of a path, and what is named in it: `lodash.map`, `lodash/map`, `p-limit()`.
fn split(path: &str) -> (&str, &str) {
    if let Some(rest) = path.strip_prefix("lodash/") {
        return ("lodash", rest);
    }
    let end = path.find(['.', '(']).unwrap_or(path.len());
    (&path[..end], path[end..].trim_start_matches('.'))
}

fn util(it: &mut Interpreter, name: &str, args: &Args, site: Site) -> Option<Values> {
    let first = args.positional.first().cloned().unwrap_or_default();
    match name {
        "promisify" | "callbackify" | "deprecate" => Some(first),
        "inherits" => {
            let base = args.positional.get(1).cloned().unwrap_or_default();
            let prototype = it.member(&base, "prototype");
            it.set_member(&first, "prototype", &prototype);
            Some(Value::Null.into())
        }
        "format" => {
            let template = first.literal()?.to_owned();
            let mut operands = Vec::new();
            let mut given = args.positional.iter().skip(1);
            for (at, piece) in template.split('%').enumerate() {
                let filled = at > 0 && piece.starts_with(['s', 'd', 'i', 'f', 'j', 'o', 'O']);
                if filled {
                    operands.push(given.next().cloned().unwrap_or_else(|| Values::text(Text::unknown())));
                } else if at > 0 {
                    operands.push(Values::text(Text::literal("%")));
                }
                operands.push(Values::text(Text::literal(&piece[usize::from(filled)..])));
            }
            Some(it.join_values(&operands, site))
        }
        _ => None,
    }
}

fn path_call(it: &mut Interpreter, name: &str, args: &Args, site: Site) -> Option<Values> {
    if !matches!(name, "join" | "posix.join") {
        return None;
    }
    let mut operands = Vec::new();
    for (at, values) in args.positional.iter().enumerate() {
        let trimmed = values.literal().map(|text| Text::literal(text.trim_end_matches('/')));
        if at > 0 {
            operands.push(Values::text(Text::literal("/")));
        }
        operands.push(trimmed.map_or_else(|| values.clone(), Values::text));
    }
    Some(it.join_values(&operands, site))
}

/// The helpers of TypeScript's output.
fn tslib(it: &mut Interpreter, name: &str, args: &Args, site: Site) -> Option<Values> {
    let first = || args.positional.first().cloned().unwrap_or_default();
    match name {
        "__importDefault" | "__importStar" | "__rest" | "__read" | "__values" | "__asyncValues"
        | "__await" => Some(first()),
        "__assign" => Some(objects::method(it, "assign", args, site)),
        "__exportStar" => {
            let mut exported = Map::default();
            it.spread_into(&mut exported, &first());
            let target = args.positional.get(1).cloned().unwrap_or_default();
            for (name, values) in exported.entries {
                it.set_member(&target, &name, &values);
            }
            Some(Value::Null.into())
        }
        "__spreadArray" | "__spread" => {
            let list = it.list(site.nth(0), args.positional.clone(), Values::none());
            Some(arrays::flatten(it, &list, site))
        }
        _ => None,
    }
}

/// `pMap(list, f)`: what the function gives for each element.
fn mapped(it: &mut Interpreter, args: &Args, site: Site) -> Option<Values> {
    let list = args.positional.first().cloned()?;
    let callback = args.positional.iter().skip(1).find(|values| values.iter().any(is_function)).cloned()?;
    Some(arrays::map(it, &list, &callback, site))
}

fn lodash(it: &mut Interpreter, name: &str, args: &Args, site: Site) -> Option<Values> {
    let first = || args.positional.first().cloned().unwrap_or_default();
    let following = Args { positional: args.positional.iter().skip(1).cloned().collect(), ..Args::default() };
    let method = match name {
        "each" => "forEach",
        "pick" | "omit" | "clone" | "cloneDeep" | "compact" | "uniq" | "uniqBy" | "take" | "drop"
        | "orderBy" | "sortBy" | "castArray" | "toArray" | "once" | "memoize" | "debounce" | "throttle"
        | "trim" | "defaultTo" | "tap" => return Some(first()),
        "merge" | "assign" | "extend" | "defaults" | "defaultsDeep" => {
            return Some(objects::method(it, "assign", args, site));
        }
        "keys" | "values" | "entries" => return Some(objects::method(it, name, args, site)),
        "toPairs" => return Some(objects::entries(it, &first(), site)),
        "fromPairs" => return Some(objects::method(it, "fromEntries", args, site)),
        "head" | "first" | "last" | "sample" => return Some(it.element(&first())),
        "chunk" => {
            let element = it.element(&first());
            let chunk = it.list(site.nth(0), Vec::new(), element);
            return Some(it.list(site, Vec::new(), chunk));
        }
        "flatten" | "flattenDeep" => return Some(arrays::flatten(it, &first(), site)),
        "partial" | "bind" => {
            return Some(
                first()
                    .iter()
                    .map(|callee| Value::Partial(Rc::new((callee.clone(), following.clone()))))
                    .collect(),
            );
        }
        "get" => {
            let mut found = first();
            for step in following.positional.first()?.literal()?.split(['.', '[', ']']) {
                if !step.is_empty() {
                    found = it.member(&found, step);
                }
            }
            if let Some(default) = following.positional.get(1) {
                found.join(default);
            }
            return Some(found);
        }
        name => name,
    };
    if !calls_with_elements(method) {
        return None;
    }
    let mut found = Values::none();
    for receiver in &first() {
        found.join(&arrays::method(it, receiver, method, &following, site)?);
    }
    Some(found)
}
