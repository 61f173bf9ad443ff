//! The vocabulary of scopedown: everything that wants a permission says it with a [`Grant`], and every
//! grant has an [`Origin`]. This module imports nothing of ours; everything else imports it.

mod action;
mod call;
mod grant;
mod note;
mod policy;
mod rule;
mod text;

pub use action::Action;
pub use call::{Call, Field, Frame, Place};
pub use grant::{Condition, Confidence, Grant, Kind, Origin, Resource};
pub use note::Note;
pub use policy::{Actions, Document, Effect, Principals, Resources, Statement};
pub use rule::{Level, Rule};
pub use text::{Part, Pseudo, Shape, Text};
