//! Code that nothing reaches: it is looked at so that its calls can be listed, and grants nothing.

use std::rc::Rc;

use super::{Args, ClassRef, Closure, Interpreter, ModuleId, Site, Value, Values};
use crate::code::ir::{FunctionId, Role};

impl Interpreter<'_> {
    pub(super) fn visit_unreached(&mut self) {
        self.reachable = false;
        // A listing is worth less than an answer: it gets a part of the steps.
        self.steps = Self::STEPS - Self::STEPS / 8;
        self.memo.clear();
        let modules: Vec<ModuleId> = self.modules.keys().copied().collect();
        for id in modules {
            let module = self.loader.module(id);
            let Some(scope) = self.scope_of_module(id) else { continue };
            self.enter_module_frame(id);
            for index in 0..module.functions.len() {
                let function = FunctionId(u32::try_from(index).unwrap_or(u32::MAX));
                if !self.entered.contains(&(id, function)) {
                    self.visit(id, function, scope);
                }
            }
            self.stack.pop();
        }
    }

    fn visit(&mut self, module: ModuleId, function: FunctionId, scope: super::ScopeId) {
        let owner = self.owner_of(module, function);
        let site = Site { module, span: self.loader.module(module).function(function).span };
        let receiver = owner.map(|class| self.sample_instance(class, site));
        let role = self.loader.module(module).function(function).role;
        let method = matches!(role, Role::Method | Role::ClassMethod | Role::Getter);
        if owner.is_none() && method {
            return;
        }
        let closure = Closure { module, function, scope, owner, receiver };
        let args = Args { rest: Values::unknown(), open: true, ..Args::default() };
        self.invoke(&Value::Function(Rc::new(closure)).into(), &args, site);
    }

    /// The class that a function was defined in, if that class was made.
    fn owner_of(&self, module: ModuleId, function: FunctionId) -> Option<ClassRef> {
        self.classes.iter().enumerate().find_map(|(index, class)| {
            let defines = class.module == module
                && class.members.values().flatten().any(|value| {
                    matches!(value, Value::Function(closure)
                        if closure.module == module && closure.function == function)
                });
            defines.then(|| ClassRef(u32::try_from(index).unwrap_or(u32::MAX)))
        })
    }

    fn sample_instance(&mut self, class: ClassRef, site: Site) -> Value {
        let args = Args { rest: Values::unknown(), open: true, ..Args::default() };
        self.instantiate(class, &args, site).iter().next().cloned().unwrap_or(Value::Unknown)
    }
}
