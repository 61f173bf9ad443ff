//! Binary operators and conditional expressions. Their chains nest as deep as they are long in the syntax
//! tree; here they are walked in a loop and come out flat.

use ruff_python_ast as ast;
use ruff_python_ast::Operator;
use ruff_text_size::Ranged;

use super::{Lowering, span};
use crate::code::ir::{Arg, Block, Expr, ExprKind, Span, Spread};

/// A chain that changes its operator more often is taken for arithmetic from there on, so that it stays flat.
const MAX_TURNS: u32 = 8;

/// What a run of operands comes to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Join {
    /// Texts, lists or maps put together.
    Concat,
    /// A union of types.
    Choice,
    /// `%`: a text's template with what fills it, or a remainder.
    Format,
    /// `/`: parts of a path, or numbers divided.
    Divide,
    Arithmetic,
}

impl Join {
    /// The method that each use of the operator calls, where it is one.
    fn method(self) -> Option<&'static str> {
        match self {
            Self::Format => Some("__mod__"),
            Self::Divide => Some("__truediv__"),
            _ => None,
        }
    }
}

impl Lowering<'_> {
    pub(super) fn binary(&mut self, node: &ast::ExprBinOp) -> ExprKind {
        let mut chain = vec![node];
        while let ast::Expr::BinOp(left) = &*chain[chain.len() - 1].left {
            chain.push(left);
        }
        let mut operands = vec![self.expr(&chain[chain.len() - 1].left)];
        let mut join = self.join(chain[chain.len() - 1].op);
        let mut turns = 0;
        while let Some(node) = chain.pop() {
            let next = if turns == MAX_TURNS { Join::Arithmetic } else { self.join(node.op) };
            if operands.len() > 1 && (next != join || next.method().is_some()) {
                operands = vec![Expr { kind: join.of(operands), span: span(node.left.range()) }];
                turns += u32::from(turns < MAX_TURNS);
            }
            operands.push(self.expr(&node.right));
            join = next;
        }
        join.of(operands)
    }

    fn join(&self, operator: Operator) -> Join {
        match operator {
            Operator::Mod => Join::Format,
            Operator::Div => Join::Divide,
            Operator::BitOr if self.annotation => Join::Choice,
            Operator::Add | Operator::BitOr => Join::Concat,
            _ => Join::Arithmetic,
        }
    }

    /// `target op= value`, as the value that the target gets.
    pub(super) fn augmented(&mut self, node: &ast::StmtAugAssign) -> Expr {
        let before = self.expr(&node.target);
        let value = self.expr(&node.value);
        Expr::at(node, self.join(node.op).of(vec![before, value]))
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

impl Join {
    fn of(self, mut operands: Vec<Expr>) -> ExprKind {
        // As the call that it is: on a text `%` fills the template, with the elements of a tuple or map.
        if let Some(method) = self.method()
            && operands.len() == 2
        {
            let value = operands.swap_remove(1);
            let left = operands.swap_remove(0);
            let span = Span { start: left.span.start, end: value.span.end };
            let callee = Expr { kind: ExprKind::Member(Box::new(left), method.into()), span };
            let args = vec![Arg { name: None, value, spread: Spread::No }];
            return ExprKind::Call { callee: Box::new(callee), args };
        }
        match self {
            Self::Concat => ExprKind::Concat(operands),
            Self::Choice => ExprKind::Choice(operands),
            Self::Format | Self::Divide | Self::Arithmetic => ExprKind::Unknown(operands),
        }
    }
}
