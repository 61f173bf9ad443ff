//! Version 3: clients, commands, aggregated clients, paginators, waiters, and DynamoDB's document client.

use super::input::{argument, call_back, option, run};
use super::{Thing, configuration, handle, inert, thing, unknown_operation, unresolved_operation};
use crate::catalog::{self, Service};
use crate::code::eval::{Args, Interpreter, Site, Value, Values};
use crate::code::sdk::{Client, Handle, Origin};

/// A call of what `@aws-sdk/client-…` exports.
pub fn package(it: &mut Interpreter, family: &str, name: &str, args: &Args, site: Site) -> Option<Values> {
    let Some(service) = catalog::find_service(family).and_then(catalog::service) else {
        if name.ends_with("Client") {
            let message = format!("`client-{family}` is no service that this version knows");
            it.note("unresolved-service", site, message);
        }
        return None;
    };
    if let Some(command) = name.strip_suffix("Command").filter(|command| !command.is_empty()) {
        let Some(operation) = service.operation(command) else {
            unknown_operation(it, &service.name, command, site);
            return Some(inert(UNKNOWN_COMMAND));
        };
        let made = Thing::Command {
            service: service.name.clone(),
            operation: operation.name.clone(),
            input: argument(args, 0),
        };
        return Some(thing(made));
    }
    if is_client(service, name) {
        let config = argument(args, 0);
        let made = configuration::clients(it, &service.name, &config);
        return Some(made.into_iter().map(|client| Value::Sdk(Handle::Client(client).into())).collect());
    }
    paged_or_waited(it, service, name, args, site)
}

/// `S3Client`, and the aggregated `S3`.
pub fn is_client(service: &Service, name: &str) -> bool {
    name.ends_with("Client")
        || (name.starts_with(|letter: char| letter.is_ascii_uppercase())
            && catalog::find_service(name) == Some(service.name.as_str()))
}

/// `paginateListBuckets({ client }, input)`, `waitUntilBucketExists({ client, maxWaitTime }, input)`.
fn paged_or_waited(
    it: &mut Interpreter,
    service: &Service,
    name: &str,
    args: &Args,
    site: Site,
) -> Option<Values> {
    let (operation, paged) = operation_of_function(it, service, name, site)?;
    let settings = argument(args, 0);
    let mut clients = option(it, &settings, "client");
    // Older waiters take the client itself.
    clients.join(&settings);
    let mut answers = Values::none();
    for client in clients_of(&clients, &service.name) {
        answers.join(&run(it, &client, &operation, &argument(args, 1), site));
    }
    Some(if paged { it.list(site, Vec::new(), answers) } else { answers })
}

/// The operation that a paginator or waiter calls, and whether it is a paginator.
fn operation_of_function(
    it: &mut Interpreter,
    service: &Service,
    name: &str,
    site: Site,
) -> Option<(smol_str::SmolStr, bool)> {
    let paged = name.strip_prefix("paginate");
    let waited = name.strip_prefix("waitUntil").or_else(|| name.strip_prefix("waitFor"));
    let found = match (paged, waited) {
        (Some(operation), _) => service.operation(operation),
        (None, Some(waiter)) => service.waiter(waiter),
        (None, None) => return None,
    };
    if found.is_none() {
        unknown_operation(it, &service.name, name, site);
    }
    Some((found?.name.clone(), paged.is_some()))
}

/// The clients among the values; one of which nothing is known where there are none.
pub fn clients_of(values: &Values, service: &str) -> Vec<Client> {
    let found = values.iter().filter_map(|value| match value {
        Value::Sdk(handle) => match &**handle {
            Handle::Client(client)
            | Handle::JavaScript(Thing::Document(client) | Thing::Service { client, .. }) => Some(client),
            _ => None,
        },
        _ => None,
    });
    let found: Vec<Client> =
        found.map(|client| Client { service: service.into(), ..client.clone() }).collect();
    if found.is_empty() { vec![plain(service)] } else { found }
}

/// A client that nothing is configured of.
pub fn plain(service: &str) -> Client {
    Client { service: service.into(), origin: Origin::default(), endpoint: None, certain: true }
}

/// Methods of every client that call nothing.
pub const INERT: [&str; 6] = ["destroy", "on", "once", "initConfig", "setupRequestListeners", "emit"];

pub fn has_method(client: &Client, name: &str) -> bool {
    let is_operation =
        || catalog::service(&client.service).is_some_and(|service| service.operation(name).is_some());
    name == "send"
        || INERT.contains(&name)
        || name.starts_with("paginate")
        || name.starts_with("waitUntil")
        || is_operation()
}

pub fn document_has_method(name: &str) -> bool {
    name == "send" || INERT.contains(&name) || document_operation(name).is_some()
}

/// Calls a method of a client: `send`, or an operation of an aggregated client.
pub fn call(it: &mut Interpreter, client: &Client, name: &str, args: &Args, site: Site) -> Values {
    if name == "send" {
        return send(it, client, args, site);
    }
    let service = catalog::service(&client.service).expect("clients are made for services of the catalog");
    if let Some(operation) = service.operation(name) {
        let answer = run(it, client, &operation.name, &argument(args, 0), site);
        call_back(it, args, &answer, site);
        return answer;
    }
    if INERT.contains(&name) {
        return Values::unknown();
    }
    if let Some((operation, paged)) = operation_of_function(it, service, name, site) {
        let answer = run(it, client, &operation, &argument(args, 0), site);
        return if paged { it.list(site, Vec::new(), answer) } else { answer };
    }
    if !name.starts_with("paginate") && !name.starts_with("wait") {
        unknown_operation(it, &client.service, name, site);
    }
    Values::unknown()
}

/// `client.send(command)`: the command says which operation of which service.
pub fn send(it: &mut Interpreter, client: &Client, args: &Args, site: Site) -> Values {
    let commands = argument(args, 0);
    let answer = run_commands(it, client, &commands, "is sent", site);
    call_back(it, args, &answer, site);
    answer
}

/// A command of no operation that is known.
const UNKNOWN_COMMAND: &str = "unknown-command";

/// Makes the calls that commands carry; `done` tells what is done with them.
pub fn run_commands(
    it: &mut Interpreter,
    client: &Client,
    commands: &Values,
    done: &str,
    site: Site,
) -> Values {
    let mut answers = Values::none();
    let mut known = false;
    for value in commands {
        // Was noted where it was made.
        known |= matches!(value, Value::External(external) if external.last_name() == UNKNOWN_COMMAND);
        if let Value::Sdk(command) = value
            && let Handle::JavaScript(Thing::Command { service, operation, input }) = &**command
        {
            known = true;
            let client = Client { service: service.clone(), ..client.clone() };
            answers.join(&run(it, &client, operation, input, site));
        }
    }
    if !known {
        unresolved_operation(it, done, site);
    }
    answers.or_unknown()
}

/// What DynamoDB's document clients call an operation; `GetCommand` and `get` are `GetItem`.
pub fn document_operation(name: &str) -> Option<&'static str> {
    Some(match name {
        "get" | "Get" => "GetItem",
        "put" | "Put" => "PutItem",
        "update" | "Update" => "UpdateItem",
        "delete" | "Delete" => "DeleteItem",
        "query" | "Query" => "Query",
        "scan" | "Scan" => "Scan",
        "batchGet" | "BatchGet" => "BatchGetItem",
        "batchWrite" | "BatchWrite" => "BatchWriteItem",
        "transactGet" | "TransactGet" => "TransactGetItems",
        "transactWrite" | "TransactWrite" => "TransactWriteItems",
        "executeStatement" | "ExecuteStatement" => "ExecuteStatement",
        "executeTransaction" | "ExecuteTransaction" => "ExecuteTransaction",
        "batchExecuteStatement" | "BatchExecuteStatement" => "BatchExecuteStatement",
        _ => return None,
    })
}

/// A call of what `@aws-sdk/lib-dynamodb` exports.
pub fn document_package(it: &mut Interpreter, name: &str, args: &Args, site: Site) -> Option<Values> {
    if let Some(operation) = name.strip_suffix("Command").and_then(document_operation) {
        let input = argument(args, 0);
        return Some(thing(Thing::Command {
            service: "dynamodb".into(),
            operation: operation.into(),
            input,
        }));
    }
    if let Some(operation) = name.strip_prefix("paginate").and_then(document_operation) {
        let settings = argument(args, 0);
        let clients = option(it, &settings, "client");
        let mut answers = Values::none();
        for client in clients_of(&clients, "dynamodb") {
            answers.join(&run(it, &client, operation, &argument(args, 1), site));
        }
        return Some(it.list(site, Vec::new(), answers));
    }
    document(&[name], args)
}

/// `DynamoDBDocumentClient.from(client)`, `new DynamoDBDocument(client)`.
pub fn document(names: &[&str], args: &Args) -> Option<Values> {
    let (class, rest) = names.split_first()?;
    let makes =
        matches!(*class, "DynamoDBDocumentClient" | "DynamoDBDocument") && matches!(rest, [] | ["from"]);
    makes.then(|| {
        let clients = clients_of(&argument(args, 0), "dynamodb");
        clients
            .into_iter()
            .map(|client| Value::Sdk(Handle::JavaScript(Thing::Document(client)).into()))
            .collect()
    })
}

/// Calls a method of a document client.
pub fn document_call(it: &mut Interpreter, client: &Client, name: &str, args: &Args, site: Site) -> Values {
    match document_operation(name) {
        _ if name == "send" => send(it, client, args, site),
        Some(operation) => {
            let answer = run(it, client, operation, &argument(args, 0), site);
            call_back(it, args, &answer, site);
            answer
        }
        None if INERT.contains(&name) => Values::unknown(),
        None => {
            unknown_operation(it, "dynamodb", name, site);
            Values::unknown()
        }
    }
}

/// A command of which only the class is known.
pub fn command_type(service: &Service, name: &str) -> Option<Values> {
    let operation = service.operation(name.strip_suffix("Command")?)?;
    Some(handle(Handle::JavaScript(Thing::Command {
        service: service.name.clone(),
        operation: operation.name.clone(),
        input: Values::unknown(),
    })))
}
