//! Every operation of every service, called with nothing known, and with every field present and unknown: the
//! answer is never silence, never a resource that its action cannot be checked against, never a panic.

use scopedown::catalog::{self, Need, Status};
use scopedown::model::{Call, Field, Place, Text};

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
            for input in [unseen, unknown] {
                let answer = catalog::require(&call(name, &operation.name, input));
                if answer.needs.is_empty() && answer.notes.is_empty() && operation.status != Status::None {
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
                }
            }
        }
    }
    wrong.sort();
    wrong.dedup();
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

/// Whether some text matches both patterns.
fn meet(one: &[u8], other: &[u8]) -> bool {
    match (one, other) {
        ([], []) => true,
        ([b'*', rest @ ..], _) if meet(rest, other) => true,
        (_, [b'*', rest @ ..]) if meet(one, rest) => true,
        ([b'*', ..], [_, rest @ ..]) => meet(one, rest),
        ([_, rest @ ..], [b'*', ..]) => meet(rest, other),
        ([a, one @ ..], [b, other @ ..]) if a == b || *a == b'?' => meet(one, other),
        _ => false,
    }
}
