//! The KMS permissions behind a grant: a resource that its template encrypts under a customer's key can only be used
//! by who may use that key. Keys that AWS manages (`alias/aws/…`) need nothing. A resource without a known key gets
//! nothing, for a grant on every key would be worse than a clear error.
//!
//! The grants have no `kms:ViaService`: they are on the very key already, the region in its value is mostly not known,
//! and where it is wrong (a queue in another region) the condition denies what the key was named for.
//!
//! The pairs are from the services' own guides ("Key management" of SQS and SNS, "Protecting data with SSE-KMS" of
//! S3, "Secret encryption and decryption", "Using user-generated KMS keys" of Kinesis, "Encryption at rest" of
//! DynamoDB and of Step Functions).

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use super::{Choices, Deployed, Project};
use crate::model::{Action, Condition, Grant, Part, Pseudo, Shape, Text};

impl Project {
    /// What the grants need of the customer keys that encrypt their resources.
    pub fn key_grants(&self, grants: &[Grant], choices: &Choices) -> Vec<Grant> {
        let mut found: BTreeMap<_, Grant> = BTreeMap::new();
        for grant in grants {
            let Some(key) = self.encrypted_by(&grant.resource.symbolic) else { continue };
            let actions = needed(grant.action.service(), grant.action.name());
            let Some((arn, condition)) = (!actions.is_empty()).then(|| self.key(key)).flatten() else {
                continue;
            };
            let resource = self.settle(&arn, &any_key(), choices);
            for action in actions {
                let wanted = Grant {
                    action: Action::new(*action),
                    resource: resource.clone(),
                    condition: condition.clone(),
                    kind: grant.kind,
                    confidence: grant.confidence,
                    origins: BTreeSet::new(),
                };
                let at = (wanted.kind, wanted.action.clone(), wanted.resource.clone(), condition.clone());
                let known = found.entry(at).or_insert(wanted);
                known.confidence = known.confidence.min(grant.confidence);
                known.origins.extend(grant.origins.iter().cloned());
            }
        }
        found.into_values().collect()
    }

    fn encrypted_by(&self, resource: &Text) -> Option<&Text> {
        let mut ids = resource.parts().iter().filter_map(|part| match part {
            Part::Resource { id, .. } => Some(id),
            _ => None,
        });
        ids.find_map(|id| self.resources.get(id)).and_then(|deployed| deployed.kms_key.as_ref())
    }

    /// The ARN of a key that is named by ARN, id or alias, and the condition that narrows it where the ARN cannot.
    /// None for keys that AWS manages.
    fn key(&self, named: &Text) -> Option<(Text, Condition)> {
        if let Some(Part::Resource { id, .. }) = named.as_part() {
            return match self.resources.get(id) {
                Some(Deployed { kind, .. }) if kind == "AWS::KMS::Alias" => self.alias_target(id),
                _ => Some((key_arn(id), Condition::new())),
            };
        }
        let literal = named.leading_literal();
        if literal.contains("alias/aws/") {
            return None;
        }
        if let Some(alias) = literal.starts_with("alias/").then_some(named) {
            let declared = self
                .resources
                .iter()
                .find(|(_, deployed)| deployed.kind == "AWS::KMS::Alias" && deployed.reference == *alias);
            return match declared {
                Some((id, _)) => self.alias_target(id),
                None => Some((any_key(), only_alias(alias))),
            };
        }
        if literal.starts_with("arn:") && named.to_pattern().contains(":alias/") {
            let pattern = named.as_literal().unwrap_or_default();
            let alias = pattern.split_once(":alias/").map(|(_, name)| format!("alias/{name}"));
            return Some((
                any_key(),
                alias.map(|alias| only_alias(&Text::literal(alias))).unwrap_or_default(),
            ));
        }
        if named.is_arn() {
            return Some((named.clone(), Condition::new()));
        }
        if named.parts().contains(&Part::Unknown) {
            return Some((any_key(), Condition::new()));
        }
        Some((key_prefix().then(named), Condition::new()))
    }

    fn is_alias(&self, key: &Text) -> bool {
        match key.as_part() {
            Some(Part::Resource { id, .. }) => {
                self.resources.get(id).is_some_and(|deployed| deployed.kind == "AWS::KMS::Alias")
            }
            _ => key.leading_literal().contains("alias/"),
        }
    }

    /// The key that an alias of the template points to; its `kms_key` is what `TargetKeyId` says.
    fn alias_target(&self, alias: &str) -> Option<(Text, Condition)> {
        let deployed = self.resources.get(alias)?;
        match &deployed.kms_key {
            Some(target) if !self.is_alias(target) => self.key(target),
            _ => Some((any_key(), only_alias(&deployed.reference))),
        }
    }
}

fn key_arn(id: &SmolStr) -> Text {
    Part::Resource { id: id.clone(), attribute: Some("Arn".into()), shape: Shape::Arn }.into()
}

fn key_prefix() -> Text {
    [
        Part::Literal("arn:".into()),
        Part::Pseudo(Pseudo::Partition),
        Part::Literal(":kms:".into()),
        Part::Pseudo(Pseudo::Region),
        Part::Literal(":".into()),
        Part::Pseudo(Pseudo::AccountId),
        Part::Literal(":key/".into()),
    ]
    .into_iter()
    .collect()
}

fn any_key() -> Text {
    key_prefix().then(&Text::any())
}

/// An alias in `Resource` authorises nothing; the key's aliases can be asked for.
fn only_alias(alias: &Text) -> Condition {
    let values = BTreeSet::from([alias.clone()]);
    let keys = BTreeMap::from([("kms:ResourceAliases".into(), values)]);
    BTreeMap::from([("ForAnyValue:StringEquals".into(), keys)])
}

/// What an action on an encrypted resource needs of the key.
fn needed(service: &str, action: &str) -> &'static [&'static str] {
    match (service, action) {
        // A multipart upload reads back what it wrote, and a client decides by size whether it makes one.
        ("sqs", "SendMessage")
        | ("sns", "Publish")
        | ("s3", "PutObject" | "ReplicateObject")
        | ("secretsmanager", "PutSecretValue" | "UpdateSecret" | "CreateSecret" | "RotateSecret")
        | (
            "states",
            "StartExecution" | "StartSyncExecution" | "SendTaskSuccess" | "SendTaskFailure"
            | "SendTaskHeartbeat" | "GetActivityTask",
        ) => &["kms:Decrypt", "kms:GenerateDataKey"],
        ("kinesis", "PutRecord" | "PutRecords") => &["kms:GenerateDataKey"],
        ("ssm", "PutParameter") => &["kms:Encrypt"],
        // DynamoDB unlocks a table's key as the caller; what only describes the table touches no data.
        ("sqs", "ReceiveMessage")
        | ("s3", "GetObject" | "GetObjectVersion" | "GetObjectAttributes" | "GetObjectTorrent")
        | ("secretsmanager", "GetSecretValue" | "BatchGetSecretValue")
        | ("ssm", "GetParameter" | "GetParameters" | "GetParametersByPath" | "GetParameterHistory")
        | ("kinesis", "GetRecords" | "SubscribeToShard")
        | ("states", "DescribeExecution" | "GetExecutionHistory" | "DescribeStateMachine")
        | (
            "dynamodb",
            "GetItem" | "BatchGetItem" | "Query" | "Scan" | "PutItem" | "UpdateItem" | "DeleteItem"
            | "BatchWriteItem" | "ConditionCheckItem" | "PartiQLSelect" | "PartiQLInsert" | "PartiQLUpdate"
            | "PartiQLDelete" | "GetRecords",
        ) => &["kms:Decrypt"],
        _ => &[],
    }
}
