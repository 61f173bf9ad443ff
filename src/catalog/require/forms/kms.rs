//! KMS key ids. An alias authorises no use of its key: the key behind it does, which the alias does not tell, so
//! the resource is any key and the alias becomes a condition.

use super::{Formed, Scope};
use crate::model::{Part, Text};

/// A key's id or ARN; any key of the alias's account and region, where the request names an alias.
pub fn key(value: &Text, scope: &Scope) -> Formed {
    if alias_name(value).is_none() {
        return if value.is_arn() { Formed::Whole(value.clone()) } else { Formed::Segment(value.clone()) };
    }
    if !value.is_arn() {
        return Formed::Segment(Text::any());
    }
    let mut arn = match value.leading_literal().split_once(":alias/") {
        Some((head, _)) => Text::literal(format!("{head}:")),
        None => scope.arn("kms", &scope.region, &scope.account),
    };
    arn.push_str("key/");
    arn.push(Part::Any);
    Formed::Whole(arn)
}

/// The same for a key that a service uses on the request's behalf: one that AWS manages needs no permission.
pub fn customer_key(value: &Text, scope: &Scope) -> Formed {
    let managed = alias_name(value).is_some_and(|name| name.leading_literal().starts_with("alias/aws/"));
    if managed { Formed::Skip } else { key(value, scope) }
}

/// The alias that the request names, for a condition; nothing where it names a key.
pub fn alias(value: &Text, _: &Scope) -> Formed {
    alias_name(value).map_or(Formed::Skip, Formed::Segment)
}

/// `alias/NAME`, of itself or of its ARN.
fn alias_name(value: &Text) -> Option<Text> {
    if value.leading_literal().starts_with("alias/") {
        return Some(value.clone());
    }
    let at_alias = |part: &Part| matches!(part, Part::Literal(text) if text.contains(":alias/"));
    let at = value.parts().iter().position(at_alias).filter(|_| value.is_arn())?;
    let Part::Literal(text) = &value.parts()[at] else { return None };
    let mut name = Text::literal(format!("alias/{}", text.split_once(":alias/")?.1));
    for part in &value.parts()[at + 1..] {
        name.push(part.clone());
    }
    Some(name)
}
