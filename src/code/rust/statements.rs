//! Blocks and what chooses between them. Conditions select nothing: all arms are kept.

use super::patterns::element_of;
use super::{Lowering, span_of, unknown};
use crate::code::ir::{Block, Expr, ExprKind, Span, Stmt, Symbol, Target};

/// What a `break` leaves.
pub(super) struct Breakable {
    label: Option<Symbol>,
    /// What takes the value that it is left with.
    result: Option<Symbol>,
    is_loop: bool,
}

impl Lowering {
    /// The statements of a block, and the value of its last expression.
    pub(super) fn block(&mut self, node: &syn::Block) -> (Block, Option<Expr>) {
        self.scoped(|it| it.block_here(node))
    }

    /// The same, whose variables hold after it.
    pub(super) fn block_here(&mut self, node: &syn::Block) -> (Block, Option<Expr>) {
        let items: Vec<&syn::Item> = node
            .stmts
            .iter()
            .filter_map(|statement| match statement {
                syn::Stmt::Item(item) => Some(item),
                _ => None,
            })
            .collect();
        let entered = !items.is_empty();
        let mut block = if entered { self.enter_block(&items) } else { Block::new() };
        let mut value = None;
        for (index, statement) in node.stmts.iter().enumerate() {
            let is_last = index + 1 == node.stmts.len();
            match statement {
                syn::Stmt::Local(node) => self.let_statement(node, &mut block),
                syn::Stmt::Item(_) => {}
                syn::Stmt::Expr(node, None) if is_last => value = self.tail(node, &mut block),
                syn::Stmt::Expr(node, _) => self.statement(node, &mut block),
                syn::Stmt::Macro(node) if !is_last && self.expanded_statements(&node.mac, &mut block) => {}
                syn::Stmt::Macro(node) => {
                    let lowered = self.macro_call(&node.mac);
                    if is_last && node.semi_token.is_none() {
                        value = Some(lowered);
                    } else {
                        block.push(Stmt::Expr(lowered));
                    }
                }
            }
        }
        if entered {
            self.leave_block();
        }
        (block, value)
    }

    /// The block as one expression.
    pub(super) fn block_expr(&mut self, node: &syn::Block) -> Expr {
        let span = span_of(node);
        let (block, value) = self.block(node);
        let value = value.unwrap_or(Expr::spanned(ExprKind::Null, span));
        if block.is_empty() {
            return value;
        }
        Expr::spanned(ExprKind::Block(block, Box::new(value)), span)
    }

    fn let_statement(&mut self, node: &syn::Local, block: &mut Block) {
        let Some(init) = &node.init else {
            let target = self.target(&node.pat);
            self.declare(&node.pat, &target, block);
            return;
        };
        let mut value = self.expr(&init.expr);
        if let syn::Pat::Type(typed) = &node.pat {
            self.expect_type(&mut value, &typed.ty);
        }
        if let Some((_, otherwise)) = &init.diverge {
            let mut arm = Block::new();
            self.statement(otherwise, &mut arm);
            block.push(Stmt::Branch(vec![arm, Block::new()]));
        }
        let target = self.target(&node.pat);
        self.declare(&node.pat, &target, block);
        if is_text(&init.expr)
            && let Target::Name(name) = &target
        {
            self.set_text(name);
        }
        self.keep(&node.pat, &init.expr);
        match target {
            Target::Discard => block.push(Stmt::Expr(value)),
            target => block.push(Stmt::Bind { target, value }),
        }
    }

    /// What a variable's declared type says.
    fn declare(&mut self, pattern: &syn::Pat, target: &Target, block: &mut Block) {
        if let (syn::Pat::Type(typed), Target::Name(name)) = (pattern, target)
            && let Some(annotation) = self.annotation(&typed.ty)
        {
            block.push(Stmt::Declare { name: name.clone(), annotation, default: None });
        }
    }

    /// The last expression of a block. What leaves the function gives none.
    fn tail(&mut self, node: &syn::Expr, block: &mut Block) -> Option<Expr> {
        match node {
            syn::Expr::Return(_) | syn::Expr::ForLoop(_) | syn::Expr::While(_) | syn::Expr::Assign(_) => {
                self.statement(node, block);
                None
            }
            syn::Expr::If(_) | syn::Expr::Match(_) => {
                let name = self.temporary("value");
                self.choose(node, Some(&name), block);
                Some(Expr::name(name, span_of(node)))
            }
            node => Some(self.expr(node)),
        }
    }

    /// An expression for what it does.
    pub(super) fn statement(&mut self, node: &syn::Expr, block: &mut Block) {
        match node {
            syn::Expr::If(_) | syn::Expr::Match(_) => self.choose(node, None, block),
            syn::Expr::Block(node) if node.label.is_none() => {
                let (inner, value) = self.block(&node.block);
                block.extend(inner);
                block.extend(value.map(Stmt::Expr));
            }
            syn::Expr::Unsafe(node) => {
                let (inner, value) = self.block(&node.block);
                block.extend(inner);
                block.extend(value.map(Stmt::Expr));
            }
            syn::Expr::Return(node) => {
                self.returns = true;
                let mut value = node.expr.as_ref().map(|value| self.expr(value));
                if let Some(text) = self.shown.clone() {
                    block.extend(value.take().map(Stmt::Expr));
                    value = Some(Expr::name(text, span_of(node)));
                }
                block.push(Stmt::Return(value));
            }
            syn::Expr::Assign(node) => {
                let value = self.expr(&node.right);
                self.assignment(&node.left, value, block);
            }
            syn::Expr::Binary(node) if is_assignment(&node.op) => {
                let target = self.assigned(&node.left);
                let operands = vec![self.expr(&node.left), self.expr(&node.right)];
                let kind = match node.op {
                    syn::BinOp::AddAssign(_) => ExprKind::Concat(operands),
                    _ => ExprKind::Unknown(operands),
                };
                block.push(Stmt::Bind { target, value: Expr::spanned(kind, span_of(node)) });
            }
            syn::Expr::ForLoop(node) => {
                let list = self.expr(&node.expr);
                let value = element_of(list);
                let body = self.scoped(|it| {
                    let target = it.target(&node.pat);
                    let mut body = vec![Stmt::Bind { target, value }];
                    it.repeated(node.label.as_ref(), None, &node.body, &mut body);
                    body
                });
                block.push(Stmt::Loop(body));
            }
            syn::Expr::While(node) => {
                let mut body = Block::new();
                self.scoped(|it| {
                    it.condition(&node.cond, &mut body);
                    it.repeated(node.label.as_ref(), None, &node.body, &mut body);
                });
                block.push(Stmt::Loop(body));
            }
            syn::Expr::Loop(node) => {
                let mut body = Block::new();
                self.repeated(node.label.as_ref(), None, &node.body, &mut body);
                block.push(Stmt::Loop(body));
            }
            syn::Expr::Break(node) => self.give_to_break(node, block),
            syn::Expr::Continue(_) => {}
            node => {
                let value = self.expr(node);
                block.push(Stmt::Expr(value));
            }
        }
    }

    /// The body of a loop, or a block with a label.
    fn repeated(
        &mut self,
        label: Option<&syn::Label>,
        result: Option<Symbol>,
        node: &syn::Block,
        body: &mut Block,
    ) {
        let label = label.map(|label| super::symbol(&label.name.ident));
        self.breaks.push(Breakable { label, result, is_loop: true });
        self.statements(node, body);
        self.breaks.pop();
    }

    /// `loop` gives what it is left with.
    pub(super) fn loop_value(&mut self, node: &syn::ExprLoop) -> Expr {
        let name = self.temporary("loop");
        let mut body = Block::new();
        self.repeated(node.label.as_ref(), Some(name.clone()), &node.body, &mut body);
        let span = span_of(&node.loop_token);
        Expr::spanned(ExprKind::Block(vec![Stmt::Loop(body)], Box::new(Expr::name(name, span))), span)
    }

    /// `'found: { … break 'found value; … other }`.
    pub(super) fn labelled(&mut self, node: &syn::ExprBlock) -> Expr {
        let name = self.temporary("block");
        let label = node.label.as_ref().map(|label| super::symbol(&label.name.ident));
        self.breaks.push(Breakable { label, result: Some(name.clone()), is_loop: false });
        let (mut block, value) = self.block(&node.block);
        self.breaks.pop();
        let span = span_of(node);
        let end = value.map(|value| Stmt::Bind { target: Target::Name(name.clone()), value });
        block.push(Stmt::Branch(vec![end.into_iter().collect(), Block::new()]));
        Expr::spanned(ExprKind::Block(block, Box::new(Expr::name(name, span))), span)
    }

    fn give_to_break(&mut self, node: &syn::ExprBreak, block: &mut Block) {
        let Some(value) = &node.expr else { return };
        let value = self.expr(value);
        let left = self.breaks.iter().rev().find(|it| match &node.label {
            Some(label) => it.label.as_ref().is_some_and(|known| label.ident == known),
            None => it.is_loop,
        });
        block.push(match left.and_then(|left| left.result.clone()) {
            Some(name) => Stmt::Bind { target: Target::Name(name), value },
            None => Stmt::Expr(value),
        });
    }

    fn statements(&mut self, node: &syn::Block, into: &mut Block) {
        let (block, value) = self.block(node);
        into.extend(block);
        into.extend(value.map(Stmt::Expr));
    }

    /// What a condition does and binds. A `let` in it binds for what follows.
    pub(super) fn condition(&mut self, node: &syn::Expr, block: &mut Block) {
        match node {
            syn::Expr::Let(node) => {
                let value = self.expr(&node.expr);
                block.extend(self.capture_of(&node.pat, value));
                self.keep(&node.pat, &node.expr);
            }
            syn::Expr::Binary(node) if matches!(node.op, syn::BinOp::And(_)) => {
                self.condition(&node.left, block);
                self.condition(&node.right, block);
            }
            node => {
                let value = self.expr(node);
                block.push(Stmt::Expr(value));
            }
        }
    }

    /// An `if` or `match` as a branch; what its arms give is bound to `result`.
    pub(super) fn choose(&mut self, node: &syn::Expr, result: Option<&Symbol>, block: &mut Block) {
        self.deeper(span_of(node), |it| match node {
            syn::Expr::If(node) => it.choose_if(node, result, block),
            syn::Expr::Match(node) => it.choose_match(node, result, block),
            _ => {}
        });
    }

    fn choose_if(&mut self, node: &syn::ExprIf, result: Option<&Symbol>, block: &mut Block) {
        let mut then = Block::new();
        let stands_in = matches!(&*node.cond, syn::Expr::Let(found) if is_success(&found.pat));
        let names: Vec<Symbol> = match result {
            Some(_) if stands_in => vec![self.temporary("given"), self.temporary("otherwise")],
            _ => Vec::new(),
        };
        self.scoped(|it| {
            if binds(&node.cond) {
                it.condition(&node.cond, &mut then);
            } else {
                let condition = it.expr(&node.cond);
                block.push(Stmt::Expr(condition));
            }
            let (statements, value) = it.block(&node.then_branch);
            then.extend(statements);
            give(value, names.first().or(result), span_of(&node.then_branch), &mut then);
        });
        let mut otherwise = Block::new();
        if let Some((_, node)) = &node.else_branch {
            self.arm(node, names.get(1).or(result), &mut otherwise);
        }
        block.push(Stmt::Branch(vec![then, otherwise]));
        or_else(result, &names, span_of(&node.if_token), block);
    }

    fn choose_match(&mut self, node: &syn::ExprMatch, result: Option<&Symbol>, block: &mut Block) {
        let subject = self.temporary("match");
        let value = self.expr(&node.expr);
        block.push(Stmt::Bind { target: Target::Name(subject.clone()), value });
        let mut arms = Vec::new();
        let stands_in =
            node.arms.len() == 2 && is_success(&node.arms[0].pat) && !is_success(&node.arms[1].pat);
        let names: Vec<Symbol> = match result {
            Some(_) if stands_in => vec![self.temporary("given"), self.temporary("otherwise")],
            _ => Vec::new(),
        };
        for (index, arm) in node.arms.iter().enumerate() {
            let result = names.get(index).or(result);
            arms.push(self.scoped(|it| {
                let mut lowered = it.captures(&arm.pat, &subject);
                if let Some((_, guard)) = &arm.guard {
                    it.condition(guard, &mut lowered);
                }
                it.arm(&arm.body, result, &mut lowered);
                lowered
            }));
        }
        block.push(Stmt::Branch(arms));
        or_else(result, &names, span_of(&node.match_token), block);
    }

    fn arm(&mut self, node: &syn::Expr, result: Option<&Symbol>, block: &mut Block) {
        match node {
            syn::Expr::Block(node) if node.label.is_none() => {
                let (statements, value) = self.block(&node.block);
                block.extend(statements);
                give(value, result, span_of(node), block);
            }
            syn::Expr::If(_) | syn::Expr::Match(_) => self.choose(node, result, block),
            syn::Expr::Return(_) | syn::Expr::Break(_) | syn::Expr::Continue(_) => {
                self.statement(node, block);
            }
            node if result.is_none() => self.statement(node, block),
            node => {
                let value = self.expr(node);
                give(Some(value), result, span_of(node), block);
            }
        }
    }

    pub(super) fn assigned(&mut self, node: &syn::Expr) -> Target {
        match node {
            syn::Expr::Path(node) => match self.expr_path(node).kind {
                // A static of the file's own.
                ExprKind::Name(name) if self.is_static(&name) => {
                    Target::Member(self.module_expr(0, span_of(node)), name)
                }
                ExprKind::Name(name) => {
                    self.assigned_to(&name);
                    Target::Name(name)
                }
                ExprKind::Member(of, name) => Target::Member(*of, name),
                _ => Target::Discard,
            },
            syn::Expr::Field(field) => {
                let of = self.expr(&field.base);
                Target::Member(of, super::expressions::field_name(&field.member))
            }
            syn::Expr::Index(node) => {
                let of = self.expr(&node.expr);
                Target::Index(of, self.expr(&node.index))
            }
            syn::Expr::Unary(node) => self.assigned(&node.expr),
            syn::Expr::Paren(node) => self.assigned(&node.expr),
            syn::Expr::MethodCall(_) | syn::Expr::Await(_) | syn::Expr::Try(_) => self.held_at(node),
            syn::Expr::Tuple(node) => {
                Target::List(node.elems.iter().map(|node| (self.assigned(node), false)).collect())
            }
            _ => Target::Discard,
        }
    }
}

/// What the arms of `Some(x) => …, None => …` give: the second stands in for the first.
fn or_else(result: Option<&Symbol>, names: &[Symbol], span: Span, block: &mut Block) {
    if let (Some(result), [_, _]) = (result, names) {
        let options = names.iter().map(|name| Expr::name(name.clone(), span)).collect();
        let value = Expr::spanned(ExprKind::OrElse(options), span);
        block.push(Stmt::Bind { target: Target::Name(result.clone()), value });
    }
}

/// `Some(x)`, `Ok(x)`.
fn is_success(node: &syn::Pat) -> bool {
    match node {
        syn::Pat::TupleStruct(node) => node.path.is_ident("Some") || node.path.is_ident("Ok"),
        _ => false,
    }
}

fn give(value: Option<Expr>, result: Option<&Symbol>, span: Span, block: &mut Block) {
    match (value, result) {
        (Some(value), Some(name)) => block.push(Stmt::Bind { target: Target::Name(name.clone()), value }),
        (Some(value), None) => block.push(Stmt::Expr(value)),
        (None, Some(name)) if !matches!(block.last(), Some(Stmt::Return(_) | Stmt::Leave)) => {
            let value = Expr::spanned(unknown(), span);
            block.push(Stmt::Bind { target: Target::Name(name.clone()), value });
        }
        (None, _) => {}
    }
}

/// `String::new()`, `String::from(…)`, `format!(…)`, `"…".to_string()`: a text that can be added to.
fn is_text(node: &syn::Expr) -> bool {
    match node {
        syn::Expr::Call(node) => match &*node.func {
            syn::Expr::Path(path) => path.path.segments.first().is_some_and(|first| first.ident == "String"),
            _ => false,
        },
        syn::Expr::Macro(node) => node.mac.path.is_ident("format"),
        syn::Expr::MethodCall(node) => matches!(&*node.receiver, syn::Expr::Lit(_)) && node.args.is_empty(),
        _ => false,
    }
}

/// Whether a condition has a `let`.
fn binds(node: &syn::Expr) -> bool {
    match node {
        syn::Expr::Let(_) => true,
        syn::Expr::Binary(node) => binds(&node.left) || binds(&node.right),
        syn::Expr::Paren(node) => binds(&node.expr),
        _ => false,
    }
}

fn is_assignment(operator: &syn::BinOp) -> bool {
    use syn::BinOp as Op;
    matches!(
        operator,
        Op::AddAssign(_)
            | Op::SubAssign(_)
            | Op::MulAssign(_)
            | Op::DivAssign(_)
            | Op::RemAssign(_)
            | Op::BitXorAssign(_)
            | Op::BitAndAssign(_)
            | Op::BitOrAssign(_)
            | Op::ShlAssign(_)
            | Op::ShrAssign(_)
    )
}
