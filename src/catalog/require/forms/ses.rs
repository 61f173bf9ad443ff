//! Sender addresses. SES checks the identity that is verified, which is the address or its domain; the request
//! does not tell which.

use super::{Formed, Scope};
use crate::model::{Part, Text};

/// The address of `"Name" <a@b>`.
pub fn address(value: &Text, _: &Scope) -> Formed {
    if value.is_arn() {
        return Formed::Whole(value.clone());
    }
    Formed::Segment(bare(value))
}

/// The address's domain; any identity where the address is not known. The template's own identity is just that.
pub fn domain(value: &Text, _: &Scope) -> Formed {
    if value.is_arn() || matches!(value.as_part(), Some(Part::Resource { .. })) {
        return Formed::Skip;
    }
    let address = bare(value);
    let parts = address.parts();
    let Some(at) = parts.iter().position(|part| matches!(part, Part::Literal(text) if text.contains('@')))
    else {
        return if address.as_literal().is_some() { Formed::Skip } else { Formed::Segment(Text::any()) };
    };
    let mut domain = Text::default();
    if let Part::Literal(text) = &parts[at]
        && let Some((_, tail)) = text.split_once('@')
    {
        domain.push_str(tail);
    }
    parts[at + 1..].iter().for_each(|part| domain.push(part.clone()));
    Formed::Segment(domain)
}

fn bare(value: &Text) -> Text {
    let parts = value.parts();
    let Some(open) = parts.iter().position(|part| matches!(part, Part::Literal(text) if text.contains('<')))
    else {
        return value.clone();
    };
    let mut inside = Text::default();
    for (at, part) in parts.iter().enumerate().skip(open) {
        let Part::Literal(text) = part else {
            inside.push(part.clone());
            continue;
        };
        let text = if at == open { text.split_once('<').map_or("", |(_, tail)| tail) } else { text };
        if let Some((before, _)) = text.split_once('>') {
            inside.push_str(before);
            return inside;
        }
        inside.push_str(text);
    }
    inside
}
