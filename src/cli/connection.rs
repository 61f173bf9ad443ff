//! The arguments that say whom to be in AWS, shared by the commands that go there.

use clap::Args;

use super::Failure;
use crate::aws::{self, LiveError};
use crate::role::{BackupError, RoleError};

#[derive(Debug, Args)]
pub struct Connection {
    /// The profile of the shared AWS configuration to use
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// The region to call
    #[arg(long)]
    region: Option<String>,
}

/// An error that knows what to do next.
pub trait Explained: Into<anyhow::Error> {
    fn next_step(&self) -> Option<String>;

    fn failure(self) -> Failure {
        let help = self.next_step();
        Failure { error: self.into(), help }
    }
}

impl Explained for LiveError {
    fn next_step(&self) -> Option<String> {
        self.help().map(Into::into)
    }
}

impl Explained for RoleError {
    fn next_step(&self) -> Option<String> {
        self.help()
    }
}

impl Explained for BackupError {
    fn next_step(&self) -> Option<String> {
        self.help().map(Into::into)
    }
}

#[cfg(feature = "aws")]
impl Explained for crate::role::ApplyError {
    fn next_step(&self) -> Option<String> {
        self.help()
    }
}

#[cfg(feature = "aws")]
impl Explained for crate::role::RollbackError {
    fn next_step(&self) -> Option<String> {
        self.help()
    }
}

impl Connection {
    #[cfg_attr(not(feature = "aws"), expect(dead_code, reason = "only live sources connect"))]
    pub fn settings(&self) -> aws::Connection {
        aws::Connection { profile: self.profile.clone(), region: self.region.clone() }
    }
}
