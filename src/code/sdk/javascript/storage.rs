//! What is made beside clients: managed uploads, presigned requests and forms, and signers.

use std::rc::Rc;

use smol_str::SmolStr;

use super::client::{clients_of, run_commands};
use super::input::{argument, call_back, inputs, option, run, run_bound};
use super::{Thing, configuration, some_text, thing};
use crate::code::eval::{Args, Interpreter, Map, Site, Value, Values};
use crate::code::sdk::{Client, Handle};
use crate::model::Field;

/// A managed upload: one put, or parts that are taken back when one of them fails.
pub fn put(it: &mut Interpreter, client: &Client, params: &Values, bound: &Field, site: Site) -> Values {
    let answer = run_bound(it, client, "PutObject", params, bound, site);
    run_bound(it, client, "AbortMultipartUpload", params, bound, site);
    answer
}

/// `new Upload({ client, params, tags })`; version 2 calls the client `service`.
pub fn upload(args: &Args) -> Values {
    thing(Thing::Upload { options: argument(args, 0) })
}

/// Calls a method of a managed upload.
pub fn upload_call(
    it: &mut Interpreter,
    of: &Rc<Handle>,
    options: &Values,
    name: &str,
    args: &Args,
    site: Site,
) -> Values {
    match name {
        "done" | "promise" | "send" => {
            let mut given = option(it, options, "client");
            given.join(&option(it, options, "service"));
            let params = option(it, options, "params");
            let tags = option(it, options, "tags");
            let nothing = Field::Map { entries: Vec::new(), complete: true };
            let mut answers = Values::none();
            for client in clients_of(&given, "s3") {
                answers.join(&put(it, &client, &params, &nothing, site));
                if !tags.is_empty() {
                    run(it, &client, "PutObjectTagging", &params, site);
                }
            }
            call_back(it, args, &answers, site);
            answers
        }
        "on" | "once" | "off" => {
            it.run_callbacks(args, site);
            Value::Sdk(Rc::clone(of)).into()
        }
        _ => Values::unknown(),
    }
}

/// A form that uploads an object: `createPresignedPost(client, { Bucket, Key, Fields })`.
pub fn presigned_post(it: &mut Interpreter, client: &Client, params: &Values, bound: &Field, site: Site) {
    let mut params = params.clone();
    // Version 2 has the key among the form's fields.
    for args in inputs(it, &params.clone()) {
        let fields = args.named("Fields").cloned().unwrap_or_default();
        let key = option(it, &fields, "key");
        if args.named("Key").is_none() && !key.is_empty() {
            let entries = args.named.into_iter().chain([(SmolStr::new_static("Key"), key)]);
            params = it.map(site, Map { entries: entries.collect(), open: args.open, ..Map::default() });
        }
    }
    run_bound(it, client, "PutObject", &params, bound, site);
}

/// What the packages export that presign requests or sign for databases.
pub fn presigner(it: &mut Interpreter, name: &str, args: &Args, site: Site) -> Option<Values> {
    let first = argument(args, 0);
    match name {
        "getSignedUrl" | "createRequest" if args.positional.len() > 1 => {
            let commands = argument(args, 1);
            for client in clients_of(&first, "s3") {
                run_commands(it, &client, &commands, "is presigned", site);
            }
            Some(some_text())
        }
        "createPresignedPost" => {
            let nothing = Field::Map { entries: Vec::new(), complete: true };
            for client in clients_of(&first, "s3") {
                presigned_post(it, &client, &argument(args, 1), &nothing, site);
            }
            Some(Values::unknown())
        }
        "getSynthesizeSpeechUrl" => {
            let (client, params) = (option(it, &first, "client"), option(it, &first, "params"));
            for client in clients_of(&client, "polly") {
                run(it, &client, "SynthesizeSpeech", &params, site);
            }
            Some(some_text())
        }
        "Signer" => Some(database_signer(&first)),
        "DsqlSigner" => Some(thing(Thing::Signer { service: "dsql".into(), options: first })),
        "S3RequestPresigner" => Some(thing(Thing::Signer { service: "s3".into(), options: first })),
        _ => None,
    }
}

/// `new Signer({ hostname, username })` of a database's.
pub fn database_signer(options: &Values) -> Values {
    thing(Thing::Signer { service: "rds".into(), options: options.clone() })
}

/// `new SignatureV4({ service, region, … })` and its like.
pub fn signer(it: &mut Interpreter, args: &Args) -> Values {
    let options = argument(args, 0);
    let service = service_of(it, &options);
    thing(Thing::Signer { service, options })
}

fn service_of(it: &mut Interpreter, options: &Values) -> SmolStr {
    let service = option(it, options, "service");
    service.literal().unwrap_or_default().into()
}

/// `aws4.sign({ service, host, path })`.
pub fn sign(it: &mut Interpreter, args: &Args, site: Site) {
    let service = service_of(it, &argument(args, 0));
    signed(it, &service, site);
}

/// Calls a method of a signer.
pub fn signer_call(
    it: &mut Interpreter,
    service: &str,
    options: &Values,
    name: &str,
    args: &Args,
    site: Site,
) -> Values {
    match (service, name) {
        ("rds", "getAuthToken") => {
            let mut options = options.clone();
            options.join(&argument(args, 0));
            for client in configuration::clients(it, "rds", &options) {
                for args in database_users(it, &options) {
                    let input = it.request(&args);
                    it.record(&client, "GenerateDbAuthToken", input, site);
                }
            }
            call_back(it, args, &some_text(), site);
            some_text()
        }
        (_, "sign" | "fetch" | "presign" | "signRequest") => {
            signed(it, service, site);
            Values::unknown()
        }
        (_, name) if name.starts_with("getDbConnect") => {
            signed(it, service, site);
            some_text()
        }
        _ => Values::unknown(),
    }
}

/// The requests that a database signer's options make.
fn database_users(it: &Interpreter, options: &Values) -> Vec<Args> {
    let rename = |name: &str| match name {
        "hostname" => Some("DBHostname"),
        "username" => Some("DBUsername"),
        _ => None,
    };
    let options = inputs(it, options).into_iter();
    let renamed = options.map(|args| {
        let named =
            args.named.iter().filter_map(|(name, values)| Some((rename(name)?.into(), values.clone())));
        Args { named: named.collect(), open: args.open, ..Args::default() }
    });
    renamed.collect()
}

/// Code signs a request of a service by itself.
pub fn signed(it: &mut Interpreter, service: &str, site: Site) {
    let whose =
        if service.is_empty() { "a service that is not known".into() } else { format!("`{service}`") };
    it.note_with_help(
        "unresolved-library-call",
        site,
        format!(
            "requests are signed for {whose} by hand; what they ask for is not known, and is not granted"
        ),
        Some("list the action that these requests need yourself".into()),
    );
}
