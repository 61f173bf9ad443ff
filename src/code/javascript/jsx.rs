//! JSX: what stands in braces is evaluated; the element itself is unknown.

use oxc_ast::ast;

use super::Lowering;
use super::expressions::unknown;
use crate::code::ir::{Expr, ExprKind};

impl Lowering<'_> {
    pub(super) fn jsx_element(&mut self, node: &ast::JSXElement<'_>) -> ExprKind {
        let mut inside = Vec::new();
        for attribute in &node.opening_element.attributes {
            match attribute {
                ast::JSXAttributeItem::SpreadAttribute(node) => inside.push(self.expr(&node.argument)),
                ast::JSXAttributeItem::Attribute(node) => match &node.value {
                    Some(ast::JSXAttributeValue::ExpressionContainer(node)) => {
                        inside.extend(self.jsx_expression(node));
                    }
                    Some(ast::JSXAttributeValue::Element(node)) => inside.push(self.nested(node)),
                    Some(ast::JSXAttributeValue::Fragment(node)) => {
                        inside.push(Expr::of(node.as_ref(), self.jsx_children(&node.children)));
                    }
                    Some(ast::JSXAttributeValue::StringLiteral(_)) | None => {}
                },
            }
        }
        if let ExprKind::Unknown(children) = self.jsx_children(&node.children) {
            inside.extend(children);
        }
        ExprKind::Unknown(inside)
    }

    pub(super) fn jsx_children(&mut self, nodes: &[ast::JSXChild<'_>]) -> ExprKind {
        let mut inside = Vec::new();
        for node in nodes {
            match node {
                ast::JSXChild::Element(node) => inside.push(self.nested(node)),
                ast::JSXChild::Fragment(node) => {
                    let children = self.deeper(node.as_ref(), |it| it.jsx_children(&node.children));
                    inside.extend(children.map(|children| Expr::of(node.as_ref(), children)));
                }
                ast::JSXChild::ExpressionContainer(node) => inside.extend(self.jsx_expression(node)),
                ast::JSXChild::Spread(node) => inside.push(self.expr(&node.expression)),
                ast::JSXChild::Text(_) => {}
            }
        }
        ExprKind::Unknown(inside)
    }

    fn nested(&mut self, node: &ast::JSXElement<'_>) -> Expr {
        let element = self.deeper(node, |it| it.jsx_element(node));
        Expr::of(node, element.unwrap_or_else(unknown))
    }

    fn jsx_expression(&mut self, node: &ast::JSXExpressionContainer<'_>) -> Option<Expr> {
        node.expression.as_expression().map(|node| self.expr(node))
    }
}
