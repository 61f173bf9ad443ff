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

/// Which version of the SDK the same work uses, and whether it is bundled, makes no difference to its policy.
#[test]
fn the_thumbnailers_get_one_policy() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let policy = |form: &str| {
        let sample = samples.join(format!("node-thumbnailer-{form}"));
        fs::read_to_string(sample.join("expected/policy.json")).unwrap()
    };
    for form in ["v2", "bundle"] {
        assert_eq!(policy(form), policy("v3"), "{form}");
    }
}
