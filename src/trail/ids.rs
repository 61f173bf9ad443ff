//! How many different events there were, in bounded memory, so that an event which is delivered twice counts once.
//!
//! A set of 64-bit marks of events. While it is small it is exact. When it must shrink, it keeps the marks whose
//! leading bits are zero, one bit more at each step, so what is kept depends on the events alone: not on their
//! order, nor on who read which of them. The number is then an estimate, right to about one part in the square root
//! of what is kept.

/// A set of events, or a sample of it.
#[derive(Clone, Debug, Default)]
pub struct Ids {
    /// How many leading bits of a kept mark are zero.
    level: u8,
    /// Sorted, without repetition.
    marks: Vec<u64>,
    /// Not yet sorted in.
    pending: Vec<u64>,
}

impl PartialEq for Ids {
    fn eq(&self, other: &Self) -> bool {
        debug_assert!(self.pending.is_empty() && other.pending.is_empty(), "compared when settled");
        self.level == other.level && self.marks == other.marks
    }
}

impl Eq for Ids {}

impl Ids {
    pub fn new(level: u8, mut marks: Vec<u64>) -> Self {
        marks.sort_unstable();
        marks.dedup();
        let mut ids = Self { level: level.min(63), marks, pending: Vec::new() };
        ids.sift();
        ids
    }

    pub fn level(&self) -> u8 {
        self.level
    }

    pub fn marks(&self) -> &[u64] {
        &self.marks
    }

    /// Whether the number is exact.
    pub fn is_exact(&self) -> bool {
        self.level == 0
    }

    /// How many different events; settled sets only.
    pub fn count(&self) -> u64 {
        (self.marks.len() as u64) << self.level
    }

    /// How many different events, or `cap` where there are more; settled sets only.
    pub fn at_most(&self, cap: usize) -> usize {
        if self.is_exact() { self.marks.len().min(cap) } else { cap }
    }

    /// How many marks are held now, repetitions included.
    pub fn held(&self) -> usize {
        self.marks.len() + self.pending.len()
    }

    pub fn insert(&mut self, mark: u64) {
        if self.keeps(mark) {
            self.pending.push(mark);
            if self.pending.len() > 1024.max(self.marks.len()) {
                self.settle();
            }
        }
    }

    /// Sorts in what was inserted.
    pub fn settle(&mut self) {
        if !self.pending.is_empty() {
            self.marks.append(&mut self.pending);
            self.marks.sort_unstable();
            self.marks.dedup();
            self.pending = Vec::new();
        }
    }

    pub fn merge(&mut self, other: &Self) {
        self.settle();
        self.level = self.level.max(other.level);
        self.marks.extend(other.marks.iter().chain(&other.pending));
        self.marks.sort_unstable();
        self.marks.dedup();
        self.sift();
    }

    /// Keeps at most `cap` marks.
    pub fn shrink(&mut self, cap: usize) {
        self.settle();
        while self.marks.len() > cap && self.level < 63 {
            self.level += 1;
            self.sift();
        }
        self.marks.shrink_to_fit();
    }

    fn keeps(&self, mark: u64) -> bool {
        self.level == 0 || mark >> (64 - u32::from(self.level)) == 0
    }

    fn sift(&mut self) {
        if self.level > 0 {
            // Sorted: those that stay are the smallest.
            let end = self.marks.partition_point(|mark| self.keeps(*mark));
            self.marks.truncate(end);
        }
    }
}

/// The mark of an event: 64 bits of all that tells it from others. The same on every machine, for ever: usage files
/// hold it.
pub fn mark(parts: &[&[u8]]) -> u64 {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for part in parts {
        let mut chunks = part.chunks_exact(8);
        for chunk in &mut chunks {
            let word = chunk.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
            state = fold(state ^ word, 0xa076_1d64_78bd_642f);
        }
        let tail = chunks.remainder().iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        state = fold(state ^ tail ^ ((part.len() as u64) << 56), 0xe703_7ed1_a0b4_28db);
    }
    fold(state, 0x8ebc_6af0_9c88_c6e3) ^ state.rotate_left(29)
}

fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
    let halves = (product as u64, (product >> 64) as u64);
    halves.0 ^ halves.1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(range: std::ops::Range<u64>) -> Ids {
        Ids::new(0, range.map(|n| mark(&[&n.to_le_bytes()])).collect())
    }

    #[test]
    fn a_sample_estimates_the_number() {
        let mut ids = some(0..100_000);
        assert_eq!(ids.count(), 100_000);
        ids.shrink(4096);
        assert!(!ids.is_exact() && ids.held() <= 4096);
        assert!(ids.count().abs_diff(100_000) < 5_000, "{}", ids.count());
    }

    #[test]
    fn marks_do_not_change() {
        assert_eq!(
            mark(&[b"0f4a5c4e-7d0b-4b53-9f55-0c27a5b3d1aa", b"111122223333"]),
            654_896_322_451_106_554
        );
    }
}
