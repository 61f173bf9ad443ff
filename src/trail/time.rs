//! Points in time, to the second, as CloudTrail writes them: `2026-11-03T09:15:27Z`.
//!
//! Only UTC is written. An offset is understood when it stands there; a time without one is UTC.

use std::fmt;

/// Seconds since 1970, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Time(i64);

const DAY: i64 = 86_400;

impl Time {
    pub fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    pub fn seconds(self) -> i64 {
        self.0
    }

    /// The first second of this time's day.
    #[must_use]
    pub fn start_of_day(self) -> Self {
        Self(self.0.div_euclid(DAY) * DAY)
    }

    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(days.saturating_mul(DAY)))
    }

    /// Year, month and day, for the layout of a trail's keys.
    pub fn date(self) -> (i64, u32, u32) {
        civil(self.0.div_euclid(DAY))
    }

    /// Reads `2026-11-03`, `2026-11-03T09:15:27Z`, with or without a fraction, and with an offset such as
    /// `+02:00`. Days that no calendar has are refused.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (year, month, day) = (digits(bytes, 0, 4)?, digits(bytes, 5, 2)?, digits(bytes, 8, 2)?);
        if bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let days = days_of(year, month, day);
        if civil(days) != (year, u32::try_from(month).ok()?, u32::try_from(day).ok()?) {
            return None;
        }
        if bytes.len() == 10 {
            return Some(Self(days * DAY));
        }
        let (hour, minute, second) = (digits(bytes, 11, 2)?, digits(bytes, 14, 2)?, digits(bytes, 17, 2)?);
        let sound = matches!(bytes[10], b'T' | b' ')
            && bytes[13] == b':'
            && bytes[16] == b':'
            && hour < 24
            && minute < 60
            && second <= 60;
        if !sound {
            return None;
        }
        let mut rest = &bytes[19..];
        if let [b'.', fraction @ ..] = rest {
            let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            rest = &fraction[length..];
        }
        let offset = match rest {
            [] | [b'Z' | b'z'] => 0,
            [sign @ (b'+' | b'-'), offset @ ..] => {
                let hours = digits(offset, 0, 2)?;
                let minutes = match offset.len() {
                    5 if offset[2] == b':' => digits(offset, 3, 2)?,
                    4 => digits(offset, 2, 2)?,
                    2 => 0,
                    _ => return None,
                };
                let seconds = hours * 3600 + minutes * 60;
                if *sign == b'+' { seconds } else { -seconds }
            }
            _ => return None,
        };
        Some(Self(days * DAY + hour * 3600 + minute * 60 + second - offset))
    }
}

fn digits(bytes: &[u8], at: usize, count: usize) -> Option<i64> {
    bytes
        .get(at..at + count)?
        .iter()
        .try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0')))
}

/// Days since 1970 of a day of the Gregorian calendar, counted in years that begin in March.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    (year, u32::try_from(month).unwrap_or(1), u32::try_from(day).unwrap_or(1))
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        let seconds = self.0.rem_euclid(DAY);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_it_was_read() {
        for text in
            ["1970-01-01T00:00:00Z", "2000-02-29T23:59:59Z", "2026-11-03T09:15:27Z", "1969-12-31T23:59:59Z"]
        {
            assert_eq!(Time::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Time::parse("2026-11-03T09:15:27.250+02:00"), Time::parse("2026-11-03T07:15:27Z"));
        assert_eq!(Time::parse("2026-11-03T09:15:27-0330"), Time::parse("2026-11-03T12:45:27Z"));
        assert_eq!(Time::parse("2026-11-03"), Time::parse("2026-11-03T00:00:00Z"));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2026-02-29",
            "2026-13-01",
            "2026-11-03T24:00:00Z",
            "2026-11-03X",
            "03-11-2026",
            "2026-11-3é",
        ] {
            assert_eq!(Time::parse(text), None, "{text}");
        }
    }
}
