//! JavaScript and TypeScript, by `oxc_parser`: source text in, [`Module`] out. Nothing is evaluated, imported
//! or looked up; modules of both kinds, JSX and everything that the parser knows are accepted.
//!
//! Sees all of the language: imports, `require` and exports of every form, classes with fields and private
//! names, closures, destructuring, generators, declared types, enums, namespaces. Misses what only running
//! tells: `eval`, proxies, names made by `with`, property descriptors. Conditions select nothing; both arms are
//! kept, also those of `&&` and `||`.
//!
//! Conventions of this front-end, beyond those of the intermediate representation:
//! - A member or call through a member has its span start at the member's *name*; other calls and `new` start
//!   at the callee.
//! - `this` is the name `this`: the receiver of functions and methods, seen from arrow functions through the
//!   scope. `super(…)` calls the member `constructor` of `super()`, `super.m` is the member `m` of it.
//! - Fields of instances are bound at the start of the constructor, after `super(…)`. Static fields and blocks
//!   are the class method `<static>`, called when the class is bound.
//! - An inner block's name that would hide an outer one is renamed: `x` to `x'1`.
//! - `break` and `continue` are left out: what was bound before them must outlive the loop.
//! - Names in angle brackets are not the source's: `<value>` and `<class>` hold values without a name,
//!   `<super>` is the `super` that arrow functions see.
//! - An import of a name that is computed is a call of `require`.
//! - What compilers write is read back where the values would be lost: `__awaiter` and its like are async
//!   functions, a module of the SDK that a bundle carries under its path is an import of it.

mod annotations;
mod arrays;
mod bundled;
mod classes;
mod containers;
mod copies;
mod expressions;
mod functions;
mod globals;
mod imports;
mod jsx;
mod later;
mod libraries;
mod methods;
mod modules;
mod objects;
mod operators;
mod packages;
mod parse;
mod pieces;
mod runtime;
mod scopes;
mod statements;
mod tables;
mod targets;
mod typescript;

pub use imports::Modules;
pub use runtime::JavaScript;

use std::borrow::Cow;
use std::rc::Rc;

use oxc_allocator::Allocator;
use oxc_parser::ParserReturn;
use oxc_span::GetSpan;

use self::later::{Bodies, Slot};
use self::scopes::Scopes;
use crate::code::Language;
use crate::code::ir::{
    Block, Class, Expr, ExprKind, Function, FunctionId, Later, Module, Remarks, Span, Stmt, Symbol, Target,
};
use crate::model::Note;

/// Statements and expressions nested deeper than this are not read.
const MAX_DEPTH: u32 = 200;

/// Larger files are data.
const MAX_BYTES: usize = 64 << 20;

/// A larger file has its functions lowered when they are entered: what is not reached costs no memory.
const LARGE: usize = 128 << 10;

/// So many syntax errors of a file are told one by one.
const MAX_SYNTAX_NOTES: usize = 10;

/// So often is a file parsed again without what the parser could not get over.
const MAX_ATTEMPTS: usize = 8;

/// Lowers one source file. Never fails: a syntax error becomes a note, and what stands around it is kept.
/// The kind of source is told by the extension of `path`. A leading byte order mark is not part of the text.
pub fn lower(source: &str, path: &str) -> Module {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let mut lowering = Lowering::new(source, path);
    let mut body = Block::new();
    if source.len() > MAX_BYTES {
        lowering.remarks.too_large(MAX_BYTES);
    } else if let Some(at) = parse::too_deep(source) {
        lowering.remarks.too_deep(at);
    } else {
        body = parse::with_stack_for(source, || lowering.module());
    }
    lowering.source = source;
    lowering.note_unknown_sdk();
    lowering.finished(body)
}

/// What is under way in one file.
struct Lowering<'s> {
    source: &'s str,
    remarks: Remarks,
    functions: Vec<Slot>,
    classes: Vec<Rc<Class>>,
    scopes: Scopes,
    depth: u32,
    /// What the module, or the namespace that is being lowered, exports of what it binds.
    exports: Vec<(Symbol, Expr)>,
    /// Defaults of the elements of array patterns, to be applied after the pattern is bound.
    defaults: Block,
    /// Functions are left for later.
    later: bool,
    /// Not those in the parameters of others, which so many are being lowered of,
    in_params: u32,
    /// and not the one that is called where it is written.
    called: Option<oxc_span::Span>,
    /// A package of the SDK was found in the file.
    has_sdk: bool,
    /// The file is a bundle with a table of modules.
    has_table: bool,
    /// What is added to an offset in `source` to have that in the file, modulo 2³².
    base: u32,
}

impl<'s> Lowering<'s> {
    fn new(source: &'s str, path: &str) -> Self {
        Self {
            source,
            remarks: Remarks::new(source, path),
            functions: Vec::new(),
            classes: Vec::new(),
            scopes: Scopes::new(),
            depth: 0,
            exports: Vec::new(),
            defaults: Block::new(),
            later: false,
            in_params: 0,
            called: None,
            has_sdk: false,
            has_table: tables::has_table(source),
            base: 0,
        }
    }

    /// The module of what was lowered.
    fn finished(self, body: Block) -> Module {
        let (mut functions, mut classes, mut later) = (Vec::new(), Vec::new(), None);
        if self.later {
            let remarks = self.remarks.anew();
            later = Some(Bodies::new(self.source, remarks, self.functions, self.classes, self.scopes));
        } else {
            functions = self.functions.into_iter().filter_map(Slot::into_function).collect();
            classes = self.classes.into_iter().filter_map(Rc::into_inner).collect();
        }
        let mut module = self.remarks.module(Language::JavaScript, body, functions, classes);
        module.later = later.map(|bodies| Box::new(bodies) as Box<dyn Later>);
        module
    }

    fn add(&mut self, function: Function) -> FunctionId {
        later::push(&mut self.functions, Slot::Lowered(Rc::new(function)))
    }

    /// The module's own statements, with what they export last.
    fn module(&mut self) -> Block {
        let mut body = self.in_pieces().unwrap_or_else(|| self.at_once());
        body.extend(self.exports.drain(..).map(|(name, value)| Stmt::Export { name, value }));
        body
    }

    /// The statements of a file that is parsed as one. What the parser cannot get over is left out, and the rest is
    /// parsed again.
    fn at_once(&mut self) -> Block {
        let mut text = Cow::Borrowed(self.source);
        let mut body = Block::new();
        for _ in 0..MAX_ATTEMPTS {
            let allocator = Allocator::default();
            let parsed = parse::parse(&allocator, &text, self.remarks.path());
            let stuck = self.syntax_errors(&parsed);
            if !parsed.panicked {
                // Where the parser had to guess, a part of the text may read otherwise alone.
                self.later = self.source.len() > LARGE && self.remarks.notes().is_empty();
                body = self.body(&parsed.program.body);
                break;
            }
            let Some(rest) = parse::without(&text, stuck) else { break };
            drop(parsed);
            text = Cow::Owned(rest);
        }
        body
    }

    /// Notes what the parser said; gives the place of the last error.
    fn syntax_errors(&mut self, parsed: &ParserReturn) -> u32 {
        let mut place = 0;
        for error in parsed.diagnostics.errors() {
            place = error.labels.first().map_or(0, |label| label.span().start);
            if self.remarks.count("syntax-error") < MAX_SYNTAX_NOTES {
                let help = "what stands near the error may be missing from the answer";
                self.note(place, "syntax-error", error.message.to_string()).help = Some(help.into());
            }
        }
        place
    }

    /// Runs `lower` one level deeper, or notes that the source at `span` is too deep and gives none.
    fn deeper<T>(&mut self, node: &impl GetSpan, lower: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth == MAX_DEPTH {
            self.remarks.too_deep(node.span().start.wrapping_add(self.base));
            return None;
        }
        self.depth += 1;
        let lowered = lower(self);
        self.depth -= 1;
        Some(lowered)
    }

    fn note(&mut self, offset: u32, rule: &'static str, message: impl Into<String>) -> &mut Note {
        self.remarks.add(offset.wrapping_add(self.base), rule, message)
    }
}

fn span(span: oxc_span::Span) -> Span {
    Span { start: span.start, end: span.end }
}

impl Expr {
    fn of(node: &impl GetSpan, kind: ExprKind) -> Self {
        Self { kind, span: span(node.span()) }
    }
}

/// `target = value` of a name.
fn bind(name: impl Into<Symbol>, value: Expr) -> Stmt {
    Stmt::Bind { target: Target::Name(name.into()), value }
}
