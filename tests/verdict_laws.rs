//! The laws of the verdicts, on grants and evidence as proptest makes them up: evidence adds and never takes away, and
//! the order of the input does not matter.

use std::collections::BTreeSet;

use proptest::prelude::*;
use scopedown::merge::verdict::{Acceptances, Evidence, Judged, Verdict, judge};
use scopedown::merge::{combine, role_policy};
use scopedown::model::{
    Action, Condition, Confidence, Grant, Kind, Origin, Part, Place, Resource, Shape, Text,
};
use scopedown::policy::{action_covers, covers};
use scopedown::trail::{Completeness, Observation, Span, Time, Visibility};

const ACTIONS: [&str; 7] = [
    "s3:GetObject",
    "s3:PutObject",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "iam:PassRole",
    "s3:DeleteBucket",
    "secretsmanager:GetSecretValue",
];
/// Symbolic where it is a resource of the template.
const WANTED: [&str; 7] = [
    "arn:aws:s3:::media/*",
    "arn:aws:s3:::media/thumbs/*",
    "arn:aws:s3:::*/*",
    "arn:aws:dynamodb:*:*:table/*",
    "arn:aws:dynamodb:*:*:table/orders",
    "*",
    "${Orders}",
];
const SEEN: [&str; 9] = [
    "arn:aws:s3:::media/thumbs/a.png",
    "arn:aws:s3:::media/thumbs/c-*",
    "arn:aws:s3:::media/other/b.png",
    "arn:aws:s3:::media/*",
    "arn:aws:s3:::inbox/x/${*}",
    "arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
    "arn:aws:dynamodb:eu-west-1:111122223333:table/shop-Orders-1A2B",
    "arn:aws:dynamodb:eu-west-1:111122223333:table/*",
    "*",
];

fn resource(text: &str) -> Resource {
    if text == "${Orders}" {
        let part = Part::Resource { id: "Orders".into(), attribute: Some("Arn".into()), shape: Shape::Arn };
        return Resource { symbolic: part.into(), pattern: Text::parse_pattern(WANTED[3]) };
    }
    Resource { symbolic: Text::parse_pattern(text), pattern: Text::parse_pattern(text) }
}

fn grants() -> impl Strategy<Value = Vec<Grant>> {
    let kind = prop_oneof![Just(Kind::Code), Just(Kind::Platform), Just(Kind::Pinned)];
    let one = (0..ACTIONS.len(), 0..WANTED.len(), kind).prop_map(|(action, wanted, kind)| Grant {
        action: Action::new(ACTIONS[action]),
        resource: resource(WANTED[wanted]),
        condition: Condition::new(),
        kind,
        confidence: Confidence::Certain,
        origins: [Origin::Pin { place: Place::default(), reason: "law".into() }].into(),
    });
    prop::collection::vec(one, 0..8).prop_map(combine)
}

fn observations() -> impl Strategy<Value = Vec<Observation>> {
    let one = (0..ACTIONS.len(), 0..SEEN.len(), prop::bool::weighted(0.1), 1_u64..200);
    let one = one.prop_map(|(action, seen, denied, count)| Observation {
        action: Action::new(ACTIONS[action]),
        resource: Text::parse_pattern(SEEN[seen]),
        denied,
        via: None,
        event_source: "x.amazonaws.com".into(),
        event_name: ACTIONS[action].into(),
        count,
        span: Span::at(Time::from_seconds(1_760_000_000)),
    });
    prop::collection::vec(one, 0..12)
}

/// As complete as evidence can be, so that everything that can be narrowed is.
fn judged(grants: &[Grant], observations: &[Observation], narrowing: bool) -> Judged {
    let first = Time::from_seconds(1_760_000_000);
    let evidence = Evidence {
        observations: observations.to_vec(),
        window: Some(Span { first, last: first.plus_days(60) }),
        completeness: Completeness::of([500, 500]),
        region: Some("eu-west-1".into()),
        account: Some("111122223333".into()),
        visibility: &|_| Visibility::Management,
        settle: &|arn| Resource { symbolic: arn.clone(), pattern: arn.clone() },
    };
    judge(grants, &evidence, &Acceptances::default(), narrowing)
}

fn allows(grants: &[Grant], action: &Action, resource: &Text) -> bool {
    grants
        .iter()
        .any(|grant| action_covers(&grant.action, action) && covers(&grant.resource.pattern, resource))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn evidence_never_takes_a_grant_away(grants in grants(), seen in observations(), more in observations()) {
        let before = judged(&grants, &seen, false);
        let all: Vec<Observation> = seen.iter().chain(&more).cloned().collect();
        let after = judged(&grants, &all, false);
        for grant in grants.iter().chain(&before.grants) {
            prop_assert!(after.grants.iter().any(|own| own.action == grant.action && own.resource == grant.resource));
        }
    }

    #[test]
    fn what_was_seen_of_a_grant_survives_narrowing(grants in grants(), seen in observations()) {
        let after = judged(&grants, &seen, true);
        for grant in &grants {
            prop_assert!(after.grants.iter().any(|own| own.action == grant.action && own.kind == grant.kind));
        }
        for one in seen.iter().filter(|one| !one.denied) {
            let wanted = grants.iter().any(|grant| {
                grant.action == one.action
                    && covers(&grant.resource.pattern, &one.resource)
                    && grant.resource.symbolic.parts().iter().all(|part| !matches!(part, Part::Resource { .. }))
            });
            prop_assert!(!wanted || allows(&after.grants, &one.action, &one.resource), "{one:?}");
        }
    }

    #[test]
    fn narrowing_never_widens(grants in grants(), seen in observations()) {
        let open = judged(&grants, &seen, false);
        for grant in judged(&grants, &seen, true).grants {
            prop_assert!(allows(&open.grants, &grant.action, &grant.resource.pattern), "{grant:?}");
        }
    }

    #[test]
    fn the_order_does_not_matter(grants in grants(), seen in observations()) {
        let (mut turned, mut back) = (grants.clone(), seen.clone());
        turned.reverse();
        back.reverse();
        prop_assert_eq!(judged(&grants, &seen, true), judged(&turned, &back, true));
    }

    #[test]
    fn a_denied_call_and_a_risk_are_no_grants(grants in grants(), seen in observations()) {
        let after = judged(&grants, &seen, true);
        for grant in after.grants.iter().filter(|grant| grant.kind == Kind::Observed) {
            let shown = seen.iter().any(|one| !one.denied && one.action == grant.action && one.resource == grant.resource.pattern);
            prop_assert!(shown && grant.action.service() != "iam" && grant.action != Action::new("s3:DeleteBucket"));
        }
        let held: BTreeSet<&Action> = after.judgements.iter().filter(|one| !one.granted).map(|one| &one.action).collect();
        prop_assert!(after.judgements.iter().filter(|one| !one.granted).all(|one| one.verdict == Verdict::ObservedOnly));
        prop_assert!(held.iter().all(|action| ACTIONS[4..].contains(&action.as_str())));
    }

    /// The policy of what is left says exactly that.
    #[test]
    fn the_policy_passes_its_self_check(grants in grants(), seen in observations()) {
        role_policy(&judged(&grants, &seen, true).grants).unwrap();
    }
}
