//! Documents that apply together, taken apart into what they allow and what they deny; and the cells that a side
//! consists of, one action pattern on one resource pattern.

use std::sync::LazyLock;

use super::At;
use crate::model::{Action, Actions, Condition, Document, Effect, Resources, Text};
use crate::policy::condition::implies;
use crate::policy::minimise::Permission;
use crate::policy::pattern::{action_covers, action_overlaps, covers, overlaps};

static EVERY_ACTION: LazyLock<Action> = LazyLock::new(|| Action::new("*"));
static EVERY_RESOURCE: LazyLock<Text> = LazyLock::new(Text::any);

/// Some of a list's patterns, or all but some.
#[derive(Debug, PartialEq, Eq)]
pub enum List<'a, T> {
    Only(&'a [T]),
    Except(&'a [T]),
}

impl<T> Clone for List<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for List<'_, T> {}

/// A statement.
#[derive(Clone, Copy, Debug)]
pub struct Rule<'a> {
    pub at: At,
    pub actions: List<'a, Action>,
    pub resources: List<'a, Text>,
    pub condition: &'a Condition,
}

#[derive(Debug, Default)]
pub struct Side<'a> {
    pub allows: Vec<Rule<'a>>,
    pub denies: Vec<Rule<'a>>,
}

/// One action pattern on one resource pattern, less exceptions, under one condition.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'a> {
    pub at: At,
    pub action: &'a Action,
    pub not_actions: &'a [Action],
    pub resource: &'a Text,
    pub not_resources: &'a [Text],
    pub condition: &'a Condition,
}

impl<'a> Side<'a> {
    pub fn of(documents: &'a [Document]) -> Self {
        let mut side = Self::default();
        for (document, number) in documents.iter().zip(0..) {
            for (statement, index) in document.statements.iter().zip(0..) {
                let rule = Rule {
                    at: At { document: number, statement: index },
                    actions: match &statement.actions {
                        Actions::Only(actions) => List::Only(actions),
                        Actions::Except(actions) => List::Except(actions),
                    },
                    resources: match &statement.resources {
                        Some(Resources::Only(resources)) => List::Only(resources),
                        Some(Resources::Except(resources)) => List::Except(resources),
                        None => List::Except(&[]),
                    },
                    condition: &statement.condition,
                };
                match statement.effect {
                    Effect::Allow => side.allows.push(rule),
                    Effect::Deny => side.denies.push(rule),
                }
            }
        }
        side
    }

    /// Permissions as if each were a statement.
    pub fn wanted(permissions: &'a [Permission<Text>]) -> Self {
        let rule = |(one, index): (&'a Permission<Text>, usize)| Rule {
            at: At { document: 0, statement: index },
            actions: List::Only(std::slice::from_ref(&one.action)),
            resources: List::Only(std::slice::from_ref(&one.resource)),
            condition: &one.condition,
        };
        Self { allows: permissions.iter().zip(0..).map(rule).collect(), denies: Vec::new() }
    }

    /// What the side allows before anything is denied, in the order of the statements.
    pub fn cells(&self) -> impl Iterator<Item = Cell<'a>> + '_ {
        self.allows.iter().flat_map(|rule| {
            let (actions, not_actions) = split(rule.actions, &EVERY_ACTION);
            let (resources, not_resources) = split(rule.resources, &EVERY_RESOURCE);
            actions.iter().flat_map(move |action| {
                resources.iter().map(move |resource| Cell {
                    at: rule.at,
                    action,
                    not_actions,
                    resource,
                    not_resources,
                    condition: rule.condition,
                })
            })
        })
    }

    /// The statements that apply to some of the cell.
    pub fn meeting(&self, cell: &Cell) -> Vec<At> {
        let rules = self.allows.iter().chain(&self.denies);
        let mut meeting: Vec<At> = rules.filter(|rule| rule.touches(cell)).map(|rule| rule.at).collect();
        meeting.sort_unstable();
        meeting
    }
}

fn split<'a, T>(list: List<'a, T>, every: &'static T) -> (&'a [T], &'a [T]) {
    match list {
        List::Only(only) => (only, &[]),
        List::Except(except) => (std::slice::from_ref(every), except),
    }
}

impl<'a> Cell<'a> {
    pub fn wanted(permission: &'a Permission<Text>) -> Self {
        Self {
            at: At::default(),
            action: &permission.action,
            not_actions: &[],
            resource: &permission.resource,
            not_resources: &[],
            condition: &permission.condition,
        }
    }

    /// The cell as a statement that says where its exceptions do not hold it back.
    pub fn rule(&self) -> Rule<'a> {
        Rule {
            at: self.at,
            actions: List::Except(self.not_actions),
            resources: List::Except(self.not_resources),
            condition: self.condition,
        }
    }
}

impl Rule<'_> {
    /// Whether the statement may apply to some of the cell.
    pub fn touches(&self, cell: &Cell) -> bool {
        let on_action = match self.actions {
            List::Only(own) => own.iter().any(|own| action_overlaps(own, cell.action)),
            List::Except(own) => !own.iter().any(|own| action_covers(own, cell.action)),
        };
        on_action
            && match self.resources {
                List::Only(own) => own.iter().any(|own| overlaps(own, cell.resource)),
                List::Except(own) => !own.iter().any(|own| covers(own, cell.resource)),
            }
    }

    /// Whether the statement plainly applies to all of the cell.
    pub fn includes(&self, cell: &Cell) -> bool {
        let on_action = match self.actions {
            List::Only(own) => own.iter().any(|own| action_covers(own, cell.action)),
            List::Except(own) => {
                own == cell.not_actions || !own.iter().any(|own| action_overlaps(own, cell.action))
            }
        };
        let on_resource = || match self.resources {
            List::Only(own) => own.iter().any(|own| covers(own, cell.resource)),
            List::Except(own) => {
                own == cell.not_resources || !own.iter().any(|own| overlaps(own, cell.resource))
            }
        };
        on_action && on_resource() && implies(cell.condition, self.condition)
    }

    /// Whether both apply to the same.
    pub fn same(&self, other: &Self) -> bool {
        self.actions == other.actions
            && self.resources == other.resources
            && self.condition == other.condition
    }
}
