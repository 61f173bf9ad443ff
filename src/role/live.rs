//! A role from IAM itself, and the calls that change it.
//!
//! What decides what the role may do must be readable, or nothing is answered: the role, its inline policies and
//! the list of what is attached. What a managed policy says, tags and last accesses may be refused; that is a note,
//! and for a policy of AWS's own our data stands in.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_iam::config::retry::RetryConfig;
use aws_sdk_iam::types::{AccessAdvisorUsageGranularityType, JobStatusType, ServiceLastAccessed, Tag};
use aws_sdk_iam::{Client, Config};
use smol_str::SmolStr;

use super::account::{Account, ManagedPolicy, Version};
use super::policy_text::decoded;
use super::shapes::unread;
use super::{
    Attached, Boundary, LastAccess, Owner, POLICY_NOT_READ, PolicyText, Role, managed, name_of, slips,
    version_number,
};
use crate::aws::{Connection, LiveError, Problem, Session, explain};
use crate::model::Note;

/// IAM is one service for a whole partition, and answers here where nobody names a region.
const HOME: &str = "us-east-1";
/// A report of last accesses takes IAM seconds. After these pauses, in milliseconds, it is given up.
const PAUSES: [u64; 14] = [100, 200, 400, 800, 1500, 3000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000];
/// A policy that was just made may not be known everywhere in IAM; after these pauses it is.
const SETTLING: [u64; 4] = [1000, 2000, 4000, 8000];

/// IAM, as somebody.
#[derive(Debug)]
pub struct Iam {
    session: Session,
    client: Client,
    /// Policies that were made here.
    made: BTreeSet<String>,
}

/// Reads a role by its name or ARN, with its last accesses.
pub fn live(iam: &mut Iam, wanted: &str) -> Result<(Role, Vec<Note>), LiveError> {
    let (mut role, mut notes) = iam.role(named(wanted)?)?;
    if let Some(arn) = &role.arn
        && wanted.starts_with("arn:")
        && wanted.contains(":role/")
        && arn != wanted
    {
        let message =
            format!("the role `{wanted}` was not found: with these credentials, its name is that of `{arn}`");
        return Err(LiveError::new(Problem::NotFound, message)
            .with_help("check the account, or choose another profile"));
    }
    match iam.last_accessed(role.arn.as_deref().unwrap_or_default()) {
        Ok(accesses) => role.last_accessed = Some(accesses),
        Err(error) => notes.push(lacking(
            "last-accessed-not-read",
            "when services were last called is not known",
            &error,
        )),
    }
    notes.extend(slips::notes(&role));
    notes.sort();
    Ok((role, notes))
}

/// The role's name, also from its ARN or from that of one of its sessions.
fn named(wanted: &str) -> Result<&str, LiveError> {
    if !wanted.starts_with("arn:") {
        return Ok(wanted);
    }
    match wanted.split(':').nth(5).and_then(|resource| resource.split_once('/')) {
        Some(("role", _)) => Ok(name_of(wanted)),
        Some(("assumed-role", rest)) => Ok(rest.split('/').next().unwrap_or(rest)),
        _ => Err(LiveError::new(Problem::Refused, format!("`{wanted}` is no ARN of a role"))
            .with_help("give the role's name or ARN, such as arn:aws:iam::123456789012:role/orders")),
    }
}

impl Iam {
    pub fn open(connection: &Connection) -> Result<Self, LiveError> {
        let session = Session::open(connection, Some(HOME))?;
        let client = Client::new(session.config());
        Ok(Self { session, client, made: BTreeSet::new() })
    }

    fn inline(
        &self,
        role: &str,
        subject: &str,
    ) -> Result<Vec<(SmolStr, PolicyText, Option<String>)>, LiveError> {
        let listed = self.client.list_role_policies().role_name(role).into_paginator().items().send();
        let names = self.session.block_on(listed.collect::<Result<Vec<_>, _>>());
        let names = names.map_err(|error| explain("iam:ListRolePolicies", subject, &error))?;
        let read = |name: String| {
            let got = self
                .session
                .block_on(self.client.get_role_policy().role_name(role).policy_name(&name).send());
            let got = got.map_err(|error| explain("iam:GetRolePolicy", subject, &error))?;
            let (policy, problem) = PolicyText::read(decoded(&got.policy_document));
            Ok((name.into(), policy, problem))
        };
        names.into_iter().map(read).collect()
    }

    fn attached(
        &self,
        role: &str,
        subject: &str,
        notes: &mut Vec<Note>,
    ) -> Result<Vec<(SmolStr, Attached)>, LiveError> {
        let listed =
            self.client.list_attached_role_policies().role_name(role).into_paginator().items().send();
        let policies = self.session.block_on(listed.collect::<Result<Vec<_>, _>>());
        let policies = policies.map_err(|error| explain("iam:ListAttachedRolePolicies", subject, &error))?;
        let arns = policies.into_iter().filter_map(|policy| policy.policy_arn);
        arns.map(|arn| Ok((arn.as_str().into(), self.managed(&arn, notes)?))).collect()
    }

    /// What a managed policy says. Only a refusal is survived.
    fn managed(&self, arn: &str, notes: &mut Vec<Note>) -> Result<Attached, LiveError> {
        match self.default_version(arn) {
            Ok(attached) => {
                notes.extend(newer(arn, &attached));
                Ok(attached)
            }
            Err(error) if matches!(error.problem(), Problem::Denied | Problem::NotFound) => {
                let mut attached = unread(arn, name_of(arn).into());
                let published = managed::published(arn);
                let message = format!("what the managed policy `{arn}` allows could not be read");
                notes.push(if published.is_some() {
                    lacking(
                        "managed-policy-from-data",
                        &format!("{message}, and is taken from our data"),
                        &error,
                    )
                } else {
                    lacking(POLICY_NOT_READ, &message, &error)
                });
                if let Some((version, policy)) = published {
                    (attached.version, attached.policy) = (Some(version), Some(policy));
                }
                Ok(attached)
            }
            Err(error) => Err(error),
        }
    }

    fn default_version(&self, arn: &str) -> Result<Attached, LiveError> {
        let subject = format!("the managed policy `{arn}`");
        let got = self.session.block_on(self.client.get_policy().policy_arn(arn).send());
        let got = got.map_err(|error| explain("iam:GetPolicy", &subject, &error))?.policy;
        let mut attached = unread(arn, name_of(arn).into());
        let Some(id) = got.as_ref().and_then(|policy| policy.default_version_id.clone()) else {
            return Ok(attached);
        };
        attached.attachments =
            got.and_then(|policy| policy.attachment_count).and_then(|count| u32::try_from(count).ok());
        attached.policy = self.version(arn, &id, &subject)?;
        if attached.owner == Owner::Customer {
            attached.versions = self.version_ids(arn, &subject)?.into_iter().map(|(id, _)| id).collect();
            attached.versions.sort_by_key(|id| version_number(id));
        }
        attached.version = Some(id.into());
        Ok(attached)
    }

    fn version(&self, arn: &str, id: &str, subject: &str) -> Result<Option<PolicyText>, LiveError> {
        let got =
            self.session.block_on(self.client.get_policy_version().policy_arn(arn).version_id(id).send());
        let got = got.map_err(|error| explain("iam:GetPolicyVersion", subject, &error))?;
        let text = got.policy_version.and_then(|version| version.document);
        Ok(text.map(|text| PolicyText::read(decoded(&text)).0))
    }

    /// Ids, and whether each is the default one.
    fn version_ids(&self, arn: &str, subject: &str) -> Result<Vec<(SmolStr, bool)>, LiveError> {
        let listed = self.client.list_policy_versions().policy_arn(arn).into_paginator().items().send();
        let versions = self.session.block_on(listed.collect::<Result<Vec<_>, _>>());
        let versions = versions.map_err(|error| explain("iam:ListPolicyVersions", subject, &error))?;
        let ids = versions.into_iter().map(|version| (version.version_id, version.is_default_version));
        Ok(ids.filter_map(|(id, default)| Some((id?.into(), default))).collect())
    }

    fn tags(&self, role: &str, subject: &str) -> Result<Vec<Tag>, LiveError> {
        let listed = self.client.list_role_tags().role_name(role).into_paginator().items().send();
        let tags = self.session.block_on(listed.collect::<Result<Vec<_>, _>>());
        tags.map_err(|error| explain("iam:ListRoleTags", subject, &error))
    }

    /// Asks IAM for a report, waits for it, and reads it.
    fn last_accessed(&self, arn: &str) -> Result<Vec<LastAccess>, LiveError> {
        let subject = format!("the last accesses of `{arn}`");
        // The answer can be done without, so nobody is kept waiting for long.
        let once_more = RetryConfig::standard().with_max_attempts(2);
        let asked = self
            .client
            .generate_service_last_accessed_details()
            .arn(arn)
            .granularity(AccessAdvisorUsageGranularityType::ActionLevel)
            .customize()
            .config_override(Config::builder().retry_config(once_more))
            .send();
        let asked = self.session.block_on(asked);
        let job = asked
            .map_err(|error| explain("iam:GenerateServiceLastAccessedDetails", &subject, &error))?
            .job_id
            .unwrap_or_default();
        let (mut accesses, mut marker, mut pauses) = (Vec::new(), None, PAUSES.into_iter());
        loop {
            let page =
                self.client.get_service_last_accessed_details().job_id(&job).set_marker(marker.take()).send();
            let page = self.session.block_on(page);
            let page =
                page.map_err(|error| explain("iam:GetServiceLastAccessedDetails", &subject, &error))?;
            match page.job_status {
                JobStatusType::Completed => {
                    accesses.extend(page.services_last_accessed.into_iter().map(access));
                    match page.marker.filter(|_| page.is_truncated) {
                        Some(next) => marker = Some(next),
                        None => break,
                    }
                }
                JobStatusType::InProgress => {
                    let Some(pause) = pauses.next() else {
                        let message = format!("IAM has not made the report of {subject} in time");
                        return Err(LiveError::new(Problem::Unexpected, message).with_help("try again later"));
                    };
                    self.wait(pause);
                }
                _ => {
                    let reason = page.error.map(|error| error.message).unwrap_or_default();
                    let message = format!("IAM could not make the report of {subject}: {reason}");
                    return Err(LiveError::new(Problem::Refused, message));
                }
            }
        }
        accesses.sort_by(|a, b| a.service.cmp(&b.service));
        Ok(accesses)
    }

    fn wait(&self, milliseconds: u64) {
        // The timer needs the session's runtime around it.
        self.session.block_on(async { tokio::time::sleep(Duration::from_millis(milliseconds)).await });
    }
}

impl Account for Iam {
    fn role(&mut self, name: &str) -> Result<(Role, Vec<Note>), LiveError> {
        let subject = format!("the role `{name}`");
        let got = self.session.block_on(self.client.get_role().role_name(name).send());
        let got = got.map_err(|error| explain("iam:GetRole", &subject, &error))?.role;
        let Some(found) = got else {
            let message = format!("the answer to `iam:GetRole` does not describe {subject}");
            return Err(LiveError::new(Problem::Unexpected, message));
        };
        let name = found.role_name.as_str();
        let mut notes = Vec::new();
        let mut role = Role {
            name: name.into(),
            path: found.path.into(),
            arn: Some(found.arn.into()),
            id: Some(found.role_id.into()),
            trust: found.assume_role_policy_document.map(|text| PolicyText::read(decoded(&text)).0),
            ..Role::default()
        };
        for (name, policy, problem) in self.inline(name, &subject)? {
            if let Some(problem) = problem {
                let message = format!("the inline policy `{name}` of {subject} cannot be read: {problem}");
                notes.push(Note::new(POLICY_NOT_READ, message));
            }
            role.inline.insert(name, policy);
        }
        role.attached = self.attached(name, &subject, &mut notes)?.into_iter().collect();
        if let Some(arn) = found.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn) {
            role.boundary = Some(Boundary { policy: self.managed(&arn, &mut notes)?, arn: arn.into() });
        }
        let tags = match found.tags {
            Some(tags) if !tags.is_empty() => Ok(tags),
            _ => self.tags(name, &subject),
        };
        match tags {
            Ok(tags) => role.tags = tags.into_iter().map(|tag| (tag.key.into(), tag.value.into())).collect(),
            Err(error) => notes.push(lacking("tags-not-read", "the role's tags are not known", &error)),
        }
        Ok((role, notes))
    }

    fn policy(&mut self, arn: &str) -> Result<Option<ManagedPolicy>, LiveError> {
        let subject = format!("the managed policy `{arn}`");
        let ids = match self.version_ids(arn, &subject) {
            Err(error) if error.problem() == Problem::NotFound => return Ok(None),
            other => other?,
        };
        let mut versions = Vec::new();
        for (id, default) in ids {
            if let Some(policy) = self.version(arn, &id, &subject)? {
                versions.push(Version { id, default, policy });
            }
        }
        Ok(Some(ManagedPolicy::new(versions)))
    }

    fn put_inline(&mut self, role: &str, name: &str, text: &str) -> Result<(), LiveError> {
        let call =
            self.client.put_role_policy().role_name(role).policy_name(name).policy_document(text).send();
        let done = self.session.block_on(call);
        done.map(drop).map_err(|error| explain("iam:PutRolePolicy", &format!("the role `{role}`"), &error))
    }

    fn delete_inline(&mut self, role: &str, name: &str) -> Result<(), LiveError> {
        let done =
            self.session.block_on(self.client.delete_role_policy().role_name(role).policy_name(name).send());
        done.map(drop).map_err(|error| explain("iam:DeleteRolePolicy", &format!("the role `{role}`"), &error))
    }

    fn attach(&mut self, role: &str, arn: &str) -> Result<(), LiveError> {
        let mut pauses =
            SETTLING.into_iter().filter(|_| self.made.contains(arn)).collect::<Vec<_>>().into_iter();
        loop {
            let call = self.client.attach_role_policy().role_name(role).policy_arn(arn).send();
            let done = self.session.block_on(call).map(drop);
            let error = match done {
                Ok(()) => return Ok(()),
                Err(error) => explain("iam:AttachRolePolicy", &format!("the role `{role}`"), &error),
            };
            match pauses.next().filter(|_| error.problem() == Problem::NotFound) {
                Some(pause) => self.wait(pause),
                None => return Err(error),
            }
        }
    }

    fn detach(&mut self, role: &str, arn: &str) -> Result<(), LiveError> {
        let done =
            self.session.block_on(self.client.detach_role_policy().role_name(role).policy_arn(arn).send());
        done.map(drop).map_err(|error| explain("iam:DetachRolePolicy", &format!("the role `{role}`"), &error))
    }

    fn create_policy(&mut self, name: &str, path: &str, text: &str) -> Result<(), LiveError> {
        let call = self.client.create_policy().policy_name(name).path(path).policy_document(text).send();
        let made = self.session.block_on(call);
        let made =
            made.map_err(|error| explain("iam:CreatePolicy", &format!("the policy `{name}`"), &error))?;
        self.made.extend(made.policy.and_then(|policy| policy.arn));
        Ok(())
    }

    fn delete_policy(&mut self, arn: &str) -> Result<(), LiveError> {
        let done = self.session.block_on(self.client.delete_policy().policy_arn(arn).send());
        done.map(drop).map_err(|error| explain("iam:DeletePolicy", &format!("the policy `{arn}`"), &error))
    }

    fn create_version(&mut self, arn: &str, text: &str, default: bool) -> Result<SmolStr, LiveError> {
        let call =
            self.client.create_policy_version().policy_arn(arn).policy_document(text).set_as_default(default);
        let made = self.session.block_on(call.send());
        let made =
            made.map_err(|error| explain("iam:CreatePolicyVersion", &format!("the policy `{arn}`"), &error))?;
        Ok(made.policy_version.and_then(|version| version.version_id).unwrap_or_default().into())
    }

    fn set_default(&mut self, arn: &str, version: &str) -> Result<(), LiveError> {
        let call = self.client.set_default_policy_version().policy_arn(arn).version_id(version).send();
        let done = self.session.block_on(call);
        done.map(drop)
            .map_err(|error| explain("iam:SetDefaultPolicyVersion", &format!("the policy `{arn}`"), &error))
    }

    fn delete_version(&mut self, arn: &str, version: &str) -> Result<(), LiveError> {
        let call = self.client.delete_policy_version().policy_arn(arn).version_id(version).send();
        let done = self.session.block_on(call);
        done.map(drop)
            .map_err(|error| explain("iam:DeletePolicyVersion", &format!("the policy `{arn}`"), &error))
    }
}

fn access(service: ServiceLastAccessed) -> LastAccess {
    let actions =
        service.tracked_actions_last_accessed.unwrap_or_default().into_iter().filter_map(|action| {
            Some((action.action_name?.into(), action.last_accessed_time.map(|time| time.to_string().into())))
        });
    LastAccess {
        service: service.service_namespace.into(),
        when: service.last_authenticated.map(|time| time.to_string().into()),
        region: service.last_authenticated_region.map(Into::into),
        actions: actions.collect(),
    }
}

/// Where AWS says something else today than our data does.
fn newer(arn: &str, attached: &Attached) -> Option<Note> {
    let (version, policy) = managed::published(arn)?;
    let (known, now) = (policy.document()?, attached.policy.as_ref()?.document()?);
    (known.statements != now.statements).then(|| {
        let message = format!(
            "AWS's managed policy `{}` is {} now and says something else than {version} in our data; AWS's is used",
            attached.name,
            attached.version.as_deref().unwrap_or("another"),
        );
        Note::new("managed-policy-newer", message)
    })
}

fn lacking(rule: &'static str, message: &str, error: &LiveError) -> Note {
    let note = Note::new(rule, format!("{message}: {error}"));
    match error.help() {
        Some(help) => note.help(help),
        None => note,
    }
}
