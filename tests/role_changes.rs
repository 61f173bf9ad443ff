//! Changing a role and taking it back, in an account in memory that keeps IAM's rules and fails where a test wants.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use scopedown::aws::{LiveError, Problem};
use scopedown::model::{Document, Note};
use scopedown::policy;
use scopedown::role::{
    self, Account, ApplyError, Attached, Backup, Desired, ManagedPolicy, Owner, Plan, PolicyText, Quotas,
    Role, RollbackError, Standing, Step, Version,
};
use serde_json::json;
use smol_str::{SmolStr, format_smolstr};

const ACCOUNT: &str = "arn:aws:iam::123456789012:policy/";
const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

/// IAM, as far as one role goes.
#[derive(Clone, Debug, Default)]
struct Memory {
    role: Role,
    policies: BTreeMap<SmolStr, ManagedPolicy>,
    /// The number of the next version of each policy.
    next: BTreeMap<SmolStr, usize>,
    changes: usize,
    failures: Failures,
    /// The documents in force after every change.
    history: Vec<BTreeSet<String>>,
}

/// Which changing calls fail, counted from 1.
#[derive(Clone, Debug, Default)]
struct Failures {
    from: usize,
    /// How many in a row.
    count: usize,
    /// Whether the failing call does its work all the same, as when its answer is lost.
    lost: bool,
}

impl Memory {
    fn new(role: Role, policies: BTreeMap<SmolStr, ManagedPolicy>) -> Self {
        let next = policies.iter().map(|(arn, policy)| (arn.clone(), policy.versions.len() + 1)).collect();
        let mut memory = Self { role, policies, next, ..Self::default() };
        memory.refresh();
        memory
    }

    /// What the role and its policies say, without ids: what a rollback must bring back.
    fn content(&self) -> String {
        let text = |policy: &PolicyText| policy.text().to_owned();
        let inline: Vec<_> = self.role.inline.iter().map(|(name, policy)| (name, policy.text())).collect();
        let attached: Vec<_> = self.role.attached.keys().collect();
        let policies: Vec<_> = self
            .policies
            .iter()
            .map(|(arn, policy)| {
                let all: BTreeSet<String> =
                    policy.versions.iter().map(|version| text(&version.policy)).collect();
                (arn, policy.default_version().map(|version| text(&version.policy)), all)
            })
            .collect();
        format!("{inline:?}\n{attached:?}\n{policies:?}")
    }

    fn in_force(&self) -> BTreeSet<String> {
        let managed = self.role.attached.iter().map(|(arn, attached)| match &attached.policy {
            Some(policy) => policy.text().to_owned(),
            None => arn.to_string(),
        });
        self.role.inline.values().map(|policy| policy.text().to_owned()).chain(managed).collect()
    }

    /// What the role knows of its managed policies follows them.
    fn refresh(&mut self) {
        for (arn, attached) in &mut self.role.attached {
            if let Some(policy) = self.policies.get(arn) {
                let default = policy.default_version().unwrap();
                attached.version = Some(default.id.clone());
                attached.policy = Some(default.policy.clone());
                attached.versions = policy.versions.iter().map(|version| version.id.clone()).collect();
            }
        }
    }

    fn change<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, LiveError>) -> Result<T, LiveError> {
        self.changes += 1;
        let Failures { from, count, lost } = self.failures;
        let fails = from > 0 && (from..from + count).contains(&self.changes);
        let error = || LiveError::new(Problem::Denied, "not allowed").with_help("ask for it");
        if fails && !lost {
            return Err(error());
        }
        let done = work(self)?;
        self.refresh();
        let inline: usize = self.role.inline.values().map(PolicyText::size).sum();
        assert!(inline <= policy::INLINE_TOTAL, "inline policies have {inline} characters");
        assert!(self.role.attached.len() <= policy::MANAGED_COUNT);
        self.history.push(self.in_force());
        if fails { Err(error()) } else { Ok(done) }
    }
}

fn missing(what: &str) -> LiveError {
    LiveError::new(Problem::NotFound, format!("{what} is not there"))
}

impl Account for Memory {
    fn role(&mut self, name: &str) -> Result<(Role, Vec<Note>), LiveError> {
        if name == self.role.name { Ok((self.role.clone(), vec![])) } else { Err(missing(name)) }
    }

    fn policy(&mut self, arn: &str) -> Result<Option<ManagedPolicy>, LiveError> {
        Ok(self.policies.get(arn).cloned())
    }

    fn put_inline(&mut self, _: &str, name: &str, text: &str) -> Result<(), LiveError> {
        self.change(|iam| {
            iam.role.inline.insert(name.into(), PolicyText::read(text).0);
            Ok(())
        })
    }

    fn delete_inline(&mut self, _: &str, name: &str) -> Result<(), LiveError> {
        self.change(|iam| iam.role.inline.remove(name).map(drop).ok_or_else(|| missing(name)))
    }

    fn attach(&mut self, _: &str, arn: &str) -> Result<(), LiveError> {
        self.change(|iam| {
            assert!(Owner::of(arn) == Owner::Aws || iam.policies.contains_key(arn), "{arn} does not exist");
            iam.role.attached.entry(arn.into()).or_insert_with(|| attached(arn));
            Ok(())
        })
    }

    fn detach(&mut self, _: &str, arn: &str) -> Result<(), LiveError> {
        self.change(|iam| iam.role.attached.remove(arn).map(drop).ok_or_else(|| missing(arn)))
    }

    fn create_policy(&mut self, name: &str, path: &str, text: &str) -> Result<(), LiveError> {
        self.change(|iam| {
            let arn = format_smolstr!("arn:aws:iam::123456789012:policy{path}{name}");
            let (policy, _) = PolicyText::read(text);
            assert!(policy.size() <= policy::MANAGED);
            let version = Version { id: "v1".into(), default: true, policy };
            assert!(iam.policies.insert(arn.clone(), ManagedPolicy::new(vec![version])).is_none());
            iam.next.insert(arn, 2);
            Ok(())
        })
    }

    fn delete_policy(&mut self, arn: &str) -> Result<(), LiveError> {
        self.change(|iam| {
            assert!(!iam.role.attached.contains_key(arn), "{arn} is attached");
            let policy = iam.policies.remove(arn).ok_or_else(|| missing(arn))?;
            assert_eq!(policy.versions.len(), 1, "{arn} has versions");
            Ok(())
        })
    }

    fn create_version(&mut self, arn: &str, text: &str, default: bool) -> Result<SmolStr, LiveError> {
        self.change(|iam| {
            let number = iam.next.get_mut(arn).ok_or_else(|| missing(arn))?;
            let id = format_smolstr!("v{number}");
            *number += 1;
            let policy = iam.policies.get_mut(arn).ok_or_else(|| missing(arn))?;
            assert!(policy.versions.len() < 5, "{arn} has five versions");
            if default {
                policy.versions.iter_mut().for_each(|version| version.default = false);
            }
            policy.versions.push(Version { id: id.clone(), default, policy: PolicyText::read(text).0 });
            Ok(id)
        })
    }

    fn set_default(&mut self, arn: &str, id: &str) -> Result<(), LiveError> {
        self.change(|iam| {
            let policy = iam.policies.get_mut(arn).ok_or_else(|| missing(arn))?;
            policy.version(id).ok_or_else(|| missing(id))?;
            policy.versions.iter_mut().for_each(|version| version.default = version.id == id);
            Ok(())
        })
    }

    fn delete_version(&mut self, arn: &str, id: &str) -> Result<(), LiveError> {
        self.change(|iam| {
            let policy = iam.policies.get_mut(arn).ok_or_else(|| missing(arn))?;
            assert!(!policy.version(id).ok_or_else(|| missing(id))?.default, "{id} is the default version");
            policy.versions.retain(|version| version.id != id);
            Ok(())
        })
    }
}

/// A document that is told apart by `tag`, of some 190 characters for each of `length`.
fn document(tag: &str, length: usize) -> Document {
    let statement = |index: usize, length: usize| {
        json!({"Effect": "Allow", "Action": "s3:GetObject",
            "Resource": format!("arn:aws:s3:::{tag}-{index}/{}", "k".repeat(length))})
    };
    let (long, short) = (length / 10, length % 10);
    let long = (0..long).map(|index| statement(index, 1810));
    let statements: Vec<_> = long.chain((0..short).map(|index| statement(index, 100))).collect();
    policy::parse(&json!({"Version": "2012-10-17", "Statement": statements})).unwrap()
}

fn attached(arn: &str) -> Attached {
    Attached {
        name: arn.rsplit('/').next().unwrap().into(),
        owner: Owner::of(arn),
        version: None,
        versions: vec![],
        attachments: None,
        policy: None,
    }
}

fn customer(name: &str) -> SmolStr {
    format_smolstr!("{ACCOUNT}{name}")
}

fn versions(name: &str, count: usize) -> ManagedPolicy {
    let version = |number: usize| Version {
        id: format_smolstr!("v{number}"),
        default: number == count,
        policy: PolicyText::new(document(&format!("{name}-v{number}"), 1)),
    };
    ManagedPolicy::new((1..=count).map(version).collect())
}

fn account(inline: &[(&str, usize)], managed: &[(&str, usize)], aws: &[&str]) -> Memory {
    let policies: BTreeMap<_, _> =
        managed.iter().map(|(name, count)| (customer(name), versions(name, *count))).collect();
    let arns = policies.keys().map(SmolStr::as_str).chain(aws.iter().copied());
    let role = Role {
        name: "orders".into(),
        path: "/".into(),
        arn: Some("arn:aws:iam::123456789012:role/orders".into()),
        id: Some("AROA1".into()),
        inline: inline
            .iter()
            .map(|(name, size)| ((*name).into(), PolicyText::new(document(name, *size))))
            .collect(),
        attached: arns.map(|arn| (arn.into(), attached(arn))).collect(),
        ..Role::default()
    };
    Memory::new(role, policies)
}

/// Narrow instead of everything that there is.
fn instead(iam: &Memory, narrow: usize) -> Desired {
    Desired {
        policies: [("narrow".into(), document("narrow", narrow))].into(),
        detach: iam.role.attached.keys().cloned().collect(),
        delete: iam.role.inline.keys().cloned().collect(),
        ..Desired::default()
    }
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn backup(&self) -> PathBuf {
        self.0.path().join("backup.json")
    }
}

fn apply(plan: &Plan, iam: &mut Memory, place: &Place) -> Result<role::Applied, ApplyError> {
    role::apply(plan, iam, &place.backup(), &mut |_| {})
}

fn shown(plan: &Plan) -> Vec<String> {
    plan.steps.iter().map(ToString::to_string).collect()
}

#[test]
fn the_narrow_one_comes_before_the_broad_one_goes() {
    let mut iam = account(&[("tables", 2)], &[("buckets", 5)], &[READ_ONLY]);
    let mut desired = instead(&iam, 3);
    desired.detach.remove(&customer("buckets"));
    desired.versions.insert(customer("buckets"), document("buckets-narrow", 1));
    let plan = role::plan(&iam.role, &desired, Quotas::default());
    assert_eq!(
        shown(&plan),
        [
            "delete version v1 of the managed policy `buckets`",
            "make a new default version of the managed policy `buckets`",
            "put the inline policy `narrow`",
            "detach the managed policy `ReadOnlyAccess`",
            "delete the inline policy `tables`",
        ]
    );
    let (place, before) = (Place::new(), iam.content());
    apply(&plan, &mut iam, &place).unwrap();
    assert_eq!(iam.role.inline.keys().collect::<Vec<_>>(), ["narrow"]);
    assert_eq!(iam.policies[&customer("buckets")].default_version().unwrap().id, "v6");

    let backup = Backup::load(&place.backup()).unwrap();
    assert_eq!(role::standing(&backup, &mut iam).unwrap(), Standing::After(5));
    let done = role::rollback(&backup, &mut iam, false, &mut |_| {}).unwrap();
    assert_eq!(done.remarks, ["version v1 of the managed policy `buckets` is v7 now"]);
    assert_eq!(iam.content(), before);
    assert_eq!(role::standing(&backup, &mut iam).unwrap(), Standing::Former);
    assert_eq!(role::rollback(&backup, &mut iam, false, &mut |_| {}).unwrap().undone, 0);
}

#[test]
fn what_is_there_already_needs_no_step() {
    let mut iam = account(&[("narrow", 3)], &[], &[]);
    let desired =
        Desired { policies: [("narrow".into(), document("narrow", 3))].into(), ..Desired::default() };
    let plan = role::plan(&iam.role, &desired, Quotas::default());
    assert!(plan.steps.is_empty() && plan.blocked.is_empty());
    let place = Place::new();
    assert_eq!(apply(&plan, &mut iam, &place).unwrap().backup, None);
    assert!(!place.backup().exists());
}

#[test]
fn a_staged_plan_takes_nothing_away_and_the_next_one_ends_it() {
    let mut iam = account(&[("tables", 2)], &[("buckets", 1)], &[READ_ONLY]);
    let desired = Desired { stage: true, ..instead(&iam, 3) };
    let plan = role::plan(&iam.role, &desired, Quotas::default());
    assert_eq!(shown(&plan), ["put the inline policy `narrow`"]);
    assert_eq!(plan.later.len(), 3);
    apply(&plan, &mut iam, &Place::new()).unwrap();
    assert_eq!(iam.role.attached.len(), 2);
    let rest = role::plan(&iam.role, &Desired { stage: false, ..desired }, Quotas::default());
    assert_eq!(rest.steps, plan.later);
}

#[test]
fn without_room_beside_it_the_narrow_one_takes_the_place_of_the_broad_one() {
    let iam = account(&[("broad", 55)], &[], &[]);
    let plan = role::plan(&iam.role, &instead(&iam, 20), Quotas::default());
    assert_eq!(shown(&plan), ["replace the inline policy `broad`"]);
    assert_eq!(plan.notes[0].rule, "replaced-in-place");
    // Staged, it has to stand beside it.
    let staged = role::plan(&iam.role, &Desired { stage: true, ..instead(&iam, 20) }, Quotas::default());
    assert_eq!(shown(&staged), ["create the managed policy `narrow`", "attach the managed policy `narrow`"]);
}

#[test]
fn a_long_policy_becomes_managed_ones_and_one_that_fits_nowhere_blocks() {
    let mut iam = account(&[], &[], &[READ_ONLY]);
    let plan = role::plan(&iam.role, &instead(&iam, 80), Quotas::default());
    assert_eq!(plan.steps.iter().filter(|step| matches!(step, Step::CreatePolicy { .. })).count(), 3);
    let (place, before) = (Place::new(), iam.content());
    apply(&plan, &mut iam, &place).unwrap();
    assert_eq!(
        iam.role.attached.keys().collect::<Vec<_>>(),
        [&customer("narrow-1"), &customer("narrow-2"), &customer("narrow-3")]
    );
    role::rollback(&Backup::load(&place.backup()).unwrap(), &mut iam, false, &mut |_| {}).unwrap();
    assert_eq!(iam.content(), before);

    let blocked = role::plan(&iam.role, &instead(&iam, 800), Quotas::default());
    assert!(blocked.blocked.iter().any(|note| note.rule == "policy-over-quota"));
    let refused = apply(&blocked, &mut iam, &Place::new());
    assert!(matches!(refused, Err(ApplyError::Blocked { .. })));
    assert_eq!(iam.content(), before);
}

#[test]
fn a_role_that_changed_since_the_plan_is_left_alone() {
    let mut iam = account(&[("tables", 2)], &[("buckets", 1)], &[]);
    let plan = role::plan(&iam.role, &instead(&iam, 1), Quotas::default());
    let untouched = iam.clone();
    let changes: [fn(&mut Memory); 4] = [
        |iam| drop(iam.role.inline.remove("tables")),
        |iam| drop(iam.role.attached.insert(READ_ONLY.into(), attached(READ_ONLY))),
        |iam| drop(iam.create_version(&customer("buckets"), "{}", true)),
        |iam| iam.role.id = Some("AROA2".into()),
    ];
    for change in changes {
        iam = untouched.clone();
        change(&mut iam);
        let (place, before) = (Place::new(), iam.content());
        let error = apply(&plan, &mut iam, &place).unwrap_err();
        assert!(matches!(error, ApplyError::Changed { .. }), "{error}");
        assert!(error.to_string().ends_with("nothing was done"));
        assert_eq!(iam.content(), before);
        assert!(!place.backup().exists());
    }
}

#[test]
fn a_policy_of_the_same_name_is_not_taken_over() {
    let mut iam = account(&[("broad", 85)], &[], &[]);
    iam.policies.insert(customer("narrow"), versions("other", 1));
    let desired = Desired { stage: true, ..instead(&iam, 10) };
    let plan = role::plan(&iam.role, &desired, Quotas::default());
    let error = apply(&plan, &mut iam, &Place::new()).unwrap_err();
    assert!(matches!(error, ApplyError::Taken { .. }), "{error}");
    assert_eq!(iam.changes, 0);
}

#[test]
fn a_backup_replaces_nothing_and_without_one_nothing_is_done() {
    let mut iam = account(&[("tables", 2)], &[], &[]);
    let plan = role::plan(&iam.role, &instead(&iam, 1), Quotas::default());
    let place = Place::new();
    fs::write(place.backup(), "precious").unwrap();
    let error = apply(&plan, &mut iam, &place).unwrap_err();
    assert!(error.to_string().contains("replaces nothing"), "{error}");
    assert_eq!((fs::read_to_string(place.backup()).unwrap().as_str(), iam.changes), ("precious", 0));
    let nowhere = place.0.path().join("missing/backup.json");
    assert!(role::apply(&plan, &mut iam, &nowhere, &mut |_| {}).is_err());
    assert_eq!(iam.changes, 0);
}

#[test]
fn what_someone_else_changed_since_is_restored_by_force_alone() {
    let mut iam = account(&[("tables", 2)], &[], &[READ_ONLY]);
    let (place, before) = (Place::new(), iam.content());
    let plan = role::plan(&iam.role, &instead(&iam, 1), Quotas::default());
    apply(&plan, &mut iam, &place).unwrap();
    iam.put_inline("orders", "narrow", "{}").unwrap();
    let backup = Backup::load(&place.backup()).unwrap();
    let error = role::rollback(&backup, &mut iam, false, &mut |_| {}).unwrap_err();
    assert!(matches!(&error, RollbackError::Changed { changes, .. }
        if changes == &["the inline policy `narrow` says something else"]));
    assert!(error.help().unwrap().contains("--force"));
    role::rollback(&backup, &mut iam, true, &mut |_| {}).unwrap();
    assert_eq!(iam.content(), before);
}

#[test]
fn the_same_role_made_again_is_another_role() {
    let mut iam = account(&[("tables", 2)], &[], &[]);
    let place = Place::new();
    let plan = role::plan(&iam.role, &instead(&iam, 1), Quotas::default());
    apply(&plan, &mut iam, &place).unwrap();
    iam.role.id = Some("AROA2".into());
    let standing = role::standing(&Backup::load(&place.backup()).unwrap(), &mut iam).unwrap();
    assert!(matches!(standing, Standing::Changed(_)));
}

#[test]
fn a_file_that_is_no_backup_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("backup.json");
    for (text, problem) in [
        ("{", "is not JSON"),
        (r#"{"Version": "2012-10-17", "Statement": []}"#, "its `kind` is not"),
        (r#"{"kind": "scopedown role backup", "version": 9}"#, "another version of scopedown"),
        (r#"{"kind": "scopedown role backup", "version": 1}"#, "missing field"),
    ] {
        fs::write(&path, text).unwrap();
        let error = Backup::load(&path).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
}

#[test]
fn roles_of_aws_are_not_changed_and_those_of_a_stack_are_named() {
    let mut iam = account(&[("tables", 1)], &[], &[]);
    iam.role.path = "/aws-service-role/lambda.amazonaws.com/".into();
    iam.role.tags.insert("aws:cloudformation:stack-name".into(), "shop".into());
    let plan = role::plan(&iam.role, &instead(&iam, 1), Quotas::default());
    assert_eq!(plan.blocked[0].rule, "role-of-aws");
    assert_eq!(plan.notes[0].rule, "role-of-stack");
}

/// The lengths of documents: mostly short, now and then one that no role has room for beside others.
fn lengths() -> impl Strategy<Value = usize> {
    prop_oneof![4 => 1..3_usize, 1 => (1..9_usize).prop_map(|tens| tens * 10)]
}

prop_compose! {
    fn accounts()(
        inline in prop::collection::btree_map("[a-d]", prop_oneof![1..3_usize, Just(10_usize), Just(25_usize)], 0..3),
        managed in prop::collection::btree_map("[p-s]", 1..6_usize, 0..4),
        aws in 0..6_usize,
    ) -> Memory {
        let inline: Vec<_> = inline.iter().map(|(name, size)| (name.as_str(), *size)).collect();
        let managed: Vec<_> = managed.iter().map(|(name, count)| (name.as_str(), *count)).collect();
        let aws: Vec<_> = (0..aws).map(|index| format!("arn:aws:iam::aws:policy/Broad{index}")).collect();
        account(&inline, &managed, &aws.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

prop_compose! {
    /// Something wanted of a role of [`accounts`], some of it about policies that are not there.
    fn wanted()(
        policies in prop::collection::btree_map("[a-e]", lengths(), 0..3),
        rewritten in prop::collection::btree_set("[p-s]", 0..3),
        detached in prop::collection::btree_set("[p-s]|Broad[0-5]", 0..6),
        delete in prop::collection::btree_set("[a-d]", 0..3),
        stage in any::<bool>(),
    ) -> Desired {
        let arn = |name: &String| if name.starts_with('B') {
            format_smolstr!("arn:aws:iam::aws:policy/{name}")
        } else {
            customer(name)
        };
        Desired {
            policies: policies.iter().map(|(name, size)| (name.into(), document(&format!("new-{name}"), *size))).collect(),
            versions: rewritten.iter().map(|name| (customer(name), document(&format!("new-{name}"), 1))).collect(),
            detach: detached.iter().filter(|name| !rewritten.contains(*name)).map(arn).collect(),
            delete: delete.iter().filter(|name| !policies.contains_key(*name)).map(Into::into).collect(),
            stage,
        }
    }
}

/// Only what the role has can be rewritten.
fn fitting(iam: &Memory, mut desired: Desired) -> Desired {
    desired.versions.retain(|arn, _| iam.role.attached.contains_key(arn));
    desired
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    /// IAM's limits hold after every step (the account in memory asserts them), and the way back leads back.
    #[test]
    fn an_applied_plan_can_be_taken_back(mut iam in accounts(), desired in wanted()) {
        let desired = fitting(&iam, desired);
        let (place, before, former) = (Place::new(), iam.content(), iam.in_force());
        let plan = role::plan(&iam.role, &desired, Quotas::default());
        prop_assume!(plan.blocked.is_empty());
        apply(&plan, &mut iam, &place).unwrap();
        let latter = iam.in_force();
        // At no time is something missing that both the old and the new state have.
        for now in &iam.history {
            prop_assert!(former.intersection(&latter).all(|kept| now.contains(kept)));
        }
        for (name, document) in &desired.policies {
            let placed = iam.role.inline.values().chain(iam.role.attached.values().filter_map(|a| a.policy.as_ref()));
            let said: Vec<_> = placed.filter_map(PolicyText::document).flat_map(|document| &document.statements).collect();
            prop_assert!(document.statements.iter().all(|one| said.iter().any(|own| own.resources == one.resources)), "{name}");
        }
        let again = role::plan(&iam.role, &desired, Quotas::default());
        prop_assert!(again.steps.is_empty(), "{:?} after {:?}", shown(&again), shown(&plan));
        if place.backup().exists() {
            let backup = Backup::load(&place.backup()).unwrap();
            role::rollback(&backup, &mut iam, false, &mut |_| {}).unwrap();
        }
        prop_assert_eq!(iam.content(), before);
    }

    /// Whichever call fails, also when it was carried out all the same, the role is as it was.
    #[test]
    fn a_plan_that_fails_midway_is_taken_back(mut iam in accounts(), desired in wanted(), at in 0..12_usize, lost in any::<bool>()) {
        let desired = fitting(&iam, desired);
        let (place, before) = (Place::new(), iam.content());
        let plan = role::plan(&iam.role, &desired, Quotas::default());
        prop_assume!(plan.blocked.is_empty() && !plan.steps.is_empty());
        let at = at % plan.steps.len() + 1;
        iam.failures = Failures { from: at, count: 1, lost };
        let error = apply(&plan, &mut iam, &place).unwrap_err();
        prop_assert!(matches!(error, ApplyError::RolledBack { .. }), "{error}");
        prop_assert_eq!(iam.content(), before);
    }

    /// A run that is cut off for good, and a rollback that is cut off too, are ended by the next rollback.
    #[test]
    fn what_was_cut_off_is_taken_back_later(mut iam in accounts(), desired in wanted(), at in 0..12_usize, length in 1..6_usize) {
        let desired = fitting(&iam, desired);
        let (place, before) = (Place::new(), iam.content());
        let plan = role::plan(&iam.role, &desired, Quotas::default());
        prop_assume!(plan.blocked.is_empty() && !plan.steps.is_empty());
        let at = at % plan.steps.len() + 1;
        iam.failures = Failures { from: at, count: length, lost: false };
        let error = apply(&plan, &mut iam, &place).unwrap_err();
        if at > 1 {
            let stuck = matches!(error, ApplyError::Stuck { .. });
            prop_assert_eq!(stuck, length > 1, "{}", error);
        }
        let backup = Backup::load(&place.backup()).unwrap();
        for _ in 0..length {
            let _ = role::rollback(&backup, &mut iam, false, &mut |_| {});
        }
        prop_assert_eq!(iam.content(), before);
    }
}
