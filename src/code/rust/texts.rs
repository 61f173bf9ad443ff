//! Texts: `format!` and its like, texts that code adds to, and what `Display` makes of the project's own types.

use super::locals::Frame;
use super::macros::Exprs;
use super::{Lowering, span_of, symbol, unknown};
use crate::code::ir::{Block, Expr, ExprKind, Role, Span, Stmt, Symbol, Target};

impl Lowering {
    /// `format!("{a}/{}", b)`.
    pub(super) fn format(&mut self, args: &Exprs) -> ExprKind {
        let mut args = args.iter();
        let Some(first) = args.next() else { return ExprKind::Text("".into()) };
        let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(template), .. }) = first else {
            let mut operands = vec![self.expr(first)];
            operands.extend(self.exprs(args));
            return ExprKind::Unknown(operands);
        };
        let span = span_of(template);
        let (mut positional, mut named) = (Vec::new(), Vec::new());
        for arg in args {
            match arg {
                syn::Expr::Assign(pair) => {
                    if let syn::Expr::Path(path) = &*pair.left
                        && let Some(name) = path.path.get_ident()
                    {
                        named.push((symbol(name), &*pair.right));
                    }
                }
                arg => positional.push(arg),
            }
        }
        let mut next = 0;
        let mut parts = Vec::new();
        for piece in pieces(&template.value()) {
            parts.push(match piece {
                Piece::Literal(text) => Expr::spanned(ExprKind::Text(text.into()), span),
                Piece::Argument { name, shown } => {
                    let index = if name.is_empty() {
                        next += 1;
                        Some(next - 1)
                    } else {
                        name.parse::<usize>().ok()
                    };
                    let argument = match index {
                        Some(at) => match positional.get(at) {
                            Some(arg) => self.expr(arg),
                            None => Expr::spanned(unknown(), span),
                        },
                        None => match named.iter().find(|(known, _)| *known == name) {
                            Some((_, arg)) => self.expr(arg),
                            None => self.captured(&name, span),
                        },
                    };
                    if shown { to_string(argument) } else { argument }
                }
            });
        }
        ExprKind::Concat(parts)
    }

    pub(super) fn written(&mut self, args: &Exprs) -> ExprKind {
        let target = self.expr(&args[0]);
        let more: Exprs = args.iter().skip(1).cloned().collect();
        let span = target.span;
        let text = Expr::spanned(self.format(&more), span);
        match &target.kind {
            ExprKind::Name(name) if self.is_text_variable(name) => {
                let name = name.clone();
                self.added(name, text).kind
            }
            _ => ExprKind::Unknown(vec![target, text]),
        }
    }

    /// A text that is added to one that is a variable.
    fn added(&mut self, name: Symbol, text: Expr) -> Expr {
        self.assigned_to(&name);
        let span = text.span;
        let value = Expr::spanned(ExprKind::Concat(vec![Expr::name(name.clone(), span), text]), span);
        let bind = Stmt::Bind { target: Target::Name(name), value };
        Expr::spanned(ExprKind::Block(vec![bind], Box::new(Expr::spanned(ExprKind::Null, span))), span)
    }

    /// `text.push_str(more)`, where the text is a variable; of a formatter, what is written to it.
    pub(super) fn pushed(&mut self, node: &syn::ExprMethodCall) -> Option<Expr> {
        let first = node.args.first()?;
        match node.method.to_string().as_str() {
            "push_str" | "push" | "write_str" | "write_char" | "write_fmt" | "pad" => {
                let name = self.text_variable(&node.receiver)?;
                let text = self.expr(first);
                Some(self.added(name, text))
            }
            "fmt" if self.shown.is_some() => {
                let name = self.text_variable(first)?;
                let text = to_string(self.expr(&node.receiver));
                Some(self.added(name, text))
            }
            _ => None,
        }
    }

    /// `fmt::Display::fmt(&self.0, f)`.
    pub(super) fn shown_by_path(&mut self, node: &syn::ExprCall) -> Option<Expr> {
        self.shown.as_ref()?;
        let syn::Expr::Path(path) = &*node.func else { return None };
        if path.path.segments.last()?.ident != "fmt" {
            return None;
        }
        let name = self.text_variable(node.args.get(1)?)?;
        let text = to_string(self.expr(&node.args[0]));
        Some(self.added(name, text))
    }

    /// The variable that an expression is, where code adds to its text.
    fn text_variable(&self, node: &syn::Expr) -> Option<Symbol> {
        match node {
            syn::Expr::Path(path) => {
                let name = self.local(&symbol(path.path.get_ident()?))?;
                self.is_text_variable(&name).then_some(name)
            }
            syn::Expr::Reference(node) => self.text_variable(&node.expr),
            syn::Expr::Paren(node) => self.text_variable(&node.expr),
            _ => None,
        }
    }

    /// `fmt` of `Display` as the `to_string` that it makes: what is written is the text.
    pub(super) fn shown(&mut self, node: &syn::ImplItemFn, body: &mut Block) {
        let span = span_of(&node.sig.ident);
        let formatter = node.sig.inputs.iter().find_map(|input| match input {
            syn::FnArg::Typed(syn::PatType { pat, .. }) => match &**pat {
                syn::Pat::Ident(ident) => Some(symbol(&ident.ident)),
                _ => None,
            },
            syn::FnArg::Receiver(_) => None,
        });
        let Some(formatter) = formatter else { return };
        let frames = std::mem::replace(&mut self.frames, vec![Frame::default()]);
        let text = self.add_local(&formatter);
        self.set_text(&text);
        let outer = self.shown.replace(text.clone());
        let empty = Expr::spanned(ExprKind::Text("".into()), span);
        let mut statements = vec![Stmt::Bind { target: Target::Name(text.clone()), value: empty }];
        let (block, value) = self.block(&node.block);
        statements.extend(block);
        statements.extend(value.map(Stmt::Expr));
        statements.push(Stmt::Return(Some(Expr::name(text, span))));
        self.shown = outer;
        self.frames = frames;
        let name = smol_str::format_smolstr!("{}to_string", self.prefix);
        let id = self.synthetic(name, Some("self".into()), statements, span_of(node));
        self.functions[id.0 as usize].role = Role::Method;
        let value = Expr::spanned(ExprKind::Function(id), span);
        body.push(Stmt::Bind { target: Target::Name("to_string".into()), value });
    }

    /// `&mut text`: whoever gets it may change it.
    pub(super) fn lent(&mut self, node: &syn::Expr) -> Expr {
        let lent = self.expr(node);
        let ExprKind::Name(name) = &lent.kind else { return lent };
        if !self.is_text_variable(name) {
            return lent;
        }
        self.assigned_to(name);
        let (name, span) = (name.clone(), lent.span);
        let either = ExprKind::Concat(vec![lent, Expr { kind: unknown(), span }]);
        let target = Target::Name(name.clone());
        let block = vec![Stmt::Bind { target, value: Expr { kind: either, span } }];
        Expr { kind: ExprKind::Block(block, Box::new(Expr::name(name, span))), span }
    }

    fn captured(&mut self, name: &str, span: Span) -> Expr {
        match self.local(name) {
            Some(bound) => Expr::name(bound, span),
            None => self.path(&[name.into()], span),
        }
    }
}

/// What `Display` makes of a value: a text is itself.
fn to_string(value: Expr) -> Expr {
    let span = value.span;
    let callee = Box::new(super::names::member(value, &"to_string".into(), span));
    Expr::spanned(ExprKind::Call { callee, args: Vec::new() }, span)
}

enum Piece {
    Literal(String),
    /// The name is empty for the next one.
    Argument {
        name: String,
        /// By `Display`, not `Debug`.
        shown: bool,
    },
}

fn pieces(template: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = template.chars().peekable();
    while let Some(char) = rest.next() {
        match char {
            '{' | '}' if rest.peek() == Some(&char) => {
                rest.next();
                literal.push(char);
            }
            '{' => {
                let inside: String = rest.by_ref().take_while(|char| *char != '}').collect();
                if !literal.is_empty() {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                }
                let (name, how) = inside.split_once(':').unwrap_or((&inside, ""));
                let shown = !how.contains('?');
                pieces.push(Piece::Argument { name: name.trim().to_owned(), shown });
            }
            char => literal.push(char),
        }
    }
    if !literal.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    pieces
}
