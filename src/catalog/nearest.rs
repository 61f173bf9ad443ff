//! The names that somebody may have meant. In: what was written and the names there are. Out: a few of these, the
//! nearest first, or none where nothing is near.

use super::names::fold;

/// How many are named.
const NAMED: usize = 3;

/// Names that contain what was written, or are few letters away from it. Letter case and punctuation count for
/// nothing.
pub fn nearest<'a>(written: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let written = fold(written);
    if written.is_empty() {
        return Vec::new();
    }
    // A letter in three may be wrong.
    let most = (written.len() / 3).max(1);
    let mut near: Vec<(usize, usize, &str)> = names
        .filter_map(|name| {
            let folded = fold(name);
            let away = if written.len().abs_diff(folded.len()) <= most {
                distance(written.as_bytes(), folded.as_bytes())
            } else {
                usize::MAX
            };
            let begins = written.len() > 2 && folded.starts_with(&written);
            let holds = written.len() > 2 && (folded.contains(&written) || written.contains(&folded));
            let rank = if begins {
                0
            } else if away <= most {
                away
            } else if holds && folded.len() > 2 {
                most + 1
            } else {
                return None;
            };
            Some((rank, folded.len().abs_diff(written.len()), name))
        })
        .collect();
    near.sort_unstable();
    near.dedup_by_key(|(_, _, name)| *name);
    near.into_iter().take(NAMED).map(|(_, _, name)| name).collect()
}

/// The letters to change, add or leave out, or two neighbours to swap, to make the one text of the other.
fn distance(one: &[u8], other: &[u8]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let changed = last[j] + usize::from(a != b);
            let mut least = changed.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == other[j - 1] && one[i - 1] == *b {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_near_and_anything_else_is_not() {
        let names = ["dynamodb", "dynamodbstreams", "dax", "s3", "s3control", "sns", "sqs", "lambda"];
        for (written, first) in [
            ("dynamo", Some("dynamodb")),
            ("dynamdob", Some("dynamodb")),
            ("Lamda", Some("lambda")),
            ("sqss", Some("sqs")),
            ("nothing at all", None),
            ("", None),
            ("é", None),
        ] {
            assert_eq!(nearest(written, names.into_iter()).first().copied(), first, "{written}");
        }
        assert!(nearest("d", names.into_iter()).len() <= NAMED);
    }
}
