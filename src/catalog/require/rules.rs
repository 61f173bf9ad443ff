//! The resource rules of one service, read from `action-maps/overrides/resources/<service>.toml` when the service
//! is first asked for. The format is described in that folder's README; the rules themselves decide nothing here.

use std::collections::BTreeMap;

use serde::Deserialize;
use smol_str::SmolStr;

use super::template::Template;
use crate::catalog::When;
use crate::model::Action;

/// One service's rules.
#[derive(Debug, Default)]
pub struct Rules {
    types: BTreeMap<String, Template>,
    actions: BTreeMap<Action, Vec<Rule>>,
    /// By operation, in lower case.
    operations: BTreeMap<String, OperationRules>,
    always: BTreeMap<Action, Vec<Rule>>,
    /// Actions that only `*` allows whatever the reference lists for them, and why.
    only_any: BTreeMap<Action, SmolStr>,
}

/// What one operation does differently from its service.
#[derive(Debug, Default)]
pub struct OperationRules {
    pub actions: BTreeMap<Action, Vec<Rule>>,
    /// Another operation of the service whose request names the resource that this one's hides in a token.
    pub borrow: Option<SmolStr>,
}

/// Operator → key → values, in templates.
pub type Conditions = BTreeMap<SmolStr, BTreeMap<SmolStr, Vec<Template>>>;

/// Where an action is checked, and when it is needed at all.
#[derive(Debug)]
pub struct Rule {
    pub on: Vec<Template>,
    /// None means always.
    pub when: Option<When>,
    /// What an unseen field means for `when`: needed all the same, because leaving it out would plainly break.
    pub unsure: bool,
    pub condition: Conditions,
    pub likely: bool,
    pub why: Option<SmolStr>,
    /// What to tell the person where the rule applies.
    pub note: Option<SmolStr>,
    /// Only where a person has chosen it.
    pub option: Option<Choice>,
}

/// What a person can choose to have granted besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// A key that does not exist is told from one that is forbidden.
    MissingKeys,
}

impl Rules {
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let named = |name: &str| file.arn.get(name).cloned();
        let rules = |texts: BTreeMap<String, Entry>| -> Result<BTreeMap<Action, Vec<Rule>>, String> {
            texts.into_iter().map(|(action, entry)| Ok((Action::new(action), entry.rules(&named)?))).collect()
        };
        let mut operations = BTreeMap::new();
        for (operation, mut entries) in file.operations {
            let borrow = match entries.remove("borrow") {
                Some(Entry::On(from)) => Some(from.into()),
                Some(_) => return Err(format!("`{operation}`: `borrow` is the name of an operation")),
                None => None,
            };
            let actions = rules(entries).map_err(|error| format!("`{operation}`: {error}"))?;
            operations.insert(operation.to_ascii_lowercase(), OperationRules { actions, borrow });
        }
        let types = file
            .types
            .iter()
            .map(|(name, text)| Ok((name.to_ascii_lowercase(), Template::parse(text, &named)?)))
            .collect::<Result<_, String>>()?;
        let only_any = file.only_any.into_iter().map(|(action, why)| (Action::new(action), why)).collect();
        Ok(Self { types, actions: rules(file.actions)?, operations, always: rules(file.always)?, only_any })
    }

    /// Why only `*` allows the action although the reference lists resource types for it.
    pub fn only_any(&self, action: &Action) -> Option<&SmolStr> {
        self.only_any.get(action)
    }

    pub fn operation(&self, name: &str) -> Option<&OperationRules> {
        self.operations.get(&name.to_ascii_lowercase())
    }

    /// What every operation of the service needs besides its own actions.
    pub fn always(&self) -> impl Iterator<Item = (&Action, &Vec<Rule>)> {
        self.always.iter()
    }

    pub fn action(&self, action: &Action) -> Option<&[Rule]> {
        self.actions.get(action).map(Vec::as_slice)
    }

    /// How a request names a resource of this type.
    pub fn resource_type(&self, name: &str) -> Option<&Template> {
        self.types.get(&name.to_ascii_lowercase())
    }

    /// Every operation that has rules of its own, in lower case, and every action named anywhere.
    #[cfg(test)]
    pub fn names(&self) -> (Vec<&str>, Vec<&Action>) {
        let operations = self.operations.keys().map(String::as_str).collect();
        let actions = self
            .actions
            .keys()
            .chain(self.always.keys())
            .chain(self.only_any.keys())
            .chain(self.operations.values().flat_map(|operation| operation.actions.keys()))
            .collect();
        (operations, actions)
    }

    /// Every path into the request that a template or a condition's value has.
    pub fn paths(&self) -> std::collections::BTreeSet<SmolStr> {
        let rules = self
            .actions
            .values()
            .chain(self.always.values())
            .chain(self.operations.values().flat_map(|operation| operation.actions.values()))
            .flatten();
        let mut paths: std::collections::BTreeSet<SmolStr> =
            rules.clone().flat_map(|rule| &rule.when).flat_map(When::paths).map(Into::into).collect();
        let templates = rules
            .flat_map(|rule| {
                rule.on.iter().chain(rule.condition.values().flat_map(BTreeMap::values).flatten())
            })
            .chain(self.types.values());
        paths.extend(
            templates
                .flat_map(|template| &template.0)
                .flat_map(|pattern| pattern.slots().map(|slot| slot.path.clone()).collect::<Vec<_>>()),
        );
        paths
    }

    /// The resource types that have a template, in lower case.
    #[cfg(test)]
    pub fn type_names(&self) -> impl Iterator<Item = &str> {
        self.types.keys().map(String::as_str)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
#[derive(Default)]
struct File {
    arn: BTreeMap<String, String>,
    types: BTreeMap<String, String>,
    actions: BTreeMap<String, Entry>,
    operations: BTreeMap<String, BTreeMap<String, Entry>>,
    always: BTreeMap<String, Entry>,
    only_any: BTreeMap<String, SmolStr>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    On(String),
    OnAll(Vec<String>),
    Rule(RuleText),
    Rules(Vec<RuleText>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    on: OneOrMore,
    #[serde(default)]
    when: Option<When>,
    #[serde(default)]
    unsure: bool,
    #[serde(default)]
    condition: BTreeMap<SmolStr, BTreeMap<SmolStr, OneOrMore>>,
    #[serde(default)]
    likely: bool,
    #[serde(default)]
    why: Option<SmolStr>,
    #[serde(default)]
    note: Option<SmolStr>,
    #[serde(default)]
    option: Option<Choice>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}
impl OneOrMore {
    fn texts(self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text],
            Self::More(texts) => texts,
        }
    }
}

impl Entry {
    fn rules(self, named: &dyn Fn(&str) -> Option<String>) -> Result<Vec<Rule>, String> {
        let plain = |on: OneOrMore| RuleText {
            on,
            when: None,
            unsure: false,
            condition: BTreeMap::new(),
            likely: false,
            why: None,
            note: None,
            option: None,
        };
        let texts = match self {
            Self::On(on) => vec![plain(OneOrMore::One(on))],
            Self::OnAll(on) if on.is_empty() => Vec::new(),
            Self::OnAll(on) => vec![plain(OneOrMore::More(on))],
            Self::Rule(rule) => vec![rule],
            Self::Rules(rules) => rules,
        };
        texts.into_iter().map(|text| text.rule(named)).collect()
    }
}

impl RuleText {
    fn rule(self, named: &dyn Fn(&str) -> Option<String>) -> Result<Rule, String> {
        let templates = |texts: OneOrMore| -> Result<Vec<Template>, String> {
            texts.texts().iter().map(|text| Template::parse(text, named)).collect()
        };
        let mut condition = BTreeMap::new();
        for (operator, keys) in self.condition {
            let keys = keys
                .into_iter()
                .map(|(key, values)| Ok((key, templates(values)?)))
                .collect::<Result<BTreeMap<_, _>, String>>()?;
            condition.insert(operator, keys);
        }
        Ok(Rule {
            on: templates(self.on)?,
            when: self.when,
            unsure: self.unsure,
            condition,
            likely: self.likely,
            why: self.why,
            note: self.note,
            option: self.option,
        })
    }
}
