//! What AWS knows: services and their operations, the IAM actions that each operation needs, what actions can
//! be scoped to, boto3's resource interface. All of it is data under `action-maps/`, generated from published
//! packages and corrected by hand, embedded in the program and decoded a service at a time.
//!
//! Two name spaces meet here. *Clients* have botocore's names (`stepfunctions`, `StartExecution`), *actions*
//! have IAM's (`states:StartExecution`); [`Operation`] leads from the first to the second.

mod action;
mod boto3_resources;
pub mod cloudtrail;
mod describe;
mod embedded;
mod managed;
mod meant;
mod names;
mod nearest;
mod require;
pub mod sdk;
mod service;
mod versions;
mod when;

/// The data files themselves, for what reads its own.
pub mod data {
    pub use super::embedded::{Folder, slots, text};
}

/// The words of boto3's resource interface.
pub mod boto3 {
    pub use super::boto3_resources::{Call, Made, Member, Param, ResourceType, Source};
}

pub use action::{
    Access, ActionInfo, ResourceType, action, actions, prefixes, reference_page, resource_type,
    resource_types,
};
pub use boto3_resources::ResourceModel;
pub use describe::{Description, Unknown, describe};
pub use managed::{ManagedPolicy, managed_policy, managed_policy_names};
pub use meant::{exists, meant};
pub use names::{find_service, fold, prefix as action_prefix};
pub use require::{
    Dependent, Need, NeededResource, Options, Requirements, dependents, is_derived, only_any, require,
    require_among, require_with,
};
pub use service::{Conditional, Operation, Service, Status, service, service_names};
pub use versions::{Package, Versions, versions};
pub use when::When;
