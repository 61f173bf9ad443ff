//! Which declaration a name means. The intermediate representation has one scope a function; where an inner
//! block declares a name that means something else around it, the inner one is renamed.

use oxc_ast::ast;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::code::ir::Symbol;

/// The functions around what is being lowered, the innermost last; the first is the module.
pub(super) struct Scopes {
    functions: Vec<FunctionScope>,
    /// How often each name was renamed in this file.
    renamed: FxHashMap<Symbol, u32>,
}

/// A module or function whose body is being lowered.
pub(super) struct FunctionScope {
    /// What the names of functions and classes inside begin with: `Class.`, `outer.`.
    pub prefix: String,
    pub nonlocals: Vec<Symbol>,
    pub yields: bool,
    /// It is an async function that a compiler wrote as a generator: `yield` is `await`.
    pub awaits: bool,
    pub super_is: Super,
    /// How many `try` statements may catch what is raised here.
    pub guards: u32,
    /// The innermost block last; names as they are written, and as they are bound.
    blocks: Vec<FxHashMap<Symbol, Declared>>,
    /// Names that a block declared and that were not renamed.
    taken: FxHashSet<Symbol>,
}

/// What `super` is in a function.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Super {
    Own,
    /// Its own, which an arrow function inside uses too.
    Lent,
    /// That of the function around it, as arrow functions have it.
    Borrowed,
}

struct Declared {
    own: Symbol,
    used: bool,
}

impl Scopes {
    pub(super) fn new() -> Self {
        let mut scopes = Self { functions: Vec::new(), renamed: FxHashMap::default() };
        scopes.enter(String::new());
        scopes
    }

    pub(super) fn enter(&mut self, prefix: String) {
        self.functions.push(FunctionScope {
            prefix,
            nonlocals: Vec::new(),
            yields: false,
            awaits: false,
            super_is: Super::Own,
            guards: 0,
            blocks: vec![FxHashMap::default()],
            taken: FxHashSet::default(),
        });
    }

    pub(super) fn leave(&mut self) -> FunctionScope {
        self.functions.pop().expect("left as often as entered")
    }

    pub(super) fn function(&mut self) -> &mut FunctionScope {
        self.functions.last_mut().expect("the module's scope is never left")
    }

    pub(super) fn prefix(&self) -> String {
        self.functions.last().map(|function| function.prefix.clone()).unwrap_or_default()
    }

    /// Whether `super` stands in an arrow function, in which case the method around it must lend it.
    pub(super) fn borrows_super(&mut self) -> bool {
        let borrows = self.function().super_is == Super::Borrowed;
        let method = self.functions.iter_mut().rev().find(|it| it.super_is != Super::Borrowed);
        if let Some(method) = method.filter(|_| borrows) {
            method.super_is = Super::Lent;
        }
        borrows
    }

    pub(super) fn at_module(&self) -> bool {
        self.functions.len() == 1
    }

    pub(super) fn open_block(&mut self) {
        self.function().blocks.push(FxHashMap::default());
    }

    pub(super) fn close_block(&mut self) {
        self.function().blocks.pop();
    }

    /// Declares a name of the function itself: a parameter, `var`.
    pub(super) fn declare_in_function(&mut self, name: &str) {
        self.function().blocks[0].entry(name.into()).or_insert_with(|| Declared::new(name.into()));
    }

    /// Whether the innermost block declares a name.
    pub(super) fn declares(&mut self, name: &str) -> bool {
        self.function().blocks.last().is_some_and(|block| block.contains_key(name))
    }

    /// Declares a name of the innermost block.
    pub(super) fn declare(&mut self, name: &str) {
        let name = Symbol::from(name);
        let inner = self.function().blocks.len() > 1;
        let hides = inner && (self.function().taken.contains(&name) || self.is_declared(&name));
        let own = if hides { self.renamed(&name) } else { name.clone() };
        let function = self.function();
        function.taken.insert(name.clone());
        function.blocks.last_mut().expect("a function has a block").insert(name, Declared::new(own));
    }

    pub(super) fn declare_all<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        for name in names {
            self.declare(name);
        }
    }

    /// Declares a parameter that hides nothing: what else is in the function means the names around it.
    pub(super) fn declare_apart(&mut self, name: &str) {
        let name = Symbol::from(name);
        let own = if self.is_declared(&name) { self.renamed(&name) } else { name.clone() };
        self.function().blocks[0].insert(name, Declared::new(own));
    }

    fn renamed(&mut self, name: &Symbol) -> Symbol {
        let times = self.renamed.entry(name.clone()).or_default();
        *times += 1;
        smol_str::format_smolstr!("{name}'{times}")
    }

    /// What a name is bound as. A name that nothing declares is the language's.
    pub(super) fn resolve(&mut self, name: &str) -> Symbol {
        let found = self.find(name);
        found.map_or_else(
            || name.into(),
            |(_, declared)| {
                declared.used = true;
                declared.own.clone()
            },
        )
    }

    /// What an assigned name is bound as. Where the function does not declare it, that is kept in mind.
    pub(super) fn assigned(&mut self, name: &str) -> Symbol {
        let here = self.functions.len() - 1;
        let found = self.find(name).map(|(level, declared)| (level, declared.own.clone()));
        let (level, own) = found.unwrap_or_else(|| (0, name.into()));
        let nonlocals = &mut self.function().nonlocals;
        if level != here && !nonlocals.contains(&own) {
            nonlocals.push(own.clone());
        }
        own
    }

    /// Whether anything in this file declares the name here.
    pub(super) fn is_declared(&self, name: &str) -> bool {
        self.level(name).is_some()
    }

    /// Whether a function, not the module, declares the name here.
    pub(super) fn is_local(&self, name: &str) -> bool {
        self.level(name).is_some_and(|level| level > 0)
    }

    /// Whether the function itself declares the name.
    pub(super) fn is_own(&self, name: &str) -> bool {
        self.level(name) == Some(self.functions.len() - 1)
    }

    /// Whether the name of the innermost block was read.
    pub(super) fn is_used(&mut self, name: &str) -> bool {
        self.function().blocks.last().and_then(|block| block.get(name)).is_some_and(|it| it.used)
    }

    fn level(&self, name: &str) -> Option<usize> {
        self.functions.iter().rposition(|function| function.blocks.iter().any(|it| it.contains_key(name)))
    }

    fn find(&mut self, name: &str) -> Option<(usize, &mut Declared)> {
        let functions = self.functions.iter_mut().enumerate().rev();
        let mut blocks =
            functions.flat_map(|(level, it)| it.blocks.iter_mut().rev().map(move |it| (level, it)));
        blocks.find_map(|(level, block)| Some((level, block.get_mut(name)?)))
    }
}

impl Declared {
    fn new(own: Symbol) -> Self {
        Self { own, used: false }
    }
}

/// The names that the statements of a block declare in it.
pub(super) fn lexical_names<'n>(statements: &'n [ast::Statement<'_>], found: &mut Vec<&'n str>) {
    for statement in statements {
        let declaration = match statement {
            ast::Statement::ExportDeclaration(node) => Some(&node.declaration),
            ast::Statement::ExportDefaultDeclaration(node) => {
                let id = match &node.declaration {
                    ast::ExportDefaultDeclarationKind::FunctionDeclaration(node) => &node.id,
                    ast::ExportDefaultDeclarationKind::ClassDeclaration(node) => &node.id,
                    _ => &None,
                };
                found.extend(id.iter().map(|id| id.name.as_str()));
                None
            }
            ast::Statement::ImportDeclaration(node) => {
                let specifiers = node.specifiers.iter().flatten();
                found.extend(specifiers.map(|specifier| specifier.local().name.as_str()));
                None
            }
            statement => statement.as_declaration(),
        };
        match declaration {
            Some(ast::Declaration::VariableDeclaration(node)) if !node.kind.is_var() => {
                declared(node, found);
            }
            Some(ast::Declaration::VariableDeclaration(_)) | None => {}
            Some(declaration) => found.extend(declaration_name(declaration)),
        }
    }
}

/// The name of a declaration other than of variables.
pub(super) fn declaration_name<'n>(node: &'n ast::Declaration<'_>) -> Option<&'n str> {
    match node {
        ast::Declaration::FunctionDeclaration(node) => node.id.as_ref().map(|id| id.name.as_str()),
        ast::Declaration::ClassDeclaration(node) => node.id.as_ref().map(|id| id.name.as_str()),
        ast::Declaration::TSEnumDeclaration(node) => Some(node.id.name.as_str()),
        ast::Declaration::TSNamespaceDeclaration(node) => Some(node.id.name.as_str()),
        ast::Declaration::TSImportEqualsDeclaration(node) => Some(node.id.name.as_str()),
        _ => None,
    }
}

/// The names that a declaration of variables binds.
pub(super) fn declared<'n>(node: &'n ast::VariableDeclaration<'_>, found: &mut Vec<&'n str>) {
    node.declarations.iter().for_each(|it| pattern_names(&it.id, found));
}

pub(super) fn pattern_names<'n>(node: &'n ast::BindingPattern<'_>, found: &mut Vec<&'n str>) {
    match node {
        ast::BindingPattern::BindingIdentifier(node) => found.push(node.name.as_str()),
        ast::BindingPattern::ObjectPattern(node) => {
            node.properties.iter().for_each(|property| pattern_names(&property.value, found));
            node.rest.iter().for_each(|rest| pattern_names(&rest.argument, found));
        }
        ast::BindingPattern::ArrayPattern(node) => {
            node.elements.iter().flatten().for_each(|element| pattern_names(element, found));
            node.rest.iter().for_each(|rest| pattern_names(&rest.argument, found));
        }
        ast::BindingPattern::AssignmentPattern(node) => pattern_names(&node.left, found),
    }
}

/// The names that `var` declares anywhere in the statements of a function, in its blocks too; the flag tells
/// those that are declared without a value.
pub(super) fn var_names<'n>(statement: &'n ast::Statement<'_>, found: &mut Vec<(&'n str, bool)>) {
    let mut each = |statements: &'n [ast::Statement<'_>]| {
        for statement in statements {
            var_names(statement, found);
        }
    };
    match statement {
        ast::Statement::BlockStatement(node) => each(&node.body),
        ast::Statement::VariableDeclaration(node) => variables(node, true, found),
        ast::Statement::ExportDeclaration(node) => {
            if let ast::Declaration::VariableDeclaration(node) = &node.declaration {
                variables(node, true, found);
            }
        }
        ast::Statement::IfStatement(node) => {
            var_names(&node.consequent, found);
            node.alternate.iter().for_each(|alternate| var_names(alternate, found));
        }
        ast::Statement::ForStatement(node) => {
            if let Some(ast::ForStatementInit::VariableDeclaration(node)) = &node.init {
                variables(node, false, found);
            }
            var_names(&node.body, found);
        }
        ast::Statement::ForInStatement(node) => loop_names(&node.left, &node.body, found),
        ast::Statement::ForOfStatement(node) => loop_names(&node.left, &node.body, found),
        ast::Statement::WhileStatement(node) => var_names(&node.body, found),
        ast::Statement::DoWhileStatement(node) => var_names(&node.body, found),
        ast::Statement::LabeledStatement(node) => var_names(&node.body, found),
        ast::Statement::WithStatement(node) => var_names(&node.body, found),
        ast::Statement::SwitchStatement(node) => node.cases.iter().for_each(|case| each(&case.consequent)),
        ast::Statement::TryStatement(node) => {
            each(&node.block.body);
            node.handler.iter().for_each(|handler| each(&handler.body.body));
            node.finalizer.iter().for_each(|block| each(&block.body));
        }
        _ => {}
    }
}

fn loop_names<'n>(
    left: &'n ast::ForStatementLeft<'_>,
    body: &'n ast::Statement<'_>,
    found: &mut Vec<(&'n str, bool)>,
) {
    if let ast::ForStatementLeft::VariableDeclaration(node) = left {
        variables(node, false, found);
    }
    var_names(body, found);
}

fn variables<'n>(
    node: &'n ast::VariableDeclaration<'_>,
    as_statement: bool,
    found: &mut Vec<(&'n str, bool)>,
) {
    if !node.kind.is_var() {
        return;
    }
    for declarator in &node.declarations {
        let mut names = Vec::new();
        pattern_names(&declarator.id, &mut names);
        let without_value = as_statement && declarator.init.is_none() && !node.declare;
        found.extend(names.into_iter().map(|name| (name, without_value)));
    }
}
