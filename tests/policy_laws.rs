//! Laws of the algebra and of the merger, each checked against every request of a small world: a handful of
//! actions, resources and conditions that cover, overlap and only look alike.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::subsequence;
use scopedown::merge::{SelfCheckError, combine, role_policy, self_check};
use scopedown::model::{
    Action, Actions, Condition, Confidence, Document, Effect, Grant, Kind, Origin, Part, Place, Resource,
    Resources, Shape, Statement, Text,
};
use scopedown::policy::{Covers, Decision, Group, Permission, Request, decide, minimise, parse, print};

fn actions() -> Vec<Action> {
    ["dynamodb:GetItem", "dynamodb:PutItem", "s3:GetObject", "s3:PutObject", "S3:Get*"]
        .map(Action::new)
        .into()
}

fn resources() -> Vec<Resource> {
    let literal = |pattern: &str| Resource {
        symbolic: Text::parse_pattern(pattern),
        pattern: Text::parse_pattern(pattern),
    };
    let table = |id: &str| Resource {
        symbolic: Part::Resource { id: id.into(), attribute: Some("Arn".into()), shape: Shape::Arn }.into(),
        pattern: Text::parse_pattern("arn:aws:dynamodb:*:*:table/*"),
    };
    vec![
        table("Orders"),
        table("Users"),
        literal("arn:aws:s3:::b/*"),
        literal("arn:aws:s3:::b/k"),
        literal("arn:aws:s3:::b${*}/k"),
        Resource::any(),
    ]
}

fn conditions() -> Vec<Condition> {
    let via = |values: &[Text]| {
        Condition::from([(
            "StringEquals".into(),
            [("kms:ViaService".into(), values.iter().cloned().collect())].into(),
        )])
    };
    let region = Text::literal("s3.").then(&Part::Env("REGION".into()).into());
    vec![
        Condition::new(),
        via(&[Text::literal("a")]),
        via(&[Text::literal("a"), Text::literal("b")]),
        via(&[region]),
    ]
}

fn permissions() -> Vec<Permission<Resource>> {
    let mut all = Vec::new();
    for action in actions() {
        for resource in resources() {
            all.extend(conditions().into_iter().map(|condition| Permission {
                action: action.clone(),
                resource: resource.clone(),
                condition,
            }));
        }
    }
    all
}

fn grant(permission: Permission<Resource>, kind: Kind, line: u32) -> Grant {
    let Permission { action, resource, condition } = permission;
    let place = Place { file: "app.py".into(), line, column: 1 };
    let origin = Origin::Call { place, operation: "s3:GetObject".into(), chain: Vec::new() };
    Grant { action, resource, condition, kind, confidence: Confidence::Certain, origins: [origin].into() }
}

fn some_permissions() -> impl Strategy<Value = Vec<Permission<Resource>>> {
    subsequence(permissions(), 0..12).prop_shuffle()
}

fn some_grants() -> impl Strategy<Value = Vec<Grant>> {
    let kind = prop::sample::select(vec![Kind::Code, Kind::Platform, Kind::Observed, Kind::Pinned]);
    let kinds = prop::collection::vec(kind, 12);
    (some_permissions(), kinds).prop_map(|(permissions, kinds)| {
        permissions
            .into_iter()
            .zip(kinds)
            .zip(1..)
            .map(|((one, kind), line)| grant(one, kind, line))
            .collect()
    })
}

fn symbolic(resource: &Resource) -> &Text {
    &resource.symbolic
}

fn pattern(resource: &Resource) -> &Text {
    &resource.pattern
}

/// Every permission of the world that the document allows in the given spelling.
fn allowed(document: &Document, spelling: fn(&Resource) -> &Text) -> BTreeSet<usize> {
    let allows = |permission: &Permission<Resource>| {
        let Permission { action, resource, condition } = permission;
        decide(document, Request { action, resource: spelling(resource), condition }) == Decision::Allowed
    };
    permissions().iter().enumerate().filter(|(_, one)| allows(one)).map(|(index, _)| index).collect()
}

fn documented(groups: Vec<Group<Resource>>) -> Document {
    let statement = |Group { actions, resources, condition }: Group<Resource>| Statement {
        sid: None,
        effect: Effect::Allow,
        principals: None,
        actions: Actions::Only(actions),
        resources: Some(Resources::Only(resources.into_iter().map(|resource| resource.symbolic).collect())),
        condition,
    };
    Document { statements: groups.into_iter().map(statement).collect(), ..Document::default() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn minimised_is_equivalent_to_the_original(wanted in some_permissions()) {
        let document = documented(minimise(wanted.clone()));
        let original = permissions().iter().enumerate()
            .filter(|(_, request)| wanted.iter().any(|one| one.covers(request)))
            .map(|(index, _)| index)
            .collect::<BTreeSet<_>>();
        prop_assert_eq!(allowed(&document, symbolic), original);
        prop_assert!(document.statements.len() <= wanted.len());
    }

    #[test]
    fn the_order_of_grants_does_not_matter(grants in some_grants()) {
        let mut turned = grants.clone();
        turned.reverse();
        prop_assert_eq!(role_policy(&grants).unwrap(), role_policy(&turned).unwrap());
        prop_assert_eq!(combine(grants), combine(turned));
    }

    #[test]
    fn one_more_grant_takes_no_permission_away(grants in some_grants()) {
        let Some((_, fewer)) = grants.split_last() else { return Ok(()) };
        let (before, after) = (role_policy(fewer).unwrap(), role_policy(&grants).unwrap());
        for spelling in [symbolic, pattern] {
            prop_assert!(allowed(&before.symbolic(), spelling).is_subset(&allowed(&after.symbolic(), spelling)));
            prop_assert!(allowed(&before.document(), spelling).is_subset(&allowed(&after.document(), spelling)));
        }
    }

    #[test]
    fn statement_names_are_unique_and_plain(grants in some_grants()) {
        let policy = role_policy(&grants).unwrap();
        let names: BTreeSet<_> = policy.statements.iter().map(|statement| statement.sid.as_str()).collect();
        prop_assert_eq!(names.len(), policy.statements.len());
        prop_assert!(names.iter().all(|name| (1..=100).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric())));
    }

    #[test]
    fn a_printed_policy_is_read_back(grants in some_grants()) {
        let document = role_policy(&grants).unwrap().document();
        prop_assert_eq!(parse(&print(&document)).unwrap(), document);
    }

    #[test]
    fn the_self_check_sees_any_permission_lost_or_won(grants in some_grants(), extra in 0..permissions().len()) {
        // Of one kind, because a kind may repeat in part what a wider one of another kind says.
        let grants: Vec<_> = grants.into_iter().map(|grant| Grant { kind: Kind::Code, ..grant }).collect();
        let policy = role_policy(&grants).unwrap();
        for at in 0..policy.statements.len() {
            let mut less = policy.clone();
            less.statements.remove(at);
            let missing = matches!(self_check(&grants, &less), Err(SelfCheckError::Missing { .. }));
            prop_assert!(missing);
        }
        let extra = permissions().remove(extra);
        if !grants.iter().any(|grant| {
            let Grant { action, resource, condition, .. } = grant.clone();
            Permission { action, resource, condition }.covers(&extra)
        }) {
            let more = role_policy(&[grant(extra, Kind::Code, 1)]).unwrap();
            let both = scopedown::merge::RolePolicy {
                statements: policy.statements.into_iter().chain(more.statements).collect(),
            };
            let won = matches!(self_check(&grants, &both), Err(SelfCheckError::Extra { .. }));
            prop_assert!(won);
        }
    }
}
