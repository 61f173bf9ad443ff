//! What the functions really did: CloudTrail records in, [`Usage`] out.
//!
//! A source (a folder, a bucket, a query) hands what it reads to a [`Collector`]: whole decompressed files, single
//! records, or rows that an engine has added up already. The collector says whose call each was, asks the catalog
//! which actions and resources it stood for, and adds it to a usage. Usages merge: any split of the logs, read in
//! any order, anywhere, gives the same bytes. Nothing after this module knows where events came from.
//!
//! No verdicts here: what a usage means for a role is for `merge` to say.

mod address;
#[cfg(feature = "aws")]
mod athena;
mod caller;
mod collector;
mod cursor;
mod good_turing;
mod habit;
mod ids;
mod inflate;
#[cfg(feature = "aws")]
mod lake;
mod layout;
pub mod live;
pub mod local;
#[cfg(feature = "aws")]
mod lookup;
#[cfg(feature = "aws")]
mod query;
mod record;
mod requirement;
mod resources;
#[cfg(feature = "aws")]
mod s3;
mod shape;
mod skim;
pub mod specimen;
pub mod sql;
pub mod table;
mod time;
mod usage;
mod view;
mod wire;

pub use address::{Address, Bucket};
pub use caller::{Attribution, Caller};
pub use collector::{Collector, Fate, Filter};
pub use good_turing::Completeness;
pub use layout::Selection;
pub use record::{Identity, Record, Repeats};
pub use resources::Resources;
pub use shape::FileReading;
pub use time::Time;
pub use usage::{Key, Row, Span, Tally, Usage, is_denial};
pub use view::{Function, Observation, Visibility};
pub use wire::UsageError;
