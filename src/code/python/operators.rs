//! Binary operators and conditional expressions. Their chains nest as deep as they are long in the syntax
//! tree; here they are walked in a loop and come out flat.

use ruff_python_ast as ast;
use ruff_python_ast::Operator;
use ruff_text_size::Ranged;

use super::Lowering;
use crate::code::ir::{Arg, Block, Expr, ExprKind, Span, Spread};

/// Divisions that can be a path's; more are numbers, and stay flat.
const LONGEST_PATH: usize = 16;

impl Lowering<'_> {
    pub(super) fn binary(&mut self, node: &ast::ExprBinOp) -> ExprKind {
        let mut chain = vec![node];
        while let ast::Expr::BinOp(left) = &*chain[chain.len() - 1].left {
            chain.push(left);
        }
        chain.reverse();
        let mut joined = self.expr(&chain[0].left);
        // Once numbers were reckoned with, what follows in the chain is arithmetic as well. A product alone may
        // be a repeated text.
        let (mut arithmetic, mut divided) = (false, false);
        for (index, node) in chain.into_iter().enumerate() {
            let right = self.expr(&node.right);
            let span = joined.span;
            let kind = match node.op {
                // Paths are joined by division.
                Operator::Div if (divided || !arithmetic) && index < LONGEST_PATH => {
                    (arithmetic, divided) = (true, true);
                    let callee = ExprKind::Member(Box::new(joined), "__truediv__".into());
                    let callee = Box::new(Expr { kind: callee, span });
                    ExprKind::Call {
                        callee,
                        args: vec![Arg { name: None, value: right, spread: Spread::No }],
                    }
                }
                _ if arithmetic => {
                    divided = false;
                    reckoned(joined, right)
                }
                Operator::BitOr if self.annotation => either(joined, right, index),
                Operator::Add | Operator::BitOr => concatenated(joined, right, index),
                Operator::Mod if index == 0 => formatted(joined, right),
                operator => {
                    arithmetic = index > 0 || operator != Operator::Mult;
                    divided = false;
                    ExprKind::Unknown(vec![joined, right])
                }
            };
            joined = Expr { kind, span: Span { start: span.start, end: node.end().to_u32() } };
        }
        joined.kind
    }

    /// `target op= value`, as the value that the target gets.
    pub(super) fn augmented(&mut self, node: &ast::StmtAugAssign) -> Expr {
        let before = self.expr(&node.target);
        let value = self.expr(&node.value);
        let kind = match node.op {
            Operator::Add | Operator::BitOr => ExprKind::Concat(vec![before, value]),
            Operator::Mod => formatted(before, value),
            _ => ExprKind::Unknown(vec![before, value]),
        };
        Expr::at(node, kind)
    }

    pub(super) fn conditional(&mut self, node: &ast::ExprIf) -> ExprKind {
        let mut conditions = Block::new();
        let mut choices = Vec::new();
        let mut next = node;
        loop {
            conditions.extend(self.effect(&next.test));
            choices.push(self.expr(&next.body));
            match &*next.orelse {
                ast::Expr::If(orelse) => next = orelse,
                orelse => {
                    choices.push(self.expr(orelse));
                    break;
                }
            }
        }
        let choice = ExprKind::Choice(choices);
        if conditions.is_empty() {
            choice
        } else {
            ExprKind::Block(conditions, Box::new(Expr::at(node, choice)))
        }
    }
}

fn reckoned(left: Expr, right: Expr) -> ExprKind {
    match left.kind {
        ExprKind::Unknown(mut operands) => {
            operands.push(right);
            ExprKind::Unknown(operands)
        }
        _ => ExprKind::Unknown(vec![left, right]),
    }
}

fn concatenated(left: Expr, right: Expr, index: usize) -> ExprKind {
    match left.kind {
        ExprKind::Concat(mut operands) if index > 0 => {
            operands.push(right);
            ExprKind::Concat(operands)
        }
        kind => ExprKind::Concat(vec![Expr { kind, span: left.span }, right]),
    }
}

fn either(left: Expr, right: Expr, index: usize) -> ExprKind {
    match left.kind {
        ExprKind::Choice(mut operands) if index > 0 => {
            operands.push(right);
            ExprKind::Choice(operands)
        }
        kind => ExprKind::Choice(vec![Expr { kind, span: left.span }, right]),
    }
}

/// `left % right`, as the call that it is. On a text it fills the template, with a tuple's or map's elements.
fn formatted(left: Expr, right: Expr) -> ExprKind {
    let span = left.span;
    let callee = Box::new(Expr { kind: ExprKind::Member(Box::new(left), "__mod__".into()), span });
    ExprKind::Call { callee, args: vec![Arg { name: None, value: right, spread: Spread::No }] }
}
