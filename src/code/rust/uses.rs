//! `use`: the names that it brings into a module, and what others can reach through it.

use super::names::Names;
use super::{Lowering, span_of, symbol};
use crate::code::ir::{Block, ExprKind, Import, ImportNames, Span, Stmt, Symbol};

impl Lowering {
    /// What `use` brings in is also a name that other modules can reach through this one.
    pub(super) fn uses(&mut self, items: &[&syn::Item], block: &mut Block) {
        let mut names = Names::default();
        let mut at = Span::default();
        for item in items {
            if let syn::Item::Use(node) = item {
                at = span_of(node);
                used(&node.tree, &mut Vec::new(), &mut names);
            }
        }
        let in_block = !self.blocks.is_empty();
        let mut uses: Vec<_> = names.uses.keys().cloned().collect();
        uses.sort();
        for name in uses.into_iter().filter(|name| !in_block && name != "_") {
            let value = self.path(std::slice::from_ref(&name), at);
            if !matches!(&value.kind, ExprKind::Name(own) if *own == name) {
                self.bind_value(&name, value, block);
            }
        }
        let in_file = self.modules.len() == 1 && !in_block;
        for glob in names.globs.iter().filter(|_| in_file) {
            if let Some(first) = glob.first() {
                let child = self.modules[0].files.get(first).cloned();
                let (mut module, level) = match &child {
                    Some(file) => (file.to_string(), 1),
                    None => (first.to_string(), 0),
                };
                for name in &glob[1..] {
                    module.push('.');
                    module.push_str(name);
                }
                let names = ImportNames::All;
                block.push(Stmt::Import(Import { module: module.into(), level, names, span: at }));
            }
        }
    }
}

/// The names and globs of a `use`.
pub(super) fn used(tree: &syn::UseTree, path: &mut Vec<Symbol>, names: &mut Names) {
    match tree {
        syn::UseTree::Path(node) => {
            path.push(symbol(&node.ident));
            used(&node.tree, path, names);
            path.pop();
        }
        syn::UseTree::Name(node) => {
            let name = symbol(&node.ident);
            if name == "self" {
                if let Some(last) = path.last() {
                    names.uses.insert(last.clone(), path.clone());
                }
            } else {
                let full: Vec<Symbol> = path.iter().cloned().chain([name.clone()]).collect();
                names.uses.insert(name, full);
            }
        }
        syn::UseTree::Rename(node) => {
            let mut full = path.clone();
            if node.ident != "self" {
                full.push(symbol(&node.ident));
            }
            names.uses.insert(symbol(&node.rename), full);
        }
        syn::UseTree::Glob(_) => names.globs.push(path.clone()),
        syn::UseTree::Group(node) => {
            for item in &node.items {
                used(item, path, names);
            }
        }
    }
}
