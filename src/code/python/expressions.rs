//! Expressions. Comparisons and arithmetic are unknown values whose operands are kept; what joins, chooses or
//! holds values keeps its shape. Operator chains are in `operators`.

use ruff_python_ast as ast;
use ruff_python_ast::{ConversionFlag, InterpolatedStringElement, Number, UnaryOp};
use ruff_python_parser::parse_string_annotation;
use ruff_text_size::Ranged;

use super::{Lowering, span, symbol};
use crate::code::ir::{Arg, Entry, Expr, ExprKind, Key, Span, Spread, Stmt};

/// Longer strings in annotations are prose, or deeper than the stack.
const MAX_QUOTED: usize = 500;

impl Lowering<'_> {
    /// Any expression. Beyond the depth bound it is unknown.
    pub(super) fn expr(&mut self, node: &ast::Expr) -> Expr {
        let kind = self.deeper(node.range(), |it| it.kind(node)).unwrap_or_else(unknown);
        Expr { kind, span: place(node) }
    }

    pub(super) fn exprs<'n>(&mut self, nodes: impl IntoIterator<Item = &'n ast::Expr>) -> Vec<Expr> {
        nodes.into_iter().map(|node| self.expr(node)).collect()
    }

    /// An expression that stands for a type: strings in it are expressions in quotes.
    pub(super) fn annotation(&mut self, node: &ast::Expr) -> Expr {
        self.in_annotation(true, |it| it.expr(node))
    }

    /// The statement that evaluates an expression for what it does, if it can do anything.
    pub(super) fn effect(&mut self, node: &ast::Expr) -> Option<Stmt> {
        let expr = self.expr(node);
        (!is_inert(&expr)).then_some(Stmt::Expr(expr))
    }

    fn in_annotation<T>(&mut self, annotation: bool, lower: impl FnOnce(&mut Self) -> T) -> T {
        let outside = std::mem::replace(&mut self.annotation, annotation);
        let lowered = lower(self);
        self.annotation = outside;
        lowered
    }

    fn kind(&mut self, node: &ast::Expr) -> ExprKind {
        match node {
            ast::Expr::BoolOp(node) => match node.op {
                ast::BoolOp::And => ExprKind::Choice(self.exprs(&node.values)),
                ast::BoolOp::Or => ExprKind::OrElse(self.exprs(&node.values)),
            },
            ast::Expr::BinOp(node) => self.binary(node),
            ast::Expr::UnaryOp(node) => self.unary(node),
            ast::Expr::Compare(node)
                if matches!(&*node.ops, [ast::CmpOp::In | ast::CmpOp::NotIn])
                    && !node.comparators.first().is_some_and(is_literal) =>
            {
                let operands = node.comparators.first().into_iter().chain([&*node.left]);
                ExprKind::Operation(Box::new(("__contains__".into(), self.exprs(operands))))
            }
            ast::Expr::Compare(node) => {
                let mut operands = vec![self.expr(&node.left)];
                operands.extend(self.exprs(&node.comparators));
                ExprKind::Unknown(operands)
            }
            ast::Expr::If(node) => self.conditional(node),
            ast::Expr::Named(node) => self.named(node),
            ast::Expr::Lambda(node) => self.lambda(node),
            ast::Expr::Await(node) => self.expr(&node.value).kind,
            ast::Expr::Yield(_) | ast::Expr::YieldFrom(_) => self.yielded(node),
            ast::Expr::Call(node) => self.call(node),
            ast::Expr::Attribute(node) => {
                ExprKind::Member(Box::new(self.expr(&node.value)), symbol(&node.attr))
            }
            ast::Expr::Subscript(node) => self.subscript(node),
            // Only an error leaves these two where a value stands.
            ast::Expr::Starred(node) => self.expr(&node.value).kind,
            ast::Expr::Slice(node) => ExprKind::Unknown(self.slice_bounds(node)),
            ast::Expr::ListComp(node) => self.collect(&node.generators, &node.elt),
            ast::Expr::SetComp(node) => self.collect(&node.generators, &node.elt),
            ast::Expr::Generator(node) => self.collect(&node.generators, &node.elt),
            ast::Expr::DictComp(node) => self.dict_comprehension(node),
            ast::Expr::List(node) => self.list(&node.elts),
            ast::Expr::Tuple(node) => self.list(&node.elts),
            ast::Expr::Set(node) => self.list(&node.elts),
            ast::Expr::Dict(node) => ExprKind::Object(
                node.items.iter().map(|item| self.entry(item.key.as_ref(), &item.value)).collect(),
            ),
            ast::Expr::FString(node) => self.interpolated(node.value.iter().flat_map(Part::of_f_string)),
            ast::Expr::TString(node) => self.interpolated(node.value.elements().map(Part::Element)),
            _ => self.atom(node),
        }
    }

    fn atom(&mut self, node: &ast::Expr) -> ExprKind {
        match node {
            ast::Expr::Name(node) if !node.id.is_empty() => ExprKind::Name(self.name(&node.id)),
            ast::Expr::StringLiteral(node) => self.string(node),
            ast::Expr::BytesLiteral(node) => {
                let bytes: Vec<u8> = node.value.bytes().collect();
                ExprKind::Text(String::from_utf8_lossy(&bytes).into())
            }
            ast::Expr::NumberLiteral(node) => match &node.value {
                Number::Int(int) => ExprKind::Number(int.to_string().into()),
                Number::Float(float) => ExprKind::Number(format!("{float:?}").into()),
                Number::Complex { .. } => unknown(),
            },
            ast::Expr::BooleanLiteral(node) => ExprKind::Bool(node.value),
            ast::Expr::NoneLiteral(_) | ast::Expr::EllipsisLiteral(_) => ExprKind::Null,
            _ => unknown(),
        }
    }

    fn string(&mut self, node: &ast::ExprStringLiteral) -> ExprKind {
        if self.annotation
            && let [literal] = node.value.as_slice()
            && literal.value.len() <= MAX_QUOTED
            && let Ok(parsed) = parse_string_annotation(self.source, literal)
        {
            return self.expr(parsed.expr()).kind;
        }
        ExprKind::Text(node.value.to_str().into())
    }

    fn unary(&mut self, node: &ast::ExprUnaryOp) -> ExprKind {
        let operand = self.expr(&node.operand);
        match (node.op, operand.kind) {
            (UnaryOp::USub, ExprKind::Number(digits)) if !digits.starts_with('-') => {
                ExprKind::Number(format!("-{digits}").into())
            }
            (UnaryOp::UAdd, kind) => kind,
            (_, kind) => ExprKind::Unknown(vec![Expr { kind, span: operand.span }]),
        }
    }

    /// `x = value` as an expression.
    fn named(&mut self, node: &ast::ExprNamed) -> ExprKind {
        let value = self.expr(&node.value);
        let target = self.target(&node.target);
        let read = self.expr(&node.target);
        ExprKind::Block(vec![Stmt::Bind { target, value }], Box::new(read))
    }

    fn yielded(&mut self, node: &ast::Expr) -> ExprKind {
        let sent = Expr { kind: unknown(), span: span(node.range()) };
        ExprKind::Block(vec![self.yield_statement(node)], Box::new(sent))
    }

    /// `yield x`, `yield from xs`.
    pub(super) fn yield_statement(&mut self, node: &ast::Expr) -> Stmt {
        self.scope().yields = true;
        let kind = match node {
            ast::Expr::Yield(node) => {
                node.value.as_ref().map_or(ExprKind::Null, |value| self.expr(value).kind)
            }
            ast::Expr::YieldFrom(node) => ExprKind::Element(Box::new(self.expr(&node.value))),
            _ => unknown(),
        };
        Stmt::Yield(Expr { kind, span: span(node.range()) })
    }

    fn call(&mut self, node: &ast::ExprCall) -> ExprKind {
        let callee = Box::new(self.expr(&node.func));
        let positional = node.arguments.args.iter().map(|arg| match arg {
            ast::Expr::Starred(arg) => (None, &*arg.value, Spread::Positional),
            arg => (None, arg, Spread::No),
        });
        let named = node.arguments.keywords.iter().map(|keyword| match &keyword.arg {
            Some(name) => (Some(symbol(name)), &keyword.value, Spread::No),
            None => (None, &keyword.value, Spread::Named),
        });
        let args = positional.chain(named);
        let args = args.map(|(name, value, spread)| Arg { name, value: self.expr(value), spread }).collect();
        ExprKind::Call { callee, args }
    }

    /// A part of a text is not known; a part of a list has elements of the list. Which of them it is, the
    /// syntax does not tell.
    fn subscript(&mut self, node: &ast::ExprSubscript) -> ExprKind {
        let value = self.expr(&node.value);
        let ast::Expr::Slice(slice) = &*node.slice else {
            // The strings of `Literal["a"]` are strings.
            let annotation = self.annotation && last_name(&node.value) != Some("Literal");
            let index = self.in_annotation(annotation, |it| it.expr(&node.slice));
            return ExprKind::Index(Box::new(value), Box::new(index));
        };
        if slice.lower.is_none() && slice.upper.is_none() && slice.step.is_none() {
            return value.kind;
        }
        let part = Expr::at(node, ExprKind::Unknown(self.slice_bounds(slice)));
        let elements = Expr::at(node, ExprKind::List(vec![(value, true)]));
        ExprKind::Choice(vec![part, elements])
    }

    fn slice_bounds(&mut self, node: &ast::ExprSlice) -> Vec<Expr> {
        self.exprs([&node.lower, &node.upper, &node.step].into_iter().flatten().map(|bound| &**bound))
    }

    fn list(&mut self, nodes: &[ast::Expr]) -> ExprKind {
        let elements = nodes.iter().map(|node| match node {
            ast::Expr::Starred(node) => (self.expr(&node.value), true),
            node => (self.expr(node), false),
        });
        ExprKind::List(elements.collect())
    }

    pub(super) fn entry(&mut self, key: Option<&ast::Expr>, value: &ast::Expr) -> Entry {
        match key {
            None => Entry::Spread(self.expr(value)),
            Some(ast::Expr::StringLiteral(key)) => {
                Entry::Pair(Key::Name(symbol(key.value.to_str())), self.expr(value))
            }
            Some(key) => {
                let key = Key::Computed(self.expr(key));
                Entry::Pair(key, self.expr(value))
            }
        }
    }

    fn interpolated<'n>(&mut self, parts: impl Iterator<Item = Part<'n>>) -> ExprKind {
        let mut joined = Vec::new();
        for part in parts {
            match part {
                Part::Text(literal) => {
                    joined.push(Expr::at(literal, ExprKind::Text((&*literal.value).into())));
                }
                Part::Element(InterpolatedStringElement::Literal(literal)) => {
                    joined.push(Expr::at(literal, ExprKind::Text((&*literal.value).into())));
                }
                Part::Element(InterpolatedStringElement::Interpolation(element)) => {
                    self.interpolation(element, &mut joined);
                }
            }
        }
        ExprKind::Concat(joined)
    }

    /// A value that is formatted in any way but `str` is another text than the value.
    fn interpolation(&mut self, node: &ast::InterpolatedElement, joined: &mut Vec<Expr>) {
        if let Some(text) = &node.debug_text {
            let label = format!("{}{}{}", text.leading(), text.expression(), text.trailing());
            joined.push(Expr::at(node, ExprKind::Text(label.into())));
        }
        let value = self.expr(&node.expression);
        let as_it_is = match node.conversion {
            ConversionFlag::None => node.debug_text.is_none(),
            ConversionFlag::Str => true,
            ConversionFlag::Ascii | ConversionFlag::Repr => false,
        };
        match &node.format_spec {
            None if as_it_is => joined.push(value),
            spec => {
                let specs = spec.iter().flat_map(|spec| spec.elements.interpolations());
                let mut operands = vec![value];
                operands.extend(self.exprs(specs.map(|spec| &*spec.expression)));
                joined.push(Expr::at(node, ExprKind::Unknown(operands)));
            }
        }
    }
}

/// A stretch of an f-string or template string.
enum Part<'n> {
    Text(&'n ast::StringLiteral),
    Element(&'n InterpolatedStringElement),
}

impl<'n> Part<'n> {
    fn of_f_string(part: &'n ast::FStringPart) -> Vec<Self> {
        match part {
            ast::FStringPart::Literal(literal) => vec![Self::Text(literal)],
            ast::FStringPart::FString(string) => string.elements.iter().map(Self::Element).collect(),
        }
    }
}

pub(super) fn unknown() -> ExprKind {
    ExprKind::Unknown(Vec::new())
}

/// The last name of a dotted expression: `suppress` of `contextlib.suppress`.
pub(super) fn last_name(node: &ast::Expr) -> Option<&str> {
    match node {
        ast::Expr::Name(node) => Some(&node.id),
        ast::Expr::Attribute(node) => Some(&node.attr),
        _ => None,
    }
}

/// Where an expression is said to be: see the module's conventions.
fn place(node: &ast::Expr) -> Span {
    let named = match node {
        ast::Expr::Call(call) => &call.func,
        node => node,
    };
    let start = match named {
        ast::Expr::Attribute(attribute) => attribute.attr.start(),
        _ => node.start(),
    };
    Span { start: start.to_u32(), end: node.end().to_u32() }
}

/// Containers whose elements stand here are of no class that code defines.
fn is_literal(node: &ast::Expr) -> bool {
    node.is_literal_expr()
        || matches!(node, ast::Expr::List(_) | ast::Expr::Tuple(_) | ast::Expr::Set(_) | ast::Expr::Dict(_))
}

/// Reading a member may call a getter, so only names and literals are sure to do nothing.
fn is_inert(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Text(_) | ExprKind::Number(_) | ExprKind::Bool(_) | ExprKind::Null | ExprKind::Name(_) => {
            true
        }
        ExprKind::Unknown(operands)
        | ExprKind::Choice(operands)
        | ExprKind::OrElse(operands)
        | ExprKind::Concat(operands) => operands.iter().all(is_inert),
        ExprKind::List(elements) => elements.iter().all(|(element, _)| is_inert(element)),
        _ => false,
    }
}
