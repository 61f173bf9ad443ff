//! Trails through the public surface: the sample, whose calls they are, files of every shape and in every state of
//! disrepair, and what the program prints of them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod callers;
mod files;
mod program;
mod record;
mod sample;
mod views;
