//! Splitting texts of which some stretches are unresolved.

use crate::code::eval::{Values, is_solid, pieces};
use crate::model::{Part, Text};

/// What `split`, `rsplit`, `partition` and `rpartition` give: the items whose place is known, and what any other is.
pub fn split(text: &Text, separator: &str, method: &str, limit: Option<usize>) -> (Vec<Values>, Values) {
    let once = method.ends_with("partition");
    let from_end = method.starts_with('r');
    let limit = if once { Some(1) } else { limit };
    let mut items = match (text.as_literal(), limit) {
        (Some(known), None) => known.split(separator).map(Text::literal).collect(),
        (Some(known), Some(limit)) if from_end => {
            let mut items: Vec<Text> = known.rsplitn(limit + 1, separator).map(Text::literal).collect();
            items.reverse();
            items
        }
        (Some(known), Some(limit)) => known.splitn(limit + 1, separator).map(Text::literal).collect(),
        (None, Some(1)) => match halves(text, separator, from_end) {
            Some(halves) => halves.into(),
            None => return (Vec::new(), Values::text(Text::unknown())),
        },
        (None, None) if !from_end => return pieces(text, separator),
        _ => return (Vec::new(), Values::text(Text::unknown())),
    };
    if once {
        match items.len() {
            2 => items.insert(1, Text::literal(separator)),
            _ if from_end => items.splice(..0, [Text::default(), Text::default()]).for_each(drop),
            _ => items.extend([Text::default(), Text::default()]),
        }
    }
    (items.into_iter().map(Values::text).collect(), Values::none())
}

/// What stands before and after the first separator, or the last one, where no unresolved stretch may hold it.
fn halves(text: &Text, separator: &str, last: bool) -> Option<[Text; 2]> {
    let parts = text.parts();
    let found = |index: usize| match &parts[index] {
        Part::Literal(literal) if last => literal.rfind(separator).map(|at| (index, at)),
        Part::Literal(literal) => literal.find(separator).map(|at| (index, at)),
        _ => None,
    };
    let opaque = |index: usize| !matches!(parts[index], Part::Literal(_)) && !is_solid(&parts[index]);
    let mut order: Vec<usize> = (0..parts.len()).collect();
    if last {
        order.reverse();
    }
    let at = order.iter().take_while(|index| !opaque(**index)).find_map(|index| found(*index));
    let (index, at) = at?;
    let Part::Literal(literal) = &parts[index] else { return None };
    let (mut before, mut after) = (Text::default(), Text::default());
    parts[..index].iter().for_each(|part| append(&mut before, part));
    before.push_str(&literal[..at]);
    after.push_str(&literal[at + separator.len()..]);
    parts[index + 1..].iter().for_each(|part| append(&mut after, part));
    Some([before, after])
}

fn append(text: &mut Text, part: &Part) {
    match part {
        Part::Literal(literal) => text.push_str(literal),
        other => text.push(other.clone()),
    }
}

/// A part of a path, where it is known.
pub fn path_part(path: &Text, part: &str) -> Values {
    let Some(known) = path.as_literal() else {
        return Values::text(match part {
            // What stands in a folder that is known stays there.
            "parent" => halves(path, "/", true).map_or_else(Text::unknown, |[folder, _]| folder),
            "name" => halves(path, "/", true).map_or_else(Text::unknown, |[_, name]| name),
            _ => Text::unknown(),
        });
    };
    let known = known.trim_end_matches('/');
    let (folder, name) = known.rsplit_once('/').unwrap_or((".", known));
    let dot = name.rfind('.').filter(|at| *at > 0).unwrap_or(name.len());
    Values::text(Text::literal(match part {
        "parent" => folder,
        "stem" => &name[..dot],
        "suffix" => &name[dot..],
        _ => name,
    }))
}
