//! What the AWS SDKs hand out, and how each SDK's idioms become calls of operations. The interpreter knows
//! only that these are values with members that can be called; which operation that is, is decided here and
//! in the catalog.

mod aws_command;
pub mod boto3;
mod extension;
pub mod javascript;
pub mod library;
mod operation;
pub mod rust;

use std::rc::Rc;

use smol_str::SmolStr;

use crate::code::eval::{Interpreter, Value, Values};
use crate::model::{Field, Part, Pseudo, Text};

/// Services whose operations are told by name alone when nothing else tells, for a note.
pub const COMMON: [&str; 14] = [
    "s3",
    "dynamodb",
    "sqs",
    "sns",
    "ssm",
    "secretsmanager",
    "lambda",
    "kms",
    "events",
    "stepfunctions",
    "kinesis",
    "firehose",
    "ses",
    "sts",
];

/// A value that an AWS SDK made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Handle {
    Session(Origin),
    Client(Client),
    /// A member of another handle that was not called yet.
    Member {
        of: Rc<Handle>,
        name: SmolStr,
    },
    /// Calls the operation once or more when it is iterated or asked for pages.
    Paginator {
        client: Client,
        operation: SmolStr,
    },
    Waiter {
        client: Client,
        operation: SmolStr,
    },
    /// A resource object; `kind` is empty for the service itself.
    Resource {
        client: Client,
        kind: SmolStr,
        identifiers: Vec<(SmolStr, Vec<Text>)>,
    },
    /// A collection of a resource; `input` is what was set on it so far.
    Collection {
        resource: Rc<Handle>,
        name: SmolStr,
        input: Rc<Field>,
    },
    /// What only the SDK for JavaScript makes.
    JavaScript(javascript::Thing),
    /// Something that a modelled library made.
    Thing(library::Thing),
    /// What the SDK for Rust made, beside clients.
    Rust(rust::Made),
    /// Buffers writes to a table.
    BatchWriter {
        table: Rc<Handle>,
    },
}

/// Where a client's calls go and who makes them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Origin {
    pub region: Option<Text>,
    /// Calls are signed with other credentials than the function's own, so they need nothing of its role.
    pub foreign: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Client {
    /// botocore's client name.
    pub service: SmolStr,
    pub origin: Origin,
    pub endpoint: Option<Text>,
    /// False when the service is one of several that the code may choose.
    pub certain: bool,
}

/// What a call answered, or a part of it. Only its history matters: a token that is passed back names the
/// resource of the call that gave it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Response {
    pub service: SmolStr,
    pub operation: SmolStr,
    pub input: Rc<Field>,
    /// Dotted, `[]` for any index.
    pub path: SmolStr,
}

impl Response {
    /// What this part of the answer is known to be: the account of the caller, the URL of a queue asked for
    /// by name, a field that repeats the request's. Empty where nothing is known.
    pub fn texts(&self) -> Vec<Text> {
        let leaf = self.path.rsplit('.').next().unwrap_or_default();
        let leaf = &*if leaf.starts_with(|letter: char| letter.is_ascii_lowercase()) && leaf.contains('_') {
            rust::pascal(leaf)
        } else {
            leaf.into()
        };
        match (self.operation.as_str(), leaf) {
            ("GetCallerIdentity", "Account") => vec![Part::Pseudo(Pseudo::AccountId).into()],
            ("GetQueueUrl" | "CreateQueue", "QueueUrl") => boto3::queue_urls(&self.input),
            ("CreateTopic", "TopicArn") => boto3::topic_arns(&self.input),
            _ if !self.path.contains('.') => self.repeated(leaf),
            _ => Vec::new(),
        }
    }

    fn repeated(&self, name: &str) -> Vec<Text> {
        let found = self.input.at(name);
        let texts = found.iter().filter_map(|field| match &**field {
            Field::Text(texts) if !name.is_empty() => Some(texts.clone()),
            _ => None,
        });
        texts.flatten().collect()
    }
}

/// `arn:partition:lambda:region:account:function:name`; code splits it to learn its region and account.
pub fn function_arn(it: &Interpreter) -> Values {
    let parts = [
        Part::Literal("arn:".into()),
        Part::Pseudo(Pseudo::Partition),
        Part::Literal(":lambda:".into()),
        Part::Pseudo(Pseudo::Region),
        Part::Literal(":".into()),
        Part::Pseudo(Pseudo::AccountId),
        Part::Literal(":function:".into()),
    ];
    let arn: Text = parts.into_iter().collect();
    it.texts(&it.environment("AWS_LAMBDA_FUNCTION_NAME", None))
        .iter()
        .map(|name| Value::Text(arn.clone().then(name)))
        .collect()
}
