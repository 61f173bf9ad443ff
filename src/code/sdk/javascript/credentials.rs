//! Credential providers. Calls that other credentials sign need nothing of the function's role; taking a role
//! does.

use super::input::{argument, inputs, option};
use super::{Thing, configuration, thing};
use crate::code::eval::{Args, Interpreter, Site, Value, Values};
use crate::code::sdk::{Client, Handle, Origin, boto3};
use crate::model::Field;

/// Whether a client that is given these signs with other credentials than the function's own, whatever happens.
pub fn are_foreign(it: &mut Interpreter, credentials: &Values) -> bool {
    let mut foreign = false;
    for value in credentials {
        let is_own = match value {
            Value::Null | Value::Absent | Value::Bool(_) => true,
            Value::Sdk(handle) => {
                matches!(**handle, Handle::JavaScript(Thing::Credentials { foreign: false }))
            }
            Value::Object(_) => {
                let key = option(it, &value.clone().into(), "accessKeyId");
                !boto3::is_foreign(it, &key)
            }
            _ => !boto3::is_foreign(it, &value.clone().into()),
        };
        if is_own {
            return false;
        }
        foreign = true;
    }
    foreign
}

/// The providers of `@aws-sdk/credential-providers` and the packages beside it.
pub fn provider(it: &mut Interpreter, name: &str, args: &Args, site: Site) -> Option<Values> {
    let foreign = match name {
        "fromTemporaryCredentials" => {
            let options = argument(args, 0);
            let params = option(it, &options, "params");
            let config = option(it, &options, "clientConfig");
            assume_role(it, &params, &config, site);
            true
        }
        "fromNodeProviderChain"
        | "fromEnv"
        | "fromContainerMetadata"
        | "fromInstanceMetadata"
        | "fromHttp"
        | "defaultProvider"
        | "createCredentialChain" => false,
        "fromIni"
        | "fromSSO"
        | "fromProcess"
        | "fromTokenFile"
        | "fromWebToken"
        | "fromCognitoIdentity"
        | "fromCognitoIdentityPool"
        | "fromLoginCredentials" => true,
        _ => return None,
    };
    Some(thing(Thing::Credentials { foreign }))
}

/// The credential classes of version 2.
pub fn class(it: &mut Interpreter, name: &str, args: &Args, site: Site) -> Option<Values> {
    let foreign = match name {
        "Credentials" => {
            let first = argument(args, 0);
            are_foreign(it, &first)
        }
        "TemporaryCredentials" => {
            assume_role(it, &argument(args, 0), &Values::none(), site);
            true
        }
        "ChainableTemporaryCredentials" => {
            let options = argument(args, 0);
            let params = option(it, &options, "params");
            let config = option(it, &options, "stsConfig");
            assume_role(it, &params, &config, site);
            true
        }
        "EnvironmentCredentials" | "CredentialProviderChain" | "ECSCredentials" | "RemoteCredentials" => {
            false
        }
        _ if name.ends_with("Credentials") => true,
        _ => return None,
    };
    Some(thing(Thing::Credentials { foreign }))
}

fn assume_role(it: &mut Interpreter, params: &Values, config: &Values, site: Site) {
    let origin = configuration::clients(it, "sts", config).into_iter().next().map(|client| client.origin);
    let region = origin.and_then(|origin| origin.region);
    let client = Client {
        service: "sts".into(),
        origin: Origin { region, foreign: false },
        endpoint: None,
        certain: true,
    };
    for args in inputs(it, params) {
        let input = it.request(&args);
        let names_a_role =
            !input.at("RoleArn").is_empty() || matches!(input, Field::Map { complete: false, .. });
        if names_a_role {
            it.record(&client, "AssumeRole", input, site);
        }
    }
}
