//! The addresses of live sources, told from paths by their scheme: `s3://bucket/prefix`, `cloudtrail://`,
//! `athena://database.table` and `lake://event-data-store`.

use std::fmt;

use super::layout::is_log;

/// A source that is not on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// The files of a trail in S3.
    Bucket(Bucket),
    /// The account's event history (`LookupEvents`).
    History,
    /// A table of a trail's files in Athena.
    Table { database: String, table: String },
    /// An event data store of CloudTrail Lake, by its id.
    Lake(String),
}

/// `s3://bucket/prefix`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    pub name: String,
    /// Empty, or ending with `/`, or one object's key.
    pub prefix: String,
}

impl Address {
    /// None for a path; an error says what is wrong with an address.
    pub fn parse(text: &str) -> Option<Result<Self, String>> {
        let (scheme, rest) = text.split_once("://")?;
        let rest = rest.trim_end_matches('/');
        Some(
            match scheme {
                "s3" => bucket(rest).ok_or("expected `s3://bucket` or `s3://bucket/prefix`"),
                "cloudtrail" if rest.is_empty() => Ok(Self::History),
                "cloudtrail" => {
                    Err("the event history is `cloudtrail://` alone; regions are chosen by an option")
                }
                "athena" => table(rest).ok_or("expected `athena://database.table`"),
                "lake" => store(rest).ok_or("expected `lake://` and an event data store's id or ARN"),
                _ => Err("the live sources are `s3://`, `cloudtrail://`, `athena://` and `lake://`"),
            }
            .map_err(|expected| format!("`{text}` is no source of logs: {expected}")),
        )
    }
}

fn bucket(rest: &str) -> Option<Address> {
    let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let mut prefix = prefix.to_owned();
    if !prefix.is_empty() && !is_log(&prefix) {
        prefix.push('/');
    }
    (!name.is_empty()).then(|| Address::Bucket(Bucket { name: name.to_owned(), prefix }))
}

fn table(rest: &str) -> Option<Address> {
    let (database, table) = rest.split_once(['.', '/'])?;
    let sound = |name: &str| !name.is_empty() && !name.contains(['.', '/', '"', '`']);
    (sound(database) && sound(table))
        .then(|| Address::Table { database: database.into(), table: table.into() })
}

fn store(rest: &str) -> Option<Address> {
    let id = rest.rsplit_once("eventdatastore/").map_or(rest, |(_, id)| id);
    let sound = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    sound.then(|| Address::Lake(id.into()))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bucket(bucket) => write!(f, "s3://{}/{}", bucket.name, bucket.prefix),
            Self::History => f.write_str("cloudtrail://"),
            Self::Table { database, table } => write!(f, "athena://{database}.{table}"),
            Self::Lake(store) => write!(f, "lake://{store}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_scheme_and_a_path_has_none() {
        let shown = |text: &str| Address::parse(text).map(|parsed| parsed.map(|address| address.to_string()));
        let found = |text: &str| Some(Ok(text.to_owned()));
        assert_eq!(shown("s3://logs"), found("s3://logs/"));
        assert_eq!(shown("s3://logs/trails/AWSLogs"), found("s3://logs/trails/AWSLogs/"));
        assert_eq!(shown("s3://logs/one.json.gz"), found("s3://logs/one.json.gz"));
        assert_eq!(shown("cloudtrail://"), found("cloudtrail://"));
        assert_eq!(shown("athena://audit.trail"), found("athena://audit.trail"));
        assert_eq!(shown("athena://audit/trail"), found("athena://audit.trail"));
        let arn = "lake://arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/0f4a5c4e-7d0b";
        assert_eq!(shown(arn), found("lake://0f4a5c4e-7d0b"));
        assert_eq!(shown("logs/AWSLogs"), None);
        for wrong in ["s3:///trails", "cloudtrail://eu-west-1", "athena://trail", "lake://a b", "ftp://logs"]
        {
            assert!(Address::parse(wrong).unwrap().is_err(), "{wrong}");
        }
    }
}
