//! What a call needs: from an operation and its request to the exact permissions.
//!
//! A [`Call`] comes in; out come its IAM actions, each with the resources that AWS checks it against and the
//! conditions that the request allows, and notes on what could not be told. Which actions an operation needs is
//! the catalog's; where they are checked is told by rules (`action-maps/overrides/resources`), and for services
//! without rules derived from names. Values stay what they are: an environment variable inside an ARN is still that
//! variable, for the caller to bind or to print as a wildcard.
//!
//! Not done here: keys that encrypt a resource behind the request's back, and roles named by such a resource (a
//! template knows them, a request does not); a network of any kind.

mod derive;
mod fill;
mod forms;
mod pass_role;
mod path;
mod request;
mod rules;
mod template;

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use self::fill::{Filled, Filler};
use self::rules::{OperationRules, Rule, Rules};
use super::embedded::{self, Folder};
use crate::catalog::{self, Operation, Service, Status, When};
use crate::model::{Action, Call, Condition, Confidence, Field, Note, Text};

/// Everything that a call needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements {
    pub needs: Vec<Need>,
    pub notes: Vec<Note>,
}

/// One action, and all the resources that it is checked against under one condition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    pub action: Action,
    pub resources: Vec<NeededResource>,
    pub condition: Condition,
    pub confidence: Confidence,
    /// The reason, where the action does not follow from the operation's name.
    pub why: Option<SmolStr>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NeededResource {
    /// With whatever parts the request's values have; `*` for an action that is checked against no resource.
    pub arn: Text,
    /// The same ARN with a wildcard for every value: what is known of `arn` where that is wholly opaque.
    pub format: Text,
}

/// What a call needs.
pub fn require(call: &Call) -> Requirements {
    require_among(call, &[])
}

/// What a call needs, read together with the function's other calls: an operation whose request holds nothing
/// but a token (`GetRecords`) acts on the resources of the call that gives such tokens (`GetShardIterator`).
pub fn require_among(call: &Call, calls: &[Call]) -> Requirements {
    let Some((service, operation)) = lookup(call) else {
        let message =
            format!("`{}:{}` is not an operation that the catalog knows", call.service, call.operation);
        let note = Note::new("unknown-operation", message);
        return Requirements { needs: Vec::new(), notes: vec![at(note, call)] };
    };
    let unknown = match operation.status {
        Status::Mapped => None,
        Status::None => return Requirements::default(),
        Status::Retired => Some(("retired-operation", "can no longer be called; nothing is granted for it")),
        Status::Unmapped => Some(("unmapped-operation", "needs a permission that AWS has not published")),
    };
    if let Some((rule, what)) = unknown {
        let note = Note::new(rule, format!("`{}:{}` {what}", call.service, operation.name));
        return Requirements { needs: Vec::new(), notes: vec![at(note, call)] };
    }
    let mut requirement = Requirement::new(call, calls, service, operation);
    requirement.collect();
    requirement.finish()
}

fn lookup(call: &Call) -> Option<(&'static Service, &'static Operation)> {
    let service = catalog::service(&call.service)?;
    Some((service, service.operation(&call.operation)?))
}

fn at(note: Note, call: &Call) -> Note {
    note.at(call.place.file.clone(), call.place.line, call.place.column)
}

/// Every service's rules, each read when it is first asked for.
static RULES: Folder<Rules> = Folder::new(
    || embedded::slots("overrides/resources/"),
    |service| {
        let text =
            embedded::text(&format!("overrides/resources/{service}.toml")).expect("it is in the folder");
        Rules::parse(&text).unwrap_or_else(|error| panic!("resources/{service}.toml: {error}"))
    },
);

/// A call on its way to its needs.
struct Requirement<'a> {
    call: &'a Call,
    service: &'static Service,
    operation: &'static Operation,
    rules: Option<&'static Rules>,
    own: Option<&'static OperationRules>,
    /// The requests that name the resource: the call's own, or those of the calls that it borrows from.
    inputs: Vec<&'a Field>,
    needs: BTreeMap<(Action, Condition, Confidence), (BTreeSet<NeededResource>, Option<SmolStr>)>,
    unresolved: BTreeSet<(Action, SmolStr)>,
    perhaps: BTreeSet<(SmolStr, Action)>,
    told: BTreeSet<SmolStr>,
}

impl<'a> Requirement<'a> {
    fn new(
        call: &'a Call,
        calls: &'a [Call],
        service: &'static Service,
        operation: &'static Operation,
    ) -> Self {
        let rules = RULES.get(&service.name);
        let own = rules.and_then(|rules| rules.operation(&operation.name));
        let mut inputs = vec![&call.input];
        if let Some(from) = own.and_then(|own| own.borrow.as_ref()) {
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

    fn collect(&mut self) {
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
            rules.iter().for_each(|rule| self.rule(action, rule, false));
        }
        if !has_own(&pass_role) {
            passed.iter().for_each(|rule| self.rule(&pass_role, rule, false));
        }
    }

    fn rule_for(&self, action: &Action) -> Option<&'static [Rule]> {
        let own = self.own.and_then(|own| own.actions.get(action)).map(Vec::as_slice);
        own.or_else(|| self.rules.and_then(|rules| rules.action(action)))
    }

    fn action(&mut self, action: &Action, listed: bool) {
        if let Some(rules) = self.rule_for(action) {
            rules.iter().for_each(|rule| self.rule(action, rule, listed));
            return;
        }
        if *action == Action::new("iam:PassRole") {
            return self.rule(action, &pass_role::any(self.service), listed);
        }
        let Some(info) = catalog::action(action) else { return };
        if info.resource_types.is_empty() {
            let resource = NeededResource { arn: Text::any(), format: Text::any() };
            self.add(action, (Condition::new(), Confidence::Certain), [resource], None);
            return;
        }
        let own = action.service().eq_ignore_ascii_case(&self.service.prefix);
        let templates: Vec<_> = self
            .rules
            .into_iter()
            .filter(|_| own)
            .flat_map(|rules| info.resource_types.iter().filter_map(|name| rules.resource_type(name)))
            .collect();
        if !templates.is_empty() {
            let mut filled = Filled::default();
            for input in self.inputs.clone() {
                filled.merge(Filler::new(self.call, self.operation, input).fill_types(&templates));
            }
            self.absorb(action, filled, None);
            return;
        }
        let filler = Filler::new(self.call, self.operation, &self.call.input);
        let filled = derive::resources(&filler, info, own);
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
            self.absorb(action, filled, rule.why.clone());
            self.told.extend(rule.note.clone());
        }
    }

    fn absorb(&mut self, action: &Action, filled: Filled, why: Option<SmolStr>) {
        for (key, resources) in filled.resources {
            self.add(action, key, resources, why.clone());
        }
        self.perhaps.extend(filled.unseen.into_iter().map(|field| (field, action.clone())));
        self.unresolved.extend(filled.unresolved.into_iter().map(|field| (action.clone(), field)));
    }

    fn add(
        &mut self,
        action: &Action,
        (condition, confidence): (Condition, Confidence),
        resources: impl IntoIterator<Item = NeededResource>,
        why: Option<SmolStr>,
    ) {
        let entry = self.needs.entry((action.clone(), condition, confidence)).or_default();
        entry.0.extend(resources);
        entry.1 = entry.1.take().or(why);
    }

    fn perhaps(&mut self, when: &When, action: &Action) {
        self.perhaps.insert((when.to_string().into(), action.clone()));
    }

    fn finish(self) -> Requirements {
        let Self { call, operation, needs, unresolved, perhaps, told, .. } = self;
        let name = format!("{}:{}", call.service, operation.name);
        let needs = needs
            .into_iter()
            .map(|((action, condition, confidence), (resources, why))| {
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
                "the value of `{field}` in `{name}` could not be resolved, so {} is granted on more than one resource",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_names_what_exists() {
        let mut wrong = Vec::new();
        for file in embedded::all("overrides/resources/") {
            let Some(service) = catalog::service(file) else {
                wrong.push(format!("{file}.toml is named after no service"));
                continue;
            };
            let rules = RULES.get(file).expect("the file exists");
            let (operations, actions) = rules.names();
            for operation in operations {
                if service.operation(operation).is_none() {
                    wrong.push(format!("{file}: there is no operation `{operation}`"));
                }
            }
            for action in actions {
                if catalog::action(action).is_none() {
                    wrong.push(format!("{file}: there is no action `{action}`"));
                }
            }
            for name in rules.type_names() {
                let known = catalog::resource_types(&service.prefix);
                if !known.into_iter().any(|kind| kind.name.eq_ignore_ascii_case(name)) {
                    wrong.push(format!("{file}: `{}` has no resource type `{name}`", service.prefix));
                }
            }
            let fields: BTreeSet<&str> = service
                .operations()
                .flat_map(|operation| operation.fields.iter().map(SmolStr::as_str))
                .collect();
            for path in rules.paths() {
                let first = path.split('.').next().unwrap_or(&path).trim_end_matches("[]");
                if !path.starts_with("call.") && !fields.contains(first) {
                    wrong.push(format!("{file}: no request has a field `{path}`"));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn every_service_that_roles_are_passed_from_exists() {
        for service in pass_role::services() {
            assert!(catalog::service(service).is_some(), "{service}");
        }
    }
}
