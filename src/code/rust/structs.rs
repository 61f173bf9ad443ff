//! Structs and enums: what fields their values have. A variant is a class that inherits from its enum.

use super::{Lowering, span_of, symbol, unknown};
use crate::code::ir::{Block, Expr, ExprKind, Span, Stmt, Target};

/// A member of the types that data is read into.
pub(super) const READ: &str = "<read>";

impl Lowering {
    /// The fields of structs and the variants of enums.
    pub(super) fn fields(&mut self, items: &[&syn::Item], block: &mut Block) {
        for item in items {
            let (ident, body) = match item {
                syn::Item::Struct(node) => {
                    let before = self.enter_generics(&node.generics);
                    let mut body = self.field_declarations(&node.fields);
                    self.readers(node, &mut body);
                    mark_read(&node.attrs, span_of(&node.ident), &mut body);
                    self.generics.truncate(before);
                    (&node.ident, body)
                }
                syn::Item::Enum(node) => {
                    let mut body = self.variants(node);
                    mark_read(&node.attrs, span_of(&node.ident), &mut body);
                    (&node.ident, body)
                }
                _ => continue,
            };
            let span = span_of(ident);
            let class = self.path(&[symbol(ident)], span);
            block.push(Stmt::Extend { class, bases: Vec::new(), body });
        }
    }

    fn field_declarations(&mut self, fields: &syn::Fields) -> Block {
        let mut body = Block::new();
        for (position, field) in fields.iter().enumerate() {
            let name = field.ident.as_ref().map_or_else(|| smol_str::format_smolstr!("{position}"), symbol);
            let span = span_of(field);
            let annotation = self.annotation(&field.ty);
            let annotation = annotation.unwrap_or(Expr { kind: unknown(), span });
            body.push(Stmt::Declare { name, annotation, default: None });
        }
        body
    }

    /// A variant is a class that inherits from its enum.
    fn variants(&mut self, node: &syn::ItemEnum) -> Block {
        let mut body = Block::new();
        for variant in &node.variants {
            let name = symbol(&variant.ident);
            let span = span_of(&variant.ident);
            let fields = self.field_declarations(&variant.fields);
            let own = self.path(&[symbol(&node.ident)], span);
            let kind = self.new_class(&name, vec![own], fields, span);
            let target = Target::Name(name);
            body.push(Stmt::Bind { target, value: Expr::spanned(kind, span) });
        }
        self.commands(node, &mut body);
        body
    }
}

/// What an event or an answer is read into keeps being that; its methods are found by their names.
fn mark_read(attributes: &[syn::Attribute], span: Span, body: &mut Block) {
    if super::settings::derives(attributes).iter().any(|name| name == "Deserialize") {
        let value = Expr::spanned(ExprKind::Bool(true), span);
        body.push(Stmt::Bind { target: Target::Name(READ.into()), value });
    }
}
