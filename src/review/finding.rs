//! What is reported: one finding per function (or role that several share), rule, action and resource, with the line
//! of code and the statement of the template that it is about.
//!
//! A fingerprint is made of what the finding says and of no line or file name, so that it stays the same when code
//! moves; findings that say the same are numbered.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::risk::Risk;
use crate::model::{Action, Level, Origin, Place, Rule};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub rule: Rule,
    pub level: Level,
    /// The function; of a role that several share, all of them. Empty for findings about the configuration.
    pub functions: Vec<SmolStr>,
    /// As the need or the statement spells them; one, but for a policy that is taken whole.
    pub actions: Vec<Action>,
    /// As a person reads it: `${Table.Arn}/index/*`.
    pub resource: String,
    /// One request that shows it: for what is given too widely, a request that nothing needs.
    pub witness: Option<Witness>,
    pub message: String,
    /// The next step.
    pub help: Option<String>,
    pub risks: Vec<Risk>,
    /// Who needs it (or, of what is no longer needed, who did).
    pub origins: Vec<Origin>,
    /// The statement that gives it, or a line of the configuration.
    pub statement: Option<Place>,
    /// Where the template declares the function.
    pub declared: Option<Place>,
    /// What makes the finding less than sure.
    pub doubt: Option<String>,
    /// Sixteen hexadecimal digits.
    pub fingerprint: String,
}

/// A request as IAM is asked it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    pub action: Action,
    pub resource: String,
}

impl Finding {
    pub fn new(rule: Rule, functions: &[SmolStr], actions: Vec<Action>, resource: impl Into<String>) -> Self {
        Self {
            rule,
            level: default_level(rule),
            functions: functions.to_vec(),
            actions,
            resource: resource.into(),
            witness: None,
            message: String::new(),
            help: None,
            risks: Vec::new(),
            origins: Vec::new(),
            statement: None,
            declared: None,
            doubt: None,
            fingerprint: String::new(),
        }
    }

    /// Where a reader should look first: what is given, at its statement; what is needed, at the code.
    pub fn place(&self) -> Option<&Place> {
        let need = self.origins.first().map(Origin::place).filter(|place| !place.file.is_empty());
        let statement = self.statement.as_ref().or(self.declared.as_ref());
        let statement = statement.filter(|place| !place.file.is_empty());
        match self.rule {
            Rule::Unneeded | Rule::TooWide | Rule::ExpiredSuppression | Rule::UnknownAction => {
                statement.or(need)
            }
            Rule::Missing | Rule::NewPrivilege | Rule::Risk => need.or(statement),
        }
    }

    /// The other places that belong to it.
    pub fn related(&self) -> Vec<&Place> {
        let places = self.origins.iter().map(Origin::place).chain(&self.statement).chain(&self.declared);
        let first = self.place();
        let mut related: Vec<&Place> = Vec::new();
        for place in places {
            if !place.file.is_empty() && Some(place) != first && !related.contains(&place) {
                related.push(place);
            }
        }
        related
    }

    /// What a place is to the finding.
    pub fn role_of(&self, place: &Place) -> &'static str {
        if self.statement.as_ref() == Some(place) {
            if self.rule == Rule::ExpiredSuppression { "the configuration" } else { "the role" }
        } else if self.declared.as_ref() == Some(place) {
            "the function"
        } else {
            "needs it"
        }
    }

    /// `s3:GetObject, s3:PutObject`.
    pub fn action(&self) -> String {
        self.actions.iter().map(Action::as_str).collect::<Vec<_>>().join(", ")
    }

    /// `OrdersApi`, `OrdersApi and 3 more`.
    pub fn subject(&self) -> String {
        match self.functions.as_slice() {
            [] => String::new(),
            [one] => one.to_string(),
            [one, other] => format!("{one} and {other}"),
            [first, rest @ ..] => format!("{first} and {} more", rest.len()),
        }
    }

    /// Makes it a note, and says why.
    pub fn doubted(&mut self, why: impl Into<String>) {
        self.level = Level::Note;
        self.doubt.get_or_insert_with(|| why.into());
    }
}

pub fn default_level(rule: Rule) -> Level {
    match rule {
        Rule::Missing => Level::Error,
        _ => Level::Warning,
    }
}

/// Orders findings, the gravest first, and gives each its fingerprint.
pub fn finish(findings: &mut Vec<Finding>) {
    findings.sort_by(|a, b| {
        let key = |one: &Finding| {
            let place = one.place().cloned().unwrap_or_default();
            (std::cmp::Reverse(one.level), one.rule, one.functions.clone(), place)
        };
        key(a)
            .cmp(&key(b))
            .then_with(|| a.actions.cmp(&b.actions))
            .then_with(|| a.resource.cmp(&b.resource))
            .then_with(|| a.message.cmp(&b.message))
    });
    findings.dedup();
    let mut seen: BTreeMap<u64, u32> = BTreeMap::new();
    for finding in findings {
        let said = format!(
            "{}\n{}\n{}\n{}",
            finding.rule.id(),
            finding.functions.join(","),
            finding.action().to_ascii_lowercase(),
            finding.resource
        );
        let said = fnv(said.as_bytes());
        let number = seen.entry(said).or_insert(0);
        *number += 1;
        let own = if *number == 1 { said } else { fnv(format!("{said:016x} {number}").as_bytes()) };
        finding.fingerprint = format!("{own:016x}");
    }
}

/// FNV-1a, which is the same on every machine and in every version.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
