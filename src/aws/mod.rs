//! The way to AWS, and the only one: who we are, where we call, how often we try, and what a refusal means.
//!
//! A [`Session`] is opened where a person named a live source. Credentials, profile, region and endpoint come
//! from where every AWS tool takes them: environment, shared files, single sign-on, the machine's own role;
//! `AWS_ENDPOINT_URL` and its per-service forms are honoured. A [`LiveError`] says what went wrong in one
//! line and what to do in another.
//!
//! Only builds with the feature `aws` have a session. The others know [`LiveError::not_built`] and nothing
//! else, and cannot open a connection.

mod error;
#[cfg(feature = "aws")]
mod explain;
#[cfg(feature = "aws")]
pub mod s3;
#[cfg(feature = "aws")]
mod session;

pub use error::{LiveError, Problem};
#[cfg(feature = "aws")]
pub use explain::explain;
#[cfg(feature = "aws")]
pub use session::Session;

/// Whom a person wants to be, and where. What is not said comes from the environment and the shared files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    pub profile: Option<String>,
    pub region: Option<String>,
}
