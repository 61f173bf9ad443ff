//! The containers and helpers of the standard library that values of interest stand in: `collections`,
//! `contextvars`, `operator`, `urllib.parse`.

use std::rc::Rc;

use super::builtins;
use crate::code::eval::{Args, External, Interpreter, Map, Object, Site, Value, Values};
use crate::code::ir::Symbol;
use crate::model::{Part, Text};

/// The member that holds what a context variable is set to.
const HELD: &str = "<value>";

pub fn call(it: &mut Interpreter, callee: &External, args: &Args, site: Site) -> Option<Values> {
    let first = || args.positional.first().cloned().unwrap_or_default().or_unknown();
    match callee.path.as_str() {
        "collections.OrderedDict" | "collections.UserDict" => Some(builtins::call(it, "dict", args, site)),
        "types.MappingProxyType" => Some(first()),
        "collections.deque" | "collections.UserList" => Some(builtins::call(it, "list", args, site)),
        "collections.defaultdict" => Some(default_dict(it, args, site)),
        "collections.ChainMap" => {
            let mut map = Map::default();
            for mapping in args.positional.iter().rev() {
                it.spread_into(&mut map, mapping);
            }
            Some(it.map(site, map))
        }
        "contextvars.ContextVar().set" => {
            it.set_member(&variable(callee), HELD, &first());
            Some(Values::unknown())
        }
        "contextvars.ContextVar().get" => {
            let held = it.member(&variable(callee), HELD);
            let mut held: Values =
                held.iter().filter(|value| !matches!(value, Value::External(_))).cloned().collect();
            if let Some(default) = args.positional.first() {
                held.join(default);
            }
            Some(held.or_unknown())
        }
        "operator.itemgetter" | "operator.attrgetter" => {
            let getter = Value::External(External { made_at: 0, ..callee.member("get") });
            Some(Value::Partial(Rc::new((getter, args.clone()))).into())
        }
        "operator.itemgetter.get" | "operator.attrgetter.get" => Some(gotten(it, callee, args, site)),
        "dataclasses.replace" | "attr.evolve" | "attrs.evolve" | "copy.replace" => {
            let objects = first();
            let mut found = Values::none();
            for object in &objects {
                found.join(&changed(it, object, &args.named, site));
            }
            Some(found)
        }
        "dataclasses.asdict" | "attr.asdict" | "attrs.asdict" => {
            let objects = first();
            let mut found = Values::none();
            for object in &objects {
                found.join(&as_map(it, object, site));
            }
            Some(found)
        }
        "attr.Factory" | "attrs.Factory" => Some(it.invoke(&first(), &Args::default(), site)),
        "urllib.parse.urlparse" | "urllib.parse.urlsplit" => Some(parsed_url(it, &first(), site)),
        _ => None,
    }
}

/// An instance like another, but for some fields.
pub fn changed(it: &mut Interpreter, object: &Value, changes: &[(Symbol, Values)], site: Site) -> Values {
    let Some(Object::Instance { class, fields }) = it.object(object) else { return object.clone().into() };
    let (class, fields) = (*class, fields.clone());
    let made = it.bare_instance(class, site);
    for (name, values) in &fields {
        if !changes.iter().any(|(changed, _)| changed == name) {
            it.set_member(&made, name, values);
        }
    }
    for (name, values) in changes {
        it.set_member(&made, name, values);
    }
    made
}

/// The fields of an instance as a mapping.
pub fn as_map(it: &mut Interpreter, object: &Value, site: Site) -> Values {
    let Some(Object::Instance { class, fields }) = it.object(object) else { return object.clone().into() };
    let mut names = it.field_names(*class);
    if names.is_empty() {
        names = fields.keys().cloned().collect();
    }
    let mut map = Map::default();
    for name in names {
        let values = it.member(&object.clone().into(), &name);
        map.entries.insert(name, values);
    }
    it.map(site, map)
}

/// `Annotated[T, Depends(f)]` under a name of its own: what stands beside the type, where that is a value.
pub fn annotated(it: &mut Interpreter, of: &External, key: &Value) -> Option<Values> {
    if of.path != "typing.Annotated" && of.path != "typing_extensions.Annotated" {
        return None;
    }
    let items = it.known_list(&key.clone().into())?;
    let is_value = |value: &&Value| {
        matches!(value, Value::Sdk(_)) || matches!(it.object(value), Some(Object::Instance { .. }))
    };
    let beside = items.iter().skip(1).flatten().find(is_value).cloned();
    beside.map(Values::from).or_else(|| items.first().cloned())
}

/// The thing that a method is called on.
fn variable(method: &External) -> Values {
    let path = method.path.rsplit_once('.').map_or(method.path.as_str(), |(of, _)| of);
    Value::External(External { path: path.into(), made_at: method.made_at }).into()
}

/// A mapping whose missing entries a function makes.
fn default_dict(it: &mut Interpreter, args: &Args, site: Site) -> Values {
    let mut rest = args.clone();
    let factory = if rest.positional.is_empty() { Values::none() } else { rest.positional.remove(0) };
    let made = builtins::call(it, "dict", &rest, site);
    if factory.iter().any(|value| !matches!(value, Value::Null)) {
        let entry = it.invoke(&factory, &Args::default(), site.nth(0));
        for mapping in &made {
            it.set_entries(mapping, &Values::text(Text::unknown()), &entry);
        }
    }
    made
}

/// What `itemgetter(…)` and `attrgetter(…)` read: the names come first, what they are read of last.
fn gotten(it: &mut Interpreter, callee: &External, args: &Args, site: Site) -> Values {
    let Some((of, names)) = args.positional.split_last() else { return Values::unknown() };
    let mut read = Vec::new();
    for name in names {
        let mut found = Values::none();
        if callee.path.starts_with("operator.attrgetter") {
            let path = name.literal().unwrap_or_default().to_owned();
            found = path.split('.').fold(of.clone(), |of, name| it.member(&of, name));
        } else {
            for object in of {
                for key in name {
                    found.join(&it.entry(object, key));
                }
            }
        }
        read.push(found);
    }
    match read.as_slice() {
        [one] => one.clone(),
        _ => it.list(site, read, Values::none()),
    }
}

/// The parts of a URL. Data of the event stays data of the event.
fn parsed_url(it: &mut Interpreter, urls: &Values, site: Site) -> Values {
    let mut found = Values::none();
    let known = urls.iter().filter_map(|url| match url {
        Value::Text(text) => split_url(text),
        _ => None,
    });
    let known: Vec<_> = known.collect();
    for (nth, (scheme, host, path)) in known.into_iter().enumerate() {
        let fields = ["scheme", "netloc", "path", "hostname"];
        let class = it.record_class(fields.iter().map(|name| (*name).into()).collect());
        let given = [scheme, host.clone(), path, host].map(Values::text);
        found.join(&it.invoke(&Value::Class(class).into(), &Args::of(given), site.nth(nth)));
    }
    let data = |value: &&Value| matches!(value, Value::Event(_) | Value::Response(_));
    found.join(&urls.iter().filter(data).cloned().collect());
    found.or_unknown()
}

/// Scheme, host and path of a URL whose scheme and the end of whose host are known.
fn split_url(url: &Text) -> Option<(Text, Text, Text)> {
    let (scheme, rest) = url.leading_literal().split_once("://")?;
    let (mut host, mut path) = (Text::default(), Text::default());
    let mut parts = url.parts().iter().skip(1).peekable();
    let (name, at) = rest.split_once('/').map_or((rest, None), |(name, _)| (name, Some(name.len())));
    host.push_str(name);
    if let Some(at) = at {
        path.push_str(&rest[at..]);
    } else if let Some(part) = parts.next() {
        // The one unresolved stretch before the path is the host.
        let ends =
            parts.peek().is_none_or(|next| matches!(next, Part::Literal(text) if text.starts_with('/')));
        if !ends || !name.is_empty() {
            return None;
        }
        host.push(part.clone());
    }
    for part in parts {
        match part {
            Part::Literal(literal) => path.push_str(literal),
            other => path.push(other.clone()),
        }
    }
    Some((Text::literal(scheme), host, path))
}
