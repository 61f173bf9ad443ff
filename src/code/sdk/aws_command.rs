//! The `aws` command, as code runs it: `["aws", "s3", "cp", source, target]` or the same as one text. Every
//! operation is a subcommand whose name and options are the operation's and its fields' in kebab case; the
//! high-level `s3` commands are told by hand, and what is neither is a note.
//!
//! Misses commands inside scripts, pipes and shell variables.

use crate::catalog;
use crate::code::eval::{Interpreter, Object, Site, Value, Values};
use crate::code::sdk::{Client, Origin};
use crate::model::{Field, Part, Text};

/// Runs every command that the values can be, with the words of a list after it.
pub fn run(it: &mut Interpreter, commands: &Values, arguments: &Values, site: Site) {
    let following: Vec<Text> = arguments
        .iter()
        .next()
        .map_or_else(Vec::new, |list| words(it, list).into_iter().next().unwrap_or_default());
    for command in commands {
        for mut words in words(it, command) {
            words.extend(following.iter().cloned());
            let is_aws = words
                .first()
                .and_then(Text::as_literal)
                .is_some_and(|name| name == "aws" || name.ends_with("/aws"));
            if is_aws {
                run_aws(it, &words[1..], site);
            }
        }
    }
}

/// The words of a command: a list has one an element, a text is split at blanks.
fn words(it: &mut Interpreter, command: &Value) -> Vec<Vec<Text>> {
    if let Some(Object::List { items, .. }) = it.object(command) {
        let items = items.clone();
        let one = |values: &Values| match it.texts(values).as_slice() {
            [text] => text.clone(),
            _ => Text::unknown(),
        };
        return vec![items.iter().map(one).collect()];
    }
    if !matches!(command, Value::Text(_)) {
        return Vec::new();
    }
    it.texts(&command.clone().into()).iter().map(split_words).collect()
}

fn split_words(text: &Text) -> Vec<Text> {
    let mut words = vec![Text::default()];
    for part in text.parts() {
        match part {
            Part::Literal(literal) => {
                for (index, piece) in literal.split(char::is_whitespace).enumerate() {
                    if index > 0 {
                        words.push(Text::default());
                    }
                    let piece = piece.trim_matches(['"', '\'']);
                    words.last_mut().expect("never empty").push_str(piece);
                }
            }
            other => words.last_mut().expect("never empty").push(other.clone()),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn run_aws(it: &mut Interpreter, words: &[Text], site: Site) {
    let (mut positional, mut options) = (Vec::new(), Vec::new());
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        let Some(option) = word.as_literal().and_then(|word| word.strip_prefix("--")) else {
            positional.push(word.clone());
            continue;
        };
        let (option, mut value) = match option.split_once('=') {
            Some((option, value)) => (option, Some(Text::literal(value))),
            None => (option, None),
        };
        // The high-level commands take most of their options without a value.
        let takes_value = !(positional.first().and_then(Text::as_literal) == Some("s3") && is_flag(option));
        if value.is_none() && takes_value {
            value = words.next_if(|next| !next.leading_literal().starts_with("--")).cloned();
        }
        options.push((option.to_owned(), value));
    }
    let service = positional.first().and_then(Text::as_literal).unwrap_or_default().to_owned();
    let verb = positional.get(1).and_then(Text::as_literal).unwrap_or_default().to_owned();
    let region = options.iter().find(|(name, _)| name == "region").and_then(|(_, value)| value.clone());
    let foreign = options.iter().any(|(name, _)| name == "no-sign-request" || name == "profile");
    let origin = Origin { region, foreign };
    let known = match service.as_str() {
        "s3" => high_level_s3(it, &origin, &verb, positional.get(2..).unwrap_or_default(), &options, site),
        _ => operation(it, &origin, &service, &verb, &options, site),
    };
    if !known {
        let message = format!("what `aws {service} {verb}` calls is not known; it is not granted");
        it.note("unresolved-command", site, message);
    }
}

fn is_flag(option: &str) -> bool {
    matches!(
        option,
        "recursive" | "delete" | "quiet" | "dryrun" | "only-show-errors" | "no-progress" | "force"
    ) || option.starts_with("no-")
        || matches!(
            option,
            "summarize" | "human-readable" | "follow-symlinks" | "exact-timestamps" | "size-only"
        )
}

/// `aws dynamodb put-item --table-name orders`.
fn operation(
    it: &mut Interpreter,
    origin: &Origin,
    service: &str,
    verb: &str,
    options: &[(String, Option<Text>)],
    site: Site,
) -> bool {
    let service = if service == "s3api" { "s3" } else { service };
    let found = catalog::find_service(service).and_then(catalog::service);
    let Some((service, operation)) = found.and_then(|service| Some((service, service.operation(verb)?)))
    else {
        return false;
    };
    let mut entries: Vec<(Text, Field)> = Vec::new();
    for (option, value) in options {
        let spelled = option.replace('-', "");
        if let Some(field) = operation.fields.iter().find(|field| field.eq_ignore_ascii_case(&spelled)) {
            // Structures are written in a language of their own, which is not read.
            let value = value.clone().filter(|text| !text.leading_literal().starts_with(['{', '[']));
            let field_value = value.map_or(Field::Unknown, |text| Field::Text(vec![text]));
            entries.push((Text::literal(field), field_value));
        }
    }
    entries.sort();
    entries.dedup_by(|a, b| a.0 == b.0);
    let client =
        Client { service: service.name.clone(), origin: origin.clone(), endpoint: None, certain: true };
    it.record(&client, &operation.name, Field::Map { entries, complete: true }, site);
    true
}

/// `aws s3 cp|mv|sync|rm|ls|mb|rb|presign`.
fn high_level_s3(
    it: &mut Interpreter,
    origin: &Origin,
    verb: &str,
    places: &[Text],
    options: &[(String, Option<Text>)],
    site: Site,
) -> bool {
    let has = |name: &str| options.iter().any(|(option, _)| option == name);
    let many = verb == "sync" || has("recursive");
    let at = |index: usize| places.get(index).and_then(|place| Place::parse(place, many));
    let calls = match (verb, at(0), at(1)) {
        ("cp" | "mv" | "sync", source, target) => {
            copies(verb, many, has("delete"), source.as_ref(), target.as_ref())
        }
        ("ls", None, _) if places.is_empty() => vec![S3Call::new("ListBuckets", &Place::default())],
        (_, Some(place), _) => on_place(verb, many, has("force"), &place),
        _ => Vec::new(),
    };
    for call in &calls {
        call.record(it, origin, site);
    }
    !calls.is_empty()
}

/// What a copy between places of S3, or to or from a file, does.
fn copies(
    verb: &str,
    many: bool,
    delete: bool,
    source: Option<&Place>,
    target: Option<&Place>,
) -> Vec<S3Call> {
    let mut calls = Vec::new();
    if let Some(source) = source {
        calls.push(S3Call::new(if many { "ListObjectsV2" } else { "HeadObject" }, source));
        calls.push(S3Call::new("GetObject", source));
        if verb == "mv" {
            calls.push(S3Call::new("DeleteObject", source));
        }
    }
    if let Some(target) = target {
        let write = if source.is_some() { "CopyObject" } else { "PutObject" };
        calls.push(S3Call { source: source.cloned(), ..S3Call::new(write, target) });
        calls.push(S3Call::new("AbortMultipartUpload", target));
        if verb == "sync" {
            calls.push(S3Call::new("ListObjectsV2", target));
        }
        if delete {
            calls.push(S3Call::new("DeleteObject", target));
        }
    }
    calls
}

fn on_place(verb: &str, many: bool, force: bool, place: &Place) -> Vec<S3Call> {
    let operations: &[&str] = match verb {
        "rm" if many => &["ListObjectsV2", "DeleteObject"],
        "rm" => &["DeleteObject"],
        "ls" => &["ListObjectsV2"],
        "presign" => &["GetObject"],
        "mb" => &["CreateBucket"],
        "rb" if force => &["DeleteBucket", "ListObjectsV2", "DeleteObject"],
        "rb" => &["DeleteBucket"],
        _ => &[],
    };
    operations.iter().map(|operation| S3Call::new(operation, place)).collect()
}

struct S3Call {
    operation: &'static str,
    place: Place,
    /// Of a copy.
    source: Option<Place>,
}

impl S3Call {
    fn new(operation: &'static str, place: &Place) -> Self {
        Self { operation, place: place.clone(), source: None }
    }

    fn record(&self, it: &mut Interpreter, origin: &Origin, site: Site) {
        let Place { bucket, key } = &self.place;
        let mut entries = Vec::new();
        let mut add = |name: &str, text: Text| {
            if !text.is_empty() {
                entries.push((Text::literal(name), Field::Text(vec![text])));
            }
        };
        add("Bucket", bucket.clone());
        match self.operation {
            "CreateBucket" | "DeleteBucket" => {}
            operation if operation.starts_with("List") => add("Prefix", key.clone()),
            _ => add("Key", key.clone()),
        }
        if let Some(source) = &self.source {
            add("CopySource", source.bucket.clone().then(&Text::literal("/")).then(&source.key));
        }
        entries.sort();
        let client = Client { service: "s3".into(), origin: origin.clone(), endpoint: None, certain: true };
        it.record(&client, self.operation, Field::Map { entries, complete: true }, site);
    }
}

/// `s3://bucket/key`.
#[derive(Clone, Default)]
struct Place {
    bucket: Text,
    key: Text,
}

impl Place {
    /// With `many`, everything under the key.
    fn parse(text: &Text, many: bool) -> Option<Self> {
        if !text.leading_literal().starts_with("s3://") {
            return None;
        }
        let (_, path) = text.split_once("s3://")?;
        let (bucket, mut key) = path.split_once("/").unwrap_or((path, Text::default()));
        // A folder takes the name of what is put into it.
        let open = match key.parts().last() {
            None => true,
            Some(Part::Literal(literal)) => literal.ends_with('/'),
            Some(_) => false,
        };
        if many || open {
            key.push(Part::Any);
        }
        Some(Self { bucket, key })
    }
}
