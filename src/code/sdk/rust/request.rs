//! Fluent builders: of requests, and of the types that requests hold.

use std::rc::Rc;

use smol_str::SmolStr;

use super::{Made, made};
use crate::catalog;
use crate::code::eval::{Args, Interpreter, Map, Object, Site, Value, Values};
use crate::code::sdk::{Client, Handle, operation};
use crate::model::Text;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    service: SmolStr,
    /// None for an input that is made without a client, and for types inside requests.
    client: Option<Client>,
    /// Empty for types inside requests.
    operation: SmolStr,
    input: Args,
    site: Site,
}

impl Request {
    pub(super) fn of(client: &Client, operation: SmolStr, site: Site) -> Self {
        let service = client.service.clone();
        Self { service, client: Some(client.clone()), operation, input: Args::default(), site }
    }

    pub(super) fn unsent(service: &str, operation: SmolStr, site: Site) -> Self {
        Self { service: service.into(), client: None, operation, input: Args::default(), site }
    }

    pub(super) fn structure(service: &str, site: Site) -> Self {
        Self::unsent(service, SmolStr::default(), site)
    }

    /// What a field was set to; nothing where it was not.
    pub(super) fn value(&self, name: &str) -> Option<Values> {
        let field = self.field(name)?;
        Some(self.input.named(&field).cloned().unwrap_or_else(|| Value::Null.into()))
    }

    /// The field that a setter sets, as botocore spells it.
    fn field(&self, setter: &str) -> Option<SmolStr> {
        if self.operation.is_empty() {
            return Some(pascal(setter));
        }
        let operation = catalog::service(&self.service)?.operation(&self.operation)?;
        let folded = catalog::fold(setter);
        operation.fields.iter().find(|field| catalog::fold(field) == folded).cloned()
    }
}

/// A member of a builder, called.
pub(super) fn call(
    it: &mut Interpreter,
    of: &Rc<Handle>,
    request: &Request,
    name: &str,
    args: &Args,
    site: Site,
) -> Values {
    let itself = || Values::from(Value::Sdk(Rc::clone(of)));
    let first = args.positional.first();
    match (name, first) {
        ("send" | "wait", _) => return send(it, request),
        ("presigned", Some(_)) => {
            send(it, request);
            return Values::text(Text::unknown());
        }
        ("send_with", Some(clients)) => {
            let client = clients.iter().find_map(|value| match value {
                Value::Sdk(handle) => match &**handle {
                    Handle::Client(client) => Some(client.clone()),
                    _ => None,
                },
                _ => None,
            });
            return match client {
                Some(client) => send(it, &Request { client: Some(client), site, ..request.clone() }),
                None => Values::unknown(),
            };
        }
        ("build", None) if request.operation.is_empty() => {
            let entries = request.input.named.iter().cloned().collect();
            let map = Map { entries, ..Map::default() };
            return it.map(request.site, map);
        }
        _ => {}
    }
    if name == "build" && request.client.is_none() {
        return made(Made::Input(request.clone()));
    }
    let (setter, whole) = match name.strip_prefix("set_") {
        Some(setter) => (setter, true),
        None => (name, false),
    };
    let (Some(given), Some(field)) = (first, request.field(setter)) else {
        // `customize`, `into_paginator`, `items`, `page_size`, `build` and their like.
        return itself();
    };
    if crate::code::rust::is_of_any_value(name) {
        return itself();
    }
    let mut request = request.clone();
    let earlier = request.input.named(&field).cloned();
    let values = match args.positional.as_slice() {
        [keys, values, ..] => with_entry(it, earlier, keys, values, site),
        _ if !whole && is_plural(&field) => with_element(it, earlier, given, site),
        _ => crate::code::rust::converted(it, given, site),
    };
    request.input.set(&field, values);
    made(Made::Request(request))
}

fn send(it: &mut Interpreter, request: &Request) -> Values {
    match &request.client {
        Some(client) => operation::run(it, client, &request.operation, &request.input, request.site),
        None => Values::unknown(),
    }
}

/// `.key("id", value)` adds an entry to a map.
fn with_entry(
    it: &mut Interpreter,
    earlier: Option<Values>,
    keys: &Values,
    values: &Values,
    site: Site,
) -> Values {
    let map = earlier.unwrap_or_else(|| it.map(site, Map::default()));
    for value in &map {
        it.set_entries(value, keys, values);
    }
    map
}

/// `.names("a").names("b")` adds an element to a list.
fn with_element(it: &mut Interpreter, earlier: Option<Values>, given: &Values, site: Site) -> Values {
    let is_list = |it: &Interpreter, values: &Values| {
        values.iter().any(|value| matches!(it.object(value), Some(Object::List { .. })))
    };
    match earlier {
        Some(earlier) if is_list(it, &earlier) => {
            for list in &earlier {
                it.push_elements(list, given);
            }
            earlier
        }
        _ if is_list(it, given) => given.clone(),
        _ => it.list(site, vec![given.clone()], Values::none()),
    }
}

/// Whether a field is a list, as far as its name says.
fn is_plural(field: &str) -> bool {
    field.ends_with('s') && !["ss", "us", "is"].iter().any(|end| field.ends_with(end))
}

/// `event_bus_name` as `EventBusName`.
pub fn pascal(name: &str) -> SmolStr {
    let mut pascal = String::with_capacity(name.len());
    for part in name.split('_').filter(|part| !part.is_empty()) {
        let mut chars = part.chars();
        pascal.extend(chars.next().map(|first| first.to_ascii_uppercase()));
        pascal.push_str(chars.as_str());
    }
    pascal.into()
}
