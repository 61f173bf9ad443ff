//! `iam:PassRole`: a request that hands a role to a service needs it on that role, for that service alone. It is
//! not an operation and no reference lists it reliably, so `action-maps/overrides/pass-role/` says for every client
//! which fields of which requests are roles, to whom they go, and why some are not handed over.

use std::collections::BTreeMap;

use serde::Deserialize;
use smol_str::SmolStr;

use super::derive::folded;
use super::rules::Rule;
use super::template::Template;
use crate::catalog::embedded::{self, Folder};
use crate::catalog::{Operation, Service, When};

/// Paths of fields, and the operations whose requests have a role there.
type Fields = BTreeMap<SmolStr, Vec<SmolStr>>;

/// `pass-role/<client>.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct Roles {
    /// The service that gets the roles: the value of `iam:PassedToService`. None gives no condition.
    to: Services,
    /// In every such request.
    required: Fields,
    optional: Fields,
    /// Fields that go to another service than the client's others.
    passed_to: BTreeMap<SmolStr, Services>,
    /// The same, in one operation.
    passed_to_in: BTreeMap<SmolStr, BTreeMap<SmolStr, Services>>,
    /// By the reason, `Operation.Field`: a field that is called a role and is not handed over.
    not_passed: BTreeMap<String, Vec<SmolStr>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Services {
    One(SmolStr),
    Several(Vec<SmolStr>),
}

impl Default for Services {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl Services {
    fn names(&self) -> &[SmolStr] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }
}

static ROLES: Folder<Roles> = Folder::new(
    || embedded::slots("overrides/pass-role/"),
    |client| {
        let text =
            embedded::text(&format!("overrides/pass-role/{client}.toml")).expect("it is in the folder");
        toml::from_str(&text).unwrap_or_else(|error| panic!("pass-role/{client}.toml: {error}"))
    },
);

/// The rules for the roles that the operation's request can hold.
pub fn rules(service: &Service, operation: &Operation) -> Vec<Rule> {
    let Some(roles) = ROLES.get(&service.name) else { return Vec::new() };
    let of = |fields: &'static Fields| {
        fields.iter().filter(|(_, operations)| operations.contains(&operation.name)).map(|(path, _)| path)
    };
    let required = of(&roles.required).map(|path| (path, None));
    let optional = of(&roles.optional).map(|path| (path, Some(When::present(path.clone()))));
    required.chain(optional).map(|(path, when)| rule(path, roles.services(operation, path), when)).collect()
}

impl Roles {
    fn services(&self, operation: &Operation, path: &str) -> &[SmolStr] {
        let own = self.passed_to_in.get(&operation.name).and_then(|fields| fields.get(path));
        own.or_else(|| self.passed_to.get(path)).unwrap_or(&self.to).names()
    }
}

/// Why a role in the operation's request is not handed over.
pub fn not_passed(service: &Service, operation: &Operation) -> Option<SmolStr> {
    let about = |of: &SmolStr| of.split_once('.').is_some_and(|(name, _)| operation.name == name);
    let mut reasons = ROLES.get(&service.name)?.not_passed.iter();
    reasons.find(|(_, fields)| fields.iter().any(about)).map(|(why, _)| why.into())
}

/// For a role that the request passes and no field names.
pub fn any(service: &Service) -> Rule {
    let to = ROLES.get(&service.name).map_or(&[][..], |roles| roles.to.names());
    on("arn:{partition}:iam::{account}:role/*", to, None)
}

fn rule(path: &str, to: &[SmolStr], when: Option<When>) -> Rule {
    let last = folded(path.rsplit('.').next().unwrap_or(path));
    // A field that is not called an ARN may hold the role's name.
    let form = if last.ends_with("arn") || last.ends_with("arns") { "arn" } else { "arn-or-id" };
    on(&format!("arn:{{partition}}:iam::{{account}}:role/{{{path}|{form}}}"), to, when)
}

fn on(role: &str, to: &[SmolStr], when: Option<When>) -> Rule {
    let template = |text: &str| Template::parse(text, &|_| None).expect("the template is well formed");
    let mut condition = BTreeMap::new();
    if !to.is_empty() {
        let values = to.iter().map(|service| template(service)).collect();
        condition.insert("StringEquals".into(), BTreeMap::from([("iam:PassedToService".into(), values)]));
    }
    let (why, note, option) = (None, None, None);
    Rule { on: vec![template(role)], when, unsure: false, condition, likely: false, why, note, option }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::catalog;

    /// What a top-level field is called that holds a role or its ARN.
    fn is_role(field: &str) -> bool {
        let name = folded(field);
        name != "rolename"
            && ["role", "rolearn", "rolearns", "roles"].iter().any(|ending| name.ends_with(ending))
    }

    #[test]
    fn every_role_of_every_request_is_passed_or_said_why_not() {
        let mut wrong = Vec::new();
        for name in catalog::service_names() {
            let service = catalog::service(name).unwrap();
            let roles = ROLES.get(name);
            for operation in service.operations() {
                for field in operation.fields.iter().filter(|field| is_role(field)) {
                    let listed = |fields: &Fields| {
                        fields.iter().any(|(path, operations)| {
                            path.split(['.', '[']).next() == Some(field)
                                && operations.contains(&operation.name)
                        })
                    };
                    let of = format!("{}.{field}", operation.name);
                    let known = roles.is_some_and(|roles| {
                        listed(&roles.required)
                            || listed(&roles.optional)
                            || roles.not_passed.values().flatten().any(|other| *other == of)
                    });
                    if !known {
                        wrong.push(format!("{name}: {of} is neither passed nor said not to be"));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn every_listed_field_is_of_an_operation_that_exists() {
        let mut wrong = Vec::new();
        for name in embedded::all("overrides/pass-role/") {
            let Some(service) = catalog::service(name) else {
                wrong.push(format!("{name}.toml is named after no service"));
                continue;
            };
            let roles = ROLES.get(name).unwrap();
            let not_passed = roles.not_passed.values().flatten().map(|of| of.split_once('.').unwrap());
            let listed = roles.required.iter().chain(&roles.optional).flat_map(|(path, operations)| {
                operations.iter().map(|operation| (operation.as_str(), path.as_str()))
            });
            let mut seen = BTreeSet::new();
            for (operation, path) in listed.chain(not_passed) {
                let first = path.split(['.', '[']).next().unwrap();
                let known = service.operations().find(|known| known.name == operation);
                if !known.is_some_and(|known| known.fields.iter().any(|field| field == first)) {
                    wrong.push(format!("{name}: {operation} has no field `{path}`"));
                }
                if !seen.insert((operation, path)) {
                    wrong.push(format!("{name}: {operation} has `{path}` twice"));
                }
            }
            for path in roles.passed_to.keys() {
                if !roles.required.contains_key(path) && !roles.optional.contains_key(path) {
                    wrong.push(format!("{name}: `{path}` is passed to somebody by nobody"));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
