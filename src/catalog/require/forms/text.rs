//! Forms that need to know nothing but the text.

use super::{Formed, Scope};
use crate::catalog::require::request::after_last;
use crate::model::{Part, Shape, Text};

/// A field that takes nothing but an ARN: an opaque value is one, whatever its name says.
pub fn arn(value: &Text, _: &Scope) -> Formed {
    let opaque = match value.as_part() {
        Some(Part::Resource { shape, .. }) => *shape == Shape::Arn,
        Some(Part::Env(_) | Part::Event(_) | Part::Parameter(_)) => true,
        _ => false,
    };
    if opaque || value.is_arn() { Formed::Whole(value.clone()) } else { Formed::Segment(value.clone()) }
}

/// The ARN has the name in lower case, whatever the request says.
pub fn lower(value: &Text, scope: &Scope) -> Formed {
    if value.is_arn() {
        return arn(value, scope);
    }
    Formed::Segment(value.map(|part| match part {
        Part::Literal(text) => Text::literal(text.to_ascii_lowercase()),
        part => part.clone().into(),
    }))
}

/// An ARN that is all there is to say, whatever the pattern has after it.
pub fn arn_alone(value: &Text, _: &Scope) -> Formed {
    if value.is_arn() { Formed::Alone(value.clone()) } else { Formed::Segment(value.clone()) }
}

/// An ARN as it is; a name tells nothing of the id that the ARN has.
pub fn arn_or_any(value: &Text, _: &Scope) -> Formed {
    if value.is_arn() { Formed::Whole(value.clone()) } else { Formed::Segment(Text::any()) }
}

/// For a field that is not the first of its pattern and may hold the whole ARN nevertheless.
pub fn arn_or_id(value: &Text, _: &Scope) -> Formed {
    if value.is_arn() { Formed::Whole(value.clone()) } else { Formed::Segment(value.clone()) }
}

/// The name at the end of an ARN, or the name.
pub fn last_segment(value: &Text, _: &Scope) -> Formed {
    if !value.is_arn() {
        return Formed::Segment(value.clone());
    }
    Formed::Segment(after_last(value, '/').unwrap_or_else(Text::any))
}

/// `family:3` names one revision; `family` and its ARN mean the latest, whichever that is. A text whose end is
/// not known may have one or not.
pub fn revision(value: &Text, _: &Scope) -> Formed {
    let whole = value.is_arn();
    let mut text = value.clone();
    match value.parts().last() {
        Some(Part::Literal(end)) => {
            let revision = end.rsplit('/').next().and_then(|name| name.rsplit_once(':'));
            let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            if !revision.is_some_and(|(_, revision)| is_number(revision)) {
                text.push_str(":");
                text.push(Part::Any);
            }
        }
        // The ARN of the template's own resource has its revision.
        Some(Part::Resource { .. }) => {}
        Some(part) if part.looks_like_arn() => {}
        _ => text.push(Part::Any),
    }
    if whole { Formed::Whole(text) } else { Formed::Segment(text) }
}

/// ARNs have ids, requests may have names. A literal is taken for an id only if it cannot well be a name.
pub fn appconfig_id(value: &Text, _: &Scope) -> Formed {
    let is_id = |text: &str| {
        text.len() == 7
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            && text.bytes().any(|byte| byte.is_ascii_digit())
    };
    let kept = match value.as_part() {
        Some(Part::Literal(text)) => is_id(text),
        Some(Part::Resource { .. }) => true,
        _ => false,
    };
    Formed::Segment(if kept { value.clone() } else { Text::any() })
}

/// A log group's name or ARN, without the `:*` that some APIs print after the ARN.
pub fn log_group(value: &Text, _: &Scope) -> Formed {
    if !value.is_arn() {
        return Formed::Segment(value.clone());
    }
    match value.as_literal() {
        Some(text) => Formed::Whole(Text::literal(text.strip_suffix(":*").unwrap_or(text))),
        None => Formed::Whole(value.clone()),
    }
}

/// What stands between `rule/` and the rule's name: nothing on the default bus, `BUS/` on any other.
pub fn rule_bus(value: &Text, scope: &Scope) -> Formed {
    let name = match value.as_literal() {
        Some("default") => return Formed::Segment(Text::default()),
        Some(text) if text.starts_with("arn:") => {
            let fields: Vec<&str> = text.splitn(6, ':').collect();
            let name = fields.get(5).and_then(|resource| resource.strip_prefix("event-bus/")).unwrap_or("*");
            let mut arn = scope.arn(
                "events",
                &Text::literal(fields.get(3).unwrap_or(&"")),
                &Text::literal(fields.get(4).unwrap_or(&"")),
            );
            arn.push_str("rule/");
            if name != "default" {
                arn.push_str(name);
                arn.push_str("/");
            }
            return Formed::Whole(arn);
        }
        // The bus inside an opaque ARN, or the default one: the rule's name is all that is known.
        _ if value.is_arn() || value.is_unknown() => return Formed::Segment(Text::any()),
        _ => value,
    };
    let mut segment = name.clone();
    segment.push_str("/");
    Formed::Segment(segment)
}

/// A subscription's ARN is its topic's with one more field.
pub fn subscribed_topic(value: &Text, _: &Scope) -> Formed {
    match value.as_literal() {
        Some(text) if text.starts_with("arn:") && text.matches(':').count() == 6 => {
            Formed::Whole(Text::literal(text.rsplit_once(':').map_or(text, |(topic, _)| topic)))
        }
        Some(text) if text.starts_with("arn:") => Formed::Whole(value.clone()),
        _ => Formed::Segment(Text::any()),
    }
}

/// The text without any of `character` at its start.
pub fn drop_leading(value: &Text, character: char) -> Text {
    let mut parts = value.parts().iter();
    let Some(Part::Literal(first)) = value.parts().first() else { return value.clone() };
    parts.next();
    let mut text = Text::literal(first.trim_start_matches(character));
    parts.for_each(|part| text.push(part.clone()));
    text
}
