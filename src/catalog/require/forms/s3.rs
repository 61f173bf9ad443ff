//! Buckets, access points, copy sources and `s3://` locations.

use super::{Formed, Scope};
use crate::model::{Part, Text};

/// The bucket, or the access point that stands in its place. A directory bucket, an Object Lambda access point and
/// one on an Outpost are none of these: they have actions of their own.
pub fn bucket(value: &Text, scope: &Scope) -> Formed {
    if is_directory(value) || is_object_lambda(value) || is_outpost(value) {
        return Formed::Skip;
    }
    if let Some(point) = aliased(value) {
        let mut arn = scope.arn("s3", &scope.region, &scope.account);
        arn.push_str("accesspoint/");
        return Formed::Whole(arn.then(&point));
    }
    if value.is_arn() { Formed::Whole(value.clone()) } else { Formed::Segment(value.clone()) }
}

/// The same before `/KEY`: an access point's objects have a path of their own.
pub fn object_bucket(value: &Text, scope: &Scope) -> Formed {
    let access_point = aliased(value).is_some() || (value.is_arn() && says(value, ":accesspoint/"));
    match bucket(value, scope) {
        Formed::Whole(mut arn) if access_point => {
            arn.push_str("/object");
            Formed::Whole(arn)
        }
        formed => formed,
    }
}

/// A directory bucket's name ends in its zone and `--x-s3`, an access point's of one in `--xa-s3`; all access to the
/// objects is by a session with the one or the other.
pub fn directory_bucket(value: &Text, scope: &Scope) -> Formed {
    if !is_directory(value) {
        Formed::Skip
    } else if ends_in(value, ACCESS_POINT) && !value.is_arn() {
        let mut arn = scope.arn("s3express", &scope.region, &scope.account);
        arn.push_str("accesspoint/");
        Formed::Whole(arn.then(value))
    } else {
        Formed::Segment(value.clone())
    }
}

/// The same where the operation is for directory buckets alone, whatever the name looks like.
pub fn session_bucket(value: &Text, scope: &Scope) -> Formed {
    match directory_bucket(value, scope) {
        Formed::Skip => Formed::Segment(value.clone()),
        formed => formed,
    }
}

const ACCESS_POINT: &str = "--xa-s3";

fn is_directory(bucket: &Text) -> bool {
    ends_in(bucket, "--x-s3") || ends_in(bucket, ACCESS_POINT)
}

/// An Object Lambda access point by its ARN; by its alias it may be any, for the alias does not say its name.
pub fn object_lambda(value: &Text, _: &Scope) -> Formed {
    match (is_object_lambda(value), value.is_arn()) {
        (true, true) => Formed::Whole(value.clone()),
        (true, false) => Formed::Segment(Text::any()),
        (false, _) => Formed::Skip,
    }
}

fn is_object_lambda(value: &Text) -> bool {
    ends_in(value, "--ol-s3") || (value.is_arn() && says(value, ":s3-object-lambda:"))
}

/// An access point of a bucket on an Outpost.
pub fn outpost(value: &Text, _: &Scope) -> Formed {
    if is_outpost(value) { Formed::Whole(value.clone()) } else { Formed::Skip }
}

fn is_outpost(value: &Text) -> bool {
    value.is_arn() && says(value, ":s3-outposts:")
}

/// The name of the access point behind an alias: `NAME-METADATA-s3alias`, the metadata of 34 characters, the name
/// cut after 20.
fn aliased(value: &Text) -> Option<Text> {
    const METADATA: usize = 34;
    const NAME: usize = 20;
    if !ends_in(value, "-s3alias") {
        return None;
    }
    let name = value.as_literal().and_then(|alias| {
        let (name, metadata) = alias.strip_suffix("-s3alias")?.rsplit_once('-')?;
        (metadata.len() == METADATA).then_some(name)
    });
    let mut point = Text::literal(name.unwrap_or_default());
    if name.is_none_or(|name| name.len() >= NAME) {
        point.push(Part::Any);
    }
    Some(point)
}

fn ends_in(value: &Text, suffix: &str) -> bool {
    matches!(value.parts().last(), Some(Part::Literal(text)) if text.ends_with(suffix))
}

fn says(value: &Text, word: &str) -> bool {
    value.parts().iter().any(|part| matches!(part, Part::Literal(text) if text.contains(word)))
}

/// The directory bucket of a copy's source.
pub fn directory_source(value: &Text, scope: &Scope) -> Formed {
    source_directory(&split_version(value).0).map_or(Formed::Skip, |bucket| directory_bucket(&bucket, scope))
}

fn source_directory(source: &Text) -> Option<Text> {
    let source = super::text::drop_leading(source, '/');
    let (bucket, _) = source.split_once("/")?;
    is_directory(&bucket).then_some(bucket)
}

/// `bucket/key` or `/bucket/key`, percent-encoded, without a version.
pub fn copy_source(value: &Text, _: &Scope) -> Formed {
    let (source, version) = split_version(value);
    if version { Formed::Skip } else { source_object(source) }
}

/// The same where the text asks for a version.
pub fn copy_source_version(value: &Text, _: &Scope) -> Formed {
    let (source, version) = split_version(value);
    if version { source_object(source) } else { Formed::Skip }
}

fn split_version(source: &Text) -> (Text, bool) {
    let mut kept = Text::default();
    for part in source.parts() {
        match part {
            Part::Literal(text) => {
                if let Some((before, _)) = text.split_once("?versionId=") {
                    kept.push_str(&percent_decoded(before));
                    return (kept, true);
                }
                kept.push_str(&percent_decoded(text));
            }
            part => kept.push(part.clone()),
        }
    }
    (kept, false)
}

fn source_object(source: Text) -> Formed {
    if source_directory(&source).is_some() {
        return Formed::Skip;
    }
    if source.is_arn() {
        return Formed::Whole(source);
    }
    let source = super::text::drop_leading(&source, '/');
    let has_key = source.parts().iter().any(|part| matches!(part, Part::Literal(text) if text.contains('/')));
    if has_key {
        return Formed::Segment(source);
    }
    // One opaque value holds both bucket and key.
    let mut both = Text::any();
    both.push_str("/");
    both.push(Part::Any);
    Formed::Segment(both)
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}

/// `s3://bucket/prefix` → `bucket/prefix/*`: what is written or read under it.
pub fn location(value: &Text, _: &Scope) -> Formed {
    let Some(mut path) = without_scheme(value) else { return Formed::Segment(any_object()) };
    let ends_in_slash = matches!(path.parts().last(), Some(Part::Literal(text)) if text.ends_with('/'));
    if !ends_in_slash {
        path.push_str("/");
    }
    path.push(Part::Any);
    Formed::Segment(path)
}

/// The object of `s3://bucket/key`; nothing for other ways to say where it is.
pub fn located_object(value: &Text, _: &Scope) -> Formed {
    without_scheme(value).map_or(Formed::Skip, Formed::Segment)
}

/// The bucket of `s3://bucket/prefix`.
pub fn location_bucket(value: &Text, _: &Scope) -> Formed {
    let Some(path) = without_scheme(value) else { return Formed::Segment(Text::any()) };
    let mut bucket = Text::default();
    for part in path.parts() {
        match part {
            Part::Literal(text) => match text.split_once('/') {
                Some((name, _)) => {
                    bucket.push_str(name);
                    break;
                }
                None => bucket.push_str(text),
            },
            part => bucket.push(part.clone()),
        }
    }
    Formed::Segment(bucket)
}

fn without_scheme(value: &Text) -> Option<Text> {
    let tail = value.leading_literal().strip_prefix("s3://")?;
    let mut path = Text::literal(tail);
    value.parts()[1..].iter().for_each(|part| path.push(part.clone()));
    Some(path)
}

fn any_object() -> Text {
    let mut text = Text::any();
    text.push_str("/");
    text.push(Part::Any);
    text
}

/// A listing's prefix as a condition's value: the literal that it begins with, and anything after. Nothing where
/// it begins with something unknown: a wrong condition denies.
pub fn prefix(value: &Text, _: &Scope) -> Formed {
    let literal = value.leading_literal();
    if literal.is_empty() {
        return Formed::Skip;
    }
    let mut text = Text::literal(literal);
    text.push(Part::Any);
    Formed::Segment(text)
}
