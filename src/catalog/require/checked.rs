//! Where the actions of an operation are checked, said in general: the ARNs that the rules make of a request, with
//! the request's fields in their places, for people who ask the catalog and have no call at hand.
//!
//! What is said of an operation without rules is what its derived resources come to when the request has every
//! field; a request with fewer fields can come to less.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use super::RULES;
use super::derive;
use super::fill::Filler;
use super::pass_role;
use super::rules::Rule;
use super::template::{Own, Pattern, Piece, Template};
use crate::catalog::{self, Operation, Service, When};
use crate::model::{Action, Call, Field, Part, Place, Pseudo, Text};

/// How it is known where an action is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// By a rule that was written by hand.
    Rule,
    /// By the names of the request's fields.
    Derived,
    /// It is checked against no resource.
    Nothing,
}

impl By {
    pub fn name(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Derived => "derived",
            Self::Nothing => "none",
        }
    }
}

/// Where one action of an operation is checked.
#[derive(Debug)]
pub struct Checked {
    pub by: By,
    /// `arn:{partition}:s3:::{Bucket}/{Key}`; `*` where it is checked against no resource.
    pub arns: Vec<SmolStr>,
    /// The request's fields in them, as paths.
    pub fields: Vec<SmolStr>,
    /// When rules ask for it, any of these; empty for always.
    pub when: Vec<When>,
}

/// Every action that the operation can need, also those that its rules add, and where each is checked.
pub fn checked(service: &'static Service, operation: &'static Operation) -> BTreeMap<Action, Checked> {
    let rules = RULES.get(&service.name);
    let own = rules.and_then(|rules| rules.operation(&operation.name)).map(|own| &own.actions);
    let passed = pass_role::rules(service, operation);
    let pass_role = Action::new("iam:PassRole");
    let mut found = BTreeMap::new();
    let listed = operation.actions.iter().chain(operation.conditional.iter().map(|other| &other.action));
    let added = own.into_iter().flatten().map(|(action, _)| action);
    let always = rules.into_iter().flat_map(|rules| rules.always().map(|(action, _)| action));
    for action in listed.chain(added).chain(always).chain((!passed.is_empty()).then_some(&pass_role)) {
        let of_always = || rules.and_then(|rules| rules.always().find(|(known, _)| *known == action));
        let by_hand: Option<&[Rule]> = own
            .and_then(|own| own.get(action))
            .map(Vec::as_slice)
            .or_else(|| rules.and_then(|rules| rules.action(action)))
            .or_else(|| of_always().map(|(_, rules)| rules.as_slice()))
            .or_else(|| {
                (*action == pass_role).then_some(passed.as_slice()).filter(|passed| !passed.is_empty())
            });
        let checked = match by_hand {
            Some(by_hand) => of_rules(operation, by_hand),
            None => of_types(service, operation, action),
        };
        found.insert(action.clone(), checked);
    }
    found
}

fn of_rules(operation: &Operation, rules: &[Rule]) -> Checked {
    let templates: Vec<&Template> = rules.iter().flat_map(|rule| &rule.on).collect();
    let unconditional = rules.iter().any(|rule| rule.when.is_none());
    let mut when: Vec<When> = Vec::new();
    for asked in rules.iter().filter_map(|rule| rule.when.as_ref()) {
        if !when.contains(asked) {
            when.push(asked.clone());
        }
    }
    let mut checked = of_templates(operation, &templates);
    checked.when = if unconditional { Vec::new() } else { when };
    checked
}

/// Of the alternatives, those that a request of this operation can fill.
fn of_templates(operation: &Operation, templates: &[&Template]) -> Checked {
    let can_fill = |pattern: &&Pattern| {
        pattern.slots().all(|slot| slot.default.is_some() || has_field(operation, &slot.path))
    };
    let fillable = templates.iter().flat_map(|template| {
        let patterns: Vec<&Pattern> = template.0.iter().filter(can_fill).collect();
        if patterns.is_empty() { template.0.iter().collect() } else { patterns }
    });
    let patterns: Vec<&Pattern> = fillable.collect();
    let slots = patterns.iter().flat_map(|pattern| pattern.slots());
    let fields = slots.filter(|slot| has_field(operation, &slot.path)).map(|slot| slot.path.clone());
    let arns = distinct(patterns.iter().map(|pattern| written(operation, pattern)));
    let by = if arns.iter().all(|arn| arn == "*") { By::Nothing } else { By::Rule };
    Checked { by, fields: distinct(fields), arns, when: Vec::new() }
}

/// Whether the request has the field that a path begins with; what the call itself has, every call has.
fn has_field(operation: &Operation, path: &str) -> bool {
    let first = path.split(['.', '[']).next().unwrap_or(path);
    first == "call" || operation.fields.iter().any(|field| field == first)
}

/// By the rules for the types of resources that the action has, else by names.
fn of_types(service: &'static Service, operation: &'static Operation, action: &Action) -> Checked {
    let nothing =
        || Checked { by: By::Nothing, arns: vec!["*".into()], fields: Vec::new(), when: Vec::new() };
    let Some(info) = catalog::action(action).filter(|info| !info.resource_types.is_empty()) else {
        return nothing();
    };
    let own = action.service().eq_ignore_ascii_case(&service.prefix);
    let has = |template: &&Template| {
        template.0.iter().flat_map(Pattern::slots).any(|slot| has_field(operation, &slot.path))
    };
    let rules = RULES.get(&service.name).filter(|_| own);
    let templates: Vec<&Template> = rules
        .into_iter()
        .flat_map(|rules| info.resource_types.iter().filter_map(|kind| rules.resource_type(kind)))
        .filter(has)
        .collect();
    if !templates.is_empty() {
        return of_templates(operation, &templates);
    }
    let call = with_every_field(service, operation);
    let filled = derive::resources(&Filler::new(&call, operation, &call.input), info, own);
    let arns = filled.resources.into_values().flatten().map(|resource| shown(&resource.arn));
    let arns: Vec<SmolStr> = distinct(arns);
    let named = |field: &&SmolStr| arns.iter().any(|arn| arn.contains(&format!("{{{field}}}")));
    let fields = operation.fields.iter().filter(named).cloned().collect();
    Checked { by: By::Derived, arns, fields, when: Vec::new() }
}

/// A call whose fields each have their own name in braces for a value.
fn with_every_field(service: &Service, operation: &Operation) -> Call {
    let entries = operation
        .fields
        .iter()
        .map(|field| (Text::literal(field), Field::Text(vec![Text::literal(format!("{{{field}}}"))])));
    Call {
        service: service.name.clone(),
        operation: operation.name.clone(),
        place: Place::default(),
        input: Field::Map { entries: entries.collect(), complete: true },
        region: None,
        endpoint: None,
        chain: Vec::new(),
        reachable: true,
        certain: true,
    }
}

/// The ARN as the rules write it.
fn shown(arn: &Text) -> SmolStr {
    let mut text = String::new();
    for part in arn.parts() {
        match part {
            Part::Literal(literal) => text.push_str(literal),
            Part::Pseudo(Pseudo::Partition) => text.push_str("{partition}"),
            Part::Pseudo(Pseudo::Region) => text.push_str("{region}"),
            Part::Pseudo(Pseudo::AccountId) => text.push_str("{account}"),
            Part::AnyOne => text.push('?'),
            _ => text.push('*'),
        }
    }
    text.into()
}

fn distinct(texts: impl Iterator<Item = SmolStr>) -> Vec<SmolStr> {
    let mut seen = BTreeSet::new();
    texts.filter(|text| seen.insert(text.clone())).collect()
}

/// As the rules spell it, without forms; of a field that the request does not have, what stands in for it.
fn written(operation: &Operation, pattern: &Pattern) -> SmolStr {
    let mut text = String::new();
    for piece in &pattern.0 {
        match piece {
            Piece::Literal(literal) => text.push_str(literal),
            Piece::Any => text.push('*'),
            Piece::AnyOne => text.push('?'),
            Piece::Own(Own::Partition) => text.push_str("{partition}"),
            Piece::Own(Own::Region) => text.push_str("{region}"),
            Piece::Own(Own::Account) => text.push_str("{account}"),
            Piece::Field(slot) => match slot.default.as_deref() {
                Some("call.account") if !has_field(operation, &slot.path) => text.push_str("{account}"),
                Some(default) if !has_field(operation, &slot.path) => text.push_str(default),
                _ => {
                    text.push('{');
                    text.push_str(&slot.path);
                    text.push('}');
                }
            },
        }
    }
    text.into()
}
