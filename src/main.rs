//! The `scopedown` program. Everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    scopedown::cli::run()
}
