//! One grant per permission and kind, however many origins want it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::model::Grant;

/// Joins grants of the same action, resource, condition and kind: the union of their origins, the best of
/// their confidences. Sorted by kind, action, resource and condition, whatever the order of the input.
pub fn combine(mut grants: Vec<Grant>) -> Vec<Grant> {
    // Of two spellings of an action, which compare equal, the same one must stay whatever came first.
    grants.sort_by(|a, b| a.action.as_str().cmp(b.action.as_str()));
    let mut combined = BTreeMap::new();
    for grant in grants {
        let key = (grant.kind, grant.action.clone(), grant.resource.clone(), grant.condition.clone());
        match combined.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert(grant);
            }
            Entry::Occupied(mut entry) => {
                let kept: &mut Grant = entry.get_mut();
                kept.confidence = kept.confidence.min(grant.confidence);
                kept.origins.extend(grant.origins);
            }
        }
    }
    combined.into_values().collect()
}
