//! Texts: what a value is as text, and joining texts without losing what is known of their parts.

use super::{Interpreter, Map, Object, Site, Value, Values};
use crate::code::ir::Expr;
use crate::model::{Part, Shape, Text};

impl Interpreter<'_> {
    /// The texts of a request: of `given or ""` the empty one stands for "not given" and names nothing.
    pub fn naming_texts(&self, values: &Values) -> Vec<Text> {
        let mut texts = self.texts(values);
        if texts.len() > 1 {
            texts.retain(|text| !text.is_empty());
        }
        texts
    }

    /// All texts that the values can be, within the bound; the event's known values stand for its paths.
    pub fn texts(&self, values: &Values) -> Vec<Text> {
        let mut texts: Vec<Text> = Vec::new();
        for value in values {
            if let Value::Event(path) = value {
                let known = self.deployment.event(path);
                if !known.is_empty() {
                    texts.extend(known);
                    continue;
                }
            }
            if let Value::Response(response) = value {
                let known = response.texts();
                if !known.is_empty() {
                    texts.extend(known);
                    continue;
                }
            }
            texts.extend(text_of(value));
        }
        texts.sort();
        texts.dedup();
        if texts.len() > Self::TEXTS {
            return vec![common_form(&texts)];
        }
        texts
    }

    /// A text with the ARN of a resource spelled out, for code that takes it apart.
    pub fn spelled(&self, text: &Text) -> Text {
        self.deployment.spelled(text).unwrap_or_else(|| text.clone())
    }

    /// The operands joined: every combination of their texts within the bound; lists and maps are unions.
    pub(super) fn concat(&mut self, operands: &[Expr], site: Site) -> Values {
        let evaluated: Vec<Values> = operands.iter().map(|operand| self.eval(operand)).collect();
        if let Some((first, others)) = evaluated.split_first()
            && let Some(joined) = self.join_instances(first, others, site)
        {
            return joined;
        }
        self.join_values(&evaluated, site)
    }

    pub fn join_values(&mut self, operands: &[Values], site: Site) -> Values {
        let is_container = |value: &Value| matches!(value, Value::Object(_));
        let printed: Vec<Values> = operands.iter().map(|values| self.printed(values, site)).collect();
        let operands = printed.as_slice();
        // What joins a text to something makes a text.
        let is_text =
            |values: &Values| !values.is_empty() && values.iter().all(|it| matches!(it, Value::Text(_)));
        if operands.iter().any(|values| values.iter().any(is_container)) && !operands.iter().any(is_text) {
            return self.join_containers(operands, site);
        }
        let mut joined = vec![Text::default()];
        for values in operands {
            let texts = self.texts(values);
            let texts = if texts.is_empty() { vec![Text::unknown()] } else { texts };
            let mut next = Vec::with_capacity(joined.len() * texts.len());
            for prefix in &joined {
                next.extend(texts.iter().map(|text| prefix.clone().then(text)));
            }
            next.sort();
            next.dedup();
            joined = if next.len() > Self::TEXTS { vec![common_form(&next)] } else { next };
        }
        joined.into_iter().map(Value::Text).collect()
    }

    fn join_containers(&mut self, operands: &[Values], site: Site) -> Values {
        let mut map = Map::default();
        let mut elements = Values::none();
        let mut maps = false;
        for values in operands {
            for value in values {
                match value {
                    Value::Object(id) if matches!(self.objects[id.0 as usize], Object::Map(_)) => {
                        maps = true;
                        self.spread_into(&mut map, &value.clone().into());
                    }
                    other => {
                        elements.join(&self.element(&other.clone().into()));
                    }
                }
            }
        }
        if maps {
            return self.map(site, map);
        }
        self.list(site, Vec::new(), elements)
    }
}

/// Whether an unresolved stretch surely holds no separator: a name, a region, an account.
pub fn is_solid(part: &Part) -> bool {
    matches!(part, Part::Pseudo(_) | Part::Resource { shape: Shape::Name, .. })
}

/// The pieces between separators, and what any later piece can be: an unresolved stretch may hold separators, so
/// only what stands before the first one has its place.
pub fn pieces(text: &Text, separator: &str) -> (Vec<Values>, Values) {
    let mut pieces = vec![Text::default()];
    for part in text.parts() {
        match part {
            Part::Literal(literal) => {
                for (index, piece) in literal.split(separator).enumerate() {
                    if index > 0 {
                        pieces.push(Text::default());
                    }
                    pieces.last_mut().expect("never empty").push_str(piece);
                }
            }
            part if is_solid(part) => pieces.last_mut().expect("never empty").push(part.clone()),
            _ => {
                pieces.pop();
                return (pieces.into_iter().map(Values::text).collect(), Values::text(Text::unknown()));
            }
        }
    }
    (pieces.into_iter().map(Values::text).collect(), Values::none())
}

/// What all the texts begin and end with, and anything between.
pub(super) fn common_form(texts: &[Text]) -> Text {
    let Some(first) = texts.first() else {
        return Text::unknown();
    };
    let lead = texts.iter().fold(first.leading_literal(), |common, text| {
        let other = text.leading_literal();
        let shared = common.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
        let mut end = shared;
        while !common.is_char_boundary(end) {
            end -= 1;
        }
        &common[..end]
    });
    let mut form = Text::literal(lead);
    form.push(Part::Unknown);
    form
}

/// What a value is when it is used as text; none for values that are not text (containers, functions).
pub fn text_of(value: &Value) -> Option<Text> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Number(number) => Some(Text::literal(number)),
        Value::Bool(value) => Some(Text::literal(if *value { "True" } else { "False" })),
        Value::Event(path) => Some(Part::Event(path.clone()).into()),
        Value::Unknown | Value::External(_) | Value::Response(_) => Some(Text::unknown()),
        // A member of something unknown is data as well as a method.
        Value::Method(method) if matches!(method.0, Value::Unknown | Value::Method(_)) => text_of(&method.0),
        _ => None,
    }
}
