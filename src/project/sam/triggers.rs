//! What invokes a function, from both ends: the function's own `Events`, and every resource of the template that
//! names the function as its target. Sources that Lambda polls become [`Poll`]s, which need permissions; the others
//! need none, but say what the event will hold.

use std::collections::BTreeMap;

use smol_str::{SmolStr, format_smolstr};

use super::template::Template;
use super::yaml::{Key, Node};
use crate::model::{Part, Place, Pseudo, Shape, Text};
use crate::project::{Choices, Project};

/// A source that Lambda polls as the function.
pub struct Poll<'n> {
    pub source: Source,
    /// Its ARN, where it has one.
    pub arn: Vec<Text>,
    /// Where topics, credentials and the on-failure destination are written.
    pub properties: &'n Node,
    /// Where the event or the mapping is declared.
    pub place: Place,
    /// Dotted, from the function or from the mapping's logical id.
    pub property: SmolStr,
    /// Declared under the function's `Events`, so that SAM grants what it needs.
    pub by_sam: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Sqs,
    Kinesis,
    DynamoDb,
    Msk,
    SelfManagedKafka,
    Mq,
    DocumentDb,
}

#[derive(Default)]
pub struct Triggers<'n> {
    pub polls: Vec<Poll<'n>>,
    /// Path of the event → what stands there.
    pub event_values: BTreeMap<SmolStr, Vec<Text>>,
}

/// Every trigger of the function with this logical id and these properties.
pub fn triggers<'n>(
    template: &Template<'n>,
    project: &Project,
    choices: &Choices,
    id: &SmolStr,
    properties: &'n Node,
) -> Triggers<'n> {
    let mut found = Finder { template, project, choices, id, triggers: Triggers::default() };
    for (name, event) in Template::at(properties, "Events").into_iter().flat_map(Node::entries) {
        found.sam_event(name, event);
    }
    found.mappings();
    found.notifications();
    found.rules();
    found.apis();
    found.triggers
}

struct Finder<'t, 'n> {
    template: &'t Template<'n>,
    project: &'t Project,
    choices: &'t Choices,
    id: &'t SmolStr,
    triggers: Triggers<'n>,
}

impl<'n> Finder<'_, 'n> {
    fn sam_event(&mut self, name: &Key, event: &'n Node) {
        let Some(kind) = self.template.literal_at(event, "Type") else {
            self.template.note(event, "unreadable-event", format!("the event `{}` has no `Type`", name.text));
            return;
        };
        let Some(properties) = event.get("Properties") else { return };
        let (source, arn) = match kind.as_str() {
            "SQS" => (Source::Sqs, "Queue"),
            "Kinesis" => (Source::Kinesis, "Stream"),
            "DynamoDB" => (Source::DynamoDb, "Stream"),
            "MSK" => (Source::Msk, "Stream"),
            "SelfManagedKafka" => (Source::SelfManagedKafka, ""),
            "MQ" => (Source::Mq, "Broker"),
            "DocumentDB" => (Source::DocumentDb, "Cluster"),
            _ => return self.push_event(&kind, properties),
        };
        self.poll(source, properties, arn, name, true);
    }

    fn push_event(&mut self, kind: &str, properties: &Node) {
        match kind {
            "S3" => self.bucket(&self.template.texts_at(properties, "Bucket")),
            "SNS" => self.value("Records[].Sns.TopicArn", &self.template.texts_at(properties, "Topic")),
            "Cognito" => self.value("userPoolId", &self.template.texts_at(properties, "UserPool")),
            "EventBridgeRule" | "CloudWatchEvent" => self.pattern(properties.get("Pattern")),
            "Api" => self.api(&self.or_implicit(properties, "RestApiId", "ServerlessRestApi")),
            "HttpApi" => self.api(&self.or_implicit(properties, "ApiId", "ServerlessHttpApi")),
            _ => {}
        }
    }

    fn or_implicit(&self, properties: &Node, property: &str, implicit: &str) -> Vec<Text> {
        let named = self.template.texts_at(properties, property);
        if named.is_empty() { vec![self.template.resource_part(implicit, None).into()] } else { named }
    }

    fn poll(&mut self, source: Source, properties: &'n Node, arn: &str, declared: &Key, by_sam: bool) {
        let arn = if arn.is_empty() { Vec::new() } else { self.template.texts_at(properties, arn) };
        if matches!(source, Source::Sqs | Source::Kinesis | Source::DynamoDb) {
            self.value("Records[].eventSourceARN", &arn);
        }
        let property =
            if by_sam { format_smolstr!("Events.{}", declared.text) } else { declared.text.clone() };
        let place = self.template.place_of(declared);
        self.triggers.polls.push(Poll { source, arn, properties, place, property, by_sam });
    }

    fn mappings(&mut self) {
        for (key, properties) in self.template.of_kind("AWS::Lambda::EventSourceMapping") {
            if !self.targets_at(properties, "FunctionName") {
                continue;
            }
            let arns = self.template.texts_at(properties, "EventSourceArn");
            let source =
                if arns.is_empty() { Some(Source::SelfManagedKafka) } else { self.source_of(&arns[0]) };
            match source {
                Some(source) => self.poll(source, properties, "EventSourceArn", key, false),
                None => self.template.note(
                    properties,
                    "unknown-event-source",
                    format!("`{}` polls something whose service cannot be told", key.text),
                ),
            }
        }
    }

    fn source_of(&self, arn: &Text) -> Option<Source> {
        match self.project.service_of(arn)? {
            "sqs" => Some(Source::Sqs),
            "kinesis" => Some(Source::Kinesis),
            "dynamodb" => Some(Source::DynamoDb),
            "kafka" => Some(Source::Msk),
            "mq" => Some(Source::Mq),
            "rds" => Some(Source::DocumentDb),
            _ => None,
        }
    }

    /// Buckets, topics and user pools that name the function, and permissions that name them.
    fn notifications(&mut self) {
        for (key, bucket) in self.template.of_kind("AWS::S3::Bucket") {
            if self.targets_at(bucket, "NotificationConfiguration.LambdaConfigurations[].Function") {
                self.bucket(&[self.template.resource_part(&key.text, None).into()]);
            }
        }
        for (_, subscription) in self.template.of_kind("AWS::SNS::Subscription") {
            if self.targets_at(subscription, "Endpoint") {
                self.value("Records[].Sns.TopicArn", &self.template.texts_at(subscription, "TopicArn"));
            }
        }
        for (key, topic) in self.template.of_kind("AWS::SNS::Topic") {
            if self.targets_at(topic, "Subscription[].Endpoint") {
                self.value("Records[].Sns.TopicArn", &[self.template.resource_part(&key.text, None).into()]);
            }
        }
        for (key, pool) in self.template.of_kind("AWS::Cognito::UserPool") {
            let triggers = Template::at(pool, "LambdaConfig").into_iter().flat_map(Node::entries);
            let named: Vec<_> = triggers.flat_map(|(_, node)| self.template.texts(node)).collect();
            if named.iter().any(|text| self.targets(text)) {
                self.value("userPoolId", &[self.template.resource_part(&key.text, None).into()]);
            }
        }
        for (_, permission) in self.template.of_kind("AWS::Lambda::Permission") {
            if self.targets_at(permission, "FunctionName") {
                let source = self.template.texts_at(permission, "SourceArn");
                self.permitted(self.template.literal_at(permission, "Principal").as_deref(), &source);
            }
        }
    }

    fn permitted(&mut self, principal: Option<&str>, sources: &[Text]) {
        let adopted: Vec<_> = sources.iter().map(|source| self.project.adopt(source, self.choices)).collect();
        match principal {
            Some("s3.amazonaws.com") => {
                let names: Vec<_> = adopted.iter().filter_map(|arn| self.bucket_name(arn)).collect();
                self.bucket(&names);
            }
            Some("sns.amazonaws.com") => self.value("Records[].Sns.TopicArn", &adopted),
            Some("cognito-idp.amazonaws.com") => {
                let pools = adopted.iter().filter_map(|arn| match arn.as_part() {
                    Some(Part::Resource { id, .. }) => Some(self.template.resource_part(id, None).into()),
                    _ => None,
                });
                let pools: Vec<Text> = pools.collect();
                self.value("userPoolId", &pools);
            }
            _ => {}
        }
    }

    fn bucket_name(&self, arn: &Text) -> Option<Text> {
        match arn.as_part() {
            Some(Part::Resource { id, .. }) => Some(self.template.resource_part(id, None).into()),
            _ => arn.as_literal()?.split_once(":::").map(|(_, name)| Text::literal(name)),
        }
    }

    fn rules(&mut self) {
        for (_, rule) in self.template.of_kind("AWS::Events::Rule") {
            if self.targets_at(rule, "Targets[].Arn") {
                self.pattern(rule.get("EventPattern"));
            }
        }
    }

    fn apis(&mut self) {
        for (_, integration) in self.template.of_kind("AWS::ApiGatewayV2::Integration") {
            if self.targets_at(integration, "IntegrationUri") {
                self.api(&self.template.texts_at(integration, "ApiId"));
            }
        }
        for (key, api) in self.template.of_kind("AWS::Serverless::WebSocketApi") {
            let routes = Template::at(api, "Routes").into_iter().flat_map(Node::entries);
            let named: Vec<_> =
                routes.flat_map(|(_, route)| self.template.texts_at(route, "FunctionArn")).collect();
            if named.iter().any(|text| self.targets(text)) {
                self.api(&[self.template.resource_part(&key.text, None).into()]);
                let stage = self.template.texts_at(api, "StageName");
                self.value("requestContext.stage", &stage);
            }
        }
    }

    fn api(&mut self, apis: &[Text]) {
        self.value("requestContext.apiId", apis);
        for api in apis {
            let host = [
                Part::Literal(".execute-api.".into()),
                Part::Pseudo(Pseudo::Region),
                Part::Literal(".".into()),
                Part::Pseudo(Pseudo::UrlSuffix),
            ];
            let domain = api.clone().then(&host.into_iter().collect());
            self.value("requestContext.domainName", &[domain]);
            for (kind, property) in
                [("AWS::ApiGatewayV2::Stage", "ApiId"), ("AWS::ApiGateway::Stage", "RestApiId")]
            {
                for (_, stage) in self.template.of_kind(kind) {
                    if self.template.texts_at(stage, property).contains(api) {
                        self.value("requestContext.stage", &self.template.texts_at(stage, "StageName"));
                    }
                }
            }
            if let Some(Part::Resource { id, .. }) = api.as_part()
                && let Some(properties) = self.template.resource(id).and_then(|node| node.get("Properties"))
                && self.template.kind(id).is_some_and(|kind| kind.starts_with("AWS::Serverless::"))
            {
                self.value("requestContext.stage", &self.template.texts_at(properties, "StageName"));
            }
        }
    }

    fn bucket(&mut self, names: &[Text]) {
        self.value("Records[].s3.bucket.name", names);
        for name in names {
            let arn = match name.as_part() {
                Some(Part::Resource { id, .. }) => self.template.resource_part(id, Some("Arn")).into(),
                _ => Text::literal("arn:")
                    .then(&Part::Pseudo(Pseudo::Partition).into())
                    .then(&Text::literal(":s3:::"))
                    .then(name),
            };
            self.value("Records[].s3.bucket.arn", &[arn]);
        }
    }

    /// The fields that an event pattern pins to given values.
    fn pattern(&mut self, pattern: Option<&Node>) {
        for pattern in pattern.into_iter().flat_map(Template::branches) {
            self.pinned(pattern, "");
        }
    }

    fn pinned(&mut self, node: &Node, path: &str) {
        for (key, value) in node.entries() {
            let path = if path.is_empty() { key.text.to_string() } else { format!("{path}.{}", key.text) };
            let elements = value.list();
            let plain = |element: &Node| element.entries().is_empty() || element.intrinsic().is_some();
            if !elements.is_empty() && elements.iter().all(plain) {
                let texts: Vec<_> =
                    elements.iter().flat_map(|element| self.template.texts(element)).collect();
                self.value(&path, &texts);
            } else if elements.is_empty() && !key.text.starts_with('$') {
                self.pinned(value, &path);
            }
        }
    }

    fn value(&mut self, path: &str, texts: &[Text]) {
        let known = self.triggers.event_values.entry(path.into()).or_default();
        for text in texts.iter().filter(|text| !text.is_unknown()) {
            if !known.contains(text) {
                known.push(text.clone());
            }
        }
        if known.is_empty() {
            self.triggers.event_values.remove(path);
        }
    }

    fn targets_at(&self, node: &Node, path: &str) -> bool {
        self.template.texts_at(node, path).iter().any(|text| self.targets(text))
    }

    fn targets(&self, text: &Text) -> bool {
        names_function(self.template, self.project, self.choices, text, self.id, 0)
    }
}

/// Whether a text is the name or the ARN of a function, or of one of its versions or aliases.
pub fn names_function(
    template: &Template<'_>,
    project: &Project,
    choices: &Choices,
    text: &Text,
    function: &SmolStr,
    depth: u8,
) -> bool {
    let adopted = project.adopt(text, choices);
    for part in adopted.parts() {
        let Part::Resource { id, .. } = part else { continue };
        if id == function || id.split_once('.').is_some_and(|(base, _)| base == function) {
            return true;
        }
        let is_qualified = matches!(template.kind(id), Some("AWS::Lambda::Alias" | "AWS::Lambda::Version"));
        let Some(properties) = template.resource(id).and_then(|node| node.get("Properties")) else {
            continue;
        };
        if is_qualified && depth < 3 {
            let of = template.texts_at(properties, "FunctionName");
            return of
                .iter()
                .any(|text| names_function(template, project, choices, text, function, depth + 1));
        }
    }
    let named = template.resource(function).and_then(|node| node.get("Properties"));
    let names = named.map(|properties| template.texts_at(properties, "FunctionName")).unwrap_or_default();
    names.contains(text)
}

impl Project {
    /// The service of an ARN: by its text, or by the resource that it is.
    pub(super) fn service_of(&self, arn: &Text) -> Option<&'static str> {
        const SERVICES: &[&str] = &[
            "sqs",
            "sns",
            "lambda",
            "events",
            "s3",
            "kinesis",
            "dynamodb",
            "kafka",
            "mq",
            "rds",
            "elasticfilesystem",
        ];
        let spelled = match arn.parts().first() {
            Some(Part::Resource { id, attribute, shape }) if *shape == Shape::Arn || attribute.is_none() => {
                let id = id.split_once('.').map_or(id.as_str(), |(base, _)| base);
                self.resources.get(id)?.arn.as_ref()?
            }
            _ => arn,
        };
        let pattern = spelled.to_pattern();
        let service = pattern.split(':').nth(2)?;
        SERVICES.iter().find(|known| **known == service).copied()
    }
}
