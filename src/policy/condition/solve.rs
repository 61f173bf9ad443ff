//! Looks for a context under which some of several conditions hold and others do not.
//!
//! For every key, the values that all the tests of it cannot tell apart are one choice: the classes of words that
//! the patterns make, the numbers at and between the thresholds, the addresses at the ends of the blocks, sets of
//! such values where a test is about sets, and absence. What is opaque is one more choice, yes or no. Then all
//! combinations are tried, up to a bound, so an answer of "never" is a proof.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use smol_str::{SmolStr, format_smolstr};

use super::Context;
use super::amount;
use super::test::{Kind, Test};
use crate::model::Condition;
use crate::policy::pattern::Token;
use crate::policy::words::{self, Walk};

/// Combinations of choices that are tried.
const TRIED: usize = 1 << 15;
/// Classes of values of one key of which all sets are tried.
const SETS: usize = 7;

/// A condition, and what else must hold for it.
pub struct Clause<'a> {
    pub condition: &'a Condition,
    /// Something opaque by its name, and whether it must or must not be so.
    pub assumes: Option<(SmolStr, bool)>,
}

impl<'a> Clause<'a> {
    pub fn of(condition: &'a Condition) -> Self {
        Self { condition, assumes: None }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Found {
        context: Context,
        /// What is assumed of the opaque.
        assuming: Vec<SmolStr>,
    },
    /// There is none.
    Never,
    /// None was found, and not all could be looked at.
    Bounded,
}

/// A context of which `wanted` holds, given which clauses hold in it. What does not matter is left out of it.
pub fn solve(clauses: &[Clause], wanted: &dyn Fn(&[bool]) -> bool) -> Answer {
    if clauses.iter().all(|clause| clause.condition.is_empty() && clause.assumes.is_none()) {
        let found = Answer::Found { context: Context::new(), assuming: Vec::new() };
        return if wanted(&vec![true; clauses.len()]) { found } else { Answer::Never };
    }
    let world = World::new(clauses);
    let sizes: Vec<usize> = world.choices.iter().map(Choice::len).collect();
    let mut picked = vec![0; sizes.len()];
    for _ in 0..TRIED {
        if wanted(&world.holds(&picked)) {
            return world.told(&picked, wanted);
        }
        if !advance(&mut picked, &sizes) {
            return if world.exact { Answer::Never } else { Answer::Bounded };
        }
    }
    Answer::Bounded
}

/// The next combination; false after the last.
fn advance(picked: &mut [usize], sizes: &[usize]) -> bool {
    for (pick, size) in picked.iter_mut().zip(sizes) {
        *pick += 1;
        if *pick < *size {
            return true;
        }
        *pick = 0;
    }
    false
}

enum Choice<'a> {
    /// The values of a key, each way the request may have it; none at all is absence.
    Key { key: &'a str, values: Vec<Vec<SmolStr>> },
    /// Something opaque: no, or yes.
    Opaque(SmolStr),
}

impl Choice<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Key { values, .. } => values.len(),
            Self::Opaque(_) => 2,
        }
    }
}

struct World<'a> {
    choices: Vec<Choice<'a>>,
    clauses: Vec<Compiled>,
    /// Of each distinct test: its truth for each way of its key, without and with its opaque values matching.
    tests: Vec<Truth>,
    exact: bool,
}

struct Compiled {
    tests: Vec<usize>,
    assumes: Option<(usize, bool)>,
}

struct Truth {
    key: usize,
    opaque: Vec<usize>,
    by_value: Vec<[bool; 2]>,
}

impl<'a> World<'a> {
    fn new(clauses: &[Clause<'a>]) -> Self {
        let mut distinct: Vec<Test<'a>> = Vec::new();
        let mut of_clause = Vec::new();
        for clause in clauses {
            let numbers = Test::all_of(clause.condition).into_iter().map(|test| {
                distinct.iter().position(|other| other.same(&test)).unwrap_or_else(|| {
                    distinct.push(test);
                    distinct.len() - 1
                })
            });
            of_clause.push(numbers.collect::<Vec<_>>());
        }
        let mut keys: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (number, test) in distinct.iter().enumerate() {
            keys.entry(test.key.to_ascii_lowercase()).or_default().push(number);
        }
        let mut world = Self { choices: Vec::new(), clauses: Vec::new(), tests: Vec::new(), exact: true };
        let mut key_of = vec![0; distinct.len()];
        for tests in keys.into_values() {
            let (values, exact) = ways(&tests.iter().map(|test| &distinct[*test]).collect::<Vec<_>>());
            world.exact &= exact;
            for test in &tests {
                key_of[*test] = world.choices.len();
            }
            world.choices.push(Choice::Key { key: distinct[tests[0]].key, values });
        }
        for (test, key) in distinct.iter().zip(key_of) {
            let opaque = opaque_names(test).into_iter().map(|name| world.opaque(name)).collect();
            let Choice::Key { values, .. } = &world.choices[key] else { continue };
            let by_value =
                values.iter().map(|values| [test.truth(values, false), test.truth(values, true)]).collect();
            world.tests.push(Truth { key, opaque, by_value });
        }
        for (clause, tests) in clauses.iter().zip(of_clause) {
            let assumes = clause.assumes.clone().map(|(name, held)| (world.opaque(name), held));
            world.clauses.push(Compiled { tests, assumes });
        }
        world
    }

    /// The choice of that name, made if need be.
    fn opaque(&mut self, name: SmolStr) -> usize {
        let same = |choice: &Choice| matches!(choice, Choice::Opaque(other) if *other == name);
        self.choices.iter().position(same).unwrap_or_else(|| {
            self.choices.push(Choice::Opaque(name));
            self.choices.len() - 1
        })
    }

    fn holds(&self, picked: &[usize]) -> Vec<bool> {
        let test = |number: &usize| {
            let test = &self.tests[*number];
            let opaque = test.opaque.iter().any(|choice| picked[*choice] == 1);
            test.by_value[picked[test.key]][usize::from(opaque)]
        };
        let clause = |clause: &Compiled| {
            clause.assumes.is_none_or(|(choice, held)| (picked[choice] == 1) == held)
                && clause.tests.iter().all(test)
        };
        self.clauses.iter().map(clause).collect()
    }

    /// The answer, without the choices that could as well be any other.
    fn told(&self, picked: &[usize], wanted: &dyn Fn(&[bool]) -> bool) -> Answer {
        let mut free: Vec<usize> = Vec::new();
        for choice in 0..picked.len() {
            free.push(choice);
            let sizes: Vec<usize> = free.iter().map(|one| self.choices[*one].len()).collect();
            if sizes.iter().product::<usize>() > 256 || !self.indifferent(picked, &free, &sizes, wanted) {
                free.pop();
            }
        }
        let (mut context, mut assuming) = (Context::new(), Vec::new());
        for (index, choice) in self.choices.iter().enumerate().filter(|(index, _)| !free.contains(index)) {
            match choice {
                Choice::Key { key, values } => {
                    context.insert(SmolStr::from(*key), values[picked[index]].clone());
                }
                Choice::Opaque(name) => {
                    let is = if picked[index] == 1 { "is" } else { "is not" };
                    assuming.push(format_smolstr!("{}", name.replacen("{is}", is, 1)));
                }
            }
        }
        Answer::Found { context, assuming }
    }

    fn indifferent(
        &self,
        picked: &[usize],
        free: &[usize],
        sizes: &[usize],
        wanted: &dyn Fn(&[bool]) -> bool,
    ) -> bool {
        let mut other = picked.to_vec();
        let mut turned = vec![0; free.len()];
        loop {
            free.iter().zip(&turned).for_each(|(choice, pick)| other[*choice] = *pick);
            if !wanted(&self.holds(&other)) {
                return false;
            }
            if !advance(&mut turned, sizes) {
                return true;
            }
        }
    }
}

/// The names of what is not understood in a test; `{is}` is where a sentence says whether it is so.
fn opaque_names(test: &Test) -> Vec<SmolStr> {
    let key = test.key.to_ascii_lowercase();
    if test.is_opaque() {
        let values: Vec<String> =
            test.values.iter().chain(&test.opaque).map(|value| format!("`{value}`")).collect();
        let operator = test.operator.to_ascii_lowercase();
        return vec![format_smolstr!("`{key}` {{is}} {} by `{operator}`", values.join(" or "))];
    }
    let name = |value: &&crate::model::Text| format_smolstr!("`{key}` {{is}} `{value}` ({:?})", test.kind);
    test.opaque.iter().map(name).collect()
}

/// Every way that the values of a key can be, as far as these tests tell; and whether those are all.
fn ways(tests: &[&Test]) -> (Vec<Vec<SmolStr>>, bool) {
    let (examples, mut exact) = examples(tests);
    let vector = |values: &[SmolStr]| -> Vec<bool> {
        tests.iter().flat_map(|test| [test.truth(values, false), test.truth(values, true)]).collect()
    };
    let mut seen = Vec::new();
    let mut ways: Vec<Vec<SmolStr>> = Vec::new();
    let mut add = |ways: &mut Vec<Vec<SmolStr>>, values: Vec<SmolStr>| {
        let vector = vector(&values);
        if !seen.contains(&vector) {
            seen.push(vector);
            ways.push(values);
        }
    };
    for one in examples {
        add(&mut ways, vec![one]);
    }
    if tests.iter().any(|test| test.among.is_some()) {
        // What a set meets hangs on what each of its values does alone.
        let single: Vec<SmolStr> = ways.iter().flatten().cloned().collect();
        exact &= single.len() <= SETS;
        for set in 1..1_u32 << single.len().min(SETS) {
            let chosen = single.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1);
            add(&mut ways, chosen.map(|(_, one)| one.clone()).collect());
        }
    }
    // Absent and present are never one way, so that a test for either finds its own.
    ways.push(Vec::new());
    (ways, exact)
}

/// Single values of a key that the tests tell apart, and whether there are no more.
fn examples(tests: &[&Test]) -> (Vec<SmolStr>, bool) {
    let mut found: Vec<SmolStr> = Vec::new();
    let mut exact = true;
    let of = |wanted: fn(Kind) -> bool| tests.iter().filter(move |test| wanted(test.kind));
    let is_text = |kind: Kind| matches!(kind, Kind::Exact | Kind::Folded | Kind::Like | Kind::Arn);
    let (texts, bools) = (of(is_text).count(), of(|kind| kind == Kind::Bool).count());
    let numbers = of(|kind| matches!(kind, Kind::Number(_))).count();
    let dates = of(|kind| matches!(kind, Kind::Date(_))).count();
    let addresses = of(|kind| kind == Kind::Address).count();
    if bools > 0 {
        found.extend(["true".into(), "false".into()]);
    }
    if texts > 0 {
        let patterns: Vec<Vec<Token>> =
            of(|kind| !matches!(kind, Kind::Number(_) | Kind::Date(_) | Kind::Address))
                .flat_map(|test| test.patterns())
                .collect();
        let some = [Token::One { colon: true }, Token::Many { colon: true }];
        let mut walk = Walk::Whole;
        // The first example of a kind is kept, so the readable ones come first.
        let readable: Vec<Vec<Token>> = patterns.iter().map(|pattern| words::filled(pattern)).collect();
        for patterns in [&readable, &patterns] {
            walk = words::classes(&some, patterns, &mut |_, word| {
                found.push(words::string_of(word));
                ControlFlow::Continue(())
            });
        }
        exact &= walk == Walk::Whole;
        if patterns.iter().any(Vec::is_empty) {
            found.push(SmolStr::default());
        }
    }
    if numbers > 0 {
        let thresholds = of(|kind| matches!(kind, Kind::Number(_))).flat_map(|test| test.thresholds());
        found.extend(around(thresholds.collect()).into_iter().map(amount::show_number));
    }
    if dates > 0 {
        let thresholds = of(|kind| matches!(kind, Kind::Date(_))).flat_map(|test| test.thresholds());
        found.extend(around(thresholds.collect()).into_iter().map(amount::show_date));
    }
    if addresses > 0 {
        found.extend(["192.0.2.1".into(), "2001:db8::1".into()]);
        for (six, first, last) in of(|kind| kind == Kind::Address).flat_map(|test| test.blocks()) {
            let near = [Some(first), Some(last), first.checked_sub(1), last.checked_add(1)];
            found.extend(near.into_iter().flatten().filter_map(|bits| amount::show_address(six, bits)));
        }
    }
    // What is compared as two different things is compared by neither.
    exact &= [texts + bools, numbers, dates, addresses].iter().filter(|count| **count > 0).count() <= 1;
    if found.is_empty() {
        found.push("x".into());
    }
    (found, exact)
}

/// The thresholds, something between any two, and something beyond both ends. A second is the finest that dates
/// are told to.
fn around(mut thresholds: Vec<f64>) -> Vec<f64> {
    thresholds.sort_by(f64::total_cmp);
    thresholds.dedup();
    let mut points = Vec::new();
    points.extend(thresholds.first().map(|first| first - 1.0));
    for pair in thresholds.windows(2) {
        points.extend([pair[0], f64::midpoint(pair[0], pair[1])]);
    }
    points.extend(thresholds.last().into_iter().flat_map(|last| [*last, last + 1.0]));
    points
}
