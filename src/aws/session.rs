//! An open session: the loaded configuration and the runtime that its clients' calls run on.
//!
//! The program is synchronous; a session is the one seam to the asynchronous clients. Its runtime lives on
//! the thread that calls [`Session::block_on`].
//!
//! A failed call is tried again, up to eight times with growing pauses, where trying again can help. Who sets
//! `AWS_MAX_ATTEMPTS`, `AWS_RETRY_MODE` or the profile's equivalents has the last word.

use aws_config::retry::{RetryConfig, RetryMode};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use tokio::runtime::{Builder, Runtime};

use super::{Connection, LiveError, Problem};

const ATTEMPTS: u32 = 8;
/// What the SDK does when nobody says anything.
const SDK_ATTEMPTS: u32 = 3;

#[derive(Debug)]
pub struct Session {
    config: SdkConfig,
    region: String,
    runtime: Runtime,
}

impl Session {
    /// Reads who we are and where. Opens no connection where the environment or the shared files say both.
    ///
    /// `fallback_region` is for services that are the same everywhere; without it a missing region is an error.
    pub fn open(connection: &Connection, fallback_region: Option<&'static str>) -> Result<Self, LiveError> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| {
            LiveError::new(Problem::Unreachable, format!("could not prepare for network calls: {error}"))
        })?;
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        if let Some(profile) = &connection.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = &connection.region {
            loader = loader.region(Region::new(region.clone()));
        }
        let config = runtime.block_on(loader.load());
        let region = config.region().map(ToString::to_string).or_else(|| fallback_region.map(Into::into));
        let Some(region) = region else {
            return Err(LiveError::new(Problem::NoRegion, "no AWS region is set").with_help(
                "set `AWS_REGION`, or a region in the profile, or say which with the region option of the command",
            ));
        };
        let mut builder = config.to_builder().region(Region::new(region.clone()));
        if untouched(config.retry_config()) {
            builder = builder.retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
        }
        Ok(Self { config: builder.build(), region, runtime })
    }

    /// What clients are made of: `aws_sdk_iam::Client::new(session.config())`.
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// The same, for calls to another region.
    pub fn config_in(&self, region: &str) -> SdkConfig {
        self.config.to_builder().region(Region::new(region.to_owned())).build()
    }

    pub fn region(&self) -> &str {
        &self.region
    }

    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }
}

fn untouched(retry: Option<&RetryConfig>) -> bool {
    retry.is_none_or(|retry| retry.mode() == RetryMode::Standard && retry.max_attempts() == SDK_ATTEMPTS)
}
