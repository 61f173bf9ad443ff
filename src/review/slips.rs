//! What a role's statements name that AWS does not have. A statement that is kept is its author's affair, and a policy
//! that is taken whole is not theirs to mend.

use super::Group;
use super::finding::Finding;
use crate::model::{Note, Resources, Rule, Statement};
use crate::policy::UNKNOWN_ACTION;
use crate::project::{Entry, Written};
use crate::role::slips;

/// Actions that do not exist are findings; what else is wrong is a note.
pub fn found(group: &Group<'_>) -> (Vec<Finding>, Vec<Note>) {
    let (mut findings, mut notes) = (Vec::new(), Vec::new());
    for (statement, written) in statements(group) {
        for slip in slips(statement) {
            if slip.rule == UNKNOWN_ACTION {
                let names: Vec<_> = group.members.iter().map(|member| member.function.name.clone()).collect();
                let actions = slip.action.into_iter().collect();
                let mut finding = Finding::new(Rule::UnknownAction, &names, actions, resources(statement));
                finding.message = format!("in the role `{}`, {}", group.role.role, slip.message);
                finding.help = slip.help;
                finding.statement = Some(written.place.clone()).filter(|place| !place.file.is_empty());
                findings.push(finding);
            } else {
                let note = Note { help: slip.help, ..Note::new(slip.rule, slip.message) };
                let place = &written.place;
                notes.push(note.at(place.file.clone(), place.line, place.column));
            }
        }
    }
    (findings, notes)
}

/// Those that a person wrote and may mend.
fn statements<'a>(group: &'a Group<'a>) -> impl Iterator<Item = (&'a Statement, &'a Written)> {
    let own = group.role.policies.iter().filter(|attached| attached.entry == Entry::Statements);
    let statements = own.flat_map(|attached| attached.document.statements.iter().zip(&attached.written));
    statements.filter(|(_, written)| !written.kept)
}

fn resources(statement: &Statement) -> String {
    let Some(Resources::Only(texts) | Resources::Except(texts)) = &statement.resources else {
        return String::new();
    };
    texts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
