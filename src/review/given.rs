//! Whether a role as it is today gives what a function needs, and by which statement.

use super::ground::Ground;
use crate::model::{Actions, Effect, Grant, Place, Resources, Statement, Text};
use crate::policy::{action_covers, action_overlaps, implies};
use crate::project::{RoleToday, Written};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// By the statement at this place.
    Fully(Place),
    /// Only where a condition holds, of which the analysis knows nothing.
    Conditionally(Place),
    /// On some of it.
    Partly(Place, Text),
    /// A `Deny` is in the way.
    Denied(Place),
    Not,
}

pub fn given(role: &RoleToday, ground: Ground<'_>, need: &Grant) -> Given {
    let mut best = Given::Not;
    for (statement, written) in statements(role) {
        let found = by_statement(statement, &written.place, ground, need);
        match (&best, &found) {
            (_, Given::Denied(_)) => return found,
            (Given::Not, _)
            | (Given::Partly(..), Given::Fully(_) | Given::Conditionally(_))
            | (Given::Conditionally(_), Given::Fully(_)) => best = found,
            _ => {}
        }
    }
    best
}

/// Every statement of the role and where it is written.
pub fn statements(role: &RoleToday) -> impl Iterator<Item = (&Statement, &Written)> {
    role.policies.iter().flat_map(|attached| attached.document.statements.iter().zip(&attached.written))
}

fn by_statement(statement: &Statement, place: &Place, ground: Ground<'_>, need: &Grant) -> Given {
    let on_action = match &statement.actions {
        Actions::Only(actions) => actions.iter().any(|own| action_covers(own, &need.action)),
        Actions::Except(actions) => !actions.iter().any(|own| action_overlaps(own, &need.action)),
    };
    if !on_action {
        return Given::Not;
    }
    let needed = &need.resource.symbolic;
    let on_all = match &statement.resources {
        Some(Resources::Only(resources)) => resources.iter().any(|own| ground.gives(own, needed)),
        Some(Resources::Except(resources)) => !resources.iter().any(|own| ground.touch(needed, own)),
        None => true,
    };
    let unconditional = implies(&need.condition, &statement.condition);
    match (statement.effect, on_all) {
        // What is denied in some cases may still be allowed in those that occur.
        (Effect::Deny, true) if unconditional => Given::Denied(place.clone()),
        (Effect::Deny, _) => Given::Not,
        (Effect::Allow, true) if unconditional => Given::Fully(place.clone()),
        (Effect::Allow, true) => Given::Conditionally(place.clone()),
        (Effect::Allow, false) => match &statement.resources {
            Some(Resources::Only(resources)) => resources
                .iter()
                .find(|own| ground.touch(needed, own))
                .map_or(Given::Not, |own| Given::Partly(place.clone(), own.clone())),
            _ => Given::Not,
        },
    }
}
