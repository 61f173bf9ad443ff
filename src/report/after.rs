//! Keeps emitted roles out of circles. CloudFormation makes a function's role before the function, so the
//! role must not mention a resource that itself needs the function: the bucket whose notifications invoke it,
//! another function whose role mentions this one. Such permissions go into a policy resource of their own,
//! which is made after both.
//!
//! Only the resources that close a circle are moved; they keep their symbols, so nothing is widened.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use crate::analysis::Analysis;
use crate::merge::{RolePolicy, ScopedStatement};
use crate::model::{Condition, Part, Text};

/// A function's policy in two.
#[derive(Debug, Default)]
pub struct Split {
    /// For the role itself.
    pub role: RolePolicy,
    /// For a policy that is attached once the function is there.
    pub after: RolePolicy,
}

/// Splits `policies`, which stand for the analysis's functions in their order. Functions are taken in that
/// order: of two roles that mention each other's functions, the second gives way.
pub fn split(analysis: &Analysis, policies: &[RolePolicy]) -> Vec<Split> {
    let mut needs: BTreeMap<SmolStr, BTreeSet<SmolStr>> = analysis
        .project
        .resources
        .iter()
        .map(|(id, resource)| (id.clone(), resource.needs.clone()))
        .collect();
    let functions = analysis.functions.iter().map(|function| &function.name);
    functions.zip(policies).map(|(function, policy)| split_one(function, policy, &mut needs)).collect()
}

fn split_one(
    function: &SmolStr,
    policy: &RolePolicy,
    needs: &mut BTreeMap<SmolStr, BTreeSet<SmolStr>>,
) -> Split {
    let mut split = Split::default();
    for statement in &policy.statements {
        let conditioned = conditions(&statement.condition).any(|text| needs_function(text, function, needs));
        let (after, role): (Vec<_>, Vec<_>) = statement
            .resources
            .iter()
            .cloned()
            .partition(|resource| conditioned || needs_function(&resource.symbolic, function, needs));
        for (into, resources) in [(&mut split.role, role), (&mut split.after, after)] {
            if !resources.is_empty() {
                into.statements.push(ScopedStatement { resources, ..statement.clone() });
            }
        }
    }
    let mentioned = split.role.statements.iter().flat_map(|statement| {
        let texts = statement.resources.iter().map(|resource| &resource.symbolic);
        texts.chain(conditions(&statement.condition)).flat_map(mentions)
    });
    needs.entry(function.clone()).or_default().extend(mentioned.cloned());
    split
}

fn conditions(condition: &Condition) -> impl Iterator<Item = &Text> {
    condition.values().flat_map(BTreeMap::values).flatten()
}

fn mentions(text: &Text) -> impl Iterator<Item = &SmolStr> {
    text.parts().iter().filter_map(|part| match part {
        Part::Resource { id, .. } => Some(id),
        _ => None,
    })
}

/// Whether something that the text mentions cannot be made before the function.
fn needs_function(text: &Text, function: &SmolStr, needs: &BTreeMap<SmolStr, BTreeSet<SmolStr>>) -> bool {
    let mut waiting: Vec<&SmolStr> = mentions(text).collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if id == function {
            return true;
        }
        if seen.insert(id) {
            waiting.extend(needs.get(id).into_iter().flatten());
        }
    }
    false
}
