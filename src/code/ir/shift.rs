//! Moves lowered code to where it stands: a function that was parsed apart from its file has its spans counted from
//! its own beginning.

use super::{Arg, Class, Entry, Expr, ExprKind, Function, Import, Key, Param, Span, Stmt, Target};

/// Something that has spans.
pub trait Placed {
    /// Adds `by` to every offset, modulo 2³²: what is added may be less than nothing. The empty span at 0 is of what
    /// stands nowhere, and stays.
    fn shift(&mut self, by: u32);
}

/// Adds `by` to every offset in a part of a module.
pub fn shift(part: &mut impl Placed, by: u32) {
    part.shift(by);
}

impl Placed for Span {
    fn shift(&mut self, by: u32) {
        if *self != Self::default() {
            self.start = self.start.wrapping_add(by);
            self.end = self.end.wrapping_add(by);
        }
    }
}

impl<T: Placed> Placed for Vec<T> {
    fn shift(&mut self, by: u32) {
        for part in self {
            part.shift(by);
        }
    }
}

impl<T: Placed> Placed for Option<T> {
    fn shift(&mut self, by: u32) {
        if let Some(part) = self {
            part.shift(by);
        }
    }
}

impl<T: Placed> Placed for Box<T> {
    fn shift(&mut self, by: u32) {
        self.as_mut().shift(by);
    }
}

impl Placed for Function {
    fn shift(&mut self, by: u32) {
        self.params.shift(by);
        self.body.shift(by);
        self.decorators.shift(by);
        self.returns.shift(by);
        self.span.shift(by);
    }
}

impl Placed for Class {
    fn shift(&mut self, by: u32) {
        self.bases.shift(by);
        self.decorators.shift(by);
        self.body.shift(by);
        self.span.shift(by);
    }
}

impl Placed for Param {
    fn shift(&mut self, by: u32) {
        self.target.shift(by);
        self.annotation.shift(by);
        self.default.shift(by);
    }
}

impl Placed for Stmt {
    fn shift(&mut self, by: u32) {
        match self {
            Self::Bind { target, value } => {
                target.shift(by);
                value.shift(by);
            }
            Self::Declare { annotation, default, .. } => {
                annotation.shift(by);
                default.shift(by);
            }
            Self::Expr(value) | Self::Yield(value) | Self::Export { value, .. } => value.shift(by),
            Self::Return(value) => value.shift(by),
            Self::Branch(arms) => arms.shift(by),
            Self::Loop(body) => body.shift(by),
            Self::With { context, target, body } => {
                context.shift(by);
                target.shift(by);
                body.shift(by);
            }
            Self::Import(import) | Self::ExportAll(import) => import.shift(by),
            Self::Extend { class, bases, body } => {
                class.shift(by);
                bases.shift(by);
                body.shift(by);
            }
            Self::Leave => {}
        }
    }
}

impl Placed for Target {
    fn shift(&mut self, by: u32) {
        match self {
            Self::Member(of, _) => of.shift(by),
            Self::Index(of, index) => {
                of.shift(by);
                index.shift(by);
            }
            Self::List(targets) => targets.iter_mut().for_each(|(target, _)| target.shift(by)),
            Self::Object { entries, rest } => {
                for (_, target, default) in entries {
                    target.shift(by);
                    default.shift(by);
                }
                rest.shift(by);
            }
            Self::Name(_) | Self::Discard => {}
        }
    }
}

impl Placed for Expr {
    fn shift(&mut self, by: u32) {
        self.span.shift(by);
        match &mut self.kind {
            ExprKind::Concat(parts)
            | ExprKind::Choice(parts)
            | ExprKind::OrElse(parts)
            | ExprKind::Unknown(parts) => parts.shift(by),
            ExprKind::Member(of, _) | ExprKind::Element(of) => of.shift(by),
            ExprKind::Index(of, other) | ExprKind::OfClass(of, other) => {
                of.shift(by);
                other.shift(by);
            }
            ExprKind::Call { callee, args } | ExprKind::New { callee, args } => {
                callee.shift(by);
                args.shift(by);
            }
            ExprKind::List(elements) => elements.iter_mut().for_each(|(element, _)| element.shift(by)),
            ExprKind::Object(entries) => entries.shift(by),
            ExprKind::Block(block, value) => {
                block.shift(by);
                value.shift(by);
            }
            ExprKind::Collect(block) => block.shift(by),
            ExprKind::Import(import) => import.shift(by),
            ExprKind::Operation(operation) => operation.1.shift(by),
            ExprKind::Text(_)
            | ExprKind::Number(_)
            | ExprKind::Bool(_)
            | ExprKind::Null
            | ExprKind::Name(_)
            | ExprKind::Function(_)
            | ExprKind::Class(_) => {}
        }
    }
}

impl Placed for Arg {
    fn shift(&mut self, by: u32) {
        self.value.shift(by);
    }
}

impl Placed for Entry {
    fn shift(&mut self, by: u32) {
        match self {
            Self::Pair(key, value) => {
                if let Key::Computed(key) = key {
                    key.shift(by);
                }
                value.shift(by);
            }
            Self::Spread(value) => value.shift(by),
        }
    }
}

impl Placed for Import {
    fn shift(&mut self, by: u32) {
        self.span.shift(by);
    }
}
