//! What makes a privilege dangerous in the wrong hands: the kinds of [`policy::RiskKind`], and a `*` where a resource
//! could stand, for what changes something. An action that is dangerous only together with another (to run code with
//! a role, one must be able to pass it) counts by the role that may be passed, and only where that is any role.

use crate::catalog::{self, Access};
use crate::model::{Action, Text};
use crate::policy::{self, RiskKind, action_covers};

/// A kind of risk, as findings and configurations name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Risk {
    Kind(RiskKind),
    WildcardResource,
}

impl Risk {
    pub fn name(self) -> &'static str {
        match self {
            Self::Kind(kind) => kind.name(),
            Self::WildcardResource => "wildcard-resource",
        }
    }

    /// What the holder can do; completes "it can …".
    pub fn about(self) -> &'static str {
        match self {
            Self::Kind(RiskKind::Escalation) => "gain permissions that it was not given",
            Self::Kind(RiskKind::CredentialAccess) => "obtain credentials of others",
            Self::Kind(RiskKind::DataDestruction) => "destroy what cannot be made again",
            Self::Kind(RiskKind::DisabledLogging) => "stop what is recorded of it",
            Self::WildcardResource => "change every resource of its kind",
        }
    }
}

/// The risks of an action or action pattern on a resource.
pub fn of(action: &Action, resource: &Text) -> Vec<Risk> {
    let passes_any =
        resource.to_pattern().ends_with('*') && action_covers(action, &Action::new("iam:PassRole"));
    let alone = policy::risks(action).filter(|risk| risk.actions.len() == 1 || passes_any);
    let mut risks: Vec<Risk> = alone.map(|risk| Risk::Kind(risk.kind)).collect();
    risks.sort_unstable();
    risks.dedup();
    if resource.is_wildcard() && changes(action) {
        risks.push(Risk::WildcardResource);
    }
    risks
}

/// Whether it changes something and could be confined.
fn changes(action: &Action) -> bool {
    if action.as_str().contains(['*', '?']) {
        return action.as_str() == "*"
            || catalog::actions(&action.service().to_ascii_lowercase())
                .any(|info| action_covers(action, &info.action) && is_change(info));
    }
    catalog::action(action).is_some_and(is_change)
}

fn is_change(info: &catalog::ActionInfo) -> bool {
    matches!(info.access, Access::Write | Access::Permissions) && !info.resource_types.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_has_the_risks_of_what_it_matches_and_daily_work_has_none() {
        let names = |action: &str, resource: &str| -> Vec<&str> {
            of(&Action::new(action), &Text::parse_pattern(resource)).into_iter().map(Risk::name).collect()
        };
        assert_eq!(names("s3:*", "arn:aws:s3:::bucket"), ["data-destruction", "disabled-logging"]);
        assert_eq!(names("s3:DeleteObject", "arn:aws:s3:::bucket/*"), [""; 0]);
        assert_eq!(names("s3:PutObject", "*"), ["wildcard-resource"]);
        assert_eq!(names("s3:GetObject", "*"), [""; 0]);
        assert_eq!(names("*", "*").len(), 5);
    }

    #[test]
    fn passing_one_role_is_no_risk_and_passing_any_is() {
        let pass = Action::new("iam:PassRole");
        assert_eq!(of(&pass, &Text::parse_pattern("arn:aws:iam::123456789012:role/task")), []);
        let any = of(&pass, &Text::parse_pattern("arn:aws:iam::123456789012:role/*"));
        assert_eq!(any, [Risk::Kind(RiskKind::Escalation)]);
        assert_eq!(
            of(&Action::new("ecs:RunTask"), &Text::parse_pattern("arn:aws:ecs:*:*:task-definition/t:*")),
            []
        );
    }
}
