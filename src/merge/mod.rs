//! Grants become one role policy.
//!
//! Comes in: everything that wants a permission, as [`Grant`]s. Goes out: statements, each with its kind, its
//! resources in both spellings, and a stable name; or an error, when what was built does not say exactly what
//! was asked for ([`self_check`]).
//!
//! What the platform needs never shares a statement with what the code calls, so that a reader can tell them
//! apart; nor do two services. A permission that is wanted for two reasons is printed once: the platform comes
//! before the code, the code before a person's pin, and that before what was only observed.

mod combine;
mod role;
mod self_check;
mod sid;
mod spelling;
pub mod verdict;

pub use combine::combine;
pub use role::{RolePolicy, ScopedStatement};
pub use self_check::{SelfCheckError, Spelling, self_check};

use crate::model::{Grant, Kind, Resource, Text};
use crate::policy::{Covers, Permission};

/// Builds the policy that allows the grants and nothing else.
pub fn role_policy(grants: &[Grant]) -> Result<RolePolicy, SelfCheckError> {
    role_policy_settled(grants, &Text::clone)
}

/// The same, where `settle` says what the symbols of conditions stand for in a policy document. Grants have both
/// spellings of their resources, and one of their conditions.
pub fn role_policy_settled(
    grants: &[Grant],
    settle: &dyn Fn(&Text) -> Text,
) -> Result<RolePolicy, SelfCheckError> {
    let mut wanted: Vec<(Kind, Permission<Resource>)> = Vec::new();
    for kind in [Kind::Platform, Kind::Code, Kind::Pinned, Kind::Observed] {
        let own = grants.iter().filter(|grant| grant.kind == kind).map(|grant| Permission {
            action: grant.action.clone(),
            resource: grant.resource.clone(),
            condition: grant.condition.clone(),
        });
        let unsettled: Vec<_> =
            own.filter(|permission| !wanted.iter().any(|(_, wider)| wider.covers(permission))).collect();
        wanted.extend(unsettled.into_iter().map(|permission| (kind, permission)));
    }
    let policy = RolePolicy::new(wanted, settle);
    self_check::self_check_settled(grants, &policy, settle)?;
    Ok(policy)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::{Action, Condition, Confidence, Part, Pseudo, Shape, Text};
    use crate::policy::{print, print_with};

    fn grant(kind: Kind, action: &str, resource: Resource) -> Grant {
        let (action, condition) = (Action::new(action), Condition::new());
        Grant { action, resource, condition, kind, confidence: Confidence::Certain, origins: [].into() }
    }

    fn literal(pattern: &str) -> Resource {
        Resource { symbolic: Text::parse_pattern(pattern), pattern: Text::parse_pattern(pattern) }
    }

    fn table(id: &str) -> Resource {
        Resource {
            symbolic: Part::Resource { id: id.into(), attribute: Some("Arn".into()), shape: Shape::Arn }
                .into(),
            pattern: Text::parse_pattern("arn:aws:dynamodb:*:*:table/*"),
        }
    }

    fn symbolic(policy: &RolePolicy) -> Value {
        print_with(&policy.symbolic(), &|text| text.to_string().into())
    }

    #[test]
    fn nothing_wanted_is_nothing_granted() {
        assert_eq!(role_policy(&[]).unwrap().statements, []);
    }

    #[test]
    fn a_role_of_a_small_function() {
        let (code, platform) = (Kind::Code, Kind::Platform);
        let policy = role_policy(&[
            grant(platform, "logs:PutLogEvents", literal("arn:aws:logs:*:*:log-group:/aws/lambda/f:*")),
            grant(platform, "logs:CreateLogStream", literal("arn:aws:logs:*:*:log-group:/aws/lambda/f:*")),
            grant(code, "dynamodb:PutItem", table("Orders")),
            grant(code, "dynamodb:GetItem", table("Orders")),
            grant(code, "s3:GetObject", literal("arn:aws:s3:::incoming/*")),
            grant(code, "s3:ListBucket", literal("arn:aws:s3:::incoming")),
            grant(code, "cloudwatch:PutMetricData", Resource::any()),
        ])
        .unwrap();
        let expected = json!([
            {"Sid": "CloudwatchAny", "Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*"},
            {"Sid": "DynamodbOrders", "Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:PutItem"],
             "Resource": "${Orders.Arn}"},
            {"Sid": "S3Incoming", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::incoming"},
            {"Sid": "S3IncomingObjects", "Effect": "Allow", "Action": "s3:GetObject",
             "Resource": "arn:aws:s3:::incoming/*"},
            {"Sid": "PlatformLogs", "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
             "Resource": "arn:aws:logs:*:*:log-group:/aws/lambda/f:*"},
        ]);
        assert_eq!(symbolic(&policy)["Statement"], expected);
    }

    #[test]
    fn two_unnamed_tables_are_two_in_a_template_and_one_pattern_in_a_document() {
        let policy = role_policy(&[
            grant(Kind::Code, "dynamodb:GetItem", table("Orders")),
            grant(Kind::Code, "dynamodb:PutItem", table("Users")),
        ])
        .unwrap();
        let statements = symbolic(&policy);
        assert_eq!(statements["Statement"][0]["Resource"], "${Orders.Arn}");
        assert_eq!(statements["Statement"][1]["Resource"], "${Users.Arn}");
        let expected = json!([{"Sid": "DynamodbOrders", "Effect": "Allow",
            "Action": ["dynamodb:GetItem", "dynamodb:PutItem"], "Resource": "arn:aws:dynamodb:*:*:table/*"}]);
        assert_eq!(print(&policy.document())["Statement"], expected);
    }

    #[test]
    fn a_document_leaves_out_a_pattern_that_another_table_covers() {
        let named =
            Resource { pattern: Text::parse_pattern("arn:aws:dynamodb:*:*:table/users"), ..table("Users") };
        let policy = role_policy(&[
            grant(Kind::Code, "dynamodb:GetItem", table("Orders")),
            grant(Kind::Code, "dynamodb:GetItem", named),
        ])
        .unwrap();
        assert_eq!(symbolic(&policy)["Statement"][0]["Resource"], json!(["${Orders.Arn}", "${Users.Arn}"]));
        assert_eq!(print(&policy.document())["Statement"][0]["Resource"], "arn:aws:dynamodb:*:*:table/*");
    }

    #[test]
    fn what_the_platform_needs_too_is_written_once_and_as_the_platforms() {
        let queue = || literal("arn:aws:sqs:*:*:q");
        let policy = role_policy(&[
            grant(Kind::Code, "sqs:ReceiveMessage", queue()),
            grant(Kind::Code, "sqs:SendMessage", queue()),
            grant(Kind::Platform, "sqs:ReceiveMessage", queue()),
        ])
        .unwrap();
        let shown: Vec<_> = policy
            .statements
            .iter()
            .map(|one| (one.sid.as_str(), one.actions[0].as_str(), one.actions.len()))
            .collect();
        assert_eq!(shown, [("SqsQ", "sqs:SendMessage", 1), ("PlatformQueueQ", "sqs:ReceiveMessage", 1)]);
    }

    #[test]
    fn an_equality_with_something_unknown_becomes_a_likeness_only_where_it_is_unknown() {
        let service = Text::literal("s3.")
            .then(&Part::Pseudo(Pseudo::Region).into())
            .then(&Text::literal(".amazonaws.com"));
        let mut decrypt = grant(Kind::Code, "kms:Decrypt", literal("arn:aws:kms:*:*:key/k"));
        decrypt.condition =
            [("StringEquals".into(), [("kms:ViaService".into(), [service].into())].into())].into();
        let policy = role_policy(&[decrypt]).unwrap();
        assert_eq!(
            print(&policy.document())["Statement"][0]["Condition"],
            json!({"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}})
        );
        assert_eq!(
            symbolic(&policy)["Statement"][0]["Condition"],
            json!({"StringEquals": {"kms:ViaService": "s3.${AWS::Region}.amazonaws.com"}})
        );
    }

    #[test]
    fn grants_for_one_permission_are_one_grant() {
        let mut unsure = grant(Kind::Code, "S3:getobject", Resource::any());
        unsure.confidence = Confidence::Possible;
        let sure = grant(Kind::Code, "s3:GetObject", Resource::any());
        let platform = grant(Kind::Platform, "s3:GetObject", Resource::any());
        for grants in [[&sure, &unsure, &platform], [&platform, &unsure, &sure]] {
            let combined = combine(grants.into_iter().cloned().collect());
            let shown: Vec<_> =
                combined.iter().map(|one| (one.kind, one.action.as_str(), one.confidence)).collect();
            let expected = [
                (Kind::Code, "S3:getobject", Confidence::Certain),
                (Kind::Platform, "s3:GetObject", Confidence::Certain),
            ];
            assert_eq!(shown, expected);
        }
    }

    #[test]
    fn a_name_does_not_move_when_another_service_does() {
        let sid = |grants: &[Grant]| role_policy(grants).unwrap().statements.last().unwrap().sid.clone();
        let secret = grant(
            Kind::Code,
            "secretsmanager:GetSecretValue",
            literal("arn:aws:secretsmanager:*:*:secret:db-??????"),
        );
        assert_eq!(sid(std::slice::from_ref(&secret)), "SecretsmanagerSecretDb");
        assert_eq!(
            sid(&[grant(Kind::Code, "s3:GetObject", Resource::any()), secret]),
            "SecretsmanagerSecretDb"
        );
    }
}
