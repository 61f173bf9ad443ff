//! Functions of the standard library and of crates around it, as far as values of interest pass through them.

use super::{methods, unresolved};
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
    if let Some(operation) = of.strip_prefix(unresolved::UNRESOLVED) {
        return Some(unresolved::sent(it, callee, operation, name, site));
    }
    if let Some(entered) = entry(it, path, name, args, site) {
        return Some(entered);
    }
    // A method of what a deserializer gave.
    if callee.made_at != 0 && of.starts_with("serde") && !methods::is_transparent(name) {
        let receiver = Value::External(External { path: of.into(), ..callee.clone() });
        let own = it.methods_by_name(super::structs::READ, &receiver, name, args, site);
        if !own.is_empty() {
            return Some(it.invoke(&own, args, site));
        }
    }
    if let Some(read) = settings(it, callee, args, site) {
        return Some(read);
    }
    match (holder, name) {
        ("env", "var" | "var_os") => {
            let name = args.positional.first()?.literal()?.to_owned();
            return Some(it.environment(&name, None));
        }
        ("LazyLock" | "LazyCell" | "Lazy", "new") => {
            return Some(it.invoke(&first(), &Args::default(), site));
        }
        ("OnceCell" | "OnceLock", "new" | "const_new")
        | ("Vec" | "VecDeque" | "HashSet" | "BTreeSet", "new" | "with_capacity") => {
            return Some(it.list(site, Vec::new(), Values::none()));
        }
        ("Vec" | "VecDeque" | "HashSet" | "BTreeSet", "from" | "from_iter") => return Some(first()),
        ("OnceCell" | "OnceLock", "new_with" | "from") | ("AsyncOnce", "new") => {
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
        (holder, "new" | "from" | "pin" | "clone" | "new_const" | "const_new" | "Owned" | "Borrowed")
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
        "format" if !args.positional.is_empty() => Some(super::values::date(args)),
        "take" | "replace" if holder == "mem" => Some(first()),
        "decode" | "encode" if of == "urlencoding" => Some(first()),
        "from_str" | "from_slice" if of.starts_with("serde_json") && !args.positional.is_empty() => {
            Some(parsed(it, &first(), site))
        }
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
        // A method of what a crate that is not read gave: it may have held a client.
        _ if callee.made_at != 0 && args.positional.is_empty() && !is_of_another_cloud(path) => {
            unresolved::operation(name, site)
        }
        _ => None,
    }
}

/// Crates whose requests are built as the SDK's are, and crates that are named like the SDK's.
fn is_of_another_cloud(path: &str) -> bool {
    ["aws_", "google", "gcloud", "azure", "octocrab", "kube", "oci"]
        .iter()
        .any(|beginning| path.starts_with(beginning))
}

/// What JSON says where it is known; else what it is of.
fn parsed(it: &mut Interpreter, given: &Values, site: Site) -> Values {
    let mut found = Values::none();
    for value in given {
        let read = match value {
            Value::Text(text) => it.parse_json(text, site),
            _ => None,
        };
        found.join(&read.unwrap_or_else(|| value.clone().into()));
    }
    found
}

/// What stands for the environment as a source of settings, behind a prefix: `<settings APP_>`. What follows a `?` is
/// the separator that holds unless another is set.
const SOURCE: &str = "<settings ";

/// `envy`, and the environment as a source of `config` and `figment`.
fn settings(it: &mut Interpreter, callee: &External, args: &Args, site: Site) -> Option<Values> {
    let path = callee.path.as_str();
    let (of, name) = path.rsplit_once('.')?;
    let source = |prefix: &str| {
        let path = smol_str::format_smolstr!("{SOURCE}{prefix}>");
        Some(Values::from(Value::External(External { path, made_at: 0 })))
    };
    if let Some(prefix) = of.strip_prefix(SOURCE).and_then(|of| of.strip_suffix('>')) {
        return match name {
            "from_env" | "try_deserialize" | "try_into" | "deserialize" | "extract" => {
                Some(read_settings(it, prefix, args, site))
            }
            "prefix_separator" => {
                let prefix = prefix.split('?').next().unwrap_or_default();
                source(&format!("{prefix}{}", args.positional.first()?.literal()?))
            }
            "separator" => match prefix.split_once('?') {
                Some((prefix, _)) => source(&format!("{prefix}?{}", args.positional.first()?.literal()?)),
                None => source(prefix),
            },
            // Beside the environment, a file that says what is not set there.
            _ => source(prefix),
        };
    }
    let package = path.split('.').next().unwrap_or_default();
    let prefix = || args.positional.first().and_then(Values::literal).map(ToOwned::to_owned);
    match (package, name) {
        ("envy", "from_env") => Some(read_settings(it, "", args, site)),
        ("envy" | "figment", "prefixed") => source(&prefix()?),
        ("figment", "raw") if of.ends_with("Env") => source(""),
        ("config", "with_prefix") if of.ends_with("Environment") => {
            source(&format!("{}?_", prefix()?.to_uppercase()))
        }
        ("config", "default") if of.ends_with("Environment") => source(""),
        // A source that is added to others is what says the variables.
        ("config" | "figment", _) => {
            let is_source =
                |value: &&Value| matches!(value, Value::External(it) if it.path.starts_with(SOURCE));
            args.all().find(is_source).map(|source| source.clone().into())
        }
        _ => None,
    }
}

/// A type whose fields are read from the environment.
fn read_settings(it: &mut Interpreter, prefix: &str, args: &Args, site: Site) -> Values {
    let mut made = Values::none();
    for class in
        args.named(super::TYPE).into_iter().flatten().filter(|class| matches!(class, Value::Class(_)))
    {
        let mut readers = it.member(&class.clone().into(), super::settings::FROM_ENV);
        readers.remove(|reader| !matches!(reader, Value::Function(_)));
        if !readers.is_empty() {
            let prefix = Values::text(Text::literal(prefix.replace('?', "")));
            made.join(&it.invoke(&readers, &Args::of([prefix]), site));
        }
    }
    if made.is_empty() {
        let message = "variables of the environment are read into a type here; which ones is not read";
        it.note("unread-settings", site, message);
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
                External { path: "lambda_runtime.Runtime".into(), made_at: unresolved::place_number(site) };
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
