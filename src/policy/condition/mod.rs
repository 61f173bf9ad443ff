//! Conditions: whether a context meets one, and whether one is at least as strict as another.
//!
//! Understood are the operators of strings, ARNs, numbers, dates, booleans, addresses and `Null`, with
//! `IfExists`, `ForAllValues` and `ForAnyValue`; operators and keys are compared without regard to case. What
//! is not understood (an unknown operator, a value with a policy variable or a reference) is opaque: it may hold
//! or not, and two such tests are alike only when they are spelled alike.

mod amount;
mod solve;
mod test;

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::model::Condition;
pub(super) use solve::{Answer, Clause, solve};
use test::Test;

/// What is known of a request: condition keys (in any case) and their values. A key that is not there, or has
/// no value, is not in the request.
pub type Context = BTreeMap<SmolStr, Vec<SmolStr>>;

/// Whether every request that meets `strict` meets `loose`. What cannot be shown is not so.
pub fn implies(strict: &Condition, loose: &Condition) -> bool {
    if loose.is_empty() || plainly_implies(strict, loose) {
        return true;
    }
    let clauses = [Clause::of(strict), Clause::of(loose)];
    matches!(solve(&clauses, &|holds| holds[0] && !holds[1]), Answer::Never)
}

/// Whether some request may meet both.
pub fn compatible(one: &Condition, other: &Condition) -> bool {
    if one.is_empty() || other.is_empty() {
        return true;
    }
    let clauses = [Clause::of(one), Clause::of(other)];
    !matches!(solve(&clauses, &|holds| holds[0] && holds[1]), Answer::Never)
}

/// Whether the context meets the condition. An opaque test is not met.
pub fn holds(condition: &Condition, context: &Context) -> bool {
    Test::all_of(condition).iter().all(|test| {
        let values = context.iter().find(|(key, _)| key.eq_ignore_ascii_case(test.key));
        test.truth(values.map_or(&[], |(_, values)| values.as_slice()), false)
    })
}

/// By structure alone, which is most of the pairs that occur: operators and keys are spelled alike, and only
/// the sets of values are weighed.
fn plainly_implies(strict: &Condition, loose: &Condition) -> bool {
    loose.iter().all(|(operator, keys)| {
        let negated = operator.contains("Not");
        keys.iter().all(|(key, allowed)| {
            // The values of a key are alternatives; of a negated operator, each is one more exclusion.
            strict.get(operator).and_then(|keys| keys.get(key)).is_some_and(|values| {
                if negated { values.is_superset(allowed) } else { values.is_subset(allowed) }
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Part, Text};

    fn condition(operator: &str, key: &str, values: &[&str]) -> Condition {
        let values = values.iter().map(|value| Text::parse_pattern(value)).collect();
        [(operator.into(), [(key.into(), values)].into())].into()
    }

    fn both(mut one: Condition, other: Condition) -> Condition {
        one.extend(other);
        one
    }

    #[test]
    fn fewer_values_are_stricter_and_fewer_exclusions_are_looser() {
        let one = condition("StringEquals", "k", &["a"]);
        let two = condition("StringEquals", "k", &["a", "b"]);
        assert!(implies(&one, &two) && !implies(&two, &one));
        assert!(implies(&one, &Condition::new()) && !implies(&Condition::new(), &one));
        let not_one = condition("StringNotEquals", "k", &["a"]);
        let not_two = condition("StringNotEquals", "k", &["a", "b"]);
        assert!(implies(&not_two, &not_one) && !implies(&not_one, &not_two));
    }

    #[test]
    fn what_is_stricter_is_told_across_operators() {
        let c = condition;
        let cases = [
            (c("StringEquals", "k", &["ab"]), c("StringLike", "K", &["a*"]), true),
            (c("StringLike", "k", &["a*"]), c("StringEquals", "k", &["ab"]), false),
            (c("stringequals", "k", &["ab"]), c("StringEqualsIgnoreCase", "k", &["AB"]), true),
            (c("StringEquals", "k", &["a*"]), c("StringLike", "k", &["a?"]), true),
            (c("StringEquals", "k", &["a"]), c("StringNotEquals", "k", &["b"]), true),
            (c("StringNotEquals", "k", &["b"]), c("StringEqualsIfExists", "k", &["a"]), false),
            (c("Null", "k", &["true"]), c("StringNotEquals", "k", &["b"]), true),
            (c("Null", "k", &["true"]), c("StringEqualsIfExists", "k", &["b"]), true),
            (c("StringEquals", "k", &["a"]), c("Null", "k", &["false"]), true),
            (c("NumericLessThan", "k", &["5"]), c("NumericLessThanEquals", "k", &["5"]), true),
            (c("NumericLessThanEquals", "k", &["5"]), c("NumericLessThan", "k", &["5.0"]), false),
            (c("NumericEquals", "k", &["7"]), c("NumericNotEquals", "k", &["8"]), true),
            (
                c("DateLessThan", "k", &["2024-01-01"]),
                c("DateLessThan", "k", &["2025-01-01T00:00:00Z"]),
                true,
            ),
            (
                c("DateLessThan", "k", &["1735689600"]),
                c("DateLessThan", "k", &["2025-01-01T00:00:00Z"]),
                true,
            ),
            (c("IpAddress", "k", &["10.1.0.0/16"]), c("IpAddress", "k", &["10.0.0.0/8"]), true),
            (
                c("IpAddress", "k", &["10.0.0.0/8"]),
                c("IpAddress", "k", &["10.0.0.0/9", "10.128.0.0/9"]),
                true,
            ),
            (c("IpAddress", "k", &["10.0.0.0/8"]), c("IpAddress", "k", &["10.0.0.0/9"]), false),
            (c("NotIpAddress", "k", &["0.0.0.0/0"]), c("IpAddress", "k", &["2001:db8::/32"]), false),
            (c("Bool", "k", &["True"]), c("Bool", "k", &["true"]), true),
            (c("ArnLike", "k", &["arn:aws:sns:*:1:t"]), c("ArnEquals", "k", &["arn:aws:sns:*:*:*"]), true),
            (c("ArnLike", "k", &["arn:aws:*:1:t"]), c("ArnEquals", "k", &["arn:aws:sns:*:1:t"]), false),
            (c("ForAllValues:StringEquals", "k", &["a"]), c("ForAllValues:StringLike", "k", &["a*"]), true),
            (c("ForAllValues:StringEquals", "k", &["a"]), c("ForAnyValue:StringEquals", "k", &["a"]), false),
            (c("ForAnyValue:StringEquals", "k", &["a"]), c("ForAllValues:StringEquals", "k", &["a"]), false),
            (c("StringSounds", "k", &["a"]), c("StringSounds", "k", &["a"]), true),
            (c("StringSounds", "k", &["a"]), c("StringSounds", "k", &["b"]), false),
        ];
        for (strict, loose, expected) in cases {
            assert_eq!(implies(&strict, &loose), expected, "{strict:?} implies {loose:?}");
        }
        let never = both(c("Null", "k", &["true"]), c("StringEquals", "k", &["a"]));
        assert!(implies(&never, &c("Bool", "other", &["true"])), "nothing meets it");
        let some = both(c("Null", "k", &["false"]), c("ForAllValues:StringEquals", "k", &["a", "b"]));
        assert!(implies(&some, &c("ForAnyValue:StringEquals", "k", &["a", "b"])));
    }

    #[test]
    fn an_opaque_value_is_like_itself_alone() {
        let tagged = |part: &str, more: &[&str]| {
            let own = Text::literal("x").then(&Part::Variable(part.into()).into());
            let more = more.iter().map(Text::literal);
            let values = more.chain([own]).collect();
            Condition::from([("StringEquals".into(), [("k".into(), values)].into())])
        };
        let (one, other) = (tagged("aws:username", &[]), tagged("aws:userid", &[]));
        assert!(implies(&one, &tagged("aws:username", &["a"])) && !implies(&one, &other));
        assert!(!implies(&tagged("aws:username", &["a"]), &one));
        assert!(implies(&one, &condition("StringLike", "k", &["*"])), "it is there");
        assert!(!implies(&one, &condition("StringLike", "k", &["x*"])), "it is not understood");
        assert!(compatible(&one, &other));
        let other = condition("StringEquals", "k", &["b"]);
        assert!(!compatible(&condition("StringEquals", "k", &["a"]), &other));
    }

    #[test]
    fn a_context_meets_or_does_not() {
        let context = |values: &[&str]| -> Context {
            [("AWS:TagKeys".into(), values.iter().map(|&value| value.into()).collect())].into()
        };
        let all = condition("ForAllValues:StringLike", "aws:TagKeys", &["team-*", "cost"]);
        assert!(holds(&all, &context(&["team-a", "cost"])) && !holds(&all, &context(&["cost", "x"])));
        assert!(holds(&all, &Context::new()), "no value is outside");
        let any = condition("ForAnyValue:StringNotEquals", "aws:TagKeys", &["cost"]);
        assert!(holds(&any, &context(&["cost", "x"])) && !holds(&any, &context(&["cost"])));
        assert!(!holds(&any, &Context::new()));
    }
}
