//! The files of `action-maps/`, as the build script packed them: names sorted, each file deflated on its own.
//! Opening one touches no other, and starting the program touches none.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

static BLOB: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/action-maps.bin"));

/// Name, offset into the blob, packed length, length.
#[expect(clippy::unreadable_literal, reason = "offsets, written by the build script and read by nobody")]
static INDEX: &[(&str, usize, usize, usize)] = &include!(concat!(env!("OUT_DIR"), "/action-maps.rs"));

/// The text of a file, named relative to `action-maps/`.
pub fn text(name: &str) -> Option<String> {
    let at = INDEX.binary_search_by(|(other, ..)| (*other).cmp(name)).ok()?;
    let (_, offset, packed, length) = INDEX[at];
    let bytes = miniz_oxide::inflate::decompress_to_vec_with_limit(&BLOB[offset..offset + packed], length)
        .expect("the build script deflated it");
    Some(String::from_utf8(bytes).expect("the data files are UTF-8"))
}

/// What the files of one folder say, each decoded when it is first asked for. A file goes by its name without
/// folder and extension: `s3` of `services/sdk/s3.json`.
pub struct Folder<T> {
    slots: LazyLock<BTreeMap<&'static str, OnceLock<T>>>,
    decode: fn(&'static str) -> T,
}

impl<T> Folder<T> {
    /// `list` is [`slots`] of the folder; `decode` is given a file's name.
    pub const fn new(
        list: fn() -> BTreeMap<&'static str, OnceLock<T>>,
        decode: fn(&'static str) -> T,
    ) -> Self {
        Self { slots: LazyLock::new(list), decode }
    }

    pub fn get(&'static self, name: &str) -> Option<&'static T> {
        let (name, slot) = self.slots.get_key_value(name)?;
        Some(slot.get_or_init(|| (self.decode)(name)))
    }

    /// In order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.slots.keys().copied()
    }
}

/// An empty slot for every file of a folder; `folder` ends in `/`.
pub fn slots<T>(folder: &str) -> BTreeMap<&'static str, OnceLock<T>> {
    stems(folder).map(|stem| (stem, OnceLock::new())).collect()
}

/// The names of the files of a folder, without folder and extension, in order.
pub fn stems(folder: &str) -> impl Iterator<Item = &'static str> {
    let start = INDEX.partition_point(|(name, ..)| *name < folder);
    INDEX[start..]
        .iter()
        .map_while(move |(name, ..)| name.strip_prefix(folder)?.rsplit_once('.').map(|(stem, _)| stem))
}

/// The files of a folder, decoded or not; for tests that read all of them.
#[cfg(test)]
pub fn all(folder: &str) -> Vec<&'static str> {
    let names: Vec<&str> = stems(folder).collect();
    assert!(!names.is_empty(), "`{folder}` is empty");
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_data_file_on_disk_is_embedded() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/action-maps");
        let mut on_disk: Vec<String> = walkdir::WalkDir::new(root)
            .into_iter()
            .filter_map(Result::ok)
            .filter(|entry| entry.path().extension().is_some_and(|kind| kind == "json" || kind == "toml"))
            .map(|entry| entry.path().strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/"))
            .collect();
        on_disk.sort();
        let embedded: Vec<&str> = INDEX.iter().map(|(name, ..)| *name).collect();
        assert_eq!(on_disk, embedded);
        for name in embedded {
            let path = format!("{root}/{name}");
            assert_eq!(text(name).unwrap(), std::fs::read_to_string(path).unwrap(), "{name}");
        }
    }
}
