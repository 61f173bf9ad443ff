//! `scopedown trail`: what the functions really did, from CloudTrail's logs.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::anyhow;
use clap::{Args, Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use smol_str::SmolStr;

use super::generate::pretty;
use super::terminal::{self, Talk};
use super::{Failure, Outcome};
use crate::model::Note;
use crate::report;
use crate::trail::local::{self, Reading, Watch};
use crate::trail::{Filter, Time, Usage};

#[derive(Debug, Args)]
pub struct Trail {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say what each function did: how often, when, on which resources, with which errors
    Summarize(Summarize),
    /// Add usage files up; events that are in several of them count once
    Merge(Merge),
}

#[derive(Debug, Args)]
struct Summarize {
    /// Folders and files: deliveries as a trail's bucket holds them, downloads, JSON lines, usage files
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Only events from this day or time on: `2026-11-03`, `2026-11-03T09:00:00Z`. UTC where it says no offset
    #[arg(long, value_name = "DATE", value_parser = from)]
    from: Option<Time>,
    /// Only events up to the end of this day, or before this time
    #[arg(long, value_name = "DATE", value_parser = to)]
    to: Option<Time>,
    /// Only calls with this role: its ARN or its name, `*` and `?` for any. Repeatable
    #[arg(long, value_name = "ROLE")]
    role: Vec<SmolStr>,
    /// Only calls by this function: its ARN or its name, `*` and `?` for any. Repeatable
    #[arg(long, value_name = "FUNCTION")]
    function: Vec<SmolStr>,
    #[command(flatten)]
    out: Out,
}

#[derive(Debug, Args)]
struct Merge {
    /// Usage files, as `trail summarize --output` writes them
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    out: Out,
}

#[derive(Debug, Args)]
struct Out {
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Also write the usage to this file, to be merged or read again
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// The usage file itself
    Usage,
}

impl Trail {
    pub fn run(&self, talk: Talk) -> Result<Outcome, Failure> {
        match &self.command {
            Command::Summarize(summarize) => summarize.run(talk),
            Command::Merge(merge) => merge.run(talk),
        }
    }
}

impl Summarize {
    fn run(&self, talk: Talk) -> Result<Outcome, Failure> {
        let filter = Filter {
            from: self.from,
            to: self.to,
            roles: self.role.clone(),
            functions: self.function.clone(),
        };
        let Reading { usage, notes, .. } = read(&self.paths, &filter, talk)?;
        self.out.write(&usage, &notes, talk)
    }
}

/// Reads logs, and says how far it is and how many there were.
pub fn read(paths: &[PathBuf], filter: &Filter, talk: Talk) -> Result<Reading, Failure> {
    let progress = Progress::new(talk);
    let reading = local::read(paths, filter, &progress)
        .map_err(|error| Failure { help: help(&error), error: error.into() })?;
    progress.done();
    let Reading { files, records, counted, .. } = &reading;
    talk.say(&format!("{records} records in {files} files, {counted} of them calls by roles\n"));
    Ok(reading)
}

impl Merge {
    fn run(&self, talk: Talk) -> Result<Outcome, Failure> {
        let mut usage = Usage::default();
        for file in &self.files {
            let shown = file.display();
            let text = std::fs::read(file).map_err(|error| anyhow!("could not read `{shown}`: {error}"))?;
            let read = Usage::from_json(&text).map_err(|error| {
                Failure::from(anyhow!("`{shown}`: {error}"))
                    .help("usage files are what `scopedown trail summarize --output FILE` writes")
            })?;
            usage.merge(read);
        }
        self.out.write(&usage, &[], talk)
    }
}

impl Out {
    fn write(&self, usage: &Usage, notes: &[Note], talk: Talk) -> Result<Outcome, Failure> {
        if let Some(path) = &self.output {
            terminal::write(&usage.to_json(), Some(path))?;
        }
        let text = match self.format {
            Format::Text => report::usage::text(usage, notes, terminal::artefact_paint(None)),
            Format::Json => pretty(&report::usage::json(usage, notes)),
            Format::Usage => {
                for note in report::usage::notes_of(usage, notes) {
                    talk.say(&line(&note));
                }
                usage.to_json()
            }
        };
        terminal::write(&text, None)?;
        Ok(Outcome::Clean)
    }
}

fn line(note: &Note) -> String {
    let at = if note.file.is_empty() { String::new() } else { format!("{}: ", note.file) };
    format!("{at}{} ({})\n", note.message, note.rule)
}

fn help(error: &local::LocalError) -> Option<String> {
    match error {
        local::LocalError::Unreadable { .. } => None,
        local::LocalError::Empty(_) => {
            Some("logs are files that end in .json, .jsonl, .ndjson or .gz; name a file to read it whatever it is called".to_owned())
        }
    }
}

fn from(text: &str) -> Result<Time, String> {
    Time::parse(text).ok_or_else(|| no_time(text))
}

fn to(text: &str) -> Result<Time, String> {
    let time = Time::parse(text).ok_or_else(|| no_time(text))?;
    Ok(if text.len() == "2026-11-03".len() { time.plus_days(1) } else { time })
}

fn no_time(text: &str) -> String {
    format!("`{text}` is no time; write a day (2026-11-03) or a time (2026-11-03T09:00:00Z)")
}

/// How far the reading is, on a terminal; and its end when a person wants it.
struct Progress {
    bar: ProgressBar,
}

/// Set by the first interrupt. The second ends the program as it always does.
static STOPPED: AtomicBool = AtomicBool::new(false);

impl Progress {
    fn new(talk: Talk) -> Self {
        // Without a handler an interrupt ends the program, and there is no partial result.
        let _ = ctrlc::set_handler(|| {
            if STOPPED.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        });
        let bar = ProgressBar::hidden();
        bar.set_style(
            ProgressStyle::with_template("{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left")
                .unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        if !talk.quiet {
            // Draws on a terminal only.
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(5));
        }
        Self { bar }
    }

    fn done(&self) {
        self.bar.finish_and_clear();
    }
}

impl Watch for Progress {
    fn begin(&self, bytes: u64, _: u64) {
        self.bar.set_length(bytes);
        self.bar.enable_steady_tick(Duration::from_millis(200));
    }

    fn advance(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    fn stopped(&self) -> bool {
        STOPPED.load(Ordering::Relaxed)
    }
}
