//! Whose call it is, what it needed, and what is never a grant.

use scopedown::trail::{Attribution, Collector, Fate, Filter, Usage};
use serde_json::{Value, json};

use crate::record::{ROLE, data, event, function, session, with};

pub fn usage_of(events: &[Value]) -> Usage {
    let mut collector = Collector::new(Filter::default());
    let reading = collector.file(json!({ "Records": events }).to_string().as_bytes());
    assert_eq!((reading.broken, reading.malformed_at, reading.truncated_at), (0, None, None));
    collector.take()
}

const TIME: &str = "2026-11-03T09:00:00Z";

fn parameter(number: u64) -> Value {
    event(number, TIME, "ssm", "GetParameter", json!({ "name": "/shop/db", "withDecryption": true }))
}

fn object(number: u64, bucket: &str, key: &str) -> Value {
    data(event(number, TIME, "s3", "GetObject", json!({ "bucketName": bucket, "key": key })), &[])
}

/// Role, function and how it is known, of a single caller.
fn caller(event: Value) -> (String, Option<String>, Attribution) {
    let usage = usage_of(&[event]);
    assert_eq!(usage.rows.len(), 1);
    let caller = usage.rows.keys().next().unwrap().caller.clone();
    (caller.role.to_string(), caller.function.map(|function| function.to_string()), caller.attribution)
}

/// The actions of a record and the resources of each, allowed and denied.
fn needs(event: Value) -> (Vec<String>, Vec<String>) {
    let usage = usage_of(&[session(event, "f")]);
    let row = usage.rows.values().next().unwrap();
    let list =
        |actions: &std::collections::BTreeMap<scopedown::model::Action, scopedown::trail::Resources>| {
            actions
                .iter()
                .flat_map(|(action, resources)| {
                    resources
                        .patterns()
                        .into_iter()
                        .map(move |pattern| format!("{action} {}", pattern.to_pattern()))
                })
                .collect()
        };
    (list(&row.allowed), list(&row.denied))
}

#[test]
fn the_function_is_named_by_the_credentials_then_by_the_session() {
    let arn = "arn:aws:lambda:eu-west-1:111122223333:function:orders";
    let named = (ROLE.to_owned(), Some(arn.to_owned()), Attribution::InScopeOf);
    assert_eq!(caller(function(parameter(1), "orders")), named);
    let version = with(
        function(parameter(1), "orders"),
        &[("/userIdentity/inScopeOf/credentialsIssuedTo", format!("{arn}:$LATEST").into())],
    );
    assert_eq!(caller(version), named);
    let by_session = (ROLE.to_owned(), Some("orders".to_owned()), Attribution::Session);
    assert_eq!(caller(session(parameter(1), "orders")), by_session);
    // What is no function's ARN there says nothing.
    let role = with(
        function(parameter(1), "orders"),
        &[("/userIdentity/inScopeOf/credentialsIssuedTo", ROLE.into())],
    );
    assert_eq!(caller(role), by_session);
}

#[test]
fn a_role_is_known_without_its_context_and_without_a_session() {
    let mut bare = session(parameter(1), "orders");
    bare["userIdentity"].as_object_mut().unwrap().remove("sessionContext");
    let role = "arn:aws:iam::111122223333:role/fern-and-fig-ShopRole-1TX9QWE7Z2K4M";
    assert_eq!(caller(bare.clone()), (role.to_owned(), Some("orders".to_owned()), Attribution::Session));
    let china = with(bare, &[("/userIdentity/arn", "arn:aws-cn:sts::111122223333:assumed-role/r".into())]);
    assert_eq!(caller(china), ("arn:aws-cn:iam::111122223333:role/r".to_owned(), None, Attribution::Role));
}

#[test]
fn a_caller_who_is_described_in_two_ways_is_one() {
    let plain = "arn:aws:iam::111122223333:role/plain";
    let at = [
        ("/userIdentity/arn", "arn:aws:sts::111122223333:assumed-role/plain/f".into()),
        ("/userIdentity/sessionContext/sessionIssuer/arn", plain.into()),
    ];
    let whole = with(session(parameter(1), "f"), &at);
    let mut bare = with(session(parameter(2), "f"), &at);
    bare["userIdentity"].as_object_mut().unwrap().remove("sessionContext");
    let usage = usage_of(&[whole, bare]);
    let rows: Vec<_> = usage.rows.iter().map(|(key, row)| (key.caller.role.as_str(), row.count())).collect();
    assert_eq!(rows, [(plain, 2)]);
}

#[test]
fn users_services_and_what_is_no_call_are_not_counted() {
    let mut collector = Collector::new(Filter::default());
    let mut fate = |event: &Value| collector.json(event.to_string().as_bytes());
    for identity in [
        json!({ "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/x", "accountId": "111122223333" }),
        json!({ "type": "Root", "arn": "arn:aws:iam::111122223333:root" }),
        json!({ "type": "AWSService", "invokedBy": "lambda.amazonaws.com" }),
        json!({ "accountId": "111122223333", "invokedBy": "AWS Internal" }),
        Value::Null,
    ] {
        assert_eq!(fate(&with(parameter(1), &[("/userIdentity", identity)])), Fate::OtherCaller);
    }
    for (name, value) in [
        ("eventType", "AwsServiceEvent"),
        ("eventType", "AwsConsoleSignIn"),
        ("eventCategory", "NetworkActivity"),
        ("eventCategory", "Insight"),
    ] {
        let event = with(session(parameter(1), "f"), &[(&format!("/{name}"), value.into())]);
        assert_eq!(fate(&event), Fate::NoCall, "{value}");
    }
    assert_eq!(fate(&with(session(parameter(1), "f"), &[("/eventTime", "yesterday".into())])), Fate::Broken);
    assert!(collector.take().rows.is_empty());
}

#[test]
fn what_a_service_does_with_the_role_stands_apart() {
    let forwarded = with(
        session(event(2, TIME, "kms", "Decrypt", Value::Null), "f"),
        &[("/userIdentity/invokedBy", "secretsmanager.amazonaws.com".into())],
    );
    let own = session(event(3, TIME, "kms", "Decrypt", Value::Null), "f");
    let usage = usage_of(&[forwarded, own]);
    let via: Vec<_> = usage.rows.keys().map(|key| key.via.as_deref()).collect();
    assert_eq!(via, [None, Some("secretsmanager.amazonaws.com")]);
}

#[test]
fn an_event_counts_once_however_often_it_is_delivered() {
    let one = session(parameter(1), "f");
    let elsewhere = with(one.clone(), &[("/recipientAccountId", "444455556666".into())]);
    let usage = usage_of(&[one.clone(), one.clone(), elsewhere, session(parameter(2), "f"), one]);
    assert_eq!(usage.rows.values().map(scopedown::trail::Row::count).sum::<u64>(), 3);
}

#[test]
fn a_denied_call_is_counted_and_is_no_grant() {
    let denied = |code: &str, message: &str| {
        needs(with(parameter(1), &[("/errorCode", code.into()), ("/errorMessage", message.into())]))
    };
    let parameter = "ssm:GetParameter arn:aws:ssm:eu-west-1:111122223333:parameter/shop/db";
    for code in [
        "AccessDenied",
        "AccessDeniedException",
        "Client.UnauthorizedOperation",
        "ForbiddenException",
        "NotAuthorized",
    ] {
        let (allowed, refused) = denied(code, "");
        assert_eq!((allowed.len(), refused), (0, vec![parameter.to_owned()]), "{code}");
    }
    // Any other error came after the caller was let in.
    assert_eq!(denied("ThrottlingException", ""), (vec![parameter.to_owned()], Vec::new()));
    // A denial says best what it lacked.
    let said = "User: x is not authorized to perform: SSM:GetParameters on resource: \"arn:aws:ssm:eu-west-1:111122223333:parameter/a*\" because";
    let escaped = "ssm:GetParameters arn:aws:ssm:eu-west-1:111122223333:parameter/a${*}";
    assert_eq!(denied("AccessDenied", said), (Vec::new(), vec![escaped.to_owned()]));
    let made_up = "User: x is not authorized to perform: x:Everything on resource: *";
    assert_eq!(denied("AccessDenied", made_up).1, [parameter]);
}

#[test]
fn a_wildcard_in_a_log_is_data() {
    let (allowed, _) = needs(object(1, "media", "a*/?${aws:username}\"\\é"));
    assert_eq!(allowed, ["s3:GetObject arn:aws:s3:::media/a${*}/${?}${$}{aws:username}\"\\é"]);
    let (allowed, _) = needs(event(1, TIME, "ssm", "GetParameter", json!({ "name": "/shop/*" })));
    assert_eq!(allowed, ["ssm:GetParameter arn:aws:ssm:eu-west-1:111122223333:parameter/shop/${*}"]);
    let (allowed, _) = needs(object(1, "media", "HIDDEN_DUE_TO_SECURITY_REASONS"));
    assert_eq!(allowed, ["s3:GetObject arn:aws:s3:::media/*"]);
}

#[test]
fn keys_become_the_longest_prefixes_that_cover_them() {
    let keys = |keys: &mut dyn Iterator<Item = String>| {
        let events: Vec<Value> =
            keys.enumerate().map(|(at, key)| session(object(at as u64, "media", &key), "f")).collect();
        let usage = usage_of(&events);
        let resources = usage.rows.values().next().unwrap().allowed.values().next().unwrap().patterns();
        resources
            .iter()
            .map(|pattern| pattern.to_pattern().replace("arn:aws:s3:::media/", ""))
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(&mut (0..16).map(|n| format!("{n}.txt"))).len(), 16);
    assert_eq!(keys(&mut (0..17).map(|n| format!("{n}.txt"))), ["*"]);
    assert_eq!(keys(&mut (0..40).map(|n| format!("thumbnails/{n}.jpg"))), ["thumbnails/*"]);
    assert_eq!(keys(&mut (0..40).map(|n| format!("thumbnails/page-{n}.jpg"))), ["thumbnails/page-*"]);
    let mut both = (0..40).flat_map(|n| [format!("in/a/{n}.csv"), format!("out/{n}")]);
    assert_eq!(keys(&mut both), ["in/a/*", "out/*"]);
}

#[test]
fn a_role_with_countless_sessions_is_counted_as_a_whole() {
    let events: Vec<Value> = (0..600).map(|n| session(parameter(n), &format!("session-{n}"))).collect();
    let named = function(parameter(1000), "orders");
    let usage = usage_of(&[&events[..], &[named]].concat());
    let rows: Vec<_> = usage.rows.iter().map(|(key, row)| (key.caller.attribution, row.count())).collect();
    assert_eq!(rows, [(Attribution::Role, 600), (Attribution::InScopeOf, 1)]);
}

#[test]
fn an_event_that_nobody_knows_is_counted() {
    let usage = usage_of(&[session(event(1, TIME, "quantumcoffee", "BrewEspresso", Value::Null), "f")]);
    let row = usage.rows.values().next().unwrap();
    assert_eq!((row.count(), row.allowed.len()), (1, 0));
    let notes = scopedown::report::usage::notes_of(&usage, &[]);
    assert!(notes.iter().any(|note| note.rule == "unknown-event" && note.message.contains("BrewEspresso")));
}

#[test]
fn one_event_can_need_several_actions() {
    let copy = json!({ "bucketName": "media", "key": "to/b", "x-amz-copy-source": "uploads/from/a" });
    let (allowed, _) = needs(data(event(1, TIME, "s3", "CopyObject", copy), &[]));
    assert!(allowed.contains(&"s3:GetObject arn:aws:s3:::uploads/from/a".to_owned()), "{allowed:?}");
    assert!(allowed.contains(&"s3:PutObject arn:aws:s3:::media/to/b".to_owned()), "{allowed:?}");
}
