//! JSON values as YAML for CloudFormation templates, with its short tags: `{"Ref": "T"}` is `!Ref T`.
//!
//! Strings are quoted unless they plainly are strings to every YAML reader; CloudFormation reads YAML 1.1,
//! where `yes`, `2012-10-17` and `12:30` are not. Intrinsic functions other than `Ref`, `GetAtt` and `Sub` of
//! one string keep their long form, which is valid everywhere.

use std::fmt::Write;

use serde_json::{Map, Value};

/// The value as block YAML, every line indented by `indent` spaces, with a line break at the end.
pub fn block(value: &Value, indent: usize) -> String {
    let mut text = String::new();
    match value {
        Value::Object(map) if !map.is_empty() && tagged(map).is_none() => {
            mapping(map, indent, false, &mut text);
        }
        Value::Array(items) if !items.is_empty() => sequence(items, indent, &mut text),
        other => writeln!(text, "{:indent$}{}", "", inline(other)).expect("writing to a string"),
    }
    text
}

fn mapping(map: &Map<String, Value>, indent: usize, mut continues: bool, text: &mut String) {
    for (key, value) in map {
        let indentation = if continues { 0 } else { indent };
        continues = false;
        write!(text, "{:indentation$}{}:", "", scalar(key)).expect("writing to a string");
        nested(value, indent, text);
    }
}

/// A value after `key:`.
fn nested(value: &Value, indent: usize, text: &mut String) {
    if is_inline(value) {
        writeln!(text, " {}", inline(value)).expect("writing to a string");
    } else {
        text.push('\n');
        text.push_str(&block(value, indent + 2));
    }
}

fn sequence(items: &[Value], indent: usize, text: &mut String) {
    for item in items {
        write!(text, "{:indent$}- ", "").expect("writing to a string");
        match item {
            Value::Object(map) if !is_inline(item) => mapping(map, indent + 2, true, text),
            Value::Array(items) if !is_inline(item) => {
                // A list in a list starts on its own line.
                text.truncate(text.len() - 1);
                text.push('\n');
                sequence(items, indent + 2, text);
            }
            other => writeln!(text, "{}", inline(other)).expect("writing to a string"),
        }
    }
}

fn is_inline(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.is_empty() || tagged(map).is_some(),
        Value::Array(items) => items.is_empty(),
        _ => true,
    }
}

fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        Value::Array(_) => "[]".into(),
        Value::Object(map) => tagged(map).unwrap_or_else(|| "{}".into()),
        other => other.to_string(),
    }
}

/// The short form of an intrinsic function.
fn tagged(map: &Map<String, Value>) -> Option<String> {
    let mut entries = map.iter();
    let (Some((name, argument)), None) = (entries.next(), entries.next()) else { return None };
    match (name.as_str(), argument) {
        ("Ref", Value::String(id)) => Some(format!("!Ref {}", scalar(id))),
        ("Fn::Sub", Value::String(text)) => Some(format!("!Sub {}", quoted(text))),
        ("Fn::GetAtt", Value::String(path)) => Some(format!("!GetAtt {}", scalar(path))),
        ("Fn::GetAtt", Value::Array(path)) => match path.as_slice() {
            [Value::String(id), Value::String(attribute)] => {
                Some(format!("!GetAtt {}", scalar(&format!("{id}.{attribute}"))))
            }
            _ => None,
        },
        _ => None,
    }
}

fn scalar(text: &str) -> String {
    if is_plain(text) { text.into() } else { quoted(text) }
}

/// Whether every YAML reader takes the bare text as this string.
fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 11] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan"];
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && !text.ends_with(':')
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | '+' | '@'))
        && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

fn quoted(text: &str) -> String {
    if text.chars().any(char::is_control) {
        // A JSON string is a YAML double-quoted scalar.
        return Value::from(text).to_string();
    }
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_yaml_would_misread_is_quoted() {
        for text in
            ["*", "yes", "No", "2012-10-17", "12:30", "", "~", "a: b", "x #y", "null", "key:", "-a", "?"]
        {
            assert!(scalar(text).starts_with('\''), "{text}");
        }
        for text in ["arn:aws:s3:::bucket/a", "dynamodb:PutItem", "Allow", "lambda.amazonaws.com"] {
            assert_eq!(scalar(text), text);
        }
        assert_eq!(scalar("it's"), "'it''s'");
        assert_eq!(scalar("a\nb"), "\"a\\nb\"");
    }

    #[test]
    fn intrinsic_functions_get_their_short_tags() {
        let value = json!({
            "Resource": [{"Ref": "Topic"}, {"Fn::GetAtt": ["Table", "Arn"]}, {"Fn::Sub": "${Bucket.Arn}/*"}],
            "Long": {"Fn::Join": ["", ["a", {"Ref": "B"}]]},
            "Empty": [], "None": {}, "Nested": [["x"]], "Flag": true,
        });
        let expected = "\
Resource:
  - !Ref Topic
  - !GetAtt Table.Arn
  - !Sub '${Bucket.Arn}/*'
Long:
  Fn::Join:
    - ''
    -
      - a
      - !Ref B
Empty: []
'None': {}
Nested:
  -
    - x
Flag: true
";
        assert_eq!(block(&value, 0), expected);
    }
}
