//! A service as its SDK clients see it: operations, what each needs, paginators, waiters. The generated
//! model and the overrides become one here, when the service is first asked for.
//!
//! Resources are not decided here: an operation says which actions, not on what.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use smol_str::{SmolStr, format_smolstr};

use super::{Access, ActionInfo, ResourceModel, When, action, actions, embedded, names};
use crate::model::Action;

#[derive(Debug)]
pub struct Service {
    /// botocore's client name.
    pub name: SmolStr,
    /// The prefix of its IAM actions.
    pub prefix: SmolStr,
    /// The wire protocol: `rest-json`, `query` …
    pub protocol: SmolStr,
    /// By folded name.
    operations: BTreeMap<String, Operation>,
    /// Folded name of the waiter, name of the operation that it polls.
    waiters: BTreeMap<String, SmolStr>,
    resources: OnceLock<Option<ResourceModel>>,
}

#[derive(Debug)]
pub struct Operation {
    /// botocore's spelling.
    pub name: SmolStr,
    /// The request's top-level fields, in the model's order.
    pub fields: Vec<SmolStr>,
    /// Method and path template, of services that speak REST.
    pub http: Option<(SmolStr, SmolStr)>,
    /// Whether a paginator of this name exists.
    pub paginated: bool,
    pub status: Status,
    /// Newer than the authorization reference: that its action has its own name is the rule, not yet a fact.
    pub assumed: bool,
    /// Needed by every call.
    pub actions: Vec<Action>,
    /// Needed by some calls.
    pub conditional: Vec<Conditional>,
    /// Why it is so, where the names alone do not say.
    pub why: Option<SmolStr>,
    /// What the reference names beside its actions and its caller does not need, and why.
    pub unneeded: BTreeMap<Action, SmolStr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Its actions are known.
    Mapped,
    /// Needs no permission: unsigned, authorised by another token, or always allowed.
    None,
    /// Can no longer be called.
    Retired,
}

impl Status {
    pub fn name(self) -> &'static str {
        match self {
            Self::Mapped => "mapped",
            Self::None => "none",
            Self::Retired => "retired",
        }
    }
}

/// An action that a call needs when its request says so.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conditional {
    pub action: Action,
    pub when: When,
    pub why: Option<SmolStr>,
}

static SERVICES: embedded::Folder<Service> =
    embedded::Folder::new(|| embedded::slots("services/sdk/"), Service::read);

/// botocore's client names, in order.
pub fn service_names() -> impl Iterator<Item = &'static str> {
    SERVICES.names()
}

/// A service by botocore's client name. See [`super::find_service`] for other spellings.
pub fn service(name: &str) -> Option<&'static Service> {
    SERVICES.get(name)
}

impl Service {
    /// An operation in any SDK's spelling: `put_item`, `PutItem`, `putItem`.
    pub fn operation(&self, spelling: &str) -> Option<&Operation> {
        self.operations.get(&names::fold(spelling))
    }

    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.operations.values()
    }

    /// The operation that a waiter polls: `bucket_exists`, `BucketExists` → `HeadBucket`.
    pub fn waiter(&self, spelling: &str) -> Option<&Operation> {
        self.operation(self.waiters.get(&names::fold(spelling))?)
    }

    pub fn can_paginate(&self, operation: &str) -> bool {
        self.operation(operation).is_some_and(|operation| operation.paginated)
    }

    /// boto3's resource interface to the service, where it has one.
    pub fn resources(&self) -> Option<&ResourceModel> {
        self.resources.get_or_init(|| ResourceModel::read(&self.name)).as_ref()
    }

    fn read(client: &'static str) -> Self {
        let text =
            embedded::text(&format!("services/sdk/{client}.json")).expect("slots are named after files");
        let model: Model = serde_json::from_str(&text).expect("xtask writes what is read here");
        let mut overrides = embedded::text(&format!("overrides/operations/{client}.toml"))
            .map(|text| toml::from_str::<Overrides>(&text).expect("a test reads every override"))
            .unwrap_or_default();
        let names = names::names(client).expect("every client is in the list of clients");
        let prefix = names::prefix(client).expect("every client is in the list of clients");

        let helpers = overrides.operations.iter().filter_map(|(name, exception)| {
            let fields = exception.helper.clone()?;
            Some((name.clone(), ModelOperation { http: None, fields, pages: false, unsigned: false }))
        });
        let operations: Vec<_> = model.operations.into_iter().chain(helpers).collect();
        let operations = operations.into_iter().map(|(name, operation)| {
            let exception = overrides.operations.remove(&name);
            let assumed = overrides.assumed.contains(&name);
            let mut operation = operation.complete(name, prefix, exception, assumed);
            if let Some(action) = names::tags(client).or_else(|| operation.documented_tagging()) {
                operation.ask_for_tags(action);
            }
            (names::fold(&operation.name), operation)
        });
        Self {
            name: client.into(),
            prefix: prefix.clone(),
            protocol: names.protocol.clone(),
            operations: operations.collect(),
            waiters: model.waiters.into_iter().map(|(name, polls)| (names::fold(&name), polls)).collect(),
            resources: OnceLock::new(),
        }
    }
}

/// Request fields that tag what the operation makes.
const TAGS: [&str; 7] =
    ["IdentityPoolTags", "TagList", "TagSpecifications", "Tags", "TagsList", "UserPoolTags", "tags"];

/// Operations that begin so are about tags themselves, or look for them.
const NOT_TAGGING: [&str; 9] =
    ["AddTags", "DeleteTags", "Describe", "Get", "List", "RemoveTags", "Search", "Tag", "Untag"];

/// The condition key of actions that look at the tags of a request.
const REQUEST_TAG: &str = "aws:RequestTag/${TagKey}";

/// What services call the action that tags.
const TAGGING: [&str; 4] = ["AddTags", "AddTagsToResource", "CreateTags", "TagResource"];

impl Operation {
    /// The service's own tagging action, where the reference names it beside the operation's or has that one look
    /// at the tags of a request, and no override says which.
    fn documented_tagging(&self) -> Option<&'static Action> {
        let tagging = |named: &Action, info: &ActionInfo| {
            named.service() == info.action.service() && TAGGING.contains(&named.name())
        };
        let of = |info: &'static ActionInfo| {
            let own = || actions(info.action.service()).map(|other| &other.action);
            let named = info.dependents.iter().find(|named| tagging(named, info));
            let looks = || info.condition_keys.iter().any(|key| key == REQUEST_TAG);
            named.or_else(|| own().find(|other| tagging(other, info)).filter(|_| looks()))
        };
        let decided = self.conditional.iter().filter_map(|conditional| action(&conditional.action));
        if decided.into_iter().any(|info| info.access == Access::Tagging) {
            return None;
        }
        self.actions.iter().filter_map(action).find_map(of)
    }

    /// Tagging while making is checked as an action of its own.
    fn ask_for_tags(&mut self, action: &Action) {
        let known = self.actions.iter().chain(self.conditional.iter().map(|conditional| &conditional.action));
        let makes =
            self.status == Status::Mapped && !NOT_TAGGING.iter().any(|verb| self.name.starts_with(verb));
        if !makes || known.into_iter().any(|known| known == action) {
            return;
        }
        if let Some(field) = self.fields.iter().find(|field| TAGS.contains(&field.as_str())) {
            let when = When::present(field.clone());
            self.conditional.push(Conditional { action: action.clone(), when, why: None });
        }
    }
}

/// `services/sdk/<client>.json`.
#[derive(Deserialize)]
struct Model {
    operations: BTreeMap<SmolStr, ModelOperation>,
    waiters: BTreeMap<SmolStr, SmolStr>,
}

#[derive(Deserialize)]
struct ModelOperation {
    http: Option<SmolStr>,
    #[serde(default)]
    fields: Vec<SmolStr>,
    #[serde(default)]
    pages: bool,
    #[serde(default)]
    unsigned: bool,
}

/// `overrides/operations/<client>.toml`.
#[derive(Default, Deserialize)]
struct Overrides {
    #[serde(default)]
    assumed: Vec<SmolStr>,
    #[serde(flatten)]
    operations: BTreeMap<SmolStr, Exception>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    actions: Option<Vec<Action>>,
    #[serde(default)]
    conditional: Vec<Conditional>,
    status: Option<Status>,
    why: Option<SmolStr>,
    #[serde(default)]
    unneeded: BTreeMap<Action, SmolStr>,
    /// It is no operation but a helper of the SDKs that makes no request: what it takes.
    helper: Option<Vec<SmolStr>>,
}

impl ModelOperation {
    fn complete(self, name: SmolStr, prefix: &str, exception: Option<Exception>, assumed: bool) -> Operation {
        let default = if self.unsigned { Status::None } else { Status::Mapped };
        let exception = exception.unwrap_or_default();
        let status = exception.status.unwrap_or(default);
        let own = || match status {
            Status::Mapped => vec![Action::new(format_smolstr!("{prefix}:{name}"))],
            Status::None | Status::Retired => Vec::new(),
        };
        Operation {
            actions: exception.actions.unwrap_or_else(own),
            conditional: exception.conditional,
            why: exception.why,
            unneeded: exception.unneeded,
            status,
            assumed,
            http: self.http.and_then(|http| {
                http.split_once(' ').map(|(method, path)| (SmolStr::new(method), SmolStr::new(path)))
            }),
            fields: self.fields,
            paginated: self.pages,
            name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;

    /// An override of an operation that no longer exists would be dead text.
    #[test]
    fn every_override_is_about_an_operation() {
        for name in embedded::all("overrides/operations/") {
            let text = embedded::text(&format!("overrides/operations/{name}.toml")).unwrap();
            let overrides: Overrides = toml::from_str(&text).unwrap();
            let service = service(name).unwrap_or_else(|| panic!("no client `{name}`"));
            for operation in overrides.operations.keys().chain(&overrides.assumed) {
                let known = service.operations().any(|known| known.name == *operation);
                assert!(known, "{name} has no `{operation}`");
            }
            for operation in &overrides.assumed {
                assert!(!overrides.operations.contains_key(operation), "{name}:{operation} is both");
                let action = Action::new(format_smolstr!("{}:{operation}", service.prefix));
                assert!(catalog::action(&action).is_none(), "{action} is published: not assumed any more");
            }
        }
    }

    /// What an override says that the rule alone would say is dead text too: often the data has learned it since.
    #[test]
    fn every_override_says_something_that_the_data_does_not() {
        let mut redundant = Vec::new();
        for name in embedded::all("overrides/operations/") {
            let text = embedded::text(&format!("overrides/operations/{name}.toml")).unwrap();
            let overrides: Overrides = toml::from_str(&text).unwrap();
            let text = embedded::text(&format!("services/sdk/{name}.json")).unwrap();
            let model: Model = serde_json::from_str(&text).unwrap();
            let prefix = names::prefix(name).unwrap();
            for (operation, exception) in &overrides.operations {
                let unsigned = model.operations.get(operation).is_some_and(|operation| operation.unsigned);
                let default = if unsigned { Status::None } else { Status::Mapped };
                let own = format!("{prefix}:{operation}");
                let same_actions = exception.actions.as_ref().is_none_or(|actions| {
                    let spelled: Vec<&str> = actions.iter().map(Action::as_str).collect();
                    exception.status.is_none() && !unsigned && spelled == [own.as_str()]
                });
                let same_status = exception.status.is_none_or(|status| status == default);
                let adds = !exception.conditional.is_empty()
                    || exception.why.is_some()
                    || !exception.unneeded.is_empty()
                    || exception.helper.is_some();
                if same_actions && same_status && !adds {
                    redundant.push(format!("{name}:{operation}"));
                }
            }
        }
        assert!(redundant.is_empty(), "what these say is so without them: {redundant:#?}");
    }

    #[test]
    fn every_action_of_every_operation_is_published() {
        let mut missing = Vec::new();
        for service in embedded::all("services/sdk/").into_iter().filter_map(service) {
            for operation in service.operations() {
                let conditional = operation.conditional.iter().map(|conditional| &conditional.action);
                for action in operation.actions.iter().chain(conditional) {
                    let published = catalog::action(action).map(|info| info.action.as_str());
                    if !operation.assumed && published != Some(action.as_str()) {
                        missing.push(format!("{}:{} needs {action}", service.name, operation.name));
                    }
                }
                let resolved = operation.actions.len() + operation.conditional.len() > 0;
                assert_eq!(
                    resolved,
                    operation.status == Status::Mapped,
                    "{}:{}",
                    service.name,
                    operation.name
                );
            }
        }
        assert!(missing.is_empty(), "{missing:#?}");
    }

    /// A condition on a field that the request does not have would never hold.
    #[test]
    fn every_condition_asks_about_a_field_of_the_request() {
        for service in embedded::all("services/sdk/").into_iter().filter_map(service) {
            for operation in service.operations() {
                for path in operation.conditional.iter().flat_map(|conditional| conditional.when.paths()) {
                    let field = path.split('.').next().unwrap_or(path).trim_end_matches("[]");
                    let known = operation.fields.iter().any(|known| known == field);
                    assert!(known, "{}:{} has no field `{field}`", service.name, operation.name);
                }
            }
        }
    }

    #[test]
    fn operations_are_found_in_any_spelling() {
        let dynamodb = service("dynamodb").unwrap();
        for spelling in ["put_item", "PutItem", "putItem"] {
            assert_eq!(dynamodb.operation(spelling).unwrap().actions, [Action::new("dynamodb:PutItem")]);
        }
        let s3 = service("s3").unwrap();
        assert_eq!(s3.waiter("bucket_exists").unwrap().actions, [Action::new("s3:ListBucket")]);
        assert!(s3.can_paginate("list_objects_v2") && !s3.can_paginate("put_object"));
        let events = service("apigateway").unwrap().operation("GetRestApi").unwrap();
        assert_eq!(events.http, Some(("GET".into(), "/restapis/{restapi_id}".into())));
        let create = service("sqs").unwrap().operation("CreateQueue").unwrap();
        assert_eq!(create.conditional[0].action, Action::new("sqs:TagQueue"));
        assert_eq!(create.conditional[0].when.to_string(), "tags");
        assert_eq!(service("sts").unwrap().operation("AssumeRoleWithSAML").unwrap().status, Status::None);
    }
}
