//! What binds names from values: assignment targets, and the patterns of `match`.

use ruff_python_ast as ast;
use ruff_text_size::{Ranged, TextRange};

use super::expressions::{last_name, unknown};
use super::{Lowering, span, symbol};
use crate::code::ir::{Block, Expr, ExprKind, Stmt, Target};

/// The name that holds what a `match` statement looks at.
pub(super) const SUBJECT: &str = "<match>";

/// The classes whose positional pattern is matched with the subject itself.
const WHOLE: [&str; 11] =
    ["bool", "bytearray", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple"];

/// How a part of the subject is reached.
#[derive(Clone, Copy)]
pub(super) enum Way<'w> {
    Subject,
    Position(&'w Way<'w>, usize),
    Key(&'w Way<'w>, &'w ast::Expr),
    Member(&'w Way<'w>, &'w str),
    Element(&'w Way<'w>),
    Rest(&'w Way<'w>),
    Unknown,
}

impl Lowering<'_> {
    pub(super) fn target(&mut self, node: &ast::Expr) -> Target {
        self.deeper(node.range(), |it| match node {
            ast::Expr::Name(node) if !node.id.is_empty() => Target::Name(it.name(&node.id)),
            ast::Expr::Attribute(node) => Target::Member(it.expr(&node.value), symbol(&node.attr)),
            ast::Expr::Subscript(node) => {
                let value = it.expr(&node.value);
                Target::Index(value, it.expr(&node.slice))
            }
            ast::Expr::List(node) => it.target_list(&node.elts),
            ast::Expr::Tuple(node) => it.target_list(&node.elts),
            ast::Expr::Starred(node) => Target::List(vec![(it.target(&node.value), true)]),
            _ => Target::Discard,
        })
        .unwrap_or(Target::Discard)
    }

    fn target_list(&mut self, nodes: &[ast::Expr]) -> Target {
        let elements = nodes.iter().map(|node| match node {
            ast::Expr::Starred(node) => (self.target(&node.value), true),
            node => (self.target(node), false),
        });
        Target::List(elements.collect())
    }

    /// The binds of a pattern, given the way to what it is matched with.
    pub(super) fn pattern(&mut self, node: &ast::Pattern, at: Way<'_>) -> Block {
        self.deeper(node.range(), |it| it.captures(node, at)).unwrap_or_default()
    }

    fn captures(&mut self, node: &ast::Pattern, at: Way<'_>) -> Block {
        let mut block = Block::new();
        match node {
            ast::Pattern::MatchValue(_) | ast::Pattern::MatchSingleton(_) => {}
            ast::Pattern::MatchSequence(node) => block = self.sequence(&node.patterns, at),
            ast::Pattern::MatchMapping(node) => {
                for (key, pattern) in node.keys.iter().zip(&node.patterns) {
                    block.extend(self.pattern(pattern, Way::Key(&at, key)));
                }
                self.capture(node.rest.as_ref(), at, node.range, &mut block);
            }
            ast::Pattern::MatchClass(node) => {
                // What stands at a position, the class says at run time; of these classes, it is the subject.
                let whole = last_name(&node.cls).is_some_and(|name| WHOLE.contains(&name));
                for pattern in &node.arguments.patterns {
                    block.extend(self.pattern(pattern, if whole { at } else { Way::Unknown }));
                }
                for keyword in &node.arguments.keywords {
                    block.extend(self.pattern(&keyword.pattern, Way::Member(&at, &keyword.attr)));
                }
            }
            ast::Pattern::MatchStar(node) => self.capture(node.name.as_ref(), at, node.range, &mut block),
            ast::Pattern::MatchAs(node) => {
                if let Some(pattern) = &node.pattern {
                    block.extend(self.pattern(pattern, at));
                }
                self.capture(node.name.as_ref(), at, node.range, &mut block);
            }
            ast::Pattern::MatchOr(node) => {
                let arms: Vec<Block> =
                    node.patterns.iter().map(|pattern| self.pattern(pattern, at)).collect();
                if arms.iter().any(|arm| !arm.is_empty()) {
                    block.push(Stmt::Branch(arms));
                }
            }
        }
        block
    }

    /// By position up to a starred element, any element from there on.
    fn sequence(&mut self, patterns: &[ast::Pattern], at: Way<'_>) -> Block {
        let mut block = Block::new();
        let mut starred = false;
        for (index, pattern) in patterns.iter().enumerate() {
            let is_star = matches!(pattern, ast::Pattern::MatchStar(_));
            starred |= is_star;
            let way = match () {
                () if is_star => Way::Rest(&at),
                () if starred => Way::Element(&at),
                () => Way::Position(&at, index),
            };
            block.extend(self.pattern(pattern, way));
        }
        block
    }

    fn capture(&mut self, name: Option<&ast::Identifier>, at: Way<'_>, range: TextRange, block: &mut Block) {
        if let Some(name) = name {
            let value = Expr { kind: self.way(at, range), span: span(range) };
            block.push(Stmt::Bind { target: Target::Name(symbol(name)), value });
        }
    }

    fn way(&mut self, way: Way<'_>, range: TextRange) -> ExprKind {
        let go =
            |it: &mut Self, from: &Way<'_>| Box::new(Expr { kind: it.way(*from, range), span: span(range) });
        match way {
            Way::Subject => ExprKind::Name(SUBJECT.into()),
            Way::Position(from, index) => {
                let from = go(self, from);
                let index = ExprKind::Number(index.to_string().into());
                ExprKind::Index(from, Box::new(Expr { kind: index, span: span(range) }))
            }
            Way::Key(from, key) => {
                let from = go(self, from);
                ExprKind::Index(from, Box::new(self.expr(key)))
            }
            Way::Member(from, name) => ExprKind::Member(go(self, from), symbol(name)),
            Way::Element(from) => ExprKind::Element(go(self, from)),
            Way::Rest(from) => ExprKind::List(vec![(*go(self, from), true)]),
            Way::Unknown => unknown(),
        }
    }
}
