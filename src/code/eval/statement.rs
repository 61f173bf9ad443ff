//! Statements: order, branches, loops, imports, and the definition of classes.

use rustc_hash::FxHashMap;

use super::expression::with_stack;
use super::{
    Activation, Args, ClassRef, ClassValue, Imported, Interpreter, Map, ModuleId, Object, Scope, ScopeId,
    Site, Value, Values,
};
use crate::code::ir::{ClassId, Expr, ExprKind, Import, ImportNames, Span, Stmt, Symbol, Target};

type Names = FxHashMap<Symbol, Values>;

impl Interpreter<'_> {
    /// Runs a module's own statements, once.
    pub(super) fn run_module(&mut self, id: ModuleId) {
        if self.modules.contains_key(&id) {
            return;
        }
        let scope = self.open_scope(None);
        self.modules.insert(id, scope);
        let module = self.loader.module(id);
        self.enter_module_frame(id);
        self.bind_module_names(id);
        with_stack(|| self.block(&module.body));
        if self.is_spent() {
            self.cut.push(id);
        }
        self.stack.pop();
        self.bind_awaited(id);
    }

    /// Runs the statements of modules that the end of the steps cut short, so that what they declare is known.
    pub(super) fn run_cut_modules(&mut self, steps: u32) {
        while let Some(id) = self.cut.pop() {
            self.steps = Self::STEPS - steps;
            self.enter_module_frame(id);
            let module = self.loader.module(id);
            with_stack(|| self.block(&module.body));
            self.stack.pop();
            self.bind_awaited(id);
        }
    }

    /// Modules that import each other see each other's names when both have run.
    fn bind_awaited(&mut self, module: ModuleId) {
        let awaited = std::mem::take(&mut self.awaited);
        for (scope, local, from, name) in awaited {
            if from != module {
                self.awaited.push((scope, local, from, name));
                continue;
            }
            self.enter_module_frame(module);
            let values = self.member(&Value::Module(module).into(), &name);
            self.stack.pop();
            let bound = self.scopes[scope.0 as usize].names.entry(local).or_default();
            if bound.is_vague() {
                *bound = values;
                self.epoch += 1;
            }
        }
    }

    /// `module` and `exports`, where the language has them.
    fn bind_module_names(&mut self, id: ModuleId) {
        let [holder, exports] = self.runtime.module_names() else { return };
        let site = |start| Site { module: id, span: Span { start, end: 0 } };
        let set = self.map(site(u32::MAX), Map::default());
        let entries = [("exports".into(), set.clone())].into_iter().collect();
        let made = self.map(site(u32::MAX - 1), Map { entries, ..Map::default() });
        self.assign(&Target::Name((*holder).into()), made);
        self.assign(&Target::Name((*exports).into()), set);
    }

    /// Runs the packages that a module is in, outermost first, and then the module.
    pub(super) fn run_modules(&mut self, packages: &[ModuleId], module: ModuleId) {
        for package in packages {
            self.run_module(*package);
        }
        self.run_module(module);
    }

    /// Makes a module's own statements what runs.
    pub(super) fn enter_module_frame(&mut self, id: ModuleId) {
        let scope = self.modules[&id];
        let node = self.graph.node(smol_str::format_smolstr!("{}.<module>", self.loader.name(id)));
        self.stack.push(Activation::of_module(id, scope, node, u32::MAX - id.0));
    }

    pub(super) fn open_scope(&mut self, parent: Option<ScopeId>) -> ScopeId {
        let id = ScopeId(u32::try_from(self.scopes.len()).expect("fewer scopes than steps"));
        self.scopes.push(Scope { parent, names: Names::default(), declared: FxHashMap::default() });
        id
    }

    /// Runs statements in order. Says whether control always leaves the block before its end.
    pub(super) fn block(&mut self, block: &[Stmt]) -> bool {
        let mut leaves = false;
        for statement in block {
            if self.is_spent() {
                break;
            }
            // What follows a `return` still counts: it may stand behind a `try` that was lowered in line.
            leaves = self.statement(statement);
        }
        leaves
    }

    fn statement(&mut self, statement: &Stmt) -> bool {
        match statement {
            Stmt::Bind { target, value } => {
                let values = self.eval(value);
                self.assign(target, values);
            }
            Stmt::Declare { name, annotation, default } => self.declare(name, annotation, default.as_ref()),
            Stmt::Expr(expr) => {
                self.eval(expr);
            }
            Stmt::Return(value) => {
                let values = value.as_ref().map_or_else(|| Value::Null.into(), |expr| self.eval(expr));
                let running = self.activation_mut();
                if running.once.is_some() {
                    running.returns = values;
                } else {
                    running.returns.join(&values);
                }
                return true;
            }
            Stmt::Yield(value) => {
                let values = self.eval(value);
                self.activation_mut().yields.join(&values);
            }
            Stmt::Branch(arms) => return self.branch(arms),
            Stmt::Loop(body) => self.repeat(body),
            Stmt::With { context, target, body } => {
                let values = self.eval(context);
                let site = self.site(context.span);
                let entered = self.enter_context(&values, site);
                if let Some(target) = target {
                    self.assign(target, entered);
                }
                let leaves = self.block(body);
                self.run_operators(&values, self.runtime.operators().exit, site);
                return leaves;
            }
            Stmt::Import(import) => self.import(import),
            Stmt::Export { name, value } => {
                let values = self.eval(value);
                let module = self.activation().module;
                self.exports.entry(module).or_default().entry(name.clone()).or_default().join(&values);
            }
            Stmt::ExportAll(import) => self.export_all(import),
            Stmt::Extend { class, bases, body } => self.extend(class, bases, body),
            Stmt::Leave => {
                let names = self.names().clone();
                if let Some(exit) = self.activation_mut().exits.last_mut() {
                    join_names(exit, names);
                }
                return true;
            }
        }
        false
    }

    fn names(&mut self) -> &mut Names {
        let scope = self.activation().scope;
        &mut self.scopes[scope.0 as usize].names
    }

    /// Each arm starts from what was bound before; what the arms that do not leave bind is joined after.
    fn branch(&mut self, arms: &[Vec<Stmt>]) -> bool {
        let before = self.names().clone();
        let mut after: Option<Names> = None;
        self.activation_mut().branches += 1;
        for arm in arms {
            self.names().clone_from(&before);
            let leaves = self.block(arm);
            if leaves {
                continue;
            }
            let bound = std::mem::take(self.names());
            match &mut after {
                None => after = Some(bound),
                Some(joined) => join_names(joined, bound),
            }
        }
        self.activation_mut().branches -= 1;
        let all_leave = after.is_none() && !arms.is_empty();
        *self.names() = after.unwrap_or(before);
        all_leave
    }

    /// The body is run until it binds nothing new, at most three times, and may not have run at all. A loop
    /// over a list whose elements are known runs once for each, so that what belongs together stays together.
    fn repeat(&mut self, body: &[Stmt]) {
        self.activation_mut().branches += 1;
        if let Some(items) = self.known_items(body.first()) {
            let certain = u32::from(!items.is_empty());
            self.activation_mut().certain += certain;
            self.run_for_each(body, &items);
            self.activation_mut().certain -= certain;
        } else {
            for _ in 0..3 {
                let before = self.names().clone();
                let epoch = self.epoch;
                self.run_body(body);
                if *self.names() == before && self.epoch == epoch {
                    break;
                }
            }
        }
        self.activation_mut().branches -= 1;
    }

    fn run_for_each(&mut self, body: &[Stmt], items: &[Values]) {
        let Some(Stmt::Bind { target, .. }) = body.first() else { return };
        for item in items {
            self.assign(target, item.clone());
            self.run_body(&body[1..]);
        }
    }

    /// Runs a loop's body once; what was bound before may also still hold.
    fn run_body(&mut self, body: &[Stmt]) {
        let before = self.names().clone();
        self.activation_mut().exits.push(Names::default());
        self.block(body);
        let exits = self.activation_mut().exits.pop().unwrap_or_default();
        join_names(self.names(), exits);
        join_names(self.names(), before);
    }

    /// The elements that a loop variable takes in turn, where all of them are known.
    pub(super) fn known_items(&mut self, first: Option<&Stmt>) -> Option<Vec<Values>> {
        let Some(Stmt::Bind { value: Expr { kind: ExprKind::Element(iterable), .. }, .. }) = first else {
            return None;
        };
        let values = self.eval(iterable);
        match values.iter().as_slice() {
            [value] => match self.object(value) {
                Some(Object::List { items, rest }) if rest.is_empty() && items.len() <= Self::UNROLLED => {
                    Some(items.clone())
                }
                Some(Object::Map(_)) if self.runtime.members_are_entries() => {
                    let (pairs, rest) = self.pairs(value);
                    (rest.is_empty() && pairs.len() <= Self::UNROLLED).then_some(pairs)
                }
                Some(Object::Map(map))
                    if map.other.is_empty() && !map.open && map.entries.len() <= Self::UNROLLED =>
                {
                    let keys = map.entries.keys();
                    Some(keys.map(|key| Values::text(crate::model::Text::literal(key))).collect())
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn declare(&mut self, name: &Symbol, annotation: &Expr, default: Option<&Expr>) {
        let typed = self.typed(annotation);
        let value = default.map(|expr| self.eval(expr));
        if let Some(typed) = &typed {
            let scope = self.activation().scope;
            self.scopes[scope.0 as usize].declared.insert(name.clone(), typed.clone());
        }
        if let Some(class) = self.activation().class {
            self.classes[class.0 as usize].fields.push((name.clone(), value.clone(), typed.clone()));
        }
        let bound = match value {
            Some(values) if !values.is_vague() => values,
            other => typed
                .filter(|value| matches!(value, Value::Sdk(_)))
                .map(Values::from)
                .or(other)
                .unwrap_or_default(),
        };
        if !bound.is_empty() {
            self.assign(&Target::Name(name.clone()), bound);
        }
    }

    /// What a `with` statement binds: the context itself, or what its entering gives.
    pub fn enter_context(&mut self, values: &Values, site: Site) -> Values {
        let mut entered = Values::none();
        for value in values {
            let found = match self.object(value) {
                // A generator used as a context manager gives what it yields.
                Some(Object::List { .. }) => self.element(&value.clone().into()),
                Some(_) => self.run_operators(&value.clone().into(), self.runtime.operators().enter, site),
                None => Values::none(),
            };
            if found.is_vague() {
                entered.insert(value.clone());
            }
            entered.join(&found);
        }
        entered
    }

    pub(super) fn import(&mut self, import: &Import) {
        let from = self.activation().module;
        match self.loader.import(from, import) {
            Imported::Module { packages, module } => {
                self.run_modules(&packages, module);
                self.bind_import(import, &packages, module);
            }
            Imported::External(path) => {
                self.note_missing(import, &path);
                self.bind_external(import, &path);
            }
        }
    }

    /// A module that is named by its place and is not there, or a library that the project does not declare.
    pub(super) fn note_missing(&mut self, import: &Import, path: &str) {
        let site = self.site(import.span);
        if path.starts_with('.') {
            let message = format!("the module `{path}` is not there; what it calls is not granted");
            self.note("missing-module", site, message);
        } else if self.loader.is_undeclared(site.module, path) {
            let message =
                format!("no manifest of the project declares `{path}`; what it calls is not granted");
            self.note("unknown-package", site, message);
        }
    }

    fn export_all(&mut self, import: &Import) {
        let Imported::Module { module: from, .. } = self.loader.import(self.activation().module, import)
        else {
            return;
        };
        self.run_module(from);
        let into = self.activation().module;
        for (name, values) in self.exported(from) {
            if name != "default" {
                self.exports.entry(into).or_default().entry(name).or_default().join(&values);
            }
        }
    }

    /// What a module gives to those who import all of it.
    pub(super) fn exported(&self, module: ModuleId) -> Vec<(Symbol, Values)> {
        if !self.exports.contains_key(&module) {
            let set = self.set_exports(module);
            if !set.is_empty() {
                let mut map = Map::default();
                self.spread_into(&mut map, &set);
                return map.entries.into_iter().collect();
            }
        }
        let mut names: Vec<(Symbol, Values)> = if let Some(exports) = self.exports.get(&module) {
            exports.iter().map(|(name, values)| (name.clone(), values.clone())).collect()
        } else {
            let scope = self.modules.get(&module);
            let names = scope.map(|scope| &self.scopes[scope.0 as usize].names);
            let names = names.into_iter().flatten().filter(|(name, _)| !name.starts_with('_'));
            names.map(|(name, values)| (name.clone(), values.clone())).collect()
        };
        names.sort_by(|(a, _), (b, _)| a.cmp(b));
        names
    }

    fn bind_import(&mut self, import: &Import, packages: &[ModuleId], module: ModuleId) {
        match &import.names {
            ImportNames::Module { alias: Some(alias) } => {
                self.assign(&Target::Name(alias.clone()), Value::Module(module).into());
            }
            ImportNames::Module { alias: None } => {
                let first = import.module.split(['.', '/']).next().unwrap_or_default();
                let top = packages.first().copied().unwrap_or(module);
                self.assign(&Target::Name(first.into()), Value::Module(top).into());
            }
            ImportNames::Names(names) => {
                for (name, local) in names {
                    let values = self.member(&Value::Module(module).into(), name);
                    let is_running =
                        self.stack.iter().any(|frame| frame.function.is_none() && frame.module == module);
                    if values.is_vague() && is_running {
                        let scope = self.activation().scope;
                        self.awaited.push((scope, local.clone(), module, name.clone()));
                    }
                    self.assign(&Target::Name(local.clone()), values);
                }
            }
            ImportNames::All => {
                for (name, values) in self.exported(module) {
                    self.assign(&Target::Name(name), values);
                }
            }
        }
    }

    fn bind_external(&mut self, import: &Import, path: &str) {
        let external = |path: &str| Value::External(super::External { path: path.into(), made_at: 0 });
        match &import.names {
            ImportNames::Module { alias: Some(alias) } => {
                self.assign(&Target::Name(alias.clone()), external(path).into());
            }
            ImportNames::Module { alias: None } => {
                let first = path.split('.').next().unwrap_or(path);
                self.assign(&Target::Name(first.into()), external(first).into());
            }
            ImportNames::Names(names) => {
                for (name, local) in names {
                    let values = self.member(&external(path).into(), name);
                    self.assign(&Target::Name(local.clone()), values);
                }
            }
            ImportNames::All => {}
        }
    }

    /// Runs a body whose names become members of a class that is there already.
    fn extend(&mut self, class: &Expr, bases: &[Expr], body: &[Stmt]) {
        let mut found = Values::none();
        for base in bases {
            found.join(&self.eval(base));
        }
        for value in &self.eval(class) {
            let Value::Class(extended) = value else {
                self.extend_other(&found, body);
                continue;
            };
            // What a class says that it implements is nothing at run time, unless it is of the project.
            let is_said = body.is_empty() && !self.runtime.methods_are_apart();
            for base in found.iter().filter(|base| !is_said || matches!(base, Value::Class(_))) {
                self.inherit(*extended, base);
            }
            for (name, values) in self.class_body(*extended, body) {
                self.assign_member(&value.clone().into(), &name, &values);
            }
        }
        self.epoch += 1;
    }

    /// Methods for a type that is not read: found by name alone.
    fn extend_other(&mut self, bases: &Values, body: &[Stmt]) {
        for base in bases {
            if let Value::Class(base) = base
                && !self.extending.contains(base)
            {
                self.extending.push(*base);
            }
        }
        let outer = self.activation().scope;
        let scope = self.open_scope(Some(outer));
        self.activation_mut().scope = scope;
        self.block(body);
        self.activation_mut().scope = outer;
        for (name, values) in std::mem::take(&mut self.scopes[scope.0 as usize].names) {
            self.extensions.entry(name).or_default().join(&values);
        }
    }

    fn inherit(&mut self, class: ClassRef, base: &Value) {
        let bases = &mut self.classes[class.0 as usize].bases;
        if *base == Value::Class(class) || bases.contains(base) {
            return;
        }
        bases.push(base.clone());
        if let Value::Class(base) = base {
            self.classes[base.0 as usize].implementors.push(class);
        }
    }

    /// What the statements of a class's body bind, by name.
    fn class_body(&mut self, class: ClassRef, body: &[Stmt]) -> Vec<(Symbol, Values)> {
        let outer = self.activation().scope;
        let scope = self.open_scope(Some(outer));
        let enclosing = self.activation_mut().class.replace(class);
        self.activation_mut().scope = scope;
        self.block(body);
        self.activation_mut().scope = outer;
        self.activation_mut().class = enclosing;
        let names = std::mem::take(&mut self.scopes[scope.0 as usize].names);
        let mut members: Vec<_> = names.into_iter().collect();
        members.sort_by(|(a, _), (b, _)| a.cmp(b));
        members
    }

    /// Runs a class body and makes the class.
    pub(super) fn define_class(&mut self, id: ClassId) -> Values {
        let module_id = self.activation().module;
        let module = self.loader.module(module_id);
        let class = module.class(id);
        let mut bases = Vec::new();
        for base in &class.bases {
            bases.extend(self.eval(base).iter().cloned());
        }
        let reference = ClassRef(u32::try_from(self.classes.len()).expect("fewer classes than steps"));
        self.classes.push(ClassValue {
            bases,
            members: indexmap::IndexMap::new(),
            fields: Vec::new(),
            implementors: Vec::new(),
        });
        let members = self.class_body(reference, &class.body);
        self.name_owner(&members, reference);
        self.classes[reference.0 as usize].members = members.into_iter().collect();
        self.marked.clear();
        self.tell_bases(reference, class.span);
        let mut made = Values::from(Value::Class(reference));
        for decorator in class.decorators.iter().rev() {
            made = self.decorate(decorator, made);
        }
        made
    }
}

impl Interpreter<'_> {
    /// Runs what the bases of a class do when it is made.
    fn tell_bases(&mut self, class: ClassRef, span: Span) {
        let site = self.site(span);
        let name = self.runtime.operators().subclassed;
        let bases: Vec<ClassRef> = self.lineage(class).into_iter().skip(1).collect();
        let hook = bases.iter().find_map(|base| {
            let members = &self.classes[base.0 as usize].members;
            members.get(name).and_then(|found| found.iter().next().cloned())
        });
        if let Some(Value::Function(hook)) = hook {
            let bound = super::Closure { receiver: Some(Value::Class(class)), ..super::member::copy(&hook) };
            let args = Args { rest: Values::unknown(), open: true, ..Args::default() };
            self.invoke(&Value::Function(std::rc::Rc::new(bound)).into(), &args, site);
        }
    }

    /// Tells instances that a class body makes, of classes that inherit from a library's, whose members they are:
    /// an index of a table knows its table so.
    fn name_owner(&mut self, members: &[(Symbol, Values)], owner: ClassRef) {
        for value in members.iter().flat_map(|(_, values)| values) {
            if let Some(Object::Instance { class, .. }) = self.object(value)
                && !self.external_bases(*class).is_empty()
            {
                self.assign_member(&value.clone().into(), &"__owner__".into(), &Value::Class(owner).into());
            }
        }
    }
}

fn join_names(into: &mut Names, from: Names) {
    for (name, values) in from {
        match into.entry(name) {
            std::collections::hash_map::Entry::Occupied(mut entry) => {
                entry.get_mut().join(&values);
            }
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(values);
            }
        }
    }
}
