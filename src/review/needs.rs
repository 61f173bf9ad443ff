//! What a function needs and its role does not give (*missing*), and what it needs and holds that is dangerous
//! (*risk*). A permission that a person has pinned is theirs, and is not weighed.

use super::finding::{Finding, Witness};
use super::given::{Given, given};
use super::ground::{Ground, is_open};
use super::{Member, example, risk};
use crate::catalog;
use crate::model::{Confidence, Grant, Kind, Level, Rule};
use crate::project::RoleToday;

/// Findings about what the function needs.
pub fn findings(member: Member<'_>, ground: Ground<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for need in member.analysed.grants.iter().filter(|need| need.kind != Kind::Pinned) {
        let missing = member.function.current.as_ref().and_then(|role| missing(member, role, ground, need));
        let is_missing = missing.is_some();
        findings.extend(missing);
        if need.kind == Kind::Code && !is_missing {
            findings.extend(risky(member, need));
        }
    }
    findings
}

fn missing(member: Member<'_>, role: &RoleToday, ground: Ground<'_>, need: &Grant) -> Option<Finding> {
    let mut finding = about(member, Rule::Missing, need);
    let (action, resource) = (&need.action, &finding.resource);
    let only_on_all = catalog::action(action).is_some_and(|info| info.resource_types.is_empty());
    match given(role, ground, need) {
        Given::Fully(_) | Given::Conditionally(_) => return None,
        Given::Not => {
            finding.message = format!(
                "`{action}` on `{resource}` is needed, and the role `{}` does not give it",
                role.role
            );
        }
        Given::Denied(place) => {
            finding.message = format!(
                "`{action}` on `{resource}` is needed, and a `Deny` of the role `{}` forbids it",
                role.role
            );
            finding.statement = Some(place);
        }
        Given::Partly(place, on) => {
            finding.message = format!(
                "`{action}` on `{resource}` is needed, and the role `{}` gives it on `{on}` alone",
                role.role
            );
            finding.statement = Some(place);
            if !only_on_all && (is_open(&need.resource.symbolic) || is_open(&on)) {
                finding.doubted("which resource it will be is decided when the function runs");
            }
        }
    }
    match need.confidence {
        Confidence::Certain => {}
        Confidence::Likely => finding.level = finding.level.min(Level::Warning),
        Confidence::Possible => finding.doubted("whether the function makes this call is not certain"),
    }
    if need.kind == Kind::Observed {
        finding.doubted("the logs show that it was allowed, so something besides the role may give it");
    }
    if role.incomplete {
        finding.doubted("some of what the role allows could not be read");
    }
    if need.kind == Kind::Platform && action.service() == "logs" {
        // Without it the function runs all the same, and a log group may have been made by somebody else.
        finding.level = finding.level.min(Level::Warning);
        if action.name() == "CreateLogGroup" {
            finding.doubted("it is needed only where nobody else makes the log group");
        }
    }
    finding.witness = Some(Witness { action: action.clone(), resource: example(&need.resource.pattern) });
    finding.help = Some("allow it in the role, or see `scopedown generate` for the whole policy".to_owned());
    Some(finding)
}

fn risky(member: Member<'_>, need: &Grant) -> Option<Finding> {
    let mut finding = about(member, Rule::Risk, need);
    if finding.risks.is_empty() || need.confidence == Confidence::Possible {
        return None;
    }
    let can: Vec<_> = finding.risks.iter().map(|risk| risk.about()).collect();
    finding.message =
        format!("with `{}` on `{}` the function can {}", need.action, finding.resource, can.join(", and "));
    finding.help = Some("confine it, or accept the risk with a reason under [[accept]]".to_owned());
    finding.witness =
        Some(Witness { action: need.action.clone(), resource: example(&need.resource.pattern) });
    Some(finding)
}

/// A finding about one need, without its words.
pub fn about(member: Member<'_>, rule: Rule, need: &Grant) -> Finding {
    let resource = need.resource.symbolic.to_string();
    let mut finding =
        Finding::new(rule, std::slice::from_ref(&member.function.name), vec![need.action.clone()], resource);
    finding.risks = risk::of(&need.action, &need.resource.pattern);
    finding.origins = need.origins.iter().cloned().collect();
    finding.declared = Some(member.function.place.clone()).filter(|place| !place.file.is_empty());
    finding
}
