//! What code, deployment and trail say together of each permission: one of four verdicts, per function, action and
//! resource.
//!
//! | verdict | wanted by code or deployment | in the trail | and so |
//! |---|---|---|---|
//! | confirmed | yes | yes | granted, on what code, template and trail agree on |
//! | unobserved | yes | no | granted; said whether CloudTrail could have shown it |
//! | observed only | no | yes | granted where it is harmless; held back where it is not ([`risk`]) |
//! | unneeded | no | no | not granted; what of a role of today is so, its difference from the policy says |
//!
//! The law: evidence adds and never takes away. Whatever was granted without a trail is granted with it, on every
//! resource that was seen, and only the places that code and template leave open may become narrower ([`narrow`]),
//! which can be turned off. A denied call is never a grant. What a log contains of wildcards is data, escaped.

mod evidence;
mod narrow;
mod risk;

use std::collections::BTreeSet;

use crate::model::{Action, Condition, Confidence, Grant, Kind, Note, Resource, Text};
use crate::policy::{covers, overlaps};
use crate::project;
use crate::trail::{Observation, Span, Visibility};

pub use evidence::{Evidence, Seen};
pub use narrow::{CALLS, CALLS_EACH, DAYS, RESOURCES, UNSEEN};
pub use risk::{Acceptances, held_back};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    Confirmed,
    Unobserved,
    ObservedOnly,
    Unneeded,
}

impl Verdict {
    pub fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Unobserved => "unobserved",
            Self::ObservedOnly => "observed-only",
            Self::Unneeded => "unneeded",
        }
    }
}

/// The verdict on one action on one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    pub verdict: Verdict,
    /// What wants it; none for what is only seen and held back.
    pub kind: Option<Kind>,
    pub action: Action,
    pub resource: Resource,
    /// False where it is held back.
    pub granted: bool,
    /// In a sentence, without the action and the resource.
    pub reason: String,
    pub seen: Option<Seen>,
    /// Whether the logs could have shown it.
    pub visibility: Visibility,
    /// What the resource was before the trail narrowed it.
    pub narrowed_from: Option<Text>,
}

/// Grants as the evidence leaves them, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    pub grants: Vec<Grant>,
    /// By verdict, kind, action and resource.
    pub judgements: Vec<Judgement>,
    pub notes: Vec<Note>,
}

/// Judges what is wanted of one function by what was seen of it. The order of either does not matter.
pub fn judge(grants: &[Grant], evidence: &Evidence, accepted: &Acceptances, narrowing: bool) -> Judged {
    let mut judged = Judged::default();
    let names = narrow::names(grants, evidence);
    for grant in grants {
        let seen: Vec<&Observation> = evidence.allowed().filter(|one| is_of(one, grant)).collect();
        if seen.is_empty() {
            judged.unobserved(grant, evidence, &names, narrowing);
        } else {
            judged.confirmed(grant, &seen, evidence, &names, narrowing);
        }
    }
    judged.observed_only(grants, evidence, accepted);
    judged.denied(grants, evidence);
    judged.grants = super::combine(std::mem::take(&mut judged.grants));
    judged.judgements.sort_by(|a, b| a.order().cmp(&b.order()));
    judged.notes.sort();
    judged.notes.dedup();
    judged
}

/// Whether the event is a use of the permission, or may be: where a log does not say which resource it was, or says
/// it in a pattern.
fn is_of(observation: &Observation, grant: &Grant) -> bool {
    observation.action == grant.action
        && (is_nameless(&observation.resource) || overlaps(&grant.resource.pattern, &observation.resource))
}

/// Whether the pattern says no more than what kind of resource it was.
fn is_nameless(resource: &Text) -> bool {
    if resource.is_wildcard() {
        return true;
    }
    let Some([_, _, service, _, _, name]) = project::fields(resource) else { return false };
    match name.to_pattern().as_str() {
        "*" => true,
        name if service.as_literal() == Some("s3") => name == "*/*",
        name => name.strip_suffix('*').is_some_and(|head| {
            head.ends_with(['/', ':']) && !head[..head.len() - 1].contains(['/', ':', '*'])
        }),
    }
}

impl Judgement {
    fn order(&self) -> (Verdict, Option<Kind>, &Action, &Resource, &str) {
        (self.verdict, self.kind, &self.action, &self.resource, &self.reason)
    }
}

impl Judged {
    fn confirmed(
        &mut self,
        grant: &Grant,
        seen: &[&Observation],
        evidence: &Evidence,
        names: &narrow::Names,
        narrowing: bool,
    ) {
        let summary = Seen::of(seen);
        let mut origins = grant.origins.clone();
        origins.extend(seen.iter().map(|one| evidence::origin(one)));
        let bound = if narrowing { names.bound(&grant.resource, evidence) } else { grant.resource.clone() };
        let narrowed = match grant.kind {
            Kind::Code if narrowing => narrow::narrowed(&grant.action, &bound, seen, evidence),
            _ => narrow::Narrowed::Closed,
        };
        let times = evidence::times(summary.count);
        let (resources, from, why) = match narrowed {
            narrow::Narrowed::Closed => (vec![bound], None, String::new()),
            narrow::Narrowed::Left(why) => {
                (vec![bound], None, format!("; left as open as the code has it: {why}"))
            }
            narrow::Narrowed::To(resources) => {
                let what = format!(
                    "`{}` of `{}` is narrowed to what was seen, {}: {times} in {}",
                    bound.pattern.to_pattern(),
                    grant.action,
                    list(&resources),
                    evidence.days_in_words(),
                );
                let help = "`--no-narrow` leaves it as open as the code has it";
                self.notes.push(Note::new("narrowed", what).help(help));
                (resources, Some(bound.pattern), "; narrowed to what was seen".to_owned())
            }
        };
        for resource in resources {
            self.judgements.push(Judgement {
                verdict: Verdict::Confirmed,
                kind: Some(grant.kind),
                action: grant.action.clone(),
                resource: resource.clone(),
                granted: true,
                reason: format!("seen {times}, last on {}{why}", summary.span.last),
                seen: Some(summary.clone()),
                visibility: evidence.visibility(&grant.action),
                narrowed_from: from.clone(),
            });
            self.grants.push(Grant { resource, origins: origins.clone(), ..grant.clone() });
        }
    }

    fn unobserved(&mut self, grant: &Grant, evidence: &Evidence, names: &narrow::Names, narrowing: bool) {
        let resource =
            if narrowing { names.bound(&grant.resource, evidence) } else { grant.resource.clone() };
        let visibility = evidence.visibility(&grant.action);
        self.judgements.push(Judgement {
            verdict: Verdict::Unobserved,
            kind: Some(grant.kind),
            action: grant.action.clone(),
            resource: resource.clone(),
            granted: true,
            reason: evidence.why_unseen(&visibility),
            seen: None,
            visibility,
            narrowed_from: None,
        });
        self.grants.push(Grant { resource, ..grant.clone() });
    }

    /// What was seen and nothing wants.
    fn observed_only(&mut self, grants: &[Grant], evidence: &Evidence, accepted: &Acceptances) {
        let wanted = |one: &Observation| {
            let mut own = grants.iter().filter(|grant| grant.action == one.action);
            own.clone().any(|grant| covers(&grant.resource.pattern, &one.resource))
                || (is_nameless(&one.resource) && own.next().is_some())
        };
        let only: Vec<&Observation> = evidence.allowed().filter(|one| !wanted(one)).collect();
        let about = |one: &&Observation| (one.action.clone(), one.resource.clone(), one.via.clone());
        let keys: BTreeSet<_> = only.iter().map(about).collect();
        for key in keys {
            let seen: Vec<&Observation> = only.iter().copied().filter(|one| about(one) == key).collect();
            self.only_seen(&seen, evidence, accepted);
        }
    }

    fn only_seen(&mut self, seen: &[&Observation], evidence: &Evidence, accepted: &Acceptances) {
        let Some(first) = seen.first() else { return };
        let (action, summary) = (&first.action, Seen::of(seen));
        let resource = evidence.settle(&first.resource);
        let shown = first.resource.to_pattern();
        let times = evidence::times(summary.count);
        let by =
            first.via.as_ref().map(|via| format!(" by `{via}` on the function's behalf")).unwrap_or_default();
        let danger = held_back(first);
        let acceptance = danger.and_then(|_| accepted.of(action));
        let granted = danger.is_none() || acceptance.is_some();
        let reason = match (danger, acceptance) {
            (None, _) => format!("seen {times}{by}, and no code that was read calls it"),
            (Some(danger), Some(who)) => {
                format!(
                    "seen {times}{by}, and no code that was read calls it; it {danger}, and is accepted {who}"
                )
            }
            (Some(danger), None) => format!(
                "seen {times}{by}, and no code that was read calls it; it {danger}, so the trail alone does not earn it"
            ),
        };
        let note = if granted {
            Note::new(
                "observed-only",
                format!("`{action}` on `{shown}` is granted by the trail alone: {reason}"),
            )
        } else {
            Note::new("held-back", format!("`{action}` on `{shown}` is not granted: {reason}"))
                .help(format!("look into what made these calls; `--accept {action}` takes it in"))
        };
        self.notes.push(note);
        self.judgements.push(Judgement {
            verdict: Verdict::ObservedOnly,
            kind: granted.then_some(Kind::Observed),
            action: action.clone(),
            resource: resource.clone(),
            granted,
            reason,
            seen: Some(summary),
            visibility: evidence.visibility(action),
            narrowed_from: None,
        });
        if granted {
            self.grants.push(Grant {
                action: action.clone(),
                resource,
                condition: through(first),
                kind: Kind::Observed,
                confidence: Confidence::Likely,
                origins: seen.iter().map(|one| evidence::origin(one)).collect(),
            });
        }
    }

    /// What was tried and refused: never a grant, and worth a word.
    fn denied(&mut self, grants: &[Grant], evidence: &Evidence) {
        let mut tried: BTreeSet<(&Action, String, u64, bool, Span)> = BTreeSet::new();
        for one in evidence.denied() {
            let wanted = grants.iter().any(|grant| is_of(one, grant));
            tried.insert((&one.action, one.resource.to_pattern(), one.count, wanted, one.span));
        }
        for (action, resource, count, wanted, _) in tried {
            let times = evidence::times(count);
            let note = if wanted {
                Note::new(
                    "denied-call",
                    format!("`{action}` on `{resource}` was denied {times}, and the code calls it"),
                )
            } else {
                let message = format!(
                    "`{action}` on `{resource}` was tried and denied {times}, and no code that was read calls it; it is not granted"
                );
                Note::new("denied-call", message).help("look into what made these calls")
            };
            self.notes.push(note);
        }
    }
}

/// A key that a service used on the function's behalf is granted through that service alone.
fn through(observation: &Observation) -> Condition {
    let Some(via) = observation.via.as_ref().filter(|_| observation.action.service() == "kms") else {
        return Condition::new();
    };
    let Some(service) =
        via.strip_suffix(".amazonaws.com").filter(|name| !name.contains(['*', '?', '$', '.']))
    else {
        return Condition::new();
    };
    let region = project::fields(&observation.resource).map(|[_, _, _, region, ..]| region);
    let value = Text::literal(format!("{service}."))
        .then(&region.filter(|region| !region.is_empty()).unwrap_or_else(Text::any))
        .then(&Text::literal(".amazonaws.com"));
    let keys = [("kms:ViaService".into(), BTreeSet::from([value]))].into();
    [("StringEquals".into(), keys)].into()
}

fn list(resources: &[Resource]) -> String {
    let shown: Vec<String> =
        resources.iter().map(|resource| format!("`{}`", resource.pattern.to_pattern())).collect();
    shown.join(", ")
}
