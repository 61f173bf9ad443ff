//! A policy document, exactly: every form that IAM accepts is kept as it was written, so that reading and
//! printing a document loses nothing. Values are [`Text`], so a document inside a template keeps its `Ref`s.

use smol_str::SmolStr;

use super::{Action, Condition, Text};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    Allow,
    Deny,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actions {
    Only(Vec<Action>),
    /// `NotAction`.
    Except(Vec<Action>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resources {
    Only(Vec<Text>),
    /// `NotResource`.
    Except(Vec<Text>),
}

/// `Principal` and `NotPrincipal` of resource-based and trust policies, uninterpreted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principals {
    Only(serde_json::Value),
    Except(serde_json::Value),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub sid: Option<SmolStr>,
    pub effect: Effect,
    pub principals: Option<Principals>,
    pub actions: Actions,
    /// Absent in trust policies.
    pub resources: Option<Resources>,
    pub condition: Condition,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// `2012-10-17` in everything we write.
    pub version: SmolStr,
    pub id: Option<SmolStr>,
    pub statements: Vec<Statement>,
}

impl Default for Document {
    fn default() -> Self {
        Self { version: "2012-10-17".into(), id: None, statements: Vec::new() }
    }
}
