//! The fewest statements that say what a set of permissions says, and not a permission more.
//!
//! Permissions that another one covers go first. Then, under each condition, either every resource gets one
//! statement with all its actions, or every action gets one with all its resources, whichever is fewer (by
//! resource where they tie: it reads better). Both are exact: actions and resources stand in one statement
//! only when each of these actions was asked for on each of these resources. No wildcard is ever introduced,
//! and actions on `*` end up in a statement of their own, because `*` covers whatever could stand beside it.
//!
//! The order is by condition, then by resources, then by actions, whatever the order of the input.

use std::collections::{BTreeMap, BTreeSet};

use super::condition::implies;
use super::pattern::{Covers, action_covers};
use crate::model::{Action, Condition};

/// One action on one resource under one condition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permission<R> {
    pub action: Action,
    pub resource: R,
    pub condition: Condition,
}

impl<R: Covers> Covers for Permission<R> {
    fn covers(&self, other: &Self) -> bool {
        action_covers(&self.action, &other.action)
            && self.resource.covers(&other.resource)
            && implies(&other.condition, &self.condition)
    }
}

/// Every action on every resource, under one condition. Both lists are sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group<R> {
    pub actions: Vec<Action>,
    pub resources: Vec<R>,
    pub condition: Condition,
}

pub fn minimise<R: Covers + Ord + Clone>(
    permissions: impl IntoIterator<Item = Permission<R>>,
) -> Vec<Group<R>> {
    let mut under: BTreeMap<Condition, Vec<(Action, R)>> = BTreeMap::new();
    for permission in uncovered(permissions.into_iter().collect()) {
        under.entry(permission.condition).or_default().push((permission.action, permission.resource));
    }
    let mut groups = Vec::new();
    for (condition, pairs) in under {
        let by_resource = joined(pairs.iter().map(|(action, resource)| (resource.clone(), action.clone())));
        let by_action = joined(pairs);
        let mut sides: Vec<(Vec<R>, Vec<Action>)> = if by_action.len() < by_resource.len() {
            by_action.into_iter().map(|(actions, resources)| (resources, actions)).collect()
        } else {
            by_resource
        };
        sides.sort();
        let condition = &condition;
        groups.extend(sides.into_iter().map(|(resources, actions)| Group {
            actions,
            resources,
            condition: condition.clone(),
        }));
    }
    groups
}

/// Without the permissions that another covers. Of two that cover each other the first in order stays, and of
/// two spellings of one action the first in the order of bytes.
fn uncovered<R: Covers + Ord>(mut all: Vec<Permission<R>>) -> Vec<Permission<R>> {
    all.sort_by(|a, b| a.cmp(b).then_with(|| a.action.as_str().cmp(b.action.as_str())));
    all.dedup();
    let covered = |(index, permission): (usize, &Permission<R>)| {
        all.iter().enumerate().any(|(other, wider)| {
            other != index && wider.covers(permission) && (other < index || !permission.covers(wider))
        })
    };
    let covered: Vec<bool> = all.iter().enumerate().map(covered).collect();
    all.into_iter().zip(covered).filter(|(_, covered)| !covered).map(|(permission, _)| permission).collect()
}

/// Groups the right sides by their left side, then the left sides that have the same right sides.
fn joined<L: Ord, R: Ord>(pairs: impl IntoIterator<Item = (L, R)>) -> Vec<(Vec<L>, Vec<R>)> {
    let mut of: BTreeMap<L, BTreeSet<R>> = BTreeMap::new();
    for (left, right) in pairs {
        of.entry(left).or_default().insert(right);
    }
    let mut same: BTreeMap<BTreeSet<R>, Vec<L>> = BTreeMap::new();
    for (left, rights) in of {
        same.entry(rights).or_default().push(left);
    }
    same.into_iter().map(|(rights, lefts)| (lefts, rights.into_iter().collect())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Text;

    fn groups(permissions: &[(&str, &str)]) -> Vec<String> {
        let permissions = permissions.iter().map(|(action, resource)| Permission {
            action: Action::new(*action),
            resource: Text::parse_pattern(resource),
            condition: Condition::new(),
        });
        let show = |group: Group<Text>| {
            let actions: Vec<_> = group.actions.iter().map(Action::as_str).collect();
            let resources: Vec<_> = group.resources.iter().map(Text::to_pattern).collect();
            format!("{} on {}", actions.join(" "), resources.join(" "))
        };
        minimise(permissions).into_iter().map(show).collect()
    }

    #[test]
    fn equal_actions_share_a_statement_and_others_do_not() {
        assert_eq!(
            groups(&[
                ("s3:GetObject", "b/*"),
                ("s3:PutObject", "b/*"),
                ("s3:GetObject", "a/*"),
                ("s3:PutObject", "a/*")
            ]),
            ["s3:GetObject s3:PutObject on a/* b/*"]
        );
        assert_eq!(
            groups(&[
                ("s3:GetObject", "a/*"),
                ("s3:PutObject", "b/*"),
                ("s3:PutObject", "c/*"),
                ("s3:GetObject", "d/*")
            ]),
            ["s3:GetObject on a/* d/*", "s3:PutObject on b/* c/*"]
        );
    }

    #[test]
    fn actions_group_where_that_is_fewer() {
        // By resource it would be three statements.
        assert_eq!(
            groups(&[("a:One", "x"), ("a:One", "y"), ("a:Two", "y"), ("a:Two", "z")]),
            ["a:One on x y", "a:Two on y z"]
        );
    }

    #[test]
    fn what_is_covered_is_left_out() {
        assert_eq!(
            groups(&[
                ("s3:GetObject", "b/k"),
                ("s3:GetObject", "b/*"),
                ("s3:PutObject", "b/k"),
                ("s3:getobject", "b/*")
            ]),
            ["s3:GetObject on b/*", "s3:PutObject on b/k"]
        );
        assert_eq!(groups(&[("s3:GetObject", "b/*?"), ("s3:GetObject", "b/?*")]).len(), 1);
        assert_eq!(groups(&[("s3:Get*", "b/*"), ("s3:GetObject", "b/k")]), ["s3:Get* on b/*"]);
        assert_eq!(
            groups(&[("a:List", "*"), ("a:Get", "x"), ("a:List", "x"), ("a:Describe", "*")]),
            ["a:Get on x", "a:Describe a:List on *"]
        );
    }
}
