//! Packs `action-maps/` into one blob, each file deflated on its own, so that the binary carries all of it and
//! a reader pays for the file it opens. Nothing is parsed here.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let maps = Path::new("action-maps");
    println!("cargo::rerun-if-changed={}", maps.display());
    println!("cargo::rerun-if-changed=build.rs");

    let mut files = Vec::new();
    collect(maps, maps, &mut files)?;
    files.sort();

    let mut blob = Vec::new();
    let mut index = String::from("[\n");
    for (name, path) in &files {
        let text = fs::read(path)?;
        let packed = miniz_oxide::deflate::compress_to_vec(&text, 9);
        writeln!(index, "    ({name:?}, {}, {}, {}),", blob.len(), packed.len(), text.len())
            .map_err(io::Error::other)?;
        blob.extend(packed);
    }
    index.push_str("]\n");

    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("no OUT_DIR"))?);
    fs::write(out.join("action-maps.bin"), blob)?;
    fs::write(out.join("action-maps.rs"), index)
}

/// Every data file under `folder`, named relative to `root` with `/`.
fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "json" || extension == "toml") {
            let name =
                path.strip_prefix(root).map_err(io::Error::other)?.to_string_lossy().replace('\\', "/");
            files.push((name, path));
        }
    }
    Ok(())
}
