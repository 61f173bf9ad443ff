//! Proves that a role policy says what its grants say. Always on: a policy that fails here is never printed.
//!
//! Both spellings are checked, the plain one as it reads after printing. Nothing may be missing: every grant
//! is put to the document as a request. Nothing may be extra: every action of a statement on every one of its
//! resources must be covered by a grant.

use super::RolePolicy;
use super::spelling::{plain, plain_condition, symbolic_condition};
use crate::model::{Actions, Document, Grant, Resources, Text};
use crate::policy::{Covers, Decision, ParseError, Permission, Request, decide, parse, print};

/// Which of a policy's two documents was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    Plain,
    Symbolic,
}

/// The policy is not the one that was asked for; this is a defect of scopedown, never of its input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelfCheckError {
    #[error("the {spelling:?} policy does not allow `{action}` on `{resource}`, which was asked for")]
    Missing { spelling: Spelling, action: String, resource: String },
    #[error("the {spelling:?} policy allows `{action}` on `{resource}`, which nothing asked for")]
    Extra { spelling: Spelling, action: String, resource: String },
    #[error("statement `{sid}` is not a plain list of actions and resources that are allowed")]
    Form { sid: String },
    #[error("the printed policy cannot be read")]
    Unreadable(#[from] ParseError),
}

/// Checks that the policy allows every grant, and nothing that no grant covers.
pub fn self_check(grants: &[Grant], policy: &RolePolicy) -> Result<(), SelfCheckError> {
    self_check_settled(grants, policy, &Text::clone)
}

/// The same for a policy whose conditions were settled.
pub(super) fn self_check_settled(
    grants: &[Grant],
    policy: &RolePolicy,
    settle: &dyn Fn(&Text) -> Text,
) -> Result<(), SelfCheckError> {
    let asked = |resource: fn(&Grant) -> Text, condition: &dyn Fn(&_) -> _| -> Vec<Permission<Text>> {
        let permission = |grant: &Grant| Permission {
            action: grant.action.clone(),
            resource: resource(grant),
            condition: condition(&grant.condition),
        };
        grants.iter().map(permission).collect()
    };
    let printed = parse(&print(&policy.document()))?;
    let in_plain = |condition: &_| plain_condition(condition, settle);
    check(Spelling::Plain, &asked(|grant| plain(&grant.resource.pattern), &in_plain), &printed)?;
    let symbolic = asked(|grant| grant.resource.symbolic.clone(), &symbolic_condition);
    check(Spelling::Symbolic, &symbolic, &policy.symbolic())
}

fn check(spelling: Spelling, asked: &[Permission<Text>], document: &Document) -> Result<(), SelfCheckError> {
    for Permission { action, resource, condition } in asked {
        if decide(document, Request { action, resource, condition }) != Decision::Allowed {
            let (action, resource) = (action.to_string(), resource.to_string());
            return Err(SelfCheckError::Missing { spelling, action, resource });
        }
    }
    for given in permissions(document)? {
        if !asked.iter().any(|permission| permission.covers(&given)) {
            let (action, resource) = (given.action.to_string(), given.resource.to_string());
            return Err(SelfCheckError::Extra { spelling, action, resource });
        }
    }
    Ok(())
}

/// Every action of every statement on every one of its resources.
fn permissions(document: &Document) -> Result<Vec<Permission<Text>>, SelfCheckError> {
    let mut all = Vec::new();
    for statement in &document.statements {
        let (Actions::Only(actions), Some(Resources::Only(resources))) =
            (&statement.actions, &statement.resources)
        else {
            return Err(SelfCheckError::Form { sid: statement.sid.clone().unwrap_or_default().into() });
        };
        for action in actions {
            all.extend(resources.iter().map(|resource| Permission {
                action: action.clone(),
                resource: resource.clone(),
                condition: statement.condition.clone(),
            }));
        }
    }
    Ok(all)
}
