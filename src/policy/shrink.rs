//! Says the same in fewer characters: actions of a statement become a pattern where it matches nothing else that AWS
//! has. What AWS adds tomorrow it may match, so this is for policies that fit in no other way, and it is said.

use std::collections::BTreeSet;

use crate::model::{Action, Actions, Document, Statement};

/// The document with its lists of actions as short as they can be. `known` gives every action of a service prefix;
/// where it gives none, nothing is changed.
#[must_use]
pub fn shrink(document: &Document, known: &dyn Fn(&str) -> Vec<Action>) -> Document {
    let statements = document.statements.iter().map(|statement| match &statement.actions {
        Actions::Only(actions) => {
            Statement { actions: Actions::Only(shrunk(actions, known)), ..statement.clone() }
        }
        Actions::Except(_) => statement.clone(),
    });
    Document { statements: statements.collect(), ..document.clone() }
}

fn shrunk(actions: &[Action], known: &dyn Fn(&str) -> Vec<Action>) -> Vec<Action> {
    let mut left: BTreeSet<&Action> = actions.iter().filter(|action| !is_pattern(action)).collect();
    let mut short: Vec<Action> = actions.iter().filter(|action| is_pattern(action)).cloned().collect();
    while let Some(action) = left.pop_first() {
        let all = known(&action.service().to_ascii_lowercase());
        let found = prefixes(action.name()).find_map(|prefix| {
            let begins = |one: &&Action| begins_with(one.name(), prefix);
            let matched: Vec<&Action> = all.iter().filter(begins).collect();
            let own = |one: &&Action| *one == action || left.contains(*one);
            let is_exact = matched.len() > 1 && matched.contains(&action) && matched.iter().all(own);
            is_exact.then_some((prefix, matched))
        });
        match found {
            Some((prefix, matched)) => {
                left.retain(|one| !matched.contains(one));
                short.push(Action::new(format!("{}:{prefix}*", action.service())));
            }
            None => short.push(action.clone()),
        }
    }
    short.sort();
    short
}

fn is_pattern(action: &Action) -> bool {
    action.as_str().contains(['*', '?'])
}

fn begins_with(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

/// The beginnings of a name that end where a word does, the shortest first and the name itself last.
fn prefixes(name: &str) -> impl Iterator<Item = &str> {
    let words = name.char_indices().filter(|(at, letter)| *at > 0 && letter.is_ascii_uppercase());
    words.map(|(at, _)| &name[..at]).chain([name])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(_: &str) -> Vec<Action> {
        [
            "s3:GetObject",
            "s3:GetObjectAcl",
            "s3:GetObjectTagging",
            "s3:GetBucketAcl",
            "s3:PutObject",
            "s3:ListBucket",
        ]
        .map(Action::new)
        .to_vec()
    }

    fn short(actions: &[&str]) -> Vec<String> {
        let actions: Vec<Action> = actions.iter().map(|action| Action::new(*action)).collect();
        shrunk(&actions, &all).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_pattern_matches_what_was_asked_for_and_nothing_else() {
        let objects = ["s3:GetObject", "s3:GetObjectAcl", "s3:GetObjectTagging", "s3:PutObject"];
        assert_eq!(short(&objects), ["s3:GetObject*", "s3:PutObject"]);
        let gets = [objects[0], objects[1], objects[2], "s3:GetBucketAcl"];
        assert_eq!(short(&gets), ["s3:Get*"]);
        assert_eq!(short(&objects[..2]), ["s3:GetObject", "s3:GetObjectAcl"]);
        assert_eq!(short(&["s3:Get*", "s3:ListBucket"]), ["s3:Get*", "s3:ListBucket"]);
    }
}
