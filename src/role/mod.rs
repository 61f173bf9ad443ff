//! An execution role as it is, and how it is changed.
//!
//! A [`Role`] is pure data, whatever it was read from: files ([`read`]), a template ([`Role::of_documents`]) or
//! AWS ([`live`]). [`plan`] turns a role and what is wanted of it into ordered steps; [`apply`] takes the steps
//! in an [`Account`] with a [`Backup`] written first, and [`rollback`] takes them back.
//!
//! What is not looked at: service control policies, resource-based policies and session policies. They limit or
//! add to what a role may do, and stand in no description of a role.

mod account;
mod apply;
mod backup;
mod changes;
mod file;
#[cfg(feature = "aws")]
mod live;
mod managed;
mod plan;
mod policy_text;
mod rollback;
mod shapes;
mod slips;
mod source_text;
mod state;
mod step;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::model::{Document, Note};
use crate::policy::UNKNOWN_ACTION;

pub use account::{Account, ManagedPolicy, Version};
pub use apply::{Applied, ApplyError, FailedStep, Progress, apply};
pub use backup::{Backup, BackupError, backup_path};
pub use file::{Description, RoleError, read};
#[cfg(feature = "aws")]
pub use live::{Iam, live};
pub use plan::{Desired, Plan, Quotas, plan};
pub use policy_text::PolicyText;
pub use rollback::{RollbackError, RolledBack, Standing, rollback, standing};
pub use slips::{exists, slips};
pub use source_text::{line, load};
pub use step::Step;

/// A role with everything that decides what it may do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Role {
    pub name: SmolStr,
    /// Begins and ends with `/`.
    pub path: SmolStr,
    /// None where the role is known by its documents alone.
    pub arn: Option<SmolStr>,
    /// IAM's own id. A role that was deleted and made again has another.
    pub id: Option<SmolStr>,
    /// Who may assume it.
    pub trust: Option<PolicyText>,
    /// By name.
    pub inline: BTreeMap<SmolStr, PolicyText>,
    /// By ARN.
    pub attached: BTreeMap<SmolStr, Attached>,
    /// What limits everything else, whatever it allows.
    pub boundary: Option<Boundary>,
    pub tags: BTreeMap<SmolStr, SmolStr>,
    /// None where AWS was not asked.
    pub last_accessed: Option<Vec<LastAccess>>,
}

/// A managed policy, as far as one of its roles knows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attached {
    pub name: SmolStr,
    pub owner: Owner,
    /// The default version, which is the one that applies.
    pub version: Option<SmolStr>,
    /// The ids of all versions, oldest first; empty where they were not told.
    pub versions: Vec<SmolStr>,
    /// How many users, groups and roles have it.
    pub attachments: Option<u32>,
    /// What the default version says; none where it could not be read.
    pub policy: Option<PolicyText>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Boundary {
    pub arn: SmolStr,
    #[serde(flatten)]
    pub policy: Attached,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Owner {
    Aws,
    Customer,
}

/// When a service was last called with the role, in the time that IAM keeps track of (up to 400 days).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastAccess {
    /// The service prefix: `s3`.
    pub service: SmolStr,
    /// RFC 3339; none where the service was not called.
    pub when: Option<SmolStr>,
    pub region: Option<SmolStr>,
    /// Those actions of which IAM keeps track one by one: name without prefix, and when.
    pub actions: BTreeMap<SmolStr, Option<SmolStr>>,
}

/// Where among a role's policies a document stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyOrigin {
    Inline { name: SmolStr },
    Managed { arn: SmolStr, name: SmolStr, version: Option<SmolStr> },
}

impl Role {
    /// A role that is known by its documents alone, such as one that a template describes.
    pub fn of_documents(name: &str, documents: impl IntoIterator<Item = Document>) -> Self {
        let numbered = documents.into_iter().enumerate();
        Self {
            name: name.into(),
            path: "/".into(),
            inline: numbered
                .map(|(index, document)| {
                    (smol_str::format_smolstr!("policy-{:02}", index + 1), PolicyText::new(document))
                })
                .collect(),
            ..Self::default()
        }
    }

    /// What the role is allowed and denied, less its boundary: inline policies by name, then managed ones by
    /// ARN. What could not be read is not among them, and was noted when the role was read.
    pub fn documents(&self) -> Vec<(PolicyOrigin, Document)> {
        let inline = self
            .inline
            .iter()
            .map(|(name, policy)| (PolicyOrigin::Inline { name: name.clone() }, policy.document().cloned()));
        let managed = self.attached.iter().map(|(arn, attached)| {
            let document = attached.policy.as_ref().and_then(PolicyText::document).cloned();
            let (name, version) = (attached.name.clone(), attached.version.clone());
            (PolicyOrigin::Managed { arn: arn.clone(), name, version }, document)
        });
        inline.chain(managed).filter_map(|(origin, document)| Some((origin, document?))).collect()
    }

    /// The account in its ARN.
    pub fn account(&self) -> Option<&str> {
        self.arn.as_deref()?.split(':').nth(4).filter(|account| !account.is_empty())
    }

    /// `aws`, `aws-cn` …
    pub fn partition(&self) -> &str {
        self.arn.as_deref().and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws")
    }
}

impl fmt::Display for PolicyOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inline { name } => write!(f, "inline policy `{name}`"),
            Self::Managed { name, version: Some(version), .. } => {
                write!(f, "managed policy `{name}` {version}")
            }
            Self::Managed { name, version: None, .. } => write!(f, "managed policy `{name}`"),
        }
    }
}

/// Whether these notes say that the role has a policy that is not as somebody meant it.
pub fn misspelt(notes: &[Note]) -> bool {
    notes.iter().any(|note| note.rule == UNKNOWN_ACTION)
}

/// Whether these notes say that some policy of the role is missing from what was read.
pub fn incomplete(notes: &[Note]) -> bool {
    notes.iter().any(|note| matches!(note.rule, POLICY_NOT_READ | POLICIES_NOT_DESCRIBED))
}

/// A policy that the role has, and whose document is not known.
const POLICY_NOT_READ: &str = "policy-not-read";
/// A description of a role that leaves out which policies it has.
const POLICIES_NOT_DESCRIBED: &str = "policies-not-described";

/// What follows the last `/`, which names a role or policy.
fn name_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// The path in the ARN of a role or policy: `/service-role/`.
fn path_of(arn: &str) -> &str {
    let (Some(start), Some(end)) = (arn.find('/'), arn.rfind('/')) else { return "/" };
    &arn[start..=end]
}

/// A version's number, for putting versions in order: 12 of `v12`.
fn version_number(id: &str) -> u64 {
    id.trim_start_matches('v').parse().unwrap_or(u64::MAX)
}

impl Owner {
    /// Of the policy with this ARN: AWS's own are in the account `aws`.
    pub fn of(arn: &str) -> Self {
        if arn.split(':').nth(4) == Some("aws") { Self::Aws } else { Self::Customer }
    }
}
