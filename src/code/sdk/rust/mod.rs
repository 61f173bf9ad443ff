//! The AWS SDK for Rust: `aws_sdk_s3::Client` and its fluent builders, what configures them, and role providers.
//!
//! An operation's method makes a request that setters fill in; only sending, presigning or waiting for it is a
//! call, and its place is the operation's method. Types of a request are made by builders of their own and become
//! maps. Misses interceptors and clients of other crates that speak to AWS.

mod config;
mod request;

use std::rc::Rc;

use super::{Client, Handle, Origin, extension, library};
use crate::catalog;
use crate::code::eval::{Args, External, Interpreter, Site, Value, Values};
use crate::model::Text;

pub use config::Config;
pub use request::{Request, pascal};

/// A value that the SDK for Rust made, beside clients.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Made {
    Config(Config),
    Request(Request),
    /// A request's input, made without a client.
    Input(Request),
    /// Credentials of a role, in the making.
    AssumeRole {
        role: Values,
        origin: Origin,
        site: Site,
    },
}

/// A call of something that the crates themselves export.
pub fn external_call(it: &mut Interpreter, callee: &External, args: &Args, site: Site) -> Option<Values> {
    let path = callee.path.as_str();
    let (package, rest) = path.split_once('.')?;
    if let Some(service) = service_of(package) {
        return of_service(it, service, rest, args, site);
    }
    match package {
        "aws_config" | "aws_types" | "aws_credential_types" => config::external_call(it, rest, args, site),
        _ if package.starts_with("aws_sdk_") && (rest == "Client.new" || rest == "Client.from_conf") => {
            let message =
                format!("`{package}` is no service that this version knows; its calls are not granted");
            it.note("unresolved-service", site, message);
            None
        }
        "aws_sigv4" if callee.last_name() == "sign" => {
            let message = "a request is signed with the function's role; what it asks for is not read";
            it.note("unresolved-library-call", site, message);
            None
        }
        "reqwest" | "ureq" | "minreq" | "surf" | "isahc" if callee.last_name() == "get" => {
            let urls = args.positional.first().cloned().unwrap_or_default();
            extension::request(it, &urls, &Values::none(), site);
            None
        }
        _ => {
            if !KNOWN.contains(&package) && library::passes_s3_url(callee.last_name(), args) {
                library::unmodelled(it, path, site);
            }
            None
        }
    }
}

/// Crates to which a URL of S3 is a text.
const KNOWN: [&str; 10] =
    ["std", "core", "alloc", "url", "tracing", "log", "serde_json", "anyhow", "regex", "urlencoding"];

/// botocore's name for the service of a crate.
fn service_of(package: &str) -> Option<&'static str> {
    catalog::find_service(package.strip_prefix("aws_sdk_")?)
}

fn of_service(it: &mut Interpreter, service: &str, rest: &str, args: &Args, site: Site) -> Option<Values> {
    let names: Vec<&str> = rest.split('.').collect();
    let first = || args.positional.first().cloned().unwrap_or_default();
    match names.as_slice() {
        [.., "Client", "new" | "from_conf"] => Some(client(service, &config::of(&first()))),
        // `Client::get_object(&client)`.
        [.., "Client", operation] if first().iter().any(|value| matches!(value, Value::Sdk(_))) => {
            let callee = it.member(&first(), operation);
            let rest = Args { positional: args.positional[1..].to_vec(), ..args.clone() };
            Some(it.invoke(&callee, &rest, site))
        }
        [.., "Config", "new"] | [.., "Builder", "from"] | [.., "Config", "from"] => {
            Some(made(Made::Config(config::of(&first()))))
        }
        [.., "Config", "builder"] | ["config", "Builder", "new" | "default"] => {
            Some(made(Made::Config(Config::default())))
        }
        ["operation", operation, .., "builder" | "default" | "new"] => {
            let operation = catalog::service(service)?.operation(operation)?.name.clone();
            Some(made(Made::Request(Request::unsent(service, operation, site))))
        }
        ["types" | "model", .., "builder" | "default"] => {
            Some(made(Made::Request(Request::structure(service, site))))
        }
        [.., "Region", "new" | "from_static"] => Some(first()),
        _ => config::external_call(it, rest, args, site),
    }
}

fn client(service: &str, config: &Config) -> Values {
    let client = Client {
        service: service.into(),
        origin: config.origin.clone(),
        endpoint: config.endpoint.clone(),
        certain: true,
    };
    handle(Handle::Client(client))
}

/// What a value of a declared type is.
pub fn typed(declared: &External) -> Option<Value> {
    let (package, _) = declared.path.split_once('.')?;
    let values = match declared.last_name() {
        "Client" => client(service_of(package)?, &Config::default()),
        "SdkConfig" | "ConfigLoader" => made(Made::Config(Config::default())),
        "Config" if service_of(package).is_some() => made(Made::Config(Config::default())),
        _ => return None,
    };
    values.iter().next().cloned()
}

pub fn member(of: &Rc<Handle>, name: &str) -> Values {
    if name == "[]" {
        return Values::unknown();
    }
    if let Handle::Rust(Made::Input(input)) = &**of
        && let Some(values) = input.value(name)
    {
        return values;
    }
    handle(Handle::Member { of: Rc::clone(of), name: name.into() })
}

/// Calls a member of a handle.
pub fn call(it: &mut Interpreter, callee: &Rc<Handle>, args: &Args, site: Site) -> Values {
    let Handle::Member { of, name } = &**callee else {
        return Value::Sdk(Rc::clone(callee)).into();
    };
    match &**of {
        Handle::Client(client) => client_call(it, of, client, name, args, site),
        Handle::Rust(Made::Request(request) | Made::Input(request)) => {
            request::call(it, of, request, name, args, site)
        }
        Handle::Rust(Made::Config(config)) => config::call(it, of, config, name, args),
        Handle::Rust(Made::AssumeRole { role, origin, site }) => {
            config::role_call(it, of, role, origin, *site, name, args)
        }
        _ => Values::unknown(),
    }
}

fn client_call(
    it: &mut Interpreter,
    of: &Rc<Handle>,
    client: &Client,
    name: &str,
    args: &Args,
    site: Site,
) -> Values {
    let service = catalog::service(&client.service).expect("clients are made for services of the catalog");
    let waited = name.strip_prefix("wait_until_").and_then(|waiter| service.waiter(waiter));
    if let Some(operation) = waited.or_else(|| service.operation(name)).filter(|_| args.positional.is_empty())
    {
        return made(Made::Request(Request::of(client, operation.name.clone(), site)));
    }
    if name == "config" || name == "conf" {
        let config = Config { origin: client.origin.clone(), endpoint: client.endpoint.clone() };
        return made(Made::Config(config));
    }
    let extension = it.extension(&Value::Sdk(Rc::clone(of)), name);
    if !extension.is_empty() {
        return it.invoke(&extension, args, site);
    }
    if let Some(values) = crate::code::rust::held(it, &Value::Sdk(Rc::clone(of)), name, args, site) {
        return values;
    }
    let message = format!("`{name}` is no operation of `{}` that this version knows", client.service);
    it.note("unknown-operation", site, message);
    Values::unknown()
}

fn made(made: Made) -> Values {
    handle(Handle::Rust(made))
}

fn handle(handle: Handle) -> Values {
    Value::Sdk(Rc::new(handle)).into()
}

/// The one text that values are.
fn text(it: &Interpreter, values: &Values) -> Option<Text> {
    match it.texts(values).as_slice() {
        [] => None,
        [text] => Some(text.clone()),
        _ => Some(Text::unknown()),
    }
}
