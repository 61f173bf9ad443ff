//! What a change does to privileges: what each function needs that it did not need before, and what its role gives
//! that it did not give. Needs are compared as the template names them, so that a line that moved, a file with a new
//! name or a value that came by another way change nothing.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use super::applies::applies;
use super::finding::{Finding, Witness};
use super::given::{Given, given};
use super::ground::Ground;
use super::needs::about;
use super::{Member, Risk, example, risk};
use crate::analysis::is_kept;
use crate::model::{
    Action, Actions, Condition, Effect, Grant, Kind as Needed, Level, Origin, Place, Resources, Rule, Text,
};
use crate::policy::{action_covers, covers, implies, print};
use crate::project::{Entry, RoleToday};

/// What became of one function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionChange {
    pub name: SmolStr,
    pub state: State,
    pub changes: Vec<Change>,
    /// The least policy before and after, as JSON; empty where there was no function.
    pub policy_before: String,
    pub policy_after: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Added,
    Removed,
    Changed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub kind: Kind,
    /// The function; of a role that several share, all of them.
    pub functions: Vec<SmolStr>,
    /// One, but for a policy that is taken whole.
    pub actions: Vec<Action>,
    pub resource: String,
    /// Of what is widened or narrowed, the resource before.
    pub before: Option<String>,
    /// Who needs it; nobody where the role alone changed.
    pub origins: Vec<Origin>,
    /// The statement, where the role changed.
    pub statement: Option<Place>,
    pub risks: Vec<Risk>,
    /// Whether the role gives it after the change.
    pub granted: Granted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Added,
    Widened,
    Narrowed,
    Removed,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Widened => "widened",
            Self::Narrowed => "narrowed",
            Self::Removed => "removed",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granted {
    Yes,
    Partly,
    No,
    /// The role is not in the template.
    Unknown,
}

impl Granted {
    pub fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Partly => "partly",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

/// What changed for one function, and the findings that say so. `before` is none for a new function.
pub fn of_function(
    before: Option<Member<'_>>,
    after: Member<'_>,
    ground: Ground<'_>,
) -> (FunctionChange, Vec<Finding>) {
    // What is kept is told with the role.
    let needed = |member: Member<'_>| -> Vec<Grant> {
        member.analysed.grants.iter().filter(|grant| !is_kept(grant)).cloned().collect()
    };
    let old = before.map(needed).unwrap_or_default();
    let new = needed(after);
    let mut changes = Vec::new();
    let mut findings = Vec::new();
    for (kind, need, was) in needs(&old, &new) {
        let granted = match (&after.function.current, kind) {
            (None, _) => Granted::Unknown,
            (Some(role), _) => match given(role, ground, need) {
                Given::Fully(_) | Given::Conditionally(_) => Granted::Yes,
                Given::Partly(..) => Granted::Partly,
                Given::Not | Given::Denied(_) => Granted::No,
            },
        };
        // Whoever pins something knows of it; the change is shown, and not held against them.
        if matches!(kind, Kind::Added | Kind::Widened) && need.kind != Needed::Pinned {
            findings.push(new_privilege(after, ground, need, was, granted));
        }
        changes.push(Change {
            kind,
            functions: vec![after.function.name.clone()],
            actions: vec![need.action.clone()],
            resource: need.resource.symbolic.to_string(),
            before: was.map(|was| was.resource.symbolic.to_string()),
            origins: need.origins.iter().cloned().collect(),
            statement: None,
            risks: risk::of(&need.action, &need.resource.pattern),
            granted,
        });
    }
    let policy = |member: Member<'_>| format!("{:#}\n", print(&member.analysed.policy.document()));
    let change = FunctionChange {
        name: after.function.name.clone(),
        state: if before.is_some() { State::Changed } else { State::Added },
        changes,
        policy_before: before.map_or_else(String::new, policy),
        policy_after: policy(after),
    };
    (change, findings)
}

fn new_privilege(
    member: Member<'_>,
    ground: Ground<'_>,
    need: &Grant,
    was: Option<&Grant>,
    granted: Granted,
) -> Finding {
    let mut finding = about(member, Rule::NewPrivilege, need);
    let on = &finding.resource;
    finding.message = match was {
        Some(was) => format!("`{}` is needed on `{on}`, before on `{}`", need.action, was.resource.symbolic),
        None => format!("`{}` on `{on}` is needed, and was not before", need.action),
    };
    finding.message.push_str(match granted {
        Granted::Yes => "; its role gives it",
        Granted::Partly => "; its role gives it in part",
        Granted::No => "; its role does not give it",
        Granted::Unknown => "",
    });
    if let Some(role) = &member.function.current
        && let Given::Fully(place) | Given::Conditionally(place) | Given::Partly(place, _) =
            given(role, ground, need)
    {
        finding.statement = Some(place).filter(|place| !place.file.is_empty());
    }
    finding.witness =
        Some(Witness { action: need.action.clone(), resource: example(&need.resource.pattern) });
    if need.kind == Needed::Platform {
        // The deployment asks for it, and the platform alone uses it.
        finding.level = Level::Note;
    }
    finding
}

/// The needs that differ: what became of each, and what it was.
fn needs<'a>(old: &'a [Grant], new: &'a [Grant]) -> Vec<(Kind, &'a Grant, Option<&'a Grant>)> {
    let includes = |wider: &Grant, narrower: &Grant| {
        wider.action == narrower.action
            && covers(&wider.resource.symbolic, &narrower.resource.symbolic)
            && implies(&narrower.condition, &wider.condition)
    };
    let same = |a: &Grant, b: &Grant| includes(a, b) && includes(b, a);
    let fresh: Vec<&Grant> = new.iter().filter(|new| !old.iter().any(|old| same(old, new))).collect();
    let gone: Vec<&Grant> = old.iter().filter(|old| !new.iter().any(|new| same(new, old))).collect();
    let mut changes = Vec::new();
    for need in &fresh {
        if let Some(wider) = old.iter().find(|old| includes(old, need)) {
            if gone.iter().any(|one| std::ptr::eq(*one, wider)) {
                changes.push((Kind::Narrowed, *need, Some(wider)));
            }
        } else if let Some(was) = gone.iter().find(|gone| includes(need, gone)) {
            changes.push((Kind::Widened, *need, Some(*was)));
        } else {
            changes.push((Kind::Added, *need, None));
        }
    }
    for need in &gone {
        let lives_on =
            new.iter().any(|new| includes(new, need)) || fresh.iter().any(|new| includes(need, new));
        if !lives_on {
            changes.push((Kind::Removed, *need, None));
        }
    }
    changes.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
    changes.dedup_by(|a, b| a.0 == b.0 && same(a.1, b.1));
    changes
}

/// One permission that a role gives: an action (or pattern) on a resource.
struct Gift<'a> {
    actions: Vec<&'a Action>,
    on: Option<&'a Text>,
    condition: Option<&'a Condition>,
    /// Of a policy that is taken whole.
    name: Option<&'a SmolStr>,
    place: &'a Place,
    kept: bool,
}

impl Gift<'_> {
    fn includes(&self, other: &Self) -> bool {
        match (self.name, other.name, self.on, other.on) {
            (Some(own), Some(others), ..) => own == others && self.actions == other.actions,
            (None, None, Some(own), Some(others)) => {
                let (Some(condition), Some(others_condition)) = (self.condition, other.condition) else {
                    return false;
                };
                action_covers(self.actions[0], other.actions[0])
                    && covers(own, others)
                    && implies(others_condition, condition)
            }
            _ => false,
        }
    }

    fn resource(&self) -> String {
        self.name.map(ToString::to_string).or_else(|| self.on.map(ToString::to_string)).unwrap_or_default()
    }
}

/// Every permission that somebody has written.
fn gifts(role: &RoleToday) -> Vec<Gift<'_>> {
    let mut gifts = Vec::new();
    for attached in &role.policies {
        let statements = attached.document.statements.iter().zip(&attached.written);
        let plain = statements.filter(|(statement, _)| statement.effect == Effect::Allow);
        match &attached.entry {
            Entry::BySam => {}
            Entry::Named(name) => {
                let mut whole: Option<Gift<'_>> = None;
                for (statement, written) in plain {
                    let Actions::Only(actions) = &statement.actions else { continue };
                    let gift = whole.get_or_insert(Gift {
                        actions: Vec::new(),
                        on: None,
                        condition: None,
                        name: Some(name),
                        place: &written.place,
                        kept: written.kept,
                    });
                    gift.actions.extend(actions);
                }
                gifts.extend(whole);
            }
            Entry::Statements => {
                for (statement, written) in plain {
                    let (Actions::Only(actions), Some(Resources::Only(resources))) =
                        (&statement.actions, &statement.resources)
                    else {
                        continue;
                    };
                    for action in actions {
                        gifts.extend(resources.iter().map(|on| Gift {
                            actions: vec![action],
                            on: Some(on),
                            condition: Some(&statement.condition),
                            name: None,
                            place: &written.place,
                            kept: written.kept,
                        }));
                    }
                }
            }
        }
    }
    gifts
}

/// What changed in a role, and the findings that say so. What a function has come to need at the same time, and the
/// role gives just that, is said of the function alone. `functions` are all that have the role.
pub fn of_role(
    before: Option<&RoleToday>,
    after: &RoleToday,
    functions: &[Member<'_>],
    ground: Ground<'_>,
) -> (Vec<Change>, Vec<Finding>) {
    let old = before.map(gifts).unwrap_or_default();
    let new = gifts(after);
    let names: Vec<SmolStr> = functions.iter().map(|member| member.function.name.clone()).collect();
    let (mut changes, mut findings) = (Vec::new(), Vec::new());
    let gives = |gift: &&Gift<'_>| gift.on.is_none_or(|on| applies(gift.actions[0], on, ground));
    for gift in new.iter().filter(gives).filter(|gift| !old.iter().any(|old| old.includes(gift))) {
        let was = old.iter().find(|old| gift.includes(old));
        let kind = if was.is_some() { Kind::Widened } else { Kind::Added };
        let change = role_change(kind, &names, gift, was.map(|was| before_of(was, gift)));
        if !gift.kept && !just_needed(gift, functions, ground) {
            let mut finding =
                Finding::new(Rule::NewPrivilege, &names, change.actions.clone(), change.resource.clone());
            finding.message = match gift.name {
                Some(name) => format!("the role `{}` gets the policy `{name}`", after.role),
                None => format!(
                    "the role `{}` gives `{}` on `{}`, and did not before",
                    after.role, gift.actions[0], change.resource
                ),
            };
            finding.risks.clone_from(&change.risks);
            finding.statement = Some(gift.place.clone());
            findings.push(finding);
        }
        changes.push(change);
    }
    for gift in old.iter().filter(gives).filter(|gift| !new.iter().any(|new| new.includes(gift))) {
        if !new.iter().any(|new| gift.includes(new)) {
            let mut change = role_change(Kind::Removed, &names, gift, None);
            change.granted = Granted::No;
            changes.push(change);
        }
    }
    for deny in lost_denials(before, after) {
        let mut finding = Finding::new(Rule::NewPrivilege, &names, deny.0, deny.1);
        finding.message = format!(
            "a `Deny` of `{}` on `{}` is gone from the role `{}`",
            finding.action(),
            finding.resource,
            after.role
        );
        finding.statement = functions.first().map(|member| member.function.place.clone());
        findings.push(finding);
    }
    (changes, findings)
}

fn role_change(kind: Kind, functions: &[SmolStr], gift: &Gift<'_>, before: Option<String>) -> Change {
    let any = Text::any();
    let risks: BTreeSet<Risk> =
        gift.actions.iter().flat_map(|action| risk::of(action, gift.on.unwrap_or(&any))).collect();
    Change {
        kind,
        functions: functions.to_vec(),
        actions: gift.actions.iter().map(|action| (*action).clone()).collect(),
        resource: gift.resource(),
        before,
        origins: Vec::new(),
        statement: Some(gift.place.clone()),
        risks: risks.into_iter().collect(),
        granted: Granted::Yes,
    }
}

/// What a wider permission was; without the action where that is the same.
fn before_of(was: &Gift<'_>, now: &Gift<'_>) -> String {
    if was.actions == now.actions {
        return was.resource();
    }
    let actions: Vec<&str> = was.actions.iter().map(|action| action.as_str()).collect();
    format!("{} on {}", actions.join(", "), was.resource())
}

/// Whether a function needs just what is given.
fn just_needed(gift: &Gift<'_>, functions: &[Member<'_>], ground: Ground<'_>) -> bool {
    let Some(on) = gift.on else { return false };
    functions
        .iter()
        .flat_map(|member| &member.analysed.grants)
        .any(|need| need.action == *gift.actions[0] && ground.uses_all(&need.resource.symbolic, on))
}

/// The statements that denied something and are there no more.
fn lost_denials(before: Option<&RoleToday>, after: &RoleToday) -> Vec<(Vec<Action>, String)> {
    let denials = |role: &RoleToday| -> Vec<_> {
        let statements = role.documents().flat_map(|document| document.statements.clone());
        statements.filter(|statement| statement.effect == Effect::Deny).collect()
    };
    let still = denials(after);
    let lost = before.map(denials).unwrap_or_default().into_iter().filter(|deny| {
        !still.iter().any(|kept| {
            kept.actions == deny.actions
                && kept.resources == deny.resources
                && kept.condition == deny.condition
        })
    });
    lost.map(|deny| {
        let (Actions::Only(actions) | Actions::Except(actions)) = deny.actions;
        let resources = match deny.resources {
            Some(Resources::Only(texts) | Resources::Except(texts)) => texts,
            None => Vec::new(),
        };
        (actions, resources.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
    })
    .collect()
}
