//! The four ways to name a function: `name`, `name:qualifier`, `account:function:name` and the ARN.

use super::{Formed, Scope};
use crate::model::{Part, Text};

pub fn function(value: &Text, scope: &Scope) -> Formed {
    if value.is_arn() {
        return Formed::Whole(value.clone());
    }
    let parts = value.parts();
    let (account, rest) = match parts {
        [Part::Literal(text), ..] => match text.split_once(":function:") {
            Some((account, rest)) => (Text::literal(account), rest),
            None => return Formed::Segment(value.clone()),
        },
        [account, Part::Literal(text), ..] => match text.strip_prefix(":function:") {
            Some(rest) => (account.clone().into(), rest),
            None => return Formed::Segment(value.clone()),
        },
        _ => return Formed::Segment(value.clone()),
    };
    let consumed = if matches!(parts[0], Part::Literal(_)) { 1 } else { 2 };
    let mut arn = scope.arn("lambda", &scope.region, &account);
    arn.push_str("function:");
    arn.push_str(rest);
    parts[consumed..].iter().for_each(|part| arn.push(part.clone()));
    Formed::Whole(arn)
}
