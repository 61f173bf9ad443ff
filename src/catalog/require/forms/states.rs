//! Step Functions: the executions of a state machine, from the machine's ARN.

use super::{Formed, Scope};
use crate::model::{Part, Shape, Text};

/// `…:stateMachine:NAME`, with or without a version, → `…:execution:NAME:*`. Of an ARN that says no name, any.
pub fn executions(value: &Text, _: &Scope) -> Formed {
    if let Some(Part::Resource { id, shape: Shape::Arn, .. }) = value.as_part() {
        let name = Part::Resource { id: id.clone(), attribute: Some("Name".into()), shape: Shape::Name };
        return Formed::Segment(of(&name.into()));
    }
    match value.split_once(":stateMachine:") {
        Some((head, machine)) if value.is_arn() => {
            let name = machine.split_once(":").map_or(machine.clone(), |(name, _)| name);
            let mut arn = head;
            arn.push_str(":execution:");
            Formed::Whole(arn.then(&of(&name)))
        }
        _ => Formed::Segment(Text::any()),
    }
}

fn of(name: &Text) -> Text {
    let mut executions = name.clone();
    executions.push_str(":");
    executions.push(Part::Any);
    executions
}
