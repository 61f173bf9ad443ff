//! A boto3 client: its operations, and the methods that stand for others.

use std::rc::Rc;

use super::{handle, inert, member_of};
use crate::catalog;
use crate::code::eval::{Args, Interpreter, Site, Value, Values};
use crate::code::sdk::operation::run;
use crate::code::sdk::{COMMON, Client, Handle};
use crate::model::Text;

pub fn member(of: &Rc<Handle>, name: &str) -> Values {
    match name {
        "exceptions" => inert("exceptions"),
        "[]" => Values::unknown(),
        "_client_config" | "_endpoint" | "_serializer" => inert(name),
        _ => member_of(of, name),
    }
}

/// Methods of every client that call nothing.
const INERT: [&str; 8] =
    ["can_paginate", "close", "__enter__", "__exit__", "__aenter__", "__aexit__", "meta", "waiter_names"];

pub fn call(it: &mut Interpreter, client: &Client, name: &str, args: &Args, site: Site) -> Values {
    let service = catalog::service(&client.service).expect("clients are made for services of the catalog");
    match name {
        "get_paginator" => choose(it, client, args, "operation_name", site, |name| {
            let operation = service.operation(name)?.name.clone();
            Some(Handle::Paginator { client: client.clone(), operation })
        }),
        "get_waiter" => choose(it, client, args, "waiter_name", site, |name| {
            let operation = service.waiter(name)?.name.clone();
            Some(Handle::Waiter { client: client.clone(), operation })
        }),
        "generate_presigned_url" => presigned_url(it, client, args, site),
        "generate_presigned_post" => {
            let fields = named(args, &[(0, "Bucket"), (1, "Key")]);
            let fields = it.request(&fields);
            it.record(client, "PutObject", fields, site);
            Values::unknown()
        }
        "generate_db_auth_token" => {
            let fields = named(args, &[(0, "DBHostname"), (2, "DBUsername")]);
            let fields = it.request(&fields);
            it.record(client, "GenerateDbAuthToken", fields, site);
            Values::unknown()
        }
        _ if client.service == "s3" && is_transfer(name) => transfer(it, client, name, args, &[], site),
        _ => match service.operation(name) {
            Some(operation) => {
                let operation = operation.name.clone();
                run(it, client, &operation, args, site)
            }
            None if INERT.contains(&name) => Values::unknown(),
            None => {
                it.note(
                    "unknown-operation",
                    site,
                    format!("`{name}` is no operation of `{}` that this version knows", client.service),
                );
                Values::unknown()
            }
        },
    }
}

fn choose(
    it: &mut Interpreter,
    client: &Client,
    args: &Args,
    name: &str,
    site: Site,
    make: impl Fn(&str) -> Option<Handle>,
) -> Values {
    let given = args.get(0, name).cloned().unwrap_or_default();
    let mut made = Values::none();
    for text in it.texts(&given) {
        if let Some(found) = text.as_literal().and_then(&make) {
            made.join(&handle(found));
        } else {
            let message = match text.as_literal() {
                Some(known) => format!("`{}` has no {name} `{known}`", client.service),
                None => format!(
                    "which operation of `{}` this names is not known; it is not granted",
                    client.service
                ),
            };
            it.note("unresolved-operation", site, message);
        }
    }
    made.or_unknown()
}

/// `generate_presigned_url(ClientMethod, Params)`: whoever has the URL acts with the signer's permissions.
fn presigned_url(it: &mut Interpreter, client: &Client, args: &Args, site: Site) -> Values {
    let service = catalog::service(&client.service).expect("clients are made for services of the catalog");
    let methods = args.get(0, "ClientMethod").cloned().unwrap_or_default();
    let params = args.get(1, "Params").cloned().unwrap_or_default();
    for text in it.texts(&methods) {
        match text.as_literal().and_then(|name| service.operation(name)) {
            Some(operation) => {
                let input = it.request_of(&params);
                it.record(client, &operation.name, input, site);
            }
            None => it.note(
                "unresolved-operation",
                site,
                format!(
                    "which operation of `{}` is presigned is not known; it is not granted",
                    client.service
                ),
            ),
        }
    }
    Values::text(Text::unknown())
}

pub fn is_transfer(name: &str) -> bool {
    matches!(
        name,
        "upload_file"
            | "upload_fileobj"
            | "download_file"
            | "download_fileobj"
            | "copy"
            | "copy_object_managed"
    )
}

/// The managed transfers of S3. `known` are the fields that a resource fills in; the others are positional.
pub fn transfer(
    it: &mut Interpreter,
    client: &Client,
    name: &str,
    args: &Args,
    known: &[(&str, Values)],
    site: Site,
) -> Values {
    let order: &[&str] = match name {
        "upload_file" => &["Filename", "Bucket", "Key", "ExtraArgs"],
        "upload_fileobj" => &["Fileobj", "Bucket", "Key", "ExtraArgs"],
        "download_file" => &["Bucket", "Key", "Filename", "ExtraArgs"],
        "download_fileobj" => &["Bucket", "Key", "Fileobj", "ExtraArgs"],
        _ => &["CopySource", "Bucket", "Key", "ExtraArgs", "Callback", "SourceClient"],
    };
    let free: Vec<&str> =
        order.iter().copied().filter(|field| !known.iter().any(|(name, _)| name == field)).collect();
    let positions: Vec<(usize, &str)> = free.into_iter().enumerate().collect();
    let mut fields = named(args, &positions);
    for (name, values) in known {
        fields.set(name, values.clone());
    }
    if let Some(extra) = fields.named("ExtraArgs").cloned() {
        let mut map = crate::code::eval::Map::default();
        it.spread_into(&mut map, &extra);
        for (name, values) in map.entries {
            fields.set(&name, values);
        }
    }
    fields.named.retain(|(name, _)| {
        !matches!(
            name.as_str(),
            "Filename" | "Fileobj" | "ExtraArgs" | "Callback" | "Config" | "SourceClient"
        )
    });
    let input = it.request(&fields);
    match name {
        "download_file" | "download_fileobj" => it.record(client, "GetObject", input, site),
        "upload_file" | "upload_fileobj" => {
            it.record(client, "PutObject", input.clone(), site);
            it.record(client, "AbortMultipartUpload", input, site);
        }
        _ => {
            it.record(client, "CopyObject", input.clone(), site);
            it.record(client, "AbortMultipartUpload", input, site);
        }
    }
    Value::Null.into()
}

/// Positional arguments under their names, beside those that are named already.
pub fn named(args: &Args, positions: &[(usize, &str)]) -> Args {
    let mut fields = Args { named: args.named.clone(), open: args.open, ..Args::default() };
    for (position, name) in positions {
        if fields.named(name).is_none()
            && let Some(values) =
                args.positional.get(*position).or_else(|| (!args.rest.is_empty()).then_some(&args.rest))
        {
            fields.set(name, values.clone());
        }
    }
    fields
}

/// Whether a method called on something unknown looks like an operation of boto3: named like one, with
/// arguments named like its request. Gives the operations that it could be.
pub fn looks_like_a_call(name: &str, args: &Args) -> Option<String> {
    let is_field = |name: &str| name.starts_with(|letter: char| letter.is_ascii_uppercase());
    if args.named.is_empty()
        || !args.positional.is_empty()
        || !args.named.iter().all(|(name, _)| is_field(name))
    {
        return None;
    }
    let candidates: Vec<String> = COMMON
        .iter()
        .filter_map(|service| {
            let operation = catalog::service(service)?.operation(name)?;
            let takes = |name: &str| operation.fields.iter().any(|field| field == name);
            args.named.iter().all(|(name, _)| takes(name)).then(|| format!("`{service}:{}`", operation.name))
        })
        .collect();
    (!candidates.is_empty()).then(|| candidates.join(" or "))
}
