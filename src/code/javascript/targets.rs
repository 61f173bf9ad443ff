//! What values are bound to: the patterns of declarations and parameters, and the targets of assignments.

use oxc_ast::ast;

use super::{Lowering, bind};
use crate::code::ir::{Block, Expr, ExprKind, Stmt, Symbol, Target};

/// The key of a pattern's entry whose key is computed.
const COMPUTED: &str = "<computed>";

impl Lowering<'_> {
    /// `const pattern = value`.
    pub(super) fn bind_pattern(&mut self, node: &ast::BindingPattern<'_>, value: Expr, block: &mut Block) {
        let target = self.pattern(node);
        block.push(Stmt::Bind { target, value });
        block.append(&mut self.defaults);
    }

    /// `target = value`.
    pub(super) fn bind_target(&mut self, node: &ast::AssignmentTarget<'_>, value: Expr, block: &mut Block) {
        let target = self.target(node);
        block.push(Stmt::Bind { target, value });
        block.append(&mut self.defaults);
    }

    pub(super) fn pattern(&mut self, node: &ast::BindingPattern<'_>) -> Target {
        self.deeper(node, |it| it.pattern_of(node)).unwrap_or(Target::Discard)
    }

    fn pattern_of(&mut self, node: &ast::BindingPattern<'_>) -> Target {
        match node {
            ast::BindingPattern::BindingIdentifier(node) => Target::Name(self.scopes.resolve(&node.name)),
            ast::BindingPattern::ObjectPattern(node) => {
                let mut entries = Vec::new();
                for property in &node.properties {
                    let key = pattern_key(&property.key);
                    let (value, default) = match &property.value {
                        ast::BindingPattern::AssignmentPattern(node) => (&node.left, Some(&node.right)),
                        value => (value, None),
                    };
                    let target = self.pattern(value);
                    let default = default.map(|default| self.named(default, Some(&key)));
                    entries.push((key, target, default));
                }
                let rest = node.rest.as_ref().map(|rest| Box::new(self.pattern(&rest.argument)));
                Target::Object { entries, rest }
            }
            ast::BindingPattern::ArrayPattern(node) => {
                let mut targets = Vec::new();
                for element in &node.elements {
                    let target = element.as_ref().map(|element| self.pattern(element));
                    targets.push((target.unwrap_or(Target::Discard), false));
                }
                targets.extend(node.rest.iter().map(|rest| (self.pattern(&rest.argument), true)));
                Target::List(targets)
            }
            ast::BindingPattern::AssignmentPattern(node) => {
                let target = self.pattern(&node.left);
                self.default(&target, &node.right);
                target
            }
        }
    }

    /// Only entries of objects have a place for their default; another name takes it afterwards.
    fn default(&mut self, target: &Target, default: &ast::Expression<'_>) {
        let value = self.expr(default);
        if let Target::Name(name) = target {
            let read = Expr::of(default, ExprKind::Name(name.clone()));
            let either = Expr::of(default, ExprKind::OrElse(vec![read, value]));
            self.defaults.push(bind(name.clone(), either));
        }
    }

    pub(super) fn target(&mut self, node: &ast::AssignmentTarget<'_>) -> Target {
        self.deeper(node, |it| it.target_of(node)).unwrap_or(Target::Discard)
    }

    fn target_of(&mut self, node: &ast::AssignmentTarget<'_>) -> Target {
        match node {
            ast::AssignmentTarget::ArrayAssignmentTarget(node) => {
                let mut targets = Vec::new();
                for element in &node.elements {
                    let target = element.as_ref().map(|element| match element {
                        ast::AssignmentTargetMaybeDefault::AssignmentTargetWithDefault(node) => {
                            let target = self.target(&node.binding);
                            self.default(&target, &node.init);
                            target
                        }
                        element => self.maybe_default(element).0,
                    });
                    targets.push((target.unwrap_or(Target::Discard), false));
                }
                targets.extend(node.rest.iter().map(|rest| (self.target(&rest.target), true)));
                Target::List(targets)
            }
            ast::AssignmentTarget::ObjectAssignmentTarget(node) => {
                let entries = node.properties.iter().map(|property| match property {
                    ast::AssignmentTargetProperty::AssignmentTargetPropertyIdentifier(node) => {
                        let target = Target::Name(self.scopes.assigned(&node.binding.name));
                        let default = node.init.as_ref().map(|default| self.expr(default));
                        (Symbol::from(node.binding.name.as_str()), target, default)
                    }
                    ast::AssignmentTargetProperty::AssignmentTargetPropertyProperty(node) => {
                        let key = pattern_key(&node.name);
                        let (target, default) = self.maybe_default(&node.binding);
                        (key, target, default)
                    }
                });
                let entries = entries.collect();
                let rest = node.rest.as_ref().map(|rest| Box::new(self.target(&rest.target)));
                Target::Object { entries, rest }
            }
            node => node.as_simple_assignment_target().map_or(Target::Discard, |node| self.simple(node)),
        }
    }

    fn maybe_default(&mut self, node: &ast::AssignmentTargetMaybeDefault<'_>) -> (Target, Option<Expr>) {
        match node {
            ast::AssignmentTargetMaybeDefault::AssignmentTargetWithDefault(node) => {
                let default = self.expr(&node.init);
                (self.target(&node.binding), Some(default))
            }
            node => (node.as_assignment_target().map_or(Target::Discard, |node| self.target(node)), None),
        }
    }

    pub(super) fn simple(&mut self, node: &ast::SimpleAssignmentTarget<'_>) -> Target {
        match node {
            ast::SimpleAssignmentTarget::AssignmentTargetIdentifier(node) => {
                Target::Name(self.scopes.assigned(&node.name))
            }
            ast::SimpleAssignmentTarget::ComputedMemberExpression(node) => {
                let object = self.expr(&node.object);
                match node.static_property_name() {
                    Some(name) => Target::Member(object, name.as_str().into()),
                    None => Target::Index(object, self.expr(&node.expression)),
                }
            }
            ast::SimpleAssignmentTarget::StaticMemberExpression(node) => {
                Target::Member(self.expr(&node.object), node.property.name.as_str().into())
            }
            ast::SimpleAssignmentTarget::PrivateFieldExpression(node) => {
                Target::Member(self.expr(&node.object), super::expressions::private(&node.field))
            }
            // `(x as T) = …`, `x! = …`.
            node => match node.get_expression() {
                Some(ast::Expression::Identifier(node)) => Target::Name(self.scopes.assigned(&node.name)),
                Some(ast::Expression::StaticMemberExpression(node)) => {
                    Target::Member(self.expr(&node.object), node.property.name.as_str().into())
                }
                _ => Target::Discard,
            },
        }
    }

    /// The value of what is assigned to, before the assignment.
    pub(super) fn read(&mut self, node: &ast::SimpleAssignmentTarget<'_>) -> Expr {
        match self.simple_read(node) {
            Target::Name(name) => Expr::of(node, ExprKind::Name(name)),
            Target::Member(object, name) => Expr::of(node, ExprKind::Member(Box::new(object), name)),
            Target::Index(object, key) => Expr::of(node, ExprKind::Index(Box::new(object), Box::new(key))),
            _ => Expr::of(node, ExprKind::Unknown(Vec::new())),
        }
    }

    fn simple_read(&mut self, node: &ast::SimpleAssignmentTarget<'_>) -> Target {
        match node {
            ast::SimpleAssignmentTarget::AssignmentTargetIdentifier(node) => {
                Target::Name(self.scopes.resolve(&node.name))
            }
            node => self.simple(node),
        }
    }
}

fn pattern_key(node: &ast::PropertyKey<'_>) -> Symbol {
    node.static_name().map_or(Symbol::new_static(COMPUTED), |name| Symbol::from(&*name))
}
