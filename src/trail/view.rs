//! What a usage says of one function or role, for those who judge: what was observed, what could have been, and how
//! complete the picture is.
//!
//! CloudTrail names a function in full, by the session it used, or not at all; the views put together what is the
//! same: a session belongs to the function of that name that is known in the same role, and a role without its path
//! is the role of that name in the same account.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use super::caller::{Attribution, Caller};
use super::collector::Filter;
use super::good_turing::Completeness;
use super::usage::{Key, Row, Span, Usage, is_denial};
use crate::catalog::{self, cloudtrail};
use crate::model::{Action, Text};

/// One function in one role, or what of a role is no known function's.
#[derive(Debug)]
pub struct Function<'a> {
    pub caller: Caller,
    pub rows: Vec<(&'a Key, &'a Row)>,
}

/// One action on one resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Observation {
    pub action: Action,
    /// As a policy says it; what a log contains of wildcards is escaped.
    pub resource: Text,
    /// The caller was not allowed. Never a grant.
    pub denied: bool,
    /// The service that made the call on the caller's behalf.
    pub via: Option<SmolStr>,
    /// `s3.amazonaws.com` and `GetObject`.
    pub event_source: SmolStr,
    pub event_name: SmolStr,
    /// How often the event was seen, on whatever resource.
    pub count: u64,
    pub span: Span,
}

/// Whether the use of an action would have shown in the logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// By a management event, and there are management events in the logs.
    Management,
    /// By a data event of this class, and there are such in the logs.
    DataEvents(SmolStr),
    /// Only by a data event of this class, and there are none in the logs.
    NoDataEvents(SmolStr),
    /// Only by a management event, and there are none in the logs.
    NoManagementEvents,
    /// CloudTrail never logs it.
    NeverLogged,
    /// No operation is known that needs it: nothing can be told.
    Unknown,
}

impl Visibility {
    /// Whether the absence of the action means anything.
    pub fn is_visible(&self) -> bool {
        matches!(self, Self::Management | Self::DataEvents(_))
    }
}

impl Usage {
    /// Every function and role that made a call, in order.
    pub fn functions(&self) -> Vec<Function<'_>> {
        let known = Known::of(self);
        let mut functions: BTreeMap<Caller, Vec<(&Key, &Row)>> = BTreeMap::new();
        for (key, row) in &self.rows {
            functions.entry(known.same(&key.caller)).or_default().push((key, row));
        }
        functions.into_iter().map(|(caller, rows)| Function { caller, rows }).collect()
    }

    /// Those of a role or a function, by ARN or name, `*` and `?` for any; the filter's times are not looked at.
    pub fn functions_like(&self, filter: &Filter) -> Vec<Function<'_>> {
        let mut functions = self.functions();
        functions.retain(|function| filter.has_caller(&function.caller));
        functions
    }

    /// Whether the use of an action would have shown, by any of the operations that need it.
    pub fn visibility(&self, action: &Action) -> Visibility {
        let mut seen: Vec<Visibility> = catalog::service_names()
            .filter(|service| {
                catalog::action_prefix(service)
                    .is_some_and(|prefix| prefix.eq_ignore_ascii_case(action.service()))
            })
            .filter_map(catalog::service)
            .flat_map(|service| service.operations().map(move |operation| (service, operation)))
            .filter(|(_, operation)| operation.actions.first() == Some(action))
            .filter_map(|(service, operation)| cloudtrail::logged(&service.name, &operation.name))
            .map(|logged| self.shows(&logged.class))
            .collect();
        seen.sort_by_key(|visibility| match visibility {
            Visibility::Management => 0,
            Visibility::DataEvents(_) => 1,
            Visibility::NoDataEvents(_) => 2,
            Visibility::NoManagementEvents => 3,
            Visibility::NeverLogged => 4,
            Visibility::Unknown => 5,
        });
        seen.into_iter().next().unwrap_or(Visibility::Unknown)
    }

    fn shows(&self, class: &cloudtrail::Class) -> Visibility {
        match class {
            cloudtrail::Class::Management if self.management.is_some() => Visibility::Management,
            cloudtrail::Class::Management => Visibility::NoManagementEvents,
            cloudtrail::Class::Data(kind) if self.data_events.contains_key(kind) => {
                Visibility::DataEvents(kind.clone())
            }
            cloudtrail::Class::Data(kind) => Visibility::NoDataEvents(kind.clone()),
            cloudtrail::Class::Never => Visibility::NeverLogged,
        }
    }
}

impl Function<'_> {
    /// What it did and what it was denied: one for each action, resource and event.
    pub fn observations(&self) -> Vec<Observation> {
        let mut found = Vec::new();
        for (key, row) in &self.rows {
            for (denied, actions) in [(false, &row.allowed), (true, &row.denied)] {
                let tallies = || row.outcomes.iter().filter(|(code, _)| is_denial(code) == denied);
                let Some(span) = tallies().map(|(_, tally)| tally.span).reduce(Span::with) else { continue };
                let count = tallies().map(|(_, tally)| tally.count()).sum();
                for (action, resources) in actions {
                    found.extend(resources.patterns().into_iter().map(|resource| Observation {
                        action: action.clone(),
                        resource,
                        denied,
                        via: key.via.clone(),
                        event_source: key.event_source.clone(),
                        event_name: key.event_name.clone(),
                        count,
                        span,
                    }));
                }
            }
        }
        found.sort();
        found
    }

    /// How complete the picture of its own calls is; those that services made for it are not its choice.
    pub fn completeness(&self) -> Option<Completeness> {
        let mut kinds: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for (key, row) in self.rows.iter().filter(|(key, _)| key.via.is_none()) {
            *kinds.entry((&key.event_source, &key.event_name)).or_default() += row.count();
        }
        Completeness::of(kinds.into_values())
    }

    pub fn calls(&self) -> u64 {
        self.rows.iter().map(|(_, row)| row.count()).sum()
    }

    pub fn denials(&self) -> u64 {
        self.rows.iter().map(|(_, row)| row.denials()).sum()
    }

    pub fn span(&self) -> Option<Span> {
        self.rows.iter().filter_map(|(_, row)| row.span()).reduce(Span::with)
    }
}

/// Which callers are the same.
struct Known<'a> {
    /// Account and name of a role → its ARN with the path, where one is known.
    roles: BTreeMap<(&'a str, &'a str), BTreeSet<&'a SmolStr>>,
    /// Account and name of a role, name of a function → its ARNs.
    functions: BTreeMap<(&'a str, &'a str, &'a str), BTreeSet<&'a SmolStr>>,
}

impl<'a> Known<'a> {
    fn of(usage: &'a Usage) -> Self {
        let mut known = Self { roles: BTreeMap::new(), functions: BTreeMap::new() };
        for caller in usage.rows.keys().map(|key| &key.caller) {
            let (account, role) = (caller.account(), caller.role_name());
            known.roles.entry((account, role)).or_default().insert(&caller.role);
            if let (Attribution::InScopeOf, Some(arn), Some(name)) =
                (caller.attribution, &caller.function, caller.function_name())
            {
                known.functions.entry((account, role, name)).or_default().insert(arn);
            }
        }
        known
    }

    fn same(&self, caller: &Caller) -> Caller {
        let (account, role) = (caller.account(), caller.role_name());
        let mut same = caller.clone();
        // The ARN without a path is the shortest of two.
        if let Some(roles) = self.roles.get(&(account, role)).filter(|roles| roles.len() == 2)
            && let Some(longest) = roles.iter().max_by_key(|arn| arn.len())
            && roles.iter().any(|arn| arn.matches('/').count() == 1)
        {
            same.role = (*longest).clone();
        }
        if let (Attribution::Session, Some(name)) = (caller.attribution, &caller.function)
            && let Some(arns) = self.functions.get(&(account, role, name)).filter(|arns| arns.len() == 1)
        {
            same.function = arns.first().copied().cloned();
            same.attribution = Attribution::InScopeOf;
        }
        same
    }
}
