//! Reads a live source: opens the session, chooses the source's own way, and gives what any source gives. Builds
//! without the feature `aws` say how to get one that has it.

use super::address::Address;
use super::collector::Filter;
use super::layout::Selection;
use super::local::{Reading, Watch};
use crate::aws::{Connection, LiveError};

/// What is asked of a live source.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub connection: Connection,
    /// Which parts of the source are read.
    pub selection: Selection,
    /// Which of the events that are read count.
    pub filter: Filter,
    pub query: QueryOptions,
}

/// How the query engines are used.
#[derive(Clone, Debug, Default)]
pub struct QueryOptions {
    pub catalog: Option<String>,
    pub workgroup: Option<String>,
    pub output_location: Option<String>,
    /// In bytes.
    pub max_scan: Option<u64>,
    /// A query that was started before.
    pub resume: Option<String>,
}

#[cfg(not(feature = "aws"))]
pub fn read(address: &Address, request: &Request, watch: &dyn Watch) -> Result<Reading, LiveError> {
    let _ = (request, watch);
    Err(LiveError::not_built(&address.to_string()))
}

#[cfg(feature = "aws")]
pub fn read(address: &Address, request: &Request, watch: &dyn Watch) -> Result<Reading, LiveError> {
    let session = crate::aws::Session::open(&request.connection, None)?;
    match address {
        Address::Bucket(bucket) => {
            super::s3::read(&session, bucket, &request.selection, &request.filter, watch)
        }
        Address::History => super::lookup::read(&session, &request.selection, &request.filter, watch),
        Address::Table { database, table } => super::athena::read(&session, database, table, request, watch),
        Address::Lake(store) => super::lake::read(&session, store, request, watch),
    }
}
