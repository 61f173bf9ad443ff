//! One call on its way to its needs: the catalog's actions and conditions, the rules on where each is checked,
//! the derived resources of those without rules, and at the end the notes on what could not be told.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use super::derive;
use super::fill::{Filled, Filler};
use super::pass_role;
use super::rules::{OperationRules, Rule, Rules};
use super::{Need, NeededResource, RULES, Requirements, at};
use crate::catalog::{self, Operation, Service, When};
use crate::model::{Action, Call, Condition, Confidence, Field, Note, Text};

/// A call on its way to its needs.
pub struct Requirement<'a> {
    call: &'a Call,
    service: &'static Service,
    operation: &'static Operation,
    rules: Option<&'static Rules>,
    own: Option<&'static OperationRules>,
    /// The requests that name the resource: the call's own, or those of the calls that it borrows from.
    inputs: Vec<&'a Field>,
    needs: BTreeMap<(Action, Condition, Confidence), Checked>,
    unresolved: BTreeSet<(Action, SmolStr)>,
    perhaps: BTreeSet<(SmolStr, Action)>,
    told: BTreeSet<SmolStr>,
}

#[derive(Default)]
struct Checked {
    resources: BTreeSet<NeededResource>,
    why: Option<SmolStr>,
}

impl<'a> Requirement<'a> {
    pub fn new(
        call: &'a Call,
        calls: &'a [Call],
        service: &'static Service,
        operation: &'static Operation,
    ) -> Self {
        let rules = RULES.get(&service.name);
        let own = rules.and_then(|rules| rules.operation(&operation.name));
        let mut inputs = vec![&call.input];
        let names_it_itself = Filler::new(call, operation, &call.input).names_any(own);
        if let Some(from) = own.and_then(|own| own.borrow.as_ref()).filter(|_| !names_it_itself) {
            let lenders: Vec<&Field> = calls
                .iter()
                .filter(|other| other.service == call.service && other.operation == *from)
                .map(|other| &other.input)
                .collect();
            if !lenders.is_empty() {
                inputs = lenders;
            }
        }
        Self {
            call,
            service,
            operation,
            rules,
            own,
            inputs,
            needs: BTreeMap::new(),
            unresolved: BTreeSet::new(),
            perhaps: BTreeSet::new(),
            told: BTreeSet::new(),
        }
    }

    pub fn collect(&mut self) {
        let pass_role = Action::new("iam:PassRole");
        let passed = pass_role::rules(self.service, self.operation);
        let read_off = |action: &Action| *action == pass_role && !passed.is_empty();
        for action in self.operation.actions.iter().filter(|action| !read_off(action)) {
            self.action(action, true);
        }
        // An operation's own rules say when they apply, and take the place of the catalog's conditions.
        let own: Vec<(&Action, &Vec<Rule>)> = self.own.iter().flat_map(|own| &own.actions).collect();
        let has_own = |action: &Action| own.iter().any(|(with_rules, _)| *with_rules == action);
        for conditional in &self.operation.conditional {
            if has_own(&conditional.action) || read_off(&conditional.action) {
                continue;
            }
            match conditional.when.holds(&self.call.input) {
                Some(true) => self.action(&conditional.action, true),
                Some(false) => {}
                None => self.perhaps(&conditional.when, &conditional.action),
            }
        }
        let besides = own.iter().filter(|(action, _)| !self.operation.actions.contains(action));
        for (action, rules) in besides.copied().chain(self.rules.into_iter().flat_map(Rules::always)) {
            for rule in rules {
                self.rule(action, rule, false);
            }
        }
        if !has_own(&pass_role) {
            for rule in &passed {
                self.rule(&pass_role, rule, false);
            }
        }
    }

    fn rule_for(&self, action: &Action) -> Option<&'static [Rule]> {
        let own = self.own.and_then(|own| own.actions.get(action)).map(Vec::as_slice);
        own.or_else(|| self.rules.and_then(|rules| rules.action(action)))
    }

    fn action(&mut self, action: &Action, listed: bool) {
        if let Some(rules) = self.rule_for(action) {
            for rule in rules {
                self.rule(action, rule, listed);
            }
            return;
        }
        if *action == Action::new("iam:PassRole") {
            return self.rule(action, &pass_role::any(self.service), listed);
        }
        // An action that is not published yet may be checked against anything.
        let Some(info) = catalog::action(action).filter(|info| !info.resource_types.is_empty()) else {
            let resource = NeededResource { arn: Text::any(), format: Text::any() };
            let confidence = if self.operation.assumed { Confidence::Likely } else { Confidence::Certain };
            self.add(action, (Condition::new(), confidence), [resource], None);
            return;
        };
        let own = action.service().eq_ignore_ascii_case(&self.service.prefix);
        let templates: Vec<_> = self
            .rules
            .into_iter()
            .filter(|_| own)
            .flat_map(|rules| info.resource_types.iter().filter_map(|name| rules.resource_type(name)))
            .collect();
        let filler = Filler::new(self.call, self.operation, &self.call.input);
        let filled = filler.fill_types(&templates).unwrap_or_else(|| derive::resources(&filler, info, own));
        self.absorb(action, filled, None);
    }

    fn rule(&mut self, action: &Action, rule: &Rule, listed: bool) {
        for input in self.inputs.clone() {
            let sure = match rule.when.as_ref().map_or(Some(true), |when| when.holds(input)) {
                Some(true) => true,
                Some(false) => continue,
                None if rule.unsure => false,
                None if listed && self.operation.actions.contains(action) => true,
                None => {
                    rule.when.iter().for_each(|when| self.perhaps(when, action));
                    continue;
                }
            };
            let mut filled = Filler::new(self.call, self.operation, input).fill(rule);
            if !sure {
                filled.doubt();
            }
            self.absorb(action, filled, rule.why.as_ref());
            self.told.extend(rule.note.clone());
        }
    }

    fn absorb(&mut self, action: &Action, filled: Filled, why: Option<&SmolStr>) {
        for (key, resources) in filled.resources {
            self.add(action, key, resources, why);
        }
        self.perhaps.extend(filled.unseen.into_iter().map(|field| (field, action.clone())));
        self.unresolved.extend(filled.unresolved.into_iter().map(|field| (action.clone(), field)));
    }

    fn add(
        &mut self,
        action: &Action,
        (condition, confidence): (Condition, Confidence),
        resources: impl IntoIterator<Item = NeededResource>,
        why: Option<&SmolStr>,
    ) {
        let checked = self.needs.entry((action.clone(), condition, confidence)).or_default();
        checked.resources.extend(resources);
        if checked.why.is_none() {
            checked.why = why.cloned();
        }
    }

    fn perhaps(&mut self, when: &When, action: &Action) {
        self.perhaps.insert((when.to_string().into(), action.clone()));
    }

    pub fn finish(self) -> Requirements {
        let Self { call, operation, needs, unresolved, perhaps, told, .. } = self;
        let name = format!("{}:{}", call.service, operation.name);
        let needs = needs
            .into_iter()
            .map(|((action, condition, confidence), Checked { resources, why })| {
                let resources = resources.into_iter().collect();
                Need { action, resources, condition, confidence, why }
            })
            .collect();
        let mut notes = Vec::new();
        let fields: BTreeSet<&SmolStr> = unresolved.iter().map(|(_, field)| field).collect();
        for field in fields {
            let actions: Vec<&str> =
                unresolved.iter().filter(|(_, of)| of == field).map(|(action, _)| action.as_str()).collect();
            let message = format!(
                "`{field}` of `{name}` could not be resolved; allowed on any such resource: {}",
                actions.join(", ")
            );
            notes.push(at(Note::new("unresolved-resource", message), call));
        }
        notes.extend(
            told.iter().map(|message| {
                at(Note::new("resource-not-in-request", format!("`{name}`: {message}")), call)
            }),
        );
        if !perhaps.is_empty() {
            let list: Vec<String> =
                perhaps.iter().map(|(when, action)| format!("{action} (`{when}`)")).collect();
            let message = format!(
                "part of the request of `{name}` was not seen; depending on it these are needed too: {}",
                list.join(", ")
            );
            notes.push(at(Note::new("maybe-needed", message), call));
        }
        Requirements { needs, notes }
    }
}
