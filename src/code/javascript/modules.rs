//! What modules take from each other. What a module exports of its own names is exported at its end, when
//! they have the values that others see.

use oxc_ast::ast;
use oxc_span::GetSpan;

use super::scopes::{declaration_name, declared};
use super::{Lowering, span};
use crate::code::ir::{Block, Expr, ExprKind, Import, ImportNames, Role, Stmt, Symbol, Target};

const DEFAULT: Symbol = Symbol::new_static("default");

impl Lowering<'_> {
    pub(super) fn module_declaration(&mut self, node: &ast::ModuleDeclaration<'_>, block: &mut Block) {
        match node {
            ast::ModuleDeclaration::ImportDeclaration(node) => self.import(node, block),
            ast::ModuleDeclaration::ExportAllDeclaration(node) => match &node.exported {
                Some(exported) => {
                    let value = module(&node.source);
                    block.push(Stmt::Export { name: exported.name().as_str().into(), value });
                }
                None => block.push(Stmt::ExportAll(import(&node.source, ImportNames::All))),
            },
            ast::ModuleDeclaration::ExportFromDeclaration(node) => {
                for specifier in &node.specifiers {
                    let name = specifier.local.name().as_str().into();
                    let member = ExprKind::Member(Box::new(module(&node.source)), name);
                    let value = Expr::of(specifier, member);
                    block.push(Stmt::Export { name: specifier.exported.name().as_str().into(), value });
                }
            }
            ast::ModuleDeclaration::ExportNamedDeclaration(node) => {
                for specifier in &node.specifiers {
                    let local = specifier.local.name();
                    self.export(specifier.exported.name().as_str(), &local, specifier);
                }
            }
            ast::ModuleDeclaration::ExportDeclaration(node) => self.exported(&node.declaration, block),
            ast::ModuleDeclaration::ExportDefaultDeclaration(node) => self.export_default(node, block),
            ast::ModuleDeclaration::TSExportAssignment(node) => {
                let value = self.expr(&node.expression);
                let holder = Expr::of(node.as_ref(), ExprKind::Name("module".into()));
                block.push(Stmt::Bind { target: Target::Member(holder, "exports".into()), value });
            }
            ast::ModuleDeclaration::TSNamespaceExportDeclaration(_) => {}
        }
    }

    fn import(&mut self, node: &ast::ImportDeclaration<'_>, block: &mut Block) {
        let mut names = Vec::new();
        let mut whole = None;
        for specifier in node.specifiers.iter().flatten() {
            let local = self.scopes.resolve(&specifier.local().name);
            match specifier {
                ast::ImportDeclarationSpecifier::ImportSpecifier(node) => {
                    names.push((node.imported.name().as_str().into(), local));
                }
                ast::ImportDeclarationSpecifier::ImportDefaultSpecifier(_) => names.push((DEFAULT, local)),
                ast::ImportDeclarationSpecifier::ImportNamespaceSpecifier(_) => whole = Some(local),
            }
        }
        if whole.is_none() || !names.is_empty() {
            block.push(Stmt::Import(import(&node.source, ImportNames::Names(names))));
        }
        if whole.is_some() {
            let names = ImportNames::Module { alias: whole };
            block.push(Stmt::Import(import(&node.source, names)));
        }
    }

    /// `export const a = …`, `export function …`.
    fn exported(&mut self, node: &ast::Declaration<'_>, block: &mut Block) {
        self.declaration(node, block);
        let mut names = Vec::new();
        match node {
            ast::Declaration::VariableDeclaration(node) => declared(node, &mut names),
            ast::Declaration::TSInterfaceDeclaration(node) => names.push(&node.id.name),
            ast::Declaration::TSTypeAliasDeclaration(node) => names.push(&node.id.name),
            node => names.extend(declaration_name(node)),
        }
        names.retain(|name| self.scopes.declares(name));
        for name in names {
            self.export(name, name, node);
        }
    }

    fn export_default(&mut self, node: &ast::ExportDefaultDeclaration<'_>, block: &mut Block) {
        let value = match &node.declaration {
            ast::ExportDefaultDeclarationKind::FunctionDeclaration(node) => match &node.id {
                Some(id) => {
                    self.function_declaration(node, block);
                    return self.export(&DEFAULT, &id.name, id);
                }
                None if node.body.is_none() => return,
                None => {
                    let function = self.function(node, Some(&DEFAULT), Role::Function);
                    Expr::of(node.as_ref(), ExprKind::Function(function))
                }
            },
            ast::ExportDefaultDeclarationKind::ClassDeclaration(node) => {
                if let Some(id) = &node.id {
                    self.class_declaration(node, block);
                    return self.export(&DEFAULT, &id.name, id);
                }
                let class = self.class_expression(node, Some(&DEFAULT));
                Expr::of(node.as_ref(), class)
            }
            node => match node.as_expression() {
                Some(node) => self.named(node, Some(&DEFAULT)),
                None => return,
            },
        };
        block.push(Stmt::Export { name: DEFAULT, value });
    }

    fn export(&mut self, name: &str, local: &str, at: &impl GetSpan) {
        let value = Expr::of(at, ExprKind::Name(self.scopes.resolve(local)));
        self.exports.push((name.into(), value));
    }
}

fn import(source: &ast::StringLiteral<'_>, names: ImportNames) -> Import {
    Import { module: source.value.as_str().into(), level: 0, names, span: span(source.span) }
}

/// The module itself.
pub(super) fn module(source: &ast::StringLiteral<'_>) -> Expr {
    let import = import(source, ImportNames::Module { alias: None });
    Expr::of(source, ExprKind::Import(Box::new(import)))
}
