//! Operators, assignments and conditional expressions. Chains of operators nest as deep as they are long in the
//! syntax tree; here they are walked in a loop and come out flat.

use oxc_ast::ast;
use oxc_span::GetSpan;

use super::expressions::unknown;
use super::statements::VALUE;
use super::{Lowering, bind, span};
use crate::code::ir::{Block, Expr, ExprKind, Stmt, Symbol};

/// A chain that changes its operator more often is taken for arithmetic from there on, so that it stays flat.
const MAX_TURNS: u32 = 8;

impl Lowering<'_> {
    pub(super) fn binary(&mut self, node: &ast::BinaryExpression<'_>) -> ExprKind {
        let mut chain = vec![node];
        while let ast::Expression::BinaryExpression(left) = &chain[chain.len() - 1].left {
            chain.push(left);
        }
        let innermost = chain[chain.len() - 1];
        let mut operands = vec![self.expr(&innermost.left)];
        let mut joins = innermost.operator == ast::BinaryOperator::Addition;
        let mut turns = 0;
        while let Some(node) = chain.pop() {
            let next = turns < MAX_TURNS && node.operator == ast::BinaryOperator::Addition;
            if operands.len() > 1 && next != joins {
                operands = vec![Expr { kind: join(joins, operands), span: span(node.left.span()) }];
                turns += u32::from(turns < MAX_TURNS);
            }
            operands.push(self.expr(&node.right));
            joins = next;
        }
        join(joins, operands)
    }

    /// `a || b ?? c`, `a && b`: any of the operands.
    pub(super) fn logical(&mut self, node: &ast::LogicalExpression<'_>) -> ExprKind {
        let mut operands = vec![&node.right];
        let mut left = &node.left;
        let mut stands_in = !node.operator.is_and();
        while let ast::Expression::LogicalExpression(next) = left {
            stands_in &= !next.operator.is_and();
            operands.push(&next.right);
            left = &next.left;
        }
        operands.push(left);
        // `this && this.__importStar || function …`, of TypeScript's output: no other module has made the helper.
        if let [helper, ast::Expression::StaticMemberExpression(made), ast::Expression::ThisExpression(_)] =
            *operands
            && made.property.name.starts_with("__")
        {
            return self.expr(helper).kind;
        }
        let operands = operands.into_iter().rev().map(|operand| self.expr(operand)).collect();
        if stands_in { ExprKind::OrElse(operands) } else { ExprKind::Choice(operands) }
    }

    pub(super) fn conditional(&mut self, node: &ast::ConditionalExpression<'_>) -> ExprKind {
        let mut conditions = Block::new();
        let mut choices = Vec::new();
        let mut next = node;
        loop {
            self.effect(&next.test, &mut conditions);
            choices.push(self.expr(&next.consequent));
            match &next.alternate {
                ast::Expression::ConditionalExpression(alternate) => next = alternate,
                alternate => {
                    choices.push(self.expr(alternate));
                    break;
                }
            }
        }
        after(conditions, Expr::of(node, ExprKind::Choice(choices)))
    }

    pub(super) fn sequence(&mut self, node: &ast::SequenceExpression<'_>) -> ExprKind {
        let Some((last, before)) = node.expressions.split_last() else { return unknown() };
        let mut block = Block::new();
        for node in before {
            self.effect(node, &mut block);
        }
        let value = self.expr(last);
        after(block, value)
    }

    pub(super) fn unary(&mut self, node: &ast::UnaryExpression<'_>) -> ExprKind {
        let operand = self.expr(&node.argument);
        match (node.operator, operand.kind) {
            (ast::UnaryOperator::UnaryNegation, ExprKind::Number(digits)) if !digits.starts_with('-') => {
                ExprKind::Number(format!("-{digits}").into())
            }
            (ast::UnaryOperator::UnaryPlus, kind @ ExprKind::Number(_)) => kind,
            (ast::UnaryOperator::LogicalNot, ExprKind::Number(digits)) => ExprKind::Bool(digits == "0"),
            (ast::UnaryOperator::Void, ExprKind::Number(_)) => ExprKind::Null,
            (_, kind) => ExprKind::Unknown(vec![Expr { kind, span: operand.span }]),
        }
    }

    /// `x++`: the next number is not known, but it is another.
    pub(super) fn update(&mut self, node: &ast::UpdateExpression<'_>, block: &mut Block) {
        let before = self.read(&node.argument);
        let value = Expr::of(node, ExprKind::Unknown(vec![before]));
        let target = self.simple(&node.argument);
        block.push(Stmt::Bind { target, value });
    }

    pub(super) fn updated_value(&mut self, node: &ast::UpdateExpression<'_>) -> ExprKind {
        let mut block = Block::new();
        self.update(node, &mut block);
        ExprKind::Block(block, Box::new(Expr::of(node, unknown())))
    }

    pub(super) fn assigned_value(&mut self, node: &ast::AssignmentExpression<'_>) -> ExprKind {
        let mut block = Block::new();
        let holder = self.assign(node, true, &mut block);
        ExprKind::Block(block, Box::new(Expr::of(node, ExprKind::Name(holder))))
    }

    pub(super) fn assignment(&mut self, node: &ast::AssignmentExpression<'_>, block: &mut Block) {
        self.assign(node, false, block);
    }

    /// `a = b = value`: one name takes the value, the other targets take it from there. Gives that name, which
    /// only has the value if it is `held` or there are more targets than one.
    fn assign(&mut self, node: &ast::AssignmentExpression<'_>, held: bool, block: &mut Block) -> Symbol {
        let mut targets = vec![&node.left];
        let mut last = node;
        while last.operator.is_assign()
            && let ast::Expression::AssignmentExpression(next) = &last.right
            && next.operator.is_assign()
        {
            targets.push(&next.left);
            last = next;
        }
        let value = self.assigned(last);
        let first = targets.iter().rposition(|target| identifier(target).is_some());
        let alone = targets.len() == 1;
        let named = first.and_then(|first| identifier(targets.remove(first)));
        let holder = match named {
            Some(name) => self.scopes.assigned(name),
            None if alone && !held => {
                self.bind_target(&node.left, value, block);
                return VALUE;
            }
            None => VALUE,
        };
        block.push(bind(holder.clone(), value));
        for target in targets.into_iter().rev() {
            let value = Expr::of(target, ExprKind::Name(holder.clone()));
            self.bind_target(target, value, block);
        }
        holder
    }

    /// The value that the target of an assignment gets.
    fn assigned(&mut self, node: &ast::AssignmentExpression<'_>) -> Expr {
        let name = match &node.left {
            ast::AssignmentTarget::AssignmentTargetIdentifier(node) => Some(node.name.as_str()),
            ast::AssignmentTarget::StaticMemberExpression(node) => Some(node.property.name.as_str()),
            _ => None,
        };
        let before = match node.left.as_simple_assignment_target() {
            Some(target) if !node.operator.is_assign() => self.read(target),
            _ => return self.named(&node.right, name),
        };
        let value = self.named(&node.right, name);
        let operands = vec![before, value];
        let kind = match node.operator {
            ast::AssignmentOperator::Addition => ExprKind::Concat(operands),
            operator if operator.is_logical() => ExprKind::OrElse(operands),
            _ => ExprKind::Unknown(operands),
        };
        Expr::of(node, kind)
    }

    pub(super) fn yielded(&mut self, node: &ast::YieldExpression<'_>) -> Stmt {
        self.scopes.function().yields = true;
        let value = node.argument.as_ref().map(|argument| self.expr(argument));
        let kind = match value {
            Some(value) if node.delegate => ExprKind::Element(Box::new(value)),
            Some(value) => value.kind,
            None => ExprKind::Null,
        };
        Stmt::Yield(Expr::of(node, kind))
    }
}

fn identifier<'n>(node: &'n ast::AssignmentTarget<'_>) -> Option<&'n str> {
    match node {
        ast::AssignmentTarget::AssignmentTargetIdentifier(node) => Some(node.name.as_str()),
        _ => None,
    }
}

fn join(joins: bool, operands: Vec<Expr>) -> ExprKind {
    if joins { ExprKind::Concat(operands) } else { ExprKind::Unknown(operands) }
}

fn after(block: Block, value: Expr) -> ExprKind {
    if block.is_empty() { value.kind } else { ExprKind::Block(block, Box::new(value)) }
}
