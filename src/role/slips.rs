//! What in a role's policies names nothing that AWS has. Of AWS's own policies nothing is said: nobody here can mend
//! them, and they name actions of services that are gone.

use super::{Owner, PolicyText, Role};
use crate::catalog;
use crate::model::{Action, Note, Statement};
use crate::policy::{self, Known, Slip, action_covers};

/// Whether AWS has the action, or any that the pattern stands for.
pub fn exists(action: &Action) -> bool {
    let (service, name) = (action.service(), action.name());
    // What stands for all services stands for some action.
    if !name.contains(['*', '?']) || (service.is_empty() && action.as_str() != "*") {
        return catalog::exists(action);
    }
    let service = service.to_ascii_lowercase();
    service.is_empty()
        || service.contains(['*', '?'])
        || catalog::actions(&service).any(|info| action_covers(action, &info.action))
}

/// What is wrong with a statement.
pub fn slips(statement: &Statement) -> Vec<Slip> {
    policy::lint(statement, Known { exists: &exists, meant: &catalog::meant })
}

/// What is wrong with the statements of a role's own policies.
pub fn notes(role: &Role) -> Vec<Note> {
    let own = role.attached.values().chain(role.boundary.iter().map(|boundary| &boundary.policy));
    let own = own.filter(|attached| attached.owner == Owner::Customer);
    let managed =
        own.filter_map(|attached| Some((format!("`{}`", attached.name), attached.policy.as_ref()?)));
    let inline = role.inline.iter().map(|(name, policy)| (format!("`{name}`"), policy));
    inline.chain(managed).flat_map(|(name, policy)| of_policy(&name, policy)).collect()
}

fn of_policy(name: &str, policy: &PolicyText) -> Vec<Note> {
    let mut notes = Vec::new();
    for (index, statement) in
        policy.document().iter().flat_map(|document| document.statements.iter().enumerate())
    {
        for slip in slips(statement) {
            let called = match &statement.sid {
                Some(sid) => format!("statement `{sid}` of the policy {name}"),
                None => format!("statement {} of the policy {name}", index + 1),
            };
            let note =
                Note { help: slip.help, ..Note::new(slip.rule, format!("{called}: {}", slip.message)) };
            notes.push(match policy.place(&format!(".Statement[{index}]{}", slip.path)) {
                Some((file, line)) => note.at(file, line, 0),
                None => note,
            });
        }
    }
    notes
}
