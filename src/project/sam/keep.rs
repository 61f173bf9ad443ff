//! The comment that keeps a statement as it is: `# scopedown: keep`, at the end of a line or on lines of its own
//! right above one. The parser of YAML drops comments, so the text is read for them; JSON has none.

use std::collections::BTreeSet;

/// The lines, from 1, that are marked. Inside a block of code such a comment marks a line that begins no statement.
pub fn lines(text: &str) -> BTreeSet<u32> {
    let mut kept = BTreeSet::new();
    let mut above = false;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        let marked = line.split('#').skip(1).any(says_keep);
        if line.starts_with('#') {
            above |= marked;
        } else if line == "-" && above {
            // The item that is marked begins on the next line.
        } else {
            if above || marked {
                kept.insert(number);
            }
            above = false;
        }
    }
    kept
}

fn says_keep(comment: &str) -> bool {
    let rest = comment.trim().strip_prefix("scopedown:").map(str::trim_start);
    rest.and_then(|rest| rest.strip_prefix("keep"))
        .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_marks_its_own_line_or_the_one_below() {
        let text = "\
a: 1  # scopedown: keep
b: 2
# scopedown:keep, for the auditors
# who read it weekly
- c
-
  # scopedown: keep
  d: 4
# scopedown: keeper
e
";
        assert_eq!(lines(text), [1, 5, 8].into());
    }
}
