//! JSON that code parses and that is known: a variable that the deployment binds to an object's text. What stands in
//! it for a name of the template (`{"bucket": "${Uploads}"}`) is that name in the value. A text of which a part outside
//! its strings is not known is not read.

use indexmap::IndexMap;

use super::{Interpreter, Map, Site, Value, Values};
use crate::model::{Part, Text};

/// Longer texts are not read.
const LONGEST: usize = 1 << 16;

/// The first of the characters that stand for what is not literal; no text has them.
const STANDING: u32 = 0xF_0000;

impl Interpreter<'_> {
    /// What parsing gives; none where the text is no JSON as far as it is known.
    pub fn parse_json(&mut self, text: &Text, site: Site) -> Option<Values> {
        let mut spelled = String::new();
        for (at, part) in text.parts().iter().enumerate() {
            match part {
                Part::Literal(literal) if literal.chars().all(|letter| u32::from(letter) < STANDING) => {
                    spelled.push_str(literal);
                }
                Part::Literal(_) => return None,
                _ => spelled.push(char::from_u32(STANDING + u32::try_from(at).ok()?)?),
            }
        }
        if spelled.len() > LONGEST || !spelled.trim_start().starts_with(['{', '[']) {
            return None;
        }
        let parsed = serde_json::from_str(&spelled).ok()?;
        Some(self.json_value(&parsed, text, site, &mut 0))
    }

    fn json_value(
        &mut self,
        value: &serde_json::Value,
        text: &Text,
        site: Site,
        containers: &mut usize,
    ) -> Values {
        match value {
            serde_json::Value::Null => Value::Null.into(),
            serde_json::Value::Bool(value) => Value::Bool(*value).into(),
            serde_json::Value::Number(number) => Value::Number(number.to_string().into()).into(),
            serde_json::Value::String(spelled) => Values::text(unspelled(spelled, text)),
            serde_json::Value::Array(items) => {
                *containers += 1;
                let at = site.nth(*containers);
                let items = items.iter().map(|item| self.json_value(item, text, site, containers)).collect();
                self.list(at, items, Values::none())
            }
            serde_json::Value::Object(members) => {
                *containers += 1;
                let at = site.nth(*containers);
                let mut map = Map { entries: IndexMap::new(), ..Map::default() };
                for (name, member) in members {
                    let values = self.json_value(member, text, site, containers);
                    match unspelled(name, text) {
                        name if name.as_literal().is_some() => {
                            map.entries.insert(name.as_literal().unwrap_or_default().into(), values);
                        }
                        name => {
                            map.add(name, &values);
                        }
                    }
                }
                self.map(at, map)
            }
        }
    }
}

/// The text that a string of the JSON is, with the names that stand in it.
fn unspelled(spelled: &str, text: &Text) -> Text {
    let mut found = Text::default();
    for letter in spelled.chars() {
        let standing = u32::from(letter).checked_sub(STANDING).and_then(|at| usize::try_from(at).ok());
        match standing.and_then(|at| text.parts().get(at)) {
            Some(part) => found.push(part.clone()),
            None => found.push_str(letter.encode_utf8(&mut [0; 4])),
        }
    }
    found
}
