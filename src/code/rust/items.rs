//! Items: what a file, a module inside it or a function's body declares. They may stand in any order, so they are
//! sorted by what needs what before they become statements.

use super::names::{Names, import};
use super::quoted::quoted;
use super::uses::used;
use super::{Lowering, is_for_tests, span_of, symbol};
use crate::code::ir::{Block, Class, ClassId, Expr, ExprKind, Span, Stmt, Symbol};

impl Lowering {
    /// The items of a file, or of a module inside one: names go to the innermost of `modules`.
    pub(super) fn items(&mut self, items: &[syn::Item]) -> Block {
        let made = self.expanded_items(&mut items.iter());
        let items: Vec<&syn::Item> = with_expanded(items.iter(), &made);
        let mut names = Names::default();
        self.collect(&items, &mut names);
        let own = self.modules.last_mut().expect("a module's names are there while it is lowered");
        names.name = own.name.clone();
        *own = names;
        self.declarations(&items)
    }

    /// The items of a block, whose names hold until [`Self::leave_block`].
    pub(super) fn enter_block(&mut self, items: &[&syn::Item]) -> Block {
        let made = self.expanded_items(&mut items.iter().copied());
        let items: Vec<&syn::Item> = with_expanded(items.iter().copied(), &made);
        let mut names = Names::default();
        self.collect(&items, &mut names);
        self.blocks.push(names);
        self.declarations(&items)
    }

    pub(super) fn leave_block(&mut self) {
        self.blocks.pop();
    }

    fn collect(&mut self, items: &[&syn::Item], names: &mut Names) {
        for item in items {
            match item {
                syn::Item::Use(node) => used(&node.tree, &mut Vec::new(), names),
                syn::Item::ExternCrate(node) => {
                    let alias = node.rename.as_ref().map_or(&node.ident, |(_, alias)| alias);
                    names.uses.insert(symbol(alias), vec![symbol(&node.ident)]);
                }
                syn::Item::Mod(node) if node.content.is_none() => {
                    names.files.insert(symbol(&node.ident), self.module_file(node));
                }
                syn::Item::Type(node) => {
                    if let Some(path) = self.type_path(&node.ty) {
                        names.uses.insert(symbol(&node.ident), path);
                    }
                }
                syn::Item::Macro(node) => names.items.extend(super::macros::declared_by(&node.mac)),
                _ => {
                    if let Some(name) = declared(item) {
                        names.items.insert(name);
                    }
                }
            }
        }
    }

    /// What an import calls the file of `mod name;`.
    fn module_file(&self, node: &syn::ItemMod) -> Symbol {
        let path = node.attrs.iter().find_map(|attribute| match &attribute.meta {
            syn::Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
                syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. }) => Some(path.value()),
                _ => None,
            },
            _ => None,
        });
        if let Some(path) = path {
            return smol_str::format_smolstr!("path:{path}");
        }
        let mut names: Vec<&str> = self.modules[1..].iter().map(|module| module.name.as_str()).collect();
        let own = symbol(&node.ident);
        names.push(&own);
        names.join(".").into()
    }

    fn declarations(&mut self, items: &[&syn::Item]) -> Block {
        let mut block = Block::new();
        for item in items {
            // Functions and constants say it where they are bound.
            let attributes: &[syn::Attribute] = match item {
                syn::Item::Impl(node) => &node.attrs,
                syn::Item::Mod(node) => &node.attrs,
                syn::Item::Static(node) => &node.attrs,
                syn::Item::Use(node) => &node.attrs,
                _ => &[],
            };
            for attribute in attributes {
                self.note_condition(attribute);
            }
        }
        self.classes_of(items, &mut block);
        for item in items {
            if let syn::Item::Fn(node) = item {
                let id = self.function(&node.sig, Some(&node.block), span_of(node));
                let from = block.len();
                self.bind(
                    &symbol(&node.sig.ident),
                    ExprKind::Function(id),
                    span_of(&node.sig.ident),
                    &mut block,
                );
                self.push_optional(&mut block, &node.attrs, from);
            }
        }
        for item in items {
            if let syn::Item::Mod(node) = item {
                self.module(node, &mut block);
            }
        }
        self.uses(items, &mut block);
        self.fields(items, &mut block);
        self.constants(items, &mut block);
        for item in items {
            match item {
                syn::Item::Impl(node) => self.implementation(node, &mut block),
                syn::Item::Trait(node) => self.default_methods(node, &mut block),
                _ => {}
            }
        }
        for item in items {
            match item {
                syn::Item::Static(node) => {
                    let value = self.expr(&node.expr);
                    self.bind_value(&symbol(&node.ident), value, &mut block);
                }
                syn::Item::Macro(node) => self.item_macro(node, &mut block),
                _ => {}
            }
        }
        block
    }

    fn bind(&mut self, name: &Symbol, kind: ExprKind, span: Span, block: &mut Block) {
        self.bind_value(name, Expr::spanned(kind, span), block);
    }

    pub(super) fn bind_value(&mut self, name: &Symbol, value: Expr, block: &mut Block) {
        let target = self.place_of(name, value.span);
        block.push(Stmt::Bind { target, value });
    }

    pub(super) fn new_class(&mut self, name: &Symbol, bases: Vec<Expr>, body: Block, span: Span) -> ExprKind {
        let id = u32::try_from(self.classes.len()).expect("fewer classes than bytes of source");
        let name = smol_str::format_smolstr!("{}{name}", self.prefix);
        self.classes.push(Class { name, bases, decorators: Vec::new(), body, span });
        ExprKind::Class(ClassId(id))
    }

    /// Every struct, enum, trait and module inside the file, empty.
    fn classes_of(&mut self, items: &[&syn::Item], block: &mut Block) {
        for item in items {
            let ident = match item {
                syn::Item::Struct(node) => &node.ident,
                syn::Item::Enum(node) => &node.ident,
                syn::Item::Trait(node) => &node.ident,
                syn::Item::Union(node) => &node.ident,
                syn::Item::Mod(node) if node.content.is_some() => &node.ident,
                _ => continue,
            };
            let name = symbol(ident);
            let kind = self.new_class(&name, Vec::new(), Block::new(), span_of(*item));
            self.bind(&name, kind, span_of(ident), block);
        }
    }

    fn module(&mut self, node: &syn::ItemMod, block: &mut Block) {
        let name = symbol(&node.ident);
        let span = span_of(&node.ident);
        let Some((_, items)) = &node.content else {
            let file = self.module_file(node);
            let value = import(&file, 1, span);
            return self.bind_value(&name, value, block);
        };
        let prefix = format!("{}{name}.", self.prefix);
        let outside = std::mem::replace(&mut self.prefix, prefix);
        let blocks = std::mem::take(&mut self.blocks);
        self.modules.push(Names { name, ..Names::default() });
        block.extend(self.items(items));
        self.modules.pop();
        self.blocks = blocks;
        self.prefix = outside;
    }

    /// Literals first: other constants may be made of them.
    fn constants(&mut self, items: &[&syn::Item], block: &mut Block) {
        let mut made_of_others = Vec::new();
        for item in items {
            let syn::Item::Const(node) = item else { continue };
            if node.ident == "_" {
                continue;
            }
            if matches!(&*node.expr, syn::Expr::Lit(_)) {
                let value = self.expr(&node.expr);
                let from = block.len();
                self.bind_value(&symbol(&node.ident), value, block);
                self.push_optional(block, &node.attrs, from);
            } else {
                made_of_others.push(node);
            }
        }
        for node in made_of_others {
            let value = self.expr(&node.expr);
            let from = block.len();
            self.bind_value(&symbol(&node.ident), value, block);
            self.push_optional(block, &node.attrs, from);
        }
    }

    /// Code that a feature can leave out is code that may not be there.
    fn push_optional(&mut self, block: &mut Block, attributes: &[syn::Attribute], from: usize) {
        let Some(condition) = attributes.iter().find(|attribute| attribute.path().is_ident("cfg")) else {
            return;
        };
        let optional = block.split_off(from);
        block.push(Stmt::Branch(vec![optional, Block::new()]));
        self.note_condition(condition);
    }

    /// Both sides of a feature are read, and it is said.
    fn note_condition(&mut self, condition: &syn::Attribute) {
        if condition.path().is_ident("cfg")
            && let syn::Meta::List(list) = &condition.meta
            && list.tokens.to_string().contains("feature")
        {
            let at = span_of(condition).start;
            let condition = quoted(&list.tokens);
            let message = format!("code under {condition} is kept, whether the build has it or not");
            self.remarks.add(at, "conditional-code", message);
        }
    }
}

/// The items that are not for tests, those that macros of the file become in their places.
fn with_expanded<'n>(
    items: impl Iterator<Item = &'n syn::Item>,
    made: &'n [Option<Vec<syn::Item>>],
) -> Vec<&'n syn::Item> {
    let mut all = Vec::new();
    for (item, made) in items.zip(made) {
        match made {
            Some(made) => all.extend(made),
            None => all.push(item),
        }
    }
    all.retain(|item| !is_for_tests(attributes(item)));
    all
}

fn declared(item: &syn::Item) -> Option<Symbol> {
    Some(symbol(match item {
        syn::Item::Fn(node) => &node.sig.ident,
        syn::Item::Struct(node) => &node.ident,
        syn::Item::Enum(node) => &node.ident,
        syn::Item::Trait(node) => &node.ident,
        syn::Item::Union(node) => &node.ident,
        syn::Item::Const(node) => &node.ident,
        syn::Item::Static(node) => &node.ident,
        syn::Item::Mod(node) => &node.ident,
        _ => return None,
    }))
}

pub(super) fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(node) => &node.attrs,
        syn::Item::Enum(node) => &node.attrs,
        syn::Item::Fn(node) => &node.attrs,
        syn::Item::Impl(node) => &node.attrs,
        syn::Item::Macro(node) => &node.attrs,
        syn::Item::Mod(node) => &node.attrs,
        syn::Item::Static(node) => &node.attrs,
        syn::Item::Struct(node) => &node.attrs,
        syn::Item::Trait(node) => &node.attrs,
        syn::Item::Type(node) => &node.attrs,
        syn::Item::Union(node) => &node.attrs,
        syn::Item::Use(node) => &node.attrs,
        _ => &[],
    }
}
