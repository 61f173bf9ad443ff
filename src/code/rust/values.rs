//! Methods of texts and dates.

use crate::code::eval::{Args, Interpreter, Site, Values};
use crate::model::{Part, Text};

pub(super) fn changed_text(
    it: &mut Interpreter,
    text: &Text,
    name: &str,
    args: &Args,
    site: Site,
) -> Option<Values> {
    let changed = |text: String| Some(Values::text(Text::literal(&text)));
    match (name, text.as_literal()) {
        ("to_lowercase" | "to_ascii_lowercase", Some(literal)) => changed(literal.to_lowercase()),
        ("to_uppercase" | "to_ascii_uppercase", Some(literal)) => changed(literal.to_uppercase()),
        ("trim", Some(literal)) => changed(literal.trim().to_owned()),
        ("replace", Some(literal)) => {
            let from = args.positional.first()?.literal()?;
            let to = args.positional.get(1)?.clone();
            let mut operands = Vec::new();
            for (index, piece) in literal.split(from).enumerate() {
                if index > 0 {
                    operands.push(to.clone());
                }
                operands.push(Values::text(Text::literal(piece)));
            }
            Some(it.join_values(&operands, site))
        }
        ("trim_end_matches" | "trim_start_matches", None) => Some(Values::text(text.clone())),
        ("join", _) => {
            let whole = Values::text(text.clone());
            let slash = Values::text(Text::literal("/"));
            let more = args.positional.first()?.clone();
            Some(it.join_values(&[whole, slash, more], site))
        }
        ("split" | "lines" | "split_whitespace" | "chars" | "bytes" | "rsplit" | "splitn", _) => {
            Some(it.list(site, Vec::new(), Values::text(Text::unknown())))
        }
        _ => None,
    }
}

/// A date by a format whose literal parts stay known.
pub(super) fn date(args: &Args) -> Values {
    let Some(format) = args.positional.first().and_then(|format| format.literal()) else {
        return Values::text(Text::unknown());
    };
    let mut text = Text::default();
    let mut chars = format.chars();
    while let Some(char) = chars.next() {
        if char == '%' {
            chars.next();
            text.push(Part::Unknown);
        } else {
            text.push_str(char.encode_utf8(&mut [0; 4]));
        }
    }
    Values::text(text)
}
