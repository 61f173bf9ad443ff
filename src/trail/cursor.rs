//! Passes over JSON text without building anything.
//!
//! This is no validator: what is passed over need only have its quotes and braces in order.

/// Why a value could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The bytes end before the value does.
    End,
    /// This is no JSON.
    Malformed,
}

/// A place in a text.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    pub bytes: &'a [u8],
    pub at: usize,
}

impl<'a> Cursor<'a> {
    /// The next byte that is no white space.
    #[inline]
    pub fn peek(&mut self) -> Result<u8, Stop> {
        loop {
            match self.bytes.get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(byte) => return Ok(*byte),
                None => return Err(Stop::End),
            }
        }
    }

    /// What has not been passed yet.
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }

    /// Passes over an object; `value` stands before each member's value and passes over it.
    #[inline]
    pub fn members(
        &mut self,
        mut value: impl FnMut(&mut Self, &'a [u8]) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        self.at += 1;
        while self.next_member()? {
            let key = self.key()?;
            value(self, key)?;
        }
        Ok(())
    }

    /// Whether another member follows in an object; where none does, the object is passed.
    #[inline]
    pub fn next_member(&mut self) -> Result<bool, Stop> {
        loop {
            match self.peek()? {
                b'"' => return Ok(true),
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(false);
                }
                _ => return Err(Stop::Malformed),
            }
        }
    }

    /// Passes over a member's name and the colon behind it.
    #[inline]
    pub fn key(&mut self) -> Result<&'a [u8], Stop> {
        let (key, _) = self.string()?;
        if self.peek()? != b':' {
            return Err(Stop::Malformed);
        }
        self.at += 1;
        Ok(key)
    }

    /// Passes over a string, and gives what is between its quotes and whether that has an escape.
    #[inline]
    pub fn string(&mut self) -> Result<(&'a [u8], bool), Stop> {
        let from = self.at + 1;
        let at = special(self.bytes, from).ok_or(Stop::End)?;
        if self.bytes[at] == b'"' {
            self.at = at + 1;
            return Ok((&self.bytes[from..at], false));
        }
        self.string_with_escapes(from, at)
    }

    #[cold]
    fn string_with_escapes(&mut self, from: usize, mut at: usize) -> Result<(&'a [u8], bool), Stop> {
        while self.bytes[at] != b'"' {
            at = special(self.bytes, at + 2).ok_or(Stop::End)?;
        }
        self.at = at + 1;
        Ok((&self.bytes[from..at], true))
    }

    /// Passes over any value.
    pub fn skip(&mut self) -> Result<(), Stop> {
        match self.peek()? {
            b'"' => self.string().map(|_| ()),
            b'{' | b'[' => self.skip_nested(),
            b'}' | b']' | b',' | b':' => Err(Stop::Malformed),
            _ => {
                let rest = self.rest();
                let known = [&b"null"[..], b"true", b"false"].into_iter().find(|word| rest.starts_with(word));
                let from = known.map_or(0, <[u8]>::len);
                let length = rest[from..]
                    .iter()
                    .position(|byte| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r'));
                self.at += from + length.ok_or(Stop::End)?;
                Ok(())
            }
        }
    }

    fn skip_nested(&mut self) -> Result<(), Stop> {
        let mut depth = 0_usize;
        loop {
            match *self.bytes.get(self.at).ok_or(Stop::End)? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth -= 1;
                    self.at += 1;
                    if depth == 0 {
                        return Ok(());
                    }
                }
                _ => self.at += 1,
            }
        }
    }
}

/// The next quote or backslash, sixteen bytes at a time.
#[inline]
fn special(bytes: &[u8], mut at: usize) -> Option<usize> {
    while let Some(block) = bytes.get(at..).and_then(<[u8]>::first_chunk::<16>) {
        let word = u128::from_le_bytes(*block);
        #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
        let (low, high) = (specials(word as u64), specials((word >> 64) as u64));
        if low | high != 0 {
            let found = if low == 0 { 64 + high.trailing_zeros() } else { low.trailing_zeros() };
            return Some(at + found as usize / 8);
        }
        at += 16;
    }
    let rest = bytes.get(at..)?;
    rest.iter().position(|byte| matches!(byte, b'"' | b'\\')).map(|found| at + found)
}

/// The lowest bit that is set is the highest of the first quote or backslash.
#[inline]
fn specials(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    zeros(word ^ (ONES * u64::from(b'"'))) | zeros(word ^ (ONES * u64::from(b'\\')))
}
