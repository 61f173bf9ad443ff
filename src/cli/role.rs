//! `scopedown role`: a role as it is, from AWS or from files. A policy of the role that could not be read is a
//! finding: status 1.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::connection::{Connection, Explained};
use super::generate::pretty;
use super::terminal::{self, Talk};
use super::{Failure, Outcome};
use crate::model::Note;
use crate::report;
use crate::role;

#[derive(Debug, Args)]
pub struct Role {
    /// The name or ARN of a role in AWS; or files that describe one: policy documents, what `aws iam
    /// get-account-authorization-details`, `get-role` and its kind print, or - for standard input
    #[arg(required = true, value_name = "NAME|ARN|FILE")]
    sources: Vec<String>,
    /// Which role, where files describe several
    #[arg(long = "role", value_name = "NAME|ARN")]
    wanted: Option<String>,
    #[command(flatten)]
    connection: Connection,
    /// What to write
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Write to a file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Policy by policy, for people
    #[default]
    Text,
    /// Everything that is known, as JSON
    Json,
    /// One policy document that says what all of the role's policies say
    Policy,
}

impl Role {
    pub fn run(&self, talk: Talk) -> Result<Outcome, Failure> {
        let (role, notes) = self.read()?;
        let output = self.output.as_deref();
        let text = match self.format {
            Format::Text => report::role::text(&role, &notes, terminal::artefact_paint(output)),
            Format::Json => pretty(&report::role::json(&role, &notes)),
            Format::Policy => pretty(&crate::policy::print(&report::role::union(&role))),
        };
        terminal::write(&text, output)?;
        if self.format == Format::Policy {
            for note in &notes {
                talk.say(&super::calls::line(note));
            }
            if let Some(boundary) = &role.boundary {
                talk.say(&format!("the permissions boundary `{}` limits all of it\n", boundary.policy.name));
            }
        }
        Ok(if role::incomplete(&notes) { Outcome::Findings } else { Outcome::Clean })
    }

    fn read(&self) -> Result<(role::Role, Vec<Note>), Failure> {
        match self.sources.as_slice() {
            [name] if self.wanted.is_none() && !is_file(name) => live(name, &self.connection),
            files => {
                let files: Vec<PathBuf> = files.iter().map(Into::into).collect();
                role::read(&files, self.wanted.as_deref()).map_err(Explained::failure)
            }
        }
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
