//! From a role as it is and what is wanted of it to the steps that lead there.
//!
//! What narrows comes first, what is broad goes last, so that at no moment the role lacks what both states allow.
//! Quotas hold after every step, not only at the end: a new inline policy must fit beside the old ones. Where it
//! does not, it takes the place of one that is to go (which IAM does at once), or becomes managed policies. What
//! fits nowhere blocks the plan; nothing is shortened and nothing is widened.
//!
//! Nothing is looked up here. That a policy of a new name does not exist yet is checked when the plan is applied.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use smol_str::{SmolStr, format_smolstr};

use super::{Attached, Owner, PolicyText, Role, Step, name_of};
use crate::model::{Document, Note, Statement};
use crate::policy;

/// IAM keeps so many versions of a managed policy.
const VERSIONS: usize = 5;
/// The name of a policy may be so long.
const NAME: usize = 128;

/// What is wanted of a role. What is not mentioned stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Desired {
    /// Policies that the role is to have for itself, by name: inline where they fit, else managed ones.
    pub policies: BTreeMap<SmolStr, Document>,
    /// What attached customer managed policies are to say, by ARN. Everyone who has the policy is given it.
    pub versions: BTreeMap<SmolStr, Document>,
    /// ARNs of managed policies that are to go.
    pub detach: BTreeSet<SmolStr>,
    /// Names of inline policies that are to go.
    pub delete: BTreeSet<SmolStr>,
    /// Takes no permission away: what does is left for a later run.
    pub stage: bool,
}

/// What an account allows where that can be raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// Managed policies on a role.
    pub attached: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { attached: policy::MANAGED_COUNT }
    }
}

/// Steps in the order in which they are taken.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// The role that the plan is for, as it was then.
    pub role: Role,
    pub steps: Vec<Step>,
    /// What a staged plan leaves for a later run.
    pub later: Vec<Step>,
    #[serde(skip)]
    pub notes: Vec<Note>,
    /// Why the plan must not be applied; empty where it may.
    #[serde(skip)]
    pub blocked: Vec<Note>,
}

pub fn plan(role: &Role, desired: &Desired, quotas: Quotas) -> Plan {
    let mut planner = Planner {
        role,
        stage: desired.stage,
        delete: desired.delete.clone(),
        inline: role.inline.iter().map(|(name, policy)| (name.clone(), policy.size())).collect(),
        slots: quotas.attached.saturating_sub(role.attached.len()),
        plan: Plan { role: role.clone(), steps: vec![], later: vec![], notes: vec![], blocked: vec![] },
    };
    planner.whose();
    for (arn, document) in &desired.versions {
        planner.version(arn, document);
    }
    // What takes an old one's place needs no room beside it, and may make some.
    let (replacing, new): (Vec<_>, Vec<_>) =
        desired.policies.iter().partition(|(name, _)| role.inline.contains_key(*name));
    let mut kept = BTreeSet::new();
    for (name, document) in replacing.into_iter().chain(new) {
        planner.put(name, document, &mut kept);
    }
    planner.remove(desired, &kept);
    planner.plan
}

struct Planner<'a> {
    role: &'a Role,
    stage: bool,
    /// Inline policies that are still to go.
    delete: BTreeSet<SmolStr>,
    /// The sizes of the inline policies after the steps so far.
    inline: BTreeMap<SmolStr, usize>,
    /// How many managed policies can still be attached.
    slots: usize,
    plan: Plan,
}

impl Planner<'_> {
    /// Roles that are not ours to change, and those that someone else writes.
    fn whose(&mut self) {
        let path = self.role.path.as_str();
        if path.starts_with("/aws-service-role/") || path.starts_with("/aws-reserved/") {
            let message = format!(
                "the role `{}` belongs to AWS (`{path}`), and cannot be changed here",
                self.role.name
            );
            self.block(Note::new("role-of-aws", message));
        }
        if let Some(stack) = self.role.tags.get("aws:cloudformation:stack-name") {
            let message = format!(
                "the role `{}` is part of the CloudFormation stack `{stack}`, whose next deployment may undo the change",
                self.role.name
            );
            let help =
                "change the template as well: `scopedown generate --format cloudformation` prints the policy";
            self.plan.notes.push(Note::new("role-of-stack", message).help(help));
        }
    }

    /// A new default version of a customer's policy, with room made for it.
    fn version(&mut self, arn: &SmolStr, document: &Document) {
        let Some(attached) = self.role.attached.get(arn).filter(|attached| attached.owner == Owner::Customer)
        else {
            let message = format!("the role has no managed policy `{arn}` of the customer's own");
            self.block(Note::new("policy-not-attached", message));
            return;
        };
        let steps = self.version_steps(arn, attached, document);
        if !steps.is_empty() && shared(attached) {
            let others = attached.attachments.unwrap_or_default() - 1;
            let message =
                format!("the managed policy `{}` changes for {others} more that have it", attached.name);
            self.plan.notes.push(Note::new("shared-policy", message));
        }
        // In place there is no narrow one beside the broad one.
        let into = if self.stage { &mut self.plan.later } else { &mut self.plan.steps };
        into.extend(steps);
    }

    fn version_steps(&mut self, arn: &SmolStr, attached: &Attached, document: &Document) -> Vec<Step> {
        let policy = PolicyText::new(document.clone());
        if says(attached.policy.as_ref(), document) {
            return Vec::new();
        }
        if policy.size() > policy::MANAGED {
            let message = format!(
                "the new version of `{}` has {} characters, and a managed policy may have {}",
                attached.name,
                policy.size(),
                policy::MANAGED
            );
            self.block(Note::new("policy-over-quota", message).help("let it be several policies"));
            return Vec::new();
        }
        let oldest = attached.versions.iter().find(|id| Some(*id) != attached.version.as_ref());
        let full = attached.versions.len() >= VERSIONS;
        let room =
            oldest.filter(|_| full).map(|id| Step::DeleteVersion { arn: arn.clone(), version: id.clone() });
        room.into_iter().chain([Step::CreateVersion { arn: arn.clone(), policy }]).collect()
    }

    /// Finds a place for a policy; `kept` are the inline and managed policies that then must stay.
    fn put(&mut self, name: &SmolStr, document: &Document, kept: &mut BTreeSet<SmolStr>) {
        match self.said(name, document) {
            Some(places) => kept.extend(places),
            None => self.find_place(name, document, kept),
        }
        if !kept.contains(name) && self.role.inline.contains_key(name) {
            // What it said before is said elsewhere now.
            self.delete.insert(name.clone());
        }
    }

    fn find_place(&mut self, name: &SmolStr, document: &Document, kept: &mut BTreeSet<SmolStr>) {
        let policy = PolicyText::new(document.clone());
        if self.fits_inline(name, policy.size()) {
            if self.stage && self.role.inline.contains_key(name) {
                let message =
                    format!("the inline policy `{name}` is replaced at once, also in a staged change");
                self.plan.notes.push(Note::new("replaced-at-once", message));
            }
            self.put_inline(name.clone(), policy, kept);
            return;
        }
        let replaceable = |old: &&SmolStr| !kept.contains(*old) && self.fits_inline(old, policy.size());
        let place =
            self.delete.iter().filter(|old| self.inline.contains_key(*old)).find(replaceable).cloned();
        if let Some(old) = place.filter(|_| !self.stage) {
            let message =
                format!("there is no room for `{name}` beside `{old}`, which it replaces under its name");
            self.plan.notes.push(Note::new("replaced-in-place", message));
            self.put_inline(old, policy, kept);
        } else {
            self.put_managed(name, document, kept);
        }
    }

    /// The policies that say all of it already: an inline one, or what an earlier plan has made of it.
    fn said(&self, name: &SmolStr, document: &Document) -> Option<Vec<SmolStr>> {
        let own = self.role.inline.get_key_value(name);
        let replaced = self.role.inline.iter().filter(|(other, _)| self.delete.contains(*other));
        if let Some((place, _)) =
            own.into_iter().chain(replaced).find(|(_, policy)| says(Some(policy), document))
        {
            return Some(vec![place.clone()]);
        }
        let earlier = self.earlier(name);
        if earlier.is_empty() {
            return None;
        }
        // A document is cut in the same way however much room there is.
        let parts = policy::plan_beside(document, usize::MAX, 0).managed;
        let wanted: Vec<&Statement> = parts.iter().flat_map(|part| &part.statements).collect();
        let managed: Vec<_> =
            earlier.iter().map(|arn| (*arn, self.role.attached[*arn].policy.as_ref())).collect();
        let with_rest = managed.iter().copied().chain(own.map(|(name, policy)| (name, Some(policy))));
        [managed.clone(), with_rest.collect()].into_iter().find_map(|places| {
            let said = places.iter().filter_map(|(_, policy)| policy.and_then(PolicyText::document));
            let said: Vec<&Statement> = said.flat_map(|document| &document.statements).collect();
            let same = said.len() == wanted.len() && wanted.iter().all(|one| said.contains(one));
            same.then(|| places.iter().map(|(place, _)| (*place).clone()).collect())
        })
    }

    /// The attached policies that a plan has made of the policy `name`, because it did not fit inline.
    fn earlier(&self, name: &str) -> Vec<&SmolStr> {
        let prefix = self.prefix();
        let made = |arn: &SmolStr| {
            let rest =
                prefix.as_ref().and_then(|prefix| arn.strip_prefix(prefix.as_str())?.strip_prefix(name));
            rest.is_some_and(|rest| {
                rest.is_empty()
                    || rest.strip_prefix('-').is_some_and(|number| number.parse::<usize>().is_ok())
            })
        };
        self.role.attached.keys().filter(|arn| made(arn)).collect()
    }

    /// What the ARNs of the account's own policies begin with.
    fn prefix(&self) -> Option<String> {
        Some(format!("arn:{}:iam::{}:policy/", self.role.partition(), self.role.account()?))
    }

    fn fits_inline(&self, name: &str, size: usize) -> bool {
        self.beside(name) + size <= policy::INLINE_TOTAL
    }

    /// How much the inline policies but this one have.
    fn beside(&self, name: &str) -> usize {
        self.inline.iter().filter(|(other, _)| *other != name).map(|(_, size)| size).sum()
    }

    fn put_inline(&mut self, name: SmolStr, policy: PolicyText, kept: &mut BTreeSet<SmolStr>) {
        let replaces = self.inline.insert(name.clone(), policy.size()).is_some();
        self.delete.remove(&name);
        kept.insert(name.clone());
        let same = self.role.inline.get(&name) == Some(&policy);
        if !same {
            self.plan.steps.push(Step::PutInline { name, policy, replaces });
        }
    }

    /// As managed policies of the account: `NAME`, or `NAME-1`, `NAME-2` … where one is not enough.
    fn put_managed(&mut self, name: &SmolStr, document: &Document, kept: &mut BTreeSet<SmolStr>) {
        let Some(prefix) = self.prefix() else {
            let message =
                format!("the policy `{name}` does not fit into the role, and its account is not known");
            self.block(
                Note::new("policy-over-quota", message).help("read the role from AWS, or name it by its ARN"),
            );
            return;
        };
        let reused = self.earlier(name).len();
        let room = policy::INLINE_TOTAL.saturating_sub(self.beside(name));
        let dealt = policy::plan_beside(document, self.slots + reused, room);
        if !dealt.notes.is_empty() {
            let attached = self.role.attached.len();
            self.plan.blocked.extend(dealt.notes);
            let message = format!(
                "the policy `{name}` does not fit: the inline policies have {} of {} characters, and {attached} \
                 managed policies are attached",
                self.inline.values().sum::<usize>(),
                policy::INLINE_TOTAL
            );
            let help =
                "detach or delete what is superseded first, or ask for a higher quota of managed policies";
            self.block(Note::new("policy-over-quota", message).help(help));
            return;
        }
        let count = dealt.managed.len();
        for (index, part) in dealt.managed.into_iter().enumerate() {
            let suffix = if count == 1 { SmolStr::default() } else { format_smolstr!("-{}", index + 1) };
            let stem: String = name.chars().take(NAME - suffix.len()).collect();
            let arn = format_smolstr!("{prefix}{stem}{suffix}");
            kept.insert(arn.clone());
            if let Some(attached) = self.role.attached.get(&arn) {
                let steps = self.version_steps(&arn, attached, &part);
                if !steps.is_empty() && shared(attached) {
                    let message = format!("others have the managed policy `{}` as well", attached.name);
                    self.block(Note::new("shared-policy", message).help("choose another name"));
                }
                self.plan.steps.extend(steps);
                continue;
            }
            self.slots = self.slots.saturating_sub(1);
            self.plan.steps.push(Step::CreatePolicy { arn: arn.clone(), policy: PolicyText::new(part) });
            self.plan.steps.push(Step::Attach { arn });
        }
        if let Some(rest) = dealt.inline {
            self.put_inline(name.clone(), PolicyText::new(rest), kept);
        }
    }

    /// What goes, at the end or in a later run.
    fn remove(&mut self, desired: &Desired, kept: &BTreeSet<SmolStr>) {
        let mut steps = Vec::new();
        for arn in desired.detach.iter().filter(|arn| !kept.contains(*arn)) {
            if self.role.attached.contains_key(arn) {
                steps.push(Step::Detach { arn: arn.clone() });
            } else {
                let message = format!("the managed policy `{}` is not attached", name_of(arn));
                self.plan.notes.push(Note::new("policy-not-attached", message));
            }
        }
        for name in std::mem::take(&mut self.delete).into_iter().filter(|name| !kept.contains(name)) {
            if self.role.inline.contains_key(&name) {
                steps.push(Step::DeleteInline { name });
            } else {
                let message = format!("there is no inline policy `{name}`");
                self.plan.notes.push(Note::new("no-such-policy", message));
            }
        }
        let into = if self.stage { &mut self.plan.later } else { &mut self.plan.steps };
        into.extend(steps);
    }

    fn block(&mut self, note: Note) {
        self.plan.blocked.push(note);
    }
}

fn shared(attached: &Attached) -> bool {
    attached.attachments.is_some_and(|count| count > 1)
}

/// Whether a policy says this already.
fn says(policy: Option<&PolicyText>, document: &Document) -> bool {
    policy.is_some_and(|policy| *policy == PolicyText::new(document.clone()))
}
