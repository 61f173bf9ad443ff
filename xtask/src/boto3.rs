//! From boto3's resource models to `boto3/<client>.json`: per resource type (the empty name is the service
//! resource) what each attribute is, under the name that Python code writes.
//!
//! boto3 derives those names at run time (snake case, a suffix where two would clash, every resource type as
//! a constructor on the service resource); that happens here, so that a reader only looks names up.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// `model` is the resource model, `shapes` the service model's: a resource's data attributes are its shape's
/// members.
pub fn compact(model: &Value, shapes: &Value) -> Value {
    let mut types = BTreeMap::new();
    types.insert("", resource_type(&service_resource(model), shapes));
    for (name, definition) in entries(&model["resources"]) {
        types.insert(name, resource_type(definition, shapes));
    }
    json!(types)
}

/// The service resource also constructs every resource type that its own `has` does not mention.
fn service_resource(model: &Value) -> Value {
    let mut service = model["service"].clone();
    let declared: BTreeSet<&str> =
        entries(&model["service"]["has"]).filter_map(|(_, has)| has["resource"]["type"].as_str()).collect();
    let mut has = Map::new();
    for (name, definition) in entries(&model["resources"]) {
        if declared.contains(name) {
            let mentions =
                entries(&model["service"]["has"]).filter(|(_, has)| has["resource"]["type"] == name);
            has.extend(mentions.map(|(name, has)| (name.to_owned(), has.clone())));
        } else {
            let identifiers: Vec<Value> = array(&definition["identifiers"])
                .map(|identifier| json!({"target": identifier["name"], "source": "input"}))
                .collect();
            has.insert(name.to_owned(), json!({"resource": {"type": name, "identifiers": identifiers}}));
        }
    }
    service["has"] = Value::Object(has);
    service
}

fn resource_type(definition: &Value, shapes: &Value) -> Value {
    let mut members = Members::default();
    members.taken.insert("meta".to_owned());
    if definition.get("load").is_some() {
        members.taken.insert("load".to_owned());
    }
    let identifiers: Vec<&Value> = array(&definition["identifiers"]).collect();
    for identifier in &identifiers {
        let name = text(&identifier["name"]);
        members.add(&snake_case(name), "identifier", json!({"identifier": name}));
    }
    for (name, action) in entries(&definition["actions"]) {
        members.add(&snake_case(name), "action", json!({"action": call(action)}));
    }
    for (name, has) in entries(&definition["has"]) {
        let made = made(&has["resource"]);
        if array(&has["resource"]["identifiers"]).any(|identifier| identifier["source"] == "data") {
            members.add(&snake_case(name), "reference", json!({"reference": made}));
        } else {
            members.add(name, "subresource", json!({"subresource": made}));
        }
    }
    for (name, collection) in entries(&definition["hasMany"]) {
        members.add(&snake_case(name), "collection", json!({"collection": call(collection)}));
    }
    for (name, waiter) in entries(&definition["waiters"]) {
        let value = json!({"waiter": {"name": waiter["waiterName"], "params": params(&waiter["params"])}});
        members.add(&snake_case(&format!("WaitUntil{name}")), "waiter", value);
    }
    add_data(&mut members, &identifiers, &shapes["shapes"][text(&definition["shape"])]["members"]);

    let mut compact = Map::new();
    if !identifiers.is_empty() {
        let names: Vec<&str> = identifiers.iter().map(|identifier| text(&identifier["name"])).collect();
        compact.insert("identifiers".into(), json!(names));
    }
    if let Some(load) = definition.get("load") {
        compact.insert("load".into(), call(load));
    }
    compact.insert("members".into(), json!(members.named));
    let batch: BTreeMap<String, Value> =
        entries(&definition["batchActions"]).map(|(name, action)| (snake_case(name), call(action))).collect();
    if !batch.is_empty() {
        compact.insert("batch".into(), json!(batch));
    }
    Value::Object(compact)
}

/// A shape's member that is the source of an identifier reads that identifier and loads nothing.
fn add_data(members: &mut Members, identifiers: &[&Value], shape: &Value) {
    for (name, _) in entries(shape) {
        let snake = snake_case(name);
        if identifiers.iter().any(|identifier| snake_case(text(&identifier["name"])) == snake) {
            continue;
        }
        let alias = identifiers.iter().find(|identifier| identifier["memberName"] == name);
        let value = match alias {
            Some(identifier) => json!({"identifier": identifier["name"]}),
            None => json!({"data": name}),
        };
        members.add(&snake, "attribute", value);
    }
}

#[derive(Default)]
struct Members {
    taken: BTreeSet<String>,
    named: BTreeMap<String, Value>,
}

impl Members {
    /// In boto3's order of precedence: whoever comes later and finds the name taken gets a suffix.
    fn add(&mut self, name: &str, category: &str, value: Value) {
        let name = if self.taken.contains(name) { format!("{name}_{category}") } else { name.to_owned() };
        self.taken.insert(name.clone());
        self.named.insert(name, value);
    }
}

fn call(action: &Value) -> Value {
    let mut compact = Map::new();
    compact.insert("operation".into(), action["request"]["operation"].clone());
    let params = params(&action["request"]["params"]);
    if !params.is_empty() {
        compact.insert("params".into(), params.into());
    }
    if let Some(resource) = action.get("resource") {
        compact.insert("makes".into(), made(resource));
    }
    Value::Object(compact)
}

fn made(resource: &Value) -> Value {
    let mut compact = Map::new();
    compact.insert("type".into(), resource["type"].clone());
    compact.insert("identifiers".into(), params(&resource["identifiers"]).into());
    if let Some(path) = resource.get("path") {
        compact.insert("data".into(), path.clone());
    }
    Value::Object(compact)
}

/// `[target, source]`, the source as `{"identifier": name}`, `{"response": path}` … or `"input"`.
fn params(params: &Value) -> Vec<Value> {
    array(params)
        .map(|param| {
            let source = match text(&param["source"]) {
                "input" => json!("input"),
                "identifier" => json!({"identifier": param["name"]}),
                "string" => json!({"constant": constant(&param["value"])}),
                source => json!({source: param["path"]}),
            };
            json!([param["target"], source])
        })
        .collect()
}

fn constant(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// botocore's `xform_name`: `GetQueueByName` → `get_queue_by_name`, `DBInstances` → `db_instances`,
/// `ListWebACLs` → `list_web_acls`.
fn snake_case(name: &str) -> String {
    if name.contains('_') {
        return name.to_owned();
    }
    let mut chars: Vec<char> = name.chars().collect();
    let capitals = chars.iter().rev().skip(1).take_while(|char| char.is_ascii_uppercase()).count();
    if chars.last() == Some(&'s') && capitals >= 2 {
        let start = chars.len() - 1 - capitals;
        let acronym: Vec<char> = chars.drain(start..).map(|char| char.to_ascii_lowercase()).collect();
        chars.push('_');
        chars.extend(acronym);
    }
    let mut snake = String::new();
    for (index, char) in chars.iter().enumerate() {
        if index > 0 && char.is_ascii_uppercase() && chars[index - 1] != '_' {
            let before = chars[index - 1];
            let begins_word = chars.get(index + 1).is_some_and(char::is_ascii_lowercase);
            if begins_word || before.is_ascii_lowercase() || before.is_ascii_digit() {
                snake.push('_');
            }
        }
        snake.push(char.to_ascii_lowercase());
    }
    snake
}

fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
