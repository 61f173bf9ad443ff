//! The arguments that say what is analysed, shared by the commands that analyse.

use std::path::{Path, PathBuf};

use clap::Args;

use smol_str::SmolStr;

use super::Failure;
use super::options::{account, partition, region};
use super::seen::Seen;
use super::terminal::Talk;
use crate::analysis::{self, Analysis, AnalyzeError, Request};
use crate::catalog;
use crate::config::Config;
use crate::project::{Choices, ProjectError};

#[derive(Debug, Args)]
pub struct Source {
    /// The template to read, where there is more than one
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// Only this function of the template (may be given again)
    #[arg(long = "function", value_name = "NAME")]
    functions: Vec<String>,
    /// The handler, for code without a template
    #[arg(long, value_name = "FILE:FUNCTION", conflicts_with_all = ["template", "functions"])]
    handler: Option<String>,
    /// The region that the functions run in
    #[arg(long, value_parser = region)]
    region: Option<String>,
    /// The account that the functions run in
    #[arg(long, value_name = "ID", value_parser = account)]
    account: Option<String>,
    /// The partition that the functions run in: aws, aws-cn, aws-us-gov …
    #[arg(long, value_parser = partition)]
    partition: Option<String>,
    /// Also allow s3:ListBucket on buckets whose objects are read, so that a missing key answers 404 and not 403
    #[arg(long, value_name = "true|false", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    missing_keys: Option<bool>,
    /// A value for a template parameter (may be given again)
    #[arg(long = "param", value_name = "KEY=VALUE", value_parser = parameter)]
    parameters: Vec<(String, String)>,
}

/// What is analysed: a path, and what is chosen of it.
#[derive(Debug, Args)]
pub struct Target {
    /// A folder, a template or a source file
    #[arg(default_value = ".")]
    pub path: PathBuf,
    #[command(flatten)]
    pub source: Source,
}

impl Target {
    /// Analysed beside what the logs say, where some are given or configured.
    pub fn analyze(&self, seen: &Seen, talk: Talk) -> Result<(Request, Analysis), Failure> {
        let mut request = self.source.request(&self.path, configuration(&self.path)?);
        // What is wrong with the template is said before the logs are read, which may take long and cost.
        let functions = if seen.any(&request.config) {
            analysis::names(&request).map_err(|error| explained(&request, error))?
        } else {
            None
        };
        request.trails = seen.read(&request.config, functions.as_deref(), talk)?;
        let analysis = run(&request)?;
        Ok((request, analysis))
    }
}

impl Source {
    /// `everything` also looks at files that no function runs.
    pub fn analyze(&self, path: &Path, everything: bool) -> Result<Analysis, Failure> {
        let config = configuration(path)?;
        run(&Request { everything, ..self.request(path, config) })
    }

    /// What is asked for; the command line wins over the configuration.
    pub fn request(&self, path: &Path, config: Config) -> Request {
        let or = |own: &Option<String>, configured: &Option<SmolStr>| {
            own.as_deref().map(SmolStr::from).or_else(|| configured.clone())
        };
        let mut parameters = config.parameters.clone();
        parameters.extend(self.parameters.iter().map(|(k, v)| (k.into(), v.into())));
        // A path that is a file is itself what is to be read.
        let configured = config.template.clone().filter(|_| path.is_dir() && self.handler.is_none());
        Request {
            path: path.to_owned(),
            choices: Choices {
                template: self.template.clone().or(configured),
                region: or(&self.region, &config.region),
                account: or(&self.account, &config.account),
                partition: or(&self.partition, &config.partition),
                parameters,
            },
            functions: self.functions.iter().map(Into::into).collect(),
            handler: self.handler.clone(),
            everything: false,
            options: catalog::Options { missing_keys: self.missing_keys.unwrap_or(config.missing_keys) },
            config,
            trails: analysis::Trails::default(),
        }
    }
}

fn run(request: &Request) -> Result<Analysis, Failure> {
    analysis::analyze(request).map_err(|error| explained(request, error))
}

/// The failure with the next step, and with the configuration where that named what cannot be read.
fn explained(request: &Request, error: AnalyzeError) -> Failure {
    let help = error.help();
    let config = &request.config;
    let named =
        config.template.as_ref().filter(|template| request.choices.template.as_ref() == Some(template));
    match (&error, named, &config.file) {
        (AnalyzeError::Project(ProjectError::Unreadable { path, .. }), Some(template), Some(file))
            if *path == template.display().to_string() =>
        {
            let context = format!("the `template` of `{}`", file.display());
            Failure::from(anyhow::Error::from(error).context(context))
                .help("mend the path, which is relative to that file, or name another with --template")
        }
        _ => Failure::from(error).help(help),
    }
}

/// The configuration that holds for a path.
pub fn configuration(path: &Path) -> Result<Config, Failure> {
    Config::of_path(path).map_err(|error| {
        let help = error.help.clone();
        Failure { error: error.into(), help }
    })
}

fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE".to_owned()),
    }
}
