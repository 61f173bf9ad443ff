//! Whose call a record is: the function that CloudTrail names, else the session of the role, else the role.
//!
//! The name of a session is chosen by whoever assumes the role. Lambda chooses the function's name; so a session is
//! good evidence where the role can be assumed by Lambda alone, and no proof. Users, the root account and services
//! are nobody's function: their calls are not kept.

use serde::{Deserialize, Serialize};
use smol_str::{SmolStr, format_smolstr};

use super::record::Identity;

/// How the function is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Attribution {
    /// `inScopeOf.credentialsIssuedTo`: the credentials were issued to this function.
    InScopeOf,
    /// The name of the assumed role's session.
    Session,
    /// Not at all: the role is known and nothing else.
    Role,
}

/// Who made a call.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Caller {
    /// `arn:aws:iam::111122223333:role/path/name`; without its path where the record leaves it out.
    pub role: SmolStr,
    /// The function's ARN, unqualified, or the name of the session.
    pub function: Option<SmolStr>,
    pub attribution: Attribution,
}

/// The same, borrowed from a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Borrowed<'a> {
    pub role: Role<'a>,
    pub function: Option<&'a str>,
    pub attribution: Attribution,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role<'a> {
    /// `sessionContext.sessionIssuer.arn`.
    Issuer(&'a str),
    /// Read off `arn:aws:sts::111122223333:assumed-role/name/session`.
    Session { partition: &'a str, account: &'a str, name: &'a str },
}

impl<'a> Borrowed<'a> {
    /// None for a caller that is no role.
    pub fn of(identity: &Identity<'a>) -> Option<Self> {
        let session = assumed(identity.arn);
        if session.is_none() && identity.kind != "AssumedRole" {
            return None;
        }
        let role = if identity.issuer_arn.contains(":role/") {
            Role::Issuer(identity.issuer_arn)
        } else {
            let (partition, account, name, _) = session?;
            Role::Session { partition, account, name }
        };
        let name = session.map(|(.., name)| name).filter(|name| !name.is_empty());
        let (function, attribution) = if let Some(function) = function_arn(identity.issued_to) {
            (Some(function), Attribution::InScopeOf)
        } else if name.is_some() {
            (name, Attribution::Session)
        } else {
            (None, Attribution::Role)
        };
        Some(Self { role, function, attribution })
    }

    /// What tells callers apart, for a hash.
    pub fn parts(&self) -> [&'a [u8]; 4] {
        let function = self.function.unwrap_or_default().as_bytes();
        let kind: &[u8] = match self.attribution {
            Attribution::InScopeOf => b"f",
            Attribution::Session => b"s",
            Attribution::Role => b"r",
        };
        match self.role {
            Role::Issuer(arn) => [arn.as_bytes(), b"", function, kind],
            Role::Session { account, name, .. } => [name.as_bytes(), account.as_bytes(), function, kind],
        }
    }

    /// Whether this is the same caller.
    pub fn is(&self, caller: &Caller) -> bool {
        let same_role = match self.role {
            Role::Issuer(arn) => caller.role == arn,
            Role::Session { partition, account, name } => {
                let rest = caller.role.strip_prefix("arn:").and_then(|rest| rest.strip_prefix(partition));
                let rest = rest.and_then(|rest| rest.strip_prefix(":iam::"));
                let rest = rest.and_then(|rest| rest.strip_prefix(account));
                rest.and_then(|rest| rest.strip_prefix(":role/")) == Some(name)
            }
        };
        same_role && caller.function.as_deref() == self.function && caller.attribution == self.attribution
    }

    pub fn to_owned(self) -> Caller {
        let role = match self.role {
            Role::Issuer(arn) => arn.into(),
            Role::Session { partition, account, name } => {
                format_smolstr!("arn:{partition}:iam::{account}:role/{name}")
            }
        };
        Caller { role, function: self.function.map(SmolStr::new), attribution: self.attribution }
    }
}

/// Partition, account, role and session of `arn:aws:sts::111122223333:assumed-role/name/session`.
fn assumed(arn: &str) -> Option<(&str, &str, &str, &str)> {
    let (partition, rest) = arn.strip_prefix("arn:")?.split_once(":sts::")?;
    let (account, rest) = rest.split_once(":assumed-role/")?;
    let (name, session) = rest.split_once('/').unwrap_or((rest, ""));
    Some((partition, account, name, session))
}

/// A function's ARN without its version or alias.
fn function_arn(arn: &str) -> Option<&str> {
    let at = arn.find(":function:")? + ":function:".len();
    let name = arn[at..].split(':').next().filter(|name| !name.is_empty())?;
    arn.starts_with("arn:").then(|| &arn[..at + name.len()])
}

impl Caller {
    /// `orders-api` of a function's ARN or of a session.
    pub fn function_name(&self) -> Option<&str> {
        let function = self.function.as_deref()?;
        Some(function.rsplit_once(":function:").map_or(function, |(_, name)| name))
    }

    /// The account of the role.
    pub fn account(&self) -> &str {
        self.role.split(':').nth(4).unwrap_or_default()
    }

    /// The role's name, without its path.
    pub fn role_name(&self) -> &str {
        self.role.rsplit('/').next().unwrap_or(&self.role)
    }
}
