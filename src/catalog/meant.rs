//! Whether an action exists, and what was probably meant by one that does not: the action that the operation of that
//! name needs, the service under its own prefix, or a word that is few letters away.

use super::nearest::nearest;
use super::{action, actions, find_service, names, prefixes, service, service_names};
use crate::model::Action;

/// Whether AWS has an action of this name. An operation that is newer than the authorization reference is taken to have
/// one of its own name.
pub fn exists(one: &Action) -> bool {
    action(one).is_some()
        || clients(one.service()).filter_map(service).any(|client| {
            let operation = client.operation(one.name());
            operation.is_some_and(|operation| operation.actions.contains(one))
        })
}

/// What to write instead, as a sentence.
pub fn meant(one: &Action) -> Option<String> {
    let (prefix, name) = (one.service().to_ascii_lowercase(), one.name());
    if prefix.is_empty() {
        return Some("an action has its service in front: `s3:GetObject`".to_owned());
    }
    if actions(&prefix).next().is_some() {
        if let Some(needed) = needed(&prefix, name) {
            return Some(format!("the operation `{name}` needs {needed}"));
        }
        let near = nearest(name, actions(&prefix).map(|info| info.action.name()));
        return near.first().map(|name| format!("did you mean `{prefix}:{name}`?"));
    }
    let own = find_service(&prefix).and_then(names::prefix).map(smol_str::SmolStr::as_str);
    let own = own.or_else(|| nearest(&prefix, prefixes()).first().copied())?;
    let better = Action::new(format!("{own}:{name}"));
    Some(if exists(&better) {
        format!("did you mean `{better}`?")
    } else {
        format!("did you mean the prefix `{own}`?")
    })
}

/// The actions that the operation of that name needs.
fn needed(prefix: &str, name: &str) -> Option<String> {
    let operation = clients(prefix).filter_map(service).find_map(|client| client.operation(name))?;
    // Where the input decides between several, the first is the usual one.
    let usual = operation.conditional.first().map(|conditional| &conditional.action);
    let always = operation.actions.iter();
    let needed: Vec<&Action> =
        if operation.actions.is_empty() { usual.into_iter().collect() } else { always.collect() };
    let needed: Vec<String> = needed.into_iter().map(|action| format!("`{action}`")).collect();
    (!needed.is_empty()).then(|| needed.join(" and "))
}

/// The clients whose actions have the prefix.
fn clients(prefix: &str) -> impl Iterator<Item = &'static str> {
    let prefix = prefix.to_ascii_lowercase();
    service_names().filter(move |name| names::prefix(name).is_some_and(|own| *own == prefix.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_exist_has_a_better_word() {
        for (written, better) in [
            ("s3:GetObjekt", "did you mean `s3:GetObject`?"),
            ("s3:ListObjectsV2", "the operation `ListObjectsV2` needs `s3:ListBucket`"),
            ("s3:HeadObject", "the operation `HeadObject` needs `s3:GetObject`"),
            ("lambda:Invoke", "the operation `Invoke` needs `lambda:InvokeFunction`"),
            ("stepfunctions:StartExecution", "did you mean `states:StartExecution`?"),
            ("dynamobd:GetItem", "did you mean `dynamodb:GetItem`?"),
            ("GetObject", "an action has its service in front: `s3:GetObject`"),
        ] {
            let action = Action::new(written);
            assert!(!exists(&action), "{written}");
            assert_eq!(meant(&action).as_deref(), Some(better), "{written}");
        }
        assert_eq!(meant(&Action::new("dynamodb:Xyzzy")), None);
        for known in ["s3:getobject", "S3:GetObject", "dynamodb:PartiQLSelect", "iam:PassRole"] {
            assert!(exists(&Action::new(known)), "{known}");
        }
    }
}
