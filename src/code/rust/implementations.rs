//! `impl` blocks and the default methods of traits.

use super::names::segments;
use super::{Lowering, is_for_tests, span_of, symbol};
use crate::code::ir::{Block, Expr, ExprKind, Role, Stmt, Target};

impl Lowering {
    pub(super) fn implementation(&mut self, node: &syn::ItemImpl, block: &mut Block) {
        if self.conversion_from_own(node, block) {
            return;
        }
        let Some(own) = self.type_path(&node.self_ty) else { return };
        let is_display = trait_name(node).is_some_and(|name| name == "Display");
        let span = span_of(&*node.self_ty);
        let before = self.enter_generics(&node.generics);
        let class = self.path(&own, span);
        let base = node.trait_.as_ref().map(|(_, path, _)| self.path(&segments(path), span_of(path)));
        let prefix = format!("{}{}.", self.prefix, own.last().map_or("", |name| name.as_str()));
        let outside = std::mem::replace(&mut self.prefix, prefix);
        let enclosing = self.self_type.replace(own);
        let mut body = Block::new();
        for item in &node.items {
            match item {
                syn::ImplItem::Fn(node) if is_display && node.sig.ident == "fmt" => {
                    self.shown(node, &mut body);
                }
                syn::ImplItem::Fn(node) if !is_for_tests(&node.attrs) => {
                    self.method(&node.sig, Some(&node.block), span_of(node), &mut body);
                }
                syn::ImplItem::Const(node) => {
                    let value = self.expr(&node.expr);
                    let target = Target::Name(symbol(&node.ident));
                    body.push(Stmt::Bind { target, value });
                }
                syn::ImplItem::Macro(node) => {
                    let name = node.mac.path.segments.last().map(|last| last.ident.to_string());
                    self.unread(&name.unwrap_or_default(), &node.mac);
                }
                _ => {}
            }
        }
        self.self_type = enclosing;
        self.prefix = outside;
        self.generics.truncate(before);
        block.push(Stmt::Extend { class, bases: base.into_iter().collect(), body });
    }

    /// `impl From<Own> for String`: what `into()` gives of the project's own type, whose method it becomes.
    fn conversion_from_own(&mut self, node: &syn::ItemImpl, block: &mut Block) -> bool {
        let foreign = self.type_path(&node.self_ty).is_none_or(|path| !self.is_own(&path));
        let name = match trait_name(node) {
            Some(name) if name == "From" && foreign => "into",
            Some(name) if name == "TryFrom" && foreign => "try_into",
            _ => return false,
        };
        let given = node.trait_.as_ref().and_then(|(_, path, _)| path.segments.last());
        let given = given.and_then(|last| super::types::first_type(&last.arguments));
        let Some(own) = given.and_then(|given| self.type_path(given)).filter(|own| self.is_own(own)) else {
            return false;
        };
        let span = span_of(&*node.self_ty);
        let class = self.path(&own, span);
        let prefix = format!("{}{}.", self.prefix, own.last().map_or("", |name| name.as_str()));
        let outside = std::mem::replace(&mut self.prefix, prefix);
        let mut body = Block::new();
        for item in &node.items {
            if let syn::ImplItem::Fn(node) = item {
                let id = self.function(&node.sig, Some(&node.block), span_of(node));
                self.functions[id.0 as usize].role = Role::Method;
                let value = Expr::spanned(ExprKind::Function(id), span_of(&node.sig.ident));
                body.push(Stmt::Bind { target: Target::Name(name.into()), value });
            }
        }
        self.prefix = outside;
        block.push(Stmt::Extend { class, bases: Vec::new(), body });
        true
    }

    pub(super) fn default_methods(&mut self, node: &syn::ItemTrait, block: &mut Block) {
        let name = symbol(&node.ident);
        let span = span_of(&node.ident);
        let before = self.enter_generics(&node.generics);
        let class = self.path(std::slice::from_ref(&name), span);
        let prefix = format!("{}{name}.", self.prefix);
        let outside = std::mem::replace(&mut self.prefix, prefix);
        let enclosing = self.self_type.replace(vec![name]);
        self.in_trait = true;
        let mut body = Block::new();
        for item in &node.items {
            match item {
                syn::TraitItem::Fn(node) if node.default.is_some() => {
                    self.method(&node.sig, node.default.as_ref(), span_of(node), &mut body);
                }
                syn::TraitItem::Const(node) => {
                    if let Some((_, value)) = &node.default {
                        let value = self.expr(value);
                        let target = Target::Name(symbol(&node.ident));
                        body.push(Stmt::Bind { target, value });
                    }
                }
                _ => {}
            }
        }
        self.in_trait = false;
        self.self_type = enclosing;
        self.prefix = outside;
        self.generics.truncate(before);
        if !body.is_empty() {
            block.push(Stmt::Extend { class, bases: Vec::new(), body });
        }
    }
}

/// The trait that an `impl` is of, without its path.
fn trait_name(node: &syn::ItemImpl) -> Option<&syn::Ident> {
    node.trait_.as_ref().and_then(|(_, path, _)| path.segments.last()).map(|last| &last.ident)
}
