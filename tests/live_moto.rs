//! The stand-in for AWS that the live tests run against: it starts, takes calls and is gone afterwards.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "common/moto.rs"]
mod moto;

use moto::Moto;

#[test]
#[ignore = "needs the programs that `cargo xtask test` installs"]
fn the_server_takes_calls_and_ends_with_its_value() {
    let moto = Moto::start();
    let trust = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let role = [("RoleName", "orders"), ("AssumeRolePolicyDocument", trust)];
    let (status, answer) = moto.query("iam", "CreateRole", &role);
    assert_eq!(status, 200, "{answer}");
    assert!(answer.contains("role/orders"));
    moto.create_bucket("logs");
    moto.put_object("logs", "a/b.json", b"{}");
    let port = moto.port();
    drop(moto);
    assert!(moto::request(port, "GET", "/", &[], b"").is_none());
}
