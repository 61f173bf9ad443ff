//! The types that TypeScript declares: `S3Client`, `DynamoDBDocumentClient`, `AWS.S3`, `DocumentClient`,
//! `GetObjectCommand`.

use super::client::{command_type, is_client, plain};
use super::{Thing, split, thing, version2};
use crate::catalog;
use crate::code::eval::{External, Value, Values};
use crate::code::sdk::Handle;

/// The handle that a declared type names.
pub fn typed(declared: &External) -> Option<Value> {
    let (package, names) = split(&declared.path);
    handle(package, &names)?.iter().next().cloned()
}

fn handle(package: &str, names: &[&str]) -> Option<Values> {
    if package == "aws-sdk" || package.starts_with("aws-sdk/") {
        return match version2::below(package, names)[..] {
            ["DynamoDB" | "dynamodb", "DocumentClient"] => Some(version2::service(plain("dynamodb"), true)),
            [class] => version2::find(class).map(|service| version2::service(plain(service), false)),
            _ => None,
        };
    }
    let family = package.strip_prefix("@aws-sdk/")?.split('/').next()?;
    let [name] = names else { return None };
    if family == "lib-dynamodb" {
        let is_client = matches!(*name, "DynamoDBDocumentClient" | "DynamoDBDocument");
        return is_client.then(|| thing(Thing::Document(plain("dynamodb"))));
    }
    let service = catalog::service(catalog::find_service(family.strip_prefix("client-")?)?)?;
    if is_client(service, name) {
        return Some(super::handle(Handle::Client(plain(&service.name))));
    }
    command_type(service, name)
}
