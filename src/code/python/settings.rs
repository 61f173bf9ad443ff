//! Libraries that read settings from the environment: pydantic's settings classes, python-decouple, environs.

use crate::code::eval::{Args, External, Interpreter, Values};
use crate::model::Text;

/// `config("TABLE", default="orders")`, `env.str("TABLE")`.
pub fn external_call(it: &mut Interpreter, callee: &External, args: &Args) -> Option<Values> {
    let path = callee.path.as_str();
    let reads = path == "decouple.config"
        || path.starts_with("decouple.")
        || path.starts_with("environs.Env()") && !callee.last_name().starts_with("read_");
    if !reads {
        return None;
    }
    let name = args.positional.first()?.literal()?.to_owned();
    Some(it.environment(&name, args.get(1, "default")))
}

/// A declared field of a class that reads its fields from the environment, named as the field in upper case.
pub fn declared_field(it: &mut Interpreter, base: &External, name: &str) -> Option<Values> {
    base.path.ends_with("BaseSettings").then(|| {
        let upper = name.to_uppercase();
        let bound = it.environment(&upper, None);
        let lower = it.environment(name, None);
        // The environment's names are matched without case.
        let is_bound = |values: &Values, name: &str| {
            values != &Values::text(Text::from(crate::model::Part::Env(name.into())))
        };
        if !is_bound(&bound, &upper) && is_bound(&lower, name) { lower } else { bound }
    })
}
