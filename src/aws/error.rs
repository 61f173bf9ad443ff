//! Why something live could not be done. The message says what happened, the help what to do next; neither
//! repeats the other, and neither ever contains a secret.

/// What kind of thing went wrong, for a caller that goes on differently after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// This build cannot reach AWS.
    NotBuilt,
    /// Nobody said who we are.
    NoCredentials,
    /// The credentials were good once.
    Expired,
    /// The credentials are not known to AWS, or do not sign as they should.
    Unrecognized,
    /// We are known and may not.
    Denied,
    /// Too often, also after waiting and trying again.
    Throttled,
    /// What was asked for is not there.
    NotFound,
    /// Nobody said where.
    NoRegion,
    /// No answer: no connection, a broken one, or none in time.
    Unreachable,
    /// AWS said no for a reason of the service's own.
    Refused,
    /// An answer that does not say what the service's answers say.
    Unexpected,
}

#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct LiveError {
    problem: Problem,
    message: String,
    help: Option<String>,
    code: Option<String>,
}

impl LiveError {
    pub fn new(problem: Problem, message: impl Into<String>) -> Self {
        Self { problem, message: message.into(), help: None, code: None }
    }

    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The service's own name of the error.
    #[must_use]
    pub fn with_code(mut self, code: Option<&str>) -> Self {
        self.code = code.map(Into::into);
        self
    }

    /// `wanted` names what was asked for: `s3://logs`.
    pub fn not_built(wanted: &str) -> Self {
        Self::new(Problem::NotBuilt, format!("this build has no live sources, and `{wanted}` is one"))
            .with_help("install a released binary or build with `--features aws`")
    }

    pub fn problem(&self) -> Problem {
        self.problem
    }

    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }
}
