//! What names stand for: a path of the source becomes the expression that reads it, through `use`, the items
//! of the module and its globs. What is a crate and where its files are is for [`super::packages`].

use rustc_hash::{FxHashMap, FxHashSet};

use super::Lowering;
use crate::code::ir::{Expr, ExprKind, Import, ImportNames, Span, Symbol, Target};

/// `use` may name what another `use` brought in; more steps are a circle.
const MAX_STEPS: u32 = 8;

/// `Self` in a trait's own method, where it is the type of the receiver.
pub(super) const SELF_VALUE: &str = "<self>";

/// Names of the language that need no `use`, where they are values or types with functions of interest.
const PRELUDE: [&str; 12] =
    ["Some", "Ok", "Err", "None", "Box", "Vec", "String", "Option", "Result", "Default", "From", "Into"];

/// The names of one module or block.
#[derive(Default)]
pub(super) struct Names {
    /// The name of a module inside a file; empty for the file's own and for blocks.
    pub name: Symbol,
    pub uses: FxHashMap<Symbol, Vec<Symbol>>,
    pub globs: Vec<Vec<Symbol>>,
    pub items: FxHashSet<Symbol>,
    /// Modules in files of their own, as an import names them.
    pub files: FxHashMap<Symbol, Symbol>,
}

impl Lowering {
    /// The expression that a path reads.
    pub(super) fn path(&mut self, path: &[Symbol], span: Span) -> Expr {
        let depth = self.modules.len().saturating_sub(1);
        self.resolve(path, span, depth, MAX_STEPS)
    }

    /// Whether a name is an item of the file, at its top.
    pub(super) fn is_static(&self, name: &str) -> bool {
        let is_here = |names: &Names| names.items.contains(name);
        self.local(name).is_none()
            && self.modules.first().is_some_and(is_here)
            && !self.blocks.iter().any(is_here)
    }

    /// Where an item of the module that is being lowered is bound.
    pub(super) fn place_of(&mut self, name: &Symbol, span: Span) -> Target {
        if !self.blocks.is_empty() || self.modules.len() <= 1 {
            return Target::Name(name.clone());
        }
        let holder = self.module_expr(self.modules.len() - 1, span);
        Target::Member(holder, name.clone())
    }

    /// The module that is being lowered at a depth, where it stands inside a file.
    pub(super) fn module_expr(&self, depth: usize, span: Span) -> Expr {
        let mut expr: Option<Expr> = None;
        for names in &self.modules[1..=depth] {
            expr = Some(match expr {
                None => Expr::name(names.name.clone(), span),
                Some(outer) => member(outer, &names.name, span),
            });
        }
        expr.unwrap_or_else(|| import("self", 0, span))
    }

    fn resolve(&mut self, path: &[Symbol], span: Span, depth: usize, steps: u32) -> Expr {
        let [first, rest @ ..] = path else { return Expr { kind: super::unknown(), span } };
        if steps == 0 {
            return Expr { kind: super::unknown(), span };
        }
        match first.as_str() {
            "crate" => return members(import("crate", 0, span), rest, span),
            "self" if rest.is_empty() => return Expr::name("self", span),
            "self" => return self.item_of(depth, rest, span, steps),
            "super" if depth > 0 => return self.item_of(depth - 1, rest, span, steps),
            "super" => {
                let up = rest.iter().take_while(|name| *name == "super").count();
                let module = vec!["super"; up + 1].join(".");
                return members(import(&module, 0, span), &rest[up..], span);
            }
            SELF_VALUE => return members(Expr::name("self", span), rest, span),
            "Self" => {
                if let Some(mut own) = self.self_type.clone() {
                    own.extend(rest.iter().cloned());
                    return self.resolve(&own, span, depth, steps - 1);
                }
            }
            _ => {}
        }
        if let Some((_, bound)) = self.generics.iter().rev().find(|(name, _)| name == first) {
            return match bound.clone() {
                Some(mut bound) => {
                    bound.extend(rest.iter().cloned());
                    self.resolve(&bound, span, depth, steps - 1)
                }
                None => Expr { kind: super::unknown(), span },
            };
        }
        for at in (0..self.blocks.len()).rev() {
            if let Some(used) = self.blocks[at].uses.get(first).cloned() {
                return self.used(used, first, rest, span, depth, steps);
            }
            if self.blocks[at].items.contains(first) {
                return members(Expr::name(first.clone(), span), rest, span);
            }
        }
        self.item_of(depth, path, span, steps)
    }

    /// A path that a `use` brought in. `use x as x` names a crate.
    fn used(
        &mut self,
        mut used: Vec<Symbol>,
        first: &Symbol,
        rest: &[Symbol],
        span: Span,
        depth: usize,
        steps: u32,
    ) -> Expr {
        let is_own_name = used.first() == Some(first);
        used.extend(rest.iter().cloned());
        if is_own_name
            && !self.modules[depth].files.contains_key(first)
            && !self.modules[depth].items.contains(first)
        {
            return members(import(first, 0, span), &used[1..], span);
        }
        self.resolve(&used, span, depth, steps - 1)
    }

    /// A path that begins with a name of the module at a depth.
    fn item_of(&mut self, depth: usize, path: &[Symbol], span: Span, steps: u32) -> Expr {
        let [first, rest @ ..] = path else { return self.module_expr(depth, span) };
        if first == "super" || first == "self" || first == "crate" {
            return self.resolve(path, span, depth, steps - 1);
        }
        let names = &self.modules[depth];
        if names.items.contains(first) {
            let item = if depth == 0 {
                Expr::name(first.clone(), span)
            } else {
                member(self.module_expr(depth, span), first, span)
            };
            return members(item, rest, span);
        }
        if let Some(file) = names.files.get(first).cloned() {
            return members(import(&file, 1, span), rest, span);
        }
        if let Some(used) = names.uses.get(first).cloned() {
            return self.used(used, first, rest, span, depth, steps);
        }
        if PRELUDE.contains(&first.as_str()) {
            return members(Expr::name(first.clone(), span), rest, span);
        }
        self.elsewhere(depth, path, span, steps)
    }

    /// A name that the module does not say: of a glob, of the language, or a crate's.
    fn elsewhere(&mut self, depth: usize, path: &[Symbol], span: Span, steps: u32) -> Expr {
        let (first, rest) = (&path[0], &path[1..]);
        let is_crate = !rest.is_empty() && first.starts_with(|letter: char| letter.is_ascii_lowercase());
        let mut globs: Vec<Vec<Symbol>> = self.modules[depth].globs.clone();
        globs.extend(self.blocks.iter().flat_map(|block| block.globs.iter().cloned()));
        if is_crate && (globs.is_empty() || is_library(first)) {
            return members(import(first, 0, span), rest, span);
        }
        let mut options = Vec::new();
        for mut glob in globs {
            glob.extend(path.iter().cloned());
            options.push(self.resolve(&glob, span, depth, steps - 1));
        }
        if is_crate {
            options.push(members(import(first, 0, span), rest, span));
        }
        match options.len() {
            0 => members(Expr::name(first.clone(), span), rest, span),
            1 => options.swap_remove(0),
            _ => Expr { kind: ExprKind::Choice(options), span },
        }
    }
}

fn is_library(name: &str) -> bool {
    matches!(name, "std" | "core" | "alloc" | "tokio" | "serde_json" | "serde" | "tracing" | "futures")
        || name.starts_with("aws_")
        || name.starts_with("lambda_")
}

pub(super) fn import(module: &str, level: u32, span: Span) -> Expr {
    let names = ImportNames::Module { alias: None };
    Expr { kind: ExprKind::Import(Box::new(Import { module: module.into(), level, names, span })), span }
}

pub(super) fn member(of: Expr, name: &Symbol, span: Span) -> Expr {
    Expr { kind: ExprKind::Member(Box::new(of), name.clone()), span }
}

fn members(of: Expr, path: &[Symbol], span: Span) -> Expr {
    path.iter().fold(of, |of, name| member(of, name, span))
}

/// `a::b` as its names.
pub(super) fn segments(path: &syn::Path) -> Vec<Symbol> {
    path.segments.iter().map(|segment| super::symbol(&segment.ident)).collect()
}
