//! Stand-in.
use std::rc::Rc;

use super::Handle;
use crate::code::eval::{Args, External, Interpreter, Site, Value, Values};

pub fn external_call(_: &mut Interpreter, _: &External, _: &Args, _: Site) -> Option<Values> {
    None
}
pub fn member(_: &mut Interpreter, _: &Rc<Handle>, _: &str) -> Values {
    Values::unknown()
}
pub fn call(_: &mut Interpreter, _: &Rc<Handle>, _: &Args, _: Site) -> Values {
    Values::unknown()
}
pub fn typed(_: &External) -> Option<Value> {
    None
}
pub fn unknown_method(_: &mut Interpreter, _: &Value, _: &str, _: &Args, _: Site) -> Option<Values> {
    None
}
