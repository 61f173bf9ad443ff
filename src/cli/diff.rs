//! `scopedown diff OLD NEW`: what changes from one policy to another, or for several functions at once. A difference
//! in what is allowed is a finding; a difference in how it is written is not.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde_json::Value;

use super::generate::pretty;
use super::options::{Artefact, ChangeFormat};
use super::{Failure, Outcome};
use crate::diff::{self, Named};
use crate::model::Note;
use crate::report::diff as formats;
use crate::role;

#[derive(Debug, Args)]
pub struct Diff {
    /// A policy as JSON, or an object of policies by function; `-` for standard input
    old: PathBuf,
    /// What it is compared with; `-` for standard input
    new: PathBuf,
    #[command(flatten)]
    artefact: Artefact<ChangeFormat>,
}

impl Diff {
    pub fn run(&self) -> Result<Outcome, Failure> {
        if self.old == Path::new("-") && self.new == Path::new("-") {
            return Err(Failure::from(anyhow::anyhow!("both sides are standard input"))
                .help("name a file for one of them"));
        }
        let ((old, mut notes), (new, more)) = (read(&self.old)?, read(&self.new)?);
        notes.extend(more);
        notes.sort();
        notes.dedup();
        let unnamed = |side: &[Named]| side.iter().any(|(name, _)| name.is_none());
        if (unnamed(&old) && new.len() > 1) || (unnamed(&new) && old.len() > 1) {
            return Err(Failure::from(anyhow::anyhow!(
                "one side is one policy, the other is of several functions"
            ))
            .help("take the policy of one function out of the other side: `jq '.NAME'`"));
        }
        let diffs = diff::pair(old, new);
        let text = match self.artefact.format {
            ChangeFormat::Text => formats::text(&diffs, &notes, self.artefact.paint()),
            ChangeFormat::Markdown => formats::markdown(&diffs, &notes),
            ChangeFormat::Json => pretty(&formats::json(&diffs, &notes)),
            ChangeFormat::Policy => pretty(&formats::new_policies(&diffs)),
        };
        self.artefact.write(&text)?;
        let differs = diffs.iter().any(diff::Diff::differs);
        Ok(if differs { Outcome::Findings } else { Outcome::Clean })
    }
}

/// The policies of a side, and what in them names nothing that AWS has.
fn read(path: &Path) -> Result<(Vec<Named>, Vec<Note>), Failure> {
    const HELP: &str =
        "give a policy document, or an object of them by function as `scopedown generate` prints";
    let is_input = path == Path::new("-");
    let file = if is_input { "standard input".to_owned() } else { path.display().to_string() };
    let called = if is_input { file.clone() } else { format!("`{file}`") };
    let text = role::load(path).with_context(|| format!("could not read {called}"))?;
    let value = serde_json::from_str(&text)
        .with_context(|| format!("{called} is no JSON"))
        .map_err(|error| Failure::from(error).help(HELP))?;
    let named = diff::read(&value)
        .with_context(|| format!("{called} cannot be compared"))
        .map_err(|error| Failure::from(error).help(HELP))?;
    let notes = slips(&named, &value, &text, &file);
    Ok((named, notes))
}

fn slips(named: &[Named], value: &Value, text: &str, file: &str) -> Vec<Note> {
    let mut notes = Vec::new();
    for (name, documents) in named {
        let (own, at) = match name {
            Some(name) => (&value[name.as_str()], format!("$.{name}")),
            None => (value, "$".to_owned()),
        };
        for (number, document) in documents.iter().enumerate() {
            let at = if own.is_array() { format!("{at}[{number}]") } else { at.clone() };
            for (index, statement) in document.statements.iter().enumerate() {
                for slip in role::slips(statement) {
                    let line = role::line(text, 0, &format!("{at}.Statement[{index}]{}", slip.path));
                    let note = Note { help: slip.help, ..Note::new(slip.rule, slip.message) };
                    notes.push(note.at(file, line, 0));
                }
            }
        }
    }
    notes
}
