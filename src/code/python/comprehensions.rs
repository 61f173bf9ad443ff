//! Comprehensions and generator expressions. Their variables live in them alone, while blocks of the
//! intermediate representation bind in the function around: so each variable `x` is called `<x>` there.

use ruff_python_ast as ast;

use super::{Lowering, symbol};
use crate::code::ir::{Block, Expr, ExprKind, Stmt, Symbol};

impl Lowering<'_> {
    pub(super) fn collect(&mut self, generators: &[ast::Comprehension], element: &ast::Expr) -> ExprKind {
        let (mut body, element) = self.comprehension(generators, |it| match element {
            ast::Expr::Starred(node) => Expr::at(node, ExprKind::Element(Box::new(it.expr(&node.value)))),
            node => it.expr(node),
        });
        let chooses = generators.iter().any(|generator| !generator.ifs.is_empty());
        let element = Stmt::Yield(element);
        body.push(if chooses { Stmt::Branch(vec![vec![element], Block::new()]) } else { element });
        ExprKind::Collect(vec![Stmt::Loop(body)])
    }

    /// The map that one round makes, which is what any number of rounds make as far as we tell keys apart.
    pub(super) fn dict_comprehension(&mut self, node: &ast::ExprDictComp) -> ExprKind {
        let (body, entry) =
            self.comprehension(&node.generators, |it| it.entry(node.key.as_deref(), &node.value));
        ExprKind::Block(body, Box::new(Expr::at(node, ExprKind::Object(vec![entry]))))
    }

    /// The binds of all `for` clauses in a row (one loop that runs any number of times stands for nested
    /// ones), and what is made of them.
    fn comprehension<T>(
        &mut self,
        generators: &[ast::Comprehension],
        element: impl FnOnce(&mut Self) -> T,
    ) -> (Block, T) {
        let outside = self.variables.len();
        let mut block = Block::new();
        for generator in generators {
            let iterable = Box::new(self.expr(&generator.iter));
            let value = Expr::at(&generator.iter, ExprKind::Element(iterable));
            self.variables.extend(names(&generator.target));
            block.push(Stmt::Bind { target: self.target(&generator.target), value });
            for condition in &generator.ifs {
                block.extend(self.effect(condition));
            }
        }
        let element = element(self);
        self.variables.truncate(outside);
        (block, element)
    }

    /// What a name is called here.
    pub(super) fn name(&self, name: &str) -> Symbol {
        if self.variables.iter().any(|variable| variable == name) {
            format!("<{name}>").into()
        } else {
            symbol(name)
        }
    }
}

/// The names that a target binds.
fn names(target: &ast::Expr) -> Vec<Symbol> {
    let mut names = Vec::new();
    let mut targets = vec![target];
    while let Some(target) = targets.pop() {
        match target {
            ast::Expr::Name(node) => names.push(symbol(&node.id)),
            ast::Expr::List(node) => targets.extend(&node.elts),
            ast::Expr::Tuple(node) => targets.extend(&node.elts),
            ast::Expr::Starred(node) => targets.push(&node.value),
            _ => {}
        }
    }
    names
}
