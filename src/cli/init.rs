//! `scopedown init`: a commented `scopedown.toml`. One that is there is left alone.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::terminal::Talk;
use super::{Failure, Outcome};
use crate::config;

#[derive(Debug, Args)]
pub struct Init {
    /// The folder to write it into
    #[arg(default_value = ".")]
    folder: PathBuf,
}

impl Init {
    pub fn run(&self, talk: Talk) -> Result<Outcome, Failure> {
        let path = self.folder.join(config::FILE);
        let shown = path.display();
        let mut file = match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let failure = anyhow::anyhow!("`{shown}` is there already");
                return Err(Failure::from(failure).help("edit it, or remove it first"));
            }
            Err(error) => {
                let failure = anyhow::Error::from(error).context(format!("could not write `{shown}`"));
                return Err(Failure::from(failure).help("name a folder that exists and can be written to"));
            }
        };
        let text = include_str!("../../templates/scopedown.toml");
        file.write_all(text.as_bytes()).with_context(|| format!("could not write `{shown}`"))?;
        talk.say(&format!("wrote {shown}\n"));
        Ok(Outcome::Clean)
    }
}
