//! What in a statement cannot mean what its author meant: actions that do not exist, and a wildcard under an operator
//! that takes it literally. What is dangerous is `risk.rs`'s affair.
//!
//! What exists comes from the caller, who has the catalog.

use crate::model::{Action, Actions, Effect, Part, Statement};

/// What the catalog knows.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// Whether AWS has this action, or any that the pattern stands for.
    pub exists: &'a dyn Fn(&Action) -> bool,
    /// What may have been meant by one that does not exist.
    pub meant: &'a dyn Fn(&Action) -> Option<String>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    pub rule: &'static str,
    /// The action that does not exist.
    pub action: Option<Action>,
    pub message: String,
    pub help: Option<String>,
    /// From the statement to it: `.Action[2]`.
    pub path: String,
}

/// An action that does not exist.
pub const UNKNOWN_ACTION: &str = "unknown-action";
/// A wildcard that is compared letter by letter.
pub const LITERAL_WILDCARD: &str = "literal-wildcard";

pub fn lint(statement: &Statement, known: Known) -> Vec<Slip> {
    let (key, actions) = match &statement.actions {
        Actions::Only(actions) => ("Action", actions),
        Actions::Except(actions) => ("NotAction", actions),
    };
    let mut slips = Vec::new();
    for (index, action) in actions.iter().enumerate().filter(|(_, action)| !(known.exists)(action)) {
        let nothing = if action.as_str().contains(['*', '?']) {
            format!("no action of AWS fits `{action}`")
        } else {
            format!("AWS has no action `{action}`")
        };
        let so = match (statement.effect, &statement.actions) {
            (_, Actions::Except(_)) => "excepts nothing",
            (Effect::Allow, _) => "allows nothing",
            (Effect::Deny, _) => "denies nothing",
        };
        slips.push(Slip {
            rule: UNKNOWN_ACTION,
            action: Some(action.clone()),
            message: format!("{nothing}, so the statement {so} by it"),
            help: (known.meant)(action),
            path: format!(".{key}[{index}]"),
        });
    }
    let wild = |part: &Part| matches!(part, Part::Any | Part::AnyOne);
    for (operator, keys) in &statement.condition {
        for (key, values) in keys {
            if operator.contains("StringEquals") && values.iter().any(|value| value.parts().iter().any(wild))
            {
                slips.push(Slip {
                    rule: LITERAL_WILDCARD,
                    action: None,
                    message: format!("a wildcard in `{key}` stands for itself under `{operator}`"),
                    help: Some("use `StringLike`".to_owned()),
                    path: ".Condition".to_owned(),
                });
            }
        }
    }
    slips
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::policy::parse;

    #[test]
    fn each_rule_speaks_once_and_only_where_it_applies() {
        let document = json!({"Statement": [
            {"Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjekt"], "Resource": "*"},
            {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::1:role/r",
             "Condition": {"StringEquals": {"iam:PassedToService": "*.amazonaws.com"}}},
            {"Effect": "Deny", "NotAction": "s3:Objekt*", "Resource": "*"},
            {"Effect": "Deny", "Action": "s3:DeleteObjekt", "Resource": "*"},
        ]});
        let known = Known {
            exists: &|action| !action.name().contains("Objekt"),
            meant: &|action| {
                (action.name() == "GetObjekt").then(|| "did you mean `s3:GetObject`?".to_owned())
            },
        };
        let document = parse(&document).unwrap();
        let slips = document.statements.iter().flat_map(|statement| lint(statement, known));
        let shown: Vec<_> =
            slips.map(|slip| format!("{}: {} {}", slip.rule, slip.message, slip.path)).collect();
        assert_eq!(
            shown,
            [
                "unknown-action: AWS has no action `s3:GetObjekt`, so the statement allows nothing by it .Action[1]",
                "literal-wildcard: a wildcard in `iam:PassedToService` stands for itself under `StringEquals` .Condition",
                "unknown-action: no action of AWS fits `s3:Objekt*`, so the statement excepts nothing by it .NotAction[0]",
                "unknown-action: AWS has no action `s3:DeleteObjekt`, so the statement denies nothing by it .Action[0]",
            ]
        );
    }
}
