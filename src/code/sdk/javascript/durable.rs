//! Durable functions: the context that a handler gets invokes other functions by name.

use std::rc::Rc;

use super::client::plain;
use super::input::argument;
use crate::code::eval::{Args, External, Interpreter, Site, Value, Values};
use crate::model::{Field, Text};

const PACKAGE: &str = "@aws/durable-execution-sdk-js";

/// A call of what the package exports, or of the context that it passes on.
pub fn external_call(
    it: &mut Interpreter,
    package: &str,
    names: &[&str],
    args: &Args,
    site: Site,
) -> Option<Values> {
    if package != PACKAGE {
        return None;
    }
    match names {
        ["withDurableExecution"] => {
            let wrapped = Value::External(member("handler"));
            Some(Value::Partial(Rc::new((wrapped, Args::of([argument(args, 0)])))).into())
        }
        ["handler"] => {
            let handler = argument(args, 0);
            let passed = Args::of([argument(args, 1), context()]);
            Some(it.invoke(&handler, &passed, site))
        }
        ["context", "invoke"] => {
            let named = args.positional.len() > 2;
            let function = argument(args, usize::from(named));
            let field = it.field_of(&function).unwrap_or(Field::Unknown);
            let entries = vec![(Text::literal("FunctionName"), field)];
            it.record(&plain("lambda"), "Invoke", Field::Map { entries, complete: true }, site);
            Some(Values::unknown())
        }
        ["context", _] => {
            let mut returned = Values::none();
            for value in args.all().cloned().collect::<Vec<_>>() {
                // A step is given no context, a child or a branch its own.
                let passed = Args { rest: Values::unknown(), ..Args::of([context()]) };
                let branches = it.element(&value.clone().into());
                for function in [value].iter().chain(&branches) {
                    if matches!(function, Value::Function(_) | Value::Partial(_)) {
                        returned.join(&it.invoke(&function.clone().into(), &passed, site));
                    }
                }
            }
            Some(returned.or_unknown())
        }
        _ => None,
    }
}

fn context() -> Values {
    Value::External(member("context")).into()
}

fn member(name: &str) -> External {
    External { path: smol_str::format_smolstr!("{PACKAGE}.{name}"), made_at: 0 }
}
