//! The IAM language. Stand-in until the policy room is merged.
pub mod json {
    use crate::model::{Actions, Document, Resources, Text};
    use serde_json::{Map, Value, json};

    pub fn print(document: &Document) -> Value {
        print_with(document, &|text| text.to_pattern().into())
    }

    pub fn print_with(document: &Document, value: &dyn Fn(&Text) -> Value) -> Value {
        let one = |mut list: Vec<Value>| if list.len() == 1 { list.remove(0) } else { Value::Array(list) };
        let statements: Vec<Value> = document
            .statements
            .iter()
            .map(|statement| {
                let mut printed = Map::new();
                if let Some(sid) = &statement.sid {
                    printed.insert("Sid".into(), sid.as_str().into());
                }
                printed.insert("Effect".into(), "Allow".into());
                if let Actions::Only(actions) = &statement.actions {
                    printed.insert("Action".into(), one(actions.iter().map(|a| a.as_str().into()).collect()));
                }
                if let Some(Resources::Only(resources)) = &statement.resources {
                    printed.insert("Resource".into(), one(resources.iter().map(value).collect()));
                }
                if !statement.condition.is_empty() {
                    let mut operators = Map::new();
                    for (operator, keys) in &statement.condition {
                        let mut by_key = Map::new();
                        for (key, values) in keys {
                            by_key.insert(key.to_string(), one(values.iter().map(value).collect()));
                        }
                        operators.insert(operator.to_string(), by_key.into());
                    }
                    printed.insert("Condition".into(), operators.into());
                }
                printed.into()
            })
            .collect();
        json!({ "Version": document.version.as_str(), "Statement": statements })
    }
}
