//! What is deployed: functions, their code, and what the deployment wires them to.
//!
//! A dialect (`sam`, which is SAM and CloudFormation; a plain folder) reads its files and yields
//! [`Function`]s. Nothing after this module knows a dialect: expressions have become [`Text`], a template's
//! resources are known by what they are ([`Deployed`]), and what the platform needs is already [`Grant`]s.

mod keys;
mod load;
mod plain;
mod role;
mod sam;
mod settle;
mod symbolic;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use indexmap::IndexMap;
use smol_str::SmolStr;

use crate::model::{Grant, Note, Part, Place, Text};

pub use load::{ProjectError, load};
pub use plain::{plain, sources};
pub use role::{Attached, Entry, RoleToday, Written};
pub use settle::fields;

/// What a person chose on the command line; it fills in what templates leave open.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    /// `--template`; none looks for one in the folder.
    pub template: Option<PathBuf>,
    pub region: Option<SmolStr>,
    pub account: Option<SmolStr>,
    /// `aws` unless chosen.
    pub partition: Option<SmolStr>,
    /// `--param K=V`.
    pub parameters: BTreeMap<SmolStr, SmolStr>,
}

/// A folder, read.
#[derive(Debug, Default)]
pub struct Project {
    /// The folder that all paths are relative to.
    pub root: PathBuf,
    pub functions: Vec<Function>,
    /// The template's resources by logical id; empty for a plain folder.
    pub resources: IndexMap<SmolStr, Deployed>,
    /// What the template's parameters are when nobody says otherwise, or what was chosen for them. A name among
    /// them stays [`crate::model::Part::Parameter`] in texts, so that what is emitted fits every deployment.
    pub parameters: BTreeMap<SmolStr, SmolStr>,
    /// The template that was read, relative to `root`.
    pub template: Option<SmolStr>,
    pub notes: Vec<Note>,
}

/// A resource of the template, as much of it as permissions need.
#[derive(Clone, Debug)]
pub struct Deployed {
    /// `AWS::DynamoDB::Table`.
    pub kind: SmolStr,
    /// Its ARN with everything known filled in: a literal or partly literal physical name where the template
    /// gives one, [`crate::model::Part::Any`] for the stretch that CloudFormation makes up.
    /// None for a type whose ARN is not known to us.
    pub arn: Option<Text>,
    /// Every way in which a text may spell this ARN: with the physical name, where the template gives one (each
    /// branch of it), or with what `Ref` or `GetAtt` gives.
    pub spellings: Vec<Text>,
    /// What `Ref` gives, known as far as it is known.
    pub reference: Text,
    /// The customer's KMS key that encrypts it, where it has one: an ARN, key id or alias as the template says.
    pub kms_key: Option<Text>,
    /// The logical ids that it cannot be made without: what its properties mention and `DependsOn` names. For
    /// a bucket, user pool or API that SAM points at a function, that function too.
    pub needs: BTreeSet<SmolStr>,
    pub place: Place,
}

#[derive(Debug)]
pub struct Function {
    /// Logical id, or the name given to a plain folder's handler.
    pub name: SmolStr,
    /// Where the template declares it; the file is empty for a plain folder.
    pub place: Place,
    pub runtime: Option<SmolStr>,
    /// As written: `app.handler`, `src/app.handler`. None for container images without a command.
    pub handler: Option<SmolStr>,
    /// Files that a bundler makes the deployed ones of, relative to the code; empty where nothing is bundled.
    pub entry_points: Vec<SmolStr>,
    pub code: Code,
    /// The binary of the code that the function runs, where the template's metadata name it to what builds it.
    pub binary: Option<SmolStr>,
    /// Local layers, outermost first: folders whose `python/`, `nodejs/` … contents are importable.
    pub layers: Vec<PathBuf>,
    /// Several values where the template decides between them by a condition.
    pub environment: BTreeMap<SmolStr, Vec<Text>>,
    /// What a path of the event is known to be, by the function's triggers: `Records[].s3.bucket.name` → the
    /// bucket. Several triggers of one kind give several values.
    pub event_values: BTreeMap<SmolStr, Vec<Text>>,
    /// What the service needs to run the function as deployed.
    pub platform: Vec<Grant>,
    /// Those of `platform` that SAM attaches by itself to a role that it makes for this function; a SAM
    /// template that lists them under `Policies` grants them twice. Empty for other dialects.
    pub sam_provides: Vec<Grant>,
    /// The role that the function has today; none when its role is not in the template.
    pub current: Option<RoleToday>,
    pub notes: Vec<Note>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// A folder, absolute or relative to the working directory. It may not exist: build output is not always there.
    Folder(PathBuf),
    /// Source text in the template (`ZipFile`), with the file it stands in and the line of its first line.
    /// [`substitution`] names, where it stands in the source, each part that the template substitutes into it.
    Inline { source: String, substituted: Vec<Part>, place: Place },
    /// Somewhere we cannot look. The text completes "the code is …": `an S3 object`, `a container image`.
    Elsewhere(String),
}

/// What stands for a substituted part in inline source: a name in any language, and one that nobody writes.
pub fn substitution(index: usize) -> String {
    format!("\u{2d63}{index}\u{2d63}")
}

/// A literal of inline source with the parts that the template substitutes into it.
pub fn substituted(literal: &str, parts: &[Part]) -> Text {
    let mut text = Text::default();
    let mut rest = literal;
    for (index, part) in parts.iter().enumerate() {
        while let Some((before, after)) = rest.split_once(&substitution(index)) {
            text.push_str(before);
            text.push(part.clone());
            rest = after;
        }
    }
    text.push_str(rest);
    text
}
