//! Crates beside the SDK that make calls: requests of the extensions' endpoints on the function's own host, the
//! `aws` command, the caching client of Secrets Manager. Requests that code signs by itself, and crates that
//! are given a URL of S3, are notes.

use std::rc::Rc;

use super::{Made, made};
use crate::code::eval::{Args, External, Interpreter, Site, Value, Values, text_of};
use crate::code::sdk::{Client, Handle, Origin, aws_command, extension};
use crate::model::{Field, Text};

/// Crates to which a URL of S3 is a text.
const INNOCENT: [&str; 9] = ["std", "core", "alloc", "url", "tracing", "log", "serde_json", "String", "http"];

/// Something that is asked or run later, in the making.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Pending {
    Http {
        url: Values,
        query: Values,
        site: Site,
    },
    Command {
        words: Vec<Values>,
        site: Site,
    },
    /// A token for a database, of the request that asks for it.
    Token(Values),
}

pub(super) fn external_call(it: &mut Interpreter, path: &str, args: &Args, site: Site) -> Option<Values> {
    let first = || args.positional.first().cloned().unwrap_or_default();
    let (package, rest) = path.split_once('.')?;
    let name = rest.rsplit('.').next()?;
    match (package, name) {
        ("reqwest" | "ureq" | "hyper" | "minreq", "get") => {
            let pending = Pending::Http { url: first(), query: Values::none(), site };
            // `reqwest::get` asks at once.
            if package == "reqwest" && rest == "get" {
                run(it, &pending);
                return None;
            }
            Some(made(Made::Pending(pending)))
        }
        ("std" | "tokio" | "async_process", "new")
            if rest.ends_with("process.Command.new") || rest == "Command.new" =>
        {
            Some(made(Made::Pending(Pending::Command { words: vec![first()], site })))
        }
        ("aws_secretsmanager_caching", "get_secret_value") => {
            let secret = it.field_of(&first()).unwrap_or(Field::Unknown);
            for operation in ["DescribeSecret", "GetSecretValue"] {
                let client = Client {
                    service: "secretsmanager".into(),
                    origin: Origin::default(),
                    endpoint: None,
                    certain: true,
                };
                let entries = vec![(Text::literal("SecretId"), secret.clone())];
                it.record(&client, operation, Field::Map { entries, complete: true }, site);
            }
            None
        }
        // The SDK before the SDK: its clients take requests as values.
        (package, "new" | "new_with") if package.starts_with("rusoto_") && rest.contains("Client.") => {
            crate::code::sdk::library::unmodelled(it, path, site);
            None
        }
        ("aws_sigv4", "sign") => {
            let message =
                "a request is signed here by the code itself; what it calls is not known and not granted";
            it.note("unresolved-library-call", site, message);
            None
        }
        _ => {
            let is_url = |value: &Value| {
                text_of(value).is_some_and(|text| text.leading_literal().starts_with("s3://"))
            };
            if !INNOCENT.contains(&package) && args.all().any(is_url) {
                it.note(
                    "unmodelled-library",
                    site,
                    format!("what `{path}` calls is not known; it is not granted"),
                );
            }
            None
        }
    }
}

/// A thing of a declared type of these crates.
pub(super) fn typed(declared: &External) -> Option<Value> {
    (declared.path == "aws_secretsmanager_caching.SecretsManagerCachingClient")
        .then(|| Value::External(declared.clone()))
}

/// Methods of what is in the making.
pub(super) fn call(
    it: &mut Interpreter,
    of: &Rc<Handle>,
    pending: &Pending,
    name: &str,
    args: &Args,
    site: Site,
) -> Values {
    let first = args.positional.first().cloned();
    let mut pending = pending.clone();
    match (&mut pending, name, first) {
        (_, "send" | "call" | "execute" | "status" | "output" | "spawn", _) => {
            run(it, &pending);
            return Values::unknown();
        }
        (Pending::Token(request), "auth_token", given) => {
            let request = request.clone();
            token(it, &request, &super::config::of(&given.unwrap_or_default()).origin, site);
            return Values::text(Text::unknown());
        }
        (Pending::Http { query, site, .. }, "query", Some(given)) => {
            *query = crate::code::rust::map_of_pairs(it, &given, *site);
        }
        (Pending::Command { words, .. }, "arg", Some(given)) => words.push(given),
        (Pending::Command { words, .. }, "args", Some(given)) => match it.known_list(&given) {
            Some(items) => words.extend(items),
            None => words.push(Values::unknown()),
        },
        _ => return Value::Sdk(Rc::clone(of)).into(),
    }
    made(Made::Pending(pending))
}

fn token(it: &mut Interpreter, request: &Values, origin: &Origin, site: Site) {
    let mut entries = Vec::new();
    for (member, field) in [("Hostname", "DBHostname"), ("Username", "DBUsername")] {
        let values = request.iter().map(|map| it.entry(map, &Value::Text(Text::literal(member))));
        let values: Vec<Values> = values.collect();
        let mut joined = Values::none();
        for values in &values {
            joined.join(values);
        }
        entries.push((Text::literal(field), it.field_of(&joined).unwrap_or(Field::Unknown)));
    }
    let client = Client { service: "rds".into(), origin: origin.clone(), endpoint: None, certain: true };
    it.record(&client, "GenerateDbAuthToken", Field::Map { entries, complete: true }, site);
}

fn run(it: &mut Interpreter, pending: &Pending) {
    match pending {
        Pending::Token(_) => {}
        Pending::Http { url, query, site } => extension::request(it, url, query, *site),
        Pending::Command { words, site } => {
            let literal = |at: usize| words.get(at).and_then(Values::literal).unwrap_or_default();
            let is_shell =
                ["sh", "bash"].iter().any(|shell| literal(0).trim_start_matches("/bin/") == *shell);
            let command = match words.get(2) {
                Some(script) if is_shell && literal(1) == "-c" => script.clone(),
                _ => it.list(*site, words.clone(), Values::none()),
            };
            aws_command::run(it, &command, &Values::none(), *site);
        }
    }
}
