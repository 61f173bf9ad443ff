//! The documents of AWS's own managed policies that are among our data, for a role that is read without AWS.
//!
//! They are what AWS published for the partition `aws` when the data was made; other partitions have other ARNs
//! in them, and are not answered.

use smol_str::SmolStr;

use super::PolicyText;
use crate::catalog;

/// The version, where the data tells it, and the document of a policy by its ARN.
pub fn published(arn: &str) -> Option<(Option<SmolStr>, PolicyText)> {
    let name = arn.strip_prefix("arn:aws:iam::aws:policy/")?;
    let data: serde_json::Value =
        serde_json::from_str(&catalog::data::text("managed-policies.json")?).ok()?;
    let statements = data.get(super::name_of(name))?;
    let document = serde_json::json!({ "Version": "2012-10-17", "Statement": statements });
    let (policy, problem) = PolicyText::read(format!("{document:#}"));
    problem.is_none().then_some((None, policy))
}
