//! The AWS SDK for JavaScript, versions 3 and 2. In version 3 a command is a value that carries an operation and
//! its request, and a client that it is sent with makes the call; in version 2 operations are methods.
//!
//! Which service a name belongs to, the package that it is imported from decides. Sees clients and commands,
//! aggregated clients, paginators, waiters, document clients, uploads, presigned requests, credential providers,
//! and tracers that wrap clients. Misses requests that code signs by itself (a note says so) and middleware.

mod client;
mod configuration;
mod credentials;
mod durable;
pub mod host;
mod input;
mod storage;
mod typed;
pub mod unresolved;
mod version2;

use std::rc::Rc;

use smol_str::SmolStr;

use super::{Client, Handle, library};
use crate::code::eval::{Args, External, Interpreter, Site, Value, Values};
use crate::model::{Field, Text};

pub use typed::typed;

/// What only this SDK makes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Thing {
    /// An operation with its request, which may still change until it is sent.
    Command { service: SmolStr, operation: SmolStr, input: Values },
    /// A client of DynamoDB that takes plain values and has short names for its operations.
    Document(Client),
    /// A client of version 2, and the parameters that it adds to every request.
    Service { client: Client, document: bool, bound: Rc<Field> },
    /// A request of version 2: made, and answered with these.
    Request(Values),
    /// A managed upload, which is made when it is started.
    Upload { options: Values },
    /// What gives credentials: the function's own, or others.
    Credentials { foreign: bool },
    /// Signs requests for a service.
    Signer { service: SmolStr, options: Values },
}

/// Packages that a project's own copy of is never read: what they do, we know better.
pub fn is_sdk(package: &str) -> bool {
    package == "aws-sdk"
        || package.starts_with("aws-sdk/")
        || ["@aws-sdk/", "@smithy/", "@aws/durable-execution-sdk", "aws-xray-sdk", "@aws-lambda-powertools/"]
            .iter()
            .any(|family| package.starts_with(family))
}

/// A dotted path, as its package and what is named below it. `default` is the package itself.
fn split(path: &str) -> (&str, Vec<&str>) {
    let (package, rest) = path.split_once('.').unwrap_or((path, ""));
    let names = rest.split('.').filter(|name| !matches!(*name, "" | "default"));
    (package, names.collect())
}

/// A call of something that a package exports; `new` is a call.
pub fn external_call(it: &mut Interpreter, callee: &External, args: &Args, site: Site) -> Option<Values> {
    let (package, names) = split(&callee.path);
    if let Some(name) = names.last()
        && let Some(known) = unresolved::wrapped(name, args)
    {
        return Some(known);
    }
    if package == "aws-sdk" || package.starts_with("aws-sdk/") {
        return version2::external_call(it, &version2::below(package, &names), args, site);
    }
    let [name] = names[..] else {
        return match package {
            "@aws-sdk/lib-dynamodb" => client::document(&names, args),
            _ => durable::external_call(it, package, &names, args, site),
        };
    };
    let Some(rest) = package.strip_prefix("@aws-sdk/") else {
        return match (package, name) {
            ("@smithy/signature-v4" | "@aws-sdk/signature-v4", "SignatureV4")
            | ("aws4fetch", "AwsClient" | "AwsV4Signer") => Some(storage::signer(it, args)),
            (_, "AwsSigv4Signer") => {
                storage::sign(it, args, site);
                None
            }
            ("aws4", "sign") => {
                storage::sign(it, args, site);
                args.positional.first().cloned()
            }
            _ => durable::external_call(it, package, &names, args, site),
        };
    };
    let family = rest.split('/').next().unwrap_or(rest);
    if let Some(service) = family.strip_prefix("client-") {
        return client::package(it, service, name, args, site);
    }
    match family {
        "lib-dynamodb" => client::document_package(it, name, args, site),
        "util-dynamodb" => args.positional.first().cloned(),
        "lib-storage" if name == "Upload" => Some(storage::upload(args)),
        "signature-v4" => Some(storage::signer(it, args)),
        _ => credentials::provider(it, name, args, site).or_else(|| storage::presigner(it, name, args, site)),
    }
}

/// What a member of a handle is. The member `[]` is an element of it.
pub fn member(_: &mut Interpreter, of: &Rc<Handle>, name: &str) -> Values {
    match &**of {
        Handle::Client(_) | Handle::JavaScript(Thing::Document(_) | Thing::Service { .. })
            if matches!(name, "config" | "middlewareStack" | "endpoint") =>
        {
            inert(name)
        }
        Handle::JavaScript(Thing::Service { client, document: true, .. }) if name == "service" => {
            version2::service(client.clone(), false)
        }
        Handle::JavaScript(Thing::Command { input, .. }) if name == "input" => input.clone(),
        Handle::JavaScript(Thing::Command { .. } | Thing::Credentials { .. }) => inert(name),
        Handle::Thing(_) => library::member(of, name),
        Handle::Client(_) | Handle::JavaScript(Thing::Document(_) | Thing::Service { .. })
            if !has_method(of, name) =>
        {
            Value::Method(Rc::new((Value::Sdk(Rc::clone(of)), name.into()))).into()
        }
        _ if name == "[]" => Values::unknown(),
        // A method is a function; what else is read of it is no operation.
        Handle::Member { .. } => inert(name),
        _ => handle(Handle::Member { of: Rc::clone(of), name: name.into() }),
    }
}

/// What a member of a thing that a package exports is, where it is more than a longer path.
pub fn external_member(of: &External, name: &str) -> Option<Values> {
    match name {
        "prototype" => typed(of).map(Values::from),
        "name" if typed(of).is_some() => Some(Values::text(Text::literal(of.last_name()))),
        _ => None,
    }
}

/// Whether a client has a method; other members of it may be of another client that stands at the same place.
fn has_method(of: &Handle, name: &str) -> bool {
    match of {
        Handle::Client(client) => client::has_method(client, name),
        Handle::JavaScript(Thing::Document(_)) => client::document_has_method(name),
        Handle::JavaScript(Thing::Service { client, document, .. }) => {
            version2::has_method(client, *document, name)
        }
        _ => true,
    }
}

/// Calls a handle: what was read as a member of another.
pub fn call(it: &mut Interpreter, callee: &Rc<Handle>, args: &Args, site: Site) -> Values {
    let Handle::Member { of, name } = &**callee else {
        return Value::Sdk(Rc::clone(callee)).into();
    };
    match &**of {
        Handle::Client(client) => client::call(it, client, name, args, site),
        Handle::JavaScript(thing) => match thing {
            Thing::Document(client) => client::document_call(it, client, name, args, site),
            Thing::Service { client, document, bound } => {
                let service = version2::Bound { client, document: *document, params: bound };
                version2::call(it, &service, name, args, site)
            }
            Thing::Request(answer) => version2::request_call(it, of, answer, name, args, site),
            Thing::Upload { options } => storage::upload_call(it, of, options, name, args, site),
            Thing::Signer { service, options } => {
                storage::signer_call(it, service, options, name, args, site)
            }
            Thing::Command { .. } | Thing::Credentials { .. } => Values::unknown(),
        },
        Handle::Thing(thing) => library::call(it, thing, name, args, site),
        _ => Values::unknown(),
    }
}

fn handle(handle: Handle) -> Values {
    Value::Sdk(Rc::new(handle)).into()
}

fn thing(thing: Thing) -> Values {
    handle(Handle::JavaScript(thing))
}

/// A thing of the SDK that makes no calls.
fn inert(name: &str) -> Values {
    Value::External(External { path: smol_str::format_smolstr!("@smithy/core.{name}"), made_at: 0 }).into()
}

fn unknown_operation(it: &mut Interpreter, service: &str, name: &str, site: Site) {
    let message = format!("`{name}` is no operation of `{service}` that this version knows");
    it.note("unknown-operation", site, message);
}

fn unresolved_operation(it: &mut Interpreter, what: &str, site: Site) {
    it.note("unresolved-operation", site, format!("which operation {what} is not known; it is not granted"));
}

/// A text that nothing is known of.
fn some_text() -> Values {
    Values::text(Text::unknown())
}
