//! Functions of every form, and what they take.

use oxc_ast::ast;

use super::expressions::{SUPER, call};
use super::later::Form;
use super::scopes::{Super, pattern_names};
use super::{Lowering, bind, span};
use crate::code::ir::{
    Block, Expr, ExprKind, Function, FunctionId, Param, ParamKind, Role, Span, Stmt, Symbol,
};

/// What a function without a name is called.
const ANONYMOUS: &str = "<anonymous>";

impl Lowering<'_> {
    pub(super) fn function_declaration(&mut self, node: &ast::Function<'_>, block: &mut Block) {
        // A declaration without a body is an overload, or of a function that is elsewhere.
        let (Some(id), Some(_)) = (&node.id, &node.body) else { return };
        let required = if self.has_table { self.table_require(node) } else { None };
        let function = required.unwrap_or_else(|| self.function(node, Some(&id.name), Role::Function));
        let name = self.scopes.resolve(&id.name);
        block.push(bind(name, Expr::of(id, ExprKind::Function(function))));
    }

    /// A function expression knows itself by its own name, if it has one.
    pub(super) fn function_expression(&mut self, node: &ast::Function<'_>, name: Option<&str>) -> ExprKind {
        let Some(id) = &node.id else {
            return ExprKind::Function(self.function(node, name, Role::Function));
        };
        self.scopes.open_block();
        self.scopes.declare(&id.name);
        let own = self.scopes.resolve(&id.name);
        let function = self.function(node, Some(&id.name), Role::Function);
        // What is lowered later may use what it mentions.
        let inside = oxc_span::Span::new(node.params.span.start, node.span.end);
        let used = self.scopes.is_used(&id.name) || self.mentions_later(inside, &id.name);
        self.scopes.close_block();
        let function = ExprKind::Function(function);
        if !used {
            return function;
        }
        let read = Expr::of(id, ExprKind::Name(own.clone()));
        ExprKind::Block(vec![bind(own, Expr::of(id, function))], Box::new(read))
    }

    pub(super) fn arrow(&mut self, node: &ast::ArrowFunctionExpression<'_>, name: Option<&str>) -> ExprKind {
        let outline = Function { role: Role::Static, receiver: None, ..self.outline(name, span(node.span)) };
        if self.is_for_later(node.span) {
            return ExprKind::Function(self.postpone(&outline, Form::Arrow));
        }
        let function = self.arrow_function(outline, node);
        ExprKind::Function(self.add(function))
    }

    pub(super) fn arrow_function(
        &mut self,
        outline: Function,
        node: &ast::ArrowFunctionExpression<'_>,
    ) -> Function {
        self.enter(outline, &node.params, node.return_type.as_deref(), |it| match &node.body {
            ast::ArrowFunctionBody::FunctionBody(body) => it.body(&body.statements),
            body => {
                let value = body.as_expression().map(|value| it.expr(value));
                vec![Stmt::Return(value)]
            }
        })
    }

    pub(super) fn function(
        &mut self,
        node: &ast::Function<'_>,
        name: Option<&str>,
        role: Role,
    ) -> FunctionId {
        let outline = Function { role, ..self.outline(name, span(node.span)) };
        if self.is_for_later(node.span)
            && let Some(form) = self.form(node)
        {
            return self.postpone(&outline, form);
        }
        let function = self.whole_function(outline, node);
        self.add(function)
    }

    pub(super) fn whole_function(&mut self, outline: Function, node: &ast::Function<'_>) -> Function {
        self.enter(outline, &node.params, node.return_type.as_deref(), |it| {
            node.body.as_ref().map(|body| it.body(&body.statements)).unwrap_or_default()
        })
    }

    /// What compilers make of async functions for old runtimes: `__awaiter(this, …, function* () {…})` of
    /// TypeScript and `__async` of esbuild run the body, `_asyncToGenerator(function* () {…})` of Babel gives it.
    pub(super) fn compiled_async(&mut self, node: &ast::CallExpression<'_>) -> Option<ExprKind> {
        let helper = match &node.callee {
            ast::Expression::Identifier(node) => node.name.as_str(),
            ast::Expression::StaticMemberExpression(node) => node.property.name.as_str(),
            ast::Expression::SequenceExpression(node) => {
                node.expressions.last()?.as_member_expression()?.static_property_name()?
            }
            _ => return None,
        };
        let Some(ast::Argument::FunctionExpression(body)) = node.arguments.last() else { return None };
        let runs = match helper {
            "__awaiter" | "__async" => true,
            "_asyncToGenerator" => false,
            _ => return None,
        };
        if !body.generator {
            return None;
        }
        let name = body.id.as_ref().map(|id| id.name.as_str());
        let (role, receiver) =
            if runs { (Role::Static, None) } else { (Role::Function, Some("this".into())) };
        let outline = Function { role, receiver, ..self.outline(name, span(body.span)) };
        let function = self.enter(outline, &body.params, None, |it| {
            it.scopes.function().awaits = true;
            body.body.as_ref().map(|body| it.body(&body.statements)).unwrap_or_default()
        });
        let function = ExprKind::Function(self.add(function));
        Some(if runs { call(Expr::of(&**body, function), vec![], node).kind } else { function })
    }

    /// A function that the source does not have, without parameters.
    pub(super) fn made(&mut self, outline: Function, body: impl FnOnce(&mut Self) -> Block) -> FunctionId {
        self.scopes.enter(format!("{}.", outline.name));
        let body = body(self);
        let function = self.finish(outline, body);
        self.add(function)
    }

    /// Statements that a deployed function never runs.
    pub(super) fn never_runs(&mut self, name: &str, at: Span, body: impl FnOnce(&mut Self) -> Block) {
        let outline = Function { never_runs: true, ..self.outline(Some(name), at) };
        self.made(outline, body);
    }

    pub(super) fn outline(&mut self, name: Option<&str>, span: Span) -> Function {
        let name = name.map(|name| format!("{}{name}", self.scopes.function().prefix));
        let outline = Function::outline(name.as_deref().unwrap_or(ANONYMOUS), span);
        Function { receiver: Some(Symbol::new_static("this")), ..outline }
    }

    /// Parameters are names of the function, and their defaults are evaluated in it.
    fn enter(
        &mut self,
        outline: Function,
        params: &ast::FormalParameters<'_>,
        returns: Option<&ast::TSTypeAnnotation<'_>>,
        body: impl FnOnce(&mut Self) -> Block,
    ) -> Function {
        let returns = self.annotation(returns);
        self.scopes.enter(format!("{}.", outline.name));
        if outline.role == Role::Static {
            self.scopes.function().super_is = Super::Borrowed;
        }
        for name in param_names(params) {
            self.scopes.declare_in_function(name);
        }
        let params = self.params(params);
        let mut statements = std::mem::take(&mut self.defaults);
        statements.extend(body(self));
        self.finish(Function { params, returns, ..outline }, statements)
    }

    pub(super) fn finish(&mut self, outline: Function, mut body: Block) -> Function {
        let scope = self.scopes.leave();
        if scope.super_is == Super::Lent {
            let at = |kind| Expr { kind, span: outline.span };
            let callee = Box::new(at(ExprKind::Name("super".into())));
            body.insert(0, bind(SUPER, at(ExprKind::Call { callee, args: Vec::new() })));
        }
        let (nonlocals, generator) = (scope.nonlocals, scope.yields);
        Function { body, nonlocals, generator, ..outline }
    }

    /// What stands in their defaults is lowered at once: it does not see what the body declares.
    pub(super) fn params(&mut self, node: &ast::FormalParameters<'_>) -> Vec<Param> {
        self.in_params += 1;
        let params = self.each_param(node);
        self.in_params -= 1;
        params
    }

    fn each_param(&mut self, node: &ast::FormalParameters<'_>) -> Vec<Param> {
        let mut params = Vec::new();
        for param in &node.items {
            let annotation = self.annotation(param.type_annotation.as_deref());
            let (pattern, inner) = match &param.pattern {
                ast::BindingPattern::AssignmentPattern(node) => (&node.left, Some(&node.right)),
                pattern => (pattern, None),
            };
            let name = pattern.get_identifier_name();
            let default = param.initializer.as_deref().or(inner);
            let default = default.map(|default| self.named(default, name.as_deref()));
            params.push(Param {
                target: self.pattern(pattern),
                annotation,
                default,
                kind: ParamKind::Normal,
            });
        }
        if let Some(rest) = &node.rest {
            let annotation = self.annotation(rest.type_annotation.as_deref());
            let target = self.pattern(&rest.rest.argument);
            params.push(Param { target, annotation, default: None, kind: ParamKind::Rest });
        }
        params
    }
}

pub(super) fn param_names<'n>(params: &'n ast::FormalParameters<'_>) -> Vec<&'n str> {
    let mut names = Vec::new();
    params.items.iter().for_each(|param| pattern_names(&param.pattern, &mut names));
    params.rest.iter().for_each(|rest| pattern_names(&rest.rest.argument, &mut names));
    names
}
