//! A build without the live sources says so, and how to get one that has them.

#![cfg(not(feature = "aws"))]

use std::process::Command;

#[test]
fn a_live_source_names_the_feature() {
    for source in ["s3://logs/trails", "cloudtrail://", "athena://audit.trail", "lake://0f4a5c4e"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scopedown"));
        let output = command.args(["trail", "summarize", source]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2));
        assert!(said.contains("no live sources") && said.contains("--features aws"), "{said}");
    }
}

#[test]
fn what_is_no_source_is_said_before_anything_is_read() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scopedown"));
    let output = command.args(["trail", "summarize", "ftp://logs"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("`ftp://logs` is no source of logs"));
}
