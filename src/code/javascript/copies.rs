//! Loops by which bundlers and compilers hand on what a module exports: `for (k in all) define(target, k, { get: all[k] })`
//! of esbuild and webpack, `for (p in m) createBinding(exports, m, p)` of TypeScript, `Object.keys(m).forEach(…)` of
//! Babel. They are lowered to what they do, so that it is done for every name of however many.

use oxc_ast::ast;

use super::Lowering;
use super::expressions::{call, member, name};
use super::objects::GETTERS;
use crate::code::ir::{Expr, ExprKind};

/// What a loop does with each name.
struct Copy<'n, 'a> {
    target: &'n ast::Expression<'a>,
    method: &'static str,
}

impl Lowering<'_> {
    /// What a `for` over names does, where it is such a loop.
    pub(super) fn copying_loop(
        &mut self,
        left: &ast::ForStatementLeft<'_>,
        right: &ast::Expression<'_>,
        body: &ast::Statement<'_>,
    ) -> Option<Expr> {
        let ast::ForStatementLeft::VariableDeclaration(declaration) = left else { return None };
        let [declarator] = declaration.declarations.as_slice() else { return None };
        let key = declarator.id.get_identifier_name()?;
        let source = match right {
            ast::Expression::CallExpression(names) => names.arguments.last()?.as_expression()?,
            right => right,
        };
        self.copied(source, &key, body)
    }

    /// `Object.keys(source).forEach(function (key) { … })`.
    pub(super) fn copying_call(&mut self, node: &ast::CallExpression<'_>) -> Option<ExprKind> {
        let ast::Expression::StaticMemberExpression(each) = &node.callee else { return None };
        let ast::Expression::CallExpression(keys) = &each.object else { return None };
        let [source] = keys.arguments.as_slice() else { return None };
        let [ast::Argument::FunctionExpression(function)] = node.arguments.as_slice() else { return None };
        if each.property.name != "forEach" || !keys.callee.is_specific_member_access("Object", "keys") {
            return None;
        }
        let [param] = function.params.items.as_slice() else { return None };
        let key = param.pattern.get_identifier_name()?;
        let last = function.body.as_ref()?.statements.last()?;
        self.copied(source.as_expression()?, &key, last).map(|expr| expr.kind)
    }

    fn copied(&mut self, source: &ast::Expression<'_>, key: &str, body: &ast::Statement<'_>) -> Option<Expr> {
        let named = source.get_identifier_reference()?.name.as_str();
        let copy = match last_effect(body)? {
            ast::Expression::CallExpression(call) => self.of_call(call, named, key),
            ast::Expression::AssignmentExpression(node) => {
                let target = node.left.as_member_expression()?;
                let given = node.right.as_member_expression()?;
                let copies = is_entry(target, None, key) && is_entry(given, Some(named), key);
                copies.then(|| Copy { target: target.object(), method: "assign" })
            }
            _ => None,
        }?;
        let target = self.expr(copy.target);
        let given = self.expr(source);
        let object = name("Object", source);
        Some(call(member(object, copy.method, source), vec![target, given], source))
    }

    fn of_call<'n, 'a>(
        &self,
        call: &'n ast::CallExpression<'a>,
        source: &str,
        key: &str,
    ) -> Option<Copy<'n, 'a>> {
        let [target, second, third] = call.arguments.as_slice() else { return None };
        let target = target.as_expression()?;
        let is_name = |node: &ast::Argument<'_>, name: &str| {
            node.as_expression()
                .and_then(|node| node.get_identifier_reference())
                .is_some_and(|it| it.name == name)
        };
        if is_name(second, source) && is_name(third, key) {
            let callee = self.text(oxc_span::GetSpan::span(&call.callee));
            return callee.contains("createBinding").then_some(Copy { target, method: "assign" });
        }
        let ast::Argument::ObjectExpression(descriptor) = third else { return None };
        if !is_name(second, key) {
            return None;
        }
        let getter = descriptor.properties.iter().find_map(|property| match property {
            ast::ObjectPropertyKind::ObjectProperty(it) if it.key.static_name().as_deref() == Some("get") => {
                Some(&it.value)
            }
            _ => None,
        })?;
        if getter.as_member_expression().is_some_and(|it| is_entry(it, Some(source), key)) {
            return Some(Copy { target, method: GETTERS });
        }
        let reads = self.text(oxc_span::GetSpan::span(getter)).contains(&format!("{source}[{key}]"));
        reads.then_some(Copy { target, method: "assign" })
    }
}

/// The expression that a statement, or the arm of a condition that it is, is evaluated for.
fn last_effect<'n, 'a>(body: &'n ast::Statement<'a>) -> Option<&'n ast::Expression<'a>> {
    match body {
        ast::Statement::BlockStatement(block) => match block.body.as_slice() {
            [only] => last_effect(only),
            _ => None,
        },
        ast::Statement::IfStatement(node) => last_effect(&node.consequent),
        ast::Statement::ExpressionStatement(node) => {
            let mut effect = &node.expression;
            while let ast::Expression::LogicalExpression(node) = effect {
                effect = &node.right;
            }
            Some(effect)
        }
        _ => None,
    }
}

/// `source[key]`.
fn is_entry(node: &ast::MemberExpression<'_>, source: Option<&str>, key: &str) -> bool {
    let ast::MemberExpression::ComputedMemberExpression(node) = node else { return false };
    let named = node.object.get_identifier_reference().map(|it| it.name.as_str());
    named.is_some()
        && source.is_none_or(|source| named == Some(source))
        && node.expression.get_identifier_reference().is_some_and(|it| it.name == key)
}
