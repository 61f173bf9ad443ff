//! The small language that every front-end lowers to and the one interpreter evaluates. It says what code
//! *can* do with values: order within a block, both arms of every branch, calls, closures, objects. It leaves
//! out everything that does not move values (conditions, arithmetic, exceptions as values).
//!
//! Front-ends put syntax here as it is written and decide nothing: what a name means, what a call does and
//! whether it is an SDK call is for `eval` and `sdk`. `await`, parentheses, casts and non-null assertions are
//! transparent: the front-end lowers the operand alone. Anything without a counterpart becomes
//! [`ExprKind::Unknown`] holding the operands that must still be evaluated (calls inside count).

mod dump;
mod remarks;
mod shift;

use std::fmt::Debug;
use std::ops::Deref;
use std::rc::Rc;

pub use remarks::Remarks;
pub use shift::shift;
use smol_str::SmolStr;

use crate::code::Language;
use crate::model::Note;

/// A name in source code.
pub type Symbol = SmolStr;

/// Byte offsets into the source, end exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

/// Index into [`Module::functions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunctionId(pub u32);

/// Index into [`Module::classes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassId(pub u32);

/// One source file, lowered.
#[derive(Debug)]
pub struct Module {
    /// Relative to the analysed folder, with `/`.
    pub path: SmolStr,
    pub language: Language,
    /// The module's own statements: what runs when it is first imported.
    pub body: Block,
    pub functions: Vec<Function>,
    pub classes: Vec<Class>,
    /// What could not be read: syntax errors, unsupported constructs that can hide calls.
    pub notes: Vec<Note>,
    /// Byte offset of the start of each line, for turning a [`Span`] into a place.
    pub lines: Rc<Lines>,
    /// Of a large file, what has its functions and classes in place of the two lists.
    pub later: Option<Box<dyn Later>>,
}

/// The functions and classes of a file whose functions are lowered when they are first asked for. Lowering one adds
/// those that stand inside it.
pub trait Later: Debug {
    fn function(&self, id: FunctionId) -> Rc<Function>;
    fn class(&self, id: ClassId) -> Rc<Class>;
    /// How many functions are known by now.
    fn known(&self) -> usize;
    /// What is known of a function without its being lowered; nothing where it is lowered.
    fn outline(&self, id: FunctionId) -> Option<Outline>;
    /// What lowering could not read, beside [`Module::notes`].
    fn notes(&self) -> Vec<Note>;
}

/// What is known of a function that is not lowered. It has no decorators, and it may run.
#[derive(Clone, Copy, Debug)]
pub struct Outline {
    pub role: Role,
    pub span: Span,
}

/// A part of a module, which has it or has just made it.
pub enum Held<'m, T> {
    Here(&'m T),
    Shared(Rc<T>),
}

impl<T> Deref for Held<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Here(held) => held,
            Self::Shared(held) => held,
        }
    }
}

impl Module {
    /// A function with all that is in it.
    pub fn function(&self, id: FunctionId) -> Held<'_, Function> {
        match &self.later {
            Some(later) => Held::Shared(later.function(id)),
            None => Held::Here(&self.functions[id.0 as usize]),
        }
    }

    pub fn class(&self, id: ClassId) -> Held<'_, Class> {
        match &self.later {
            Some(later) => Held::Shared(later.class(id)),
            None => Held::Here(&self.classes[id.0 as usize]),
        }
    }

    /// How many functions there are, as far as is known by now.
    pub fn known_functions(&self) -> usize {
        self.later.as_ref().map_or(self.functions.len(), |later| later.known())
    }

    /// What is known of a function that is not lowered yet.
    pub fn unlowered(&self, id: FunctionId) -> Option<Outline> {
        self.later.as_ref().and_then(|later| later.outline(id))
    }

    /// Without lowering the function.
    pub fn role(&self, id: FunctionId) -> Role {
        self.unlowered(id).map_or_else(|| self.function(id).role, |outline| outline.role)
    }

    /// Without lowering the function: one that runs once is lowered at once.
    pub fn runs_once(&self, id: FunctionId) -> bool {
        self.unlowered(id).is_none() && self.function(id).once
    }

    /// Without lowering the function.
    pub fn span(&self, id: FunctionId) -> Span {
        self.unlowered(id).map_or_else(|| self.function(id).span, |outline| outline.span)
    }
}

pub type Block = Vec<Stmt>;

#[derive(Debug)]
pub enum Stmt {
    /// `target = value`. `def` and `class` are binds of [`ExprKind::Function`] and [`ExprKind::Class`]
    /// (with their decorators applied by the interpreter). An augmented assignment `a += b` binds
    /// `Concat([a, b])`.
    Bind {
        target: Target,
        value: Expr,
    },
    /// A declared name or field without a value, or beside one: `client: S3Client`, a dataclass field. The
    /// `default` is a field's default where the language has one.
    Declare {
        name: Symbol,
        annotation: Expr,
        default: Option<Expr>,
    },
    Expr(Expr),
    Return(Option<Expr>),
    /// An element of a generator's result.
    Yield(Expr),
    /// Exactly one of the arms runs. An `if` without `else` has an empty second arm. `match`, `switch`,
    /// exception handlers (the empty arm is "nothing was raised") and short-circuited statements are branches.
    Branch(Vec<Block>),
    /// Runs any number of times, also never. Bindings of the loop variable are the first statements of the
    /// body: `for x in xs` binds `x` to `Element(xs)`.
    Loop(Block),
    /// A `with` statement or its like: bind what entering gives, run the body.
    With {
        context: Expr,
        target: Option<Target>,
        body: Block,
    },
    Import(Import),
    /// What the module gives to those who import it, in languages that say so: `export { a as b }`,
    /// `export default x` (named `default`). A module without one gives everything bound at its top, and what
    /// it sets on `module.exports` where the language has that.
    Export {
        name: Symbol,
        value: Expr,
    },
    /// `export * from "./a"`; with a name, `export * as a from "./a"` is an [`Stmt::Export`] of the module.
    ExportAll(Import),
    /// Adds members, declared fields and bases to a class that was made before, perhaps in another module: `impl`
    /// blocks, extensions, reopened classes. The body runs as a class's own does.
    Extend {
        class: Expr,
        bases: Vec<Expr>,
        body: Block,
    },
    /// Control leaves the block: `raise`, `throw`, `break`, `continue`.
    Leave,
}

#[derive(Debug)]
pub enum Target {
    Name(Symbol),
    Member(Expr, Symbol),
    Index(Expr, Expr),
    /// `a, *b = …`: by position. A starred element takes the rest as a list.
    List(Vec<(Target, bool)>),
    /// `{ a, b: c = 1, ...rest } = …`: key, where it goes, default.
    Object {
        entries: Vec<(Symbol, Target, Option<Expr>)>,
        rest: Option<Box<Target>>,
    },
    /// Assigned to nothing that can be read again.
    Discard,
}

#[derive(Debug)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Debug)]
pub enum ExprKind {
    Text(SmolStr),
    /// A number, spelled in decimal where it is an integer.
    Number(SmolStr),
    Bool(bool),
    /// `None`, `null`, `undefined`, `nil`.
    Null,
    /// The operands joined: f-strings, template strings, `+`. Of lists, concatenation; of maps, a union.
    Concat(Vec<Expr>),
    Name(Symbol),
    Member(Box<Expr>, Symbol),
    Index(Box<Expr>, Box<Expr>),
    /// An element of an iterable.
    Element(Box<Expr>),
    Call {
        callee: Box<Expr>,
        args: Vec<Arg>,
    },
    /// `new X(…)` where the language sets it apart from a call.
    New {
        callee: Box<Expr>,
        args: Vec<Arg>,
    },
    /// List, tuple, array or set; the flag marks a spread element.
    List(Vec<(Expr, bool)>),
    Object(Vec<Entry>),
    Function(FunctionId),
    Class(ClassId),
    /// One of these: conditional expressions, `a && b`, the results of `switch` expressions.
    Choice(Vec<Expr>),
    /// One of these, each standing in where what is before it is not set: `a or b`, `a || b`, `a ?? b`.
    OrElse(Vec<Expr>),
    /// Runs the statements, then has the expression's value: comprehensions, assignment expressions.
    /// Names bound inside stay in the enclosing function's scope.
    Block(Block, Box<Expr>),
    /// Those of the values that can be instances of the class: what a pattern or a type test has matched.
    OfClass(Box<Expr>, Box<Expr>),
    /// A list of what the block yields (comprehensions and generator expressions yield into it).
    Collect(Block),
    /// The module that an import names: `__import__("x")`, `require("x")`, `import("x")`.
    Import(Box<Import>),
    /// An operator that a class can define under this name: its method of the first operand, given the others.
    /// Of any other value, unknown.
    Operation(Box<(Symbol, Vec<Expr>)>),
    /// Evaluated for its calls, value unknown: comparisons, arithmetic, unsupported syntax.
    Unknown(Vec<Expr>),
}

#[derive(Debug)]
pub struct Arg {
    pub name: Option<Symbol>,
    pub value: Expr,
    pub spread: Spread,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    No,
    /// `*args`, `...args`: the elements become positional arguments.
    Positional,
    /// `**kwargs`: the entries become named arguments.
    Named,
}

#[derive(Debug)]
pub enum Entry {
    Pair(Key, Expr),
    /// `**other`, `...other`.
    Spread(Expr),
}

#[derive(Debug)]
pub enum Key {
    Name(Symbol),
    Computed(Expr),
}

/// `import a.b as c`, `from .a import b as c`, `import { b as c } from "./a"`.
#[derive(Debug)]
pub struct Import {
    /// As written, without leading dots where the language counts them.
    pub module: SmolStr,
    /// Number of leading dots of a relative import (Python); 0 elsewhere.
    pub level: u32,
    pub names: ImportNames,
    pub span: Span,
}

#[derive(Debug)]
pub enum ImportNames {
    /// Binds the module under `alias`; without one, the first component of the dotted path (Python's
    /// `import a.b` binds `a`). In [`ExprKind::Import`] the value is the module itself.
    Module { alias: Option<Symbol> },
    /// Imported name, local name.
    Names(Vec<(Symbol, Symbol)>),
    /// Everything that is exported.
    All,
}

#[derive(Debug)]
pub struct Function {
    /// `name`, `Class.method`, `outer.inner`; without a name, the language's word for that: `<lambda>`,
    /// `<anonymous>`.
    pub name: SmolStr,
    pub params: Vec<Param>,
    pub body: Block,
    pub role: Role,
    /// Innermost last in application order: `@a @b def f` has `[a, b]` and is `a(b(f))`.
    pub decorators: Vec<Expr>,
    pub returns: Option<Expr>,
    /// The name under which the receiver is known where it is no parameter: `this`. Arrow functions have none:
    /// they see that of the function around them.
    pub receiver: Option<Symbol>,
    /// Names that bind in the module's scope (`global`).
    pub globals: Vec<Symbol>,
    /// Names that bind in an enclosing function's scope (`nonlocal`; in block-scoped languages, every
    /// assignment to a name that the function does not declare).
    pub nonlocals: Vec<Symbol>,
    /// Whether it yields: its result is then the list of what it yields.
    pub generator: bool,
    /// Code that a deployed function never runs though it stands in the module: `if __name__ == "__main__"`.
    pub never_runs: bool,
    /// Whether it runs once for the same arguments, as importing does. Asked again while it runs, it gives what it has
    /// returned by then; in the end, what it returned last.
    pub once: bool,
    pub span: Span,
}

impl Function {
    /// A plain function that takes nothing and does nothing yet.
    pub fn outline(name: impl Into<SmolStr>, span: Span) -> Self {
        Self {
            name: name.into(),
            params: Vec::new(),
            body: Block::new(),
            role: Role::Function,
            decorators: Vec::new(),
            returns: None,
            receiver: None,
            globals: Vec::new(),
            nonlocals: Vec::new(),
            generator: false,
            never_runs: false,
            once: false,
            span,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Function,
    /// The first parameter is the receiver (or `this` is implied, in languages that do).
    Method,
    Static,
    /// The first parameter is the class.
    ClassMethod,
    /// Called by reading the member.
    Getter,
}

#[derive(Debug)]
pub struct Param {
    pub target: Target,
    pub annotation: Option<Expr>,
    pub default: Option<Expr>,
    pub kind: ParamKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamKind {
    /// By position or by name.
    Normal,
    PositionalOnly,
    NamedOnly,
    /// `*args`, `...rest`.
    Rest,
    /// `**kwargs`.
    NamedRest,
}

#[derive(Debug)]
pub struct Class {
    pub name: SmolStr,
    pub bases: Vec<Expr>,
    pub decorators: Vec<Expr>,
    /// Runs when the class is made, in a scope whose names become the class's members.
    pub body: Block,
    pub span: Span,
}

/// Where the lines of a source file begin.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    starts: Vec<u32>,
    /// The offsets of all bytes that do not begin a character, so that columns count characters. A bundle can
    /// be one line of many megabytes.
    continuations: Vec<u32>,
    /// Lines that stand before the source in the file that it is part of.
    before: u32,
}

impl Lines {
    pub fn new(source: &str) -> Self {
        let mut lines = Self { starts: vec![0], ..Self::default() };
        for (at, byte) in source.bytes().enumerate() {
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            if byte == b'\n' {
                lines.starts.push(at.saturating_add(1));
            } else if byte & 0b1100_0000 == 0b1000_0000 {
                lines.continuations.push(at);
            }
        }
        lines
    }

    /// The source stands inside another file, after this many lines.
    pub fn shift(&mut self, before: u32) {
        self.before = before;
    }

    /// Line and column of a byte offset, both from 1, the column in characters.
    pub fn position(&self, offset: u32) -> (u32, u32) {
        let index = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let line = u32::try_from(index).unwrap_or(u32::MAX);
        let continuing = |until: u32| self.continuations.partition_point(|at| *at < until);
        let bytes = (offset - self.starts[index]) as usize;
        let column = bytes - (continuing(offset) - continuing(self.starts[index]));
        (line + 1 + self.before, u32::try_from(column).unwrap_or(u32::MAX) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bundle has millions of expressions.
    #[test]
    fn an_expression_is_small() {
        assert!(size_of::<Expr>() <= 48, "{}", size_of::<Expr>());
    }
}
