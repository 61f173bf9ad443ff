//! Version 2, `aws-sdk`: services are classes, operations are methods that take a request and a callback, or
//! give a request whose answer is asked for. A request counts as made where the method is called.

use std::rc::Rc;

use super::client::{INERT, document_operation};
use super::input::{argument, call_back, option, run_bound};
use super::{
    Thing, configuration, credentials, inert, some_text, storage, thing, unknown_operation,
    unresolved_operation,
};
use crate::catalog;
use crate::code::eval::{Args, Interpreter, Site, Value, Values};
use crate::code::sdk::{Client, Handle};
use crate::model::Field;

/// A service object: its client, whether it is DynamoDB's document client, the parameters bound to it.
pub struct Bound<'a> {
    pub client: &'a Client,
    pub document: bool,
    pub params: &'a Field,
}

/// What a path names below `aws-sdk`: `aws-sdk/clients/s3` is `S3` of `aws-sdk`.
pub fn below<'a>(package: &'a str, names: &[&'a str]) -> Vec<&'a str> {
    let module = package.strip_prefix("aws-sdk/clients/").map(|module| module.trim_end_matches(".js"));
    let module = module.filter(|module| *module != "all");
    module.into_iter().chain(names.iter().copied()).collect()
}

/// Classes of `aws-sdk` that are no services, though some are named like one.
const OTHERS: [&str; 10] = [
    "Config",
    "config",
    "Credentials",
    "Endpoint",
    "HttpClient",
    "HttpRequest",
    "HttpResponse",
    "Request",
    "Response",
    "Service",
];

/// The service that a class of `aws-sdk` is for.
pub fn find(class: &str) -> Option<&'static str> {
    if OTHERS.contains(&class) { None } else { catalog::find_service(class) }
}

/// A call of what `aws-sdk` exports.
pub fn external_call(it: &mut Interpreter, names: &[&str], args: &Args, site: Site) -> Option<Values> {
    let options = argument(args, 0);
    match names {
        ["config", "update"] => {
            configuration::update_for_all(it, &options);
            Some(Values::unknown())
        }
        ["DynamoDB" | "dynamodb", "DocumentClient"] => {
            let given = option(it, &options, "service");
            let bound = bound(it, &options);
            let wrapped: Vec<Client> = given.iter().filter_map(service_client).collect();
            let clients =
                if wrapped.is_empty() { configuration::clients(it, "dynamodb", &options) } else { wrapped };
            Some(made(clients, true, &bound))
        }
        ["DynamoDB" | "dynamodb", "Converter", _] => Some(options),
        ["S3" | "s3", "ManagedUpload"] => Some(storage::upload(args)),
        ["RDS" | "rds", "Signer"] => Some(storage::database_signer(&options)),
        ["Polly" | "polly", "Presigner"] => {
            let clients = configuration::clients(it, "polly", &options);
            Some(made(clients, false, &bound(it, &options)))
        }
        [class] => match find(class) {
            Some(service) => {
                let clients = configuration::clients(it, service, &options);
                Some(made(clients, false, &bound(it, &options)))
            }
            None => credentials::class(it, class, args, site).or_else(|| {
                if class.starts_with(|letter: char| letter.is_ascii_uppercase()) && !OTHERS.contains(class) {
                    let message = format!("`{class}` is no service that this version knows");
                    it.note("unresolved-service", site, message);
                }
                None
            }),
        },
        _ => None,
    }
}

fn bound(it: &mut Interpreter, options: &Values) -> Rc<Field> {
    let params = option(it, options, "params");
    Rc::new(it.request_of(&params))
}

fn made(clients: Vec<Client>, document: bool, bound: &Rc<Field>) -> Values {
    let handles =
        clients.into_iter().map(|client| Thing::Service { client, document, bound: Rc::clone(bound) });
    handles.map(|thing| Value::Sdk(Handle::JavaScript(thing).into())).collect()
}

/// A service object that nothing is bound to.
pub fn service(client: Client, document: bool) -> Values {
    made(vec![client], document, &Rc::new(Field::Map { entries: Vec::new(), complete: true }))
}

fn service_client(value: &Value) -> Option<Client> {
    match value {
        Value::Sdk(handle) => match &**handle {
            Handle::JavaScript(Thing::Service { client, .. }) => Some(client.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Methods of service objects that are no operations.
const METHODS: [&str; 10] = [
    "waitFor",
    "makeRequest",
    "getSignedUrl",
    "getSignedUrlPromise",
    "getSynthesizeSpeechUrl",
    "upload",
    "createPresignedPost",
    "createSet",
    "makeUnauthenticatedRequest",
    "defineService",
];

pub fn has_method(client: &Client, document: bool, name: &str) -> bool {
    let is_operation = if document {
        document_operation(name).is_some()
    } else {
        catalog::service(&client.service).is_some_and(|service| service.operation(name).is_some())
    };
    is_operation
        || METHODS.contains(&name)
        || INERT.contains(&name)
        || promised(name).is_some_and(|name| has_method(client, document, name))
}

/// The method of which Bluebird's `promisifyAll` makes one of this name.
fn promised(name: &str) -> Option<&str> {
    name.strip_suffix("Async")
}

/// Calls a method of a service object.
pub fn call(it: &mut Interpreter, of: &Bound, name: &str, args: &Args, site: Site) -> Values {
    let known = catalog::service(&of.client.service).expect("clients are made for services of the catalog");
    let operation = if of.document {
        document_operation(name)
    } else {
        known.operation(name).map(|operation| operation.name.as_str())
    };
    if let Some(operation) = operation {
        return request(it, of, operation, &argument(args, 0), args, site);
    }
    match name {
        "waitFor" => named_operation(it, of, "is waited for", args, site, |name| {
            known.waiter(name).map(|operation| operation.name.as_str())
        }),
        "makeRequest" => named_operation(it, of, "is requested", args, site, |name| {
            known.operation(name).map(|operation| operation.name.as_str())
        }),
        "getSignedUrl" | "getSignedUrlPromise" if of.client.service == "s3" => {
            named_operation(it, of, "is presigned", args, site, |name| {
                known.operation(name).map(|operation| operation.name.as_str())
            });
            call_back(it, args, &some_text(), site);
            some_text()
        }
        "getSynthesizeSpeechUrl" => {
            request(it, of, "SynthesizeSpeech", &argument(args, 0), args, site);
            some_text()
        }
        "upload" if of.client.service == "s3" => {
            let params = argument(args, 0);
            let answer = storage::put(it, of.client, &params, of.params, site);
            call_back(it, args, &answer, site);
            thing(Thing::Request(answer))
        }
        "createPresignedPost" if of.client.service == "s3" => {
            storage::presigned_post(it, of.client, &argument(args, 0), of.params, site);
            call_back(it, args, &Values::unknown(), site);
            Values::unknown()
        }
        "createSet" | "makeUnauthenticatedRequest" | "defineService" => Values::unknown(),
        _ if INERT.contains(&name) => Values::unknown(),
        _ if promised(name).is_some_and(|name| has_method(of.client, of.document, name)) => {
            call(it, of, promised(name).unwrap_or(name), args, site)
        }
        _ => {
            unknown_operation(it, &of.client.service, name, site);
            Values::unknown()
        }
    }
}

fn request(
    it: &mut Interpreter,
    of: &Bound,
    operation: &str,
    params: &Values,
    args: &Args,
    site: Site,
) -> Values {
    let answer = run_bound(it, of.client, operation, params, of.params, site);
    call_back(it, args, &answer, site);
    thing(Thing::Request(answer))
}

/// A method whose first argument names the operation.
fn named_operation(
    it: &mut Interpreter,
    of: &Bound,
    done: &str,
    args: &Args,
    site: Site,
    find: impl Fn(&str) -> Option<&'static str>,
) -> Values {
    let names = it.texts(&argument(args, 0));
    let mut answers = Values::none();
    for name in &names {
        if let Some(operation) = name.as_literal().and_then(&find) {
            answers.join(&request(it, of, operation, &argument(args, 1), args, site));
        } else {
            unresolved_operation(it, done, site);
        }
    }
    if names.is_empty() {
        unresolved_operation(it, done, site);
    }
    answers.or_unknown()
}

/// Calls a method of a request that was made.
pub fn request_call(
    it: &mut Interpreter,
    of: &Rc<Handle>,
    answer: &Values,
    name: &str,
    args: &Args,
    site: Site,
) -> Values {
    match name {
        "promise" | "createReadStream" => answer.clone(),
        "send" | "eachPage" | "eachItem" | "runTo" => {
            call_back(it, args, answer, site);
            Value::Sdk(Rc::clone(of)).into()
        }
        "on" | "onAsync" | "once" | "httpUploadProgress" => {
            it.run_callbacks(args, site);
            Value::Sdk(Rc::clone(of)).into()
        }
        "then" | "catch" | "finally" => {
            it.run_callbacks(args, site);
            inert(name)
        }
        "presign" => some_text(),
        "abort" | "isPageable" | "hasNextPage" => Values::unknown(),
        _ => Value::Sdk(Rc::clone(of)).into(),
    }
}
