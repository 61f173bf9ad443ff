//! How sure it is that what goes from a role is not used: by what of the code could be read, by whether the logs
//! would have shown it, and by when IAM last saw the service used. Never more than the evidence: what CloudTrail
//! cannot show is not unused because it was not seen.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use smol_str::SmolStr;

use super::{FunctionAnalysis, HIDING, Trail, known_actions};
use crate::diff::{self, Change, Kind, Level, Sureness};
use crate::model::{Action, Actions, Document, Effect, Resources, Statement};
use crate::policy::{self, At, Witness, action_covers, action_overlaps};
use crate::role::Role;
use crate::trail::Visibility;

/// So many days of logs hold what runs once a month.
const DAYS: i64 = 31;
/// Of so many actions of a pattern it is looked up whether the logs could show them.
const LOOKED_UP: usize = 2000;

/// What is known of the functions of one role.
pub struct Ground<'a> {
    functions: &'a [&'a FunctionAnalysis],
    /// The logs of each of them that has some, each once.
    trails: Vec<&'a Trail>,
    given: Option<&'a Role>,
    /// Notes that say that calls may have escaped the reading of the code.
    hidden: usize,
}

/// Whether the logs could have shown some actions.
#[derive(Default)]
struct Shown {
    some: usize,
    all: usize,
    /// Classes of data events that the logs have none of.
    classes: BTreeSet<SmolStr>,
}

impl<'a> Ground<'a> {
    pub fn new(
        functions: &'a [&'a FunctionAnalysis],
        trails: Vec<&'a Trail>,
        given: Option<&'a Role>,
    ) -> Self {
        let hiding = |function: &&&FunctionAnalysis| {
            !function.followed || function.notes.iter().any(|note| HIDING.contains(&note.rule))
        };
        Self { functions, trails, given, hidden: functions.iter().filter(hiding).count() }
    }

    /// Something that is taken away, with how sure it is; in parts where that is not the same for all its actions.
    /// `new` is what the role is to allow.
    pub fn weighed(&self, change: &Change, new: &[Document]) -> Vec<Change> {
        let mut parts: BTreeMap<Sureness, Vec<Action>> = BTreeMap::new();
        for action in &change.actions {
            let one = Change { actions: vec![action.clone()], ..change.clone() };
            parts.entry(self.sureness(&one)).or_default().push(action.clone());
        }
        let weighed = |(sureness, actions): (Sureness, Vec<Action>)| {
            let mut risks = change.risks.clone();
            risks.retain(|risk| actions.iter().any(|action| risk.part_of(action)));
            let mut meets = change.meets.clone();
            meets.retain(|one| touches(new, one.at, &actions));
            let own = Change { actions, risks, meets, sureness: Some(sureness), ..change.clone() };
            Change { witness: witness(&own, new), ..own }
        };
        parts.into_iter().map(weighed).collect()
    }

    /// Of something that is taken away.
    fn sureness(&self, change: &Change) -> Sureness {
        if let Some(reason) = self.held_back(change) {
            return Sureness { level: Level::Unsure, reason };
        }
        let what = if change.kind == Kind::Narrowed { "uses the rest of it" } else { "uses it" };
        let code = if self.hidden == 0 {
            format!("no code {what}")
        } else {
            format!("no code that was read {what}, and some could not be read")
        };
        // Of several logs, those that say least decide.
        let logs = self.trails.iter().map(|trail| self.by_logs(trail, change));
        let (mut level, logs) =
            logs.reduce(|one, other| if other.0 > one.0 { other } else { one }).unwrap_or_else(|| {
                let level = if self.hidden == 0 { Level::Likely } else { Level::Unsure };
                (level, "; no logs were given that could show its use".to_owned())
            });
        let mut reason = format!("{code}{logs}");
        if let Some(service) = self.never_accessed(change) {
            level = if level == Level::Unsure { Level::Likely } else { Level::Sure };
            let _ = write!(reason, "; IAM has seen no use of `{service}` in the time that it keeps track of");
        }
        Sureness { level, reason }
    }

    /// The trail has it, and the trail alone does not earn it.
    fn held_back(&self, change: &Change) -> Option<String> {
        let observed = self.functions.iter().filter_map(|function| {
            let judgements = &function.observed.as_ref()?.judgements;
            judgements.iter().find(|one| {
                !one.granted && change.actions.iter().any(|pattern| action_covers(pattern, &one.action))
            })
        });
        observed.into_iter().next().map(|one| format!("`{}` was {}", one.action, one.reason))
    }

    fn by_logs(&self, trail: &Trail, change: &Change) -> (Level, String) {
        let unseen: Vec<&str> = self
            .functions
            .iter()
            .filter(|function| function.observed.as_ref().is_none_or(|observed| observed.callers.is_empty()))
            .map(|function| function.name.as_str())
            .collect();
        if !unseen.is_empty() {
            let level = if self.hidden == 0 { Level::Likely } else { Level::Unsure };
            return (
                level,
                format!("; the logs have no call by `{}`, and so say nothing", unseen.join("`, `")),
            );
        }
        let days = trail.usage.window.map_or(0, crate::trail::Span::days);
        let shown = shown(trail, change);
        let span = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
        let seen = if shown.all == 0 {
            "; nothing is known of whether the logs could show it".to_owned()
        } else if shown.some == shown.all {
            format!("; {span} of logs would have shown it, and did not")
        } else if shown.some == 0 {
            format!("; the logs cannot show it{}", missing(&shown.classes))
        } else {
            format!(
                "; {span} of logs would have shown {} of the {} actions that it matches{}",
                shown.some,
                shown.all,
                missing(&shown.classes)
            )
        };
        let all_shown = shown.all > 0 && shown.some == shown.all;
        let level = match (self.hidden == 0, all_shown) {
            (true, true) if days >= DAYS => Level::Sure,
            (true, _) | (false, true) => Level::Likely,
            (false, false) => Level::Unsure,
        };
        let short =
            if all_shown && days < DAYS { ", which is too short for what runs once a month" } else { "" };
        (level, format!("{seen}{short}"))
    }

    /// A service of which IAM knows that the role has not used it.
    fn never_accessed(&self, change: &Change) -> Option<SmolStr> {
        let accessed = self.given?.last_accessed.as_ref()?;
        let mut services = change.actions.iter().map(|action| action.service().to_ascii_lowercase());
        let first = services.next()?;
        let only =
            !first.is_empty() && !first.contains(['*', '?']) && services.all(|service| service == first);
        let known = accessed.iter().find(|one| one.service == first.as_str()).filter(|_| only)?;
        known.when.is_none().then(|| known.service.clone())
    }
}

/// Whether a statement is about one of the actions.
fn touches(documents: &[Document], at: At, actions: &[Action]) -> bool {
    let statement = documents.get(at.document).and_then(|document| document.statements.get(at.statement));
    statement.is_some_and(|statement| match &statement.actions {
        Actions::Only(own) => own.iter().any(|own| actions.iter().any(|action| action_overlaps(own, action))),
        Actions::Except(_) => true,
    })
}

/// A request that shows the change, of one of its actions.
fn witness(change: &Change, new: &[Document]) -> Witness {
    if change.actions.iter().any(|action| action_covers(action, &change.witness.action)) {
        return change.witness.clone();
    }
    let statement = Statement {
        sid: None,
        effect: Effect::Allow,
        principals: None,
        actions: Actions::Only(change.actions.clone()),
        resources: Some(Resources::Only(change.resources.clone())),
        condition: change.condition.clone(),
    };
    let own = Document { statements: vec![statement], ..Document::default() };
    let lost = policy::difference(&[own], new, diff::examples());
    lost.into_iter().next().map_or_else(|| change.witness.clone(), |region| region.witness)
}

fn missing(classes: &BTreeSet<SmolStr>) -> String {
    if classes.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = classes.iter().take(4).map(SmolStr::as_str).collect();
    let more = if classes.len() > names.len() { " and others" } else { "" };
    format!(" (they have no data events of {}{more})", names.join(", "))
}

/// How many of the actions that a change takes away the logs could have shown.
fn shown(trail: &Trail, change: &Change) -> Shown {
    let mut found = Shown::default();
    let mut actions: Vec<Action> = change.actions.iter().flat_map(known_actions).collect();
    actions.sort();
    actions.dedup();
    for action in actions.iter().take(LOOKED_UP) {
        found.all += 1;
        match trail.usage.visibility(action) {
            Visibility::Management | Visibility::DataEvents(_) => found.some += 1,
            Visibility::NoDataEvents(class) => {
                found.classes.insert(class);
            }
            Visibility::NoManagementEvents | Visibility::NeverLogged | Visibility::Unknown => {}
        }
    }
    found
}
