//! Looks for one request in a cell that one side allows and the other does not, or that both allow.
//!
//! First the action: every class of actions that the statements tell apart, those that AWS has first. For each
//! the resource, in the same way, over the statements that apply to that action. For each pair the conditions of
//! the statements that apply to it. The first request found is the answer.

use std::cell::Cell as Flag;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::ops::ControlFlow;

use smol_str::{SmolStr, format_smolstr};

use super::side::{Cell, List, Rule, Side};
use super::{Examples, Witness};
use crate::model::{Action, Condition, Part, Text};
use crate::policy::condition::{Answer, Clause, Context, solve};
use crate::policy::pattern::{
    Letter, Token, action_covers, action_overlaps, covers, is_fixed, overlaps, resource_tokens,
    whole_action_tokens,
};
use crate::policy::words::{self, Walk};

/// Forms of resources that are tried for a witness that reads well.
const FORMATS: usize = 4;
/// Witnesses that are weighed before one with a lesser resource is taken.
const WEIGHED: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Allowed by the cell's own side, not by the other.
    Lost,
    /// Allowed by both.
    Kept,
}

pub enum Search {
    Found(Witness),
    Nothing,
}

/// A request in `cell` that `denied` does not deny, and that `other` allows or not as `wanted` says.
pub fn search(cell: &Cell, denied: &[Rule], other: &Side, wanted: Wanted, examples: Examples) -> Search {
    let touching = |rules: &[Rule]| rules.iter().any(|rule| rule.touches(cell));
    let plain = match wanted {
        Wanted::Kept => !touching(&other.allows),
        // Nothing is lost where one statement allows all of it, and all that is denied now was denied before.
        Wanted::Lost => {
            other.allows.iter().any(|rule| rule.includes(cell))
                && other
                    .denies
                    .iter()
                    .all(|rule| !rule.touches(cell) || denied.iter().any(|old| old.same(rule)))
        }
    };
    if plain {
        return Search::Nothing;
    }
    let question = Question::new(cell, denied, other, wanted, examples);
    match question.actions() {
        Some(witness) => Search::Found(witness),
        None if question.bounded.get() => Search::Found(Witness {
            action: cell.action.clone(),
            known: false,
            resource: cell.resource.clone(),
            context: Context::new(),
            assuming: vec!["what was too much to look through is so".into()],
        }),
        None => Search::Nothing,
    }
}

/// What a statement does in a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Cell,
    Denied,
    OtherAllows,
    OtherDenies,
}

struct Question<'a> {
    cell: &'a Cell<'a>,
    /// The cell itself first.
    rules: Vec<(Role, Rule<'a>)>,
    wanted: Wanted,
    examples: Examples<'a>,
    bounded: Flag<bool>,
}

/// Whether a statement applies to a resource.
enum Applies {
    No,
    Yes,
    /// Where the named thing is so, or is not so.
    Perhaps(SmolStr, bool),
}

impl<'a> Question<'a> {
    fn new(
        cell: &'a Cell<'a>,
        denied: &[Rule<'a>],
        other: &Side<'a>,
        wanted: Wanted,
        examples: Examples<'a>,
    ) -> Self {
        let mut rules = vec![(Role::Cell, cell.rule())];
        for (role, of) in
            [(Role::Denied, denied), (Role::OtherAllows, &other.allows), (Role::OtherDenies, &other.denies)]
        {
            rules.extend(of.iter().filter(|rule| rule.touches(cell)).map(|rule| (role, *rule)));
        }
        Self { cell, rules, wanted, examples, bounded: Flag::new(false) }
    }

    fn actions(&self) -> Option<Witness> {
        let own = self.cell.action;
        let axis = Axis::new(
            self.rules.iter().map(|(_, rule)| rule.actions),
            |pattern| action_covers(pattern, own),
            |pattern| action_overlaps(pattern, own),
            |pattern| whole_action_tokens(pattern.as_str()),
        );
        let mut seen = HashSet::new();
        let mut try_one = |matched: &[bool], action: &Action, known: bool| {
            let active = axis.active(matched);
            if active.first() != Some(&0) || !seen.insert(active.clone()) {
                return None;
            }
            self.resources(action, known, &active)
        };
        let within = whole_action_tokens(own.as_str());
        for action in self.real_actions() {
            let tokens = whole_action_tokens(action.as_str());
            let word: Vec<Letter> = tokens.iter().filter_map(|token| letter(*token)).collect();
            if words::matches(&within, &word) {
                let matched: Vec<bool> =
                    axis.patterns.iter().map(|pattern| words::matches(pattern, &word)).collect();
                if let Some(witness) = try_one(&matched, &action, true) {
                    return Some(witness);
                }
            }
        }
        let mut found = None;
        let walk = words::classes(&within, &axis.patterns, &mut |matched, word| {
            found = try_one(matched, &spelled(own, &words::string_of(word)), false);
            if found.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        self.note(walk);
        found
    }

    /// Actions of AWS in the cell: where something is to be found that both allow, near the other statements'
    /// patterns first.
    fn real_actions(&self) -> impl Iterator<Item = Action> + '_ {
        let own = self.cell.action;
        let open = own.as_str().contains(['*', '?']);
        let near = self.rules.iter().filter(move |_| open).flat_map(|(_, rule)| match rule.actions {
            List::Only(patterns) | List::Except(patterns) => patterns,
        });
        let near =
            near.filter(|pattern| action_covers(own, pattern)).flat_map(|near| (self.examples.actions)(near));
        let inside = std::iter::once_with(|| (self.examples.actions)(own)).flatten();
        let (first, last): (Box<dyn Iterator<Item = Action>>, Box<dyn Iterator<Item = Action>>) =
            match self.wanted {
                Wanted::Lost => (Box::new(inside), Box::new(near)),
                Wanted::Kept => (Box::new(near), Box::new(inside)),
            };
        first.chain(last)
    }

    fn resources(&self, action: &Action, known: bool, active: &[usize]) -> Option<Witness> {
        let own = self.cell.resource;
        let mut axis = Axis::new(
            active.iter().map(|index| self.rules[*index].1.resources),
            |pattern| covers(pattern, own),
            |pattern| overlaps(pattern, own),
            resource_tokens,
        );
        let loosened: Vec<Text> = self.doubtful(active).map(loosened).collect();
        axis.patterns.extend(loosened.iter().map(resource_tokens));
        let first_format = axis.patterns.len();
        let formats = (self.examples.resources)(action);
        let mut with_formats = axis.patterns.clone();
        with_formats.extend(formats.iter().take(FORMATS).map(resource_tokens));
        let within = if own.is_wildcard() {
            vec![Token::One { colon: true }, Token::Many { colon: true }]
        } else {
            resource_tokens(own)
        };
        let find = |within: &[Token<'_>], patterns: &[Vec<Token<'_>>]| {
            let formats = patterns.len() - first_format;
            let (mut best, mut weighed): (Option<(usize, Witness)>, usize) = (None, 0);
            let walk = words::classes(within, patterns, &mut |matched, word| {
                let rank = matched[first_format..].iter().position(|one| *one).unwrap_or(formats);
                if best.as_ref().is_some_and(|(other, _)| *other <= rank) {
                    return ControlFlow::Continue(());
                }
                let resource = words::text_of(word);
                let Some((context, assuming)) = self.conditions(&axis, matched, &resource, active) else {
                    return ControlFlow::Continue(());
                };
                let witness = Witness { action: action.clone(), known, resource, context, assuming };
                best = Some((rank, witness));
                weighed += 1;
                if rank == 0 || weighed == WEIGHED {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            });
            (best, walk)
        };
        let (best, walk) = find(&within, &axis.patterns);
        let Some((_, witness)) = best else {
            self.note(walk);
            return None;
        };
        // Where there is one, there may be one that reads better. A resource that is written out is what it is.
        if is_fixed(own) {
            return Some(witness);
        }
        let readable = find(&words::filled(&within), &with_formats).0;
        Some(readable.map_or(witness, |(_, readable)| readable))
    }

    /// The patterns with references or policy variables that may match more than they say.
    fn doubtful(&self, active: &[usize]) -> impl Iterator<Item = &'a Text> {
        let of = active.iter().flat_map(|index| match self.rules[*index] {
            (Role::Denied | Role::OtherDenies, Rule { resources: List::Only(own), .. })
            | (_, Rule { resources: List::Except(own), .. }) => own,
            _ => &[],
        });
        of.filter(|pattern| has_opaque(pattern))
    }

    /// A context of which the answer holds for this action and resource, and what is assumed.
    fn conditions(
        &self,
        axis: &Axis,
        matched: &[bool],
        resource: &Text,
        active: &[usize],
    ) -> Option<(Context, Vec<SmolStr>)> {
        let (mut roles, mut clauses) = (Vec::new(), Vec::new());
        let members =
            || active.iter().zip(&axis.members).map(|(index, member)| (&self.rules[*index], member));
        let apart =
            members().filter(|((role, _), member)| *role == Role::OtherAllows && !member.holds(matched));
        let bound: Vec<Condition> = apart.flat_map(|((_, rule), _)| by_variable(rule, resource)).collect();
        for condition in &bound {
            roles.push(Role::OtherAllows);
            clauses.push(Clause::of(condition));
        }
        for ((role, rule), member) in members() {
            let assumes = match applies(*role, rule, member.holds(matched), resource) {
                Applies::No if *role == Role::Cell => return None,
                Applies::No => continue,
                Applies::Yes => None,
                Applies::Perhaps(name, held) => Some((name, held)),
            };
            roles.push(*role);
            clauses.push(Clause { condition: rule.condition, assumes });
        }
        let wanted = |holds: &[bool]| {
            let any = |of: Role| roles.iter().zip(holds).any(|(role, held)| *held && *role == of);
            let kept = any(Role::OtherAllows) && !any(Role::OtherDenies);
            any(Role::Cell) && !any(Role::Denied) && kept == (self.wanted == Wanted::Kept)
        };
        match solve(&clauses, &wanted) {
            Answer::Found { context, assuming } => Some((context, assuming)),
            Answer::Never => None,
            Answer::Bounded => {
                self.bounded.set(true);
                None
            }
        }
    }

    fn note(&self, walk: Walk) {
        if walk == Walk::Bounded {
            self.bounded.set(true);
        }
    }
}

/// Whether a statement applies to a resource, of which `listed` says that it is among those it lists (or not
/// among those it excepts). An allowing statement that may or may not list it is taken not to.
fn applies(role: Role, rule: &Rule, listed: bool, resource: &Text) -> Applies {
    let in_doubt = |own: &[Text]| {
        let doubtful = own.iter().filter(|own| has_opaque(own) || has_opaque(resource));
        let names: Vec<String> =
            doubtful.filter(|own| overlaps(own, resource)).map(|own| format!("`{own}`")).collect();
        (!names.is_empty()).then(|| format_smolstr!("the resource {{is}} {}", names.join(" or ")))
    };
    match (rule.resources, listed) {
        (List::Only(_), true) => Applies::Yes,
        (List::Only(own), false) if matches!(role, Role::Denied | Role::OtherDenies) => {
            in_doubt(own).map_or(Applies::No, |name| Applies::Perhaps(name, true))
        }
        (_, false) => Applies::No,
        (List::Except(own), true) => in_doubt(own).map_or(Applies::Yes, |name| Applies::Perhaps(name, false)),
    }
}

/// The conditions under which a statement applies to a resource that only a policy variable makes one of those it
/// lists: `b/${aws:username}` is `b/ann` where the user is called so.
fn by_variable(rule: &Rule, resource: &Text) -> Vec<Condition> {
    let (List::Only(own), Some(resource)) = (rule.resources, resource.as_literal()) else {
        return Vec::new();
    };
    own.iter()
        .filter_map(|own| {
            let (before, key, after) = around_variable(own)?;
            let value =
                resource.strip_prefix(before)?.strip_suffix(after).filter(|value| !value.is_empty())?;
            let mut condition = rule.condition.clone();
            let keys = condition.entry("StringEquals".into()).or_default();
            let written = keys.keys().find(|known| known.eq_ignore_ascii_case(key)).cloned();
            let values = keys.entry(written.unwrap_or_else(|| key.clone())).or_default();
            if !values.is_empty() && !values.contains(&Text::literal(value)) {
                return None;
            }
            *values = [Text::literal(value)].into();
            Some(condition)
        })
        .collect()
}

/// What stands around the only variable of a text that is literal otherwise.
fn around_variable(text: &Text) -> Option<(&str, &SmolStr, &str)> {
    let around: (&str, &SmolStr, &str) = match text.parts() {
        [Part::Variable(key)] => ("", key, ""),
        [Part::Literal(before), Part::Variable(key)] => (before, key, ""),
        [Part::Variable(key), Part::Literal(after)] => ("", key, after),
        [Part::Literal(before), Part::Variable(key), Part::Literal(after)] => (before, key, after),
        _ => return None,
    };
    // One with a default may also be that.
    (!around.1.contains(',')).then_some(around)
}

/// The patterns of one axis that may or may not match inside a cell, and how each list is made of them.
struct Axis<'a> {
    patterns: Vec<Vec<Token<'a>>>,
    members: Vec<Member>,
}

struct Member {
    excepts: bool,
    /// A pattern of the list matches all of the cell.
    always: bool,
    patterns: Vec<usize>,
}

impl<'a> Axis<'a> {
    fn new<T: Eq + Hash + 'a>(
        lists: impl Iterator<Item = List<'a, T>>,
        covers: impl Fn(&T) -> bool,
        overlaps: impl Fn(&T) -> bool,
        tokens: impl Fn(&'a T) -> Vec<Token<'a>>,
    ) -> Self {
        let mut numbers: HashMap<&T, usize> = HashMap::new();
        let mut axis = Self { patterns: Vec::new(), members: Vec::new() };
        for list in lists {
            let (own, excepts) = match list {
                List::Only(own) => (own, false),
                List::Except(own) => (own, true),
            };
            let always = own.iter().any(&covers);
            let mut member = Member { excepts, always, patterns: Vec::new() };
            for pattern in own.iter().filter(|pattern| !always && overlaps(pattern)) {
                let number = *numbers.entry(pattern).or_insert_with(|| {
                    axis.patterns.push(tokens(pattern));
                    axis.patterns.len() - 1
                });
                member.patterns.push(number);
            }
            axis.members.push(member);
        }
        axis
    }

    /// Which lists a word is in, given which patterns match it.
    fn active(&self, matched: &[bool]) -> Vec<usize> {
        let members = self.members.iter().enumerate();
        members.filter(|(_, member)| member.holds(matched)).map(|(index, _)| index).collect()
    }
}

impl Member {
    fn holds(&self, matched: &[bool]) -> bool {
        (self.always || self.patterns.iter().any(|pattern| matched[*pattern])) != self.excepts
    }
}

fn letter(token: Token<'_>) -> Option<Letter<'_>> {
    if let Token::Char(letter) = token { Some(Letter::Char(Some(letter))) } else { None }
}

fn has_opaque(text: &Text) -> bool {
    let plain = |part: &Part| matches!(part, Part::Literal(_) | Part::Any | Part::AnyOne | Part::Unknown);
    !text.parts().iter().all(plain)
}

fn loosened(text: &Text) -> Text {
    text.map(|part| match part {
        Part::Literal(_) | Part::AnyOne => part.clone().into(),
        _ => Text::any(),
    })
}

/// A word of a pattern in the pattern's own case, as far as the pattern has letters before a wildcard.
fn spelled(pattern: &Action, word: &str) -> Action {
    let fixed = pattern.as_str().find(['*', '?']).unwrap_or(pattern.as_str().len());
    match word.get(fixed..) {
        Some(rest) if pattern.as_str().contains(':') => {
            Action::new(format_smolstr!("{}{rest}", &pattern.as_str()[..fixed]))
        }
        _ => Action::new(word),
    }
}
