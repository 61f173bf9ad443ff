//! Places that code writes to through locks, cells and guards: `*self.cache.lock().await = Some(…)`, a guard in a
//! variable, `slot.replace(…)`. What a lock holds is what the place holds. A lock that a function is given as an
//! argument is written to for that function alone.

use super::{Lowering, span_of, symbol};
use crate::code::ir::{Block, Expr, ExprKind, Stmt, Symbol, Target};

/// A method whose result is what a place holds when it was given something, beside what it held.
pub(super) const PUT: &str = "<put>";

/// The same where what is given is a function that makes it.
pub(super) const PUT_MADE: &str = "<put made>";

/// Where what a variable holds is kept.
#[derive(Clone)]
pub(super) struct Kept {
    place: syn::Expr,
    /// What is assigned through the variable is assigned there; else only what is, through a lock.
    is_guard: bool,
}

impl Lowering {
    /// A variable was made of an expression: it may be a guard of a place, or share it.
    pub(super) fn keep(&mut self, pattern: &syn::Pat, init: &syn::Expr) {
        let Some(name) = only_variable(pattern) else { return };
        let Some(found) = place(init) else { return };
        if found.is_locked || found.is_shared {
            let kept = Kept { place: found.place.clone(), is_guard: found.is_locked };
            self.set_kept(&symbol(name), kept);
        }
    }

    /// The statements of `left = value`.
    pub(super) fn assignment(&mut self, left: &syn::Expr, value: Expr, block: &mut Block) {
        let target = self.assigned(left);
        match self.kept_at(left) {
            Some(kept) => {
                let given = self.temporary("given");
                let name = Expr::name(given.clone(), value.span);
                block.push(Stmt::Bind { target: Target::Name(given.clone()), value });
                block.push(Stmt::Bind { target, value: name });
                let value = Expr::name(given, span_of(left));
                block.push(Stmt::Bind { target: kept, value });
            }
            None => block.push(Stmt::Bind { target, value }),
        }
    }

    /// Where else an assignment to an expression goes: through a guard, or a lock that is shared.
    fn kept_at(&mut self, left: &syn::Expr) -> Option<Target> {
        let found = place(left)?;
        let syn::Expr::Path(path) = found.place else { return None };
        let kept = self.kept(&symbol(path.path.get_ident()?))?;
        (kept.is_guard || found.is_locked).then(|| self.assigned(&kept.place))
    }

    /// Where something that a lock or cell gives is kept.
    pub(super) fn held_at(&mut self, node: &syn::Expr) -> Target {
        match place(node) {
            Some(found) if found.is_locked => self.assigned(found.place),
            _ => Target::Discard,
        }
    }

    /// `slot.replace(value)`, `slot.get_or_insert_with(make)`: the place holds what it is given.
    pub(super) fn put(&mut self, node: &syn::ExprMethodCall) -> Option<Expr> {
        let makes = match node.method.to_string().as_str() {
            "replace" | "insert" | "get_or_insert" | "set" | "store" | "swap" => PUT,
            "get_or_insert_with" => PUT_MADE,
            _ => return None,
        };
        let [first] = node.args.iter().collect::<Vec<_>>()[..] else { return None };
        let found = place(&node.receiver)?;
        let target = self.assigned(found.place);
        if matches!(target, Target::Discard) {
            return None;
        }
        let span = span_of(&node.method);
        let (given, was) = (self.temporary("given"), self.temporary("was"));
        let value = self.expr(first);
        let mut block = vec![Stmt::Bind { target: Target::Name(given.clone()), value }];
        let method = symbol(&node.method);
        let value = self.given(&node.receiver, &method, &given, span);
        block.push(Stmt::Bind { target: Target::Name(was.clone()), value });
        let value = self.given(&node.receiver, &makes.into(), &given, span);
        block.push(Stmt::Bind { target, value });
        if let Some(kept) = self.kept_at(&node.receiver) {
            let value = self.expr(&node.receiver);
            block.push(Stmt::Bind { target: kept, value });
        }
        let after =
            if method.starts_with("get_or_") { self.expr(&node.receiver) } else { Expr::name(was, span) };
        Some(Expr::spanned(ExprKind::Block(block, Box::new(after)), span))
    }

    fn given(
        &mut self,
        of: &syn::Expr,
        method: &Symbol,
        given: &Symbol,
        span: crate::code::ir::Span,
    ) -> Expr {
        let callee = Box::new(super::names::member(self.expr(of), method, span));
        let value = Expr::name(given.clone(), span);
        let args = vec![crate::code::ir::Arg { name: None, value, spread: crate::code::ir::Spread::No }];
        Expr::spanned(ExprKind::Call { callee, args }, span)
    }
}

struct Found<'n> {
    place: &'n syn::Expr,
    is_locked: bool,
    /// Another pointer to the same: `Arc::clone(&place)`.
    is_shared: bool,
}

/// The variable, static or field that an expression leads to.
fn place(node: &syn::Expr) -> Option<Found<'_>> {
    let (mut node, mut is_locked, mut is_shared) = (node, false, false);
    loop {
        node = match node {
            syn::Expr::Path(_) | syn::Expr::Field(_) => {
                return Some(Found { place: node, is_locked, is_shared });
            }
            syn::Expr::Paren(inner) => &inner.expr,
            syn::Expr::Try(inner) => &inner.expr,
            syn::Expr::Await(inner) => &inner.base,
            syn::Expr::Unary(inner) if matches!(inner.op, syn::UnOp::Deref(_)) => &inner.expr,
            syn::Expr::Reference(inner) => {
                is_locked |= inner.mutability.is_some();
                &inner.expr
            }
            syn::Expr::MethodCall(call) => {
                match call.method.to_string().as_str() {
                    "lock" | "write" | "borrow_mut" | "get_mut" | "try_lock" | "try_write"
                    | "blocking_lock" | "blocking_write" | "lock_owned" | "write_owned" | "as_mut"
                    | "as_deref_mut"
                        if call.args.is_empty() =>
                    {
                        is_locked = true;
                    }
                    "clone" => is_shared = true,
                    "unwrap" | "expect" | "map_err" | "unwrap_or_else" => {}
                    _ => return None,
                }
                &call.receiver
            }
            // `Arc::clone(&place)`.
            syn::Expr::Call(call) => {
                let syn::Expr::Path(path) = &*call.func else { return None };
                let [holder, name] = path.path.segments.iter().collect::<Vec<_>>()[..] else { return None };
                if name.ident != "clone" || !(holder.ident == "Arc" || holder.ident == "Rc") {
                    return None;
                }
                is_shared = true;
                call.args.first()?
            }
            _ => return None,
        };
    }
}

/// The one variable of `guard`, `mut guard`, `Ok(guard)`.
fn only_variable(node: &syn::Pat) -> Option<&syn::Ident> {
    match node {
        syn::Pat::Ident(node) => Some(&node.ident),
        syn::Pat::Type(node) => only_variable(&node.pat),
        syn::Pat::TupleStruct(node) if node.elems.len() == 1 => only_variable(&node.elems[0]),
        _ => None,
    }
}
