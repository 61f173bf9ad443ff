//! Service-linked roles: AWS makes a role of its own when something is made for the first time in an account, which
//! takes `iam:CreateServiceLinkedRole` that once. It is told and not granted: it is the account's matter, not a
//! function's. `action-maps/overrides/service-linked-roles.toml` lists the operations.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::catalog::{self, Operation, Service, When, embedded};
use crate::model::{Action, Field, Note};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    role: Vec<Role>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Role {
    service: String,
    name: String,
    operations: Vec<String>,
    /// The requests that make it; absent for all.
    when: Option<When>,
}

static ROLES: LazyLock<BTreeMap<String, Role>> = LazyLock::new(|| {
    let text = embedded::text("overrides/service-linked-roles.toml").expect("the file is one of ours");
    let file: File = toml::from_str(&text).expect("a test reads it");
    let by_operation =
        |role: Role| role.operations.clone().into_iter().map(move |operation| (operation, role.clone()));
    file.role.into_iter().flat_map(by_operation).collect()
});

/// Operations that begin so make something; the list of roles is read for no other, unless the reference says that
/// it makes one.
const MAKING: [&str; 9] =
    ["Accept", "Create", "Enable", "Put", "Register", "Request", "Run", "Start", "Update"];

/// What making such a role takes: by the guides, its policy is attached or put on it in the same step.
pub fn makes(action: &Action) -> bool {
    ["iam:CreateServiceLinkedRole", "iam:AttachRolePolicy", "iam:PutRolePolicy"]
        .into_iter()
        .any(|name| *action == Action::new(name))
}

/// The note on the role that the call makes where the account has none yet.
pub fn note(service: &Service, operation: &Operation, input: &Field) -> Option<Note> {
    let role = role(service, operation)?;
    if role.when.as_ref().is_some_and(|when| when.holds(input) == Some(false)) {
        return None;
    }
    let Role { service: principal, name, .. } = role;
    let called = format!("{}:{}", service.name, operation.name);
    let message = format!(
        "`{called}` makes the role {name} if the account has none yet; that takes iam:CreateServiceLinkedRole, which is not granted"
    );
    let help = format!("make it once: aws iam create-service-linked-role --aws-service-name {principal}");
    Some(Note::new("service-linked-role", message).help(help))
}

/// Whether a note tells of the role that some call of the operation makes.
pub fn is_told(service: &Service, operation: &Operation) -> bool {
    role(service, operation).is_some()
}

fn role(service: &Service, operation: &Operation) -> Option<&'static Role> {
    let infos = operation.actions.iter().filter_map(catalog::action);
    if !MAKING.iter().any(|verb| operation.name.starts_with(verb))
        && !infos.flat_map(|info| &info.dependents).any(makes)
    {
        return None;
    }
    ROLES.get(&format!("{}:{}", service.name, operation.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_that_makes_a_role_exists_and_is_told() {
        for called in ROLES.keys() {
            let (service, operation) = called.split_once(':').unwrap();
            let service = catalog::service(service).unwrap_or_else(|| panic!("{called}"));
            let operation = service.operation(operation).unwrap_or_else(|| panic!("{called}"));
            assert!(is_told(service, operation), "{called}");
            for path in ROLES[called].when.iter().flat_map(When::paths) {
                let field = path.split('.').next().unwrap();
                assert!(operation.fields.iter().any(|known| known == field), "{called} has no `{field}`");
            }
        }
    }
}
