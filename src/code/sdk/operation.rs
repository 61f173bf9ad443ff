//! An operation of a client, called: the requests that its arguments make are recorded, and what comes back
//! remembers them. Every SDK's tables end here.

use std::rc::Rc;

use smol_str::SmolStr;

use super::{Client, Response};
use crate::code::eval::{Args, Interpreter, Site, Value, Values};
use crate::model::Field;

/// Calls one operation with the named arguments as its request.
pub fn run(it: &mut Interpreter, client: &Client, operation: &str, args: &Args, site: Site) -> Values {
    let mut answers = Values::none();
    for input in it.requests(args) {
        let input = with_history(client, args, input);
        answers.join(&run_with(it, client, operation, input, site));
    }
    answers
}

/// Calls one operation with a request.
pub fn run_with(it: &mut Interpreter, client: &Client, operation: &str, input: Field, site: Site) -> Values {
    it.record(client, operation, input.clone(), site);
    let response = Response {
        service: client.service.clone(),
        operation: operation.into(),
        input: Rc::new(input),
        path: SmolStr::default(),
    };
    Value::Response(Rc::new(response)).into()
}

/// A token that an earlier call gave stands for that call's resource: `GetRecords` takes nothing but the
/// iterator that `GetShardIterator` made for a stream.
fn with_history(client: &Client, args: &Args, input: Field) -> Field {
    let Field::Map { mut entries, complete } = input else {
        return input;
    };
    for (name, values) in &args.named {
        let is_token = ["Iterator", "Token", "ExecutionId", "UploadId"].iter().any(|end| name.ends_with(end));
        if !is_token {
            continue;
        }
        for value in values {
            let Value::Response(response) = value else { continue };
            if response.service != client.service && !is_family(&response.service, &client.service) {
                continue;
            }
            let Field::Map { entries: earlier, .. } = &*response.input else { continue };
            for (key, field) in earlier {
                let known = entries.iter().any(|(name, _)| name == key);
                if !known {
                    entries.push((key.clone(), field.clone()));
                }
            }
        }
    }
    entries.sort();
    Field::Map { entries, complete }
}

fn is_family(a: &str, b: &str) -> bool {
    a.starts_with("dynamodb") && b.starts_with("dynamodb")
}
