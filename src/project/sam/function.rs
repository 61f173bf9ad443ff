//! One function of a template: its code, handler, layers, environment and triggers, brought together with what the
//! platform needs and the role of today. `Globals` are merged beneath the function's own properties first, so that
//! nothing else knows of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use smol_str::SmolStr;

use super::template::Template;
use super::yaml::{Key, Node, Style, Value};
use super::{platform, role, triggers};
use crate::model::{Document, Part, Place, Resources, Text};
use crate::project::{Choices, Code, Function, Project, substitution};

/// A function as the template declares it.
pub struct Declared<'n> {
    pub id: SmolStr,
    pub place: Place,
    pub is_sam: bool,
    pub properties: &'n Node,
    /// What stands beside the properties.
    pub connectors: Option<&'n Node>,
    pub metadata: Option<&'n Node>,
    /// `FunctionName`, where the template gives one.
    pub names: Vec<Text>,
}

pub fn function(
    template: &Template<'_>,
    project: &Project,
    choices: &Choices,
    folder: &Path,
    declared: &Declared<'_>,
) -> Function {
    let properties = declared.properties;
    let triggers = triggers::triggers(template, project, choices, &declared.id, properties);
    let (platform, sam_provides) = platform::platform(template, project, choices, declared, &triggers.polls);
    let by_itself = sam_policies(template, declared, &triggers.polls);
    let mut current = role::current(template, declared, &by_itself, &sam_provides);
    for attached in current.iter_mut().flat_map(|role| &mut role.policies) {
        adopt_resources(project, choices, &mut attached.document);
    }
    if let Some(connectors) = declared.connectors {
        template.note(connectors, "connector", "what the function's `Connectors` grant is not read");
    }
    let handler = template
        .literal_at(properties, "Handler")
        .or_else(|| template.literal_at(properties, "ImageConfig.Command[]"));
    let code = Coder { template, folder, declared }.code();
    let built = declared.metadata.and_then(|metadata| metadata.get("BuildProperties"));
    let binary = built.and_then(|built| built.get("Binary")).and_then(Node::as_str).map(SmolStr::from);
    let mut function = Function {
        name: declared.id.clone(),
        place: declared.place.clone(),
        runtime: template.literal_at(properties, "Runtime"),
        handler,
        entry_points: entry_points(declared.metadata),
        code,
        binary,
        layers: layers(template, folder, properties),
        environment: environment(template, properties),
        event_values: triggers.event_values,
        platform,
        sam_provides,
        current,
        notes: Vec::new(),
    };
    if function.handler.is_none() {
        function.handler = image_handler(&function.code);
    }
    function.notes = template.take_notes();
    function
}

/// What `BuildMethod: esbuild` bundles.
fn entry_points(metadata: Option<&Node>) -> Vec<SmolStr> {
    let points = metadata.map(|metadata| Template::at(metadata, "BuildProperties.EntryPoints"));
    let points = points.into_iter().flatten().flat_map(Template::elements);
    points.filter_map(Node::as_str).map(SmolStr::from).collect()
}

/// The managed policies that SAM attaches to a role it makes, by the properties that make it do so.
fn sam_policies(
    template: &Template<'_>,
    declared: &Declared<'_>,
    polls: &[triggers::Poll<'_>],
) -> Vec<&'static str> {
    use triggers::Source;
    let has = |property: &str| !Template::at(declared.properties, property).is_empty();
    let mut names = vec![if has("DurableConfig") {
        "AWSLambdaBasicDurableExecutionRolePolicy"
    } else {
        "AWSLambdaBasicExecutionRole"
    }];
    let tracing = template.texts_at(declared.properties, "Tracing");
    if tracing.iter().any(|mode| template.resolved(mode).as_literal() != Some("Disabled")) {
        names.push("AWSXRayDaemonWriteAccess");
    }
    if has("VpcConfig") {
        names.push("AWSLambdaVPCAccessExecutionRole");
    }
    for poll in polls.iter().filter(|poll| poll.by_sam) {
        let name = match poll.source {
            Source::Sqs => "AWSLambdaSQSQueueExecutionRole",
            Source::Kinesis => "AWSLambdaKinesisExecutionRole",
            Source::DynamoDb => "AWSLambdaDynamoDBExecutionRole",
            Source::Msk => "AWSLambdaMSKExecutionRole",
            _ => continue,
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Resources in the canonical spelling, so that today's policy compares with the one to come.
fn adopt_resources(project: &Project, choices: &Choices, document: &mut Document) {
    for statement in &mut document.statements {
        if let Some(Resources::Only(texts) | Resources::Except(texts)) = &mut statement.resources {
            for text in texts {
                *text = project.adopt(text, choices);
            }
        }
    }
}

fn environment(template: &Template<'_>, properties: &Node) -> BTreeMap<SmolStr, Vec<Text>> {
    let mut environment: BTreeMap<SmolStr, Vec<Text>> = BTreeMap::new();
    for (key, value) in Template::at(properties, "Environment.Variables").into_iter().flat_map(Node::entries)
    {
        let texts = template.texts(value);
        if texts.is_empty() {
            continue;
        }
        let known = environment.entry(key.text.clone()).or_default();
        texts
            .into_iter()
            .filter(|text| !known.contains(text))
            .collect::<Vec<_>>()
            .into_iter()
            .for_each(|text| known.push(text));
    }
    environment
}

/// The folders of the layers that the template builds itself.
fn layers(template: &Template<'_>, folder: &Path, properties: &Node) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for layer in Template::at(properties, "Layers").into_iter().flat_map(Template::elements) {
        for text in template.texts(layer) {
            let id = text.parts().iter().find_map(|part| match part {
                Part::Resource { id, .. } => Some(id),
                _ => None,
            });
            let declared = id.and_then(|id| template.resource(id)).and_then(|node| node.get("Properties"));
            let content = declared.and_then(|node| {
                template.literal_at(node, "ContentUri").or_else(|| template.literal_at(node, "Content"))
            });
            match content.map(|content| folder.join(content.as_str())).filter(|path| path.is_dir()) {
                Some(path) => folders.push(path),
                None if is_known_layer(&text) => {}
                None => template.note(
                    layer,
                    "layer-not-read",
                    format!("the code of the layer `{text}` is not here"),
                ),
            }
        }
    }
    folders
}

/// Layers of AWS that are known by their names, and hold no code that a function's own code does not show.
fn is_known_layer(arn: &Text) -> bool {
    const NAMES: &[&str] = &[
        "LambdaInsightsExtension",
        "AWSLambdaPowertools",
        "AWS-AppConfig-Extension",
        "AWS-Parameters-and-Secrets",
        "AWSOpenTelemetryDistro",
        "aws-otel",
    ];
    let pattern = arn.to_pattern();
    NAMES.iter().any(|name| pattern.contains(name))
}

struct Coder<'t, 'n> {
    template: &'t Template<'n>,
    folder: &'t Path,
    declared: &'t Declared<'n>,
}

impl Coder<'_, '_> {
    fn code(&self) -> Code {
        let properties = self.declared.properties;
        let inline = if self.declared.is_sam { "InlineCode" } else { "Code.ZipFile" };
        if let Some(source) = Template::at(properties, inline).first() {
            return self.inline(source);
        }
        if let Some(asset) = self.metadata("aws:asset:path") {
            return self.at(&asset);
        }
        if self.template.literal_at(properties, "PackageType").as_deref() == Some("Image") {
            let context = self.metadata("DockerContext");
            return context
                .map_or_else(|| Code::Elsewhere("a container image".into()), |context| self.at(&context));
        }
        let property = if self.declared.is_sam { "CodeUri" } else { "Code" };
        let Some(code) = Template::at(properties, property).first().copied() else {
            return Code::Elsewhere("not named in the template".into());
        };
        match self
            .template
            .texts(code)
            .first()
            .and_then(|text| self.template.resolved(text).as_literal().map(str::to_owned))
        {
            Some(path) if path.starts_with("s3://") || path.starts_with("https://") => {
                Code::Elsewhere(format!("at `{path}`"))
            }
            Some(path) => self.at(&path),
            None => Code::Elsewhere("an S3 object".into()),
        }
    }

    fn metadata(&self, key: &str) -> Option<SmolStr> {
        self.declared
            .metadata
            .and_then(|metadata| metadata.get(key))
            .and_then(Node::as_str)
            .map(SmolStr::from)
    }

    /// A path of the template, which need not exist.
    fn at(&self, path: &str) -> Code {
        let target = self.folder.join(path.trim_start_matches("file://"));
        if !target.is_file() {
            return Code::Folder(target);
        }
        let is_archive = target.extension().is_some_and(|extension| extension == "zip" || extension == "jar");
        match target.parent() {
            Some(folder) if !is_archive => Code::Folder(folder.to_owned()),
            _ => Code::Elsewhere(format!("the archive `{path}`")),
        }
    }

    fn inline(&self, node: &Node) -> Code {
        let mut place = self.template.place(node);
        let text = match node.intrinsic() {
            Some(("Fn::Sub", argument)) => argument.list().first().unwrap_or(argument),
            _ => node,
        };
        place.line = text.line;
        if let Value::Scalar { style: Style::Block, .. } = text.value {
            place.line += 1;
            place.column = 1;
        }
        let text = self.template.texts(node).into_iter().next().unwrap_or_default();
        let (mut source, mut substituted) = (String::new(), Vec::new());
        for part in text.parts() {
            if let Part::Literal(literal) = part {
                source.push_str(literal);
            } else {
                source.push_str(&substitution(substituted.len()));
                substituted.push(part.clone());
            }
        }
        Code::Inline { source, substituted, place }
    }
}

/// The last `CMD` of the Dockerfile beside the code, in its JSON form.
fn image_handler(code: &Code) -> Option<SmolStr> {
    let Code::Folder(folder) = code else { return None };
    let dockerfile = std::fs::read_to_string(folder.join("Dockerfile")).ok()?;
    let command = dockerfile.lines().rev().find_map(|line| line.trim().strip_prefix("CMD"))?;
    let words: Vec<SmolStr> = serde_json::from_str(command.trim()).ok()?;
    words.into_iter().next()
}

/// `Globals.Function` beneath a function's own properties: mappings merge, lists join, all else is the function's.
pub fn with_globals(globals: Option<&Node>, own: &Node) -> Node {
    let Some(globals) = globals else { return own.clone() };
    match (&globals.value, &own.value) {
        (Value::Map(defaults), Value::Map(entries))
            if globals.intrinsic().is_none() && own.intrinsic().is_none() =>
        {
            let mut merged: Vec<(Key, Node)> = Vec::new();
            for (key, default) in defaults {
                if own.get(&key.text).is_none() {
                    merged.push((key.clone(), default.clone()));
                }
            }
            for (key, value) in entries {
                merged.push((key.clone(), with_globals(globals.get(&key.text), value)));
            }
            Node { value: Value::Map(merged), line: own.line, column: own.column }
        }
        (Value::List(defaults), Value::List(items)) => {
            let joined = defaults.iter().chain(items).cloned().collect();
            Node { value: Value::List(joined), line: own.line, column: own.column }
        }
        _ => own.clone(),
    }
}
