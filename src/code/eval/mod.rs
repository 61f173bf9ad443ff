//! The interpreter: evaluates lowered modules from a handler and yields the SDK calls that it can reach, each
//! with what is known of its request and the chain of calls that leads to it.
//!
//! It is abstract (values are sets), interprocedural (a function is evaluated anew for every distinct set of
//! arguments) and keeps both arms of every branch. What ends it, whatever the code does: value sets and texts
//! have a width, a function is entered at most [`Interpreter::RECURSION`] times on one stack, stacks have a
//! depth, and one entry point has a number of steps. Reaching the last two is a note.
//!
//! It knows no language and no SDK: a [`Runtime`] says what a language's own names and methods do, and hands
//! what belongs to an SDK to that SDK's tables.

mod access;
mod assign;
mod call;
mod callback;
mod element;
mod expression;
mod field;
mod given;
mod graph;
mod json;
mod member;
mod named;
mod operators;
mod prototype;
mod runtime;
mod statement;
mod text;
mod typed;
mod unreached;
mod value;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use indexmap::{IndexMap, IndexSet};
use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

pub use graph::CallGraph;
pub use operators::Operators;
pub use runtime::Runtime;
pub use text::{is_solid, pieces, text_of};
pub use value::{Args, ClassRef, Closure, External, Map, ModuleId, Object, ObjectId, ScopeId, Value, Values};

use crate::code::ir::{FunctionId, Import, Module, Span, Symbol};
use crate::code::sdk::Client;
use crate::model::{Call, Field, Frame, Note, Place, Text};

/// What the deployment says about the process that the code runs in.
pub trait Deployment {
    /// The values that an environment variable can have; empty where nothing binds it.
    fn environment(&self, name: &str) -> Vec<Text>;
    /// What a path of the event is known to be by the function's triggers; empty where nothing is known.
    fn event(&self, path: &str) -> Vec<Text>;
    /// The ARN of a resource of the template as its parts, where it is known how it is spelled.
    fn spelled(&self, _arn: &Text) -> Option<Text> {
        None
    }
    /// A literal of the code: a template may have put other values into it.
    fn literal(&self, text: &str) -> Text {
        Text::literal(text)
    }
}

/// Finds and lowers the modules that code imports.
pub trait Loader {
    fn module(&self, id: ModuleId) -> Rc<Module>;
    fn import(&self, from: ModuleId, import: &Import) -> Imported;
    /// Whether a library is imported that the project's manifests do not know.
    fn is_undeclared(&self, from: ModuleId, library: &str) -> bool;
    /// The submodule `name` of a package's own module.
    fn submodule(&self, package: ModuleId, name: &str) -> Option<ModuleId>;
    /// The names of the modules that stand in a package.
    fn modules_in(&self, _package: ModuleId) -> Vec<String> {
        Vec::new()
    }
    /// The name that chains and handlers use: `orders.store` of `orders/store.py`.
    fn name(&self, id: ModuleId) -> SmolStr;
}

/// What an import names.
pub enum Imported {
    /// A module of the project, with the modules of its enclosing packages, outermost first.
    Module { packages: Vec<ModuleId>, module: ModuleId },
    /// A library that is not read; the path that its members are known by.
    External(SmolStr),
}

/// The place of the expression that is being evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Site {
    pub module: ModuleId,
    pub span: Span,
}

impl Site {
    /// A place of its own for each container inside the container that is made here.
    #[must_use]
    pub fn nth(self, index: usize) -> Self {
        let index = u32::try_from(index).unwrap_or_default();
        Self { span: Span { start: self.span.start, end: self.span.end + index + 1 }, ..self }
    }
}

/// What evaluation found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Reachable calls first, in the order they were found; then those that nothing reaches.
    pub calls: Vec<Call>,
    pub notes: Vec<Note>,
    pub graph: CallGraph,
    /// Every module that was run.
    pub modules: Vec<ModuleId>,
    /// Variables that nothing binds and that the code gives a default, which was taken.
    pub defaulted: BTreeSet<SmolStr>,
}

/// A scope's names, and the scope they shadow.
struct Scope {
    parent: Option<ScopeId>,
    names: FxHashMap<Symbol, Values>,
    /// What the declared types of names say, for when their values do not.
    declared: FxHashMap<Symbol, Value>,
}

/// A class, made.
struct ClassValue {
    bases: Vec<Value>,
    members: IndexMap<Symbol, Values>,
    /// Declared fields in order, with their defaults and the value that their type names.
    fields: Vec<(Symbol, Option<Values>, Option<Value>)>,
    /// The classes that were made to inherit from it after they were made: what a value of this type can be.
    implementors: Vec<ClassRef>,
}

/// One activation.
struct Activation {
    /// None for a module's own statements.
    function: Option<(ModuleId, FunctionId)>,
    module: ModuleId,
    scope: ScopeId,
    receiver: Option<Value>,
    owner: Option<ClassRef>,
    called_at: Option<Site>,
    node: graph::NodeId,
    /// Tells activations with different stacks apart, for the identity of objects.
    context: u32,
    returns: Values,
    yields: Values,
    /// How many branches and loops enclose the statement that runs: assignments inside are not final.
    branches: u32,
    /// How many of those are loops that take the elements of a list one by one, and so surely run.
    certain: u32,
    /// What was bound where the innermost loops were left.
    exits: Vec<FxHashMap<Symbol, Values>>,
    /// The class whose body runs.
    class: Option<ClassRef>,
    /// The arguments of a function that runs once for the same.
    once: Option<Args>,
}

/// What calling a function with some arguments gave.
#[derive(Default)]
struct Remembered {
    /// When it was last evaluated.
    epoch: u64,
    /// How often it was evaluated.
    times: u32,
    result: Values,
}

impl Activation {
    /// The statements of a module, in no function.
    fn of_module(module: ModuleId, scope: ScopeId, node: graph::NodeId, context: u32) -> Self {
        Self {
            function: None,
            module,
            scope,
            receiver: None,
            owner: None,
            called_at: None,
            node,
            context,
            returns: Values::none(),
            yields: Values::none(),
            branches: 0,
            certain: 0,
            exits: Vec::new(),
            class: None,
            once: None,
        }
    }
}

type CallKey = (ModuleId, FunctionId, ScopeId, Option<Value>, Args);

pub struct Interpreter<'a> {
    loader: &'a dyn Loader,
    runtime: &'a dyn Runtime,
    deployment: &'a dyn Deployment,
    scopes: Vec<Scope>,
    objects: Vec<Object>,
    /// Where, under which stack: which object, and in how many branches it was made.
    made: FxHashMap<(Site, u32, value::Kind), ObjectId>,
    fresh: FxHashMap<ObjectId, (u32, u32)>,
    classes: Vec<ClassValue>,
    modules: IndexMap<ModuleId, ScopeId>,
    /// What modules say they export.
    exports: FxHashMap<ModuleId, IndexMap<Symbol, Values>>,
    stack: Vec<Activation>,
    contexts: FxHashMap<(u32, Site, ModuleId, FunctionId), u32>,
    memo: FxHashMap<CallKey, Remembered>,
    /// Grows with every change that an earlier evaluation could have seen differently.
    epoch: u64,
    entered: FxHashSet<(ModuleId, FunctionId)>,
    /// Methods that code gives to what is no class of its own, and the classes that it has them from.
    extensions: FxHashMap<Symbol, Values>,
    extending: Vec<ClassRef>,
    /// Attributes of functions.
    attributes: FxHashMap<(ModuleId, FunctionId), IndexMap<Symbol, Values>>,
    /// What was set on members of a library, by their path.
    settings: FxHashMap<SmolStr, Values>,
    /// Functions given to a thing of a library, by where that thing was made.
    registered: IndexMap<u32, Vec<Value>>,
    /// The functions that a thing of a library was made of, by where it was made.
    wrapped: FxHashMap<u32, Vec<Value>>,
    /// Things of a library that were given to another.
    linked: FxHashMap<u32, Vec<u32>>,
    running: FxHashSet<u32>,
    /// Instances that stand for any of their class.
    imagined: FxHashSet<ObjectId>,
    /// The instances of each class, in the order in which they were made.
    instances: FxHashMap<ClassRef, Vec<ObjectId>>,
    /// The classes with a member of a name, of so many classes.
    marked: FxHashMap<SmolStr, (usize, Rc<[ClassRef]>)>,
    /// How many activations run modules that others ask for.
    loading: usize,
    /// Whether the handler's module is being run, before the handler is entered.
    initialising: bool,
    /// Classes that a library's decorator stands on.
    decorated: FxHashSet<ClassRef>,
    /// Functions that were given to a library meanwhile, and where.
    deferred: Vec<(u32, Value, Site)>,
    /// Names that were imported from modules that still run: where they are bound, and what they are.
    awaited: Vec<(ScopeId, Symbol, ModuleId, Symbol)>,
    /// The classes of functions that are used as constructors.
    constructors: FxHashMap<(ModuleId, FunctionId, ScopeId), ClassRef>,
    graph: CallGraph,
    calls: IndexSet<CallSite>,
    notes: IndexSet<NoteKey>,
    defaulted: RefCell<BTreeSet<SmolStr>>,
    steps: u32,
    /// Modules whose statements did not all run before the steps were spent.
    cut: Vec<ModuleId>,
    /// The member expression that is being read: where an attribute whose reading makes a call stands.
    reading: Option<Site>,
    /// False while functions that nothing reaches are looked at.
    reachable: bool,
}

type NoteKey = (Place, &'static str, String, Option<String>);

/// A [`Call`] without its chain, which does not tell calls apart.
#[derive(PartialEq, Eq, Hash)]
struct CallSite {
    client: Client,
    operation: SmolStr,
    place: Place,
    input: Field,
    chain: ChainKey,
    reachable: bool,
}

/// Equal to every other, so that a set keeps the first.
struct ChainKey(Vec<Frame>);

impl PartialEq for ChainKey {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for ChainKey {}

impl std::hash::Hash for ChainKey {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

impl<'a> Interpreter<'a> {
    /// How often one function may be on the stack.
    pub const RECURSION: usize = 2;
    /// How often a function is evaluated anew for the same arguments because something else has changed.
    pub const REPEATS: u32 = 3;
    /// How deep a stack may be.
    pub const DEPTH: usize = 48;
    /// How many expressions one entry point may evaluate.
    pub const STEPS: u32 = 2_000_000;
    /// How long a list may be whose elements a loop takes one by one.
    pub const UNROLLED: usize = 16;
    /// How many names of a running function a getter may keep.
    const KEPT: usize = 64;
    /// How many alternatives a text may have before only its common form is kept.
    pub const TEXTS: usize = 16;

    pub fn new(loader: &'a dyn Loader, runtime: &'a dyn Runtime, deployment: &'a dyn Deployment) -> Self {
        Self {
            loader,
            runtime,
            deployment,
            scopes: Vec::new(),
            objects: Vec::new(),
            made: FxHashMap::default(),
            fresh: FxHashMap::default(),
            classes: Vec::new(),
            modules: IndexMap::new(),
            exports: FxHashMap::default(),
            stack: Vec::new(),
            contexts: FxHashMap::default(),
            memo: FxHashMap::default(),
            epoch: 0,
            entered: FxHashSet::default(),
            extensions: FxHashMap::default(),
            extending: Vec::new(),
            attributes: FxHashMap::default(),
            settings: FxHashMap::default(),
            registered: IndexMap::new(),
            wrapped: FxHashMap::default(),
            linked: FxHashMap::default(),
            running: FxHashSet::default(),
            imagined: FxHashSet::default(),
            instances: FxHashMap::default(),
            marked: FxHashMap::default(),
            loading: 0,
            initialising: false,
            decorated: FxHashSet::default(),
            deferred: Vec::new(),
            awaited: Vec::new(),
            constructors: FxHashMap::default(),
            graph: CallGraph::default(),
            calls: IndexSet::new(),
            notes: IndexSet::new(),
            defaulted: RefCell::default(),
            steps: 0,
            cut: Vec::new(),
            reading: None,
            reachable: true,
        }
    }

    /// Runs the module and then the member that the handler names, as the service does for an invocation.
    /// Says false, and runs only the module, where there is no such member.
    pub fn enter(&mut self, module: ModuleId, handler: &str) -> bool {
        self.initialising = true;
        self.run_module(module);
        self.initialising = false;
        self.enter_module_frame(module);
        let entered = self.enter_member(module, handler);
        self.run_deferred();
        self.stack.pop();
        entered
    }

    /// Whether the code is too large to be followed to its end.
    pub fn is_spent(&self) -> bool {
        self.steps > Self::STEPS
    }

    fn enter_member(&mut self, module: ModuleId, handler: &str) -> bool {
        let mut found = Values::from(Value::Module(module));
        for name in handler.split('.') {
            found = self.member(&found, name);
        }
        if found.iter().all(|value| matches!(value, Value::Unknown)) {
            return false;
        }
        let args = Args::of([
            Value::Event(SmolStr::default()).into(),
            Value::External(External { path: "lambda.context".into(), made_at: 0 }).into(),
        ]);
        let site = Site { module, span: Span::default() };
        self.invoke(&found, &args, site);
        true
    }

    /// Runs the module and every function that it defines at its top, with nothing known of the arguments.
    pub fn enter_all(&mut self, module: ModuleId) {
        self.run_module(module);
        self.enter_module_frame(module);
        let scope = self.modules[&module];
        let mut functions: Vec<(Symbol, Value)> = Vec::new();
        let exported = self.exported(module);
        let bound = self.scopes[scope.0 as usize].names.iter();
        for (name, values) in bound.chain(exported.iter().map(|(name, values)| (name, values))) {
            for value in values {
                if let Value::Function(closure) = value
                    && closure.module == module
                {
                    functions.push((name.clone(), value.clone()));
                }
            }
        }
        functions.sort_by(|(a, _), (b, _)| a.cmp(b));
        functions.dedup();
        for (_, function) in functions {
            let args = Args { rest: Values::unknown(), ..Args::default() };
            self.invoke(&function.into(), &args, Site { module, span: Span::default() });
        }
        self.stack.pop();
    }

    /// Runs the module's own statements as code that nothing reaches.
    pub fn load_only(&mut self, module: ModuleId) {
        self.reachable = false;
        self.run_module(module);
    }

    /// Looks at everything in the modules that ran and that nothing entered, then says what was found.
    pub fn finish(mut self) -> Outcome {
        self.visit_unreached();
        let modules: Vec<ModuleId> = self.modules.keys().copied().collect();
        let reached: FxHashSet<(Place, SmolStr, SmolStr)> = self
            .calls
            .iter()
            .filter(|call| call.reachable)
            .map(|call| (call.place.clone(), call.client.service.clone(), call.operation.clone()))
            .collect();
        let mut calls: Vec<Call> = Vec::new();
        for site in std::mem::take(&mut self.calls) {
            let key = (site.place.clone(), site.client.service.clone(), site.operation.clone());
            if site.reachable || !reached.contains(&key) {
                calls.push(Call {
                    service: site.client.service,
                    operation: site.operation,
                    place: site.place,
                    input: site.input,
                    region: site.client.origin.region,
                    endpoint: site.client.endpoint,
                    chain: site.chain.0,
                    reachable: site.reachable,
                    certain: site.client.certain,
                });
            }
        }
        calls.sort_by_key(|call| !call.reachable);
        let mut notes: Vec<Note> = Vec::new();
        for module in &modules {
            let module = self.loader.module(*module);
            notes.extend(module.notes.iter().cloned());
            notes.extend(module.later.iter().flat_map(|later| later.notes()));
        }
        for (place, rule, message, help) in std::mem::take(&mut self.notes) {
            let mut note = Note::new(rule, message).at(place.file, place.line, place.column);
            note.help = help;
            notes.push(note);
        }
        let defaulted = self.defaulted.take();
        Outcome { calls, notes, graph: self.graph, modules, defaulted }
    }

    // What runtimes and SDK tables use.

    pub fn deployment(&self) -> &'a dyn Deployment {
        self.deployment
    }

    pub fn libraries(&self) -> &'static crate::code::sdk::library::Libraries {
        self.runtime.libraries()
    }

    /// The value of an environment variable: what binds it, else the variable itself, which `default` stands
    /// in for where code gives one. An empty default names nothing: it stands for "not set".
    pub fn environment(&self, name: &str, default: Option<&Values>) -> Values {
        let bound = self.deployment.environment(name);
        match default {
            _ if !bound.is_empty() => bound.into_iter().map(Value::Text).collect(),
            Some(default) if !default.is_vague() && default.literal() != Some("") => {
                self.defaulted.borrow_mut().insert(name.into());
                default.clone()
            }
            _ => Values::text(crate::model::Part::Env(name.into()).into()),
        }
    }

    /// Where the member that is being read stands.
    pub fn reading(&self) -> Site {
        let module = self.activation().module;
        self.reading.unwrap_or(Site { module, span: Span::default() })
    }

    pub fn place(&self, site: Site) -> Place {
        let module = self.loader.module(site.module);
        let (line, column) = module.lines.position(site.span.start);
        Place { file: module.path.clone(), line, column }
    }

    pub fn note(&mut self, rule: &'static str, site: Site, message: impl Into<String>) {
        self.note_with_help(rule, site, message, None);
    }

    pub fn note_with_help(
        &mut self,
        rule: &'static str,
        site: Site,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        // Code that nothing reaches is listed; what cannot be told about it changes no policy.
        if self.reachable {
            let place = self.place(site);
            self.notes.insert((place, rule, message.into(), help));
        }
    }

    /// An SDK call is made here.
    pub fn record(&mut self, client: &Client, operation: &str, input: Field, site: Site) {
        if client.origin.foreign {
            let message = format!(
                "`{}:{operation}` is called with other credentials than the function's role; it is not granted",
                client.service
            );
            self.note("other-credentials", site, message);
            return;
        }
        let place = self.place(site);
        let chain = if self.reachable { self.chain() } else { Vec::new() };
        self.calls.insert(CallSite {
            client: client.clone(),
            operation: operation.into(),
            place,
            input,
            chain: ChainKey(chain),
            reachable: self.reachable,
        });
    }

    fn chain(&self) -> Vec<Frame> {
        // The service enters the handler, not the module's statements that define it.
        let entered =
            self.stack.get(1).is_some_and(|second| second.function.is_some() && second.called_at.is_none());
        self.stack
            .iter()
            .skip(usize::from(entered))
            .map(|activation| Frame {
                function: self.graph.name(activation.node),
                called_at: activation.called_at.map(|site| self.place(site)),
            })
            .collect()
    }

    fn activation(&self) -> &Activation {
        self.stack.last().expect("something runs whenever an expression is evaluated")
    }

    fn activation_mut(&mut self) -> &mut Activation {
        self.stack.last_mut().expect("something runs whenever an expression is evaluated")
    }
}
