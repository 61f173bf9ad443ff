//! The part of a CloudTrail record that is read, borrowed from where it stands. All else is skipped.

use super::time::Time;

/// One record. A member that the record leaves out is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record<'a> {
    pub event_id: &'a str,
    pub recipient: &'a str,
    /// `2026-11-03T09:15:27Z`.
    pub event_time: &'a str,
    /// `s3.amazonaws.com`.
    pub event_source: &'a str,
    pub event_name: &'a str,
    /// `AwsApiCall`, or something that is no call.
    pub event_type: &'a str,
    /// `Management`, `Data`, `Insight` or `NetworkActivity`.
    pub event_category: &'a str,
    /// `managementEvent`, for records that are older than their category.
    pub management: Option<bool>,
    pub region: &'a str,
    pub error_code: &'a str,
    pub error_message: &'a str,
    pub identity: Identity<'a>,
    /// JSON text: an object, `null`, or anything.
    pub parameters: &'a str,
    /// JSON text: a list of `{ARN, accountId, type}`.
    pub resources: &'a str,
}

/// Kinds of callers that are never a role, and fill most trails.
pub(super) const OTHERS: [&str; 4] = ["AWSService", "IAMUser", "Root", "AWSAccount"];

/// `userIdentity`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identity<'a> {
    /// `AssumedRole`.
    pub kind: &'a str,
    pub arn: &'a str,
    pub account: &'a str,
    /// The service that made the call with the caller's credentials.
    pub invoked_by: &'a str,
    /// `sessionContext.sessionIssuer.arn`: the role.
    pub issuer_arn: &'a str,
    /// `inScopeOf.credentialsIssuedTo`: the function.
    pub issued_to: &'a str,
}

/// What an engine that adds up by itself (Athena) says of many equal records, each event once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeats {
    pub count: u64,
    pub first: Time,
    pub last: Time,
}

impl Record<'_> {
    /// Whether the record says that somebody called an operation. Sign-ins, Insights, what services do by
    /// themselves, and what a network saw of a call that is recorded already do not.
    pub fn is_call(&self) -> bool {
        matches!(self.event_type, "AwsApiCall" | "")
            && !matches!(self.event_category, "Insight" | "NetworkActivity")
            && !self.event_source.is_empty()
            && !self.event_name.is_empty()
    }

    /// Whether trails leave the event out unless they are told to log it; none where the record does not say.
    pub fn is_data_event(&self) -> Option<bool> {
        match self.event_category {
            "" => self.management.map(|management| !management),
            category => Some(category == "Data"),
        }
    }

    /// The account that the call was made in.
    pub fn account(&self) -> &str {
        if self.recipient.is_empty() { self.identity.account } else { self.recipient }
    }
}
