//! The declarations of TypeScript: enums, namespaces, `import x = …`. An interface, or another name for the type of
//! an object, leaves nothing at run time, but says what is in a value of which nothing else is known: it becomes a
//! class of declared fields. Other types become nothing.

use std::rc::Rc;

use oxc_ast::ast;
use oxc_span::GetSpan;

use super::expressions::unknown;
use super::modules::module;
use super::{Lowering, bind, span};
use crate::code::ir::{Block, Class, ClassId, Entry, Expr, ExprKind, Key, Stmt, Symbol, Target};

impl Lowering<'_> {
    pub(super) fn typescript(&mut self, node: &ast::Declaration<'_>, block: &mut Block) {
        match node {
            ast::Declaration::TSEnumDeclaration(node) => self.enumeration(node, block),
            ast::Declaration::TSNamespaceDeclaration(node) if !node.declare => self.namespace(node, block),
            ast::Declaration::TSImportEqualsDeclaration(node) => {
                let value = match &node.module_reference {
                    ast::TSModuleReference::ExternalModuleReference(node) => module(&node.expression),
                    ast::TSModuleReference::IdentifierReference(node) => {
                        Expr::of(node.as_ref(), ExprKind::Name(self.scopes.resolve(&node.name)))
                    }
                    ast::TSModuleReference::QualifiedName(node) => {
                        let left = self.type_name(&node.left);
                        let name = node.right.name.as_str().into();
                        Expr::of(node.as_ref(), ExprKind::Member(Box::new(left), name))
                    }
                };
                let name = self.scopes.resolve(&node.id.name);
                block.push(bind(name, value));
            }
            ast::Declaration::TSInterfaceDeclaration(node) => {
                self.shape_declaration(&node.id, &node.body.body, block);
            }
            ast::Declaration::TSTypeAliasDeclaration(node) => {
                if let ast::TSType::TSTypeLiteral(literal) = &node.type_annotation {
                    self.shape_declaration(&node.id, &literal.members, block);
                }
            }
            _ => {}
        }
    }

    /// A value of the same name comes first.
    fn shape_declaration(
        &mut self,
        id: &ast::BindingIdentifier<'_>,
        members: &[ast::TSSignature<'_>],
        block: &mut Block,
    ) {
        if self.scopes.declares(&id.name) {
            return;
        }
        if let Some(shape) = self.shape(members, Some(&id.name), id) {
            self.scopes.declare(&id.name);
            block.push(bind(self.scopes.resolve(&id.name), shape));
        }
    }

    /// The class of what has these members. None where no type of them names anything.
    pub(super) fn shape(
        &mut self,
        members: &[ast::TSSignature<'_>],
        name: Option<&str>,
        at: &impl GetSpan,
    ) -> Option<Expr> {
        let mut body = Block::new();
        for member in members {
            let ast::TSSignature::TSPropertySignature(node) = member else { continue };
            let name = node.key.static_name();
            let annotation = self.annotation(node.type_annotation.as_deref());
            if let (Some(name), Some(annotation)) = (name, annotation) {
                body.push(Stmt::Declare { name: Symbol::from(&*name), annotation, default: None });
            }
        }
        // Of what has methods, other classes may say that they are it.
        let is_contract = name.is_some()
            && members.iter().any(|member| match member {
                ast::TSSignature::TSMethodSignature(_) => true,
                ast::TSSignature::TSPropertySignature(node) => {
                    let declared = node.type_annotation.as_ref().map(|it| &it.type_annotation);
                    matches!(declared, Some(ast::TSType::TSFunctionType(_)))
                }
                _ => false,
            });
        if body.is_empty() && !is_contract {
            return None;
        }
        let name = format!("{}{}", self.scopes.prefix(), name.unwrap_or("<type>"));
        let id = u32::try_from(self.classes.len()).expect("fewer classes than bytes of source");
        let class =
            Class { name: name.into(), bases: vec![], decorators: vec![], body, span: span(at.span()) };
        self.classes.push(Rc::new(class));
        Some(Expr::of(at, ExprKind::Class(ClassId(id))))
    }

    /// An object of the members. Those without a value are numbered from the one before.
    fn enumeration(&mut self, node: &ast::TSEnumDeclaration<'_>, block: &mut Block) {
        let mut next = Some(0_i64);
        let mut entries = Vec::new();
        for node in &node.body.members {
            let value = if let Some(value) = &node.initializer {
                self.expr(value)
            } else {
                let number = next.map(|next| ExprKind::Number(next.to_string().into()));
                Expr::of(node, number.unwrap_or_else(unknown))
            };
            next = match &value.kind {
                ExprKind::Number(number) => number.parse::<i64>().ok().and_then(|it| it.checked_add(1)),
                _ => None,
            };
            entries.push(Entry::Pair(Key::Name(Symbol::from(node.id.static_name().as_str())), value));
        }
        let name = self.scopes.resolve(&node.id.name);
        block.push(bind(name, Expr::of(node, ExprKind::Object(entries))));
    }

    /// The statements, with names of their own, then an object of what they export. Where the name already
    /// has a value (a class, another part of the namespace), members of that.
    fn namespace(&mut self, node: &ast::TSNamespaceDeclaration<'_>, block: &mut Block) {
        let outside = std::mem::take(&mut self.exports);
        let inner = match &node.body {
            ast::TSNamespaceDeclarationBody::TSModuleBlock(node) => self.block(&node.body),
            ast::TSNamespaceDeclarationBody::TSNamespaceDeclaration(inner) => {
                self.scopes.open_block();
                self.scopes.declare(&inner.id.name);
                let mut block = Block::new();
                self.deeper(inner.as_ref(), |it| it.namespace(inner, &mut block));
                let name = ExprKind::Name(self.scopes.resolve(&inner.id.name));
                self.exports.push((inner.id.name.as_str().into(), Expr::of(inner.as_ref(), name)));
                self.scopes.close_block();
                block
            }
        };
        block.extend(inner);
        let exports = std::mem::replace(&mut self.exports, outside);
        let name = self.scopes.resolve(&node.id.name);
        let is_name = |target: &Target| matches!(target, Target::Name(target) if *target == name);
        if block.iter().any(|it| matches!(it, Stmt::Bind { target, .. } if is_name(target))) {
            for (member, value) in exports {
                let object = Expr::of(&node.id, ExprKind::Name(name.clone()));
                block.push(Stmt::Bind { target: Target::Member(object, member), value });
            }
        } else {
            let entries = exports.into_iter().map(|(member, value)| Entry::Pair(Key::Name(member), value));
            block.push(bind(name, Expr::of(node, ExprKind::Object(entries.collect()))));
        }
    }
}
