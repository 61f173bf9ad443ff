//! What makes a privilege dangerous in the wrong hands: it can give its holder more, hand out credentials, destroy
//! what cannot be made again, blind those who watch, or act on everything. What a function does every day (reading
//! its own secret, deleting an object that it wrote) is no risk in this sense.

use crate::catalog::{self, Access};
use crate::model::{Action, Text};
use crate::policy::{self, action_covers};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Risk {
    Escalation,
    CredentialAccess,
    DataDestruction,
    AuditEvasion,
    WildcardResource,
}

impl Risk {
    /// As configurations name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Escalation => "escalation",
            Self::CredentialAccess => "credential-access",
            Self::DataDestruction => "data-destruction",
            Self::AuditEvasion => "audit-evasion",
            Self::WildcardResource => "wildcard-resource",
        }
    }

    /// What the holder can do; completes "it can …".
    pub fn about(self) -> &'static str {
        match self {
            Self::Escalation => "gain permissions that it was not given",
            Self::CredentialAccess => "obtain credentials of others",
            Self::DataDestruction => "destroy what cannot be made again",
            Self::AuditEvasion => "stop what is recorded of it",
            Self::WildcardResource => "change every resource of its kind",
        }
    }
}

const LISTED: [(Risk, &[&str]); 3] = [
    (
        Risk::CredentialAccess,
        &[
            "iam:CreateAccessKey",
            "iam:CreateLoginProfile",
            "iam:UpdateLoginProfile",
            "iam:CreateServiceSpecificCredential",
            "iam:ResetServiceSpecificCredential",
            "sts:GetFederationToken",
            "ec2:GetPasswordData",
            "cognito-identity:GetCredentialsForIdentity",
            "cognito-identity:GetOpenIdTokenForDeveloperIdentity",
            "codeartifact:GetAuthorizationToken",
            "redshift:GetClusterCredentials",
            "sso:GetRoleCredentials",
            "lightsail:GetInstanceAccessDetails",
        ],
    ),
    (
        Risk::DataDestruction,
        &[
            "s3:DeleteBucket",
            "dynamodb:DeleteTable",
            "dynamodb:DeleteBackup",
            "rds:DeleteDBInstance",
            "rds:DeleteDBCluster",
            "rds:DeleteDBSnapshot",
            "rds:DeleteDBClusterSnapshot",
            "redshift:DeleteCluster",
            "kms:ScheduleKeyDeletion",
            "kms:DisableKey",
            "backup:DeleteBackupVault",
            "backup:DeleteRecoveryPoint",
            "ec2:DeleteSnapshot",
            "ec2:DeleteVolume",
            "ec2:TerminateInstances",
            "elasticfilesystem:DeleteFileSystem",
            "glacier:DeleteArchive",
            "kinesis:DeleteStream",
            "secretsmanager:DeleteSecret",
            "sqs:DeleteQueue",
            "es:DeleteDomain",
            "cloudformation:DeleteStack",
            "s3:PutBucketVersioning",
            "s3:PutLifecycleConfiguration",
        ],
    ),
    (
        Risk::AuditEvasion,
        &[
            "cloudtrail:StopLogging",
            "cloudtrail:DeleteTrail",
            "cloudtrail:UpdateTrail",
            "cloudtrail:PutEventSelectors",
            "config:StopConfigurationRecorder",
            "config:DeleteConfigurationRecorder",
            "guardduty:DeleteDetector",
            "guardduty:UpdateDetector",
            "securityhub:DisableSecurityHub",
            "logs:DeleteLogGroup",
            "logs:DeleteLogStream",
            "logs:PutRetentionPolicy",
            "ec2:DeleteFlowLogs",
            "cloudwatch:DeleteAlarms",
            "cloudwatch:DisableAlarmActions",
            "access-analyzer:DeleteAnalyzer",
        ],
    ),
];

/// The risks of an action or action pattern on a resource.
pub fn of(action: &Action, resource: &Text) -> Vec<Risk> {
    let mut risks = Vec::new();
    if policy::risky(action) {
        risks.push(Risk::Escalation);
    }
    for (risk, actions) in LISTED {
        if actions.iter().any(|listed| action_covers(action, &Action::new(*listed))) {
            risks.push(risk);
        }
    }
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
    fn every_listed_action_exists() {
        for action in LISTED.iter().flat_map(|(_, actions)| *actions) {
            assert!(catalog::action(&Action::new(*action)).is_some(), "{action}");
        }
    }

    #[test]
    fn a_pattern_has_the_risks_of_what_it_matches_and_daily_work_has_none() {
        let one = Text::parse_pattern("arn:aws:s3:::bucket/*");
        assert_eq!(of(&Action::new("s3:*"), &one), [Risk::DataDestruction]);
        assert_eq!(of(&Action::new("s3:DeleteObject"), &one), []);
        assert_eq!(of(&Action::new("s3:PutObject"), &Text::any()), [Risk::WildcardResource]);
        assert_eq!(of(&Action::new("cloudwatch:PutMetricData"), &Text::any()), []);
        assert!(of(&Action::new("*"), &Text::any()).len() == 5);
    }
}
