//! Grants → role policy. Stand-in until the policy room is merged.

use smol_str::SmolStr;

use crate::model::{
    Action, Actions, Condition, Document, Effect, Grant, Kind, Resource, Resources, Statement, Text,
};

#[derive(Clone, Debug, Default)]
pub struct RolePolicy {
    pub statements: Vec<ScopedStatement>,
}

#[derive(Clone, Debug)]
pub struct ScopedStatement {
    pub sid: SmolStr,
    pub kind: Kind,
    pub actions: Vec<Action>,
    pub resources: Vec<Resource>,
    pub condition: Condition,
}

#[derive(Debug, thiserror::Error)]
#[error("self check")]
pub struct SelfCheckError;

pub fn role_policy(grants: &[Grant]) -> Result<RolePolicy, SelfCheckError> {
    let statements = grants
        .iter()
        .map(|grant| ScopedStatement {
            sid: format!("{}{}", grant.action.service(), grant.action.name()).into(),
            kind: grant.kind,
            actions: vec![grant.action.clone()],
            resources: vec![grant.resource.clone()],
            condition: grant.condition.clone(),
        })
        .collect();
    Ok(RolePolicy { statements })
}

impl RolePolicy {
    pub fn document(&self) -> Document {
        self.with(|resource| resource.pattern.clone())
    }

    pub fn symbolic(&self) -> Document {
        self.with(|resource| resource.symbolic.clone())
    }

    fn with(&self, text: impl Fn(&Resource) -> Text) -> Document {
        let statements = self
            .statements
            .iter()
            .map(|statement| Statement {
                sid: Some(statement.sid.clone()),
                effect: Effect::Allow,
                principals: None,
                actions: Actions::Only(statement.actions.clone()),
                resources: Some(Resources::Only(statement.resources.iter().map(&text).collect())),
                condition: statement.condition.clone(),
            })
            .collect();
        Document { statements, ..Document::default() }
    }
}
