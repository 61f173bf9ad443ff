//! CloudTrail Lake, for those who still have it: an event data store, asked in its own SQL.
//!
//! The store's columns are fixed, and it has no partitions to name: Lake prunes by `eventTime`.

use std::collections::HashMap;

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::types::{QueryStatisticsForDescribeQuery, QueryStatus};

use super::live::Request;
use super::local::{Reading, Watch};
use super::query::{self, Engine, Query, State, Step};
use super::specimen::{COLUMNS, Cells};
use super::sql;
use crate::aws::{LiveError, Problem, Session, explain};

const PAGE: i32 = 1000;

/// Has Lake add up an event data store.
pub fn read(
    session: &Session,
    store: &str,
    request: &Request,
    watch: &dyn Watch,
) -> Result<Reading, LiveError> {
    let lake = Lake { client: Client::new(session.config()), store: store.to_owned() };
    let sql = sql::lake(store, &request.selection, &request.filter);
    let query = Query { sql, resume: request.query.resume.clone(), max_scan: request.query.max_scan };
    query::run(session, &lake, &query, &request.filter, watch)
}

#[derive(Debug)]
struct Lake {
    client: Client,
    store: String,
}

impl Engine for Lake {
    const NAME: &'static str = "CloudTrail Lake";

    async fn start(&self, sql: &str) -> Result<String, LiveError> {
        let subject = format!("the event data store `{}`", self.store);
        let call = self.client.start_query().query_statement(sql).send().await;
        let answer = call.map_err(|error| explain("cloudtrail:StartQuery", &subject, &error))?;
        let id = answer.query_id().map(ToOwned::to_owned);
        id.ok_or_else(|| LiveError::new(Problem::Unexpected, "Lake started a query and did not say its id"))
    }

    async fn state(&self, id: &str) -> Result<State, LiveError> {
        let call = self.client.describe_query().query_id(id).send().await;
        let subject = format!("the CloudTrail Lake query `{id}`");
        let answer = call.map_err(|error| explain("cloudtrail:DescribeQuery", &subject, &error))?;
        let step = match answer.query_status() {
            Some(QueryStatus::Finished) => Step::Done,
            Some(status @ (QueryStatus::Failed | QueryStatus::Cancelled | QueryStatus::TimedOut)) => {
                Step::Failed(answer.error_message().unwrap_or(status.as_str()).to_owned())
            }
            _ => Step::Running,
        };
        let scanned = answer.query_statistics().and_then(QueryStatisticsForDescribeQuery::bytes_scanned);
        let scanned = scanned.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0);
        Ok(State { step, scanned, sql: answer.query_string().map(ToOwned::to_owned) })
    }

    async fn stop(&self, id: &str) -> Result<(), LiveError> {
        let call = self.client.cancel_query().query_id(id).send().await;
        let subject = format!("the CloudTrail Lake query `{id}`");
        call.map(|_| ()).map_err(|error| explain("cloudtrail:CancelQuery", &subject, &error))
    }

    async fn page(&self, id: &str, next: Option<String>) -> Result<(Vec<Cells>, Option<String>), LiveError> {
        let call = self.client.get_query_results().query_id(id).max_query_results(PAGE).set_next_token(next);
        let subject = format!("the results of the CloudTrail Lake query `{id}`");
        let answer =
            call.send().await.map_err(|error| explain("cloudtrail:GetQueryResults", &subject, &error))?;
        // A row is a list of maps of one column each.
        let cell = |row: &Vec<HashMap<String, String>>, name: &str| {
            row.iter().find_map(|cells| cells.get(name)).filter(|value| !value.is_empty()).cloned()
        };
        let rows = answer.query_result_rows().iter();
        let rows = rows.map(|row| COLUMNS.iter().map(|name| cell(row, name)).collect()).collect();
        Ok((rows, answer.next_token().map(ToOwned::to_owned)))
    }
}
