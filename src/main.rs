use std::process::ExitCode;

fn main() -> ExitCode {
    scopedown::cli::run()
}
