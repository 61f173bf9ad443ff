//! The last word on a resource: an ARN as the catalog spells it becomes the two spellings of a grant. A stretch
//! that is a resource of the template is named as such, however it was written (by `Ref`, by its physical name, by
//! a parameter that the name is made of), so that equal resources compare equal and templates can say `!GetAtt`.
//!
//! An ARN in another region or account than the chosen one is left alone even where the name fits.

use serde_json::{Value, json};
use smol_str::SmolStr;

use super::sam::resource_types::{self, ArnIs};
use super::{Choices, Deployed, Project};
use crate::model::{Part, Pseudo, Resource, Shape, Text};

/// `arn`, partition, service, region, account, resource.
type Fields = [Text; 6];

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
        // An imported value has no spelling in the template that the policy goes to.
        let symbolic = if symbolic.is_wildcard() { opened(format) } else { symbolic };
        let pattern = match adopted.parts().first() {
            Some(Part::Parameter(_)) => self.pattern(format, choices),
            _ if !known => self.pattern(format, choices),
            _ => self.pattern(&adopted, choices),
        };
        let pattern = if pattern.is_wildcard() { self.pattern(format, choices) } else { pattern };
        Resource { symbolic, pattern }
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
        let mut best: Option<(SmolStr, Text)> = None;
        for (id, deployed) in &self.resources {
            for spelling in &deployed.spellings {
                let Some(rest) = continued(&fields, spelling, choices) else { continue };
                let shorter = best.as_ref().is_none_or(|(_, known)| length(&rest) < length(known));
                if shorter {
                    best = Some((id.clone(), rest));
                }
            }
        }
        best.map_or_else(|| arn.clone(), |(id, rest)| arn_of(&id).then(&rest))
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
            Part::Resource { id, attribute, .. } if depth < 4 => {
                self.pattern_within(&self.known_of(id, attribute.as_deref()), choices, depth + 1)
            }
            _ => Text::any(),
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

    /// The CloudFormation expression of a text. A text with nothing symbolic in it is a plain string.
    pub fn symbolic_json(&self, text: &Text) -> Value {
        match text.as_part() {
            Some(Part::Pseudo(pseudo)) => return json!({ "Ref": pseudo.name() }),
            Some(Part::Parameter(name)) if is_logical_id(name) => return json!({ "Ref": name.as_str() }),
            Some(Part::Resource { id, attribute: None, .. }) => return json!({ "Ref": id.as_str() }),
            Some(Part::Resource { id, attribute: Some(attribute), .. }) => {
                match self.attribute_in_template(id, attribute) {
                    Written::Ref => return json!({ "Ref": id.as_str() }),
                    Written::GetAtt(name) => return json!({ "Fn::GetAtt": [id.as_str(), name.as_str()] }),
                    Written::Spelled(_) => {}
                }
            }
            _ => {}
        }
        let mut sub = String::new();
        let mut symbolic = false;
        self.write_sub(text, &mut sub, &mut symbolic);
        if symbolic { json!({ "Fn::Sub": sub }) } else { Value::String(text.to_pattern()) }
    }

    fn write_sub(&self, text: &Text, sub: &mut String, symbolic: &mut bool) {
        for part in text.parts() {
            let reference = match part {
                Part::Pseudo(pseudo) => pseudo.name().to_owned(),
                Part::Parameter(name) if is_logical_id(name) => name.to_string(),
                Part::Resource { id, attribute: None, .. } => id.to_string(),
                Part::Resource { id, attribute: Some(attribute), .. } => {
                    match self.attribute_in_template(id, attribute) {
                        Written::Ref => id.to_string(),
                        Written::GetAtt(name) => format!("{id}.{name}"),
                        Written::Spelled(arn) => {
                            self.write_sub(&arn, sub, symbolic);
                            continue;
                        }
                    }
                }
                other => {
                    let pattern = Text::from(other.clone()).to_pattern();
                    if pattern != "*" || !sub.ends_with('*') {
                        // IAM's own `${…}` must come through `Fn::Sub` as it is.
                        sub.push_str(&pattern.replace("${", "${!"));
                    }
                    continue;
                }
            };
            *symbolic = true;
            sub.push_str("${");
            sub.push_str(&reference);
            sub.push('}');
        }
    }

    /// How the template asks for an attribute that is known by its canonical name.
    fn attribute_in_template(&self, id: &str, attribute: &str) -> Written {
        let known = self.resources.get(id).and_then(|deployed| resource_types::find(&deployed.kind));
        match known.map(|known| known.arn_is) {
            Some(ArnIs::Ref) if attribute == "Arn" => Written::Ref,
            Some(ArnIs::Attribute(name)) if attribute == "Arn" => Written::GetAtt(name.into()),
            Some(ArnIs::Spelled) if attribute == "Arn" => {
                // The last spelling is the one by `Ref`.
                let spelling = self.resources.get(id).and_then(|deployed| deployed.spellings.last());
                Written::Spelled(spelling.cloned().unwrap_or_else(Text::any))
            }
            _ => Written::GetAtt(attribute.into()),
        }
    }
}

enum Written {
    Ref,
    GetAtt(SmolStr),
    Spelled(Text),
}

/// Whether a name can stand in a `Ref`. An imported or looked-up value has a name that cannot.
fn is_logical_id(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
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
        Part::Parameter(name) if !is_logical_id(name) => Text::any(),
        part => part.clone().into(),
    })
}

/// An ARN cut at its first five colons. Colons inside parts that are only known by name do not count.
fn fields(arn: &Text) -> Option<Fields> {
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

/// What follows the spelled ARN in another, where that begins with it.
fn continued(arn: &Fields, spelling: &Text, choices: &Choices) -> Option<Text> {
    let spelled = fields(spelling)?;
    let same = |at: usize, chosen: Option<&str>| {
        arn[at] == spelled[at]
            || (!spelled[at].is_empty() && arn[at].as_literal().is_some_and(|text| Some(text) == chosen))
            || arn[at].is_wildcard()
    };
    let partition = arn[1].as_literal().is_none_or(|text| text.starts_with("aws"));
    let fits = partition
        && arn[2] == spelled[2]
        && same(3, choices.region.as_deref())
        && same(4, choices.account.as_deref());
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
