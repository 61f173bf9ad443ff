//! Methods that are named like operations, of values of which nothing is known: what they make is followed until it is
//! sent, and said then.

use crate::catalog;
use crate::code::eval::{External, Interpreter, Site, Value, Values};
use crate::code::sdk::COMMON;

/// What stands for an operation of a client that is not known.
pub(super) const UNRESOLVED: &str = "<unresolved>.";

/// What a method makes that is named like an operation.
pub(super) fn operation(name: &str, site: Site) -> Option<Values> {
    looks_like_an_operation(name).then(|| {
        let path = smol_str::format_smolstr!("{UNRESOLVED}{name}");
        Value::External(External { path, made_at: place_number(site) }).into()
    })
}

/// The site's number is kept so that the note can be where the operation is named.
pub(super) fn place_number(site: Site) -> u32 {
    site.span.start.max(1)
}

fn looks_like_an_operation(name: &str) -> bool {
    name.contains('_')
        && COMMON
            .iter()
            .filter_map(|service| catalog::service(service))
            .any(|it| it.operation(name).is_some())
}

/// A builder of an operation whose client is not known: sending it is a call that cannot be granted.
pub(super) fn sent(
    it: &mut Interpreter,
    callee: &External,
    operation: &str,
    name: &str,
    site: Site,
) -> Values {
    let operation = operation.split('.').next().unwrap_or(operation);
    if matches!(name, "send" | "presigned") {
        let mut candidates = Vec::new();
        for service in COMMON.iter().filter_map(|service| catalog::service(service)) {
            if let Some(found) = service.operation(operation) {
                candidates.push(format!("`{}:{}`", service.name, found.name));
            }
        }
        let start = callee.made_at;
        let site = Site { span: crate::code::ir::Span { start, end: start + 1 }, ..site };
        let message = format!(
            "what `{operation}` is called on is not known; if it is {}, it is not granted",
            candidates.join(" or ")
        );
        it.note("unresolved-receiver", site, message);
        return Values::unknown();
    }
    let path = callee.path.rsplit_once('.').map_or(callee.path.as_str(), |(of, _)| of);
    Value::External(External { path: path.into(), ..callee.clone() }).into()
}
