//! Functions of the standard library and of crates around it, as far as values of interest pass through them.

use super::methods;
use crate::code::eval::{Args, External, Interpreter, Map, Object, Site, Value, Values};
use crate::model::Text;

/// Types whose constructors give what they are given.
const HOLDERS: [&str; 24] = [
    "Arc", "Rc", "Box", "Mutex", "RwLock", "RefCell", "Cell", "Pin", "Cow", "String", "PathBuf", "Path",
    "Option", "Some", "Reverse", "Wrapping", "ArcSwap", "SetOnce", "Uri", "Url", "Context", "Span",
    "OsString", "Bytes",
];

pub(super) fn external_call(
    it: &mut Interpreter,
    callee: &External,
    args: &Args,
    site: Site,
) -> Option<Values> {
    let path = callee.path.as_str();
    let (of, name) = path.rsplit_once('.').unwrap_or(("", path));
    let holder = of.rsplit('.').next().unwrap_or(of);
    let first = || args.positional.first().cloned().unwrap_or_default().or_unknown();
    if let Some(unresolved) = of.strip_prefix(methods::UNRESOLVED) {
        return Some(methods::unresolved(it, callee, unresolved, name, site));
    }
    if let Some(entered) = entry(it, path, name, args, site) {
        return Some(entered);
    }
    match (holder, name) {
        ("env", "var" | "var_os") => {
            let name = args.positional.first()?.literal()?.to_owned();
            return Some(it.environment(&name, None));
        }
        (_, "from_env") if of.starts_with("envy") && args.named("<type>").is_some() => {
            let prefix = of.contains("prefixed");
            return Some(settings(it, args, prefix, site));
        }
        ("envy", _) => {
            let message = "variables of the environment are read into a type here; which ones is not read";
            it.note("unread-settings", site, message);
            return Some(Values::unknown());
        }
        ("LazyLock" | "LazyCell" | "Lazy", "new") => {
            return Some(it.invoke(&first(), &Args::default(), site));
        }
        ("OnceCell" | "OnceLock", "new" | "const_new")
        | ("Vec" | "VecDeque" | "HashSet" | "BTreeSet", "new" | "with_capacity") => {
            return Some(it.list(site, Vec::new(), Values::none()));
        }
        ("Vec" | "VecDeque" | "HashSet" | "BTreeSet", "from" | "from_iter") => return Some(first()),
        ("OnceCell" | "OnceLock", "new_with" | "from") => {
            return Some(it.list(site, vec![first()], Values::none()));
        }
        ("HashMap" | "BTreeMap" | "IndexMap", "new" | "with_capacity" | "default") => {
            return Some(it.map(site, Map::default()));
        }
        ("HashMap" | "BTreeMap" | "IndexMap", "from" | "from_iter") => {
            let pairs = first();
            return Some(map_of_pairs(it, &pairs, site));
        }
        ("String", "new" | "with_capacity") => return Some(Values::text(Text::default())),
        (holder, "new" | "from" | "pin" | "clone" | "new_const" | "Owned" | "Borrowed")
            if HOLDERS.contains(&holder) =>
        {
            return Some(first());
        }
        _ => {}
    }
    match name {
        // What runs a future or a closure gives what that gives.
        "spawn" | "spawn_blocking" | "spawn_local" | "block_on" | "block_in_place" | "catch_unwind" => {
            let given = first();
            Some(methods::run(it, &given, &Args::default(), site))
        }
        "timeout" | "timeout_at" => args.positional.get(1).cloned(),
        "once" if holder == "iter" || holder == "stream" => {
            Some(it.list(site, vec![first()], Values::none()))
        }
        "join_all" | "try_join_all" | "ready" | "repeat" | "identity" | "block_in_async" => Some(first()),
        "iter" if holder == "stream" => Some(first()),
        "from_iter" if holder == "FuturesUnordered" || holder == "FuturesOrdered" => Some(first()),
        "format" if !args.positional.is_empty() => Some(methods::date(args)),
        "take" | "replace" if holder == "mem" => Some(first()),
        "decode" | "encode" if of == "urlencoding" => Some(first()),
        "from_value" | "from_str" | "from_slice" | "from_reader" | "to_value" | "from_string"
        | "from_static" | "from" | "try_from" | "from_utf8" | "from_utf8_lossy"
            if !args.positional.is_empty() =>
        {
            Some(first())
        }
        // `str::to_owned(x)`, `Value::as_str(x)`.
        _ if methods::is_transparent(name) && callee.made_at == 0 && !args.positional.is_empty() => {
            Some(first())
        }
        _ if methods::is_transparent(name) && !of.is_empty() => {
            Some(Value::External(External { path: of.into(), ..callee.clone() }).into())
        }
        _ => None,
    }
}

/// A type whose fields are read from the environment, each from the variable of its name in upper case.
fn settings(it: &mut Interpreter, args: &Args, prefixed: bool, site: Site) -> Values {
    let mut made = Values::none();
    for class in args.named("<type>").into_iter().flatten() {
        let Value::Class(class) = class else { continue };
        let settings = it.bare_instance(*class, site);
        for field in it.field_names(*class) {
            let read = if prefixed { Values::unknown() } else { it.environment(&field.to_uppercase(), None) };
            it.set_member(&settings, &field, &read);
        }
        made.join(&settings);
    }
    made.or_unknown()
}

/// What hands the function's events to its handler.
fn entry(it: &mut Interpreter, path: &str, name: &str, args: &Args, site: Site) -> Option<Values> {
    let handler = args.positional.first()?.clone();
    match (path, name) {
        (_, "service_fn" | "service") => Some(handler),
        ("lambda_http.run" | "lambda_http.run_concurrent" | "lambda_http.run_with_streaming_response", _) => {
            let event = Values::from(Value::Event("".into()));
            Some(it.invoke(&handler, &Args::of([event]), site))
        }
        (
            "lambda_runtime.run"
            | "lambda_runtime.run_concurrent"
            | "lambda_runtime.Runtime.new"
            | "lambda_runtime.run_with_streaming_response",
            _,
        ) => {
            let event = lambda_event(it, site);
            it.invoke(&handler, &Args::of([event]), site);
            let running =
                External { path: "lambda_runtime.Runtime".into(), made_at: methods::place_number(site) };
            Some(Value::External(running).into())
        }
        _ => None,
    }
}

/// `LambdaEvent { payload, context }`.
fn lambda_event(it: &mut Interpreter, site: Site) -> Values {
    let class = it.record_class(vec!["payload".into(), "context".into()]);
    let event = it.bare_instance(class, site);
    it.set_member(&event, "payload", &Value::Event("".into()).into());
    let context = Value::External(External { path: "lambda.context".into(), made_at: 0 });
    it.set_member(&event, "context", &context.into());
    event
}

/// A map of the pairs of a list.
pub fn map_of_pairs(it: &mut Interpreter, pairs: &Values, site: Site) -> Values {
    let map = it.map(site, Map::default());
    let rows = match it.known_list(pairs) {
        Some(rows) => rows,
        None => vec![it.element(pairs)],
    };
    for row in rows {
        let keys = it.position(&row, 0);
        let values = it.position(&row, 1);
        for map in &map {
            if matches!(it.object(map), Some(Object::Map(_))) {
                it.set_entries(map, &keys, &values);
            }
        }
    }
    map
}
