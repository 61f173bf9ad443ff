//! Functions, lambdas and classes: what they are called, what they take, and what their decorators make of
//! them where the language itself defines that (`staticmethod`, `classmethod`, `property`).

use ruff_python_ast as ast;
use ruff_text_size::TextRange;

use super::expressions::last_name;
use super::{Lowering, Scope, ScopeKind, span, symbol};
use crate::code::ir::{
    Block, Class, ClassId, Expr, ExprKind, Function, FunctionId, Param, ParamKind, Role, Stmt, Symbol, Target,
};

impl Lowering<'_> {
    pub(super) fn function(&mut self, node: &ast::StmtFunctionDef) -> Stmt {
        let in_class = self.scope().kind == ScopeKind::Class;
        let mut role = if in_class { role_by_name(&node.name) } else { Role::Function };
        let mut target = symbol(&node.name);
        let mut decorators = Vec::new();
        for decorator in &node.decorator_list {
            match last_name(&decorator.expression) {
                Some("staticmethod") if in_class => role = Role::Static,
                Some("classmethod") if in_class => role = Role::ClassMethod,
                Some("property" | "cached_property" | "getter") if in_class => role = Role::Getter,
                Some(accessor @ ("setter" | "deleter")) if in_class => {
                    target = format!("{}.{accessor}", node.name).into();
                }
                _ => decorators.push(self.expr(&decorator.expression)),
            }
        }
        let params = self.params(&node.parameters);
        let returns = node.returns.as_ref().map(|returns| self.annotation(returns));
        let name = format!("{}{}", self.scope().prefix, node.name);
        let outline =
            Function { params, role, decorators, returns, ..Function::outline(name, span(node.range)) };
        let id = self.enter(outline, |it| it.block(&node.body));
        Stmt::Bind { target: Target::Name(target), value: Expr::at(&node.name, ExprKind::Function(id)) }
    }

    pub(super) fn lambda(&mut self, node: &ast::ExprLambda) -> ExprKind {
        let params = node.parameters.as_ref().map(|parameters| self.params(parameters)).unwrap_or_default();
        // A parameter hides the variable of a comprehension around the lambda.
        let outside = self.variables.clone();
        let hidden =
            |name: &Symbol| params.iter().any(|it| matches!(&it.target, Target::Name(it) if it == name));
        self.variables.retain(|name| !hidden(name));
        let outline = Function { params, ..Function::outline("<lambda>", span(node.range)) };
        let id = self.enter(outline, |it| vec![Stmt::Return(Some(it.expr(&node.body)))]);
        self.variables = outside;
        ExprKind::Function(id)
    }

    /// The body of `if __name__ == "__main__"`: nothing binds it, so nothing calls it.
    pub(super) fn main_guard(&mut self, body: &[ast::Stmt], range: TextRange) {
        let outline = Function { never_runs: true, ..Function::outline("__main__", span(range)) };
        self.enter(outline, |it| it.block(body));
    }

    fn enter(&mut self, outline: Function, body: impl FnOnce(&mut Self) -> Block) -> FunctionId {
        self.scopes.push(Scope::new(ScopeKind::Function, format!("{}.", outline.name)));
        let body = body(self);
        let scope = self.scopes.pop().expect("pushed above");
        let function = Function {
            body,
            globals: scope.globals,
            nonlocals: scope.nonlocals,
            generator: scope.yields,
            ..outline
        };
        let id = u32::try_from(self.functions.len()).expect("fewer functions than bytes of source");
        self.functions.push(function);
        FunctionId(id)
    }

    pub(super) fn class(&mut self, node: &ast::StmtClassDef) -> Stmt {
        let decorators = node.decorator_list.iter().map(|it| self.expr(&it.expression)).collect();
        let bases = node.arguments.as_ref().map(|arguments| self.exprs(&arguments.args)).unwrap_or_default();
        let name = format!("{}{}", self.scope().prefix, node.name);
        self.scopes.push(Scope::new(ScopeKind::Class, format!("{name}.")));
        let body = self.block(&node.body);
        self.scopes.pop();
        let id = u32::try_from(self.classes.len()).expect("fewer classes than bytes of source");
        self.classes.push(Class { name: name.into(), bases, decorators, body, span: span(node.range) });
        let value = Expr::at(&node.name, ExprKind::Class(ClassId(id)));
        Stmt::Bind { target: Target::Name(symbol(&node.name)), value }
    }

    fn params(&mut self, node: &ast::Parameters) -> Vec<Param> {
        let mut params = Vec::new();
        for param in &node.posonlyargs {
            params.push(self.param(&param.parameter, param.default.as_deref(), ParamKind::PositionalOnly));
        }
        for param in &node.args {
            params.push(self.param(&param.parameter, param.default.as_deref(), ParamKind::Normal));
        }
        if let Some(rest) = &node.vararg {
            params.push(self.param(rest, None, ParamKind::Rest));
        }
        for param in &node.kwonlyargs {
            params.push(self.param(&param.parameter, param.default.as_deref(), ParamKind::NamedOnly));
        }
        if let Some(rest) = &node.kwarg {
            params.push(self.param(rest, None, ParamKind::NamedRest));
        }
        params
    }

    fn param(&mut self, node: &ast::Parameter, default: Option<&ast::Expr>, kind: ParamKind) -> Param {
        Param {
            target: Target::Name(symbol(&node.name)),
            annotation: node.annotation.as_ref().map(|annotation| self.annotation(annotation)),
            default: default.map(|default| self.expr(default)),
            kind,
        }
    }
}

/// The methods that take the class without saying so.
fn role_by_name(name: &str) -> Role {
    match name {
        "__new__" | "__init_subclass__" | "__class_getitem__" => Role::ClassMethod,
        _ => Role::Method,
    }
}
