//! Whether a role is still the one that was looked at.

use super::state::{attached_changes, inline_changes};
use super::{Attached, Role};

impl Role {
    /// In which way `now` differs from the role as it was read, in words; empty where nothing that decides what
    /// the role may do has changed. Tags and last accesses decide nothing.
    pub fn changes(&self, now: &Self) -> Vec<String> {
        if self.id.is_some() && now.id != self.id {
            return vec!["it was deleted and made again".into()];
        }
        let mut changes = inline_changes(&self.inline, &now.inline);
        changes.extend(attached_changes(self.attached.keys(), now.attached.keys()));
        for (arn, attached) in &self.attached {
            if now.attached.get(arn).is_some_and(|now| rewritten(attached, now)) {
                changes.push(format!("the managed policy `{}` has another version", attached.name));
            }
        }
        if self.trust != now.trust {
            changes.push("its trust policy says something else".into());
        }
        match (&self.boundary, &now.boundary) {
            (None, None) => {}
            (Some(old), Some(new)) if old.arn == new.arn && !rewritten(&old.policy, &new.policy) => {}
            _ => changes.push("its permissions boundary is another".into()),
        }
        changes
    }
}

/// What is known on one side only is no change.
fn rewritten(old: &Attached, new: &Attached) -> bool {
    let differs = |old: Option<&_>, new: Option<&_>| old.zip(new).is_some_and(|(old, new)| old != new);
    let versions = |attached: &Attached| (!attached.versions.is_empty()).then(|| attached.versions.clone());
    differs(old.policy.as_ref(), new.policy.as_ref())
        || old.version.as_ref().zip(new.version.as_ref()).is_some_and(|(old, new)| old != new)
        || versions(old).zip(versions(new)).is_some_and(|(old, new)| old != new)
}
