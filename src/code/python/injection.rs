//! Containers of dependencies, as `dependency_injector` has them: a provider is a callee with its arguments, of which
//! those that are providers themselves are asked first.
//!
//! Misses configuration that is read from files, and overriding.

use std::rc::Rc;

use crate::code::eval::{Args, External, Interpreter, Site, Value, Values};

const PROVIDERS: &str = "dependency_injector.providers.";

/// What asking any provider calls.
const PROVIDE: &str = "dependency_injector.providers.<provide>";

pub fn external_call(it: &mut Interpreter, callee: &External, args: &Args, site: Site) -> Option<Values> {
    let kind = callee.path.strip_prefix(PROVIDERS)?;
    match kind {
        "<provide>" => Some(provided(it, args, site)),
        "Singleton"
        | "ThreadSafeSingleton"
        | "ThreadLocalSingleton"
        | "ContextLocalSingleton"
        | "Factory"
        | "Callable"
        | "Coroutine"
        | "Resource"
        | "Object" => {
            let provide = Value::External(External { path: PROVIDE.into(), made_at: 0 });
            let mut given = args.clone();
            if kind == "Object" {
                given = Args::of([Value::Null.into(), args.positional.first().cloned().unwrap_or_default()]);
            }
            Some(Value::Partial(Rc::new((provide, given))).into())
        }
        _ => None,
    }
}

/// `Provide[Container.repository]`: what the provider gives.
pub fn external_entry(it: &mut Interpreter, of: &External, key: &Value, site: Site) -> Option<Values> {
    let wires = of.path.starts_with("dependency_injector.wiring.Provide");
    (wires && is_provider(key)).then(|| it.invoke(&key.clone().into(), &Args::default(), site))
}

fn is_provider(value: &Value) -> bool {
    match value {
        Value::Partial(partial) => {
            matches!(&partial.0, Value::External(external) if external.path == PROVIDE)
        }
        _ => false,
    }
}

/// The callee comes first; nothing stands for a value that is given as it is.
fn provided(it: &mut Interpreter, args: &Args, site: Site) -> Values {
    let mut asked = args.clone();
    let mut ask = |values: &mut Values| {
        let mut found = Values::none();
        for value in values.iter() {
            if is_provider(value) {
                found.join(&it.invoke(&value.clone().into(), &Args::default(), site));
            } else {
                found.insert(value.clone());
            }
        }
        *values = found;
    };
    asked.positional.iter_mut().skip(1).for_each(&mut ask);
    asked.named.iter_mut().for_each(|(_, values)| ask(values));
    if asked.positional.is_empty() {
        return Values::unknown();
    }
    let callee = asked.positional.remove(0);
    if callee.iter().all(|value| matches!(value, Value::Null)) {
        return asked.positional.first().cloned().unwrap_or_default().or_unknown();
    }
    it.invoke(&callee, &asked, site)
}
