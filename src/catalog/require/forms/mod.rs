//! How a request value becomes what stands in an ARN, where that is more than copying it: queue URLs, secret
//! names, key aliases, model ids. Each form is a pure function of one value; the name after `|` in a rule chooses
//! it. A form that does not apply to the value says [`Formed::Skip`], so that a rule can list one ARN per kind of
//! value and each value picks its own.

mod bedrock;
mod endpoint;
mod id;
mod kms;
mod lambda;
mod partiql;
mod s3;
mod secret;
mod ses;
mod sqs;
mod ssm;
mod states;
mod text;

pub use self::partiql::tables;

use crate::model::{Part, Pseudo, Text};

/// What becomes of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Formed {
    /// Goes where the placeholder stands.
    Segment(Text),
    /// The same, but whether the action is needed for this value cannot be told.
    Perhaps(Text),
    /// Is itself an ARN and takes the place of everything before the placeholder too.
    Whole(Text),
    /// Is itself the ARN, with nothing after it.
    Alone(Text),
    /// The pattern is not for this value.
    Skip,
}

/// The first fields of an ARN, as this call has them.
#[derive(Clone, Debug)]
pub struct Scope {
    pub partition: Text,
    pub region: Text,
    pub account: Text,
}

impl Scope {
    /// The function's own, but for the region that the client was given.
    pub fn new(region: Option<&Text>) -> Self {
        Self {
            partition: partition(region),
            region: region.cloned().unwrap_or_else(|| Part::Pseudo(Pseudo::Region).into()),
            account: Part::Pseudo(Pseudo::AccountId).into(),
        }
    }

    /// `arn:partition:service:region:account:` with the given region and account.
    pub fn arn(&self, service: &str, region: &Text, account: &Text) -> Text {
        let mut arn = Text::literal("arn:");
        arn.append(&if region == &self.region { self.partition.clone() } else { partition(Some(region)) });
        arn.push_str(":");
        arn.push_str(service);
        arn.push_str(":");
        arn.append(region);
        arn.push_str(":");
        arn.append(account);
        arn.push_str(":");
        arn
    }
}

/// The partition that a region says it is in; else the function's own.
fn partition(region: Option<&Text>) -> Text {
    const PARTITIONS: [(&str, &str); 6] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-isob-", "aws-iso-b"),
        ("us-isof-", "aws-iso-f"),
        ("us-iso-", "aws-iso"),
        ("eusc-", "aws-eusc"),
    ];
    let region = region.and_then(Text::as_literal).unwrap_or_default();
    match PARTITIONS.iter().find(|(prefix, _)| region.starts_with(prefix)) {
        Some((_, partition)) => Text::literal(partition),
        None => Part::Pseudo(Pseudo::Partition).into(),
    }
}

macro_rules! forms {
    ($($(#[$doc:meta])* $variant:ident = $name:literal => $apply:expr,)*) => {
        /// See `action-maps/overrides/resources/README.md` for what each is for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Form { $($(#[$doc])* $variant,)* }

        impl Form {
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }

            pub fn apply(self, value: &Text, scope: &Scope) -> Formed {
                match self { $(Self::$variant => $apply(value, scope),)* }
            }
        }
    };
}

forms! {
    Arn = "arn" => text::arn,
    ArnAlone = "arn-alone" => text::arn_alone,
    ArnOrAny = "arn-or-any" => text::arn_or_any,
    ArnOrId = "arn-or-id" => text::arn_or_id,
    LastSegment = "last-segment" => text::last_segment,
    Lower = "lower" => text::lower,
    Revision = "revision" => text::revision,
    AppConfigId = "appconfig-id" => text::appconfig_id,
    LogGroup = "log-group" => text::log_group,
    RuleBus = "rule-bus" => text::rule_bus,
    SubscribedTopic = "subscribed-topic" => text::subscribed_topic,
    Queue = "queue" => sqs::queue,
    Secret = "secret" => secret::secret,
    SecretArn = "secret-arn" => secret::arn,
    SecretParameter = "secret-parameter" => secret::parameter,
    Key = "key" => kms::key,
    CustomerKey = "customer-key" => kms::customer_key,
    Alias = "alias" => kms::alias,
    Parameter = "parameter" => ssm::parameter,
    ParametersUnder = "parameters-under" => ssm::parameters_under,
    Document = "document" => ssm::document,
    Instance = "instance" => ssm::instance,
    ManagedInstance = "managed-instance" => ssm::managed_instance,
    Function = "function" => lambda::function,
    Bucket = "bucket" => s3::bucket,
    ObjectBucket = "object-bucket" => s3::object_bucket,
    DirectoryBucket = "directory-bucket" => s3::directory_bucket,
    SessionBucket = "session-bucket" => s3::session_bucket,
    CopySource = "copy-source" => s3::copy_source,
    CopySourceVersion = "copy-source-version" => s3::copy_source_version,
    ObjectLambda = "object-lambda" => s3::object_lambda,
    Outpost = "outpost" => s3::outpost,
    DirectorySource = "directory-source" => s3::directory_source,
    Executions = "executions" => states::executions,
    Automation = "automation" => ssm::automation,
    PathId = "path-id" => id::after_path,
    Image = "image" => id::image,
    ImageParameter = "image-parameter" => ssm::image_parameter,
    HostLabel = "host-label" => id::host_label,
    BeforeColon = "before-colon" => id::before_colon,
    WafScope = "waf-scope" => id::waf_scope,
    AccountId = "account-id" => id::account,
    OrganizationalUnitId = "ou-id" => id::organizational_unit,
    RootId = "root-id" => id::root,
    PolicyId = "policy-id" => id::policy,
    Location = "s3-location" => s3::location,
    LocatedObject = "s3-object" => s3::located_object,
    LocationBucket = "s3-location-bucket" => s3::location_bucket,
    Prefix = "prefix" => s3::prefix,
    FoundationModel = "foundation-model" => bedrock::foundation_model,
    ModelArn = "model-arn" => bedrock::model_arn,
    InferenceProfile = "inference-profile" => bedrock::inference_profile,
    ProfileModel = "profile-model" => bedrock::profile_model,
    GlobalModel = "global-model" => bedrock::global_model,
    PromptArn = "prompt-arn" => bedrock::prompt_arn,
    PartiqlSelect = "partiql-select" => partiql::select,
    PartiqlInsert = "partiql-insert" => partiql::insert,
    PartiqlUpdate = "partiql-update" => partiql::update,
    PartiqlDelete = "partiql-delete" => partiql::delete,
    Address = "address" => ses::address,
    Domain = "domain" => ses::domain,
    ApiStage = "api-stage" => endpoint::api_stage,
}
