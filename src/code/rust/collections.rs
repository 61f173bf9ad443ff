//! Methods of maps, lists and iterators.

use super::methods::{instance_method, is_transparent, run};
use crate::code::eval::{Args, Interpreter, Map, Object, Site, Value, Values};
use crate::model::Text;

pub(super) fn map_method(
    it: &mut Interpreter,
    receiver: &Value,
    name: &str,
    args: &Args,
    site: Site,
) -> Values {
    let Some(Object::Map(map)) = it.object(receiver) else { return Values::unknown() };
    let all = map.all();
    let keys = args.positional.first().cloned().unwrap_or_default();
    match name {
        "get" | "get_mut" | "remove" | "entry" => {
            let mut found = Values::none();
            for key in &keys {
                found.join(&it.entry(receiver, key));
            }
            if found.is_empty() { Value::Null.into() } else { found }
        }
        "insert" => {
            let values = args.positional.get(1).cloned().unwrap_or_default();
            it.set_entries(receiver, &keys, &values);
            Value::Null.into()
        }
        "values" | "into_values" | "values_mut" => it.list(site, Vec::new(), all),
        "keys" | "into_keys" => {
            let keys = it.element(&receiver.clone().into());
            it.list(site, Vec::new(), keys)
        }
        "iter" | "into_iter" | "iter_mut" => {
            let (known, rest) = it.pairs(receiver);
            it.list(site, known, rest)
        }
        "extend" => {
            let mut added = Map::default();
            it.spread_into(&mut added, &keys);
            it.merge_into(receiver, added);
            Value::Null.into()
        }
        _ => instance_method(it, receiver, name, args, site),
    }
}

pub(super) fn list_method(
    it: &mut Interpreter,
    receiver: &Value,
    name: &str,
    args: &Args,
    site: Site,
) -> Values {
    let list: Values = receiver.clone().into();
    let first = args.positional.first().cloned().unwrap_or_default();
    match name {
        "push" | "push_back" | "push_front" | "add" | "set" => {
            it.push_elements(receiver, &first);
            Value::Null.into()
        }
        "insert" => {
            it.push_elements(receiver, args.positional.last().unwrap_or(&first));
            Value::Null.into()
        }
        "get_or_init" | "get_or_try_init" => {
            let made = run(it, &first, &Args::default(), site);
            it.push_elements(receiver, &made);
            made
        }
        "extend" | "append" | "chain" => {
            let added = it.element(&first);
            it.push_elements(receiver, &added);
            list
        }
        "get" if first.literal().is_none() && !args.positional.is_empty() => {
            let mut found = Values::none();
            for key in &first {
                found.join(&it.entry(receiver, key));
            }
            found.or_unknown()
        }
        "get" | "next" | "try_next" | "first" | "last" | "pop" | "pop_front" | "pop_back" | "nth"
        | "wait" | "swap_remove" | "remove" | "min" | "max" | "recv" | "join_next" => it.element(&list),
        "chunks" | "windows" | "chunks_exact" | "ready_chunks" => {
            let element = it.element(&list);
            let chunk = it.list(site.nth(0), Vec::new(), element);
            it.list(site, Vec::new(), chunk)
        }
        "enumerate" | "zip" => {
            let element = it.element(&list);
            let other = if name == "zip" { it.element(&first) } else { Values::unknown() };
            let pair = if name == "zip" { vec![element, other] } else { vec![other, element] };
            let pair = it.list(site.nth(0), pair, Values::none());
            it.list(site, Vec::new(), pair)
        }
        "join" | "concat" => match it.known_list(&list) {
            Some(items) => {
                let mut operands = Vec::new();
                for (index, item) in items.into_iter().enumerate() {
                    if index > 0 && name == "join" {
                        operands.push(first.clone());
                    }
                    operands.push(item);
                }
                it.join_values(&operands, site)
            }
            None => Values::text(Text::unknown()),
        },
        "unwrap_or" | "unwrap_or_else" | "unique" | "sorted" | "sorted_unstable" | "dedup" => list,
        "with" | "with_borrow" | "with_borrow_mut" => run(it, &first, &Args::of([list]), site),
        "collect" | "try_collect" if is_of_pairs(it, &list) => super::standard::map_of_pairs(it, &list, site),
        _ if is_transparent(name) => list,
        _ => over_elements(it, receiver, name, args, site),
    }
}

/// Whether a list can be collected into a map: its elements are pairs whose first is a known text.
fn is_of_pairs(it: &Interpreter, list: &Values) -> bool {
    let Some(items) = it.known_list(list) else { return false };
    !items.is_empty()
        && items.iter().all(|item| {
            it.known_list(item).is_some_and(|pair| pair.len() == 2 && pair[0].literal().is_some())
        })
}

/// Iterator methods that take a function.
fn over_elements(it: &mut Interpreter, receiver: &Value, name: &str, args: &Args, site: Site) -> Values {
    let list: Values = receiver.clone().into();
    let Some(callee) = args.positional.last().cloned() else { return Values::unknown() };
    let elements = match it.known_list(&list) {
        Some(items) if items.len() <= Interpreter::UNROLLED => items,
        _ => vec![it.element(&list)],
    };
    if elements.is_empty() {
        // What may be there is not known, but its functions are part of the code.
        it.run_callbacks(args, site);
        return it.list(site, Vec::new(), Values::none());
    }
    let folds = matches!(name, "fold" | "try_fold" | "scan");
    let mut results = Vec::new();
    let mut carried = args.positional.first().cloned().unwrap_or_default();
    for (index, element) in elements.iter().enumerate() {
        // Each run is one of its own, so that what it makes is not what the others make.
        let end = site.span.end.saturating_add(u32::try_from(index).unwrap_or_default());
        let site = Site { span: crate::code::ir::Span { end, ..site.span }, ..site };
        let passed =
            if folds { Args::of([carried.clone(), element.clone()]) } else { Args::of([element.clone()]) };
        let result = run(it, &callee, &passed, site);
        if folds {
            carried.join(&result);
        }
        results.push(result);
    }
    match name {
        _ if folds => carried,
        "filter" | "take_while" | "skip_while" | "inspect" | "sort_by_key" | "retain" | "sort_by"
        | "try_filter" | "unique_by" | "sorted_by" | "sorted_by_key" | "dedup_by_key" => list,
        "find" | "max_by_key" | "min_by_key" | "reduce" | "partition" => it.element(&list),
        "flat_map" | "flat_map_iter" | "find_map" | "filter_map" => {
            let mut inside = Values::none();
            for result in results.iter().flatten() {
                match it.object(result) {
                    Some(Object::List { .. }) if name.starts_with("flat") => {
                        inside.join(&it.element(&result.clone().into()));
                    }
                    _ => {
                        inside.insert(result.clone());
                    }
                }
            }
            if name == "find_map" { inside } else { it.list(site, Vec::new(), inside) }
        }
        _ => it.list(site, results, Values::none()),
    }
}
