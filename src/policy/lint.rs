//! What is suspicious in a document: actions that do not exist, `*` where an action can be scoped, a wildcard
//! under an operator that takes it literally, and the risks of `risk.rs`.
//!
//! What exists comes from the caller, who has the catalog. `Deny` statements are not weighed against what is
//! allowed: a warning too many is the safe direction.

use super::risk::risks_held;
use crate::model::{Action, Actions, Document, Effect, Note, Part, Resources, Statement, Text};

/// What the catalog knows.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// Whether AWS has this action; not asked for patterns.
    pub action: &'a dyn Fn(&Action) -> bool,
    /// Whether it can be allowed on less than `*`.
    pub scoped: &'a dyn Fn(&Action) -> bool,
}

pub fn lint(document: &Document, known: Known) -> Vec<Note> {
    let mut notes: Vec<Note> =
        document.statements.iter().flat_map(|one| lint_statement(one, known)).collect();
    notes.extend(risks_of(document));
    notes.sort();
    notes.dedup();
    notes
}

fn lint_statement(statement: &Statement, known: Known) -> Vec<Note> {
    let mut notes = Vec::new();
    let (Actions::Only(actions) | Actions::Except(actions)) = &statement.actions;
    let exact = actions.iter().filter(|action| !action.as_str().contains(['*', '?']));
    for action in exact.filter(|action| !(known.action)(action)) {
        notes.push(Note::new("unknown-action", format!("`{action}` is no action that the catalog knows")));
    }
    if allows_on_all(statement) {
        for action in actions.iter().filter(|action| (known.scoped)(action)) {
            let message = format!("`{action}` is allowed on every resource, and can be scoped");
            notes.push(Note::new("wildcard-resource", message));
        }
    }
    let wild = |part: &Part| matches!(part, Part::Any | Part::AnyOne | Part::Unknown);
    for (operator, keys) in &statement.condition {
        for (key, values) in keys {
            if operator.contains("StringEquals") && values.iter().any(|value| value.parts().iter().any(wild))
            {
                let message = format!("a wildcard in `{key}` stands for itself under `{operator}`");
                notes.push(Note::new("literal-wildcard", message).help("use `StringLike`"));
            }
        }
    }
    notes
}

fn allows_on_all(statement: &Statement) -> bool {
    statement.effect == Effect::Allow
        && matches!(statement.actions, Actions::Only(_))
        && matches!(&statement.resources, Some(Resources::Only(all)) if all.iter().any(Text::is_wildcard))
}

fn risks_of(document: &Document) -> impl Iterator<Item = Note> {
    risks_held(std::slice::from_ref(document)).map(|risk| {
        Note::new(risk.kind.name(), format!("`{}` can {}", risk.actions.join("` with `"), risk.what))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::policy::parse;

    #[test]
    fn each_rule_speaks_once_and_only_where_it_applies() {
        let document = json!({"Statement": [
            {"Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjekt", "s3:ListAllMyBuckets"], "Resource": "*"},
            {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::1:role/r",
             "Condition": {"StringEquals": {"iam:PassedToService": "*.amazonaws.com"}}},
            {"Effect": "Allow", "Action": "lambda:Create*", "Resource": "arn:aws:lambda:eu-west-1:1:function:f"},
            {"Effect": "Deny", "Action": "ec2:RunInstances", "Resource": "*"},
        ]});
        let known = Known {
            action: &|action| action.name() != "GetObjekt",
            scoped: &|action| action.name() == "GetObject",
        };
        let notes = lint(&parse(&document).unwrap(), known);
        let shown: Vec<_> = notes.iter().map(|note| format!("{}: {}", note.rule, note.message)).collect();
        assert_eq!(
            shown,
            [
                "literal-wildcard: a wildcard in `iam:PassedToService` stands for itself under `StringEquals`",
                "privilege-escalation: `iam:PassRole` with `lambda:CreateFunction` can run code with any role that Lambda may assume",
                "unknown-action: `s3:GetObjekt` is no action that the catalog knows",
                "wildcard-resource: `s3:GetObject` is allowed on every resource, and can be scoped",
            ]
        );
    }
}
