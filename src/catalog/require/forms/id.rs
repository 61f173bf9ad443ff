//! Ids that say what they are of, and ids inside something longer: a path, a host.

use super::{Formed, Scope};
use crate::catalog::require::request::after_last;
use crate::model::{Part, Text};

/// `/hostedzone/Z1` and `Z1` are the same zone.
pub fn after_path(value: &Text, _: &Scope) -> Formed {
    if value.is_arn() {
        return Formed::Whole(value.clone());
    }
    Formed::Segment(after_last(value, '/').unwrap_or_else(|| value.clone()))
}

/// An image by its id; any, where a parameter names it (`resolve:ssm:`).
pub fn image(value: &Text, _: &Scope) -> Formed {
    let named = value.leading_literal().starts_with("resolve:ssm:");
    Formed::Segment(if named { Text::any() } else { value.clone() })
}

/// The first label of a host: `abc` of `abc.dsql.eu-west-1.on.aws`.
pub fn host_label(value: &Text, _: &Scope) -> Formed {
    before(value, '.')
}

/// The project of a build: `site` of `site:1a2b`.
pub fn before_colon(value: &Text, _: &Scope) -> Formed {
    if value.is_arn() {
        return Formed::Segment(Text::any());
    }
    before(value, ':')
}

fn before(value: &Text, end: char) -> Formed {
    let mut label = Text::default();
    for part in value.parts() {
        let Part::Literal(text) = part else {
            label.push(part.clone());
            continue;
        };
        if let Some((before, _)) = text.split_once(end) {
            label.push_str(before);
            return Formed::Segment(label);
        }
        label.push_str(text);
    }
    // A whole host or id in one opaque value tells nothing of what it begins with.
    Formed::Segment(if value.as_literal().is_some() { label } else { Text::any() })
}

/// What ARNs call the scopes of AWS WAF. What protects `CloudFront` is in one region, whichever calls it.
pub fn waf_scope(value: &Text, scope: &Scope) -> Formed {
    match value.as_literal() {
        Some("REGIONAL") => Formed::Segment(Text::literal("regional")),
        Some("CLOUDFRONT") => {
            let mut arn = scope.arn("wafv2", &Text::literal("us-east-1"), &scope.account);
            arn.push_str("global");
            Formed::Whole(arn)
        }
        // The client's region is right for either.
        _ => Formed::Segment(Text::any()),
    }
}

/// An id without a prefix: twelve digits.
pub fn account(value: &Text, _: &Scope) -> Formed {
    let leading = value.leading_literal();
    let fits = leading.bytes().all(|byte| byte.is_ascii_digit());
    if fits { Formed::Segment(value.clone()) } else { Formed::Skip }
}

pub fn organizational_unit(value: &Text, _: &Scope) -> Formed {
    prefixed(value, "ou-")
}

pub fn root(value: &Text, _: &Scope) -> Formed {
    prefixed(value, "r-")
}

pub fn policy(value: &Text, _: &Scope) -> Formed {
    prefixed(value, "p-")
}

/// The id, unless it plainly begins otherwise. The prefix is part of the ARN.
fn prefixed(value: &Text, prefix: &str) -> Formed {
    let leading = value.leading_literal();
    let shared = leading.len().min(prefix.len());
    if leading.as_bytes()[..shared] != prefix.as_bytes()[..shared] {
        return Formed::Skip;
    }
    if value.is_unknown() || value.is_wildcard() || leading.is_empty() {
        let mut id = Text::literal(prefix);
        id.push(Part::Any);
        return Formed::Segment(id);
    }
    Formed::Segment(value.clone())
}
