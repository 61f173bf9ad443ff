//! boto3, and what shares its idioms: aioboto3, aiobotocore, botocore's own sessions. Every operation becomes
//! a method whose name is the operation's in snake case and whose arguments are the request's fields.
//!
//! Sees sessions, clients, resources with everything that comes out of them, paginators, waiters, transfers,
//! presigned requests, batch writers, and the types of the stub packages.
//! Misses event hooks (`client.meta.events`) and requests that code signs by itself.

mod client;
mod resource;
mod typed;

use std::rc::Rc;

use smol_str::SmolStr;

use super::operation::run;
use super::{Client, Handle, Origin, library};
use crate::catalog;
use crate::code::eval::{Args, External, Interpreter, Site, Value, Values};
use crate::model::{Part, Pseudo, Text};

pub use client::looks_like_a_call;
pub use resource::{queue_urls, topic_arns};
pub use typed::typed;

/// A call of something that the packages themselves export.
pub fn external_call(it: &mut Interpreter, callee: &External, args: &Args, site: Site) -> Option<Values> {
    let path = callee.path.as_str();
    let (package, rest) = path.split_once('.')?;
    match package {
        "boto3" | "aioboto3" | "botocore" | "aiobotocore" => {}
        _ => return None,
    }
    match rest.rsplit('.').next()? {
        "client" if package.ends_with("boto3") => Some(make(it, &Origin::default(), false, args, site)),
        "resource" if package.ends_with("boto3") => Some(make(it, &Origin::default(), true, args, site)),
        "Session" | "AioSession" | "get_session" => Some(session(it, args)),
        // Wraps a client and has the client's own transfer methods.
        "S3Transfer" => args.get(0, "client").cloned(),
        _ => None,
    }
}

/// `Session(aws_access_key_id, aws_secret_access_key, aws_session_token, region_name, …)`.
fn session(it: &Interpreter, args: &Args) -> Values {
    let foreign = args.get(0, "aws_access_key_id").is_some_and(|key| is_foreign(it, key));
    let region = args.get(3, "region_name").and_then(|region| region_text(it, region));
    handle(Handle::Session(Origin { region, foreign }))
}

/// `client(service_name, region_name, api_version, use_ssl, verify, endpoint_url, aws_access_key_id, …)`;
/// `resource` takes the same.
fn make(it: &mut Interpreter, origin: &Origin, resource: bool, args: &Args, site: Site) -> Values {
    let services = args.get(0, "service_name").cloned().unwrap_or_default();
    let names = it.texts(&services);
    let foreign = args.get(6, "aws_access_key_id").is_some_and(|key| is_foreign(it, key));
    let region = args.get(1, "region_name").and_then(|region| region_text(it, region));
    let endpoint = args.get(5, "endpoint_url").and_then(|endpoint| it.texts(endpoint).into_iter().next());
    let origin =
        Origin { region: region.or_else(|| origin.region.clone()), foreign: foreign || origin.foreign };
    let mut made = Values::none();
    for name in &names {
        let Some(service) = name.as_literal().and_then(catalog::service) else {
            unresolved(it, name, site);
            continue;
        };
        let client = Client {
            service: service.name.clone(),
            origin: origin.clone(),
            endpoint: endpoint.clone(),
            certain: names.len() == 1,
        };
        made.insert(Value::Sdk(Rc::new(if resource {
            Handle::Resource { client, kind: SmolStr::default(), identifiers: Vec::new() }
        } else {
            Handle::Client(client)
        })));
    }
    if names.is_empty() {
        unresolved(it, &Text::unknown(), site);
    }
    made.or_unknown()
}

fn unresolved(it: &mut Interpreter, name: &Text, site: Site) {
    let message = match name.as_literal() {
        Some(name) => format!("`{name}` is no service that boto3 knows"),
        None if name.is_unknown() => {
            "the service of this client is not known, so its calls are not granted".into()
        }
        None => format!("the service of this client is `{name}`, so its calls are not granted"),
    };
    it.note_with_help(
        "unresolved-service",
        site,
        message,
        Some("give the service name as a literal, or list the needed actions yourself".into()),
    );
}

/// Whether a key is given that is not the function's own.
pub(super) fn is_foreign(it: &Interpreter, key: &Values) -> bool {
    let given = key.iter().any(|value| !matches!(value, Value::Null));
    let texts = it.texts(key);
    let is_own = |text: &Text| matches!(text.as_part(), Some(Part::Env(name)) if name == "AWS_ACCESS_KEY_ID");
    given && (texts.is_empty() || !texts.iter().all(is_own))
}

/// None where it is the function's own region, which is what clients use unasked.
pub fn region_text(it: &Interpreter, region: &Values) -> Option<Text> {
    let texts = it.texts(region);
    let text = match texts.as_slice() {
        [] => return None,
        [text] => text.clone(),
        _ => Text::unknown(),
    };
    (text.as_part() != Some(&Part::Pseudo(Pseudo::Region))).then_some(text)
}

fn handle(handle: Handle) -> Values {
    Value::Sdk(Rc::new(handle)).into()
}

fn member_of(of: &Rc<Handle>, name: &str) -> Values {
    handle(Handle::Member { of: Rc::clone(of), name: name.into() })
}

/// A thing of botocore's that makes no calls.
fn inert(name: &str) -> Values {
    Value::External(External { path: smol_str::format_smolstr!("botocore.{name}"), made_at: 0 }).into()
}

/// What a member of a handle is. The member `[]` is an element of it.
pub fn member(it: &mut Interpreter, of: &Rc<Handle>, name: &str) -> Values {
    match &**of {
        Handle::Session(origin) => match name {
            "region_name" => {
                Values::text(origin.region.clone().unwrap_or(Part::Pseudo(Pseudo::Region).into()))
            }
            "client" | "resource" | "create_client" => member_of(of, name),
            _ => inert(&format!("session.{name}")),
        },
        Handle::Client(_) => client::member(of, name),
        Handle::Paginator { .. } | Handle::Waiter { .. } | Handle::BatchWriter { .. } => member_of(of, name),
        Handle::Resource { .. } => resource::member(it, of, name),
        Handle::Collection { .. } => resource::collection_member(of, name),
        Handle::Thing(_) => library::member(of, name),
        Handle::JavaScript(_) | Handle::Rust(_) => Values::unknown(),
        Handle::Member { of: inner, name: outer } => match (&**inner, outer.as_str(), name) {
            // `client.messages.create`: a method that stands deeper.
            (Handle::Thing(_), ..) => library::member(inner, &format!("{outer}.{name}")),
            (Handle::Client(_), "meta", "client") => Value::Sdk(Rc::clone(inner)).into(),
            (Handle::Resource { client, .. }, "meta", "client") => handle(Handle::Client(client.clone())),
            (Handle::Client(client) | Handle::Resource { client, .. }, "meta", "region_name") => {
                Values::text(client.origin.region.clone().unwrap_or(Part::Pseudo(Pseudo::Region).into()))
            }
            _ => inert(&format!("{outer}.{name}")),
        },
    }
}

/// Calls a handle: what was read as a member of another.
pub fn call(it: &mut Interpreter, callee: &Rc<Handle>, args: &Args, site: Site) -> Values {
    let Handle::Member { of, name } = &**callee else {
        // aioboto3's `async with session.client(…)` and factories call what is already made.
        return Value::Sdk(Rc::clone(callee)).into();
    };
    if matches!(name.as_str(), "__enter__" | "__aenter__") {
        return Value::Sdk(Rc::clone(of)).into();
    }
    match &**of {
        Handle::Session(origin) => make(it, origin, name == "resource", args, site),
        Handle::Client(client) => client::call(it, client, name, args, site),
        Handle::Paginator { client, operation } => match name.as_str() {
            "paginate" => run(it, client, operation, args, site),
            _ => Values::unknown(),
        },
        Handle::Waiter { client, operation } => match name.as_str() {
            "wait" => run(it, client, operation, args, site),
            _ => Values::unknown(),
        },
        Handle::Resource { .. } => resource::call(it, of, name, args, site),
        Handle::Collection { resource, name: collection, input } => {
            resource::collection_call(it, resource, collection, input, name, args, site)
        }
        Handle::Thing(thing) => library::call(it, thing, name, args, site),
        Handle::BatchWriter { .. } | Handle::Member { .. } | Handle::JavaScript(_) | Handle::Rust(_) => {
            Values::unknown()
        }
    }
}
