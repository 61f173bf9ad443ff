//! Libraries that call AWS on the function's behalf, by their models: data files that say which operations a
//! library's functions and methods make, and how the requests come out of arguments.
//!
//! A path of a modelled package that its model neither lists nor calls inert is a note, never a guess. What a
//! library does with operations that its caller chooses (`fs.call_s3("get_object")`) is not seen.
//! Packages without a model are taken to call nothing, unless they are given a URL of S3 or a client.

mod model;
mod s3_location;
mod template;

use std::rc::Rc;

use smol_str::SmolStr;

use super::{Client, Handle, Origin, aws_command, boto3, extension, javascript};
use crate::code::eval::{Args, External, Interpreter, Object, Site, Value, Values, text_of};
use crate::model::{Field, Text};
use model::Effect;
pub use model::{JAVASCRIPT, Libraries, PYTHON, RUST};
use s3_location::{Location, locations};
use template::Scope;

/// A thing that a modelled class made, or (`subject`) a class or instance of the project's that inherits from
/// one. What it was made with is what its methods' requests are filled from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Thing {
    /// The dotted path of its class, package first.
    class: SmolStr,
    args: Args,
    subject: Option<Value>,
}

/// A call of something that a library exports, or that its calls gave. None where the default is right: nothing
/// is known of what comes back.
pub fn external_call(it: &mut Interpreter, callee: &External, args: &Args, site: Site) -> Option<Values> {
    let path = callee.path.as_str();
    let Some((library, below)) = it.libraries().library(path) else {
        let package = path.split('.').next().unwrap_or_default();
        if !INNOCENT.contains(&package) && passes_s3_url(callee.last_name(), args) {
            unmodelled(it, path, site);
        } else if callee.made_at == 0
            && !HOLDERS.iter().any(|known| package.starts_with(known))
            && let Some(service) = passes_client(it, args)
        {
            let message = format!(
                "`{path}` is given a client of `{service}`; what it calls with it is not known and not granted"
            );
            let help = "list the actions that the library needs yourself";
            it.note_with_help("unmodelled-library", site, message, Some(help.into()));
        }
        return None;
    };
    if let Some((name, callable)) = model::find(&library.calls, below) {
        let scope = Scope::of(callable, args);
        if !scope.holds(it, &callable.only) {
            return None;
        }
        make(it, &scope, site);
        let made = match &callable.returns {
            Some(given) if given.starts_with('{') => scope.values(it, given).or_unknown(),
            Some(class) => returned(it, &scope, class),
            None if callable.methods.is_empty() && callable.inert.is_empty() => return None,
            None => {
                let package = &path[..path.len() - below.len()];
                let class = smol_str::format_smolstr!("{package}{name}");
                thing(Thing { class, args: args.clone(), subject: None })
            }
        };
        it.run_callbacks(args, site);
        return Some(made);
    }
    let made_by = below.find(['(', '[']);
    if made_by.is_some()
        && let Some(callable) = it.libraries().result(library, callee.last_name())
    {
        make(it, &Scope::of(callable, args), site);
        return None;
    }
    // What a listed call gave is listed with it.
    let called = made_by.map_or(below, |end| &below[..end]);
    // A method that a class of the project has from a listed one, and that is inert there.
    let inherited = called.rsplit_once('.').is_some_and(|(class, name)| {
        model::find(&library.calls, class)
            .is_some_and(|(_, class)| class.inert.iter().any(|inert| inert == "*" || inert == name))
    });
    let known = inherited || made_by.is_some() && model::find(&library.calls, called).is_some();
    let is_exception = ["Error", "Exception"].iter().any(|end| callee.last_name().ends_with(end));
    if !known && !is_exception && !library.is_inert(below) {
        unmodelled(it, path, site);
    }
    None
}

/// Packages to which a URL of S3 is a text.
const INNOCENT: [&str; 15] = [
    "logging",
    "structlog",
    "loguru",
    "re",
    "json",
    "pathlib",
    "posixpath",
    "botocore",
    "console",
    "util",
    "url",
    "path",
    "assert",
    "pino",
    "winston",
];

/// Packages that keep, mark or show the clients that they are given.
const HOLDERS: [&str; 27] = [
    "@aws-lambda-powertools",
    "@aws-sdk",
    "@smithy",
    "asyncio",
    "awilix",
    "aws-sdk-client-mock",
    "aws-sdk-mock",
    "aws-xray-sdk",
    "aws_lambda_powertools",
    "aws_xray_sdk",
    "bluebird",
    "boto3",
    "botocore",
    "concurrent",
    "console",
    "contextlib",
    "dataclasses",
    "functools",
    "inversify",
    "logging",
    "moto",
    "pino",
    "tslib",
    "tsyringe",
    "typedi",
    "typing",
    "weakref",
];

/// The service of a client among the arguments, also in the objects and lists that are passed.
fn passes_client(it: &Interpreter, args: &Args) -> Option<SmolStr> {
    let of = |value: &Value| {
        let Value::Sdk(handle) = value else { return None };
        let client = match &**handle {
            Handle::Client(client) => Some(client),
            Handle::JavaScript(thing) => javascript::client_of(thing),
            _ => None,
        };
        client.filter(|client| !client.origin.foreign).map(|client| client.service.clone())
    };
    args.all().find_map(|value| {
        of(value).or_else(|| match it.object(value) {
            Some(Object::Map(map)) => map.entries.values().flatten().find_map(of),
            Some(Object::List { items, .. }) => items.iter().flatten().find_map(of),
            _ => None,
        })
    })
}

/// Whether something that is not modelled is given a URL of S3: whatever it is, it may well go there.
pub fn passes_s3_url(name: &str, args: &Args) -> bool {
    const WORDS: [&str; 12] = [
        "append",
        "critical",
        "debug",
        "error",
        "exception",
        "info",
        "join",
        "log",
        "print",
        "startswith",
        "warning",
        "write",
    ];
    let is_url = |value: &Value| {
        text_of(value).is_some_and(|text| {
            let lead = text.leading_literal();
            lead.starts_with("s3://") && !lead.contains(char::is_whitespace)
        })
    };
    !WORDS.contains(&name) && !name.contains("split") && !name.contains("parse") && args.all().any(is_url)
}

/// A member that a class of the project inherits from a modelled one.
pub fn inherited(
    it: &Interpreter,
    subject: &Value,
    base: &External,
    name: &str,
    constructor: &str,
) -> Option<Values> {
    let callable = it.libraries().callable(&base.path)?;
    let name = if name == constructor { CONSTRUCT } else { name };
    if name != CONSTRUCT {
        model::find(&callable.methods, name)?;
    }
    let thing = Thing { class: base.path.clone(), args: Args::default(), subject: Some(subject.clone()) };
    Some(member(&Rc::new(Handle::Thing(thing)), name))
}

/// The name of the method that calling a thing itself is.
pub const ITSELF: &str = "";

/// The method that makes what inherits from a class.
const CONSTRUCT: &str = "[[Construct]]";

/// What inherits from a modelled class was made with these: its methods' requests are filled from them.
pub fn constructed(it: &mut Interpreter, subject: &Value, base: &External, args: &Args) {
    let Some(callable) = it.libraries().callable(&base.path) else {
        return;
    };
    for (position, param) in callable.params.iter().enumerate() {
        if let Some(values) = args.get(position, param).cloned() {
            it.set_member(&subject.clone().into(), param, &values);
        }
    }
}

/// A thing of a declared type, of which nothing else is known.
pub fn typed(it: &Interpreter, declared: &External) -> Option<Value> {
    let callable = it.libraries().callable(&declared.path)?;
    let class = declared.path.clone();
    let args = Args { open: true, ..Args::default() };
    let thing = Thing { class, args, subject: None };
    (!callable.methods.is_empty()).then(|| Value::Sdk(Rc::new(Handle::Thing(thing))))
}

/// A member of a thing, not called yet.
pub fn member(of: &Rc<Handle>, name: &str) -> Values {
    if name == "[]" {
        return Values::unknown();
    }
    Value::Sdk(Rc::new(Handle::Member { of: Rc::clone(of), name: name.into() })).into()
}

/// Calls a method of a thing.
pub fn call(it: &mut Interpreter, of: &Thing, name: &str, args: &Args, site: Site) -> Values {
    let Some(class) = it.libraries().callable(&of.class) else {
        return Values::unknown();
    };
    if let (CONSTRUCT, Some(subject)) = (name, &of.subject) {
        let base = External { path: of.class.clone(), made_at: 0 };
        constructed(it, subject, &base, args);
        return external_call(it, &base, args, site).unwrap_or_else(Values::unknown);
    }
    let found = model::find(&class.methods, name);
    let scope = found.map(|(known, callable)| Scope {
        thing: Some((of, class)),
        star: model::star(known, name).unwrap_or_default(),
        ..Scope::of(callable, args)
    });
    if let Some(scope) = &scope {
        make(it, scope, site);
    } else if name == ITSELF {
        return thing(of.clone());
    } else if name != "[]" && !class.inert.iter().any(|inert| inert == "*" || inert == name) {
        unmodelled(it, &format!("{}().{name}", of.class), site);
    }
    let mut given = it.run_callbacks(args, site);
    let gives = scope.and_then(|scope| Some((scope, scope.callable.returns.as_deref()?)));
    if let Some((scope, returns)) = &gives
        && returns.starts_with('{')
    {
        given.join(&scope.values(it, returns));
    } else if let Some((scope, returns)) = gives {
        let single = returned(it, &scope, returns.trim_matches(['[', ']']));
        given.join(&if returns.starts_with('[') { it.list(site, Vec::new(), single) } else { single });
    } else {
        let path = smol_str::format_smolstr!("{}().{name}()", of.class);
        given.insert(Value::External(External { path, made_at: 0 }));
    }
    given
}

/// What a call gives, by the name of its class.
fn returned(it: &mut Interpreter, scope: &Scope, class: &str) -> Values {
    match (class, scope.thing) {
        ("self", Some((of, _))) => of.subject.clone().map_or_else(|| thing(of.clone()), Values::from),
        ("owner", _) => scope.reference(it, "self.__owner__"),
        _ => {
            let mut args = Args { named: scope.args.named.clone(), ..Args::default() };
            for (name, template) in &scope.callable.gives {
                let values = scope.values(it, template);
                args.set(name, values);
            }
            thing(Thing { class: class.into(), args, subject: None })
        }
    }
}

fn thing(thing: Thing) -> Values {
    Value::Sdk(Rc::new(Handle::Thing(thing))).into()
}

/// Says that a library may call AWS and that what it calls is not known.
pub fn unmodelled(it: &mut Interpreter, path: &str, site: Site) {
    it.note_with_help(
        "unmodelled-library",
        site,
        format!("what `{}` calls is not known; it is not granted", shortened(path)),
        Some("the library calls AWS by itself; list the actions that this needs yourself".into()),
    );
}

/// A path of one call is told whole; what a longer chain comes to is the package's thing and the name at its end, so
/// that one line of a chain that is put together in many ways has one note.
fn shortened(path: &str) -> String {
    let calls = path.matches("()").count() + path.matches("[]").count();
    match (path.find(['(', '[']), path.rsplit_once('.')) {
        (Some(first), Some((_, last))) if calls > 1 && last.len() < path.len() - first => {
            format!("{}(…).{last}", &path[..first])
        }
        _ => path.to_owned(),
    }
}

/// Does what the callable does with the arguments of the scope.
fn make(it: &mut Interpreter, scope: &Scope, site: Site) {
    for effect in &scope.callable.makes {
        let Some(each) = &effect.each else {
            done(it, scope, effect, site);
            continue;
        };
        for value in &scope.values(it, each) {
            done(it, &Scope { each: Some(value), ..*scope }, effect, site);
        }
    }
}

fn done(it: &mut Interpreter, scope: &Scope, effect: &Effect, site: Site) {
    if let Some(call) = &effect.call {
        make_call(it, scope, effect, call, site);
    } else if !scope.holds(it, &effect.when) {
        // Not done with these arguments.
    } else if let Some(url) = &effect.http {
        let url = scope.values(it, url);
        let query = effect.query.as_ref().map(|query| scope.values(it, query)).unwrap_or_default();
        extension::request(it, &url, &query, site);
    } else if let Some(command) = &effect.command {
        let command = scope.values(it, command);
        let arguments = effect.arguments.as_ref().map(|arguments| scope.values(it, arguments));
        aws_command::run(it, &command, &arguments.unwrap_or_default(), site);
    } else if let Some(note) = &effect.note {
        let text = scope.values(it, note);
        for text in it.texts(&text) {
            it.note("unresolved-library-call", site, text.to_string());
        }
    }
}

fn make_call(it: &mut Interpreter, scope: &Scope, effect: &Effect, call: &str, site: Site) {
    let (path, is_url) = match (&effect.path, &effect.url) {
        (Some(path), _) => (path, false),
        (None, Some(url)) => (url, true),
        (None, None) => return record(it, scope, effect, call, site),
    };
    let given = scope.values(it, path);
    for location in locations(it, &given, is_url) {
        match location {
            Location::At(location) => {
                let scope = Scope { location: Some(&location), ..*scope };
                record(it, &scope, effect, call, site);
            }
            Location::Unresolved(text) => {
                let message =
                    format!("`{text}` may name an object of S3; what is made with it is not granted");
                it.note("unresolved-library-call", site, message);
            }
            Location::Elsewhere => {}
        }
    }
}

fn record(it: &mut Interpreter, scope: &Scope, effect: &Effect, call: &str, site: Site) {
    if !scope.holds(it, &effect.when) {
        return;
    }
    let (service, operation) = call.split_once(':').expect("a test reads every model");
    let mut entries = Vec::new();
    for (name, template) in &effect.with {
        if let Some(field) = scope.field(it, template) {
            entries.push((Text::literal(name), field));
        }
    }
    entries.sort();
    let client = Client { service: service.into(), origin: origin(it, scope), endpoint: None, certain: true };
    it.record(&client, operation, Field::Map { entries, complete: true }, site);
}

/// Whose credentials and which region: those of a client or session that the library was given, else what it was
/// told, else the function's own.
fn origin(it: &mut Interpreter, scope: &Scope) -> Origin {
    let made_with = scope.thing.map(|(thing, _)| &thing.args);
    let given: Vec<Value> = made_with.into_iter().chain([scope.args]).flat_map(Args::all).cloned().collect();
    let given = given.iter().find_map(|value| origin_of(value).or_else(|| origin_among(it, value)));
    if let Some(origin) = given {
        return origin;
    }
    let class = scope.thing.map(|(_, class)| class);
    let foreign = scope.callable.foreign.iter().cloned();
    let foreign =
        foreign.chain(class.iter().flat_map(|class| class.foreign.iter().map(|name| format!("self.{name}"))));
    let foreign: Vec<String> = foreign.collect();
    let foreign = foreign.iter().any(|name| {
        let given = scope.reference(it, name);
        is_foreign(it, &given)
    });
    let region = scope.callable.region.as_ref().or_else(|| class.and_then(|class| class.region.as_ref()));
    let region = region.cloned().and_then(|region| {
        let region = scope.values(it, &region);
        boto3::region_text(it, &region)
    });
    Origin { region, foreign }
}

/// Whose calls a client or session makes.
fn origin_of(value: &Value) -> Option<Origin> {
    let Value::Sdk(handle) = value else { return None };
    match &**handle {
        Handle::Session(origin) => Some(origin.clone()),
        Handle::Client(client) | Handle::Resource { client, .. } => Some(client.origin.clone()),
        Handle::JavaScript(thing) => javascript::client_of(thing).map(|client| client.origin.clone()),
        _ => None,
    }
}

/// That of a client among options.
fn origin_among(it: &Interpreter, options: &Value) -> Option<Origin> {
    match it.object(options) {
        Some(Object::Map(map)) => map.all().iter().find_map(origin_of),
        _ => None,
    }
}

fn is_foreign(it: &mut Interpreter, given: &Values) -> bool {
    let is_provider = |value: &Value| matches!(value, Value::Object(_) | Value::Sdk(_));
    if given.iter().any(is_provider) {
        return javascript::are_foreign(it, given);
    }
    !given.iter().all(|value| matches!(value, Value::Bool(false))) && boto3::is_foreign(it, given)
}
