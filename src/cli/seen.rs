//! The arguments that say what the functions did, shared by the commands that weigh it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::Failure;
use super::logs::{self, Live};
use super::terminal::Talk;
use crate::analysis::Trail;
use crate::config::Config;
use crate::model::{Action, Note};
use crate::report;
use crate::trail::local::Reading;
use crate::trail::{Address, Filter};

#[derive(Debug, Args)]
pub struct Seen {
    /// Logs of CloudTrail: what `trail summarize` takes, a folder, a file or the address of a live source (may be
    /// given again)
    #[arg(long, value_name = "PATH")]
    trail: Vec<PathBuf>,
    /// Grant this action, or those of a pattern, although the trail alone does not earn it (may be given again)
    #[arg(long, value_name = "ACTION", value_parser = action)]
    accept: Vec<Action>,
    /// Leave resources as open as code and template have them, whatever was seen
    #[arg(long)]
    no_narrow: bool,
    #[command(flatten)]
    pub live: Live,
}

impl Seen {
    /// None where no trail is given, and none configured.
    pub fn read(&self, config: &Config, talk: Talk) -> Result<Option<Trail>, Failure> {
        let configured = config.trail.as_ref().filter(|_| self.trail.is_empty()).map(|trail| {
            let folder = config.file.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
            // An address is of no folder.
            if Address::parse(trail).is_some() { PathBuf::from(trail.as_str()) } else { folder.join(trail) }
        });
        let paths: Vec<PathBuf> = self.trail.iter().cloned().chain(configured).collect();
        if paths.is_empty() {
            return match self.accept.first() {
                None => Ok(None),
                Some(action) => {
                    Err(Failure::from(anyhow::anyhow!("`--accept {action}` needs a trail to accept it from"))
                        .help("name the logs with `--trail PATH`"))
                }
            };
        }
        let reading = logs::read(&paths, &Filter::default(), &[], &[], &self.live, talk)?;
        let files = if reading.files == 0 { String::new() } else { format!(" in {} files", reading.files) };
        talk.say(&format!(
            "{} records{files}, {} of them calls by roles\n",
            reading.records, reading.counted
        ));
        Ok(Some(Trail {
            notes: notes(&reading),
            usage: Arc::new(reading.usage),
            accepted: self.accept.clone(),
            narrow: !self.no_narrow,
        }))
    }
}

/// What was found when the logs were read, and what they say of all of it.
fn notes(reading: &Reading) -> Vec<Note> {
    let mut notes = report::usage::notes_of(&reading.usage, &reading.notes);
    // Events that stand for no action are of no concern to a role.
    notes.retain(|note| !matches!(note.rule, "unknown-event" | "approximate-counts"));
    notes
}

fn action(text: &str) -> Result<Action, String> {
    let action = Action::new(text);
    if action.service().is_empty() || action.name().is_empty() || text.contains(char::is_whitespace) {
        return Err("write it with its service, as in s3:DeleteBucket".to_owned());
    }
    Ok(action)
}
