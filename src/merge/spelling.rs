//! The two spellings of texts and conditions: plain, for a policy document, and symbolic, for a template.
//!
//! `StringEquals` takes a `*` literally. Where what it compares with is not fully known in a spelling, the
//! operator becomes `StringLike`, which is the same comparison with wildcards.

use smol_str::SmolStr;

use crate::model::{Condition, Part, Text};

/// The text as IAM reads it once it is printed.
pub fn plain(text: &Text) -> Text {
    Text::parse_pattern(&text.to_pattern())
}

/// `settle` says what symbols stand for in a document, as it has for resources.
pub fn plain_condition(condition: &Condition, settle: &dyn Fn(&Text) -> Text) -> Condition {
    respelled(condition, |text| plain(&settle(text)))
}

/// What a template can name stays; what only the code knows is a wildcard.
pub fn symbolic_condition(condition: &Condition) -> Condition {
    let named = |part: &Part| match part {
        Part::Env(_) | Part::Event(_) | Part::Unknown => Text::any(),
        part => part.clone().into(),
    };
    respelled(condition, |text| text.map(named))
}

fn respelled(condition: &Condition, spell: impl Fn(&Text) -> Text) -> Condition {
    let mut spelled = Condition::new();
    for (operator, keys) in condition {
        for (key, values) in keys {
            let values: Vec<Text> = values.iter().map(&spell).collect();
            let operator = if values.iter().any(has_wildcard) { like(operator) } else { operator.clone() };
            spelled.entry(operator).or_default().entry(key.clone()).or_default().extend(values);
        }
    }
    spelled
}

fn has_wildcard(text: &Text) -> bool {
    text.parts().iter().any(|part| matches!(part, Part::Any | Part::AnyOne | Part::Unknown))
}

/// `StringLike` of `StringEquals`, with whatever qualifies it; other operators as they are.
fn like(operator: &SmolStr) -> SmolStr {
    match operator.split_once("StringEquals") {
        Some((set, ending @ ("" | "IfExists"))) => format!("{set}StringLike{ending}").into(),
        _ => operator.clone(),
    }
}
