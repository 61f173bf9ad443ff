//! Parses a very large file piece by piece, so that the syntax tree that is in memory is that of one piece.
//!
//! A piece ends before a line that begins, at the left margin, with a word that begins a declaration. That such a
//! line may stand inside a text or a comment does no harm: the parser is asked whether every piece is a program,
//! and if one is not, the file is parsed as one. Where all are, nothing is read otherwise than in the whole: no
//! statement goes on with such a word on a new line. A bundle that is one statement, as many are, has no pieces.

use oxc_allocator::Allocator;
use oxc_ast::ast;

use super::statements::TURNS;
use super::{Lowering, parse};
use crate::code::ir::{Block, shift};

/// The least that a piece has of the text.
const PIECE: usize = 512 << 10;

/// What a piece may begin with.
const BEGINNINGS: [&str; 8] =
    ["function ", "async function ", "class ", "const ", "let ", "var ", "export ", "import "];

impl Lowering<'_> {
    /// The statements of a file in pieces. None where it has none.
    pub(super) fn in_pieces(&mut self) -> Option<Block> {
        let pieces = pieces(self.source);
        if pieces.len() < 2 {
            return None;
        }
        let mut allocator = Allocator::default();
        // What the file declares must be known before anything is lowered, and that every piece can be read.
        let mut unset = Block::new();
        for (_, piece) in &pieces {
            let parsed = parse::parse(&allocator, piece, self.remarks.path());
            if parsed.panicked || parsed.diagnostics.has_errors() {
                self.scopes.begin_anew();
                return None;
            }
            self.declare_variables(&parsed.program.body, &mut unset);
            self.declare_lexical(&parsed.program.body);
            drop(parsed);
            allocator.reset();
        }
        self.later = true;
        let mut turns = [const { Block::new() }; TURNS];
        for (at, piece) in pieces {
            self.source = piece;
            self.base = u32::try_from(at).unwrap_or(u32::MAX);
            let parsed = parse::parse(&allocator, piece, self.remarks.path());
            self.piece(&parsed.program.body, &mut turns);
            drop(parsed);
            allocator.reset();
        }
        self.base = 0;
        unset.extend(turns.into_iter().flatten());
        Some(unset)
    }

    fn piece(&mut self, nodes: &[ast::Statement<'_>], turns: &mut [Block; TURNS]) {
        let (functions, classes, exports) = (self.functions.len(), self.classes.len(), self.exports.len());
        for (turn, block) in turns.iter_mut().enumerate() {
            let before = block.len();
            self.statements_of(turn, nodes, block);
            block[before..].iter_mut().for_each(|statement| shift(statement, self.base));
        }
        self.exports[exports..].iter_mut().for_each(|(_, value)| shift(value, self.base));
        self.shift_since(functions, classes);
    }
}

/// The pieces of a text, with where they begin.
fn pieces(text: &str) -> Vec<(usize, &str)> {
    let mut pieces = Vec::new();
    let mut start = 0;
    while text.len() - start > 2 * PIECE
        && let Some(end) = beginning(text, start + PIECE)
    {
        pieces.push((start, &text[start..end]));
        start = end;
    }
    pieces.push((start, &text[start..]));
    pieces
}

/// Where a piece may begin, from `from` on.
fn beginning(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'\n', &bytes[from..])
        .map(|at| from + at + 1)
        .find(|at| BEGINNINGS.iter().any(|word| bytes[*at..].starts_with(word.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_the_whole_text() {
        let line = "const text = `\nfunction f() {}\n`;\n";
        let text = line.repeat(4 * PIECE / line.len());
        let pieces = pieces(&text);
        assert!(pieces.len() > 2);
        assert_eq!(pieces.iter().map(|(_, piece)| *piece).collect::<String>(), text);
    }
}
