//! Descriptions for programs (`schemas/catalog.schema.json`, `schemas/catalog-services.schema.json`): operations are
//! `{service: {operation: {…}}}`, an action is `{"prefix:Action": {…}}`, services are `{service: {…}}`. Without a name,
//! every operation of every service.

use serde_json::{Map, Value, json};

use super::{Description, needed, needing, scopes};
use crate::catalog::require::{Checked, checked};
use crate::catalog::{self, ActionInfo, Dependent, Operation, Service, cloudtrail, names, sdk};

impl Description {
    pub fn to_json(&self) -> Value {
        match self {
            Self::Everything => {
                let services = catalog::service_names().filter_map(catalog::service);
                services.map(|service| (service.name.to_string(), operations(service))).collect()
            }
            Self::Services => {
                let services = catalog::service_names().filter_map(catalog::service);
                services.map(|found| (found.name.to_string(), service(found))).collect()
            }
            Self::Service(service) => json!({ service.name.as_str(): operations(service) }),
            Self::Operation(service, found) => {
                json!({ service.name.as_str(): { found.name.as_str(): operation(service, found) } })
            }
            Self::Action(info) => json!({ info.action.as_str(): action(info) }),
        }
    }
}

fn service(service: &Service) -> Value {
    let called: Map<String, Value> =
        sdk::all(&service.name).map(|(sdk, name)| (sdk.name().to_owned(), name.as_str().into())).collect();
    let also: Map<String, Value> = sdk::Sdk::ALL
        .into_iter()
        .filter(|sdk| !sdk::also(*sdk, &service.name).is_empty())
        .map(|sdk| (sdk.name().to_owned(), json!(sdk::also(sdk, &service.name))))
        .collect();
    let methods: Map<String, Value> = sdk::Sdk::ALL
        .into_iter()
        .map(|sdk| (sdk, sdk::irregular(sdk, &service.name).collect::<std::collections::BTreeMap<_, _>>()))
        .filter(|(_, methods)| !methods.is_empty())
        .map(|(sdk, methods)| (sdk.name().to_owned(), json!(methods)))
        .collect();
    json!({
        "id": names::names(&service.name).map(|names| &names.id),
        "prefix": service.prefix,
        "protocol": service.protocol,
        "event_source": cloudtrail::source(&service.name),
        "event_versions": cloudtrail::versions(&service.name),
        "operations": service.operations().count(),
        "sdk": called,
        "also": also,
        "irregular_methods": methods,
    })
}

fn operations(service: &'static Service) -> Value {
    service.operations().map(|found| (found.name.to_string(), operation(service, found))).collect()
}

fn operation(service: &'static Service, operation: &'static Operation) -> Value {
    let conditional: Vec<Value> = operation
        .conditional
        .iter()
        .map(|conditional| {
            let when = &conditional.when;
            let mut value = json!({ "action": conditional.action, "when": when.to_string() });
            insert(&mut value, "in_words", (!when.is_never()).then(|| when.in_words()).as_deref());
            insert(&mut value, "why", conditional.why.as_deref());
            value
        })
        .collect();
    let resources: Map<String, Value> =
        needed(operation).map(|action| (action.to_string(), json!(scopes(action)))).collect();
    let places: Map<String, Value> = checked(service, operation)
        .iter()
        .map(|(action, found)| (action.to_string(), place(found)))
        .collect();
    let mut value = json!({
        "actions": operation.actions,
        "conditional": conditional,
        "status": operation.status.name(),
        "resources": resources,
        "checked": places,
    });
    if let Some(logged) = cloudtrail::logged(&service.name, &operation.name) {
        let mut event = json!({ "source": logged.source, "name": logged.name, "class": logged.class.name() });
        insert(&mut event, "resource_type", logged.class.resource_type());
        value["cloudtrail"] = event;
    }
    insert(&mut value, "why", operation.why.as_deref());
    let dependents: Map<String, Value> = catalog::dependents(service, operation)
        .into_iter()
        .map(|(action, made)| (action.to_string(), dependent(&made)))
        .collect();
    if !dependents.is_empty() {
        value["dependents"] = dependents.into();
    }
    if operation.assumed {
        value["assumed"] = true.into();
    }
    value
}

fn dependent(made: &Dependent) -> Value {
    match made {
        Dependent::Known | Dependent::Told => json!({ "is": made.name() }),
        Dependent::Unneeded(why) => json!({ "is": made.name(), "why": why }),
    }
}

fn place(checked: &Checked) -> Value {
    let mut value = json!({ "by": checked.by.name(), "arns": checked.arns, "fields": checked.fields });
    if !checked.when.is_empty() {
        value["when"] = checked.when.iter().map(ToString::to_string).collect();
    }
    value
}

fn action(info: &ActionInfo) -> Value {
    json!({
        "access": info.access.name(),
        "resources": scopes(&info.action),
        "condition_keys": info.condition_keys,
        "operations": needing(&info.action),
    })
}

fn insert(value: &mut Value, key: &str, text: Option<&str>) {
    if let Some(text) = text {
        value[key] = text.into();
    }
}
