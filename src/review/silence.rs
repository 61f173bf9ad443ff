//! What a person has decided: suppressions, accepted risks, levels of rules. Each holds until its last day is over,
//! and is then a finding itself.

use super::Finding;
use crate::config::{self, Acceptance, Config, Date, Suppression};
use crate::model::{Action, Level, Rule};
use crate::policy::action_covers;

/// Applies the configuration; how many findings it silences.
pub fn apply(findings: &mut Vec<Finding>, config: &Config, today: Date) -> usize {
    for finding in findings.iter_mut() {
        accept(finding, config, today);
    }
    let before = findings.len();
    findings.retain(|finding| !is_silenced(finding, config, today));
    let silenced = before - findings.len();
    findings.retain_mut(|finding| match level(finding, config) {
        Some(level) => {
            finding.level = level;
            true
        }
        None => false,
    });
    silenced
}

/// Suppressions and acceptances that no longer hold.
pub fn expired(config: &Config, today: Date) -> Vec<Finding> {
    let suppressions = config.suppressions.iter().map(|one| {
        let what = one.rule.map_or("findings", Rule::id);
        ("suppression of", what, one.expires, &one.reason, &one.place, &one.function, &one.action)
    });
    let accepted = config.accepted.iter().map(|one| {
        let what = one.risk.as_deref().unwrap_or("risks");
        ("acceptance of", what, one.expires, &one.reason, &one.place, &one.function, &one.action)
    });
    let mut findings = Vec::new();
    for (kind, what, expires, reason, place, function, action) in suppressions.chain(accepted) {
        let Some(last) = expires.filter(|last| *last < today) else { continue };
        let functions: Vec<_> = function.iter().cloned().collect();
        let actions: Vec<_> = action.iter().cloned().collect();
        let mut finding = Finding::new(Rule::ExpiredSuppression, &functions, actions, reason.as_str());
        finding.message = format!("the {kind} {what} held until {last}: {reason}");
        finding.help = Some("settle what it was about, or give it a new day and reason".to_owned());
        finding.statement = Some(place.clone());
        findings.push(finding);
    }
    findings
}

/// Takes accepted risks off a finding. A risk finding without a risk left is silenced.
fn accept(finding: &mut Finding, config: &Config, today: Date) {
    let holds = |one: &&Acceptance| {
        one.expires.is_none_or(|last| last >= today)
            && fits(finding, one.function.as_ref(), one.action.as_ref())
    };
    let held: Vec<&Acceptance> = config.accepted.iter().filter(holds).collect();
    finding.risks.retain(|risk| {
        !held.iter().any(|one| one.risk.as_ref().is_none_or(|name| name.as_str() == risk.name()))
    });
}

fn is_silenced(finding: &Finding, config: &Config, today: Date) -> bool {
    if finding.rule == Rule::Risk && finding.risks.is_empty() {
        return true;
    }
    // An expired suppression cannot be suppressed by itself.
    config.suppressions.iter().any(|one: &Suppression| {
        one.expires.is_none_or(|last| last >= today)
            && one.rule.is_none_or(|rule| rule == finding.rule)
            && (finding.rule != Rule::ExpiredSuppression || one.rule == Some(Rule::ExpiredSuppression))
            && fits(finding, one.function.as_ref(), one.action.as_ref())
    })
}

/// Whether a decision is about all that the finding is about.
fn fits(finding: &Finding, function: Option<&smol_str::SmolStr>, action: Option<&Action>) -> bool {
    finding.functions.iter().all(|name| config::fits(function, name))
        && action.is_none_or(|pattern| finding.actions.iter().all(|action| action_covers(pattern, action)))
}

/// The level that the configuration gives the rule for the finding's functions, the loudest of them; a doubted
/// finding stays a note. None: the rule is off.
fn level(finding: &Finding, config: &Config) -> Option<Level> {
    let of_function = |name: &smol_str::SmolStr| {
        let own = config.of_function(name).rules.get(&finding.rule).copied();
        own.or_else(|| config.rules.get(&finding.rule).copied()).unwrap_or(Some(finding.level))
    };
    let general = || config.rules.get(&finding.rule).copied().unwrap_or(Some(finding.level));
    let configured = if finding.functions.is_empty() {
        general()
    } else {
        finding.functions.iter().map(of_function).max().flatten()
    };
    configured.map(|level| if finding.doubt.is_some() { level.min(finding.level) } else { level })
}
