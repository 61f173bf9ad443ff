//! A role from files: everything that they describe, put together, and one role chosen from it.
//!
//! Bare policy documents are the inline policies of a role without a name of its own. A managed policy's document
//! comes from the same files (its default version), or, for AWS's own, from our data; what is found in neither is
//! a note. What the files do not tell is said, so that an absent policy is never an empty one.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use smol_str::SmolStr;

use super::managed;
use super::shapes::{Described, DescribedRole, Within, document_name, settle_path, unread};
use super::source_text::{load, values};
use super::{Attached, Owner, POLICIES_NOT_DESCRIBED, POLICY_NOT_READ, Role, name_of, slips};
use crate::aws::LiveError;
use crate::model::Note;

/// Why no role could be read.
#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    #[error("could not read `{}`: {error}", path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    #[error("{file}:{line}:{column}: is not JSON: {problem}")]
    NotJson { file: String, line: usize, column: usize, problem: String },
    #[error("{file}:{line}: {problem}")]
    NotARole { file: String, line: u32, problem: String },
    #[error("{wanted} is not described in {}", listed(files))]
    Unknown { wanted: String, files: Vec<String>, known: Vec<SmolStr> },
    #[error("{} describes {} roles", listed(files), known.len())]
    Several { files: Vec<String>, known: Vec<SmolStr> },
    #[error(transparent)]
    Live(#[from] LiveError),
}

impl RoleError {
    /// The next step.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Unreadable { .. } => return None,
            Self::NotJson { problem, .. } if problem.starts_with("EOF") => {
                "the file ends too early; save the whole output of the command".into()
            }
            Self::NotJson { .. } => "save the output of `aws iam …` with `--output json`".into(),
            Self::NotARole { .. } => {
                "give a policy document, or what `aws iam get-account-authorization-details`, \
                                      `get-role` and its kind print"
                    .into()
            }
            Self::Unknown { known, .. } if known.is_empty() => "no role is described there".into(),
            Self::Unknown { known, .. } => format!("described are {}", some(known)),
            Self::Several { known, .. } => format!("choose one with `--role NAME`: {}", some(known)),
            Self::Live(error) => return error.help().map(Into::into),
        })
    }
}

/// What files describe: as many roles as they do.
pub struct Description {
    described: Described,
    files: Vec<String>,
}

/// Reads one role from files; `-` is standard input. `wanted` is its name or ARN, and may be left out where the
/// files describe one role only. The notes say what is not known of it.
pub fn read(paths: &[PathBuf], wanted: Option<&str>) -> Result<(Role, Vec<Note>), RoleError> {
    Description::read(paths)?.role(wanted)
}

impl Description {
    pub fn read(paths: &[PathBuf]) -> Result<Self, RoleError> {
        let mut described = Described::default();
        let files: Vec<String> = paths.iter().map(|path| shown(path)).collect();
        for (path, file) in paths.iter().zip(&files) {
            let text: Arc<str> =
                load(path).map_err(|error| RoleError::Unreadable { path: path.clone(), error })?.into();
            let found = values(&text).map_err(|(line, column, problem)| RoleError::NotJson {
                file: file.clone(),
                line,
                column,
                problem,
            })?;
            if found.is_empty() {
                let problem = "the file is empty".into();
                return Err(RoleError::NotARole { file: file.clone(), line: 1, problem });
            }
            for (start, value) in found {
                described.take(Within { file, text: &text, start }, "$", &value).map_err(|unfit| {
                    RoleError::NotARole { file: file.clone(), line: unfit.line, problem: unfit.problem }
                })?;
            }
        }
        Ok(Self { described, files })
    }

    /// One of the roles, by its name or ARN, or the only one; and what is not known of it.
    pub fn role(&self, wanted: Option<&str>) -> Result<(Role, Vec<Note>), RoleError> {
        role(self.described.clone(), &self.files, wanted)
    }
}

fn role(
    mut described: Described,
    files: &[String],
    wanted: Option<&str>,
) -> Result<(Role, Vec<Note>), RoleError> {
    let mut chosen = choose(&mut described, files, wanted)?;
    let mut notes = std::mem::take(&mut described.notes);
    join(&mut chosen, &mut described, &mut notes);
    let DescribedRole { mut role, inline_told, attached_told } = chosen;
    settle_path(&mut role);
    for (told, kind, command) in [
        (inline_told, "inline", "list-role-policies"),
        (attached_told, "managed", "list-attached-role-policies"),
    ] {
        if !told {
            let message =
                format!("{} does not tell which {kind} policies the role `{}` has", listed(files), role.name);
            let help =
                format!("add what `aws iam {command}` prints, or give `get-account-authorization-details`");
            notes.push(Note::new(POLICIES_NOT_DESCRIBED, message).help(help));
        }
    }
    let documents = described.policies;
    for (arn, attached) in &mut role.attached {
        fill(arn, attached, documents.get(arn), &mut notes);
    }
    if let Some(boundary) = &mut role.boundary {
        fill(&boundary.arn, &mut boundary.policy, documents.get(&boundary.arn), &mut notes);
    }
    notes.extend(slips::notes(&role));
    notes.sort();
    notes.dedup();
    Ok((role, notes))
}

/// The role that is meant.
fn choose(
    described: &mut Described,
    files: &[String],
    wanted: Option<&str>,
) -> Result<DescribedRole, RoleError> {
    let mut known: Vec<SmolStr> = described.roles.iter().map(|one| one.role.name.clone()).collect();
    known.sort();
    known.dedup();
    let fits = |one: &DescribedRole| {
        wanted.is_none_or(|wanted| {
            // IAM tells names apart without regard to case.
            one.role.arn.as_deref() == Some(wanted)
                || (!wanted.starts_with("arn:") && one.role.name.eq_ignore_ascii_case(wanted))
                || (one.role.arn.is_none() && one.role.name.eq_ignore_ascii_case(name_of(wanted)))
        })
    };
    let (mut fitting, others): (Vec<_>, Vec<_>) =
        std::mem::take(&mut described.roles).into_iter().partition(fits);
    if known.is_empty() {
        return Ok(nameless(described, files, wanted));
    }
    let mut names: Vec<&SmolStr> = fitting.iter().map(|one| &one.role.name).collect();
    names.sort();
    names.dedup();
    if names.len() > 1 {
        return Err(RoleError::Several { files: files.to_vec(), known });
    }
    let Some(mut chosen) = (!fitting.is_empty()).then(|| fitting.remove(0)) else {
        let wanted = format!("the role `{}`", wanted.unwrap_or_default());
        return Err(RoleError::Unknown { wanted, files: files.to_vec(), known });
    };
    // `get-role` beside the account's details tells of the same role again.
    for more in fitting {
        chosen.inline_told |= more.inline_told;
        chosen.attached_told |= more.attached_told;
        chosen.role.inline.extend(more.role.inline);
        chosen.role.attached.extend(more.role.attached);
        chosen.role.tags.extend(more.role.tags);
        chosen.role.boundary = chosen.role.boundary.or(more.role.boundary);
    }
    drop(others);
    Ok(chosen)
}

/// Files that name no role describe one all the same: policies alone.
fn nameless(described: &Described, files: &[String], wanted: Option<&str>) -> DescribedRole {
    let of_inline = described.inline.iter().find_map(|(role, ..)| role.clone());
    let of_file = || files.first().map_or("role", |file| name_of(file).trim_end_matches(".json")).into();
    let name = of_inline.or_else(|| wanted.map(|wanted| name_of(wanted).into())).unwrap_or_else(of_file);
    let arn = wanted.filter(|wanted| wanted.starts_with("arn:")).map(Into::into);
    // Who gives documents alone gives all that there is.
    let alone =
        !described.documents.is_empty() || !described.versions.is_empty() || !described.policies.is_empty();
    DescribedRole {
        role: Role { name, arn, path: "/".into(), ..Role::default() },
        inline_told: alone,
        attached_told: alone || described.attached.is_some(),
    }
}

/// Gives the role the pieces that were described apart from it.
fn join(chosen: &mut DescribedRole, described: &mut Described, notes: &mut Vec<Note>) {
    let role = &mut chosen.role;
    for (of, name, policy) in std::mem::take(&mut described.inline) {
        if of.is_none_or(|of| of.eq_ignore_ascii_case(&role.name)) {
            role.inline.insert(name, policy);
            chosen.inline_told |= described.inline_names.is_none();
        }
    }
    if let Some(names) = described.inline_names.take() {
        chosen.inline_told = true;
        for name in names.iter().filter(|name| !role.inline.contains_key(*name)) {
            let message = format!("the document of the inline policy `{name}` is not described");
            let help = format!(
                "add what `aws iam get-role-policy --role-name {} --policy-name {name}` prints",
                role.name
            );
            notes.push(Note::new(POLICY_NOT_READ, message).help(help));
        }
    }
    if let Some(attached) = described.attached.take() {
        chosen.attached_told = true;
        for (arn, name) in attached {
            role.attached.entry(arn.clone()).or_insert_with(|| unread(&arn, name));
        }
    }
    role.tags.append(&mut described.tags);
    if role.attached.is_empty() && role.arn.is_none() && described.policies.len() == 1 {
        // A managed policy on its own is meant as what the role has.
        role.attached = described.policies.clone();
    }
    versions(role, described, notes);
    let mut count = 0;
    for (file, policy) in std::mem::take(&mut described.documents) {
        let mut name = document_name(&file, 0);
        while role.inline.contains_key(&name) {
            count += 1;
            name = document_name(&file, count);
        }
        role.inline.insert(name, policy);
    }
}

/// A version that does not say of which policy goes to the only policy that it can be of.
fn versions(role: &mut Role, described: &mut Described, notes: &mut Vec<Note>) {
    for (id, policy) in std::mem::take(&mut described.versions) {
        let lacking: BTreeSet<SmolStr> = role
            .attached
            .iter()
            .filter(|(arn, attached)| {
                let told = described.policies.get(*arn).unwrap_or(attached);
                told.policy.is_none() && told.version.as_ref().is_none_or(|version| *version == id)
            })
            .map(|(arn, _)| arn.clone())
            .collect();
        let only = (lacking.len() == 1).then(|| lacking.first().cloned()).flatten();
        if let Some(arn) = only {
            let told = described.policies.entry(arn.clone()).or_insert_with(|| role.attached[&arn].clone());
            told.version = Some(id);
            told.policy = Some(policy);
        } else if role.attached.is_empty() {
            described.documents.push(("policy-version".into(), policy));
        } else {
            let message =
                format!("a policy version `{id}` is described, but not of which managed policy it is");
            let help = "give `aws iam get-account-authorization-details`, which tells which is which";
            notes.push(Note::new(POLICY_NOT_READ, message).help(help));
        }
    }
}

/// What a managed policy says: as the files describe it, or as our data has it.
fn fill(arn: &str, attached: &mut Attached, told: Option<&Attached>, notes: &mut Vec<Note>) {
    if let Some(told) = told {
        let policy = attached.policy.take();
        *attached = Attached { policy: told.policy.clone().or(policy), ..told.clone() };
    }
    if attached.policy.is_some() {
        return;
    }
    if attached.owner == Owner::Aws
        && let Some((version, policy)) = managed::published(arn)
    {
        if let Some(told) = attached.version.as_ref().filter(|told| **told != version) {
            let message = format!(
                "the managed policy `{}` has version {told} at AWS; what is read here is {version}, which is among our data",
                attached.name
            );
            notes.push(Note::new("managed-policy-outdated", message));
        }
        attached.version = Some(version);
        attached.policy = Some(policy);
        return;
    }
    let message = format!("what the managed policy `{arn}` allows is not described");
    let help = "give what `aws iam get-account-authorization-details --filter Role LocalManagedPolicy \
                AWSManagedPolicy` prints, or add `aws iam get-policy` and `get-policy-version`";
    notes.push(Note::new(POLICY_NOT_READ, message).help(help));
}

fn shown(path: &Path) -> String {
    if path.as_os_str() == "-" { "standard input".into() } else { path.to_string_lossy().replace('\\', "/") }
}

fn listed(files: &[String]) -> String {
    files.iter().map(|file| format!("`{file}`")).collect::<Vec<_>>().join(", ")
}

/// The first few names.
fn some(names: &[SmolStr]) -> String {
    let shown: Vec<String> = names.iter().take(10).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(10);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}
