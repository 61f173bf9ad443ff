//! Methods of values that are of no type of the project: options and results, smart pointers and locks, texts,
//! collections and iterators, the event, what AWS answered. What only holds a value or hands it on gives it.

use super::places;
use crate::catalog;
use crate::code::eval::{Args, External, Interpreter, Map, Object, Site, Value, Values};
use crate::code::sdk::COMMON;
use crate::code::sdk::rust::pascal;
use crate::model::{Part, Text};

/// What stands for an operation of a client that is not known.
pub(super) const UNRESOLVED: &str = "<unresolved>.";

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
            let extension = it.extension(receiver, name);
            if !extension.is_empty() {
                return it.invoke(&extension, args, site);
            }
            if args.positional.is_empty() && looks_like_an_operation(name) {
                let path = smol_str::format_smolstr!("{UNRESOLVED}{name}");
                return Value::External(External { path, made_at: place_number(site) }).into();
            }
            held(it, receiver, name, args, site).unwrap_or_else(|| {
                it.run_callbacks(args, site);
                Values::unknown()
            })
        }
    }
}

/// A date by a format whose literal parts stay known.
pub(super) fn date(args: &Args) -> Values {
    let Some(format) = args.positional.first().and_then(|format| format.literal()) else {
        return Values::text(Text::unknown());
    };
    let mut text = Text::default();
    let mut chars = format.chars();
    while let Some(char) = chars.next() {
        if char == '%' {
            chars.next();
            text.push(Part::Unknown);
        } else {
            text.push_str(char.encode_utf8(&mut [0; 4]));
        }
    }
    Values::text(text)
}

/// What a place holds that held `receiver` and was given something.
pub(super) fn put(
    it: &mut Interpreter,
    receiver: &Value,
    name: &str,
    args: &Args,
    site: Site,
) -> Option<Values> {
    let first = args.positional.first().cloned().unwrap_or_default();
    let given = match name {
        places::PUT => first,
        places::PUT_MADE if *receiver == Value::Null => run(it, &first, &Args::default(), site),
        places::PUT_MADE => Values::none(),
        _ => return None,
    };
    Some(match receiver {
        Value::Null => given,
        Value::Text(_) | Value::Sdk(_) => it.or_else(given, &receiver.clone().into()),
        other => other.clone().into(),
    })
}

/// `text.parse::<Own>()`, `value.into()`: what the wanted type's own implementation makes. None where it has none.
pub(super) fn to_order(
    it: &mut Interpreter,
    receiver: &Value,
    name: &str,
    args: &Args,
    site: Site,
) -> Option<Values> {
    let maker = match name {
        "parse" => "from_str",
        "into" => "from",
        "try_into" => "try_from",
        _ => return None,
    };
    let mut makers = Values::none();
    for class in args.named(super::TYPE)?.iter().filter(|class| matches!(class, Value::Class(_))) {
        makers.join(&it.member(&class.clone().into(), maker));
    }
    makers.remove(|maker| !matches!(maker, Value::Function(_)));
    let given = Args::of([receiver.clone().into()]);
    (!makers.is_empty()).then(|| it.invoke(&makers, &given, site))
}

/// What the SDK takes of values: those of the project's own types by their `into`.
pub fn converted(it: &mut Interpreter, values: &Values, site: Site) -> Values {
    let mut found = Values::none();
    for value in values {
        match it.method_of(value, "into") {
            Some(into) => found.join(&it.invoke(&into.into(), &Args::default(), site)),
            None => found.insert(value.clone()),
        };
    }
    found
}

/// The site's number is kept so that the note can be where the operation is named.
pub(super) fn place_number(site: Site) -> u32 {
    site.span.start.max(1)
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

fn instance_method(it: &mut Interpreter, receiver: &Value, name: &str, args: &Args, site: Site) -> Values {
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

fn changed_text(it: &mut Interpreter, text: &Text, name: &str, args: &Args, site: Site) -> Option<Values> {
    let changed = |text: String| Some(Values::text(Text::literal(&text)));
    match (name, text.as_literal()) {
        ("to_lowercase" | "to_ascii_lowercase", Some(literal)) => changed(literal.to_lowercase()),
        ("to_uppercase" | "to_ascii_uppercase", Some(literal)) => changed(literal.to_uppercase()),
        ("trim", Some(literal)) => changed(literal.trim().to_owned()),
        ("replace", Some(literal)) => {
            let from = args.positional.first()?.literal()?;
            let to = args.positional.get(1)?.clone();
            let mut operands = Vec::new();
            for (index, piece) in literal.split(from).enumerate() {
                if index > 0 {
                    operands.push(to.clone());
                }
                operands.push(Values::text(Text::literal(piece)));
            }
            Some(it.join_values(&operands, site))
        }
        ("trim_end_matches" | "trim_start_matches", None) => Some(Values::text(text.clone())),
        ("join", _) => {
            let whole = Values::text(text.clone());
            let slash = Values::text(Text::literal("/"));
            let more = args.positional.first()?.clone();
            Some(it.join_values(&[whole, slash, more], site))
        }
        ("split" | "lines" | "split_whitespace" | "chars" | "bytes" | "rsplit" | "splitn", _) => {
            Some(it.list(site, Vec::new(), Values::text(Text::unknown())))
        }
        _ => None,
    }
}

/// The event and answers: accessors are fields, iterating gives elements.
fn data_method(it: &mut Interpreter, receiver: &Value, name: &str, args: &Args, site: Site) -> Values {
    let whole: Values = receiver.clone().into();
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

fn map_method(it: &mut Interpreter, receiver: &Value, name: &str, args: &Args, site: Site) -> Values {
    let Some(Object::Map(map)) = it.object(receiver) else { return Values::unknown() };
    let all = map.all();
    let keys = args.positional.first().cloned().unwrap_or_default();
    match name {
        "get" | "get_mut" | "remove" | "entry" => {
            let mut found = Values::none();
            for key in &keys {
                found.join(&it.entry(receiver, key));
            }
            if found.is_empty() { Value::Null.into() } else { found }
        }
        "insert" => {
            let values = args.positional.get(1).cloned().unwrap_or_default();
            it.set_entries(receiver, &keys, &values);
            Value::Null.into()
        }
        "values" | "into_values" | "values_mut" => it.list(site, Vec::new(), all),
        "keys" | "into_keys" => {
            let keys = it.element(&receiver.clone().into());
            it.list(site, Vec::new(), keys)
        }
        "iter" | "into_iter" | "iter_mut" => {
            let (known, rest) = it.pairs(receiver);
            it.list(site, known, rest)
        }
        "extend" => {
            let mut added = Map::default();
            it.spread_into(&mut added, &keys);
            it.merge_into(receiver, added);
            Value::Null.into()
        }
        _ => instance_method(it, receiver, name, args, site),
    }
}

fn list_method(it: &mut Interpreter, receiver: &Value, name: &str, args: &Args, site: Site) -> Values {
    let list: Values = receiver.clone().into();
    let first = args.positional.first().cloned().unwrap_or_default();
    match name {
        "push" | "push_back" | "push_front" | "add" | "set" => {
            it.push_elements(receiver, &first);
            Value::Null.into()
        }
        "insert" => {
            it.push_elements(receiver, args.positional.last().unwrap_or(&first));
            Value::Null.into()
        }
        "get_or_init" | "get_or_try_init" => {
            let made = run(it, &first, &Args::default(), site);
            it.push_elements(receiver, &made);
            made
        }
        "extend" | "append" | "chain" => {
            let added = it.element(&first);
            it.push_elements(receiver, &added);
            list
        }
        "get" if first.literal().is_none() && !args.positional.is_empty() => {
            let mut found = Values::none();
            for key in &first {
                found.join(&it.entry(receiver, key));
            }
            found.or_unknown()
        }
        "get" | "next" | "try_next" | "first" | "last" | "pop" | "pop_front" | "pop_back" | "nth"
        | "wait" | "swap_remove" | "remove" | "min" | "max" | "recv" | "join_next" => it.element(&list),
        "chunks" | "windows" | "chunks_exact" | "ready_chunks" => {
            let element = it.element(&list);
            let chunk = it.list(site.nth(0), Vec::new(), element);
            it.list(site, Vec::new(), chunk)
        }
        "enumerate" | "zip" => {
            let element = it.element(&list);
            let other = if name == "zip" { it.element(&first) } else { Values::unknown() };
            let pair = if name == "zip" { vec![element, other] } else { vec![other, element] };
            let pair = it.list(site.nth(0), pair, Values::none());
            it.list(site, Vec::new(), pair)
        }
        "join" | "concat" => match it.known_list(&list) {
            Some(items) => {
                let mut operands = Vec::new();
                for (index, item) in items.into_iter().enumerate() {
                    if index > 0 && name == "join" {
                        operands.push(first.clone());
                    }
                    operands.push(item);
                }
                it.join_values(&operands, site)
            }
            None => Values::text(Text::unknown()),
        },
        "unwrap_or" | "unwrap_or_else" => list,
        "with" | "with_borrow" | "with_borrow_mut" => run(it, &first, &Args::of([list]), site),
        "collect" | "try_collect" if is_of_pairs(it, &list) => super::standard::map_of_pairs(it, &list, site),
        _ if is_transparent(name) => list,
        _ => over_elements(it, receiver, name, args, site),
    }
}

/// Whether a list can be collected into a map: its elements are pairs whose first is a known text.
fn is_of_pairs(it: &Interpreter, list: &Values) -> bool {
    let Some(items) = it.known_list(list) else { return false };
    !items.is_empty()
        && items.iter().all(|item| {
            it.known_list(item).is_some_and(|pair| pair.len() == 2 && pair[0].literal().is_some())
        })
}

/// Iterator methods that take a function.
fn over_elements(it: &mut Interpreter, receiver: &Value, name: &str, args: &Args, site: Site) -> Values {
    let list: Values = receiver.clone().into();
    let Some(callee) = args.positional.last().cloned() else { return Values::unknown() };
    let elements = match it.known_list(&list) {
        Some(items) if items.len() <= Interpreter::UNROLLED => items,
        _ => vec![it.element(&list)],
    };
    if elements.is_empty() {
        // What may be there is not known, but its functions are part of the code.
        it.run_callbacks(args, site);
        return it.list(site, Vec::new(), Values::none());
    }
    let folds = matches!(name, "fold" | "try_fold" | "scan");
    let mut results = Vec::new();
    let mut carried = args.positional.first().cloned().unwrap_or_default();
    for (index, element) in elements.iter().enumerate() {
        // Each run is one of its own, so that what it makes is not what the others make.
        let end = site.span.end.saturating_add(u32::try_from(index).unwrap_or_default());
        let site = Site { span: crate::code::ir::Span { end, ..site.span }, ..site };
        let passed =
            if folds { Args::of([carried.clone(), element.clone()]) } else { Args::of([element.clone()]) };
        let result = run(it, &callee, &passed, site);
        if folds {
            carried.join(&result);
        }
        results.push(result);
    }
    match name {
        _ if folds => carried,
        "filter" | "take_while" | "skip_while" | "inspect" | "sort_by_key" | "retain" | "sort_by"
        | "try_filter" => list,
        "find" | "max_by_key" | "min_by_key" | "reduce" | "partition" => it.element(&list),
        "flat_map" | "flat_map_iter" | "find_map" | "filter_map" => {
            let mut inside = Values::none();
            for result in results.iter().flatten() {
                match it.object(result) {
                    Some(Object::List { .. }) if name.starts_with("flat") => {
                        inside.join(&it.element(&result.clone().into()));
                    }
                    _ => {
                        inside.insert(result.clone());
                    }
                }
            }
            if name == "find_map" { inside } else { it.list(site, Vec::new(), inside) }
        }
        _ => it.list(site, results, Values::none()),
    }
}

fn looks_like_an_operation(name: &str) -> bool {
    name.contains('_')
        && COMMON
            .iter()
            .filter_map(|service| catalog::service(service))
            .any(|it| it.operation(name).is_some())
}

/// A builder of an operation whose client is not known: sending it is a call that cannot be granted.
pub(super) fn unresolved(
    it: &mut Interpreter,
    callee: &External,
    operation: &str,
    name: &str,
    site: Site,
) -> Values {
    let operation = operation.split('.').next().unwrap_or(operation);
    if matches!(name, "send" | "presigned") {
        let mut candidates = Vec::new();
        for service in COMMON.iter().filter_map(|service| catalog::service(service)) {
            if let Some(found) = service.operation(operation) {
                candidates.push(format!("`{}:{}`", service.name, found.name));
            }
        }
        let start = callee.made_at;
        let site = Site { span: crate::code::ir::Span { start, end: start + 1 }, ..site };
        let message = format!(
            "what `{operation}` is called on is not known; if it is {}, it is not granted",
            candidates.join(" or ")
        );
        it.note("unresolved-receiver", site, message);
        return Values::unknown();
    }
    let path = callee.path.rsplit_once('.').map_or(callee.path.as_str(), |(of, _)| of);
    Value::External(External { path: path.into(), ..callee.clone() }).into()
}

fn anything() -> Args {
    Args { rest: Values::unknown(), ..Args::default() }
}
