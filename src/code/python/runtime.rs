//! What Python itself and its standard library do with values, as far as values of interest pass through
//! them: containers, text, the environment, partial application, running callbacks.
//!
//! Misses what only running tells: arithmetic on texts, regular expressions, files.

use std::rc::Rc;

use smol_str::SmolStr;

use super::{builtins, given, injection, methods, settings, standard, texts};
use crate::code::eval::{Args, External, Interpreter, Operators, Runtime, Site, Value, Values};
use crate::code::sdk::{Handle, boto3, function_arn, library};
use crate::model::Text;

pub struct Python;

/// Packages whose source is never read although it may stand next to the code: what they do, we know better.
pub fn is_sdk(package: &str) -> bool {
    matches!(
        package,
        "boto3"
            | "botocore"
            | "aioboto3"
            | "aiobotocore"
            | "s3transfer"
            | "mypy_boto3"
            | "aws_lambda_powertools"
            | "aws_xray_sdk"
    ) || package.starts_with("mypy_boto3_")
        || package.starts_with("types_boto3")
        || package.starts_with("types_aiobotocore")
}

impl Runtime for Python {
    fn global(&self, name: &str) -> Value {
        if builtins::is_builtin(name) { Value::Builtin(name.into()) } else { Value::Unknown }
    }

    fn builtin(&self, it: &mut Interpreter, name: &str, args: &Args, site: Site) -> Values {
        builtins::call(it, name, args, site)
    }

    fn method(&self, it: &mut Interpreter, receiver: &Value, name: &str, args: &Args, site: Site) -> Values {
        methods::call(it, receiver, name, args, site)
    }

    fn external_member(&self, it: &mut Interpreter, of: &External, name: &str) -> Values {
        match (of.path.as_str(), name) {
            ("os", "environ" | "environb") => Value::Environment.into(),
            ("lambda.context", "function_name") => it.environment("AWS_LAMBDA_FUNCTION_NAME", None),
            ("lambda.context", "invoked_function_arn") => function_arn(it),
            _ if of.path.len() > 200 => Value::External(of.clone()).into(),
            _ => Value::External(of.member(name)).into(),
        }
    }

    fn inherited_member(&self, it: &mut Interpreter, subject: &Value, base: &External, name: &str) -> Values {
        if name == "__subclasses__" {
            return Value::Method(Rc::new((subject.clone(), name.into()))).into();
        }
        let known = library::inherited(it, subject, base, name, self.operators().construct);
        known.unwrap_or_else(|| {
            if given::starts(base, name) {
                return Value::Method(Rc::new((subject.clone(), name.into()))).into();
            }
            self.external_member(it, base, name)
        })
    }

    fn external_call(
        &self,
        it: &mut Interpreter,
        callee: &External,
        args: &Args,
        site: Site,
    ) -> Option<Values> {
        if let Some(known) = boto3::external_call(it, callee, args, site) {
            return Some(known);
        }
        if let Some(known) = settings::external_call(it, callee, args, site) {
            return Some(known);
        }
        if let Some(known) = injection::external_call(it, callee, args, site) {
            return Some(known);
        }
        if let Some(known) = library::external_call(it, callee, args, site) {
            return Some(known);
        }
        standard_call(it, callee, args, site).or_else(|| standard::call(it, callee, args, site))
    }

    fn is_transparent(&self, decorator: &External) -> bool {
        const PREFIXES: [&str; 5] = ["capture_", "inject_", "log_metrics", "cache", "lru_cache"];
        let path = decorator.path.trim_end_matches("()");
        let name = path.rsplit('.').next().unwrap_or(path);
        PREFIXES.iter().any(|prefix| name.starts_with(prefix))
            || path.starts_with("functools.")
            || path.starts_with("contextlib.")
            || path.starts_with("tenacity.")
            || path.starts_with("dataclasses.")
    }

    fn calls_overrides(&self, base: &External) -> bool {
        given::calls_overrides(base)
    }

    fn is_asked_for(&self, method: &str, theirs: bool) -> bool {
        given::is_asked_for(method, theirs)
    }

    fn takes_objects(&self, callee: &External) -> bool {
        given::takes_objects(callee)
    }

    fn attaches(&self, function: &Value, name: &str) -> bool {
        matches!(function, Value::Function(_)) && name == "register"
    }

    fn external_entry(&self, it: &mut Interpreter, of: &External, key: &Value, site: Site) -> Option<Values> {
        if of.path == "sys.modules" {
            return Some(Value::Module(it.running_module()).into());
        }
        injection::external_entry(it, of, key, site).or_else(|| standard::annotated(it, of, key))
    }

    fn sdk_member(&self, it: &mut Interpreter, handle: &Rc<Handle>, name: &str) -> Values {
        boto3::member(it, handle, name)
    }

    fn sdk_call(&self, it: &mut Interpreter, handle: &Rc<Handle>, args: &Args, site: Site) -> Values {
        boto3::call(it, handle, args, site)
    }

    fn typed(&self, it: &mut Interpreter, declared: &External) -> Option<Value> {
        boto3::typed(declared).or_else(|| library::typed(it, declared))
    }

    fn declared_field(
        &self,
        it: &mut Interpreter,
        class: &Value,
        base: &External,
        name: &str,
        default: &Values,
    ) -> Option<Values> {
        settings::declared_field(it, class, base, name, default)
    }

    fn data_member(&self, of: &Value, name: &str) -> Option<Values> {
        match (of, name) {
            // Members of an enumeration are lowered as their values.
            (Value::Text(_), "value") => Some(of.clone().into()),
            // Paths are their texts.
            (Value::Text(text), "name" | "stem" | "suffix" | "parent") => Some(texts::path_part(text, name)),
            _ => None,
        }
    }

    fn callbacks_come_first(&self) -> bool {
        true
    }

    fn members_are_entries(&self) -> bool {
        false
    }

    fn module_names(&self) -> &'static [&'static str] {
        &[]
    }

    fn operators(&self) -> &'static Operators {
        &OPERATORS
    }

    fn libraries(&self) -> &'static library::Libraries {
        &library::PYTHON
    }
}

static OPERATORS: Operators = Operators {
    root: "object",
    allocate: "__new__",
    construct: "__init__",
    filled: &["__post_init__", "__attrs_post_init__", "model_post_init"],
    call: "__call__",
    enter: &["__enter__", "__aenter__"],
    exit: &["__exit__", "__aexit__"],
    index: "__getitem__",
    set_index: "__setitem__",
    missing_entry: "__missing__",
    iterate: &["__iter__", "__aiter__"],
    advance: &["__next__", "__anext__"],
    join: &["__or__", "__add__"],
    missing_member: "__getattr__",
    text: "__str__",
    subclassed: "__init_subclass__",
    finish: "",
    // No member has this name.
    prototype: "",
};

/// The standard library, as far as values pass through it.
fn standard_call(it: &mut Interpreter, callee: &External, args: &Args, site: Site) -> Option<Values> {
    let first = || args.positional.first().cloned().unwrap_or_default().or_unknown();
    match callee.path.as_str() {
        "os.getenv" | "os.environ.get" => Some(builtins::environment(it, args)),
        "os.path.join" | "posixpath.join" => Some(join_path(it, args, site)),
        "pathlib.Path" | "pathlib.PurePath" | "pathlib.PurePosixPath" | "pathlib.PosixPath"
            if !args.positional.is_empty() =>
        {
            Some(join_path(it, args, site))
        }
        "functools.partial" | "functools.partialmethod" => {
            let mut rest = args.clone();
            let callee = (!rest.positional.is_empty()).then(|| rest.positional.remove(0))?;
            Some(callee.iter().map(|value| Value::Partial(Rc::new((value.clone(), rest.clone())))).collect())
        }
        "functools.lru_cache" | "functools.cache" | "functools.singledispatch"
            if args.positional.iter().flatten().any(|value| matches!(value, Value::Function(_))) =>
        {
            Some(first())
        }
        // Both copy a name and a docstring; the function that they are given is not run.
        "functools.wraps" => Some(Value::External(callee.clone()).into()),
        "functools.update_wrapper" => Some(first()),
        "contextlib.ExitStack().enter_context"
        | "contextlib.AsyncExitStack().enter_context"
        | "contextlib.AsyncExitStack().enter_async_context" => Some(it.enter_context(&first(), site)),
        "functools.reduce" => {
            let elements = args.positional.get(1).map(|list| it.element(list)).unwrap_or_default();
            let passed = Args::of([elements.clone(), elements]);
            let callee = first();
            Some(it.invoke(&callee, &passed, site))
        }
        // What comes in goes out, as far as names and paths of the event are concerned.
        "json.loads"
        | "json.load"
        | "orjson.loads"
        | "ujson.loads"
        | "simplejson.loads"
        | "rapidjson.loads"
        | "ast.literal_eval"
        | "copy.copy"
        | "copy.deepcopy"
        | "typing.cast"
        | "asyncio.run"
        | "asyncio.wait_for"
        | "asyncio.shield"
        | "asyncio.create_task"
        | "asyncio.ensure_future"
        | "urllib.parse.unquote_plus"
        | "urllib.parse.unquote"
        | "urllib.parse.quote"
        | "base64.b64decode"
        | "anyio.run" => {
            let position = usize::from(callee.path == "typing.cast");
            let given = args.positional.get(position).cloned().unwrap_or_default();
            if callee.path == "anyio.run" {
                return Some(it.invoke(&given, &Args::default(), site));
            }
            if !callee.path.contains("json.") && callee.path != "ast.literal_eval" {
                return Some(given);
            }
            Some(
                given
                    .iter()
                    .flat_map(|value| parsed(it, value, site).iter().cloned().collect::<Vec<_>>())
                    .collect(),
            )
        }
        "asyncio.gather" => {
            let items = args.positional.clone();
            let made = it.list(site, items, args.rest.clone());
            Some(made)
        }
        "itertools.chain"
        | "itertools.islice"
        | "itertools.chain.from_iterable"
        | "more_itertools.chunked" => {
            let mut elements = it.element(&args.rest);
            for values in &args.positional {
                elements.join(&it.element(values));
            }
            Some(it.list(site, Vec::new(), elements))
        }
        "dataclasses.field" | "attr.ib" | "attr.attrib" | "attr.field" | "attrs.field" => {
            if let Some(default) = args.named("default") {
                return Some(default.clone());
            }
            let factory = args.named("default_factory").or_else(|| args.named("factory")).cloned()?;
            Some(it.invoke(&factory, &Args::default(), site))
        }
        "collections.namedtuple" => {
            let fields = args.get(1, "field_names").cloned()?;
            let mut names: Vec<SmolStr> = Vec::new();
            match fields.literal() {
                Some(text) => {
                    names.extend(text.split([',', ' ']).filter(|name| !name.is_empty()).map(SmolStr::from));
                }
                None => names.extend(it.ordered_literals(&fields)),
            }
            Some(Value::Class(it.record_class(names)).into())
        }
        "types.SimpleNamespace" | "argparse.Namespace" => {
            let class = it.record_class(args.named.iter().map(|(name, _)| name.clone()).collect());
            Some(it.invoke(&Value::Class(class).into(), args, site))
        }
        "importlib.import_module" => builtins::import_module(it, args, site),
        "time.strftime" => Some(builtins::date_text(args.get(0, "format"))),
        _ if callee.path.starts_with("datetime.") && callee.last_name() == "strftime" => {
            Some(builtins::date_text(args.get(0, "format")))
        }
        // What a web framework injects: the result of the function, or what it yields.
        "fastapi.Depends" | "fastapi.Security" | "fastapi.params.Depends" => {
            let made = it.invoke(&first(), &Args::default(), site);
            Some(it.enter_context(&made, site))
        }
        _ => None,
    }
}

/// What parsing gives: parts of the event and of answers keep their paths, texts are what they hold as far as that
/// is known.
fn parsed(it: &mut Interpreter, value: &Value, site: Site) -> Values {
    match value {
        Value::Text(text) => it.parse_json(text, site).unwrap_or_else(Values::unknown),
        other => other.clone().into(),
    }
}

pub fn join_path(it: &mut Interpreter, args: &Args, site: Site) -> Values {
    let slash = Values::text(Text::literal("/"));
    let mut operands = Vec::new();
    for (index, values) in args.positional.iter().enumerate() {
        let trims = values.literal().map(|text| SmolStr::from(text.trim_end_matches('/')));
        if index > 0 {
            operands.push(slash.clone());
        }
        operands.push(trims.map_or_else(|| values.clone(), |text| Values::text(Text::literal(text))));
    }
    it.join_values(&operands, site)
}
