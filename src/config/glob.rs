//! Patterns of names: `*` is any run of characters, `?` any one. Nothing else is special.

/// Whether the whole name fits the pattern.
pub fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut read) = (0, 0);
    // Where the last `*` stands, and how far it has eaten.
    let mut star: Option<(usize, usize)> = None;
    while read < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(letter) if *letter == '?' || *letter == name[read] => {
                at += 1;
                read += 1;
            }
            _ => match &mut star {
                Some((position, eaten)) => {
                    *eaten += 1;
                    at = *position + 1;
                    read = *eaten;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_is_any_run_and_a_question_mark_any_one() {
        assert!(matches("Orders*", "OrdersApi") && matches("*", "") && matches("*Api", "OrdersApi"));
        assert!(matches("a*b*c", "aXbYbZc") && matches("Or?ers", "Orders"));
        assert!(!matches("Orders", "OrdersApi") && !matches("*b", "ba") && !matches("?", ""));
    }
}
