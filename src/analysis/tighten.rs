//! A role as it is beside what its functions need: what to remove, what to narrow, what is missing, how sure that is,
//! and why. The answer is one [`Tightened`] for each role; a role that several functions share is shown whole, and
//! split into what each of them needs.
//!
//! A role of the template is compared in the template's own names, so that two tables without a name stay two. A role
//! of files or of AWS has none of them: there the policies are compared as they would be deployed, and a name that
//! nobody knows is a wildcard, which is said. What a role denies, and what SAM adds by itself, stays as it is.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use super::sureness::Ground;
use super::{Analysis, FunctionAnalysis, Request, Trail, physical_name};
use crate::catalog;
use crate::diff::{Diff, Kind};
use crate::merge::{self, SelfCheckError};
use crate::model::{
    Condition, Document, Effect, Grant, Note, Origin, Part, Place, Resources, Shape, Statement, Text,
};
use crate::policy::{self, action_covers, covers, overlaps};
use crate::project::{Choices, Entry, Function, Project};
use crate::role::{Desired, PolicyOrigin, Role};

/// One role.
#[derive(Debug)]
pub struct Tightened {
    /// Its name, or its logical id in the template.
    pub role: SmolStr,
    /// The policies that it has today, by name.
    pub today: Vec<String>,
    /// From what it allows today to what its functions need, all together.
    pub diff: Diff,
    /// What each of its functions needs, in the order of the template.
    pub parts: Vec<Needed>,
    /// The new policies as they would be deployed, within the quotas.
    pub policies: Vec<Document>,
    /// Functions whose code could not be followed: what they need is not known.
    pub unread: Vec<SmolStr>,
    pub notes: Vec<Note>,
}

/// What one function needs.
#[derive(Debug)]
pub struct Needed {
    pub function: SmolStr,
    /// Within the quotas: several where one is too long.
    pub policies: Vec<Document>,
    /// The same with the names of the template.
    pub symbolic: Document,
}

impl Tightened {
    /// Whether the role allows what is needed and nothing else, as far as that is known at all.
    pub fn fits(&self) -> bool {
        !self.diff.differs() && self.unread.is_empty()
    }

    /// The change that makes a role of AWS fit: one policy in place of all that allow. What denies stays: a policy
    /// that does nothing else as it is, one that also allows as a policy of its denials.
    pub fn desired(&self, role: &Role, stage: bool) -> Desired {
        let mut desired = Desired { stage, ..Desired::default() };
        if let Some(own) = self.diff.new.first().filter(|own| !own.statements.is_empty()) {
            let fits = policy::plan(own, policy::MANAGED_COUNT).notes.is_empty();
            desired.policies.insert(POLICY.into(), if fits { own.clone() } else { shrunk(own) });
        }
        let mut denied: Vec<Statement> = Vec::new();
        for (origin, document) in role.documents() {
            let denials = denials(&document);
            if denials.as_ref().is_some_and(|denials| denials.statements.len() == document.statements.len()) {
                continue;
            }
            match origin {
                PolicyOrigin::Inline { name } if desired.policies.contains_key(&name) => {}
                PolicyOrigin::Inline { name } if name == DENIALS => {}
                PolicyOrigin::Inline { name } => {
                    desired.delete.insert(name);
                }
                PolicyOrigin::Managed { arn, .. } => {
                    desired.detach.insert(arn);
                }
            }
            denied.extend(denials.into_iter().flat_map(|document| document.statements));
        }
        if !denied.is_empty() {
            let document = Document { statements: denied, ..Document::default() };
            desired.policies.insert(DENIALS.into(), document);
        }
        desired
    }
}

/// What the policies are called that a change leaves in a role.
const POLICY: &str = "scopedown";
const DENIALS: &str = "scopedown-denials";

/// A role from files or AWS, and what was noted when it was read.
#[derive(Debug)]
pub struct Given {
    pub role: Role,
    pub notes: Vec<Note>,
    /// Whose role it is by the configuration; none where a person named the role alone.
    pub functions: Option<BTreeSet<SmolStr>>,
}

#[derive(Debug, thiserror::Error)]
pub enum TightenError {
    #[error("nothing says which role {functions} {has} today")]
    NoRole { functions: String, has: &'static str },
    #[error("there is no function to tighten a role for")]
    NoFunction,
    #[error("the policy of the role `{role}` failed its own check: {error}")]
    SelfCheck { role: SmolStr, error: SelfCheckError },
}

impl TightenError {
    /// The next step.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NoRole { .. } => {
                "give the role: `--current FILE` with its policies or what `aws iam get-account-authorization-details` \
                 prints, or `--role NAME` to read it from AWS; `role` under [functions.NAME] of scopedown.toml names it \
                 for good"
            }
            Self::NoFunction => "name a folder with a template, or a handler with `--handler FILE:FUNCTION`",
            Self::SelfCheck { .. } => "this is a defect of scopedown; please report it with the input",
        }
    }
}

/// Compares every role with what its functions need: the roles that were given, each with the functions that it is the
/// role of, and for the other functions the roles of the template. A role that a person named is all that is asked.
pub fn tighten(
    analysis: &Analysis,
    request: &Request,
    given: &[Given],
) -> Result<Vec<Tightened>, TightenError> {
    let pairs: Vec<Member> = analysis
        .functions
        .iter()
        .zip(&analysis.project.functions)
        .map(|(analysed, function)| Member { analysed, function })
        .collect();
    if pairs.is_empty() {
        return Err(TightenError::NoFunction);
    }
    let comparison = Comparison { analysis, request };
    if let Some(given) = given.iter().find(|given| given.functions.is_none()) {
        let own = having(&pairs, given, &analysis.project, &request.choices);
        return comparison.with_given(&own, given).map(|tightened| vec![tightened]);
    }
    let is_of = |given: &Given, pair: &Member| {
        given.functions.as_ref().is_some_and(|names| names.contains(&pair.analysed.name))
    };
    let mut all = Vec::new();
    for one in given {
        let own: Vec<Member> = pairs.iter().filter(|pair| is_of(one, pair)).copied().collect();
        if !own.is_empty() {
            all.push(comparison.with_given(&own, one)?);
        }
    }
    let mut roles: Vec<(SmolStr, Vec<Member>)> = Vec::new();
    let mut without: Vec<&Member> = Vec::new();
    for pair in pairs.iter().filter(|pair| !given.iter().any(|given| is_of(given, pair))) {
        match &pair.function.current {
            None => without.push(pair),
            Some(current) => match roles.iter_mut().find(|(role, _)| *role == current.role) {
                Some((_, members)) => members.push(*pair),
                None => roles.push((current.role.clone(), vec![*pair])),
            },
        }
    }
    if roles.is_empty() && all.is_empty() {
        let names: Vec<String> = without.iter().map(|pair| format!("`{}`", pair.analysed.name)).collect();
        let has = if names.len() == 1 { "has" } else { "have" };
        return Err(TightenError::NoRole { functions: names.join(", "), has });
    }
    for (role, members) in &roles {
        all.push(comparison.with_template(role, members)?);
    }
    if let Some(first) = all.first_mut() {
        first.notes.extend(without.iter().map(|pair| {
            let message =
                format!("nothing says which role `{}` has today, so it is left out", pair.analysed.name);
            let help = match request.config.of_function(&pair.analysed.name).role {
                Some(role) => {
                    format!("scopedown.toml names `{role}`: give its description with `--current FILE`")
                }
                None => "give it with `--function NAME --current FILE`".to_owned(),
            };
            Note::new("no-current-role", message).help(help)
        }));
    }
    Ok(all)
}

#[derive(Clone, Copy)]
struct Member<'a> {
    analysed: &'a FunctionAnalysis,
    function: &'a Function,
}

/// The functions that have a role that was given: those whose role it is by its name, else all that were asked for.
fn having<'a>(pairs: &[Member<'a>], given: &Given, project: &Project, choices: &Choices) -> Vec<Member<'a>> {
    let name = Text::literal(&given.role.name);
    let has = |pair: &&Member<'_>| {
        pair.function.current.as_ref().is_some_and(|current| {
            current.role.split('+').any(|id| covers(&physical_name(project, id, choices), &name))
        })
    };
    let own: Vec<Member> = pairs.iter().filter(has).copied().collect();
    if own.is_empty() { pairs.to_vec() } else { own }
}

struct Comparison<'a> {
    analysis: &'a Analysis,
    request: &'a Request,
}

impl Comparison<'_> {
    fn with_template(&self, role: &SmolStr, members: &[Member]) -> Result<Tightened, TightenError> {
        let choices = self.here(members);
        let names: BTreeMap<&SmolStr, &SmolStr> = members
            .iter()
            .filter_map(|member| member.analysed.observed.as_ref())
            .flat_map(|observed| &observed.names)
            .collect();
        let spelled = |text: &Text| spelled(&self.analysis.project, text, &choices, &names);
        let current = members.first().and_then(|member| member.function.current.as_ref());
        let attached = current.map(|role| role.policies.as_slice()).unwrap_or_default();
        let old: Vec<Document> = attached.iter().map(|one| respelled(&one.document, &spelled)).collect();
        let stays = |index: usize, document: &Document| match attached[index].entry {
            Entry::BySam => Some(document.clone()),
            _ => denials(document),
        };
        let kept = old.iter().enumerate().filter_map(|(index, document)| stays(index, document));
        let grants = all_grants(members);
        let union = self.policy(role, &grants)?;
        let by_sam = |grant: &Grant| {
            attached.iter().zip(&old).filter(|(one, _)| one.entry == Entry::BySam).any(|(_, document)| {
                let wanted = policy::Permission {
                    action: grant.action.clone(),
                    resource: spelled(&grant.resource.symbolic),
                    condition: Condition::new(),
                };
                policy::allowed(std::slice::from_ref(document), &wanted, policy::Examples::NONE)
                    == policy::Allowed::Fully
            })
        };
        let needed: Vec<Grant> = grants.iter().filter(|grant| !by_sam(grant)).cloned().collect();
        let own = respelled(&self.policy(role, &needed)?.symbolic(), &spelled);
        let new: Vec<Document> = std::iter::once(own).chain(kept).collect();
        let mut tightened = self.compared(
            role.clone(),
            old,
            new,
            members,
            &grants,
            &|grant| spelled(&grant.resource.symbolic),
            None,
        );
        for change in &mut tightened.diff.changes {
            let at = change.statement.at;
            let attached = attached.get(at.document).filter(|_| !change.kind.gives());
            if let Some((one, written)) = attached.and_then(|one| Some((one, one.written.get(at.statement)?)))
                && !written.place.file.is_empty()
            {
                let property = match &one.entry {
                    Entry::Named(name) => name.clone(),
                    Entry::Statements | Entry::BySam => role.clone(),
                };
                change.origins.push(Origin::Template { place: written.place.clone(), property });
            }
        }
        tightened.today = attached.iter().map(title).collect();
        tightened.today.dedup();
        tightened.policies = within_quotas(&union.document(), &mut tightened.notes);
        if current.is_some_and(|role| role.incomplete) {
            let message =
                format!("some of what the role `{role}` allows could not be read, and is not compared");
            tightened.notes.push(Note::new("role-incomplete", message));
        }
        Ok(tightened)
    }

    fn with_given(&self, members: &[Member], given: &Given) -> Result<Tightened, TightenError> {
        let documents = given.role.documents();
        let old: Vec<Document> = documents.iter().map(|(_, document)| document.clone()).collect();
        let grants = all_grants(members);
        let union = self.policy(&given.role.name, &grants)?;
        let own = union.document();
        let new: Vec<Document> = std::iter::once(own.clone()).chain(old.iter().filter_map(denials)).collect();
        let name = if given.role.name.is_empty() { "the role".into() } else { given.role.name.clone() };
        let pattern = |grant: &Grant| Text::parse_pattern(&grant.resource.pattern.to_pattern());
        let mut tightened = self.compared(name, old, new, members, &grants, &pattern, Some(&given.role));
        tightened.today = documents.iter().map(|(origin, _)| origin.to_string()).collect();
        tightened.policies = within_quotas(&own, &mut tightened.notes);
        tightened.notes.extend(given.notes.iter().cloned());
        if let Some(boundary) = &given.role.boundary {
            let message = format!(
                "the permissions boundary `{}` limits the role, whatever is said here",
                boundary.policy.name
            );
            tightened.notes.push(Note::new("permissions-boundary", message));
        }
        let nameless: BTreeSet<String> = grants.iter().filter_map(nameless).collect();
        if !nameless.is_empty() {
            let names: Vec<String> = nameless.into_iter().collect();
            let message = format!(
                "the template does not name {}, so the policy allows every resource of that kind",
                names.join(", ")
            );
            let help = "give a trail that shows the names, or use the roles of `scopedown generate --format cloudformation`";
            tightened.notes.push(Note::new("unknown-name", message).help(help));
        }
        Ok(tightened)
    }

    #[expect(clippy::too_many_arguments, reason = "both kinds of roles are compared alike")]
    fn compared(
        &self,
        role: SmolStr,
        old: Vec<Document>,
        new: Vec<Document>,
        members: &[Member],
        grants: &[Grant],
        spelled: &dyn Fn(&Grant) -> Text,
        given: Option<&Role>,
    ) -> Tightened {
        let mut diff = Diff::new(Some(role.clone()), old, new);
        let functions: Vec<&FunctionAnalysis> = members.iter().map(|member| member.analysed).collect();
        let ground = Ground::new(&functions, self.trails(members), given);
        let changes = std::mem::take(&mut diff.changes);
        for mut change in changes {
            if change.kind.gives() {
                let wants = |grant: &&Grant| {
                    change.actions.iter().any(|action| action_covers(action, &grant.action))
                        && change.resources.iter().any(|resource| overlaps(resource, &spelled(grant)))
                };
                let origins: BTreeSet<&Origin> =
                    grants.iter().filter(wants).flat_map(|grant| &grant.origins).collect();
                change.origins = origins.into_iter().cloned().collect();
                diff.changes.push(change);
            } else if change.kind == Kind::Same {
                diff.changes.push(change);
            } else {
                diff.changes.extend(ground.weighed(&change, &diff.new));
            }
        }
        let mut notes: Vec<Note> = Vec::new();
        let parts = members.iter().map(|member| part(member.analysed, &mut notes)).collect();
        for function in &functions {
            let said = |note: &Note| {
                // Of several functions, what stands in no file says whose it is.
                let alone = functions.len() == 1 || !note.file.is_empty();
                let message =
                    if alone { note.message.clone() } else { format!("{}: {}", function.name, note.message) };
                Note { message, ..note.clone() }
            };
            notes.extend(function.notes.iter().map(said));
        }
        notes.sort();
        notes.dedup();
        let unread = functions.iter().filter(|one| !one.followed).map(|one| one.name.clone()).collect();
        Tightened { role, today: Vec::new(), diff, parts, policies: Vec::new(), unread, notes }
    }

    /// The logs of these functions, each once.
    fn trails(&self, members: &[Member]) -> Vec<&Trail> {
        let mut trails: Vec<&Trail> = Vec::new();
        for member in members {
            let trail = self.request.trails.of(&self.request.config, &member.function.name);
            trails.extend(trail.filter(|trail| !trails.iter().any(|one| std::ptr::eq(*one, *trail))));
        }
        trails
    }

    fn policy(&self, role: &SmolStr, grants: &[Grant]) -> Result<merge::RolePolicy, TightenError> {
        let settle = |value: &Text| self.analysis.project.settle_value(value, &self.request.choices);
        merge::role_policy_settled(grants, &settle)
            .map_err(|error| TightenError::SelfCheck { role: role.clone(), error })
    }

    /// What was chosen, and what the trail shows of where the functions run.
    fn here(&self, members: &[Member]) -> Choices {
        let mut choices = self.request.choices.clone();
        let seen = || members.iter().filter_map(|member| member.analysed.observed.as_ref());
        choices.region = choices.region.or_else(|| seen().find_map(|observed| observed.region.clone()));
        choices.account = choices.account.or_else(|| seen().find_map(|observed| observed.account.clone()));
        choices
    }
}

fn part(function: &FunctionAnalysis, notes: &mut Vec<Note>) -> Needed {
    Needed {
        function: function.name.clone(),
        policies: within_quotas(&function.policy.document(), notes),
        symbolic: function.policy.symbolic(),
    }
}

fn all_grants(members: &[Member]) -> Vec<Grant> {
    merge::combine(members.iter().flat_map(|member| member.analysed.grants.iter().cloned()).collect())
}

/// The document itself where it fits, else the parts of it that do; where not even those fit, with patterns that match
/// the same actions.
fn within_quotas(document: &Document, notes: &mut Vec<Note>) -> Vec<Document> {
    let mut plan = policy::plan(document, policy::MANAGED_COUNT);
    if !plan.notes.is_empty() {
        let shorter = policy::plan(&shrunk(document), policy::MANAGED_COUNT);
        if shorter.notes.len() < plan.notes.len() {
            plan = shorter;
            let message = format!(
                "the policy is too long, so actions are written as patterns that match the same of what AWS has ({})",
                catalog::versions()
            );
            notes.push(Note::new("policy-shrunk", message));
        }
    }
    notes.extend(plan.notes);
    plan.inline.into_iter().chain(plan.managed).collect()
}

fn shrunk(document: &Document) -> Document {
    let known = |service: &str| catalog::actions(service).map(|info| info.action.clone()).collect();
    policy::shrink(document, &known)
}

/// What a role denies, which stays.
fn denials(document: &Document) -> Option<Document> {
    let is_denial = |statement: &&Statement| statement.effect == Effect::Deny;
    let statements: Vec<Statement> = document.statements.iter().filter(is_denial).cloned().collect();
    (!statements.is_empty()).then(|| Document { statements, ..document.clone() })
}

fn respelled(document: &Document, spell: &dyn Fn(&Text) -> Text) -> Document {
    let statement = |statement: &Statement| {
        let mut statement = statement.clone();
        statement.resources = statement.resources.map(|resources| match resources {
            Resources::Only(texts) => Resources::Only(texts.iter().map(spell).collect()),
            Resources::Except(texts) => Resources::Except(texts.iter().map(spell).collect()),
        });
        for values in statement.condition.values_mut().flat_map(BTreeMap::values_mut) {
            *values = values.iter().map(spell).collect();
        }
        statement
    };
    Document { statements: document.statements.iter().map(statement).collect(), ..document.clone() }
}

/// The text with everything that is known in its place. An ARN of which only the name is not known is spelled around
/// the name.
fn spelled(project: &Project, text: &Text, choices: &Choices, names: &BTreeMap<&SmolStr, &SmolStr>) -> Text {
    let arn = |id: &SmolStr| {
        let arn = project.resources.get(id)?.arn.as_ref()?;
        let mut named = false;
        let spelled = project.spelled_out(arn, choices, false).map(|part| match part {
            Part::Any if !named => {
                named = true;
                names.get(id).map_or_else(
                    || Part::Resource { id: id.clone(), attribute: None, shape: Shape::Name }.into(),
                    Text::literal,
                )
            }
            part => part.clone().into(),
        });
        named.then_some(spelled)
    };
    project.spelled_out(text, choices, false).map(|part| match part {
        Part::Resource { id, attribute: Some(attribute), .. } if attribute == "Arn" => {
            arn(id).unwrap_or_else(|| part.clone().into())
        }
        part => part.clone().into(),
    })
}

/// `managed policy AmazonS3FullAccess` or the place where the statements stand.
fn title(attached: &crate::project::Attached) -> String {
    let at = |place: &Place| format!("{}:{}", place.file, place.line);
    let first = attached.written.first().map(|written| &written.place).filter(|place| !place.file.is_empty());
    match (&attached.entry, first) {
        (Entry::Named(name), _) => format!("`{name}`"),
        (Entry::BySam, _) => "what SAM adds by itself".to_owned(),
        (Entry::Statements, Some(place)) => format!("statements at {}", at(place)),
        (Entry::Statements, None) => "statements of the template".to_owned(),
    }
}

/// The logical id of a resource whose name is not known to the policy.
fn nameless(grant: &Grant) -> Option<String> {
    let Some(Part::Resource { id, .. }) = grant.resource.symbolic.parts().first() else { return None };
    let [.., name] = crate::project::fields(&grant.resource.pattern)?;
    let is_open = match name.parts() {
        [Part::Any, ..] => true,
        [Part::Literal(head), Part::Any, ..] => {
            grant.action.service() != "s3" && head.find(['/', ':']) == Some(head.len() - 1)
        }
        _ => false,
    };
    is_open.then(|| format!("`{id}`"))
}
