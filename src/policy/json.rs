//! Policy documents from and to JSON. Every form that IAM accepts is read: one statement or a list, a string
//! or a list, `NotAction`, `NotResource`, `Principal`, condition values that are strings, booleans or numbers.
//!
//! What the spelling alone says is normalised, nothing else: lists of one become strings, condition values
//! become strings in order without repetition, and an absent version is the one that IAM assumes. An element
//! that IAM does not know is an error with its place, never left out.
//!
//! A document inside a template has expressions in place of strings: the `_with` functions take what reads
//! them and what prints them.

use serde_json::{Map, Value};
use smol_str::SmolStr;

use crate::model::{Action, Actions, Condition, Document, Effect, Principals, Resources, Statement, Text};

/// What IAM assumes where a document names no version.
const VERSION_WHERE_ABSENT: &str = "2008-10-17";

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct ParseError {
    /// `$.Statement[0].Effect`.
    pub path: String,
    pub problem: String,
}

/// Reads a document.
pub fn parse(value: &Value) -> Result<Document, ParseError> {
    parse_with(value, &|_| None)
}

/// Reads a document in which resources and condition values may be expressions; `expression` reads whatever is
/// no plain value there, and answers none for what it does not know either.
pub fn parse_with(
    value: &Value,
    expression: &dyn Fn(&Value) -> Option<Text>,
) -> Result<Document, ParseError> {
    let reader = Reader { expression };
    let mut document = Document { version: VERSION_WHERE_ABSENT.into(), ..Document::default() };
    for (name, value) in object(value, "$")? {
        let path = format!("$.{name}");
        match name.as_str() {
            "Version" => document.version = string(value, &path)?,
            "Id" => document.id = Some(string(value, &path)?),
            "Statement" => {
                document.statements = one_or_many(value, &path, |value, path| reader.statement(value, path))?;
            }
            _ => return Err(error(&path, "is no element of a policy")),
        }
    }
    Ok(document)
}

/// Prints a document, with patterns for resources and condition values.
pub fn print(document: &Document) -> Value {
    print_with(document, &|text| text.to_pattern().into())
}

/// Prints a document; `text` prints resources and condition values.
pub fn print_with(document: &Document, text: &dyn Fn(&Text) -> Value) -> Value {
    let mut printed = Map::new();
    printed.insert("Version".into(), document.version.as_str().into());
    if let Some(id) = &document.id {
        printed.insert("Id".into(), id.as_str().into());
    }
    let statements = document.statements.iter().map(|statement| print_statement(statement, text)).collect();
    printed.insert("Statement".into(), Value::Array(statements));
    Value::Object(printed)
}

fn print_statement(statement: &Statement, text: &dyn Fn(&Text) -> Value) -> Value {
    let mut printed = Map::new();
    if let Some(sid) = &statement.sid {
        printed.insert("Sid".into(), sid.as_str().into());
    }
    let effect = match statement.effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    };
    printed.insert("Effect".into(), effect.into());
    match &statement.principals {
        Some(Principals::Only(value)) => printed.insert("Principal".into(), value.clone()),
        Some(Principals::Except(value)) => printed.insert("NotPrincipal".into(), value.clone()),
        None => None,
    };
    let (name, actions) = match &statement.actions {
        Actions::Only(actions) => ("Action", actions),
        Actions::Except(actions) => ("NotAction", actions),
    };
    printed.insert(name.into(), single_or_list(actions.iter().map(|action| action.as_str().into())));
    match &statement.resources {
        Some(Resources::Only(resources)) => {
            printed.insert("Resource".into(), single_or_list(resources.iter().map(text)))
        }
        Some(Resources::Except(resources)) => {
            printed.insert("NotResource".into(), single_or_list(resources.iter().map(text)))
        }
        None => None,
    };
    if !statement.condition.is_empty() {
        printed.insert("Condition".into(), print_condition(&statement.condition, text));
    }
    Value::Object(printed)
}

fn print_condition(condition: &Condition, text: &dyn Fn(&Text) -> Value) -> Value {
    let block = condition.iter().map(|(operator, keys)| {
        let keys =
            keys.iter().map(|(key, values)| (key.to_string(), single_or_list(values.iter().map(text))));
        (operator.to_string(), Value::Object(keys.collect()))
    });
    Value::Object(block.collect())
}

fn single_or_list(values: impl Iterator<Item = Value>) -> Value {
    let mut values: Vec<Value> = values.collect();
    if values.len() == 1 { values.remove(0) } else { Value::Array(values) }
}

struct Reader<'a> {
    expression: &'a dyn Fn(&Value) -> Option<Text>,
}

impl Reader<'_> {
    fn statement(&self, value: &Value, path: &str) -> Result<Statement, ParseError> {
        let (mut sid, mut effect, mut principals) = (None, None, None);
        let (mut actions, mut resources, mut condition) = (None, None, Condition::new());
        for (name, value) in object(value, path)? {
            let path = format!("{path}.{name}");
            let action = |value: &Value, path: &str| string(value, path).map(Action::new);
            let text = |value: &Value, path: &str| self.text(value, path);
            let twice = match name.as_str() {
                "Sid" => sid.replace(string(value, &path)?).is_some(),
                "Effect" => effect.replace(parse_effect(value, &path)?).is_some(),
                "Principal" => principals.replace(Principals::Only(value.clone())).is_some(),
                "NotPrincipal" => principals.replace(Principals::Except(value.clone())).is_some(),
                "Action" => actions.replace(Actions::Only(one_or_many(value, &path, action)?)).is_some(),
                "NotAction" => actions.replace(Actions::Except(one_or_many(value, &path, action)?)).is_some(),
                "Resource" => resources.replace(Resources::Only(one_or_many(value, &path, text)?)).is_some(),
                "NotResource" => {
                    resources.replace(Resources::Except(one_or_many(value, &path, text)?)).is_some()
                }
                "Condition" => {
                    condition = self.condition(value, &path)?;
                    false
                }
                _ => return Err(error(&path, "is no element of a statement")),
            };
            if twice {
                return Err(error(&path, "stands beside its opposite"));
            }
        }
        Ok(Statement {
            sid,
            effect: effect.ok_or_else(|| error(path, "has no `Effect`"))?,
            principals,
            actions: actions.ok_or_else(|| error(path, "has neither `Action` nor `NotAction`"))?,
            resources,
            condition,
        })
    }

    fn condition(&self, value: &Value, path: &str) -> Result<Condition, ParseError> {
        let mut condition = Condition::new();
        for (operator, keys) in object(value, path)? {
            let path = format!("{path}.{operator}");
            let block = condition.entry(SmolStr::from(operator)).or_default();
            for (key, values) in object(keys, &path)? {
                let path = format!("{path}.{key}");
                let values = one_or_many(values, &path, |value, path| self.text(value, path))?;
                block.insert(SmolStr::from(key), values.into_iter().collect());
            }
        }
        Ok(condition)
    }

    fn text(&self, value: &Value, path: &str) -> Result<Text, ParseError> {
        match value {
            Value::String(pattern) => Ok(Text::parse_pattern(pattern)),
            Value::Bool(_) | Value::Number(_) => Ok(Text::literal(value.to_string())),
            other => (self.expression)(other).ok_or_else(|| error(path, "is no string")),
        }
    }
}

fn parse_effect(value: &Value, path: &str) -> Result<Effect, ParseError> {
    match value.as_str() {
        Some("Allow") => Ok(Effect::Allow),
        Some("Deny") => Ok(Effect::Deny),
        _ => Err(error(path, "is neither `Allow` nor `Deny`")),
    }
}

fn one_or_many<T>(
    value: &Value,
    path: &str,
    read: impl Fn(&Value, &str) -> Result<T, ParseError>,
) -> Result<Vec<T>, ParseError> {
    match value {
        Value::Array(values) => {
            values.iter().enumerate().map(|(index, value)| read(value, &format!("{path}[{index}]"))).collect()
        }
        single => Ok(vec![read(single, path)?]),
    }
}

fn object<'a>(value: &'a Value, path: &str) -> Result<&'a Map<String, Value>, ParseError> {
    value.as_object().ok_or_else(|| error(path, "is no object"))
}

fn string(value: &Value, path: &str) -> Result<SmolStr, ParseError> {
    value.as_str().map(SmolStr::from).ok_or_else(|| error(path, "is no string"))
}

fn error(path: &str, problem: &str) -> ParseError {
    ParseError { path: path.into(), problem: problem.into() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_printed_document_is_what_was_read() {
        let document = json!({
            "Version": "2012-10-17",
            "Id": "role",
            "Statement": [
                {"Sid": "One", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/${aws:username}/*"},
                {"Effect": "Deny", "NotPrincipal": {"AWS": ["1", "2"]}, "NotAction": ["s3:*", "sqs:Send?"],
                 "NotResource": ["arn:aws:s3:::a", "arn:aws:s3:::b"],
                 "Condition": {"StringLike": {"aws:PrincipalTag/team": ["a*", "b"]}}},
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
            ]
        });
        assert_eq!(print(&parse(&document).unwrap()).to_string(), document.to_string());
    }

    #[test]
    fn short_forms_are_read() {
        let short = json!({"Statement": {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["*"],
            "Condition": {"Bool": {"aws:SecureTransport": true}, "NumericLessThan": {"aws:MultiFactorAuthAge": 60}}}});
        let long = json!({"Version": "2008-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject",
            "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"},
            "NumericLessThan": {"aws:MultiFactorAuthAge": "60"}}}]});
        assert_eq!(print(&parse(&short).unwrap()), long);
    }

    #[test]
    fn an_error_says_where() {
        let cases = [
            (json!([]), "$: is no object"),
            (json!({"Statements": []}), "$.Statements: is no element of a policy"),
            (
                json!({"Statement": [{"Effect": "allow"}]}),
                "$.Statement[0].Effect: is neither `Allow` nor `Deny`",
            ),
            (json!({"Statement": {"Effect": "Allow"}}), "$.Statement: has neither `Action` nor `NotAction`"),
            (
                json!({"Statement": [{"Effect": "Allow", "Action": ["a:b", 1]}]}),
                "$.Statement[0].Action[1]: is no string",
            ),
            (
                json!({"Statement": [{"Effect": "Allow", "Action": "a:b", "NotAction": "a:c"}]}),
                "$.Statement[0].NotAction: stands beside its opposite",
            ),
            (
                json!({"Statement": [{"Effect": "Allow", "Action": "a:b", "Resource": {"Ref": "Table"}}]}),
                "$.Statement[0].Resource: is no string",
            ),
        ];
        for (document, expected) in cases {
            assert_eq!(parse(&document).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn expressions_are_read_and_printed_by_whoever_knows_them() {
        let document = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": {"Ref": "Queue"}}]});
        let read = parse_with(&document, &|value| Some(Text::literal(value.get("Ref")?.as_str()?))).unwrap();
        assert_eq!(print_with(&read, &|text| json!({"Ref": text.to_string()})), document);
    }
}
