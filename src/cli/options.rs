//! The options that several commands have, each spelled, explained and checked once: what is written and where, and
//! which part of the logs counts.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::{Args, ValueEnum};
use smol_str::SmolStr;

use super::{Failure, terminal};
use crate::config;
use crate::report::Paint;
use crate::trail::{self, Filter, Time};

/// The formats of one command.
pub trait Formats: ValueEnum + Clone + Debug + Send + Sync + 'static {
    /// The name of what is written where nobody chooses.
    const DEFAULT: &'static str;
}

/// The formats of what changes in policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ChangeFormat {
    /// For a terminal
    Text,
    /// For a comment
    Markdown,
    /// For programs
    Json,
    /// The new policies alone, by function where there are several
    Policy,
}

impl Formats for ChangeFormat {
    const DEFAULT: &'static str = "text";
}

/// What a command writes, and where.
#[derive(Debug, Args)]
pub struct Artefact<F: Formats> {
    /// What to write
    #[arg(long, value_enum, default_value = F::DEFAULT)]
    pub format: F,
    /// Write to a file instead of standard output, which is `-`
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl<F: Formats> Artefact<F> {
    /// Whether what is written has colours.
    pub fn paint(&self) -> Paint {
        terminal::artefact_paint(self.file())
    }

    pub fn write(&self, text: &str) -> anyhow::Result<()> {
        terminal::write(text, self.file())
    }

    fn file(&self) -> Option<&Path> {
        self.output.as_deref().filter(|path| *path != Path::new("-"))
    }
}

/// How a command calls the options of a [`Selection`] that it may have by the same name for something else.
pub trait Names: Debug + Send + Sync + 'static {
    const ROLE: &'static str;
    const FUNCTION: &'static str;
    const ACCOUNT: &'static str;
    const REGION: &'static str;
}

/// Of a command that is about logs and nothing else.
#[derive(Debug)]
pub struct OfLogs;

impl Names for OfLogs {
    const ROLE: &'static str = "role";
    const FUNCTION: &'static str = "function";
    const ACCOUNT: &'static str = "account";
    const REGION: &'static str = "region";
}

/// Of a command that has logs besides (`--trail`).
#[derive(Debug)]
pub struct OfTrail;

impl Names for OfTrail {
    const ROLE: &'static str = "trail-role";
    const FUNCTION: &'static str = "trail-function";
    const ACCOUNT: &'static str = "trail-account";
    const REGION: &'static str = "trail-region";
}

/// Which events count, and which parts of a live source are read for them.
#[derive(Debug, Args)]
pub struct Selection<N: Names> {
    /// Only events from this day or time on: `2026-11-03`, `2026-11-03T09:00:00Z`. UTC where it says no offset
    #[arg(long, value_name = "DATE", value_parser = from)]
    from: Option<Time>,
    /// Only events up to the end of this day, or before this time
    #[arg(long, value_name = "DATE", value_parser = to)]
    to: Option<Time>,
    /// Only calls with this role: its ARN or its name, `*` and `?` for any (may be given again)
    #[arg(id = N::ROLE, long = N::ROLE, value_name = "ROLE")]
    roles: Vec<SmolStr>,
    /// Only calls by this function: its ARN or its name, `*` and `?` for any (may be given again)
    #[arg(id = N::FUNCTION, long = N::FUNCTION, value_name = "FUNCTION")]
    functions: Vec<SmolStr>,
    /// Only this account's part of a live source (may be given again)
    #[arg(id = N::ACCOUNT, long = N::ACCOUNT, value_name = "ID", value_parser = account, help_heading = "Live sources")]
    accounts: Vec<String>,
    /// Only this region's part of a live source (may be given again)
    #[arg(id = N::REGION, long = N::REGION, value_name = "REGION", value_parser = region, help_heading = "Live sources")]
    regions: Vec<String>,
    #[arg(skip)]
    names: PhantomData<N>,
}

impl<N: Names> Selection<N> {
    /// Which of the events that are read count. An end that is not after the beginning is refused.
    pub fn filter(&self) -> Result<Filter, Failure> {
        if let (Some(from), Some(to)) = (self.from, self.to)
            && to <= from
        {
            let failure = Failure::from(anyhow!("`--to` is not after `--from`, so no event can count"));
            return Err(failure.help("write the earlier day after `--from`"));
        }
        Ok(Filter {
            from: self.from,
            to: self.to,
            roles: self.roles.clone(),
            functions: self.functions.clone(),
        })
    }

    /// Which parts of a live source are read.
    pub fn parts(&self) -> trail::Selection {
        trail::Selection {
            from: self.from,
            to: self.to,
            accounts: self.accounts.clone(),
            regions: self.regions.clone(),
        }
    }

    /// The first of the options that was given.
    pub fn given(&self) -> Option<&'static str> {
        [
            ("from", self.from.is_some()),
            ("to", self.to.is_some()),
            (N::ROLE, !self.roles.is_empty()),
            (N::FUNCTION, !self.functions.is_empty()),
            (N::ACCOUNT, !self.accounts.is_empty()),
            (N::REGION, !self.regions.is_empty()),
        ]
        .into_iter()
        .find_map(|(name, given)| given.then_some(name))
    }
}

pub fn account(text: &str) -> Result<String, String> {
    sound(text, config::is_account, "an account is twelve digits: 123456789012")
}

pub fn region(text: &str) -> Result<String, String> {
    sound(text, config::is_region, "a region is written eu-west-1")
}

pub fn partition(text: &str) -> Result<String, String> {
    sound(text, config::is_partition, "a partition is aws, aws-cn, aws-us-gov …")
}

fn sound(text: &str, is_sound: fn(&str) -> bool, wanted: &str) -> Result<String, String> {
    if is_sound(text) { Ok(text.to_owned()) } else { Err(wanted.to_owned()) }
}

fn from(text: &str) -> Result<Time, String> {
    Time::parse(text).ok_or_else(|| no_time(text))
}

fn to(text: &str) -> Result<Time, String> {
    let time = Time::parse(text).ok_or_else(|| no_time(text))?;
    Ok(if text.len() == "2026-11-03".len() { time.plus_days(1) } else { time })
}

fn no_time(text: &str) -> String {
    format!("`{text}` is no time; write a day (2026-11-03) or a time (2026-11-03T09:00:00Z)")
}
