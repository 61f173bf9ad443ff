//! Methods called on values of which nothing is known: a command that is sent says itself what it calls; a method
//! that is named and used like an operation is a note that names the candidates.

use std::rc::Rc;

use super::client::{plain, send};
use super::input::argument;
use super::{Thing, unknown_operation, unresolved_operation};
use crate::code::eval::{Args, External, Interpreter, Map, Site, Value, Values};
use crate::code::sdk::{Client, Handle, boto3};

/// None where the method is nothing of an SDK's.
pub fn method(it: &mut Interpreter, name: &str, args: &Args, site: Site) -> Option<Values> {
    if let Some(wrapped) = wrapped(name, args) {
        return Some(wrapped);
    }
    let given = argument(args, 0);
    let is_command = |value: &Value| matches!(value, Value::Sdk(handle) if matches!(**handle, Handle::JavaScript(Thing::Command { .. })));
    if name == "send" && given.iter().any(is_command) {
        let client = Client { certain: false, ..plain("sts") };
        return Some(send(it, &client, args, site));
    }
    let mut request = Map::default();
    it.spread_into(&mut request, &given);
    if request.open || request.entries.is_empty() {
        return None;
    }
    let named = Args { named: request.entries.into_iter().collect(), ..Args::default() };
    let candidates = boto3::looks_like_a_call(name, &named)?;
    it.note(
        "unresolved-receiver",
        site,
        format!("`{name}` is called on something unknown; it could be {candidates}, and is not granted"),
    );
    None
}

/// Tracers give back the client, or the whole SDK, that they are given.
pub fn wrapped(name: &str, args: &Args) -> Option<Values> {
    let wraps = matches!(name, "captureAWS" | "captureAWSClient" | "captureAWSv3Client");
    wraps.then(|| args.positional.first().cloned())?
}

/// A method of a client that is none of its operations.
pub fn operation(it: &mut Interpreter, of: &Rc<Handle>, name: &str, site: Site) -> Values {
    let service = match &**of {
        Handle::Client(client)
        | Handle::JavaScript(Thing::Service { client, .. } | Thing::Document(client)) => &client.service,
        _ => return Values::unknown(),
    };
    unknown_operation(it, service, name, site);
    Values::unknown()
}

/// A call of what an SDK's package exports under a name that is not known.
pub fn computed(it: &mut Interpreter, callee: &External, site: Site) -> Option<Values> {
    if callee.path.starts_with("@aws-sdk/client-") {
        unresolved_operation(it, "is called", site);
    } else if callee.path.starts_with("aws-sdk") {
        let message = "the service of this client is not known, so its calls are not granted";
        it.note("unresolved-service", site, message);
    }
    None
}
