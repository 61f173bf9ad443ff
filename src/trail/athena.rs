//! Athena over a trail's table: for logs that one machine should not read.
//!
//! What the table is like (its partitions, whether it has the function's column) is asked of Athena before the query
//! is made. Results stay where the workgroup, or the person, wants them; nothing else is written.

use aws_sdk_athena::Client;
use aws_sdk_athena::types::{
    QueryExecutionContext, QueryExecutionState, QueryExecutionStatistics, ResultConfiguration, ResultSet,
    Row, TableMetadata,
};

use super::live::{QueryOptions, Request};
use super::local::{Reading, Watch};
use super::query::{self, Engine, Query, State, Step};
use super::specimen::Cells;
use super::sql;
use super::table::{Column, Table};
use crate::aws::{LiveError, Problem, Session, explain};
use crate::model::Note;

const CATALOG: &str = "AwsDataCatalog";
const PAGE: i32 = 1000;

/// Has Athena add up a table.
pub fn read(
    session: &Session,
    database: &str,
    table: &str,
    request: &Request,
    watch: &dyn Watch,
) -> Result<Reading, LiveError> {
    let QueryOptions { catalog, workgroup, output_location, max_scan, resume } = request.query.clone();
    let athena = Athena {
        client: Client::new(session.config()),
        catalog: catalog.unwrap_or_else(|| CATALOG.to_owned()),
        database: database.to_owned(),
        table: table.to_owned(),
        workgroup,
        output_location,
    };
    let (described, mut notes) = athena.describe(session)?;
    let sql = sql::athena(&described, &request.selection, &request.filter).map_err(|partition| {
        let message =
            format!("{} has to be told which values of `{}` to read", athena.subject(), partition.name);
        LiveError::new(Problem::Refused, message)
            .with_help("name accounts with `--account` and regions with `--region` (beside `--trail`: `--trail-account`, `--trail-region`)")
    })?;
    notes.extend(athena.bound(session, max_scan));
    let query = Query { sql, resume, max_scan };
    let mut reading = query::run(session, &athena, &query, &request.filter, watch)?;
    reading.notes.extend(notes);
    Ok(reading)
}

#[derive(Debug)]
struct Athena {
    client: Client,
    catalog: String,
    database: String,
    table: String,
    workgroup: Option<String>,
    /// `s3://bucket/prefix/` for the results; else the workgroup's.
    output_location: Option<String>,
}

impl Athena {
    /// What the table is like.
    fn describe(&self, session: &Session) -> Result<(Table, Vec<Note>), LiveError> {
        let subject = self.subject();
        let call = self
            .client
            .get_table_metadata()
            .catalog_name(&self.catalog)
            .database_name(&self.database)
            .table_name(&self.table)
            .set_work_group(self.workgroup.clone())
            .send();
        let answer = session.block_on(call).map_err(|error| {
            let error = explain("athena:GetTableMetadata", &subject, &error);
            // How Athena says that the database or the table is not there.
            if error.code() == Some("MetadataException") && error.problem() != Problem::Denied {
                return LiveError::new(
                    Problem::NotFound,
                    format!("{subject} could not be looked up: {error}"),
                )
                .with_help("check the database, the table and the region (`--call-region`)");
            }
            error
        })?;
        let Some(metadata) = answer.table_metadata() else {
            return Err(LiveError::new(Problem::Unexpected, format!("Athena says nothing of {subject}")));
        };
        Table::described(&self.database, &self.table, &columns(metadata), &|name| {
            metadata.parameters().and_then(|parameters| parameters.get(name)).cloned()
        })
        .map_err(|missing| {
            let message =
                format!("{subject} is no table of CloudTrail records: it has no column `{missing}`");
            LiveError::new(Problem::Refused, message)
                .with_help("`scopedown trail athena-sql --create-table` prints the statement that makes one")
        })
    }

    /// Says where nothing but our own watching bounds what a query reads.
    fn bound(&self, session: &Session, max_scan: Option<u64>) -> Option<Note> {
        max_scan?;
        let workgroup = self.workgroup.as_deref().unwrap_or("primary");
        // Who may not ask for the workgroup may still query in it.
        let answer = session.block_on(self.client.get_work_group().work_group(workgroup).send()).ok();
        let group = answer.as_ref().and_then(|answer| answer.work_group());
        let cutoff = group?.configuration()?.bytes_scanned_cutoff_per_query();
        if cutoff.is_some() {
            return None;
        }
        let message = format!(
            "the workgroup `{workgroup}` has no cutoff of its own: a query that passes `--max-scan-gb` is stopped when \
             that is seen, and may have read a little more"
        );
        let note = Note::new("athena-bound-is-watched", message);
        Some(note.help("set the workgroup's bytes-scanned cutoff for a bound that cannot be passed"))
    }

    fn subject(&self) -> String {
        format!("the Athena table `{}.{}`", self.database, self.table)
    }
}

fn columns(metadata: &TableMetadata) -> Vec<Column> {
    let column = |column: &aws_sdk_athena::types::Column, partition: bool| Column {
        name: column.name().to_owned(),
        kind: column.r#type().unwrap_or_default().to_owned(),
        partition,
    };
    let plain = metadata.columns().iter().map(|one| column(one, false));
    plain.chain(metadata.partition_keys().iter().map(|one| column(one, true))).collect()
}

impl Engine for Athena {
    const NAME: &'static str = "Athena";

    async fn start(&self, sql: &str) -> Result<String, LiveError> {
        let context =
            QueryExecutionContext::builder().catalog(&self.catalog).database(&self.database).build();
        let output = self
            .output_location
            .as_ref()
            .map(|output| ResultConfiguration::builder().output_location(output).build());
        let answer = self
            .client
            .start_query_execution()
            .query_string(sql)
            .query_execution_context(context)
            .set_result_configuration(output)
            .set_work_group(self.workgroup.clone())
            .send()
            .await
            .map_err(|error| {
                let error = explain("athena:StartQueryExecution", &self.subject(), &error);
                if error.to_string().to_ascii_lowercase().contains("output location") {
                    return error.with_help("say where results go: `--output-location s3://bucket/prefix/`");
                }
                error
            })?;
        let id = answer.query_execution_id().map(ToOwned::to_owned);
        id.ok_or_else(|| LiveError::new(Problem::Unexpected, "Athena started a query and did not say its id"))
    }

    async fn state(&self, id: &str) -> Result<State, LiveError> {
        let subject = format!("the Athena query `{id}`");
        let call = self.client.get_query_execution().query_execution_id(id).send().await;
        let answer = call.map_err(|error| explain("athena:GetQueryExecution", &subject, &error))?;
        let Some(execution) = answer.query_execution() else {
            return Err(LiveError::new(Problem::Unexpected, format!("Athena says nothing of {subject}")));
        };
        let status = execution.status();
        let why = || {
            let told = status.and_then(|status| status.state_change_reason());
            told.unwrap_or("no reason is given").to_owned()
        };
        let step = match status.and_then(|status| status.state()) {
            Some(QueryExecutionState::Succeeded) => Step::Done,
            Some(QueryExecutionState::Failed) => Step::Failed(why()),
            Some(QueryExecutionState::Cancelled) => Step::Failed(format!("it was cancelled: {}", why())),
            _ => Step::Running,
        };
        let scanned = execution.statistics().and_then(QueryExecutionStatistics::data_scanned_in_bytes);
        let scanned = scanned.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0);
        Ok(State { step, scanned, sql: execution.query().map(ToOwned::to_owned) })
    }

    async fn stop(&self, id: &str) -> Result<(), LiveError> {
        let call = self.client.stop_query_execution().query_execution_id(id).send().await;
        let subject = format!("the Athena query `{id}`");
        call.map(|_| ()).map_err(|error| explain("athena:StopQueryExecution", &subject, &error))
    }

    async fn page(&self, id: &str, next: Option<String>) -> Result<(Vec<Cells>, Option<String>), LiveError> {
        let first = next.is_none();
        let call =
            self.client.get_query_results().query_execution_id(id).max_results(PAGE).set_next_token(next);
        let answer = call.send().await.map_err(|error| {
            explain("athena:GetQueryResults", &format!("the results of the Athena query `{id}`"), &error)
        })?;
        let rows = answer.result_set().map(ResultSet::rows).unwrap_or_default();
        // The first row of the first page holds the headings.
        let rows = rows.iter().skip(usize::from(first)).map(cells).collect();
        Ok((rows, answer.next_token().map(ToOwned::to_owned)))
    }
}

fn cells(row: &Row) -> Cells {
    row.data().iter().map(|datum| datum.var_char_value().map(ToOwned::to_owned)).collect()
}
