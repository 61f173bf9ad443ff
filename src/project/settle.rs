//! The last word on a resource: an ARN as the catalog spells it becomes the two spellings of a grant. A stretch
//! that is a resource of the template is named as such, however it was written (by `Ref`, by its physical name, by
//! a parameter that the name is made of), so that equal resources compare equal and templates can say `!GetAtt`.
//!
//! An ARN in another region or account than the chosen one is left alone even where the name fits.

use smol_str::SmolStr;

use super::sam::resource_types;
use super::symbolic::Named;
use super::{Choices, Deployed, Project};
use crate::model::{Part, Pseudo, Resource, Shape, Text};

/// `arn`, partition, service, region, account, resource.
pub type Fields = [Text; 6];

impl Project {
    /// Both spellings of an ARN. `format` stands in for an ARN of which nothing is known.
    pub fn settle(&self, arn: &Text, format: &Text, choices: &Choices) -> Resource {
        let adopted = self.adopt(arn, choices);
        let known = match adopted.parts().first() {
            Some(Part::Resource { shape: Shape::Arn, .. }) => true,
            Some(Part::Literal(_)) => adopted.is_arn(),
            Some(part @ Part::Parameter(_)) => part.looks_like_arn(),
            Some(Part::Any) => adopted.is_wildcard() && format.is_wildcard(),
            _ => false,
        };
        let symbolic = if known { opened(&adopted) } else { opened(format) };
        let symbolic = if symbolic.is_wildcard() { opened(format) } else { symbolic };
        let pattern = match adopted.parts().first() {
            Some(Part::Parameter(_)) => self.pattern(format, choices),
            _ if !known => self.pattern(format, choices),
            _ => self.pattern(&adopted, choices),
        };
        let pattern = if pattern.is_wildcard() { self.pattern(format, choices) } else { pattern };
        Resource { symbolic, pattern }
    }

    /// The plain spelling of a condition's value.
    pub fn settle_value(&self, value: &Text, choices: &Choices) -> Text {
        self.pattern(value, choices)
    }

    /// The ARN with the stretch that is a resource of the template replaced by that resource.
    pub(super) fn adopt(&self, arn: &Text, choices: &Choices) -> Text {
        if let Some(Part::Resource { id, attribute, shape }) = arn.parts().first() {
            let is_reference = attribute.is_none() && self.has_arn(id);
            let whole = *shape == Shape::Arn || arn.parts().len() == 1;
            return if is_reference && whole { arn_of(id).then(&rest_of(arn)) } else { arn.clone() };
        }
        let Some(fields) = fields(arn) else {
            return arn.clone();
        };
        if let Some(embedded) = embedded_arn(&fields[5]) {
            return self.adopt(&embedded, choices);
        }
        self.longest(&fields, choices)
            .or_else(|| self.longest(&self::fields(&self.with_values(arn)?)?, choices))
            .map_or_else(|| arn.clone(), |(id, rest)| arn_of(&id).then(&rest))
    }

    /// The same, taking a region and an account that nobody has chosen for those of the deployment. None where the
    /// ARN is of no resource of the template.
    pub fn adopt_here(&self, arn: &Text, choices: &Choices) -> Option<Text> {
        let mut fields = fields(arn)?;
        let open = [
            (3, choices.region.is_none(), Pseudo::Region),
            (4, choices.account.is_none(), Pseudo::AccountId),
        ];
        for (at, is_open, pseudo) in open {
            if is_open && fields[at].as_literal().is_some_and(|text| !text.is_empty()) {
                fields[at] = Part::Pseudo(pseudo).into();
            }
        }
        let [first, rest @ ..] = fields;
        let here = rest.iter().fold(first, |arn, field| arn.then(&Text::literal(":")).then(field));
        let adopted = self.adopt(&here, choices);
        matches!(adopted.parts().first(), Some(Part::Resource { .. })).then_some(adopted)
    }

    /// The resource whose ARN is the longest beginning of another, and what follows it there.
    fn longest(&self, fields: &Fields, choices: &Choices) -> Option<(SmolStr, Text)> {
        let mut best: Option<(SmolStr, Text)> = None;
        for (id, deployed) in &self.resources {
            for spelling in &deployed.spellings {
                if !same_service(fields, spelling) {
                    continue;
                }
                let rest = continued(fields, spelling, choices)
                    .or_else(|| continued(fields, &self.with_values(spelling)?, choices));
                let Some(rest) = rest else { continue };
                let shorter = best.as_ref().is_none_or(|(_, known)| length(&rest) < length(known));
                if shorter {
                    best = Some((id.clone(), rest));
                }
            }
        }
        best
    }

    /// The text with the values of its parameters; none where it has no parameters.
    fn with_values(&self, text: &Text) -> Option<Text> {
        let value = |part: &Part| match part {
            Part::Parameter(name) => self.parameters.get(name),
            _ => None,
        };
        let has_values = text.parts().iter().any(|part| value(part).is_some());
        has_values.then(|| text.map(|part| value(part).map_or_else(|| part.clone().into(), Text::literal)))
    }

    fn has_arn(&self, id: &str) -> bool {
        self.resources.get(id).is_some_and(|deployed| deployed.arn.is_some())
    }

    /// Literals and wildcards only.
    pub(super) fn pattern(&self, text: &Text, choices: &Choices) -> Text {
        self.pattern_within(text, choices, 0)
    }

    fn pattern_within(&self, text: &Text, choices: &Choices, depth: u8) -> Text {
        let chosen = |value: &Option<SmolStr>| value.as_ref().map_or_else(Text::any, Text::literal);
        text.map(|part| match part {
            Part::Literal(_) | Part::Variable(_) | Part::Any | Part::AnyOne => part.clone().into(),
            Part::Pseudo(Pseudo::Partition) => Text::literal(choices.partition.as_deref().unwrap_or("aws")),
            Part::Pseudo(Pseudo::Region) => chosen(&choices.region),
            Part::Pseudo(Pseudo::AccountId) => chosen(&choices.account),
            Part::Parameter(name) => chosen(&self.parameters.get(name).cloned()),
            Part::Resource { id, attribute, .. } if depth < 4 => {
                self.pattern_within(&self.known_of(id, attribute.as_deref()), choices, depth + 1)
            }
            _ => Text::any(),
        })
    }

    /// The text with parameters, the chosen region and account, and the template's resources in their place, as far
    /// as they are known. What CloudFormation makes up is a wildcard where `made_up` says so, and otherwise keeps
    /// its name: for what a role allows, a name that is not known is one name and not all.
    pub fn spelled_out(&self, text: &Text, choices: &Choices, made_up: bool) -> Text {
        self.spelled_within(text, choices, made_up, 0)
    }

    fn spelled_within(&self, text: &Text, choices: &Choices, made_up: bool, depth: u8) -> Text {
        let chosen = |part: &Part, value: &Option<SmolStr>| {
            value.as_ref().map_or_else(|| part.clone().into(), Text::literal)
        };
        text.map(|part| match part {
            Part::Pseudo(Pseudo::Partition) => Text::literal(choices.partition.as_deref().unwrap_or("aws")),
            Part::Pseudo(Pseudo::Region) => chosen(part, &choices.region),
            Part::Pseudo(Pseudo::AccountId) => chosen(part, &choices.account),
            Part::Parameter(name) => {
                self.parameters.get(name).map_or_else(|| part.clone().into(), Text::literal)
            }
            Part::Resource { id, attribute, .. } if depth < 4 => {
                let known = self.known_of(id, attribute.as_deref());
                let spelled = self.spelled_within(&known, choices, made_up, depth + 1);
                let open = |part: &Part| matches!(part, Part::Any | Part::Unknown | Part::Resource { .. });
                if !made_up && spelled.parts().iter().any(open) { part.clone().into() } else { spelled }
            }
            part => part.clone().into(),
        })
    }

    /// What is known of what `Ref` or `GetAtt` gives.
    fn known_of(&self, id: &str, attribute: Option<&str>) -> Text {
        let (id, version) = id.split_once('.').map_or((id, false), |(function, _)| (function, true));
        let Some(deployed) = self.resources.get(id) else {
            return Text::any();
        };
        let arn = || deployed.arn.clone().unwrap_or_else(Text::any);
        match attribute {
            None if version => arn().then(&Text::literal(":")).then(&Text::any()),
            None => deployed.reference.clone(),
            Some("Arn") => arn(),
            Some("StreamArn") => arn().then(&Text::literal("/stream/")).then(&Text::any()),
            Some(attribute) => {
                let known = resource_types::find(&deployed.kind);
                let is_name = known.is_some_and(|known| known.name_attribute == attribute);
                if is_name { Self::name_of(deployed) } else { Text::any() }
            }
        }
    }

    /// The physical name: the end of an ARN whose last field is `{N}` alone.
    fn name_of(deployed: &Deployed) -> Text {
        let name = deployed.arn.as_ref().and_then(fields).map(|fields| fields[5].clone());
        name.filter(|_| matches!(deployed.kind.as_str(), "AWS::SQS::Queue" | "AWS::SNS::Topic"))
            .unwrap_or_else(Text::any)
    }
}

fn arn_of(id: &str) -> Text {
    Part::Resource { id: id.into(), attribute: Some("Arn".into()), shape: Shape::Arn }.into()
}

fn rest_of(text: &Text) -> Text {
    text.parts().iter().skip(1).cloned().collect()
}

/// What a template cannot name becomes a wildcard.
fn opened(text: &Text) -> Text {
    text.map(|part| match part {
        Part::Env(_) | Part::Event(_) | Part::Unknown => Text::any(),
        Part::Parameter(name) if matches!(Named::of(name), Named::Nothing) => Text::any(),
        part => part.clone().into(),
    })
}

/// An ARN cut at its first five colons. Colons inside parts that are only known by name do not count.
pub fn fields(arn: &Text) -> Option<Fields> {
    if !arn.leading_literal().starts_with("arn:") {
        return None;
    }
    let mut fields = Fields::default();
    let mut at = 0;
    for part in arn.parts() {
        let Part::Literal(literal) = part else {
            fields[at].push(part.clone());
            continue;
        };
        let mut rest = literal.as_str();
        while at < 5 {
            let Some((head, tail)) = rest.split_once(':') else { break };
            fields[at].push_str(head);
            at += 1;
            rest = tail;
        }
        fields[at].push_str(rest);
    }
    (at == 5).then_some(fields)
}

/// The whole ARN that stands where a name should: `table/` followed by what `GetAtt Table.Arn` gives.
fn embedded_arn(resource: &Text) -> Option<Text> {
    let parts = resource.parts();
    let at = parts.iter().position(|part| matches!(part, Part::Resource { shape: Shape::Arn, .. }))?;
    let before = match &parts[..at] {
        [] => "",
        [Part::Literal(before)] => before,
        _ => return None,
    };
    let is_type = before.is_empty()
        || (before.ends_with(['/', ':']) && !before[..before.len() - 1].contains(['/', ':']));
    is_type.then(|| parts[at..].iter().cloned().collect())
}

/// Whether a spelling, which is `arn:`, the partition and then the service, is of the ARN's service. Most are not,
/// and this is quickly told.
fn same_service(arn: &Fields, spelling: &Text) -> bool {
    let spelled = match spelling.parts().get(2) {
        Some(Part::Literal(text)) => text.strip_prefix(':').and_then(|text| text.split(':').next()),
        _ => None,
    };
    spelled.is_some() && spelled == arn[2].as_literal()
}

/// What follows the spelled ARN in another, where that begins with it.
fn continued(arn: &Fields, spelling: &Text, choices: &Choices) -> Option<Text> {
    let spelled = fields(spelling)?;
    let same = |at: usize, chosen: Option<&str>| {
        arn[at] == spelled[at]
            || (!spelled[at].is_empty() && arn[at].as_literal().is_some_and(|text| Some(text) == chosen))
            || arn[at].is_wildcard()
    };
    let partition = arn[1].as_literal().is_none_or(|text| text.starts_with("aws"));
    let fits = partition && same(3, choices.region.as_deref()) && same(4, choices.account.as_deref());
    if !fits {
        return None;
    }
    let rest = after(&arn[5], &spelled[5])?;
    (rest.is_empty() || rest.leading_literal().starts_with(['/', ':'])).then_some(rest)
}

fn after(text: &Text, prefix: &Text) -> Option<Text> {
    let mut rest = text.parts().to_vec();
    for part in prefix.parts() {
        let head = rest.first_mut()?;
        match (head, part) {
            (Part::Literal(head), Part::Literal(prefix)) => {
                let tail: SmolStr = head.strip_prefix(prefix.as_str())?.into();
                if tail.is_empty() {
                    rest.remove(0);
                } else {
                    *head = tail;
                }
            }
            // A queue's ARN is also meant where its URL stands in the place of the name.
            (head, part) if same_part(head, part) => {
                rest.remove(0);
            }
            _ => return None,
        }
    }
    Some(rest.into_iter().collect())
}

fn same_part(one: &Part, other: &Part) -> bool {
    match (one, other) {
        (
            Part::Resource { id, attribute, .. },
            Part::Resource { id: other_id, attribute: other_attribute, .. },
        ) => id == other_id && (attribute == other_attribute || attribute.is_none()),
        _ => one == other,
    }
}

fn length(text: &Text) -> usize {
    text.parts().iter().map(|part| if let Part::Literal(text) = part { text.len() } else { 1 }).sum()
}
