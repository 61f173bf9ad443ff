//! What a trail says of a function beside its code: the verdicts, as JSON for programs and in a few lines for people.

use serde_json::{Value, json};

use crate::analysis::FunctionAnalysis;
use crate::merge::verdict::{Judgement, Verdict};
use crate::trail::Attribution;

/// None where no trail was given.
pub fn json(function: &FunctionAnalysis) -> Option<Value> {
    let observed = function.observed.as_ref()?;
    let caller = |caller: &crate::trail::Caller| {
        json!({
            "role": caller.role,
            "function": caller.function,
            "attribution": match caller.attribution {
                Attribution::InScopeOf => "in-scope-of",
                Attribution::Session => "session",
                Attribution::Role => "role",
            },
        })
    };
    Some(json!({
        "callers": observed.callers.iter().map(caller).collect::<Vec<_>>(),
        "calls": observed.calls,
        "window": observed.window.map(|window| json!({
            "first": window.first.to_string(), "last": window.last.to_string(), "days": window.days(),
        })),
        "unseen": observed.completeness.map(|completeness| json!({
            "estimate": rounded(completeness.unseen),
            "interval": [rounded(completeness.low), rounded(completeness.high)],
        })),
        "verdicts": observed.judgements.iter().map(verdict).collect::<Vec<_>>(),
    }))
}

fn verdict(one: &Judgement) -> Value {
    json!({
        "verdict": one.verdict.name(),
        "kind": one.kind.map(crate::model::Kind::name),
        "action": one.action,
        "resource": one.resource.pattern.to_pattern(),
        "granted": one.granted,
        "reason": one.reason,
        "count": one.seen.as_ref().map_or(0, |seen| seen.count),
        "first": one.seen.as_ref().map(|seen| seen.span.first.to_string()),
        "last": one.seen.as_ref().map(|seen| seen.span.last.to_string()),
        "could_be_seen": one.visibility.is_visible(),
        "narrowed_from": one.narrowed_from.as_ref().map(crate::model::Text::to_pattern),
    })
}

/// The verdicts that are chosen, in a sentence each.
pub fn verdicts(function: &FunctionAnalysis, chosen: impl Fn(&Judgement) -> bool) -> Vec<String> {
    let judgements = function.observed.iter().flat_map(|observed| &observed.judgements);
    judgements
        .filter(|one| chosen(one))
        .map(|one| {
            let (name, resource) = (one.verdict.name(), one.resource.pattern.to_pattern());
            format!("{name}: `{}` on `{resource}` {}", one.action, said(&one.reason))
        })
        .collect()
}

/// A reason after its subject.
fn said(reason: &str) -> String {
    let verb = if reason.starts_with("could") { "" } else { "was " };
    format!("{verb}{reason}")
}

/// One line for each group of verdicts with the same reason; nothing for what was simply seen.
pub fn summary(function: &FunctionAnalysis) -> Vec<String> {
    let Some(observed) = &function.observed else { return Vec::new() };
    let of = |verdict: Verdict| observed.judgements.iter().filter(move |one| one.verdict == verdict);
    let mut lines = Vec::new();
    let days = observed.window.map_or(0, crate::trail::Span::days);
    let held = of(Verdict::ObservedOnly).filter(|one| !one.granted).count();
    let mut counts = vec![
        format!("{} confirmed", of(Verdict::Confirmed).count()),
        format!("{} unobserved", of(Verdict::Unobserved).count()),
        format!("{} observed only", of(Verdict::ObservedOnly).count() - held),
    ];
    if held > 0 {
        counts.push(format!("{held} held back"));
    }
    let span = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
    let calls = if observed.calls == 1 { "1 call".to_owned() } else { format!("{} calls", observed.calls) };
    lines.push(format!("{calls} in {span} of logs: {}", counts.join(", ")));
    let mut unseen: Vec<(&str, Vec<&str>)> = Vec::new();
    for one in of(Verdict::Unobserved) {
        match unseen.iter_mut().find(|(reason, _)| *reason == one.reason) {
            Some((_, actions)) => actions.push(one.action.as_str()),
            None => unseen.push((&one.reason, vec![one.action.as_str()])),
        }
    }
    for (reason, mut actions) in unseen {
        actions.dedup();
        lines.push(format!("{}: {reason}", actions.join(", ")));
    }
    if let Some(completeness) = observed.completeness {
        lines.push(format!(
            "about {} % of its calls may be of a kind not seen yet, with 95 % certainty at most {} %",
            percent(completeness.unseen),
            percent(completeness.high)
        ));
    }
    lines
}

fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent >= 10.0 || percent == 0.0 { format!("{percent:.0}") } else { format!("{percent:.1}") }
}

fn rounded(share: f64) -> f64 {
    (share * 1e6).round() / 1e6
}
