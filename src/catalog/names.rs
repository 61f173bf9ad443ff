//! Which client a name means. Every SDK spells services its own way; what they share is letters and digits,
//! so names are compared by those alone, without case.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use smol_str::SmolStr;

use super::{embedded, sdk};
use crate::model::Action;

/// A client as its model names it.
#[derive(Debug, Deserialize)]
pub struct Names {
    /// `Elastic Load Balancing v2`.
    pub id: SmolStr,
    /// `Elastic Load Balancing`.
    pub full: SmolStr,
    pub endpoint: SmolStr,
    pub signing: SmolStr,
    /// The wire protocol: `rest-json`, `query` …
    pub protocol: SmolStr,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    prefix: Option<SmolStr>,
    #[serde(default)]
    aliases: Vec<SmolStr>,
    tags: Option<Action>,
    #[serde(default)]
    unneeded: BTreeMap<Action, SmolStr>,
}

static NAMES: LazyLock<BTreeMap<SmolStr, Names>> = LazyLock::new(|| {
    let text = embedded::text("services/sdk.json").expect("the catalog has its list of clients");
    serde_json::from_str(&text).expect("xtask writes what is read here")
});

static EXCEPTIONS: LazyLock<BTreeMap<SmolStr, Exception>> = LazyLock::new(|| {
    let text = embedded::text("overrides/services.toml").expect("the catalog has its service overrides");
    toml::from_str(&text).expect("a test reads the service overrides")
});

static SPELLINGS: LazyLock<BTreeMap<String, &'static str>> = LazyLock::new(spellings);

/// botocore's client name for any SDK's spelling of a service: `DynamoDBv2`, `elastic-load-balancing-v2`.
pub fn find_service(spelling: &str) -> Option<&'static str> {
    SPELLINGS.get(&fold(spelling)).copied()
}

pub fn names(service: &str) -> Option<&'static Names> {
    NAMES.get(service)
}

/// The prefix of the service's IAM actions.
pub fn prefix(service: &str) -> Option<&'static SmolStr> {
    let exception = EXCEPTIONS.get(service).and_then(|exception| exception.prefix.as_ref());
    exception.or_else(|| NAMES.get(service).map(|names| &names.signing))
}

/// The action that the service asks for beside an operation that makes something with tags.
pub fn tags(service: &str) -> Option<&'static Action> {
    EXCEPTIONS.get(service)?.tags.as_ref()
}

/// Why no operation of the service takes of its caller what the reference names beside its actions.
pub fn unneeded(service: &str, action: &Action) -> Option<&'static SmolStr> {
    EXCEPTIONS.get(service)?.unneeded.get(action)
}

/// Every service and action of which that is said.
#[cfg(test)]
pub fn all_unneeded() -> impl Iterator<Item = (&'static SmolStr, &'static Action)> {
    EXCEPTIONS.iter().flat_map(|(service, own)| own.unneeded.keys().map(move |action| (service, action)))
}

/// Letters and digits in lower case.
pub fn fold(spelling: &str) -> String {
    spelling.chars().filter(char::is_ascii_alphanumeric).map(|char| char.to_ascii_lowercase()).collect()
}

/// A client's own name goes before its service id, that before an alias, then comes the endpoint prefix where one
/// client alone has it, and last what all SDKs that have the name mean by it.
fn spellings() -> BTreeMap<String, &'static str> {
    let mut spellings = BTreeMap::new();
    let clients: Vec<(&'static str, &Names)> =
        NAMES.iter().map(|(name, names)| (name.as_str(), names)).collect();
    for (name, _) in &clients {
        spellings.entry(fold(name)).or_insert(*name);
    }
    for (name, names) in &clients {
        spellings.entry(fold(&names.id)).or_insert(*name);
    }
    for (name, exception) in EXCEPTIONS.iter() {
        for alias in &exception.aliases {
            spellings.entry(fold(alias)).or_insert(name.as_str());
        }
    }
    let mut endpoints: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
    for (name, names) in &clients {
        endpoints.entry(fold(&names.endpoint)).or_default().push(name);
    }
    for (endpoint, clients) in endpoints {
        if let [name] = clients[..] {
            spellings.entry(endpoint).or_insert(name);
        }
    }
    for (spelling, name) in sdk::unanimous() {
        spellings.entry(spelling).or_insert(name);
    }
    spellings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sdk_finds_its_service() {
        for (spelling, service) in [
            ("dynamodb", "dynamodb"),
            ("DynamoDBv2", "dynamodb"),
            ("elastic-load-balancing-v2", "elbv2"),
            ("elasticloadbalancing", "elb"),
            ("email", "ses"),
            ("nothing", ""),
            ("SFN", "stepfunctions"),
            ("states", "stepfunctions"),
            ("monitoring", "cloudwatch"),
            ("cloudwatch_logs", "logs"),
            ("SimpleNotificationService", "sns"),
            ("inspector2", "inspector2"),
            ("", ""),
        ] {
            assert_eq!(find_service(spelling).unwrap_or_default(), service, "{spelling}");
        }
    }

    #[test]
    fn every_exception_is_about_a_client() {
        let named = sdk::unanimous();
        let is_named = |alias: &&SmolStr| named.contains_key(alias.as_str());
        let redundant: Vec<&SmolStr> =
            EXCEPTIONS.values().flat_map(|exception| &exception.aliases).filter(is_named).collect();
        assert!(redundant.is_empty(), "these are names in an SDK, not aliases: {redundant:?}");
        for (name, exception) in EXCEPTIONS.iter() {
            assert!(NAMES.contains_key(name), "{name}");
            assert_ne!(
                exception.prefix.as_ref(),
                Some(&NAMES[name].signing),
                "{name}: the prefix is no exception"
            );
            for alias in &exception.aliases {
                assert_eq!(find_service(alias), Some(name.as_str()), "{alias} is taken or not folded");
                assert_eq!(*alias, fold(alias));
            }
        }
        assert!(NAMES.keys().map(SmolStr::as_str).eq(crate::catalog::service_names()));
    }
}
