//! S3 as a place to read from: a bucket opened with a session's identity, and what its refusals mean.
//!
//! Credentials are the session's, asked for again shortly before they end. An endpoint from the environment
//! (`AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`) is used with the bucket in the path; without one the bucket is
//! asked which region it is in.

use std::env;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use object_store::aws::{AmazonS3, AmazonS3Builder, AwsCredential, resolve_bucket_region};
use object_store::{ClientOptions, CredentialProvider};

use super::explain::{deepest, service, unidentified, unreachable_service};
use super::{LiveError, Problem, Session};

/// Credentials that end sooner than this are asked for anew.
const MARGIN: Duration = Duration::from_mins(5);

/// Opens a bucket for reading. Credentials are loaded here, so that a lack of them is said before anything else.
pub fn open(session: &Session, bucket: &str) -> Result<AmazonS3, LiveError> {
    let Some(provider) = session.config().credentials_provider() else {
        return Err(LiveError::new(Problem::NoCredentials, "no AWS credentials were found"));
    };
    let bridge = Bridge { provider, kept: Mutex::new(None) };
    session.block_on(bridge.credentials()).map_err(|error| unidentified(&error))?;
    let mut builder = AmazonS3Builder::new().with_bucket_name(bucket).with_credentials(Arc::new(bridge));
    if let Some(endpoint) = endpoint() {
        builder = builder
            .with_region(session.region())
            .with_allow_http(endpoint.starts_with("http://"))
            .with_endpoint(endpoint);
    } else {
        let region = region_of(session, bucket)?;
        if region.starts_with("cn-") {
            builder = builder.with_endpoint(format!("https://{bucket}.s3.{region}.amazonaws.com.cn"));
        }
        builder = builder.with_region(region).with_virtual_hosted_style_request(true);
    }
    builder.build().map_err(|error| explain("s3:ListBucket", bucket, &error))
}

/// What an error of the store means. `action` is the IAM action that allows the call.
pub fn explain(action: &str, bucket: &str, error: &object_store::Error) -> LiveError {
    let subject = format!("the bucket `{bucket}`");
    let told = chain(error);
    if let Some(code) = told.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")) {
        let message = told.split_once("<Message>").and_then(|(_, rest)| rest.split_once("</Message>"));
        return service(action, &subject, code.0, message.map_or("", |(message, _)| message));
    }
    if told.contains("empty path segment") || told.contains("Error parsing Path") {
        let message =
            format!("{subject} has keys that cannot be listed: two slashes in a row, or a dot alone");
        return LiveError::new(Problem::Unexpected, message).with_help(
            "name a folder without such keys, or copy the files (`aws s3 sync`) and read the copy",
        );
    }
    match error {
        object_store::Error::NotFound { .. } => service(action, &subject, "NotFound", ""),
        object_store::Error::PermissionDenied { .. } => service(action, &subject, "AccessDenied", ""),
        object_store::Error::Unauthenticated { .. } => service(action, &subject, "UnrecognizedClient", ""),
        _ => unreachable_service(action, &deepest(error)),
    }
}

/// The S3 endpoint of the environment, as the SDKs read it.
fn endpoint() -> Option<String> {
    if env::var("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_ok_and(|value| value.eq_ignore_ascii_case("true")) {
        return None;
    }
    let named = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"].into_iter().find_map(|name| env::var(name).ok());
    named.filter(|url| !url.is_empty())
}

fn region_of(session: &Session, bucket: &str) -> Result<String, LiveError> {
    match session.block_on(resolve_bucket_region(bucket, &ClientOptions::new())) {
        Ok(region) => Ok(region),
        Err(error) if chain(&error).contains("not found") => {
            Err(service("s3:ListBucket", &format!("the bucket `{bucket}`"), "NoSuchBucket", ""))
        }
        // Where only the bucket's own endpoint can be reached, the session's region is the best that is known.
        Err(_) => Ok(session.region().to_owned()),
    }
}

fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut told = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        told.push_str(": ");
        told.push_str(&error.to_string());
        next = error.source();
    }
    told
}

/// The session's credentials in the store's own form.
struct Bridge {
    provider: SharedCredentialsProvider,
    kept: Mutex<Option<Credentials>>,
}

impl Bridge {
    async fn credentials(
        &self,
    ) -> Result<Credentials, aws_credential_types::provider::error::CredentialsError> {
        let kept = self.kept.lock().ok().and_then(|kept| kept.clone());
        if let Some(credentials) = kept.filter(lasts) {
            return Ok(credentials);
        }
        let fresh = self.provider.provide_credentials().await?;
        if let Ok(mut kept) = self.kept.lock() {
            *kept = Some(fresh.clone());
        }
        Ok(fresh)
    }
}

fn lasts(credentials: &Credentials) -> bool {
    credentials.expiry().is_none_or(|end| end > SystemTime::now() + MARGIN)
}

impl fmt::Debug for Bridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the session's credentials")
    }
}

impl CredentialProvider for Bridge {
    type Credential = AwsCredential;

    // The trait is declared with `async_trait`; this is what that macro makes of an `async fn`.
    fn get_credential<'a, 'r>(
        &'a self,
    ) -> Pin<Box<dyn Future<Output = object_store::Result<Arc<AwsCredential>>> + Send + 'r>>
    where
        'a: 'r,
        Self: 'r,
    {
        Box::pin(async move {
            let credentials = self
                .credentials()
                .await
                .map_err(|error| object_store::Error::Generic { store: "S3", source: Box::new(error) })?;
            Ok(Arc::new(AwsCredential {
                key_id: credentials.access_key_id().to_owned(),
                secret_key: credentials.secret_access_key().to_owned(),
                token: credentials.session_token().map(Into::into),
            }))
        })
    }
}
