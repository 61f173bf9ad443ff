//! What documents say to one request of which everything is known: its action, its resource, and its context.
//! Policy variables stand for what the context has; one that it does not have matches nothing.

use crate::model::{Action, Actions, Document, Effect, Part, Resources, Statement, Text};
use crate::policy::condition::{Context, holds};
use crate::policy::pattern::{action_covers, covers};

/// Whether the documents together allow the request.
pub fn permits(documents: &[Document], action: &Action, resource: &Text, context: &Context) -> bool {
    let statements = || documents.iter().flat_map(|document| &document.statements);
    let applying =
        |effect| statements().any(|one| one.effect == effect && applies(one, action, resource, context));
    applying(Effect::Allow) && !applying(Effect::Deny)
}

fn applies(statement: &Statement, action: &Action, resource: &Text, context: &Context) -> bool {
    let on_action = match &statement.actions {
        Actions::Only(own) => own.iter().any(|own| action_covers(own, action)),
        Actions::Except(own) => !own.iter().any(|own| action_covers(own, action)),
    };
    let matches = |own: &Text| covers(&filled(own, context), resource);
    on_action
        && match &statement.resources {
            Some(Resources::Only(own)) => own.iter().any(matches),
            Some(Resources::Except(own)) => !own.iter().any(matches),
            None => true,
        }
        && holds(&filled_condition(statement, context), context)
}

fn filled_condition(statement: &Statement, context: &Context) -> crate::model::Condition {
    let mut condition = statement.condition.clone();
    for values in condition.values_mut().flat_map(|keys| keys.values_mut()) {
        *values = values.iter().map(|value| filled(value, context)).collect();
    }
    condition
}

/// The text with its policy variables replaced by what the context has for them, or by the default that they
/// name (`${aws:PrincipalTag/team, 'none'}`).
fn filled(text: &Text, context: &Context) -> Text {
    text.map(|part| {
        let Part::Variable(name) = part else { return part.clone().into() };
        let (key, default) = name.split_once(',').map_or((name.as_str(), None), |(k, d)| (k, Some(d)));
        let value = context.iter().find(|(own, _)| own.eq_ignore_ascii_case(key.trim()));
        match (value.map(|(_, values)| values.as_slice()), default) {
            (Some([value]), _) => Text::literal(value),
            (None | Some([]), Some(default)) => Text::literal(default.trim().trim_matches('\'')),
            _ => part.clone().into(),
        }
    })
}
