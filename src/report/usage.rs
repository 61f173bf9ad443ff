//! What a trail says, for programs (`trail summarize --format json`, `schemas/usage-summary.schema.json`) and for
//! people. The file that `--output` writes to be merged is another: it is `trail`'s own.
//!
//! A log holds what strangers chose (names of sessions, keys of objects): in the text for people, characters that
//! steer a terminal are written out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::template::{self, Paint};
use crate::catalog::cloudtrail;
use crate::model::{Action, Note, Text};
use crate::trail::{Attribution, Completeness, Function, Key, Resources, Row, Span, Usage, is_denial};

/// The version of the shape.
const VERSION: u32 = 1;
/// How many resources of a row the text for people lists.
const LISTED: usize = 6;

/// As `--format json` prints it.
pub fn json(usage: &Usage, notes: &[Note]) -> Value {
    let functions = usage.functions();
    let rows: Vec<Value> = functions
        .iter()
        .flat_map(|function| function.rows.iter().map(move |(key, row)| json_row(function, key, row)))
        .collect();
    let data_events = usage.data_events.iter().map(|(class, span)| {
        json!({ "class": class, "first": span.first.to_string(), "last": span.last.to_string() })
    });
    json!({
        "version": VERSION,
        "partial": usage.partial,
        "window": usage.window.map(|window| json!({
            "first": window.first.to_string(), "last": window.last.to_string(), "days": window.days(),
        })),
        "management_events": usage.management.is_some(),
        "data_events": data_events.collect::<Vec<_>>(),
        "functions": functions.iter().map(json_function).collect::<Vec<_>>(),
        "rows": rows,
        "notes": notes_of(usage, notes).iter().map(json_note).collect::<Vec<_>>(),
    })
}

fn json_function(function: &Function) -> Value {
    json!({
        "role": function.caller.role,
        "function": function.caller.function,
        "attribution": attribution(function.caller.attribution),
        "calls": function.calls(),
        "denied": function.denials(),
        "first": function.span().map(|span| span.first.to_string()),
        "last": function.span().map(|span| span.last.to_string()),
        "completeness": function.completeness().map(|completeness| json!({
            "calls": completeness.calls,
            "kinds": completeness.kinds,
            "seen_once": completeness.once,
            "unseen": rounded(completeness.unseen),
            "interval": [rounded(completeness.low), rounded(completeness.high)],
            "in_words": words(&completeness),
        })),
    })
}

fn json_row(function: &Function, key: &Key, row: &Row) -> Value {
    let errors = row.outcomes.iter().filter(|(code, _)| !code.is_empty());
    let actions: BTreeSet<&Action> = row.allowed.keys().chain(row.denied.keys()).collect();
    let patterns = |resources: &BTreeMap<Action, Resources>| -> Value {
        let patterns: BTreeSet<String> =
            resources.values().flat_map(Resources::patterns).map(|pattern| pattern.to_pattern()).collect();
        json!(patterns)
    };
    json!({
        "role": function.caller.role,
        "function": function.caller.function,
        "attribution": attribution(function.caller.attribution),
        "via": key.via,
        "event_source": key.event_source,
        "event_name": key.event_name,
        "actions": actions,
        "count": row.count(),
        "exact": row.is_exact(),
        "denied": row.denials(),
        "errors": errors.map(|(code, tally)| (code.to_string(), json!(tally.count()))).collect::<serde_json::Map<_, _>>(),
        "first": row.span().map(|span| span.first.to_string()),
        "last": row.span().map(|span| span.last.to_string()),
        "resources": patterns(&row.allowed),
        "denied_resources": patterns(&row.denied),
    })
}

fn json_note(note: &Note) -> Value {
    json!({ "rule": note.rule, "file": note.file, "message": note.message, "help": note.help })
}

fn attribution(attribution: Attribution) -> &'static str {
    match attribution {
        Attribution::InScopeOf => "in-scope-of",
        Attribution::Session => "session",
        Attribution::Role => "role",
    }
}

/// The notes of the reading, and what the usage itself lets one say.
pub fn notes_of(usage: &Usage, notes: &[Note]) -> Vec<Note> {
    let mut all = notes.to_vec();
    if usage.partial {
        let message = "the reading was stopped: this is a part of what the logs hold";
        all.push(Note::new("partial-usage", message).help("run the command again and let it finish"));
    }
    let unknown: BTreeSet<(&str, &str)> = usage
        .rows
        .iter()
        .filter(|(_, row)| row.allowed.is_empty() && row.denied.is_empty())
        .map(|(key, _)| (key.event_source.as_str(), key.event_name.as_str()))
        .filter(|(source, name)| cloudtrail::event(source, name).is_none())
        .collect();
    for (source, name) in unknown {
        let message = format!(
            "the catalog knows no action for `{name}` of `{source}`; it is counted, and grants nothing"
        );
        all.push(Note::new("unknown-event", message));
    }
    if !usage.rows.is_empty() && usage.data_events.is_empty() {
        let message = "there are no data events in these logs: reading and writing objects, items and messages \
                       does not show, and its absence means nothing";
        all.push(Note::new("no-data-events", message));
    }
    let approximate = usage.rows.values().filter(|row| !row.is_exact()).count();
    if approximate > 0 {
        let message =
            format!("the counts of the {approximate} busiest rows are estimates, right to about a hundredth");
        all.push(Note::new("approximate-counts", message));
    }
    all
}

/// As `--format text` prints it.
pub fn text(usage: &Usage, notes: &[Note], paint: Paint) -> String {
    let functions = usage.functions();
    let data = json!({
        "window": usage.window.map_or_else(|| "No calls.".to_owned(), |window| format!(
            "{} to {}, {}", window.first, window.last, plural(window.days().unsigned_abs(), "day"),
        )),
        "data_events": if usage.data_events.is_empty() {
            "no data events".to_owned()
        } else {
            let classes: Vec<&str> = usage.data_events.keys().map(smol_str::SmolStr::as_str).collect();
            format!("data events of {}", classes.join(", "))
        },
        "management": if usage.management.is_some() { "management events" } else { "no management events" },
        "functions": functions.iter().map(text_function).collect::<Vec<_>>(),
        "notes": notes_of(usage, notes).iter().map(|note| json!({
            "at": if note.file.is_empty() { String::new() } else { format!("{}: ", note.file) },
            "message": note.message,
            "rule": format!("({})", note.rule),
            "help": note.help,
        })).collect::<Vec<_>>(),
    });
    let plain = |value: &mut String| {
        if value.contains(|letter: char| letter.is_control()) {
            let shown = value.chars().map(|letter| {
                if letter.is_control() { letter.escape_unicode().to_string() } else { letter.to_string() }
            });
            *value = shown.collect();
        }
    };
    let mut data = data;
    each_text(&mut data, &plain);
    template::render_painted(include_str!("../../templates/usage.hbs"), &data, paint)
}

fn each_text(value: &mut Value, change: &dyn Fn(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(items) => items.iter_mut().for_each(|item| each_text(item, change)),
        Value::Object(members) => members.values_mut().for_each(|member| each_text(member, change)),
        _ => {}
    }
}

fn text_function(function: &Function) -> Value {
    let caller = &function.caller;
    let about = match caller.attribution {
        Attribution::InScopeOf => format!("in {}", caller.role),
        Attribution::Session => format!("in {}, by the name of its session", caller.role),
        Attribution::Role => "the role as a whole".to_owned(),
    };
    let rows: Vec<Value> = function.rows.iter().map(|(key, row)| text_row(key, row)).collect();
    json!({
        "name": caller.function_name().unwrap_or(&caller.role),
        "about": about,
        "rows": rows,
        "completeness": function.completeness().as_ref().map(words),
    })
}

fn text_row(key: &Key, row: &Row) -> Value {
    let actions: BTreeSet<&Action> = row.allowed.keys().chain(row.denied.keys()).collect();
    let actions: Vec<&str> = actions.into_iter().map(Action::as_str).collect();
    let event = format!("{} {}", key.event_source.trim_end_matches(".amazonaws.com"), key.event_name);
    let name = if !actions.is_empty() {
        actions.join(", ")
    } else if cloudtrail::event(&key.event_source, &key.event_name).is_some() {
        format!("{event}, which needs no permission")
    } else {
        format!("{event}, of which no action is known")
    };
    let mut facts =
        vec![format!("{}{}", if row.is_exact() { "" } else { "about " }, plural(row.count(), "call"))];
    if let Some(Span { first, last }) = row.span() {
        facts.push(if first == last { format!("at {first}") } else { format!("{first} to {last}") });
    }
    for (code, tally) in row.outcomes.iter().filter(|(code, _)| !code.is_empty()) {
        let denied = if is_denial(code) { " (denied)" } else { "" };
        facts.push(format!("{} {code}{denied}", tally.count()));
    }
    if let Some(via) = &key.via {
        facts.push(format!("made by {via} on its behalf"));
    }
    let listed = |resources: &BTreeMap<Action, Resources>| -> Vec<String> {
        let patterns: BTreeSet<Text> = resources.values().flat_map(Resources::patterns).collect();
        let more = patterns.len().saturating_sub(LISTED);
        let mut shown: Vec<String> = patterns.iter().take(LISTED).map(Text::to_pattern).collect();
        if more > 0 {
            shown.push(format!("{more} more"));
        }
        shown
    };
    json!({
        "name": name,
        "facts": facts.join(", "),
        "resources": listed(&row.allowed),
        "denied": listed(&row.denied),
    })
}

/// The estimate as a person says it.
fn words(completeness: &Completeness) -> String {
    let seen = format!(
        "{} of {}, {} of them seen once",
        plural(completeness.calls, "call"),
        plural(completeness.kinds, "kind"),
        completeness.once,
    );
    let [chance, low, high] = [completeness.unseen, completeness.low, completeness.high].map(percent);
    format!(
        "{seen}; the chance that the next call is of a kind not in these logs is about {chance} (95 % interval: {low} to {high})"
    )
}

/// Two digits, however small.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let digits = match percent {
        _ if percent >= 10.0 || percent == 0.0 => 0,
        _ if percent >= 1.0 => 1,
        _ if percent >= 0.1 => 2,
        _ => 4,
    };
    format!("{percent:.digits$} %")
}

/// Six digits are more than the estimate has.
fn rounded(share: f64) -> f64 {
    (share * 1e6).round() / 1e6
}

fn plural(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
