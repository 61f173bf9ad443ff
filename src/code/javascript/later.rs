//! The functions of a large file, lowered when they are entered. A bundle has megabytes of code of which a function
//! reaches little: what is not reached costs a record of some fifty bytes and nothing else, and the syntax tree of
//! the whole file lives only while the module's own statements are lowered.
//!
//! A function that is entered is parsed again from its own text, so wrapped that it parses alone, and lowered among
//! the names that were declared around it. What is called where it is written (the wrappers of bundlers) and what
//! stands in a constructor is lowered at once. A file with a syntax error is lowered whole: there a part may read
//! otherwise than in its place.

use std::cell::RefCell;
use std::fmt::{self, Debug, Formatter};
use std::rc::Rc;

use oxc_allocator::Allocator;
use oxc_ast::ast;
use smol_str::SmolStr;

use super::scopes::{Around, Renamed, Scopes};
use super::{Lowering, parse};
use crate::code::ir::{
    Block, Class, ClassId, Function, FunctionId, Later, Outline, Remarks, Role, Span, shift,
};
use crate::model::Note;

/// A larger function has those inside it lowered when they are entered; a smaller one is lowered whole, so that it is
/// parsed once more and not as often as functions nest.
const LARGE: usize = 16 << 10;

/// A function of the file.
pub(super) enum Slot {
    Lowered(Rc<Function>),
    Postponed(Box<Postponed>),
}

/// A function that is not lowered yet.
#[derive(Clone)]
pub(super) struct Postponed {
    name: SmolStr,
    role: Role,
    span: Span,
    form: Form,
    around: Around,
    depth: u32,
}

/// How the text of a function is made to parse alone.
#[derive(Clone, Copy)]
pub(super) enum Form {
    Arrow,
    Function,
    /// Its text begins with its parameters.
    Method {
        is_async: bool,
        generator: bool,
    },
}

/// What [`Later`] is for this language.
pub(super) struct Bodies {
    source: Box<str>,
    state: RefCell<State>,
}

struct State {
    remarks: Remarks,
    functions: Vec<Slot>,
    classes: Vec<Rc<Class>>,
    renamed: Renamed,
}

impl Slot {
    pub(super) fn into_function(self) -> Option<Function> {
        match self {
            Self::Lowered(function) => Rc::into_inner(function),
            Self::Postponed(_) => None,
        }
    }
}

pub(super) fn push(functions: &mut Vec<Slot>, slot: Slot) -> FunctionId {
    let id = u32::try_from(functions.len()).expect("fewer functions than bytes of source");
    functions.push(slot);
    FunctionId(id)
}

impl Lowering<'_> {
    /// Whether the function at `at` is lowered when it is entered.
    pub(super) fn is_for_later(&self, at: oxc_span::Span) -> bool {
        self.later && self.in_params == 0 && self.called != Some(at)
    }

    /// None for what cannot be parsed alone.
    pub(super) fn form(&self, node: &ast::Function<'_>) -> Option<Form> {
        let text = self.text(node.span);
        if text.starts_with("function") || text.starts_with("async") {
            return Some(Form::Function);
        }
        let method = Form::Method { is_async: node.r#async, generator: node.generator };
        text.starts_with(['(', '<']).then_some(method)
    }

    pub(super) fn postpone(&mut self, outline: &Function, form: Form) -> FunctionId {
        let at = oxc_span::Span::new(outline.span.start, outline.span.end);
        if matches!(form, Form::Arrow) && mentions(self.text(at), "super") {
            self.scopes.lend_super();
        }
        let postponed = Postponed {
            name: outline.name.clone(),
            role: outline.role,
            span: outline.span,
            form,
            around: self.scopes.around(),
            depth: self.depth,
        };
        push(&mut self.functions, Slot::Postponed(Box::new(postponed)))
    }

    /// Whether what stands at `at`, of which functions may be left for later, has a name in its text.
    pub(super) fn mentions_later(&self, at: oxc_span::Span, name: &str) -> bool {
        self.later && mentions(self.text(at), name)
    }

    /// Moves what was made since there were so many functions and classes to where it stands in the file.
    pub(super) fn shift_since(&mut self, functions: usize, classes: usize) {
        let by = self.base;
        self.functions[functions..].iter_mut().for_each(|slot| slot.shift(by));
        self.classes[classes..].iter_mut().filter_map(Rc::get_mut).for_each(|class| shift(class, by));
    }

    pub(super) fn text(&self, at: oxc_span::Span) -> &str {
        self.source.get(at.start as usize..at.end as usize).unwrap_or_default()
    }

    /// The function that the wrapped text is.
    fn alone(&mut self, postponed: &Postponed) -> Option<Function> {
        let allocator = Allocator::default();
        let parsed = parse::parse(&allocator, self.source, self.remarks.path());
        let [ast::Statement::ExpressionStatement(statement)] = parsed.program.body.as_slice() else {
            return None;
        };
        let role = postponed.role;
        let outline = Function { name: postponed.name.clone(), role, ..self.outline(None, Span::default()) };
        match &statement.expression {
            ast::Expression::ArrowFunctionExpression(node) => {
                let outline = Function { receiver: None, span: super::span(node.span), ..outline };
                Some(self.arrow_function(outline, node))
            }
            ast::Expression::FunctionExpression(node) => {
                Some(self.whole_function(Function { span: super::span(node.span), ..outline }, node))
            }
            ast::Expression::ObjectExpression(node) => {
                let [ast::ObjectPropertyKind::ObjectProperty(method)] = node.properties.as_slice() else {
                    return None;
                };
                let ast::Expression::FunctionExpression(node) = &method.value else { return None };
                Some(self.whole_function(Function { span: super::span(node.span), ..outline }, node))
            }
            _ => None,
        }
    }
}

impl Bodies {
    pub(super) fn new(
        source: &str,
        remarks: Remarks,
        functions: Vec<Slot>,
        classes: Vec<Rc<Class>>,
        scopes: Scopes,
    ) -> Self {
        let state = State { remarks, functions, classes, renamed: scopes.into_renamed() };
        Self { source: source.into(), state: RefCell::new(state) }
    }

    fn lower(&self, postponed: &Postponed, state: &mut State) -> Function {
        let Span { start, end } = postponed.span;
        let text = self.source.get(start as usize..end as usize).unwrap_or_default();
        let (before, after) = postponed.form.around();
        let wrapped = format!("{before}{text}{after}");
        let by = start.wrapping_sub(u32::try_from(before.len()).unwrap_or_default());
        let (functions, classes) = (state.functions.len(), state.classes.len());
        let mut lowering = Lowering {
            source: &wrapped,
            remarks: state.remarks.clone(),
            functions: std::mem::take(&mut state.functions),
            classes: std::mem::take(&mut state.classes),
            scopes: Scopes::inside(&postponed.around, std::mem::take(&mut state.renamed)),
            depth: postponed.depth,
            exports: Vec::new(),
            defaults: Block::new(),
            later: wrapped.len() > LARGE,
            in_params: 0,
            called: None,
            has_sdk: false,
            has_table: false,
            base: by,
        };
        let lowered = parse::with_stack_for(&wrapped, || lowering.alone(postponed));
        let mut function = lowered.unwrap_or_else(|| {
            let message = "the function could not be read apart from its file, and its calls are missing";
            lowering.note(start.wrapping_sub(by), "unreadable-source", message);
            let outline = lowering.outline(None, postponed.span);
            Function { name: postponed.name.clone(), role: postponed.role, ..outline }
        });
        lowering.shift_since(functions, classes);
        state.functions = lowering.functions;
        state.classes = lowering.classes;
        state.remarks = lowering.remarks;
        state.renamed = lowering.scopes.into_renamed();
        shift(&mut function, by);
        function.span = postponed.span;
        function
    }
}

impl Slot {
    fn shift(&mut self, by: u32) {
        match self {
            Self::Lowered(function) => {
                if let Some(function) = Rc::get_mut(function) {
                    shift(function, by);
                }
            }
            Self::Postponed(postponed) => shift(&mut postponed.span, by),
        }
    }
}

impl Form {
    fn around(self) -> (&'static str, &'static str) {
        match self {
            Self::Arrow | Self::Function => ("(", ")"),
            Self::Method { is_async: false, generator: false } => ("({m", "})"),
            Self::Method { is_async: true, generator: false } => ("({async m", "})"),
            Self::Method { is_async: false, generator: true } => ("({*m", "})"),
            Self::Method { is_async: true, generator: true } => ("({async*m", "})"),
        }
    }
}

impl Later for Bodies {
    fn function(&self, id: FunctionId) -> Rc<Function> {
        let mut state = self.state.borrow_mut();
        let index = id.0 as usize;
        let postponed = match &mut state.functions[index] {
            Slot::Lowered(function) => return Rc::clone(function),
            Slot::Postponed(postponed) => postponed.clone(),
        };
        let function = Rc::new(self.lower(&postponed, &mut state));
        state.functions[index] = Slot::Lowered(Rc::clone(&function));
        function
    }

    fn class(&self, id: ClassId) -> Rc<Class> {
        Rc::clone(&self.state.borrow().classes[id.0 as usize])
    }

    fn known(&self) -> usize {
        self.state.borrow().functions.len()
    }

    fn outline(&self, id: FunctionId) -> Option<Outline> {
        match &self.state.borrow().functions[id.0 as usize] {
            Slot::Lowered(_) => None,
            Slot::Postponed(postponed) => Some(Outline { role: postponed.role, span: postponed.span }),
        }
    }

    fn notes(&self) -> Vec<Note> {
        self.state.borrow().remarks.notes().to_vec()
    }
}

impl Debug for Bodies {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} functions", self.known())
    }
}

fn mentions(text: &str, name: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), name.as_bytes()).is_some()
}
