//! What is going to happen to a role, and what is happening: the steps of a plan for people and as JSON, the lines
//! that are said while they are taken, and what a rollback will do.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::template::{self, Paint};
use super::text::note;
use crate::policy;
use crate::role::{Backup, Plan, Progress, Step};

pub fn text(plan: &Plan, paint: Paint) -> String {
    let steps = |steps: &[Step], after: usize| -> Vec<Value> {
        let numbered = steps.iter().enumerate();
        numbered
            .map(|(index, step)| json!({ "number": after + index + 1, "text": step.to_string(), "size": size(step) }))
            .collect()
    };
    template::render_painted(
        include_str!("../../templates/plan.hbs"),
        &json!({
            "name": plan.role.name,
            "arn": plan.role.arn,
            "steps": steps(&plan.steps, 0),
            "later": steps(&plan.later, plan.steps.len()),
            "blocked": plan.blocked.iter().map(note).collect::<Vec<_>>(),
            "notes": plan.notes.iter().map(note).collect::<Vec<_>>(),
        }),
        paint,
    )
}

/// `schemas/plan.schema.json`.
pub fn json(plan: &Plan) -> Value {
    let steps = |steps: &[Step]| steps.iter().map(step).collect::<Vec<_>>();
    let notes = |notes: &[crate::model::Note]| -> Vec<Value> {
        notes
            .iter()
            .map(|note| json!({ "rule": note.rule, "message": note.message, "help": note.help }))
            .collect()
    };
    json!({
        "version": 1,
        "role": { "name": plan.role.name, "arn": plan.role.arn },
        "steps": steps(&plan.steps),
        "later": steps(&plan.later),
        "blocked": notes(&plan.blocked),
        "notes": notes(&plan.notes),
    })
}

/// What undoing the first `count` steps of a backup will do, the last of them first.
pub fn undoing(backup: &Backup, count: usize) -> String {
    let mut text = format!("{}\n", backup.role.name);
    for (index, step) in backup.steps.iter().take(count).rev().enumerate() {
        let _ = writeln!(text, "  {}. {}", index + 1, undo(backup, step));
    }
    text
}

/// A line about what has just happened.
pub fn progress(progress: Progress<'_>) -> String {
    match progress {
        Progress::Saved { backup } => format!("saved the role as it is in `{}`\n", backup.display()),
        Progress::Taken { number, total, step } => format!("[{number}/{total}] {step}\n"),
        Progress::Failed { number, total, step, error } => {
            format!("[{number}/{total}] {step}: failed: {error}\n")
        }
        Progress::Undone { number, total, step } => format!("[{number}/{total}] taken back: {step}\n"),
    }
}

fn undo(backup: &Backup, step: &Step) -> String {
    match step {
        Step::PutInline { name, .. } | Step::DeleteInline { name } => {
            let verb = if backup.role.inline.contains_key(name) { "restore" } else { "delete" };
            format!("{verb} the inline policy `{name}`")
        }
        Step::Attach { arn } | Step::Detach { arn } => {
            let verb = if backup.role.attached.contains_key(arn) { "attach" } else { "detach" };
            format!("{verb} the managed policy `{}`", name(arn))
        }
        Step::CreatePolicy { arn, .. } => format!("delete the managed policy `{}`", name(arn)),
        Step::CreateVersion { arn, .. } => {
            format!(
                "return to the former default version of the managed policy `{}`, and delete the newer one",
                name(arn)
            )
        }
        Step::DeleteVersion { arn, version } => {
            format!("make version {version} of the managed policy `{}` again, under a new id", name(arn))
        }
    }
}

fn name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

fn size(step: &Step) -> Option<String> {
    let (policy, limit) = match step {
        Step::PutInline { policy, .. } => (policy, policy::INLINE_TOTAL),
        Step::CreatePolicy { policy, .. } | Step::CreateVersion { policy, .. } => (policy, policy::MANAGED),
        _ => return None,
    };
    Some(format!("{} of {limit} characters", policy.size()))
}

fn step(step: &Step) -> Value {
    let mut printed = serde_json::to_value(step).unwrap_or_default();
    if let (
        Some(printed),
        Step::PutInline { policy, .. }
        | Step::CreatePolicy { policy, .. }
        | Step::CreateVersion { policy, .. },
    ) = (printed.as_object_mut(), step)
    {
        printed.insert("policy".into(), policy.value());
    }
    printed
}
