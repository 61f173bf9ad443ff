//! The part of an account that a plan changes: the role's inline policies, what is attached to it, and the
//! managed policies that the plan makes or gives a version. What each step does to it is known beforehand, so
//! from the state before and the steps it can be told how far a run has come, also one that was cut off.
//!
//! States are compared by what documents say. Version ids are IAM's own choice and are not compared.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use super::account::{Account, ManagedPolicy, Version};
use super::{PolicyText, Role, Step, name_of};
use crate::aws::LiveError;

#[derive(Clone, Debug)]
pub struct State {
    inline: BTreeMap<SmolStr, PolicyText>,
    attached: BTreeSet<SmolStr>,
    /// By ARN; none for a policy that does not exist.
    policies: BTreeMap<SmolStr, Option<ManagedPolicy>>,
}

impl State {
    pub fn new(role: &Role, policies: &BTreeMap<SmolStr, Option<ManagedPolicy>>) -> Self {
        Self {
            inline: role.inline.clone(),
            attached: role.attached.keys().cloned().collect(),
            policies: policies.clone(),
        }
    }

    /// The state as it is now. `policies` are those that the steps change.
    pub fn read<'a>(
        role: &Role,
        policies: impl IntoIterator<Item = &'a SmolStr>,
        account: &mut dyn Account,
    ) -> Result<Self, LiveError> {
        let mut read = BTreeMap::new();
        for arn in policies {
            read.insert(arn.clone(), account.policy(arn)?);
        }
        Ok(Self::new(role, &read))
    }

    /// The states before the first step, between each two, and after the last.
    pub fn along(&self, steps: &[Step]) -> Vec<Self> {
        let mut states = vec![self.clone()];
        for step in steps {
            let mut next = states.last().unwrap_or(self).clone();
            next.go(step);
            states.push(next);
        }
        states
    }

    fn go(&mut self, step: &Step) {
        match step {
            Step::PutInline { name, policy, .. } => {
                self.inline.insert(name.clone(), policy.clone());
            }
            Step::DeleteInline { name } => {
                self.inline.remove(name);
            }
            Step::Attach { arn } => {
                self.attached.insert(arn.clone());
            }
            Step::Detach { arn } => {
                self.attached.remove(arn);
            }
            Step::CreatePolicy { arn, policy } => {
                let version = Version { id: "v1".into(), default: true, policy: policy.clone() };
                self.policies.insert(arn.clone(), Some(ManagedPolicy { versions: vec![version] }));
            }
            Step::DeleteVersion { arn, version } => {
                if let Some(Some(managed)) = self.policies.get_mut(arn) {
                    managed.versions.retain(|one| one.id != *version);
                }
            }
            Step::CreateVersion { arn, policy } => {
                if let Some(Some(managed)) = self.policies.get_mut(arn) {
                    managed.versions.iter_mut().for_each(|one| one.default = false);
                    let version = Version { id: SmolStr::default(), default: true, policy: policy.clone() };
                    managed.versions.push(version);
                }
            }
        }
    }

    /// What there is in `now` that is not here, and the other way round; empty where they are the same.
    pub fn changes(&self, now: &Self) -> Vec<String> {
        let mut changes = inline_changes(&self.inline, &now.inline);
        changes.extend(attached_changes(self.attached.iter(), now.attached.iter()));
        for (arn, managed) in &self.policies {
            let name = name_of(arn);
            match (managed, now.policies.get(arn).and_then(Option::as_ref)) {
                (Some(_), None) => changes.push(format!("the managed policy `{name}` is gone")),
                (None, Some(_)) => changes.push(format!("there is a managed policy `{name}`")),
                (Some(old), Some(new)) if !same_default(old, new) => {
                    changes.push(format!("the managed policy `{name}` says something else"));
                }
                (Some(old), Some(new)) if !same_versions(old, new) => {
                    changes.push(format!("the managed policy `{name}` has other versions"));
                }
                _ => {}
            }
        }
        changes
    }
}

/// What was added, removed or rewritten among inline policies.
pub fn inline_changes(
    old: &BTreeMap<SmolStr, PolicyText>,
    new: &BTreeMap<SmolStr, PolicyText>,
) -> Vec<String> {
    let removed = old.keys().filter(|name| !new.contains_key(*name));
    let mut changes: Vec<_> = removed.map(|name| format!("the inline policy `{name}` is gone")).collect();
    changes.extend(new.iter().filter_map(|(name, policy)| match old.get(name) {
        None => Some(format!("there is an inline policy `{name}`")),
        Some(old) if old != policy => Some(format!("the inline policy `{name}` says something else")),
        Some(_) => None,
    }));
    changes
}

/// What was attached or detached.
pub fn attached_changes<'a>(
    old: impl IntoIterator<Item = &'a SmolStr>,
    new: impl IntoIterator<Item = &'a SmolStr>,
) -> Vec<String> {
    let (old, new): (BTreeSet<_>, BTreeSet<_>) = (old.into_iter().collect(), new.into_iter().collect());
    let removed =
        old.difference(&new).map(|arn| format!("the managed policy `{}` is detached", name_of(arn)));
    let added = new.difference(&old).map(|arn| format!("the managed policy `{}` is attached", name_of(arn)));
    removed.chain(added).collect()
}

fn same_default(one: &ManagedPolicy, other: &ManagedPolicy) -> bool {
    let policy = |managed: &ManagedPolicy| managed.default_version().map(|version| version.policy.clone());
    policy(one) == policy(other)
}

/// Whether each says everything that the other says, in whatever order and however often.
fn same_versions(one: &ManagedPolicy, other: &ManagedPolicy) -> bool {
    let within = |one: &ManagedPolicy, other: &ManagedPolicy| {
        let has = |version: &Version| other.versions.iter().any(|own| own.policy == version.policy);
        one.versions.iter().all(has)
    };
    within(one, other) && within(other, one)
}
