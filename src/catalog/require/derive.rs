//! Resources of services that have no rule by hand, derived from names: a variable of the ARN's format is the
//! request field of the same name, or of the resource type's name with `Name`, `Id` or `Arn`. What no field fills
//! is a wildcard. This is a heuristic of spelling, which is why the services that functions call most have rules.

use smol_str::SmolStr;

use super::NeededResource;
use super::fill::{Filled, Filler};
use super::forms::Form;
use super::request;
use super::rules::Conditions;
use super::template::{Own, Pattern, Piece, Slot, Template};
use crate::catalog::{self, Access, ActionInfo, ResourceType};
use crate::model::{Condition, Confidence, Text};

/// More resource types than this, none of them told apart by the request, become one pattern.
const TYPES: usize = 6;

/// The resources of an action, by the request's field names. `own` is false for the actions of another service,
/// whose resources this request's fields do not name.
pub fn resources(filler: &Filler, info: &ActionInfo, own: bool) -> Filled {
    let prefix = info.action.service();
    let types: Vec<&ResourceType> =
        info.resource_types.iter().filter_map(|name| catalog::resource_type(prefix, name)).collect();
    let mut filled = Filled::default();
    let mut add = |arn: Text, format: Text| {
        let key = (Condition::new(), Confidence::Certain);
        filled.resources.entry(key).or_default().insert(NeededResource { arn, format });
    };
    let formats: Vec<&str> = types.iter().flat_map(|kind| kind.arns.iter().map(SmolStr::as_str)).collect();
    if formats.is_empty() {
        add(Text::any(), Text::any());
        return filled;
    }
    if own {
        if let Some((field, format)) = whole_arn(filler, &formats) {
            return of_arn(filler, field, &format);
        }
        let mut named = named(filler, &types);
        if let Some(kind) = made(filler, info, &types) {
            let of_it = |format: &SmolStr| pattern(format, &mut |variable| exact(filler, variable));
            let made: Vec<Pattern> = kind.arns.iter().map(of_it).collect();
            if !named.iter().any(|one| made.iter().any(|other| head(one) == head(other))) {
                named = made;
            }
        }
        if !named.is_empty() {
            for pattern in named {
                filled.merge(filler.fill_pattern(&pattern, &Conditions::new(), false));
            }
            return filled;
        }
    }
    if types.len() > TYPES {
        let common = common_format(&formats);
        let format = filler.format(&pattern(&common, &mut |_| None));
        add(format.clone(), format);
    } else {
        for format in formats {
            let format = filler.format(&pattern(format, &mut |_| None));
            add(format.clone(), format);
        }
    }
    filled
}

/// What an operation makes and tags in one step, by the operation's name: a `CreateSite` tags a site, whatever else
/// its request names.
fn made<'a>(filler: &Filler, info: &ActionInfo, types: &[&'a ResourceType]) -> Option<&'a ResourceType> {
    let operation = folded(&filler.operation.name);
    if info.access != Access::Tagging || operation.contains("tag") {
        return None;
    }
    let ends = types.iter().filter(|kind| operation.ends_with(&folded(&kind.name)));
    ends.max_by_key(|kind| kind.name.len()).copied()
}

/// What stands before the first variable of the resource, which tells types apart.
fn head(pattern: &Pattern) -> String {
    let mut text = String::new();
    for piece in &pattern.0 {
        match piece {
            Piece::Literal(literal) => text.push_str(literal),
            Piece::Own(_) => text.push('$'),
            Piece::Any | Piece::AnyOne | Piece::Field(_) => break,
        }
    }
    text
}

/// The request field that is called exactly like the variable.
fn exact(filler: &Filler, variable: &str) -> Option<Slot> {
    let field = filler.operation.fields.iter().find(|field| folded(field) == folded(variable))?;
    Some(Slot { path: field.clone(), form: None, default: None })
}

/// The resource of an operation about tags or a policy of any resource, which its request names by ARN; none where a
/// rule reads that field.
pub fn tagged(filler: &Filler, info: &ActionInfo, rules: &[&Template]) -> Option<Filled> {
    let name = filler.operation.name.as_str();
    if !name.contains("Tag") && !name.contains("ResourcePolicy") {
        return None;
    }
    let prefix = info.action.service();
    let kinds = info.resource_types.iter().filter_map(|name| catalog::resource_type(prefix, name));
    let formats: Vec<&str> = kinds.flat_map(|kind| kind.arns.iter().map(SmolStr::as_str)).collect();
    let (field, format) = whole_arn(filler, &formats)?;
    let reads = |rule: &Template| rule.0.iter().any(|pattern| pattern.slots().any(|slot| slot.path == field));
    (!rules.iter().any(|rule| reads(rule))).then(|| of_arn(filler, field, &format))
}

fn of_arn(filler: &Filler, field: SmolStr, format: &Text) -> Filled {
    let slot = Slot { path: field, form: Some(Form::Arn), default: None };
    let mut filled = Filled::default();
    let resources = filled.resources.entry((Condition::new(), Confidence::Certain)).or_default();
    for value in filler.find(&slot).values {
        let arn = if value.is_unknown() { format.clone() } else { value };
        resources.insert(NeededResource { arn, format: format.clone() });
    }
    filled
}

/// A field that holds the whole ARN of the action's resource, whichever type it is.
fn whole_arn(filler: &Filler, formats: &[&str]) -> Option<(SmolStr, Text)> {
    let field = filler
        .operation
        .fields
        .iter()
        .filter(|field| match folded(field).as_str() {
            "resourcearn" | "arn" | "resourcearns" => true,
            "resource" => filler.operation.name.contains("Tag"),
            _ => false,
        })
        .find(|field| {
            let slot = Slot { path: (*field).clone(), form: None, default: None };
            let found = filler.find(&slot);
            found.present() == Some(true) && found.values.iter().all(|value| may_be(value, formats))
        })?;
    let format = filler.format(&pattern(&common_format(formats), &mut |_| None));
    Some((field.clone(), format))
}

/// Whether an ARN may be of one of the formats: a literal one is of its service or is not.
fn may_be(arn: &Text, formats: &[&str]) -> bool {
    let service = |arn: &str| arn.split(':').nth(2).map(str::to_owned);
    let literal = arn.leading_literal();
    literal.splitn(4, ':').count() < 4 || formats.iter().any(|format| service(format) == service(literal))
}

/// Operations that begin with these are checked against all that they make a thing of, named or not.
const MAKING: [&str; 4] = ["Create", "Restore", "Run", "Copy"];

/// The resource types that the request names: those with a field for every variable, else those with one for any.
fn named(filler: &Filler, types: &[&ResourceType]) -> Vec<Pattern> {
    let single = types.len() == 1;
    let mut candidates = Vec::new();
    let mut all_of = Vec::new();
    for kind in types {
        for format in &kind.arns {
            let mut variables = 0;
            let last = of_resource(format);
            let mut filled = Vec::new();
            let mut by_name = pattern(format, &mut |variable| {
                variables += 1;
                // The type is called after what its ARN ends in, not after what that is part of.
                let own = variables == last || folded(variable).starts_with(&folded(&kind.name));
                let kind = if own { kind.name.as_str() } else { "" };
                let slot = field_for(filler, kind, variable, single && own)
                    // A field with the name of another variable is that one's: `BrokerId` is not the name.
                    .filter(|slot| !names_another(format, variable, &slot.path))
                    // One field does not name two things.
                    .filter(|slot| !filled.contains(&slot.path))?;
                filled.push(slot.path.clone());
                Some(slot)
            });
            if let Some(arn) = arn_field(filler, &kind.name) {
                filled = vec![arn.clone()];
                variables = 1;
                by_name = whole(format, arn);
            }
            if !filled.is_empty() {
                all_of.push(&kind.name);
                candidates.push((by_name, filled, variables));
            }
        }
    }
    let complete = candidates.iter().any(|(_, filled, variables)| filled.len() == *variables);
    candidates.retain(|(_, filled, variables)| !complete || filled.len() == *variables);
    // A type whose fields are some of another's is that other's parent: the request is about the child.
    let all: Vec<Vec<SmolStr>> = candidates.iter().map(|(_, filled, _)| filled.clone()).collect();
    let making = MAKING.iter().any(|verb| filler.operation.name.starts_with(verb)) && types.len() <= TYPES;
    candidates.retain(|(_, filled, _)| {
        making
            || !all
                .iter()
                .any(|other| other.len() > filled.len() && filled.iter().all(|path| other.contains(path)))
    });
    let mut patterns: Vec<Pattern> = candidates.into_iter().map(|(pattern, ..)| pattern).collect();
    if making && !patterns.is_empty() {
        let others = types.iter().filter(|kind| !all_of.contains(&&kind.name));
        patterns.extend(others.flat_map(|kind| &kind.arns).map(|format| pattern(format, &mut |_| None)));
    }
    patterns
}

/// Whether a field is called like a variable of the format other than this one.
fn names_another(format: &str, variable: &str, field: &str) -> bool {
    let variables = format.split("${").skip(1).filter_map(|rest| rest.split('}').next());
    let field = folded(field);
    folded(variable) != field
        && variables.filter(|other| *other != variable).any(|other| folded(other) == field)
}

/// How many variables the format has besides partition, region and account.
fn of_resource(format: &str) -> usize {
    let own = ["${Partition}", "${Region}", "${Account}"];
    format.matches("${").count() - own.iter().filter(|own| format.contains(**own)).count()
}

/// The request field for a variable of the ARN, if the request has it. `kind` is empty where the resource type says
/// nothing of the variable.
fn field_for(filler: &Filler, kind: &str, variable: &str, single: bool) -> Option<Slot> {
    const ENDINGS: [&str; 3] = ["name", "id", "identifier"];
    let variable = folded(variable);
    let kind = folded(kind);
    let stem = ENDINGS.iter().find_map(|ending| variable.strip_suffix(ending));
    let mut wanted = Vec::new();
    match stem {
        // `${Id}` alone says less than the type does.
        Some("" | "resource") => {
            wanted.push(format!(
                "{kind}{}",
                ENDINGS.iter().find(|end| variable.ends_with(**end)).unwrap_or(&"")
            ));
            wanted.push(variable.clone());
        }
        Some(stem) => {
            wanted.push(variable.clone());
            wanted.extend(ENDINGS.iter().map(|ending| format!("{stem}{ending}")));
            wanted.push(stem.to_owned());
        }
        None => wanted.push(variable.clone()),
    }
    wanted.retain(|name| !ENDINGS.contains(&name.as_str()) || !kind.is_empty());
    if variable == kind {
        wanted.extend(ENDINGS.iter().map(|ending| format!("{kind}{ending}")));
    }
    if !kind.is_empty() {
        wanted.push(kind.clone());
    }
    // `CreateThing(Name=…)` names the thing.
    if single && let Some(ending) = ENDINGS.iter().find(|ending| variable.ends_with(**ending)) {
        wanted.push((*ending).to_owned());
        wanted.push("identifier".to_owned());
    }
    // What is made gets an id that nobody knows, whatever it is called.
    let made = MAKING.iter().any(|verb| filler.operation.name.starts_with(verb)) && variable.ends_with("id");
    wanted.retain(|name| !made || !name.ends_with("name"));
    wanted
        .iter()
        .find_map(|name| present_field(filler, name))
        .or_else(|| (!kind.is_empty()).then(|| qualified_field(filler, &kind, &variable)).flatten())
        .or_else(|| (!kind.is_empty()).then(|| shorter_field(filler, &variable)).flatten())
}

/// The one field that says the end of the variable: `CollectionName` for `GeofenceCollectionName`.
fn shorter_field(filler: &Filler, variable: &str) -> Option<Slot> {
    const WORTH: usize = 8;
    let ends = |field: &&SmolStr| {
        let field = folded(field);
        field.len() >= WORTH && variable.ends_with(&field)
    };
    let mut fields = filler.operation.fields.iter().filter(ends);
    match (fields.next(), fields.next()) {
        (Some(field), None) => present_field(filler, &folded(field)),
        _ => None,
    }
}

/// The one field whose name ends in the type's and the variable's ending: `DBClusterIdentifier` for a `cluster`.
fn qualified_field(filler: &Filler, kind: &str, variable: &str) -> Option<Slot> {
    let own = ["name", "id"].into_iter().find(|ending| variable.ends_with(ending))?;
    let ends = |field: &&SmolStr| {
        let field = folded(field);
        [own, "identifier"]
            .iter()
            .any(|ending| field.strip_suffix(ending).is_some_and(|field| field.ends_with(kind)))
    };
    let mut fields = filler.operation.fields.iter().filter(ends);
    match (fields.next(), fields.next()) {
        (Some(field), None) => present_field(filler, &folded(field)),
        _ => None,
    }
}

/// A field such as `FunctionArn` for the type `function`, or `ListenerArn` for `listener/app`.
fn arn_field(filler: &Filler, kind: &str) -> Option<SmolStr> {
    let stem = kind.split('/').next().unwrap_or(kind);
    let field = |kind: &str| present_field(filler, &format!("{}arn", folded(kind)));
    field(kind).or_else(|| field(stem)).map(|slot| slot.path)
}

fn present_field(filler: &Filler, name: &str) -> Option<Slot> {
    let field = filler.operation.fields.iter().find(|field| {
        let spelled = folded(field);
        (spelled == name || spelled.strip_suffix('s') == Some(name))
            && !request::is_structure(filler.input, field)
    })?;
    let slot = Slot { path: field.clone(), form: Some(Form::ArnAlone), default: None };
    (filler.find(&slot).present() == Some(true)).then_some(slot)
}

/// Reads an ARN format of the service reference; `slot` says which field stands for a variable.
fn pattern(format: &str, slot: &mut dyn FnMut(&str) -> Option<Slot>) -> Pattern {
    let mut pieces = Vec::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("${") {
        push_literal(&mut pieces, before);
        let (variable, after) = after.split_once('}').unwrap_or((after, ""));
        pieces.push(match variable {
            "Partition" => Piece::Own(Own::Partition),
            "Region" => Piece::Own(Own::Region),
            "Account" => Piece::Own(Own::Account),
            variable => slot(variable).map_or(Piece::Any, Piece::Field),
        });
        rest = after;
    }
    push_literal(&mut pieces, rest);
    Pattern(pieces)
}

fn push_literal(pieces: &mut Vec<Piece>, text: &str) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('*') {
        if !before.is_empty() {
            pieces.push(Piece::Literal(before.into()));
        }
        pieces.push(Piece::Any);
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest.into()));
    }
}

/// The format's head with one field for the whole ARN at its end.
fn whole(format: &str, field: SmolStr) -> Pattern {
    let literal_head = format.find("${").and_then(|_| resource_head(format)).unwrap_or(format);
    let mut pattern = pattern(literal_head, &mut |_| None);
    pattern.0.push(Piece::Field(Slot { path: field, form: Some(Form::Arn), default: None }));
    pattern
}

/// The format up to its first variable after the account.
fn resource_head(format: &str) -> Option<&str> {
    let mut colons = format.match_indices(':').skip(4);
    let start = colons.next()?.0 + 1;
    let end = format[start..].find("${").map_or(format.len(), |at| start + at);
    Some(&format[..end])
}

/// The fields that all formats share; `*` where they differ.
fn common_format(formats: &[&str]) -> String {
    let split: Vec<Vec<&str>> = formats.iter().map(|format| format.splitn(6, ':').collect()).collect();
    let fields: Vec<&str> = (0..6)
        .map(|at| {
            let first = split[0].get(at).copied().unwrap_or("*");
            if split.iter().all(|format| format.get(at) == Some(&first)) { first } else { "*" }
        })
        .collect();
    fields.join(":")
}

pub(super) fn folded(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|character| character.to_ascii_lowercase()).collect()
}
