//! Rust, by `syn`: source text in, [`Module`] out. Nothing is evaluated, expanded or looked up.
//!
//! Sees all of the language: modules, `use` in every form, structs, enums and traits as classes, `impl` blocks
//! as what extends them, closures, patterns, `async`, and the arguments of macros that take expressions.
//! `macro_rules!` of the same file are expanded. Misses what other macros write by themselves; an invocation whose
//! tokens are no expressions is a note. Code for tests is left out; both sides of other `cfg`s are kept.
//!
//! Conventions of this front-end, beyond those of the intermediate representation:
//! - Items may stand in any order and modules may know each other, so an item is named by its path at every
//!   use, and a file's statements are: classes, functions, modules, `use`, fields, constants, `impl`, statics.
//! - A module inside a file is a class without instances.
//! - A method call's span starts at the method's name. `?`, `.await`, `&`, `*` and `as` are transparent.
//! - What an `if` or `match` gives is bound to a name in angle brackets in each of its arms.

mod collections;
mod conversions;
mod expressions;
mod functions;
mod implementations;
mod items;
mod locals;
mod macro_rules;
mod macros;
mod methods;
mod names;
mod packages;
mod patterns;
mod places;
mod quoted;
mod runtime;
mod settings;
mod standard;
mod statements;
mod structs;
mod texts;
mod types;
mod unresolved;
mod uses;
mod values;

pub use conversions::converted;
pub use methods::{held, is_of_any_value};
pub use packages::{Binary, Packages};
pub use runtime::Rust;
pub use standard::map_of_pairs;

use std::rc::Rc;

use proc_macro2::Span as TokenSpan;
use rustc_hash::FxHashMap;

use self::locals::Frame;
use self::macro_rules::Rules;
use self::names::Names;
use self::statements::Breakable;
use crate::code::Language;
use crate::code::ir::{Block, Class, Expr, ExprKind, Function, Module, Remarks, Span, Symbol};

/// The argument that says what type is wanted of a call; no parameter has this name.
const TYPE: &str = "<type>";

/// Expressions nested deeper than this are not read.
const MAX_DEPTH: u32 = 250;

/// Larger files are generated.
const MAX_BYTES: usize = 4 << 20;

/// Brackets nested deeper than this are data; the parser would need a stack that nobody has.
const MAX_BRACKETS: usize = 300;

/// So are longer chains of what stands before an operand: `!!x`, `|| || x`, `return return x`.
const MAX_PREFIXES: usize = 1000;

/// Lowers one source file. Never fails: a file that does not parse is a note.
pub fn lower(source: &str, path: &str) -> Module {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let mut lowering = Lowering::new(source, path);
    let mut body = Block::new();
    if source.len() > MAX_BYTES {
        lowering.remarks.too_large(MAX_BYTES);
    } else if brackets(source) > MAX_BRACKETS || prefixes(source) > MAX_PREFIXES {
        lowering.remarks.add(0, "too-deep", "the code is nested too deeply and was not read");
    } else {
        // Chains of operators nest as deep as they are long.
        stacker::grow((32 << 20) + source.len() * 256, || body = lowering.file(source));
    }
    // The tokens' places are kept by thread; nothing refers to them any more.
    proc_macro2::extra::invalidate_current_thread_spans();
    lowering.remarks.module(Language::Rust, body, lowering.functions, lowering.classes)
}

/// What is under way in one file.
struct Lowering {
    remarks: Remarks,
    functions: Vec<Function>,
    classes: Vec<Class>,
    /// The names of the file, then those of the modules inside it that are being lowered.
    modules: Vec<Names>,
    /// What functions and blocks that are being lowered bring in, innermost last.
    blocks: Vec<Names>,
    /// The variables of the functions that are being lowered, innermost last.
    frames: Vec<Frame>,
    /// Where the variables begin that alternatives of a pattern share.
    shared_from: Option<usize>,
    /// What a `break` with a value gives it to: the labels of loops and blocks, innermost last.
    breaks: Vec<Breakable>,
    /// Type parameters and what bounds them.
    generics: Vec<(Symbol, Option<Vec<Symbol>>)>,
    /// The path of the type whose `impl` is being lowered.
    self_type: Option<Vec<Symbol>>,
    in_trait: bool,
    /// What the names of functions inside begin with: `Store.`.
    prefix: String,
    /// Macros that the file defines, with their rules where those can be read.
    own_macros: FxHashMap<String, Option<Rc<Rules>>>,
    /// How many of their invocations were expanded, and which of them is being lowered.
    expansions: u32,
    expansion: u32,
    /// The text that the `fmt` being lowered writes to.
    shown: Option<Symbol>,
    /// Whether the function or `async` block that is being lowered returns before its end.
    returns: bool,
    depth: u32,
    /// Numbers names in angle brackets.
    temporaries: u32,
}

impl Lowering {
    fn new(source: &str, path: &str) -> Self {
        Self {
            remarks: Remarks::new(source, path),
            functions: Vec::new(),
            classes: Vec::new(),
            modules: Vec::new(),
            blocks: Vec::new(),
            frames: Vec::new(),
            shared_from: None,
            breaks: Vec::new(),
            generics: Vec::new(),
            self_type: None,
            in_trait: false,
            prefix: String::new(),
            own_macros: FxHashMap::default(),
            expansions: 0,
            expansion: 0,
            shown: None,
            returns: false,
            depth: 0,
            temporaries: 0,
        }
    }

    fn file(&mut self, source: &str) -> Block {
        match syn::parse_file(source) {
            Ok(file) if is_for_tests(&file.attrs) => Block::new(),
            Ok(file) => {
                self.modules.push(Names::default());
                let block = self.items(&file.items);
                self.modules.pop();
                block
            }
            Err(error) => {
                let start = span(error.span()).start;
                self.remarks.add(start, "syntax-error", format!("{error}; the file is not read"));
                Block::new()
            }
        }
    }

    fn deeper<T>(&mut self, at: Span, lower: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth == MAX_DEPTH {
            self.remarks.too_deep(at.start);
            return None;
        }
        self.depth += 1;
        let lowered = lower(self);
        self.depth -= 1;
        Some(lowered)
    }

    /// A name that the source cannot have.
    fn temporary(&mut self, what: &str) -> Symbol {
        self.temporaries += 1;
        smol_str::format_smolstr!("<{what} {}>", self.temporaries)
    }
}

/// How deep brackets nest, counted without telling strings and comments apart.
fn brackets(source: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in source.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// The longest row of words and prefix operators with nothing between them that ends an operand.
fn prefixes(source: &str) -> usize {
    let (mut row, mut longest, mut in_word) = (0_usize, 0, false);
    for byte in source.bytes() {
        let is_word = byte.is_ascii_alphanumeric() || byte == b'_';
        match byte {
            b'!' | b'&' | b'*' | b'|' | b'-' => row += 1,
            b';' | b',' | b'{' | b'}' | b'.' | b'=' | b'+' | b'"' | b'/' | b':' | b'#' => row = 0,
            _ if is_word && !in_word => row += 1,
            _ => {}
        }
        in_word = is_word;
        longest = longest.max(row);
    }
    longest
}

/// `#[cfg(test)]`, `#[test]` and the attributes of test frameworks.
fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let path = attribute.path();
        let last = path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        match last.as_str() {
            "test" | "rstest" | "test_case" | "bench" => true,
            "cfg" => {
                let condition = attribute.parse_args::<syn::Meta>();
                condition.is_ok_and(|condition| only_in_tests(&condition))
            }
            _ => false,
        }
    })
}

/// Whether a condition holds in tests alone.
fn only_in_tests(condition: &syn::Meta) -> bool {
    use syn::punctuated::Punctuated;
    match condition {
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::List(list) if list.path.is_ident("all") => {
            let all = list.parse_args_with(Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated);
            all.is_ok_and(|all| all.iter().any(only_in_tests))
        }
        _ => false,
    }
}

fn span(span: TokenSpan) -> Span {
    let range = span.byte_range();
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span { start: offset(range.start), end: offset(range.end) }
}

fn span_of(node: &impl syn::spanned::Spanned) -> Span {
    span(node.span())
}

fn symbol(ident: &syn::Ident) -> Symbol {
    let name = ident.to_string();
    name.strip_prefix("r#").unwrap_or(&name).into()
}

fn unknown() -> ExprKind {
    ExprKind::Unknown(Vec::new())
}

impl Expr {
    fn spanned(kind: ExprKind, span: Span) -> Self {
        Self { kind, span }
    }

    fn name(name: impl Into<Symbol>, span: Span) -> Self {
        Self { kind: ExprKind::Name(name.into()), span }
    }
}
