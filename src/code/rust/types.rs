//! Declared types as expressions. What only holds or points at a value is left out: of `&Arc<Mutex<Store>>`
//! remains `Store`. Collections and functions say nothing of the value itself.

use super::names::segments;
use super::{Lowering, span_of};
use crate::code::ir::{Expr, Symbol};

/// Types that are used as what they hold.
const TRANSPARENT: [&str; 26] = [
    "Arc",
    "Rc",
    "Box",
    "Option",
    "Result",
    "Mutex",
    "RwLock",
    "RefCell",
    "Cell",
    "OnceCell",
    "OnceLock",
    "LazyLock",
    "Lazy",
    "LazyCell",
    "Pin",
    "Cow",
    "MutexGuard",
    "RwLockReadGuard",
    "RwLockWriteGuard",
    "Ref",
    "Weak",
    "ArcSwap",
    "State",
    "Extension",
    "Data",
    "Json",
];

const PRIMITIVE: [&str; 20] = [
    "str", "String", "bool", "char", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64",
    "i128", "isize", "f32", "f64", "Vec", "HashMap",
];

impl Lowering {
    pub(super) fn annotation(&mut self, node: &syn::Type) -> Option<Expr> {
        let path = self.type_path(node)?;
        Some(self.path(&path, span_of(node)))
    }

    /// The path of the type that a value is used as.
    pub(super) fn type_path(&self, node: &syn::Type) -> Option<Vec<Symbol>> {
        match node {
            syn::Type::Reference(node) => self.type_path(&node.elem),
            syn::Type::Paren(node) => self.type_path(&node.elem),
            syn::Type::Group(node) => self.type_path(&node.elem),
            syn::Type::TraitObject(node) => self.bounds_path(node.bounds.iter()),
            syn::Type::ImplTrait(node) => self.bounds_path(node.bounds.iter()),
            syn::Type::Path(node) if node.qself.is_none() => {
                let last = node.path.segments.last()?;
                let name = last.ident.to_string();
                if TRANSPARENT.contains(&name.as_str()) {
                    return self.type_path(first_type(&last.arguments)?);
                }
                let is_primitive = node.path.segments.len() == 1 && PRIMITIVE.contains(&name.as_str());
                (!is_primitive).then(|| segments(&node.path))
            }
            _ => None,
        }
    }

    /// The trait that says what a value can do; what a `Future` gives.
    pub(super) fn bounds_path<'b>(
        &self,
        bounds: impl Iterator<Item = &'b syn::TypeParamBound>,
    ) -> Option<Vec<Symbol>> {
        for bound in bounds {
            let syn::TypeParamBound::Trait(bound) = bound else { continue };
            let Some(last) = bound.path.segments.last() else { continue };
            match last.ident.to_string().as_str() {
                "Send" | "Sync" | "Sized" | "Unpin" | "Clone" | "Copy" | "Debug" | "Fn" | "FnMut"
                | "FnOnce" => {}
                "Future" => return self.type_path(first_type(&last.arguments)?),
                "Into" | "AsRef" | "Borrow" | "Deref" => {
                    return self.type_path(first_type(&last.arguments)?);
                }
                _ => return Some(segments(&bound.path)),
            }
        }
        None
    }

    /// Brings type parameters into scope; gives how many there were before.
    pub(super) fn enter_generics(&mut self, node: &syn::Generics) -> usize {
        let before = self.generics.len();
        for param in node.type_params() {
            let name = super::symbol(&param.ident);
            let mut bound = self.bounds_path(param.bounds.iter());
            for predicate in node.where_clause.iter().flat_map(|clause| &clause.predicates) {
                if let syn::WherePredicate::Type(predicate) = predicate
                    && let syn::Type::Path(path) = &predicate.bounded_ty
                    && path.path.is_ident(&param.ident)
                {
                    bound = bound.or_else(|| self.bounds_path(predicate.bounds.iter()));
                }
            }
            self.generics
                .push((name, bound.filter(|path| path.first() != Some(&super::symbol(&param.ident)))));
        }
        before
    }
}

/// The first type among the arguments of a generic type, also where it is named: `Future<Output = T>`.
pub(super) fn first_type(arguments: &syn::PathArguments) -> Option<&syn::Type> {
    let syn::PathArguments::AngleBracketed(arguments) = arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        syn::GenericArgument::Type(found) => Some(found),
        syn::GenericArgument::AssocType(found) => Some(&found.ty),
        _ => None,
    })
}
