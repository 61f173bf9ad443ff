//! Secrets Manager names and KMS key ids: what a request says and what the ARN says are not the same.

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

/// A key's id or ARN. An alias authorises nothing: the key behind it does, which a name does not tell.
pub fn key(value: &Text, scope: &Scope) -> Formed {
    let leading = value.leading_literal();
    if leading.starts_with("alias/") {
        return Formed::Segment(Text::any());
    }
    if let Some((head, _)) = alias_arn(leading) {
        let mut arn = Text::literal(head);
        arn.push_str("key/");
        arn.push(Part::Any);
        return Formed::Whole(arn);
    }
    if value.is_arn() {
        return match value.as_part() {
            Some(_) => Formed::Whole(value.clone()),
            None if is_alias_with_parts(value) => {
                let mut arn = scope.arn("kms", &scope.region, &scope.account);
                arn.push_str("key/");
                arn.push(Part::Any);
                Formed::Whole(arn)
            }
            None => Formed::Whole(value.clone()),
        };
    }
    Formed::Segment(value.clone())
}

/// The alias that the request names, for a condition; nothing where it names a key.
pub fn alias(value: &Text, _: &Scope) -> Formed {
    let leading = value.leading_literal();
    if leading.starts_with("alias/") {
        return Formed::Segment(value.clone());
    }
    let at =
        value.parts().iter().position(|part| matches!(part, Part::Literal(text) if text.contains(":alias/")));
    let (Some(at), true) = (at, value.is_arn()) else { return Formed::Skip };
    let mut name = Text::default();
    if let Part::Literal(text) = &value.parts()[at]
        && let Some((_, tail)) = text.split_once(":alias/")
    {
        name.push_str("alias/");
        name.push_str(tail);
    }
    value.parts()[at + 1..].iter().for_each(|part| name.push(part.clone()));
    Formed::Segment(name)
}

fn alias_arn(literal: &str) -> Option<(&str, &str)> {
    let at = literal.find(":alias/").filter(|_| literal.starts_with("arn:"))?;
    Some((&literal[..=at], &literal[at + 1..]))
}

fn is_alias_with_parts(value: &Text) -> bool {
    value.parts().iter().any(|part| matches!(part, Part::Literal(text) if text.contains(":alias/")))
}
