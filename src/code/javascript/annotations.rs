//! Declared types, as far as they can name a class: references and what they are made of. What a type says of
//! literals and built-in values is left out.

use oxc_ast::ast;
use oxc_span::GetSpan;
use smol_str::SmolStr;

use super::expressions::unknown;
use super::{Lowering, span};
use crate::code::ir::{Expr, ExprKind, Import, ImportNames};

impl Lowering<'_> {
    pub(super) fn annotation(&mut self, node: Option<&ast::TSTypeAnnotation<'_>>) -> Option<Expr> {
        self.type_of(&node?.type_annotation)
    }

    fn type_of(&mut self, node: &ast::TSType<'_>) -> Option<Expr> {
        self.deeper(node, |it| it.type_kind(node)).flatten()
    }

    fn type_kind(&mut self, node: &ast::TSType<'_>) -> Option<Expr> {
        match node {
            ast::TSType::TSTypeReference(node) => {
                let named = self.type_name(&node.type_name);
                Some(self.applied(named, node.type_arguments.as_deref(), node.as_ref()))
            }
            ast::TSType::TSImportType(node) => {
                let names = ImportNames::Module { alias: None };
                let module = node.source.value.as_str().into();
                let import = Import { module, level: 0, names, span: span(node.span) };
                let mut named = Expr::of(node.as_ref(), ExprKind::Import(Box::new(import)));
                for part in node.qualifier.as_ref().map(qualifier).unwrap_or_default() {
                    named = Expr::of(node.as_ref(), ExprKind::Member(Box::new(named), part));
                }
                Some(self.applied(named, node.type_arguments.as_deref(), node.as_ref()))
            }
            ast::TSType::TSUnionType(node) => self.any_of(&node.types, node.as_ref()),
            ast::TSType::TSIntersectionType(node) => self.any_of(&node.types, node.as_ref()),
            ast::TSType::TSArrayType(node) => {
                let inner = self.type_of(&node.element_type)?;
                let array = Expr::of(node.as_ref(), ExprKind::Name("Array".into()));
                Some(Expr::of(node.as_ref(), ExprKind::Index(Box::new(array), Box::new(inner))))
            }
            ast::TSType::TSTypeLiteral(node) => self.shape(&node.members, None, node.as_ref()),
            ast::TSType::TSParenthesizedType(node) => self.type_of(&node.type_annotation),
            ast::TSType::TSTypeOperatorType(node) => match node.operator {
                ast::TSTypeOperatorOperator::Keyof => None,
                _ => self.type_of(&node.type_annotation),
            },
            _ => None,
        }
    }

    fn any_of(&mut self, nodes: &[ast::TSType<'_>], at: &impl GetSpan) -> Option<Expr> {
        let mut types: Vec<_> = nodes.iter().filter_map(|node| self.type_of(node)).collect();
        match types.len() {
            0 | 1 => types.pop(),
            _ => Some(Expr::of(at, ExprKind::Choice(types))),
        }
    }

    /// `Name<A, B>`.
    fn applied(
        &mut self,
        named: Expr,
        arguments: Option<&ast::TSTypeParameterInstantiation<'_>>,
        at: &impl GetSpan,
    ) -> Expr {
        match arguments.and_then(|arguments| self.any_of(&arguments.params, at)) {
            Some(inner) => Expr::of(at, ExprKind::Index(Box::new(named), Box::new(inner))),
            None => named,
        }
    }

    pub(super) fn type_name(&mut self, node: &ast::TSTypeName<'_>) -> Expr {
        let kind = match node {
            ast::TSTypeName::IdentifierReference(node) => ExprKind::Name(self.scopes.resolve(&node.name)),
            ast::TSTypeName::QualifiedName(node) => {
                let left = self.deeper(node.as_ref(), |it| it.type_name(&node.left));
                match left {
                    Some(left) => ExprKind::Member(Box::new(left), node.right.name.as_str().into()),
                    None => unknown(),
                }
            }
            ast::TSTypeName::ThisExpression(_) => unknown(),
        };
        Expr::of(node, kind)
    }
}

/// `a.b.c`, in order.
fn qualifier(node: &ast::TSImportTypeQualifier<'_>) -> Vec<SmolStr> {
    let mut parts = Vec::new();
    let mut next = node;
    loop {
        match next {
            ast::TSImportTypeQualifier::Identifier(node) => {
                parts.push(node.name.as_str().into());
                break;
            }
            ast::TSImportTypeQualifier::QualifiedName(node) => {
                parts.push(node.right.name.as_str().into());
                next = &node.left;
            }
        }
    }
    parts.reverse();
    parts
}
