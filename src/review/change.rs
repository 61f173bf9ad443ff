//! A change, from git to a [`Report`]: the base is written to a temporary folder, the functions that the change can
//! touch are analysed on both sides, and what is said of the head is what was not already so at the base.
//!
//! The base is where the change began (the merge base), as a pull request shows it. The template's parameters, the
//! region and the account are the head's on both sides; pins and settings are each side's own.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use smol_str::SmolStr;
use tempfile::TempDir;

use super::changes::State;
use super::ground::Ground;
use super::select::{Side, touched};
use super::{Compared, Finding, FunctionChange, Member, Report, changes, check, finding, silence};
use crate::analysis::{self, Analysis, AnalyzeError, Request};
use crate::config::{Config, ConfigError, Date};
use crate::git::{GitError, Repository};
use crate::model::{Action, Condition, Kind, Note, Place, Resource, Rule};
use crate::policy::action_covers;
use crate::project::{self, Project, ProjectError};

/// What a person asks for.
pub struct ChangeRequest<'a> {
    pub path: &'a Path,
    pub base: &'a str,
    /// None for the work tree.
    pub head: Option<&'a str>,
    /// Makes the request for a folder of either side, with the configuration that holds for it.
    pub request: &'a dyn Fn(&Path, Config) -> Request,
    pub today: Date,
}

#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    #[error(transparent)]
    Git(#[from] GitError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Analyze(#[from] AnalyzeError),
    #[error("`{path}` does not exist in `{revision}`")]
    NoPath { path: String, revision: String },
}

impl ReviewError {
    /// The next step.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Git(error) => Some(error.help().to_owned()),
            Self::Config(error) => error.help.clone(),
            Self::Analyze(error) => Some(error.help().to_owned()),
            Self::NoPath { .. } => Some("name a folder that exists in the head".to_owned()),
        }
    }
}

/// One side, on the disk.
struct Tree {
    /// The root of the repository's files.
    root: PathBuf,
    path: PathBuf,
    /// Goes away with the tree.
    _folder: Option<TempDir>,
}

pub fn review(asked: &ChangeRequest<'_>) -> Result<Report, ReviewError> {
    let folder = if asked.path.is_dir() { asked.path } else { asked.path.parent().unwrap_or(Path::new(".")) };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    if asked.head.is_none() && !asked.path.exists() {
        let reason = "there is no such file or folder".to_owned();
        let path = asked.path.display().to_string();
        return Err(AnalyzeError::from(ProjectError::Unreadable { path, reason }).into());
    }
    let repository = Repository::of(folder)?;
    if asked.head.is_none() {
        repository.without_conflicts()?;
    }
    let mut notes = Vec::new();
    let named = repository.commit(asked.base)?;
    let head = asked.head.map(|head| repository.commit(head)).transpose()?;
    let tip = match &head {
        Some(head) => head.clone(),
        None => repository.commit("HEAD")?,
    };
    let base = repository.merge_base(&named, &tip).unwrap_or_else(|| {
        let message = format!(
            "where the change parted from `{}` is not known here; it is compared with that commit itself",
            asked.base
        );
        notes.push(Note::new("no-merge-base", message).help("fetch more history: `git fetch --unshallow`"));
        named.clone()
    });
    let mut report = Report { prefix: repository.prefix.clone(), ..Report::default() };
    let mut compared = Compared {
        base: asked.base.to_owned(),
        base_commit: base.clone(),
        head: asked.head.map(str::to_owned),
        ..Compared::default()
    };
    let changed = repository.changed(&base, head.as_deref())?;
    let new = tree(&repository, head.as_deref(), asked.path, &mut notes)?;
    if !new.path.exists() {
        let path = asked.path.display().to_string();
        return Err(ReviewError::NoPath { path, revision: asked.head.unwrap_or("the work tree").to_owned() });
    }
    let old = tree(&repository, Some(&base), asked.path, &mut notes)?;
    let new_request = (asked.request)(&new.path, Config::of_path(&new.path)?);
    let old_config = Config::of_path(&old.path).unwrap_or_else(|error| {
        notes.push(Note::new(
            "unreadable-base",
            format!("the configuration at the base does not count: {error}"),
        ));
        Config::default()
    });
    let mut old_request = (asked.request)(&old.path, old_config);
    at_the_base(&mut old_request, &new_request, &old, &new);

    let (mut before, mut after) = match (loaded(&old_request), loaded(&new_request)) {
        (Ok(before), Ok(after)) => (before, after),
        // Every function has gone.
        (Ok(before), Err(ProjectError::Empty { .. })) => (before, Project::default()),
        (_, Err(error)) => return Err(AnalyzeError::from(error).into()),
        (Err(error), Ok(after)) => {
            if old.path.exists() && !matches!(error, ProjectError::Empty { .. }) {
                notes.push(Note::new("unreadable-base", format!("nothing is known of the base: {error}")));
            }
            (Project::default(), after)
        }
    };
    analysis::configure(&old_request.config, &mut before);
    analysis::configure(&new_request.config, &mut after);
    if let Some(name) = new_request.functions.iter().find(|name| {
        let mut functions = before.functions.iter().chain(&after.functions);
        before.template.is_some() && after.template.is_some() && !functions.any(|one| one.name == **name)
    }) {
        let known: Vec<_> = after.functions.iter().map(|one| format!("`{}`", one.name)).collect();
        return Err(AnalyzeError::UnknownFunction { name: name.clone(), known: known.join(", ") }.into());
    }
    let sides = Sides { old: &old, new: &new, prefix: &repository.prefix, changed: &changed };
    let names = sides.touched(&before, &after, &old_request, &new_request);
    let (before, _) = analysed(&old_request, &before, names.as_ref())?;
    let (after, untouched) = analysed(&new_request, &after, names.as_ref())?;
    compared.untouched = untouched;

    let config = &new_request.config;
    let was = check(&before, &old_request.choices, config, asked.today);
    let now = check(&after, &new_request.choices, config, asked.today);
    let (changes, mut findings) = differences(&before, &after, &new_request, config);
    report.suppressed = now.suppressed + silence::apply(&mut findings, config, asked.today);
    let known: BTreeSet<&str> = was.findings.iter().map(|finding| finding.fingerprint.as_str()).collect();
    let (earlier, fresh): (Vec<_>, Vec<_>) = now.findings.into_iter().partition(|finding| {
        finding.rule != Rule::ExpiredSuppression && known.contains(finding.fingerprint.as_str())
    });
    compared.earlier = earlier.len();
    findings.extend(without_said(fresh, &findings));
    for finding in &mut findings {
        needed_before(finding, &before);
    }
    finding::finish(&mut findings);
    compared.changes = changes;
    report.findings = findings;
    report.unread = after.functions.iter().filter(|function| !function.followed).count();
    report.functions = after.functions.iter().map(|function| function.name.clone()).collect();
    let said =
        |note: &Note| was.notes.iter().any(|old| (old.rule, &old.message) == (note.rule, &note.message));
    report.notes = notes;
    report.notes.extend(now.notes.into_iter().filter(|note| !said(note)));
    report.compared = Some(compared);
    Ok(report)
}

/// The files of a commit, or the work tree.
fn tree(
    repository: &Repository,
    commit: Option<&str>,
    path: &Path,
    notes: &mut Vec<Note>,
) -> Result<Tree, ReviewError> {
    let Some(commit) = commit else {
        return Ok(Tree { root: repository.root.clone(), path: path.to_owned(), _folder: None });
    };
    let folder = TempDir::with_prefix("scopedown-").map_err(GitError::Unwritable)?;
    // In a folder of the repository's own name: a project is called after its folder where nothing else names it.
    let name = repository.root.file_name().map_or_else(|| "repository".into(), ToOwned::to_owned);
    let root = folder.path().join(name);
    std::fs::create_dir(&root).map_err(GitError::Unwritable)?;
    let extracted = repository.extract(commit, &root)?;
    for submodule in extracted.submodules {
        let message =
            format!("the submodule `{submodule}` is not read at a commit; its code counts as absent there");
        notes.push(Note::new("submodule", message).at(submodule, 0, 0));
    }
    let mut inside = root.join(&repository.prefix);
    if let (false, Some(name)) = (path.is_dir(), path.file_name()) {
        inside = inside.join(name);
    }
    Ok(Tree { root, path: inside, _folder: Some(folder) })
}

/// What a person named by a path in the work tree is meant in the base too, and what was chosen for the head counts
/// for the base.
fn at_the_base(old: &mut Request, new: &Request, old_tree: &Tree, new_tree: &Tree) {
    let template = old.choices.template.clone();
    old.choices = new.choices.clone();
    old.choices.template = new.choices.template.as_ref().map(|chosen| {
        let roots = (std::path::absolute(chosen).ok(), new_tree.root.canonicalize().ok());
        let real = roots.0.map(|path| path.canonicalize().unwrap_or(path));
        match real.as_ref().zip(roots.1.as_ref()).and_then(|(path, root)| path.strip_prefix(root).ok()) {
            Some(inside) => old_tree.root.join(inside),
            None => template.unwrap_or_else(|| chosen.clone()),
        }
    });
}

fn loaded(request: &Request) -> Result<Project, ProjectError> {
    project::load(&request.path, &request.choices)
}

struct Sides<'a> {
    old: &'a Tree,
    new: &'a Tree,
    prefix: &'a str,
    changed: &'a [String],
}

impl Sides<'_> {
    /// The functions to look at; none means all.
    fn touched(
        &self,
        before: &Project,
        after: &Project,
        old: &Request,
        new: &Request,
    ) -> Option<BTreeSet<SmolStr>> {
        let asked: BTreeSet<SmolStr> = new.functions.iter().cloned().collect();
        if self.changed.is_empty() {
            return Some(BTreeSet::new());
        }
        // Without a template the functions are known by their code alone.
        if new.handler.is_some() || before.template.is_none() || after.template.is_none() {
            return None;
        }
        let settled =
            |config: &Config| (config.pins.clone(), config.functions.clone(), config.base_policy.is_some());
        let bare = |config: &Config| {
            let (mut pins, mut functions, base) = settled(config);
            for pin in &mut pins {
                pin.place = Place::default();
            }
            for one in functions.values_mut() {
                one.place = Place::default();
                one.code = None;
            }
            (pins, functions, base, config.missing_keys)
        };
        let base_policy = new.config.base_policy.as_ref().and_then(|(path, _)| path.file_name()?.to_str());
        let policy_changed =
            base_policy.is_some_and(|name| self.changed.iter().any(|file| file.ends_with(name)));
        let mut names = if bare(&old.config) != bare(&new.config) || policy_changed {
            before.functions.iter().chain(&after.functions).map(|function| function.name.clone()).collect()
        } else {
            let base = Side { project: before, root: &self.old.root, prefix: self.prefix };
            let head = Side { project: after, root: &self.new.root, prefix: self.prefix };
            touched(&base, &head, self.changed)
        };
        if !asked.is_empty() {
            names.retain(|name| asked.contains(name));
        }
        Some(names)
    }
}

/// One side analysed, as far as it has the functions; and how many it has besides.
fn analysed(
    request: &Request,
    project: &Project,
    names: Option<&BTreeSet<SmolStr>>,
) -> Result<(Analysis, usize), AnalyzeError> {
    let nothing = || Analysis {
        root: project.root.clone(),
        functions: Vec::new(),
        unclaimed: Vec::new(),
        notes: Vec::new(),
        project: Project { root: project.root.clone(), ..Project::default() },
        left_out: Vec::new(),
    };
    let Some(names) = names else {
        if project.root.as_os_str().is_empty() {
            return Ok((nothing(), 0));
        }
        return Ok((analysis::analyze(&all_known(request, project))?, 0));
    };
    let wanted: Vec<SmolStr> =
        project.functions.iter().map(|one| one.name.clone()).filter(|name| names.contains(name)).collect();
    let left = project.functions.len() - wanted.len();
    if wanted.is_empty() {
        return Ok((nothing(), left));
    }
    let request = Request { functions: wanted, ..request.clone() };
    Ok((analysis::analyze(&request)?, left))
}

/// A function that is asked for by name may be there on one side alone.
fn all_known(request: &Request, project: &Project) -> Request {
    let mut request = request.clone();
    if project.template.is_some() {
        request.functions.retain(|name| project.functions.iter().any(|function| function.name == *name));
    } else {
        request.functions.clear();
    }
    request
}

fn members(analysis: &Analysis) -> Vec<Member<'_>> {
    let pairs = analysis.project.functions.iter().zip(&analysis.functions);
    pairs.map(|(function, analysed)| Member { function, analysed }).collect()
}

fn differences(
    before: &Analysis,
    after: &Analysis,
    request: &Request,
    config: &Config,
) -> (Vec<FunctionChange>, Vec<Finding>) {
    let ground = Ground { project: &after.project, choices: &request.choices };
    let old = members(before);
    let new: Vec<Member<'_>> =
        members(after).into_iter().filter(|member| !config.of_function(&member.function.name).skip).collect();
    let mut pairs: BTreeMap<&SmolStr, Member<'_>> =
        old.iter().map(|member| (&member.function.name, *member)).collect();
    let renamed = renamed(&old, &new);
    let (mut all, mut findings) = (Vec::new(), Vec::new());
    let mut roles: BTreeSet<&SmolStr> = BTreeSet::new();
    for member in &new {
        let name = renamed.get(&member.function.name).copied().unwrap_or(&member.function.name);
        let was = pairs.remove(name);
        let (mut change, found) = changes::of_function(was, *member, ground);
        findings.extend(found);
        if let Some(role) = &member.function.current
            && roles.insert(&role.role)
        {
            let sharing =
                |one: &&Member<'_>| one.function.current.as_ref().is_some_and(|own| own.role == role.role);
            let functions: Vec<Member<'_>> = new.iter().filter(sharing).copied().collect();
            let was = was.and_then(|was| was.function.current.as_ref());
            let same_role =
                old.iter().filter_map(|one| one.function.current.as_ref()).find(|own| own.role == role.role);
            let (of_role, found) = changes::of_role(same_role.or(was), role, &functions, ground);
            change.changes.extend(of_role);
            findings.extend(found);
        }
        if change.state == State::Added || !change.changes.is_empty() {
            all.push(change);
        }
    }
    for (name, member) in pairs {
        all.push(FunctionChange {
            name: name.clone(),
            state: State::Removed,
            changes: Vec::new(),
            policy_before: format!("{:#}\n", crate::policy::print(&member.analysed.policy.document())),
            policy_after: String::new(),
        });
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    (all, findings)
}

/// Functions without a template are called after their files. One that is gone and one that is new are the same when
/// they need the same; else, of those that are called the same in their files, the ones that share most needs, or
/// the only two. New name to old.
fn renamed<'a>(old: &[Member<'a>], new: &[Member<'a>]) -> BTreeMap<&'a SmolStr, &'a SmolStr> {
    let unmatched = |own: &[Member<'a>], others: &[Member<'a>]| -> Vec<Member<'a>> {
        let known = |name: &SmolStr| others.iter().any(|one| one.function.name == *name);
        let is_plain = |one: &&Member<'a>| one.function.place.file.is_empty() && !known(&one.function.name);
        own.iter().filter(is_plain).copied().collect()
    };
    let (mut free, mut fresh) = (unmatched(old, new), unmatched(new, old));
    let mut renamed = BTreeMap::new();
    fresh.retain(|member| match free.iter().position(|one| needs(*one) == needs(*member)) {
        Some(at) => {
            renamed.insert(&member.function.name, &free.remove(at).function.name);
            false
        }
        None => true,
    });
    let only = free.len() == 1 && fresh.len() == 1;
    for member in fresh {
        let own = needs(member);
        let shared = |one: &Member<'a>| needs(*one).intersection(&own).count();
        let called = |one: &Member<'a>| one.function.name.rsplit('.').next().map(str::to_owned);
        let fitting = free.iter().enumerate().filter(|(_, one)| called(one) == called(&member));
        let best =
            fitting.map(|(at, one)| (shared(one), at)).max_by_key(|(count, at)| (*count, usize::MAX - at));
        if let Some((count, at)) = best
            && (count > 0 || only)
        {
            renamed.insert(&member.function.name, &free.remove(at).function.name);
        }
    }
    renamed
}

/// What the code of a function needs.
fn needs(member: Member<'_>) -> BTreeSet<(&Action, &Resource, &Condition)> {
    let code = member.analysed.grants.iter().filter(|grant| grant.kind == Kind::Code);
    code.map(|grant| (&grant.action, &grant.resource, &grant.condition)).collect()
}

/// Risks that a new privilege already tells.
fn without_said(fresh: Vec<Finding>, said: &[Finding]) -> Vec<Finding> {
    let told = |finding: &Finding| {
        finding.rule == Rule::Risk
            && said.iter().any(|one| {
                one.rule == Rule::NewPrivilege
                    && one.functions == finding.functions
                    && one.actions == finding.actions
                    && one.resource == finding.resource
            })
    };
    fresh.into_iter().filter(|finding| !told(finding)).collect()
}

/// Says which code needed what nothing needs any more.
fn needed_before(finding: &mut Finding, before: &Analysis) {
    if finding.rule != Rule::Unneeded {
        return;
    }
    let of_functions = before.functions.iter().filter(|function| finding.functions.contains(&function.name));
    let needs = of_functions.flat_map(|function| &function.grants);
    let lost: BTreeSet<String> = needs
        .filter(|need| finding.actions.iter().any(|action| action_covers(action, &need.action)))
        .flat_map(|need| &need.origins)
        .map(|origin| format!("{}:{}", origin.place().file, origin.place().line))
        .collect();
    if !lost.is_empty() {
        let lost: Vec<_> = lost.into_iter().take(3).collect();
        write!(finding.message, "; before the change {} needed it", lost.join(", "))
            .expect("writing to a string");
    }
}
