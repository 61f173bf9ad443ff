//! Requests and callbacks: JavaScript passes a request as one object and, in older code, a function for the
//! answer after it.

use crate::catalog;
use crate::code::eval::{Args, Interpreter, Map, Object, Site, Value, Values};
use crate::code::sdk::{Client, operation};
use crate::model::{Field, Text};

/// The requests that objects make, as named arguments; every object is a request of its own.
pub fn inputs(it: &Interpreter, objects: &Values) -> Vec<Args> {
    let mut found: Vec<Args> = Vec::new();
    let mut vague = false;
    for value in objects {
        match (value, it.object(value)) {
            (_, Some(Object::Map(_) | Object::Instance { .. })) => {
                let mut map = Map::default();
                it.spread_into(&mut map, &value.clone().into());
                let open = map.open || !map.other.is_empty();
                let named = map.entries.into_iter().collect();
                let args = Args { named, open, ..Args::default() };
                if !found.contains(&args) {
                    found.push(args);
                }
            }
            (Value::Null | Value::Absent | Value::Function(_) | Value::Partial(_), _) => {}
            _ => vague = true,
        }
    }
    if found.is_empty() {
        found.push(Args { open: vague, ..Args::default() });
    }
    found
}

/// Calls an operation with the requests that objects make, and gives its answers.
pub fn run(it: &mut Interpreter, client: &Client, name: &str, objects: &Values, site: Site) -> Values {
    let mut answers = Values::none();
    for args in inputs(it, objects) {
        answers.join(&operation::run(it, client, name, &args, site));
    }
    answers
}

/// As [`run`], with fields that every request that knows them has unless it says otherwise.
pub fn run_bound(
    it: &mut Interpreter,
    client: &Client,
    name: &str,
    objects: &Values,
    bound: &Field,
    site: Site,
) -> Values {
    let Field::Map { entries: bound, .. } = bound else {
        return run(it, client, name, objects, site);
    };
    if bound.is_empty() {
        return run(it, client, name, objects, site);
    }
    let takes = |field: &Text| {
        let operation = catalog::service(&client.service).and_then(|service| service.operation(name));
        operation.is_some_and(|operation| {
            operation.fields.iter().any(|known| field.as_literal() == Some(known.as_str()))
        })
    };
    let bound: Vec<_> = bound.iter().filter(|(field, _)| takes(field)).cloned().collect();
    let mut answers = Values::none();
    for args in inputs(it, objects) {
        for request in it.requests(&args) {
            let input = filled(request, &bound);
            answers.join(&operation::run_with(it, client, name, input, site));
        }
    }
    answers
}

fn filled(request: Field, bound: &[(Text, Field)]) -> Field {
    let Field::Map { mut entries, complete } = request else {
        return request;
    };
    for (name, field) in bound {
        if !entries.iter().any(|(given, _)| given == name) {
            entries.push((name.clone(), field.clone()));
        }
    }
    entries.sort();
    Field::Map { entries, complete }
}

/// What an option of an object is; none where no object has it.
pub fn option(it: &mut Interpreter, objects: &Values, name: &str) -> Values {
    let mut found = Values::none();
    for args in inputs(it, objects) {
        if let Some(values) = args.named(name) {
            found.join(values);
        }
    }
    found
}

/// Passes the answer to the functions among the arguments: `(error, data) => …`.
pub fn call_back(it: &mut Interpreter, args: &Args, answer: &Values, site: Site) {
    let is_function = |value: &&Value| matches!(value, Value::Function(_) | Value::Partial(_));
    let callbacks: Values = args.all().filter(is_function).cloned().collect();
    if !callbacks.is_empty() {
        it.invoke(&callbacks, &Args::of([Value::Null.into(), answer.clone()]), site);
    }
}

/// The argument at a position; nothing where it is not given.
pub fn argument(args: &Args, position: usize) -> Values {
    args.positional.get(position).cloned().unwrap_or_else(|| args.rest.clone())
}
