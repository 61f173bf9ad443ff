//! Numbers, dates and addresses, as IAM compares them: read from text, and written back for an example.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use smol_str::{SmolStr, ToSmolStr as _, format_smolstr};

const DAY: i64 = 86_400;

pub fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// Seconds since 1970, from that number itself or from ISO 8601: a year, a month, a day, or a time of day with
/// `Z` or an offset.
pub fn date(text: &str) -> Option<f64> {
    let text = text.trim();
    if text.len() != 4
        && let Some(seconds) = number(text)
    {
        return Some(seconds);
    }
    let (day, time) = text.split_once(['T', 't']).unwrap_or((text, ""));
    let mut fields = day.splitn(3, '-').map(str::parse::<i64>);
    let year = fields.next()?.ok()?;
    let month = fields.next().unwrap_or(Ok(1)).ok()?;
    let day = fields.next().unwrap_or(Ok(1)).ok()?;
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "four digits of years are far from 52 bits of seconds")]
    let midnight = (days(year, month, day) * DAY) as f64;
    Some(midnight + time_of_day(time)?)
}

fn time_of_day(time: &str) -> Option<f64> {
    let (time, offset) = match time.strip_suffix(['Z', 'z']) {
        Some(time) => (time, 0.0),
        None => match time.rfind(['+', '-']) {
            Some(at) => {
                let (hours, minutes) = time[at + 1..].split_once(':').unwrap_or((&time[at + 1..], "0"));
                let offset = number(hours)? * 3600.0 + number(minutes)? * 60.0;
                (&time[..at], if time[at..].starts_with('-') { -offset } else { offset })
            }
            None => (time, 0.0),
        },
    };
    let mut seconds = -offset;
    for (field, weight) in time.split(':').filter(|field| !field.is_empty()).zip([3600.0, 60.0, 1.0]) {
        seconds += number(field)? * weight;
    }
    Some(seconds)
}

/// Days since 1970 of a date of the Gregorian calendar; years are counted from March, so that a leap day is the
/// last of its year.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468
}

pub fn show_number(number: f64) -> SmolStr {
    number.to_smolstr()
}

/// `2025-01-01T00:00:00Z`; seconds as a number where they are outside the years that have four digits.
pub fn show_date(seconds: f64) -> SmolStr {
    let whole = seconds.floor();
    if !(-6.0e10..=2.5e11).contains(&whole) {
        return show_number(seconds);
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range was just checked")]
    let whole = whole as i64;
    let (day, second) = (whole.div_euclid(DAY), whole.rem_euclid(DAY));
    let mut year = 1970 + day.div_euclid(366);
    while days(year + 1, 1, 1) <= day {
        year += 1;
    }
    let month = (1..=12).rev().find(|month| days(year, *month, 1) <= day).unwrap_or(1);
    let day = day - days(year, month, 1) + 1;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format_smolstr!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// An address or a block of them: whether it is of version 6, its first and its last address.
pub fn block(text: &str) -> Option<(bool, u128, u128)> {
    let (address, length) = text.trim().split_once('/').map_or((text.trim(), None), |(a, l)| (a, Some(l)));
    let (six, bits, width) = match address.parse().ok()? {
        IpAddr::V4(four) => (false, u128::from(u32::from(four)), 32),
        IpAddr::V6(six) => (true, u128::from(six), 128),
    };
    let length: u32 = length.map_or(Some(width), |length| length.parse().ok()).filter(|n| *n <= width)?;
    let rest = width - length;
    let inside = if rest == 128 { u128::MAX } else { (1 << rest) - 1 };
    Some((six, bits & !inside, bits | inside))
}

pub fn show_address(six: bool, bits: u128) -> Option<SmolStr> {
    if six {
        Some(Ipv6Addr::from(bits).to_smolstr())
    } else {
        u32::try_from(bits).ok().map(|bits| Ipv4Addr::from(bits).to_smolstr())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_seconds_and_back() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0.0),
            ("2000-02-29T12:30:05Z", 951_827_405.0),
            ("2025-01-01T00:00:00Z", 1_735_689_600.0),
        ] {
            assert_eq!(date(text), Some(seconds), "{text}");
            assert_eq!(show_date(seconds), text);
        }
        assert_eq!(date("2025"), date("2025-01-01T01:00:00+01:00"));
        assert_eq!(date("2025-13-01"), None);
        assert_eq!(date("soon"), None);
    }

    #[test]
    fn a_block_has_a_first_and_a_last_address() {
        let ends = |text: &str| {
            let (six, first, last) = block(text).unwrap();
            [first, last].map(|bits| show_address(six, bits).unwrap())
        };
        assert_eq!(ends("10.1.2.3/8"), ["10.0.0.0", "10.255.255.255"]);
        assert_eq!(ends("0.0.0.0/0"), ["0.0.0.0", "255.255.255.255"]);
        assert_eq!(ends("2001:db8::1"), ["2001:db8::1", "2001:db8::1"]);
        assert!(block("10.0.0.0/33").is_none() && block("ten").is_none());
    }
}
