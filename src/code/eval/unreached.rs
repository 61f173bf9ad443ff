//! Code that nothing reaches: it is looked at so that its calls can be listed, and grants nothing.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::{Args, ClassRef, Closure, Interpreter, ModuleId, Site, Value, Values};
use crate::code::ir::{FunctionId, Role};

impl Interpreter<'_> {
    /// The steps of a function that nothing reaches, and of what it calls, while many are left; and then.
    const LISTING: [u32; 2] = [4_000, 500];

    pub(super) fn visit_unreached(&mut self) {
        self.reachable = false;
        // A listing is worth less than an answer: it gets a part of the steps, and no function of it gets all.
        // One that is lowered for the listing alone costs more than its steps.
        let budgets = [Self::STEPS / 2, Self::STEPS / 8];
        let mut left = budgets;
        self.memo.clear();
        self.run_cut_modules(Self::LISTING[0]);
        let owners = self.owners();
        let modules: Vec<ModuleId> = self.modules.keys().copied().collect();
        for id in modules {
            let module = self.loader.module(id);
            let Some(scope) = self.scope_of_module(id) else { continue };
            let kind = usize::from(module.later.is_some());
            let (left, half) = (&mut left[kind], budgets[kind] / 2);
            self.enter_module_frame(id);
            let mut index = 0;
            // Looking into a function can make known others.
            while index < module.known_functions() {
                let function = FunctionId(u32::try_from(index).unwrap_or(u32::MAX));
                index += 1;
                if *left > 0 && !self.entered.contains(&(id, function)) {
                    let given = (*left).min(Self::LISTING[usize::from(*left < half)]);
                    self.steps = Self::STEPS - given;
                    self.visit(id, function, scope, owners.get(&(id, function)).copied());
                    *left -= given - Self::STEPS.saturating_sub(self.steps);
                }
            }
            self.stack.pop();
        }
    }

    fn visit(
        &mut self,
        module: ModuleId,
        function: FunctionId,
        scope: super::ScopeId,
        owner: Option<ClassRef>,
    ) {
        let site = Site { module, span: self.loader.module(module).span(function) };
        let receiver = owner.map(|class| self.sample_instance(class, site));
        let role = self.loader.module(module).role(function);
        let method = matches!(role, Role::Method | Role::ClassMethod | Role::Getter);
        if owner.is_none() && method {
            return;
        }
        let closure = Closure { module, function, scope, owner, receiver };
        let args = Args { rest: Values::unknown(), open: true, ..Args::default() };
        self.invoke(&Value::Function(Rc::new(closure)).into(), &args, site);
    }

    /// The classes that functions were defined in, of classes that were made.
    fn owners(&self) -> FxHashMap<(ModuleId, FunctionId), ClassRef> {
        let mut owners = FxHashMap::default();
        for (index, class) in self.classes.iter().enumerate() {
            for value in class.members.values().flatten() {
                if let Value::Function(closure) = value {
                    let class = ClassRef(u32::try_from(index).unwrap_or(u32::MAX));
                    owners.entry((closure.module, closure.function)).or_insert(class);
                }
            }
        }
        owners
    }

    fn sample_instance(&mut self, class: ClassRef, site: Site) -> Value {
        let args = Args { rest: Values::unknown(), open: true, ..Args::default() };
        self.instantiate(class, &args, site).iter().next().cloned().unwrap_or(Value::Unknown)
    }
}
