//! Which permissions a trail alone does not earn, and who takes one in all the same. A compromised function calls
//! what its attacker wants; whatever lies on the list of risks, hands out a secret or changes who may do what, needs
//! the word of the code or of a person.

use smol_str::SmolStr;

use crate::catalog::{self, Access};
use crate::config::{Acceptance, Config, Date, fits};
use crate::model::Action;
use crate::policy::{self, RiskKind, action_covers};
use crate::trail::Observation;

/// What hands out secrets or roles, harmless in code that is meant to and the first thing that an intruder asks for.
const SECRETS: [&str; 9] = [
    "secretsmanager:GetSecretValue",
    "secretsmanager:BatchGetSecretValue",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
    "ssm:GetParameterHistory",
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
];

/// Why what was seen is not granted by the trail alone: completes "it …". None where it is harmless.
pub fn held_back(observation: &Observation) -> Option<&'static str> {
    let action = &observation.action;
    let mut kinds: Vec<RiskKind> = policy::risks(action).map(|risk| risk.kind).collect();
    kinds.sort_unstable();
    match kinds.first() {
        Some(RiskKind::Escalation) => return Some("can be used to gain permissions"),
        Some(RiskKind::CredentialAccess) => return Some("hands out credentials"),
        Some(RiskKind::DataDestruction) => return Some("destroys what cannot be made again"),
        Some(RiskKind::DisabledLogging) => return Some("stops what is recorded"),
        None => {}
    }
    if SECRETS.iter().any(|secret| action_covers(action, &Action::new(*secret))) {
        return Some("hands out secrets or roles");
    }
    // A service that opens what is encrypted, for a call that is judged by itself, gives the function nothing more.
    if observation.via.is_none() && *action == Action::new("kms:Decrypt") {
        return Some("opens what is encrypted");
    }
    let manages = catalog::action(action).is_some_and(|info| info.access == Access::Permissions);
    manages.then_some("changes who may do what")
}

/// What people take in although it is held back.
#[derive(Clone, Debug, Default)]
pub struct Acceptances {
    /// Of the command line; they may be patterns.
    pub actions: Vec<Action>,
    /// Of the configuration, for this function, that have not expired.
    pub configured: Vec<Acceptance>,
}

impl Acceptances {
    /// For one function.
    pub fn new(actions: &[Action], config: &Config, function: &str, today: Date) -> Self {
        let holds = |one: &&Acceptance| {
            fits(one.function.as_ref(), function) && one.expires.is_none_or(|last| last >= today)
        };
        Self {
            actions: actions.to_vec(),
            configured: config.accepted.iter().filter(holds).cloned().collect(),
        }
    }

    /// Who accepts the action; completes "is accepted …".
    pub fn of(&self, action: &Action) -> Option<String> {
        if self.actions.iter().any(|own| action_covers(own, action)) {
            return Some("by `--accept`".to_owned());
        }
        let configured = self.configured.iter().find(|one| match (&one.action, &one.risk) {
            (Some(own), risk) => {
                action_covers(own, action) && risk.as_ref().is_none_or(|risk| has(action, risk))
            }
            (None, Some(risk)) => has(action, risk),
            (None, None) => false,
        })?;
        Some(format!("at {}:{} ({})", configured.place.file, configured.place.line, configured.reason))
    }
}

fn has(action: &Action, risk: &SmolStr) -> bool {
    policy::risks(action).any(|own| own.kind.name() == risk)
        || (risk == RiskKind::CredentialAccess.name()
            && SECRETS.iter().any(|secret| action_covers(action, &Action::new(*secret))))
}
