//! The types of boto3's stub packages: `mypy_boto3_s3.client.S3Client`, `types_boto3_dynamodb.service_resource.Table`.

use std::rc::Rc;

use smol_str::SmolStr;

use crate::catalog;
use crate::code::eval::{External, Value};
use crate::code::sdk::{Client, Handle, Origin};
use crate::model::Text;

const PACKAGES: [&str; 5] =
    ["mypy_boto3_", "types_boto3_", "types_aiobotocore_", "mypy_boto3.", "types_boto3."];

/// The handle that a declared type names.
pub fn typed(declared: &External) -> Option<Value> {
    let path = declared.path.as_str();
    let rest = PACKAGES.iter().find_map(|package| path.strip_prefix(package))?;
    let service = catalog::find_service(rest.split('.').next()?)?;
    let client = Client { service: service.into(), origin: Origin::default(), endpoint: None, certain: true };
    let name = declared.last_name();
    if name.ends_with("Client") {
        return Some(Value::Sdk(Rc::new(Handle::Client(client))));
    }
    let kind = if name.ends_with("ServiceResource") { "" } else { name };
    let model = catalog::service(service)?.resources()?;
    let identifiers = model.resource_type(kind)?.identifiers.iter();
    let identifiers = identifiers.map(|name| (name.clone(), vec![Text::unknown()])).collect();
    Some(Value::Sdk(Rc::new(Handle::Resource { client, kind: SmolStr::from(kind), identifiers })))
}
