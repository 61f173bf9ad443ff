//! What clients are configured with: region, endpoint, whose credentials.

use std::rc::Rc;

use super::{Made, made, text};
use crate::code::eval::{Args, External, Interpreter, Site, Value, Values};
use crate::code::sdk::{Handle, Origin, boto3};
use crate::model::{Field, Part, Pseudo, Text};

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Config {
    pub origin: Origin,
    pub endpoint: Option<Text>,
}

/// What stands for credentials that are not the function's own.
const FOREIGN: &str = "aws_config.foreign";

/// Something of `aws_config`, or of the `config` module of a service's crate.
pub(super) fn external_call(it: &mut Interpreter, rest: &str, args: &Args, site: Site) -> Option<Values> {
    let first = || args.positional.first().cloned().unwrap_or_default();
    let names: Vec<&str> = rest.split('.').collect();
    match names.as_slice() {
        ["load_from_env" | "load_defaults" | "from_env" | "defaults" | "load_from_env_with_version"]
        | [.., "ConfigLoader", "default" | "new"]
        | [.., "SdkConfig", "builder"] => Some(made(Made::Config(Config::default()))),
        [.., "AssumeRoleProvider", "builder"] => {
            Some(made(Made::AssumeRole { role: first(), origin: Origin::default(), site }))
        }
        [.., "Credentials", "new" | "from_keys" | "builder"] => {
            let given = first();
            let own = it
                .texts(&given)
                .iter()
                .any(|text| matches!(text.as_part(), Some(Part::Env(name)) if name == "AWS_ACCESS_KEY_ID"));
            Some(if own { Values::unknown() } else { foreign() })
        }
        [.., "RegionProviderChain", "first_try"] => {
            let given = first();
            let known = given.iter().any(|value| matches!(value, Value::Text(_)));
            Some(if known { given } else { Values::unknown() })
        }
        [.., "Region", "new" | "from_static"] => Some(first()),
        [.., provider, "builder"] if is_other_provider(provider) => Some(foreign()),
        _ => None,
    }
}

/// Providers of credentials that are not the function's role.
fn is_other_provider(name: &str) -> bool {
    matches!(
        name,
        "ProfileFileCredentialsProvider" | "WebIdentityTokenCredentialsProvider" | "SsoCredentialsProvider"
    )
}

fn foreign() -> Values {
    Value::External(External { path: FOREIGN.into(), made_at: 0 }).into()
}

/// The configuration that values are; the function's own where they are not known.
pub(super) fn of(values: &Values) -> Config {
    let known = values.iter().find_map(|value| match value {
        Value::Sdk(handle) => match &**handle {
            Handle::Rust(Made::Config(config)) => Some(config.clone()),
            _ => None,
        },
        _ => None,
    });
    known.unwrap_or_default()
}

/// Setters of loaders and builders; all else gives the configuration itself.
pub(super) fn call(
    it: &mut Interpreter,
    of: &Rc<Handle>,
    config: &Config,
    name: &str,
    args: &Args,
) -> Values {
    let mut config = config.clone();
    let Some(given) = args.positional.first() else {
        return match name {
            "region" => Values::text(config.origin.region.unwrap_or(Part::Pseudo(Pseudo::Region).into())),
            _ => Value::Sdk(Rc::clone(of)).into(),
        };
    };
    match name.strip_prefix("set_").unwrap_or(name) {
        "region" => config.origin.region = region(it, given),
        "endpoint_url" | "endpoint_resolver" => config.endpoint = text(it, given),
        "profile_name" => config.origin.foreign = true,
        "credentials_provider" => {
            config.origin.foreign |= given
                .iter()
                .any(|value| matches!(value, Value::External(External { path, .. }) if path == FOREIGN));
        }
        _ => {}
    }
    made(Made::Config(config))
}

/// None for the function's own region, and where a chain of providers finds it.
fn region(it: &Interpreter, given: &Values) -> Option<Text> {
    let named: Values = given.iter().filter(|value| matches!(value, Value::Text(_))).cloned().collect();
    boto3::region_text(it, &named)
}

/// A role's credentials are asked for when what they were made for is used; the call is where the role is named.
pub(super) fn role_call(
    it: &mut Interpreter,
    of: &Rc<Handle>,
    role: &Values,
    origin: &Origin,
    site: Site,
    name: &str,
    args: &Args,
) -> Values {
    let first = || args.positional.first().cloned().unwrap_or_default();
    match name {
        "build" | "build_from_provider" => {
            let input = it.field_of(role).unwrap_or(Field::Unknown);
            let entries = vec![(Text::literal("RoleArn"), input)];
            let client = crate::code::sdk::Client {
                service: "sts".into(),
                origin: origin.clone(),
                endpoint: None,
                certain: true,
            };
            it.record(&client, "AssumeRole", Field::Map { entries, complete: true }, site);
            foreign()
        }
        "region" => {
            let origin = Origin { region: region(it, &first()), ..origin.clone() };
            made(Made::AssumeRole { role: role.clone(), origin, site })
        }
        "configure" => {
            let origin = self::of(&first()).origin;
            made(Made::AssumeRole { role: role.clone(), origin, site })
        }
        _ => Value::Sdk(Rc::clone(of)).into(),
    }
}
