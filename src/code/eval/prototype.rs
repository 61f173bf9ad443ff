//! Functions as constructors: `function Store() {}`, `Store.prototype.save = …`, `new Store()`. Each is given a
//! class when it is first used so. Languages without the idiom never come here.

use std::rc::Rc;

use super::{ClassRef, ClassValue, Closure, Interpreter, Map, Site, Value, Values};
use crate::code::ir::{Role, Span, Symbol};

impl Interpreter<'_> {
    /// What `new` makes instances of.
    pub(super) fn constructed(&mut self, callee: &Value) -> Value {
        match callee {
            Value::Function(closure) => {
                let module = self.loader.module(closure.module);
                match module.role(closure.function) {
                    Role::Function => Value::Class(self.class_of_constructor(closure)),
                    _ => callee.clone(),
                }
            }
            _ => callee.clone(),
        }
    }

    pub(super) fn class_of_constructor(&mut self, closure: &Rc<Closure>) -> ClassRef {
        let key = (closure.module, closure.function, closure.scope);
        if let Some(class) = self.constructors.get(&key) {
            return *class;
        }
        let class = ClassRef(u32::try_from(self.classes.len()).expect("fewer classes than steps"));
        let function = Values::from(Value::Function(Rc::clone(closure)));
        let constructor = Symbol::from(self.runtime.operators().construct);
        self.classes.push(ClassValue {
            bases: Vec::new(),
            members: [(constructor, function)].into_iter().collect(),
            fields: Vec::new(),
            implementors: Vec::new(),
        });
        self.constructors.insert(key, class);
        class
    }

    /// `Store.prototype = { … }`, `Store.prototype = Object.create(Base.prototype)`.
    pub(super) fn assign_prototype(&mut self, closure: &Rc<Closure>, values: &Values) {
        let class = self.class_of_constructor(closure);
        for value in values {
            if let Value::Class(base) = value
                && *base != class
                && !self.lineage(*base).contains(&class)
            {
                self.classes[class.0 as usize].bases.push(value.clone());
            }
        }
        let mut map = Map::default();
        self.spread_into(&mut map, values);
        for (name, values) in map.entries {
            self.assign_member(&Value::Class(class).into(), &name, &values);
        }
    }

    /// A function with its receiver set, as `call`, `apply` and `bind` do.
    pub fn with_receiver(&mut self, function: &Value, receiver: Option<&Values>) -> Values {
        let receiver = receiver.and_then(|values| values.iter().find(|value| !is_nothing(value)));
        let (Value::Function(closure), Some(receiver)) = (function, receiver) else {
            return function.clone().into();
        };
        let module = self.loader.module(closure.module);
        match module.role(closure.function) {
            Role::Method | Role::Function => Value::Function(Rc::new(Closure {
                receiver: Some(receiver.clone()),
                module: closure.module,
                function: closure.function,
                scope: closure.scope,
                owner: closure.owner,
            }))
            .into(),
            _ => function.clone().into(),
        }
    }

    /// A member that is read by calling the function. Names that the function sees are kept as they are now where
    /// a running function binds them: a loop binds them anew for the next member. A function of many names is what
    /// a bundle is wrapped in, and stays as it is.
    pub fn getter(&mut self, function: &Value) -> Value {
        let Value::Function(closure) = function else {
            return Value::Getter(Rc::new(function.clone()));
        };
        let defined_in = &self.scopes[closure.scope.0 as usize];
        let mut scope = closure.scope;
        if defined_in.parent.is_some() && defined_in.names.len() <= Self::KEPT {
            let names = defined_in.names.clone();
            // What is not bound yet is found where it will be.
            scope = self.open_scope(Some(scope));
            self.scopes[scope.0 as usize].names = names;
        }
        let kept = Closure {
            scope,
            receiver: closure.receiver.clone(),
            module: closure.module,
            function: closure.function,
            owner: closure.owner,
        };
        Value::Getter(Rc::new(Value::Function(Rc::new(kept))))
    }

    /// What reading members gives: functions bound to what they are read through, getters called.
    pub(super) fn read(&mut self, members: &Values, receiver: &Value, site: Site) -> Values {
        let mut found = Values::none();
        for member in members {
            match member {
                Value::Getter(getter) => {
                    let bound = self.with_receiver(getter, Some(&receiver.clone().into()));
                    found.join(&self.invoke(&bound, &super::Args::default(), site));
                }
                // What is bound stays bound.
                Value::Function(closure) if closure.receiver.is_some() => {
                    found.insert(member.clone());
                }
                other => {
                    found.join(&self.bind_receiver(other, receiver, site));
                }
            }
        }
        found
    }

    pub(super) fn nowhere(&self) -> Site {
        Site { module: self.activation().module, span: Span::default() }
    }
}

fn is_nothing(value: &Value) -> bool {
    matches!(value, Value::Unknown | Value::Null | Value::Absent)
}
