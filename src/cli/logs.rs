//! The sources of CloudTrail's records that a person names: paths of this machine, and addresses of live sources.
//! Whatever they are, what they say is one reading.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::anyhow;
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Failure;
use super::connection::Explained;
use super::options::{Names, Selection};
use super::terminal::Talk;
use crate::aws::Connection;
use crate::trail::live::{self, QueryOptions};
use crate::trail::local::{self, Reading, Watch};
use crate::trail::{Address, Filter};

/// How live sources are reached, and what they may cost.
#[derive(Debug, Args)]
#[command(next_help_heading = "Live sources")]
pub struct Live {
    /// The profile of the shared AWS configuration to use
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// The region to call, where it is not the profile's: the table's, or the event data store's
    #[arg(long, value_name = "REGION")]
    call_region: Option<String>,
    /// Stop a query that has read more than this; 0 for no bound. Looked at every few seconds while the query runs;
    /// for a bound that is never passed set the workgroup's own cutoff
    #[arg(long, value_name = "GB", default_value = "100", value_parser = gigabytes)]
    max_scan_gb: u64,
    /// Take up a query again that was started before, by the id that was said then
    #[arg(long, value_name = "ID")]
    query_id: Option<String>,
    /// Athena: the workgroup
    #[arg(long, value_name = "NAME")]
    workgroup: Option<String>,
    /// Athena: where results go, where the workgroup does not say
    #[arg(long, value_name = "S3-ADDRESS")]
    output_location: Option<String>,
    /// Athena: the data catalog that has the database
    #[arg(long, value_name = "NAME")]
    data_catalog: Option<String>,
}

impl Live {
    /// Whom to be in AWS.
    #[cfg(feature = "aws")]
    pub fn connection(&self) -> Connection {
        Connection { profile: self.profile.clone(), region: self.call_region.clone() }
    }

    /// Whether a query that was started before is taken up.
    pub fn resumes(&self) -> bool {
        self.query_id.is_some()
    }

    fn request<N: Names>(&self, selection: &Selection<N>, filter: &Filter) -> live::Request {
        live::Request {
            connection: Connection { profile: self.profile.clone(), region: self.call_region.clone() },
            selection: selection.parts(),
            filter: filter.clone(),
            query: QueryOptions {
                catalog: self.data_catalog.clone(),
                workgroup: self.workgroup.clone(),
                output_location: self.output_location.clone(),
                max_scan: (self.max_scan_gb > 0).then_some(self.max_scan_gb),
                resume: self.query_id.clone(),
            },
        }
    }
}

/// Reads all sources. The selection's accounts and regions choose parts of live sources; the files that a person names
/// are all wanted.
pub fn read<N: Names>(
    sources: &[PathBuf],
    selection: &Selection<N>,
    options: &Live,
    talk: Talk,
) -> Result<Reading, Failure> {
    let filter = selection.filter()?;
    let (mut paths, mut addresses) = (Vec::new(), Vec::new());
    for source in sources {
        match source.to_str().and_then(Address::parse) {
            None => paths.push(input(source)),
            Some(Ok(address)) => addresses.push(address),
            Some(Err(message)) => return Err(anyhow!(message).into()),
        }
    }
    if options.query_id.is_some() && addresses.len() != 1 {
        return Err(several_queries());
    }
    watch_interrupts();
    let mut whole = Reading::default();
    if !paths.is_empty() {
        let progress = Progress::new(talk, "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left");
        whole = local::read(&paths, &filter, &progress).map_err(|error| {
            let help = help(&error);
            Failure::from(error).help(help)
        })?;
        progress.bar.finish_and_clear();
    }
    let request = options.request(selection, &filter);
    for address in addresses {
        let progress = Progress::new(talk, "{spinner} {msg}: {bytes}, {bytes_per_sec}, {elapsed}");
        progress.bar.set_message(address.to_string());
        progress.bar.enable_steady_tick(Duration::from_millis(200));
        let reading = live::read(&address, &request, &progress).map_err(Explained::failure)?;
        progress.bar.finish_and_clear();
        whole.usage.merge(reading.usage);
        whole.notes.extend(reading.notes);
        whole.files += reading.files;
        whole.records += reading.records;
        whole.counted += reading.counted;
    }
    let files = match whole.files {
        0 => String::new(),
        1 => " in 1 file".to_owned(),
        files => format!(" in {files} files"),
    };
    talk.say(&format!("{} records{files}, {} of them calls by roles\n", whole.records, whole.counted));
    Ok(whole)
}

/// The file that is meant: `-` is standard input, where the system has a name for that.
pub fn input(path: &Path) -> PathBuf {
    if path == Path::new("-") && cfg!(unix) { PathBuf::from("/dev/stdin") } else { path.to_owned() }
}

pub fn several_queries() -> Failure {
    Failure::from(anyhow!("`--query-id` is of one query, and there are other sources"))
        .help("name the table or the event data store alone")
}

fn gigabytes(text: &str) -> Result<u64, String> {
    let wanted = || format!("`{text}` is no number of gigabytes");
    let number: f64 = text.parse().map_err(|_| wanted())?;
    if !(0.0..1e9).contains(&number) {
        return Err(wanted());
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is in bounds")]
    let bytes = (number * 1e9) as u64;
    Ok(bytes)
}

fn help(error: &local::LocalError) -> &'static str {
    match error {
        local::LocalError::Unreadable { .. } => {
            "name a file or folder of logs, or a live source: `s3://BUCKET`, `athena://DATABASE.TABLE` …"
        }
        local::LocalError::Empty(_) => {
            "logs are files that end in .json, .jsonl, .ndjson or .gz; name a file to read it whatever it is called"
        }
    }
}

/// How far the reading is, on a terminal; and its end when a person wants it.
struct Progress {
    bar: ProgressBar,
    talk: Talk,
}

/// Set by the first interrupt. The second ends the program as it always does.
static STOPPED: AtomicBool = AtomicBool::new(false);

/// From now on an interrupt ends the reading, and what was read counts.
fn watch_interrupts() {
    // Without a handler an interrupt ends the program, and there is no partial result.
    let _ = ctrlc::set_handler(|| {
        if STOPPED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
}

impl Progress {
    fn new(talk: Talk, template: &str) -> Self {
        let bar = ProgressBar::hidden();
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        if !talk.quiet {
            // Draws on a terminal only.
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(5));
        }
        Self { bar, talk }
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

    fn tell(&self, what: &str) {
        self.bar.suspend(|| self.talk.say(&format!("{what}\n")));
    }

    fn stopped(&self) -> bool {
        STOPPED.load(Ordering::Relaxed)
    }
}
