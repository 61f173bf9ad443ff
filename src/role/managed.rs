//! The documents of AWS's own managed policies that are among our data, for a role that is read without AWS.
//!
//! They are what AWS published for the partition `aws`. In other partitions a document has other ARNs in it, so
//! there only one without ARNs is answered.

use smol_str::SmolStr;

use super::{Owner, PolicyText, name_of};
use crate::catalog;

/// The version and the document of a policy by its ARN.
pub fn published(arn: &str) -> Option<(SmolStr, PolicyText)> {
    let partition = arn.split(':').nth(1)?;
    let found = catalog::managed_policy(name_of(arn)).filter(|_| Owner::of(arn) == Owner::Aws)?;
    let text = format!("{:#}", found.document);
    let elsewhere = partition != "aws" && text.contains("arn:aws:");
    if elsewhere || found.arn(partition) != arn {
        return None;
    }
    let (policy, problem) = PolicyText::read(text);
    problem.is_none().then_some((found.version, policy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_published_policy_can_be_read() {
        for name in catalog::managed_policy_names() {
            let arn = catalog::managed_policy(&name).map(|policy| policy.arn("aws"));
            assert!(arn.is_some_and(|arn| published(&arn).is_some()), "{name}");
        }
    }

    #[test]
    fn a_policy_is_only_known_where_its_document_fits() {
        assert!(published("arn:aws-cn:iam::aws:policy/AmazonS3FullAccess").is_some());
        assert!(published("arn:aws-cn:iam::aws:policy/AWSLambdaExecute").is_none());
        assert!(
            published("arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole").is_none(),
            "the path is missing"
        );
        assert!(published("arn:aws:iam::123456789012:policy/AmazonS3FullAccess").is_none());
    }
}
