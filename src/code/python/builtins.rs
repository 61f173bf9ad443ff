//! Python's built-in functions.

use std::rc::Rc;

use crate::code::eval::{Args, External, Interpreter, Map, Object, Site, Value, Values};
use crate::model::Text;

const BUILTINS: [&str; 38] = [
    "getattr",
    "setattr",
    "hasattr",
    "dict",
    "list",
    "tuple",
    "set",
    "frozenset",
    "str",
    "int",
    "float",
    "bool",
    "bytes",
    "map",
    "filter",
    "zip",
    "enumerate",
    "sorted",
    "reversed",
    "next",
    "iter",
    "aiter",
    "anext",
    "sum",
    "min",
    "max",
    "any",
    "all",
    "len",
    "range",
    "isinstance",
    "issubclass",
    "print",
    "type",
    "super",
    "vars",
    "repr",
    "open",
];

pub fn is_builtin(name: &str) -> bool {
    BUILTINS.contains(&name)
        || name == "__import__"
        || name == "object"
        || name == "callable"
        || matches!(name, "format" | "globals" | "locals" | "property")
}

pub fn call(it: &mut Interpreter, name: &str, args: &Args, site: Site) -> Values {
    let first = || args.positional.first().cloned().unwrap_or_default();
    match name {
        "getattr" => get_attribute(it, args, site),
        "setattr" => {
            if let (Some(objects), Some(name), Some(values)) = (
                args.positional.first(),
                args.positional.get(1).and_then(|name| name.literal()),
                args.positional.get(2),
            ) {
                it.set_member(objects, name, values);
            }
            Value::Null.into()
        }
        "dict" => dict(it, args, site),
        "list" | "tuple" | "set" | "frozenset" | "sorted" | "reversed" | "iter" | "aiter" => {
            let given = first();
            if let Some(key) = args.named("key").cloned() {
                let elements = it.element(&given);
                it.invoke(&key, &Args::of([elements]), site);
            }
            copy_list(it, &given, site)
        }
        "str" | "repr" | "format" => {
            let given = it.join_values(&[first()], site);
            let texts = it.texts(&given);
            if texts.is_empty() {
                Values::text(Text::unknown())
            } else {
                texts.into_iter().map(Value::Text).collect()
            }
        }
        "map" if args.positional.len() == 2 && it.known_list(&args.positional[1]).is_some() => {
            let items = it.known_list(&args.positional[1]).unwrap_or_default();
            let callee = first();
            let results = items.into_iter().map(|item| it.invoke(&callee, &Args::of([item]), site)).collect();
            it.list(site, results, Values::none())
        }
        "map" | "filter" => {
            let mut elements = Vec::new();
            for values in args.positional.iter().skip(1) {
                let values = values.clone();
                elements.push(it.iterate(&values, site));
            }
            let callee = first();
            let kept = elements.first().cloned().unwrap_or_default();
            let results = it.invoke(&callee, &Args::of(elements), site);
            it.list(site, Vec::new(), if name == "map" { results } else { kept })
        }
        "zip" => {
            let columns = args.positional.clone();
            rows(it, &columns, site)
        }
        "enumerate" => {
            let given = first();
            rows(it, &[Values::unknown(), given], site)
        }
        "next" | "anext" => {
            let given = first();
            let mut element = it.iterate(&given, site);
            if let Some(default) = args.positional.get(1) {
                element.join(default);
            }
            element
        }
        "min" | "max" => {
            let given = first();
            let mut found = it.element(&given);
            if args.positional.len() > 1 {
                args.positional.iter().for_each(|values| {
                    found.join(values);
                });
            }
            found
        }
        "len" => {
            let given = first();
            it.run_operator(&given, "__len__", &Args::default(), site);
            Values::unknown()
        }
        "bool" => {
            let given = first();
            it.run_operator(&given, "__bool__", &Args::default(), site);
            Values::unknown()
        }
        "sum" | "any" | "all" => {
            let given = first();
            it.iterate(&given, site);
            Values::unknown()
        }
        // A file is known to be one; nothing is known of what it holds.
        "open" => Value::External(External { path: "io.open()".into(), made_at: 0 }).into(),
        "super" => it.super_value(),
        "globals" => it.bound_names(true, site),
        "locals" => it.bound_names(false, site),
        "vars" if args.positional.is_empty() => it.bound_names(false, site),
        "property" => {
            let getters = args.get(0, "fget").cloned().unwrap_or_default();
            getters.iter().map(|getter| Value::Getter(Rc::new(getter.clone()))).collect()
        }
        "type" => it.class_values(&first()),
        "vars" | "int" | "float" => first(),
        "__import__" => import_module(it, args, site).unwrap_or_else(Values::unknown),
        _ => {
            it.run_callbacks(args, site);
            Values::unknown()
        }
    }
}

/// The rows that columns make: one for each position while all positions are known, else one of any elements.
fn rows(it: &mut Interpreter, columns: &[Values], site: Site) -> Values {
    let known: Vec<Vec<Values>> = columns.iter().filter_map(|column| it.known_list(column)).collect();
    let length = known.iter().map(Vec::len).min();
    let all_known = known.len() == columns.iter().filter(|column| !column.is_vague()).count();
    let Some(length) = length.filter(|_| all_known) else {
        let items: Vec<Values> = columns.iter().map(|column| it.iterate(column, site)).collect();
        let row = it.list(site.nth(0), items, Values::none());
        return it.list(site, Vec::new(), row);
    };
    let mut made = Vec::new();
    for at in 0..length {
        let mut cells = known.iter();
        let row = columns.iter().map(|column| {
            if column.is_vague() {
                Values::unknown()
            } else {
                cells.next().map_or_else(Values::unknown, |cells| cells[at].clone())
            }
        });
        let row: Vec<Values> = row.collect();
        made.push(it.list(site.nth(at), row, Values::none()));
    }
    it.list(site, made, Values::none())
}

fn get_attribute(it: &mut Interpreter, args: &Args, site: Site) -> Values {
    let objects = args.positional.first().cloned().unwrap_or_default();
    let names = args.positional.get(1).cloned().unwrap_or_default();
    let mut found = Values::none();
    for name in it.texts(&names) {
        if let Some(name) = name.as_literal() {
            found.join(&it.member(&objects, name));
            continue;
        }
        let objects_of_ours = objects.clone();
        for object in &objects_of_ours {
            found.join(&it.members_named(object, &name));
        }
        if let Some(service) = it.client_service(&objects) {
            it.note(
                "unresolved-operation",
                site,
                format!("which operation of `{service}` `getattr` names is not known; it is not granted"),
            );
        }
        found.insert(Value::Unknown);
    }
    if let Some(default) = args.positional.get(2) {
        found.join(default);
    }
    found.or_unknown()
}

fn dict(it: &mut Interpreter, args: &Args, site: Site) -> Values {
    let mut map = Map::default();
    if let Some(given) = args.positional.first() {
        if given.iter().any(|value| matches!(value, Value::Environment)) {
            return Value::Environment.into();
        }
        if given.iter().any(|value| matches!(it.object(value), Some(Object::List { .. }))) {
            // A list of pairs, one by one where they are known.
            let pairs = it.known_list(given).unwrap_or_else(|| vec![it.element(given)]);
            for pair in pairs {
                let keys = it.position(&pair, 0);
                let values = it.position(&pair, 1);
                for key in it.texts(&keys) {
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
        } else {
            it.spread_into(&mut map, given);
        }
    }
    for (name, values) in &args.named {
        map.entries.insert(name.clone(), values.clone());
    }
    map.open |= args.open;
    it.map(site, map)
}

/// A list of the same elements; what is iterated to make it is iterated here.
fn copy_list(it: &mut Interpreter, values: &Values, site: Site) -> Values {
    let passes = |value: &Value| matches!(value, Value::Event(_) | Value::Response(_) | Value::External(_));
    if !values.is_empty() && values.iter().all(passes) {
        return values.clone();
    }
    if let [Value::Object(_)] = values.iter().as_slice()
        && let Some(Object::List { items, rest }) = values.iter().next().and_then(|value| it.object(value))
    {
        let (items, rest) = (items.clone(), rest.clone());
        return it.list(site, items, rest);
    }
    let elements = it.iterate(values, site);
    it.list(site, Vec::new(), elements)
}

pub fn environment(it: &Interpreter, args: &Args) -> Values {
    let names = args.get(0, "key").cloned().unwrap_or_default();
    let default = args.get(1, "default");
    let mut found = Values::none();
    for name in it.texts(&names) {
        match name.as_literal() {
            Some(name) => found.join(&it.environment(name, default)),
            None => found.insert(Value::Unknown),
        };
    }
    found.or_unknown()
}

/// `importlib.import_module(name)`. Of a name that is partly known, the modules of the package that fit.
pub fn import_module(it: &mut Interpreter, args: &Args, site: Site) -> Option<Values> {
    let given = args.positional.first()?.clone();
    let mut found = Values::none();
    for name in it.texts(&given) {
        if let Some(literal) = name.as_literal() {
            found.join(&imported(it, literal)?);
            continue;
        }
        let modules = modules_named(it, &name);
        if modules.is_empty() {
            let message = "which module is imported here is not known; what it calls is not granted";
            it.note("missing-module", site, message);
        }
        for module in modules {
            found.join(&imported(it, &module)?);
        }
    }
    (!found.is_empty()).then_some(found)
}

fn modules_named(it: &mut Interpreter, name: &Text) -> Vec<String> {
    let lead = name.leading_literal().to_owned();
    let Some((package, begins)) = lead.rsplit_once('.').filter(|(package, _)| !package.is_empty()) else {
        return Vec::new();
    };
    let Some(Value::Module(module)) = imported(it, package).and_then(|found| found.iter().next().cloned())
    else {
        return Vec::new();
    };
    let (ends, rest) = match name.trailing_literal().split_once('.') {
        Some((ends, rest)) => (ends.to_owned(), format!(".{rest}")),
        None => (name.trailing_literal().to_owned(), String::new()),
    };
    let fits = |name: &String| name.starts_with(begins) && name.ends_with(&ends);
    let names = it.modules_in(module).into_iter().filter(fits);
    names.take(Values::WIDTH).map(|name| format!("{package}.{name}{rest}")).collect()
}

fn imported(it: &mut Interpreter, name: &str) -> Option<Values> {
    let level = name.chars().take_while(|letter| *letter == '.').count();
    let import = crate::code::ir::Import {
        module: name.trim_start_matches('.').into(),
        level: u32::try_from(level).ok()?,
        names: crate::code::ir::ImportNames::Module { alias: None },
        span: crate::code::ir::Span::default(),
    };
    Some(it.import_value(&import))
}

/// What `strftime` makes of a format: its literal text, and something for every directive.
pub fn date_text(format: Option<&Values>) -> Values {
    let Some(format) = format.and_then(Values::literal) else {
        return Values::text(Text::unknown());
    };
    let mut text = Text::default();
    let mut pieces = format.split('%');
    text.push_str(pieces.next().unwrap_or_default());
    while let Some(piece) = pieces.next() {
        match piece.char_indices().nth(1) {
            // `%%`
            None if piece.is_empty() => {
                text.push_str("%");
                text.push_str(pieces.next().unwrap_or_default());
            }
            after => {
                text.append(&Text::unknown());
                text.push_str(after.map_or("", |(at, _)| &piece[at..]));
            }
        }
    }
    Values::text(text)
}
