//! The resources of many calls, generalised as they are added, so that their number stays small.
//!
//! The rule. Account, region and the name of a resource stay literal: up to 64 accounts and regions, and up to 64
//! names in each. Object keys are cut at their slashes: up to 16 different beginnings in a bucket, 8 below each of
//! those, 4 below these; deeper, or where there are more, the longest common prefix of all that was seen there
//! stands for it, followed by `*`. A prefix ends where a part of a name ends (`/ - _ . : =`).
//!
//! What is kept depends on the set of resources alone, never on their order, so two of these merge to what one would
//! have been.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::model::Text;

/// How many different continuations are kept at each depth: ARNs up to the account, names, then parts of keys.
pub(super) const KEPT: [usize; 5] = [64, 64, 16, 8, 4];

/// A set of resource patterns in the spelling of IAM: a `*` from a log is escaped, a bare one is a wildcard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Resources(Option<Node>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Node {
    /// All that is below, as one pattern.
    Cut(SmolStr),
    Open(BTreeMap<SmolStr, Node>),
}

impl Resources {
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Adds a pattern: an ARN, or `*`.
    pub fn insert(&mut self, pattern: &str) {
        let mut path = [""; KEPT.len() + 1];
        let length = split(pattern, &mut path);
        let node = self.0.get_or_insert_with(|| Node::Open(BTreeMap::new()));
        node.insert(&path[..length], 0);
    }

    pub fn merge(&mut self, other: &Self) {
        match (&mut self.0, &other.0) {
            (Some(own), Some(other)) => own.merge(other, 0),
            (own @ None, Some(other)) => *own = Some(other.clone()),
            (_, None) => {}
        }
    }

    /// The patterns, sorted. One that others cover stands beside them only where it was seen so.
    pub fn patterns(&self) -> Vec<Text> {
        let mut found = Vec::new();
        if let Some(node) = &self.0 {
            node.collect(&mut String::new(), &mut found);
        }
        found.sort_unstable();
        found.dedup();
        found.iter().map(|pattern| Text::parse_pattern(pattern)).collect()
    }
}

impl Node {
    fn insert(&mut self, path: &[&str], depth: usize) {
        match self {
            Self::Cut(pattern) => {
                // The common case of a busy bucket: what is there covers it already.
                let mut rest = path.iter().flat_map(|part| part.bytes());
                let prefix = pattern.trim_end_matches('*');
                let covered =
                    prefix.len() < pattern.len() && prefix.bytes().all(|byte| rest.next() == Some(byte));
                if !covered {
                    *pattern = generalise(pattern, &path.concat());
                }
            }
            Self::Open(children) => {
                let (first, rest) = path.split_first().map_or(("", path), |(first, rest)| (*first, rest));
                if let Some(child) = children.get_mut(first) {
                    child.insert(rest, depth + 1);
                } else {
                    children.insert(first.into(), Self::leaf(rest, depth + 1));
                    self.settle(depth);
                }
            }
        }
    }

    /// A node that holds one path.
    fn leaf(path: &[&str], depth: usize) -> Self {
        match path.split_first() {
            Some((first, rest)) if depth < KEPT.len() => {
                Self::Open(BTreeMap::from([((*first).into(), Self::leaf(rest, depth + 1))]))
            }
            _ => Self::Cut(path.concat().into()),
        }
    }

    fn merge(&mut self, other: &Self, depth: usize) {
        match (&mut *self, other) {
            (Self::Open(own), Self::Open(other)) => {
                for (name, child) in other {
                    match own.get_mut(name) {
                        Some(node) => node.merge(child, depth + 1),
                        None => {
                            own.insert(name.clone(), child.clone());
                        }
                    }
                }
                self.settle(depth);
            }
            (own, other) => {
                let whole = match (own.whole(), other.whole()) {
                    (Some(own), Some(other)) => generalise(&own, &other),
                    (one, other) => one.or(other).unwrap_or_default(),
                };
                *own = Self::Cut(whole);
            }
        }
    }

    /// Cuts the node where it has too many continuations.
    fn settle(&mut self, depth: usize) {
        let limit = KEPT.get(depth).copied().unwrap_or(0);
        if matches!(self, Self::Open(children) if children.len() > limit) {
            *self = Self::Cut(self.whole().unwrap_or_default());
        }
    }

    /// One pattern for all that is below.
    fn whole(&self) -> Option<SmolStr> {
        match self {
            Self::Cut(pattern) => Some(pattern.clone()),
            Self::Open(children) => children
                .iter()
                .filter_map(|(name, child)| Some(SmolStr::from(format!("{name}{}", child.whole()?))))
                .reduce(|one, other| generalise(&one, &other)),
        }
    }

    fn collect(&self, prefix: &mut String, into: &mut Vec<String>) {
        match self {
            Self::Cut(pattern) => into.push(complete(&format!("{prefix}{}", rounded(pattern)))),
            Self::Open(children) => {
                for (name, child) in children {
                    let length = prefix.len();
                    prefix.push_str(name);
                    child.collect(prefix, into);
                    prefix.truncate(length);
                }
            }
        }
    }
}

/// Cuts an ARN after its account; in S3 after the bucket and the first slashes of the key too.
fn split<'a>(pattern: &'a str, path: &mut [&'a str; KEPT.len() + 1]) -> usize {
    let mut colons = pattern.bytes().enumerate().filter(|(_, byte)| *byte == b':').map(|(at, _)| at + 1);
    let Some(at) = colons.nth(4).filter(|_| pattern.starts_with("arn:")) else {
        path[0] = pattern;
        return 1;
    };
    let (head, mut rest) = pattern.split_at(at);
    path[0] = head;
    let mut length = 1;
    if head.ends_with(":s3:::") {
        while length < KEPT.len()
            && let Some(slash) = rest.find('/')
        {
            (path[length], rest) = rest.split_at(slash + 1);
            length += 1;
        }
    }
    path[length] = rest;
    length + 1
}

/// The narrowest pattern of a prefix and `*` that covers both; either itself where they are equal.
fn generalise(one: &str, other: &str) -> SmolStr {
    if one == other {
        return one.into();
    }
    let (one, other) = (strip(one), strip(other));
    let mut length = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    while !one.is_char_boundary(length) {
        length -= 1;
    }
    let mut common = &one[..length];
    // An escape that is not whole is none.
    if let Some(open) = common.rfind("${")
        && !common[open..].contains('}')
    {
        common = &common[..open];
    }
    format!("{}*", strip(common)).into()
}

/// Without the wildcards at the end, nor a dollar that what follows could give another meaning. The star of an
/// escape is followed by a brace.
fn strip(pattern: &str) -> &str {
    pattern.trim_end_matches(['*', '$'])
}

/// A prefix that ends inside a name ends before that name.
fn rounded(pattern: &str) -> String {
    let prefix = pattern.trim_end_matches('*');
    if prefix.len() == pattern.len() {
        return pattern.to_owned();
    }
    let end = prefix.rfind(['/', '-', '_', '.', ':', '=']).map_or(0, |at| at + 1);
    format!("{}*", &prefix[..end])
}

/// A pattern that was cut before the resource's name begins is an ARN of any such resource.
fn complete(pattern: &str) -> String {
    let colons = pattern.matches(':').count();
    if !pattern.starts_with("arn:") || !pattern.ends_with('*') || colons >= 5 {
        return pattern.to_owned();
    }
    format!("{pattern}{}", ":*".repeat(5 - colons))
}
