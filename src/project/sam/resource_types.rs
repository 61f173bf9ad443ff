//! What CloudFormation's resource types are to a policy: what `Ref` gives, how the ARN is spelled, which property
//! names the resource and which one encrypts it. From the "Return values" sections of the CloudFormation template
//! reference and the resource type tables of the Service Authorization Reference.
//!
//! A type that is missing here is still a resource; its `Ref` is taken for a name and its ARN is not known.

/// What `Ref` gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference {
    /// A name or an identifier: the `{N}` of the ARN.
    Name,
    Arn,
    Url,
    /// An identifier that is not in the ARN.
    Other,
}

/// How a template asks for the ARN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArnIs {
    Ref,
    /// `Fn::GetAtt` of this attribute.
    Attribute(&'static str),
    /// Only by spelling it out.
    Spelled,
}

#[derive(Debug)]
pub struct ResourceType {
    pub kind: &'static str,
    pub reference: Reference,
    pub arn_is: ArnIs,
    /// The property that holds the `{N}` of the ARN; empty where the service makes it up.
    pub name: &'static str,
    /// The attribute that gives the `{N}` where `Ref` does not; empty where none does.
    pub name_attribute: &'static str,
    /// `{P}` partition, `{R}` region, `{A}` account, `{N}` the name, `{/N}` the name with exactly one slash
    /// before it, `{Other}` that property of the resource. Empty for types that no policy names.
    pub arn: &'static str,
    /// The property that holds the customer's KMS key, dotted, `[]` for the elements of a list.
    pub kms_key: &'static str,
}

pub fn find(kind: &str) -> Option<&'static ResourceType> {
    TYPES.iter().find(|known| known.kind == kind)
}

use ArnIs::{Attribute, Ref, Spelled};
use Reference::{Arn, Name, Other, Url};

const GET_ARN: ArnIs = Attribute("Arn");

const fn new(
    kind: &'static str,
    reference: Reference,
    arn_is: ArnIs,
    name: &'static str,
    arn: &'static str,
) -> ResourceType {
    ResourceType { kind, reference, arn_is, name, name_attribute: "", arn, kms_key: "" }
}

impl ResourceType {
    const fn named_by(mut self, attribute: &'static str) -> Self {
        self.name_attribute = attribute;
        self
    }

    const fn key(mut self, property: &'static str) -> Self {
        self.kms_key = property;
        self
    }
}

#[rustfmt::skip]
static TYPES: &[ResourceType] = &[
    new("AWS::S3::Bucket", Name, GET_ARN, "BucketName", "arn:{P}:s3:::{N}")
        .key("BucketEncryption.ServerSideEncryptionConfiguration[].ServerSideEncryptionByDefault.KMSMasterKeyID"),
    new("AWS::S3::AccessPoint", Name, GET_ARN, "Name", "arn:{P}:s3:{R}:{A}:accesspoint/{N}"),
    new("AWS::S3Express::DirectoryBucket", Name, GET_ARN, "BucketName", "arn:{P}:s3express:{R}:{A}:bucket/{N}"),
    new("AWS::S3Tables::TableBucket", Arn, Attribute("TableBucketARN"), "TableBucketName", "arn:{P}:s3tables:{R}:{A}:bucket/{N}"),
    new("AWS::DynamoDB::Table", Name, GET_ARN, "TableName", "arn:{P}:dynamodb:{R}:{A}:table/{N}").key("SSESpecification.KMSMasterKeyId"),
    new("AWS::DynamoDB::GlobalTable", Name, GET_ARN, "TableName", "arn:{P}:dynamodb:{R}:{A}:table/{N}").key("Replicas[].SSESpecification.KMSMasterKeyId"),
    new("AWS::Serverless::SimpleTable", Name, GET_ARN, "TableName", "arn:{P}:dynamodb:{R}:{A}:table/{N}").key("SSESpecification.KMSMasterKeyId"),
    new("AWS::SQS::Queue", Url, GET_ARN, "QueueName", "arn:{P}:sqs:{R}:{A}:{N}").named_by("QueueName").key("KmsMasterKeyId"),
    new("AWS::SNS::Topic", Arn, Ref, "TopicName", "arn:{P}:sns:{R}:{A}:{N}").named_by("TopicName").key("KmsMasterKeyId"),
    new("AWS::Lambda::Function", Name, GET_ARN, "FunctionName", "arn:{P}:lambda:{R}:{A}:function:{N}").key("KmsKeyArn"),
    new("AWS::Serverless::Function", Name, GET_ARN, "FunctionName", "arn:{P}:lambda:{R}:{A}:function:{N}").key("KmsKeyArn"),
    new("AWS::Lambda::Alias", Arn, Ref, "", "arn:{P}:lambda:{R}:{A}:function:{FunctionName}:{Name}"),
    new("AWS::Lambda::Version", Arn, Ref, "", "arn:{P}:lambda:{R}:{A}:function:{FunctionName}:{N}"),
    new("AWS::Lambda::LayerVersion", Arn, Ref, "LayerName", "arn:{P}:lambda:{R}:{A}:layer:{N}:*"),
    new("AWS::Serverless::LayerVersion", Arn, Ref, "LayerName", "arn:{P}:lambda:{R}:{A}:layer:{N}:*"),
    new("AWS::Lambda::EventSourceMapping", Name, Attribute("EventSourceMappingArn"), "", "arn:{P}:lambda:{R}:{A}:event-source-mapping:{N}"),
    new("AWS::Lambda::CodeSigningConfig", Arn, Ref, "", "arn:{P}:lambda:{R}:{A}:code-signing-config:{N}"),
    new("AWS::SecretsManager::Secret", Arn, Ref, "Name", "arn:{P}:secretsmanager:{R}:{A}:secret:{N}-??????").key("KmsKeyId"),
    new("AWS::SSM::Parameter", Name, Spelled, "Name", "arn:{P}:ssm:{R}:{A}:parameter{/N}"),
    new("AWS::SSM::Document", Name, Spelled, "Name", "arn:{P}:ssm:{R}:{A}:document/{N}"),
    new("AWS::KMS::Key", Name, GET_ARN, "", "arn:{P}:kms:{R}:{A}:key/{N}"),
    new("AWS::KMS::ReplicaKey", Name, GET_ARN, "", "arn:{P}:kms:{R}:{A}:key/{N}"),
    new("AWS::KMS::Alias", Name, Spelled, "AliasName", "arn:{P}:kms:{R}:{A}:{N}").key("TargetKeyId"),
    new("AWS::Events::EventBus", Name, GET_ARN, "Name", "arn:{P}:events:{R}:{A}:event-bus/{N}").key("KmsKeyIdentifier"),
    new("AWS::Events::Rule", Name, GET_ARN, "Name", "arn:{P}:events:{R}:{A}:rule/{N}"),
    new("AWS::Events::Connection", Name, GET_ARN, "Name", "arn:{P}:events:{R}:{A}:connection/{N}/*"),
    new("AWS::Events::ApiDestination", Name, GET_ARN, "Name", "arn:{P}:events:{R}:{A}:api-destination/{N}/*"),
    new("AWS::Events::Archive", Name, GET_ARN, "ArchiveName", "arn:{P}:events:{R}:{A}:archive/{N}"),
    new("AWS::EventSchemas::Registry", Name, Attribute("RegistryArn"), "RegistryName", "arn:{P}:schemas:{R}:{A}:registry/{N}"),
    new("AWS::StepFunctions::StateMachine", Arn, Attribute("Arn"), "StateMachineName", "arn:{P}:states:{R}:{A}:stateMachine:{N}").named_by("Name").key("EncryptionConfiguration.KmsKeyId"),
    new("AWS::Serverless::StateMachine", Arn, Attribute("Arn"), "Name", "arn:{P}:states:{R}:{A}:stateMachine:{N}").named_by("Name"),
    new("AWS::StepFunctions::Activity", Arn, Attribute("Arn"), "Name", "arn:{P}:states:{R}:{A}:activity:{N}").named_by("Name").key("EncryptionConfiguration.KmsKeyId"),
    new("AWS::StepFunctions::StateMachineAlias", Arn, Attribute("Arn"), "", "arn:{P}:states:{R}:{A}:stateMachine:*:{Name}"),
    new("AWS::Kinesis::Stream", Name, GET_ARN, "Name", "arn:{P}:kinesis:{R}:{A}:stream/{N}").key("StreamEncryption.KeyId"),
    new("AWS::Kinesis::StreamConsumer", Arn, Attribute("ConsumerARN"), "", "arn:{P}:kinesis:{R}:{A}:stream/*/consumer/{ConsumerName}:*"),
    new("AWS::KinesisFirehose::DeliveryStream", Name, GET_ARN, "DeliveryStreamName", "arn:{P}:firehose:{R}:{A}:deliverystream/{N}")
        .key("DeliveryStreamEncryptionConfigurationInput.KeyARN"),
    new("AWS::KinesisAnalyticsV2::Application", Name, Spelled, "ApplicationName", "arn:{P}:kinesisanalytics:{R}:{A}:application/{N}"),
    new("AWS::KinesisVideo::Stream", Name, GET_ARN, "Name", "arn:{P}:kinesisvideo:{R}:{A}:stream/{N}/*"),
    new("AWS::Logs::LogGroup", Name, GET_ARN, "LogGroupName", "arn:{P}:logs:{R}:{A}:log-group:{N}:*").key("KmsKeyId"),
    new("AWS::Logs::LogStream", Name, Spelled, "LogStreamName", "arn:{P}:logs:{R}:{A}:log-group:{LogGroupName}:log-stream:{N}"),
    new("AWS::CloudWatch::Alarm", Name, GET_ARN, "AlarmName", "arn:{P}:cloudwatch:{R}:{A}:alarm:{N}"),
    new("AWS::Cognito::UserPool", Name, GET_ARN, "", "arn:{P}:cognito-idp:{R}:{A}:userpool/{N}"),
    new("AWS::Cognito::UserPoolClient", Other, Spelled, "", ""),
    new("AWS::Cognito::IdentityPool", Name, Spelled, "", "arn:{P}:cognito-identity:{R}:{A}:identitypool/{N}"),
    new("AWS::IAM::Role", Name, GET_ARN, "RoleName", "arn:{P}:iam::{A}:role/{N}"),
    new("AWS::IAM::User", Name, GET_ARN, "UserName", "arn:{P}:iam::{A}:user/{N}"),
    new("AWS::IAM::Group", Name, GET_ARN, "GroupName", "arn:{P}:iam::{A}:group/{N}"),
    new("AWS::IAM::InstanceProfile", Name, GET_ARN, "InstanceProfileName", "arn:{P}:iam::{A}:instance-profile/{N}"),
    new("AWS::IAM::ManagedPolicy", Arn, Ref, "ManagedPolicyName", "arn:{P}:iam::{A}:policy/{N}"),
    new("AWS::IAM::Policy", Other, Spelled, "", ""),
    new("AWS::RDS::DBCluster", Name, Attribute("DBClusterArn"), "DBClusterIdentifier", "arn:{P}:rds:{R}:{A}:cluster:{N}"),
    new("AWS::RDS::DBInstance", Name, Attribute("DBInstanceArn"), "DBInstanceIdentifier", "arn:{P}:rds:{R}:{A}:db:{N}"),
    new("AWS::RDS::DBProxy", Name, Attribute("DBProxyArn"), "", "arn:{P}:rds:{R}:{A}:db-proxy:*"),
    new("AWS::DocDB::DBCluster", Name, Spelled, "DBClusterIdentifier", "arn:{P}:rds:{R}:{A}:cluster:{N}"),
    new("AWS::Neptune::DBCluster", Name, Spelled, "DBClusterIdentifier", "arn:{P}:rds:{R}:{A}:cluster:{N}"),
    new("AWS::Redshift::Cluster", Name, Spelled, "ClusterIdentifier", "arn:{P}:redshift:{R}:{A}:cluster:{N}"),
    new("AWS::RedshiftServerless::Workgroup", Name, Attribute("Workgroup.WorkgroupArn"), "", "arn:{P}:redshift-serverless:{R}:{A}:workgroup/*"),
    new("AWS::ApiGateway::RestApi", Name, Spelled, "", "arn:{P}:execute-api:{R}:{A}:{N}"),
    new("AWS::ApiGatewayV2::Api", Name, Spelled, "", "arn:{P}:execute-api:{R}:{A}:{N}"),
    new("AWS::Serverless::Api", Name, Spelled, "", "arn:{P}:execute-api:{R}:{A}:{N}"),
    new("AWS::Serverless::HttpApi", Name, Spelled, "", "arn:{P}:execute-api:{R}:{A}:{N}"),
    new("AWS::Serverless::WebSocketApi", Name, Spelled, "", "arn:{P}:execute-api:{R}:{A}:{N}"),
    new("AWS::ApiGatewayV2::Stage", Name, Spelled, "StageName", ""),
    new("AWS::ApiGateway::Stage", Name, Spelled, "StageName", ""),
    new("AWS::AppSync::GraphQLApi", Arn, Attribute("Arn"), "", "arn:{P}:appsync:{R}:{A}:apis/{N}").named_by("ApiId"),
    new("AWS::Serverless::GraphQLApi", Arn, Attribute("Arn"), "", "arn:{P}:appsync:{R}:{A}:apis/{N}").named_by("ApiId"),
    new("AWS::Scheduler::Schedule", Name, GET_ARN, "Name", "arn:{P}:scheduler:{R}:{A}:schedule/{GroupName|default}/{N}"),
    new("AWS::Scheduler::ScheduleGroup", Name, GET_ARN, "Name", "arn:{P}:scheduler:{R}:{A}:schedule-group/{N}"),
    new("AWS::ECS::Cluster", Name, GET_ARN, "ClusterName", "arn:{P}:ecs:{R}:{A}:cluster/{N}"),
    new("AWS::ECS::TaskDefinition", Arn, Ref, "Family", "arn:{P}:ecs:{R}:{A}:task-definition/{N}:*"),
    new("AWS::ECS::Service", Arn, Ref, "ServiceName", "arn:{P}:ecs:{R}:{A}:service/*/{N}").named_by("Name"),
    new("AWS::ECR::Repository", Name, GET_ARN, "RepositoryName", "arn:{P}:ecr:{R}:{A}:repository/{N}"),
    new("AWS::Batch::JobQueue", Arn, Ref, "JobQueueName", "arn:{P}:batch:{R}:{A}:job-queue/{N}"),
    new("AWS::Batch::JobDefinition", Arn, Ref, "JobDefinitionName", "arn:{P}:batch:{R}:{A}:job-definition/{N}:*"),
    new("AWS::Batch::ComputeEnvironment", Arn, Ref, "ComputeEnvironmentName", "arn:{P}:batch:{R}:{A}:compute-environment/{N}"),
    new("AWS::Glue::Database", Name, Spelled, "DatabaseInput.Name", "arn:{P}:glue:{R}:{A}:database/{N}"),
    new("AWS::Glue::Table", Name, Spelled, "TableInput.Name", "arn:{P}:glue:{R}:{A}:table/{DatabaseName}/{N}"),
    new("AWS::Glue::Job", Name, Spelled, "Name", "arn:{P}:glue:{R}:{A}:job/{N}"),
    new("AWS::Glue::Crawler", Name, Spelled, "Name", "arn:{P}:glue:{R}:{A}:crawler/{N}"),
    new("AWS::Glue::Workflow", Name, Spelled, "Name", "arn:{P}:glue:{R}:{A}:workflow/{N}"),
    new("AWS::Athena::WorkGroup", Name, Spelled, "Name", "arn:{P}:athena:{R}:{A}:workgroup/{N}"),
    new("AWS::Athena::DataCatalog", Name, Spelled, "Name", "arn:{P}:athena:{R}:{A}:datacatalog/{N}"),
    new("AWS::OpenSearchService::Domain", Name, GET_ARN, "DomainName", "arn:{P}:es:{R}:{A}:domain/{N}"),
    new("AWS::Elasticsearch::Domain", Name, GET_ARN, "DomainName", "arn:{P}:es:{R}:{A}:domain/{N}"),
    new("AWS::OpenSearchServerless::Collection", Name, GET_ARN, "", "arn:{P}:aoss:{R}:{A}:collection/{N}"),
    new("AWS::ElastiCache::ReplicationGroup", Name, Spelled, "ReplicationGroupId", "arn:{P}:elasticache:{R}:{A}:replicationgroup:{N}"),
    new("AWS::ElastiCache::ServerlessCache", Name, Attribute("ARN"), "ServerlessCacheName", "arn:{P}:elasticache:{R}:{A}:serverlesscache:{N}"),
    new("AWS::ElastiCache::CacheCluster", Name, Spelled, "ClusterName", "arn:{P}:elasticache:{R}:{A}:cluster:{N}"),
    new("AWS::MemoryDB::Cluster", Name, Attribute("ARN"), "ClusterName", "arn:{P}:memorydb:{R}:{A}:cluster/{N}"),
    new("AWS::AppConfig::Application", Name, Spelled, "", "arn:{P}:appconfig:{R}:{A}:application/{N}"),
    new("AWS::AppConfig::Environment", Name, Spelled, "", "arn:{P}:appconfig:{R}:{A}:application/{ApplicationId}/environment/{N}"),
    new("AWS::AppConfig::ConfigurationProfile", Name, Spelled, "", "arn:{P}:appconfig:{R}:{A}:application/{ApplicationId}/configurationprofile/{N}"),
    new("AWS::IoT::Thing", Name, GET_ARN, "ThingName", "arn:{P}:iot:{R}:{A}:thing/{N}"),
    new("AWS::IoT::TopicRule", Name, GET_ARN, "RuleName", "arn:{P}:iot:{R}:{A}:rule/{N}"),
    new("AWS::CodeBuild::Project", Name, GET_ARN, "Name", "arn:{P}:codebuild:{R}:{A}:project/{N}"),
    new("AWS::CodePipeline::Pipeline", Name, Spelled, "Name", "arn:{P}:codepipeline:{R}:{A}:{N}"),
    new("AWS::CodeCommit::Repository", Other, GET_ARN, "RepositoryName", "arn:{P}:codecommit:{R}:{A}:{N}").named_by("Name"),
    new("AWS::CodeDeploy::Application", Name, Spelled, "ApplicationName", "arn:{P}:codedeploy:{R}:{A}:application:{N}"),
    new("AWS::EFS::FileSystem", Name, GET_ARN, "", "arn:{P}:elasticfilesystem:{R}:{A}:file-system/{N}"),
    new("AWS::EFS::AccessPoint", Name, GET_ARN, "", "arn:{P}:elasticfilesystem:{R}:{A}:access-point/{N}"),
    new("AWS::Pipes::Pipe", Name, GET_ARN, "Name", "arn:{P}:pipes:{R}:{A}:pipe/{N}"),
    new("AWS::MSK::Cluster", Arn, Attribute("Arn"), "", "arn:{P}:kafka:{R}:{A}:cluster/{ClusterName}/*"),
    new("AWS::MSK::ServerlessCluster", Arn, Attribute("Arn"), "", "arn:{P}:kafka:{R}:{A}:cluster/{ClusterName}/*"),
    new("AWS::AmazonMQ::Broker", Name, GET_ARN, "", "arn:{P}:mq:{R}:{A}:broker:{BrokerName}:{N}"),
    new("AWS::CloudFront::Distribution", Name, Spelled, "", "arn:{P}:cloudfront::{A}:distribution/{N}"),
    new("AWS::CloudFront::KeyValueStore", Name, GET_ARN, "", "arn:{P}:cloudfront::{A}:key-value-store/*"),
    new("AWS::SES::EmailIdentity", Name, Attribute("EmailIdentityArn"), "EmailIdentity", "arn:{P}:ses:{R}:{A}:identity/{N}"),
    new("AWS::SES::ConfigurationSet", Name, Spelled, "Name", "arn:{P}:ses:{R}:{A}:configuration-set/{N}"),
    new("AWS::SES::Template", Other, Spelled, "Template.TemplateName", "arn:{P}:ses:{R}:{A}:template/{N}"),
    new("AWS::Bedrock::Agent", Name, Attribute("AgentArn"), "", "arn:{P}:bedrock:{R}:{A}:agent/{N}"),
    new("AWS::Bedrock::AgentAlias", Other, Attribute("AgentAliasArn"), "", "arn:{P}:bedrock:{R}:{A}:agent-alias/{AgentId}/*"),
    new("AWS::Bedrock::KnowledgeBase", Name, Attribute("KnowledgeBaseArn"), "", "arn:{P}:bedrock:{R}:{A}:knowledge-base/{N}"),
    new("AWS::Bedrock::Guardrail", Other, Attribute("GuardrailArn"), "", "arn:{P}:bedrock:{R}:{A}:guardrail/{N}").named_by("GuardrailId"),
    new("AWS::Bedrock::Prompt", Arn, Attribute("Arn"), "", "arn:{P}:bedrock:{R}:{A}:prompt/{N}").named_by("Id"),
    new("AWS::Bedrock::Flow", Arn, Attribute("Arn"), "", "arn:{P}:bedrock:{R}:{A}:flow/{N}").named_by("Id"),
    new("AWS::SageMaker::Endpoint", Arn, Ref, "EndpointName", "arn:{P}:sagemaker:{R}:{A}:endpoint/{N}").named_by("EndpointName"),
    new("AWS::SageMaker::Pipeline", Name, Spelled, "PipelineName", "arn:{P}:sagemaker:{R}:{A}:pipeline/{N}"),
    new("AWS::Timestream::Database", Name, GET_ARN, "DatabaseName", "arn:{P}:timestream:{R}:{A}:database/{N}"),
    new("AWS::Timestream::Table", Other, GET_ARN, "TableName", "arn:{P}:timestream:{R}:{A}:database/{DatabaseName}/table/{N}").named_by("Name"),
    new("AWS::Cassandra::Table", Other, Spelled, "", "arn:{P}:cassandra:{R}:{A}:/keyspace/{KeyspaceName}/table/{TableName}"),
    new("AWS::Route53::HostedZone", Name, Spelled, "", "arn:{P}:route53:::hostedzone/{N}"),
    new("AWS::CertificateManager::Certificate", Arn, Ref, "", "arn:{P}:acm:{R}:{A}:certificate/*"),
    new("AWS::WAFv2::WebACL", Other, GET_ARN, "", "arn:{P}:wafv2:{R}:{A}:*/webacl/{Name}/*"),
    new("AWS::WAFv2::IPSet", Other, GET_ARN, "", "arn:{P}:wafv2:{R}:{A}:*/ipset/{Name}/*"),
    new("AWS::CloudFormation::Stack", Arn, Ref, "", "arn:{P}:cloudformation:{R}:{A}:stack/*/*"),
    new("AWS::Serverless::Application", Arn, Ref, "", "arn:{P}:cloudformation:{R}:{A}:stack/*/*"),
    new("AWS::EC2::Instance", Name, Spelled, "", "arn:{P}:ec2:{R}:{A}:instance/{N}"),
    new("AWS::EC2::SecurityGroup", Name, Spelled, "", "arn:{P}:ec2:{R}:{A}:security-group/{N}"),
    new("AWS::EC2::Subnet", Name, Spelled, "", "arn:{P}:ec2:{R}:{A}:subnet/{N}"),
    new("AWS::EC2::VPC", Name, Spelled, "", "arn:{P}:ec2:{R}:{A}:vpc/{N}"),
    new("AWS::Location::PlaceIndex", Name, GET_ARN, "IndexName", "arn:{P}:geo:{R}:{A}:place-index/{N}"),
    new("AWS::Location::Tracker", Name, GET_ARN, "TrackerName", "arn:{P}:geo:{R}:{A}:tracker/{N}"),
    new("AWS::DMS::ReplicationTask", Arn, Ref, "", "arn:{P}:dms:{R}:{A}:task:*"),
    new("AWS::Transfer::Server", Arn, Attribute("Arn"), "", "arn:{P}:transfer:{R}:{A}:server/{N}").named_by("ServerId"),
    new("AWS::AutoScaling::AutoScalingGroup", Name, Spelled, "AutoScalingGroupName", "arn:{P}:autoscaling:{R}:{A}:autoScalingGroup:*:autoScalingGroupName/{N}"),
    new("AWS::Backup::BackupVault", Name, Attribute("BackupVaultArn"), "BackupVaultName", "arn:{P}:backup:{R}:{A}:backup-vault:{N}"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_there_once_and_its_arn_can_be_spelled() {
        for (at, known) in TYPES.iter().enumerate() {
            assert!(
                !TYPES[..at].iter().any(|other| other.kind == known.kind),
                "{} is there twice",
                known.kind
            );
            assert!(known.arn.is_empty() || known.arn.splitn(6, ':').count() == 6, "{}", known.arn);
            let can_spell = !known.arn.contains("N}")
                || known.reference == Name
                || !known.name_attribute.is_empty()
                || !matches!(known.arn_is, Spelled)
                || !known.name.is_empty();
            assert!(can_spell, "{} has an ARN that no template could write", known.kind);
        }
    }
}
