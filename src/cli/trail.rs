//! `scopedown trail`: what the functions really did, from CloudTrail's logs.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::{Args, Subcommand, ValueEnum};

use super::generate::pretty;
use super::logs::{self, Live};
use super::options::{OfLogs, Selection};
use super::terminal::{self, Talk};
use super::{Failure, Outcome};
use crate::model::Note;
use crate::report;
use crate::trail::local::Reading;
use crate::trail::{Address, Filter, Usage, sql, table};

#[derive(Debug, Args)]
pub struct Trail {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say what each function did: how often, when, on which resources, with which errors
    Summarize(Summarize),
    /// Print the query that adds a table up, or the statement that makes the table, and run nothing
    AthenaSql(AthenaSql),
    /// Add usage files up; events that are in several of them count once
    Merge(Merge),
}

#[derive(Debug, Args)]
struct Summarize {
    /// Folders and files: deliveries as a trail's bucket holds them, downloads, JSON lines, usage files; `-` for
    /// standard input. Or, live:
    /// `s3://BUCKET[/PREFIX]`, a trail's bucket; `cloudtrail://`, the event history of 90 days (`LookupEvents`);
    /// `athena://DATABASE.TABLE`, a trail's table; `lake://ID`, an event data store of CloudTrail Lake
    #[arg(required = true, value_name = "SOURCE")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    selection: Selection<OfLogs>,
    #[command(flatten)]
    out: Out,
    #[command(flatten)]
    live: Live,
}

#[derive(Debug, Args)]
struct AthenaSql {
    /// The table: `athena://DATABASE.TABLE`, or `lake://ID` for the same of an event data store
    #[arg(value_name = "SOURCE")]
    source: String,
    /// Print the statement that makes the table, from the trail's bucket; `--from` is then the trail's first day.
    /// Without accounts and regions each query has to name some
    #[arg(long, value_name = "S3-ADDRESS")]
    create_table: Option<String>,
    /// The organisation of an organisation's trail, for `--create-table`
    #[arg(long, value_name = "o-ID", requires = "create_table")]
    organization: Option<String>,
    #[command(flatten)]
    selection: Selection<OfLogs>,
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
    /// What to write
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
            Command::AthenaSql(sql) => sql.run(),
            Command::Merge(merge) => merge.run(talk),
        }
    }
}

impl Summarize {
    fn run(&self, talk: Talk) -> Result<Outcome, Failure> {
        let Reading { usage, notes, .. } = logs::read(&self.paths, &self.selection, &self.live, talk)?;
        self.out.write(&usage, &notes, talk)
    }
}

impl AthenaSql {
    fn run(&self) -> Result<Outcome, Failure> {
        // The days choose partitions, which is all that they are wanted for.
        let filter = Filter { from: None, to: None, ..self.selection.filter()? };
        let selection = self.selection.parts();
        let address = Address::parse(&self.source).transpose().map_err(|message| anyhow!(message))?;
        let text = match (address, &self.create_table) {
            (Some(Address::Table { database, table }), Some(bucket)) => {
                let location = table::Location {
                    bucket: bucket.clone(),
                    organization: self.organization.clone(),
                    accounts: selection.accounts.clone(),
                    regions: selection.regions.clone(),
                    since: selection.from,
                };
                table::statement(&database, &table, &location).map_err(|message| anyhow!(message))?
            }
            (Some(Address::Table { database, table }), None) => {
                let table = table::Table::standard(&database, &table);
                let written = sql::athena(&table, &selection, &filter);
                written.map_err(|partition| anyhow!("name values of `{}`", partition.name))?
            }
            (Some(Address::Lake(store)), None) => sql::lake(&store, &selection, &filter),
            _ => {
                let failure = Failure::from(anyhow!("`{}` is no table", self.source));
                return Err(failure.help("write `athena://DATABASE.TABLE`, or `lake://ID`"));
            }
        };
        terminal::write(&text, None)?;
        Ok(Outcome::Clean)
    }
}

impl Merge {
    fn run(&self, talk: Talk) -> Result<Outcome, Failure> {
        let mut usage = Usage::default();
        for file in &self.files {
            let shown = file.display();
            let text = std::fs::read(logs::input(file))
                .map_err(|error| anyhow!("could not read `{shown}`: {error}"))?;
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
                    talk.say(&super::calls::line(&note));
                }
                usage.to_json()
            }
        };
        terminal::write(&text, None)?;
        Ok(Outcome::Clean)
    }
}
