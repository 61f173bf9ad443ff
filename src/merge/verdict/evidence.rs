//! What the trail says of one function, as a judge needs it: what was seen, how well the logs could have shown the
//! rest, and where the function runs.

use smol_str::SmolStr;

use crate::model::{Action, Origin, Resource, Text};
use crate::trail::{Completeness, Observation, Span, Visibility};

/// How often something was seen, and when.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    pub count: u64,
    pub span: Span,
}

/// Of one function. The order of the observations does not matter.
pub struct Evidence<'a> {
    pub observations: Vec<Observation>,
    /// Of the logs, whoever made the calls.
    pub window: Option<Span>,
    pub completeness: Option<Completeness>,
    /// The region and the account that the function runs in, where all its calls agree.
    pub region: Option<SmolStr>,
    pub account: Option<SmolStr>,
    /// Whether the logs would have shown an action.
    pub visibility: &'a dyn Fn(&Action) -> Visibility,
    /// An ARN in both its spellings.
    pub settle: &'a dyn Fn(&Text) -> Resource,
}

impl Seen {
    /// Of the same action in several events: an event that is told of several resources counts once.
    pub fn of(seen: &[&Observation]) -> Self {
        let mut events: Vec<_> = seen
            .iter()
            .map(|one| (&one.event_source, &one.event_name, &one.via, one.count, one.span))
            .collect();
        events.sort();
        events.dedup();
        let span = seen.iter().map(|one| one.span).reduce(Span::with);
        let count = events.iter().fold(0_u64, |sum, (.., count, _)| sum.saturating_add(*count));
        Self { count, span: span.unwrap_or(Span::at(crate::trail::Time::from_seconds(0))) }
    }
}

impl Evidence<'_> {
    pub fn allowed(&self) -> impl Iterator<Item = &Observation> {
        self.observations.iter().filter(|one| !one.denied)
    }

    pub fn denied(&self) -> impl Iterator<Item = &Observation> {
        self.observations.iter().filter(|one| one.denied)
    }

    pub fn visibility(&self, action: &Action) -> Visibility {
        (self.visibility)(action)
    }

    pub fn settle(&self, arn: &Text) -> Resource {
        (self.settle)(arn)
    }

    pub fn days(&self) -> i64 {
        self.window.map_or(0, Span::days)
    }

    /// `2 days of logs`.
    pub fn days_in_words(&self) -> String {
        match self.days() {
            1 => "1 day of logs".to_owned(),
            days => format!("{days} days of logs"),
        }
    }

    /// Why a permission that is wanted was not seen.
    pub fn why_unseen(&self, visibility: &Visibility) -> String {
        let days = self.days_in_words();
        match visibility {
            Visibility::Management | Visibility::DataEvents(_) if self.observations.is_empty() => {
                format!("not seen: the function made no call in {days}")
            }
            Visibility::Management => format!("not seen in {days}, though CloudTrail would have shown it"),
            // A trail may log some resources of a class and not others.
            Visibility::DataEvents(class) => {
                format!("not seen in {days}, though they have data events of {class}")
            }
            Visibility::NoDataEvents(class) => {
                format!("could not be seen: it takes data events of {class}, and the logs have none")
            }
            Visibility::NoManagementEvents => {
                "could not be seen: it takes management events, and the logs have none".to_owned()
            }
            Visibility::NeverLogged => "could not be seen: CloudTrail never logs it".to_owned(),
            Visibility::Unknown => "could not be seen: no event is known that shows it".to_owned(),
        }
    }
}

/// The events as who wants a permission.
pub fn origin(observation: &Observation) -> Origin {
    Origin::Trail {
        event_source: observation.event_source.clone(),
        event_name: observation.event_name.clone(),
        via: observation.via.clone(),
        count: observation.count,
        first: smol_str::format_smolstr!("{}", observation.span.first),
        last: smol_str::format_smolstr!("{}", observation.span.last),
    }
}

pub fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}
