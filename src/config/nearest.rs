//! The word that was probably meant.

/// The nearest of the known words, if it is near enough to be meant: a third of its letters may differ.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = fold(word);
    let near = |candidate: &&str| {
        let folded = fold(candidate);
        let allowed = folded.chars().count().div_ceil(3).max(1);
        let distance = distance(&word, &folded);
        let begins = !word.is_empty() && (folded.starts_with(&word) || word.starts_with(&folded));
        (distance <= allowed || begins).then_some(distance)
    };
    let mut best: Option<(usize, &str)> = None;
    for candidate in known {
        if let Some(distance) = near(&candidate)
            && best.is_none_or(|(least, _)| distance < least)
        {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

fn fold(word: &str) -> String {
    word.to_lowercase().replace(['_', ' '], "-")
}

/// Letters to put in, take out or replace.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, one) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(one != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_finds_its_word_and_nonsense_finds_none() {
        let known = ["region", "account", "base-policy", "pin"];
        assert_eq!(nearest("regoin", known), Some("region"));
        assert_eq!(nearest("base_policy", known), Some("base-policy"));
        assert_eq!(nearest("pins", known), Some("pin"));
        assert_eq!(nearest("colour", known), None);
    }
}
