//! `impl` blocks and the default methods of traits.

use super::names::segments;
use super::{Lowering, is_for_tests, span_of, symbol};
use crate::code::ir::{Block, Stmt, Target};

impl Lowering {
    pub(super) fn implementation(&mut self, node: &syn::ItemImpl, block: &mut Block) {
        let Some(own) = self.type_path(&node.self_ty) else { return };
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
                syn::ImplItem::Fn(node) if !is_for_tests(&node.attrs) => {
                    self.method(&node.sig, Some(&node.block), span_of(node), &mut body);
                }
                syn::ImplItem::Const(node) => {
                    let value = self.expr(&node.expr);
                    let target = Target::Name(symbol(&node.ident));
                    body.push(Stmt::Bind { target, value });
                }
                _ => {}
            }
        }
        self.self_type = enclosing;
        self.prefix = outside;
        self.generics.truncate(before);
        block.push(Stmt::Extend { class, bases: base.into_iter().collect(), body });
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
