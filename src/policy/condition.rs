//! When one condition block is at least as strict as another. Compared by structure: operators and keys must
//! be spelled alike, and only the sets of values are weighed. What cannot be shown to be stricter is not.

use crate::model::Condition;

/// Whether every request that meets `strict` meets `loose`.
pub fn implies(strict: &Condition, loose: &Condition) -> bool {
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
    use crate::model::Text;

    fn condition(operator: &str, key: &str, values: &[&str]) -> Condition {
        let values = values.iter().map(Text::literal).collect();
        [(operator.into(), [(key.into(), values)].into())].into()
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
}
