//! A table of CloudTrail records in Athena: which of its columns and partitions a query can use, and the statement
//! that makes a table which has them all.
//!
//! Tables differ: who made theirs by an older page of the guide has no `inScopeOf` and no category, partitions are
//! called `timestamp`, `day` or `year`, `month`, `day`. What a table lacks is read as missing and noted. A partition
//! whose values cannot be told from its name and projection is left alone: better to scan too much than to miss.

use std::fmt::Write as _;

use super::layout::Selection;
use super::time::Time;
use crate::model::Note;

/// A column as the catalog of tables describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    /// `string`, `struct<…>` …
    pub kind: String,
    pub partition: bool,
}

/// A table that a query can be made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub database: String,
    pub name: String,
    pub partitions: Vec<Partition>,
    /// Optional columns that the table lacks, in lower case.
    lacking: Vec<&'static str>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    pub name: String,
    pub kind: Kind,
    /// Each query has to name its values.
    pub injected: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Account,
    Region,
    /// A day, written so.
    Date(Format),
    Year,
    Month,
    Day,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `2026/11/03`.
    Slashes,
    /// `2026-11-03`.
    Dashes,
    /// `20261103`.
    Plain,
}

const NEEDED: [&str; 7] =
    ["eventtime", "eventsource", "eventname", "awsregion", "useridentity", "requestparameters", "eventid"];
const OPTIONAL: [&str; 7] = [
    "errorcode",
    "errormessage",
    "eventtype",
    "eventcategory",
    "managementevent",
    "recipientaccountid",
    "resources",
];
/// Members of `useridentity`, and what of them stands in the column's type.
const IN_SCOPE_OF: &str = "inscopeof";
const INVOKED_BY: &str = "invokedby";

impl Table {
    /// The table of [`statement`].
    pub fn standard(database: &str, name: &str) -> Self {
        let partition = |name: &str, kind| Partition { name: name.into(), kind, injected: false };
        Self {
            database: database.into(),
            name: name.into(),
            partitions: vec![
                partition("account", Kind::Account),
                partition("region", Kind::Region),
                partition("day", Kind::Date(Format::Slashes)),
            ],
            lacking: vec!["managementevent"],
        }
    }

    /// A table by its description; `property` gives the table's properties. An error is the name of a column without
    /// which there is nothing to query.
    pub fn described(
        database: &str,
        name: &str,
        columns: &[Column],
        property: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(Self, Vec<Note>), &'static str> {
        let find = |wanted: &str| {
            columns.iter().find(|column| !column.partition && column.name.eq_ignore_ascii_case(wanted))
        };
        if let Some(missing) = NEEDED.into_iter().find(|wanted| find(wanted).is_none()) {
            return Err(missing);
        }
        let mut lacking: Vec<&'static str> =
            OPTIONAL.into_iter().filter(|wanted| find(wanted).is_none()).collect();
        let identity =
            find("useridentity").map(|column| column.kind.to_ascii_lowercase()).unwrap_or_default();
        lacking.extend([IN_SCOPE_OF, INVOKED_BY].into_iter().filter(|member| !identity.contains(member)));
        let mut table =
            Self { database: database.into(), name: name.into(), partitions: Vec::new(), lacking };
        let mut notes = table.shortcomings();
        for column in columns.iter().filter(|column| column.partition) {
            match partition(&column.name, columns, property) {
                Some(partition) => table.partitions.push(partition),
                None => notes.push(Note::new(
                    "athena-partition-not-used",
                    format!(
                        "how `{}` of `{database}.{name}` is written is not known; the query reads all of its values",
                        column.name
                    ),
                )),
            }
        }
        Ok((table, notes))
    }

    fn shortcomings(&self) -> Vec<Note> {
        let about = format!("the table `{}.{}`", self.database, self.name);
        let mut notes = Vec::new();
        let mut lacks = |column: &str, message: &str| {
            if !self.has(column) {
                notes.push(
                    Note::new("athena-column-missing", format!("{about} has no {message}"))
                        .help("`scopedown trail athena-sql --create-table` prints a table that has"),
                );
            }
        };
        lacks(
            IN_SCOPE_OF,
            "`userIdentity.inScopeOf`: functions are told apart by the name of their session alone",
        );
        lacks(INVOKED_BY, "`userIdentity.invokedBy`: calls that services made for a role look like its own");
        lacks("errorcode", "`errorCode`: calls that failed or were denied look like calls that succeeded");
        lacks("resources", "`resources`: keys and other resources that only that names become wildcards");
        notes
    }

    pub fn has(&self, column: &str) -> bool {
        !self.lacking.contains(&column)
    }

    /// Conditions on the partitions, so that only what is asked for is read. An error names a partition of which the
    /// table wants the values said.
    pub fn prune(&self, selection: &Selection) -> Result<Vec<String>, &Partition> {
        let mut conditions = Vec::new();
        for partition in &self.partitions {
            let name = identifier(&partition.name);
            let listed = |values: &[String]| {
                (!values.is_empty()).then(|| {
                    format!(
                        "{name} IN ({})",
                        values.iter().map(|v| literal(v)).collect::<Vec<_>>().join(", ")
                    )
                })
            };
            let condition = match partition.kind {
                Kind::Account => listed(&selection.accounts),
                Kind::Region => listed(&selection.regions),
                Kind::Date(format) => within(&name, selection, |time| literal(&format.write(time))),
                Kind::Year | Kind::Month | Kind::Day => None,
            };
            match condition {
                Some(condition) => conditions.push(condition),
                None if partition.injected => return Err(partition),
                None => {}
            }
        }
        conditions.extend(self.prune_numbers(selection));
        Ok(conditions)
    }

    /// Year, month and day in partitions of their own, with or without leading zeros.
    fn prune_numbers(&self, selection: &Selection) -> Option<String> {
        let number = |kind: Kind| {
            let partition = self.partitions.iter().find(|partition| partition.kind == kind)?;
            Some(format!("CAST({} AS INTEGER)", identifier(&partition.name)))
        };
        let (year, month) = (number(Kind::Year)?, number(Kind::Month)?);
        Some(match number(Kind::Day) {
            Some(day) => within(&format!("{year} * 10000 + {month} * 100 + {day}"), selection, |time| {
                Format::Plain.write(time)
            })?,
            None => within(&format!("{year} * 100 + {month}"), selection, |time| {
                Format::Plain.write(time)[..6].to_owned()
            })?,
        })
    }

    pub fn prunes(&self, kind: Kind) -> bool {
        self.partitions.iter().any(|partition| partition.kind == kind)
    }
}

impl Format {
    fn of(pattern: &str) -> Option<Self> {
        match pattern {
            "yyyy/MM/dd" => Some(Self::Slashes),
            "yyyy-MM-dd" => Some(Self::Dashes),
            "yyyyMMdd" => Some(Self::Plain),
            _ => None,
        }
    }

    fn write(self, time: Time) -> String {
        let (year, month, day) = time.date();
        let between = match self {
            Self::Slashes => "/",
            Self::Dashes => "-",
            Self::Plain => "",
        };
        format!("{year:04}{between}{month:02}{between}{day:02}")
    }
}

fn partition(name: &str, columns: &[Column], property: &dyn Fn(&str) -> Option<String>) -> Option<Partition> {
    let projected =
        property("projection.enabled").is_some_and(|enabled| enabled.eq_ignore_ascii_case("true"));
    let projection = |what: &str| property(&format!("projection.{name}.{what}")).filter(|_| projected);
    let kind = projection("type").unwrap_or_default().to_ascii_lowercase();
    let split =
        |part: &str| columns.iter().any(|column| column.partition && column.name.eq_ignore_ascii_case(part));
    let low = name.to_ascii_lowercase();
    let kind_of = match low.replace('_', "").as_str() {
        _ if kind == "date" => Kind::Date(Format::of(&projection("format")?)?),
        "account" | "accountid" | "awsaccount" | "awsaccountid" | "recipientaccountid" => Kind::Account,
        "region" | "awsregion" => Kind::Region,
        "year" if split("month") => Kind::Year,
        "month" if split("year") => Kind::Month,
        "day" if split("year") && split("month") => Kind::Day,
        _ => return None,
    };
    Some(Partition { name: name.into(), kind: kind_of, injected: kind == "injected" })
}

/// From the day that is asked for to the day after the last: late deliveries are in the next day's partition.
fn within(value: &str, selection: &Selection, write: impl Fn(Time) -> String) -> Option<String> {
    let from = selection.from.map(|from| format!("{value} >= {}", write(from)));
    let last = selection.to.map(|to| Time::from_seconds(to.seconds() - 1).plus_days(1));
    let to = last.map(|last| format!("{value} <= {}", write(last)));
    match (from, to) {
        (Some(from), Some(to)) => Some(format!("{from} AND {to}")),
        (from, to) => from.or(to),
    }
}

pub fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Where the trail's files are, for the statement that makes a table of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// `s3://bucket[/prefix]`, above `AWSLogs`.
    pub bucket: String,
    /// `o-…` of an organisation's trail.
    pub organization: Option<String>,
    pub accounts: Vec<String>,
    pub regions: Vec<String>,
    /// The first day of the trail.
    pub since: Option<Time>,
}

/// The statement that makes a table with every column and partition that [`Table::standard`] has. Nothing has to be
/// added for new days: partitions are computed. Accounts and regions that are not listed are asked of each query.
///
/// An error says what is wrong with the place.
pub fn statement(database: &str, name: &str, location: &Location) -> Result<String, String> {
    let base = location.bucket.trim_end_matches('/');
    if base.strip_prefix("s3://").is_none_or(|rest| rest.is_empty() || rest.starts_with('/')) {
        return Err(format!(
            "`{}` is no place of a trail's files: expected `s3://bucket[/prefix]`",
            location.bucket
        ));
    }
    let base = base.strip_suffix("/AWSLogs").unwrap_or(base);
    let mut logs = format!("{base}/AWSLogs");
    if let Some(organization) = &location.organization {
        logs = format!("{logs}/{organization}");
    }
    let values = |partition: &str, values: &[String]| {
        if values.is_empty() {
            return format!("  'projection.{partition}.type' = 'injected',\n");
        }
        let values = literal(&values.join(","));
        format!("  'projection.{partition}.type' = 'enum',\n  'projection.{partition}.values' = {values},\n")
    };
    // No trail that is still worth a table is older.
    let since =
        location.since.or_else(|| Time::parse("2020-01-01")).map(|since| Format::Slashes.write(since));
    let template = literal(&format!("{logs}/${{account}}/CloudTrail/${{region}}/${{day}}"));
    let mut text = include_str!("../../templates/athena-table.sql")
        .replace("{database}", database)
        .replace("{table}", name)
        .replace("{location}", &format!("{logs}/").replace('\'', "''"))
        .replace("{since}", &since.unwrap_or_default());
    text.push_str(&values("account", &location.accounts));
    text.push_str(&values("region", &location.regions));
    let _ = writeln!(text, "  'storage.location.template' = {template}\n);");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(partitions: &[&str], properties: &[(&str, &str)]) -> (Table, Vec<Note>) {
        let column = |name: &str, partition| Column { name: name.into(), kind: "string".into(), partition };
        let mut columns: Vec<Column> =
            NEEDED.into_iter().chain(OPTIONAL).map(|name| column(name, false)).collect();
        columns.retain(|column| column.name != "useridentity");
        let identity = "struct<type:string,invokedBy:string,inScopeOf:struct<credentialsIssuedTo:string>>";
        columns.push(Column { name: "useridentity".into(), kind: identity.into(), partition: false });
        columns.extend(partitions.iter().map(|name| column(name, true)));
        let property = |name: &str| {
            properties.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        Table::described("audit", "trail", &columns, &property).unwrap()
    }

    fn november() -> Selection {
        Selection {
            from: Time::parse("2026-11-03"),
            to: Time::parse("2026-11-05"),
            accounts: vec!["111122223333".into()],
            regions: Vec::new(),
        }
    }

    #[test]
    fn the_partition_of_the_guide_is_used() {
        let properties = [
            ("projection.enabled", "true"),
            ("projection.timestamp.type", "date"),
            ("projection.timestamp.format", "yyyy/MM/dd"),
        ];
        let (table, notes) = described(&["timestamp"], &properties);
        assert_eq!(notes, []);
        let conditions = table.prune(&november()).unwrap();
        assert_eq!(conditions, [r#""timestamp" >= '2026/11/03' AND "timestamp" <= '2026/11/05'"#]);
        assert!(table.prune(&Selection::default()).unwrap().is_empty());
    }

    #[test]
    fn year_month_and_day_are_compared_as_numbers() {
        let (table, notes) = described(&["region", "year", "month", "day"], &[]);
        assert_eq!(notes, []);
        let number =
            r#"CAST("year" AS INTEGER) * 10000 + CAST("month" AS INTEGER) * 100 + CAST("day" AS INTEGER)"#;
        let conditions = table.prune(&november()).unwrap();
        assert_eq!(conditions, [format!("{number} >= 20261103 AND {number} <= 20261105")]);
    }

    #[test]
    fn a_partition_that_is_not_understood_is_left_alone_and_noted() {
        let (table, notes) = described(&["dt", "account"], &[("projection.enabled", "true")]);
        assert_eq!(table.prune(&november()).unwrap(), [r#""account" IN ('111122223333')"#]);
        assert_eq!(notes.iter().map(|note| note.rule).collect::<Vec<_>>(), ["athena-partition-not-used"]);
        let hourly = [
            ("projection.enabled", "true"),
            ("projection.hour.type", "date"),
            ("projection.hour.format", "yyyy/MM/dd/HH"),
        ];
        assert_eq!(described(&["hour"], &hourly).1.len(), 1);
    }

    #[test]
    fn a_partition_that_wants_its_values_said_says_so() {
        let properties = [("projection.enabled", "true"), ("projection.region.type", "injected")];
        let (table, _) = described(&["region"], &properties);
        assert_eq!(table.prune(&november()).unwrap_err().name, "region");
        let asked = Selection { regions: vec!["eu-west-1".into()], ..november() };
        assert_eq!(table.prune(&asked).unwrap(), [r#""region" IN ('eu-west-1')"#]);
    }

    #[test]
    fn what_a_table_lacks_is_noted() {
        let columns =
            NEEDED.map(|name| Column { name: name.into(), kind: "string".into(), partition: false });
        let (table, notes) = Table::described("audit", "trail", &columns, &|_| None).unwrap();
        assert!(!table.has("inscopeof") && !table.has("errorcode") && table.has("eventid"));
        assert_eq!(notes.len(), 4);
        assert!(notes.iter().all(|note| note.rule == "athena-column-missing"));
        assert_eq!(Table::described("audit", "trail", &columns[1..], &|_| None), Err("eventtime"));
    }
}
