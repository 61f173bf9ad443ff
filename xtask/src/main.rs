//! Tasks for people who work on scopedown.
//!
//! `cargo xtask test` runs every check. `cargo xtask catalog` regenerates `action-maps/services/` and
//! `managed/` from the published packages that `action-maps/versions.json` pins; with `--update` it pins the newest first, with
//! `--summary` it says what changed, and with `--check` it only says whether anything would.

mod boto3;
mod botocore;
mod catalog;
mod changes;
mod dependents;
mod iamdata;
mod lines;
mod managed;
mod packages;
mod test;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let task = std::env::args().nth(1);
    let arguments: Vec<String> = std::env::args().skip(2).collect();
    let outcome = match task.as_deref() {
        Some("catalog") => root().and_then(|root| catalog::run(root, &arguments)),
        Some("test") => root().and_then(test::run),
        _ => Err("usage: cargo xtask catalog|test".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "a task's only reader is the person who ran it")]
            {
                eprintln!("xtask: {error}");
            }
            ExitCode::from(2)
        }
    }
}

fn root() -> Result<&'static Path, Box<dyn Error>> {
    Ok(Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("xtask stands inside the workspace")?)
}
