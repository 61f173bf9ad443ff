//! `scopedown calls`: the SDK calls that were found, as a table for people or JSON for programs
//! (`schemas/calls.schema.json`). A call site is one row, whatever chains reach it; where chains bring
//! different inputs, the row lists them all.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use smol_str::SmolStr;

use super::template;
use crate::analysis::{Analysis, FunctionAnalysis};
use crate::model::{Call, Field, Place};

/// A call site, as one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub place: Place,
    pub service: SmolStr,
    pub operation: SmolStr,
    /// Every input that reaches the site, by request field.
    pub inputs: BTreeMap<String, BTreeSet<Field>>,
    /// The functions whose handler reaches it, in the template's order; empty for unreachable calls.
    pub handlers: Vec<SmolStr>,
    pub reachable: bool,
    pub certain: bool,
}

/// The call sites of every function, and of files that no function runs, by place.
pub fn rows(analysis: &Analysis) -> Vec<Row> {
    let calls = analysis.functions.iter().flat_map(|f| f.calls.iter().map(move |call| (Some(&f.name), call)));
    gather(calls.chain(analysis.unclaimed.iter().map(|call| (None, call))))
}

/// As `calls --format json` prints them.
pub fn json(rows: &[Row]) -> Value {
    rows.iter()
        .map(|row| {
            let inputs: Map<String, Value> =
                row.inputs.iter().map(|(name, values)| (name.clone(), alternatives(values.iter()))).collect();
            json!({
                "file": row.place.file, "line": row.place.line, "column": row.place.column,
                "service": row.service, "operation": row.operation, "inputs": inputs,
                "reachable": row.reachable, "handlers": row.handlers, "certain": row.certain,
            })
        })
        .collect()
}

/// As `calls` prints them for people.
pub fn table(rows: &[Row]) -> String {
    let cells: Vec<[String; 4]> = rows.iter().map(cells).collect();
    let width = |column: usize| cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..3).map(width).collect();
    let lines: Vec<String> = cells
        .iter()
        .map(|[place, call, reached, inputs]| {
            let [a, b, c] = [widths[0], widths[1], widths[2]];
            format!("{place:a$}  {call:b$}  {reached:c$}  {inputs}").trim_end().to_owned()
        })
        .collect();
    template::render(include_str!("../../templates/calls.hbs"), &json!({ "lines": lines }))
}

/// The calls of one function that its handler does not reach, in short.
pub fn unreachable(function: &FunctionAnalysis) -> Value {
    let calls = function.calls.iter().map(|call| (Some(&function.name), call));
    gather(calls)
        .iter()
        .filter(|row| !row.reachable)
        .map(|row| {
            json!({
                "file": row.place.file, "line": row.place.line, "column": row.place.column,
                "service": row.service, "operation": row.operation,
            })
        })
        .collect()
}

fn gather<'a>(calls: impl Iterator<Item = (Option<&'a SmolStr>, &'a Call)>) -> Vec<Row> {
    let mut rows = BTreeMap::<_, Row>::new();
    for (function, call) in calls {
        let key = (call.place.clone(), call.service.clone(), call.operation.clone());
        let row = rows.entry(key).or_insert_with(|| Row {
            place: call.place.clone(),
            service: call.service.clone(),
            operation: call.operation.clone(),
            inputs: BTreeMap::new(),
            handlers: Vec::new(),
            reachable: false,
            certain: true,
        });
        row.certain &= call.certain;
        row.reachable |= call.reachable;
        if let Some(function) = function
            && call.reachable
            && !row.handlers.contains(function)
        {
            row.handlers.push(function.clone());
        }
        if let Field::Map { entries, .. } = &call.input {
            for (name, value) in entries {
                row.inputs.entry(name.to_string()).or_default().insert(value.clone());
            }
        }
    }
    rows.into_values().collect()
}

fn cells(row: &Row) -> [String; 4] {
    let Place { file, line, column } = &row.place;
    let unsure = if row.certain { "" } else { " (perhaps)" };
    let reached = if row.reachable { row.handlers.join(", ") } else { "unreachable".into() };
    let inputs: Vec<String> = row
        .inputs
        .iter()
        .map(|(name, values)| match alternatives(values.iter()) {
            Value::String(text) => format!("{name}={text}"),
            other => format!("{name}={other}"),
        })
        .collect();
    [
        format!("{file}:{line}:{column}"),
        format!("{}:{}{unsure}", row.service, row.operation),
        reached,
        inputs.join(" "),
    ]
}

/// One value as it is, several as a list of what it may be.
fn alternatives<'a>(values: impl Iterator<Item = &'a Field>) -> Value {
    let mut printed: Vec<Value> = Vec::new();
    for value in values.flat_map(field) {
        if !printed.contains(&value) {
            printed.push(value);
        }
    }
    if printed.len() == 1 { printed.remove(0) } else { Value::Array(printed) }
}

fn field(field: &Field) -> Vec<Value> {
    match field {
        Field::Text(texts) => texts.iter().map(|text| text.to_string().into()).collect(),
        Field::Unknown => vec!["*".into()],
        Field::List(items) => vec![Value::Array(items.iter().flat_map(self::field).collect())],
        Field::Map { entries, complete } => {
            let mut map: Map<String, Value> = entries
                .iter()
                .map(|(key, value)| (key.to_string(), alternatives(std::iter::once(value))))
                .collect();
            if !complete {
                map.insert("*".into(), "*".into());
            }
            vec![map.into()]
        }
    }
}
