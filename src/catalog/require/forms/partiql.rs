//! The table, the index and the verb of a `PartiQL` statement, as far as its text is known. Only what stands
//! before the first clause is read; a statement whose beginning is not known may be any of the four verbs.

use super::{Formed, Scope};
use crate::model::{Part, Text};

pub fn select(value: &Text, _: &Scope) -> Formed {
    formed(value, Verb::Select)
}

pub fn insert(value: &Text, _: &Scope) -> Formed {
    formed(value, Verb::Insert)
}

pub fn update(value: &Text, _: &Scope) -> Formed {
    formed(value, Verb::Update)
}

pub fn delete(value: &Text, _: &Scope) -> Formed {
    formed(value, Verb::Delete)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Select,
    Insert,
    Update,
    Delete,
}

fn formed(statement: &Text, wanted: Verb) -> Formed {
    let words = words(statement);
    let Some(verb) = words.iter().find_map(verb_of) else { return Formed::Perhaps(Text::any()) };
    if verb != wanted {
        return Formed::Skip;
    }
    let before_table = match verb {
        Verb::Select | Verb::Delete => "FROM",
        Verb::Insert => "INTO",
        Verb::Update => "UPDATE",
    };
    let at = words.iter().position(|word| word.is_keyword(before_table));
    let Some(table) = at.and_then(|at| words.get(at + 1)) else { return Formed::Segment(Text::any()) };
    let mut resource = table.name.clone();
    let index = at.and_then(|at| words.get(at + 2)).filter(|word| word.after_dot && verb == Verb::Select);
    if let Some(index) = index {
        resource.push_str("/index/");
        resource.append(&index.name);
    }
    if table.name.is_arn() { Formed::Whole(resource) } else { Formed::Segment(resource) }
}

fn verb_of(word: &Word) -> Option<Verb> {
    [("SELECT", Verb::Select), ("INSERT", Verb::Insert), ("UPDATE", Verb::Update), ("DELETE", Verb::Delete)]
        .into_iter()
        .find_map(|(keyword, verb)| word.is_keyword(keyword).then_some(verb))
}

/// The tables that a query of another dialect reads: `DATABASE/table/TABLE` for every qualified name after `FROM` or
/// `JOIN`. Names without a database are of the query's own making. None where the text does not show them.
pub fn tables(query: &Text) -> Option<Vec<Text>> {
    let words = words(query);
    let mut tables = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if !word.is_keyword("FROM") && !word.is_keyword("JOIN") {
            continue;
        }
        let (Some(database), next) = (words.get(at + 1), words.get(at + 2)) else { return None };
        match next.filter(|next| next.after_dot) {
            Some(table) => {
                let mut named = database.name.clone();
                named.push_str("/table/");
                tables.push(named.then(&table.name));
            }
            // One opaque value may hold both names.
            None if database.name.as_literal().is_none() => return None,
            None => {}
        }
    }
    tables.sort();
    tables.dedup();
    (!tables.is_empty()).then_some(tables)
}

/// A keyword or an identifier, which may be partly unknown.
#[derive(Default)]
struct Word {
    name: Text,
    quoted: bool,
    after_dot: bool,
}

impl Word {
    fn is_keyword(&self, keyword: &str) -> bool {
        !self.quoted && self.name.as_literal().is_some_and(|text| text.eq_ignore_ascii_case(keyword))
    }
}

fn words(statement: &Text) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word = Word::default();
    let mut in_quotes = false;
    for part in statement.parts() {
        let Part::Literal(text) = part else {
            word.name.push(part.clone());
            continue;
        };
        for character in text.chars() {
            match character {
                '"' if in_quotes => {
                    in_quotes = false;
                    finish(&mut word, &mut words);
                }
                '"' => {
                    finish(&mut word, &mut words);
                    in_quotes = true;
                    word.quoted = true;
                }
                '.' if !in_quotes => {
                    finish(&mut word, &mut words);
                    word.after_dot = true;
                }
                character if in_quotes || character.is_alphanumeric() || "_-:/".contains(character) => {
                    word.name.push_str(character.encode_utf8(&mut [0; 4]));
                }
                _ => finish(&mut word, &mut words),
            }
        }
    }
    finish(&mut word, &mut words);
    words
}

fn finish(word: &mut Word, words: &mut Vec<Word>) {
    if word.name.is_empty() {
        return;
    }
    words.push(std::mem::take(word));
}
