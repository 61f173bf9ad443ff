//! What an expression can be: small sets of abstract values, and the heap that lists, maps and instances
//! live on. Sets are bounded by [`Values::WIDTH`]; past it a set also holds [`Value::Unknown`] and takes no
//! more, so that evaluation ends whatever the code does.

use std::rc::Rc;

use indexmap::IndexMap;
use smol_str::SmolStr;

use crate::code::ir::{FunctionId, Symbol};
use crate::code::sdk::{Handle, Response};
use crate::model::Text;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleId(pub u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ScopeId(pub u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ObjectId(pub u32);

/// A class as it was made by running its definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClassRef(pub u32);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    Unknown,
    Null,
    /// Beside the values of a map's entry: the entry may not be there.
    Absent,
    Bool(bool),
    Number(SmolStr),
    Text(Text),
    /// The invocation's event at a dotted path, `[]` for any index; the empty path is the whole event.
    Event(SmolStr),
    /// The process environment.
    Environment,
    /// Something of a library that is not read, by its dotted path.
    External(External),
    Function(Rc<Closure>),
    Class(ClassRef),
    Object(ObjectId),
    Module(ModuleId),
    /// A client, session, paginator … of an AWS SDK.
    Sdk(Rc<Handle>),
    /// What an AWS call answered.
    Response(Rc<Response>),
    /// A callee with some of its arguments: partial application.
    Partial(Rc<(Value, Args)>),
    /// A member of a value that the language itself gives: a method of a text, list or map.
    Method(Rc<(Value, Symbol)>),
    /// A member that is read by calling this: `Object.defineProperty(o, "x", { get })`.
    Getter(Rc<Value>),
    /// A function of the language: `getattr`, `print`.
    Builtin(SmolStr),
    /// The bases of the class `owner`, seen with the receiver of the running method.
    Super {
        receiver: Rc<Value>,
        owner: ClassRef,
    },
}

/// `boto3.client`, or what calling it gave: `flask.Flask()`. Things made by a call are told apart by where they
/// were made, so that what is registered with one is not registered with another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct External {
    pub path: SmolStr,
    /// 0 for what an import names; otherwise the site of the call that made it.
    pub made_at: u32,
}

impl External {
    #[must_use]
    pub fn member(&self, name: &str) -> Self {
        Self { path: smol_str::format_smolstr!("{}.{name}", self.path), made_at: self.made_at }
    }

    pub fn last_name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or(&self.path)
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Closure {
    pub module: ModuleId,
    pub function: FunctionId,
    pub scope: ScopeId,
    /// The class whose body defines it.
    pub owner: Option<ClassRef>,
    pub receiver: Option<Value>,
}

/// A set of values in the order they were found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Values(Vec<Value>);

impl Values {
    /// The most values a set holds before it says "or anything".
    pub const WIDTH: usize = 24;

    pub fn none() -> Self {
        Self::default()
    }

    pub fn unknown() -> Self {
        Self(vec![Value::Unknown])
    }

    pub fn text(text: Text) -> Self {
        Self(vec![Value::Text(text)])
    }

    pub fn insert(&mut self, value: Value) -> bool {
        if self.0.len() > Self::WIDTH || self.0.contains(&value) {
            return false;
        }
        self.0.push(if self.0.len() == Self::WIDTH { Value::Unknown } else { value });
        true
    }

    /// Adds all of `other`; says whether that changed the set.
    pub fn join(&mut self, other: &Self) -> bool {
        let mut changed = false;
        for value in &other.0 {
            changed |= self.insert(value.clone());
        }
        changed
    }

    pub fn remove(&mut self, which: impl Fn(&Value) -> bool) {
        self.0.retain(|value| !which(value));
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Value> {
        self.0.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing useful is known: empty, or only unknown and null.
    pub fn is_vague(&self) -> bool {
        self.0.iter().all(|value| matches!(value, Value::Unknown | Value::Null | Value::Absent))
    }

    /// Whether the values are nothing that anything can be done with: what a library that is not read gave.
    pub fn is_opaque(&self) -> bool {
        self.0.iter().all(|value| {
            matches!(
                value,
                Value::Unknown | Value::Null | Value::Absent | Value::External(_) | Value::Method(_)
            )
        })
    }

    #[must_use]
    pub fn or_unknown(self) -> Self {
        if self.0.is_empty() { Self::unknown() } else { self }
    }

    /// The one literal text that it is, if it is that.
    pub fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Value::Text(text)] => text.as_literal(),
            _ => None,
        }
    }
}

impl From<Value> for Values {
    fn from(value: Value) -> Self {
        Self(vec![value])
    }
}

impl FromIterator<Value> for Values {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Self {
        let mut set = Self::default();
        for value in values {
            set.insert(value);
        }
        set
    }
}

impl<'a> IntoIterator for &'a Values {
    type Item = &'a Value;
    type IntoIter = std::slice::Iter<'a, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// The arguments of a call, evaluated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Args {
    pub positional: Vec<Values>,
    pub named: Vec<(Symbol, Values)>,
    /// Elements of a spread whose number is not known.
    pub rest: Values,
    /// A mapping of unknown keys was spread into the named arguments.
    pub open: bool,
}

impl Args {
    pub fn of(positional: impl IntoIterator<Item = Values>) -> Self {
        Self { positional: positional.into_iter().collect(), ..Self::default() }
    }

    pub fn named(&self, name: &str) -> Option<&Values> {
        self.named.iter().find(|(given, _)| given == name).map(|(_, values)| values)
    }

    /// The argument at a position or under a name.
    pub fn get(&self, position: usize, name: &str) -> Option<&Values> {
        self.named(name)
            .or_else(|| self.positional.get(position))
            .or_else(|| (!self.rest.is_empty()).then_some(&self.rest))
    }

    /// Everything that is passed, whatever its place.
    pub fn all(&self) -> impl Iterator<Item = &Value> {
        let named = self.named.iter().map(|(_, values)| values);
        self.positional.iter().chain(named).chain([&self.rest]).flatten()
    }

    /// These arguments followed by `more`, as partial application passes them.
    #[must_use]
    pub fn followed_by(&self, more: &Self) -> Self {
        let mut joined = self.clone();
        joined.positional.extend(more.positional.iter().cloned());
        for (name, values) in &more.named {
            joined.set(name, values.clone());
        }
        joined.rest.join(&more.rest);
        joined.open |= more.open;
        joined
    }

    pub fn set(&mut self, name: &str, values: Values) {
        match self.named.iter_mut().find(|(given, _)| given == name) {
            Some((_, old)) => *old = values,
            None => self.named.push((name.into(), values)),
        }
    }
}

/// A thing with identity. Objects made at one place under one call stack are one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    List {
        /// Elements whose position is known.
        items: Vec<Values>,
        /// Elements that can be at any position.
        rest: Values,
    },
    Map(Map),
    Instance {
        class: ClassRef,
        fields: IndexMap<Symbol, Values>,
    },
}

/// Tells objects that one place makes apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    List,
    Map,
    Instance(ClassRef),
}

impl Object {
    /// Adds what an object of the same kind holds; says whether that changed anything.
    pub fn join(&mut self, other: Self) -> bool {
        match (self, other) {
            (Self::List { items, rest }, Self::List { items: more, rest: others }) => {
                let mut changed = rest.join(&others);
                for (index, item) in more.into_iter().enumerate() {
                    changed |= match items.get_mut(index) {
                        Some(known) => known.join(&item),
                        None => rest.join(&item),
                    };
                }
                changed
            }
            (Self::Map(map), Self::Map(other)) => {
                let mut changed = other.open && !map.open;
                map.open |= other.open;
                for (key, values) in other.entries {
                    changed |= map.entries.entry(key).or_default().join(&values);
                }
                for (key, values) in other.other {
                    changed |= map.add(key, &values);
                }
                changed
            }
            (Self::Instance { fields, .. }, Self::Instance { fields: more, .. }) => {
                let mut changed = false;
                for (name, values) in more {
                    changed |= fields.entry(name).or_default().join(&values);
                }
                changed
            }
            _ => false,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Map {
    pub entries: IndexMap<SmolStr, Values>,
    /// Entries whose key is not one known text.
    pub other: Vec<(Text, Values)>,
    /// There may be entries that were not seen.
    pub open: bool,
}

impl Map {
    /// What reading a known key can give.
    pub fn get(&self, key: &str) -> Values {
        let mut found = self.entries.get(key).cloned().unwrap_or_default();
        self.other.iter().for_each(|(_, values)| {
            found.join(values);
        });
        if self.open && found.is_empty() {
            found.insert(Value::Unknown);
        }
        found
    }

    /// Adds an entry whose key is not one known text.
    pub fn add(&mut self, key: Text, values: &Values) -> bool {
        let full = self.other.len() >= Values::WIDTH;
        let known = self.other.iter().position(|(known, _)| *known == key);
        if let Some(at) = known.or_else(|| full.then(|| self.other.len() - 1)) {
            self.other[at].1.join(values)
        } else {
            self.other.push((key, values.clone()));
            true
        }
    }

    /// What a key that is partly known can give.
    pub fn matching(&self, key: &Text) -> Values {
        let mut found = Values::none();
        for (_, values) in self.entries.iter().filter(|(name, _)| key.may_be(name)) {
            found.join(values);
        }
        if found.is_empty() {
            return self.all();
        }
        self.other.iter().for_each(|(_, values)| {
            found.join(values);
        });
        found
    }

    /// What any key can give.
    pub fn all(&self) -> Values {
        let mut found = Values::none();
        for values in self.entries.values().chain(self.other.iter().map(|(_, values)| values)) {
            found.join(values);
        }
        if self.open {
            found.insert(Value::Unknown);
        }
        found
    }
}
