//! Every sample with an `expected/policy.json` gets exactly that from `scopedown generate`.

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn every_sample_gets_the_policy_beside_it() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut checked = 0;
    for entry in fs::read_dir(&samples).unwrap() {
        let sample = entry.unwrap().path();
        let Ok(expected) = fs::read_to_string(sample.join("expected/policy.json")) else { continue };
        let done = Command::new(env!("CARGO_BIN_EXE_scopedown"))
            .args(["generate", "--quiet"])
            .arg(&sample)
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(done.stdout).unwrap(), expected, "{}", sample.display());
        assert_eq!(done.status.code(), Some(0), "{}", sample.display());
        checked += 1;
    }
    assert!(checked > 0, "there are samples");
}

/// What the reference names besides is told where it may matter, which is not what functions do every day.
#[test]
fn no_sample_is_told_of_dependent_actions() {
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")).unwrap() {
        let sample = entry.unwrap().path();
        let done =
            Command::new(env!("CARGO_BIN_EXE_scopedown")).arg("generate").arg(&sample).output().unwrap();
        let said = String::from_utf8(done.stderr).unwrap();
        assert!(!said.contains("(dependent-action)"), "{}: {said}", sample.display());
    }
}

/// The same work needs the same, whichever language or version of the SDK it is written with.
#[test]
fn the_same_work_gets_one_policy() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let policy =
        |sample: &str| fs::read_to_string(samples.join(sample).join("expected/policy.json")).unwrap();
    for (one, other) in [
        ("node-thumbnailer-v2", "node-thumbnailer-v3"),
        ("node-thumbnailer-bundle", "node-thumbnailer-v3"),
        ("rust-orders-worker", "python-orders-worker"),
    ] {
        assert_eq!(policy(one), policy(other), "{one}");
    }
}

/// What the README shows is what is printed, but for what it leaves out at `…`.
#[test]
fn the_readme_shows_what_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let shown = readme.split("```\n").find(|block| block.starts_with("OrdersApi  ")).unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_scopedown"))
        .args(["generate", "samples/python-orders"])
        .current_dir(root)
        .output()
        .unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    let mut rest = said.as_str();
    for part in shown.split("…\n") {
        let at =
            rest.find(part).unwrap_or_else(|| panic!("the README shows\n{part}\nand printed is\n{said}"));
        rest = &rest[at + part.len()..];
    }
}
