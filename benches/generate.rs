//! How long an answer takes: the analysis alone, and the whole process as a person starts it.
//!
//! `cargo bench` prints both. The second includes start-up, reading the template and the code, and printing.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use divan::{Bencher, black_box};
use scopedown::analysis::{Request, analyze};

fn main() {
    divan::main();
}

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/python-orders")
}

/// Four functions, from the template to their policies, in process.
#[divan::bench]
fn analyze_sample(bencher: Bencher) {
    let request = Request { path: sample(), ..Request::default() };
    bencher.bench(|| analyze(black_box(&request)).expect("the sample is right"));
}

/// `scopedown generate --function OrdersApi`: one function, a whole process.
#[divan::bench]
fn process_one_function(bencher: Bencher) {
    bencher.bench(|| run(&["generate", "--function", "OrdersApi"]));
}

/// `scopedown --version`: start-up.
#[divan::bench]
fn process_start(bencher: Bencher) {
    bencher.bench(|| run(&["--version"]));
}

fn run(arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scopedown"));
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    if arguments[0] == "generate" {
        command.arg(sample());
    }
    assert!(command.status().expect("the binary runs").success());
}
