//! What CloudFormation must make first: for every logical id, the ids that its body mentions. Roles that are
//! written for a template are kept out of circles by it.
//!
//! A function's own role and policies are left out, because it is those that are written anew; so are the
//! `Events` of a SAM function, which become resources of their own. Of those events, the ones that SAM writes
//! into the source itself (a bucket's notifications, a user pool's triggers, an API's routes) make the source
//! need the function.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use super::FUNCTIONS;
use super::template::Template;
use super::yaml::{Node, Value};

pub type Needs = BTreeMap<SmolStr, BTreeSet<SmolStr>>;

pub fn needs(template: &Template<'_>) -> Needs {
    let mut needs = Needs::new();
    for (key, resource) in template.resources() {
        let mut mentioned = BTreeSet::new();
        if let Some(first) = resource.get("DependsOn") {
            mentioned
                .extend(Template::elements(first).into_iter().filter_map(Node::as_str).map(SmolStr::from));
        }
        let is_function =
            resource.get("Type").and_then(Node::as_str).is_some_and(|kind| FUNCTIONS.contains(&kind));
        for (name, property) in resource.get("Properties").map_or(&[][..], Node::entries) {
            let replaced = matches!(name.text.as_str(), "Role" | "Policies" | "Events" | "Connectors");
            if !(is_function && replaced) {
                mentions(property, &mut mentioned);
            }
        }
        needs.entry(key.text.clone()).or_default().extend(mentioned);
        if is_function {
            for source in sources_that_name_it(resource) {
                needs.entry(source).or_default().insert(key.text.clone());
            }
        }
    }
    needs
}

/// The sources of a SAM function's events that will name the function.
fn sources_that_name_it(function: &Node) -> BTreeSet<SmolStr> {
    let mut sources = BTreeSet::new();
    let events = function.get("Properties").and_then(|properties| properties.get("Events"));
    for (_, event) in events.map_or(&[][..], Node::entries) {
        let kind = event.get("Type").and_then(Node::as_str).unwrap_or_default();
        let (property, implicit) = match kind {
            "S3" => ("Bucket", None),
            "Cognito" => ("UserPool", None),
            "Api" => ("RestApiId", Some("ServerlessRestApi")),
            "HttpApi" => ("ApiId", Some("ServerlessHttpApi")),
            _ => continue,
        };
        match event.get("Properties").and_then(|properties| properties.get(property)) {
            Some(source) => mentions(source, &mut sources),
            None => sources.extend(implicit.map(SmolStr::from)),
        }
    }
    sources
}

/// The names in `Ref`, `GetAtt` and `Sub`. Parameters are among them; nothing needs a parameter's resources.
fn mentions(node: &Node, into: &mut BTreeSet<SmolStr>) {
    match node.intrinsic() {
        Some(("Ref", name)) => into.extend(name.as_str().map(SmolStr::from)),
        Some(("Fn::GetAtt", path)) => {
            let path = path.list().first().unwrap_or(path).as_str().unwrap_or_default();
            into.extend(path.split('.').next().map(SmolStr::from));
        }
        Some(("Fn::Sub", argument)) => {
            let text = argument.list().first().unwrap_or(argument).as_str().unwrap_or_default();
            let names = text.split("${").skip(1).filter_map(|rest| rest.split(['}', '.']).next());
            into.extend(names.map(SmolStr::from));
            argument.list().iter().skip(1).for_each(|variables| mentions(variables, into));
        }
        _ => match &node.value {
            Value::Scalar { .. } => {}
            Value::List(items) => items.iter().for_each(|item| mentions(item, into)),
            Value::Map(entries) => entries.iter().for_each(|(_, value)| mentions(value, into)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::yaml;
    use super::*;
    use crate::project::Choices;

    #[test]
    fn a_bucket_that_invokes_a_function_needs_it() {
        let document = yaml::parse(
            "Resources:
  Resize:
    Type: AWS::Serverless::Function
    Properties:
      Role: !GetAtt Old.Arn
      Environment: { Variables: { OUT: !Sub 'x-${Out.Arn}', T: !GetAtt Table.Arn } }
      Events: { New: { Type: S3, Properties: { Bucket: !Ref Incoming } } }
  Incoming: { Type: AWS::S3::Bucket, DependsOn: Topic }
",
        )
        .unwrap();
        let choices = Choices::default();
        let needs = needs(&Template::new(&document, "template.yaml".into(), &choices));
        let of = |id: &str| needs[id].iter().map(SmolStr::as_str).collect::<Vec<_>>();
        assert_eq!(of("Resize"), ["Out", "Table"]);
        assert_eq!(of("Incoming"), ["Resize", "Topic"]);
    }
}
