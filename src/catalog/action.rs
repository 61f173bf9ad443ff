//! IAM actions and resource types, as the Service Authorization Reference lists them per prefix.

use std::collections::BTreeMap;

use serde::Deserialize;
use smol_str::{SmolStr, format_smolstr};

use super::embedded;
use crate::model::Action;

#[derive(Debug)]
pub struct ActionInfo {
    pub action: Action,
    pub access: Access,
    /// What it can be scoped to, in the reference's order; alternatives, not all needed. Empty: only `*`.
    pub resource_types: Vec<SmolStr>,
    pub condition_keys: Vec<SmolStr>,
    /// What the reference names beside it, to be allowed as well by calls of which it does not say.
    pub dependents: Vec<Action>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum Access {
    List,
    Read,
    Write,
    Tagging,
    #[serde(rename = "Permissions management")]
    Permissions,
}

impl Access {
    pub fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Read => "read",
            Self::Write => "write",
            Self::Tagging => "tagging",
            Self::Permissions => "permissions",
        }
    }
}

#[derive(Debug)]
pub struct ResourceType {
    pub name: SmolStr,
    /// `arn:${Partition}:s3:::${BucketName}/${ObjectName}`. A few types have two forms.
    pub arns: Vec<SmolStr>,
}

struct Prefix {
    actions: BTreeMap<Action, ActionInfo>,
    resource_types: BTreeMap<SmolStr, ResourceType>,
    page: Option<SmolStr>,
}

static PREFIXES: embedded::Folder<Prefix> =
    embedded::Folder::new(|| embedded::slots("services/iam/"), Prefix::read);

/// Every IAM prefix, in order.
pub fn prefixes() -> impl Iterator<Item = &'static str> {
    PREFIXES.names()
}

pub fn action(action: &Action) -> Option<&'static ActionInfo> {
    prefix(action.service())?.actions.get(action)
}

/// The actions of a prefix, in order; none for an unknown prefix.
pub fn actions(of: &str) -> impl Iterator<Item = &'static ActionInfo> {
    prefix(of).into_iter().flat_map(|prefix| prefix.actions.values())
}

pub fn resource_type(of: &str, name: &str) -> Option<&'static ResourceType> {
    prefix(of)?.resource_types.get(name)
}

/// The resource types of a prefix, in order; none for an unknown prefix.
pub fn resource_types(of: &str) -> impl Iterator<Item = &'static ResourceType> {
    prefix(of).into_iter().flat_map(|prefix| prefix.resource_types.values())
}

/// The file of the reference's page on a prefix that has dependent actions and is no other service's as well.
pub fn reference_page(of: &str) -> Option<&'static str> {
    prefix(of)?.page.as_deref()
}

fn prefix(name: &str) -> Option<&'static Prefix> {
    PREFIXES.get(name).or_else(|| PREFIXES.get(&name.to_ascii_lowercase()))
}

/// `services/iam/<prefix>.json`.
#[derive(Deserialize)]
struct Model {
    actions: BTreeMap<SmolStr, ModelAction>,
    resources: BTreeMap<SmolStr, Vec<SmolStr>>,
    page: Option<SmolStr>,
}

#[derive(Deserialize)]
struct ModelAction {
    access: Access,
    #[serde(default)]
    resources: Vec<SmolStr>,
    #[serde(default)]
    keys: Vec<SmolStr>,
    #[serde(default)]
    needs: Vec<Action>,
}

impl Prefix {
    fn read(name: &'static str) -> Self {
        let text = embedded::text(&format!("services/iam/{name}.json")).expect("slots are named after files");
        let model: Model = serde_json::from_str(&text).expect("xtask writes what is read here");
        let actions = model.actions.into_iter().map(|(own, info)| {
            let action = Action::new(format_smolstr!("{name}:{own}"));
            let info = ActionInfo {
                action: action.clone(),
                access: info.access,
                resource_types: info.resources,
                condition_keys: info.keys,
                dependents: info.needs,
            };
            (action, info)
        });
        let resource_types =
            model.resources.into_iter().map(|(name, arns)| (name.clone(), ResourceType { name, arns }));
        Self { actions: actions.collect(), resource_types: resource_types.collect(), page: model.page }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_lead_to_the_arns_they_are_scoped_to() {
        let found = action(&Action::new("S3:getobject")).unwrap();
        assert_eq!(found.action.as_str(), "s3:GetObject");
        assert_eq!(found.access, Access::Read);
        assert!(found.resource_types.iter().any(|name| name == "object"));
        let object = resource_type("s3", "object").unwrap();
        assert_eq!(object.arns, ["arn:${Partition}:s3:::${BucketName}/${ObjectName}"]);
        assert_eq!(resource_type("lex", "bot").unwrap().arns.len(), 2);
        assert!(action(&Action::new("s3:Nothing")).is_none());
        let create = action(&Action::new("rds:CreateDBProxy")).unwrap();
        assert!(create.dependents.contains(&Action::new("iam:PassRole")));
        assert_eq!(reference_page("rds"), Some("list_amazonrds.html"));
        assert_eq!(reference_page("ses"), None);
        assert_eq!(actions("nowhere").count(), 0);
    }

    #[test]
    fn every_resource_type_of_every_action_is_known() {
        for prefix in embedded::all("services/iam/") {
            for info in actions(prefix) {
                for name in &info.resource_types {
                    assert!(resource_type(prefix, name).is_some(), "{} on {name}", info.action);
                }
            }
        }
    }
}
