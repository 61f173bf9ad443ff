//! One line of a condition block: an operator, a key and values. Reads it, and says of the values that a request
//! has for the key whether they meet it.

use smol_str::SmolStr;

use super::amount;
use crate::model::{Condition, Part, Text};
use crate::policy::pattern::{Letter, Token, folded, plain_tokens, resource_tokens};
use crate::policy::words;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Exact,
    /// Without regard to case.
    Folded,
    Like,
    Arn,
    Bool,
    Number(Order),
    Date(Order),
    Address,
    /// Whether the key is absent.
    Null,
    /// Not understood.
    Opaque,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// How the values of a key that has several are taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Among {
    All,
    Any,
}

#[derive(Clone, Debug)]
pub struct Test<'a> {
    pub operator: &'a str,
    pub key: &'a str,
    pub among: Option<Among>,
    pub kind: Kind,
    pub negated: bool,
    if_exists: bool,
    /// What is understood.
    pub values: Vec<&'a Text>,
    /// What is not: values with variables or references in them.
    pub opaque: Vec<&'a Text>,
}

impl<'a> Test<'a> {
    pub fn all_of(condition: &'a Condition) -> Vec<Self> {
        let lines = condition.iter().flat_map(|(operator, keys)| {
            keys.iter().map(move |(key, values)| Self::new(operator, key, values.iter()))
        });
        lines.collect()
    }

    fn new(operator: &'a str, key: &'a str, values: impl Iterator<Item = &'a Text>) -> Self {
        let lower = operator.to_ascii_lowercase();
        let (among, name) = match lower.split_once(':') {
            Some(("forallvalues", name)) => (Some(Among::All), name),
            Some(("foranyvalue", name)) => (Some(Among::Any), name),
            _ => (None, lower.as_str()),
        };
        let (name, if_exists) = name.strip_suffix("ifexists").map_or((name, false), |name| (name, true));
        let (mut kind, negated) = kind_of(name);
        let (opaque, values): (Vec<_>, Vec<_>) = values.partition(|value| is_opaque(value));
        let understood = values.iter().all(|value| match kind {
            Kind::Number(_) => amount::number(&literal(value)).is_some(),
            Kind::Date(_) => amount::date(&literal(value)).is_some(),
            Kind::Address => amount::block(&literal(value)).is_some(),
            _ => true,
        });
        if !understood || (kind == Kind::Null && !opaque.is_empty()) {
            kind = Kind::Opaque;
        }
        Self { operator, key, among, kind, negated, if_exists, values, opaque }
    }

    /// Whether two tests say the same of the same key.
    pub fn same(&self, other: &Self) -> bool {
        self.operator.eq_ignore_ascii_case(other.operator)
            && self.key.eq_ignore_ascii_case(other.key)
            && self.values == other.values
            && self.opaque == other.opaque
    }

    /// Whether nothing of the test is understood, so that it holds or not as one. Which value of several a
    /// variable equals cannot be told apart.
    pub fn is_opaque(&self) -> bool {
        self.kind == Kind::Opaque || (self.among.is_some() && !self.opaque.is_empty())
    }

    /// Whether a request with these values for the key (none: without the key) meets the test. `opaque` is
    /// whether what is not understood matches.
    pub fn truth(&self, values: &[SmolStr], opaque: bool) -> bool {
        if self.kind == Kind::Opaque {
            return opaque;
        }
        if self.kind == Kind::Null {
            let absent = if values.is_empty() { "true" } else { "false" };
            return self.values.iter().any(|value| literal(value).eq_ignore_ascii_case(absent));
        }
        if values.is_empty() {
            return match self.among {
                // `IfExists` changes neither: with no value, all of them meet the test, and none does.
                Some(Among::All) => true,
                Some(Among::Any) => false,
                None => self.if_exists || self.negated,
            };
        }
        if self.is_opaque() {
            return opaque;
        }
        let meets = |value: &SmolStr| (opaque || self.matches(value)) != self.negated;
        match self.among {
            Some(Among::All) => values.iter().all(meets),
            Some(Among::Any) => values.iter().any(meets),
            // A key with several values needs to be told how they are taken together.
            None => values.len() == 1 && values.iter().all(meets),
        }
    }

    /// Whether one of the values that are understood matches.
    fn matches(&self, value: &str) -> bool {
        match self.kind {
            Kind::Number(order) => self.compares(order, value, amount::number),
            Kind::Date(order) => self.compares(order, value, amount::date),
            Kind::Address => amount::block(value).is_some_and(|(six, first, last)| {
                let blocks = self.values.iter().filter_map(|own| amount::block(&literal(own)));
                let mut around = blocks.filter(|own| own.0 == six);
                around.any(|(_, from, to)| from <= first && last <= to)
            }),
            _ => {
                let word: Vec<Letter> = value.chars().map(|c| Letter::Char(Some(c))).collect();
                self.patterns().iter().any(|pattern| words::matches(pattern, &word))
            }
        }
    }

    fn compares(&self, order: Order, value: &str, read: fn(&str) -> Option<f64>) -> bool {
        let Some(value) = read(value) else { return false };
        self.values.iter().filter_map(|own| read(&literal(own))).any(|own| match order {
            Order::Equal => value.total_cmp(&own).is_eq(),
            Order::Less => value < own,
            Order::LessOrEqual => value <= own,
            Order::Greater => value > own,
            Order::GreaterOrEqual => value >= own,
        })
    }

    /// The values of an operator that compares text.
    pub fn patterns(&self) -> Vec<Vec<Token<'a>>> {
        let pattern = |value: &&'a Text| match self.kind {
            Kind::Exact => literal(value).chars().map(Token::Char).collect(),
            Kind::Folded | Kind::Bool => literal(value).chars().map(|c| Token::Fold(folded(c))).collect(),
            Kind::Like => plain_tokens(value),
            Kind::Arn => arn_tokens(value),
            _ => Vec::new(),
        };
        self.values.iter().map(pattern).collect()
    }

    /// Numbers, dates: where the answer changes.
    pub fn thresholds(&self) -> Vec<f64> {
        let read = match self.kind {
            Kind::Number(_) => amount::number,
            Kind::Date(_) => amount::date,
            _ => return Vec::new(),
        };
        self.values.iter().filter_map(|value| read(&literal(value))).collect()
    }

    pub fn blocks(&self) -> Vec<(bool, u128, u128)> {
        self.values.iter().filter_map(|value| amount::block(&literal(value))).collect()
    }
}

fn kind_of(name: &str) -> (Kind, bool) {
    match name {
        "stringequals" | "binaryequals" => (Kind::Exact, false),
        "stringnotequals" => (Kind::Exact, true),
        "stringequalsignorecase" => (Kind::Folded, false),
        "stringnotequalsignorecase" => (Kind::Folded, true),
        "stringlike" => (Kind::Like, false),
        "stringnotlike" => (Kind::Like, true),
        "arnequals" | "arnlike" => (Kind::Arn, false),
        "arnnotequals" | "arnnotlike" => (Kind::Arn, true),
        "bool" => (Kind::Bool, false),
        "numericequals" => (Kind::Number(Order::Equal), false),
        "numericnotequals" => (Kind::Number(Order::Equal), true),
        "numericlessthan" => (Kind::Number(Order::Less), false),
        "numericlessthanequals" => (Kind::Number(Order::LessOrEqual), false),
        "numericgreaterthan" => (Kind::Number(Order::Greater), false),
        "numericgreaterthanequals" => (Kind::Number(Order::GreaterOrEqual), false),
        "dateequals" => (Kind::Date(Order::Equal), false),
        "datenotequals" => (Kind::Date(Order::Equal), true),
        "datelessthan" => (Kind::Date(Order::Less), false),
        "datelessthanequals" => (Kind::Date(Order::LessOrEqual), false),
        "dategreaterthan" => (Kind::Date(Order::Greater), false),
        "dategreaterthanequals" => (Kind::Date(Order::GreaterOrEqual), false),
        "ipaddress" => (Kind::Address, false),
        "notipaddress" => (Kind::Address, true),
        "null" => (Kind::Null, false),
        _ => (Kind::Opaque, false),
    }
}

fn is_opaque(value: &Text) -> bool {
    let known = |part: &Part| matches!(part, Part::Literal(_) | Part::Any | Part::AnyOne | Part::Unknown);
    !value.parts().iter().all(known)
}

/// The value as it stands, its wildcards as the characters they are under every operator but `Like` and `Arn`.
fn literal(value: &Text) -> String {
    value.to_string()
}

/// In each of the first five segments of an ARN, a wildcard of `ArnLike` stays inside.
fn arn_tokens(value: &Text) -> Vec<Token<'_>> {
    let mut tokens = resource_tokens(value);
    if value.leading_literal().starts_with("arn:") {
        let mut colons = 0;
        for token in &mut tokens {
            match token {
                Token::Char(':') => colons += 1,
                Token::Many { colon } | Token::One { colon } => *colon = colons >= 5,
                _ => {}
            }
        }
    }
    tokens
}
