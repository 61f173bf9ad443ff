//! `scopedown catalog`: what is known of a service, an operation or an action; alone, of how much.

use clap::{Args, ValueEnum};

use super::options::{Artefact, Formats};
use super::{Failure, Outcome};
use crate::catalog;

#[derive(Debug, Args)]
pub struct Catalog {
    /// SERVICE, SERVICE:OPERATION or SERVICE:ACTION
    #[arg(value_name = "NAME")]
    query: Option<String>,
    /// List the services: prefix of their actions, event source, with `--format json` their name in every SDK
    #[arg(long, conflicts_with = "query")]
    services: bool,
    #[command(flatten)]
    artefact: Artefact<Format>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

impl Formats for Format {
    const DEFAULT: &'static str = "text";
}

impl Catalog {
    pub fn run(&self) -> Result<Outcome, Failure> {
        let described = if self.services {
            catalog::Description::Services
        } else {
            catalog::describe(self.query.as_deref())
                .map_err(|unknown| Failure { help: unknown.help.clone(), error: unknown.into() })?
        };
        let text = match self.artefact.format {
            Format::Text => format!("{described}\n"),
            Format::Json => format!("{:#}\n", described.to_json()),
        };
        self.artefact.write(&text)?;
        Ok(Outcome::Clean)
    }
}
