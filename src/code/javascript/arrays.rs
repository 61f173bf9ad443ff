//! Lists and their methods. Callbacks take the elements of a list that is known one by one, so that what belongs
//! together stays together; of any other list they take any element, once.

use crate::code::eval::{Args, Interpreter, Map, Object, Site, Value, Values};
use crate::model::Text;

/// A method of a list or a set, or of anything that is iterated as one.
pub fn method(it: &mut Interpreter, receiver: &Value, name: &str, args: &Args, site: Site) -> Option<Values> {
    let list: Values = receiver.clone().into();
    let first = || args.positional.first().cloned().unwrap_or_default();
    Some(match name {
        "map" => map(it, &list, &first(), site),
        "flatMap" => {
            let mapped = map(it, &list, &first(), site.nth(0));
            flatten(it, &mapped, site)
        }
        "forEach" | "some" | "every" => {
            run(it, &list, &first(), site);
            if name == "forEach" { Value::Null.into() } else { Values::unknown() }
        }
        "filter" | "toSorted" | "sort" | "find" | "findLast" | "findIndex" | "findLastIndex" => {
            let callback = first();
            if matches!(name, "sort" | "toSorted") {
                let element = it.element(&list);
                it.invoke(&callback, &Args::of([element.clone(), element]), site);
                return Some(list);
            }
            run(it, &list, &callback, site);
            match name {
                "filter" => copy(it, &list, site),
                "find" | "findLast" => it.element(&list),
                _ => Values::unknown(),
            }
        }
        "reduce" | "reduceRight" => reduce(it, &list, args, site),
        "push" | "unshift" | "add" => {
            for values in args.positional.iter().chain([&args.rest]) {
                it.push_elements(receiver, values);
            }
            if name == "add" { list } else { Values::unknown() }
        }
        "concat" => {
            let mut operands = vec![list];
            operands.extend(args.positional.iter().cloned());
            let concatenated = it.list(site.nth(0), operands, Values::none());
            flatten(it, &concatenated, site)
        }
        "flat" => flatten(it, &list, site),
        "slice" | "splice" | "reverse" | "toReversed" | "toSpliced" | "with" | "values" | "fill" | "keys"
        | "sortBy" | "union" | "intersection" | "difference" => match name {
            "slice" | "toSpliced" | "values" if args.positional.is_empty() => copy(it, &list, site),
            "values" => list,
            "keys" => it.list(site, Vec::new(), Values::unknown()),
            "fill" => {
                it.push_elements(receiver, &first());
                list
            }
            "splice" | "with" => {
                for values in args.positional.iter().skip(if name == "with" { 1 } else { 2 }) {
                    it.push_elements(receiver, values);
                }
                any(it, &list, site)
            }
            _ => any(it, &list, site),
        },
        "entries" => {
            let element = it.element(&list);
            let pair = it.list(site.nth(0), vec![Values::unknown(), element], Values::none());
            it.list(site, Vec::new(), pair)
        }
        "next" => {
            let entries = [("value".into(), it.element(&list)), ("done".into(), Values::unknown())];
            it.map(site, Map { entries: entries.into_iter().collect(), ..Map::default() })
        }
        "pop" | "shift" | "at" => match (name, first().iter().as_slice()) {
            ("at", [at @ Value::Number(_)]) => it.entry(receiver, at),
            _ => it.element(&list),
        },
        "join" => join(it, &list, &first(), site),
        _ => return None,
    })
}

/// What the callback gives for each element.
pub fn map(it: &mut Interpreter, list: &Values, callback: &Values, site: Site) -> Values {
    let Some(items) = few(it, list) else {
        let element = it.iterate(list, site).or_unknown();
        let result = it.invoke(callback, &Args::of([element, Values::unknown(), list.clone()]), site);
        return it.list(site, Vec::new(), result);
    };
    let mut made = Vec::new();
    for (at, item) in items.into_iter().enumerate() {
        made.push(it.invoke(callback, &passed(item, at, list), site.nth(at)));
    }
    it.list(site, made, Values::none())
}

/// Calls the callback with each element.
fn run(it: &mut Interpreter, list: &Values, callback: &Values, site: Site) {
    let Some(items) = few(it, list) else {
        let element = it.iterate(list, site).or_unknown();
        it.invoke(callback, &Args::of([element, Values::unknown(), list.clone()]), site);
        return;
    };
    for (at, item) in items.into_iter().enumerate() {
        it.invoke(callback, &passed(item, at, list), site.nth(at));
    }
}

fn reduce(it: &mut Interpreter, list: &Values, args: &Args, site: Site) -> Values {
    let callback = args.positional.first().cloned().unwrap_or_default();
    let mut total = args.positional.get(1).cloned().unwrap_or_default();
    let items = few(it, list).unwrap_or_else(|| {
        let element = it.iterate(list, site).or_unknown();
        vec![element.clone(), element]
    });
    for item in items {
        if total.is_empty() {
            total = item;
            continue;
        }
        let result =
            it.invoke(&callback, &Args::of([total.clone(), item, Values::unknown(), list.clone()]), site);
        if result.is_vague() {
            total.join(&result);
        } else {
            total = result;
        }
    }
    total.or_unknown()
}

fn passed(item: Values, at: usize, list: &Values) -> Args {
    Args::of([item, Value::Number(at.to_string().into()).into(), list.clone()])
}

/// The elements, where they are known and so few that they are taken one by one.
fn few(it: &Interpreter, list: &Values) -> Option<Vec<Values>> {
    it.known_list(list).filter(|items| items.len() <= Interpreter::UNROLLED)
}

/// A list of the same elements in the same order; what is iterated to make it is iterated here.
pub fn copy(it: &mut Interpreter, values: &Values, site: Site) -> Values {
    let passes = |value: &Value| matches!(value, Value::Event(_) | Value::Response(_) | Value::External(_));
    if !values.is_empty() && values.iter().all(passes) {
        return values.clone();
    }
    if let [value] = values.iter().as_slice()
        && let Some(Object::List { items, rest }) = it.object(value).cloned()
    {
        return it.list(site, items, rest);
    }
    let elements = it.iterate(values, site);
    it.list(site, Vec::new(), elements)
}

/// A list of the same elements in any order.
fn any(it: &mut Interpreter, values: &Values, site: Site) -> Values {
    let elements = it.iterate(values, site);
    it.list(site, Vec::new(), elements)
}

/// The elements of lists inside the list, and what is no list as it is.
pub fn flatten(it: &mut Interpreter, list: &Values, site: Site) -> Values {
    if let Some(lists) = it.known_list(list)
        && let Some(items) = lists.iter().map(|inner| it.known_list(inner)).collect::<Option<Vec<_>>>()
    {
        return it.list(site, items.concat(), Values::none());
    }
    let mut elements = Values::none();
    for value in &it.iterate(list, site) {
        match it.object(value) {
            Some(Object::List { .. }) => elements.join(&it.element(&value.clone().into())),
            _ => elements.insert(value.clone()),
        };
    }
    it.list(site, Vec::new(), elements)
}

fn join(it: &mut Interpreter, list: &Values, separator: &Values, site: Site) -> Values {
    let comma = Values::text(Text::literal(","));
    let separator = if separator.is_empty() { &comma } else { separator };
    match it.known_list(list) {
        Some(items) if !items.is_empty() => {
            let mut operands = Vec::new();
            for item in items {
                if !operands.is_empty() {
                    operands.push(separator.clone());
                }
                operands.push(item);
            }
            it.join_values(&operands, site)
        }
        _ => {
            it.iterate(list, site);
            Values::text(Text::unknown())
        }
    }
}
