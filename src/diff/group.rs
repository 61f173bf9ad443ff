//! Regions of one statement that change alike, taken together: actions that change on the same resources are one
//! change, as they would be one statement.

use std::collections::BTreeMap;

use super::{Change, Kind, StatementName};
use crate::catalog;
use crate::model::{Action, Document, Text};
use crate::policy::{self, At, Region};

/// The changes that the regions are; `gives` when they are regions of the new side.
pub fn grouped(
    regions: Vec<Region>,
    kind: impl Fn(&Region) -> Kind,
    gives: bool,
    old: &[Document],
    new: &[Document],
) -> Vec<Change> {
    let (own, other) = if gives { (new, old) } else { (old, new) };
    let mut by_action: BTreeMap<(At, Kind, Action), Vec<Region>> = BTreeMap::new();
    for region in regions {
        by_action.entry((region.at, kind(&region), region.action.clone())).or_default().push(region);
    }
    let mut by_resources: BTreeMap<(At, Kind, Vec<Text>), Vec<Region>> = BTreeMap::new();
    for ((at, kind, _), regions) in by_action {
        let resources: Vec<Text> = regions.iter().map(|region| region.resource.clone()).collect();
        by_resources.entry((at, kind, resources)).or_default().extend(regions);
    }
    let change = |((at, kind, resources), regions): ((At, Kind, Vec<Text>), Vec<Region>)| {
        let mut actions: Vec<Action> = regions.iter().map(|region| region.action.clone()).collect();
        actions.dedup();
        let mut meets: Vec<At> = regions.iter().flat_map(|region| region.meets.clone()).collect();
        meets.sort_unstable();
        meets.dedup();
        // The most telling example: of an action that is there, and without assumptions.
        let first = regions.iter().min_by_key(|region| {
            (!region.witness.known, region.witness.assuming.len(), &region.action, &region.resource)
        })?;
        let whole = resources.iter().any(Text::is_wildcard) && first.not_resources.is_empty();
        let mut risks: Vec<_> = actions.iter().flat_map(policy::risks).collect();
        risks.retain(|risk| risk.held_by(own));
        risks.sort();
        risks.dedup();
        Some(Change {
            kind,
            statement: named(own, at),
            on_everything: whole && actions.iter().any(can_be_scoped),
            risks,
            actions,
            not_actions: first.not_actions.clone(),
            resources,
            not_resources: first.not_resources.clone(),
            condition: first.condition.clone(),
            witness: first.witness.clone(),
            meets: meets.into_iter().map(|at| named(other, at)).collect(),
            origins: Vec::new(),
            sureness: None,
        })
    };
    by_resources.into_iter().filter_map(change).collect()
}

fn named(documents: &[Document], at: At) -> StatementName {
    let statement = documents.get(at.document).and_then(|document| document.statements.get(at.statement));
    StatementName { at, sid: statement.and_then(|statement| statement.sid.clone()) }
}

/// Whether the action, or anything that a pattern matches, can be allowed on less than everything.
fn can_be_scoped(action: &Action) -> bool {
    if action.as_str().contains(['*', '?']) {
        return true;
    }
    catalog::action(action).is_some_and(|info| !info.resource_types.is_empty())
}
