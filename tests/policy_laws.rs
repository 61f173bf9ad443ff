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
use scopedown::policy::{
    Allowed, Context, Covers, Decision, Examples, Extent, Group, Permission, Region, Request, Witness,
    allowed as stands, covers_documents, decide, difference, equivalent, intersection, minimise, parse,
    permits, print, unneeded,
};

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

/// Statements that meet in many ways: exceptions, denials, wildcards inside and at the end, and conditions that
/// are stricter, looser, contrary and unlike.
fn some_statement() -> impl Strategy<Value = Statement> {
    let actions =
        subsequence(vec!["s3:Get*", "s3:GetObject", "s3:*Object", "S3:PutObject", "sqs:*", "*"], 1..3);
    let resources = subsequence(
        vec![
            "*",
            "arn:aws:s3:::b/*",
            "arn:aws:s3:::b/k?",
            "arn:aws:s3:::*/k1",
            "arn:aws:sqs:*:1:q",
            "arn:aws:s3:::b/${aws:username}",
        ],
        1..3,
    );
    let condition = prop::sample::select(vec![
        None,
        None,
        Some(("StringEquals", "aws:username", vec!["ann"])),
        Some(("StringLike", "aws:username", vec!["a*", "b*"])),
        Some(("StringNotEquals", "AWS:UserName", vec!["bob"])),
        Some(("StringEqualsIfExists", "aws:username", vec!["ann"])),
        Some(("Null", "aws:username", vec!["true"])),
        Some(("NumericLessThan", "s3:max-keys", vec!["10"])),
        Some(("NumericGreaterThanEquals", "s3:max-keys", vec!["5", "20"])),
        Some(("ForAllValues:StringLike", "aws:TagKeys", vec!["team*", "cost"])),
        Some(("ForAnyValue:StringEquals", "aws:TagKeys", vec!["cost"])),
    ]);
    let kinds = (prop::bool::weighted(0.25), prop::bool::weighted(0.2), prop::bool::weighted(0.2));
    (actions, resources, condition, kinds).prop_map(
        |(actions, resources, condition, (deny, except_a, except_r))| {
            let actions: Vec<Action> = actions.into_iter().map(Action::new).collect();
            let resources: Vec<Text> = resources.into_iter().map(Text::parse_pattern).collect();
            let condition = condition.map(|(operator, key, values)| {
                let values = values.into_iter().map(Text::parse_pattern).collect();
                (operator.into(), [(key.into(), values)].into())
            });
            Statement {
                sid: None,
                effect: if deny { Effect::Deny } else { Effect::Allow },
                principals: None,
                actions: if except_a { Actions::Except(actions) } else { Actions::Only(actions) },
                resources: Some(if except_r {
                    Resources::Except(resources)
                } else {
                    Resources::Only(resources)
                }),
                condition: condition.into_iter().collect(),
            }
        },
    )
}

fn some_documents() -> impl Strategy<Value = Vec<Document>> {
    prop::collection::vec(some_statement(), 0..4)
        .prop_map(|statements| vec![Document { statements, ..Document::default() }])
}

type Point = (Action, Text, Context);

/// Concrete requests, among them some on either side of every line that [`some_statement`] draws.
fn points() -> Vec<Point> {
    let actions =
        ["s3:GetObject", "s3:GetBucketTagging", "s3:DeleteObject", "s3:PutObject", "sqs:SendMessage"];
    let resources = [
        "arn:aws:s3:::b/k1",
        "arn:aws:s3:::b/ann",
        "arn:aws:s3:::c/k1",
        "arn:aws:sqs:eu-west-1:1:q",
        "arn:aws:s3:::b",
    ];
    let own = |key: &str, values: &[&str]| -> Context {
        [(key.into(), values.iter().map(|&value| value.into()).collect())].into()
    };
    let mut contexts = vec![Context::new()];
    contexts.extend(["ann", "ada", "bob", "eve"].map(|name| own("aws:username", &[name])));
    contexts.extend(["1", "5", "7", "12", "30"].map(|keys| own("s3:max-keys", &[keys])));
    for tags in [&["cost"][..], &["team-a"], &["cost", "x"], &["x"]] {
        let mut both = own("aws:TagKeys", tags);
        both.extend(own("aws:username", &["ann"]));
        contexts.extend([own("aws:TagKeys", tags), both]);
    }
    let mut all = Vec::new();
    for action in actions {
        for resource in resources {
            let point = |context: &Context| (Action::new(action), Text::literal(resource), context.clone());
            all.extend(contexts.iter().map(point));
        }
    }
    all
}

/// The statement that a region is part of, cut down to the region.
fn cut(region: &Region, documents: &[Document]) -> Vec<Document> {
    let mut statement = documents[region.at.document].statements[region.at.statement].clone();
    if region.not_actions.is_empty() {
        statement.actions = Actions::Only(vec![region.action.clone()]);
    }
    if region.not_resources.is_empty() {
        statement.resources = Some(Resources::Only(vec![region.resource.clone()]));
    }
    vec![Document { statements: vec![statement], ..Document::default() }]
}

fn allows(documents: &[Document], (action, resource, context): &Point) -> bool {
    permits(documents, action, resource, context)
}

/// A policy variable in a resource stands for itself, and is none of the requests that it may come to.
/// Where a policy variable is what makes two policies alike, the example is of somebody else.
#[test]
fn a_witness_is_not_the_one_whom_a_variable_lets_in() {
    let on = |resource: &str| {
        let of = |text: &str| vec![Text::parse_pattern(text)];
        let other_than_bob = [("AWS:UserName".into(), of("bob").into_iter().collect())];
        let statement = Statement {
            sid: None,
            effect: Effect::Allow,
            principals: None,
            actions: Actions::Only(vec![Action::new("sqs:*")]),
            resources: Some(Resources::Only(of(resource))),
            condition: [("StringNotEquals".into(), other_than_bob.into())].into(),
        };
        [Document { statements: vec![statement], ..Document::default() }]
    };
    let (all, own) = (on("arn:aws:s3:::b/*"), on("arn:aws:s3:::b/${aws:username}"));
    let lost = difference(&all, &own, Examples::NONE);
    assert_eq!(lost.len(), 1);
    let at = &lost[0].witness;
    assert!(is_certain(at) && permits(&all, &at.action, &at.resource, &at.context), "{at:?}");
    assert!(!permits(&own, &at.action, &at.resource, &at.context), "{at:?}");
    let kept = intersection(&all, &own, Examples::NONE);
    assert!(permits(&own, &kept[0].witness.action, &kept[0].witness.resource, &kept[0].witness.context));
}

fn is_certain(witness: &Witness) -> bool {
    witness.assuming.is_empty() && witness.resource.as_literal().is_some()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_document_does_not_differ_from_itself(one in some_documents()) {
        prop_assert_eq!(difference(&one, &one, Examples::NONE), Vec::new());
        prop_assert_eq!(equivalent(&one, &one), Ok(()));
    }

    #[test]
    fn a_witness_is_allowed_by_one_side_alone(one in some_documents(), other in some_documents()) {
        for region in difference(&one, &other, Examples::NONE) {
            let at = region.witness;
            if is_certain(&at) {
                prop_assert!(permits(&one, &at.action, &at.resource, &at.context), "{:?} by {:?}", at, one);
                prop_assert!(!permits(&other, &at.action, &at.resource, &at.context), "{:?} by {:?}", at, other);
            }
        }
        for region in intersection(&one, &other, Examples::NONE) {
            let at = region.witness;
            if is_certain(&at) {
                prop_assert!(permits(&one, &at.action, &at.resource, &at.context), "{:?} by {:?}", at, one);
                prop_assert!(permits(&other, &at.action, &at.resource, &at.context), "{:?} by {:?}", at, other);
            }
        }
    }

    #[test]
    fn what_is_lost_and_what_is_kept_make_the_whole(one in some_documents(), other in some_documents()) {
        let lost = difference(&one, &other, Examples::NONE);
        let kept = intersection(&one, &other, Examples::NONE);
        let within = |regions: &[Region], point: &Point| regions.iter().any(|region| allows(&cut(region, &one), point));
        for point in points() {
            let (before, after) = (allows(&one, &point), allows(&other, &point));
            prop_assert!(!before || after || within(&lost, &point), "{:?} is lost", point);
            prop_assert!(!before || !after || within(&kept, &point), "{:?} is kept", point);
        }
        for region in lost.iter().filter(|region| region.extent == Extent::Whole) {
            let cut = cut(region, &one);
            let still = points().into_iter().find(|point| allows(&cut, point) && allows(&one, point) && allows(&other, point));
            prop_assert!(still.is_none(), "{:?} is not lost whole: {:?}", region, still);
        }
    }

    #[test]
    fn to_cover_is_a_partial_order(a in some_documents(), b in some_documents(), c in some_documents()) {
        let covers = |a: &[Document], b: &[Document]| covers_documents(a, b).is_ok();
        prop_assert!(covers(&a, &a));
        let union: Vec<Document> = a.iter().chain(&b).cloned().collect();
        if a.iter().chain(&b).flat_map(|one| &one.statements).all(|one| one.effect == Effect::Allow) {
            prop_assert!(covers(&union, &a) && covers(&union, &b));
        }
        prop_assert!(!(covers(&a, &b) && covers(&b, &c)) || covers(&a, &c));
        prop_assert_eq!(covers(&a, &b) && covers(&b, &a), equivalent(&a, &b).is_ok());
        if covers(&a, &b) {
            for point in points() {
                prop_assert!(!allows(&b, &point) || allows(&a, &point), "{:?}", point);
            }
        }
    }

    #[test]
    fn minimised_is_equivalent_as_a_document(wanted in some_permissions()) {
        let plain = |one: &Permission<Resource>| Permission {
            action: one.action.clone(), resource: one.resource.symbolic.clone(), condition: one.condition.clone(),
        };
        let wanted: Vec<_> = wanted.iter().map(plain).collect();
        let one_by_one = wanted.iter().map(|one| Group {
            actions: vec![one.action.clone()], resources: vec![one.resource.clone()], condition: one.condition.clone(),
        });
        let statement = |group: Group<Text>| Statement {
            sid: None, effect: Effect::Allow, principals: None, actions: Actions::Only(group.actions),
            resources: Some(Resources::Only(group.resources)), condition: group.condition,
        };
        let original = [Document { statements: one_by_one.map(statement).collect(), ..Document::default() }];
        let least = [Document { statements: minimise(wanted.clone()).into_iter().map(statement).collect(), ..Document::default() }];
        prop_assert_eq!(equivalent(&original, &least), Ok(()));
        prop_assert_eq!(unneeded(&least, &wanted, Examples::NONE), Vec::new());
        for one in &wanted {
            prop_assert_eq!(stands(&least, one, Examples::NONE), Allowed::Fully);
        }
    }

    #[test]
    fn a_pattern_is_decided_as_its_requests_are(documents in some_documents()) {
        for (action, resource, context) in points() {
            let known = |(key, values): (&smol_str::SmolStr, &Vec<smol_str::SmolStr>)| {
                (key.clone(), values.iter().map(Text::literal).collect::<BTreeSet<_>>())
            };
            if context.values().any(|values| values.len() != 1) || context.contains_key("aws:TagKeys") {
                continue;
            }
            let absent = ["aws:username", "s3:max-keys", "aws:TagKeys"].into_iter()
                .filter(|key| !context.contains_key(*key))
                .map(|key| (key.into(), [Text::literal("true")].into())).collect();
            let condition = Condition::from([
                ("StringEquals".into(), context.iter().map(known).collect()), ("Null".into(), absent),
            ]);
            let wanted = Permission { action: action.clone(), resource: resource.clone(), condition };
            let answer = stands(&documents, &wanted, Examples::NONE);
            let certain = |answer: &Allowed| match answer {
                Allowed::No(witness) | Allowed::Partly(witness) => witness.assuming.is_empty(),
                Allowed::Fully => true,
            };
            if certain(&answer) && !print(&documents[0]).to_string().contains("${") && !context.contains_key("s3:max-keys") {
                let permitted = permits(&documents, &action, &resource, &context);
                prop_assert_eq!(answer == Allowed::Fully, permitted, "{:?} {:?} {:?}", action, resource, context);
            }
        }
    }
}
