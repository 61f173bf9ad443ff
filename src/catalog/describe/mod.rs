//! What the catalog knows of a service, an operation or an action, for people and as JSON. In: a name as
//! somebody types it (`stepfunctions`, `@aws-sdk/client-sfn`, `states:StartExecution`, `s3:ListBucket`). Out: a
//! [`Description`], or the names that may have been meant.

mod json;
mod text;

use super::nearest::nearest;
use super::{ActionInfo, Operation, Service, names, sdk};
use crate::catalog;
use crate::model::Action;

#[derive(Debug)]
pub enum Description {
    /// Nothing in particular was asked for.
    Everything,
    /// What the services themselves are called.
    Services,
    Service(&'static Service),
    Operation(&'static Service, &'static Operation),
    Action(&'static ActionInfo),
}

/// A name that means nothing to the catalog.
#[derive(Debug, thiserror::Error)]
#[error("the catalog knows no `{query}`")]
pub struct Unknown {
    pub query: String,
    /// The next step, where one is known.
    pub help: Option<String>,
}

/// `query` is `SERVICE`, `SERVICE:OPERATION` or `PREFIX:ACTION`, in any SDK's spelling. A name that is both an
/// operation and an action is the operation, and its description also says who else needs the action.
pub fn describe(query: Option<&str>) -> Result<Description, Unknown> {
    let Some(query) = query.map(str::trim) else { return Ok(Description::Everything) };
    if let Some(service) = service(query) {
        return Ok(Description::Service(service));
    }
    // `Aws::S3:GetObject`, `dynamodb.put_item`
    let split = query.rsplit_once(':').or_else(|| query.rsplit_once('.'));
    let Some((of, name)) = split else { return Err(unknown_service(query, query)) };
    let found = service(of);
    if let Some(service) = found
        && let Some(operation) = operation(service, name)
    {
        return Ok(Description::Operation(service, operation));
    }
    let prefixes = [Some(of), found.map(|service| service.prefix.as_str())];
    let action = prefixes
        .into_iter()
        .flatten()
        .find_map(|prefix| catalog::action(&Action::new(format!("{prefix}:{name}"))));
    action.map(Description::Action).ok_or_else(|| match found {
        Some(service) => unknown_name(query, service, name),
        None => unknown_service(query, of),
    })
}

/// A service by any of its names: of an SDK, of IAM (`cassandra`), of CloudTrail (`monitoring.amazonaws.com`).
fn service(written: &str) -> Option<&'static Service> {
    let known = catalog::find_service(written)
        .or_else(|| sdk::Sdk::ALL.into_iter().find_map(|sdk| sdk::find(sdk, written)))
        .or_else(|| catalog::find_service(written.strip_suffix(".amazonaws.com")?))
        .or_else(|| client_of(written));
    known.and_then(catalog::service)
}

fn operation(service: &'static Service, written: &str) -> Option<&'static Operation> {
    let written = written.strip_suffix("Command").filter(|plain| !plain.is_empty()).unwrap_or(written);
    service
        .operation(written)
        .or_else(|| sdk::Sdk::ALL.into_iter().find_map(|sdk| sdk::operation(sdk, service, written)))
}

/// A client whose actions have the prefix: `keyspaces` of `cassandra`.
fn client_of(prefix: &str) -> Option<&'static str> {
    catalog::service_names().find(|name| names::prefix(name).is_some_and(|own| own == prefix))
}

fn unknown_service(query: &str, written: &str) -> Unknown {
    // What stands before the service's own name in a package says nothing.
    let own = written.rsplit(['/', '.', ':', '\\']).find(|part| !part.is_empty()).unwrap_or(written);
    let own = own.strip_prefix("client-").or_else(|| own.strip_prefix("aws_sdk_")).unwrap_or(own);
    let near = nearest(own, catalog::service_names().chain(catalog::prefixes()));
    let help = suggest(&near).or_else(|| Some("`scopedown catalog --services` lists them all".to_owned()));
    Unknown { query: query.to_owned(), help }
}

fn unknown_name(query: &str, service: &'static Service, written: &str) -> Unknown {
    let operations = service.operations().map(|operation| operation.name.as_str());
    let actions = catalog::actions(&service.prefix).map(|info| info.action.name());
    let near = nearest(written, operations.chain(actions));
    let help =
        suggest(&near).or_else(|| Some(format!("`scopedown catalog {}` lists its operations", service.name)));
    Unknown { query: query.to_owned(), help }
}

fn suggest(near: &[&str]) -> Option<String> {
    let names: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
    (!names.is_empty()).then(|| format!("did you mean {}?", names.join(", ")))
}

fn needed(operation: &Operation) -> impl Iterator<Item = &Action> {
    operation.actions.iter().chain(operation.conditional.iter().map(|conditional| &conditional.action))
}

/// The ARN formats that an action can be scoped to, or `*` alone.
fn scopes(action: &Action) -> Vec<&'static str> {
    let types = catalog::action(action).map_or(&[][..], |info| &info.resource_types);
    let arns: Vec<&str> = types
        .iter()
        .filter_map(|name| catalog::resource_type(action.service(), name))
        .flat_map(|kind| kind.arns.iter().map(smol_str::SmolStr::as_str))
        .collect();
    if arns.is_empty() { vec!["*"] } else { arns }
}

/// Every operation that can need the action.
fn needing(action: &Action) -> Vec<String> {
    let services = catalog::service_names().filter_map(catalog::service);
    services
        .flat_map(|service| service.operations().map(move |operation| (service, operation)))
        .filter(|(_, operation)| needed(operation).any(|needed| needed == action))
        .map(|(service, operation)| format!("{}:{}", service.name, operation.name))
        .collect()
}

/// The action of the operation's own name, where other operations need it too.
fn namesake(service: &Service, operation: &Operation) -> Option<&'static ActionInfo> {
    catalog::action(&Action::new(format!("{}:{}", service.prefix, operation.name)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn json(query: &str) -> Value {
        describe(Some(query)).unwrap().to_json()
    }

    #[test]
    fn an_operation_says_what_it_needs_on_what_and_what_a_trail_has_of_it() {
        let found = &json("sqs:send_message_batch")["sqs"]["SendMessageBatch"];
        let queue = "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}";
        assert_eq!(found["actions"], json!(["sqs:SendMessage"]));
        assert_eq!(found["status"], "mapped");
        assert_eq!(found["resources"], json!({ "sqs:SendMessage": [queue] }));
        let checked = json!({
            "by": "rule", "arns": ["arn:{partition}:sqs:{region}:{account}:{QueueUrl}"], "fields": ["QueueUrl"],
        });
        assert_eq!(found["checked"]["sqs:SendMessage"], checked);
        let event = json!({
            "source": "sqs.amazonaws.com", "name": "SendMessageBatch", "class": "data",
            "resource_type": "AWS::SQS::Queue",
        });
        assert_eq!(found["cloudtrail"], event);
        let derived = &json("guardduty:GetDetector")["guardduty"]["GetDetector"]["checked"];
        assert_eq!(derived["guardduty:GetDetector"]["by"], "derived");
        assert_eq!(derived["guardduty:GetDetector"]["fields"], json!(["DetectorId"]));
    }

    #[test]
    fn an_action_says_who_needs_it() {
        let list = json("s3:ListBucket");
        let operations = list["s3:ListBucket"]["operations"].as_array().unwrap();
        assert!(operations.contains(&"s3:HeadBucket".into()), "{operations:?}");
        assert_eq!(list["s3:ListBucket"]["access"], "list");
        assert_eq!(json("sfn")["stepfunctions"]["StartExecution"]["status"], "mapped");
        assert_eq!(json("cassandra:Select")["cassandra:Select"]["access"], "read");
        // It is an operation too.
        let text = describe(Some("s3:GetObject")).unwrap().to_string();
        assert!(text.contains("\n  the action s3:GetObject is needed by:"), "{text}");
        assert!(text.contains("s3:HeadObject"), "{text}");
    }

    #[test]
    fn people_read_the_condition_or_why_there_is_none() {
        let text = describe(Some("s3:CopyObject")).unwrap().to_string();
        assert!(text.contains("\n  needs s3:PutObjectTagging when the request has `Tagging`"), "{text}");
        assert!(text.contains("\n  not granted: s3-object-lambda:PutObject, only"), "{text}");
        let text = describe(Some("sts:GetCallerIdentity")).unwrap().to_string();
        assert!(
            text.starts_with(
                "sts:GetCallerIdentity\n  needs no permission\n  always allowed, even against a deny"
            ),
            "{text}"
        );
    }

    #[test]
    fn every_spelling_of_an_sdk_is_understood() {
        for written in [
            "dynamodb",
            "DynamoDB",
            "@aws-sdk/client-dynamodb",
            "@aws-sdk/lib-dynamodb",
            "Aws::DynamoDB",
            "Amazon.DynamoDBv2",
            "AmazonDynamoDB",
            "aws_sdk_dynamodb",
            "aws-sdk-dynamodb",
            "dynamodb.amazonaws.com",
            "github.com/aws/aws-sdk-go-v2/service/dynamodb",
        ] {
            let found = describe(Some(written));
            assert!(
                matches!(found, Ok(Description::Service(service)) if service.name == "dynamodb"),
                "{written}"
            );
        }
        for written in ["dynamodb:PutItem", "dynamodb.put_item", "@aws-sdk/client-dynamodb:PutItemCommand"] {
            let found = describe(Some(written));
            assert!(
                matches!(found, Ok(Description::Operation(_, operation)) if operation.name == "PutItem"),
                "{written}"
            );
        }
        let found = describe(Some("Aws::S3:GetObject"));
        assert!(matches!(found, Ok(Description::Operation(service, _)) if service.name == "s3"));
    }

    #[test]
    fn an_unknown_name_is_refused_with_its_neighbours() {
        for (written, help) in [
            ("dynamo", "did you mean `dynamodb`, `dynamodbstreams`?"),
            ("lamda", "did you mean `lambda`?"),
            ("@aws-sdk/client-dynamo-db-x", "did you mean `dynamodb`"),
            ("s3:GetObjects", "did you mean `GetObject`, `HeadObject`"),
            ("sqs:SendMesage", "did you mean `SendMessage`"),
            ("zzzzzz", "`scopedown catalog --services` lists them all"),
            ("sqs:Zzzzzzzzzz", "`scopedown catalog sqs` lists its operations"),
        ] {
            let unknown = describe(Some(written)).unwrap_err();
            assert_eq!(unknown.to_string(), format!("the catalog knows no `{written}`"));
            let given = unknown.help.unwrap();
            let start = help.split(['?', ',']).next().unwrap();
            assert!(given.starts_with(start), "{written}: {given}");
        }
        assert!(describe(Some("")).is_err() && describe(Some(":")).is_err());
    }
}
