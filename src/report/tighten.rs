//! The formats of `scopedown tighten`: per role what changes and how sure that is, what each of its functions needs,
//! and the verdicts. Text for a terminal, markdown for a comment, JSON (`schemas/tighten.schema.json`), and the new
//! policies alone, by function.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::template::{self, Paint};
use super::{diff, report, text, trail};
use crate::analysis::{Analysis, FunctionAnalysis, Tightened};
use crate::model::{Document, Kind};
use crate::policy;

/// The version of the shape of the JSON.
const VERSION: u32 = 1;

pub fn text(analysis: &Analysis, roles: &[Tightened], paint: Paint) -> String {
    let roles: Vec<Value> = roles.iter().map(|role| shown(analysis, role, paint)).collect();
    template::render_painted(include_str!("../../templates/tighten.hbs"), &whole(analysis, &roles), paint)
}

pub fn markdown(analysis: &Analysis, roles: &[Tightened]) -> String {
    let roles: Vec<Value> = roles
        .iter()
        .map(|role| {
            let mut data = shown(analysis, role, Paint::Plain);
            data["diff"] = diff::markdown(std::slice::from_ref(&role.diff), &[]).into();
            data
        })
        .collect();
    template::render(include_str!("../../templates/tighten.md.hbs"), &whole(analysis, &roles))
}

pub fn json(analysis: &Analysis, roles: &[Tightened]) -> Value {
    let role = |role: &Tightened| {
        let mut compared = diff::json(std::slice::from_ref(&role.diff), &[]);
        let change = |name: &str, from: &mut Value| from["functions"][0][name].take();
        json!({
            "role": role.role,
            "fits": role.fits(),
            "today": role.today,
            "changes": change("changes", &mut compared),
            "unified": change("unified", &mut compared),
            "policies": role.policies.iter().map(policy::print).collect::<Vec<_>>(),
            "functions": role.parts.iter().map(|part| json!({
                "name": part.function,
                "policies": part.policies.iter().map(policy::print).collect::<Vec<_>>(),
                "trail": of(analysis, &part.function).and_then(trail::json),
            })).collect::<Vec<_>>(),
            "notes": role.notes.iter().map(report::note).collect::<Vec<_>>(),
        })
    };
    json!({
        "version": VERSION,
        "roles": roles.iter().map(role).collect::<Vec<_>>(),
        "notes": analysis.notes.iter().map(report::note).collect::<Vec<_>>(),
    })
}

fn whole(analysis: &Analysis, roles: &[Value]) -> Value {
    json!({ "roles": roles, "notes": analysis.notes.iter().map(text::note).collect::<Vec<_>>() })
}

/// One policy for each function; a list where one is too long for a policy. Of one function alone it is the policy.
pub fn policies(roles: &[Tightened]) -> Value {
    let one = |documents: &[Document]| match documents {
        [document] => policy::print(document),
        documents => documents.iter().map(policy::print).collect(),
    };
    let parts: BTreeMap<_, _> =
        roles.iter().flat_map(|role| &role.parts).map(|part| (&part.function, part)).collect();
    match parts.values().collect::<Vec<_>>().as_slice() {
        [only] => one(&only.policies),
        _ => parts
            .iter()
            .map(|(name, part)| (name.to_string(), one(&part.policies)))
            .collect::<Map<_, _>>()
            .into(),
    }
}

fn of<'a>(analysis: &'a Analysis, name: &str) -> Option<&'a FunctionAnalysis> {
    analysis.functions.iter().find(|function| function.name == name)
}

fn shown(analysis: &Analysis, role: &Tightened, paint: Paint) -> Value {
    let functions: Vec<&str> = role.parts.iter().map(|part| part.function.as_str()).collect();
    let drawn = diff::meaning(&role.diff, paint);
    json!({
        "head": format!("Role {}", role.role),
        "functions": if functions.len() == 1 {
            format!("of {}", functions[0])
        } else {
            format!("shared by {}", functions.join(", "))
        },
        "shared": functions.len() > 1,
        "today": role.today,
        "diff": drawn.lines().collect::<Vec<_>>(),
        "parts": role.parts.iter().filter_map(|part| of(analysis, &part.function)).map(part).collect::<Vec<_>>(),
        "notes": role.notes.iter().map(text::note).collect::<Vec<_>>(),
        "verdict": verdict(role),
    })
}

fn verdict(role: &Tightened) -> String {
    if role.fits() {
        return "The role fits: it allows what is needed and nothing else.".to_owned();
    }
    let fits =
        if role.diff.differs() { "The role does not fit." } else { "Whether the role fits is not known." };
    if role.unread.is_empty() {
        return fits.to_owned();
    }
    format!("{fits} The code of {} was not read, so what it needs is not known.", role.unread.join(", "))
}

fn part(function: &FunctionAnalysis) -> Value {
    let statements = function.policy.statements.iter();
    let own = statements.filter(|statement| statement.kind != Kind::Platform);
    json!({
        "function": function.name,
        "permissions": own.map(|statement| text::permission(statement, &function.grants)).collect::<Vec<_>>(),
        "verdicts": trail::summary(function),
    })
}
