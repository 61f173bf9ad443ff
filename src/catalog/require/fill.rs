//! Filling a rule's templates with the values of one request: every combination of the values that its fields
//! can have gives one ARN and the condition that goes with it.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use super::forms::{Formed, Scope};
use super::request::{self, Found};
use super::rules::{Conditions, OperationRules, Rule};
use super::template::{Own, Pattern, Piece, Slot, Template};
use super::{NeededResource, path};
use crate::catalog::Operation;
use crate::model::{Call, Condition, Confidence, Field, Part, Text};

/// More combinations than this are not told apart: the field with the most values becomes unknown.
const COMBINATIONS: usize = 128;

/// A request to fill templates with.
pub struct Filler<'a> {
    pub call: &'a Call,
    pub operation: &'a Operation,
    pub input: &'a Field,
    pub scope: Scope,
}

/// What a rule came to.
#[derive(Debug, Default)]
pub struct Filled {
    /// Resources by the condition and the confidence that they share.
    pub resources: BTreeMap<(Condition, Confidence), BTreeSet<NeededResource>>,
    /// Fields that should have named the resource and did not.
    pub unresolved: BTreeSet<SmolStr>,
    /// Fields that would make it a narrower resource, were they there; they may be.
    pub unseen: BTreeSet<SmolStr>,
}

impl Filled {
    pub fn merge(&mut self, other: Self) {
        for (key, resources) in other.resources {
            self.resources.entry(key).or_default().extend(resources);
        }
        self.unresolved.extend(other.unresolved);
        self.unseen.extend(other.unseen);
    }
}

impl Filled {
    /// Whether any of it is needed cannot be told.
    pub fn doubt(&mut self) {
        let certain = std::mem::take(&mut self.resources);
        for ((condition, _), resources) in certain {
            self.resources.entry((condition, Confidence::Possible)).or_default().extend(resources);
        }
    }
}

type Binding<'a> = Vec<(&'a Slot, Option<Text>)>;

impl<'a> Filler<'a> {
    pub fn new(call: &'a Call, operation: &'a Operation, input: &'a Field) -> Self {
        Self { call, operation, input, scope: Scope::new(call.region.as_ref()) }
    }

    pub fn fill(&self, rule: &Rule) -> Filled {
        let mut filled = Filled::default();
        for template in &rule.on {
            filled.merge(self.fill_pattern(self.choose(template), &rule.condition, rule.likely));
        }
        filled
    }

    /// The templates of an action's resource types are alternatives: those that the request fills count. Where
    /// one needs some of another's fields (a table and its index), the request is about the other. None where the
    /// request has no field of any.
    pub fn fill_types(&self, templates: &[&Template]) -> Option<Filled> {
        let patterns: Vec<&Pattern> = templates.iter().map(|template| self.choose(template)).collect();
        let presence: Vec<Option<bool>> = patterns.iter().map(|pattern| self.presence(pattern)).collect();
        if presence.iter().all(|present| *present == Some(false)) {
            return None;
        }
        let some_present = presence.contains(&Some(true));
        let mut filled = Filled::default();
        for (at, pattern) in patterns.iter().enumerate() {
            let shadowed = patterns
                .iter()
                .enumerate()
                .any(|(other, wider)| presence[other] == Some(true) && has_all_and_more(wider, pattern));
            if shadowed {
                continue;
            }
            let missing = pattern.slots().filter(|slot| self.find(slot).present().is_none());
            match presence[at] {
                Some(false) => {}
                None if some_present => filled.unseen.extend(missing.map(|slot| slot.path.clone())),
                _ => filled.merge(self.fill_pattern(pattern, &BTreeMap::new(), false)),
            }
        }
        Some(filled)
    }

    pub fn fill_pattern(&self, pattern: &Pattern, condition: &Conditions, likely: bool) -> Filled {
        let conditions: Vec<(&SmolStr, &SmolStr, &Pattern)> = condition
            .iter()
            .flat_map(|(operator, keys)| keys.iter().map(move |(key, values)| (operator, key, values)))
            .flat_map(|(operator, key, values)| {
                values.iter().map(move |value| (operator, key, self.choose(value)))
            })
            .collect();
        let mut slots: Vec<&Slot> = pattern.slots().collect();
        slots.extend(conditions.iter().flat_map(|(_, _, pattern)| pattern.slots()));

        let mut filled = Filled::default();
        let format = self.format(pattern);
        for binding in self.bindings(&slots) {
            let Some((arn, perhaps)) = self.render(pattern, &binding) else { continue };
            let named_by = pattern.slots().find(|slot| slot.default.as_deref() != Some("call.account"));
            let unresolved = named_by.filter(|slot| perhaps || is_unknown(slot, &binding));
            filled.unresolved.extend(unresolved.map(|slot| slot.path.clone()));
            let confidence = match (perhaps, likely) {
                (true, _) => Confidence::Possible,
                (false, true) => Confidence::Likely,
                (false, false) => Confidence::Certain,
            };
            let mut condition = Condition::new();
            for (operator, key, pattern) in &conditions {
                if let Some(value) = self.condition_value(pattern, &binding) {
                    let operator = operator_for(operator, &value);
                    condition.entry(operator).or_default().entry((*key).clone()).or_default().insert(value);
                }
            }
            // Of an ARN that is all known it does not matter which type it was taken for.
            let format = if arn.as_literal().is_some() { arn.clone() } else { format.clone() };
            let resource = NeededResource { arn, format };
            filled.resources.entry((condition, confidence)).or_default().insert(resource);
        }
        filled
    }

    /// The first alternative whose fields the request has; else the first that it may have; else the last.
    fn choose<'t>(&self, template: &'t Template) -> &'t Pattern {
        let patterns = &template.0;
        let present = patterns.iter().find(|pattern| self.presence(pattern) == Some(true));
        present
            .or_else(|| patterns.iter().find(|pattern| self.presence(pattern).is_none()))
            .or(patterns.last())
            .expect("a template has at least one pattern")
    }

    /// Whether the request has the fields that any of the operation's rules is filled with.
    pub fn names_any(&self, own: Option<&OperationRules>) -> bool {
        let rules = own.into_iter().flat_map(|own| own.actions.values().flatten());
        let mut patterns = rules.flat_map(|rule| &rule.on).flat_map(|template| &template.0);
        let known = |slot: &Slot| self.find(slot).values.iter().any(|value| !value.is_unknown());
        patterns.any(|pattern| self.presence(pattern) == Some(true) && pattern.slots().any(known))
    }

    /// Whether the request has all fields of the pattern.
    fn presence(&self, pattern: &Pattern) -> Option<bool> {
        let mut all = Some(true);
        for slot in pattern.slots().filter(|slot| slot.default.is_none()) {
            match self.find(slot).present() {
                Some(true) => {}
                Some(false) => return Some(false),
                None => all = None,
            }
        }
        all
    }

    pub fn find(&self, slot: &Slot) -> Found {
        match slot.path.as_str() {
            "call.endpoint" => Found {
                values: self.call.endpoint.iter().cloned().collect(),
                absent: self.call.endpoint.is_none(),
                unseen: false,
            },
            "call.operation" => {
                Found { values: vec![Text::literal(&self.operation.name)], ..Found::default() }
            }
            "call.path" => Found { values: path::paths(self.operation, self.input), ..Found::default() },
            path => request::find(self.input, path),
        }
    }

    /// The values a slot can have; none is "not there and no default".
    fn values(&self, slot: &Slot) -> Vec<Option<Text>> {
        let found = self.find(slot);
        let mut values: Vec<Option<Text>> = found.values.into_iter().map(Some).collect();
        let own_account = slot.default.as_deref() == Some("call.account");
        if found.unseen && values.is_empty() && !own_account {
            values.push(Some(Text::unknown()));
        }
        if found.absent || values.is_empty() {
            match slot.default.as_deref() {
                Some("*") => values.push(Some(Text::any())),
                Some("call.account") => values.push(Some(self.scope.account.clone())),
                Some(default) => values.push(Some(Text::literal(default))),
                None if values.is_empty() => values.push(None),
                None => {}
            }
        }
        values
    }

    fn bindings<'s>(&self, slots: &[&'s Slot]) -> Vec<Binding<'s>> {
        let mut distinct: Vec<(&Slot, Vec<Option<Text>>)> = Vec::new();
        for slot in slots {
            // A field has one value at a time, wherever it stands in the rule.
            if !distinct.iter().any(|(known, _)| known.path == slot.path) {
                distinct.push((slot, self.values(slot)));
            }
        }
        while distinct.iter().map(|(_, values)| values.len()).product::<usize>() > COMBINATIONS {
            let widest = distinct.iter_mut().max_by_key(|(_, values)| values.len());
            widest.expect("a product of nothing is one").1 = vec![Some(Text::unknown())];
        }
        let mut bindings: Vec<Binding> = vec![Vec::new()];
        for (slot, values) in distinct {
            bindings = bindings
                .into_iter()
                .flat_map(|binding| {
                    values.iter().map(move |value| {
                        let mut longer = binding.clone();
                        longer.push((slot, value.clone()));
                        longer
                    })
                })
                .collect();
        }
        bindings
    }

    /// The ARN, and whether the action may not be needed for it; none where the pattern is for other values.
    fn render(&self, pattern: &Pattern, binding: &Binding) -> Option<(Text, bool)> {
        let mut arn = Text::default();
        let mut perhaps = false;
        let mut first_slot = true;
        for piece in &pattern.0 {
            match piece {
                Piece::Literal(text) => arn.push_str(text),
                Piece::Any => arn.push(Part::Any),
                Piece::AnyOne => arn.push(Part::AnyOne),
                Piece::Own(own) => arn.append(self.own(*own)),
                Piece::Field(slot) => {
                    let unknown = Text::unknown();
                    let value = bound(slot, binding).unwrap_or(&unknown);
                    let formed = match slot.form {
                        Some(form) => form.apply(value, &self.scope),
                        None if first_slot && value.is_arn() => Formed::Whole(value.clone()),
                        None => Formed::Segment(value.clone()),
                    };
                    match formed {
                        // An ARN inside an ARN is never meant, wherever it stands.
                        Formed::Segment(text) if text.leading_literal().starts_with("arn:") => arn = text,
                        Formed::Segment(text) => arn.append(&text),
                        Formed::Perhaps(text) => {
                            perhaps = true;
                            arn.append(&text);
                        }
                        Formed::Whole(text) => arn = text,
                        Formed::Alone(text) => return Some((text, perhaps)),
                        Formed::Skip => return None,
                    }
                    first_slot = false;
                }
            }
        }
        Some((arn, perhaps))
    }

    /// The pattern with a wildcard for every field.
    pub fn format(&self, pattern: &Pattern) -> Text {
        let mut format = Text::default();
        for piece in &pattern.0 {
            match piece {
                Piece::Literal(text) => format.push_str(text),
                Piece::Any | Piece::Field(_) => format.push(Part::Any),
                Piece::AnyOne => format.push(Part::AnyOne),
                Piece::Own(own) => format.append(self.own(*own)),
            }
        }
        format
    }

    fn own(&self, own: Own) -> &Text {
        match own {
            Own::Partition => &self.scope.partition,
            Own::Region => &self.scope.region,
            Own::Account => &self.scope.account,
        }
    }

    /// A condition's value. A field that is not there, or of which nothing at all is known, restricts nothing.
    fn condition_value(&self, pattern: &Pattern, binding: &Binding) -> Option<Text> {
        if pattern.slots().any(|slot| bound(slot, binding).is_none_or(is_opaque)) {
            return None;
        }
        self.render(pattern, binding).map(|(value, _)| value)
    }
}

fn has_all_and_more(wider: &Pattern, narrower: &Pattern) -> bool {
    let of = |pattern: &Pattern| pattern.slots().map(|slot| slot.path.clone()).collect::<BTreeSet<_>>();
    let (wider, narrower) = (of(wider), of(narrower));
    wider.len() > narrower.len() && wider.is_superset(&narrower)
}

/// The field is not there, or nothing is known of it.
fn is_unknown(slot: &Slot, binding: &Binding) -> bool {
    bound(slot, binding).is_none_or(Text::is_unknown)
}

fn is_opaque(text: &Text) -> bool {
    !text
        .parts()
        .iter()
        .any(|part| matches!(part, Part::Literal(_) | Part::Resource { .. } | Part::Parameter(_)))
}

fn bound<'b>(slot: &Slot, binding: &'b Binding) -> Option<&'b Text> {
    binding.iter().find(|(known, _)| known.path == slot.path).and_then(|(_, value)| value.as_ref())
}

/// `StringEquals` takes a `*` for itself; a value that is not all literal is printed with wildcards.
fn operator_for(operator: &SmolStr, value: &Text) -> SmolStr {
    match value.as_literal() {
        Some(_) => operator.clone(),
        None => operator.replace("StringEquals", "StringLike").into(),
    }
}
