//! Methods of Python's own values: texts, dictionaries, lists, and data of the event.

use std::rc::Rc;

use super::{builtins, runtime, standard, texts};
use crate::code::eval::{Args, Interpreter, Map, Object, Site, Value, Values};
use crate::code::sdk::{boto3, library};
use crate::model::Text;

pub fn call(it: &mut Interpreter, receiver: &Value, name: &str, args: &Args, site: Site) -> Values {
    match receiver {
        Value::Text(text) => text_method(it, text, name, args, site),
        Value::Environment => match name {
            "get" | "pop" | "setdefault" => builtins::environment(it, args),
            "copy" => Value::Environment.into(),
            _ => Values::unknown(),
        },
        Value::Object(_) => match it.object(receiver) {
            Some(Object::Map(_)) => map_method(it, receiver, name, args, site),
            Some(Object::List { .. }) => list_method(it, receiver, name, args, site),
            _ => inherited(it, receiver, name, args, site),
        },
        Value::Unknown | Value::Event(_) | Value::Response(_) if name == "strftime" => {
            builtins::date_text(args.get(0, "format"))
        }
        Value::Event(_) | Value::Response(_) => data_method(it, receiver, name, args, site),
        Value::Unknown => {
            if let Some(candidates) = boto3::looks_like_a_call(name, args) {
                it.note(
                    "unresolved-receiver",
                    site,
                    format!("`{name}` is called on something unknown; it could be {candidates}, and is not granted"),
                );
            }
            if library::passes_s3_url(name, args) {
                it.note(
                    "unresolved-receiver",
                    site,
                    format!("`{name}` is called on something unknown with a URL of S3; what it does there is not granted"),
                );
            }
            it.run_callbacks(args, site);
            Values::unknown()
        }
        Value::Builtin(of) if of == "object" && name == "__new__" => {
            let classes: Vec<_> = args.positional.first().into_iter().flatten().cloned().collect();
            let mut made = Values::none();
            for class in classes {
                if let Value::Class(class) = class {
                    made.join(&it.bare_instance(class, site));
                }
            }
            made.or_unknown()
        }
        Value::Class(_) if name == "__subclasses__" => {
            let classes = it.subclasses(receiver);
            it.list(site, classes.into_iter().map(Values::from).collect(), Values::none())
        }
        Value::Class(_) if name != "mro" => it.thing_of(receiver, name, site),
        Value::Builtin(of) if of == "object" && name == "__setattr__" => {
            if let [objects, name, values] = args.positional.as_slice()
                && let Some(name) = name.literal()
            {
                let (objects, name, values) = (objects.clone(), name.to_owned(), values.clone());
                it.set_member(&objects, &name, &values);
            }
            Value::Null.into()
        }
        Value::Function(_) if name == "register" => {
            if let Some(other) = args.positional.get(1) {
                it.attach(receiver, &other.clone());
            }
            Value::Method(Rc::new((receiver.clone(), name.into()))).into()
        }
        // `f.delay(…)`, `f.submit(…)`: whatever the library that wraps a function does, it may run it.
        Value::Function(_) | Value::Partial(_) => it.invoke(&receiver.clone().into(), args, site),
        _ => {
            it.run_callbacks(args, site);
            Values::unknown()
        }
    }
}

/// A method that a class of the project has from a base that is not read: it may run any of the others.
fn inherited(it: &mut Interpreter, receiver: &Value, name: &str, args: &Args, site: Site) -> Values {
    if matches!(name, "get" | "pop" | "setdefault")
        && let Some(key) = args.positional.first().cloned()
    {
        // A mapping of the project's own.
        let mut found = key.iter().fold(Values::none(), |mut all, key| {
            all.join(&it.entry(receiver, key));
            all
        });
        if !found.is_vague() {
            found.join(&args.positional.get(1).cloned().unwrap_or_default());
            return found;
        }
    }
    match name {
        "_replace" => return standard::changed(it, receiver, &args.named, site),
        "model_copy" | "copy" => {
            let mut changes = Map::default();
            if let Some(update) = args.named("update") {
                it.spread_into(&mut changes, update);
            }
            let named: Vec<_> = changes.entries.into_iter().collect();
            return standard::changed(it, receiver, &named, site);
        }
        "model_dump" | "dict" | "_asdict" => return standard::as_map(it, receiver, site),
        _ => {}
    }
    it.run_callbacks(args, site);
    it.thing_of(receiver, name, site)
}

fn map_method(it: &mut Interpreter, receiver: &Value, name: &str, args: &Args, site: Site) -> Values {
    let Some(Object::Map(map)) = it.object(receiver) else {
        return Values::unknown();
    };
    match name {
        "get" | "pop" | "setdefault" => {
            let keys = args.positional.first().cloned().unwrap_or_default();
            let mut found = Values::none();
            for key in &keys {
                found.join(&it.entry(receiver, key));
            }
            if let Some(default) = args.positional.get(1) {
                found.join(default);
                if name == "setdefault" {
                    it.set_entries(receiver, &keys, default);
                }
            }
            if found.is_empty() { Value::Null.into() } else { found }
        }
        "values" => {
            let all = map.all();
            it.list(site, Vec::new(), all)
        }
        "items" => {
            let (mut keys, values) = (Values::none(), map.all());
            for key in map.entries.keys() {
                keys.insert(Value::Text(Text::literal(key)));
            }
            map.other.iter().for_each(|(key, _)| {
                keys.insert(Value::Text(key.clone()));
            });
            let pairs: Vec<(Values, Values)> =
                if map.entries.len() <= Values::WIDTH && map.other.is_empty() && !map.open {
                    map.entries
                        .iter()
                        .map(|(key, values)| (Values::text(Text::literal(key)), values.clone()))
                        .collect()
                } else {
                    vec![(keys, values)]
                };
            let known = map.other.is_empty() && !map.open;
            let mut made = Vec::new();
            for (index, (key, values)) in pairs.into_iter().enumerate() {
                made.push(it.list(site.nth(index), vec![key, values], Values::none()));
            }
            if known {
                return it.list(site, made, Values::none());
            }
            let any = made.iter().flatten().cloned().collect();
            it.list(site, Vec::new(), any)
        }
        "keys" => {
            let keys = it.element(&receiver.clone().into());
            it.list(site, Vec::new(), keys)
        }
        "update" | "__ior__" => {
            let mut added = Map::default();
            if let Some(other) = args.positional.first() {
                it.spread_into(&mut added, other);
            }
            for (name, values) in &args.named {
                added.entries.insert(name.clone(), values.clone());
            }
            it.merge_into(receiver, added);
            Value::Null.into()
        }
        "copy" => {
            let mut copied = Map::default();
            it.spread_into(&mut copied, &receiver.clone().into());
            it.map(site, copied)
        }
        _ => {
            // A key that is a function, called as a method of the mapping: not Python, but `SimpleNamespace`.
            let found = map.entries.get(name).cloned();
            if let Some(callee) = found {
                it.invoke(&callee, args, site)
            } else {
                it.run_callbacks(args, site);
                Values::unknown()
            }
        }
    }
}

fn list_method(it: &mut Interpreter, receiver: &Value, name: &str, args: &Args, site: Site) -> Values {
    let list: Values = receiver.clone().into();
    match name {
        "append" | "add" | "appendleft" | "put" => {
            let added = args.positional.first().cloned().unwrap_or_default();
            it.push_elements(receiver, &added);
            Value::Null.into()
        }
        "insert" => {
            let added = args.positional.get(1).cloned().unwrap_or_default();
            it.push_elements(receiver, &added);
            Value::Null.into()
        }
        "extend" | "update" | "union" => {
            let given = args.positional.first().cloned().unwrap_or_default();
            let added = it.iterate(&given, site);
            it.push_elements(receiver, &added);
            if name == "union" { list } else { Value::Null.into() }
        }
        "pop" | "popleft" | "__next__" | "send" => it.element(&list),
        "sort" => {
            if let Some(key) = args.named("key").cloned() {
                let elements = it.element(&list);
                it.invoke(&key, &Args::of([elements]), site);
            }
            Value::Null.into()
        }
        "copy" | "intersection" | "difference" => list,
        _ => {
            it.run_callbacks(args, site);
            Values::unknown()
        }
    }
}

/// Data of the event or of an answer. What turns it into another form keeps its path, so that a key that was
/// decoded is still known to come from where it came.
fn data_method(it: &mut Interpreter, receiver: &Value, name: &str, args: &Args, site: Site) -> Values {
    let step = |it: &mut Interpreter, key: &Value| it.entry(receiver, key);
    match name {
        "get" | "pop" | "setdefault" => {
            let keys = args.positional.first().cloned().unwrap_or_default();
            let mut found = Values::none();
            for key in &keys {
                found.join(&step(it, key));
            }
            if let Some(default) = args.positional.get(1)
                && !default.iter().all(|value| matches!(value, Value::Null | Value::Object(_)))
                && default.literal() != Some("")
            {
                found.join(default);
            }
            found.or_unknown()
        }
        "items" => {
            let values = it.element(&receiver.clone().into());
            let pair = it.list(site.nth(0), vec![Values::unknown(), values], Values::none());
            it.list(site, Vec::new(), pair)
        }
        "keys" => Values::unknown(),
        "values" | "decode" | "encode" | "strip" | "read" | "json" | "copy" | "result" | "search"
        | "build_full_result" | "model_dump" | "dict" | "iter_lines" | "readlines" | "__aenter__"
        | "__enter__" => receiver.clone().into(),
        "split" | "rsplit" | "partition" | "replace" | "lower" | "upper" | "lstrip" | "rstrip"
        | "removeprefix" | "removesuffix" | "format" | "join" | "title" => match name {
            "split" | "rsplit" | "partition" => it.list(site, Vec::new(), Values::text(Text::unknown())),
            _ => Values::text(Text::unknown()),
        },
        _ => {
            it.run_callbacks(args, site);
            match receiver {
                // Data classes over the event have methods for what the event holds.
                Value::Event(path) if path.is_empty() => Value::Event(name.into()).into(),
                Value::Event(path) => Value::Event(smol_str::format_smolstr!("{path}.{name}")).into(),
                _ => Values::unknown(),
            }
        }
    }
}

fn text_method(it: &mut Interpreter, text: &Text, name: &str, args: &Args, site: Site) -> Values {
    let literal = text.as_literal();
    let argument = |position: usize| args.positional.get(position).and_then(|values| values.literal());
    match name {
        "format" | "format_map" => format(it, text, args, site),
        "__mod__" => percent(it, text, args, site),
        "__truediv__" | "joinpath" => {
            let mut parts = args.clone();
            parts.positional.insert(0, Values::text(text.clone()));
            runtime::join_path(it, &parts, site)
        }
        "as_posix" | "resolve" | "absolute" | "expanduser" => Values::text(text.clone()),
        "with_suffix" | "with_name" => match (name, texts::split(text, "/", "rpartition", None).0.as_slice())
        {
            ("with_name", [folder, _, _]) if !folder.is_vague() => {
                let mut parts = args.clone();
                parts.positional.insert(0, folder.clone());
                runtime::join_path(it, &parts, site)
            }
            _ => Values::text(Text::unknown()),
        },
        "join" => {
            let Some(given) = args.positional.first().cloned() else {
                return Values::unknown();
            };
            join(it, text, &given, site)
        }
        "strip" | "lower" | "upper" | "rstrip" | "lstrip" | "removeprefix" | "removesuffix" | "replace"
        | "encode" | "decode" | "title" | "capitalize" | "format_string" => {
            let changed = literal.and_then(|known| {
                Some(match (name, argument(0), argument(1)) {
                    ("encode" | "decode", ..) => known.to_owned(),
                    ("lower", ..) => known.to_lowercase(),
                    ("upper", ..) => known.to_uppercase(),
                    ("strip", None, _) => known.trim().to_owned(),
                    ("strip", Some(set), _) => known.trim_matches(|letter| set.contains(letter)).to_owned(),
                    ("rstrip", Some(set), _) => {
                        known.trim_end_matches(|letter| set.contains(letter)).to_owned()
                    }
                    ("lstrip", Some(set), _) => {
                        known.trim_start_matches(|letter| set.contains(letter)).to_owned()
                    }
                    ("removeprefix", Some(prefix), _) => {
                        known.strip_prefix(prefix).unwrap_or(known).to_owned()
                    }
                    ("removesuffix", Some(suffix), _) => {
                        known.strip_suffix(suffix).unwrap_or(known).to_owned()
                    }
                    ("replace", Some(from), Some(to)) => known.replace(from, to),
                    _ => return None,
                })
            });
            // Names of resources and variables pass; an edited text is no longer what its name says.
            let kept = matches!(name, "strip" | "encode" | "decode" | "rstrip" | "lstrip")
                && args.positional.is_empty()
                || matches!(name, "encode" | "decode");
            match changed {
                Some(changed) => Values::text(Text::literal(changed)),
                None if kept => Values::text(text.clone()),
                None if matches!(name, "rstrip" | "lstrip" | "strip") => Values::text(text.clone()),
                None => Values::text(Text::unknown()),
            }
        }
        "split" | "rsplit" | "partition" | "rpartition" => {
            let text = &it.spelled(text);
            let separator = argument(0).or_else(|| args.named("sep").and_then(Values::literal));
            let limit = args.get(1, "maxsplit").map(|limit| match limit.iter().as_slice() {
                [Value::Number(limit)] => limit.parse::<usize>().ok(),
                _ => None,
            });
            let (items, rest) = match (separator.filter(|separator| !separator.is_empty()), limit) {
                (Some(separator), None) => texts::split(text, separator, name, None),
                (Some(separator), Some(Some(limit))) => texts::split(text, separator, name, Some(limit)),
                _ => (Vec::new(), Values::text(Text::unknown())),
            };
            it.list(site, items, rest)
        }
        "splitlines" => it.list(site, Vec::new(), Values::text(Text::unknown())),
        _ => Values::unknown(),
    }
}

fn join(it: &mut Interpreter, separator: &Text, given: &Values, site: Site) -> Values {
    if let [value] = given.iter().as_slice()
        && let Some(Object::List { items, rest }) = it.object(value)
        && rest.is_empty()
        && !items.is_empty()
    {
        let mut operands = Vec::new();
        for item in items.clone() {
            if !operands.is_empty() {
                operands.push(Values::text(separator.clone()));
            }
            operands.push(item);
        }
        return it.join_values(&operands, site);
    }
    it.iterate(given, site);
    Values::text(Text::unknown())
}

/// `"{}/{name}.json".format(…)`.
fn format(it: &mut Interpreter, text: &Text, args: &Args, site: Site) -> Values {
    let Some(template) = text.as_literal() else {
        return Values::text(text.clone());
    };
    let mut operands = Vec::new();
    let mut next = 0;
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        operands.push(Values::text(Text::literal(&rest[..at])));
        let doubled = rest[at..].starts_with("{{") || rest[at..].starts_with("}}");
        if doubled {
            operands.push(Values::text(Text::literal(&rest[at..=at])));
            rest = &rest[at + 2..];
            continue;
        }
        let Some(end) = rest[at..].find('}').map(|end| at + end).filter(|_| rest[at..].starts_with('{'))
        else {
            rest = &rest[at + 1..];
            continue;
        };
        let field = rest[at + 1..end].split([':', '!']).next().unwrap_or_default();
        operands.push(field_value(it, field, &mut next, args));
        rest = &rest[end + 1..];
    }
    operands.push(Values::text(Text::literal(rest)));
    it.join_values(&operands, site)
}

fn field_value(it: &mut Interpreter, field: &str, next: &mut usize, args: &Args) -> Values {
    let root_end = field.find(['.', '[']).unwrap_or(field.len());
    let (root, path) = field.split_at(root_end);
    let value = if root.is_empty() {
        *next += 1;
        args.positional.get(*next - 1).cloned()
    } else if let Ok(position) = root.parse::<usize>() {
        args.positional.get(position).cloned()
    } else if let Some(named) = args.named(root) {
        Some(named.clone())
    } else {
        // `format_map(mapping)`.
        let key = Value::Text(Text::literal(root));
        args.positional.first().map(|map| {
            let map = map.clone();
            map.iter().map(|value| it.entry(value, &key)).fold(Values::none(), |mut all, found| {
                all.join(&found);
                all
            })
        })
    };
    let mut value = value.unwrap_or_else(Values::unknown);
    for step in path.split(['.', '[', ']']).filter(|step| !step.is_empty()) {
        let key = Value::Text(Text::literal(step));
        value = if path.contains('[') {
            let mut found = Values::none();
            for object in &value {
                found.join(&it.entry(object, &key));
            }
            found
        } else {
            it.member(&value, step)
        };
    }
    if it.texts(&value).is_empty() { Values::text(Text::unknown()) } else { value }
}

/// `"%s/%(name)s" % …`: the operand is a tuple, a mapping or a single value.
fn percent(it: &mut Interpreter, text: &Text, args: &Args, site: Site) -> Values {
    let Some(template) = text.as_literal() else {
        return Values::text(Text::unknown());
    };
    let operand = args.positional.first().cloned().unwrap_or_default();
    let mut operands = Vec::new();
    let mut position = 0;
    let mut rest = template;
    while let Some(at) = rest.find('%') {
        operands.push(Values::text(Text::literal(&rest[..at])));
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            operands.push(Values::text(Text::literal("%")));
            rest = after;
            continue;
        }
        let name = rest.strip_prefix('(').and_then(|inner| inner.split_once(')'));
        let value = if let Some((name, after)) = name {
            rest = after;
            let key = Value::Text(Text::literal(name));
            operand.iter().fold(Values::none(), |mut all, object| {
                all.join(&it.entry(object, &key));
                all
            })
        } else {
            let is_tuple = operand.iter().any(|value| matches!(it.object(value), Some(Object::List { .. })));
            position += 1;
            if is_tuple { it.position(&operand, position - 1) } else { operand.clone() }
        };
        let conversion =
            rest.find(|letter: char| letter.is_ascii_alphabetic()).map_or(rest.len(), |end| end + 1);
        rest = &rest[conversion..];
        let value = if it.texts(&value).is_empty() { Values::text(Text::unknown()) } else { value };
        operands.push(value);
    }
    operands.push(Values::text(Text::literal(rest)));
    it.join_values(&operands, site)
}
