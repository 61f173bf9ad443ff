//! What libraries call of the classes and instances that they are given, as far as names tell.

use crate::code::eval::External;

/// Packages whose classes are inherited from for what they are, not to be called by the package, or that do not call
/// what they are given.
const PLAIN: [&str; 27] = [
    "abc",
    "aiobotocore",
    "attr",
    "attrs",
    "aws_lambda_powertools",
    "aws_xray_sdk",
    "boto3",
    "botocore",
    "collections",
    "copy",
    "dataclasses",
    "dataclasses_json",
    "dependency_injector",
    "enum",
    "functools",
    "json",
    "logging",
    "loguru",
    "marshmallow",
    "pickle",
    "pprint",
    "pydantic",
    "pydantic_settings",
    "structlog",
    "types",
    "typing",
    "typing_extensions",
];

/// Methods that libraries ask for of classes that are made for them.
const ASKED: [&str; 31] = [
    "authorize",
    "call",
    "can_handle",
    "consume",
    "create",
    "delete",
    "destroy",
    "dispatch",
    "emit",
    "execute",
    "forward",
    "get",
    "handle",
    "handler",
    "head",
    "invoke",
    "list",
    "main",
    "options",
    "partial_update",
    "patch",
    "perform",
    "post",
    "process",
    "process_request",
    "process_response",
    "put",
    "resolve",
    "retrieve",
    "run",
    "update",
];

/// Methods of a library's base class that call what the class defines.
const STARTS: [&str; 14] = [
    "as_view",
    "as_asgi",
    "call",
    "dispatch",
    "execute",
    "get_handler",
    "handle",
    "lambda_handler",
    "main",
    "process",
    "run",
    "serve",
    "start",
    "submit",
];

fn is_plain(external: &External) -> bool {
    let package = external.path.split(['.', '(']).next().unwrap_or_default();
    PLAIN.contains(&package)
}

pub fn calls_overrides(base: &External) -> bool {
    base.path == "logging.Handler"
        || base.path == "logging.StreamHandler"
        || !is_plain(base) && !base.last_name().ends_with("Error") && !base.last_name().ends_with("Exception")
}

pub fn is_asked_for(method: &str, theirs: bool) -> bool {
    let by_prefix = ["on_get", "on_post", "on_put", "on_patch", "on_delete", "on_head", "on_options"];
    by_prefix.contains(&method)
        || theirs && (ASKED.contains(&method) || method.starts_with("on_") || method.starts_with("handle_"))
}

pub fn takes_objects(callee: &External) -> bool {
    !is_plain(callee) || callee.last_name() == "addHandler"
}

pub fn starts(base: &External, name: &str) -> bool {
    STARTS.contains(&name) && calls_overrides(base)
}
