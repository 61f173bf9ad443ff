//! Secrets Manager names: the ARN has more than the name that a request says.

use super::{Formed, Scope};
use crate::model::{Part, Text};

/// An ARN of a secret ends in a hyphen and six characters that Secrets Manager makes up. A request may say the
/// name, the whole ARN, or the ARN without them.
pub fn secret(value: &Text, _: &Scope) -> Formed {
    if value.is_arn() {
        return Formed::Whole(match value.as_literal() {
            Some(text) if !ends_in_suffix(text) => with_suffix(value),
            _ => value.clone(),
        });
    }
    if value.is_unknown() || value.is_wildcard() {
        return Formed::Segment(value.clone());
    }
    Formed::Segment(with_suffix(value))
}

/// A field that wants the secret's ARN, and takes its name too.
pub fn arn(value: &Text, scope: &Scope) -> Formed {
    let opaque = matches!(value.as_part(), Some(Part::Env(_) | Part::Event(_) | Part::Parameter(_)));
    if opaque { Formed::Whole(value.clone()) } else { secret(value, scope) }
}

fn ends_in_suffix(arn: &str) -> bool {
    let resource = arn.splitn(7, ':').nth(6).unwrap_or_default();
    resource.rsplit_once('-').is_some_and(|(_, suffix)| {
        suffix.len() == 6 && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

fn with_suffix(name: &Text) -> Text {
    let mut text = name.clone();
    text.push_str("-");
    (0..6).for_each(|_| text.push(Part::AnyOne));
    text
}

/// `/aws/reference/secretsmanager/NAME` is a parameter that stands for a secret.
pub fn parameter(value: &Text, scope: &Scope) -> Formed {
    let prefix = "/aws/reference/secretsmanager/";
    if !value.leading_literal().starts_with(prefix) {
        return Formed::Skip;
    }
    let mut name = Text::literal(&value.leading_literal()[prefix.len()..]);
    value.parts()[1..].iter().for_each(|part| name.push(part.clone()));
    secret(&name, scope)
}
