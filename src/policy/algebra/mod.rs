//! The algebra of whole documents: what one side allows and another does not ([`difference`]), what both allow
//! ([`intersection`]), whether one allows all that another does ([`covers_documents`]) or the same
//! ([`equivalent`]), and how a single permission stands to documents ([`allowed`], [`unneeded`]). A side is any
//! number of documents that apply together: what one of them allows and none of them denies.
//!
//! The complement of a pattern is no pattern, so what is left after subtracting is in general no policy. The
//! answer is therefore a list of [`Region`]s: a pair of action and resource of a statement as it stands there,
//! how much of it is meant ([`Extent`]), and always a [`Witness`], one request that shows it. Cut down to where
//! the witnesses are, `difference` and `intersection` of `a` and `b` add up to `a`.
//!
//! Decisions are exact over actions, resources and conditions together: the patterns' automata are walked for
//! every combination that the statements can tell apart. Where that would be too many (the bounds stand in
//! [`words`](super::words) and in `condition/solve.rs`), and where an answer hangs on something opaque, the region
//! is reported and its witness says what it assumes. So an empty answer is a proof.
//!
//! Principals are not read; a statement without `Resource` is taken to be on all of them.

mod permits;
mod search;
mod side;

use smol_str::SmolStr;

use super::condition::Context;
use super::minimise::Permission;
use crate::model::{Action, Condition, Document, Text};
pub use permits::permits;
use search::{Search, Wanted, search};
use side::{Cell, Side};

/// Where witnesses are taken from, so that they name what AWS has. Neither is needed for an answer.
#[derive(Clone, Copy)]
pub struct Examples<'a> {
    /// The actions that a pattern matches, as AWS spells them.
    pub actions: &'a dyn Fn(&Action) -> Vec<Action>,
    /// Patterns of the resources that an action has, those that read best first.
    pub resources: &'a dyn Fn(&Action) -> Vec<Text>,
}

impl Examples<'_> {
    /// For who knows nothing of AWS.
    pub const NONE: Examples<'static> = Examples { actions: &|_| Vec::new(), resources: &|_| Vec::new() };
}

/// A statement of a side, both counted from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At {
    pub document: usize,
    pub statement: usize,
}

/// How much of a region is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Extent {
    Whole,
    /// Something, and the rest is not.
    Part,
}

/// A request that is in one side and not in the other (or in both, for an intersection).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Witness {
    pub action: Action,
    /// Whether AWS has the action today; else it stands for one that may come.
    pub known: bool,
    /// Without wildcards; references and policy variables stay what they are.
    pub resource: Text,
    /// What the request must bring for the two sides to differ; a key with no value must be absent.
    pub context: Context,
    /// What must be so of things that are not understood, in words. Empty where the answer is certain.
    pub assuming: Vec<SmolStr>,
}

/// One action pattern of a statement on one of its resource patterns, less what the statement excepts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Region {
    pub at: At,
    /// `*` for `NotAction`.
    pub action: Action,
    pub not_actions: Vec<Action>,
    /// `*` for `NotResource`.
    pub resource: Text,
    pub not_resources: Vec<Text>,
    pub condition: Condition,
    pub extent: Extent,
    pub witness: Witness,
    /// The statements of the other side that apply to some of it.
    pub meets: Vec<At>,
}

/// How a permission stands to documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    Fully,
    /// Not this, though other parts.
    Partly(Witness),
    /// Not this, and no other part.
    No(Witness),
}

/// What `old` allows and `new` does not.
pub fn difference(old: &[Document], new: &[Document], examples: Examples) -> Vec<Region> {
    regions(&Side::of(old), &Side::of(new), Wanted::Lost, examples)
}

/// What both allow, as parts of the statements of `one`.
pub fn intersection(one: &[Document], other: &[Document], examples: Examples) -> Vec<Region> {
    regions(&Side::of(one), &Side::of(other), Wanted::Kept, examples)
}

/// Whether `wide` allows all that `narrow` does; else a request that it does not.
pub fn covers_documents(wide: &[Document], narrow: &[Document]) -> Result<(), Witness> {
    let (wide, narrow) = (Side::of(wide), Side::of(narrow));
    let lost = |cell| match search(&cell, &narrow.denies, &wide, Wanted::Lost, Examples::NONE) {
        Search::Found(witness) => Some(witness),
        Search::Nothing => None,
    };
    narrow.cells().find_map(lost).map_or(Ok(()), Err)
}

/// Whether both allow the same; else a request that one of them does not.
pub fn equivalent(one: &[Document], other: &[Document]) -> Result<(), Witness> {
    covers_documents(one, other).and_then(|()| covers_documents(other, one))
}

/// Whether the documents allow all of a permission, some of it, or nothing.
pub fn allowed(documents: &[Document], wanted: &Permission<Text>, examples: Examples) -> Allowed {
    let side = Side::of(documents);
    let cell = Cell::wanted(wanted);
    match search(&cell, &[], &side, Wanted::Lost, examples) {
        Search::Nothing => Allowed::Fully,
        Search::Found(witness) => match search(&cell, &[], &side, Wanted::Kept, examples) {
            Search::Nothing => Allowed::No(witness),
            Search::Found(_) => Allowed::Partly(witness),
        },
    }
}

/// What the documents allow and none of the permissions asks for: a whole region is not needed at all, a part
/// is wider than what is.
pub fn unneeded(documents: &[Document], wanted: &[Permission<Text>], examples: Examples) -> Vec<Region> {
    regions(&Side::of(documents), &Side::wanted(wanted), Wanted::Lost, examples)
}

fn regions(one: &Side, other: &Side, wanted: Wanted, examples: Examples) -> Vec<Region> {
    let opposite = match wanted {
        Wanted::Lost => Wanted::Kept,
        Wanted::Kept => Wanted::Lost,
    };
    let region = |cell: Cell| {
        let Search::Found(witness) = search(&cell, &one.denies, other, wanted, examples) else { return None };
        let extent = match search(&cell, &one.denies, other, opposite, examples) {
            Search::Found(_) => Extent::Part,
            Search::Nothing => Extent::Whole,
        };
        Some(Region {
            at: cell.at,
            action: cell.action.clone(),
            not_actions: cell.not_actions.to_vec(),
            resource: cell.resource.clone(),
            not_resources: cell.not_resources.to_vec(),
            condition: cell.condition.clone(),
            extent,
            witness,
            meets: other.meeting(&cell),
        })
    };
    let mut found: Vec<Region> = one.cells().filter_map(region).collect();
    found.sort();
    found.dedup();
    found
}
