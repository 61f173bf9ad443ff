//! What a JSON value describes, recognised by its shape: a policy document, what the `aws iam` commands print
//! (`get-account-authorization-details`, `list-roles`, `get-role`, `get-role-policy`, `list-role-policies`,
//! `list-attached-role-policies`, `list-role-tags`, `get-policy`, `get-policy-version`, `list-policies`), any of
//! their elements cut out by a query, what `scopedown role --format json` prints, or a backup of ours.
//!
//! Pieces are collected here and put together in [`super::file`]. A document may be a JSON object or a string, also
//! one with `%` escapes.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};
use smol_str::{SmolStr, format_smolstr};

use super::policy_text::decoded;
use super::source_text::line;
use super::{
    Attached, Boundary, LastAccess, Owner, POLICY_NOT_READ, PolicyText, Role, name_of, path_of,
    version_number,
};
use crate::model::Note;

/// Where a value stands: the file's name as it was given, its text, and the start of the value in it.
#[derive(Clone, Copy)]
pub struct Within<'a> {
    pub file: &'a str,
    pub text: &'a Arc<str>,
    pub start: usize,
}

/// The pieces of all files.
#[derive(Clone, Debug, Default)]
pub struct Described {
    pub roles: Vec<DescribedRole>,
    /// Managed policies by ARN.
    pub policies: BTreeMap<SmolStr, Attached>,
    /// Policy documents of nobody, with a name for each.
    pub documents: Vec<(SmolStr, PolicyText)>,
    /// Inline policies outside a role's description: of which role, where that is told, and the name.
    pub inline: Vec<(Option<SmolStr>, SmolStr, PolicyText)>,
    /// The names of the inline policies of some role.
    pub inline_names: Option<Vec<SmolStr>>,
    /// ARN and name of what is attached to some role.
    pub attached: Option<Vec<(SmolStr, SmolStr)>>,
    pub tags: BTreeMap<SmolStr, SmolStr>,
    /// Versions of managed policies that are not told: id and document.
    pub versions: Vec<(SmolStr, PolicyText)>,
    pub notes: Vec<Note>,
}

/// A role and which of its policies the description tells.
#[derive(Clone, Debug, Default)]
pub struct DescribedRole {
    pub role: Role,
    pub inline_told: bool,
    pub attached_told: bool,
}

/// Why a value is no description: the element and what is wrong with it.
pub struct Unfit {
    pub line: u32,
    pub problem: String,
}

impl Described {
    /// Takes in a value at a path (`$` is the whole). An error is about a value that is meant to be a policy.
    pub fn take(&mut self, within: Within, path: &str, value: &Value) -> Result<(), Unfit> {
        let Value::Object(object) = value else {
            let Value::Array(values) = value else { return Err(unrecognised(within, path, value)) };
            if values.is_empty() {
                return Err(unrecognised(within, path, value));
            }
            return values
                .iter()
                .enumerate()
                .try_for_each(|(index, value)| self.take(within, &format!("{path}[{index}]"), value));
        };
        let has = |key: &str| object.contains_key(key);
        if has("Statement") {
            let (policy, problem) = PolicyText::read(format!("{value:#}"));
            if let Some(problem) = problem {
                let (place, _) = problem.split_once(": ").unwrap_or_default();
                let line = line(within.text, within.start, &place.replacen('$', path, 1));
                return Err(Unfit { line, problem: format!("is no policy: {problem}") });
            }
            let policy = policy.read_at(within.file, within.text, within.start, path);
            self.documents.push((SmolStr::from(within.file), policy));
        } else if has("RoleDetailList") || has("Roles") || has("Policies") {
            for (list, each) in [
                ("RoleDetailList", Self::role as fn(&mut Self, _, &str, &_)),
                ("Roles", Self::role),
                ("Policies", Self::policy),
            ] {
                for (index, member) in members(object, list).enumerate() {
                    each(self, within, &format!("{path}.{list}[{index}]"), member);
                }
            }
        } else if let Some(Value::Object(role)) = object.get("Role") {
            self.role(within, &format!("{path}.Role"), role);
        } else if let Some(Value::Object(role)) = object.get("role") {
            self.own(within, path, role);
        } else if has("PolicyName") && has("PolicyDocument") {
            let policy = self.document(within, &format!("{path}.PolicyDocument"), &object["PolicyDocument"]);
            let name = string(object, "PolicyName").unwrap_or_default();
            self.inline.push((string(object, "RoleName"), name, policy));
        } else if has("RoleName")
            && ["Arn", "RoleId", "RolePolicyList", "AssumeRolePolicyDocument"].into_iter().any(has)
        {
            self.role(within, path, object);
        } else if has("AttachedPolicies") {
            let pairs = members(object, "AttachedPolicies").filter_map(attached_pair);
            self.attached.get_or_insert_default().extend(pairs);
        } else if let Some(Value::Array(names)) = object.get("PolicyNames") {
            let names = names.iter().filter_map(Value::as_str).map(SmolStr::from);
            self.inline_names.get_or_insert_default().extend(names);
        } else if let Some(Value::Object(policy)) = object.get("Policy") {
            self.policy(within, &format!("{path}.Policy"), policy);
        } else if has("Arn") && (has("PolicyVersionList") || has("DefaultVersionId")) {
            self.policy(within, path, object);
        } else if let Some(Value::Object(version)) = object.get("PolicyVersion") {
            self.version(within, &format!("{path}.PolicyVersion"), version);
        } else if has("VersionId") && has("Document") {
            self.version(within, path, object);
        } else if has("Tags") {
            self.tags.extend(tags(object));
        } else if !object.is_empty() && object.values().all(|one| one.get("Statement").is_some()) {
            // Documents by the name of the function or role they are for.
            for (name, document) in object {
                let policy = self.document(within, &format!("{path}.{name}"), document);
                let role = Role {
                    name: name.into(),
                    path: "/".into(),
                    inline: [(SmolStr::from(within.file), policy)].into(),
                    ..Role::default()
                };
                self.roles.push(DescribedRole { role, inline_told: true, attached_told: true });
            }
        } else if !has("Versions") {
            return Err(unrecognised(within, path, value));
        }
        Ok(())
    }

    fn role(&mut self, within: Within, path: &str, object: &Map<String, Value>) {
        let arn = string(object, "Arn");
        let mut role = Role {
            name: string(object, "RoleName")
                .unwrap_or_else(|| name_of(arn.as_deref().unwrap_or_default()).into()),
            path: string(object, "Path").unwrap_or_else(|| "/".into()),
            id: string(object, "RoleId"),
            tags: tags(object),
            ..Role::default()
        };
        if let Some(trust) = object.get("AssumeRolePolicyDocument") {
            role.trust = Some(self.document(within, &format!("{path}.AssumeRolePolicyDocument"), trust));
        }
        for (index, inline) in members(object, "RolePolicyList").enumerate() {
            if let (Some(name), Some(document)) = (string(inline, "PolicyName"), inline.get("PolicyDocument"))
            {
                let path = format!("{path}.RolePolicyList[{index}].PolicyDocument");
                role.inline.insert(name, self.document(within, &path, document));
            }
        }
        let attached = members(object, "AttachedManagedPolicies").filter_map(attached_pair);
        role.attached = attached.map(|(arn, name)| (arn.clone(), unread(&arn, name))).collect();
        role.boundary = object.get("PermissionsBoundary").and_then(|boundary| {
            let arn = SmolStr::from(boundary.get("PermissionsBoundaryArn")?.as_str()?);
            Some(Boundary { policy: unread(&arn, name_of(&arn).into()), arn })
        });
        role.arn = arn;
        self.roles.push(DescribedRole {
            role,
            inline_told: object.contains_key("RolePolicyList"),
            attached_told: object.contains_key("AttachedManagedPolicies"),
        });
    }

    /// A managed policy; the versions that come with it, where some do.
    fn policy(&mut self, within: Within, path: &str, object: &Map<String, Value>) {
        let Some(arn) = string(object, "Arn") else { return };
        let name = string(object, "PolicyName").unwrap_or_else(|| name_of(&arn).into());
        let mut policy = self.policies.remove(&arn).unwrap_or_else(|| unread(&arn, name));
        policy.version = string(object, "DefaultVersionId").or(policy.version);
        let attachments = object.get("AttachmentCount").and_then(Value::as_u64);
        policy.attachments = attachments.and_then(|count| u32::try_from(count).ok()).or(policy.attachments);
        for (index, version) in members(object, "PolicyVersionList").enumerate() {
            let Some(id) = string(version, "VersionId") else { continue };
            let default = version.get("IsDefaultVersion").and_then(Value::as_bool).unwrap_or(false);
            if let Some(document) = version.get("Document")
                && (default || policy.version.as_ref() == Some(&id))
            {
                let path = format!("{path}.PolicyVersionList[{index}].Document");
                policy.policy = Some(self.document(within, &path, document));
                policy.version = Some(id.clone());
            }
            policy.versions.push(id);
        }
        policy.versions.sort_by_key(|id| version_number(id));
        policy.versions.dedup();
        self.policies.insert(arn, policy);
    }

    fn version(&mut self, within: Within, path: &str, object: &Map<String, Value>) {
        if let (Some(id), Some(document)) = (string(object, "VersionId"), object.get("Document")) {
            let policy = self.document(within, &format!("{path}.Document"), document);
            self.versions.push((id, policy));
        }
    }

    /// A role as this program writes it: in a backup as it is kept, in `scopedown role --format json` for people.
    fn own(&mut self, within: Within, path: &str, object: &Map<String, Value>) {
        let role = serde_json::from_value(Value::Object(object.clone())).unwrap_or_else(|_| {
            let mut role = Role {
                name: string(object, "name").unwrap_or_default(),
                path: string(object, "path").unwrap_or_else(|| "/".into()),
                arn: string(object, "arn"),
                id: string(object, "id"),
                ..Role::default()
            };
            if let Some(trust) = object.get("trust").filter(|trust| trust.is_object()) {
                role.trust = Some(self.document(within, &format!("{path}.role.trust"), trust));
            }
            for (name, document) in entries(object, "inline") {
                let path = format!("{path}.role.inline.{name}");
                role.inline.insert(name.into(), self.document(within, &path, document));
            }
            for (arn, policy) in entries(object, "attached") {
                let path = format!("{path}.role.attached.{arn}");
                role.attached.insert(arn.into(), self.own_attached(within, &path, arn, policy));
            }
            role.boundary = object.get("boundary").filter(|boundary| boundary.is_object()).map(|boundary| {
                let arn = boundary.get("arn").and_then(Value::as_str).unwrap_or_default();
                let policy = self.own_attached(within, &format!("{path}.role.boundary"), arn, boundary);
                Boundary { arn: arn.into(), policy }
            });
            for (key, value) in entries(object, "tags") {
                role.tags.insert(key.into(), value.as_str().unwrap_or_default().into());
            }
            role.last_accessed = object
                .get("last_accessed")
                .and_then(|told| serde_json::from_value::<Vec<LastAccess>>(told.clone()).ok());
            role
        });
        self.roles.push(DescribedRole { role, inline_told: true, attached_told: true });
    }

    fn own_attached(&mut self, within: Within, path: &str, arn: &str, value: &Value) -> Attached {
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(SmolStr::from);
        let document = value.get("policy").filter(|document| document.is_object());
        Attached {
            version: text("version"),
            policy: document.map(|document| self.document(within, &format!("{path}.policy"), document)),
            ..unread(arn, text("name").unwrap_or_else(|| name_of(arn).into()))
        }
    }

    fn document(&mut self, within: Within, path: &str, value: &Value) -> PolicyText {
        let text = value.as_str().map_or_else(|| format!("{value:#}"), decoded);
        let (policy, problem) = PolicyText::read(text);
        if let Some(problem) = problem {
            let inner = problem.split_once(": ").map_or("", |(place, _)| place.trim_start_matches('$'));
            let line = line(within.text, within.start, &format!("{path}{inner}"));
            let message = format!("the policy document at `{path}` cannot be read: {problem}");
            self.notes.push(Note::new(POLICY_NOT_READ, message).at(within.file, line, 0));
        }
        policy.read_at(within.file, within.text, within.start, path)
    }
}

/// A managed policy of which nothing but its name is known.
pub fn unread(arn: &str, name: SmolStr) -> Attached {
    Attached {
        name,
        owner: Owner::of(arn),
        version: None,
        versions: Vec::new(),
        attachments: None,
        policy: None,
    }
}

fn unrecognised(within: Within, path: &str, value: &Value) -> Unfit {
    let what = match value {
        Value::Object(object) if object.is_empty() => "an empty object".to_owned(),
        Value::Object(object) => {
            let keys: Vec<String> = object.keys().take(5).map(|key| format!("`{key}`")).collect();
            let more = if object.len() > 5 { " …" } else { "" };
            format!("an object of {}{more}", keys.join(", "))
        }
        Value::Array(_) => "an empty list".to_owned(),
        Value::String(_) => "a string".to_owned(),
        _ => format!("`{value}`"),
    };
    let line = line(within.text, within.start, path);
    Unfit { line, problem: format!("is neither a policy nor a description of a role: it holds {what}") }
}

fn attached_pair(object: &Map<String, Value>) -> Option<(SmolStr, SmolStr)> {
    let arn = string(object, "PolicyArn")?;
    let name = string(object, "PolicyName").unwrap_or_else(|| name_of(&arn).into());
    Some((arn, name))
}

fn tags(object: &Map<String, Value>) -> BTreeMap<SmolStr, SmolStr> {
    members(object, "Tags").filter_map(|tag| Some((string(tag, "Key")?, string(tag, "Value")?))).collect()
}

fn string(object: &Map<String, Value>, key: &str) -> Option<SmolStr> {
    object.get(key).and_then(Value::as_str).map(SmolStr::from)
}

fn members<'a>(object: &'a Map<String, Value>, key: &str) -> impl Iterator<Item = &'a Map<String, Value>> {
    let list = object.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    list.iter().filter_map(Value::as_object)
}

fn entries<'a>(object: &'a Map<String, Value>, key: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    object.get(key).and_then(Value::as_object).into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

/// The name of a policy that stands in a file of its own; `number` tells several of one file apart.
pub fn document_name(file: &str, number: usize) -> SmolStr {
    if number == 0 { file.into() } else { format_smolstr!("{file}#{}", number + 1) }
}

/// The role's path where only its ARN tells it.
pub fn settle_path(role: &mut Role) {
    if role.path == "/"
        && let Some(arn) = &role.arn
    {
        role.path = path_of(arn).into();
    }
}
