//! Functions, methods and closures. The value of the last expression is what they return.

use super::locals::Frame;
use super::names::SELF_VALUE;
use super::{Lowering, span_of, symbol};
use crate::code::ir::{
    Block, Expr, ExprKind, Function, FunctionId, Param, ParamKind, Role, Span, Stmt, Symbol, Target,
};

impl Lowering {
    pub(super) fn method(
        &mut self,
        signature: &syn::Signature,
        body: Option<&syn::Block>,
        span: Span,
        block: &mut Block,
    ) {
        let id = self.function(signature, body, span);
        let value = Expr::spanned(ExprKind::Function(id), span_of(&signature.ident));
        block.push(Stmt::Bind { target: Target::Name(symbol(&signature.ident)), value });
    }

    /// A function with a name. With a receiver it is a method, inside an `impl` without one it is static.
    pub(super) fn function(
        &mut self,
        signature: &syn::Signature,
        body: Option<&syn::Block>,
        span: Span,
    ) -> FunctionId {
        let name = symbol(&signature.ident);
        let full = format!("{}{name}", self.prefix);
        let outside = std::mem::replace(&mut self.prefix, format!("{full}."));
        let frames = std::mem::replace(&mut self.frames, vec![Frame::default()]);
        let returns = std::mem::take(&mut self.returns);
        let before = self.enter_generics(&signature.generics);
        let mut role = Role::Static;
        let mut params = Vec::new();
        for input in &signature.inputs {
            match input {
                syn::FnArg::Receiver(_) => {
                    role = Role::Method;
                    params.push(param(Target::Name("self".into()), None));
                }
                syn::FnArg::Typed(node) => {
                    let target = self.target(&node.pat);
                    let annotation = self.annotation(&node.ty);
                    params.push(param(target, annotation));
                }
            }
        }
        let returns_type = match &signature.output {
            syn::ReturnType::Type(_, node) => self.annotation(node),
            syn::ReturnType::Default => None,
        };
        let enclosing = self.self_type.clone();
        if self.in_trait && role == Role::Method {
            self.self_type = Some(vec![SELF_VALUE.into()]);
        }
        let mut body = body.map(|body| self.returning(body)).unwrap_or_default();
        self.self_type = enclosing;
        if let (Some(Stmt::Return(Some(value))), syn::ReturnType::Type(_, node)) =
            (body.last_mut(), &signature.output)
        {
            self.expect_type(value, node);
        }
        self.generics.truncate(before);
        self.returns = returns;
        self.frames = frames;
        self.prefix = outside;
        self.push(Function { params, body, role, returns: returns_type, ..Function::outline(full, span) })
    }

    pub(super) fn closure(&mut self, node: &syn::ExprClosure) -> FunctionId {
        self.frames.push(Frame::default());
        let returns = std::mem::take(&mut self.returns);
        let params = node.inputs.iter().map(|input| match input {
            syn::Pat::Type(node) => {
                let target = self.target(&node.pat);
                param(target, self.annotation(&node.ty))
            }
            input => param(self.target(input), None),
        });
        let params = params.collect();
        let body = match &*node.body {
            syn::Expr::Block(body) => self.returning(&body.block),
            body => vec![Stmt::Return(Some(self.expr(body)))],
        };
        self.returns = returns;
        let nonlocals = self.frames.pop().map(|frame| frame.assigned).unwrap_or_default();
        let name = format!("{}<closure>", self.prefix);
        let role = Role::Static;
        self.push(Function { params, body, role, nonlocals, ..Function::outline(name, span_of(node)) })
    }

    /// A function that the source does not have.
    pub(super) fn synthetic(
        &mut self,
        name: Symbol,
        parameter: Option<Symbol>,
        body: Block,
        span: Span,
    ) -> FunctionId {
        let params = parameter.into_iter().map(|name| param(Target::Name(name), None)).collect();
        self.push(Function { params, body, role: Role::Static, ..Function::outline(name, span) })
    }

    /// A function without parameters that runs a block: `async` blocks that return before their end.
    pub(super) fn thunk(&mut self, body: Block, span: Span) -> FunctionId {
        let name = format!("{}<async>", self.prefix);
        self.push(Function { body, ..Function::outline(name, span) })
    }

    /// The statements of a body, the last expression returned.
    pub(super) fn returning(&mut self, node: &syn::Block) -> Block {
        let (mut block, value) = self.block(node);
        if let Some(value) = value {
            block.push(Stmt::Return(Some(value)));
        }
        block
    }

    fn push(&mut self, function: Function) -> FunctionId {
        let id = u32::try_from(self.functions.len()).expect("fewer functions than bytes of source");
        self.functions.push(function);
        FunctionId(id)
    }
}

fn param(target: Target, annotation: Option<Expr>) -> Param {
    Param { target, annotation, default: None, kind: ParamKind::PositionalOnly }
}
