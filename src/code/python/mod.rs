//! Python, by `ruff_python_parser`: source text in, [`Module`] out. Nothing is evaluated, imported or looked
//! up; every language version that the parser knows is accepted.
//!
//! Sees all of the language: imports wherever they stand, functions, classes, closures, decorators, every
//! kind of parameter and assignment, `match`, comprehensions, f-strings, annotations (also in quotes).
//! Misses what only running tells: `exec`, `eval`, names made through `globals()` or `setattr`, descriptors
//! other than properties. Conditions select nothing; both arms are kept.
//!
//! Conventions of this front-end, beyond those of the intermediate representation:
//! - A member or call through a member has its span start at the member's *name*, so that the place of a
//!   call in a chain over many lines is the line of its method. Other calls start at the callee.
//! - The getter of a property is a [`Role::Getter`](crate::code::ir::Role) bound to the property's name; its
//!   setter is a method bound to `name.setter`, its deleter to `name.deleter`.
//! - `x: T = v` in a class body is one `Declare` with a default. Elsewhere it is a `Declare`, then a `Bind`.
//! - `return` and `raise` that a handler or `finally` may follow are a branch whose other arm goes on.
//!   `break` and `continue` are left out: what was bound before them must outlive the loop.
//! - Names in angle brackets are not the source's: `<match>` and `<annotated>` hold values without a name,
//!   `<x>` is the variable `x` of a comprehension.

mod builtins;
mod comprehensions;
mod definitions;
mod expressions;
mod given;
mod imports;
mod injection;
mod methods;
mod operators;
mod patterns;
mod runtime;
mod settings;
mod standard;
mod statements;
mod texts;

pub use imports::Modules;
pub use runtime::Python;

use ruff_python_ast::{Mod, token::TokenKind};
use ruff_python_parser::{Mode, ParseOptions, Parsed, parse_unchecked};
use ruff_text_size::{Ranged, TextRange};

use crate::code::Language;
use crate::code::ir::{Block, Class, Expr, ExprKind, Function, Module, Remarks, Span, Symbol};

/// Statements and expressions nested deeper than this are not read. The standard library and the popular
/// packages, botocore included, stay below 40; whoever walks the result can afford the stack.
const MAX_DEPTH: u32 = 200;

/// Larger files are data. The bound keeps what [`with_stack_for`] asks for within reason.
const MAX_BYTES: usize = 4 << 20;

/// So many syntax errors of a file are told one by one.
const MAX_SYNTAX_NOTES: usize = 10;

/// Lowers one source file. Never fails: a syntax error becomes a note, and what stands around it is kept.
/// A leading byte order mark is not part of the text.
pub fn lower(source: &str, path: &str) -> Module {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let mut lowering = Lowering::new(source, path);
    let mut body = Block::new();
    if source.len() > MAX_BYTES {
        lowering.remarks.too_large(MAX_BYTES);
    } else {
        let parsed = parse(source);
        lowering.syntax_errors(&parsed);
        if let Mod::Module(module) = parsed.syntax() {
            body = lowering.block(&module.body);
        }
        discard(parsed);
    }
    lowering.remarks.module(Language::Python, body, lowering.functions, lowering.classes)
}

/// What is under way in one file.
struct Lowering<'a> {
    source: &'a str,
    remarks: Remarks,
    functions: Vec<Function>,
    classes: Vec<Class>,
    /// The innermost scope last; the first is the module's.
    scopes: Vec<Scope>,
    depth: u32,
    /// The variables of the comprehensions that are being lowered.
    variables: Vec<Symbol>,
    /// In an annotation, where a string is an expression in quotes and `|` makes a union.
    annotation: bool,
}

/// A module, class or function whose body is being lowered.
struct Scope {
    kind: ScopeKind,
    /// What the names of functions and classes inside begin with: `Class.`, `outer.`.
    prefix: String,
    globals: Vec<Symbol>,
    nonlocals: Vec<Symbol>,
    yields: bool,
    /// How many `try` statements may catch what is raised here.
    guards: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ScopeKind {
    Module,
    Class,
    Function,
}

impl Scope {
    fn new(kind: ScopeKind, prefix: String) -> Self {
        Self { kind, prefix, globals: Vec::new(), nonlocals: Vec::new(), yields: false, guards: 0 }
    }
}

impl<'a> Lowering<'a> {
    fn new(source: &'a str, path: &str) -> Self {
        Self {
            source,
            remarks: Remarks::new(source, path),
            functions: Vec::new(),
            classes: Vec::new(),
            scopes: vec![Scope::new(ScopeKind::Module, String::new())],
            depth: 0,
            variables: Vec::new(),
            annotation: false,
        }
    }

    fn scope(&mut self) -> &mut Scope {
        self.scopes.last_mut().expect("the module's scope is never left")
    }

    /// Runs `lower` one level deeper, or notes that the source at `range` is too deep and gives none.
    fn deeper<T>(&mut self, range: TextRange, lower: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth == MAX_DEPTH {
            self.remarks.too_deep(range.start().to_u32());
            return None;
        }
        self.depth += 1;
        let lowered = lower(self);
        self.depth -= 1;
        Some(lowered)
    }

    fn syntax_errors(&mut self, parsed: &Parsed<Mod>) {
        let help = "Python 3 is read; what stands near the error may be missing from the answer";
        let errors = parsed.errors();
        for (index, error) in errors.iter().enumerate().take(MAX_SYNTAX_NOTES + 1) {
            let message = match errors.len() - index {
                more if index == MAX_SYNTAX_NOTES => format!("{more} more syntax errors from here on"),
                _ => error.error.to_string(),
            };
            let note = self.remarks.add(error.location.start().to_u32(), "syntax-error", message);
            note.help = Some(help.into());
        }
    }
}

/// The parser guards its own stack, except where it turns what it read into an assignment target: that goes as
/// deep as there are brackets.
fn parse(source: &str) -> Parsed<Mod> {
    let brackets = source.bytes().filter(|byte| b"([{".contains(byte)).count();
    with_stack_for(brackets, || parse_unchecked(source, ParseOptions::from(Mode::Module)))
}

/// Dropping a syntax tree goes as deep as the tree is, which in a chain of operators or brackets is about the
/// number of tokens of the statement.
fn discard(parsed: Parsed<Mod>) {
    let (mut longest, mut current, mut indents) = (0, 0, 0);
    for token in parsed.tokens() {
        current += 1;
        match token.kind() {
            TokenKind::Newline => current = 0,
            TokenKind::Indent => indents += 1,
            _ => {}
        }
        longest = longest.max(current);
    }
    with_stack_for(longest + indents, || drop(parsed));
}

/// Calls what may recurse to `depth`. Stack that is not used costs address space alone.
fn with_stack_for<T>(depth: usize, call: impl FnOnce() -> T) -> T {
    const PER_LEVEL: usize = 512;
    const SMALL: usize = 500;
    if depth <= SMALL { call() } else { stacker::grow((1 << 20) + depth * PER_LEVEL, call) }
}

fn span(range: TextRange) -> Span {
    Span { start: range.start().to_u32(), end: range.end().to_u32() }
}

fn symbol(name: &str) -> Symbol {
    name.into()
}

impl Expr {
    fn at(node: &impl Ranged, kind: ExprKind) -> Self {
        Self { kind, span: span(node.range()) }
    }
}
