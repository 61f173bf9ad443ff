//! What changing a role asks of an AWS account. The live one is [`super::Iam`]; tests have one in memory.
//!
//! Each call is one call of IAM's, and means what IAM means by it: putting replaces, attaching twice is once,
//! detaching or deleting what is not there is [`Problem::NotFound`](crate::aws::Problem::NotFound).

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::{PolicyText, Role, version_number};
use crate::aws::LiveError;
use crate::model::Note;

pub trait Account {
    /// The role with everything but its last accesses; the notes say what may not be read of it.
    fn role(&mut self, name: &str) -> Result<(Role, Vec<Note>), LiveError>;
    /// A managed policy of the account with all its versions; none where there is none.
    fn policy(&mut self, arn: &str) -> Result<Option<ManagedPolicy>, LiveError>;

    fn put_inline(&mut self, role: &str, name: &str, text: &str) -> Result<(), LiveError>;
    fn delete_inline(&mut self, role: &str, name: &str) -> Result<(), LiveError>;
    fn attach(&mut self, role: &str, arn: &str) -> Result<(), LiveError>;
    fn detach(&mut self, role: &str, arn: &str) -> Result<(), LiveError>;
    /// The ARN of the new policy is the one that its name and path make.
    fn create_policy(&mut self, name: &str, path: &str, text: &str) -> Result<(), LiveError>;
    /// Deletes a policy that has no version but its default one.
    fn delete_policy(&mut self, arn: &str) -> Result<(), LiveError>;
    /// The id of the new version.
    fn create_version(&mut self, arn: &str, text: &str, default: bool) -> Result<SmolStr, LiveError>;
    fn set_default(&mut self, arn: &str, version: &str) -> Result<(), LiveError>;
    fn delete_version(&mut self, arn: &str, version: &str) -> Result<(), LiveError>;
}

/// A customer's managed policy, whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ManagedPolicy {
    /// Oldest first.
    pub versions: Vec<Version>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// `v3`.
    pub id: SmolStr,
    pub default: bool,
    pub policy: PolicyText,
}

impl ManagedPolicy {
    pub fn new(mut versions: Vec<Version>) -> Self {
        versions.sort_by_key(|version| version_number(&version.id));
        Self { versions }
    }

    pub fn default_version(&self) -> Option<&Version> {
        self.versions.iter().find(|version| version.default)
    }

    pub fn version(&self, id: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.id == id)
    }
}
