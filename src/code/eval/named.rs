//! Members and modules whose names are put together while the code runs: `getattr(self, f"handle_{action}")`. All
//! whose names fit what is known are followed, as all of a table of functions are.

use super::{Interpreter, Map, ModuleId, Object, Site, Value, Values};
use crate::code::ir::Symbol;
use crate::model::Text;

impl Interpreter<'_> {
    /// The functions that are members of an object, class or module under a name that is partly known, and what else
    /// the object holds under such names.
    pub fn members_named(&mut self, of: &Value, name: &Text) -> Values {
        let mut names: Vec<Symbol> = match (of, self.object(of)) {
            (Value::Class(class), _) => self.methods(*class),
            (_, Some(Object::Instance { class, fields })) => {
                let mut names = self.methods(*class);
                names.extend(fields.keys().cloned());
                names
            }
            (Value::Module(module), _) => {
                let bound = self.exported(*module).into_iter();
                let functions = bound.filter(|(_, values)| {
                    values.iter().any(|value| matches!(value, Value::Function(_) | Value::Class(_)))
                });
                functions.map(|(name, _)| name).collect()
            }
            _ => return Values::none(),
        };
        names.sort();
        names.dedup();
        let known = !name.leading_literal().is_empty() || !name.trailing_literal().is_empty();
        names.retain(|member| name.may_be(member) && (known || !member.starts_with('_')));
        let mut found = Values::none();
        for member in names {
            found.join(&self.member(&of.clone().into(), &member));
        }
        found.remove(|value| self.is_running(value));
        found
    }

    /// Whether a value is a function that has not returned yet.
    fn is_running(&self, value: &Value) -> bool {
        let Value::Function(closure) = value else { return false };
        self.stack.iter().any(|active| active.function == Some((closure.module, closure.function)))
    }

    /// The names that are bound in the running function, or in its module, as a mapping.
    pub fn bound_names(&mut self, module: bool, site: Site) -> Values {
        let activation = self.activation();
        let scope =
            if module { self.modules.get(&activation.module).copied() } else { Some(activation.scope) };
        let mut entries: Vec<(Symbol, Values)> = scope
            .map(|scope| &self.scopes[scope.0 as usize].names)
            .into_iter()
            .flatten()
            .map(|(name, values)| (name.clone(), values.clone()))
            .collect();
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        self.map(site, Map { entries: entries.into_iter().collect(), ..Map::default() })
    }

    /// The module whose code runs.
    pub fn running_module(&self) -> ModuleId {
        self.activation().module
    }

    /// The names of the modules in a package.
    pub fn modules_in(&self, package: ModuleId) -> Vec<String> {
        self.loader.modules_in(package)
    }
}
