//! The role that a function has today, as the policy documents attached to it: what SAM makes of `Policies` and adds
//! by itself, or the `AWS::IAM::Role` that `Role` names with every policy of the template that attaches itself to it.
//!
//! Managed policies of AWS are taken from our copy of what AWS publishes; one that is not in it is noted, and missing
//! from the answer. A role outside the template is unknown, not empty.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use smol_str::{SmolStr, format_smolstr};

use super::function::Declared;
use super::policy::PolicyHere;
use super::template::Template;
use super::yaml::{self, Key, Node, Value};
use crate::catalog;
use crate::model::{Actions, Condition, Document, Effect, Grant, Part, Resources, Statement, Text};
use crate::policy;
use crate::project::{Attached, Entry, RoleToday, Written};

static POLICY_TEMPLATES: LazyLock<Node> =
    LazyLock::new(|| data(include_str!("../../../action-maps/sam-policy-templates.json")));

fn data(json: &str) -> Node {
    yaml::parse(json).expect("the embedded data is JSON")
}

/// The policies of a function's role. `by_itself` names the managed policies that SAM attaches to a role it makes,
/// and `inline` is what it adds to them.
pub fn current(
    template: &Template<'_>,
    declared: &Declared<'_>,
    by_itself: &[&str],
    inline: &[Grant],
) -> Option<RoleToday> {
    let function = declared.properties;
    let mut reader = Reader { template, policies: Vec::new(), incomplete: false };
    let roles = template.texts_at(function, "Role");
    if roles.is_empty() {
        if !declared.is_sam {
            template.note(function, "no-role", "the function has no `Role`");
            return None;
        }
        let mut documents: Vec<_> = by_itself.iter().filter_map(|name| managed(name)).collect();
        documents.extend(allowing(inline, &documents));
        reader.policies.extend(documents.into_iter().map(|document| Attached {
            written: vec![Written::default(); document.statements.len()],
            document,
            entry: Entry::BySam,
        }));
        for policies in Template::at(function, "Policies") {
            for policy in Template::elements(policies) {
                reader.sam_policy(policy);
            }
        }
        let role = format_smolstr!("{}Role", declared.id);
        return Some(RoleToday { role, policies: reader.policies, incomplete: reader.incomplete });
    }
    let mut ids = BTreeSet::new();
    for role in &roles {
        let Some(id) = role_of(template, role) else {
            let message = format!("the role `{role}` is not in the template, so what it allows is not known");
            template.note(function, "role-elsewhere", message);
            return None;
        };
        if ids.insert(id.clone()) {
            reader.role_policies(&id);
        }
    }
    let role = ids.iter().map(SmolStr::as_str).collect::<Vec<_>>().join("+").into();
    Some(RoleToday { role, policies: reader.policies, incomplete: reader.incomplete })
}

/// A document of the grants whose actions the documents do not have.
fn allowing(grants: &[Grant], documents: &[Document]) -> Option<Document> {
    let statements = documents.iter().flat_map(|document| &document.statements);
    let actions = statements.flat_map(|statement| match &statement.actions {
        Actions::Only(actions) | Actions::Except(actions) => actions,
    });
    let known: BTreeSet<_> = actions.collect();
    let missing = grants.iter().filter(|grant| !known.contains(&grant.action));
    let statements: Vec<_> = missing
        .map(|grant| Statement {
            sid: None,
            effect: Effect::Allow,
            principals: None,
            actions: Actions::Only(vec![grant.action.clone()]),
            resources: Some(Resources::Only(vec![grant.resource.symbolic.clone()])),
            condition: Condition::new(),
        })
        .collect();
    (!statements.is_empty()).then(|| Document { statements, ..Document::default() })
}

fn role_of(template: &Template<'_>, role: &Text) -> Option<SmolStr> {
    let by_reference = role.parts().iter().find_map(|part| match part {
        // The role that SAM makes for another function has a kind, but nothing to read.
        Part::Resource { id, .. } => {
            template.resource(id).filter(|_| template.kind(id) == Some("AWS::IAM::Role")).map(|_| id.clone())
        }
        _ => None,
    });
    let by_name = || {
        let role = template.resolved(role);
        let name = role.as_literal()?.rsplit('/').next()?.to_owned();
        let mut roles = template.of_kind("AWS::IAM::Role");
        roles.find(|(_, node)| template.literal_at(node, "RoleName").as_deref() == Some(&name))
    };
    by_reference.or_else(|| by_name().map(|(key, _)| key.text.clone()))
}

/// Collects the policies of one role.
struct Reader<'t, 'n> {
    template: &'t Template<'n>,
    policies: Vec<Attached>,
    incomplete: bool,
}

impl Reader<'_, '_> {
    fn role_policies(&mut self, role: &str) {
        let template = self.template;
        let Some(properties) = template.resource(role).and_then(|node| node.get("Properties")) else {
            return;
        };
        for policy in Template::at(properties, "Policies[]") {
            self.document_of(policy);
        }
        for managed in Template::at(properties, "ManagedPolicyArns[]") {
            self.attached(managed);
        }
        let name = template.literal_at(properties, "RoleName");
        let is_role = |text: &Text| match text.as_part() {
            Some(Part::Resource { id, .. }) => id == role,
            _ => name.is_some() && template.resolved(text).as_literal() == name.as_deref(),
        };
        for kind in ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"] {
            for (_, policy) in template.of_kind(kind) {
                if template.texts_at(policy, "Roles[]").iter().any(is_role) {
                    self.document_of(policy);
                }
            }
        }
        for (_, policy) in template.of_kind("AWS::IAM::RolePolicy") {
            if template.texts_at(policy, "RoleName").iter().any(is_role) {
                self.document_of(policy);
            }
        }
    }

    /// The `PolicyDocument` of a policy.
    fn document_of(&mut self, policy: &Node) {
        for document in Template::at(policy, "PolicyDocument") {
            let here = self.template.policy(document);
            self.take(here, self.template.is_kept(policy) || self.template.is_kept(document));
        }
    }

    fn take(&mut self, here: Option<PolicyHere>, kept: bool) {
        let Some(PolicyHere { document, mut written, whole }) = here else {
            self.incomplete = true;
            return;
        };
        for written in &mut written {
            written.kept |= kept;
        }
        self.incomplete |= !whole;
        self.policies.push(Attached { document, entry: Entry::Statements, written });
    }

    /// A policy that is taken whole, by its name.
    fn take_named(&mut self, name: &str, document: Option<Document>, at: &Node) {
        let Some(document) = document else {
            self.incomplete = true;
            return;
        };
        let written = Written { place: self.template.place(at), kept: self.template.is_kept(at) };
        let written = vec![written; document.statements.len()];
        self.policies.push(Attached { document, entry: Entry::Named(name.into()), written });
    }

    /// One element of a SAM function's `Policies`.
    fn sam_policy(&mut self, policy: &Node) {
        if policy.intrinsic().is_some() || policy.as_str().is_some() {
            self.attached(policy);
        } else if policy.get("Statement").is_some() {
            let here = self.template.policy(policy);
            self.take(here, self.template.is_kept(policy));
        } else {
            for (name, values) in policy.entries() {
                let document = expanded(self.template, name, values);
                self.take_named(&name.text, document, &key_node(name));
            }
        }
    }

    /// A managed policy by its name, its ARN or its place in the template.
    fn attached(&mut self, policy: &Node) {
        let template = self.template;
        for text in template.texts(policy) {
            if let Some(Part::Resource { id, .. }) = text.as_part()
                && let Some(properties) = template.resource(id).and_then(|node| node.get("Properties"))
            {
                self.document_of(properties);
                continue;
            }
            let resolved = template.resolved(&text);
            let name = match resolved.parts().last() {
                Some(Part::Literal(end)) => end.rsplit('/').next().unwrap_or_default(),
                _ => "",
            };
            // An account may have a policy of its own under the name of one of AWS.
            let written = resolved.to_string();
            let is_aws = !written.contains(":iam::") || written.contains(":iam::aws:");
            let document = if is_aws { managed(name) } else { None };
            if document.is_none() {
                template.note(
                    policy,
                    "managed-policy-not-read",
                    format!("what the managed policy `{text}` allows is not known here"),
                );
            }
            self.take_named(name, document, policy);
        }
    }
}

/// A key as a node, for its place.
fn key_node(key: &Key) -> Node {
    Node { value: Value::List(Vec::new()), line: key.line, column: key.column }
}

fn managed(name: &str) -> Option<Document> {
    let policy = catalog::managed_policy(name)?;
    policy::parse(&policy.document).ok()
}

/// A policy template of SAM with its values filled in.
fn expanded(template: &Template<'_>, name: &Key, values: &Node) -> Option<Document> {
    let Some(node) = statements(&POLICY_TEMPLATES, &name.text) else {
        let message = format!("`{}` is not a policy template that is known here", name.text);
        template.note(&key_node(name), "unknown-policy-template", message);
        return None;
    };
    template.policy(&filled(&node, values)).map(|here| here.document)
}

/// `{"Statement": […]}` of one entry of a data file.
fn statements(data: &Node, name: &str) -> Option<Node> {
    let statements = data.get(name)?.clone();
    let key = Key { text: "Statement".into(), line: 0, column: 0 };
    Some(Node { value: Value::Map(vec![(key, statements)]), line: 0, column: 0 })
}

/// Every `Ref` to a parameter of a policy template replaced by the value that is given for it.
fn filled(node: &Node, values: &Node) -> Node {
    if let Some(("Ref", name)) = node.intrinsic()
        && let Some(value) = name.as_str().and_then(|name| values.get(name))
    {
        return value.clone();
    }
    let value = match &node.value {
        Value::Scalar { .. } => node.value.clone(),
        Value::List(items) => Value::List(items.iter().map(|item| filled(item, values)).collect()),
        Value::Map(entries) => {
            Value::Map(entries.iter().map(|(key, value)| (key.clone(), filled(value, values))).collect())
        }
    };
    Node { value, line: values.line, column: values.column }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_templates_hold_statements_only() {
        for (name, statements) in POLICY_TEMPLATES.entries() {
            for statement in statements.list() {
                let whole = statement.get("Effect").is_some() && statement.get("Action").is_some();
                assert!(whole, "{}", name.text);
            }
            assert!(!statements.list().is_empty(), "{}", name.text);
        }
    }
}
