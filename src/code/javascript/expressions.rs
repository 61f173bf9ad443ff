//! Expressions. Comparisons and arithmetic are unknown values whose operands are kept; what joins, chooses or
//! holds values keeps its shape. Operators are in `operators`.

use oxc_ast::ast;
use oxc_span::GetSpan;

use super::objects::GETTERS;
use super::{Lowering, span};
use crate::code::ir::{Arg, Entry, Expr, ExprKind, Import, ImportNames, Key, Span, Spread, Symbol};

/// The name under which arrow functions see the `super` of the method around them.
pub(super) const SUPER: Symbol = Symbol::new_static("<super>");

/// The names under which a bundler or the language loads a module.
const REQUIRE: [&str; 3] = ["require", "__require", "__non_webpack_require__"];

impl Lowering<'_> {
    /// Any expression. Beyond the depth bound it is unknown.
    pub(super) fn expr(&mut self, node: &ast::Expression<'_>) -> Expr {
        self.named(node, None)
    }

    /// An expression that gives its name to a function or class without one.
    pub(super) fn named(&mut self, node: &ast::Expression<'_>, name: Option<&str>) -> Expr {
        let kind = self.deeper(node, |it| it.kind(node, name)).unwrap_or_else(unknown);
        Expr { kind, span: place(node) }
    }

    pub(super) fn exprs<'n>(
        &mut self,
        nodes: impl IntoIterator<Item = &'n ast::Expression<'n>>,
    ) -> Vec<Expr> {
        nodes.into_iter().map(|node| self.expr(node)).collect()
    }

    fn kind(&mut self, node: &ast::Expression<'_>, name: Option<&str>) -> ExprKind {
        match node {
            ast::Expression::FunctionExpression(node) => self.function_expression(node, name),
            ast::Expression::ArrowFunctionExpression(node) => self.arrow(node, name),
            ast::Expression::ClassExpression(node) => self.class_expression(node, name),
            ast::Expression::AwaitExpression(node) => self.named(&node.argument, name).kind,
            ast::Expression::ParenthesizedExpression(node) => self.named(&node.expression, name).kind,
            ast::Expression::TSAsExpression(node) => self.named(&node.expression, name).kind,
            ast::Expression::TSSatisfiesExpression(node) => self.named(&node.expression, name).kind,
            ast::Expression::TSTypeAssertion(node) => self.named(&node.expression, name).kind,
            ast::Expression::TSNonNullExpression(node) => self.named(&node.expression, name).kind,
            ast::Expression::TSInstantiationExpression(node) => self.named(&node.expression, name).kind,
            ast::Expression::ChainExpression(node) => self.chain(&node.expression),
            ast::Expression::ArrayExpression(node) => self.array(node),
            ast::Expression::ObjectExpression(node) => self.object(node),
            ast::Expression::TemplateLiteral(node) => self.template(node),
            ast::Expression::TaggedTemplateExpression(node) => self.tagged(node),
            ast::Expression::CallExpression(node) => self.call(node),
            ast::Expression::NewExpression(node) => {
                let callee = Box::new(self.expr(&node.callee));
                ExprKind::New { callee, args: self.args(&node.arguments) }
            }
            ast::Expression::ImportExpression(node) => {
                if let Some(module) = literal(&node.source) {
                    return import(module, node.span);
                }
                let source = self.expr(&node.source);
                call(self::name("require", node.as_ref()), vec![source], node.as_ref()).kind
            }
            ast::Expression::YieldExpression(node) if self.scopes.function().awaits => {
                node.argument.as_ref().map_or_else(unknown, |node| self.expr(node).kind)
            }
            ast::Expression::YieldExpression(node) => {
                let yielded = self.yielded(node);
                ExprKind::Block(vec![yielded], Box::new(Expr::of(node.as_ref(), unknown())))
            }
            ast::Expression::JSXElement(node) => self.jsx_element(node),
            ast::Expression::JSXFragment(node) => self.jsx_children(&node.children),
            node => match node.as_member_expression() {
                Some(node) => self.member(node),
                None => self.operation(node),
            },
        }
    }

    fn operation(&mut self, node: &ast::Expression<'_>) -> ExprKind {
        match node {
            ast::Expression::AssignmentExpression(node) => self.assigned_value(node),
            ast::Expression::BinaryExpression(node) => self.binary(node),
            ast::Expression::LogicalExpression(node) => self.logical(node),
            ast::Expression::ConditionalExpression(node) => self.conditional(node),
            ast::Expression::SequenceExpression(node) => self.sequence(node),
            ast::Expression::UnaryExpression(node) => self.unary(node),
            ast::Expression::UpdateExpression(node) => self.updated_value(node),
            ast::Expression::PrivateInExpression(node) => ExprKind::Unknown(vec![self.expr(&node.right)]),
            ast::Expression::V8IntrinsicExpression(node) => {
                let args = self.args(&node.arguments);
                ExprKind::Unknown(args.into_iter().map(|arg| arg.value).collect())
            }
            node => self.atom(node),
        }
    }

    fn atom(&mut self, node: &ast::Expression<'_>) -> ExprKind {
        match node {
            ast::Expression::Identifier(node) => {
                if node.name == "undefined" && !self.scopes.is_declared("undefined") {
                    return ExprKind::Null;
                }
                ExprKind::Name(self.scopes.resolve(&node.name))
            }
            ast::Expression::StringLiteral(node) => ExprKind::Text(node.value.as_str().into()),
            ast::Expression::NumericLiteral(node) => ExprKind::Number(number(node.value)),
            ast::Expression::BigIntLiteral(node) => ExprKind::Number(node.value.as_str().into()),
            ast::Expression::BooleanLiteral(node) => ExprKind::Bool(node.value),
            ast::Expression::NullLiteral(_) => ExprKind::Null,
            ast::Expression::ThisExpression(_) => ExprKind::Name(Symbol::new_static("this")),
            ast::Expression::Super(_) if self.scopes.borrows_super() => ExprKind::Name(SUPER),
            ast::Expression::Super(node) => call(name("super", node.as_ref()), vec![], node.as_ref()).kind,
            ast::Expression::ImportMeta(_) => ExprKind::Name(Symbol::new_static("import.meta")),
            _ => unknown(),
        }
    }

    fn chain(&mut self, node: &ast::ChainElement<'_>) -> ExprKind {
        match node {
            ast::ChainElement::CallExpression(node) => self.call(node),
            ast::ChainElement::TSNonNullExpression(node) => self.expr(&node.expression).kind,
            node => node.as_member_expression().map_or_else(unknown, |node| self.member(node)),
        }
    }

    fn member(&mut self, node: &ast::MemberExpression<'_>) -> ExprKind {
        let object = Box::new(self.expr(node.object()));
        match node {
            ast::MemberExpression::StaticMemberExpression(node) => {
                ExprKind::Member(object, node.property.name.as_str().into())
            }
            ast::MemberExpression::PrivateFieldExpression(node) => {
                ExprKind::Member(object, private(&node.field))
            }
            ast::MemberExpression::ComputedMemberExpression(node) => match literal(&node.expression) {
                Some(name) => ExprKind::Member(object, name.into()),
                None => ExprKind::Index(object, Box::new(self.expr(&node.expression))),
            },
        }
    }

    fn call(&mut self, node: &ast::CallExpression<'_>) -> ExprKind {
        if let Some(module) = self.required(node) {
            return import(module, node.span);
        }
        if let Some(function) =
            self.compiled_async(node).or_else(|| self.bundled_sdk(node)).or_else(|| self.copying_call(node))
        {
            return function;
        }
        self.called = called(&node.callee);
        let mut callee = self.expr(&node.callee);
        if node.callee.is_super() {
            callee = member(callee, "constructor", &node.callee);
        }
        ExprKind::Call { callee: Box::new(callee), args: self.args(&node.arguments) }
    }

    /// The module that a call of `require` names, unless a function has a `require` of its own: bundles do.
    fn required<'n>(&self, node: &'n ast::CallExpression<'_>) -> Option<&'n str> {
        let ast::Expression::Identifier(callee) = &node.callee else { return None };
        let [argument] = node.arguments.as_slice() else { return None };
        let requires = REQUIRE.contains(&callee.name.as_str()) && !self.scopes.is_local(&callee.name);
        if requires { literal(argument.as_expression()?) } else { None }
    }

    pub(super) fn args(&mut self, nodes: &[ast::Argument<'_>]) -> Vec<Arg> {
        let args = nodes.iter().map(|node| match node {
            ast::Argument::SpreadElement(node) => {
                Arg { name: None, value: self.expr(&node.argument), spread: Spread::Positional }
            }
            node => {
                let value = node.as_expression().map(|node| self.expr(node));
                argument(value.unwrap_or_else(|| Expr::of(node, unknown())))
            }
        });
        args.collect()
    }

    fn array(&mut self, node: &ast::ArrayExpression<'_>) -> ExprKind {
        let elements = node.elements.iter().map(|node| match node {
            ast::ArrayExpressionElement::SpreadElement(node) => (self.expr(&node.argument), true),
            node => match node.as_expression() {
                Some(node) => (self.expr(node), false),
                None => (Expr::of(node, ExprKind::Null), false),
            },
        });
        ExprKind::List(elements.collect())
    }

    fn object(&mut self, node: &ast::ObjectExpression<'_>) -> ExprKind {
        let mut entries = Vec::new();
        let mut getters = Vec::new();
        for property in &node.properties {
            match property {
                ast::ObjectPropertyKind::SpreadProperty(node) => {
                    entries.push(Entry::Spread(self.expr(&node.argument)));
                }
                ast::ObjectPropertyKind::ObjectProperty(node) if node.kind == ast::PropertyKind::Get => {
                    getters.extend(self.property(node));
                }
                ast::ObjectPropertyKind::ObjectProperty(node) => entries.extend(self.property(node)),
            }
        }
        if getters.is_empty() {
            return ExprKind::Object(entries);
        }
        // A getter runs when it is read.
        let end = node.span.end;
        let place = |nth: u32| Span { start: node.span.start, end: end + nth };
        let object = Expr { kind: ExprKind::Object(entries), span: place(1) };
        let getters = Expr { kind: ExprKind::Object(getters), span: place(2) };
        let define = member(name("Object", node), GETTERS, node);
        call(define, vec![object, getters], node).kind
    }

    /// A setter gives nothing.
    fn property(&mut self, node: &ast::ObjectProperty<'_>) -> Option<Entry> {
        let key = self.key(&node.key);
        let name = match &key {
            Key::Name(name) => Some(name.clone()),
            Key::Computed(_) => None,
        };
        let package = name.as_deref().and_then(|path| self.sdk_of_table(path, &node.value));
        let value = match package {
            Some(package) => Expr::of(&node.value, package),
            None => self.named(&node.value, name.as_deref()),
        };
        match node.kind {
            ast::PropertyKind::Init | ast::PropertyKind::Get => Some(Entry::Pair(key, value)),
            ast::PropertyKind::Set => None,
        }
    }

    pub(super) fn key(&mut self, node: &ast::PropertyKey<'_>) -> Key {
        match node {
            ast::PropertyKey::PrivateIdentifier(node) => Key::Name(private(node)),
            node => match (node.static_name(), node.as_expression()) {
                (Some(name), _) => Key::Name(Symbol::from(&*name)),
                (None, Some(node)) => Key::Computed(self.expr(node)),
                (None, None) => Key::Computed(Expr::of(node, unknown())),
            },
        }
    }

    pub(super) fn template(&mut self, node: &ast::TemplateLiteral<'_>) -> ExprKind {
        if let Some(text) = node.single_quasi() {
            return ExprKind::Text(text.as_str().into());
        }
        let mut parts = Vec::new();
        let mut expressions = node.expressions.iter();
        for quasi in &node.quasis {
            let text = cooked(quasi);
            if !text.is_empty() {
                parts.push(Expr::of(quasi, ExprKind::Text(text.into())));
            }
            parts.extend(expressions.next().map(|node| self.expr(node)));
        }
        ExprKind::Concat(parts)
    }

    fn tagged(&mut self, node: &ast::TaggedTemplateExpression<'_>) -> ExprKind {
        let tag = self.expr(&node.tag);
        let texts = node.quasi.quasis.iter();
        let texts = texts.map(|quasi| (Expr::of(quasi, ExprKind::Text(cooked(quasi).into())), false));
        let mut args = vec![Expr::of(&node.quasi, ExprKind::List(texts.collect()))];
        args.extend(self.exprs(&node.quasi.expressions));
        call(tag, args, node).kind
    }
}

/// The function that a call runs where it is written: `(() => …)()`, `(function () {…}).call(this)`.
fn called(callee: &ast::Expression<'_>) -> Option<oxc_span::Span> {
    match callee {
        ast::Expression::FunctionExpression(node) => Some(node.span),
        ast::Expression::ArrowFunctionExpression(node) => Some(node.span),
        ast::Expression::StaticMemberExpression(node) => match &node.object {
            ast::Expression::FunctionExpression(node) => Some(node.span),
            _ => None,
        },
        _ => None,
    }
}

fn cooked<'n>(node: &'n ast::TemplateElement<'_>) -> &'n str {
    node.value.cooked.as_ref().unwrap_or(&node.value.raw).as_str()
}

/// The text that an expression is, if it is written out.
fn literal<'n>(node: &'n ast::Expression<'_>) -> Option<&'n str> {
    match node {
        ast::Expression::StringLiteral(node) => Some(node.value.as_str()),
        ast::Expression::TemplateLiteral(node) if node.is_no_substitution_template() => {
            node.quasis.first().map(cooked)
        }
        _ => None,
    }
}

fn number(value: f64) -> Symbol {
    // Displayed without exponent, and without fraction where it is an integer.
    format!("{value}").into()
}

fn import(module: &str, at: oxc_span::Span) -> ExprKind {
    let names = ImportNames::Module { alias: None };
    ExprKind::Import(Box::new(Import { module: module.into(), level: 0, names, span: span(at) }))
}

pub(super) fn unknown() -> ExprKind {
    ExprKind::Unknown(Vec::new())
}

pub(super) fn name(name: &'static str, at: &impl GetSpan) -> Expr {
    Expr::of(at, ExprKind::Name(Symbol::new_static(name)))
}

pub(super) fn member(object: Expr, name: &'static str, at: &impl GetSpan) -> Expr {
    Expr::of(at, ExprKind::Member(Box::new(object), Symbol::new_static(name)))
}

pub(super) fn call(callee: Expr, args: Vec<Expr>, at: &impl GetSpan) -> Expr {
    let args = args.into_iter().map(argument).collect();
    Expr::of(at, ExprKind::Call { callee: Box::new(callee), args })
}

fn argument(value: Expr) -> Arg {
    Arg { name: None, value, spread: Spread::No }
}

pub(super) fn private(node: &ast::PrivateIdentifier<'_>) -> Symbol {
    smol_str::format_smolstr!("#{}", node.name)
}

/// Where an expression is said to be: see the module's conventions.
fn place(node: &ast::Expression<'_>) -> Span {
    let mut at = node;
    let start = loop {
        at = match at {
            ast::Expression::CallExpression(node) => &node.callee,
            ast::Expression::NewExpression(node) => match &node.callee {
                callee @ ast::Expression::StaticMemberExpression(_) => callee,
                callee => break callee.span().start,
            },
            ast::Expression::TaggedTemplateExpression(node) => &node.tag,
            ast::Expression::AwaitExpression(node) => &node.argument,
            ast::Expression::SequenceExpression(node) => match node.expressions.last() {
                Some(last) => last,
                None => break node.span.start,
            },
            ast::Expression::TSNonNullExpression(node) => &node.expression,
            ast::Expression::TSAsExpression(node) => &node.expression,
            ast::Expression::TSInstantiationExpression(node) => &node.expression,
            ast::Expression::StaticMemberExpression(node) => break node.property.span.start,
            ast::Expression::PrivateFieldExpression(node) => break node.field.span.start,
            ast::Expression::ComputedMemberExpression(node) => break node.expression.span().start,
            ast::Expression::ChainExpression(node) => match &node.expression {
                ast::ChainElement::CallExpression(node) => &node.callee,
                ast::ChainElement::StaticMemberExpression(node) => break node.property.span.start,
                _ => break at.span().start,
            },
            _ => break at.span().start,
        };
    };
    Span { start, end: node.span().end }
}

/// Reading a member may call a getter, so only names and literals are sure to do nothing.
pub(super) fn is_inert(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Text(_)
        | ExprKind::Number(_)
        | ExprKind::Bool(_)
        | ExprKind::Null
        | ExprKind::Name(_)
        | ExprKind::Function(_) => true,
        ExprKind::Unknown(operands)
        | ExprKind::Choice(operands)
        | ExprKind::OrElse(operands)
        | ExprKind::Concat(operands) => operands.iter().all(is_inert),
        ExprKind::List(elements) => elements.iter().all(|(element, _)| is_inert(element)),
        _ => false,
    }
}
