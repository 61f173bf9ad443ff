//! One call on its way to its needs: the catalog's actions and conditions, the rules on where each is checked,
//! the derived resources of those without rules, and at the end the notes on what could not be told.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use super::derive;
use super::fill::{Filled, Filler};
use super::pass_role;
use super::rules::{Choice, OperationRules, Rule, Rules};
use super::{Need, NeededResource, Options, RULES, Requirements, at};
use crate::catalog::{self, Operation, Service, When};
use crate::model::{Action, Call, Condition, Confidence, Field, Note, Text};

/// A call on its way to its needs.
pub struct Requirement<'a> {
    call: &'a Call,
    options: Options,
    service: &'static Service,
    operation: &'static Operation,
    rules: Option<&'static Rules>,
    own: Option<&'static OperationRules>,
    /// The requests that name the resource: the call's own, or those of the calls that it borrows from.
    inputs: Vec<&'a Field>,
    needs: BTreeMap<(Action, Condition, Confidence), Checked>,
    unresolved: BTreeSet<(Action, SmolStr)>,
    /// What may be needed, and the conditions that were not seen.
    perhaps: BTreeSet<(Action, SmolStr)>,
    told: BTreeSet<SmolStr>,
}

#[derive(Default)]
struct Checked {
    resources: BTreeSet<NeededResource>,
    why: Option<SmolStr>,
    derived: bool,
}

impl<'a> Requirement<'a> {
    pub fn new(
        call: &'a Call,
        calls: &'a [Call],
        options: Options,
        (service, operation): (&'static Service, &'static Operation),
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
            options,
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
        let always = self.rules.into_iter().flat_map(Rules::always).filter(|(action, _)| !has_own(action));
        for (action, rules) in besides.copied().chain(always) {
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
        if let Some(why) = self.rules.and_then(|rules| rules.only_any(action)) {
            let any = NeededResource { arn: Text::any(), format: Text::any() };
            return self.add(action, (Condition::new(), Confidence::Certain), [any], Some(why));
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
        let by_arn = own.then(|| derive::tagged(&filler, info, &templates)).flatten();
        if let Some(filled) = by_arn.or_else(|| filler.fill_types(&templates)) {
            return self.absorb(action, filled, None);
        }
        let filled = derive::resources(&filler, info, own);
        let keys: Vec<_> = filled.resources.keys().cloned().collect();
        self.absorb(action, filled, None);
        for (condition, confidence) in keys {
            let need = self.needs.entry((action.clone(), condition, confidence)).or_default();
            // Where there is a rule and the request fills none of it, it is any of its kind: nothing is derived.
            need.derived = own && templates.is_empty();
        }
    }

    fn rule(&mut self, action: &Action, rule: &Rule, listed: bool) {
        let chosen = match rule.option {
            Some(Choice::MissingKeys) => self.options.missing_keys,
            None => true,
        };
        for input in self.inputs.clone().into_iter().filter(|_| chosen) {
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
            if rule.on.is_empty() || !filled.resources.is_empty() {
                self.told.extend(rule.note.clone());
            }
            self.absorb(action, filled, rule.why.as_ref());
        }
    }

    fn absorb(&mut self, action: &Action, filled: Filled, why: Option<&SmolStr>) {
        for (key, resources) in filled.resources {
            self.add(action, key, resources, why);
        }
        self.perhaps.extend(filled.unseen.into_iter().map(|field| (action.clone(), field)));
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
        self.perhaps.insert((action.clone(), when.to_string().into()));
    }

    pub fn finish(mut self) -> Requirements {
        let mut notes = self.unresolved_notes();
        notes.extend(self.any_note());
        let name = self.name();
        let told = std::mem::take(&mut self.told);
        notes.extend(
            told.iter().map(|message| Note::new("resource-not-in-request", format!("`{name}`: {message}"))),
        );
        notes.extend(self.perhaps_note());
        let needs = self.needs.into_iter().map(|((action, condition, confidence), checked)| Need {
            action,
            resources: checked.resources.into_iter().collect(),
            condition,
            confidence,
            why: checked.why,
            derived: checked.derived,
        });
        let notes = notes.into_iter().map(|note| at(note, self.call)).collect();
        Requirements { needs: needs.collect(), notes }
    }

    fn name(&self) -> String {
        format!("{}:{}", self.call.service, self.operation.name)
    }

    /// A note for every field that should have named a resource.
    fn unresolved_notes(&self) -> Vec<Note> {
        let name = self.name();
        let fields: BTreeSet<&SmolStr> = self.unresolved.iter().map(|(_, field)| field).collect();
        let note = |field: &SmolStr| {
            let of = |(_, other): &&(Action, SmolStr)| other == field;
            let actions: Vec<&str> =
                self.unresolved.iter().filter(of).map(|(action, _)| action.as_str()).collect();
            let message = format!(
                "`{field}` of `{name}` could not be resolved; allowed on any such resource: {}",
                actions.join(", ")
            );
            Note::new("unresolved-resource", message)
        };
        fields.into_iter().map(note).collect()
    }

    /// What is allowed on `*` although it can be allowed on less. Those that are on `*` whatever the reference
    /// says need no note: nothing is lost by it.
    fn any_note(&self) -> Option<Note> {
        let on_any = |checked: &Checked| checked.resources.iter().any(|resource| resource.arn.is_wildcard());
        let scopable = |action: &Action| {
            catalog::action(action).is_some_and(|info| !info.resource_types.is_empty())
                && self.rules.is_none_or(|rules| rules.only_any(action).is_none())
                && !self.unresolved.iter().any(|(other, _)| other == action)
        };
        let mut why = BTreeSet::new();
        let mut actions = BTreeSet::new();
        for ((action, ..), checked) in self.needs.iter().filter(|((action, ..), _)| scopable(action)) {
            if on_any(checked) {
                actions.insert(action.as_str());
                why.extend(checked.why.as_deref());
            }
        }
        if actions.is_empty() {
            return None;
        }
        let actions: Vec<_> = actions.into_iter().collect();
        let reason = why.into_iter().next().unwrap_or("the request names no resource that it is checked for");
        let message = format!("`{}`: {} is allowed on `*`: {reason}", self.name(), actions.join(", "));
        Some(Note::new("any-resource", message))
    }

    /// What may be needed besides, with the conditions that were not seen, a few of each.
    fn perhaps_note(&self) -> Option<Note> {
        const CONDITIONS: usize = 4;
        let mut by_action: BTreeMap<&Action, Vec<&SmolStr>> = BTreeMap::new();
        for (action, when) in &self.perhaps {
            by_action.entry(action).or_default().push(when);
        }
        if by_action.is_empty() {
            return None;
        }
        let list = by_action.into_iter().map(|(action, conditions)| {
            let shown: Vec<String> =
                conditions.iter().take(CONDITIONS).map(|when| format!("`{when}`")).collect();
            let more = if conditions.len() > CONDITIONS { " …" } else { "" };
            format!("{action} ({}{more})", shown.join(", "))
        });
        let message = format!(
            "part of the request of `{}` was not seen; depending on it these are needed too: {}",
            self.name(),
            list.collect::<Vec<_>>().join(", ")
        );
        Some(Note::new("maybe-needed", message))
    }
}
