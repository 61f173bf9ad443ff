//! What Lambda needs to poll a source as the function: to find and read the source, to reach it inside a network, to
//! log in to it, and to hand on what failed. From the Lambda Developer Guide's page of each event source.

use super::platform::{Platform, format, service_of_type};
use super::template::Template;
use super::triggers::{Poll, Source};
use crate::model::{Part, Resource, Text};

/// What a poller that lives in a network needs.
const POLLER_NETWORK: &[&str] = &[
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
];
const SECRET: &[&str] = &["secretsmanager:GetSecretValue"];

impl<'n> Platform<'_, 'n> {
    pub(super) fn poll(&mut self, poll: &Poll<'n>) {
        let at = poll.properties;
        let reads: &[(&[&str], &str, &str)] = match poll.source {
            Source::Sqs => {
                &[(&["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], "sqs", "*")]
            }
            Source::Kinesis => &[(
                &[
                    "kinesis:DescribeStream",
                    "kinesis:DescribeStreamSummary",
                    "kinesis:GetRecords",
                    "kinesis:GetShardIterator",
                    "kinesis:ListShards",
                ],
                "kinesis",
                "stream/*",
            )],
            Source::DynamoDb => &[(
                &["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
                "dynamodb",
                "table/*/stream/*",
            )],
            Source::Msk => &[(
                &["kafka:DescribeCluster", "kafka:DescribeClusterV2", "kafka:GetBootstrapBrokers"],
                "kafka",
                "cluster/*",
            )],
            Source::Mq => &[(&["mq:DescribeBroker"], "mq", "broker:*")],
            Source::DocumentDb => &[(&["rds:DescribeDBClusters"], "rds", "cluster:*")],
            Source::SelfManagedKafka => &[],
        };
        for (actions, service, resource) in reads {
            for arn in &poll.arn {
                let of_consumer = poll.source == Source::Kinesis && self.is_consumer(arn);
                let actions = if of_consumer { &["kinesis:SubscribeToShard"][..] } else { actions };
                let settled = self.settled(arn, service, resource);
                self.want(actions, &settled, &poll.place, &poll.property, poll.by_sam);
                if of_consumer {
                    self.stream_of_consumer(arn, poll);
                }
            }
        }
        self.poll_more(poll);
        self.credentials(poll);
        for target in Template::at(at, "DestinationConfig.OnFailure.Destination") {
            let property = format!("{}.DestinationConfig.OnFailure", poll.property);
            let kind = self.template.literal_at(at, "DestinationConfig.OnFailure.Type");
            self.deliver(target, kind.as_deref().and_then(service_of_type), &property, poll.by_sam);
        }
    }

    /// What a source needs beyond itself.
    fn poll_more(&mut self, poll: &Poll<'n>) {
        let access = Template::at(poll.properties, "SourceAccessConfigurations[].Type");
        let in_network = access.iter().any(|kind| kind.as_str().is_some_and(|kind| kind.starts_with("VPC_")));
        let any = Resource::any();
        let mut want = |actions: &[&str], resource: &Resource, by_sam: bool| {
            self.want(actions, resource, &poll.place, &poll.property, by_sam && poll.by_sam);
        };
        match poll.source {
            Source::Kinesis => want(&["kinesis:ListStreams"], &any, true),
            Source::DynamoDb => want(&["dynamodb:ListStreams"], &any, true),
            Source::Msk | Source::DocumentDb => want(POLLER_NETWORK, &any, true),
            Source::SelfManagedKafka if in_network => want(POLLER_NETWORK, &any, true),
            // SAM leaves this one to the person.
            Source::Mq => want(POLLER_NETWORK, &any, false),
            Source::Sqs | Source::SelfManagedKafka => {}
        }
        if poll.source == Source::DocumentDb {
            // The cluster's parameter and subnet groups, whose names the mapping does not give.
            for (action, group) in [
                ("rds:DescribeDBClusterParameters", "cluster-pg:*"),
                ("rds:DescribeDBSubnetGroups", "subgrp:*"),
            ] {
                let resource = self.spelled(&format("rds", group));
                self.want(&[action], &resource, &poll.place, &poll.property, poll.by_sam);
            }
        }
    }

    fn is_consumer(&self, arn: &Text) -> bool {
        match arn.parts().first() {
            Some(Part::Resource { id, .. }) => self.template.kind(id) == Some("AWS::Kinesis::StreamConsumer"),
            _ => arn.to_pattern().contains("/consumer/"),
        }
    }

    /// The stream behind a consumer is described, its records are not read.
    fn stream_of_consumer(&mut self, consumer: &Text, poll: &Poll<'n>) {
        let streams = if let Some(Part::Resource { id, .. }) = consumer.parts().first() {
            self.property_of(id, "StreamARN")
        } else {
            let pattern = consumer.as_literal().unwrap_or_default();
            pattern.split_once("/consumer/").map(|(stream, _)| Text::literal(stream)).into_iter().collect()
        };
        let actions = &["kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:ListShards"];
        for stream in streams {
            let settled = self.settled(&stream, "kinesis", "stream/*");
            self.want(actions, &settled, &poll.place, &poll.property, poll.by_sam);
        }
    }

    fn credentials(&mut self, poll: &Poll<'n>) {
        for access in Template::at(poll.properties, "SourceAccessConfigurations[]") {
            let kind = self.template.literal_at(access, "Type").unwrap_or_default();
            if kind.starts_with("VPC_") || kind == "VIRTUAL_HOST" {
                continue;
            }
            // SAM forgets the passwords of MSK.
            let by_sam = poll.by_sam && (poll.source != Source::Msk || kind == "CLIENT_CERTIFICATE_TLS_AUTH");
            let property = format!("{}.SourceAccessConfigurations", poll.property);
            for secret in self.template.texts_at(access, "URI") {
                let resource = self.settled(&secret, "secretsmanager", "secret:*");
                self.want(SECRET, &resource, &self.template.place(access), &property, by_sam);
            }
        }
        for key in self.template.texts_at(poll.properties, "SecretsManagerKmsKeyId") {
            let resource = self.settled(&format("kms", "key/").then(&key), "kms", "key/*");
            let property = format!("{}.SecretsManagerKmsKeyId", poll.property);
            self.want(&["kms:Decrypt"], &resource, &poll.place, &property, poll.by_sam);
        }
    }
}
