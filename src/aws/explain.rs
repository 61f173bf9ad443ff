//! From an SDK's error to a sentence that a person can act on.
//!
//! The SDK tells apart where a call failed; what failed stands in the chain of causes and in the service's
//! error code. Codes differ by service and protocol (`AccessDenied`, `AccessDeniedException`); they are
//! matched by what they share.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_iam::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

use super::{LiveError, Problem};

/// What to do where AWS does not know who is asking.
const SIGN_IN: &str = "sign in (`aws sso login`), set `AWS_PROFILE`, or set `AWS_ACCESS_KEY_ID` and \
                       `AWS_SECRET_ACCESS_KEY`";

/// What to do where something answers that is not AWS.
const ENDPOINT: &str = "check that the endpoint (`AWS_ENDPOINT_URL…`) or proxy speaks for AWS";

/// `action` is the IAM action that allows the call (`iam:GetRole`), `subject` what it is about (``the role
/// `orders` ``); both appear in what a person reads.
pub fn explain<E, R>(action: &str, subject: &str, error: &SdkError<E, R>) -> LiveError
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug + 'static,
{
    if let SdkError::ServiceError(_) = error {
        let Some(code) = error.code() else {
            let message = format!("`{action}` failed for {subject}, with an answer that names no error");
            return LiveError::new(Problem::Unexpected, message).with_help(ENDPOINT);
        };
        return service(action, subject, code, error.message().unwrap_or_default());
    }
    if let Some(credentials) = cause::<CredentialsError>(error) {
        return unidentified(credentials);
    }
    let reason = deepest(error);
    match error {
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) => unreachable_service(action, &reason),
        SdkError::ResponseError(_) => LiveError::new(
            Problem::Unexpected,
            format!("the answer to `{action}` could not be read: {reason}"),
        )
        .with_help(ENDPOINT),
        _ => LiveError::new(Problem::Unexpected, format!("could not ask for `{action}`: {reason}")),
    }
}

/// The service answered, and the answer is no.
pub(super) fn service(action: &str, subject: &str, code: &str, message: &str) -> LiveError {
    let told = if message.is_empty() { code.to_owned() } else { format!("{message} ({code})") };
    let problem = of_code(code);
    let error = match problem {
        Problem::Denied => {
            let allow = denied_action(message).unwrap_or(action);
            LiveError::new(problem, format!("not allowed to read or change {subject}: {told}")).with_help(
                format!("allow `{allow}` to the identity that runs scopedown, or use another profile"),
            )
        }
        Problem::Expired => LiveError::new(problem, format!("the credentials have expired: {told}"))
            .with_help("sign in again (`aws sso login`) or renew the session's credentials"),
        Problem::Unrecognized => {
            LiveError::new(problem, format!("AWS does not accept the credentials: {told}")).with_help(SIGN_IN)
        }
        Problem::Throttled => {
            LiveError::new(problem, format!("`{action}` was throttled, also after waiting: {told}"))
                .with_help("try again later, or raise `AWS_MAX_ATTEMPTS`")
        }
        Problem::NotFound => LiveError::new(problem, format!("{subject} was not found: {told}"))
            .with_help("check the name, the account and the region"),
        _ => LiveError::new(problem, format!("`{action}` failed for {subject}: {told}")),
    };
    error.with_code(Some(code))
}

/// No credentials, or some that could not be had.
pub(super) fn unidentified(error: &CredentialsError) -> LiveError {
    let reason = deepest(error);
    let expired = reason.to_ascii_lowercase().contains("expired");
    match error {
        CredentialsError::CredentialsNotLoaded(_) => {
            LiveError::new(Problem::NoCredentials, "no AWS credentials were found").with_help(SIGN_IN)
        }
        _ if expired => LiveError::new(Problem::Expired, format!("the sign-in has expired: {reason}"))
            .with_help("sign in again (`aws sso login`)"),
        _ => LiveError::new(Problem::NoCredentials, format!("AWS credentials could not be loaded: {reason}"))
            .with_help(SIGN_IN),
    }
}

pub(super) fn unreachable_service(action: &str, reason: &str) -> LiveError {
    LiveError::new(Problem::Unreachable, format!("no answer from AWS for `{action}`: {reason}"))
        .with_help("check the network, the proxy, the region, and `AWS_ENDPOINT_URL…` if one is set")
}

fn of_code(code: &str) -> Problem {
    let has = |parts: &[&str]| parts.iter().any(|part| code.contains(part));
    if has(&["Expired", "TokenRefreshRequired"]) {
        Problem::Expired
    } else if has(&[
        "InvalidClientTokenId",
        "UnrecognizedClient",
        "InvalidAccessKeyId",
        "Signature",
        "InvalidToken",
    ]) {
        Problem::Unrecognized
    } else if has(&["AccessDenied", "Unauthorized", "NotAuthorized", "Forbidden", "AuthorizationError"]) {
        Problem::Denied
    } else if has(&["Throttl", "TooManyRequests", "RequestLimitExceeded", "SlowDown", "BandwidthLimit"]) {
        Problem::Throttled
    } else if has(&["NoSuch", "NotFound"]) {
        Problem::NotFound
    } else {
        Problem::Refused
    }
}

/// AWS names the action in most denials: `… is not authorized to perform: iam:GetRole on resource: …`.
fn denied_action(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("not authorized to perform: ")?;
    let action = rest.split_whitespace().next()?.trim_end_matches(['.', ',']);
    action.contains(':').then_some(action)
}

fn cause<'e, T: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// The last cause is the one that says it: `connection refused`.
pub(super) fn deepest(error: &(dyn Error + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    let text = last.to_string();
    if text.is_empty() { DisplayErrorContext(error).to_string() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(code: &str) -> Problem {
        service("iam:GetRole", "the role `orders`", code, "").problem()
    }

    #[test]
    fn codes_of_every_protocol_are_told_apart() {
        assert_eq!(problem("AccessDenied"), Problem::Denied);
        assert_eq!(problem("AccessDeniedException"), Problem::Denied);
        assert_eq!(problem("ExpiredTokenException"), Problem::Expired);
        assert_eq!(problem("InvalidClientTokenId"), Problem::Unrecognized);
        assert_eq!(problem("SignatureDoesNotMatch"), Problem::Unrecognized);
        assert_eq!(problem("ThrottlingException"), Problem::Throttled);
        assert_eq!(problem("SlowDown"), Problem::Throttled);
        assert_eq!(problem("NoSuchEntity"), Problem::NotFound);
        assert_eq!(problem("EventDataStoreNotFoundException"), Problem::NotFound);
        assert_eq!(problem("MalformedPolicyDocument"), Problem::Refused);
    }

    #[test]
    fn a_denial_names_the_action_that_aws_names() {
        let told = "User: arn:aws:iam::111122223333:user/ci is not authorized to perform: kms:Decrypt on \
                    resource: arn:aws:kms:eu-west-1:111122223333:key/k because no policy allows it";
        let error = service("s3:GetObject", "the bucket `logs`", "AccessDenied", told);
        assert!(error.help().unwrap().contains("`kms:Decrypt`"));
        assert_eq!(error.code(), Some("AccessDenied"));
        let silent = service("s3:GetObject", "the bucket `logs`", "AccessDenied", "Access Denied");
        assert!(silent.help().unwrap().contains("`s3:GetObject`"));
    }

    #[test]
    fn missing_credentials_say_how_to_sign_in() {
        let error = unidentified(&CredentialsError::not_loaded_no_source());
        assert_eq!(error.problem(), Problem::NoCredentials);
        assert!(error.help().unwrap().contains("aws sso login"));
        let stale = CredentialsError::provider_error("the SSO token has expired");
        assert_eq!(unidentified(&stale).problem(), Problem::Expired);
    }
}
