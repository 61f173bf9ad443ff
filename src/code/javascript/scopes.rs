//! Which declaration a name means. The intermediate representation has one scope a function; where an inner
//! block declares a name that means something else around it, the inner one is renamed.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use oxc_ast::ast;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::code::ir::Symbol;

/// The functions around what is being lowered, the innermost last; the first is the module, or stands for what is
/// around a function that is lowered apart.
pub(super) struct Scopes {
    functions: Vec<FunctionScope>,
    renamed: Renamed,
}

/// How often each name was renamed in a file.
pub(super) type Renamed = FxHashMap<Symbol, u32>;

/// The blocks around a place in the source, kept for what is lowered there later.
#[derive(Clone)]
pub(super) struct Around(Rc<BlockScope>);

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
    /// The function's own names, and those of the block that is being lowered.
    own: Rc<BlockScope>,
    innermost: Rc<BlockScope>,
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

struct BlockScope {
    /// How many functions are around it.
    level: usize,
    /// Names as they are written, and as they are bound.
    names: RefCell<FxHashMap<Symbol, Declared>>,
    around: Option<Rc<BlockScope>>,
}

struct Declared {
    own: Symbol,
    used: Cell<bool>,
}

impl Scopes {
    pub(super) fn new() -> Self {
        let module = BlockScope::inside(None, 0);
        Self { functions: vec![FunctionScope::new(String::new(), module)], renamed: Renamed::default() }
    }

    /// Those of a function that is lowered apart from what is around it.
    pub(super) fn inside(around: &Around, renamed: Renamed) -> Self {
        let stand_in = FunctionScope::new(String::new(), Rc::clone(&around.0));
        Self { functions: vec![stand_in], renamed }
    }

    pub(super) fn into_renamed(self) -> Renamed {
        self.renamed
    }

    /// What is around a function that stands here.
    pub(super) fn around(&mut self) -> Around {
        Around(Rc::clone(&self.function().innermost))
    }

    pub(super) fn enter(&mut self, prefix: String) {
        let around = Rc::clone(&self.function().innermost);
        let level = around.level + 1;
        self.functions.push(FunctionScope::new(prefix, BlockScope::inside(Some(around), level)));
    }

    /// Begins the function's own names anew: what was lowered so far keeps those that it saw.
    pub(super) fn begin_anew(&mut self) {
        let function = self.function();
        let own = BlockScope::inside(function.own.around.clone(), function.own.level);
        function.own = Rc::clone(&own);
        function.innermost = own;
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
        if borrows {
            self.lend_super();
        }
        borrows
    }

    /// An arrow function that stands here uses the `super` of the method around it.
    pub(super) fn lend_super(&mut self) {
        let method = self.functions.iter_mut().rev().find(|it| it.super_is != Super::Borrowed);
        if let Some(method) = method {
            method.super_is = Super::Lent;
        }
    }

    pub(super) fn at_module(&mut self) -> bool {
        self.function().own.level == 0
    }

    pub(super) fn open_block(&mut self) {
        let function = self.function();
        function.innermost = BlockScope::inside(Some(Rc::clone(&function.innermost)), function.own.level);
    }

    pub(super) fn close_block(&mut self) {
        let function = self.function();
        if let Some(around) = function.innermost.around.clone() {
            function.innermost = around;
        }
    }

    /// Declares a name of the function itself: a parameter, `var`.
    pub(super) fn declare_in_function(&mut self, name: &str) {
        let mut names = self.function().own.names.borrow_mut();
        names.entry(name.into()).or_insert_with(|| Declared::new(name.into()));
    }

    /// Whether the innermost block declares a name.
    pub(super) fn declares(&mut self, name: &str) -> bool {
        self.function().innermost.names.borrow().contains_key(name)
    }

    /// Declares a name of the innermost block.
    pub(super) fn declare(&mut self, name: &str) {
        let name = Symbol::from(name);
        let function = self.function();
        let inner = !Rc::ptr_eq(&function.own, &function.innermost);
        let hides = inner && (self.function().taken.contains(&name) || self.is_declared(&name));
        let own = if hides { self.renamed(&name) } else { name.clone() };
        let function = self.function();
        function.taken.insert(name.clone());
        function.innermost.names.borrow_mut().insert(name, Declared::new(own));
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
        self.function().own.names.borrow_mut().insert(name, Declared::new(own));
    }

    fn renamed(&mut self, name: &Symbol) -> Symbol {
        let times = self.renamed.entry(name.clone()).or_default();
        *times += 1;
        smol_str::format_smolstr!("{name}'{times}")
    }

    /// What a name is bound as. A name that nothing declares is the language's.
    pub(super) fn resolve(&mut self, name: &str) -> Symbol {
        let found = self.find(name, |declared| {
            declared.used.set(true);
            declared.own.clone()
        });
        found.map_or_else(|| name.into(), |(_, own)| own)
    }

    /// What an assigned name is bound as. Where the function does not declare it, that is kept in mind.
    pub(super) fn assigned(&mut self, name: &str) -> Symbol {
        let here = self.here();
        let found = self.find(name, |declared| declared.own.clone());
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
        self.level(name) == Some(self.here())
    }

    /// Whether the name of the innermost block was read.
    pub(super) fn is_used(&mut self, name: &str) -> bool {
        self.function().innermost.names.borrow().get(name).is_some_and(|it| it.used.get())
    }

    fn here(&self) -> usize {
        self.functions.last().map_or(0, |function| function.own.level)
    }

    fn level(&self, name: &str) -> Option<usize> {
        self.find(name, |_| ()).map(|(level, ())| level)
    }

    /// The level of the innermost block that declares a name, and what is asked of the declaration.
    fn find<T>(&self, name: &str, ask: impl Fn(&Declared) -> T) -> Option<(usize, T)> {
        let mut next = self.functions.last().map(|function| &function.innermost);
        while let Some(block) = next {
            if let Some(declared) = block.names.borrow().get(name) {
                return Some((block.level, ask(declared)));
            }
            next = block.around.as_ref();
        }
        None
    }
}

impl FunctionScope {
    fn new(prefix: String, own: Rc<BlockScope>) -> Self {
        Self {
            prefix,
            nonlocals: Vec::new(),
            yields: false,
            awaits: false,
            super_is: Super::Own,
            guards: 0,
            innermost: Rc::clone(&own),
            own,
            taken: FxHashSet::default(),
        }
    }
}

impl BlockScope {
    fn inside(around: Option<Rc<Self>>, level: usize) -> Rc<Self> {
        Rc::new(Self { level, names: RefCell::default(), around })
    }
}

impl Declared {
    fn new(own: Symbol) -> Self {
        Self { own, used: Cell::new(false) }
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
