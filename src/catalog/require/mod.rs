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

mod checked;
mod dependent;
mod derive;
mod fill;
mod forms;
mod pass_role;
mod path;
mod request;
mod requirement;
mod rules;
mod service_linked;
mod template;

use smol_str::SmolStr;

pub(super) use self::checked::{By, Checked, checked};
pub use self::dependent::{Dependent, dependents};
use self::requirement::Requirement;
use self::rules::Rules;
use super::embedded::{self, Folder};
use crate::catalog::{self, Operation, Service, Status};
use crate::model::{Action, Call, Condition, Confidence, Note, Text};

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
    /// Where it is checked is read off the names of the model, by no rule of ours.
    pub derived: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NeededResource {
    /// With whatever parts the request's values have; `*` for an action that is checked against no resource.
    pub arn: Text,
    /// The same ARN with a wildcard for every value: what is known of `arn` where that is wholly opaque.
    pub format: Text,
}

/// What a person asks for besides what calls need to succeed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// S3 answers 403 for a key that does not exist unless the caller may list the bucket, and 404 if it may. This asks
    /// for `s3:ListBucket` on the buckets of objects that are read.
    pub missing_keys: bool,
}

/// What a call needs.
pub fn require(call: &Call) -> Requirements {
    require_among(call, &[])
}

/// What a call needs, read together with the function's other calls: an operation whose request holds nothing
/// but a token (`GetRecords`) acts on the resources of the call that gives such tokens (`GetShardIterator`).
pub fn require_among(call: &Call, calls: &[Call]) -> Requirements {
    require_with(call, calls, Options::default())
}

/// The same with what a person asks for besides.
pub fn require_with(call: &Call, calls: &[Call], options: Options) -> Requirements {
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
    };
    if let Some((rule, what)) = unknown {
        let note = Note::new(rule, format!("`{}:{}` {what}", call.service, operation.name));
        return Requirements { needs: Vec::new(), notes: vec![at(note, call)] };
    }
    let mut requirement = Requirement::new(call, calls, options, (service, operation));
    requirement.collect();
    let mut requirements = requirement.finish();
    requirements
        .notes
        .extend(service_linked::note(service, operation, &call.input).map(|note| at(note, call)));
    requirements.notes.extend(dependent::note(service, operation).map(|note| at(note, call)));
    if operation.assumed {
        let message = format!(
            "`{}:{}` is newer than AWS's authorization reference; the action of its own name is assumed",
            call.service, operation.name
        );
        requirements.notes.push(at(Note::new("assumed-action", message), call));
    }
    requirements
}

/// Every path into a request that the rules of a service ask for; none where it has no rules.
pub(super) fn paths(service: &str) -> Vec<SmolStr> {
    RULES.get(service).map(|rules| rules.paths().into_iter().collect()).unwrap_or_default()
}

/// Why only `*` allows an action of the client although the reference lists resource types for it; none for all
/// others, of which the reference is right.
pub fn only_any(client: &str, action: &Action) -> Option<&'static str> {
    RULES.get(client)?.only_any(action).map(SmolStr::as_str)
}

/// Whether no rule by hand says where an action of the operation is checked, so that it is read off names.
pub fn is_derived(service: &Service, operation: &Operation, action: &Action) -> bool {
    let Some(info) = catalog::action(action).filter(|info| !info.resource_types.is_empty()) else {
        return false;
    };
    let Some(rules) = RULES.get(&service.name) else { return true };
    let own = rules.operation(&operation.name).is_some_and(|own| own.actions.contains_key(action));
    let typed = info.resource_types.iter().any(|kind| rules.resource_type(kind).is_some());
    !own && !typed && rules.action(action).is_none() && rules.only_any(action).is_none()
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

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
}
