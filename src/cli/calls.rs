//! `scopedown calls`: the SDK calls in files or folders. A source file given alone shows all its calls.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use smol_str::format_smolstr;

use super::generate::pretty;
use super::options::{Artefact, Formats};
use super::source::Source;
use super::terminal::Talk;
use super::{Failure, Outcome};
use crate::model::Note;
use crate::report::calls;

#[derive(Debug, Args)]
pub struct Calls {
    /// Folders, templates or source files
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    artefact: Artefact<Format>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A row for each call, for people
    Table,
    /// For programs
    Json,
}

impl Formats for Format {
    const DEFAULT: &'static str = "table";
}

impl Calls {
    pub fn run(&self, talk: Talk) -> Result<Outcome, Failure> {
        let mut rows = Vec::new();
        for path in &self.paths {
            let analysis = self.source.analyze(path, true)?;
            let mut found = calls::rows(&analysis);
            if self.paths.len() > 1 {
                // Each path has a root of its own; with the root the files can be told apart.
                let root = analysis.root.to_string_lossy().replace('\\', "/");
                for row in &mut found {
                    row.place.file = format_smolstr!("{}/{}", root.trim_end_matches('/'), row.place.file);
                }
            }
            rows.append(&mut found);
            let of_functions = analysis.functions.iter().flat_map(|function| &function.notes);
            let notes: BTreeSet<&Note> = of_functions.chain(&analysis.notes).collect();
            for note in notes {
                talk.say(&line(note));
            }
        }
        if rows.is_empty() {
            talk.say("no call of AWS was found\n");
        }
        let text = match self.artefact.format {
            Format::Table => calls::table(&rows),
            Format::Json => pretty(&calls::json(&rows)),
        };
        self.artefact.write(&text)?;
        Ok(Outcome::Clean)
    }
}

/// A note as it is said on standard error, with the next step below it.
pub fn line(note: &Note) -> String {
    let Note { file, line, rule, message, .. } = note;
    let at = match (file.as_str(), line) {
        ("", _) => String::new(),
        (file, 0) => format!("{file}: "),
        (file, line) => format!("{file}:{line}: "),
    };
    let help = note.help.as_ref().map(|help| format!("    help: {help}\n")).unwrap_or_default();
    format!("{at}{message} ({rule})\n{help}")
}
