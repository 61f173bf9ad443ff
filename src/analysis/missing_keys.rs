//! The trap of a missing key: S3 answers 403, not 404, to who may read an object but not list its bucket. Code that
//! handles "not found" then never sees it. Listing a bucket is more than reading a key, so it is granted only where a
//! person asks for it (`--missing-keys`); where the code plainly waits for the 404, a note says so.
//!
//! Whether it waits is read off the words of the file, not off its control flow.

use std::fs;
use std::path::Path;

use crate::model::{Call, Grant, Note};

/// Words that only code has which handles a missing key.
const WORDS: [&str; 6] =
    ["NoSuchKey", "no_such_key", "\"404\"", "'404'", "statusCode === 404", "statusCode == 404"];

/// A note on every read of an object in a file that handles a missing key, of a bucket that may not be listed.
pub fn notes(root: &Path, calls: &[Call], grants: &[Grant]) -> Vec<Note> {
    if grants.iter().any(|grant| grant.action.as_str() == "s3:ListBucket" && grant.condition.is_empty()) {
        return Vec::new();
    }
    let reads = |call: &&Call| {
        call.reachable
            && call.service == "s3"
            && matches!(call.operation.as_str(), "GetObject" | "HeadObject")
    };
    let handles = |call: &&Call| {
        let source = fs::read_to_string(root.join(&call.place.file)).unwrap_or_default();
        WORDS.iter().any(|word| source.contains(word))
    };
    calls.iter().filter(reads).filter(handles).map(note).collect()
}

fn note(call: &Call) -> Note {
    let message = format!(
        "`{}:{}` answers 403, not 404, for a key that does not exist unless the role may list the bucket, and this file handles a missing key",
        call.service, call.operation
    );
    Note::new("missing-key", message)
        .at(call.place.file.clone(), call.place.line, call.place.column)
        .help("--missing-keys also allows s3:ListBucket on the buckets that are read")
}
