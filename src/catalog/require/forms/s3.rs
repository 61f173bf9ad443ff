//! Buckets, access points, copy sources and `s3://` locations.

use super::{Formed, Scope};
use crate::model::{Part, Text};

/// The bucket, or the access point that stands in its place. A directory bucket is not one of these.
pub fn bucket(value: &Text, _: &Scope) -> Formed {
    if is_directory(value) {
        return Formed::Skip;
    }
    if value.is_arn() { Formed::Whole(value.clone()) } else { Formed::Segment(value.clone()) }
}

/// The same before `/KEY`: an access point's objects have a path of their own.
pub fn object_bucket(value: &Text, scope: &Scope) -> Formed {
    let access_point = value.is_arn()
        && value
            .parts()
            .iter()
            .any(|part| matches!(part, Part::Literal(text) if text.contains(":accesspoint/")));
    match bucket(value, scope) {
        Formed::Whole(mut arn) if access_point => {
            arn.push_str("/object");
            Formed::Whole(arn)
        }
        formed => formed,
    }
}

/// A directory bucket's name ends in its zone and `--x-s3`; all access to its objects is by session.
pub fn directory_bucket(value: &Text, _: &Scope) -> Formed {
    if is_directory(value) { Formed::Segment(value.clone()) } else { Formed::Skip }
}

fn is_directory(bucket: &Text) -> bool {
    matches!(bucket.parts().last(), Some(Part::Literal(text)) if text.ends_with("--x-s3"))
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
