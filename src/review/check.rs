//! The present state: every function against its role, and every role against the functions that have it.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::ground::Ground;
use super::{Finding, Group, Member, excess, finding, needs, silence, slips};
use crate::analysis::Analysis;
use crate::config::{Config, Date};
use crate::model::Note;
use crate::project::{Choices, Function};

/// What was found, before anything is said of a change.
#[derive(Debug, Default)]
pub struct Checked {
    /// In the order in which they are reported, with fingerprints.
    pub findings: Vec<Finding>,
    pub suppressed: usize,
    pub notes: Vec<Note>,
}

/// `choices` are those that the analysis was made with.
pub fn check(analysis: &Analysis, choices: &Choices, config: &Config, today: Date) -> Checked {
    let ground = Ground { project: &analysis.project, choices };
    let members: Vec<Member<'_>> = analysis
        .project
        .functions
        .iter()
        .zip(&analysis.functions)
        .map(|(function, analysed)| Member { function, analysed })
        .filter(|member| !config.of_function(&member.function.name).skip)
        .collect();
    let mut notes = notes(analysis, &members, config);
    let mut findings: Vec<Finding> =
        members.iter().flat_map(|member| needs::findings(*member, ground)).collect();
    for group in groups(&members) {
        let (misspelt, noted) = slips::found(&group);
        findings.extend(misspelt);
        notes.extend(noted);
        let left_out = sharing(&analysis.left_out, &group);
        if left_out.is_empty() {
            findings.extend(excess::findings(&group, ground));
        } else {
            let message = format!(
                "the role `{}` is also that of {}, so what is too much in it was not told",
                group.role.role,
                left_out.join(", ")
            );
            notes.push(Note::new("shared-role", message).help("check all the functions that share the role"));
        }
        if group.members.len() > 1 {
            let place = &group.members[0].function.place;
            let message = format!(
                "the role `{}` is that of {} functions; each may do what any of them needs",
                group.role.role,
                group.members.len()
            );
            let note = Note::new("shared-role", message).help("give each function a role of its own");
            notes.push(note.at(place.file.clone(), place.line, place.column));
        }
    }
    findings.extend(silence::expired(config, today));
    let suppressed = silence::apply(&mut findings, config, today);
    finding::finish(&mut findings);
    notes.sort();
    notes.dedup();
    Checked { findings, suppressed, notes }
}

/// The roles, each with its functions.
fn groups<'a>(members: &[Member<'a>]) -> Vec<Group<'a>> {
    let mut groups: BTreeMap<&SmolStr, Group<'a>> = BTreeMap::new();
    for member in members {
        let Some(role) = &member.function.current else { continue };
        let group = groups.entry(&role.role).or_insert_with(|| Group { role, members: Vec::new() });
        group.members.push(*member);
    }
    groups.into_values().collect()
}

/// Functions that were not analysed and have the group's role.
fn sharing<'a>(left_out: &'a [Function], group: &Group<'_>) -> Vec<&'a str> {
    let same =
        |function: &&Function| function.current.as_ref().is_some_and(|role| role.role == group.role.role);
    left_out.iter().filter(same).map(|function| function.name.as_str()).collect()
}

fn notes(analysis: &Analysis, members: &[Member<'_>], config: &Config) -> Vec<Note> {
    let mut notes = analysis.notes.clone();
    for Member { function, analysed } in members {
        notes.extend(analysed.notes.iter().cloned().map(|note| match note.rule {
            "role-elsewhere" => {
                note.help("`scopedown tighten` compares with it: `--current FILE`, or `--role NAME` in AWS")
            }
            _ => note,
        }));
        let said = analysed.notes.iter().any(|note| matches!(note.rule, "role-elsewhere" | "no-role"));
        let place = &function.place;
        if function.current.is_some() {
            continue;
        }
        if let Some(role) = config.of_function(&function.name).role {
            let message =
                format!("the role of `{}` is `{role}`, which is not in the template", function.name);
            let help = "`scopedown tighten` compares the function with it, in AWS or from `--current FILE`";
            let note = Note::new("configured-role", message).help(help);
            notes.push(note.at(place.file.clone(), place.line, place.column));
        } else if !said {
            let message =
                format!("the role of `{}` is not known here, so there is nothing to compare", function.name);
            notes.push(Note::new("no-role", message).at(place.file.clone(), place.line, place.column));
        }
    }
    notes
}
