//! A day, as configurations write it: `2027-01-31`. Today comes from here and nowhere else.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

const SECONDS_PER_DAY: u64 = 86_400;

/// A day of the Gregorian calendar, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// None for what is no day, such as the thirtieth of February.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let valid = (1..=12).contains(&month) && day >= 1 && u64::from(day) <= days(u64::from(year), month);
        valid.then_some(Self { year, month, day })
    }

    /// Reads `2027-01-31`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut fields = text.trim().splitn(3, '-');
        let (year, month, day) = (fields.next()?, fields.next()?, fields.next()?);
        if (year.len(), month.len(), day.len()) != (4, 2, 2) {
            return None;
        }
        Self::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
    }

    /// The day that `SOURCE_DATE_EPOCH` names, in seconds since 1970; else the clock's.
    pub fn today() -> Self {
        let chosen = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.parse().ok());
        let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Self::of_seconds(chosen.unwrap_or_else(clock))
    }

    fn of_seconds(seconds: u64) -> Self {
        let mut left = seconds / SECONDS_PER_DAY;
        let (mut year, mut month) = (1970, 1);
        while year < u64::from(u16::MAX) && left >= year_days(year) {
            left -= year_days(year);
            year += 1;
        }
        while month < 12 && left >= days(year, month) {
            left -= days(year, month);
            month += 1;
        }
        let year = u16::try_from(year).unwrap_or(u16::MAX);
        Self { year, month, day: u8::try_from(left + 1).unwrap_or(31) }
    }
}

fn year_days(year: u64) -> u64 {
    337 + days(year, 2)
}

fn days(year: u64, month: u8) -> u64 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_as_the_calendar_does() {
        let of = |seconds: u64| Date::of_seconds(seconds).to_string();
        assert_eq!(of(0), "1970-01-01");
        assert_eq!(of(951_782_400), "2000-02-29");
        assert_eq!(of(1_798_761_599), "2026-12-31");
        assert_eq!(of(1_798_761_600), "2027-01-01");
    }

    #[test]
    fn what_is_no_day_is_not_read() {
        assert!(Date::parse("2028-02-29").is_some());
        for text in ["2027-02-29", "2027-13-01", "2027-00-10", "27-01-01", "2027-1-1", "soon", "2027-01-00"] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
        assert!(Date::parse("2026-12-31") < Date::parse("2027-01-01"));
    }
}
