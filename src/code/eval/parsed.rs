//! Values that a text holds: JSON in a variable of the environment or in a literal. Stretches of the text that are
//! known by name alone stay what they are, inside the strings where they stand.

use super::{Interpreter, Map, Site, Value, Values};
use crate::model::{Part, Text};

/// Stands for an unresolved stretch while the text is read; no text has these characters.
const FIRST: u32 = 0xF_0000;

impl Interpreter<'_> {
    /// None where the text is no JSON as far as it is known.
    pub fn parse_json(&mut self, text: &Text, site: Site) -> Option<Values> {
        let mut source = String::new();
        let mut held = Vec::new();
        for part in text.parts() {
            if let Part::Literal(literal) = part {
                source.push_str(literal);
            } else {
                let index = u32::try_from(held.len()).ok().filter(|index| *index < 0xFFFD)?;
                source.push(char::from_u32(FIRST + index)?);
                held.push(part.clone());
            }
        }
        let read: serde_json::Value = serde_json::from_str(&source).ok()?;
        let mut made = 0;
        Some(self.of_json(&read, &held, site, &mut made))
    }

    fn of_json(&mut self, read: &serde_json::Value, held: &[Part], site: Site, made: &mut usize) -> Values {
        *made += 1;
        let here = site.nth(*made);
        match read {
            serde_json::Value::Null => Value::Null.into(),
            serde_json::Value::Bool(value) => Value::Bool(*value).into(),
            serde_json::Value::Number(number) => Value::Number(number.to_string().into()).into(),
            serde_json::Value::String(string) => Values::text(restored(string, held)),
            serde_json::Value::Array(items) => {
                let items = items.iter().map(|item| self.of_json(item, held, site, made)).collect();
                self.list(here, items, Values::none())
            }
            serde_json::Value::Object(entries) => {
                let mut map = Map::default();
                for (key, value) in entries {
                    let values = self.of_json(value, held, site, made);
                    let key = restored(key, held);
                    match key.as_literal() {
                        Some(name) => {
                            map.entries.insert(name.into(), values);
                        }
                        None => {
                            map.add(key, &values);
                        }
                    }
                }
                self.map(here, map)
            }
        }
    }
}

/// A string with its unresolved stretches back in their places.
fn restored(string: &str, held: &[Part]) -> Text {
    let mut text = Text::default();
    for letter in string.chars() {
        let index = u32::from(letter).checked_sub(FIRST).and_then(|index| usize::try_from(index).ok());
        match index.and_then(|index| held.get(index)) {
            Some(part) => text.push(part.clone()),
            None => text.push_str(letter.encode_utf8(&mut [0; 4])),
        }
    }
    text
}
