//! The arguments that say what the functions did, shared by the commands that weigh it; and the logs that the
//! configuration names, for all functions or for single ones.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::anyhow;
use clap::Args;
use smol_str::SmolStr;

use super::Failure;
use super::logs::{self, Live};
use super::options::{OfTrail, Selection};
use super::terminal::Talk;
use crate::analysis::{Trail, Trails};
use crate::catalog;
use crate::config::{Config, FILE};
use crate::model::{Action, Note};
use crate::report;
use crate::role;
use crate::trail::Address;
use crate::trail::local::Reading;

#[derive(Debug, Args)]
#[command(next_help_heading = "CloudTrail")]
pub struct Seen {
    /// Logs of CloudTrail: what `trail summarize` takes, a folder, a file or the address of a live source (may be
    /// given again)
    #[arg(long, value_name = "PATH")]
    trail: Vec<PathBuf>,
    /// Leave the logs that scopedown.toml names aside
    #[arg(long, conflicts_with = "trail")]
    no_trail: bool,
    #[command(flatten)]
    selection: Selection<OfTrail>,
    /// Grant this action, or those of a pattern, although the trail alone does not earn it (may be given again)
    #[arg(long, value_name = "ACTION", value_parser = action)]
    accept: Vec<Action>,
    /// Leave resources as open as code and template have them, whatever was seen
    #[arg(long)]
    no_narrow: bool,
    #[command(flatten)]
    pub live: Live,
}

/// What is to be read.
struct Sources {
    /// For every function without logs of its own.
    general: Vec<PathBuf>,
    /// By the words of the configuration.
    own: BTreeMap<SmolStr, PathBuf>,
}

impl Seen {
    /// Whether any logs are given or configured.
    pub fn any(&self, config: &Config) -> bool {
        let configured = config.trail.is_some() || config.functions.values().any(|one| one.trail.is_some());
        !self.trail.is_empty() || (configured && !self.no_trail)
    }

    /// Reads the logs for these functions; for all that are configured where none are told.
    pub fn read(
        &self,
        config: &Config,
        functions: Option<&[SmolStr]>,
        talk: Talk,
    ) -> Result<Trails, Failure> {
        // What is wrong with the days is said before anything is read.
        self.selection.filter()?;
        let sources = self.sources(config, functions);
        let count = usize::from(!sources.general.is_empty()) + sources.own.len();
        if count == 0 {
            return self.unused().map_or_else(|| Ok(Trails::default()), Err);
        }
        if count > 1 && self.live.resumes() {
            return Err(logs::several_queries());
        }
        let mut trails = Trails::default();
        if let Some(first) = sources.general.first() {
            let read = self.one(&sources.general, talk);
            trails.general =
                Some(if self.trail.is_empty() { configured(config, first, read)? } else { read? });
        }
        for (named, path) in sources.own {
            let trail = configured(config, &path, self.one(std::slice::from_ref(&path), talk))?;
            trails.own.insert(named, trail);
        }
        Ok(trails)
    }

    fn sources(&self, config: &Config, functions: Option<&[SmolStr]>) -> Sources {
        let mut sources = Sources { general: self.trail.clone(), own: BTreeMap::new() };
        if !self.trail.is_empty() || self.no_trail {
            return sources;
        }
        let own: Vec<Option<SmolStr>> = match functions {
            Some(names) => names.iter().map(|name| config.of_function(name).trail).collect(),
            None => {
                config.functions.values().map(|one| one.trail.clone()).chain(std::iter::once(None)).collect()
            }
        };
        if own.contains(&None) {
            sources.general.extend(config.trail.iter().map(|named| located(config, named)));
        }
        for named in own.into_iter().flatten() {
            let path = located(config, &named);
            sources.own.insert(named, path);
        }
        sources
    }

    fn one(&self, paths: &[PathBuf], talk: Talk) -> Result<Trail, Failure> {
        let reading = logs::read(paths, &self.selection, &self.live, talk)?;
        Ok(Trail {
            notes: notes(&reading),
            usage: Arc::new(reading.usage),
            accepted: self.accept.clone(),
            narrow: !self.no_narrow,
        })
    }

    /// An option that says how to use logs, where there are none.
    fn unused(&self) -> Option<Failure> {
        let option = match (self.accept.first(), self.selection.given()) {
            (Some(action), _) => format!("`--accept {action}` needs a trail to accept it from"),
            (None, Some(option)) => format!("`--{option}` needs a trail to choose from"),
            (None, None) => return None,
        };
        Some(Failure::from(anyhow!(option)).help("name the logs with `--trail PATH`"))
    }
}

/// Where the logs are that the configuration names.
fn located(config: &Config, named: &str) -> PathBuf {
    // An address is of no folder.
    if Address::parse(named).is_some() {
        return PathBuf::from(named);
    }
    let folder = config.file.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
    folder.join(named)
}

/// Says where a path comes from that nobody wrote on the command line.
fn configured(config: &Config, path: &Path, read: Result<Trail, Failure>) -> Result<Trail, Failure> {
    read.map_err(|failure| {
        let file = config.file.as_deref().unwrap_or(Path::new(FILE)).display();
        let is_live = path.to_str().and_then(Address::parse).is_some();
        let help = match failure.help.filter(|_| is_live) {
            Some(help) => format!("{help}; or leave it aside: `--no-trail`"),
            None => {
                "mend the path, which is relative to that file, or leave it aside: `--no-trail`".to_owned()
            }
        };
        Failure { error: failure.error.context(format!("the `trail` of `{file}`")), help: Some(help) }
    })
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
    if !role::exists(&action) {
        let meant = catalog::meant(&action).map(|meant| format!("; {meant}")).unwrap_or_default();
        return Err(format!("AWS has no such action{meant}"));
    }
    Ok(action)
}
