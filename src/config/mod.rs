//! `scopedown.toml`: what a team has settled about its functions. It is looked for in the analysed folder and
//! upwards as far as the repository's root, and read strictly: a key that is not known, a value of the wrong kind, a
//! pin without a reason is an error with its line, and with the key that was probably meant.
//!
//! Not done here: what a pin's resource is in a template, whether a function of that name exists, what a rule finds.
//! Paths in the file are relative to the file.

mod date;
mod glob;
mod keys;
mod nearest;
mod places;
mod read;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use smol_str::SmolStr;

use crate::model::{Action, Level, Place, Rule};

pub use date::Date;
pub use glob::matches;
pub use keys::{Key, SECTIONS, Section};
pub use places::{is_account, is_partition, is_region};

pub const FILE: &str = "scopedown.toml";
/// Larger files are no configurations.
const MAX_BYTES: u64 = 1 << 20;

#[derive(Clone, Debug, Default)]
pub struct Config {
    /// None where there is no file.
    pub file: Option<PathBuf>,
    pub region: Option<SmolStr>,
    pub account: Option<SmolStr>,
    pub partition: Option<SmolStr>,
    pub template: Option<PathBuf>,
    /// A folder or file of events, or the name of a live source.
    pub trail: Option<SmolStr>,
    /// Whether s3:ListBucket is allowed on buckets whose objects are read.
    pub missing_keys: bool,
    pub parameters: BTreeMap<SmolStr, SmolStr>,
    /// A policy document whose permissions every function gets, and where it is named.
    pub base_policy: Option<(PathBuf, Place)>,
    pub rules: RuleLevels,
    /// By name or pattern, in the order of their names.
    pub functions: BTreeMap<SmolStr, FunctionSettings>,
    pub pins: Vec<Pin>,
    pub suppressions: Vec<Suppression>,
    pub accepted: Vec<Acceptance>,
}

/// How loudly each rule speaks; None turns it off. Rules that are not named keep their own level.
pub type RuleLevels = BTreeMap<Rule, Option<Level>>;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionSettings {
    pub place: Place,
    /// Findings of this function are not reported.
    pub skip: bool,
    pub rules: RuleLevels,
    /// These four say what the template leaves open: where the code of an image is, what a variable holds.
    pub code: Option<PathBuf>,
    pub handler: Option<SmolStr>,
    pub runtime: Option<SmolStr>,
    pub environment: BTreeMap<SmolStr, SmolStr>,
    /// The name or ARN of the deployed role, where the template does not tell.
    pub role: Option<SmolStr>,
    pub trail: Option<SmolStr>,
}

/// A permission that a person asks for: always granted, never reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    pub place: Place,
    /// A name or pattern; all functions where it is absent.
    pub function: Option<SmolStr>,
    pub actions: Vec<Action>,
    /// ARN patterns in which `${Table.Arn}`, `${Table}` and `${AWS::Region}` mean what they mean in `Fn::Sub`.
    pub resources: Vec<SmolStr>,
    pub reason: SmolStr,
}

/// Findings that a person has decided not to hear of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    pub place: Place,
    pub rule: Option<Rule>,
    pub function: Option<SmolStr>,
    pub action: Option<Action>,
    pub reason: SmolStr,
    /// The last day on which it holds.
    pub expires: Option<Date>,
}

/// A risk that a person has decided to take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    pub place: Place,
    /// The name of a risk; any where it is absent.
    pub risk: Option<SmolStr>,
    pub function: Option<SmolStr>,
    pub action: Option<Action>,
    pub reason: SmolStr,
    pub expires: Option<Date>,
}

/// Why a configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}:{line}: {message}")]
pub struct ConfigError {
    pub path: String,
    /// From 1.
    pub line: u32,
    pub message: String,
    /// The next step, where one is known.
    pub help: Option<String>,
}

impl Config {
    /// The configuration that holds for a path: the nearest upwards; an empty one where there is none. Places name
    /// the file from `root`, the folder that is analysed.
    pub fn of_path(path: &Path) -> Result<Self, ConfigError> {
        let folder = if path.is_dir() {
            path.to_owned()
        } else {
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            parent.unwrap_or(Path::new(".")).to_owned()
        };
        match find(&folder) {
            Some((file, up)) => Self::load(&file, &format!("{}{FILE}", "../".repeat(up))),
            None => Ok(Self::default()),
        }
    }

    /// Reads a file; `shown` is what places call it.
    pub fn load(file: &Path, shown: &str) -> Result<Self, ConfigError> {
        let unreadable = |message: String| ConfigError {
            path: file.display().to_string(),
            line: 1,
            message,
            help: Some(
                "it is a short text in UTF-8; move it away and `scopedown init` writes a new one".to_owned(),
            ),
        };
        let size = fs::metadata(file).map_err(|error| unreadable(format!("cannot be read: {error}")))?.len();
        if size > MAX_BYTES {
            return Err(unreadable("is larger than a configuration can be".to_owned()));
        }
        let text =
            fs::read_to_string(file).map_err(|error| unreadable(format!("cannot be read: {error}")))?;
        let mut config = read::read(&text, &file.display().to_string(), shown)?;
        let folder = file.parent().unwrap_or(Path::new(""));
        config.file = Some(file.to_owned());
        for path in [&mut config.template].into_iter().flatten() {
            *path = folder.join(&*path);
        }
        if let Some((path, _)) = &mut config.base_policy {
            *path = folder.join(&*path);
        }
        for settings in config.functions.values_mut() {
            settings.code = settings.code.take().map(|code| folder.join(code));
        }
        Ok(config)
    }

    /// The settings of a function: those of every pattern that fits it, its own name last.
    pub fn of_function(&self, name: &str) -> FunctionSettings {
        let mut merged = FunctionSettings::default();
        let patterns = self.functions.iter().filter(|(pattern, _)| pattern.as_str() != name);
        let own = self.functions.get_key_value(name);
        for (_, settings) in patterns.filter(|(pattern, _)| matches(pattern, name)).chain(own) {
            merged.join(settings);
        }
        merged
    }
}

impl FunctionSettings {
    fn join(&mut self, nearer: &Self) {
        self.place = nearer.place.clone();
        self.skip |= nearer.skip;
        self.rules.extend(&nearer.rules);
        self.environment.extend(nearer.environment.clone());
        for (own, nearer) in [
            (&mut self.handler, &nearer.handler),
            (&mut self.runtime, &nearer.runtime),
            (&mut self.role, &nearer.role),
            (&mut self.trail, &nearer.trail),
        ] {
            if nearer.is_some() {
                own.clone_from(nearer);
            }
        }
        if nearer.code.is_some() {
            self.code.clone_from(&nearer.code);
        }
    }
}

/// The nearest file from a folder upwards, no further than the repository's root; and how many folders up.
fn find(folder: &Path) -> Option<(PathBuf, usize)> {
    let real = folder.canonicalize().ok()?;
    for (up, above) in real.ancestors().enumerate() {
        if above.join(FILE).is_file() {
            // As the person wrote the path, so that messages name it as they know it.
            let steps = if up == 0 { folder.to_owned() } else { folder.join("../".repeat(up)) };
            return Some((steps.join(FILE), up));
        }
        if above.join(".git").exists() {
            return None;
        }
    }
    None
}

/// Whether a name or pattern fits, and everything where there is none.
pub fn fits(pattern: Option<&SmolStr>, name: &str) -> bool {
    pattern.is_none_or(|pattern| matches(pattern, name))
}
