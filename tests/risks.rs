//! The list of risks names what AWS has.

use scopedown::catalog;
use scopedown::model::Action;
use scopedown::policy::{RISKS, RiskKind};

#[test]
fn every_risk_is_of_actions_that_exist() {
    for action in RISKS.iter().flat_map(|risk| risk.actions) {
        let known = catalog::action(&Action::new(*action));
        assert_eq!(known.map(|info| info.action.as_str()), Some(*action), "{action}");
    }
}

#[test]
fn every_risk_is_listed_once_and_every_kind_has_some() {
    let mut seen = std::collections::BTreeSet::new();
    assert!(RISKS.iter().all(|risk| seen.insert(risk.actions)));
    assert!(RiskKind::ALL.iter().all(|kind| RISKS.iter().filter(|risk| risk.kind == *kind).count() > 10));
}
