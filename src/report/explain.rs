//! `scopedown explain ACTION`: why an action is in a policy, drawn on the code with the way from the handler;
//! or why it is not: a call that no handler reaches, no call at all, no such action.
//!
//! It answers from the analysis alone: what IAM would decide about other policies is not its matter.

use std::collections::BTreeSet;
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Renderer, Snippet};
use smol_str::SmolStr;

use super::template::Paint;
use super::trail;
use crate::analysis::{self, Analysis, FunctionAnalysis};
use crate::catalog::{self, Operation, Options};
use crate::model::{Action, Call, Frame, Grant, Note, Origin, Place};
use crate::policy::action_covers;

/// The answer, and whether any function is granted the action.
#[derive(Debug)]
pub struct Explanation {
    pub text: String,
    pub granted: bool,
}

/// Explains `asked`, an action or a pattern with `*` and `?`. `source` gives the text of an analysed file.
pub fn render(
    analysis: &Analysis,
    asked: &Action,
    source: &dyn Fn(&str) -> Option<String>,
    paint: Paint,
) -> Explanation {
    let mut answers: Vec<Answer> = Vec::new();
    for function in &analysis.functions {
        let wanted = function.grants.iter().filter(|grant| action_covers(asked, &grant.action));
        answers.extend(wanted.map(|grant| granted(function, grant)));
    }
    let granted = !answers.is_empty();
    if !granted {
        answers = not_granted(analysis, asked);
    }
    let renderer = match paint {
        Paint::Plain => Renderer::plain(),
        Paint::Styled => Renderer::styled(),
    };
    let renderer = renderer.decor_style(DecorStyle::Unicode);
    let drawn: Vec<String> = answers.iter().map(|answer| answer.draw(&renderer, source)).collect();
    Explanation { text: drawn.join("\n\n") + "\n", granted }
}

/// One thing to say, with the places that show it.
struct Answer {
    level: Level<'static>,
    title: String,
    marks: Vec<Mark>,
    help: Vec<String>,
}

struct Mark {
    place: Place,
    kind: AnnotationKind,
    label: String,
}

fn granted(function: &FunctionAnalysis, grant: &Grant) -> Answer {
    let title = format!(
        "{} may {} on {} ({}, {})",
        function.name,
        grant.action,
        grant.resource.symbolic,
        grant.kind.name(),
        grant.confidence.name(),
    );
    let mut marks: Vec<Mark> = Vec::new();
    let mut help = reasons(function, grant);
    help.extend(trail::verdicts(function, |one| {
        one.action == grant.action && one.resource == grant.resource && one.granted
    }));
    for origin in &grant.origins {
        match origin {
            Origin::Trail { .. } => help.push(super::text::origin(origin)),
            Origin::Call { place, operation, chain } => {
                marks.extend(way(chain));
                marks.push(Mark {
                    place: place.clone(),
                    kind: AnnotationKind::Primary,
                    label: format!("calls {operation}"),
                });
            }
            Origin::Template { place, property } => marks.push(Mark {
                place: place.clone(),
                kind: AnnotationKind::Primary,
                label: format!("{property} needs it"),
            }),
            Origin::Pin { place, reason } => marks.push(Mark {
                place: place.clone(),
                kind: AnnotationKind::Primary,
                label: format!("pinned: {reason}"),
            }),
        }
    }
    Answer { level: Level::NOTE.with_name("granted"), title, marks, help }
}

/// Why the calls need the action, where their names do not say, and whether its resource is read off names alone.
fn reasons(function: &FunctionAnalysis, grant: &Grant) -> Vec<String> {
    let mut reasons: BTreeSet<String> = BTreeSet::new();
    let called = |call: &&Call| {
        grant.origins.iter().any(|origin| match origin {
            Origin::Call { place, chain, .. } => *place == call.place && *chain == call.chain,
            Origin::Template { .. } | Origin::Pin { .. } | Origin::Trail { .. } => false,
        })
    };
    for call in function.calls.iter().filter(called) {
        let name = format!("{}:{}", call.service, call.operation);
        let needs = catalog::require_with(call, &function.calls, Options { missing_keys: true }).needs;
        for need in needs.iter().filter(|need| need.action == grant.action) {
            reasons.extend(need.why.iter().map(|why| format!("{name} needs it because {why}")));
            if need.derived {
                reasons.insert(format!("what {name} is checked on is derived from the names of its request"));
            }
        }
    }
    reasons.into_iter().collect()
}

/// The calls that lead from the handler to the last frame.
fn way(chain: &[Frame]) -> impl Iterator<Item = Mark> + '_ {
    chain.windows(2).filter_map(|pair| {
        let [caller, callee] = pair else { return None };
        Some(Mark {
            place: callee.called_at.clone()?,
            kind: AnnotationKind::Context,
            label: format!("{} enters {}", caller.function, callee.function),
        })
    })
}

fn not_granted(analysis: &Analysis, asked: &Action) -> Vec<Answer> {
    let refusal = |title: String| Answer {
        level: Level::WARNING.with_name("not granted"),
        title,
        marks: Vec::new(),
        help: Vec::new(),
    };
    let call_needs = |service: &str, operation: &str| {
        let known = catalog::service(service).and_then(|service| service.operation(operation));
        known.is_some_and(|operation| needs(operation, asked))
    };
    let unreachable = super::calls::rows(analysis)
        .into_iter()
        .filter(|row| !row.reachable && call_needs(&row.service, &row.operation))
        .map(|row| Answer {
            marks: vec![Mark {
                place: row.place,
                kind: AnnotationKind::Primary,
                label: format!("{}:{}, which no handler reaches", row.service, row.operation),
            }],
            ..refusal(format!("{asked} is needed only by code that no handler reaches"))
        });
    let mut answers: Vec<Answer> = unreachable.collect();
    if answers.is_empty() {
        let operations = operations_needing(asked);
        let mut answer = if operations.is_empty() && !is_known(asked) {
            let mut answer = refusal(format!("there is no action {asked}"));
            answer.help.extend(catalog::meant(asked));
            answer
        } else {
            refusal(format!("no call in the code and nothing in the deployment needs {asked}"))
        };
        if action_covers(asked, &Action::new("s3:ListBucket")) && reads_objects(analysis) {
            answer
                .help
                .push("--missing-keys grants it, so that a missing key answers 404 and not 403".to_owned());
        }
        if !operations.is_empty() {
            answer.help.push(format!("operations that need it: {}", some_of(operations)));
        }
        answers.push(answer);
    }
    for function in &analysis.functions {
        let held = trail::verdicts(function, |one| !one.granted && action_covers(asked, &one.action));
        answers.extend(held.into_iter().map(|verdict| Answer {
            help: vec![format!("`--accept {asked}` takes it in")],
            ..refusal(format!("{}: {verdict}", function.name))
        }));
    }
    let unresolved = unresolved(analysis);
    if let Some(last) = answers.last_mut()
        && !unresolved.is_empty()
    {
        last.help.push(format!("it could hide behind what was not resolved: {}", some_of(unresolved)));
    }
    answers
}

fn reads_objects(analysis: &Analysis) -> bool {
    let reads = |call: &Call| {
        call.reachable
            && call.service == "s3"
            && matches!(call.operation.as_str(), "GetObject" | "HeadObject")
    };
    analysis.functions.iter().flat_map(|function| &function.calls).any(reads)
}

/// Where calls may have escaped the analysis.
fn unresolved(analysis: &Analysis) -> Vec<String> {
    let notes = analysis.functions.iter().flat_map(|function| &function.notes).chain(&analysis.notes);
    let hiding = notes.filter(|note| analysis::HIDING.contains(&note.rule));
    let mut places: Vec<String> =
        hiding.map(|Note { file, line, rule, .. }| format!("{file}:{line} ({rule})")).collect();
    places.dedup();
    places
}

impl Answer {
    fn draw(&self, renderer: &Renderer, source: &dyn Fn(&str) -> Option<String>) -> String {
        let mut files: Vec<(SmolStr, Option<String>)> = Vec::new();
        for mark in &self.marks {
            if !files.iter().any(|(file, _)| *file == mark.place.file) {
                files.push((mark.place.file.clone(), source(&mark.place.file)));
            }
        }
        let mut group = Group::with_title(self.level.clone().primary_title(self.title.as_str()));
        for (file, text) in &files {
            let marks = self.marks.iter().filter(|mark| mark.place.file == *file);
            match text {
                Some(text) => group = group.element(snippet(file, text, marks)),
                None => {
                    for Mark { place, label, .. } in marks {
                        let line = format!("{file}:{}: {label}", place.line);
                        group = group.element(Element::from(Level::NOTE.message(line)));
                    }
                }
            }
        }
        for help in &self.help {
            group = group.element(Element::from(Level::HELP.message(help.as_str())));
        }
        renderer.render(&[group])
    }
}

fn snippet<'a>(
    file: &'a str,
    text: &'a str,
    marks: impl Iterator<Item = &'a Mark>,
) -> Snippet<'a, Annotation<'a>> {
    let mut seen: Vec<(Range<usize>, &str)> = Vec::new();
    let mut snippet = Snippet::source(text).path(file);
    for mark in marks {
        let span = span(text, &mark.place);
        if !seen.contains(&(span.clone(), &mark.label)) {
            seen.push((span.clone(), &mark.label));
            snippet = snippet.annotation(mark.kind.span(span).label(mark.label.as_str()));
        }
    }
    snippet
}

/// The bytes of the name that stands at a place, or of the rest of the line where no name does.
fn span(text: &str, place: &Place) -> Range<usize> {
    let before = usize::try_from(place.line.saturating_sub(1)).unwrap_or(usize::MAX);
    let start: usize = text.split_inclusive('\n').take(before).map(str::len).sum();
    let line = text[start..].lines().next().unwrap_or_default();
    let column = usize::try_from(place.column.saturating_sub(1)).unwrap_or(usize::MAX);
    let column = line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
    let rest = &line[column..];
    let name = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let length = if name == 0 { rest.trim_end().len() } else { name };
    start + column..start + column + length
}

/// Whether the operation needs an action that `asked` stands for, always or under a condition.
fn needs(operation: &Operation, asked: &Action) -> bool {
    let conditional = operation.conditional.iter().map(|conditional| &conditional.action);
    operation.actions.iter().chain(conditional).any(|action| action_covers(asked, action))
}

/// Every operation that needs the action, as `service:Operation`, of whatever service.
fn operations_needing(asked: &Action) -> Vec<String> {
    let services = catalog::service_names().filter_map(|name| Some((name, catalog::service(name)?)));
    services
        .flat_map(|(name, service)| service.operations().map(move |operation| (name, operation)))
        .filter(|(_, operation)| needs(operation, asked))
        .map(|(name, operation)| format!("{name}:{}", operation.name))
        .collect()
}

fn is_known(asked: &Action) -> bool {
    catalog::actions(&asked.service().to_ascii_lowercase()).any(|info| action_covers(asked, &info.action))
}

/// The first few of a list.
fn some_of(mut items: Vec<String>) -> String {
    const SHOWN: usize = 10;
    let more = items.len().saturating_sub(SHOWN);
    items.truncate(SHOWN);
    let listed = items.join(", ");
    if more == 0 { listed } else { format!("{listed} and {more} more") }
}
