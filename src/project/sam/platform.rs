//! What Lambda itself does with the function's role: write its logs and traces, reach into its network, poll its
//! sources, deliver to its destinations. One place per property of the function, as the Lambda Developer Guide's
//! pages on execution roles, event source mappings, VPC, EFS and environment encryption list them.
//!
//! Push triggers (S3, SNS, EventBridge, API Gateway) are absent on purpose: they need a permission on the function,
//! not on its role.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use super::function::Declared;
use super::template::Template;
use super::triggers::Poll;
use super::yaml::Node;
use crate::model::{
    Action, Condition, Confidence, Grant, Kind, Origin, Part, Place, Pseudo, Resource, Shape, Text,
};
use crate::project::{Choices, Project};

const WRITE_LOGS: &[&str] = &["logs:CreateLogStream", "logs:PutLogEvents"];
const CREATE_LOG_GROUP: &[&str] = &["logs:CreateLogGroup"];
const TRACE: &[&str] = &["xray:PutTraceSegments", "xray:PutTelemetryRecords"];
const NETWORK: &[&str] = &[
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
];
/// CloudFormation's own names keep at least this much of a logical id: a name of at most 64 characters less the
/// random end and the hyphens, shared evenly between stack and resource.
const KEPT_OF_LOGICAL_ID: usize = 25;

/// The platform grants of a function, and those of them that SAM attaches by itself.
pub fn platform(
    template: &Template<'_>,
    project: &Project,
    choices: &Choices,
    function: &Declared<'_>,
    polls: &[Poll<'_>],
) -> (Vec<Grant>, Vec<Grant>) {
    let mut platform =
        Platform { template, project, choices, function, grants: BTreeMap::new(), by_sam: BTreeSet::new() };
    platform.logs();
    platform.tracing();
    platform.network();
    platform.dead_letters();
    platform.destinations();
    for poll in polls {
        platform.poll(poll);
    }
    platform.file_systems();
    platform.environment_key();
    platform.insights();
    platform.durable();
    let mut grants: Vec<_> = platform.grants.into_values().collect();
    let provided = grants.iter().filter(|grant| platform.by_sam.contains(&key(grant))).cloned().collect();
    grants.extend(project.key_grants(&grants, choices));
    (grants, provided)
}

type GrantKey = (Action, Resource, Condition);

fn key(grant: &Grant) -> GrantKey {
    (grant.action.clone(), grant.resource.clone(), grant.condition.clone())
}

pub(super) struct Platform<'t, 'n> {
    pub(super) template: &'t Template<'n>,
    project: &'t Project,
    choices: &'t Choices,
    function: &'t Declared<'n>,
    grants: BTreeMap<GrantKey, Grant>,
    by_sam: BTreeSet<GrantKey>,
}

impl<'n> Platform<'_, 'n> {
    /// The property of SAM or of CloudFormation, whichever the function's type has.
    fn property(&self, sam: &'static str, plain: &'static str) -> (Vec<&'n Node>, &'static str) {
        let name = if self.function.is_sam { sam } else { plain };
        (Template::at(self.function.properties, name), name)
    }

    pub(super) fn want(
        &mut self,
        actions: &[&str],
        resource: &Resource,
        at: &Place,
        property: &str,
        by_sam: bool,
    ) {
        self.want_if(actions, resource, &Condition::new(), at, property, by_sam);
    }

    fn want_if(
        &mut self,
        actions: &[&str],
        resource: &Resource,
        condition: &Condition,
        at: &Place,
        property: &str,
        by_sam: bool,
    ) {
        let origin = Origin::Template { place: at.clone(), property: property.into() };
        for action in actions {
            let wanted = grant(action, resource.clone(), condition.clone(), origin.clone());
            let key = key(&wanted);
            if by_sam && self.function.is_sam {
                self.by_sam.insert(key.clone());
            }
            self.grants.entry(key).or_insert(wanted).origins.insert(origin.clone());
        }
    }

    /// An ARN of the template; `service` and `resource` spell the ARN for one that is opaque.
    pub(super) fn settled(&self, arn: &Text, service: &str, resource: &str) -> Resource {
        self.project.settle(arn, &format(service, resource), self.choices)
    }

    fn logs(&mut self) {
        let function = self.function;
        let chosen = Template::at(function.properties, "LoggingConfig.LogGroup");
        let named = Template::at(function.properties, "FunctionName");
        let decides = chosen.first().or(named.first());
        let at = decides.map_or_else(|| function.place.clone(), |node| self.template.place(node));
        let property = if chosen.is_empty() { "FunctionName" } else { "LoggingConfig.LogGroup" };
        let groups: Vec<Text> = chosen.iter().flat_map(|node| self.template.texts(node)).collect();
        let mut resources = Vec::new();
        if groups.is_empty() {
            for name in self.function.physical_names() {
                let group = Text::literal("/aws/lambda/").then(&name);
                resources.push((self.spelled(&log_streams(&group)), self.declares_group(&group)));
            }
        }
        for group in groups {
            let declared = match group.as_part() {
                Some(Part::Resource { id, .. }) => self.template.kind(id) == Some("AWS::Logs::LogGroup"),
                _ => self.declares_group(&group),
            };
            resources.push((self.settled(&log_streams(&group), "logs", "log-group:*"), declared));
        }
        for (resource, declared) in resources {
            self.want(WRITE_LOGS, &resource, &at, property, true);
            if !declared {
                self.want(CREATE_LOG_GROUP, &resource, &at, property, true);
            }
        }
    }

    /// Not adopted: an ARN that refers to the function, or to a group named after it, would make a circle of
    /// function, role and policy.
    pub(super) fn spelled(&self, arn: &Text) -> Resource {
        Resource { symbolic: arn.clone(), pattern: self.project.pattern(arn, self.choices) }
    }

    /// Whether the template makes this log group, also by a name that refers to the function.
    fn declares_group(&self, group: &Text) -> bool {
        let by_reference =
            Part::Resource { id: self.function.id.clone(), attribute: None, shape: Shape::Name };
        let by_reference = Text::literal("/aws/lambda/").then(&by_reference.into());
        let mut groups = self.template.of_kind("AWS::Logs::LogGroup");
        groups.any(|(_, properties)| {
            let names = self.template.texts_at(properties, "LogGroupName");
            let group = self.template.resolved(group);
            names.iter().any(|name| self.template.resolved(name) == group || *name == by_reference)
        })
    }

    fn tracing(&mut self) {
        let (modes, property) = self.property("Tracing", "TracingConfig.Mode");
        for mode in modes {
            let is_off = |text: &Text| {
                matches!(self.template.resolved(text).as_literal(), Some("PassThrough" | "Disabled" | ""))
            };
            if !self.template.texts(mode).iter().all(is_off) {
                self.want(TRACE, &Resource::any(), &self.template.place(mode), property, true);
            }
        }
    }

    fn network(&mut self) {
        for config in Template::at(self.function.properties, "VpcConfig") {
            let empty = config.entries().iter().all(|(_, value)| Template::elements(value).is_empty());
            if !empty {
                self.want(NETWORK, &Resource::any(), &self.template.place(config), "VpcConfig", true);
            }
        }
    }

    fn dead_letters(&mut self) {
        let (targets, property) = self.property("DeadLetterQueue.TargetArn", "DeadLetterConfig.TargetArn");
        for target in targets {
            self.deliver(target, None, property, true);
        }
    }

    fn destinations(&mut self) {
        for config in Template::at(self.function.properties, "EventInvokeConfig.DestinationConfig") {
            for outcome in ["OnSuccess", "OnFailure"] {
                let property = format!("EventInvokeConfig.DestinationConfig.{outcome}");
                for target in Template::at(config, outcome) {
                    self.sam_destination(target, outcome, &property);
                }
            }
        }
        for (key, config) in self.template.of_kind("AWS::Lambda::EventInvokeConfig") {
            let names = self.template.texts_at(config, "FunctionName");
            if !names.iter().any(|name| self.is_this(name)) {
                continue;
            }
            for outcome in ["OnSuccess", "OnFailure"] {
                let property = format!("{}.DestinationConfig.{outcome}", key.text);
                for target in Template::at(config, &format!("DestinationConfig.{outcome}.Destination")) {
                    self.deliver(target, None, &property, false);
                }
            }
        }
    }

    fn is_this(&self, name: &Text) -> bool {
        super::triggers::names_function(self.template, self.project, self.choices, name, &self.function.id, 0)
    }

    fn sam_destination(&mut self, target: &Node, outcome: &str, property: &str) {
        let kind = self.template.literal_at(target, "Type");
        let service = kind.as_deref().and_then(service_of_type);
        let named = Template::at(target, "Destination");
        for destination in &named {
            self.deliver(destination, service, property, true);
        }
        let at = self.template.place(target);
        // SAM makes the queue or topic that is not named.
        if named.is_empty()
            && let Some(kind @ ("SQS" | "SNS")) = kind.as_deref()
        {
            let made = if kind == "SQS" { "Queue" } else { "Topic" };
            let id = format!("{}EventInvokeConfig{outcome}{made}", self.function.id);
            let part = Part::Resource { id: id.into(), attribute: Some("Arn".into()), shape: Shape::Arn };
            let service = if kind == "SQS" { "sqs" } else { "sns" };
            let resource = self.settled(&part.into(), service, "*");
            self.want(delivery(service), &resource, &at, property, true);
        }
    }

    /// Permission to hand a record or an event to another service.
    pub(super) fn deliver(
        &mut self,
        target: &Node,
        service: Option<&'static str>,
        property: &str,
        by_sam: bool,
    ) {
        let at = self.template.place(target);
        for arn in self.template.texts(target) {
            let Some(service) = service.or_else(|| self.project.service_of(&arn)) else {
                let message = format!("`{property}` delivers to `{arn}`, whose service cannot be told");
                self.template.note(target, "unknown-destination", message);
                continue;
            };
            let resource = self.settled(&arn, service, any_of(service));
            if service == "s3" {
                self.want(&["s3:ListBucket"], &resource, &at, property, by_sam);
                let objects = arn.clone().then(&Text::literal("/")).then(&Text::any());
                let objects = self.settled(&objects, service, "*/*");
                self.want(delivery(service), &objects, &at, property, by_sam);
            } else {
                self.want(delivery(service), &resource, &at, property, by_sam);
            }
        }
    }

    pub(super) fn property_of(&self, id: &str, property: &str) -> Vec<Text> {
        let properties = self.template.resource(id).and_then(|node| node.get("Properties"));
        properties.map(|node| self.template.texts_at(node, property)).unwrap_or_default()
    }

    fn file_systems(&mut self) {
        for config in Template::at(self.function.properties, "FileSystemConfigs[]") {
            for access_point in self.template.texts_at(config, "Arn") {
                let systems = match access_point.parts().first() {
                    Some(Part::Resource { id, .. }) => self.property_of(id, "FileSystemId"),
                    _ => Vec::new(),
                };
                let values = BTreeSet::from([access_point.clone()]);
                let keys = BTreeMap::from([(SmolStr::from("elasticfilesystem:AccessPointArn"), values)]);
                let condition = Condition::from([("StringEquals".into(), keys)]);
                let any = format("elasticfilesystem", "file-system/");
                let systems = if systems.is_empty() { vec![Text::any()] } else { systems };
                for system in systems {
                    let resource =
                        self.settled(&any.clone().then(&system), "elasticfilesystem", "file-system/*");
                    let actions = &["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"];
                    self.want_if(
                        actions,
                        &resource,
                        &condition,
                        &self.template.place(config),
                        "FileSystemConfigs",
                        false,
                    );
                }
            }
        }
    }

    fn environment_key(&mut self) {
        for key in Template::at(self.function.properties, "KmsKeyArn") {
            for arn in self.template.texts(key) {
                let resource = self.settled(&arn, "kms", "key/*");
                self.want(&["kms:Decrypt"], &resource, &self.template.place(key), "KmsKeyArn", false);
            }
        }
    }

    fn insights(&mut self) {
        for layers in Template::at(self.function.properties, "Layers") {
            for layer in Template::elements(layers) {
                let names = self.template.texts(layer);
                if names.iter().any(|name| name.to_pattern().contains(":layer:LambdaInsightsExtension")) {
                    let resource = self.spelled(&log_streams(&Text::literal("/aws/lambda-insights")));
                    self.want(WRITE_LOGS, &resource, &self.template.place(layer), "Layers", false);
                    self.want(CREATE_LOG_GROUP, &resource, &self.template.place(layer), "Layers", false);
                }
            }
        }
    }

    fn durable(&mut self) {
        for config in Template::at(self.function.properties, "DurableConfig") {
            for name in self.function.physical_names() {
                let arn =
                    format("lambda", "function:").then(&name).then(&Text::literal(":")).then(&Text::any());
                let resource = self.spelled(&arn);
                let actions = &["lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"];
                self.want(actions, &resource, &self.template.place(config), "DurableConfig", true);
            }
        }
    }
}

impl Declared<'_> {
    /// The function's name without a reference to it: as the template gives it, or as CloudFormation will make it
    /// from the names of stack and function. A stack's name is kept whole where both fit.
    pub fn physical_names(&self) -> Vec<Text> {
        if !self.names.is_empty() {
            return self.names.clone();
        }
        let mut name = Text::from(Part::Pseudo(Pseudo::StackName));
        name.push_str("-");
        match self.id.get(..KEPT_OF_LOGICAL_ID) {
            Some(kept) if self.id.len() > KEPT_OF_LOGICAL_ID => name.push_str(kept),
            _ => {
                name.push_str(&self.id);
                name.push_str("-");
            }
        }
        name.push(Part::Any);
        vec![name]
    }
}

/// The log group of a function that is known by no template.
pub fn log_grants_of_any_function() -> Vec<Grant> {
    let symbolic = log_streams(&Text::literal("/aws/lambda/").then(&Text::any()));
    let resource =
        Resource { pattern: Text::parse_pattern("arn:aws:logs:*:*:log-group:/aws/lambda/*:*"), symbolic };
    let origin = Origin::Template { place: Place::default(), property: "FunctionName".into() };
    let actions = CREATE_LOG_GROUP.iter().chain(WRITE_LOGS);
    actions.map(|action| grant(action, resource.clone(), Condition::new(), origin.clone())).collect()
}

fn grant(action: &str, resource: Resource, condition: Condition, origin: Origin) -> Grant {
    Grant {
        action: Action::new(action),
        resource,
        condition,
        kind: Kind::Platform,
        confidence: Confidence::Certain,
        origins: BTreeSet::from([origin]),
    }
}

fn log_streams(group: &Text) -> Text {
    format("logs", "log-group:").then(group).then(&Text::literal(":")).then(&Text::any())
}

/// The ARN of a resource here, as a pattern in the last field.
pub(super) fn format(service: &str, resource: &str) -> Text {
    let mut arn = Text::literal("arn:");
    arn.push(Part::Pseudo(Pseudo::Partition));
    arn.push_str(&format!(":{service}:"));
    if service == "s3" {
        arn.push_str("::");
    } else {
        arn.push(Part::Pseudo(Pseudo::Region));
        arn.push_str(":");
        arn.push(Part::Pseudo(Pseudo::AccountId));
        arn.push_str(":");
    }
    arn.then(&Text::parse_pattern(resource))
}

pub(super) fn service_of_type(kind: &str) -> Option<&'static str> {
    match kind {
        "SQS" => Some("sqs"),
        "SNS" => Some("sns"),
        "Lambda" => Some("lambda"),
        "EventBridge" => Some("events"),
        "S3Bucket" | "S3" => Some("s3"),
        _ => None,
    }
}

fn delivery(service: &str) -> &'static [&'static str] {
    match service {
        "sqs" => &["sqs:SendMessage"],
        "sns" => &["sns:Publish"],
        "lambda" => &["lambda:InvokeFunction"],
        "events" => &["events:PutEvents"],
        "s3" => &["s3:PutObject"],
        _ => &[],
    }
}

fn any_of(service: &str) -> &'static str {
    match service {
        "lambda" => "function:*",
        "events" => "event-bus/*",
        _ => "*",
    }
}
