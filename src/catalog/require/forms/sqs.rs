//! Queue URLs. The region and the account are the URL's, for a queue may be in another of either.

use super::{Formed, Scope};
use crate::catalog::require::request::after_last;
use crate::model::{Part, Shape, Text};

/// `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME` and its older spellings, in whole or in part known.
pub fn queue(value: &Text, scope: &Scope) -> Formed {
    if let Some(part) = value.as_part() {
        match part {
            Part::Resource { shape: Shape::Arn, .. } => return Formed::Whole(value.clone()),
            Part::Resource { id, shape: Shape::Url, .. } => {
                let attribute = Some("Arn".into());
                return Formed::Whole(Part::Resource { id: id.clone(), attribute, shape: Shape::Arn }.into());
            }
            Part::Resource { shape: Shape::Name, .. } => return Formed::Segment(value.clone()),
            Part::Literal(text) => return Formed::Whole(from_literal(text, scope)),
            part if part.looks_like_arn() => return Formed::Whole(value.clone()),
            // Whose value it is can be told, though not what it says.
            Part::Env(_) => return Formed::Segment(value.clone()),
            _ => return Formed::Segment(Text::any()),
        }
    }
    if value.is_arn() {
        return Formed::Whole(value.clone());
    }
    let Some(name) = after_last(value, '/') else { return Formed::Segment(Text::any()) };
    let account = account_before_name(value).unwrap_or_else(|| scope.account.clone());
    let region = region_of_host(value).unwrap_or_else(|| scope.region.clone());
    let mut arn = scope.arn("sqs", &region, &account);
    if name.is_empty() {
        arn.push(Part::Any);
    } else {
        arn.append(&name);
    }
    Formed::Whole(arn)
}

fn from_literal(url: &str, scope: &Scope) -> Text {
    if url.starts_with("arn:") {
        return Text::literal(url);
    }
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let mut segments = rest.split('/').filter(|segment| !segment.is_empty());
    // Without a scheme and a path it is a queue's name: some SDKs' wrappers take either.
    let host = if rest.contains('/') { segments.next().unwrap_or_default() } else { "" };
    let segments: Vec<&str> = segments.collect();
    let name = segments.last().copied().unwrap_or_default();
    let account = segments
        .len()
        .checked_sub(2)
        .map(|at| segments[at])
        .filter(|account| account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()));
    let region = literal_region(host);
    let mut arn = scope.arn(
        "sqs",
        &region.map_or_else(|| scope.region.clone(), Text::literal),
        &account.map_or_else(|| scope.account.clone(), Text::literal),
    );
    arn.push_str(name);
    arn
}

fn literal_region(host: &str) -> Option<&str> {
    let host = host.split(':').next().unwrap_or(host);
    let labels: Vec<&str> = host.split('.').collect();
    match labels.as_slice() {
        ["sqs", region, "amazonaws", ..] | [region, "queue", "amazonaws", ..] => Some(region),
        ["queue", "amazonaws", ..] => Some("us-east-1"),
        _ => None,
    }
}

/// The text between the last two slashes, where it is known.
fn account_before_name(url: &Text) -> Option<Text> {
    let mut head = Text::default();
    let parts = url.parts();
    let at = parts.iter().rposition(|part| matches!(part, Part::Literal(text) if text.contains('/')))?;
    parts[..at].iter().for_each(|part| head.push(part.clone()));
    if let Part::Literal(text) = &parts[at] {
        head.push_str(text.rsplit_once('/')?.0);
    }
    let account = after_last(&head, '/')?;
    let known = match account.as_literal() {
        Some(text) => text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()),
        None => matches!(account.as_part(), Some(Part::Pseudo(_) | Part::Parameter(_) | Part::Env(_))),
    };
    known.then_some(account)
}

/// The region of `https://sqs.${region}.amazonaws.com/…`, known or not.
fn region_of_host(url: &Text) -> Option<Text> {
    let [Part::Literal(head), rest @ ..] = url.parts() else { return None };
    let host = head.split_once("://")?.1;
    if host.contains('/') {
        return literal_region(host.split('/').next()?).map(Text::literal);
    }
    match rest {
        [part, Part::Literal(tail), ..] if host == "sqs." && tail.starts_with(".amazonaws") => {
            Some(part.clone().into())
        }
        _ => None,
    }
}
