//! `scopedown catalog`: what is known of a service, an operation or an action; alone, of how much.

use clap::{Args, ValueEnum};

use super::{Failure, Outcome, terminal};
use crate::catalog;

#[derive(Debug, Args)]
pub struct Catalog {
    /// SERVICE, SERVICE:OPERATION or SERVICE:ACTION
    query: Option<String>,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
}

impl Catalog {
    pub fn run(&self) -> Result<Outcome, Failure> {
        let described = catalog::describe(self.query.as_deref())
            .map_err(|unknown| Failure { help: unknown.help.clone(), error: unknown.into() })?;
        let text = match self.format {
            Format::Text => format!("{described}\n"),
            Format::Json => format!("{:#}\n", described.to_json()),
        };
        terminal::write(&text, None)?;
        Ok(Outcome::Clean)
    }
}
