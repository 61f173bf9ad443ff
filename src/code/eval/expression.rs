//! Expressions: each gives the set of values it can have, and runs the calls inside it.

use std::rc::Rc;

use smol_str::SmolStr;

use super::{Args, Closure, External, Imported, Interpreter, Map, Object, Site, Value, Values};
use crate::code::ir::{
    Arg, Block, Entry, Expr, ExprKind, FunctionId, Import, ImportNames, Key, Span, Spread, Stmt,
};
use crate::model::{Part, Text};

/// Runs something that may nest deeply: with less than a quarter of a megabyte of stack left, on four more.
pub(super) fn with_stack<T>(run: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(256 << 10, 4 << 20, run)
}

impl Interpreter<'_> {
    pub(super) fn site(&self, span: Span) -> Site {
        Site { module: self.activation().module, span }
    }

    /// What an expression can be. Deep code, and long chains of imports, get the stack that they need.
    pub(super) fn eval(&mut self, expr: &Expr) -> Values {
        with_stack(|| self.eval_here(expr))
    }

    fn eval_here(&mut self, expr: &Expr) -> Values {
        self.steps += 1;
        if self.is_spent() {
            if self.steps == Self::STEPS + 1 {
                let site = self.site(expr.span);
                let message =
                    "the code is too large to be followed to its end; calls after this may be missing";
                self.note("evaluation-bound", site, message);
            }
            return Values::unknown();
        }
        match &expr.kind {
            ExprKind::Text(text) => Values::text(self.deployment.literal(text)),
            ExprKind::Number(number) => Value::Number(number.clone()).into(),
            ExprKind::Bool(value) => Value::Bool(*value).into(),
            ExprKind::Null => Value::Null.into(),
            ExprKind::Concat(operands) => self.concat(operands, self.site(expr.span)),
            ExprKind::Name(name) => self.name(name),
            ExprKind::Member(object, name) => {
                let objects = self.eval(object);
                let site = self.site(expr.span);
                self.reading = Some(site);
                self.member_at(&objects, name, site)
            }
            ExprKind::Index(object, key) => {
                let objects = self.eval(object);
                let keys = self.eval(key);
                self.reading = Some(self.site(expr.span));
                self.index(&objects, &keys)
            }
            ExprKind::Element(iterable) => {
                let values = self.eval(iterable);
                let site = self.site(expr.span);
                self.iterate(&values, site)
            }
            ExprKind::New { callee, args } => {
                let callees = self.eval(callee);
                let classes: Values = callees.iter().map(|callee| self.constructed(callee)).collect();
                let args = self.arguments(args);
                let site = self.site(expr.span);
                self.invoke(&classes, &args, site)
            }
            ExprKind::Call { callee, args } => {
                let callees = match &callee.kind {
                    ExprKind::Member(object, name) if self.runtime.methods_are_apart() => {
                        let objects = self.eval(object);
                        let site = self.site(callee.span);
                        self.reading = Some(site);
                        self.method_at(&objects, name, site)
                    }
                    _ => self.eval(callee),
                };
                let args = self.arguments(args);
                let site = self.site(expr.span);
                self.invoke(&callees, &args, site)
            }
            ExprKind::List(items) => self.list_literal(items, expr.span),
            ExprKind::Object(entries) => self.map_literal(entries, expr.span),
            ExprKind::Function(id) => self.function_value(*id),
            ExprKind::Class(id) => self.define_class(*id),
            ExprKind::Choice(options) => {
                let mut found = Values::none();
                for option in options {
                    let values = self.eval(option);
                    found.join(&values);
                }
                found
            }
            ExprKind::OrElse(options) => {
                let mut found = Values::none();
                for option in options {
                    let values = self.eval(option);
                    if values.iter().any(is_known) {
                        self.defaulted.borrow_mut().extend(found.iter().filter_map(unbound).cloned());
                    }
                    found = or_else(found, &values);
                }
                found
            }
            ExprKind::Block(block, value) => self.block_value(block, value),
            ExprKind::OfClass(value, class) => {
                let values = self.eval(value);
                let classes = self.eval(class);
                self.instances_among(&values, &classes)
            }
            ExprKind::Collect(block) => self.collect(block, expr.span),
            ExprKind::Import(import) => self.import_value(import),
            ExprKind::Operation(operation) => {
                let (name, operands) = (&operation.0, &operation.1);
                let mut values =
                    operands.iter().map(|operand| self.eval(operand)).collect::<Vec<_>>().into_iter();
                let first = values.next().unwrap_or_default();
                let site = self.site(expr.span);
                self.run_operator(&first, name, &Args::of(values), site).or_unknown()
            }
            ExprKind::Unknown(operands) => {
                for operand in operands {
                    self.eval(operand);
                }
                Values::unknown()
            }
        }
    }

    pub(super) fn name(&mut self, name: &str) -> Values {
        let mut scope = Some(self.activation().scope);
        while let Some(id) = scope {
            let found = &self.scopes[id.0 as usize];
            if let Some(values) = found.names.get(name) {
                return values.clone();
            }
            scope = found.parent;
        }
        // A function of another module has that module's scope at its root; what remains is the language's.
        self.runtime.global(name).into()
    }

    fn function_value(&mut self, id: FunctionId) -> Values {
        let activation = self.activation();
        let module_id = activation.module;
        // A class body's names are its members, not names that its methods see.
        let scope = match activation.class {
            Some(_) => self.scopes[activation.scope.0 as usize].parent.unwrap_or(activation.scope),
            None => activation.scope,
        };
        let owner = activation.class;
        let module = self.loader.module(module_id);
        let closure = Closure { module: module_id, function: id, scope, owner, receiver: None };
        let mut made = Values::from(Value::Function(Rc::new(closure)));
        if module.unlowered(id).is_some() {
            return made;
        }
        let function = module.function(id);
        if function.never_runs {
            return Values::none();
        }
        for decorator in function.decorators.iter().rev() {
            made = self.decorate(decorator, made);
        }
        made
    }

    /// The value after some statements. A comprehension over a list whose elements are known takes them one by
    /// one; its containers, made at one place, are one.
    fn block_value(&mut self, block: &Block, value: &Expr) -> Values {
        if matches!(value.kind, ExprKind::Object(_))
            && let Some(items) = self.known_items(block.first())
            && let Some(Stmt::Bind { target, .. }) = block.first()
        {
            let mut found = Values::none();
            for item in items {
                self.assign(target, item);
                self.block(&block[1..]);
                found.join(&self.eval(value));
            }
            return found;
        }
        self.block(block);
        self.eval(value)
    }

    fn collect(&mut self, block: &Block, span: Span) -> Values {
        let outer = std::mem::take(&mut self.activation_mut().yields);
        if let Some(items) = self.collect_in_order(block) {
            self.activation_mut().yields = outer;
            let site = self.site(span);
            return self.list(site, items, Values::none());
        }
        self.block(block);
        let yielded = std::mem::replace(&mut self.activation_mut().yields, outer);
        let site = self.site(span);
        self.list(site, Vec::new(), yielded)
    }

    /// What a loop over a list whose elements are known yields, where it yields once for each.
    fn collect_in_order(&mut self, block: &Block) -> Option<Vec<Values>> {
        let [Stmt::Loop(body)] = block.as_slice() else { return None };
        let (Stmt::Yield(element), steps) = body.split_last()? else { return None };
        let binds_elements =
            |step: &Stmt| matches!(step, Stmt::Bind { value: Expr { kind: ExprKind::Element(_), .. }, .. });
        let (Stmt::Bind { target, .. }, steps) = steps.split_first()? else { return None };
        if steps.iter().any(binds_elements) {
            return None;
        }
        let mut found = Vec::new();
        for item in self.known_items(body.first())? {
            self.assign(target, item);
            self.block(steps);
            found.push(self.eval(element));
        }
        Some(found)
    }

    fn list_literal(&mut self, items: &[(Expr, bool)], span: Span) -> Values {
        let mut positions = Vec::new();
        let mut rest = Values::none();
        let mut spread_seen = false;
        for (item, spread) in items {
            let values = self.eval(item);
            if *spread {
                match self.known_list(&values) {
                    Some(items) if !spread_seen => positions.extend(items),
                    _ => {
                        spread_seen = true;
                        let elements = self.element(&values);
                        rest.join(&elements);
                    }
                }
            } else if spread_seen {
                rest.join(&values);
            } else {
                positions.push(values);
            }
        }
        let site = self.site(span);
        self.list(site, positions, rest)
    }

    fn map_literal(&mut self, entries: &[Entry], span: Span) -> Values {
        let mut map = Map::default();
        for entry in entries {
            match entry {
                Entry::Pair(Key::Name(name), value) => {
                    let values = self.eval(value);
                    map.entries.insert(name.clone(), values);
                }
                Entry::Pair(Key::Computed(key), value) => {
                    let keys = self.eval(key);
                    let values = self.eval(value);
                    for key in &keys {
                        match key {
                            Value::Text(text) => match text.as_literal() {
                                Some(name) if keys.len() == 1 => {
                                    map.entries.insert(name.into(), values.clone());
                                }
                                Some(name) => {
                                    map.entries.entry(name.into()).or_default().join(&values);
                                }
                                None => {
                                    map.add(text.clone(), &values);
                                }
                            },
                            other => {
                                let text = super::text::text_of(other).unwrap_or_else(Text::unknown);
                                map.add(text, &values);
                            }
                        }
                    }
                }
                Entry::Spread(other) => {
                    let values = self.eval(other);
                    self.spread_into(&mut map, &values);
                }
            }
        }
        let site = self.site(span);
        self.map(site, map)
    }

    /// Adds the entries of a mapping to another, the newer over the older.
    pub fn spread_into(&self, map: &mut Map, values: &Values) {
        for value in values {
            match value {
                Value::Object(id) => match &self.objects[id.0 as usize] {
                    Object::Map(other) => {
                        for (key, found) in &other.entries {
                            if values.len() == 1 {
                                map.entries.insert(key.clone(), found.clone());
                            } else {
                                map.entries.entry(key.clone()).or_default().join(found);
                            }
                        }
                        for (key, found) in &other.other {
                            map.add(key.clone(), found);
                        }
                        map.open |= other.open;
                    }
                    Object::Instance { fields, .. } => {
                        for (key, found) in fields {
                            map.entries.entry(key.clone()).or_default().join(found);
                        }
                    }
                    Object::List { .. } => map.open = true,
                },
                Value::Module(module) => {
                    for (key, found) in self.exported(*module) {
                        map.entries.entry(key).or_default().join(&found);
                    }
                }
                Value::Null | Value::Bool(_) => {}
                _ => map.open = true,
            }
        }
    }

    pub(super) fn arguments(&mut self, args: &[Arg]) -> Args {
        let mut evaluated = Args::default();
        for arg in args {
            let values = self.eval(&arg.value);
            match (&arg.name, arg.spread) {
                (Some(name), _) => evaluated.set(name, values),
                (None, Spread::No) if evaluated.rest.is_empty() => evaluated.positional.push(values),
                (None, Spread::No) => {
                    evaluated.rest.join(&values);
                }
                (None, Spread::Positional) => self.spread_positional(&mut evaluated, &values),
                (None, Spread::Named) => {
                    let mut map = Map::default();
                    self.spread_into(&mut map, &values);
                    evaluated.open |= map.open || !map.other.is_empty();
                    for (name, values) in map.entries {
                        evaluated.set(&name, values);
                    }
                }
            }
        }
        evaluated
    }

    fn spread_positional(&mut self, args: &mut Args, values: &Values) {
        if let [Value::Object(id)] = values.iter().as_slice()
            && let Object::List { items, rest } = &self.objects[id.0 as usize]
            && args.rest.is_empty()
        {
            args.positional.extend(items.iter().cloned());
            args.rest.join(&rest.clone());
            return;
        }
        let elements = self.element(values).or_unknown();
        args.rest.join(&elements);
    }

    pub fn import_value(&mut self, import: &Import) -> Values {
        let from = self.activation().module;
        match self.loader.import(from, import) {
            Imported::Module { packages, module } => {
                self.run_modules(&packages, module);
                match &import.names {
                    ImportNames::Names(names) => names
                        .iter()
                        .flat_map(|(name, _)| {
                            let found = self.member(&Value::Module(module).into(), name);
                            found.iter().cloned().collect::<Vec<_>>()
                        })
                        .collect(),
                    _ => match self.set_exports(module) {
                        // What is imported is the very thing that the module set.
                        set if !set.is_empty() && !self.exports.contains_key(&module) => set,
                        _ => Value::Module(module).into(),
                    },
                }
            }
            Imported::External(path) => {
                self.note_missing(import, &path);
                Value::External(External { path, made_at: 0 }).into()
            }
        }
    }
}

/// Whether the value is an environment variable that nothing binds.
pub(super) fn is_unbound(value: &Value) -> bool {
    unbound(value).is_some()
}

/// The environment variable that nothing binds and that the value is.
fn unbound(value: &Value) -> Option<&SmolStr> {
    match value {
        Value::Text(text) => match text.as_part() {
            Some(Part::Env(name)) => Some(name),
            _ => None,
        },
        _ => None,
    }
}

fn is_known(value: &Value) -> bool {
    matches!(value, Value::Text(text) if !text.is_empty() && !text.is_unknown()) && !is_unbound(value)
}

/// What is given, or what stands in for it: an environment variable that nothing binds gives way to a known text.
pub(super) fn or_else(given: Values, other: &Values) -> Values {
    let is_empty = other.literal() == Some("");
    if !given.is_empty() && given.iter().all(|value| is_set(value) || is_empty && is_unbound(value)) {
        return given;
    }
    let mut found = if other.iter().any(is_known) {
        given.iter().filter(|value| !is_unbound(value)).cloned().collect()
    } else {
        given
    };
    if !other.is_empty() {
        found.remove(|value| matches!(value, Value::Null | Value::Absent));
    }
    found.join(other);
    found
}

/// Whether the value is surely neither empty nor nothing, so that nothing stands in for it.
fn is_set(value: &Value) -> bool {
    match value {
        Value::Text(text) => text
            .parts()
            .iter()
            .any(|part| matches!(part, Part::Literal(_) | Part::Resource { .. } | Part::Pseudo(_))),
        Value::Object(_) | Value::Function(_) | Value::Class(_) | Value::Sdk(_) => true,
        _ => false,
    }
}
