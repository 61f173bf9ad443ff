//! Containers of dependencies that are asked by name: `inversify`, whose bindings stand under tokens, and `awilix`,
//! whose registrations stand under names and get each other through the cradle. A container that is asked by class
//! makes that class, which needs nothing of this.
//!
//! Misses what decorators say of parameters (`@inject(TOKEN)`), the modules that a container loads, and overriding: all
//! that was bound under a token is given.

use std::rc::Rc;

use smol_str::SmolStr;

use crate::code::eval::{Args, External, Interpreter, Object, Site, Value, Values};

/// What awilix calls a class, function or value that is registered.
const REGISTERED: &str = "awilix.<registered>.";

pub fn external_call(it: &mut Interpreter, callee: &External, args: &Args, site: Site) -> Option<Values> {
    let path = callee.path.as_str();
    if let Some(of) = path.strip_prefix("inversify.") {
        return inversify(it, of, callee, args, site);
    }
    awilix(it, path.strip_prefix("awilix.")?, callee, args, site)
}

/// A member of the cradle.
pub fn external_member(it: &mut Interpreter, of: &External, name: &str) -> Option<Values> {
    is_cradle(of).then(|| registered(it, of.made_at, name, it.reading()))?
}

pub fn is_cradle(thing: &External) -> bool {
    thing.path.starts_with("awilix.createContainer()") && thing.path.ends_with(".cradle")
}

/// Whether this is what awilix made to be registered: `.singleton()` and its kind give it back.
pub fn is_registration(value: &Value) -> bool {
    matches!(value, Value::Partial(partial) if kind(&partial.0).is_some())
}

fn inversify(it: &mut Interpreter, of: &str, callee: &External, args: &Args, site: Site) -> Option<Values> {
    let given = args.positional.first().cloned().unwrap_or_default();
    // `Container().bind<TOKEN>.to`
    if let Some((_, binding)) = of.split_once(".bind<") {
        let (token, how) = binding.rsplit_once(">.")?;
        let given = if how == "toSelf" { bound(it, callee.made_at, "token", token) } else { given };
        let way = match how {
            "to" | "toSelf" => "made",
            "toConstantValue" => "held",
            "toDynamicValue" => "run",
            _ => return None,
        };
        bind(it, callee.made_at, way, token, &given);
        return Some(Value::External(External { path: "inversify.<binding>".into(), made_at: 0 }).into());
    }
    match callee.last_name() {
        "bind" | "rebind" | "rebindSync" => {
            let token = token(&given)?;
            bind(it, callee.made_at, "token", &token, &given);
            let path = format!("inversify.Container().bind<{token}>").into();
            Some(Value::External(External { path, made_at: callee.made_at }).into())
        }
        "get" | "getAsync" | "resolve" => {
            let token = token(&given)?;
            let mut found = bound(it, callee.made_at, "held", &token);
            let classes = bound(it, callee.made_at, "made", &token);
            let open = Args { rest: Values::unknown(), open: true, ..Args::default() };
            if !classes.is_empty() {
                found.join(&it.invoke(&classes, &open, site));
            }
            let makers = bound(it, callee.made_at, "run", &token);
            if !makers.is_empty() {
                let container = External { path: "inversify.Container()".into(), made_at: callee.made_at };
                let context = External { path: "inversify.<context>".into(), made_at: callee.made_at };
                it.set_member(
                    &Value::External(context.clone()).into(),
                    "container",
                    &Value::External(container).into(),
                );
                found.join(&it.invoke(&makers, &Args::of([Value::External(context).into()]), site));
            }
            (!found.is_empty()).then_some(found)
        }
        _ => None,
    }
}

fn awilix(it: &mut Interpreter, of: &str, callee: &External, args: &Args, site: Site) -> Option<Values> {
    if let "asClass" | "asFunction" | "asValue" = of {
        let kind = External { path: format!("{REGISTERED}{of}").into(), made_at: 0 };
        return Some(Value::Partial(Rc::new((Value::External(kind), args.clone()))).into());
    }
    if !of.starts_with("createContainer()") {
        return None;
    }
    match callee.last_name() {
        "register" => {
            let given = args.positional.first().cloned().unwrap_or_default();
            if let (Some(name), Some(what)) = (given.literal(), args.positional.get(1)) {
                bind(it, callee.made_at, "registered", name, what);
            }
            for object in &given {
                let Some(Object::Map(map)) = it.object(object) else { continue };
                for (name, what) in map.entries.clone() {
                    bind(it, callee.made_at, "registered", &name, &what);
                }
            }
            Some(
                Value::External(External {
                    path: "awilix.createContainer()".into(),
                    made_at: callee.made_at,
                })
                .into(),
            )
        }
        "resolve" => {
            let given = args.positional.first()?;
            registered(it, callee.made_at, given.literal()?, site)
        }
        _ => None,
    }
}

/// What is registered under a name, made where it is a class or a function. Those take the cradle.
fn registered(it: &mut Interpreter, container: u32, name: &str, site: Site) -> Option<Values> {
    let cradle = External { path: "awilix.createContainer().cradle".into(), made_at: container };
    let mut found = Values::none();
    for value in &bound(it, container, "registered", name) {
        let Value::Partial(partial) = value else { continue };
        let Some(what) = partial.1.positional.first() else { continue };
        match kind(&partial.0) {
            Some("asValue") => found.join(what),
            Some(_) => {
                let made = it.invoke(what, &Args::of([Value::External(cradle.clone()).into()]), site);
                found.join(&made)
            }
            None => false,
        };
    }
    (!found.is_empty()).then_some(found)
}

fn kind(callee: &Value) -> Option<&str> {
    let Value::External(external) = callee else { return None };
    external.path.strip_prefix(REGISTERED)
}

/// What a token is known by. Two of the same name are one.
fn token(given: &Values) -> Option<SmolStr> {
    let [value] = given.iter().collect::<Vec<_>>()[..] else { return None };
    match value {
        Value::Text(text) => text.as_literal().map(SmolStr::new),
        Value::Class(class) => Some(smol_str::format_smolstr!("class {}", class.0)),
        Value::External(external) if external.made_at == 0 => Some(external.path.clone()),
        _ => None,
    }
}

fn bind(it: &mut Interpreter, container: u32, way: &str, token: &str, values: &Values) {
    it.set_member(&Value::External(bindings(container)).into(), &format!("{way} {token}"), values);
}

fn bound(it: &Interpreter, container: u32, way: &str, token: &str) -> Values {
    it.setting(&bindings(container), &format!("{way} {token}")).cloned().unwrap_or_default()
}

/// The thing whose members are what was bound, of the container that was made there.
fn bindings(container: u32) -> External {
    External { path: "<container>".into(), made_at: container }
}
