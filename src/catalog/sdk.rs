//! What each SDK calls a service and its operations. Every SDK makes its name of the service's id (`Elastic Load
//! Balancing v2`) by a rule of its own; where history made another name, `action-maps/sdk-names.toml` has it.
//!
//! A name is what stands in the code that uses the service: boto3's client name, a package, a namespace, a class.
//! An SDK that is no longer supported is named by its rule also for services that came after it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;
use smol_str::{SmolStr, ToSmolStr as _, format_smolstr};

use super::{Operation, Service, embedded, names};
use crate::catalog;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sdk {
    Boto3,
    Cli,
    JavascriptV2,
    JavascriptV3,
    GoV1,
    GoV2,
    JavaV1,
    JavaV2,
    Kotlin,
    Dotnet,
    Ruby,
    Php,
    Rust,
}

impl Sdk {
    pub const ALL: [Self; 13] = [
        Self::Boto3,
        Self::Cli,
        Self::JavascriptV2,
        Self::JavascriptV3,
        Self::GoV1,
        Self::GoV2,
        Self::JavaV1,
        Self::JavaV2,
        Self::Kotlin,
        Self::Dotnet,
        Self::Ruby,
        Self::Php,
        Self::Rust,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Boto3 => "boto3",
            Self::Cli => "cli",
            Self::JavascriptV2 => "javascript-v2",
            Self::JavascriptV3 => "javascript-v3",
            Self::GoV1 => "go-v1",
            Self::GoV2 => "go-v2",
            Self::JavaV1 => "java-v1",
            Self::JavaV2 => "java-v2",
            Self::Kotlin => "kotlin",
            Self::Dotnet => "dotnet",
            Self::Ruby => "ruby",
            Self::Php => "php",
            Self::Rust => "rust",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sdk| sdk.name() == name)
    }

    /// What stands before the part of the name that is the service's own.
    fn before(self) -> &'static str {
        match self {
            Self::Boto3 | Self::Cli => "",
            Self::JavascriptV2 => "AWS.",
            Self::JavascriptV3 => "@aws-sdk/client-",
            Self::GoV1 => "github.com/aws/aws-sdk-go/service/",
            Self::GoV2 => "github.com/aws/aws-sdk-go-v2/service/",
            Self::JavaV1 => "com.amazonaws.services.",
            Self::JavaV2 => "software.amazon.awssdk.services.",
            Self::Kotlin => "aws.sdk.kotlin.services.",
            Self::Dotnet => "Amazon.",
            Self::Ruby => "Aws::",
            Self::Php => "Aws\\",
            Self::Rust => "aws_sdk_",
        }
    }

    /// The part of the name that is the service's own, by the SDK's rule.
    fn rule(self, service: &str, names: &names::Names) -> SmolStr {
        let id = names.id.as_str();
        match self {
            Self::Boto3 | Self::Cli => service.into(),
            Self::JavascriptV3 => id.to_lowercase().replace(' ', "-").into(),
            Self::GoV1 | Self::GoV2 | Self::Kotlin => names::fold(id).into(),
            Self::JavaV2 => without(&names::fold(id), "service").into(),
            Self::Rust => without(without(&names::fold(id), "service"), "api").into(),
            Self::JavaV1 => {
                let maker = if names.full.starts_with("Amazon") { "Amazon" } else { "AWS" };
                format_smolstr!("{}.{maker}{}", names::fold(id), pascal(id))
            }
            Self::JavascriptV2 | Self::Dotnet | Self::Ruby | Self::Php => pascal(id),
        }
    }
}

fn without<'a>(folded: &'a str, suffix: &str) -> &'a str {
    folded.strip_suffix(suffix).filter(|rest| !rest.is_empty()).unwrap_or(folded)
}

/// `ElasticLoadBalancingV2` of `Elastic Load Balancing v2`.
fn pascal(id: &str) -> SmolStr {
    let words = id.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words
        .flat_map(|word| {
            let (first, rest) = word.split_at(1);
            [first.to_ascii_uppercase(), rest.to_owned()]
        })
        .collect::<String>()
        .into()
}

/// `action-maps/sdk-names.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exceptions {
    same: BTreeMap<SmolStr, SmolStr>,
    shared: BTreeMap<Sdk, BTreeMap<SmolStr, SmolStr>>,
    names: BTreeMap<Sdk, BTreeMap<SmolStr, SmolStr>>,
    also: BTreeMap<Sdk, BTreeMap<SmolStr, Vec<SmolStr>>>,
    operations: BTreeMap<Sdk, BTreeMap<SmolStr, BTreeMap<SmolStr, SmolStr>>>,
}

static EXCEPTIONS: LazyLock<Exceptions> = LazyLock::new(|| {
    let text = embedded::text("sdk-names.toml").expect("the file is one of ours");
    toml::from_str(&text).expect("a test reads it")
});

/// Folded name → service, per SDK.
static FOUND: LazyLock<BTreeMap<Sdk, BTreeMap<String, &'static str>>> =
    LazyLock::new(|| Sdk::ALL.into_iter().map(|sdk| (sdk, spellings(sdk))).collect());

/// What the SDK calls the service; none for a service that the catalog does not know.
pub fn name(sdk: Sdk, service: &str) -> Option<SmolStr> {
    let service = EXCEPTIONS.same.get(service).map_or(service, SmolStr::as_str);
    let shared = EXCEPTIONS.shared.get(&sdk).and_then(|shared| shared.get(service));
    let service = shared.map_or(service, SmolStr::as_str);
    let names = names::names(service)?;
    let exception = EXCEPTIONS.names.get(&sdk).and_then(|names| names.get(service)).cloned();
    let own = exception.unwrap_or_else(|| sdk.rule(service, names));
    Some(format_smolstr!("{}{own}", sdk.before()))
}

/// Other names that lead to the service: of libraries that the SDK brings along, and those of former days.
pub fn also(sdk: Sdk, service: &str) -> &'static [SmolStr] {
    EXCEPTIONS.also.get(&sdk).and_then(|also| also.get(service)).map_or(&[], Vec::as_slice)
}

/// The service that the SDK calls so, with or without what all of its names begin with; letter case and
/// punctuation aside. A client class is the service's too: `S3Client`, `AmazonS3Client`, `IAmazonS3`.
pub fn find(sdk: Sdk, name: &str) -> Option<&'static str> {
    let folded = names::fold(name);
    let found = FOUND.get(&sdk)?;
    let known = |name: &str| found.get(name).copied();
    let class = || {
        let plain = folded.strip_suffix("asyncclient").or_else(|| folded.strip_suffix("client"))?;
        known(plain).or_else(|| known(plain.strip_prefix("amazon")?))
    };
    let interface = || known(folded.strip_prefix("iamazon")?);
    known(&folded).or_else(class).or_else(interface)
}

/// The operation that a method of the SDK's client calls, in the SDK's spelling or the API's.
pub fn operation(sdk: Sdk, service: &'static Service, method: &str) -> Option<&'static Operation> {
    let folded = names::fold(method);
    let irregular = EXCEPTIONS.operations.get(&sdk).and_then(|services| services.get(&service.name));
    let irregular =
        irregular.into_iter().flatten().find(|(name, _)| names::fold(name) == folded).map(|(_, own)| own);
    irregular.and_then(|own| service.operation(own)).or_else(|| service.operation(method))
}

/// Methods that are not called like their operation, with the operation.
pub fn irregular(sdk: Sdk, service: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let methods = EXCEPTIONS.operations.get(&sdk).and_then(|services| services.get(service));
    methods.into_iter().flatten().map(|(method, operation)| (method.as_str(), operation.as_str()))
}

/// Folded spellings that mean the same service in every SDK that has them.
pub(super) fn unanimous() -> BTreeMap<String, &'static str> {
    let mut meanings: BTreeMap<&String, BTreeSet<&'static str>> = BTreeMap::new();
    for (spelling, service) in FOUND.values().flatten() {
        meanings.entry(spelling).or_default().insert(service);
    }
    let sole = meanings.into_iter().filter(|(_, services)| services.len() == 1);
    sole.filter_map(|(spelling, services)| Some((spelling.clone(), services.into_iter().next()?))).collect()
}

/// A service's own name goes before another's former name, and both before the last part of any.
fn spellings(sdk: Sdk) -> BTreeMap<String, &'static str> {
    let services = || catalog::service_names().filter(|service| !borrows(sdk, service));
    let mut spellings = BTreeMap::new();
    for service in services() {
        let Some(name) = name(sdk, service) else { continue };
        spellings.entry(names::fold(&name)).or_insert(service);
    }
    for service in services() {
        for other in also(sdk, service) {
            spellings.entry(names::fold(other)).or_insert(service);
        }
    }
    for service in services() {
        let own = name(sdk, service).into_iter();
        for full in own.chain(also(sdk, service).iter().cloned()) {
            let short = full.strip_prefix(sdk.before()).map_or_else(|| full.clone(), SmolStr::from);
            let last = full.rsplit(['.', '/', ':', '\\']).next().map(SmolStr::from);
            // What a library of the SDK is called says nothing (`transfer`, `manager`), nor does a package in another's
            // (`dynamodb.streams`).
            let last = last.filter(|_| full.starts_with(sdk.before()) && also_is_not(sdk, service, &full));
            let last = last.filter(|_| sdk != Sdk::JavaV2);
            for spelling in [Some(short), last].into_iter().flatten() {
                spellings.entry(names::fold(&spelling)).or_insert(service);
            }
        }
    }
    spellings
}

fn also_is_not(sdk: Sdk, service: &str, name: &str) -> bool {
    !also(sdk, service).iter().any(|other| other == name)
}

fn borrows(sdk: Sdk, service: &str) -> bool {
    EXCEPTIONS.same.contains_key(service)
        || EXCEPTIONS.shared.get(&sdk).is_some_and(|shared| shared.contains_key(service))
}

/// Every SDK's name of the service.
pub fn all(service: &str) -> impl Iterator<Item = (Sdk, SmolStr)> {
    let service = service.to_smolstr();
    Sdk::ALL.into_iter().filter_map(move |sdk| Some((sdk, name(sdk, &service)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_service_and_to_no_other() {
        for sdk in Sdk::ALL {
            let mut seen: BTreeMap<String, &str> = BTreeMap::new();
            for service in catalog::service_names() {
                let own = name(sdk, service).unwrap();
                if borrows(sdk, service) {
                    continue;
                }
                if let Some(other) = seen.insert(names::fold(&own), service) {
                    panic!("{}: {other} and {service} are both {own}", sdk.name());
                }
                assert_eq!(find(sdk, &own), Some(service), "{}: {own}", sdk.name());
                for other in also(sdk, service) {
                    assert_eq!(find(sdk, other), Some(service), "{}: {other}", sdk.name());
                }
            }
            assert_eq!(Sdk::from_name(sdk.name()), Some(sdk));
        }
    }

    #[test]
    fn every_exception_is_about_something_and_is_one() {
        let named = EXCEPTIONS
            .names
            .iter()
            .flat_map(|(sdk, names)| names.iter().map(move |(service, name)| (*sdk, service, name)));
        for (sdk, service, name) in named {
            let names = names::names(service).unwrap_or_else(|| panic!("{}: {service}", sdk.name()));
            let rule = sdk.rule(service, names);
            assert_ne!(rule, *name, "{}: {service} has the name that the rule gives it", sdk.name());
        }
        let also = EXCEPTIONS.also.values().flat_map(BTreeMap::keys);
        let shared = EXCEPTIONS.shared.values().flatten().flat_map(|(one, other)| [one, other]);
        for service in also.chain(shared).chain(EXCEPTIONS.same.iter().flat_map(|(one, other)| [one, other]))
        {
            assert!(catalog::service(service).is_some(), "{service}");
        }
        for (sdk, services) in &EXCEPTIONS.operations {
            for (service, methods) in services {
                let service = catalog::service(service).unwrap();
                for (method, operation) in methods {
                    let known = service.operations().any(|known| known.name == *operation);
                    assert!(known, "{}: {method} calls no {operation}", sdk.name());
                }
            }
        }
    }
}
