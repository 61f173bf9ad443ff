//! The IAM language as algebra: read and print documents, match actions and resources as IAM does, minimise
//! without widening, stay inside the quotas, and say what is suspicious.
//!
//! Pure functions over the vocabulary of [`crate::model`]. Nothing here knows where a permission comes from,
//! and nothing here knows what AWS offers; callers hand that in as functions.

mod algebra;
mod condition;
mod evaluate;
mod json;
mod lint;
mod minimise;
mod pattern;
mod quota;
mod risk;
mod shrink;
mod words;

pub use algebra::{
    Allowed, At, Examples, Extent, Region, Witness, allowed, covers_documents, difference, equivalent,
    intersection, permits, unneeded,
};
pub use condition::{Context, compatible, implies};
pub use evaluate::{Decision, Request, decide};
pub use json::{ParseError, parse, parse_with, print, print_with};
pub use lint::{Known, LITERAL_WILDCARD, Slip, UNKNOWN_ACTION, lint};
pub use minimise::{Group, Permission, minimise};
pub use pattern::{Covers, action_covers, action_overlaps, covers, overlaps};
pub use quota::{INLINE_TOTAL, MANAGED, MANAGED_COUNT, Plan, plan, plan_beside, size};
pub use risk::{RISKS, Risk, RiskKind, risks, risks_held, risky};
pub use shrink::shrink;
