//! scopedown gives every AWS Lambda function an execution role that fits.

pub mod analysis;
pub mod aws;
pub mod catalog;
pub mod cli;
pub mod code;
pub mod config;
pub mod diff;
pub mod git;
pub mod merge;
pub mod model;
pub mod policy;
pub mod project;
pub mod report;
pub mod review;
pub mod role;
pub mod trail;
