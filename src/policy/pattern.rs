//! Matching as IAM does it, between two patterns: does one match everything that the other matches
//! ([`covers`]), and is there anything that both match ([`overlaps`]).
//!
//! Action patterns are compared without regard to case, the service prefix and the name each on its own.
//! Resources are compared with regard to case. The rule for ARNs, after "IAM JSON policy elements: Resource":
//! in the first five segments a wildcard stays inside its segment, except a `*` that ends its segment, which
//! "can expand to match beyond the colon boundaries"; in the resource part wildcards match colons and
//! slashes like any other character.
//!
//! Symbolic parts (`Ref`, parameters, policy variables …) are opaque: only the same part, or a `*`, covers one.

use std::collections::{BTreeSet, HashSet};

use crate::model::{Action, Part, Pseudo, Resource, Text};

/// States that [`covers`] looks at before it gives up and says no, the answer that drops nothing. Only
/// patterns with a dozen `?` after a `*` come near.
const STATES: usize = 4096;

/// A resource, in one spelling or in several, that may include another.
pub trait Covers {
    /// Whether everything that `other` matches is matched by `self`.
    fn covers(&self, other: &Self) -> bool;
}

impl Covers for Text {
    fn covers(&self, other: &Self) -> bool {
        covers(self, other)
    }
}

/// A resource covers another only when it does so in both spellings: two tables without a name have one
/// pattern, and are still two.
impl Covers for Resource {
    fn covers(&self, other: &Self) -> bool {
        covers(&self.symbolic, &other.symbolic) && covers(&self.pattern, &other.pattern)
    }
}

/// Whether every string that the resource pattern `b` matches is matched by `a`.
pub fn covers(a: &Text, b: &Text) -> bool {
    a == b || (!is_fixed(a) && may_begin_alike(a, b) && includes(&resource_tokens(a), &resource_tokens(b)))
}

/// Whether the literals that two texts begin with agree as far as both go. Most pairs of resources already
/// differ there, and comparing them costs nothing.
fn may_begin_alike(a: &Text, b: &Text) -> bool {
    a.leading_literal().bytes().zip(b.leading_literal().bytes()).all(|(a, b)| a == b)
}

/// Whether some string may be matched by both resource patterns. Opaque parts may be anything.
pub fn overlaps(a: &Text, b: &Text) -> bool {
    meet(&resource_tokens(a), &resource_tokens(b))
}

/// Whether every action that the pattern `b` matches is matched by `a`.
pub fn action_covers(a: &Action, b: &Action) -> bool {
    may_name_alike(a, b) && (a == b || (a.as_str().contains(['*', '?']) && by_halves(a, b, includes)))
}

/// Whether some action is matched by both patterns.
pub fn action_overlaps(a: &Action, b: &Action) -> bool {
    may_name_alike(a, b) && (a == b || by_halves(a, b, meet))
}

/// Whether two actions agree as far as both are spelled out, which most pairs do not.
fn may_name_alike(a: &Action, b: &Action) -> bool {
    for (a, b) in a.as_str().bytes().zip(b.as_str().bytes()) {
        if matches!(a, b'*' | b'?') || matches!(b, b'*' | b'?') {
            return true;
        }
        if !a.eq_ignore_ascii_case(&b) {
            return false;
        }
    }
    true
}

/// Compares service with service and name with name; a lone `*` is every action of every service.
fn by_halves(a: &Action, b: &Action, compare: fn(&[Token], &[Token]) -> bool) -> bool {
    let halves = |action: &Action| match action.as_str().split_once(':') {
        Some((service, name)) => (action_tokens(service), action_tokens(name)),
        None if action.as_str() == "*" => (action_tokens("*"), action_tokens("*")),
        None => (Vec::new(), action_tokens(action.as_str())),
    };
    let ((service_a, name_a), (service_b, name_b)) = (halves(a), halves(b));
    compare(&service_a, &service_b) && compare(&name_a, &name_b)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Token<'a> {
    Char(char),
    /// A letter in either case; written in lower case here.
    Fold(char),
    Opaque(&'a Part),
    /// `?`; whether it also takes a colon.
    One {
        colon: bool,
    },
    /// `*`; whether it also takes colons.
    Many {
        colon: bool,
    },
}

/// One letter of a word that a pattern may match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Letter<'a> {
    /// None is a letter that occurs in no pattern.
    Char(Option<char>),
    Opaque(&'a Part),
}

impl Token<'_> {
    pub(super) fn takes(self, letter: Letter) -> bool {
        match (self, letter) {
            (Self::Char(own), Letter::Char(other)) => Some(own) == other,
            (Self::Fold(own), Letter::Char(other)) => other.is_some_and(|other| folded(other) == own),
            (Self::One { colon } | Self::Many { colon }, Letter::Char(other)) => colon || other != Some(':'),
            (Self::Opaque(own), Letter::Opaque(other)) => own == other,
            (Self::Many { colon }, Letter::Opaque(part)) => colon || has_no_colon(part),
            (Self::Char(_) | Self::Fold(_) | Self::One { .. }, Letter::Opaque(_))
            | (Self::Opaque(_), Letter::Char(_)) => false,
        }
    }
}

/// The letter that stands for both cases.
pub(super) fn folded(letter: char) -> char {
    letter.to_lowercase().next().unwrap_or(letter)
}

fn has_no_colon(part: &Part) -> bool {
    matches!(part, Part::Pseudo(pseudo) if *pseudo != Pseudo::StackId)
}

pub(super) fn is_fixed(text: &Text) -> bool {
    !text.parts().iter().any(|part| matches!(part, Part::Any | Part::AnyOne | Part::Unknown))
}

fn action_tokens(half: &str) -> Vec<Token<'static>> {
    let token = |letter: char| match letter {
        '*' => Token::Many { colon: true },
        '?' => Token::One { colon: true },
        _ => Token::Char(letter.to_ascii_lowercase()),
    };
    half.chars().map(token).collect()
}

/// A whole action pattern, its prefix and its name joined by the colon that no wildcard of the prefix crosses.
pub(super) fn whole_action_tokens(action: &str) -> Vec<Token<'static>> {
    let (service, name) = match action.split_once(':') {
        Some(halves) => halves,
        None if action == "*" => ("*", "*"),
        None => ("", action),
    };
    let inside = |token| match token {
        Token::One { .. } => Token::One { colon: false },
        Token::Many { .. } => Token::Many { colon: false },
        other => other,
    };
    let service = action_tokens(service).into_iter().map(inside);
    service.chain([Token::Char(':')]).chain(action_tokens(name)).collect()
}

/// A pattern in which wildcards match every character, colons too.
pub(super) fn plain_tokens(text: &Text) -> Vec<Token<'_>> {
    tokens(text, 5)
}

pub(super) fn resource_tokens(text: &Text) -> Vec<Token<'_>> {
    // What does not begin as a literal ARN has no segments that are known to us.
    tokens(text, if text.leading_literal().starts_with("arn:") { 0 } else { 5 })
}

/// `colons` of the five that end the first segments of an ARN are already behind.
fn tokens(text: &Text, mut colons: usize) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for (index, part) in text.parts().iter().enumerate() {
        let free = colons >= 5;
        match part {
            Part::Literal(literal) => {
                colons += literal.matches(':').count();
                tokens.extend(literal.chars().map(Token::Char));
            }
            Part::AnyOne => tokens.push(Token::One { colon: free }),
            Part::Any | Part::Unknown => {
                let ends_segment = match text.parts().get(index + 1) {
                    None => true,
                    Some(Part::Literal(next)) => next.starts_with(':'),
                    Some(_) => false,
                };
                tokens.push(Token::Many { colon: free || ends_segment });
            }
            opaque => tokens.push(Token::Opaque(opaque)),
        }
    }
    tokens
}

/// Language inclusion, by walking `b` as an automaton while keeping the set of positions that `a` may be in.
fn includes(a: &[Token], b: &[Token]) -> bool {
    let letters: BTreeSet<Option<char>> = a
        .iter()
        .filter_map(|token| if let Token::Char(letter) = token { Some(Some(*letter)) } else { None })
        .chain([Some(':'), None])
        .collect();
    let start = (0, Positions::start(a));
    let mut seen = HashSet::from([start.clone()]);
    let mut open = vec![start];
    while let Some((at, positions)) = open.pop() {
        let Some(&token) = b.get(at) else {
            if positions.at_end(a) {
                continue;
            }
            return false;
        };
        let mut next = Vec::new();
        match token {
            Token::Char(letter) => next.push((at + 1, positions.step(a, Letter::Char(Some(letter))))),
            Token::Fold(letter) => {
                let cases = [Some(letter), letter.to_uppercase().next()];
                next.extend(cases.map(|case| (at + 1, positions.step(a, Letter::Char(case)))));
            }
            Token::Opaque(part) => next.push((at + 1, positions.step(a, Letter::Opaque(part)))),
            Token::One { .. } | Token::Many { .. } => {
                let many = matches!(token, Token::Many { .. });
                let after = if many { at } else { at + 1 };
                let taken =
                    letters.iter().map(|letter| Letter::Char(*letter)).filter(|letter| token.takes(*letter));
                next.extend(taken.map(|letter| (after, positions.step(a, letter))));
                if many {
                    next.push((at + 1, positions));
                }
            }
        }
        for state in next {
            // What is left of `b` matches something, and `a` has nowhere to be.
            if state.1.is_empty() || seen.len() > STATES {
                return false;
            }
            if seen.insert(state.clone()) {
                open.push(state);
            }
        }
    }
    true
}

/// The positions in a pattern that are possible after some word, in ascending order.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Positions(Vec<usize>);

impl Positions {
    fn start(pattern: &[Token]) -> Self {
        Self::closed(pattern, [0].into())
    }

    fn step(&self, pattern: &[Token], letter: Letter) -> Self {
        let mut next = BTreeSet::new();
        for &at in &self.0 {
            if let Some(token) = pattern.get(at)
                && token.takes(letter)
            {
                next.insert(if matches!(token, Token::Many { .. }) { at } else { at + 1 });
            }
        }
        Self::closed(pattern, next)
    }

    /// Adds what is reached by matching `*` with nothing. Positions before a `*` that takes everything say
    /// nothing more than that `*` does, and without them the sets stay few.
    fn closed(pattern: &[Token], mut positions: BTreeSet<usize>) -> Self {
        let mut reached: Vec<usize> = positions.iter().copied().collect();
        while let Some(at) = reached.pop() {
            if matches!(pattern.get(at), Some(Token::Many { .. })) && positions.insert(at + 1) {
                reached.push(at + 1);
            }
        }
        let floor =
            positions.iter().rev().find(|at| matches!(pattern.get(**at), Some(Token::Many { colon: true })));
        let floor = floor.copied().unwrap_or(0);
        Self(positions.range(floor..).copied().collect())
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn at_end(&self, pattern: &[Token]) -> bool {
        self.0.last() == Some(&pattern.len())
    }
}

/// Whether two patterns have a word in common.
fn meet(a: &[Token], b: &[Token]) -> bool {
    let mut seen = HashSet::new();
    let mut open = vec![(0, 0)];
    while let Some((i, j)) = open.pop() {
        if !seen.insert((i, j)) {
            continue;
        }
        let (left, right) = (a.get(i).copied().map(loosened), b.get(j).copied().map(loosened));
        if left.is_none() && right.is_none() {
            return true;
        }
        let many = |token: Option<Token>| matches!(token, Some(Token::Many { .. }));
        if many(left) {
            open.push((i + 1, j));
        }
        if many(right) {
            open.push((i, j + 1));
        }
        if let (Some(left), Some(right)) = (left, right)
            && shared_letter(left, right)
        {
            open.push((i + usize::from(!many(Some(left))), j + usize::from(!many(Some(right)))));
        }
    }
    false
}

/// What an opaque part stands for is not known, so it may be anything.
fn loosened(token: Token) -> Token {
    if matches!(token, Token::Opaque(_)) { Token::Many { colon: true } } else { token }
}

fn shared_letter(left: Token, right: Token) -> bool {
    match (left, right) {
        (Token::Char(letter), other) | (other, Token::Char(letter)) => {
            other.takes(Letter::Char(Some(letter)))
        }
        (Token::Fold(left), Token::Fold(right)) => left == right,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Shape;

    fn pattern(text: &str) -> Text {
        Text::parse_pattern(text)
    }

    #[test]
    fn a_star_stays_in_its_segment_unless_it_ends_it() {
        let cases = [
            ("arn:aws:sqs:*:*:q", "arn:aws:sqs:eu-west-1:1:q", true),
            ("arn:aws:sqs:eu-*-1:1:q", "arn:aws:sqs:eu-west-1:1:q", true),
            ("arn:aws:sqs:eu-*-1:1:q", "arn:aws:sqs:eu-west:x-1:1:q", false),
            ("arn:aws:sqs:eu?1:1:q", "arn:aws:sqs:eu:1:1:q", false),
            ("arn:aws:dynamodb:*:table/t", "arn:aws:dynamodb:eu-west-1:1:table/t", true),
            ("arn:aws:*:x*y:1:q", "arn:aws:x:xay:z:xby:1:q", true),
            ("arn:aws:s3:*", "arn:aws:s3:::b/k", true),
            ("arn:aws:s3:::b/*/k", "arn:aws:s3:::b/x:y/z/k", true),
            ("arn:aws:s3:::b/?k", "arn:aws:s3:::b/:k", true),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b", false),
            ("arn:aws:s3:::B", "arn:aws:s3:::b", false),
        ];
        for (a, b, expected) in cases {
            assert_eq!(covers(&pattern(a), &pattern(b)), expected, "{a} covers {b}");
        }
    }

    #[test]
    fn patterns_that_say_the_same_cover_each_other() {
        for (a, b) in [("*?", "?*"), ("a*?*", "a?*"), ("?*", "*x*"), ("??*", "*x*y*")] {
            assert!(covers(&pattern(a), &pattern(b)), "{a} covers {b}");
        }
        assert!(!covers(&pattern("*x*"), &pattern("?*")));
    }

    #[test]
    fn an_escaped_wildcard_is_a_character() {
        assert!(covers(&pattern("a*"), &pattern("a${*}")));
        assert!(!covers(&pattern("a${*}"), &pattern("a*")));
        assert!(!covers(&pattern("a${*}"), &pattern("ab")));
    }

    #[test]
    fn a_symbolic_part_is_covered_by_itself_and_by_a_star() {
        let table = |id: &str| {
            Text::from(Part::Resource { id: id.into(), attribute: Some("Arn".into()), shape: Shape::Arn })
        };
        let under = |text: Text, tail: &str| text.then(&pattern(tail));
        assert!(covers(&under(table("A"), "/index/*"), &under(table("A"), "/index/by:date")));
        assert!(!covers(&under(table("A"), "/*"), &under(table("B"), "/x")));
        assert!(!covers(&under(table("A"), "*"), &Text::any()));
        assert!(!covers(&pattern("??*"), &table("A")), "its length is not known");
        assert!(covers(&Text::any(), &table("A")));
        assert!(overlaps(&table("A"), &table("B")), "they may be one resource");
        let queue_in = |part: Part| pattern("arn:aws:sqs:").then(&part.into()).then(&pattern("-1:1:q"));
        assert!(covers(&pattern("arn:aws:sqs:*-1:1:q"), &queue_in(Part::Pseudo(Pseudo::Region))));
        assert!(
            !covers(&pattern("arn:aws:sqs:*-1:1:q"), &queue_in(Part::Parameter("P".into()))),
            "it may hold a colon"
        );
    }

    #[test]
    fn actions_ignore_case_and_wildcards_stop_at_the_prefix() {
        let cases = [
            ("s3:get*", "S3:GetObject", true),
            ("*", "s3:GetObject", true),
            ("*:*", "s3:GetObject", true),
            ("s3:*", "s3:Get*", true),
            ("s*", "s3:GetObject", false),
            ("s3:Get*", "s3:*", false),
            ("s3:Get?bject", "s3:GetObject", true),
        ];
        for (a, b, expected) in cases {
            assert_eq!(action_covers(&Action::new(a), &Action::new(b)), expected, "{a} covers {b}");
        }
        assert!(action_overlaps(&Action::new("s3:Get*"), &Action::new("s3:*Object")));
        assert!(!action_overlaps(&Action::new("s3:Get*"), &Action::new("s3:Put*")));
    }

    #[test]
    fn a_hostile_pattern_ends() {
        let hostile = format!("*a{}", "?".repeat(60));
        assert!(!covers(&pattern(&hostile), &pattern("*b")));
        assert!(!covers(&pattern(&format!("{}b", "*a".repeat(60))), &pattern(&"*a".repeat(200))));
    }

    /// Every word over `ab:` up to five letters.
    fn words() -> Vec<String> {
        let mut words = vec![String::new()];
        let mut last = words.clone();
        for _ in 0..5 {
            last = last
                .iter()
                .flat_map(|word| ["a", "b", ":"].map(|letter| format!("{word}{letter}")))
                .collect();
            words.extend(last.iter().cloned());
        }
        words
    }

    /// The textbook matcher for one word, written apart from what it checks.
    fn matches(pattern: &[u8], word: &[u8]) -> bool {
        match (pattern.first(), word.first()) {
            (None, None) => true,
            (Some(b'*'), _) => {
                matches(&pattern[1..], word) || (!word.is_empty() && matches(pattern, &word[1..]))
            }
            (Some(b'?'), Some(_)) => matches(&pattern[1..], &word[1..]),
            (Some(own), Some(letter)) => own == letter && matches(&pattern[1..], &word[1..]),
            _ => false,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        // The patterns have at most three letters that take room, so a difference shows in five; `b` stands
        // for every letter that `a` does not name.
        #[test]
        fn covers_is_inclusion_of_what_is_matched(a in "[a*?]{0,4}", b in "[a*?]{0,4}") {
            let words = words();
            let of = |pattern: &str| -> Vec<bool> {
                words.iter().map(|word| matches(pattern.as_bytes(), word.as_bytes())).collect()
            };
            let (in_a, in_b) = (of(&a), of(&b));
            let included = in_a.iter().zip(&in_b).all(|(a, b)| *a || !*b);
            let met = in_a.iter().zip(&in_b).any(|(a, b)| *a && *b);
            prop_assert_eq!(covers(&pattern(&a), &pattern(&b)), included);
            prop_assert_eq!(overlaps(&pattern(&a), &pattern(&b)), met);
        }
    }
}
