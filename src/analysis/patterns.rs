//! Patterns of actions, and the actions that they stand for as far as the catalog knows.

use crate::catalog;
use crate::model::Action;
use crate::policy::action_covers;

pub fn is_pattern(action: &Action) -> bool {
    action.as_str().contains(['*', '?'])
}

/// The actions that a pattern stands for; itself where it is none.
pub fn known_actions(action: &Action) -> Box<dyn Iterator<Item = Action> + '_> {
    if !is_pattern(action) {
        return Box::new(std::iter::once(action.clone()));
    }
    let own = action.service().to_ascii_lowercase();
    let prefixes: Vec<&'static str> = if own.is_empty() || own.contains(['*', '?']) {
        catalog::prefixes().collect()
    } else {
        catalog::prefixes().filter(|prefix| **prefix == *own).collect()
    };
    let actions = prefixes.into_iter().flat_map(catalog::actions).map(|info| info.action.clone());
    Box::new(actions.filter(move |one| action_covers(action, one)))
}
