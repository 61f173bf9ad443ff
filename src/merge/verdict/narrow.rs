//! Where a trail makes a resource narrower, and when it may.
//!
//! What code and template agree on but nobody wrote down is read off the trail: the region and the account that the
//! function runs in, and the name that CloudFormation made up for a resource, where all calls show the same one and it
//! holds the resource's logical id. That changes no resource, it names it.
//!
//! What the code leaves open (`bucket/*`, a table that the event names) is narrowed to what was seen, and only when the
//! evidence suffices: the logs show such events, they are of [`DAYS`] days, the action was called [`CALLS`] times and
//! [`CALLS_EACH`] times for each of at most [`RESOURCES`] resources, and with 95 % certainty fewer than [`UNSEEN`] of
//! the function's calls are of a kind not seen yet. Objects are narrowed to the folder that all of them were in, never to
//! a part of a name, and no further than the first folder with a digit in it: where folders differ or carry a number they
//! are data, and tomorrow there is another.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use super::evidence::{Evidence, Seen};
use crate::model::{Action, Grant, Part, Pseudo, Resource, Text};
use crate::policy::covers;
use crate::project;
use crate::trail::Observation;

/// From the first event of the logs to the last.
pub const DAYS: i64 = 14;
pub const CALLS: u64 = 50;
pub const CALLS_EACH: u64 = 10;
pub const RESOURCES: usize = 5;
pub const UNSEEN: f64 = 0.05;

pub enum Narrowed {
    /// Nothing is open.
    Closed,
    /// Something is, and stays so; why.
    Left(String),
    To(Vec<Resource>),
}

/// The names that CloudFormation made up, as far as the trail shows them, by logical id.
#[derive(Debug, Default)]
pub struct Names(BTreeMap<SmolStr, SmolStr>);

/// Reads the names of resources off what was seen.
pub fn names(grants: &[Grant], evidence: &Evidence) -> Names {
    let mut found: BTreeMap<SmolStr, BTreeSet<SmolStr>> = BTreeMap::new();
    for grant in grants {
        let Some(id) = made_up(&grant.resource) else { continue };
        let pattern = located(&grant.resource, evidence);
        for one in evidence.allowed().filter(|one| one.action == grant.action) {
            if let Some(name) = name_in(&one.resource, &pattern).filter(|name| holds(name, id)) {
                found.entry(id.clone()).or_default().insert(name);
            }
        }
    }
    // Two names are two deployments, or somebody else's resource: nothing is read off them.
    let single = |(id, names): (SmolStr, BTreeSet<SmolStr>)| {
        names.first().filter(|_| names.len() == 1).cloned().map(|name| (id, name))
    };
    Names(found.into_iter().filter_map(single).collect())
}

impl Names {
    /// The resource with region, account and name filled in where they are known. What it is in the template stays.
    pub fn bound(&self, resource: &Resource, evidence: &Evidence) -> Resource {
        let mut pattern = located(resource, evidence);
        if let Some(name) = made_up(resource).and_then(|id| self.0.get(id)) {
            pattern = with_name(&pattern, name);
        }
        Resource { pattern, ..resource.clone() }
    }
}

/// The logical id of a resource whose name the template does not give.
fn made_up(resource: &Resource) -> Option<&SmolStr> {
    let Some(Part::Resource { id, .. }) = resource.symbolic.parts().first() else { return None };
    let [_, _, service, _, _, name] = project::fields(&resource.pattern)?;
    // Before the name there is the type of the resource, or nothing.
    let nameless = match name.parts() {
        [Part::Any, ..] => true,
        [Part::Literal(head), Part::Any, ..] if service.as_literal() != Some("s3") => {
            head.find(['/', ':']) == Some(head.len() - 1)
        }
        _ => false,
    };
    nameless.then_some(id)
}

/// CloudFormation puts the logical id into the names that it makes, S3 and others in lower case.
fn holds(name: &str, id: &str) -> bool {
    id.len() >= 3 && name.to_ascii_lowercase().contains(&id.to_ascii_lowercase())
}

/// What stands in a seen ARN where the pattern has its first wildcard.
fn name_in(seen: &Text, pattern: &Text) -> Option<SmolStr> {
    let (seen, pattern) = (seen.leading_literal(), pattern.leading_literal());
    let rest = seen.strip_prefix(pattern).filter(|_| pattern.starts_with("arn:"))?;
    match rest.split_once(['/', ':']) {
        Some((name, _)) => Some(name.into()),
        // A name that runs up to a wildcard may be a part of a name.
        None => Some(rest.into()),
    }
    .filter(|name: &SmolStr| !name.is_empty())
}

fn with_name(pattern: &Text, name: &str) -> Text {
    let mut filled = false;
    pattern.map(|part| match part {
        Part::Any if !filled => {
            filled = true;
            Text::literal(name)
        }
        part => part.clone().into(),
    })
}

/// The pattern with the region and the account of the function, where its resource is one of the deployment.
fn located(resource: &Resource, evidence: &Evidence) -> Text {
    let Some(mut fields) = project::fields(&resource.pattern) else { return resource.pattern.clone() };
    let of_template = matches!(resource.symbolic.parts().first(), Some(Part::Resource { .. }));
    let symbolic = project::fields(&resource.symbolic);
    for (at, pseudo, known) in
        [(3, Pseudo::Region, &evidence.region), (4, Pseudo::AccountId, &evidence.account)]
    {
        let here = of_template
            || symbolic.as_ref().is_some_and(|fields| fields[at].as_part() == Some(&Part::Pseudo(pseudo)));
        if let Some(known) = known.as_ref().filter(|_| here && fields[at].is_wildcard()) {
            fields[at] = Text::literal(known);
        }
    }
    let [arn, rest @ ..] = fields;
    rest.iter().fold(arn, |whole, field| whole.then(&Text::literal(":")).then(field))
}

/// Narrows what the code leaves open to what was seen of it.
pub fn narrowed(
    action: &Action,
    resource: &Resource,
    seen: &[&Observation],
    evidence: &Evidence,
) -> Narrowed {
    let Some([_, _, service, _, _, name]) = project::fields(&resource.pattern) else {
        return Narrowed::Closed;
    };
    if !name.parts().contains(&Part::Any) || made_up(resource).is_some() {
        return Narrowed::Closed;
    }
    let found =
        if service.as_literal() == Some("s3") { objects(resource, seen) } else { whole(resource, seen) };
    let Some(found) = found.filter(|found| !found.is_empty()) else {
        return Narrowed::Left("what was seen has no narrower pattern".to_owned());
    };
    match doubt(action, found.len(), seen, evidence) {
        Some(doubt) => Narrowed::Left(doubt),
        None => Narrowed::To(found),
    }
}

/// Why the evidence does not suffice.
fn doubt(action: &Action, resources: usize, seen: &[&Observation], evidence: &Evidence) -> Option<String> {
    let calls = Seen::of(seen).count;
    let each = calls / u64::try_from(resources.max(1)).unwrap_or(u64::MAX);
    if !evidence.visibility(action).is_visible() {
        return Some("the logs do not show all such calls".to_owned());
    }
    if evidence.days() < DAYS {
        return Some(format!("{} are fewer than {DAYS} days", evidence.days_in_words()));
    }
    if resources > RESOURCES {
        return Some(format!("it was used on more than {RESOURCES} resources"));
    }
    if calls < CALLS || each < CALLS_EACH {
        return Some(format!("{calls} calls on {resources} resources are too few to tell"));
    }
    match evidence.completeness {
        Some(completeness) if completeness.high <= UNSEEN => None,
        _ => Some("too much of what the function does may not have been seen yet".to_owned()),
    }
}

/// Exactly the resources that were seen, where each is told in full.
fn whole(resource: &Resource, seen: &[&Observation]) -> Option<Vec<Resource>> {
    if matches!(resource.symbolic.parts().first(), Some(Part::Resource { .. })) {
        return None;
    }
    let mut found = BTreeSet::new();
    for one in seen {
        one.resource.as_literal()?;
        if !covers(&resource.pattern, &one.resource) {
            return None;
        }
        found.insert(Resource { symbolic: one.resource.clone(), pattern: one.resource.clone() });
    }
    Some(found.into_iter().collect())
}

/// The folder that all objects were in, or the buckets that were used.
fn objects(resource: &Resource, seen: &[&Observation]) -> Option<Vec<Resource>> {
    let head = resource.pattern.leading_literal();
    let inside = head.strip_prefix("arn:").and_then(|_| head.split_once(":::")).map(|(_, name)| name)?;
    let Some((bucket, prefix)) = inside.split_once('/') else {
        return buckets(resource, seen).filter(|_| inside.is_empty());
    };
    // Only a wildcard at the end stands for folders.
    let [Part::Literal(_), Part::Any] = resource.pattern.parts() else { return None };
    if resource.symbolic.parts().last() != Some(&Part::Any) {
        return None;
    }
    let bucket = format!("{}/", &head[..head.len() - inside.len() + bucket.len()]);
    let mut common: Option<&str> = None;
    for one in seen {
        let key = one.resource.leading_literal().strip_prefix(&bucket)?;
        let own = folder(key, prefix)?;
        common = Some(common.map_or(own, |common| shared(common, own)));
    }
    let common = common.filter(|common| common.len() > prefix.len())?;
    Some(vec![deeper(resource, &common[prefix.len()..])])
}

/// The folders that two paths begin with.
fn shared<'a>(one: &'a str, other: &str) -> &'a str {
    let parts = one.split_inclusive('/').zip(other.split_inclusive('/'));
    let length = parts.take_while(|(own, other)| own == other).map(|(own, _)| own.len()).sum();
    &one[..length]
}

/// The folder of a key that is deeper than what the code says; none where there is none that lasts.
fn folder<'a>(key: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = key.strip_prefix(prefix)?;
    let mut end = 0;
    for part in rest.split_inclusive('/') {
        if !part.ends_with('/') || part.contains(|letter: char| letter.is_ascii_digit()) {
            break;
        }
        end += part.len();
    }
    (end > 0).then(|| &key[..prefix.len() + end])
}

/// `bucket/*` with a folder before the wildcard, in both spellings.
fn deeper(resource: &Resource, folder: &str) -> Resource {
    let deeper = |text: &Text| {
        let parts = text.parts();
        let head: Text = parts[..parts.len() - 1].iter().cloned().collect();
        head.then(&Text::literal(folder)).then(&Text::any())
    };
    Resource { symbolic: deeper(&resource.symbolic), pattern: deeper(&resource.pattern) }
}

/// The same on the buckets that were seen, in place of every bucket.
fn buckets(resource: &Resource, seen: &[&Observation]) -> Option<Vec<Resource>> {
    if matches!(resource.symbolic.parts().first(), Some(Part::Resource { .. })) {
        return None;
    }
    let mut names = BTreeSet::new();
    for one in seen {
        let name = name_in(&one.resource, &resource.pattern)?;
        // A name that is cut off by a wildcard is no name.
        if one.resource.as_literal().is_none() && !one.resource.leading_literal().contains('/') {
            return None;
        }
        names.insert(name);
    }
    let named = |name: &SmolStr| {
        let pattern = with_name(&resource.pattern, name);
        Resource { symbolic: pattern.clone(), pattern }
    };
    let found: Vec<Resource> = names.iter().map(named).collect();
    let kept = |one: &&Observation| found.iter().any(|resource| covers(&resource.pattern, &one.resource));
    seen.iter().all(kept).then_some(found)
}
