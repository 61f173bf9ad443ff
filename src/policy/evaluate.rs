//! What a document says to a request. A request may itself be a pattern (a grant is): it is allowed only when
//! one statement allows all that it stands for, and denied as soon as some of it is.
//!
//! A request's condition is what is known of its context. Principals are not read: the document is taken to
//! apply to whoever asks.

use super::condition::{compatible, implies};
use super::pattern::{action_covers, action_overlaps, covers, overlaps};
use crate::model::{Action, Actions, Condition, Document, Effect, Resources, Statement, Text};

#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub action: &'a Action,
    pub resource: &'a Text,
    pub condition: &'a Condition,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Allowed,
    /// Allowed, but a `Deny` may apply in some contexts, or to some of what the request stands for.
    Contested,
    /// A `Deny` applies to all of it.
    Denied,
    /// No statement allows it.
    Absent,
}

pub fn decide(document: &Document, request: Request) -> Decision {
    let of = |effect| document.statements.iter().filter(move |statement| statement.effect == effect);
    if of(Effect::Deny).any(|statement| includes(statement, request)) {
        return Decision::Denied;
    }
    if !of(Effect::Allow).any(|statement| includes(statement, request)) {
        return Decision::Absent;
    }
    if of(Effect::Deny).any(|statement| touches(statement, request)) {
        Decision::Contested
    } else {
        Decision::Allowed
    }
}

/// Whether the statement applies to all that the request stands for.
fn includes(statement: &Statement, Request { action, resource, condition }: Request) -> bool {
    let on_action = match &statement.actions {
        Actions::Only(actions) => actions.iter().any(|own| action_covers(own, action)),
        Actions::Except(actions) => !actions.iter().any(|own| action_overlaps(own, action)),
    };
    let on_resource = match &statement.resources {
        Some(Resources::Only(resources)) => resources.iter().any(|own| covers(own, resource)),
        Some(Resources::Except(resources)) => !resources.iter().any(|own| overlaps(own, resource)),
        None => true,
    };
    on_action && on_resource && implies(condition, &statement.condition)
}

/// Whether the statement may apply to some of what the request stands for.
fn touches(statement: &Statement, Request { action, resource, condition }: Request) -> bool {
    let on_action = match &statement.actions {
        Actions::Only(actions) => actions.iter().any(|own| action_overlaps(own, action)),
        Actions::Except(actions) => !actions.iter().any(|own| action_covers(own, action)),
    };
    let on_resource = match &statement.resources {
        Some(Resources::Only(resources)) => resources.iter().any(|own| overlaps(own, resource)),
        Some(Resources::Except(resources)) => !resources.iter().any(|own| covers(own, resource)),
        None => true,
    };
    on_action && on_resource && compatible(condition, &statement.condition)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::policy::parse;

    fn decision(document: &serde_json::Value, action: &str, resource: &str) -> Decision {
        let (action, resource) = (Action::new(action), Text::parse_pattern(resource));
        let document = parse(document).expect("a well-formed policy");
        decide(&document, Request { action: &action, resource: &resource, condition: &Condition::new() })
    }

    #[test]
    fn deny_wins_over_allow() {
        let document = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"},
            {"Effect": "Deny", "NotAction": "s3:Get*", "Resource": "arn:aws:s3:::b/secret/*"},
        ]});
        assert_eq!(decision(&document, "s3:GetObject", "arn:aws:s3:::b/secret/k"), Decision::Allowed);
        assert_eq!(decision(&document, "s3:PutObject", "arn:aws:s3:::b/secret/k"), Decision::Denied);
        assert_eq!(decision(&document, "s3:PutObject", "arn:aws:s3:::b/*"), Decision::Contested);
        assert_eq!(decision(&document, "s3:PutObject", "arn:aws:s3:::b/open/k"), Decision::Allowed);
        assert_eq!(decision(&document, "sqs:SendMessage", "arn:aws:s3:::b/k"), Decision::Absent);
    }

    #[test]
    fn everything_except_is_not_what_is_excepted() {
        let document = json!({"Statement":
            {"Effect": "Allow", "NotAction": ["iam:*"], "NotResource": "arn:aws:s3:::private*"}});
        assert_eq!(decision(&document, "s3:GetObject", "arn:aws:s3:::open/k"), Decision::Allowed);
        assert_eq!(decision(&document, "s3:GetObject", "arn:aws:s3:::*"), Decision::Absent);
        assert_eq!(decision(&document, "iam:PassRole", "arn:aws:s3:::open/k"), Decision::Absent);
    }

    #[test]
    fn a_conditional_allow_needs_its_condition() {
        let document = json!({"Statement": [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": true}}}]});
        assert_eq!(decision(&document, "kms:Decrypt", "*"), Decision::Absent);
        let secure: Condition =
            [("Bool".into(), [("aws:SecureTransport".into(), [Text::literal("true")].into())].into())].into();
        let (action, resource) = (Action::new("kms:Decrypt"), Text::any());
        let document = parse(&document).expect("a well-formed policy");
        let request = Request { action: &action, resource: &resource, condition: &secure };
        assert_eq!(decide(&document, request), Decision::Allowed);
    }
}
