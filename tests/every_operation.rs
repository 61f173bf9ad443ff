//! Every operation of every service, called with nothing known, and with every field present and unknown: the
//! answer is never silence, never a resource that its action cannot be checked against, never a panic.

use scopedown::catalog::{self, Dependent, Need, Requirements, Status};
use scopedown::model::{Call, Field, Part, Place, Text};

fn call(service: &str, operation: &str, input: Field) -> Call {
    Call {
        service: service.into(),
        operation: operation.into(),
        place: Place::default(),
        input,
        region: None,
        endpoint: None,
        chain: Vec::new(),
        reachable: true,
        certain: true,
    }
}

#[test]
fn no_operation_is_answered_with_silence_or_with_a_resource_of_something_else() {
    let mut wrong = Vec::new();
    for name in catalog::service_names() {
        let service = catalog::service(name).unwrap();
        for operation in service.operations() {
            let unseen = Field::Map { entries: Vec::new(), complete: false };
            let entries =
                operation.fields.iter().map(|field| (Text::literal(field), Field::Unknown)).collect();
            let unknown = Field::Map { entries, complete: true };
            let empty = Field::Map { entries: Vec::new(), complete: true };
            for input in [unseen, unknown, empty.clone()] {
                let answer = catalog::require(&call(name, &operation.name, input.clone()));
                // Of a request that plainly holds nothing, an action per part of it is none.
                if answer.needs.is_empty()
                    && answer.notes.is_empty()
                    && operation.status != Status::None
                    && input != empty
                {
                    wrong.push(format!("{name}:{}: neither a need nor a note", operation.name));
                }
                if operation.assumed {
                    let said = answer.notes.iter().any(|note| note.rule == "assumed-action");
                    if answer.needs.is_empty() || !said {
                        wrong.push(format!("{name}:{}: assumed and not said so", operation.name));
                    }
                    continue;
                }
                for need in &answer.needs {
                    if let Some(problem) = problem(need) {
                        wrong.push(format!("{name}:{}: {problem}", operation.name));
                    }
                    if wider_in_silence(name, need, &answer) {
                        wrong.push(format!("{name}:{}: {} on `*`, unsaid", operation.name, need.action));
                    }
                }
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

/// What AWS's reference names beside an action is needed, said not to be, or told: never passed over.
#[test]
fn every_dependent_action_is_known_unneeded_or_told() {
    let mut wrong = Vec::new();
    let mut named = 0;
    for name in catalog::service_names() {
        let service = catalog::service(name).unwrap();
        for operation in service.operations().filter(|operation| operation.status == Status::Mapped) {
            let of = |text: &str| format!("{name}:{}: {text}", operation.name);
            let dependents = catalog::dependents(service, operation);
            let entries = operation.fields.iter().map(|field| (Text::literal(field), Field::Unknown));
            let input = Field::Map { entries: entries.collect(), complete: true };
            let answer = catalog::require(&call(name, &operation.name, input));
            let notes: Vec<_> = answer.notes.iter().filter(|note| note.rule == "dependent-action").collect();
            let told = dependents.values().filter(|made| **made == Dependent::Told).count();
            if notes.len() != usize::from(told > 0) {
                wrong.push(of(&format!("{told} to tell, {} notes", notes.len())));
            }
            let infos = operation.actions.iter().filter_map(catalog::action);
            for action in infos.flat_map(|info| &info.dependents) {
                named += 1;
                let granted = answer.needs.iter().any(|need| need.action == *action);
                match dependents.get(action) {
                    None => wrong.push(of(&format!("silent on {action}"))),
                    Some(Dependent::Known) => {}
                    Some(Dependent::Unneeded(why)) if why.is_empty() => {
                        wrong.push(of(&format!("{action} is unneeded for no reason")));
                    }
                    Some(_) if granted => wrong.push(of(&format!("{action} is granted and said not to be"))),
                    Some(Dependent::Unneeded(_)) => {}
                    Some(Dependent::Told) => {
                        let message = notes.first().map(|note| note.message.as_str()).unwrap_or_default();
                        if !message.contains(action.as_str()) && !message.contains(" more (") {
                            wrong.push(of(&format!("{action} is not told")));
                        }
                    }
                }
            }
            for action in operation.unneeded.keys() {
                if !matches!(dependents.get(action), Some(Dependent::Unneeded(_))) {
                    wrong
                        .push(of(&format!("{action} is said to be unneeded, and is not named or is needed")));
                }
            }
        }
    }
    assert!(named > 3000, "{named} dependent actions are named");
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

fn problem(need: &Need) -> Option<String> {
    let Some(info) = catalog::action(&need.action) else {
        return Some(format!("{} is no action", need.action));
    };
    if need.resources.is_empty() {
        return Some(format!("{} is on nothing", need.action));
    }
    let known: Vec<String> = info
        .resource_types
        .iter()
        .filter_map(|kind| catalog::resource_type(need.action.service(), kind))
        .flat_map(|kind| kind.arns.iter().map(|arn| wildcards(arn)))
        .collect();
    for key in need.condition.values().flat_map(|keys| keys.keys()) {
        let known = info.condition_keys.iter().any(|known| known.split("${").next() == key.split('/').next());
        if !known && !info.condition_keys.iter().any(|known| known == key) {
            return Some(format!("{} has no condition key {key}", need.action));
        }
    }
    for resource in &need.resources {
        let pattern = resource.format.to_pattern();
        if pattern == "*" {
            continue;
        }
        if !known.iter().any(|known| meet(pattern.as_bytes(), known.as_bytes())) {
            return Some(format!("{} on {pattern}, which is none of {known:?}", need.action));
        }
    }
    None
}

/// An action that can be scoped stands on `*`, and neither a note nor the catalog says why.
fn wider_in_silence(client: &str, need: &Need, answer: &Requirements) -> bool {
    let on_any = need.resources.iter().any(|resource| resource.arn.is_wildcard());
    let scopable = catalog::action(&need.action).is_some_and(|info| !info.resource_types.is_empty());
    let said = answer.notes.iter().any(|note| note.message.contains(need.action.as_str()));
    on_any && scopable && !said && catalog::only_any(client, &need.action).is_none()
}

/// `arn:partition:service:region:account:resource`, every variable closed.
#[test]
fn every_format_of_every_resource_type_is_an_arn() {
    let mut wrong = Vec::new();
    for prefix in catalog::prefixes() {
        for kind in catalog::resource_types(prefix) {
            for format in &kind.arns {
                let parsed = Text::parse_pattern(format);
                let variables =
                    parsed.parts().iter().filter(|part| matches!(part, Part::Variable(_))).count();
                let closed = variables == format.matches("${").count();
                let fields: Vec<&str> = format.splitn(6, ':').collect();
                if !closed
                    || fields.len() != 6
                    || fields[0] != "arn"
                    || fields[2].is_empty()
                    || fields[5].is_empty()
                {
                    wrong.push(format!("{prefix} {}: {format}", kind.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A value that is an ARN is the resource or is none: it never becomes a part of another ARN.
#[test]
fn no_arn_is_wrapped_in_another() {
    let given = "arn:aws:sqs:eu-west-3:444455556666:thing/name";
    let mut wrong = Vec::new();
    for name in catalog::service_names() {
        let service = catalog::service(name).unwrap();
        for operation in service.operations() {
            let value = || Field::Text(vec![Text::literal(given)]);
            let entries = operation.fields.iter().map(|field| (Text::literal(field), value())).collect();
            let input = Field::Map { entries, complete: true };
            let answer = catalog::require(&call(name, &operation.name, input));
            for need in &answer.needs {
                for resource in &need.resources {
                    let pattern = resource.arn.to_pattern();
                    if pattern.matches("arn:").count() > 1 {
                        wrong.push(format!("{name}:{}: {} on {pattern}", operation.name, need.action));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

/// The format with a wildcard in the place of every variable.
fn wildcards(format: &str) -> String {
    let mut text = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("${") {
        text.push_str(before);
        text.push('*');
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    text + rest
}

/// Whether some text matches both patterns: whether their ends meet, from back to front.
fn meet(one: &[u8], other: &[u8]) -> bool {
    let mut after = vec![false; other.len() + 1];
    for at in (0..=one.len()).rev() {
        let mut here = vec![false; other.len() + 1];
        for to in (0..=other.len()).rev() {
            let (a, b) = (one.get(at), other.get(to));
            let skip_one = a == Some(&b'*') && (after[to] || (b.is_some() && here[to + 1]));
            let skip_other = b == Some(&b'*') && (here[to + 1] || (a.is_some() && after[to]));
            let both = matches!((a, b), (Some(a), Some(b)) if a == b || *a == b'?') && after[to + 1];
            here[to] = (a.is_none() && b.is_none()) || skip_one || skip_other || both;
        }
        after = here;
    }
    after[0]
}
