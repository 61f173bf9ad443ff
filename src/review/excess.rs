//! What a role gives and nothing needs: whole actions (*unneeded*), or the right ones on more than is needed and
//! patterns of which only some is (*too wide*). A role that several functions share is weighed once, against what
//! all of them need.
//!
//! Not weighed: `Deny`, `NotAction` and `NotResource`, actions that do not exist, statements that are kept, and what SAM
//! adds by itself. The
//! managed policies that AWS wrote for Lambda's own work count as used when any of their actions is: nobody can
//! narrow them. Where calls may have escaped the analysis, a finding is a note that says so.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::applies::applies;
use super::finding::{Finding, Witness};
use super::ground::Ground;
use super::{Group, another, example, risk};
use crate::analysis::{self, HIDING, is_pattern, known_actions};
use crate::catalog;
use crate::model::{
    Action, Actions, Effect, Grant, Note, Origin, Part, Place, Resources, Rule, Statement, Text,
};
use crate::policy::action_covers;
use crate::project::{Attached, Entry};
use crate::role;

/// More actions than this are counted, not listed.
const LISTED: usize = 8;

pub fn findings(group: &Group<'_>, ground: Ground<'_>) -> Vec<Finding> {
    let grants = group.members.iter().flat_map(|member| &member.analysed.grants);
    // What is kept is given by the statement that is kept, and is no reason for another.
    let needs: Vec<&Grant> = grants.filter(|grant| !analysis::is_kept(grant)).collect();
    let weigher = Weigher { group, ground, needs };
    let mut findings = Vec::new();
    for attached in &group.role.policies {
        match &attached.entry {
            Entry::BySam => {}
            Entry::Named(name) => findings.extend(weigher.named(name, attached)),
            Entry::Statements => {
                for (statement, written) in attached.document.statements.iter().zip(&attached.written) {
                    if !written.kept {
                        findings.extend(weigher.statement(statement, &written.place));
                    }
                }
            }
        }
    }
    for finding in &mut findings {
        weigher.doubt(finding);
    }
    findings
}

struct Weigher<'a> {
    group: &'a Group<'a>,
    ground: Ground<'a>,
    needs: Vec<&'a Grant>,
}

/// What of one action (or pattern) is needed on the resources of a statement.
struct Weighed<'a> {
    used: Vec<&'a Grant>,
    /// Resources on which nothing is needed.
    idle: Vec<&'a Text>,
    /// Resources that stand for more than is needed.
    wide: Vec<&'a Text>,
}

impl<'a> Weigher<'a> {
    fn weigh(&self, action: &Action, resources: &'a [Text]) -> Weighed<'a> {
        let of_action: Vec<&'a Grant> =
            self.needs.iter().copied().filter(|need| action_covers(action, &need.action)).collect();
        let mut weighed = Weighed { used: Vec::new(), idle: Vec::new(), wide: Vec::new() };
        for resource in resources {
            let on_it = of_action.iter().filter(|need| self.ground.touch(&need.resource.symbolic, resource));
            let on_it: Vec<&Grant> = on_it.copied().collect();
            if on_it.is_empty() {
                weighed.idle.push(resource);
            } else if !on_it.iter().any(|need| self.ground.uses_all(&need.resource.symbolic, resource)) {
                weighed.wide.push(resource);
            }
            weighed.used.extend(on_it);
        }
        weighed
    }

    fn statement(&self, statement: &'a Statement, place: &Place) -> Vec<Finding> {
        let (Effect::Allow, Actions::Only(actions), Some(Resources::Only(resources))) =
            (statement.effect, &statement.actions, &statement.resources)
        else {
            return Vec::new();
        };
        let mut findings = Vec::new();
        // Of what does not exist another finding tells.
        for action in actions.iter().filter(|action| role::exists(action)) {
            let weighed = self.weigh(action, resources);
            if weighed.used.is_empty() {
                findings.push(self.unneeded(action, resources, place));
                continue;
            }
            let idle = weighed.idle.iter().filter(|on| applies(action, on, self.ground));
            let idle: Vec<Text> = idle.map(|text| (*text).clone()).collect();
            if !idle.is_empty() {
                findings.push(self.unneeded(action, &idle, place));
            }
            findings.extend(self.too_wide(action, resources, &weighed, place));
        }
        findings
    }

    fn unneeded(&self, action: &Action, resources: &[Text], place: &Place) -> Finding {
        let mut finding = self.about(Rule::Unneeded, vec![action.clone()], resources, place);
        let role = &self.group.role.role;
        finding.message =
            format!("the role `{role}` gives `{action}` on {}, and nothing needs it", quoted(resources));
        finding.help =
            Some("take it out of the statement, or keep it with a comment `# scopedown: keep`".to_owned());
        let first = known_actions(action).next().unwrap_or_else(|| action.clone());
        finding.witness = resources.first().map(|resource| self.witness(&first, resource));
        if resources.iter().any(|text| self.has_parameter(text)) {
            finding.doubted("which resource it is depends on a parameter without a value");
        }
        self.dead_code(action, &mut finding);
        self.seen(action, &mut finding);
        finding
    }

    /// Says that the logs have what no code needs, and why that alone does not make it needed.
    fn seen(&self, action: &Action, finding: &mut Finding) {
        let observed = self.group.members.iter().filter_map(|member| member.analysed.observed.as_ref());
        let mut judged = observed.flat_map(|observed| &observed.judgements);
        if let Some(one) = judged.find(|one| !one.granted && action_covers(action, &one.action)) {
            write!(finding.message, "; `{}` was {}", one.action, one.reason).expect("writing to a string");
        }
    }

    fn too_wide(
        &self,
        action: &Action,
        resources: &[Text],
        weighed: &Weighed<'a>,
        place: &Place,
    ) -> Option<Finding> {
        let needed: BTreeSet<&Action> = weighed.used.iter().map(|need| &need.action).collect();
        let idle_action =
            is_pattern(action).then(|| known_actions(action).find(|one| !needed.contains(one))).flatten();
        if idle_action.is_none() && weighed.wide.is_empty() {
            return None;
        }
        let wide: Vec<Text> = weighed.wide.iter().map(|text| (*text).clone()).collect();
        let on: BTreeSet<String> =
            weighed.used.iter().map(|need| need.resource.symbolic.to_string()).collect();
        let given = if wide.is_empty() { resources } else { &wide };
        let mut finding = self.about(Rule::TooWide, vec![action.clone()], given, place);
        let mut message = format!("the role `{}` gives `{action}`", self.group.role.role);
        if !wide.is_empty() {
            write!(message, " on {}", quoted(&wide)).expect("writing to a string");
        }
        match &idle_action {
            Some(_) => {
                let list = listed(needed.iter().map(ToString::to_string));
                let count = known_actions(action).count();
                write!(message, ", which is {count} actions; needed of them: {list}")
                    .expect("writing to a string");
                if !wide.is_empty() {
                    write!(message, " on {}", listed(on.iter().cloned())).expect("writing to a string");
                }
            }
            None => write!(message, "; it is needed on {}", listed(on.iter().cloned()))
                .expect("writing to a string"),
        }
        finding.message = message;
        finding.help = Some(match &idle_action {
            Some(_) => "name the actions that are needed".to_owned(),
            None => format!("name what it is needed on: {}", listed(on.into_iter())),
        });
        finding.witness = match (&idle_action, wide.first(), weighed.used.first()) {
            (Some(idle), resource, Some(need)) => {
                let resource = resource.unwrap_or(&need.resource.symbolic);
                Some(self.witness(idle, resource))
            }
            (None, Some(wide), Some(need)) => self.beyond(need, wide, &weighed.used),
            _ => None,
        };
        if idle_action.is_none() && wide.iter().all(|text| self.has_parameter(text)) {
            finding.doubted("which resource it is depends on a parameter without a value");
        }
        finding.origins = origins(&weighed.used);
        Some(finding)
    }

    /// A policy that is taken whole: one finding at most.
    fn named(&self, name: &str, attached: &'a Attached) -> Option<Finding> {
        let written = attached.written.first().filter(|written| !written.kept)?;
        let (mut idle, mut used, mut wide) = (Vec::new(), Vec::new(), Vec::new());
        let mut total = 0;
        for statement in attached.document.statements.iter().filter(|one| one.effect == Effect::Allow) {
            let (Actions::Only(actions), Some(Resources::Only(resources))) =
                (&statement.actions, &statement.resources)
            else {
                return None;
            };
            for action in actions {
                let weighed = self.weigh(action, resources);
                let needed: BTreeSet<&Action> = weighed.used.iter().map(|need| &need.action).collect();
                total += known_actions(action).count();
                if weighed.used.is_empty() || known_actions(action).any(|one| !needed.contains(&one)) {
                    idle.push((action.clone(), resources.first().cloned().unwrap_or_else(Text::any)));
                }
                wide.extend(weighed.wide);
                used.extend(weighed.used);
            }
        }
        if used.is_empty() {
            let (actions, resources): (Vec<_>, Vec<_>) = idle.into_iter().unzip();
            let mut finding = self.about(Rule::Unneeded, actions, &resources, &written.place);
            name.clone_into(&mut finding.resource);
            finding.message = format!("nothing needs what the policy `{name}` gives");
            finding.help =
                Some("take the policy away, or keep it with a comment `# scopedown: keep`".to_owned());
            finding.witness = finding.actions.first().and_then(|action| {
                known_actions(action)
                    .next()
                    .map(|first| self.witness(&first, resources.first().unwrap_or(&Text::any())))
            });
            return Some(finding);
        }
        if for_lambda(name) || idle.is_empty() && wide.is_empty() {
            return None;
        }
        let needed: BTreeSet<String> = used.iter().map(|need| need.action.to_string()).collect();
        let witness = idle.first().and_then(|(action, resource)| {
            let needed: BTreeSet<&Action> = used.iter().map(|need| &need.action).collect();
            let idle = known_actions(action).find(|one| !needed.contains(one))?;
            Some(self.witness(&idle, resource))
        });
        let witness =
            witness.or_else(|| used.first().and_then(|need| self.beyond(need, wide.first()?, &used)));
        let (actions, resources): (Vec<_>, Vec<_>) = idle.into_iter().unzip();
        let mut finding = self.about(Rule::TooWide, actions, &resources, &written.place);
        name.clone_into(&mut finding.resource);
        finding.message = format!(
            "the policy `{name}` gives {total} actions; needed of them: {}",
            listed(needed.into_iter())
        );
        finding.help =
            Some("write a statement of what is needed in its place; see `scopedown generate`".to_owned());
        finding.witness = witness;
        finding.origins = origins(&used);
        Some(finding)
    }

    fn about(&self, rule: Rule, actions: Vec<Action>, resources: &[Text], place: &Place) -> Finding {
        let names: Vec<_> = self.group.members.iter().map(|member| member.function.name.clone()).collect();
        let shown: Vec<String> = resources.iter().map(ToString::to_string).collect();
        let any = Text::any();
        let mut risks = BTreeSet::new();
        for action in &actions {
            let on = resources.iter().find(|text| text.is_wildcard()).or(resources.first()).unwrap_or(&any);
            risks.extend(risk::of(action, on));
        }
        let mut finding = Finding::new(rule, &names, actions, shown.join(", "));
        finding.risks = risks.into_iter().collect();
        finding.statement = Some(place.clone()).filter(|place| !place.file.is_empty());
        finding
    }

    fn witness(&self, action: &Action, resource: &Text) -> Witness {
        let spelled = self.ground.project.spelled_out(resource, self.ground.choices, true);
        let of_action = || Some(example(&Text::parse_pattern(arn_of(action)?)));
        let resource = if spelled.is_wildcard() { of_action() } else { None };
        Witness { action: action.clone(), resource: resource.unwrap_or_else(|| example(&spelled)) }
    }

    /// Whether what it is hangs on a value that only the deployment has.
    fn has_parameter(&self, text: &Text) -> bool {
        let spelled = self.ground.project.spelled_out(text, self.ground.choices, true);
        spelled.parts().iter().any(|part| matches!(part, Part::Parameter(_) | Part::Unknown))
    }

    /// A resource that the role gives and no need includes; none where the attempts at one fail.
    fn beyond(&self, need: &Grant, given: &Text, used: &[&Grant]) -> Option<Witness> {
        let spelled = self.ground.project.spelled_out(given, self.ground.choices, true);
        let candidates = [another(&need.resource.pattern), example(&spelled), another(&spelled)];
        let beyond = candidates.into_iter().find(|candidate| {
            let text = Text::literal(candidate);
            self.ground.gives(given, &text)
                && !used.iter().any(|need| self.ground.gives(&need.resource.pattern, &text))
        })?;
        Some(Witness { action: need.action.clone(), resource: beyond })
    }

    /// Says which code needs the action though no handler reaches it.
    fn dead_code(&self, action: &Action, finding: &mut Finding) {
        for member in &self.group.members {
            for call in member.analysed.calls.iter().filter(|call| !call.reachable) {
                let operation =
                    catalog::service(&call.service).and_then(|service| service.operation(&call.operation));
                if operation
                    .is_some_and(|operation| operation.actions.iter().any(|one| action_covers(action, one)))
                {
                    let at = format!("{}:{}", call.place.file, call.place.line);
                    finding.help = Some(format!("only code that no handler reaches calls it: {at}"));
                    return;
                }
            }
        }
    }

    /// Lowers what rests on an analysis that may not have seen everything.
    fn doubt(&self, finding: &mut Finding) {
        if let Some(unread) = self.group.members.iter().find(|member| !member.analysed.followed) {
            finding.doubted(format!("the code of {} was not read", unread.function.name));
            return;
        }
        let notes = self.group.members.iter().flat_map(|member| &member.analysed.notes);
        let hiding = notes.filter(|note| HIDING.contains(&note.rule));
        let service = |note: &&Note| finding.actions.iter().any(|action| hides(note, action.service()));
        if let Some(note) = hiding.into_iter().find(service) {
            let at =
                if note.file.is_empty() { String::new() } else { format!(" ({}:{})", note.file, note.line) };
            finding.doubted(format!("calls may have escaped the analysis: {}{at}", note.rule));
        }
    }
}

/// Whether what a note could not resolve may be a call of the service. A note that names services is about those.
fn hides(note: &Note, prefix: &str) -> bool {
    if !matches!(note.rule, "unresolved-operation" | "unknown-operation" | "unresolved-receiver") {
        return true;
    }
    let words = note.message.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    let mut named = words.filter(|word| word.len() > 1).filter_map(catalog::service).peekable();
    named.peek().is_none()
        || prefix.is_empty()
        || named.any(|service| service.prefix.eq_ignore_ascii_case(prefix))
}

/// AWS's managed policies for what Lambda does with a role.
fn for_lambda(name: &str) -> bool {
    name.starts_with("AWSLambda") && name.contains("Role")
        || matches!(
            name,
            "AWSXRayDaemonWriteAccess"
                | "AWSXrayWriteOnlyAccess"
                | "CloudWatchLambdaInsightsExecutionRolePolicy"
        )
}

/// The form of an ARN that an action can be scoped to.
fn arn_of(action: &Action) -> Option<&'static str> {
    let kind = catalog::action(action)?.resource_types.first()?;
    let kind = catalog::resource_type(&action.service().to_ascii_lowercase(), kind)?;
    kind.arns.first().map(smol_str::SmolStr::as_str)
}

fn quoted(resources: &[Text]) -> String {
    listed(resources.iter().map(|text| format!("`{text}`")))
}

/// The first few of a list, and how many more.
fn listed(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    let more = items.len().saturating_sub(LISTED);
    let shown = items[..items.len() - more].join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

/// Who wants them, each once and in order.
fn origins(grants: &[&Grant]) -> Vec<Origin> {
    let each: BTreeSet<&Origin> = grants.iter().flat_map(|grant| &grant.origins).collect();
    each.into_iter().cloned().collect()
}
