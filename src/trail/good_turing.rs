//! How much of what a function does has not been seen yet.
//!
//! Good and Turing: among `n` calls, of which `once` are of a kind that occurs a single time, the chance that the
//! next call is of a kind not seen so far is about `once / n`. The interval is Esty's (1983), widened to what no
//! event in `n` tries allows. It takes calls as drawn alike and apart from each other; a path that runs once a
//! quarter, or only in a disaster, is not like the rest, and no number speaks for it.

/// What a window of calls says of the calls that are not in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Completeness {
    pub calls: u64,
    /// Different events.
    pub kinds: u64,
    /// Events that occur a single time.
    pub once: u64,
    /// The chance that the next call is of a kind that was not seen, and its 95 % interval.
    pub unseen: f64,
    pub low: f64,
    pub high: f64,
}

impl Completeness {
    /// From how often each kind of call was seen; none where there was no call.
    pub fn of(counts: impl IntoIterator<Item = u64>) -> Option<Self> {
        let (mut calls, mut kinds, mut once, mut twice) = (0_u64, 0, 0_u64, 0_u64);
        for count in counts.into_iter().filter(|count| *count > 0) {
            calls = calls.saturating_add(count);
            kinds += 1;
            once += u64::from(count == 1);
            twice += u64::from(count == 2);
        }
        if calls == 0 {
            return None;
        }
        let n = number(calls);
        let (one, two) = (number(once), number(twice));
        let unseen = one / n;
        let half = 1.96 * (one * (1.0 - unseen) + 2.0 * two).sqrt() / n;
        // With 95 % certainty, what never happens in n tries is rarer than this.
        let never = 1.0 - 0.05_f64.powf(1.0 / n);
        Some(Self {
            calls,
            kinds,
            once,
            unseen,
            low: (unseen - half).max(0.0),
            high: (unseen + half).max(never).min(1.0),
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "a number of calls, for a ratio")]
fn number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_occurs_once_speaks_for_what_has_not_occurred() {
        let some = Completeness::of([500, 300, 199, 1]).unwrap();
        assert_eq!((some.calls, some.kinds, some.once), (1000, 4, 1));
        assert!((some.unseen - 0.001).abs() < 1e-9 && some.low == 0.0 && some.high > 0.0029, "{some:?}");
        let new = Completeness::of([1]).unwrap();
        assert!((new.unseen - 1.0).abs() < 1e-9 && (new.high - 1.0).abs() < 1e-9);
        assert_eq!(Completeness::of([0]), None);
    }

    #[test]
    fn nothing_unseen_is_never_certain() {
        let steady = Completeness::of([50, 50]).unwrap();
        assert!(steady.unseen == 0.0 && steady.high > 0.029 && steady.high < 0.031, "{steady:?}");
    }
}
