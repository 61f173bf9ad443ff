//! One step of changing a role: one call of IAM's, with all that it needs.

use std::fmt;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::account::Account;
use super::{PolicyText, name_of, path_of};
use crate::aws::LiveError;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation")]
pub enum Step {
    #[serde(rename = "PutRolePolicy")]
    PutInline {
        name: SmolStr,
        policy: PolicyText,
        /// Whether the role has one of this name.
        replaces: bool,
    },
    CreatePolicy {
        arn: SmolStr,
        policy: PolicyText,
    },
    /// Makes room for a new version.
    #[serde(rename = "DeletePolicyVersion")]
    DeleteVersion {
        arn: SmolStr,
        version: SmolStr,
    },
    /// The new version becomes the default one.
    #[serde(rename = "CreatePolicyVersion")]
    CreateVersion {
        arn: SmolStr,
        policy: PolicyText,
    },
    #[serde(rename = "AttachRolePolicy")]
    Attach {
        arn: SmolStr,
    },
    #[serde(rename = "DetachRolePolicy")]
    Detach {
        arn: SmolStr,
    },
    #[serde(rename = "DeleteRolePolicy")]
    DeleteInline {
        name: SmolStr,
    },
}

impl Step {
    /// IAM's name of the call.
    pub fn operation(&self) -> &'static str {
        match self {
            Self::PutInline { .. } => "PutRolePolicy",
            Self::CreatePolicy { .. } => "CreatePolicy",
            Self::DeleteVersion { .. } => "DeletePolicyVersion",
            Self::CreateVersion { .. } => "CreatePolicyVersion",
            Self::Attach { .. } => "AttachRolePolicy",
            Self::Detach { .. } => "DetachRolePolicy",
            Self::DeleteInline { .. } => "DeleteRolePolicy",
        }
    }

    /// The managed policy whose versions it changes, or which it makes.
    pub fn changed_policy(&self) -> Option<&SmolStr> {
        match self {
            Self::CreatePolicy { arn, .. }
            | Self::DeleteVersion { arn, .. }
            | Self::CreateVersion { arn, .. } => Some(arn),
            _ => None,
        }
    }

    pub(super) fn take(&self, role: &str, account: &mut dyn Account) -> Result<(), LiveError> {
        match self {
            Self::PutInline { name, policy, .. } => account.put_inline(role, name, policy.text()),
            Self::CreatePolicy { arn, policy } => {
                account.create_policy(name_of(arn), path_of(arn), policy.text())
            }
            Self::DeleteVersion { arn, version } => account.delete_version(arn, version),
            Self::CreateVersion { arn, policy } => account.create_version(arn, policy.text(), true).map(drop),
            Self::Attach { arn } => account.attach(role, arn),
            Self::Detach { arn } => account.detach(role, arn),
            Self::DeleteInline { name } => account.delete_inline(role, name),
        }
    }
}

/// What it does, as an order.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PutInline { name, replaces: false, .. } => write!(f, "put the inline policy `{name}`"),
            Self::PutInline { name, replaces: true, .. } => write!(f, "replace the inline policy `{name}`"),
            Self::CreatePolicy { arn, .. } => write!(f, "create the managed policy `{}`", name_of(arn)),
            Self::DeleteVersion { arn, version } => {
                write!(f, "delete version {version} of the managed policy `{}`", name_of(arn))
            }
            Self::CreateVersion { arn, .. } => {
                write!(f, "make a new default version of the managed policy `{}`", name_of(arn))
            }
            Self::Attach { arn } => write!(f, "attach the managed policy `{}`", name_of(arn)),
            Self::Detach { arn } => write!(f, "detach the managed policy `{}`", name_of(arn)),
            Self::DeleteInline { name } => write!(f, "delete the inline policy `{name}`"),
        }
    }
}
