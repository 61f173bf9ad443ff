//! SAM and CloudFormation templates, YAML or JSON (and so what the CDK synthesises). A parsed document comes in, a
//! [`Project`] goes out: every resource with its ARN as far as it is known, every function with what it is wired to.
//!
//! Nested stacks, macros and includes are noted, not followed; AWS expands those when the stack is deployed.

mod expression;
mod function;
mod keep;
mod needs;
pub mod platform;
mod policy;
mod polling;
pub mod resource_types;
mod role;
mod template;
mod triggers;
pub mod yaml;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use indexmap::IndexMap;
use smol_str::{SmolStr, format_smolstr};

use super::load::relative;
use super::{Choices, Deployed, Project};
use crate::model::{Part, Place, Pseudo, Shape, Text};
use function::Declared;
use resource_types::{Reference, ResourceType};
use template::Template;
use yaml::{Key, Node, Value};

/// Before the name of an export, in the name of the parameter that its value becomes.
pub(super) const IMPORT_VALUE: &str = "ImportValue:";

const FUNCTIONS: [&str; 2] = ["AWS::Serverless::Function", "AWS::Lambda::Function"];

/// Whether a document is a template with a Lambda function.
pub fn declares_functions(document: &Node) -> bool {
    let resources = document.get("Resources").map_or(&[][..], Node::entries);
    resources.iter().any(|(_, node)| {
        node.get("Type").and_then(Node::as_str).is_some_and(|kind| FUNCTIONS.contains(&kind))
    })
}

/// Everything that permissions need of a template.
pub fn read(root: &Path, path: &Path, document: &Node, choices: &Choices) -> Project {
    let document = with_all_globals(document);
    let file = relative(root, path);
    let mut template = Template::new(&document, file.clone(), choices);
    template.kinds = kinds(&template);
    template.kept_lines =
        std::fs::read_to_string(path).map_or_else(|_| BTreeSet::new(), |text| keep::lines(&text));
    let mut project = Project {
        root: root.to_owned(),
        resources: IndexMap::new(),
        functions: Vec::new(),
        parameters: parameters(&template),
        template: Some(file),
        notes: Vec::new(),
    };
    project.resources = deployed(&template);
    note_unread(&template);
    project.notes = template.take_notes();
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut functions = Vec::new();
    for (key, node) in template.resources() {
        let kind = node.get("Type").and_then(Node::as_str).unwrap_or_default();
        if !FUNCTIONS.contains(&kind) {
            continue;
        }
        // Without properties: the resource's own fields, none of which is a property of a function.
        let properties = node.get("Properties").unwrap_or(node);
        let declared = Declared {
            id: key.text.clone(),
            place: template.place_of(key),
            is_sam: kind == "AWS::Serverless::Function",
            properties,
            connectors: node.get("Connectors"),
            metadata: node.get("Metadata"),
            names: template.texts_at(properties, "FunctionName"),
        };
        functions.push(function::function(&template, &project, choices, folder, &declared));
    }
    project.functions = functions;
    project
}

/// The document with `Globals.Function` written out in every SAM function.
fn with_all_globals(document: &Node) -> Node {
    let mut document = document.clone();
    let globals = document.get("Globals").and_then(|globals| globals.get("Function")).cloned();
    let Some(globals) = globals else { return document };
    let Value::Map(sections) = &mut document.value else { return document };
    for (_, resources) in sections.iter_mut().filter(|(key, _)| key.text == "Resources") {
        let Value::Map(resources) = &mut resources.value else { continue };
        for (_, resource) in resources {
            let is_function = resource.get("Type").and_then(Node::as_str) == Some(FUNCTIONS[0]);
            let Value::Map(fields) = &mut resource.value else { continue };
            for (_, properties) in
                fields.iter_mut().filter(|(key, _)| is_function && key.text == "Properties")
            {
                *properties = function::with_globals(Some(&globals), properties);
            }
        }
    }
    document
}

fn parameters(template: &Template<'_>) -> BTreeMap<SmolStr, SmolStr> {
    let declared = template.root.get("Parameters").map_or(&[][..], Node::entries);
    let value =
        |(key, node): &(Key, Node)| Some((key.text.clone(), template.value_of(&key.text, node)?.into()));
    declared.iter().filter_map(value).collect()
}

/// The type of every logical id, with those that SAM makes up.
fn kinds(template: &Template<'_>) -> IndexMap<SmolStr, SmolStr> {
    let mut kinds = IndexMap::new();
    for (key, node) in template.resources() {
        kinds.insert(key.text.clone(), node.get("Type").and_then(Node::as_str).unwrap_or_default().into());
    }
    let mut made: Vec<(SmolStr, &str)> = Vec::new();
    for (key, properties) in template.of_kind(FUNCTIONS[0]) {
        if properties.get("Role").is_none() {
            made.push((format_smolstr!("{}Role", key.text), "AWS::IAM::Role"));
        }
        for (_, event) in Template::at(properties, "Events").into_iter().flat_map(Node::entries) {
            match event.get("Type").and_then(Node::as_str) {
                Some("Api") => made.push(("ServerlessRestApi".into(), "AWS::ApiGateway::RestApi")),
                Some("HttpApi") => made.push(("ServerlessHttpApi".into(), "AWS::ApiGatewayV2::Api")),
                _ => {}
            }
        }
        for outcome in ["OnSuccess", "OnFailure"] {
            let path = format!("EventInvokeConfig.DestinationConfig.{outcome}");
            for target in Template::at(properties, &path) {
                let (kind, suffix) = match target.get("Type").and_then(Node::as_str) {
                    Some("SQS") => ("AWS::SQS::Queue", "Queue"),
                    Some("SNS") => ("AWS::SNS::Topic", "Topic"),
                    _ => continue,
                };
                if target.get("Destination").is_none() {
                    made.push((format_smolstr!("{}EventInvokeConfig{outcome}{suffix}", key.text), kind));
                }
            }
        }
    }
    for (id, kind) in made {
        kinds.entry(id).or_insert_with(|| kind.into());
    }
    kinds
}

fn deployed(template: &Template<'_>) -> IndexMap<SmolStr, Deployed> {
    let empty = Node { value: Value::Map(Vec::new()), line: 0, column: 0 };
    let declared: HashMap<&str, (&Key, &Node)> =
        template.resources().map(|(key, node)| (key.text.as_str(), (key, node))).collect();
    let mut resources = IndexMap::new();
    let mut needs = needs::needs(template);
    for (id, kind) in &template.kinds {
        let declared = declared.get(id.as_str());
        let properties = declared.and_then(|(_, node)| node.get("Properties")).unwrap_or(&empty);
        let place = declared.map(|(key, _)| template.place_of(key)).unwrap_or_default();
        let needs = needs.remove(id).unwrap_or_default();
        let resource = Deployed { needs, ..deployed_as(template, id, kind, properties, place) };
        resources.insert(id.clone(), resource);
    }
    resources
}

fn deployed_as(
    template: &Template<'_>,
    id: &SmolStr,
    kind: &SmolStr,
    properties: &Node,
    place: Place,
) -> Deployed {
    let mut deployed = Deployed {
        kind: kind.clone(),
        arn: None,
        spellings: Vec::new(),
        reference: Text::any(),
        kms_key: None,
        needs: BTreeSet::new(),
        place,
    };
    let Some(known) = resource_types::find(kind) else { return deployed };
    let names = if known.name.is_empty() { Vec::new() } else { template.texts_at(properties, known.name) };
    let any = Text::any();
    let name = match names.as_slice() {
        [only] => only,
        _ => &any,
    };
    let spell = |name: &Text, of_name: &Text| spelled(template, known, properties, name, of_name);
    let arn = spell(name, name);
    deployed.reference = match known.reference {
        Reference::Name => name.clone(),
        Reference::Arn => arn.clone(),
        Reference::Url => queue_url(name),
        Reference::Other => Text::any(),
    };
    if known.arn.is_empty() {
        return deployed;
    }
    let mut spellings: Vec<Text> = names.iter().map(|name| spell(name, name)).collect();
    spellings.retain(|spelling| !spelling.parts().contains(&Part::Unknown));
    let has_name = known.arn.contains("N}");
    if !has_name && !arn.parts().contains(&Part::Any) {
        spellings.push(arn.clone());
    }
    let mut refer = |attribute: Option<SmolStr>, shape: Shape| {
        let part = Text::from(Part::Resource { id: id.clone(), attribute, shape });
        if known.arn.contains("{/N}") {
            // Who does not know the name cannot know that it brings its own slash.
            spellings.push(spell(&part, &Text::default()));
        }
        spellings.push(spell(&part, name));
    };
    // Without its name an ARN is any resource's of the type.
    match known.reference {
        _ if !has_name => {}
        Reference::Name => refer(None, Shape::Name),
        // An ARN that ends in the queue's URL is no ARN, but it is plain what is meant.
        Reference::Url => refer(None, Shape::Url),
        Reference::Arn | Reference::Other => {}
    }
    if !known.name_attribute.is_empty() {
        refer(Some(known.name_attribute.into()), Shape::Name);
    }
    deployed.arn = Some(arn);
    deployed.spellings = spellings;
    let mut keys =
        if known.kms_key.is_empty() { Vec::new() } else { template.texts_at(properties, known.kms_key) };
    if keys.len() > 1 {
        let message = format!("`{id}` may be encrypted by one of several keys; the first counts");
        template.note(properties, "several-keys", message);
    }
    deployed.kms_key = (!keys.is_empty()).then(|| keys.swap_remove(0));
    deployed
}

/// The ARN of a type with `name` for its name. `of_name` is the name itself where `name` only refers to it: whether
/// it begins with a slash decides how a parameter's ARN is joined.
fn spelled(
    template: &Template<'_>,
    known: &ResourceType,
    properties: &Node,
    name: &Text,
    of_name: &Text,
) -> Text {
    let mut arn = Text::default();
    let mut rest = known.arn;
    while let Some((before, after)) = rest.split_once('{') {
        arn.append(&Text::parse_pattern(before));
        let (token, after) = after.split_once('}').expect("ARN templates close their braces");
        rest = after;
        match token {
            "P" => arn.push(Part::Pseudo(Pseudo::Partition)),
            "R" => arn.push(Part::Pseudo(Pseudo::Region)),
            "A" => arn.push(Part::Pseudo(Pseudo::AccountId)),
            "N" => arn.append(name),
            "/N" => {
                if !of_name.leading_literal().starts_with('/') {
                    arn.push_str("/");
                }
                arn.append(name);
            }
            property => {
                let (property, default) = property.split_once('|').unwrap_or((property, ""));
                match template.texts_at(properties, property).as_slice() {
                    [only] => arn.append(only),
                    [] if !default.is_empty() => arn.push_str(default),
                    _ => arn.push(Part::Any),
                }
            }
        }
    }
    arn.append(&Text::parse_pattern(rest));
    arn
}

fn queue_url(name: &Text) -> Text {
    let parts = [
        Part::Literal("https://sqs.".into()),
        Part::Pseudo(Pseudo::Region),
        Part::Literal(".".into()),
        Part::Pseudo(Pseudo::UrlSuffix),
        Part::Literal("/".into()),
        Part::Pseudo(Pseudo::AccountId),
        Part::Literal("/".into()),
    ];
    parts.into_iter().collect::<Text>().then(name)
}

/// What the template holds and this reader does not follow.
fn note_unread(template: &Template<'_>) {
    for (key, node) in template.resources() {
        let (rule, what) = match node.get("Type").and_then(Node::as_str).unwrap_or_default() {
            "AWS::CloudFormation::Stack" | "AWS::Serverless::Application" => {
                ("nested-stack", "a nested stack is not read; name its template with --template")
            }
            "AWS::Serverless::Connector" => ("connector", "what a connector grants is not read"),
            _ => continue,
        };
        note_at(template, key, rule, &format!("`{}`: {what}", key.text));
    }
    let sections = [Some(template.root), template.root.get("Resources")];
    for (key, node) in sections.into_iter().flatten().flat_map(Node::entries) {
        if key.text.starts_with("Fn::ForEach") {
            note_at(template, key, "template-loop", "resources made by `Fn::ForEach` are not read");
        } else if key.text == "Fn::Transform" {
            template.note(node, "template-include", "what `Fn::Transform` puts here is not read");
        }
    }
    for name in template.choices.parameters.keys() {
        if template.root.get("Parameters").and_then(|parameters| parameters.get(name)).is_none() {
            let message = format!("a value is given for `{name}`, which is no parameter of the template");
            template.note(template.root, "unknown-parameter", message);
        }
    }
    let macros = template.root.get("Transform").map(Template::elements).unwrap_or_default();
    for name in macros {
        match name.as_str().or_else(|| name.get("Name").and_then(Node::as_str)) {
            Some("AWS::Serverless-2016-10-31" | "AWS::LanguageExtensions") | None => {}
            Some(other) => {
                template.note(
                    name,
                    "template-macro",
                    format!("the macro `{other}` can change the template; it is not run"),
                );
            }
        }
    }
}

fn note_at(template: &Template<'_>, key: &Key, rule: &'static str, message: &str) {
    let at = Node { value: Value::Map(Vec::new()), line: key.line, column: key.column };
    template.note(&at, rule, message);
}
