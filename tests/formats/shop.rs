//! The analysis that every format is shown: a small shop with a circle, a helper module and dead code.

use std::collections::BTreeSet;

use scopedown::analysis::{Analysis, FunctionAnalysis};
use scopedown::code::Language;
use scopedown::code::eval::CallGraph;
use scopedown::merge;
use scopedown::model::{
    Action, Call, Condition, Confidence, Field, Frame, Grant, Kind, Note, Origin, Part, Place, Pseudo,
    Resource, Shape, Text,
};
use scopedown::project::{Deployed, Project};

pub const APP: &str = "\
import store

def handler(event, context):
    store.save(event[\"order\"])
";

pub const STORE: &str = "\
import boto3

table = boto3.resource(\"dynamodb\").Table(os.environ[\"TABLE\"])

def save(order):
    table.put_item(Item=order)

def purge():
    boto3.client(\"s3\").delete_object(Bucket=\"old\", Key=\"x\")
";

pub fn shop() -> Analysis {
    let mut project = Project { template: Some("template.yaml".into()), ..Project::default() };
    for (id, kind, needs) in [
        ("Orders", "AWS::Serverless::Function", &[][..]),
        ("Resize", "AWS::Serverless::Function", &[]),
        ("Table", "AWS::DynamoDB::Table", &[]),
        ("Incoming", "AWS::S3::Bucket", &["Resize"]),
    ] {
        project.resources.insert(id.into(), deployed(kind, needs));
    }
    Analysis { functions: vec![orders(), resize()], project, ..empty() }
}

pub fn empty() -> Analysis {
    Analysis {
        root: ".".into(),
        functions: Vec::new(),
        unclaimed: Vec::new(),
        notes: Vec::new(),
        project: Project::default(),
        left_out: Vec::new(),
    }
}

pub fn unresolved() -> Analysis {
    let unknown = Note::new("unresolved-service", "the service of `boto3.client(name)` is not known")
        .at("app.py", 7, 14)
        .help("give the client a literal name");
    let everything =
        grant("s3:GetObject", Resource::any(), Kind::Code, [call_origin("app.py", 9, "s3:GetObject")]);
    let function = function("app.handler", vec![everything], vec![unknown]);
    let mut unread = self::function("Elsewhere", Vec::new(), Vec::new());
    unread.followed = false;
    let about_no_file = Note::new("no-template", "no template: the platform's own needs are not known");
    Analysis { functions: vec![function, unread], notes: vec![about_no_file], ..empty() }
}

/// Two functions that call each other.
pub fn mutual() -> Analysis {
    let calls = |name: &str, other: &str| {
        let arn = format!("arn:aws:lambda:*:*:function:{other}");
        let callee = Resource { symbolic: arn_of(other), pattern: pattern(&arn) };
        let origin = call_origin("app.py", 3, "lambda:Invoke");
        function(name, vec![grant("lambda:InvokeFunction", callee, Kind::Code, [origin])], Vec::new())
    };
    let mut analysis = Analysis { functions: vec![calls("Ping", "Pong"), calls("Pong", "Ping")], ..empty() };
    for id in ["Ping", "Pong"] {
        analysis.project.resources.insert(id.into(), deployed("AWS::Serverless::Function", &[]));
    }
    analysis
}

/// More resources than inline policies can hold.
pub fn large(resources: usize) -> Analysis {
    let grants = (0..resources).map(|number| {
        let arn =
            pattern(&format!("arn:aws:s3:::a-bucket-with-a-rather-long-name-{number:04}/some/prefix/*"));
        let objects = Resource { symbolic: arn.clone(), pattern: arn };
        grant("s3:GetObject", objects, Kind::Code, [call_origin("app.py", 3, "s3:GetObject")])
    });
    Analysis { functions: vec![function("Reader", grants.collect(), Vec::new())], ..empty() }
}

fn orders() -> FunctionAnalysis {
    let table = Resource { symbolic: arn_of("Table"), pattern: pattern("arn:aws:dynamodb:*:*:table/*") };
    let put = Origin::Call {
        place: place("src/store.py", 6, 11),
        operation: "dynamodb:PutItem".into(),
        chain: vec![frame("app.handler", None), frame("store.save", Some(place("src/app.py", 4, 11)))],
    };
    let tracing = Origin::Template { place: place("template.yaml", 9, 7), property: "Tracing".into() };
    let grants = vec![
        grant("dynamodb:PutItem", table, Kind::Code, [put]),
        grant("xray:PutTraceSegments", Resource::any(), Kind::Platform, [tracing]),
        grant("logs:PutLogEvents", logs("Orders"), Kind::Platform, [always(5)]),
    ];
    let reached = Call {
        input: fields(&[("TableName", Text::from(resource("Table", None))), ("Item", Text::unknown())]),
        chain: vec![frame("app.handler", None), frame("store.save", Some(place("src/app.py", 4, 11)))],
        reachable: true,
        ..call("dynamodb", "PutItem", place("src/store.py", 6, 11))
    };
    let dead = Call {
        input: fields(&[("Bucket", Text::literal("old")), ("Key", Text::literal("x"))]),
        ..call("s3", "DeleteObject", place("src/store.py", 9, 24))
    };
    let mut function = function("Orders", grants, Vec::new());
    function.calls = vec![reached, dead];
    function.provided_by_sam = function.grants[1..].to_vec();
    function
}

/// Its bucket needs the function, so the role must not need the bucket.
fn resize() -> FunctionAnalysis {
    let objects =
        Resource { symbolic: arn_of("Incoming").then(&pattern("/*")), pattern: pattern("arn:aws:s3:::*/*") };
    let mut read =
        grant("s3:GetObject", objects, Kind::Code, [call_origin("src/resize.py", 8, "s3:GetObject")]);
    read.condition = Condition::from([(
        "StringEquals".into(),
        [("aws:ResourceAccount".into(), BTreeSet::from([Part::Pseudo(Pseudo::AccountId).into()]))].into(),
    )]);
    read.confidence = Confidence::Likely;
    function(
        "Resize",
        vec![read, grant("logs:PutLogEvents", logs("Resize"), Kind::Platform, [always(20)])],
        vec![],
    )
}

fn function(name: &str, grants: Vec<Grant>, notes: Vec<Note>) -> FunctionAnalysis {
    FunctionAnalysis {
        name: name.into(),
        template: Some("template.yaml".into()),
        language: Some(Language::Python),
        handler: Some("app.handler".into()),
        place: place("template.yaml", 5, 3),
        policy: merge::role_policy(&grants).unwrap(),
        grants,
        provided_by_sam: Vec::new(),
        calls: Vec::new(),
        notes,
        followed: true,
        observed: None,
        graph: CallGraph::default(),
    }
}

fn grant<const N: usize>(action: &str, resource: Resource, kind: Kind, origins: [Origin; N]) -> Grant {
    Grant {
        action: Action::new(action),
        resource,
        condition: Condition::new(),
        kind,
        confidence: Confidence::Certain,
        origins: origins.into(),
    }
}

fn logs(function: &str) -> Resource {
    let mut symbolic = Text::literal("arn:");
    symbolic.push(Part::Pseudo(Pseudo::Partition));
    symbolic.push_str(":logs:");
    symbolic.push(Part::Pseudo(Pseudo::Region));
    symbolic.push_str(&format!(":123456789012:log-group:/aws/lambda/{function}:"));
    symbolic.push(Part::Any);
    let printed = pattern(&format!("arn:aws:logs:*:123456789012:log-group:/aws/lambda/{function}:*"));
    Resource { symbolic, pattern: printed }
}

fn always(line: u32) -> Origin {
    Origin::Template { place: place("template.yaml", line, 3), property: "Type".into() }
}

fn call_origin(file: &str, line: u32, operation: &str) -> Origin {
    let chain = vec![frame("app.handler", None)];
    Origin::Call { place: place(file, line, 5), operation: operation.into(), chain }
}

fn call(service: &str, operation: &str, place: Place) -> Call {
    Call {
        service: service.into(),
        operation: operation.into(),
        place,
        input: fields(&[]),
        region: None,
        endpoint: None,
        chain: Vec::new(),
        reachable: false,
        certain: true,
    }
}

fn fields(fields: &[(&str, Text)]) -> Field {
    let entries = fields.iter().map(|(name, text)| (Text::literal(name), Field::Text(vec![text.clone()])));
    Field::Map { entries: entries.collect(), complete: true }
}

fn deployed(kind: &str, needs: &[&str]) -> Deployed {
    Deployed {
        kind: kind.into(),
        arn: None,
        spellings: Vec::new(),
        reference: Text::unknown(),
        kms_key: None,
        needs: needs.iter().map(|id| (*id).into()).collect(),
        place: Place::default(),
    }
}

fn arn_of(id: &str) -> Text {
    resource(id, Some("Arn")).into()
}

fn resource(id: &str, attribute: Option<&str>) -> Part {
    let shape = if attribute.is_some() { Shape::Arn } else { Shape::Name };
    Part::Resource { id: id.into(), attribute: attribute.map(Into::into), shape }
}

fn pattern(text: &str) -> Text {
    Text::parse_pattern(text)
}

fn frame(function: &str, called_at: Option<Place>) -> Frame {
    Frame { function: function.into(), called_at }
}

fn place(file: &str, line: u32, column: u32) -> Place {
    Place { file: file.into(), line, column }
}
