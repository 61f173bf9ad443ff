//! What the configuration adds to an analysis: settings of functions that the template leaves open, and the grants
//! of its pins and of its base policy. A name in it that fits nothing is noted, since it is probably misspelt.

use std::collections::BTreeSet;
use std::fs;

use smol_str::{SmolStr, format_smolstr};

use super::AnalyzeError;
use crate::catalog;
use crate::config::{self, Config, Pin};
use crate::model::{
    Action, Actions, Condition, Confidence, Effect, Grant, Kind, Note, Origin, Part, Place, Pseudo, Resource,
    Resources, Shape, Text,
};
use crate::policy::{self, UNKNOWN_ACTION};
use crate::project::{Choices, Code, Function, Project};
use crate::role;

/// The reason of a permission that stands in a statement that is kept.
const KEPT: &str = "kept in the template";

/// Whether the template's own kept statements alone ask for it.
pub fn is_kept(grant: &Grant) -> bool {
    let kept = |origin: &Origin| matches!(origin, Origin::Pin { reason, .. } if reason == KEPT);
    grant.kind == Kind::Pinned && grant.origins.iter().all(kept)
}

/// Fills in what the configuration says of a function and the template does not.
pub fn fill(config: &Config, function: &mut Function) {
    let settings = config.of_function(&function.name);
    if let Some(code) = settings.code {
        function.code = Code::Folder(code);
    }
    function.handler = settings.handler.or_else(|| function.handler.take());
    function.runtime = settings.runtime.or_else(|| function.runtime.take());
    for (name, value) in settings.environment {
        let known =
            function.environment.get(&name).is_some_and(|texts| texts.iter().all(|text| !text.is_unknown()));
        if !known {
            function.environment.insert(name, vec![Text::literal(value)]);
        }
    }
}

/// The permissions that people ask for, of every function that they are for.
pub struct Asked {
    pins: Vec<(Option<SmolStr>, Grant)>,
}

impl Asked {
    pub fn new(config: &Config, project: &Project, choices: &Choices) -> Result<Self, AnalyzeError> {
        let mut pins: Vec<(Option<SmolStr>, Grant)> = Vec::new();
        for pin in &config.pins {
            for grant in pin_grants(pin, project, choices) {
                pins.push((pin.function.clone(), grant));
            }
        }
        if let Some((path, place)) = &config.base_policy {
            let shown = path.display().to_string();
            let wrong = |reason: String| AnalyzeError::BasePolicy { path: shown.clone(), reason };
            let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
            pins.extend(base_grants(&text, place).map_err(wrong)?.into_iter().map(|grant| (None, grant)));
        }
        Ok(Self { pins })
    }

    pub fn of(&self, function: &str) -> impl Iterator<Item = Grant> {
        let fitting = self.pins.iter().filter(move |(pattern, _)| config::fits(pattern.as_ref(), function));
        fitting.map(|(_, grant)| grant.clone())
    }
}

/// The statements of the function's role that a person keeps, as permissions that are asked for: what is emitted for
/// the function must not lose them. What cannot be said as a permission is noted.
pub fn kept(function: &Function, project: &Project, choices: &Choices, notes: &mut Vec<Note>) -> Vec<Grant> {
    let mut grants = Vec::new();
    let policies = function.current.iter().flat_map(|role| &role.policies);
    let statements = policies.flat_map(|one| one.document.statements.iter().zip(&one.written));
    for (statement, written) in statements.filter(|(_, written)| written.kept) {
        let (Effect::Allow, Actions::Only(actions), Some(Resources::Only(resources))) =
            (statement.effect, &statement.actions, &statement.resources)
        else {
            let note = Note::new(
                "kept-statement",
                "a statement that is kept is no plain `Allow`, so it is not in the policy",
            );
            let place = &written.place;
            notes.push(note.help("copy it beside what is generated").at(
                place.file.clone(),
                place.line,
                place.column,
            ));
            continue;
        };
        let origin = Origin::Pin { place: written.place.clone(), reason: KEPT.into() };
        for resource in resources {
            let settled = project.settle(resource, resource, choices);
            grants.extend(
                actions
                    .iter()
                    .map(|action| grant(action, settled.clone(), statement.condition.clone(), &origin)),
            );
        }
    }
    grants
}

/// Names in the configuration that fit no function.
pub fn misnamed(config: &Config, functions: &BTreeSet<SmolStr>) -> Vec<Note> {
    let settings = config.functions.iter().map(|(name, settings)| (Some(name), &settings.place));
    let pins = config.pins.iter().map(|pin| (pin.function.as_ref(), &pin.place));
    let suppressions = config.suppressions.iter().map(|one| (one.function.as_ref(), &one.place));
    let accepted = config.accepted.iter().map(|one| (one.function.as_ref(), &one.place));
    let named = settings.chain(pins).chain(suppressions).chain(accepted);
    named
        .filter_map(|(name, place)| Some((name?, place)))
        .filter(|(name, _)| !functions.iter().any(|function| config::matches(name, function)))
        .map(|(name, place)| {
            Note::new(
                "unknown-function",
                format!("the configuration names `{name}`, which is no function here"),
            )
            .at(place.file.clone(), place.line, place.column)
        })
        .collect()
}

/// Actions in the configuration that AWS does not have.
pub fn misspelt(config: &Config) -> Vec<Note> {
    let pins = config.pins.iter().flat_map(|pin| pin.actions.iter().map(|action| (action, &pin.place)));
    let suppressions = config.suppressions.iter().filter_map(|one| Some((one.action.as_ref()?, &one.place)));
    let accepted = config.accepted.iter().filter_map(|one| Some((one.action.as_ref()?, &one.place)));
    let named = pins.chain(suppressions).chain(accepted);
    named
        .filter(|(action, _)| !role::exists(action))
        .map(|(action, place)| {
            let message = format!("the configuration names `{action}`, and AWS has no such action");
            let note = Note { help: catalog::meant(action), ..Note::new(UNKNOWN_ACTION, message) };
            note.at(place.file.clone(), place.line, place.column)
        })
        .collect()
}

fn pin_grants(pin: &Pin, project: &Project, choices: &Choices) -> Vec<Grant> {
    let origin = Origin::Pin { place: pin.place.clone(), reason: pin.reason.clone() };
    let mut grants = Vec::new();
    for resource in &pin.resources {
        let text = resource_text(resource, project);
        let settled = project.settle(&text, &text, choices);
        grants.extend(
            pin.actions.iter().map(|action| grant(action, settled.clone(), Condition::new(), &origin)),
        );
    }
    grants
}

/// The references of `Fn::Sub` in an ARN pattern. What names nothing of the template is a policy variable.
fn resource_text(resource: &str, project: &Project) -> Text {
    Text::parse_pattern(resource).map(|part| match part {
        Part::Variable(name) => reference(name, project).unwrap_or_else(|| part.clone()).into(),
        part => part.clone().into(),
    })
}

fn reference(name: &str, project: &Project) -> Option<Part> {
    if let Some(pseudo) = Pseudo::from_name(name) {
        return Some(Part::Pseudo(pseudo));
    }
    if project.parameters.contains_key(name) {
        return Some(Part::Parameter(name.into()));
    }
    let (id, attribute) = name.split_once('.').map_or((name, None), |(id, attribute)| (id, Some(attribute)));
    project.resources.contains_key(id).then(|| Part::Resource {
        id: id.into(),
        attribute: attribute.map(SmolStr::from),
        shape: if attribute.is_some_and(|attribute| attribute.ends_with("Arn")) {
            Shape::Arn
        } else {
            Shape::Name
        },
    })
}

/// The permissions of a policy document that allows plainly. A `Deny`, or what is allowed by exception, cannot be
/// said as a permission and is refused rather than lost.
fn base_grants(text: &str, place: &Place) -> Result<Vec<Grant>, String> {
    let json = serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
    let document = policy::parse(&json).map_err(|error| error.to_string())?;
    let mut grants = Vec::new();
    for (number, statement) in (1..).zip(&document.statements) {
        let (Effect::Allow, Actions::Only(actions), Some(Resources::Only(resources))) =
            (statement.effect, &statement.actions, &statement.resources)
        else {
            return Err(format!("statement {number} is not a plain `Allow` of `Action` on `Resource`"));
        };
        let sid = statement.sid.as_ref().map_or_else(|| format_smolstr!("statement {number}"), Clone::clone);
        let origin = Origin::Pin { place: place.clone(), reason: format_smolstr!("base policy, {sid}") };
        for action in actions {
            for resource in resources {
                let resource = Resource { symbolic: resource.clone(), pattern: resource.clone() };
                grants.push(grant(action, resource, statement.condition.clone(), &origin));
            }
        }
    }
    Ok(grants)
}

fn grant(action: &Action, resource: Resource, condition: Condition, origin: &Origin) -> Grant {
    Grant {
        action: action.clone(),
        resource,
        condition,
        kind: Kind::Pinned,
        confidence: Confidence::Certain,
        origins: BTreeSet::from([origin.clone()]),
    }
}
