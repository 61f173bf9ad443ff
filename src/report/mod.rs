//! One file per format: each is a pure function from an [`Analysis`](crate::analysis::Analysis) to text or
//! JSON. Nothing here reads files, prints, or decides what is granted. The words of the formats that people
//! read are in `templates/`.

mod after;
pub mod calls;
pub mod cloudformation;
pub mod diff;
pub mod explain;
pub mod findings;
pub mod plan;
pub mod policy;
#[expect(clippy::module_inception, reason = "a format's file has the format's name")]
pub mod report;
pub mod role;
pub mod sam;
mod template;
pub mod text;
pub mod tighten;
mod trail;
pub mod usage;
mod yaml;

pub use template::Paint;
