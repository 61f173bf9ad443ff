//! The query that has another engine add up a trail: one row for each caller, event, error and resource, with how
//! often, first and last.
//!
//! A row is a *specimen*: one record of many that differ in nothing that is read from them, as a list of texts
//! (`specimen.rs`). It goes the way of any record, so what it means is decided in one place for all sources.
//! Calls by users, services and callers who were not asked for are one row for each event: they say how far the logs
//! reach.
//!
//! Keys of S3 objects are too many for rows. Of each specimen's keys those are kept which leave the same trace in
//! [`Resources`](super::Resources) as all of them: at each slash the first as many as are told apart there and the
//! last, and below the third slash the first and the last, whose common beginning is that of all.
//!
//! Events that two trails deliver are counted once, by id and account. `tests/live_trail.rs` runs the query over
//! files and compares with the local reader.

use std::fmt::Write as _;

use super::collector::Filter;
use super::layout::Selection;
use super::resources::KEPT;
use super::specimen::{MEMBERS, Member};
use super::table::{Kind, Partition, Table, identifier, literal};
use super::time::Time;

/// The first line of every query: whose rows they are, and in which form.
const HEADING: &str = "-- scopedown: what roles did, by call (1)";

/// Parameters of S3 of which it matters only that they are there.
const PRESENCE: [&str; 3] = ["versionId", "uploadId", "prefix"];

/// Names of request parameters that the catalog may ask about. All others are dropped before rows are told apart.
const ASKED: &str = "(?i)(name|id|identifier|arn|role)s?$|^.[a-z]*$|(Request|Set|Prefix|Source|Uri|AccessPoint)$|bucket|^requestItems$|^x-amz-";
/// Names among these that differ from call to call and never name a resource.
const NOISE: [&str; 8] = [
    "AWSAccessKeyId",
    "Expires",
    "Signature",
    "marker",
    "limit",
    "maxItems",
    "roleSessionName",
    "queryExecutionId",
];

/// How the texts of a record are reached in an engine's table.
struct Access {
    from: String,
    time: String,
    since: fn(Time) -> String,
    source: String,
    category: String,
    members: [(Member, String); 13],
    parameters: Parameters,
    resources: Option<String>,
    event_id: String,
    identity: String,
}

enum Parameters {
    /// One text of JSON.
    Json(String),
    /// A map of texts.
    Map(String),
}

/// The query over a table in Athena. An error names a partition of which the table wants the values said.
pub fn athena<'t>(table: &'t Table, selection: &Selection, filter: &Filter) -> Result<String, &'t Partition> {
    let mut conditions = table.prune(selection)?;
    if !table.prunes(Kind::Account) && table.has("recipientaccountid") {
        conditions.extend(any_of("recipientaccountid", &selection.accounts));
    }
    if !table.prunes(Kind::Region) {
        conditions.extend(any_of("awsregion", &selection.regions));
    }
    let column =
        |name: &str| if table.has(name) { name.to_owned() } else { "CAST(NULL AS VARCHAR)".to_owned() };
    let member = |name: &str, of: &str| {
        if table.has(name) { format!("useridentity.{of}") } else { "CAST(NULL AS VARCHAR)".to_owned() }
    };
    let management = if table.has("managementevent") {
        "CAST(managementevent AS VARCHAR)".to_owned()
    } else {
        "CAST(NULL AS VARCHAR)".to_owned()
    };
    let access = Access {
        from: format!("{}.{}", identifier(&table.database), identifier(&table.name)),
        time: "eventtime".into(),
        since: |time| literal(&time.to_string()),
        source: "eventsource".into(),
        category: column("eventcategory"),
        members: [
            (Member::Type, column("eventtype")),
            (Member::Management, management),
            (Member::Region, "awsregion".into()),
            (Member::Recipient, column("recipientaccountid")),
            (Member::ErrorCode, column("errorcode")),
            (Member::ErrorMessage, column("errormessage")),
            (Member::Kind, "useridentity.type".into()),
            (Member::Arn, "useridentity.arn".into()),
            (Member::Account, "useridentity.accountid".into()),
            (Member::InvokedBy, member("invokedby", "invokedby")),
            (Member::IssuerArn, "useridentity.sessioncontext.sessionissuer.arn".into()),
            (Member::IssuedTo, member("inscopeof", "inscopeof.credentialsissuedto")),
            (Member::Name, "eventname".into()),
        ],
        parameters: Parameters::Json("requestparameters".into()),
        resources: table.has("resources").then(|| "resources".into()),
        event_id: "eventid".into(),
        identity: "useridentity.arn".into(),
    };
    Ok(query(&access, conditions, selection, filter))
}

/// The query over an event data store of CloudTrail Lake.
///
/// The page on the store's schema misspells one name of `inScopeOf`; both spellings are tried, and a store that has
/// neither is no error.
pub fn lake(store: &str, selection: &Selection, filter: &Filter) -> String {
    let mut conditions = Vec::new();
    conditions.extend(any_of("recipientAccountId", &selection.accounts));
    conditions.extend(any_of("awsRegion", &selection.regions));
    let issued_to = ["credentialsissuedto", "credentiaisissuedto"]
        .map(|name| format!("json_extract_scalar(CAST(userIdentity AS JSON), '$.inscopeof.{name}')"));
    let access = Access {
        from: store.into(),
        time: "date_format(eventTime, '%Y-%m-%dT%H:%i:%sZ')".into(),
        since: |time| literal(&time.to_string()),
        source: "eventSource".into(),
        category: "eventCategory".into(),
        members: [
            (Member::Type, "eventType".into()),
            (Member::Management, "CAST(managementEvent AS VARCHAR)".into()),
            (Member::Region, "awsRegion".into()),
            (Member::Recipient, "recipientAccountId".into()),
            (Member::ErrorCode, "errorCode".into()),
            (Member::ErrorMessage, "errorMessage".into()),
            (Member::Kind, "userIdentity.type".into()),
            (Member::Arn, "userIdentity.arn".into()),
            (Member::Account, "userIdentity.accountid".into()),
            (Member::InvokedBy, "userIdentity.invokedby".into()),
            (Member::IssuerArn, "userIdentity.sessioncontext.sessionissuer.arn".into()),
            (Member::IssuedTo, format!("COALESCE({})", issued_to.join(", "))),
            (Member::Name, "eventName".into()),
        ],
        parameters: Parameters::Map("requestParameters".into()),
        resources: Some("resources".into()),
        event_id: "eventID".into(),
        identity: "userIdentity.arn".into(),
    };
    // Lake prunes by the time itself, which the text of it would hide.
    let bounds = [(selection.from, ">="), (selection.to, "<")];
    for (time, comparison) in bounds {
        conditions.extend(time.map(|time| {
            let text = time.to_string().replace('T', " ");
            format!("eventTime {comparison} TIMESTAMP {}", literal(text.trim_end_matches('Z')))
        }));
    }
    let without_times = Selection { from: None, to: None, ..selection.clone() };
    query(&access, conditions, &without_times, filter)
}

fn query(access: &Access, mut conditions: Vec<String>, selection: &Selection, filter: &Filter) -> String {
    let Access { from, time, since, source, category, event_id, identity, .. } = access;
    let name = access.member(Member::Name);
    conditions.extend(selection.from.map(|from| format!("{time} >= {}", since(from))));
    conditions.extend(selection.to.map(|to| format!("{time} < {}", since(to))));
    conditions.push(format!("{source} <> '' AND {name} <> ''"));
    conditions.push(format!("COALESCE({}, '') IN ('', 'AwsApiCall')", access.member(Member::Type)));
    conditions.push(format!("COALESCE({category}, '') NOT IN ('Insight', 'NetworkActivity')"));
    let conditions = conditions.join("\n    AND ");
    let wanted = access.caller(filter);
    let raw = match &access.parameters {
        Parameters::Json(column) => column.clone(),
        Parameters::Map(column) => format!("json_format(CAST({column} AS JSON))"),
    };
    let specimen = access.specimen();
    let other = access.other();
    let key = access.parameter("key");
    let [_, _, first, second, third] = KEPT;
    format!(
        r"{HEADING}
WITH wanted AS (
  SELECT
    CASE WHEN {wanted} THEN {specimen}
      ELSE {other} END AS specimen,
    CASE WHEN {source} = 's3.amazonaws.com' AND {wanted} THEN {key} END AS object_key,
    COALESCE(NULLIF({event_id}, ''), {time} || {source} || {name} || COALESCE({identity}, '') || COALESCE({raw}, ''))
      || ' ' || COALESCE({recipient}, '') AS event,
    {time} AS seen
  FROM {from}
  WHERE {conditions}
), by_key AS (
  SELECT specimen, object_key, COUNT(DISTINCT event) AS events, MIN(seen) AS first_seen, MAX(seen) AS last_seen
  FROM wanted
  GROUP BY specimen, object_key
), by_first AS (
  SELECT *, regexp_extract(object_key, '^[^/]*/?') AS first_part FROM by_key
), by_second AS (
  SELECT *, regexp_extract(substr(object_key, length(first_part) + 1), '^[^/]*/?') AS second_part FROM by_first
), by_third AS (
  SELECT *,
    regexp_extract(substr(object_key, length(first_part) + length(second_part) + 1), '^[^/]*/?') AS third_part
  FROM by_second
), ranked AS (
  SELECT *,
    DENSE_RANK() OVER (PARTITION BY specimen ORDER BY first_part) AS first_rank,
    MAX(first_part) OVER (PARTITION BY specimen) AS last_first,
    DENSE_RANK() OVER (PARTITION BY specimen, first_part ORDER BY second_part) AS second_rank,
    MAX(second_part) OVER (PARTITION BY specimen, first_part) AS last_second,
    DENSE_RANK() OVER (PARTITION BY specimen, first_part, second_part ORDER BY third_part) AS third_rank,
    MAX(third_part) OVER (PARTITION BY specimen, first_part, second_part) AS last_third,
    MIN(object_key) OVER (PARTITION BY specimen, first_part, second_part, third_part) AS lowest,
    MAX(object_key) OVER (PARTITION BY specimen, first_part, second_part, third_part) AS highest
  FROM by_third
)
SELECT
  specimen,
  json_format(CAST(array_agg(object_key) FILTER (
    WHERE (first_rank <= {first} OR first_part = last_first)
      AND (second_rank <= {second} OR second_part = last_second)
      AND (third_rank <= {third} OR third_part = last_third)
      AND (object_key = lowest OR object_key = highest)
  ) AS JSON)) AS object_keys,
  SUM(events) AS events,
  MIN(first_seen) AS first_seen,
  MAX(last_seen) AS last_seen
FROM ranked
GROUP BY specimen
",
        recipient = access.member(Member::Recipient),
    )
}

impl Access {
    fn member(&self, wanted: Member) -> &str {
        self.members.iter().find(|(member, _)| *member == wanted).map_or("NULL", |(_, text)| text)
    }

    /// The record, without what no answer depends on.
    fn specimen(&self) -> String {
        let message = format!(
            "regexp_extract({}, '(?s)is not authorized to perform: \\S+(.*? on resource: (\"[^\"]*\"|\\S+))?')",
            self.member(Member::ErrorMessage)
        );
        let mut texts = vec!["CAST(NULL AS VARCHAR)".to_owned(); MEMBERS];
        for (member, text) in &self.members {
            texts[*member as usize].clone_from(text);
        }
        texts[Member::Source as usize].clone_from(&self.source);
        texts[Member::Category as usize].clone_from(&self.category);
        texts[Member::ErrorMessage as usize] = message;
        texts[Member::Parameters as usize] = self.asked_parameters();
        texts[Member::Given as usize] = self.given();
        if let Some(resources) = &self.resources {
            // Requests to S3 name their resources themselves.
            let listed = format!(
                "json_format(CAST(transform({resources}, r -> MAP(ARRAY['ARN', 'type'], ARRAY[r.arn, r.type])) AS JSON))"
            );
            let bucket = self.parameter("bucketName");
            texts[Member::Resources as usize] = format!(
                "CASE WHEN {} LIKE 's3%' AND {bucket} IS NOT NULL THEN NULL ELSE {listed} END",
                self.source
            );
        }
        list(&texts)
    }

    /// A call by somebody else: that there was one, and when.
    fn other(&self) -> String {
        let mut texts = vec!["CAST(NULL AS VARCHAR)".to_owned(); MEMBERS];
        for member in [Member::Name, Member::Type, Member::Management] {
            self.member(member).clone_into(&mut texts[member as usize]);
        }
        texts[Member::Source as usize].clone_from(&self.source);
        texts[Member::Category as usize].clone_from(&self.category);
        list(&texts)
    }

    fn asked_parameters(&self) -> String {
        let map = match &self.parameters {
            Parameters::Json(column) => format!("TRY(CAST(json_parse({column}) AS MAP(VARCHAR, JSON)))"),
            Parameters::Map(column) => column.clone(),
        };
        let noise = NOISE.map(literal).join(", ");
        let presence = PRESENCE.map(literal).join(", ");
        let source = &self.source;
        format!(
            "json_format(CAST(map_filter({map}, (k, v) -> regexp_like(k, '{ASKED}') AND k NOT IN ({noise}) \
             AND NOT ({source} LIKE 's3%' AND k IN ({presence})) \
             AND NOT ({source} IN ('s3.amazonaws.com', 'dynamodb.amazonaws.com') AND k = 'key')) AS JSON))"
        )
    }

    fn given(&self) -> String {
        let given: Vec<String> = PRESENCE
            .iter()
            .map(|name| format!("CASE WHEN {} IS NULL THEN '' ELSE '{name} ' END", self.parameter(name)))
            .collect();
        format!("CASE WHEN {} LIKE 's3%' THEN {} END", self.source, given.join(" || "))
    }

    fn parameter(&self, name: &str) -> String {
        match &self.parameters {
            Parameters::Json(column) => format!("json_extract_scalar({column}, '$.{name}')"),
            Parameters::Map(column) => format!("element_at({column}, '{name}')"),
        }
    }

    /// Whether the caller is a role, and one that may be asked for. The collector decides in the end.
    fn caller(&self, filter: &Filter) -> String {
        let (kind, arn) = (self.member(Member::Kind), self.member(Member::Arn));
        let (issuer, function) = (self.member(Member::IssuerArn), self.member(Member::IssuedTo));
        let mut condition = format!("({kind} = 'AssumedRole' OR {arn} LIKE 'arn:%:sts::%:assumed-role/%')");
        let name = |pattern: &str, before: char| like(pattern.rsplit(before).next().unwrap_or(pattern));
        let roles = filter.roles.iter().map(|role| {
            let name = name(role, '/');
            format!(
                "{issuer} LIKE '%/{name}' ESCAPE '\\' OR {arn} LIKE '%:assumed-role/{name}/%' ESCAPE '\\'"
            )
        });
        let functions = filter.functions.iter().map(|wanted| {
            let name = name(wanted, ':');
            format!("{function} LIKE '%:function:{name}%' ESCAPE '\\' OR {arn} LIKE '%/{name}' ESCAPE '\\'")
        });
        for alternatives in [roles.collect::<Vec<_>>(), functions.collect()] {
            if !alternatives.is_empty() {
                let _ = write!(condition, " AND ({})", alternatives.join(" OR "));
            }
        }
        format!("COALESCE({condition}, FALSE)")
    }
}

fn list(texts: &[String]) -> String {
    format!("json_format(CAST(ARRAY[\n        {}] AS JSON))", texts.join(",\n        "))
}

fn any_of(column: &str, values: &[String]) -> Option<String> {
    let values: Vec<String> = values.iter().map(|value| literal(value)).collect();
    (!values.is_empty()).then(|| format!("{column} IN ({})", values.join(", ")))
}

/// A pattern of `*` and `?` as one of `LIKE`.
fn like(pattern: &str) -> String {
    let mut text = String::new();
    for c in pattern.chars() {
        match c {
            '*' => text.push('%'),
            '?' => text.push('_'),
            '%' | '_' | '\\' => text.extend(['\\', c]),
            '\'' => text.push_str("''"),
            _ => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use regex::Regex;
    use serde_json::{Map, Value};

    use super::*;
    use crate::catalog::{self, cloudtrail};

    fn events() -> Vec<(cloudtrail::Logged, cloudtrail::Event)> {
        let operations = catalog::service_names()
            .filter_map(catalog::service)
            .flat_map(|service| service.operations().map(|operation| (&service.name, &operation.name)));
        let mut seen = BTreeSet::new();
        operations
            .filter_map(|(service, operation)| cloudtrail::logged(service, operation))
            .filter(|logged| seen.insert((logged.source.clone(), logged.name.clone())))
            .filter_map(|logged| Some((cloudtrail::event(&logged.source, &logged.name)?, logged)))
            .map(|(event, logged)| (logged, event))
            .collect()
    }

    #[test]
    fn no_parameter_that_the_catalog_asks_about_is_dropped() {
        let asked = Regex::new(ASKED).unwrap();
        let events = events();
        assert!(events.len() > 10_000);
        let fields = events.iter().flat_map(|(_, event)| event.fields());
        let missed: BTreeSet<_> = fields.filter(|field| !asked.is_match(field)).collect();
        assert!(missed.is_empty(), "{missed:?}");
    }

    #[test]
    fn what_is_dropped_besides_changes_no_answer() {
        let mut tried = BTreeSet::new();
        for (logged, event) in events() {
            let noise: Vec<&str> = NOISE.into_iter().filter(|name| event.wants(name)).collect();
            let keyed = logged.source == "dynamodb.amazonaws.com" && event.wants("key");
            let noise: Vec<&str> = noise.into_iter().chain(keyed.then_some("key")).collect();
            if noise.is_empty() {
                continue;
            }
            let all: Map<String, Value> =
                event.fields().into_iter().map(|field| (field.to_string(), "orders".into())).collect();
            let mut fewer = all.clone();
            fewer.retain(|name, _| !noise.contains(&name.as_str()));
            let needs = |parameters: Map<String, Value>| {
                let parameters = Value::Object(parameters);
                let record = cloudtrail::Record {
                    parameters: Some(&parameters),
                    region: "eu-west-1",
                    account: "111122223333",
                    partition: "aws",
                    ..cloudtrail::Record::default()
                };
                cloudtrail::requirements(&event, &record).needs
            };
            assert_eq!(needs(fewer), needs(all), "{noise:?} of {} {}", logged.source, logged.name);
            tried.extend(noise.into_iter().map(ToOwned::to_owned));
        }
        assert!(tried.contains("roleSessionName") && tried.contains("key"), "{tried:?}");
    }

    #[test]
    fn a_pattern_of_names_is_one_of_like() {
        assert_eq!(like("orders-*"), "orders-%");
        assert_eq!(like("100%_o'rders?"), "100\\%\\_o''rders_");
    }
}
