//! Structs and enums: what fields their values have. A variant is a class that inherits from its enum.

use super::{Lowering, span_of, symbol, unknown};
use crate::code::ir::{Block, Expr, Stmt, Target};

impl Lowering {
    /// The fields of structs and the variants of enums.
    pub(super) fn fields(&mut self, items: &[&syn::Item], block: &mut Block) {
        for item in items {
            let (ident, body) = match item {
                syn::Item::Struct(node) => {
                    let before = self.enter_generics(&node.generics);
                    let mut body = self.field_declarations(&node.fields);
                    self.readers(node, &mut body);
                    self.generics.truncate(before);
                    (&node.ident, body)
                }
                syn::Item::Enum(node) => (&node.ident, self.variants(node)),
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
        body
    }
}
