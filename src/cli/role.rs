//! `scopedown role`: a role as it is, from AWS or from files. A policy of the role that could not be read, or that
//! names an action that AWS does not have, is a finding: status 1.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::connection::{Connection, Explained};
use super::generate::pretty;
use super::options::{Artefact, Formats};
use super::source::configuration;
use super::terminal::Talk;
use super::{Failure, Outcome};
use crate::model::Note;
use crate::report;
use crate::role;

#[derive(Debug, Args)]
pub struct Role {
    /// The name or ARN of a role in AWS; or files that describe one: policy documents, what `aws iam
    /// get-account-authorization-details`, `get-role` and its kind print, or - for standard input
    #[arg(required_unless_present = "function", value_name = "NAME|ARN|FILE")]
    sources: Vec<String>,
    /// Which role, where files describe several
    #[arg(long = "role", value_name = "NAME|ARN")]
    wanted: Option<String>,
    /// The role that scopedown.toml names for this function, here or in a folder above
    #[arg(long, value_name = "NAME", conflicts_with = "wanted")]
    function: Option<String>,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    artefact: Artefact<Format>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Policy by policy, for people
    Text,
    /// Everything that is known, as JSON
    Json,
    /// One policy document that says what all of the role's policies say
    Policy,
}

impl Formats for Format {
    const DEFAULT: &'static str = "text";
}

impl Role {
    pub fn run(&self, talk: Talk) -> Result<Outcome, Failure> {
        let (role, notes) = self.read()?;
        let text = match self.artefact.format {
            Format::Text => report::role::text(&role, &notes, self.artefact.paint()),
            Format::Json => pretty(&report::role::json(&role, &notes)),
            Format::Policy => pretty(&crate::policy::print(&report::role::union(&role))),
        };
        self.artefact.write(&text)?;
        if self.artefact.format == Format::Policy {
            for note in &notes {
                talk.say(&super::calls::line(note));
            }
            if let Some(boundary) = &role.boundary {
                talk.say(&format!("the permissions boundary `{}` limits all of it\n", boundary.policy.name));
            }
        }
        Ok(if role::incomplete(&notes) || role::misspelt(&notes) {
            Outcome::Findings
        } else {
            Outcome::Clean
        })
    }

    fn read(&self) -> Result<(role::Role, Vec<Note>), Failure> {
        let wanted = self.wanted.clone().map_or_else(|| self.configured(), |wanted| Ok(Some(wanted)))?;
        match (self.sources.as_slice(), &wanted) {
            ([name], None) if !is_file(name) => live(name, &self.connection),
            ([], Some(name)) => live(name, &self.connection),
            (files, _) => {
                let files: Vec<PathBuf> = files.iter().map(Into::into).collect();
                role::read(&files, wanted.as_deref()).map_err(Explained::failure)
            }
        }
    }

    fn configured(&self) -> Result<Option<String>, Failure> {
        let Some(function) = &self.function else { return Ok(None) };
        let config = configuration(Path::new("."))?;
        let role = config.of_function(function).role.ok_or_else(|| {
            let help = format!("write `role = \"NAME\"` under [functions.{function}]");
            Failure::from(anyhow::anyhow!("no scopedown.toml names a role for `{function}`")).help(help)
        })?;
        Ok(Some(role.to_string()))
    }
}

/// Whether the argument is meant as a file. An ARN never is; what looks like a path is one, also when it is not there.
fn is_file(source: &str) -> bool {
    let named = source == "-"
        || source.contains(['/', '\\'])
        || Path::new(source).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    !source.starts_with("arn:") && (named || Path::new(source).exists())
}

#[cfg(feature = "aws")]
fn live(name: &str, connection: &Connection) -> Result<(role::Role, Vec<Note>), Failure> {
    let mut iam = role::Iam::open(&connection.settings()).map_err(Explained::failure)?;
    role::live(&mut iam, name).map_err(Explained::failure)
}

#[cfg(not(feature = "aws"))]
fn live(name: &str, _: &Connection) -> Result<(role::Role, Vec<Note>), Failure> {
    Err(crate::aws::LiveError::not_built(name).failure())
}
