//! Patterns as assignment targets. `Some(x)`, `Ok(x)` and the wrappers of libraries are what they hold; a tuple
//! struct of the project has its fields under their positions.

use super::names::segments;
use super::{Lowering, span_of, symbol};
use crate::code::ir::{Block, Expr, ExprKind, Stmt, Symbol, Target};

impl Lowering {
    pub(super) fn target(&mut self, node: &syn::Pat) -> Target {
        self.deeper(span_of(node), |it| it.target_of(node)).unwrap_or(Target::Discard)
    }

    fn target_of(&mut self, node: &syn::Pat) -> Target {
        match node {
            syn::Pat::Ident(node) if is_variable(&node.ident) => self.variable(&symbol(&node.ident)),
            syn::Pat::Reference(node) => self.target(&node.pat),
            syn::Pat::Paren(node) => self.target(&node.pat),
            syn::Pat::Type(node) => self.target(&node.pat),
            syn::Pat::Tuple(node) => self.targets(node.elems.iter()),
            syn::Pat::Slice(node) => self.targets(node.elems.iter()),
            syn::Pat::Or(node) => match node.cases.first() {
                Some(first) => self.target(first),
                None => Target::Discard,
            },
            syn::Pat::TupleStruct(node) => self.tuple_struct(node),
            syn::Pat::Struct(node) => {
                let entries = node.fields.iter().map(|field| {
                    let name = match &field.member {
                        syn::Member::Named(ident) => symbol(ident),
                        syn::Member::Unnamed(index) => smol_str::format_smolstr!("{}", index.index),
                    };
                    (name, self.target(&field.pat), None)
                });
                Target::Object { entries: entries.collect(), rest: None }
            }
            _ => Target::Discard,
        }
    }

    fn variable(&mut self, name: &Symbol) -> Target {
        Target::Name(self.add_local(name))
    }

    fn targets<'p>(&mut self, nodes: impl Iterator<Item = &'p syn::Pat>) -> Target {
        let elements = nodes.map(|node| match node {
            syn::Pat::Rest(_) => (Target::Discard, true),
            syn::Pat::Ident(ident)
                if ident.subpat.as_ref().is_some_and(|(_, pat)| matches!(**pat, syn::Pat::Rest(_))) =>
            {
                (self.variable(&symbol(&ident.ident)), true)
            }
            node => (self.target(node), false),
        });
        Target::List(elements.collect())
    }

    fn tuple_struct(&mut self, node: &syn::PatTupleStruct) -> Target {
        if !self.is_own(&segments(&node.path))
            && let [only] = node.elems.iter().collect::<Vec<_>>().as_slice()
        {
            return self.target(only);
        }
        let entries = node
            .elems
            .iter()
            .enumerate()
            .map(|(position, pat)| (smol_str::format_smolstr!("{position}"), self.target(pat), None));
        Target::Object { entries: entries.collect(), rest: None }
    }

    /// Whether a path is of the project, as far as the file says.
    pub(super) fn is_own(&self, path: &[Symbol]) -> bool {
        let Some(first) = path.first() else { return false };
        let is_root = |name: &Symbol| matches!(name.as_str(), "crate" | "self" | "super" | "Self");
        let names = self.modules.iter().chain(&self.blocks);
        is_root(first)
            || names.into_iter().any(|names| {
                names.items.contains(first)
                    || names.files.contains_key(first)
                    || names.uses.get(first).and_then(|used| used.first()).is_some_and(|root| {
                        is_root(root) || names.files.contains_key(root) || names.items.contains(root)
                    })
            })
    }

    /// The statements that bind a pattern's variables to the parts of what a name holds.
    pub(super) fn captures(&mut self, node: &syn::Pat, subject: &Symbol) -> Block {
        if let syn::Pat::Or(node) = node {
            let arms: Vec<Block> =
                self.alternatives(|it| node.cases.iter().map(|case| it.captures(case, subject)).collect());
            let binds = arms.iter().any(|arm| !arm.is_empty());
            return if binds { vec![Stmt::Branch(arms)] } else { Block::new() };
        }
        match self.target(node) {
            Target::Discard => Block::new(),
            Target::Object { entries, rest: None } if entries.is_empty() => Block::new(),
            target => {
                let mut value = Expr::name(subject.clone(), span_of(node));
                if let Some(path) = variant(node).filter(|path| self.is_own(path)) {
                    let class = self.path(&path, span_of(node));
                    let span = value.span;
                    value = Expr::spanned(ExprKind::OfClass(Box::new(value), Box::new(class)), span);
                }
                vec![Stmt::Bind { target, value }]
            }
        }
    }

    /// The same for what an expression gives.
    pub(super) fn capture_of(&mut self, node: &syn::Pat, value: Expr) -> Block {
        let subject = self.temporary("let");
        let mut block = vec![Stmt::Bind { target: Target::Name(subject.clone()), value }];
        block.extend(self.captures(node, &subject));
        block
    }
}

/// The type that a pattern matches.
fn variant(node: &syn::Pat) -> Option<Vec<Symbol>> {
    match node {
        syn::Pat::TupleStruct(node) => Some(segments(&node.path)),
        syn::Pat::Struct(node) => Some(segments(&node.path)),
        syn::Pat::Reference(node) => variant(&node.pat),
        syn::Pat::Paren(node) => variant(&node.pat),
        _ => None,
    }
}

/// A name in a pattern is a constant or a variant when it is written like one.
fn is_variable(ident: &syn::Ident) -> bool {
    !ident.to_string().starts_with(|letter: char| letter.is_ascii_uppercase())
}

pub(super) fn element_of(value: Expr) -> Expr {
    let span = value.span;
    Expr::spanned(ExprKind::Element(Box::new(value)), span)
}
