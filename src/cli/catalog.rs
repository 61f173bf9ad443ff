//! `scopedown catalog`: what is known of a service, an operation or an action; alone, of how much.

use clap::{Args, ValueEnum};

use super::{Failure, Outcome};

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
        let _ = (&self.query, self.format);
        Ok(Outcome::Clean)
    }
}
