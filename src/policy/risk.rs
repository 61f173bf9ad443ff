//! Actions that deserve a second look: a log alone must not earn them, a pull request that adds them says so.
//!
//! Four kinds. *Escalation*: its holder can come by permissions that nobody gave it. *Credential access*: it hands out
//! something to sign in with. *Data destruction*: what it takes away does not come back. *Disabled logging*: afterwards
//! nobody sees. The list follows the public catalogues of attacks on AWS (privilege escalation methods of Rhino
//! Security Labs and of pathfinding.cloud, credential exposure of Policy Sentry, techniques of Stratus Red Team).
//!
//! What functions do every day is not here though it could be abused: reading a secret or a parameter, decrypting,
//! deleting an object, an item or a message. Held on every resource, those are found by their resource.

use super::pattern::action_covers;
use crate::model::{Action, Actions, Document, Effect};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RiskKind {
    Escalation,
    CredentialAccess,
    DataDestruction,
    DisabledLogging,
}

impl RiskKind {
    pub const ALL: [Self; 4] =
        [Self::Escalation, Self::CredentialAccess, Self::DataDestruction, Self::DisabledLogging];

    /// In kebab case, as rules and formats name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Escalation => "privilege-escalation",
            Self::CredentialAccess => "credential-access",
            Self::DataDestruction => "data-destruction",
            Self::DisabledLogging => "disabled-logging",
        }
    }
}

/// Actions that, held together, let their holder do something.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Risk {
    pub kind: RiskKind,
    pub actions: &'static [&'static str],
    /// What the holder can do, after "can".
    pub what: &'static str,
}

/// Whether the action is part of a risk. Of a pattern, whether anything that it matches is.
pub fn risky(action: &Action) -> bool {
    RISKS.iter().any(|risk| risk.part_of(action))
}

/// The risks that an action, or anything that a pattern matches, is part of.
pub fn risks(action: &Action) -> impl Iterator<Item = &'static Risk> {
    RISKS.iter().filter(|risk| risk.part_of(action))
}

/// The risks whose actions the documents allow, all of them; `Deny` is not weighed.
pub fn risks_held(documents: &[Document]) -> impl Iterator<Item = &'static Risk> {
    RISKS.iter().filter(|risk| risk.held_by(documents))
}

impl Risk {
    pub fn part_of(&self, action: &Action) -> bool {
        self.actions.iter().any(|one| action_covers(action, &Action::new(*one)))
    }

    pub fn held_by(&self, documents: &[Document]) -> bool {
        let statements = || documents.iter().flat_map(|document| &document.statements);
        self.actions.iter().all(|action| {
            let action = Action::new(*action);
            statements().filter(|one| one.effect == Effect::Allow).any(|one| match &one.actions {
                Actions::Only(own) => own.iter().any(|own| action_covers(own, &action)),
                Actions::Except(own) => !own.iter().any(|own| action_covers(own, &action)),
            })
        })
    }
}

const fn risk(kind: RiskKind, actions: &'static [&'static str], what: &'static str) -> Risk {
    Risk { kind, actions, what }
}

const fn escalation(actions: &'static [&'static str], what: &'static str) -> Risk {
    risk(RiskKind::Escalation, actions, what)
}

const fn credentials(actions: &'static [&'static str], what: &'static str) -> Risk {
    risk(RiskKind::CredentialAccess, actions, what)
}

const fn destruction(actions: &'static [&'static str], what: &'static str) -> Risk {
    risk(RiskKind::DataDestruction, actions, what)
}

const fn blinding(actions: &'static [&'static str], what: &'static str) -> Risk {
    risk(RiskKind::DisabledLogging, actions, what)
}

/// Every risk; the public entry for what lists them.
pub const RISKS: &[Risk] = &[
    escalation(&["iam:CreatePolicyVersion"], "rewrite a managed policy"),
    escalation(&["iam:SetDefaultPolicyVersion"], "return to a wider version of a managed policy"),
    escalation(&["iam:AttachRolePolicy"], "attach any policy to a role"),
    escalation(&["iam:AttachUserPolicy"], "attach any policy to a user"),
    escalation(&["iam:AttachGroupPolicy"], "attach any policy to a group"),
    escalation(&["iam:PutRolePolicy"], "write an inline policy of a role"),
    escalation(&["iam:PutUserPolicy"], "write an inline policy of a user"),
    escalation(&["iam:PutGroupPolicy"], "write an inline policy of a group"),
    escalation(&["iam:AddUserToGroup"], "join a group"),
    escalation(&["iam:UpdateAssumeRolePolicy"], "let anyone assume a role"),
    escalation(&["iam:DeleteRolePermissionsBoundary"], "lift a permissions boundary"),
    escalation(&["iam:PutRolePermissionsBoundary"], "replace a permissions boundary by a wider one"),
    escalation(&["iam:DeleteUserPermissionsBoundary"], "lift a permissions boundary"),
    escalation(&["iam:PutUserPermissionsBoundary"], "replace a permissions boundary by a wider one"),
    escalation(&["iam:DeleteRolePolicy"], "take away a policy that denies"),
    escalation(&["iam:DetachRolePolicy"], "take away a policy that denies"),
    escalation(&["iam:CreateSAMLProvider"], "let an outside directory in"),
    escalation(&["iam:UpdateSAMLProvider"], "let an outside directory in"),
    escalation(&["iam:CreateOpenIDConnectProvider"], "let an outside directory in"),
    escalation(&["iam:AddClientIDToOpenIDConnectProvider"], "let an outside application in"),
    escalation(&["rolesanywhere:CreateTrustAnchor"], "let holders of a certificate of its own in"),
    escalation(&["sso:AttachManagedPolicyToPermissionSet"], "widen a permission set"),
    escalation(&["sso:PutInlinePolicyToPermissionSet"], "widen a permission set"),
    escalation(&["sso:CreateAccountAssignment"], "give a user a permission set"),
    escalation(&["kms:PutKeyPolicy"], "give itself the use of a key"),
    escalation(&["kms:CreateGrant"], "give anyone the use of a key"),
    escalation(&["lambda:UpdateFunctionCode"], "run code with another function's role"),
    escalation(&["lambda:UpdateFunctionConfiguration"], "put a layer of its own under another function"),
    escalation(&["lambda:AddPermission"], "let other accounts run a function"),
    escalation(&["ssm:SendCommand"], "run commands with an instance's role"),
    escalation(&["ssm:StartSession"], "open a shell with an instance's role"),
    escalation(&["ec2-instance-connect:SendSSHPublicKey"], "sign in to an instance and use its role"),
    escalation(&["ecs:ExecuteCommand"], "run commands with a task's role"),
    escalation(&["glue:UpdateJob"], "run code with another job's role"),
    escalation(&["codebuild:UpdateProject"], "run code with another project's role"),
    escalation(&["cloudformation:UpdateStack"], "act with the role that a stack has"),
    escalation(&["states:UpdateStateMachine"], "act with the role that a state machine has"),
    escalation(&["iam:PassRole", "lambda:CreateFunction"], "run code with any role that Lambda may assume"),
    escalation(&["iam:PassRole", "ec2:RunInstances"], "run code with any role that EC2 may assume"),
    escalation(&["iam:PassRole", "ec2:AssociateIamInstanceProfile"], "give an instance another role"),
    escalation(&["iam:PassRole", "ecs:RunTask"], "run code with any role that ECS may assume"),
    escalation(&["iam:PassRole", "ecs:StartTask"], "run code with any role that ECS may assume"),
    escalation(&["iam:PassRole", "ecs:CreateService"], "run code with any role that ECS may assume"),
    escalation(
        &["iam:PassRole", "cloudformation:CreateStack"],
        "act with any role that CloudFormation may assume",
    ),
    escalation(
        &["iam:PassRole", "states:CreateStateMachine"],
        "act with any role that Step Functions may assume",
    ),
    escalation(&["iam:PassRole", "scheduler:CreateSchedule"], "act with any role that Scheduler may assume"),
    escalation(&["iam:PassRole", "ssm:StartAutomationExecution"], "act with any role that SSM may assume"),
    escalation(
        &["iam:PassRole", "codebuild:CreateProject"],
        "run code with any role that CodeBuild may assume",
    ),
    escalation(
        &["iam:PassRole", "codepipeline:CreatePipeline"],
        "act with any role that CodePipeline may assume",
    ),
    escalation(&["iam:PassRole", "glue:CreateJob"], "run code with any role that Glue may assume"),
    escalation(&["iam:PassRole", "glue:CreateDevEndpoint"], "run code with any role that Glue may assume"),
    escalation(
        &["iam:PassRole", "sagemaker:CreateNotebookInstance"],
        "run code with any role that SageMaker may assume",
    ),
    escalation(
        &["iam:PassRole", "sagemaker:CreateTrainingJob"],
        "run code with any role that SageMaker may assume",
    ),
    escalation(
        &["iam:PassRole", "sagemaker:CreateProcessingJob"],
        "run code with any role that SageMaker may assume",
    ),
    escalation(
        &["iam:PassRole", "elasticmapreduce:RunJobFlow"],
        "run code with any role that EMR may assume",
    ),
    escalation(
        &["iam:PassRole", "batch:RegisterJobDefinition"],
        "run code with any role that Batch may assume",
    ),
    escalation(
        &["iam:PassRole", "apprunner:CreateService"],
        "run code with any role that App Runner may assume",
    ),
    escalation(
        &["iam:PassRole", "datapipeline:PutPipelineDefinition"],
        "run code with any role that Data Pipeline may assume",
    ),
    credentials(&["iam:CreateAccessKey"], "act as another user"),
    credentials(&["iam:UpdateAccessKey"], "switch a user's old key on again"),
    credentials(&["iam:CreateLoginProfile"], "act as another user"),
    credentials(&["iam:UpdateLoginProfile"], "act as another user"),
    credentials(&["iam:CreateServiceSpecificCredential"], "make a user's password for a service"),
    credentials(&["iam:ResetServiceSpecificCredential"], "make a user's password for a service"),
    credentials(&["iam:UploadSSHPublicKey"], "sign in to repositories as another user"),
    credentials(&["iam:DeactivateMFADevice"], "take a second factor away"),
    credentials(&["sts:AssumeRole"], "act with another role"),
    credentials(&["sts:GetFederationToken"], "make credentials that outlive its own"),
    credentials(&["sts:GetSessionToken"], "make credentials that outlive its own"),
    credentials(
        &["cognito-identity:GetOpenIdTokenForDeveloperIdentity"],
        "act as any user of an identity pool",
    ),
    credentials(&["cognito-idp:AdminSetUserPassword"], "sign in as any user of a user pool"),
    credentials(&["cognito-idp:AdminInitiateAuth"], "sign in as any user of a user pool"),
    credentials(&["lambda:GetFunction"], "read another function's code and environment"),
    credentials(&["lambda:GetFunctionConfiguration"], "read another function's environment"),
    credentials(&["ec2:GetPasswordData"], "read an instance's administrator password"),
    credentials(&["ec2:DescribeInstanceAttribute"], "read what instances are started with"),
    credentials(&["lightsail:GetInstanceAccessDetails"], "sign in to an instance"),
    credentials(&["lightsail:DownloadDefaultKeyPair"], "sign in to instances"),
    credentials(&["lightsail:GetRelationalDatabaseMasterUserPassword"], "read a database's master password"),
    credentials(&["redshift:GetClusterCredentials"], "sign in to a cluster as any user"),
    credentials(&["redshift-serverless:GetCredentials"], "sign in to a workgroup"),
    credentials(&["gamelift:GetInstanceAccess"], "sign in to an instance"),
    credentials(&["connect:GetFederationToken"], "sign in to Connect"),
    credentials(&["acm:ExportCertificate"], "read a certificate's private key"),
    credentials(&["secretsmanager:PutResourcePolicy"], "let others read a secret"),
    credentials(&["codestar-connections:UseConnection"], "read repositories outside AWS"),
    destruction(&["s3:DeleteBucket"], "delete a bucket"),
    destruction(&["s3:DeleteObjectVersion"], "delete what versioning keeps"),
    destruction(&["s3:PutLifecycleConfiguration"], "let all objects of a bucket expire"),
    destruction(&["s3:PutBucketVersioning"], "stop the keeping of versions"),
    destruction(&["s3:BypassGovernanceRetention"], "delete what is retained"),
    destruction(&["dynamodb:DeleteTable"], "delete a table"),
    destruction(&["dynamodb:DeleteBackup"], "delete a backup"),
    destruction(&["dynamodb:UpdateContinuousBackups"], "stop the backups of a table"),
    destruction(&["rds:DeleteDBInstance"], "delete a database"),
    destruction(&["rds:DeleteDBCluster"], "delete a database"),
    destruction(&["rds:DeleteDBSnapshot"], "delete a snapshot"),
    destruction(&["rds:DeleteDBClusterSnapshot"], "delete a snapshot"),
    destruction(&["rds:DeleteDBInstanceAutomatedBackup"], "delete a backup"),
    destruction(&["redshift:DeleteCluster"], "delete a cluster"),
    destruction(&["redshift:DeleteClusterSnapshot"], "delete a snapshot"),
    destruction(&["dsql:DeleteCluster"], "delete a cluster"),
    destruction(&["elasticache:DeleteReplicationGroup"], "delete a cache"),
    destruction(&["elasticache:DeleteCacheCluster"], "delete a cache"),
    destruction(&["memorydb:DeleteCluster"], "delete a cluster"),
    destruction(&["es:DeleteDomain"], "delete a search domain"),
    destruction(&["aoss:DeleteCollection"], "delete a collection"),
    destruction(&["cassandra:Drop"], "drop a keyspace or a table"),
    destruction(&["timestream:DeleteTable"], "delete a table"),
    destruction(&["glue:DeleteDatabase"], "delete a database of the data catalog"),
    destruction(&["kinesis:DeleteStream"], "delete a stream"),
    destruction(&["sqs:PurgeQueue"], "delete all messages of a queue"),
    destruction(&["sqs:DeleteQueue"], "delete a queue"),
    destruction(&["secretsmanager:DeleteSecret"], "delete a secret"),
    destruction(&["kms:ScheduleKeyDeletion"], "make all that a key encrypted unreadable"),
    destruction(&["kms:DisableKey"], "make all that a key encrypted unreadable for a time"),
    destruction(&["kms:DeleteImportedKeyMaterial"], "make all that a key encrypted unreadable"),
    destruction(&["backup:DeleteRecoveryPoint"], "delete a backup"),
    destruction(&["backup:DeleteBackupVault"], "delete a vault of backups"),
    destruction(&["backup:DeleteBackupPlan"], "stop backups"),
    destruction(&["backup:DeleteBackupVaultLockConfiguration"], "unlock a vault of backups"),
    destruction(&["ec2:DeleteVolume"], "delete a disk"),
    destruction(&["ec2:DeleteSnapshot"], "delete a snapshot"),
    destruction(&["ec2:TerminateInstances"], "end instances"),
    destruction(&["elasticfilesystem:DeleteFileSystem"], "delete a file system"),
    destruction(&["fsx:DeleteFileSystem"], "delete a file system"),
    destruction(&["glacier:DeleteArchive"], "delete an archive"),
    destruction(&["ecr:DeleteRepository"], "delete a repository of images"),
    destruction(&["cognito-idp:DeleteUserPool"], "delete all users"),
    destruction(&["cloudformation:DeleteStack"], "delete all that a stack made"),
    destruction(&["lambda:DeleteFunction"], "delete a function"),
    destruction(&["eks:DeleteCluster"], "delete a cluster"),
    destruction(&["route53:DeleteHostedZone"], "delete a zone"),
    destruction(&["organizations:CloseAccount"], "close an account"),
    blinding(&["cloudtrail:StopLogging"], "stop a trail"),
    blinding(&["cloudtrail:DeleteTrail"], "delete a trail"),
    blinding(&["cloudtrail:UpdateTrail"], "send a trail elsewhere"),
    blinding(&["cloudtrail:PutEventSelectors"], "leave events out of a trail"),
    blinding(&["cloudtrail:DeleteEventDataStore"], "delete recorded events"),
    blinding(&["cloudtrail:StopEventDataStoreIngestion"], "stop the recording of events"),
    blinding(&["logs:DeleteLogGroup"], "delete logs"),
    blinding(&["logs:DeleteLogStream"], "delete logs"),
    blinding(&["logs:PutRetentionPolicy"], "let logs expire"),
    blinding(&["logs:DeleteSubscriptionFilter"], "stop the forwarding of logs"),
    blinding(&["config:StopConfigurationRecorder"], "stop the recording of changes"),
    blinding(&["config:DeleteConfigurationRecorder"], "stop the recording of changes"),
    blinding(&["config:DeleteDeliveryChannel"], "stop the recording of changes"),
    blinding(&["guardduty:DeleteDetector"], "end threat detection"),
    blinding(&["guardduty:UpdateDetector"], "pause threat detection"),
    blinding(&["guardduty:CreateFilter"], "hide findings"),
    blinding(&["securityhub:DisableSecurityHub"], "end security checks"),
    blinding(&["inspector2:Disable"], "end vulnerability scans"),
    blinding(&["macie2:DisableMacie"], "end the watch over sensitive data"),
    blinding(&["access-analyzer:DeleteAnalyzer"], "end access analysis"),
    blinding(&["detective:DeleteGraph"], "delete recorded behaviour"),
    blinding(&["ec2:DeleteFlowLogs"], "end the logs of a network"),
    blinding(&["s3:PutBucketLogging"], "end the logs of a bucket"),
    blinding(&["wafv2:DeleteLoggingConfiguration"], "end the logs of a firewall"),
    blinding(&["network-firewall:UpdateLoggingConfiguration"], "end the logs of a firewall"),
    blinding(&["route53resolver:DeleteResolverQueryLogConfig"], "end the logs of names looked up"),
    blinding(&["cloudwatch:DeleteAlarms"], "delete alarms"),
    blinding(&["cloudwatch:DisableAlarmActions"], "silence alarms"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_as_risky_as_what_it_matches() {
        assert!(risky(&Action::new("iam:Put*")) && risky(&Action::new("iam:passrole")));
        assert!(
            !risky(&Action::new("s3:GetObject")) && !risky(&Action::new("secretsmanager:GetSecretValue"))
        );
        let kinds = |action: &str| -> Vec<_> { risks(&Action::new(action)).map(|risk| risk.kind).collect() };
        assert_eq!(kinds("s3:DeleteB*"), [RiskKind::DataDestruction]);
        assert_eq!(kinds("logs:DeleteLogGroup"), [RiskKind::DisabledLogging]);
        assert_eq!(kinds("STS:AssumeRole"), [RiskKind::CredentialAccess]);
    }
}
