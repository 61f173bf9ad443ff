//! What values become by the project's own implementations, and what places hold after something was put there.

use super::methods::run;
use super::places;
use crate::code::eval::{Args, Interpreter, Site, Value, Values};

/// What a place holds that held `receiver` and was given something.
pub(super) fn put(
    it: &mut Interpreter,
    receiver: &Value,
    name: &str,
    args: &Args,
    site: Site,
) -> Option<Values> {
    let first = args.positional.first().cloned().unwrap_or_default();
    let given = match name {
        places::PUT => first,
        places::PUT_MADE if *receiver == Value::Null => run(it, &first, &Args::default(), site),
        places::PUT_MADE => Values::none(),
        _ => return None,
    };
    Some(match receiver {
        Value::Null => given,
        Value::Text(_) | Value::Sdk(_) => it.or_else(given, &receiver.clone().into()),
        other => other.clone().into(),
    })
}

/// `text.parse::<Own>()`, `value.into()`: what the wanted type's own implementation makes. None where it has none.
pub(super) fn to_order(
    it: &mut Interpreter,
    receiver: &Value,
    name: &str,
    args: &Args,
    site: Site,
) -> Option<Values> {
    let maker = match name {
        "parse" => "from_str",
        "into" => "from",
        "try_into" => "try_from",
        _ => return None,
    };
    let mut makers = Values::none();
    for class in args.named(super::TYPE)?.iter().filter(|class| matches!(class, Value::Class(_))) {
        makers.join(&it.member(&class.clone().into(), maker));
    }
    makers.remove(|maker| !matches!(maker, Value::Function(_)));
    let given = Args::of([receiver.clone().into()]);
    (!makers.is_empty()).then(|| it.invoke(&makers, &given, site))
}

/// What the SDK takes of values: those of the project's own types by their `into`.
pub fn converted(it: &mut Interpreter, values: &Values, site: Site) -> Values {
    let mut found = Values::none();
    for value in values {
        match it.method_of(value, "into") {
            Some(into) => found.join(&it.invoke(&into.into(), &Args::default(), site)),
            None => found.insert(value.clone()),
        };
    }
    found
}
