//! A role policy with its resources in both spellings, and how it is written in either.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use smol_str::SmolStr;

use super::{sid, spelling};
use crate::model::{
    Action, Actions, Condition, Document, Effect, Kind, Resource, Resources, Statement, Text,
};
use crate::policy::{Group, Permission, covers, minimise};

/// The statements of one function's role: by kind, by service, what is on `*` last, then by resource,
/// condition and actions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RolePolicy {
    pub statements: Vec<ScopedStatement>,
}

/// Every action on every resource, under one condition; all of one kind and one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopedStatement {
    /// Letters and digits; unique in its policy.
    pub sid: SmolStr,
    pub kind: Kind,
    pub actions: Vec<Action>,
    pub resources: Vec<Resource>,
    pub condition: Condition,
    /// The condition as a policy document writes it: literals and wildcards.
    pub plain_condition: Condition,
}

impl ScopedStatement {
    /// The service prefix of its actions, in lower case.
    pub fn service(&self) -> SmolStr {
        self.actions.first().map_or("", Action::service).to_ascii_lowercase().into()
    }

    /// Among the statements of its kind and service.
    fn order(&self) -> (bool, &[Resource], &Condition, &[Action]) {
        let on_all = self.resources.iter().any(|resource| resource.pattern.is_wildcard());
        (on_all, &self.resources, &self.condition, &self.actions)
    }
}

impl RolePolicy {
    /// Minimises what each kind wants of each service, orders the statements and names them.
    pub(super) fn new(
        wanted: impl IntoIterator<Item = (Kind, Permission<Resource>)>,
        settle: &dyn Fn(&Text) -> Text,
    ) -> Self {
        let mut by_service: IndexMap<(Kind, String), Vec<Permission<Resource>>> = IndexMap::new();
        for (kind, permission) in wanted {
            let service = permission.action.service().to_ascii_lowercase();
            by_service.entry((kind, service)).or_default().push(permission);
        }
        by_service.sort_keys();
        let mut statements = Vec::new();
        for ((kind, _), permissions) in by_service {
            let scoped = |Group { actions, resources, condition }| ScopedStatement {
                sid: SmolStr::default(),
                kind,
                actions,
                resources,
                plain_condition: spelling::plain_condition(&condition, settle),
                condition,
            };
            let mut own: Vec<_> = minimise(permissions).into_iter().map(scoped).collect();
            own.sort_by(|a, b| a.order().cmp(&b.order()));
            statements.extend(own);
        }
        sid::assign(&mut statements);
        Self { statements }
    }

    /// As plain JSON: literals, policy variables and wildcards. Resources that differ only in their name in
    /// the template have one pattern, and are written once.
    pub fn document(&self) -> Document {
        let mut written: IndexMap<_, (SmolStr, BTreeSet<Action>)> = IndexMap::new();
        for scoped in &self.statements {
            let patterns = scoped.resources.iter().map(|resource| spelling::plain(&resource.pattern));
            let patterns = without_covered(patterns.collect());
            let key = (scoped.kind, scoped.service(), patterns, scoped.plain_condition.clone());
            let (_, actions) = written.entry(key).or_insert_with(|| (scoped.sid.clone(), BTreeSet::new()));
            actions.extend(scoped.actions.iter().cloned());
        }
        let statements = written.into_iter().map(|((_, _, patterns, condition), (sid, actions))| {
            allow(sid, actions.into_iter().collect(), patterns, condition)
        });
        Document { statements: statements.collect(), ..Document::default() }
    }

    /// For templates: resources keep the names that the template gives them.
    pub fn symbolic(&self) -> Document {
        let statements = self.statements.iter().map(|scoped| {
            let texts: BTreeSet<_> =
                scoped.resources.iter().map(|resource| resource.symbolic.clone()).collect();
            let condition = spelling::symbolic_condition(&scoped.condition);
            allow(scoped.sid.clone(), scoped.actions.clone(), texts.into_iter().collect(), condition)
        });
        Document { statements: statements.collect(), ..Document::default() }
    }
}

fn allow(sid: SmolStr, actions: Vec<Action>, resources: Vec<Text>, condition: Condition) -> Statement {
    Statement {
        sid: Some(sid),
        effect: Effect::Allow,
        principals: None,
        actions: Actions::Only(actions),
        resources: Some(Resources::Only(resources)),
        condition,
    }
}

/// Without the patterns that another covers.
fn without_covered(patterns: BTreeSet<Text>) -> Vec<Text> {
    let mut kept: Vec<Text> = Vec::new();
    for pattern in patterns {
        if !kept.iter().any(|wider| covers(wider, &pattern)) {
            kept.retain(|narrower| !covers(&pattern, narrower));
            kept.push(pattern);
        }
    }
    kept
}
