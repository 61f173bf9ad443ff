//! Expressions. Comparisons and arithmetic are unknown values whose operands are kept.

use super::names::{member, segments};
use super::{Lowering, span_of, symbol, unknown};
use crate::code::ir::{Arg, Block, Expr, ExprKind, Spread, Stmt, Symbol};

impl Lowering {
    /// Any expression. Beyond the depth bound it is unknown.
    pub(super) fn expr(&mut self, node: &syn::Expr) -> Expr {
        let span = span_of(node);
        let mut lowered = self.deeper(span, |it| it.lowered(node)).unwrap_or(Expr { kind: unknown(), span });
        // What one macro makes in two places is two things.
        lowered.span.end = lowered.span.end.saturating_add(self.expansion.saturating_mul(64));
        lowered
    }

    pub(super) fn exprs<'n>(&mut self, nodes: impl IntoIterator<Item = &'n syn::Expr>) -> Vec<Expr> {
        nodes.into_iter().map(|node| self.expr(node)).collect()
    }

    fn lowered(&mut self, node: &syn::Expr) -> Expr {
        let span = span_of(node);
        let kind = match node {
            // Transparent: what they are of is what they give.
            syn::Expr::Await(node) => return self.expr(&node.base),
            syn::Expr::Try(node) => return self.expr(&node.expr),
            syn::Expr::Paren(node) => return self.expr(&node.expr),
            syn::Expr::Group(node) => return self.expr(&node.expr),
            syn::Expr::Reference(node) if node.mutability.is_some() => return self.lent(&node.expr),
            syn::Expr::Reference(node) => return self.expr(&node.expr),
            syn::Expr::RawAddr(node) => return self.expr(&node.expr),
            syn::Expr::Cast(node) => return self.expr(&node.expr),
            syn::Expr::Unary(node) => return self.unary(node),
            syn::Expr::Path(node) => return self.value_path(node),
            syn::Expr::Block(node) if node.label.is_some() => return self.labelled(node),
            syn::Expr::Block(node) => return self.block_expr(&node.block),
            syn::Expr::Unsafe(node) => return self.block_expr(&node.block),
            syn::Expr::Const(node) => return self.block_expr(&node.block),
            syn::Expr::TryBlock(node) => return self.block_expr(&node.block),
            syn::Expr::Async(node) => return self.async_block(&node.block),
            syn::Expr::Macro(node) => return self.macro_call(&node.mac),
            syn::Expr::MethodCall(node) => return self.method_call(node),
            syn::Expr::Field(node) => return self.field(node),
            syn::Expr::If(_) | syn::Expr::Match(_) => {
                let name = self.temporary("value");
                let mut block = Block::new();
                self.choose(node, Some(&name), &mut block);
                ExprKind::Block(block, Box::new(Expr::name(name, span)))
            }
            syn::Expr::Loop(node) => return self.loop_value(node),
            syn::Expr::ForLoop(_)
            | syn::Expr::While(_)
            | syn::Expr::Assign(_)
            | syn::Expr::Break(_)
            | syn::Expr::Return(_) => {
                let mut block = Block::new();
                self.statement(node, &mut block);
                ExprKind::Block(block, Box::new(Expr::spanned(ExprKind::Null, span)))
            }
            syn::Expr::Let(node) => {
                let value = self.expr(&node.expr);
                let block = self.capture_of(&node.pat, value);
                ExprKind::Block(block, Box::new(Expr::spanned(unknown(), span)))
            }
            syn::Expr::Array(node) => self.list(node.elems.iter()),
            syn::Expr::Tuple(node) if node.elems.is_empty() => ExprKind::Null,
            syn::Expr::Tuple(node) => self.list(node.elems.iter()),
            syn::Expr::Repeat(node) => self.list([&*node.expr].into_iter()),
            syn::Expr::Binary(node) => self.binary(node),
            syn::Expr::Call(node) => self.call(node),
            syn::Expr::Closure(node) => ExprKind::Function(self.closure(node)),
            syn::Expr::Index(node) => {
                let of = self.expr(&node.expr);
                ExprKind::Index(Box::new(of), Box::new(self.expr(&node.index)))
            }
            syn::Expr::Lit(node) => literal(&node.lit),
            syn::Expr::Struct(node) => self.structure(node),
            syn::Expr::Yield(node) => ExprKind::Unknown(self.exprs(node.expr.as_deref())),
            syn::Expr::Range(node) => {
                let mut bounds = self.exprs(node.start.as_deref());
                bounds.extend(self.exprs(node.end.as_deref()));
                ExprKind::Unknown(bounds)
            }
            _ => unknown(),
        };
        Expr { kind, span }
    }

    fn list<'n>(&mut self, nodes: impl Iterator<Item = &'n syn::Expr>) -> ExprKind {
        ExprKind::List(nodes.map(|node| (self.expr(node), false)).collect())
    }

    fn unary(&mut self, node: &syn::ExprUnary) -> Expr {
        let operand = self.expr(&node.expr);
        let span = span_of(node);
        match (node.op, operand) {
            (syn::UnOp::Deref(_), operand) => operand,
            (syn::UnOp::Neg(_), Expr { kind: ExprKind::Number(digits), .. }) => {
                Expr { kind: ExprKind::Number(smol_str::format_smolstr!("-{digits}")), span }
            }
            (_, operand) => Expr { kind: ExprKind::Unknown(vec![operand]), span },
        }
    }

    /// Walks chains of operators in a loop: they nest as deep as they are long.
    fn binary(&mut self, node: &syn::ExprBinary) -> ExprKind {
        let mut operands = vec![&*node.right];
        let mut joins = matches!(node.op, syn::BinOp::Add(_));
        let mut left = &*node.left;
        while let syn::Expr::Binary(inner) = left {
            joins &= matches!(inner.op, syn::BinOp::Add(_));
            operands.push(&inner.right);
            left = &inner.left;
        }
        operands.push(left);
        operands.reverse();
        let operands = self.exprs(operands);
        if joins { ExprKind::Concat(operands) } else { ExprKind::Unknown(operands) }
    }

    fn call(&mut self, node: &syn::ExprCall) -> ExprKind {
        if let Some(written) = self.shown_by_path(node) {
            return written.kind;
        }
        let callee = match &*node.func {
            syn::Expr::Path(path) => self.expr_path(path),
            other => self.expr(other),
        };
        let mut args = self.args(node.args.iter());
        if let syn::Expr::Path(path) = &*node.func
            && let Some(last) = path.path.segments.last()
            && let syn::PathArguments::AngleBracketed(types) = &last.arguments
        {
            args.extend(self.type_argument(types.args.iter()));
        }
        ExprKind::Call { callee: Box::new(callee), args }
    }

    /// `read::<Settings>()`: the type, under a name that no parameter has.
    fn type_argument<'n>(
        &mut self,
        mut arguments: impl Iterator<Item = &'n syn::GenericArgument>,
    ) -> Option<Arg> {
        let given = arguments.find_map(|argument| match argument {
            syn::GenericArgument::Type(given) => Some(given),
            _ => None,
        })?;
        let path = self.type_path(given).filter(|path| self.is_own(path))?;
        let value = self.path(&path, span_of(given));
        Some(Arg { name: Some(super::TYPE.into()), value, spread: Spread::No })
    }

    fn method_call(&mut self, node: &syn::ExprMethodCall) -> Expr {
        if let Some(written) = self.pushed(node).or_else(|| self.put(node)) {
            return written;
        }
        let of = self.expr(&node.receiver);
        let span = span_of(&node.method);
        let mut args = self.args(node.args.iter());
        if let Some(syn::AngleBracketedGenericArguments { args: types, .. }) = &node.turbofish {
            args.extend(self.type_argument(types.iter()));
        }
        let callee = member(of, &symbol(&node.method), span);
        Expr { kind: ExprKind::Call { callee: Box::new(callee), args }, span }
    }

    pub(super) fn args<'n>(&mut self, nodes: impl Iterator<Item = &'n syn::Expr>) -> Vec<Arg> {
        nodes.map(|node| Arg { name: None, value: self.expr(node), spread: Spread::No }).collect()
    }

    fn field(&mut self, node: &syn::ExprField) -> Expr {
        let of = self.expr(&node.base);
        let span = span_of(&node.member);
        match &node.member {
            syn::Member::Named(ident) => member(of, &symbol(ident), span),
            syn::Member::Unnamed(index) => {
                let at = ExprKind::Number(smol_str::format_smolstr!("{}", index.index));
                Expr { kind: ExprKind::Index(Box::new(of), Box::new(Expr { kind: at, span })), span }
            }
        }
    }

    /// A path as what is called or named, not as a value.
    pub(super) fn expr_path(&mut self, node: &syn::ExprPath) -> Expr {
        let mut path = segments(&node.path);
        if let Some(qualified) = &node.qself {
            // `<T as Trait>::name`, `<T>::name`: of the type.
            let rest = path.split_off(node.path.segments.len().saturating_sub(1));
            path = self.type_path(&qualified.ty).unwrap_or(path);
            path.extend(rest);
        }
        let span = node.path.segments.last().map_or_else(|| span_of(node), |last| span_of(&last.ident));
        if let [name] = path.as_slice()
            && let Some(bound) = self.local(name)
        {
            return Expr::name(bound, span);
        }
        self.path(&path, span)
    }

    /// A path as a value: types without fields and variants are instances then.
    fn value_path(&mut self, node: &syn::ExprPath) -> Expr {
        let span = span_of(node);
        let last = node.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        if last == "None" {
            return Expr { kind: ExprKind::Null, span };
        }
        let callee = self.expr_path(node);
        let is_prelude =
            matches!(&callee.kind, ExprKind::Name(name) if matches!(name.as_str(), "Some" | "Ok" | "Err"));
        if is_type_name(&last) && !is_prelude {
            return Expr { kind: ExprKind::New { callee: Box::new(callee), args: Vec::new() }, span };
        }
        callee
    }

    fn structure(&mut self, node: &syn::ExprStruct) -> ExprKind {
        let callee = self.path(&segments(&node.path), span_of(&node.path));
        let mut args = Vec::new();
        if let Some(rest) = &node.rest {
            args.push(Arg { name: None, value: self.expr(rest), spread: Spread::Named });
        }
        for field in &node.fields {
            let name = Some(field_name(&field.member));
            args.push(Arg { name, value: self.expr(&field.expr), spread: Spread::No });
        }
        ExprKind::New { callee: Box::new(callee), args }
    }

    fn async_block(&mut self, node: &syn::Block) -> Expr {
        let returns = std::mem::take(&mut self.returns);
        let (mut block, value) = self.block(node);
        let leaves_early = std::mem::replace(&mut self.returns, returns);
        let span = span_of(node);
        let value = value.unwrap_or(Expr::spanned(ExprKind::Null, span));
        if !leaves_early {
            return Expr { kind: ExprKind::Block(block, Box::new(value)), span };
        }
        block.push(Stmt::Return(Some(value)));
        let callee = Expr::spanned(ExprKind::Function(self.thunk(block, span)), span);
        Expr { kind: ExprKind::Call { callee: Box::new(callee), args: Vec::new() }, span }
    }
}

pub(super) fn field_name(member: &syn::Member) -> Symbol {
    match member {
        syn::Member::Named(ident) => symbol(ident),
        syn::Member::Unnamed(index) => smol_str::format_smolstr!("{}", index.index),
    }
}

pub(super) fn literal(node: &syn::Lit) -> ExprKind {
    match node {
        syn::Lit::Str(text) => ExprKind::Text(text.value().into()),
        syn::Lit::ByteStr(text) => ExprKind::Text(String::from_utf8_lossy(&text.value()).into()),
        syn::Lit::Char(char) => ExprKind::Text(char.value().to_string().into()),
        syn::Lit::Int(number) => ExprKind::Number(number.base10_digits().into()),
        syn::Lit::Float(number) => ExprKind::Number(number.base10_digits().into()),
        syn::Lit::Bool(value) => ExprKind::Bool(value.value),
        _ => unknown(),
    }
}

/// `CamelCase`, unlike the name of a constant.
fn is_type_name(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_ascii_uppercase())
        && (name.len() == 1 || name.contains(|letter: char| letter.is_ascii_lowercase()))
}
