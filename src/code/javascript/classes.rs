//! Classes: methods and accessors become members; what runs for each instance goes into the constructor, what
//! runs once into the class method `<static>`.

use std::rc::Rc;

use oxc_ast::ast;

use super::expressions::{call, is_inert, member, name};
use super::functions::param_names;
use super::{Lowering, bind, span};
use crate::code::ir::{
    Arg, Block, Class, ClassId, Expr, ExprKind, Function, FunctionId, Key, Param, ParamKind, Role, Spread,
    Stmt, Symbol, Target,
};

/// The name that holds a class which has none.
const CLASS: Symbol = Symbol::new_static("<class>");
const STATIC: &str = "<static>";
const ARGUMENTS: Symbol = Symbol::new_static("<arguments>");

impl Lowering<'_> {
    pub(super) fn class_declaration(&mut self, node: &ast::Class<'_>, block: &mut Block) {
        let Some(id) = &node.id else { return };
        if !node.declare {
            let own = self.scopes.resolve(&id.name);
            let class = self.class(node, Some(&id.name));
            bind_class(&class, own.clone(), node, block);
            let contracts: Vec<Expr> =
                node.implements.iter().map(|contract| self.type_name(&contract.expression)).collect();
            if !contracts.is_empty() {
                let class = Expr::of(node, ExprKind::Name(own));
                block.push(Stmt::Extend { class, bases: contracts, body: Block::new() });
            }
        }
    }

    /// A class expression knows itself by its own name, if it has one.
    pub(super) fn class_expression(&mut self, node: &ast::Class<'_>, given: Option<&str>) -> ExprKind {
        let written = node.id.as_ref().map(|id| id.name.as_str());
        self.scopes.open_block();
        self.scopes.declare_all(written);
        let class = self.class(node, written.or(given));
        let used = written
            .is_some_and(|name| self.scopes.is_used(name) || self.mentions_later(node.body.span, name));
        let own = written.map_or(CLASS, |name| self.scopes.resolve(name));
        self.scopes.close_block();
        if !used && !class.has_statics {
            return ExprKind::Class(class.id);
        }
        let mut block = Block::new();
        bind_class(&class, own.clone(), node, &mut block);
        ExprKind::Block(block, Box::new(Expr::of(node, ExprKind::Name(own))))
    }

    fn class(&mut self, node: &ast::Class<'_>, given: Option<&str>) -> Made {
        let decorators = self.exprs(node.decorators.iter().map(|decorator| &decorator.expression));
        let bases: Vec<_> = node.heritage.iter().map(|it| self.expr(&it.expression)).collect();
        let prefix = self.scopes.prefix();
        let full = format!("{prefix}{}", given.unwrap_or("<class>"));
        self.scopes.function().prefix = format!("{full}.");
        let mut body = Block::new();
        for element in &node.body.body {
            self.deeper(element, |it| it.element(element, &mut body));
        }
        let has_base = !bases.is_empty();
        if let Some(constructor) = self.constructor(node, has_base) {
            let value = Expr::of(&*node.body, ExprKind::Function(constructor));
            body.push(bind("constructor", value));
        }
        let statics = self.statics(node);
        let has_statics = statics.is_some();
        body.extend(statics.map(|id| bind(STATIC, Expr::of(&*node.body, ExprKind::Function(id)))));
        self.scopes.function().prefix = prefix;
        let id = u32::try_from(self.classes.len()).expect("fewer classes than bytes of source");
        self.classes.push(Rc::new(Class {
            name: full.into(),
            bases,
            decorators,
            body,
            span: span(node.span),
        }));
        Made { id: ClassId(id), has_statics }
    }

    /// What an element gives the class itself.
    fn element(&mut self, node: &ast::ClassElement<'_>, body: &mut Block) {
        match node {
            ast::ClassElement::MethodDefinition(node) => self.method(node, body),
            ast::ClassElement::PropertyDefinition(node) => {
                self.field_type(&node.key, node.type_annotation.as_deref(), body);
                let decorators = self.exprs(node.decorators.iter().map(|it| &it.expression));
                body.extend(decorators.into_iter().filter(|it| !is_inert(it)).map(Stmt::Expr));
            }
            ast::ClassElement::AccessorProperty(node) => {
                self.field_type(&node.key, node.type_annotation.as_deref(), body);
            }
            ast::ClassElement::StaticBlock(_) | ast::ClassElement::TSIndexSignature(_) => {}
        }
    }

    fn field_type(
        &mut self,
        key: &ast::PropertyKey<'_>,
        annotation: Option<&ast::TSTypeAnnotation<'_>>,
        body: &mut Block,
    ) {
        if let Some(annotation) = self.annotation(annotation) {
            body.push(Stmt::Declare { name: member_name(key), annotation, default: None });
        }
    }

    fn method(&mut self, node: &ast::MethodDefinition<'_>, body: &mut Block) {
        if node.value.body.is_none() {
            return;
        }
        let written = member_name(&node.key);
        let (role, target) = match node.kind {
            ast::MethodDefinitionKind::Constructor => {
                self.parameter_fields(&node.value.params, body);
                return;
            }
            ast::MethodDefinitionKind::Get => (Role::Getter, written.clone()),
            ast::MethodDefinitionKind::Set => (Role::Method, smol_str::format_smolstr!("{written}.setter")),
            ast::MethodDefinitionKind::Method if node.r#static => (Role::ClassMethod, written.clone()),
            ast::MethodDefinitionKind::Method => (Role::Method, written.clone()),
        };
        let decorators = self.exprs(node.decorators.iter().map(|decorator| &decorator.expression));
        let function = if decorators.is_empty() {
            self.function(&node.value, Some(&written), role)
        } else {
            let outline = Function { role, ..self.outline(Some(&written), span(node.value.span)) };
            let function = self.whole_function(outline, &node.value);
            self.add(Function { decorators, ..function })
        };
        body.push(bind(target, Expr::of(&node.key, ExprKind::Function(function))));
    }

    /// The declared types of `constructor(private readonly client: Client)`.
    fn parameter_fields(&mut self, params: &ast::FormalParameters<'_>, body: &mut Block) {
        for param in params.items.iter().filter(|param| is_field(param)) {
            let name = param.pattern.get_identifier_name();
            let annotation = self.annotation(param.type_annotation.as_deref());
            if let (Some(name), Some(annotation)) = (name, annotation) {
                body.push(Stmt::Declare { name: name.as_str().into(), annotation, default: None });
            }
        }
    }

    /// The constructor with the fields of the instance: what stands in their values means the names around the
    /// class, so its parameters are kept apart from those. Without one in the source, one is made if there are
    /// fields.
    fn constructor(&mut self, node: &ast::Class<'_>, has_base: bool) -> Option<FunctionId> {
        let written = node.body.body.iter().find_map(|element| match element {
            ast::ClassElement::MethodDefinition(node) if node.value.body.is_some() => {
                (node.kind == ast::MethodDefinitionKind::Constructor).then_some(&node.value)
            }
            _ => None,
        });
        let at = written.map_or(node.body.span, |node| node.span);
        let outline = Function { role: Role::Method, ..self.outline(Some("constructor"), span(at)) };
        self.scopes.enter(self.scopes.prefix());
        let mut fields = Block::new();
        for element in &node.body.body {
            self.field(element, false, &mut fields);
        }
        self.scopes.function().prefix = format!("{}.", outline.name);
        let (mut params, mut body) = (Vec::new(), Block::new());
        if let Some(written) = written {
            self.scopes.begin_anew();
            for name in param_names(&written.params) {
                self.scopes.declare_apart(name);
            }
            params = self.params(&written.params);
            body.append(&mut self.defaults);
            let statements = written.body.as_ref().map(|body| self.body(&body.statements));
            body.extend(statements.unwrap_or_default());
            let mut given = self.given_fields(&written.params);
            given.append(&mut fields);
            fields = given;
        } else if fields.is_empty() {
            self.scopes.leave();
            return None;
        } else if has_base {
            let target = Target::Name(ARGUMENTS);
            params.push(Param { target, annotation: None, default: None, kind: ParamKind::Rest });
            body.push(super_call(node));
        }
        let at = body.iter().position(is_super_call).map_or(0, |at| at + 1);
        body.splice(at..at, fields);
        let constructor = self.finish(Function { params, ..outline }, body);
        Some(self.add(constructor))
    }

    /// `this.client = client` of `constructor(private readonly client: Client)`.
    fn given_fields(&mut self, params: &ast::FormalParameters<'_>) -> Block {
        let mut fields = Block::new();
        for param in params.items.iter().filter(|param| is_field(param)) {
            let Some(written) = param.pattern.get_identifier_name() else { continue };
            let value = ExprKind::Name(self.scopes.resolve(&written));
            let target = Target::Member(name("this", param), written.as_str().into());
            fields.push(Stmt::Bind { target, value: Expr::of(param, value) });
        }
        fields
    }

    fn statics(&mut self, node: &ast::Class<'_>) -> Option<FunctionId> {
        let is_static = |node: &ast::ClassElement<'_>| match node {
            ast::ClassElement::StaticBlock(_) => true,
            ast::ClassElement::PropertyDefinition(node) => node.r#static && node.value.is_some(),
            ast::ClassElement::AccessorProperty(node) => node.r#static && node.value.is_some(),
            _ => false,
        };
        if !node.body.body.iter().any(is_static) {
            return None;
        }
        let at = span(node.body.span);
        let outline = Function { role: Role::ClassMethod, ..self.outline(Some(STATIC), at) };
        self.scopes.enter(self.scopes.prefix());
        let mut body = Block::new();
        for element in &node.body.body {
            match element {
                ast::ClassElement::StaticBlock(node) => body.extend(self.block(&node.body)),
                element => self.field(element, true, &mut body),
            }
        }
        let statics = self.finish(outline, body);
        Some(self.add(statics))
    }

    /// `this.field = value`.
    fn field(&mut self, node: &ast::ClassElement<'_>, statics: bool, block: &mut Block) {
        let (key, value, is_static) = match node {
            ast::ClassElement::PropertyDefinition(node) => (&node.key, &node.value, node.r#static),
            ast::ClassElement::AccessorProperty(node) => (&node.key, &node.value, node.r#static),
            _ => return,
        };
        let Some(value) = value.as_ref().filter(|_| is_static == statics) else { return };
        let this = name("this", node);
        let target = match self.key(key) {
            Key::Name(name) => Target::Member(this, name),
            Key::Computed(key) => Target::Index(this, key),
        };
        let value = self.named(value, Some(&member_name(key)));
        block.push(Stmt::Bind { target, value });
    }
}

struct Made {
    id: ClassId,
    has_statics: bool,
}

fn bind_class(class: &Made, own: Symbol, node: &ast::Class<'_>, block: &mut Block) {
    block.push(bind(own.clone(), Expr::of(node, ExprKind::Class(class.id))));
    if class.has_statics {
        let run = member(Expr::of(node, ExprKind::Name(own)), STATIC, node);
        block.push(Stmt::Expr(call(run, vec![], node)));
    }
}

fn is_field(param: &ast::FormalParameter<'_>) -> bool {
    param.accessibility.is_some() || param.readonly || param.r#override
}

/// The name of a member; of those that the language itself looks for, as it is written.
fn member_name(key: &ast::PropertyKey<'_>) -> Symbol {
    if let ast::PropertyKey::PrivateIdentifier(node) = key {
        return super::expressions::private(node);
    }
    if let Some(name) = key.static_name() {
        return Symbol::from(&*name);
    }
    match key {
        ast::PropertyKey::StaticMemberExpression(node) if node.object.is_specific_id("Symbol") => {
            smol_str::format_smolstr!("Symbol.{}", node.property.name)
        }
        _ => Symbol::new_static("<computed>"),
    }
}

/// `super(...arguments)`.
fn super_call(node: &ast::Class<'_>) -> Stmt {
    let callee = member(call(name("super", node), vec![], node), "constructor", node);
    let value = Expr::of(node, ExprKind::Name(ARGUMENTS));
    let args = vec![Arg { name: None, value, spread: Spread::Positional }];
    Stmt::Expr(Expr::of(node, ExprKind::Call { callee: Box::new(callee), args }))
}

fn is_super_call(statement: &Stmt) -> bool {
    let Stmt::Expr(Expr { kind: ExprKind::Call { callee, .. }, .. }) = statement else { return false };
    let ExprKind::Member(object, name) = &callee.kind else { return false };
    name == "constructor"
        && matches!(&object.kind, ExprKind::Call { callee, .. }
            if matches!(&callee.kind, ExprKind::Name(name) if name == "super"))
}
