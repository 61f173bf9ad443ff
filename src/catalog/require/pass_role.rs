//! `iam:PassRole`: a request that hands a role to a service needs it on that role, for that service alone. It is
//! not an operation and no catalog lists it reliably, so it is read off the request: a top-level field that is
//! a role, in an operation that makes or starts something. Roles deeper inside a request have rules by hand.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::StrDeserializer;
use smol_str::SmolStr;

use super::derive::folded;
use super::rules::Rule;
use super::template::Template;
use crate::catalog::embedded;
use crate::catalog::{Operation, Service, When};

/// Operations that begin with these hand a role over; the others merely name one.
const VERBS: [&str; 18] = [
    "Create",
    "Update",
    "Put",
    "Start",
    "Run",
    "Register",
    "Submit",
    "Modify",
    "Import",
    "Export",
    "Set",
    "Add",
    "Enable",
    "Restore",
    "Deploy",
    "Associate",
    "Send",
    "Test",
];

/// Services whose role fields name a role to look at or to become, not one to pass.
const NOT_PASSED: [&str; 3] = ["iam", "sts", "rolesanywhere"];

/// `service = "principal"`, by botocore's client name. What is not in it gets no condition.
static PRINCIPALS: LazyLock<BTreeMap<SmolStr, SmolStr>> = LazyLock::new(|| {
    let text = embedded::text("overrides/pass-role.toml").expect("the file is one of ours");
    toml::from_str(&text).expect("a test reads it")
});

/// The rules for the roles that the operation's request can hold.
pub fn rules(service: &Service, operation: &Operation) -> Vec<Rule> {
    if NOT_PASSED.contains(&service.name.as_str())
        || !VERBS.iter().any(|verb| operation.name.starts_with(verb))
    {
        return Vec::new();
    }
    let fields = operation.fields.iter().filter(|field| is_role(field));
    fields
        .map(|field| {
            // A field that is not called an ARN may hold the role's name.
            let form = if folded(field).ends_with("arn") { "arn" } else { "arn-or-id" };
            let on = format!("arn:{{partition}}:iam::{{account}}:role/{{{field}|{form}}}");
            rule(&service.name, &on, Some(present(field)))
        })
        .collect()
}

fn is_role(field: &str) -> bool {
    let name = folded(field);
    ["role", "rolearn", "iamrole", "rolename"].iter().any(|ending| name.ends_with(ending))
        && name != "rolename"
}

/// For a role that the request passes somewhere deeper than its top level.
pub fn any(service: &Service) -> Rule {
    rule(&service.name, "arn:{partition}:iam::{account}:role/*", None)
}

fn rule(service: &str, on: &str, when: Option<When>) -> Rule {
    let template = |text: &str| Template::parse(text, &|_| None).expect("the template is well formed");
    let mut condition = BTreeMap::new();
    if let Some(principal) = PRINCIPALS.get(service) {
        let values = vec![template(principal)];
        condition.insert("StringEquals".into(), BTreeMap::from([("iam:PassedToService".into(), values)]));
    }
    Rule { on: vec![template(on)], when, unsure: false, condition, likely: false, why: None, note: None }
}

fn present(field: &str) -> When {
    let field: StrDeserializer<'_, serde::de::value::Error> = field.into_deserializer();
    When::deserialize(field).expect("a field's name is a condition")
}

#[cfg(test)]
pub fn services() -> impl Iterator<Item = &'static str> {
    PRINCIPALS.keys().map(SmolStr::as_str)
}
