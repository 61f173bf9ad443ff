//! `scopedown calls`: the SDK calls in files or folders. A source file given alone shows all its calls.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use smol_str::format_smolstr;

use super::generate::pretty;
use super::source::Source;
use super::terminal::{self, Talk};
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
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    #[default]
    Table,
    Json,
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
        let text = match self.format {
            Format::Table => calls::table(&rows),
            Format::Json => pretty(&calls::json(&rows)),
        };
        terminal::write(&text, None)?;
        Ok(Outcome::Clean)
    }
}

pub fn line(note: &Note) -> String {
    let Note { file, line, rule, message, .. } = note;
    if file.is_empty() {
        format!("{message} ({rule})\n")
    } else {
        format!("{file}:{line}: {message} ({rule})\n")
    }
}
