//! The classes of words that a set of patterns tells apart: for each class, which of the patterns match it, and
//! a shortest word that shows it. This is the product of the patterns' automata, walked breadth first, so it is
//! exact; it is bounded, and says when the bound was reached.
//!
//! Everything that is compared in the algebra (actions, resources, values of condition keys) is compared here.

use std::collections::{HashMap, VecDeque};
use std::ops::ControlFlow;

use smol_str::SmolStr;

use super::pattern::{Letter, Token, folded};
use crate::model::Text;

/// States of the product that are looked at for one question.
const STATES: usize = 20_000;

/// Letters for "any other", the most readable first.
const OTHERS: &str = "xyzabcdefghijklmnopqrstuvw0123456789XYZABCDEFGHIJKLMNOPQRSTUVW-_";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Walk {
    /// Every class was seen, or the visitor had enough.
    Whole,
    /// There may be classes that were not seen.
    Bounded,
}

/// Told which of the patterns match, and a word.
pub(super) type Visit<'v, 'a> = &'v mut dyn FnMut(&[bool], &[Letter<'a>]) -> ControlFlow<()>;

/// A position in a pattern.
type At = (u16, u16);

/// Calls `visit` once for each class of words that `within` matches: which of `patterns` match, and a word.
pub(super) fn classes<'a>(within: &[Token<'a>], patterns: &[Vec<Token<'a>>], visit: Visit<'_, 'a>) -> Walk {
    let all: Vec<&[Token<'a>]> = std::iter::once(within).chain(patterns.iter().map(Vec::as_slice)).collect();
    let Ok(count) = u16::try_from(all.len()) else { return Walk::Bounded };
    if all.iter().any(|one| one.len() >= usize::from(u16::MAX)) {
        return Walk::Bounded;
    }
    let start = closed(&all, (0..count).map(|pattern| (pattern, 0)).collect());
    let mut states: Vec<Vec<At>> = vec![start.clone()];
    let mut from: Vec<Option<(usize, Letter<'a>)>> = vec![None];
    let mut number = HashMap::from([(start, 0)]);
    let mut open = VecDeque::from([0]);
    let mut seen = std::collections::HashSet::new();
    while let Some(index) = open.pop_front() {
        let state = states[index].clone();
        if at_end(&all, &state, 0) {
            let matched: Vec<bool> = (1..count).map(|pattern| at_end(&all, &state, pattern)).collect();
            if seen.insert(matched.clone()) && visit(&matched, &word(&from, index)).is_break() {
                return Walk::Whole;
            }
        }
        for letter in letters(&all, &state) {
            let next = step(&all, &state, letter);
            if next.first().is_none_or(|at| at.0 != 0) || number.contains_key(&next) {
                continue;
            }
            if states.len() >= STATES {
                return Walk::Bounded;
            }
            number.insert(next.clone(), states.len());
            open.push_back(states.len());
            states.push(next);
            from.push(Some((index, letter)));
        }
    }
    Walk::Whole
}

/// The pattern with something for every `*`: what it matches reads better.
pub(super) fn filled<'a>(pattern: &[Token<'a>]) -> Vec<Token<'a>> {
    let fill = |token: &Token<'a>| match *token {
        Token::Many { colon } => vec![Token::One { colon }, Token::Many { colon }],
        other => vec![other],
    };
    pattern.iter().flat_map(fill).collect()
}

/// Whether the pattern matches the word.
pub(super) fn matches(pattern: &[Token], word: &[Letter]) -> bool {
    // Most patterns differ from most words in what they begin with.
    let mut leading = pattern.iter().zip(word);
    if leading
        .by_ref()
        .take_while(|(token, _)| matches!(token, Token::Char(_)))
        .any(|(token, letter)| !token.takes(*letter))
    {
        return false;
    }
    let all = [pattern];
    let mut state = closed(&all, vec![(0, 0)]);
    for letter in word {
        state = step(&all, &state, *letter);
        if state.is_empty() {
            return false;
        }
    }
    at_end(&all, &state, 0)
}

/// The word as a text: characters are literal.
pub(super) fn text_of(word: &[Letter]) -> Text {
    let mut text = Text::default();
    let mut literal = String::new();
    for letter in word {
        match letter {
            Letter::Char(Some(c)) => literal.push(*c),
            Letter::Char(None) => {}
            Letter::Opaque(part) => {
                text.push_str(&std::mem::take(&mut literal));
                text.push((*part).clone());
            }
        }
    }
    text.push_str(&literal);
    text
}

pub(super) fn string_of(word: &[Letter]) -> SmolStr {
    text_of(word).to_string().into()
}

fn word<'a>(from: &[Option<(usize, Letter<'a>)>], mut index: usize) -> Vec<Letter<'a>> {
    let mut word = Vec::new();
    while let Some((before, letter)) = from[index] {
        word.push(letter);
        index = before;
    }
    word.reverse();
    word
}

/// One letter for each way to go on: those that some pattern names here, and one that none does.
fn letters<'a>(all: &[&[Token<'a>]], state: &[At]) -> Vec<Letter<'a>> {
    let (mut named, mut opaque) = (Vec::new(), Vec::new());
    let (mut other, mut colon) = (false, false);
    for &(pattern, at) in state {
        match all[usize::from(pattern)].get(usize::from(at)) {
            Some(Token::Char(letter)) => named.push(*letter),
            Some(Token::Fold(letter)) => {
                named.push(*letter);
                named.extend(letter.to_uppercase().next());
            }
            Some(Token::Opaque(part)) => opaque.push(Letter::Opaque(part)),
            Some(Token::One { colon: free } | Token::Many { colon: free }) => {
                other = true;
                colon |= !free;
            }
            None => {}
        }
    }
    if colon {
        named.push(':');
    }
    named.sort_unstable();
    named.dedup();
    opaque.sort_unstable();
    opaque.dedup();
    let is_other =
        |letter: &char| !named.contains(letter) && !named.iter().any(|one| folded(*one) == *letter);
    let other = other.then(|| OTHERS.chars().find(is_other).unwrap_or('\u{a1}'));
    let letters = other.into_iter().chain(named.iter().copied());
    letters.map(|letter| Letter::Char(Some(letter))).chain(opaque).collect()
}

fn step(all: &[&[Token]], state: &[At], letter: Letter) -> Vec<At> {
    let mut next = Vec::with_capacity(state.len());
    for &(pattern, at) in state {
        let Some(token) = all[usize::from(pattern)].get(usize::from(at)) else { continue };
        if token.takes(letter) {
            next.push((pattern, if matches!(token, Token::Many { .. }) { at } else { at + 1 }));
        }
    }
    closed(all, next)
}

/// Adds what is reached by matching `*` with nothing, and leaves out positions before a `*` that takes
/// everything: they say nothing more than it does.
fn closed(all: &[&[Token]], mut state: Vec<At>) -> Vec<At> {
    let mut done = 0;
    while let Some(&(pattern, at)) = state.get(done) {
        if let Some(Token::Many { .. }) = all[usize::from(pattern)].get(usize::from(at)) {
            state.push((pattern, at + 1));
        }
        done += 1;
    }
    state.sort_unstable();
    state.dedup();
    let takes_all = |&(pattern, at): &At| {
        matches!(all[usize::from(pattern)].get(usize::from(at)), Some(Token::Many { colon: true }))
    };
    let mut kept: Vec<At> = Vec::with_capacity(state.len());
    let mut floor: Option<At> = None;
    for at in state.into_iter().rev() {
        if floor.is_some_and(|(pattern, _)| pattern == at.0) {
            continue;
        }
        if takes_all(&at) {
            floor = Some(at);
        }
        kept.push(at);
    }
    kept.reverse();
    kept
}

fn at_end(all: &[&[Token]], state: &[At], pattern: u16) -> bool {
    let end = u16::try_from(all[usize::from(pattern)].len()).unwrap_or(u16::MAX);
    state.binary_search(&(pattern, end)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pattern::plain_tokens;

    fn shown(within: &str, patterns: &[&str]) -> Vec<String> {
        let texts: Vec<Text> = patterns.iter().map(|pattern| Text::parse_pattern(pattern)).collect();
        let within = Text::parse_pattern(within);
        let patterns: Vec<_> = texts.iter().map(plain_tokens).collect();
        let mut found = Vec::new();
        let walk = classes(&plain_tokens(&within), &patterns, &mut |matched, word| {
            let bits: String = matched.iter().map(|one| if *one { '1' } else { '0' }).collect();
            found.push(format!("{bits} {}", string_of(word)));
            ControlFlow::Continue(())
        });
        assert_eq!(walk, Walk::Whole);
        found
    }

    #[test]
    fn every_class_has_a_shortest_word() {
        assert_eq!(shown("*", &["a*", "*b"]), ["00 ", "10 a", "01 b", "11 ab"]);
        assert_eq!(shown("a?*", &["a*", "ab", "a*c"]), ["100 ax", "110 ab", "101 ac"]);
        assert_eq!(shown("x", &["*x*", "?", "y"]), ["110 x"]);
        assert_eq!(shown("??", &["?*", "*?", "*"]), ["111 xx"]);
    }

    #[test]
    fn an_endless_question_is_given_up() {
        let hostile = Text::parse_pattern(&format!("*a{}", "?".repeat(40)));
        let within = Text::any();
        let walk =
            classes(&plain_tokens(&within), &[plain_tokens(&hostile)], &mut |_, _| ControlFlow::Continue(()));
        assert_eq!(walk, Walk::Bounded);
    }
}
