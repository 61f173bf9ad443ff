//! Which of a trail's callers is which function of the project, and what the trail then says of it.
//!
//! A caller is the function where CloudTrail names it and the name is the one that the template gives or that
//! CloudFormation makes (`STACK-LogicalId-…`); where only the session is known, its role must be the function's too,
//! for whoever assumes a role chooses the name of the session. What of a role is nobody's by name is the function's
//! that alone has the role, and so is all of a role that the configuration names for that function alone. Two
//! deployments of one template in the same logs are one, and that is said.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use smol_str::SmolStr;

use crate::config::{Config, Date};
use crate::merge::verdict::{self, Acceptances, Evidence, Judged, Judgement};
use crate::model::{Action, Grant, Note, Text};
use crate::policy::covers;
use crate::project::{self, Choices, Function, Project};
use crate::trail::{self, Attribution, Caller, Completeness, Observation, Span, Usage, Visibility};

/// CloudFormation keeps so many characters of a logical id in a name that it makes.
const KEPT: usize = 25;

/// A trail, and what a person says of how to use it.
#[derive(Clone, Debug)]
pub struct Trail {
    pub usage: Arc<Usage>,
    /// `--accept`: actions or patterns of them.
    pub accepted: Vec<Action>,
    /// False leaves resources as open as code and template have them.
    pub narrow: bool,
    /// What was found when it was read.
    pub notes: Vec<Note>,
}

/// The logs of an analysis: those of all functions, and those that single functions have of their own.
#[derive(Clone, Debug, Default)]
pub struct Trails {
    pub general: Option<Trail>,
    /// By the words of `functions.NAME.trail`; empty where a person names other logs.
    pub own: BTreeMap<SmolStr, Trail>,
}

impl Trails {
    /// The logs of one function.
    pub fn of(&self, config: &Config, function: &str) -> Option<&Trail> {
        let own = || self.own.get(&config.of_function(function).trail?);
        own().or(self.general.as_ref())
    }

    /// What was found when they were read, each once.
    pub fn notes(&self) -> BTreeSet<Note> {
        self.general.iter().chain(self.own.values()).flat_map(|trail| trail.notes.iter().cloned()).collect()
    }
}

/// What a trail says of one function.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// Who in the trail is this function; empty where nobody is.
    pub callers: Vec<Caller>,
    /// Where it runs, as far as its calls agree.
    pub region: Option<SmolStr>,
    pub account: Option<SmolStr>,
    /// What resources of the template are called that it gives no name, by logical id.
    pub names: BTreeMap<SmolStr, SmolStr>,
    pub window: Option<Span>,
    pub calls: u64,
    pub completeness: Option<Completeness>,
    pub judgements: Vec<Judgement>,
}

/// The functions of a project beside the callers of a trail.
pub struct Observer<'a> {
    trail: &'a Trail,
    functions: Vec<trail::Function<'a>>,
    config: &'a Config,
    /// The role of each function of the project, as far as it is known.
    roles: Vec<(SmolStr, Option<SmolStr>)>,
}

/// An observer for each of the trails.
pub struct Observers<'a> {
    config: &'a Config,
    general: Option<Observer<'a>>,
    own: BTreeMap<&'a SmolStr, Observer<'a>>,
}

impl<'a> Observers<'a> {
    pub fn new(trails: &'a Trails, config: &'a Config, functions: &[&Function]) -> Self {
        let observer = |trail: &'a Trail| Observer::new(trail, config, functions);
        Self {
            config,
            general: trails.general.as_ref().map(observer),
            own: trails.own.iter().map(|(named, trail)| (named, observer(trail))).collect(),
        }
    }

    /// The observer of the function's own logs, or of those of all.
    pub fn of(&self, function: &str) -> Option<&Observer<'a>> {
        let own = || self.own.get(&self.config.of_function(function).trail?);
        own().or(self.general.as_ref())
    }
}

/// The role that a function has: as the configuration names it, or by its logical id in the template.
fn role_of(config: &Config, function: &Function) -> Option<SmolStr> {
    let configured = config.of_function(&function.name).role;
    configured.or_else(|| function.current.as_ref().map(|role| role.role.clone()))
}

impl<'a> Observer<'a> {
    pub fn new(trail: &'a Trail, config: &'a Config, functions: &[&Function]) -> Self {
        let role = |function: &&Function| (function.name.clone(), role_of(config, function));
        let roles = functions.iter().map(role).collect();
        Self { trail, functions: trail.usage.functions(), config, roles }
    }

    /// What is wanted of a function, as the trail leaves it.
    pub fn observe(
        &self,
        function: &Function,
        project: &Project,
        choices: &Choices,
        grants: &[Grant],
    ) -> (Judged, Observed) {
        let own = self.callers(function, project, choices);
        let mut observations: Vec<Observation> = own.iter().flat_map(|one| one.observations()).collect();
        observations.sort();
        let callers: Vec<Caller> = own.iter().map(|one| one.caller.clone()).collect();
        let (region, account) = (region(&callers), account(&callers));
        let here = Choices {
            region: choices.region.clone().or_else(|| region.clone()),
            account: choices.account.clone().or_else(|| account.clone()),
            ..choices.clone()
        };
        let visibility = |action: &Action| -> Visibility { self.trail.usage.visibility(action) };
        let settle = |arn: &Text| project.settle(arn, arn, &here);
        let completeness = completeness(&own);
        let evidence = Evidence {
            observations,
            window: self.trail.usage.window,
            completeness,
            region,
            account,
            visibility: &visibility,
            settle: &settle,
        };
        let accepted = Acceptances::new(&self.trail.accepted, self.config, &function.name, Date::today());
        let mut judged = verdict::judge(grants, &evidence, &accepted, self.trail.narrow);
        judged.notes.extend(self.notes(function, &callers));
        let observed = Observed {
            names: std::mem::take(&mut judged.names),
            region: evidence.region.clone(),
            account: evidence.account.clone(),
            window: evidence.window,
            calls: own.iter().map(|one| one.calls()).sum(),
            completeness,
            judgements: std::mem::take(&mut judged.judgements),
            callers,
        };
        (judged, observed)
    }

    fn callers(
        &self,
        function: &Function,
        project: &Project,
        choices: &Choices,
    ) -> Vec<&trail::Function<'a>> {
        let roles = self.roles(function, project, choices);
        if project.template.is_none() && roles.is_empty() {
            // Without a template nothing says what the function is called.
            let is_plain = self.functions.len() == 1 && self.roles.len() == 1;
            return if is_plain { self.functions.iter().collect() } else { Vec::new() };
        }
        let name = physical_name(project, &function.name, choices);
        let same_role = |caller: &Caller| {
            roles.iter().any(|role| {
                role.as_literal() == Some(&caller.role) || covers(role, &Text::literal(caller.role_name()))
            })
        };
        // A role that several functions have is nobody's as a whole.
        let alone = role_of(self.config, function).is_some_and(|own| {
            !self.roles.iter().any(|(name, role)| *name != function.name && role.as_ref() == Some(&own))
        });
        // Whoever says whose role it is says who calls with it, whatever the function is called in the logs.
        let told = alone && self.config.of_function(&function.name).role.is_some();
        let is_own = |caller: &Caller| match (caller.function_name(), caller.attribution) {
            _ if told && same_role(caller) => true,
            (Some(called), Attribution::InScopeOf) => covers(&name, &Text::literal(called)),
            (Some(called), Attribution::Session) => {
                covers(&name, &Text::literal(called)) && (roles.is_empty() || same_role(caller))
            }
            _ => alone && same_role(caller),
        };
        self.functions.iter().filter(|one| is_own(&one.caller)).collect()
    }

    /// Names, patterns of names or ARNs of the role that the function has.
    fn roles(&self, function: &Function, project: &Project, choices: &Choices) -> Vec<Text> {
        if let Some(role) = self.config.of_function(&function.name).role {
            return vec![Text::literal(&role)];
        }
        let Some(current) = &function.current else { return Vec::new() };
        current.role.split('+').map(|id| physical_name(project, id, choices)).collect()
    }

    fn notes(&self, function: &Function, callers: &[Caller]) -> Vec<Note> {
        let mut notes = Vec::new();
        let names: BTreeSet<&str> = callers
            .iter()
            .filter(|caller| caller.attribution == Attribution::InScopeOf)
            .filter_map(|caller| caller.function.as_deref())
            .collect();
        if names.len() > 1 {
            let message = format!(
                "the trail has {} functions that may be `{}`, and they are taken for one: {}",
                names.len(),
                function.name,
                listed(&names)
            );
            let help =
                "give the logs of one deployment, or the parameters that its names are made of (`--param`)";
            notes.push(Note::new("several-deployments", message).help(help));
        }
        if callers.is_empty() {
            let known: BTreeSet<&str> = self
                .functions
                .iter()
                .map(|one| one.caller.function_name().unwrap_or_else(|| one.caller.role_name()))
                .collect();
            let message = format!("the trail has no call by `{}`", function.name);
            let help = if known.is_empty() {
                "the logs hold no call by a role".to_owned()
            } else {
                format!(
                    "it has calls by {}; if one of them is this function, name its role under [functions.{}] in scopedown.toml",
                    listed(&known),
                    function.name
                )
            };
            notes.push(Note::new("not-in-trail", message).help(help));
        }
        notes
    }
}

fn listed(names: &BTreeSet<&str>) -> String {
    let mut shown: Vec<String> = names.iter().take(5).map(|name| format!("`{name}`")).collect();
    if names.len() > 5 {
        shown.push(format!("and {} more", names.len() - 5));
    }
    shown.join(", ")
}

/// What a resource of the template is called once it is deployed: a literal, or a pattern.
pub fn physical_name(project: &Project, id: &str, choices: &Choices) -> Text {
    let made_up = || {
        let stack = Text::any().then(&Text::literal("-"));
        let kept = match id.get(..KEPT) {
            Some(kept) if id.len() > KEPT => kept.to_owned(),
            _ => format!("{id}-"),
        };
        stack.then(&Text::literal(kept)).then(&Text::any())
    };
    let Some(arn) = project.resources.get(id).and_then(|deployed| deployed.arn.as_ref()) else {
        return made_up();
    };
    let pattern = project.settle(arn, arn, choices).pattern;
    let name = project::fields(&pattern).and_then(|[.., name]| {
        let name = name.to_pattern();
        Some(Text::parse_pattern(name.rsplit(['/', ':']).next()?))
    });
    name.filter(|name| !name.is_wildcard()).unwrap_or_else(made_up)
}

/// The region that all functions run in.
fn region(callers: &[Caller]) -> Option<SmolStr> {
    let of = |caller: &Caller| {
        let arn = caller.function.as_deref().filter(|arn| arn.starts_with("arn:"))?;
        arn.split(':').nth(3).map(SmolStr::from)
    };
    agreed(callers.iter().map(of))
}

fn account(callers: &[Caller]) -> Option<SmolStr> {
    agreed(callers.iter().map(|caller| Some(caller.account().into())))
}

/// What all that say something say.
fn agreed(values: impl Iterator<Item = Option<SmolStr>>) -> Option<SmolStr> {
    let known: BTreeSet<SmolStr> = values.flatten().filter(|value| !value.is_empty()).collect();
    known.first().filter(|_| known.len() == 1).cloned()
}

/// Of several callers that are one function, the least complete speaks.
fn completeness(own: &[&trail::Function<'_>]) -> Option<Completeness> {
    let all = own.iter().filter_map(|one| one.completeness());
    all.reduce(|one, other| if other.high > one.high { other } else { one })
}
