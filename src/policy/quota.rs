//! What fits where. IAM counts the characters of a document without white space: 10,240 for all inline
//! policies of a role in sum, 6,144 for a managed policy, and 10 managed policies on a role unless the
//! account's quota was raised (up to 20).
//!
//! A document that is over is split, never shrunk: statements are dealt out whole, and a statement that alone
//! is over is cut by its resources, then by its actions, which is exact. What still does not fit is said.
//! Sizes are of the patterns as printed; a template's expressions may resolve to more.

use smol_str::format_smolstr;

use super::json::print_with;
use crate::model::{Actions, Document, Note, Part, Resources, Shape, Statement, Text};

pub const INLINE_TOTAL: usize = 10_240;
pub const MANAGED: usize = 6_144;
pub const MANAGED_COUNT: usize = 10;

/// Where the statements go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// At most one document, of at most [`INLINE_TOTAL`] characters.
    pub inline: Option<Document>,
    /// Each of at most [`MANAGED`] characters.
    pub managed: Vec<Document>,
    /// What is left over, and why (`policy-over-quota`).
    pub notes: Vec<Note>,
}

/// The size of a document as IAM counts it, in characters. What a reference will give once the template is
/// deployed is not known; it is counted rather too long than too short.
pub fn size(document: &Document) -> usize {
    let printed = print_with(document, &|text| text.map(stand_in).to_pattern().into());
    printed.to_string().chars().filter(|letter| !letter.is_whitespace()).count()
}

fn stand_in(part: &Part) -> Text {
    let length = match part {
        Part::Resource { shape: Shape::Arn | Shape::Url, .. } => 160,
        Part::Resource { .. } | Part::Parameter(_) => 64,
        Part::Pseudo(_) => 16,
        _ => return part.clone().into(),
    };
    Text::literal("x".repeat(length))
}

/// Inline where the document fits; else managed policies, as many as can still be attached; else both.
pub fn plan(document: &Document, attachable: usize) -> Plan {
    if size(document) <= INLINE_TOTAL {
        return Plan { inline: Some(document.clone()), ..Plan::default() };
    }
    plan_beside(document, attachable, INLINE_TOTAL)
}

/// Managed policies, as many as can still be attached; what is left goes inline, where others have left `room`
/// characters.
pub fn plan_beside(document: &Document, attachable: usize, room: usize) -> Plan {
    let mut plan = Plan::default();
    let mut parts = Vec::new();
    for statement in &document.statements {
        let (fitting, over) = cut_up(document, statement);
        parts.extend(fitting);
        plan.notes.extend(over.iter().map(|statement| {
            left_over(
                statement,
                &format!("is over the {MANAGED} characters of a managed policy, and cannot be split"),
            )
        }));
    }
    let mut inline = empty(document);
    for statement in parts {
        let place = plan.managed.iter_mut().find(|policy| fits(policy, &statement, MANAGED));
        if let Some(policy) = place {
            policy.statements.push(statement);
        } else if plan.managed.len() < attachable {
            plan.managed.push(with(document, statement));
        } else if fits(&inline, &statement, room) {
            inline.statements.push(statement);
        } else {
            let message = format!("does not fit into {attachable} managed policies and one inline policy");
            plan.notes.push(left_over(&statement, &message));
        }
    }
    plan.inline = (!inline.statements.is_empty()).then_some(inline);
    plan
}

fn empty(document: &Document) -> Document {
    Document { statements: Vec::new(), ..document.clone() }
}

fn with(document: &Document, statement: Statement) -> Document {
    Document { statements: vec![statement], ..empty(document) }
}

fn fits(policy: &Document, statement: &Statement, limit: usize) -> bool {
    let mut tried = policy.clone();
    tried.statements.push(statement.clone());
    size(&tried) <= limit
}

fn left_over(statement: &Statement, why: &str) -> Note {
    let name = statement.sid.as_deref().unwrap_or("without a Sid");
    Note::new("policy-over-quota", format!("statement `{name}` {why}"))
        .help("let the function do less, or ask for a higher quota of managed policies per role")
}

/// The statement in parts that fit a managed policy each, and those that cannot be made to.
fn cut_up(document: &Document, whole: &Statement) -> (Vec<Statement>, Vec<Statement>) {
    if size(&with(document, whole.clone())) <= MANAGED {
        return (vec![whole.clone()], Vec::new());
    }
    let (mut fitting, mut over, mut open) = (Vec::new(), Vec::new(), vec![whole.clone()]);
    while let Some(statement) = open.pop() {
        if part_fits(document, &statement) {
            fitting.push(statement);
        } else if let Some((first, second)) = cut(document, &statement) {
            open.extend([second, first]);
        } else {
            over.push(statement);
        }
    }
    if fitting.len() > 1 {
        for (index, statement) in fitting.iter_mut().enumerate() {
            statement.sid = whole.sid.as_ref().map(|sid| format_smolstr!("{sid}Part{}", index + 1));
        }
    }
    (fitting, over)
}

/// Whether a part is short enough, also with the number that its Sid gets.
fn part_fits(document: &Document, part: &Statement) -> bool {
    let numbered = if part.sid.is_some() { "Part9999".len() } else { 0 };
    size(&with(document, part.clone())) + numbered <= MANAGED
}

/// Two statements that together say the same, the first as long as fits. What is said by exception alone stays whole.
fn cut(document: &Document, statement: &Statement) -> Option<(Statement, Statement)> {
    let length = |statement: &Statement| match (&statement.resources, &statement.actions) {
        (Some(Resources::Only(resources)), _) if resources.len() > 1 => resources.len(),
        (_, Actions::Only(actions)) => actions.len(),
        _ => 0,
    };
    let at = |at: usize| {
        let (mut first, mut second) = (statement.clone(), statement.clone());
        match (&mut first.resources, &mut second.resources, &mut first.actions, &mut second.actions) {
            (Some(Resources::Only(head)), Some(Resources::Only(tail)), ..) if head.len() > 1 => {
                *tail = head.split_off(at);
            }
            (_, _, Actions::Only(head), Actions::Only(tail)) => *tail = head.split_off(at),
            _ => {}
        }
        (first, second)
    };
    let (mut fits, mut over) = (1, length(statement));
    if over < 2 {
        return None;
    }
    while over - fits > 1 {
        let middle = usize::midpoint(fits, over);
        if part_fits(document, &at(middle).0) { fits = middle } else { over = middle }
    }
    Some(at(fits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Action, Condition, Effect, Text};

    fn document(statements: usize, resources: usize) -> Document {
        let statement = |index: usize| Statement {
            sid: Some(format_smolstr!("S{index}")),
            effect: Effect::Allow,
            principals: None,
            actions: Actions::Only(vec![Action::new("s3:GetObject")]),
            resources: Some(Resources::Only(
                (0..resources)
                    .map(|r| Text::literal(format!("arn:aws:s3:::bucket-{index}/{r:0>60}")))
                    .collect(),
            )),
            condition: Condition::new(),
        };
        Document { statements: (0..statements).map(statement).collect(), ..Document::default() }
    }

    fn resources(documents: &[Document]) -> Vec<Text> {
        let statements = documents.iter().flat_map(|document| &document.statements);
        let mut all: Vec<Text> = statements
            .flat_map(|statement| match &statement.resources {
                Some(Resources::Only(resources)) => resources.clone(),
                _ => Vec::new(),
            })
            .collect();
        all.sort();
        all
    }

    #[test]
    fn what_fits_stays_inline() {
        let small = document(3, 2);
        assert_eq!(plan(&small, MANAGED_COUNT), Plan { inline: Some(small), ..Plan::default() });
    }

    #[test]
    fn what_is_over_is_split_and_nothing_is_lost() {
        for large in [document(40, 5), document(1, 150)] {
            let plan = plan(&large, MANAGED_COUNT);
            assert!(plan.notes.is_empty() && plan.inline.is_none());
            assert!(plan.managed.iter().all(|policy| size(policy) <= MANAGED));
            assert_eq!(resources(&plan.managed), resources(&[large]));
        }
        // As few as there can be: two of these resources have some 180 characters.
        assert_eq!(plan(&document(1, 150), MANAGED_COUNT).managed.len(), 3);
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let plan = plan(&document(30, 10), 1);
        assert!(plan.inline.is_some_and(|inline| size(&inline) <= INLINE_TOTAL));
        assert_eq!(plan.managed.len(), 1);
        assert!(
            plan.notes.iter().any(|note| note.rule == "policy-over-quota" && note.message.contains("`S29`"))
        );
    }
}
