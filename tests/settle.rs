//! The two spellings of a resource, and the key behind it: every row is an ARN as the catalog may spell it, the
//! CloudFormation expression that it becomes, and the pattern of a plain policy document.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use scopedown::model::{Action, Confidence, Grant, Kind, Part, Pseudo, Resource, Shape, Text};
use scopedown::project::{Choices, Project, load};
use serde_json::{Value, json};

const TEMPLATE: &str = r#"
Parameters:
  Stage: {Type: String}
  Env: {Type: String, Default: dev}
  GivenArn: {Type: String}
Resources:
  F: {Type: AWS::Lambda::Function, Properties: {Code: {ZipFile: x}, Role: r}}
  Orders: {Type: AWS::DynamoDB::Table, Properties: {TableName: orders}}
  Staged: {Type: AWS::DynamoDB::Table, Properties: {TableName: !Sub "staged-${Stage}"}}
  Files: {Type: AWS::S3::Bucket, Properties: {BucketEncryption: {ServerSideEncryptionConfiguration: [
    {ServerSideEncryptionByDefault: {SSEAlgorithm: "aws:kms", KMSMasterKeyID: !Ref Key}}]}}}
  Jobs: {Type: AWS::SQS::Queue}
  News: {Type: AWS::SNS::Topic, Properties: {TopicName: news}}
  Token: {Type: AWS::SecretsManager::Secret, Properties: {Name: token, KmsKeyId: alias/aws/secretsmanager}}
  Plain: {Type: AWS::SSM::Parameter, Properties: {Name: plain, Type: String, Value: x}}
  Pathed: {Type: AWS::SSM::Parameter, Properties: {Name: /a/b, Type: String, Value: x}}
  Either: {Type: AWS::DynamoDB::Table, Properties: {TableName: !If [C, one, two], SSESpecification: {KMSMasterKeyId: 1234-abcd}}}
  Stages: {Type: AWS::DynamoDB::Table, Properties: {TableName: !Sub "items-${Env}"}}
  Key: {Type: AWS::KMS::Key}
"#;

fn project(choices: &Choices) -> Project {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("template.yaml");
    fs::write(&path, TEMPLATE).unwrap();
    load(&path, choices).unwrap()
}

fn resource(id: &str, attribute: Option<&str>, shape: Shape) -> Part {
    Part::Resource { id: id.into(), attribute: attribute.map(Into::into), shape }
}

/// `arn:PARTITION:service:REGION:ACCOUNT:resource`, then the parts.
fn arn(service: &str, resource: &str, parts: &[Part]) -> Text {
    let mut text = Text::literal("arn:");
    text.push(Part::Pseudo(Pseudo::Partition));
    if service == "s3" {
        text.push_str(":s3:::");
    } else {
        text.push_str(&format!(":{service}:"));
        text.push(Part::Pseudo(Pseudo::Region));
        text.push_str(":");
        text.push(Part::Pseudo(Pseudo::AccountId));
        text.push_str(":");
    }
    text.push_str(resource);
    for part in parts {
        text.push(part.clone());
    }
    text
}

fn literal(text: &str) -> Part {
    Part::Literal(text.into())
}

#[test]
fn a_resource_of_the_template_is_recognised_however_it_is_spelled() {
    let name = |id| resource(id, None, Shape::Name);
    let any = Part::Any;
    let get_att = |id: &str| json!({"Fn::GetAtt": [id, "Arn"]});
    let rows: Vec<(Text, Value, &str)> = vec![
        (
            arn("dynamodb", "table/", &[name("Orders")]),
            get_att("Orders"),
            "arn:aws:dynamodb:*:*:table/orders",
        ),
        (arn("dynamodb", "table/orders", &[]), get_att("Orders"), "arn:aws:dynamodb:*:*:table/orders"),
        (
            arn("dynamodb", "table/orders/index/", std::slice::from_ref(&any)),
            json!({"Fn::Sub": "${Orders.Arn}/index/*"}),
            "arn:aws:dynamodb:*:*:table/orders/index/*",
        ),
        (
            arn("dynamodb", "table/orders-old", &[]),
            json!({"Fn::Sub": "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/orders-old"}),
            "arn:aws:dynamodb:*:*:table/orders-old",
        ),
        (
            arn("dynamodb", "table/staged-", &[Part::Parameter("Stage".into())]),
            get_att("Staged"),
            "arn:aws:dynamodb:*:*:table/staged-*",
        ),
        // A name that is made of a parameter is also met with the parameter's value, and the other way round.
        (arn("dynamodb", "table/items-dev", &[]), get_att("Stages"), "arn:aws:dynamodb:*:*:table/items-dev"),
        (
            arn("dynamodb", "table/items-", &[Part::Parameter("Env".into()), literal("/index/x")]),
            json!({"Fn::Sub": "${Stages.Arn}/index/x"}),
            "arn:aws:dynamodb:*:*:table/items-dev/index/x",
        ),
        (
            arn("dynamodb", "table/other-", &[Part::Parameter("Env".into())]),
            json!({"Fn::Sub": "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/other-${Env}"}),
            "arn:aws:dynamodb:*:*:table/other-dev",
        ),
        (arn("dynamodb", "table/two", &[]), get_att("Either"), "arn:aws:dynamodb:*:*:table/*"),
        (
            arn("s3", "", &[name("Files"), literal("/in/"), any.clone()]),
            json!({"Fn::Sub": "${Files.Arn}/in/*"}),
            "arn:aws:s3:::*/in/*",
        ),
        (Text::parse_pattern("arn:*:sns:*:*:news"), json!({"Ref": "News"}), "arn:aws:sns:*:*:news"),
        (resource("News", None, Shape::Arn).into(), json!({"Ref": "News"}), "arn:aws:sns:*:*:news"),
        (arn("sqs", "", &[resource("Jobs", None, Shape::Url)]), get_att("Jobs"), "arn:aws:sqs:*:*:*"),
        (resource("Jobs", None, Shape::Url).into(), get_att("Jobs"), "arn:aws:sqs:*:*:*"),
        (
            arn("sqs", "", &[resource("Jobs", Some("QueueName"), Shape::Name)]),
            get_att("Jobs"),
            "arn:aws:sqs:*:*:*",
        ),
        (
            arn("secretsmanager", "secret:token-", &vec![Part::AnyOne; 6]),
            json!({"Ref": "Token"}),
            "arn:aws:secretsmanager:*:*:secret:token-??????",
        ),
        (
            arn("ssm", "parameter/", &[name("Plain")]),
            json!({"Fn::Sub": "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/${Plain}"}),
            "arn:aws:ssm:*:*:parameter/plain",
        ),
        (
            arn("ssm", "parameter/", &[name("Pathed")]),
            json!({"Fn::Sub": "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${Pathed}"}),
            "arn:aws:ssm:*:*:parameter/a/b",
        ),
        (
            arn("ssm", "parameter/a/b", &[]),
            json!({"Fn::Sub": "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${Pathed}"}),
            "arn:aws:ssm:*:*:parameter/a/b",
        ),
        // A whole ARN where a name should stand is not wrapped in another.
        (
            arn("dynamodb", "table/", &[resource("Orders", Some("Arn"), Shape::Arn), literal("/index/x")]),
            json!({"Fn::Sub": "${Orders.Arn}/index/x"}),
            "arn:aws:dynamodb:*:*:table/orders/index/x",
        ),
    ];
    let choices = Choices::default();
    let project = project(&choices);
    for (arn, symbolic, pattern) in rows {
        let settled = project.settle(&arn, &Text::any(), &choices);
        assert_eq!(project.symbolic_json(&settled.symbolic), symbolic, "{arn}");
        assert_eq!(settled.pattern.to_pattern(), pattern, "{arn}");
    }
}

#[test]
fn what_is_not_known_becomes_the_format() {
    let choices = Choices::default();
    let project = project(&choices);
    let format = arn("sqs", "", &[Part::Any]);
    let spelled = json!({"Fn::Sub": "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:*"});
    for part in [
        Part::Env("QUEUE_ARN".into()),
        Part::Event("detail.arn".into()),
        Part::Unknown,
        Part::Any,
        Part::Parameter("resolve:ssm-secure:queue-arn".into()),
        literal("not an arn"),
    ] {
        let settled = project.settle(&part.clone().into(), &format, &choices);
        assert_eq!(project.symbolic_json(&settled.symbolic), spelled, "{part:?}");
        assert_eq!(settled.pattern.to_pattern(), "arn:aws:sqs:*:*:*", "{part:?}");
    }
    let settled = project.settle(&Part::Parameter("GivenArn".into()).into(), &format, &choices);
    assert_eq!(project.symbolic_json(&settled.symbolic), json!({"Ref": "GivenArn"}));
    assert_eq!(settled.pattern.to_pattern(), "arn:aws:sqs:*:*:*");
}

#[test]
fn values_of_other_stacks_and_stores_are_asked_for_where_they_are() {
    let choices = Choices::default();
    let project = project(&choices);
    let parameter = |name: &str| Part::Parameter(name.into());
    let rows = [
        (parameter("ImportValue:queue-Arn").into(), json!({"Fn::ImportValue": "queue-Arn"})),
        (parameter("ImportValue:${Net}-Arn").into(), json!({"Fn::ImportValue": {"Fn::Sub": "${Net}-Arn"}})),
        (
            Text::literal("arn:aws:s3:::")
                .then(&parameter("ImportValue:bucket").into())
                .then(&Text::literal("/x")),
            json!({"Fn::Sub": ["arn:aws:s3:::${Import1}/x", {"Import1": {"Fn::ImportValue": "bucket"}}]}),
        ),
        (
            Text::literal("arn:aws:s3:::").then(&parameter("resolve:ssm:/bucket").into()),
            json!({"Fn::Sub": "arn:aws:s3:::{{resolve:ssm:/bucket}}"}),
        ),
    ];
    for (arn, symbolic) in rows {
        let settled = project.settle(&arn, &Text::any(), &choices);
        assert_eq!(project.symbolic_json(&settled.symbolic), symbolic, "{arn}");
    }
}

#[test]
fn a_known_place_is_filled_in_and_another_place_is_another_resource() {
    let choices = Choices {
        region: Some("eu-west-1".into()),
        account: Some("012345678901".into()),
        partition: Some("aws-cn".into()),
        ..Choices::default()
    };
    let project = project(&choices);
    let settle = |pattern: &str| project.settle(&Text::literal(pattern), &Text::any(), &choices);
    let here = settle("arn:aws-cn:dynamodb:eu-west-1:012345678901:table/orders");
    assert_eq!(project.symbolic_json(&here.symbolic), json!({"Fn::GetAtt": ["Orders", "Arn"]}));
    assert_eq!(here.pattern.to_pattern(), "arn:aws-cn:dynamodb:eu-west-1:012345678901:table/orders");
    let elsewhere = settle("arn:aws-cn:dynamodb:cn-north-1:012345678901:table/orders");
    assert_eq!(elsewhere.symbolic, Text::literal("arn:aws-cn:dynamodb:cn-north-1:012345678901:table/orders"));
}

#[test]
fn text_that_iam_or_sub_would_read_is_escaped() {
    let project = project(&Choices::default());
    let text: Text = [
        resource("Files", Some("Arn"), Shape::Arn),
        literal("/a*b${c}/"),
        Part::Variable("aws:username".into()),
        literal("/"),
        Part::Any,
    ]
    .into_iter()
    .collect();
    let expected = json!({"Fn::Sub": "${Files.Arn}/a${!*}b${!$}{c}/${!aws:username}/*"});
    assert_eq!(project.symbolic_json(&text), expected);
    assert_eq!(project.symbolic_json(&Text::literal("a*b")), json!("a${*}b"));
}

#[test]
fn a_customer_key_needs_its_own_permission_and_no_other_key_does() {
    let choices = Choices::default();
    let project = project(&choices);
    let keys = |action: &str, arn: Text| -> Vec<String> {
        let resource: Resource = project.settle(&arn, &Text::any(), &choices);
        let grant = Grant {
            action: Action::new(action),
            resource,
            condition: BTreeMap::default(),
            kind: Kind::Code,
            confidence: Confidence::Certain,
            origins: BTreeSet::default(),
        };
        let found = project.key_grants(&[grant], &choices);
        found
            .iter()
            .map(|grant| format!("{} on {}", grant.action, project.symbolic_json(&grant.resource.symbolic)))
            .collect()
    };
    let object = || arn("s3", "", &[resource("Files", None, Shape::Name), literal("/"), Part::Any]);
    let key = r#"{"Fn::GetAtt":["Key","Arn"]}"#;
    assert_eq!(keys("s3:GetObject", object()), [format!("kms:Decrypt on {key}")]);
    assert_eq!(
        keys("s3:PutObject", object()),
        [format!("kms:Decrypt on {key}"), format!("kms:GenerateDataKey on {key}")]
    );
    assert_eq!(keys("s3:DeleteObject", object()), Vec::<String>::new());
    assert_eq!(
        keys("secretsmanager:GetSecretValue", resource("Token", None, Shape::Arn).into()),
        Vec::<String>::new()
    );
    let by_id = r#"kms:Decrypt on {"Fn::Sub":"arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/1234-abcd"}"#;
    assert_eq!(keys("dynamodb:GetItem", arn("dynamodb", "table/one", &[])), [by_id]);
}
