//! Whether an action can be allowed on a resource at all. `s3:GetObject` on a bucket gives nothing, and stands in many
//! statements only because `s3:ListBucket` stands beside it; nobody should be told of it.
//!
//! A resource is of the type whose ARN it fits with most letters in common: `table/t/index/i` is an index, though the
//! form of a table fits it too. Where a wildcard may hide a type, the action applies.

use smol_str::SmolStr;

use super::example;
use super::ground::Ground;
use crate::catalog;
use crate::model::{Action, Part, Text};
use crate::policy::overlaps;

pub fn applies(action: &Action, resource: &Text, ground: Ground<'_>) -> bool {
    let Some(info) = catalog::action(action) else { return true };
    if resource.is_wildcard() || info.resource_types.is_empty() {
        return true;
    }
    let service = action.service().to_ascii_lowercase();
    let spelled = ground.project.spelled_out(resource, ground.choices, true);
    let one = example(&spelled);
    // A wildcard that is written at the end may go on with a step of its own; a name that is made up may not.
    let goes_on = matches!(resource.parts().last(), Some(Part::Any | Part::Unknown | Part::Parameter(_)));
    let further = goes_on.then(|| format!("{one}/example"));
    let of_own_type = |arn: &String| {
        kind_of(&service, &Text::literal(arn)).is_none_or(|kind| info.resource_types.contains(&kind))
    };
    [Some(one), further].iter().flatten().any(of_own_type)
}

/// The type of a resource whose ARN is known in full.
fn kind_of(service: &str, arn: &Text) -> Option<SmolStr> {
    let letters = |form: &Text| {
        form.parts()
            .iter()
            .map(|part| match part {
                Part::Literal(literal) => literal.len(),
                _ => 0,
            })
            .sum::<usize>()
    };
    catalog::resource_types(service)
        .flat_map(|kind| {
            forms(service, &kind.name).into_iter().map(|form| (letters(&form), kind.name.clone(), form))
        })
        .filter(|(_, _, form)| overlaps(form, arn))
        .max_by(|a, b| (a.0, &b.1).cmp(&(b.0, &a.1)))
        .map(|(_, name, _)| name)
}

/// The forms of a type's ARN as patterns.
fn forms(service: &str, name: &str) -> Vec<Text> {
    let kind = catalog::resource_type(service, name);
    let arns = kind.map(|kind| kind.arns.as_slice()).unwrap_or_default();
    let open = |part: &Part| match part {
        Part::Variable(_) => Text::any(),
        part => part.clone().into(),
    };
    arns.iter().map(|arn| Text::parse_pattern(arn).map(open)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::{Choices, Project};

    #[test]
    fn an_action_applies_to_its_own_types_only() {
        let (project, choices) = (Project::default(), Choices::default());
        let ground = Ground { project: &project, choices: &choices };
        for (action, resource, expected) in [
            ("s3:GetObject", "arn:aws:s3:::bucket", false),
            ("s3:GetObject", "arn:aws:s3:::bucket/*", true),
            ("s3:GetObject", "arn:aws:s3:::bucket*", true),
            ("s3:ListBucket", "arn:aws:s3:::bucket", true),
            ("s3:ListBucket", "arn:aws:s3:::bucket/*", false),
            ("dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:123456789012:table/t", true),
            ("dynamodb:GetItem", "arn:aws:dynamodb:*:*:table/t/index/*", false),
            ("dynamodb:Query", "arn:aws:dynamodb:*:*:table/t/index/*", true),
            ("sqs:SendMessage", "*", true),
            ("sns:ListTopics", "arn:aws:sns:*:*:t", true),
            ("nothing:Known", "arn:aws:s3:::bucket", true),
        ] {
            let (action, resource) = (Action::new(action), Text::parse_pattern(resource));
            assert_eq!(applies(&action, &resource, ground), expected, "{action} on {resource}");
        }
    }
}
