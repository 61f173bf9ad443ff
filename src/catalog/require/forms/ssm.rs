//! Systems Manager names: parameters with and without slashes, selectors, and documents that AWS owns.

use super::text::drop_leading;
use super::{Formed, Scope};
use crate::model::{Part, Text};

/// The ARN has one slash between `parameter` and the name, whether or not the name begins with one. `name:3`
/// and `name:label` are the same parameter. Parameters under `/aws/service` are in no account.
pub fn parameter(value: &Text, scope: &Scope) -> Formed {
    if value.is_arn() {
        return Formed::Whole(value.clone());
    }
    // A path may be written with a slash at its end; what it names has none.
    let name = without_last_slash(&without_selector(value));
    if name.leading_literal().starts_with("/aws/service/") {
        let mut arn = scope.arn("ssm", &scope.region, &Text::default());
        arn.push_str("parameter");
        return Formed::Whole(arn.then(&name));
    }
    // A template's parameter may hold the name with its slash or without: `parameter*/app/x`, `parameter*x`.
    if let Some(Part::Parameter(_)) = name.parts().first() {
        let mut arn = scope.arn("ssm", &scope.region, &scope.account);
        arn.push_str("parameter");
        arn.push(Part::Any);
        return Formed::Whole(arn.then(&name));
    }
    Formed::Segment(drop_leading(&name, '/'))
}

/// The parameter that names an image: `resolve:ssm:/images/base:3`.
pub fn image_parameter(value: &Text, scope: &Scope) -> Formed {
    let Some(head) = value.leading_literal().strip_prefix("resolve:ssm:") else { return Formed::Skip };
    let mut name = Text::literal(head);
    value.parts()[1..].iter().for_each(|part| name.push(part.clone()));
    parameter(&name, scope)
}

/// Everything below a path, with or without a slash at its end.
pub fn parameters_under(value: &Text, scope: &Scope) -> Formed {
    match parameter(value, scope) {
        Formed::Segment(path) => Formed::Segment(below(&path)),
        Formed::Whole(path) => Formed::Whole(below(&path)),
        other => other,
    }
}

fn without_last_slash(path: &Text) -> Text {
    let last = path.parts().len().saturating_sub(1);
    let mut kept = Text::default();
    for (index, part) in path.parts().iter().enumerate() {
        match part {
            Part::Literal(text) if index == last => kept.push_str(text.trim_end_matches('/')),
            part => kept.push(part.clone()),
        }
    }
    kept
}

fn below(path: &Text) -> Text {
    let mut below = without_last_slash(path);
    if !below.is_empty() {
        below.push_str("/");
    }
    below.then(&Text::any())
}

fn without_selector(name: &Text) -> Text {
    let mut kept = Text::default();
    for part in name.parts() {
        if let Part::Literal(text) = part
            && let Some((before, _)) = text.split_once(':')
        {
            kept.push_str(before);
            return kept;
        }
        kept.push(part.clone());
    }
    kept
}

/// Documents that AWS owns are in no account of the caller's.
pub fn document(value: &Text, scope: &Scope) -> Formed {
    owned(value, scope, "document/")
}

/// The same for the documents that automations run, whose ARN has another word for them.
pub fn automation(value: &Text, scope: &Scope) -> Formed {
    owned(value, scope, "automation-definition/")
}

fn owned(value: &Text, scope: &Scope, kind: &str) -> Formed {
    if value.is_arn() {
        return Formed::Whole(value.clone());
    }
    let leading = value.leading_literal();
    if leading.starts_with("AWS") || leading.starts_with("Amazon") {
        let mut arn = scope.arn("ssm", &scope.region, &Text::any());
        arn.push_str(kind);
        return Formed::Whole(arn.then(value));
    }
    Formed::Segment(value.clone())
}

pub fn instance(value: &Text, _: &Scope) -> Formed {
    if value.leading_literal().starts_with("mi-") { Formed::Skip } else { Formed::Segment(value.clone()) }
}

/// Only an id that says so is a managed instance's.
pub fn managed_instance(value: &Text, _: &Scope) -> Formed {
    if value.leading_literal().starts_with("mi-") { Formed::Segment(value.clone()) } else { Formed::Skip }
}
