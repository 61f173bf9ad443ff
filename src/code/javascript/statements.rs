//! Statements. Conditions are evaluated for what they call and select nothing.

use oxc_ast::ast;

use super::expressions::{call, is_inert, member, name, unknown};
use super::scopes::{declared, lexical_names, var_names};
use super::{Lowering, bind, span};
use crate::code::ir::{Block, Expr, ExprKind, Span, Stmt, Symbol};

impl Lowering<'_> {
    /// The statements of a module or function: declares what they declare, then lowers them.
    pub(super) fn body(&mut self, nodes: &[ast::Statement<'_>]) -> Block {
        let mut block = Block::new();
        self.declare_variables(nodes, &mut block);
        self.declare_lexical(nodes);
        self.statements(nodes, &mut block);
        block
    }

    pub(super) fn declare_variables(&mut self, nodes: &[ast::Statement<'_>], block: &mut Block) {
        let mut vars = Vec::new();
        for node in nodes {
            var_names(node, &mut vars);
        }
        for (name, without_value) in vars {
            // As below, and before the functions that are declared here.
            if without_value && !self.scopes.is_own(name) {
                block.push(bind(name, Expr { kind: ExprKind::Null, span: Span::default() }));
            }
            self.scopes.declare_in_function(name);
        }
    }

    pub(super) fn declare_lexical(&mut self, nodes: &[ast::Statement<'_>]) {
        let mut lexical = Vec::new();
        lexical_names(nodes, &mut lexical);
        self.scopes.declare_all(lexical);
    }

    /// A block with names of its own.
    pub(super) fn block(&mut self, nodes: &[ast::Statement<'_>]) -> Block {
        let mut lexical = Vec::new();
        lexical_names(nodes, &mut lexical);
        self.scopes.open_block();
        self.scopes.declare_all(lexical);
        let mut block = Block::new();
        self.statements(nodes, &mut block);
        self.scopes.close_block();
        block
    }

    /// Imports come first and declared functions next, wherever they stand.
    fn statements(&mut self, nodes: &[ast::Statement<'_>], block: &mut Block) {
        for turn in 0..TURNS {
            self.statements_of(turn, nodes, block);
        }
    }

    pub(super) fn statements_of(&mut self, turn: usize, nodes: &[ast::Statement<'_>], block: &mut Block) {
        for node in nodes.iter().filter(|node| turn_of(node) == turn) {
            self.deeper(node, |it| it.statement(node, block));
        }
    }

    /// A statement that is a block of its own: the arm of an `if`, the body of a loop.
    fn arm(&mut self, node: &ast::Statement<'_>) -> Block {
        match node {
            ast::Statement::BlockStatement(node) => self.block(&node.body),
            node => self.block(std::slice::from_ref(node)),
        }
    }

    fn statement(&mut self, node: &ast::Statement<'_>, block: &mut Block) {
        match node {
            ast::Statement::ExpressionStatement(node) => self.effect(&node.expression, block),
            ast::Statement::BlockStatement(node) => block.extend(self.block(&node.body)),
            ast::Statement::ReturnStatement(node) => {
                let value = node.argument.as_ref().map(|value| self.expr(value));
                self.leave(Stmt::Return(value), block);
            }
            ast::Statement::ThrowStatement(node) => {
                self.effect(&node.argument, block);
                self.leave(Stmt::Leave, block);
            }
            ast::Statement::IfStatement(node) => self.if_statement(node, block),
            ast::Statement::SwitchStatement(node) => self.switch(node, block),
            ast::Statement::TryStatement(node) => self.try_statement(node, block),
            ast::Statement::LabeledStatement(node) => {
                self.deeper(&node.body, |it| it.statement(&node.body, block));
            }
            ast::Statement::WithStatement(node) => {
                self.effect(&node.object, block);
                block.extend(self.arm(&node.body));
            }
            node => match (node.as_declaration(), node.as_module_declaration()) {
                (Some(node), _) => self.declaration(node, block),
                (_, Some(node)) => self.module_declaration(node, block),
                _ => self.repetition(node, block),
            },
        }
    }

    fn repetition(&mut self, node: &ast::Statement<'_>, block: &mut Block) {
        let mut body = Block::new();
        match node {
            ast::Statement::ForStatement(node) => {
                self.scopes.open_block();
                match &node.init {
                    Some(ast::ForStatementInit::VariableDeclaration(node)) => {
                        self.loop_names(node);
                        self.variables(node, block);
                    }
                    Some(init) => init.as_expression().into_iter().for_each(|it| self.effect(it, block)),
                    None => {}
                }
                node.test.iter().for_each(|test| self.effect(test, &mut body));
                body.extend(self.arm(&node.body));
                node.update.iter().for_each(|update| self.effect(update, &mut body));
                self.scopes.close_block();
            }
            ast::Statement::ForOfStatement(node) => {
                if let Some(copy) = self.copying_loop(&node.left, &node.right, &node.body) {
                    return block.push(Stmt::Expr(copy));
                }
                let iterated = self.expr(&node.right);
                self.for_each(&node.left, iterated, &node.body, &mut body);
            }
            ast::Statement::ForInStatement(node) => {
                if let Some(copy) = self.copying_loop(&node.left, &node.right, &node.body) {
                    return block.push(Stmt::Expr(copy));
                }
                let keys = member(name("Object", &node.right), "keys", &node.right);
                let argument = self.expr(&node.right);
                let keys = call(keys, vec![argument], &node.right);
                self.for_each(&node.left, keys, &node.body, &mut body);
            }
            ast::Statement::WhileStatement(node) => {
                self.effect(&node.test, &mut body);
                body.extend(self.arm(&node.body));
            }
            ast::Statement::DoWhileStatement(node) => {
                body.extend(self.arm(&node.body));
                self.effect(&node.test, &mut body);
            }
            // `break`, `continue`, `debugger`, and nothing.
            _ => return,
        }
        block.push(Stmt::Loop(body));
    }

    fn for_each(
        &mut self,
        left: &ast::ForStatementLeft<'_>,
        iterated: Expr,
        inner: &ast::Statement<'_>,
        body: &mut Block,
    ) {
        let place = iterated.span;
        let value = Expr { kind: ExprKind::Element(Box::new(iterated)), span: place };
        self.scopes.open_block();
        match left {
            ast::ForStatementLeft::VariableDeclaration(node) => {
                self.loop_names(node);
                if let Some(declarator) = node.declarations.first() {
                    self.bind_pattern(&declarator.id, value, body);
                }
            }
            left => {
                if let Some(target) = left.as_assignment_target() {
                    self.bind_target(target, value, body);
                }
            }
        }
        body.extend(self.arm(inner));
        self.scopes.close_block();
    }

    /// Declares the variables of a loop's head.
    fn loop_names(&mut self, node: &ast::VariableDeclaration<'_>) {
        if !node.kind.is_var() {
            let mut names = Vec::new();
            declared(node, &mut names);
            self.scopes.declare_all(names);
        }
    }

    pub(super) fn declaration(&mut self, node: &ast::Declaration<'_>, block: &mut Block) {
        match node {
            ast::Declaration::VariableDeclaration(node) => self.variables(node, block),
            ast::Declaration::FunctionDeclaration(node) => self.function_declaration(node, block),
            ast::Declaration::ClassDeclaration(node) => self.class_declaration(node, block),
            node => self.typescript(node, block),
        }
    }

    pub(super) fn variables(&mut self, node: &ast::VariableDeclaration<'_>, block: &mut Block) {
        for declarator in &node.declarations {
            let written = declarator.id.get_identifier_name();
            if declarator.init.is_none() && !node.kind.is_var() && !node.declare {
                // So that closures find the name where they assign to it.
                self.bind_pattern(&declarator.id, Expr::of(&declarator.id, ExprKind::Null), block);
            }
            let annotation = self.annotation(declarator.type_annotation.as_deref());
            // What is taken apart is given a name, to which the type belongs.
            let mut whole = None;
            if let Some(annotation) = annotation {
                let name = if let Some(written) = &written {
                    self.scopes.resolve(written)
                } else {
                    smol_str::format_smolstr!("<value at {}>", declarator.span.start)
                };
                whole = written.is_none().then(|| name.clone());
                block.push(Stmt::Declare { name, annotation, default: None });
            }
            if let Some(init) = &declarator.init {
                let mut value = self.named(init, written.as_deref());
                if let Some(whole) = whole {
                    block.push(bind(whole.clone(), value));
                    value = Expr::of(init, ExprKind::Name(whole));
                }
                self.bind_pattern(&declarator.id, value, block);
            }
        }
    }

    /// Where a handler may follow, leaving is one of two ways on.
    fn leave(&mut self, leaving: Stmt, block: &mut Block) {
        if self.scopes.function().guards > 0 {
            block.push(Stmt::Branch(vec![vec![leaving], Block::new()]));
        } else {
            block.push(leaving);
        }
    }

    /// A block that is left for what follows it when it raises, if `guarded`.
    fn guarded(&mut self, guarded: bool, nodes: &[ast::Statement<'_>]) -> Block {
        self.scopes.function().guards += u32::from(guarded);
        let block = self.block(nodes);
        self.scopes.function().guards -= u32::from(guarded);
        block
    }

    fn if_statement(&mut self, node: &ast::IfStatement<'_>, block: &mut Block) {
        let mut arms = Vec::new();
        let mut next = node;
        loop {
            let first = arms.is_empty();
            let mut arm = Block::new();
            if self.scopes.at_module() && is_main_guard(&next.test) {
                self.main_guard(next);
            } else {
                // A condition that comes later stands in its own arm: side by side, a long chain stays flat.
                self.effect(&next.test, if first { block } else { &mut arm });
                arm.extend(self.arm(&next.consequent));
            }
            arms.push(arm);
            match &next.alternate {
                Some(ast::Statement::IfStatement(alternate)) => next = alternate,
                Some(alternate) => {
                    arms.push(self.arm(alternate));
                    break;
                }
                None => {
                    arms.push(Block::new());
                    break;
                }
            }
        }
        block.extend(branch(arms));
    }

    /// The statements that a deployed function never runs: nothing binds them, so nothing calls them.
    fn main_guard(&mut self, node: &ast::IfStatement<'_>) {
        let body = |it: &mut Self| it.arm(&node.consequent);
        self.never_runs("<main>", span(node.span), body);
    }

    /// A case without an end goes on into the next: what it does may have been done there.
    fn switch(&mut self, node: &ast::SwitchStatement<'_>, block: &mut Block) {
        self.effect(&node.discriminant, block);
        self.scopes.open_block();
        let mut lexical = Vec::new();
        node.cases.iter().for_each(|case| lexical_names(&case.consequent, &mut lexical));
        self.scopes.declare_all(lexical);
        let mut arms = Vec::new();
        let mut before = Block::new();
        let mut has_default = false;
        for (index, case) in node.cases.iter().enumerate() {
            has_default |= case.test.is_none();
            let mut arm = std::mem::take(&mut before);
            case.test.iter().for_each(|test| self.effect(test, &mut arm));
            self.statements(&case.consequent, &mut arm);
            let last = index + 1 == node.cases.len();
            if last || case.consequent.last().is_some_and(leaves) {
                arms.push(arm);
            } else if !arm.is_empty() {
                before.push(Stmt::Branch(vec![arm, Block::new()]));
            }
        }
        self.scopes.close_block();
        if !has_default {
            arms.push(Block::new());
        }
        block.extend(branch(arms));
    }

    fn try_statement(&mut self, node: &ast::TryStatement<'_>, block: &mut Block) {
        let finally = node.finalizer.is_some();
        block.extend(self.guarded(finally || node.handler.is_some(), &node.block.body));
        if let Some(handler) = &node.handler {
            let mut arm = Block::new();
            self.scopes.open_block();
            if let Some(param) = &handler.param {
                let mut names = Vec::new();
                super::scopes::pattern_names(&param.pattern, &mut names);
                self.scopes.declare_all(names);
                self.bind_pattern(&param.pattern, Expr::of(&param.pattern, unknown()), &mut arm);
            }
            arm.extend(self.guarded(finally, &handler.body.body));
            self.scopes.close_block();
            block.push(Stmt::Branch(vec![Block::new(), arm]));
        }
        if let Some(finalizer) = &node.finalizer {
            block.extend(self.block(&finalizer.body));
        }
    }

    /// Evaluates an expression for what it does, if it can do anything.
    pub(super) fn effect(&mut self, node: &ast::Expression<'_>, block: &mut Block) {
        self.deeper(node, |it| it.effect_of(node, block));
    }

    fn effect_of(&mut self, node: &ast::Expression<'_>, block: &mut Block) {
        match node {
            ast::Expression::AssignmentExpression(node) => {
                self.assignment(node, block);
            }
            ast::Expression::SequenceExpression(node) => {
                node.expressions.iter().for_each(|node| self.effect(node, block));
            }
            ast::Expression::AwaitExpression(node) => self.effect(&node.argument, block),
            ast::Expression::UnaryExpression(node) => self.effect(&node.argument, block),
            ast::Expression::UpdateExpression(node) => self.update(node, block),
            ast::Expression::YieldExpression(node) if !self.scopes.function().awaits => {
                let yielded = self.yielded(node);
                block.push(yielded);
            }
            ast::Expression::LogicalExpression(node) => {
                self.effect(&node.left, block);
                let mut arm = Block::new();
                self.effect(&node.right, &mut arm);
                block.extend(branch(vec![arm, Block::new()]));
            }
            ast::Expression::ConditionalExpression(node) => {
                self.effect(&node.test, block);
                let arms = [&node.consequent, &node.alternate].map(|node| {
                    let mut arm = Block::new();
                    self.effect(node, &mut arm);
                    arm
                });
                block.extend(branch(arms.into()));
            }
            node => {
                let expr = self.expr(node);
                if !is_inert(&expr) {
                    block.push(Stmt::Expr(expr));
                }
            }
        }
    }
}

/// Exactly one of the arms runs, if any of them does anything.
fn branch(arms: Vec<Block>) -> Option<Stmt> {
    arms.iter().any(|arm| !arm.is_empty()).then_some(Stmt::Branch(arms))
}

/// Imports, functions, and the rest.
pub(super) const TURNS: usize = 3;

fn turn_of(node: &ast::Statement<'_>) -> usize {
    match node {
        ast::Statement::ImportDeclaration(_) => 0,
        node if is_function(node) => 1,
        _ => 2,
    }
}

fn is_function(node: &ast::Statement<'_>) -> bool {
    match node {
        ast::Statement::FunctionDeclaration(_) => true,
        ast::Statement::ExportDeclaration(node) => {
            matches!(node.declaration, ast::Declaration::FunctionDeclaration(_))
        }
        ast::Statement::ExportDefaultDeclaration(node) => {
            matches!(node.declaration, ast::ExportDefaultDeclarationKind::FunctionDeclaration(_))
        }
        _ => false,
    }
}

/// Whether control never gets to what follows.
fn leaves(node: &ast::Statement<'_>) -> bool {
    match node {
        ast::Statement::BreakStatement(_)
        | ast::Statement::ContinueStatement(_)
        | ast::Statement::ReturnStatement(_)
        | ast::Statement::ThrowStatement(_) => true,
        ast::Statement::BlockStatement(node) => node.body.last().is_some_and(leaves),
        _ => false,
    }
}

/// `require.main === module`, or a comparison with the place of the module itself.
fn is_main_guard(test: &ast::Expression<'_>) -> bool {
    match test {
        ast::Expression::LogicalExpression(node) if node.operator.is_and() => {
            is_main_guard(&node.left) || is_main_guard(&node.right)
        }
        ast::Expression::BinaryExpression(node) if node.operator.is_equality() => {
            [&node.left, &node.right].into_iter().any(|side| {
                side.is_specific_member_access("require", "main")
                    || side.as_member_expression().is_some_and(|side| {
                        matches!(side.object(), ast::Expression::ImportMeta(_))
                            && side.static_property_name() == Some("url")
                    })
            })
        }
        ast::Expression::StaticMemberExpression(node) => {
            matches!(node.object, ast::Expression::ImportMeta(_)) && node.property.name == "main"
        }
        _ => false,
    }
}

/// The name that holds a value which has none.
pub(super) const VALUE: Symbol = Symbol::new_static("<value>");
