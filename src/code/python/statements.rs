//! Statements. Conditions are evaluated for what they call and select nothing.

use ruff_python_ast as ast;
use ruff_text_size::Ranged;

use super::expressions::{last_name, unknown};
use super::patterns::{SUBJECT, Way};
use super::{Lowering, ScopeKind, span, symbol};
use crate::code::ir::{Block, Expr, ExprKind, Import, ImportNames, Stmt, Symbol, Target};

/// The name that holds the value of an annotated assignment to something that is not a name.
const ANNOTATED: &str = "<annotated>";

impl Lowering<'_> {
    pub(super) fn block(&mut self, nodes: &[ast::Stmt]) -> Block {
        let mut block = Block::new();
        for node in nodes {
            self.deeper(node.range(), |it| it.statement(node, &mut block));
        }
        block
    }

    fn statement(&mut self, node: &ast::Stmt, block: &mut Block) {
        match node {
            ast::Stmt::Return(node) => {
                let value = node.value.as_ref().map(|value| self.expr(value));
                self.leave(Stmt::Return(value), block);
            }
            ast::Stmt::Raise(node) => {
                let raised = [&node.exc, &node.cause].into_iter().flatten();
                raised.for_each(|raised| block.extend(self.effect(raised)));
                self.leave(Stmt::Leave, block);
            }
            ast::Stmt::Assign(node) => self.assign(node, block),
            ast::Stmt::AnnAssign(node) => self.annotated(node, block),
            ast::Stmt::AugAssign(node) => {
                let value = self.augmented(node);
                block.push(Stmt::Bind { target: self.target(&node.target), value });
            }
            ast::Stmt::TypeAlias(node) => {
                let value = self.annotation(&node.value);
                block.push(Stmt::Bind { target: self.target(&node.name), value });
            }
            ast::Stmt::Expr(node) => match &*node.value {
                ast::Expr::Yield(_) | ast::Expr::YieldFrom(_) => {
                    block.push(self.yield_statement(&node.value));
                }
                value => block.extend(self.effect(value)),
            },
            ast::Stmt::Assert(node) => {
                block.extend(self.effect(&node.test));
                node.msg.iter().for_each(|message| block.extend(self.effect(message)));
            }
            ast::Stmt::Delete(node) => node.targets.iter().for_each(|target| self.delete(target, block)),
            ast::Stmt::Import(node) => node.names.iter().for_each(|alias| block.push(import(alias))),
            ast::Stmt::ImportFrom(node) => block.push(import_from(node)),
            ast::Stmt::Global(node) => {
                self.scope().globals.extend(node.names.iter().map(|name| symbol(name)));
            }
            ast::Stmt::Nonlocal(node) => {
                self.scope().nonlocals.extend(node.names.iter().map(|name| symbol(name)));
            }
            node => self.compound(node, block),
        }
    }

    /// A statement that has blocks in it.
    fn compound(&mut self, node: &ast::Stmt, block: &mut Block) {
        match node {
            ast::Stmt::FunctionDef(node) => block.push(self.function(node)),
            ast::Stmt::ClassDef(node) => block.push(self.class(node)),
            ast::Stmt::If(node) => self.if_statement(node, block),
            ast::Stmt::For(node) => {
                let element = ExprKind::Element(Box::new(self.expr(&node.iter)));
                let value = Expr::at(&*node.iter, element);
                let mut body = vec![Stmt::Bind { target: self.target(&node.target), value }];
                body.extend(self.block(&node.body));
                block.push(Stmt::Loop(body));
                block.extend(self.block(&node.orelse));
            }
            ast::Stmt::While(node) => {
                let mut body: Block = self.effect(&node.test).into_iter().collect();
                body.extend(self.block(&node.body));
                block.push(Stmt::Loop(body));
                block.extend(self.block(&node.orelse));
            }
            ast::Stmt::Try(node) => self.try_statement(node, block),
            ast::Stmt::With(node) => self.with(&node.items, &node.body, block),
            ast::Stmt::Match(node) => self.match_statement(node, block),
            // `pass`, `break`, `continue`.
            _ => {}
        }
    }

    /// `del a[key]` runs what the class of `a` says; `del a.name` runs nothing that is followed.
    fn delete(&mut self, target: &ast::Expr, block: &mut Block) {
        match target {
            ast::Expr::Subscript(node) if !node.slice.is_slice_expr() => {
                let operands = vec![self.expr(&node.value), self.expr(&node.slice)];
                let operation = ExprKind::Operation(Box::new(("__delitem__".into(), operands)));
                block.push(Stmt::Expr(Expr::at(node, operation)));
            }
            ast::Expr::Attribute(node) => block.extend(self.effect(&node.value)),
            ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => {
                for target in elts {
                    self.delete(target, block);
                }
            }
            ast::Expr::Name(_) => {}
            target => block.extend(self.effect(target)),
        }
    }

    /// Where a handler may follow, leaving is one of two ways on.
    fn leave(&mut self, leaving: Stmt, block: &mut Block) {
        if self.scope().guards > 0 {
            block.push(Stmt::Branch(vec![vec![leaving], Block::new()]));
        } else {
            block.push(leaving);
        }
    }

    /// A block that is left for what follows it when it raises, if `guarded`.
    fn guarded(&mut self, guarded: bool, nodes: &[ast::Stmt]) -> Block {
        self.scope().guards += u32::from(guarded);
        let block = self.block(nodes);
        self.scope().guards -= u32::from(guarded);
        block
    }

    /// `a = b = value`: one name takes the value, the other targets take it from there.
    fn assign(&mut self, node: &ast::StmtAssign, block: &mut Block) {
        let first = node.targets.iter().position(ast::Expr::is_name_expr).unwrap_or(0);
        let Some(target) = node.targets.get(first) else { return };
        let value = self.expr(&node.value);
        block.push(Stmt::Bind { target: self.target(target), value });
        let source = if target.is_name_expr() { target } else { &node.value };
        for (_, target) in node.targets.iter().enumerate().filter(|(index, _)| *index != first) {
            let value = self.expr(source);
            block.push(Stmt::Bind { target: self.target(target), value });
        }
    }

    fn annotated(&mut self, node: &ast::StmtAnnAssign, block: &mut Block) {
        let annotation = self.annotation(&node.annotation);
        let value = node.value.as_ref().map(|value| self.expr(value));
        if let ast::Expr::Name(name) = &*node.target {
            let name = symbol(&name.id);
            if self.scope().kind == ScopeKind::Class {
                block.push(Stmt::Declare { name, annotation, default: value });
            } else {
                block.push(Stmt::Declare { name: name.clone(), annotation, default: None });
                block.extend(value.map(|value| Stmt::Bind { target: Target::Name(name), value }));
            }
        } else if let Some(value) = value {
            let name = Symbol::new_static(ANNOTATED);
            let held = vec![
                Stmt::Declare { name: name.clone(), annotation, default: None },
                Stmt::Bind { target: Target::Name(name.clone()), value },
            ];
            let read = Expr::at(node, ExprKind::Name(name));
            let value = Expr::at(node, ExprKind::Block(held, Box::new(read)));
            block.push(Stmt::Bind { target: self.target(&node.target), value });
        }
    }

    fn if_statement(&mut self, node: &ast::StmtIf, block: &mut Block) {
        let main_guard = self.scope().kind == ScopeKind::Module && is_main_guard(&node.test);
        let mut arms = Vec::new();
        if main_guard {
            self.main_guard(&node.body, node.range);
        } else {
            block.extend(self.effect(&node.test));
            arms.push(self.block(&node.body));
        }
        for clause in &node.elif_else_clauses {
            // A condition that comes later stands in its own arm alone: side by side, a long chain stays flat.
            let mut arm: Block = clause.test.iter().filter_map(|test| self.effect(test)).collect();
            arm.extend(self.block(&clause.body));
            arms.push(arm);
        }
        let has_else = node.elif_else_clauses.last().is_some_and(|clause| clause.test.is_none());
        if !has_else {
            arms.push(Block::new());
        }
        block.extend(branch(arms));
    }

    fn try_statement(&mut self, node: &ast::StmtTry, block: &mut Block) {
        let finally = !node.finalbody.is_empty();
        block.extend(self.guarded(finally || !node.handlers.is_empty(), &node.body));
        let mut arms = vec![self.guarded(finally, &node.orelse)];
        for ast::ExceptHandler::ExceptHandler(handler) in &node.handlers {
            let mut arm: Block = handler.type_.iter().filter_map(|types| self.effect(types)).collect();
            if let Some(name) = &handler.name {
                arm.push(Stmt::Bind { target: Target::Name(symbol(name)), value: Expr::at(name, unknown()) });
            }
            arm.extend(self.guarded(finally, &handler.body));
            arms.push(arm);
        }
        block.extend(branch(arms));
        block.extend(self.block(&node.finalbody));
    }

    fn with(&mut self, items: &[ast::WithItem], body: &[ast::Stmt], block: &mut Block) {
        let Some((item, rest)) = items.split_first() else {
            block.extend(self.block(body));
            return;
        };
        let context = self.expr(&item.context_expr);
        let target = item.optional_vars.as_ref().map(|target| self.target(target));
        let guarded = u32::from(swallows(&item.context_expr));
        self.scope().guards += guarded;
        let mut inner = Block::new();
        self.deeper(item.range, |it| it.with(rest, body, &mut inner));
        self.scope().guards -= guarded;
        block.push(Stmt::With { context, target, body: inner });
    }

    fn match_statement(&mut self, node: &ast::StmtMatch, block: &mut Block) {
        let value = self.expr(&node.subject);
        block.push(Stmt::Bind { target: Target::Name(SUBJECT.into()), value });
        let mut arms = Vec::new();
        for case in &node.cases {
            let mut arm = self.pattern(&case.pattern, Way::Subject);
            arm.extend(case.guard.iter().filter_map(|guard| self.effect(guard)));
            arm.extend(self.block(&case.body));
            arms.push(arm);
        }
        let matches_all = |case: &ast::MatchCase| {
            case.guard.is_none() && case.pattern.as_match_as().is_some_and(|it| it.pattern.is_none())
        };
        if !node.cases.iter().any(matches_all) {
            arms.push(Block::new());
        }
        block.extend(branch(arms));
    }
}

/// Exactly one of the arms runs, if any of them does anything.
fn branch(arms: Vec<Block>) -> Option<Stmt> {
    arms.iter().any(|arm| !arm.is_empty()).then_some(Stmt::Branch(arms))
}

fn import(alias: &ast::Alias) -> Stmt {
    let local = alias.asname.as_ref().map(|name| symbol(name));
    let names = ImportNames::Module { alias: local };
    Stmt::Import(Import { module: symbol(&alias.name), level: 0, names, span: span(alias.range) })
}

fn import_from(node: &ast::StmtImportFrom) -> Stmt {
    let all = node.names.iter().any(|alias| &*alias.name == "*");
    let names = node.names.iter().map(imported).collect();
    let names = if all { ImportNames::All } else { ImportNames::Names(names) };
    let module = node.module.as_ref().map(|module| symbol(module)).unwrap_or_default();
    Stmt::Import(Import { module, level: node.level, names, span: span(node.range) })
}

fn imported(alias: &ast::Alias) -> (Symbol, Symbol) {
    (symbol(&alias.name), symbol(alias.asname.as_ref().unwrap_or(&alias.name)))
}

/// `__name__ == "__main__"`, either way round or with more conditions.
fn is_main_guard(test: &ast::Expr) -> bool {
    match test {
        ast::Expr::BoolOp(node) if node.op == ast::BoolOp::And => node.values.iter().any(compares_main),
        test => compares_main(test),
    }
}

fn compares_main(test: &ast::Expr) -> bool {
    let ast::Expr::Compare(node) = test else { return false };
    let ([ast::CmpOp::Eq], [right]) = (&*node.ops, &*node.comparators) else { return false };
    let is_name = |node: &ast::Expr| node.as_name_expr().is_some_and(|name| name.id == "__name__");
    let is_main = |node: &ast::Expr| {
        node.as_string_literal_expr().is_some_and(|text| text.value.to_str() == "__main__")
    };
    is_name(&node.left) && is_main(right) || is_main(&node.left) && is_name(right)
}

/// Whether a context manager is known to catch what its body raises.
fn swallows(context: &ast::Expr) -> bool {
    context.as_call_expr().is_some_and(|call| last_name(&call.func) == Some("suppress"))
}
