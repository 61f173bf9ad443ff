//! Dependent actions: what AWS's authorization reference names beside an action. It does not say when a call needs
//! them; many are for a feature that the call does not use, or for a role of AWS's own. So none is granted because
//! it stands there: the catalog knows when it is needed, or says why it is not, and what remains is told in one note
//! per call, for a person to decide.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::{RULES, pass_role, service_linked};
use crate::catalog::{self, Operation, Service, Status, names};
use crate::model::{Action, Note};

/// What the catalog makes of a dependent action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dependent {
    /// The catalog says when a call needs it, or a note of its own tells of it (service-linked roles).
    Known,
    /// The caller does not need it, for this reason.
    Unneeded(SmolStr),
    /// No more is known than that the reference names it.
    Told,
}

impl Dependent {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Unneeded(_) => "unneeded",
            Self::Told => "told",
        }
    }
}

/// What the reference names beside the actions that every call of the operation needs.
pub fn dependents(service: &Service, operation: &Operation) -> BTreeMap<&'static Action, Dependent> {
    if operation.status != Status::Mapped {
        return BTreeMap::new();
    }
    let named = operation.actions.iter().filter_map(catalog::action).flat_map(|info| &info.dependents);
    named.map(|action| (action, made_of(service, operation, action))).collect()
}

fn made_of(service: &Service, operation: &Operation, action: &Action) -> Dependent {
    if is_known(service, operation, action) {
        return Dependent::Known;
    }
    let why = operation.unneeded.get(action).or_else(|| names::unneeded(&service.name, action)).cloned();
    let why = why.or_else(|| pass_role::not_passed(service, operation).filter(|_| is_pass_role(action)));
    why.map_or(Dependent::Told, Dependent::Unneeded)
}

fn is_known(service: &Service, operation: &Operation, action: &Action) -> bool {
    let conditional = operation.conditional.iter().map(|conditional| &conditional.action);
    let rules = RULES.get(&service.name);
    let own = rules.and_then(|rules| rules.operation(&operation.name));
    operation.actions.iter().chain(conditional).any(|known| known == action)
        || own.is_some_and(|own| own.actions.contains_key(action))
        || rules.is_some_and(|rules| rules.always().any(|(known, _)| known == action))
        || is_pass_role(action) && !pass_role::rules(service, operation).is_empty()
        || service_linked::makes(action) && service_linked::is_told(service, operation)
}

fn is_pass_role(action: &Action) -> bool {
    *action == Action::new("iam:PassRole")
}

/// How many actions a note names.
const NAMED: usize = 12;

/// The note on those of which no more is known.
pub fn note(service: &Service, operation: &Operation) -> Option<Note> {
    let dependents = dependents(service, operation);
    let told: Vec<&str> = dependents
        .iter()
        .filter(|(_, made)| **made == Dependent::Told)
        .map(|(action, _)| action.as_str())
        .collect();
    if told.is_empty() {
        return None;
    }
    let called = format!("{}:{}", service.name, operation.name);
    let more = match told.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more (`scopedown catalog {called}` lists them)"),
    };
    let message = format!(
        "`{called}`: AWS's authorization reference also names {}{more}; a call is granted only what it is known to need",
        told[..told.len().min(NAMED)].join(", ")
    );
    let page = operation.actions.iter().find_map(|action| catalog::reference_page(action.service()));
    let help = format!("pin those that your use of it needs: {}", address(page));
    Some(Note::new("dependent-action", message).help(help))
}

/// The page of the reference, or the list of all its pages where services share a prefix.
fn address(page: Option<&str>) -> String {
    let page = page.unwrap_or("reference_policies_actions-resources-contextkeys.html");
    format!("https://docs.aws.amazon.com/service-authorization/latest/reference/{page}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(service: &str, operation: &str, action: &str) -> Option<Dependent> {
        let service = catalog::service(service).unwrap();
        let operation = service.operation(operation).unwrap();
        dependents(service, operation).remove(&Action::new(action))
    }

    #[test]
    fn a_dependent_is_known_by_rules_roles_and_service_linked_roles() {
        assert_eq!(made("rds", "CreateDBProxy", "iam:PassRole"), Some(Dependent::Known));
        assert_eq!(made("rds", "CreateDBProxy", "rds:AddTagsToResource"), Some(Dependent::Known));
        assert_eq!(made("dynamodb", "CreateGlobalTable", "iam:CreateServiceLinkedRole"), None);
        let removed = made("rds", "RemoveRoleFromDBCluster", "iam:PassRole");
        assert!(matches!(removed, Some(Dependent::Unneeded(_))), "{removed:?}");
    }

    /// What is said of a whole service is so of one of its operations at least.
    #[test]
    fn every_service_wide_reason_is_about_what_the_reference_names() {
        let mut idle = Vec::new();
        for (name, action) in names::all_unneeded() {
            let service = catalog::service(name).unwrap();
            let applies = |operation: &Operation| {
                !operation.unneeded.contains_key(action)
                    && matches!(dependents(service, operation).get(action), Some(Dependent::Unneeded(_)))
            };
            if !service.operations().any(applies) {
                idle.push(format!("{name}: {action}"));
            }
        }
        assert!(idle.is_empty(), "{idle:#?}");
    }
}
