//! boto3's resource interface: what an attribute of `boto3.resource("s3")`, or of anything that comes out of
//! it, is. The generated model already has the names that Python code writes, clashes resolved.
//!
//! Not here: what boto3 adds by hand (`upload_file`, `Table.batch_writer`), which no model describes.

use std::collections::BTreeMap;

use serde::Deserialize;
use smol_str::SmolStr;

use super::embedded;

/// The resource types of a service. The service resource itself has the empty name.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct ResourceModel(BTreeMap<SmolStr, ResourceType>);

#[derive(Debug, Deserialize)]
pub struct ResourceType {
    /// In the order in which the constructor takes them: `["BucketName", "Key"]`.
    #[serde(default)]
    pub identifiers: Vec<SmolStr>,
    /// What `load()`, `reload()` and the first read of a data attribute call. None for a type whose data
    /// comes with it, or that has none.
    pub load: Option<Call>,
    members: BTreeMap<SmolStr, Member>,
    /// What collections of the type can do to all of their elements at once.
    #[serde(default)]
    batch: BTreeMap<SmolStr, Call>,
}

/// What an attribute is.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Member {
    /// The identifier of that name.
    Identifier(SmolStr),
    /// A field of the resource's data. Reading it calls `load` where the type has one.
    Data(SmolStr),
    /// A constructor. Identifiers from [`Source::Input`] are its positional arguments.
    Subresource(Made),
    /// An attribute that is a resource (or a list of them), found in the resource's data.
    Reference(Made),
    /// `all()`, `filter(…)`, `limit(n)`, `pages()` and iteration call the operation and give its elements.
    Collection(Call),
    /// A method.
    Action(Call),
    /// A method that polls with the client's waiter of that name.
    Waiter { name: SmolStr, params: Vec<Param> },
    /// `load` and `reload`.
    Load,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
pub struct Call {
    pub operation: SmolStr,
    /// Request fields that boto3 fills in beside what the caller passes.
    #[serde(default)]
    pub params: Vec<Param>,
    /// The resource that the answer becomes; of a collection, its elements.
    pub makes: Option<Made>,
}

/// A resource of this type with these identifiers.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub struct Made {
    #[serde(rename = "type")]
    pub resource_type: SmolStr,
    /// The target is the identifier's name.
    pub identifiers: Vec<Param>,
    /// Where in the answer its data stands, a `JMESPath`: the resource is then loaded already.
    pub data: Option<SmolStr>,
}

/// Target and source. As a request field, the target is a path: `Bucket`, `Filters[0].Name`.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub struct Param(pub SmolStr, pub Source);

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// An identifier of the resource.
    Identifier(SmolStr),
    /// A path into the resource's data, which is loaded for it.
    Data(SmolStr),
    /// A path into the request that was made.
    RequestParameter(SmolStr),
    /// A path into the answer.
    Response(SmolStr),
    Constant(SmolStr),
    /// What the caller passes.
    Input,
}

impl ResourceModel {
    pub(super) fn read(service: &str) -> Option<Self> {
        let text = embedded::text(&format!("services/boto3/{service}.json"))?;
        Some(serde_json::from_str(&text).expect("xtask writes what is read here"))
    }

    pub fn resource_type(&self, name: &str) -> Option<&ResourceType> {
        self.0.get(name)
    }

    /// What `attribute` of a resource is, as Python code writes it. The service resource has the empty type.
    pub fn member(&self, resource_type: &str, attribute: &str) -> Option<&Member> {
        let owner = self.0.get(resource_type)?;
        match attribute {
            "load" | "reload" if owner.load.is_some() => Some(&Member::Load),
            _ => owner.members.get(attribute),
        }
    }

    /// What `attribute` of a collection of the type calls, on all elements at once: `delete`.
    pub fn batch_action(&self, resource_type: &str, attribute: &str) -> Option<&Call> {
        self.0.get(resource_type)?.batch.get(attribute)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::service;

    #[test]
    fn attributes_are_what_boto3_makes_of_them() {
        let s3 = service("s3").unwrap().resources().unwrap();
        let Some(Member::Subresource(object)) = s3.member("", "Object") else { panic!() };
        assert_eq!(object.identifiers[0], Param("BucketName".into(), Source::Input));
        let Some(Member::Collection(objects)) = s3.member("Bucket", "objects") else { panic!() };
        assert_eq!(objects.operation, "ListObjects");
        assert_eq!(objects.params, [Param("Bucket".into(), Source::Identifier("Name".into()))]);
        assert_eq!(objects.makes.as_ref().unwrap().resource_type, "ObjectSummary");
        assert_eq!(s3.batch_action("ObjectSummary", "delete").unwrap().operation, "DeleteObjects");
        assert!(
            matches!(s3.member("Bucket", "wait_until_exists"), Some(Member::Waiter { name, .. }) if name == "BucketExists")
        );
        assert_eq!(s3.member("Bucket", "name"), Some(&Member::Identifier("Name".into())));
        assert_eq!(s3.member("Object", "load"), Some(&Member::Load));
        assert_eq!(s3.member("Object", "e_tag"), Some(&Member::Data("ETag".into())));
        assert_eq!(s3.member("Object", "upload_file"), None);
        let sqs = service("sqs").unwrap().resources().unwrap();
        let Some(Member::Action(by_name)) = sqs.member("", "get_queue_by_name") else { panic!() };
        assert_eq!((by_name.operation.as_str(), by_name.params.len()), ("GetQueueUrl", 0));
    }

    #[test]
    fn every_model_speaks_of_operations_that_exist() {
        for name in embedded::all("services/boto3/") {
            let service = service(name).unwrap();
            let model = service.resources().unwrap();
            for owner in model.0.values() {
                for member in owner.members.values() {
                    match member {
                        Member::Collection(call) | Member::Action(call) => {
                            assert!(service.operation(&call.operation).is_some(), "{name}: {call:?}");
                        }
                        Member::Waiter { name: waiter, .. } => assert!(service.waiter(waiter).is_some()),
                        Member::Subresource(made) | Member::Reference(made) => {
                            assert!(model.resource_type(&made.resource_type).is_some(), "{name}: {made:?}");
                        }
                        Member::Identifier(_) | Member::Data(_) | Member::Load => {}
                    }
                }
            }
        }
    }
}
