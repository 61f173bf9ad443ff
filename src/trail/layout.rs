//! Where a trail puts its files in a bucket, and which of the folders can hold what is asked for.
//!
//! `[prefix/]AWSLogs/[o-organisation/]account/CloudTrail/region/year/month/day/…json.gz`. A person may name the
//! bucket or any folder of it. Folders that the layout rules out are not listed: other services' logs, digests and
//! Insights, other accounts, regions and days. Days are those of delivery: an event of late evening is delivered
//! after midnight, so one more day is read than is asked for.
//!
//! Below a folder where no `AWSLogs` is found, everything is a log.

use super::time::Time;

/// What is asked for. Empty lists and missing ends ask for all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    pub from: Option<Time>,
    /// Not included.
    pub to: Option<Time>,
    pub accounts: Vec<String>,
    pub regions: Vec<String>,
}

/// What a folder holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folder {
    /// No part of a trail's layout so far.
    Above,
    /// `AWSLogs/`, or an organisation in it: accounts and organisations.
    Accounts,
    /// An account: services.
    Services,
    /// `CloudTrail/`: regions.
    Regions,
    /// A region, a year, a month: the next smaller part of the calendar.
    Calendar,
    /// A day: files.
    Day,
}

impl Folder {
    /// `path` ends with `/`, or is empty for the bucket itself.
    pub fn of(path: &str) -> Self {
        let below = match path.rfind("AWSLogs/") {
            Some(at) if at == 0 || path[..at].ends_with('/') => &path[at + "AWSLogs/".len()..],
            _ => return Self::Above,
        };
        let mut parts: Vec<&str> = below.split('/').filter(|part| !part.is_empty()).collect();
        if parts.first().is_some_and(|part| is_organisation(part)) {
            parts.remove(0);
        }
        match parts.len() {
            0 => Self::Accounts,
            1 => Self::Services,
            2 => Self::Regions,
            3..6 => Self::Calendar,
            _ => Self::Day,
        }
    }
}

impl Selection {
    /// Whether a folder can hold something that is asked for. It is in a folder that can.
    pub fn wants(&self, path: &str) -> bool {
        let mut parts = path.trim_end_matches('/').rsplit('/');
        let name = parts.next().unwrap_or_default();
        let within = Folder::of(&path[..path.trim_end_matches('/').len() - name.len()]);
        match within {
            Folder::Above | Folder::Day => true,
            Folder::Accounts => is_organisation(name) || asked(&self.accounts, name),
            Folder::Services => name == "CloudTrail",
            Folder::Regions => asked(&self.regions, name),
            Folder::Calendar => self.wants_dates(path),
        }
    }

    /// A year, a month or a day, by the numbers at the end of its path.
    fn wants_dates(&self, path: &str) -> bool {
        let numbers = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let mut dates: Vec<&str> =
            path.trim_end_matches('/').rsplit('/').take_while(numbers).take(3).collect();
        dates.reverse();
        let date = dates.join("/");
        let first = self.from.map(day);
        // `to` is not included, and the day after the last may hold what was delivered late.
        let last = self.to.map(|to| day(Time::from_seconds(to.seconds() - 1).plus_days(1)));
        let cut = |bound: &str| bound.get(..date.len()).unwrap_or(bound).to_owned();
        first.is_none_or(|first| date >= cut(&first)) && last.is_none_or(|last| date <= cut(&last))
    }
}

/// `2026/11/03`.
fn day(time: Time) -> String {
    let (year, month, day) = time.date();
    format!("{year:04}/{month:02}/{day:02}")
}

fn asked(list: &[String], name: &str) -> bool {
    list.is_empty() || list.iter().any(|asked| asked == name)
}

fn is_organisation(part: &str) -> bool {
    part.starts_with("o-")
}

/// Whether an object is a log by its name. Folders are objects too where the console made them.
pub fn is_log(key: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or(key);
    let log = [".json", ".json.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz"];
    log.iter().any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "trails/AWSLogs/111122223333/";
    const REGION: &str = "AWSLogs/o-abc123/111122223333/CloudTrail/eu-west-1/";

    fn november() -> Selection {
        Selection {
            from: Time::parse("2026-11-03"),
            to: Time::parse("2026-12-01"),
            accounts: vec!["111122223333".into()],
            regions: vec!["eu-west-1".into()],
        }
    }

    #[test]
    fn a_folder_is_known_by_its_path() {
        assert_eq!(Folder::of(""), Folder::Above);
        assert_eq!(Folder::of("notAWSLogs/"), Folder::Above);
        assert_eq!(Folder::of("AWSLogs/"), Folder::Accounts);
        assert_eq!(Folder::of("trails/AWSLogs/o-abc123/"), Folder::Accounts);
        assert_eq!(Folder::of(ACCOUNT), Folder::Services);
        assert_eq!(Folder::of(REGION), Folder::Calendar);
        assert_eq!(Folder::of(&format!("{REGION}2026/11/")), Folder::Calendar);
        assert_eq!(Folder::of(&format!("{REGION}2026/11/03/")), Folder::Day);
    }

    #[test]
    fn only_what_is_asked_for_is_listed() {
        let november = november();
        let wants = |path: &str| november.wants(path);
        assert!(wants(ACCOUNT) && !wants("AWSLogs/444455556666/") && wants("AWSLogs/o-abc123/"));
        assert!(wants("AWSLogs/111122223333/CloudTrail/"));
        assert!(!wants("AWSLogs/111122223333/CloudTrail-Digest/"));
        assert!(!wants("AWSLogs/111122223333/elasticloadbalancing/"));
        assert!(wants(REGION) && !wants("AWSLogs/111122223333/CloudTrail/us-east-1/"));
        let date = |date: &str| wants(&format!("{REGION}{date}/"));
        assert!(date("2026") && !date("2025") && !date("2027"));
        assert!(date("2026/11") && date("2026/12") && !date("2026/10"));
        assert!(date("2026/11/03") && !date("2026/11/02"));
        assert!(date("2026/12/01"), "the last day's late deliveries");
        assert!(!date("2026/12/02"));
    }

    #[test]
    fn nothing_asked_for_is_everything() {
        let all = Selection::default();
        assert!(all.wants(&format!("{REGION}2019/")));
        assert!(all.wants("AWSLogs/444455556666/"));
        assert!(!all.wants("AWSLogs/444455556666/CloudTrail-Insight/"));
    }
}
