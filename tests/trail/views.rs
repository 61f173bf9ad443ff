//! What a usage offers to those who judge.

use scopedown::model::Action;
use scopedown::trail::{Attribution, Filter, Usage, Visibility, local};

use crate::callers::usage_of;
use crate::record::{event, function, session};
use crate::sample;

fn sample() -> Usage {
    local::read(&[sample::folder()], &Filter::default(), &()).unwrap().usage
}

#[test]
fn a_session_belongs_to_the_function_of_its_name() {
    let call = |number| {
        event(number, "2026-11-03T09:00:00Z", "ssm", "GetParameter", serde_json::json!({ "name": "/p" }))
    };
    let mut bare = session(call(1), "orders");
    bare["userIdentity"].as_object_mut().unwrap().remove("sessionContext");
    let usage =
        usage_of(&[bare, session(call(2), "orders"), function(call(3), "orders"), session(call(4), "else")]);
    let functions = usage.functions();
    let known: Vec<_> = functions
        .iter()
        .map(|function| {
            (function.caller.function_name().unwrap(), function.caller.attribution, function.calls())
        })
        .collect();
    assert_eq!(known, [("orders", Attribution::InScopeOf, 3), ("else", Attribution::Session, 1)]);
    assert!(functions.iter().all(|function| function.caller.role == crate::record::ROLE));
}

#[test]
fn what_was_observed_is_told_with_its_resource() {
    let usage = sample();
    let functions =
        usage.functions_like(&Filter { functions: vec!["*-orders-api".into()], ..Filter::default() });
    let [api] = &functions[..] else { panic!("{functions:?}") };
    let told: Vec<String> = api
        .observations()
        .iter()
        .map(|o| {
            format!(
                "{}{} {} {}",
                if o.denied { "denied " } else { "" },
                o.action,
                o.resource.to_pattern(),
                o.count
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "dynamodb:PutItem arn:aws:dynamodb:eu-west-1:111122223333:table/fern-and-fig-orders 12",
            "denied secretsmanager:GetSecretValue arn:aws:secretsmanager:eu-west-1:111122223333:secret:fern-and-fig/payment-api-Ab3dEf 1",
            "sqs:SendMessage arn:aws:sqs:eu-west-1:111122223333:fern-and-fig-payments 12",
        ]
    );
    let completeness = api.completeness().unwrap();
    assert_eq!((completeness.calls, completeness.kinds, completeness.once), (25, 3, 1));
}

#[test]
fn what_could_have_been_seen() {
    let usage = sample();
    let visibility = |action: &str| usage.visibility(&Action::new(action));
    assert_eq!(visibility("secretsmanager:GetSecretValue"), Visibility::Management);
    assert_eq!(visibility("S3:getobject"), Visibility::DataEvents("AWS::S3::Object".into()));
    assert_eq!(visibility("dynamodb:PutItem"), Visibility::DataEvents("AWS::DynamoDB::Table".into()));
    assert_eq!(visibility("sns:Publish"), Visibility::NoDataEvents("AWS::SNS::Topic".into()));
    assert_eq!(visibility("lambda:InvokeFunction"), Visibility::NoDataEvents("AWS::Lambda::Function".into()));
    assert_eq!(visibility("x:MakeCoffee"), Visibility::Unknown);
    assert!(!visibility("lambda:InvokeFunction").is_visible());
    assert_eq!(Usage::default().visibility(&Action::new("ssm:GetParameter")), Visibility::NoManagementEvents);
}
