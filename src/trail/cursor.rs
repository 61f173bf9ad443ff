//! Passes over JSON text without building anything.
//!
//! This is no validator: what is passed over need only have its quotes and braces in order.

use wide::u8x16;

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
        self.rest_of_string(at)?;
        Ok((&self.bytes[from..self.at - 1], true))
    }

    /// Passes over what is left of a string from `at` on, which is no byte behind a backslash.
    #[cold]
    fn rest_of_string(&mut self, at: usize) -> Result<(), Stop> {
        let mut at = special(self.bytes, at).ok_or(Stop::End)?;
        while self.bytes[at] != b'"' {
            at = special(self.bytes, at + 2).ok_or(Stop::End)?;
        }
        self.at = at + 1;
        Ok(())
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

    /// Passes over an object or a list, a block at a time where no escape is in the way.
    fn skip_nested(&mut self) -> Result<(), Stop> {
        let mut nesting = Nesting::default();
        while let Some(bytes) = self.rest().first_chunk::<BLOCK>() {
            let block = Block::of(bytes);
            if block.backslashes == 0 {
                if let Some(length) = nesting.advance(&block) {
                    self.at += length;
                    return Ok(());
                }
                self.at += BLOCK;
            } else if self.skip_by_token(&mut nesting, self.at + BLOCK)? {
                return Ok(());
            }
        }
        self.skip_by_token(&mut nesting, usize::MAX).map(|_| ())
    }

    /// Goes on up to `end` or a little further; whether the value has ended.
    #[cold]
    fn skip_by_token(&mut self, nesting: &mut Nesting, end: usize) -> Result<bool, Stop> {
        if std::mem::take(&mut nesting.in_string) != 0 {
            self.rest_of_string(self.at)?;
        }
        while self.at < end {
            match *self.bytes.get(self.at).ok_or(Stop::End)? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => nesting.depth += 1,
                b'}' | b']' => nesting.depth -= 1,
                _ => {}
            }
            self.at += 1;
            if nesting.depth == 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// How many bytes are looked at together: as many as a mask has bits.
const BLOCK: usize = 64;

/// Where in a block the bytes stand that JSON is told by, the first in the lowest bit.
struct Block {
    quotes: u64,
    backslashes: u64,
    opening: u64,
    closing: u64,
}

impl Block {
    #[inline]
    fn of(bytes: &[u8; BLOCK]) -> Self {
        let mut block = Self { quotes: 0, backslashes: 0, opening: 0, closing: 0 };
        for (part, bytes) in bytes.as_chunks::<16>().0.iter().enumerate() {
            let bytes = u8x16::new(*bytes);
            // The bit in which brackets differ from braces.
            let either = bytes | u8x16::splat(b'{' ^ b'[');
            let places = |mask: u8x16| u64::from(mask.to_bitmask()) << (16 * part);
            block.quotes |= places(bytes.simd_eq(u8x16::splat(b'"')));
            block.backslashes |= places(bytes.simd_eq(u8x16::splat(b'\\')));
            block.opening |= places(either.simd_eq(u8x16::splat(b'{')));
            block.closing |= places(either.simd_eq(u8x16::splat(b'}')));
        }
        block
    }
}

/// How deep inside a value its reading stands.
#[derive(Default)]
struct Nesting {
    depth: u32,
    /// All bits where it stands inside a string, else none.
    in_string: u64,
}

impl Nesting {
    /// Takes in a block without escapes; the length up to the value's end, where that is in it.
    #[inline]
    fn advance(&mut self, block: &Block) -> Option<usize> {
        let strings = since_odd(block.quotes) ^ self.in_string;
        self.in_string = 0_u64.wrapping_sub(strings >> 63);
        let opening = block.opening & !strings;
        let mut closing = block.closing & !strings;
        if closing.count_ones() >= self.depth {
            let mut closed = 0;
            while closing != 0 {
                let at = closing.trailing_zeros();
                closed += 1;
                if self.depth + (opening & ((1 << at) - 1)).count_ones() == closed {
                    return Some(at as usize + 1);
                }
                closing &= closing - 1;
            }
            closing = block.closing & !strings;
        }
        self.depth = self.depth + opening.count_ones() - closing.count_ones();
        None
    }
}

/// Each bit is whether an odd number of bits are set up to it.
#[inline]
fn since_odd(bits: u64) -> u64 {
    (0..6).fold(bits, |bits, step| bits ^ bits << (1 << step))
}

/// The next quote or backslash, sixteen bytes at a time.
#[inline]
fn special(bytes: &[u8], mut at: usize) -> Option<usize> {
    let (quote, backslash) = (u8x16::splat(b'"'), u8x16::splat(b'\\'));
    while let Some(block) = bytes.get(at..).and_then(<[u8]>::first_chunk::<16>) {
        let block = u8x16::new(*block);
        let found = (block.simd_eq(quote) | block.simd_eq(backslash)).to_bitmask();
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize);
        }
        at += 16;
    }
    let rest = bytes.get(at..)?;
    rest.iter().position(|byte| matches!(byte, b'"' | b'\\')).map(|found| at + found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn value() -> impl Strategy<Value = Value> {
        let text = r#"[a-c{}\[\]"\\,:é ]{0,90}"#;
        let leaf = prop_oneof![text.prop_map(Value::from), any::<i32>().prop_map(Value::from)];
        leaf.prop_recursive(6, 60, 8, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                prop::collection::btree_map(text, inner, 0..8)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// Wherever it stands, and whatever comes after it.
        #[test]
        fn a_value_is_passed_over_to_its_end(value in value(), after in r#"[,}\]]["{}\[\]\\a]{0,150}"#) {
            let text = value.to_string();
            let bytes = format!("{text}{after}");
            let mut cursor = Cursor { bytes: bytes.as_bytes(), at: 0 };
            prop_assert_eq!(cursor.skip(), Ok(()));
            prop_assert_eq!(cursor.at, text.len());
        }

        #[test]
        fn a_value_that_is_cut_short_is_not_passed_over(value in value(), cut in 1_usize..60) {
            let text = value.to_string();
            prop_assume!(!value.is_number() && cut < text.len());
            let mut cursor = Cursor { bytes: &text.as_bytes()[..text.len() - cut], at: 0 };
            prop_assert_eq!(cursor.skip(), Err(Stop::End));
        }
    }
}
