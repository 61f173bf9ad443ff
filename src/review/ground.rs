//! Comparing what a function needs with what a role gives, on the ground of one template. Both sides name resources
//! as the template does; a pattern in the role is compared with the name that a resource will have, as far as that
//! is known. A name that CloudFormation makes up is covered only by what covers every such name.
//!
//! Region and account that nobody has chosen are those of the deployment: a role that fixes them is taken to mean
//! the same, since an execution role is of one account.

use std::borrow::Cow;

use crate::model::{Part, Text};
use crate::policy::{covers, overlaps};
use crate::project::{self, Choices, Project};

#[derive(Clone, Copy)]
pub struct Ground<'a> {
    pub project: &'a Project,
    pub choices: &'a Choices,
}

impl Ground<'_> {
    /// Whether the role's resource includes all that is needed.
    pub fn gives(&self, given: &Text, needed: &Text) -> bool {
        let given = &self.named(given);
        if covers(given, needed) {
            return true;
        }
        let given = self.project.spelled_out(given, self.choices, false);
        let needed = self.project.spelled_out(needed, self.choices, true);
        covers(&given, &aligned(&needed, &given))
    }

    /// Whether what is needed includes all that the role's resource stands for.
    pub fn uses_all(&self, needed: &Text, given: &Text) -> bool {
        let given = &self.named(given);
        if covers(needed, given) {
            return true;
        }
        let needed = self.project.spelled_out(needed, self.choices, false);
        let given = self.project.spelled_out(given, self.choices, true);
        covers(&aligned(&needed, &given), &given)
    }

    /// The role's resource by its name in the template, where it has one.
    fn named<'t>(&self, given: &'t Text) -> Cow<'t, Text> {
        self.project.adopt_here(given, self.choices).map_or(Cow::Borrowed(given), Cow::Owned)
    }

    /// Whether there may be a resource that both stand for.
    pub fn touch(&self, needed: &Text, given: &Text) -> bool {
        let given = &self.named(given);
        if let (Some(one), Some(other)) = (resource(needed), resource(given)) {
            let literal = |text: &Text| {
                let spelled = self.project.spelled_out(text, self.choices, false);
                resource(&spelled).is_none().then_some(spelled)
            };
            // Of one resource only what follows it is compared: its own ARN is no pattern.
            return one == other && overlaps(&after_first(needed), &after_first(given))
                || one != other
                    && literal(needed)
                        .zip(literal(given))
                        .is_some_and(|(one, other)| overlaps(&one, &other));
        }
        let made_up = [needed, given].map(|text| {
            resource(text).is_some()
                && resource(&self.project.spelled_out(text, self.choices, false)).is_some()
        });
        let needed = self.project.spelled_out(needed, self.choices, true);
        let given = self.project.spelled_out(given, self.choices, true);
        let needed = aligned(&needed, &given);
        // Nobody writes down a name that CloudFormation has yet to make up.
        let written_down = made_up[0] && is_fixed(&given) || made_up[1] && is_fixed(&needed);
        !written_down && overlaps(&needed, &given)
    }
}

/// The resource of the template that a text begins with.
fn resource(text: &Text) -> Option<&str> {
    match text.parts().first() {
        Some(Part::Resource { id, .. }) => Some(id),
        _ => None,
    }
}

fn after_first(text: &Text) -> Text {
    text.parts().iter().skip(1).cloned().collect()
}

/// Whether every character of it is known, region and account aside.
fn is_fixed(text: &Text) -> bool {
    let last = project::fields(text).map(|[.., last]| last);
    last.as_ref().unwrap_or(text).as_literal().is_some()
}

/// `text` with the partition, region and account of `other`, where it leaves them open.
fn aligned(text: &Text, other: &Text) -> Text {
    let (Some(mut own), Some(others)) = (project::fields(text), project::fields(other)) else {
        return text.clone();
    };
    for field in [1, 3, 4] {
        let open = own[field].is_wildcard() || matches!(own[field].as_part(), Some(Part::Pseudo(_)));
        // S3 and IAM leave fields out, which is not the same as leaving them open.
        if open && !others[field].is_empty() {
            own[field].clone_from(&others[field]);
        }
    }
    let [arn, rest @ ..] = own;
    rest.iter().fold(arn, |whole, field| whole.then(&Text::literal(":")).then(field))
}

/// Whether parts of a text can be anything that nobody wrote down: the code or the event decides, or a parameter.
pub fn is_open(text: &Text) -> bool {
    text.parts().iter().any(|part| {
        matches!(part, Part::Any | Part::Unknown | Part::Env(_) | Part::Event(_) | Part::Parameter(_))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Pseudo, Shape};
    use crate::project::Deployed;

    fn table(id: &str, name: Option<&str>) -> (smol_str::SmolStr, Deployed) {
        let arn = [
            Part::Literal("arn:".into()),
            Part::Pseudo(Pseudo::Partition),
            Part::Literal(":dynamodb:".into()),
            Part::Pseudo(Pseudo::Region),
            Part::Literal(":".into()),
            Part::Pseudo(Pseudo::AccountId),
            Part::Literal(":table/".into()),
            name.map_or(Part::Any, |name| Part::Literal(name.into())),
        ];
        let deployed = Deployed {
            kind: "AWS::DynamoDB::Table".into(),
            arn: Some(arn.into_iter().collect()),
            spellings: Vec::new(),
            reference: Text::any(),
            kms_key: None,
            needs: std::collections::BTreeSet::new(),
            place: crate::model::Place::default(),
        };
        (id.into(), deployed)
    }

    fn arn_of(id: &str) -> Text {
        Part::Resource { id: id.into(), attribute: Some("Arn".into()), shape: Shape::Arn }.into()
    }

    #[test]
    fn a_pattern_is_compared_with_the_name_that_a_table_will_have() {
        let mut project = Project::default();
        project.resources.extend([
            table("Orders", Some("orders")),
            table("Users", None),
            table("Carts", None),
        ]);
        let choices = Choices::default();
        let ground = Ground { project: &project, choices: &choices };
        let pattern = Text::parse_pattern;
        let here = pattern("arn:aws:dynamodb:eu-west-1:123456789012:table/orders");
        assert!(ground.gives(&here, &arn_of("Orders")) && ground.uses_all(&arn_of("Orders"), &here));
        let all = pattern("arn:aws:dynamodb:*:*:table/*");
        assert!(ground.gives(&all, &arn_of("Users")) && !ground.uses_all(&arn_of("Users"), &all));
        // Two names that are not known are two names.
        assert!(
            !ground.gives(&arn_of("Carts"), &arn_of("Users"))
                && !ground.touch(&arn_of("Carts"), &arn_of("Users"))
        );
        assert!(!ground.touch(&arn_of("Users"), &here) && !ground.gives(&here, &arn_of("Users")));
        let some = pattern("arn:aws:dynamodb:*:*:table/shop-*");
        assert!(!ground.gives(&some, &arn_of("Users")) && ground.touch(&arn_of("Users"), &some));
        let elsewhere = Choices { region: Some("us-east-1".into()), ..Choices::default() };
        assert!(!Ground { choices: &elsewhere, ..ground }.gives(&here, &arn_of("Orders")));
    }
}
