//! What a client is configured with: region, credentials, endpoint.
//!
//! Code that configures a client for a developer's machine, and leaves that out in the cloud, is read as what
//! runs in the cloud: a client that goes to the local host is none where there is another.

use super::credentials;
use super::input::inputs;
use crate::code::eval::{Args, External, Interpreter, Value, Values};
use crate::code::sdk::{Client, Origin, boto3};
use crate::model::Text;

/// The clients of a service that configurations make: one for each that tells them apart.
pub fn clients(it: &mut Interpreter, service: &str, configurations: &Values) -> Vec<Client> {
    let mut local: Vec<Client> = Vec::new();
    let mut found: Vec<Client> = Vec::new();
    for args in inputs(it, configurations) {
        let origin = origin(it, &args);
        let endpoints = args.named("endpoint").cloned().unwrap_or_default();
        let may_lack = endpoints.is_empty() || endpoints.iter().any(is_nothing);
        let endpoints = it.texts(&endpoints);
        let remote = endpoints.iter().find(|endpoint| !is_local(endpoint));
        let client = |endpoint: Option<&Text>| Client {
            service: service.into(),
            origin: origin.clone(),
            endpoint: endpoint.cloned(),
            certain: true,
        };
        let (made, into) = match remote {
            Some(endpoint) => (client(Some(endpoint)), &mut found),
            None if may_lack => (client(None), &mut found),
            None => (client(endpoints.first()), &mut local),
        };
        if !into.contains(&made) {
            into.push(made);
        }
    }
    if found.is_empty() { local } else { found }
}

fn origin(it: &mut Interpreter, args: &Args) -> Origin {
    let regions = args.named("region").cloned().unwrap_or_else(|| set_for_all(it, "region"));
    let given = ["credentials", "credentialDefaultProvider"].into_iter().find_map(|name| args.named(name));
    let foreign = if let Some(credentials) = given.cloned() {
        credentials::are_foreign(it, &credentials)
    } else if let Some(key) = args.named("accessKeyId") {
        credentials::are_foreign(it, &key.clone())
    } else {
        let (credentials, key) = (set_for_all(it, "credentials"), set_for_all(it, "accessKeyId"));
        credentials::are_foreign(it, &credentials) || credentials::are_foreign(it, &key)
    };
    Origin { region: region(it, &regions), foreign }
}

/// None where it is the function's own, which is also used where code gives none.
pub fn region(it: &Interpreter, regions: &Values) -> Option<Text> {
    let text = boto3::region_text(it, regions)?;
    let may_lack = regions.iter().any(is_nothing);
    match text.as_literal() {
        Some("local" | "localhost") => None,
        _ if may_lack => Some(Text::unknown()),
        _ => Some(text),
    }
}

/// What version 2 is told for all its clients: `AWS.config.update({ … })`, `AWS.config.region = …`.
fn set_for_all(it: &Interpreter, name: &str) -> Values {
    ["aws-sdk.config", "aws-sdk/global.config"]
        .iter()
        .find_map(|config| it.setting(&External { path: (*config).into(), made_at: 0 }, name))
        .cloned()
        .unwrap_or_default()
}

/// `AWS.config.update({ … })`.
pub fn update_for_all(it: &mut Interpreter, given: &Values) {
    let config = Values::from(Value::External(External { path: "aws-sdk.config".into(), made_at: 0 }));
    for args in inputs(it, given) {
        for (name, values) in &args.named {
            it.set_member(&config, name, values);
        }
    }
}

fn is_nothing(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Absent)
}

fn is_local(endpoint: &Text) -> bool {
    const HOSTS: [&str; 5] = ["localhost", "127.0.0.1", "0.0.0.0", "host.docker.internal", "localstack"];
    let lead = endpoint.leading_literal();
    let host = lead.split_once("://").map_or(lead, |(_, host)| host);
    HOSTS.iter().any(|local| host.starts_with(local))
}
