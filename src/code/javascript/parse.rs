//! Around the parser: what kind of source a file is, the stack that the parser needs, and what to leave out
//! where it gives up.

use oxc_allocator::Allocator;
use oxc_parser::{ParseOptions, Parser, ParserReturn};
use oxc_span::SourceType;

/// The kind of source is known by the file's extension; files of JavaScript may hold JSX.
pub(super) fn parse<'a>(allocator: &'a Allocator, text: &'a str, path: &str) -> ParserReturn<'a> {
    let kind = SourceType::from_path(path).unwrap_or_default();
    let kind = if kind.is_javascript() { kind.with_jsx(true) } else { kind };
    let options = ParseOptions {
        // A CommonJS module is the body of a function.
        allow_return_outside_function: true,
        preserve_parens: false,
        ..ParseOptions::default()
    };
    Parser::new(allocator, text, kind).with_options(options).parse()
}

/// The text with what stands around an error at `offset` blanked, so that other offsets stay true: from the
/// nearest line before it that begins a statement at the left margin to the next such line. Nothing where that
/// is all there is.
pub(super) fn without(text: &str, offset: u32) -> Option<String> {
    let offset = text.floor_char_boundary(offset as usize);
    let begins = |line: &str| line.starts_with(|c: char| c.is_alphabetic() || "_$@(".contains(c));
    let (mut start, mut end, mut at) = (0, text.len(), 0);
    for line in text.split_inclusive('\n') {
        if begins(line) {
            if at > offset {
                end = at;
                break;
            }
            start = at;
        }
        at += line.len();
    }
    let blank = |text: &str| -> String {
        let blanks = text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' });
        blanks.collect()
    };
    let rest = format!("{}{}{}", &text[..start], blank(&text[start..end]), &text[end..]);
    (rest.as_str() != text && !rest.trim().is_empty()).then_some(rest)
}

/// What the parser may need of the stack for one bracket.
const PER_LEVEL: usize = if cfg!(debug_assertions) { 16 << 10 } else { 4 << 10 };
const MOST_STACK: usize = 256 << 20;

/// Where brackets nest deeper than the parser can follow, were all of them in code.
pub(super) fn too_deep(source: &str) -> Option<u32> {
    let mut depth = 0_usize;
    let at = source.bytes().position(|byte| {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > MOST_STACK / PER_LEVEL
    });
    at.map(|at| u32::try_from(at).unwrap_or(u32::MAX))
}

/// Calls what may recurse once for each byte of `source`, as a parser does for brackets. Stack that is not used
/// costs address space alone.
pub(super) fn with_stack_for<T>(source: &str, call: impl FnOnce() -> T) -> T {
    const LEAST: usize = 16 << 20;
    let needed = (source.len() * PER_LEVEL).min(MOST_STACK);
    stacker::maybe_grow(needed + (256 << 10), needed.max(LEAST), call)
}
