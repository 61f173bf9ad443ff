//! What the records before were like. In one file they are alike: the same members in the same order, and many of
//! the same values. To see that bytes are the same again is faster than to read them.
//!
//! It is a guess that is checked: only bytes that were read before, as a whole name or value, are passed over.

use std::ops::Range;

use super::skim::{Level, Member, Place, Slot};

/// How many members are remembered; objects of another kind may have any number.
const MEMBERS: usize = 96;
/// How many identities are: calls of several callers alternate.
const IDENTITIES: usize = 4;
/// Below this length, reading is as fast.
const SHORT: usize = 8;
/// The slots of the caller's identity.
pub const IDENTITY: Range<usize> = Slot::Kind as usize..Slot::IssuedTo as usize + 1;

/// What is remembered of one text.
#[derive(Debug, Default)]
pub struct Habit<'a> {
    /// In the order in which they came.
    members: Vec<Known<'a>>,
    /// Which of them is expected.
    next: usize,
    identities: [Saying<'a>; IDENTITIES],
    /// Which of them is replaced next.
    oldest: usize,
}

#[derive(Debug)]
struct Known<'a> {
    level: Level,
    /// From its first quote to the colon.
    name: &'a [u8],
    member: Member,
    /// What it was the last time; empty where that is not worth a look.
    value: &'a [u8],
}

/// What a record says of its caller.
#[derive(Clone, Copy, Debug, Default)]
pub struct Saying<'a> {
    /// The object.
    pub text: &'a [u8],
    /// Where in it the members are that matter.
    pub slots: [Place; IDENTITY.end - IDENTITY.start],
    pub escaped: u32,
}

impl<'a> Habit<'a> {
    /// Another record begins.
    pub fn begin(&mut self) {
        self.next = 0;
    }

    /// The member that is expected here, where it does begin `rest`: the length up to its value, what is done with
    /// it, and where it is kept.
    #[inline]
    pub fn expected(&mut self, level: Level, rest: &[u8]) -> Option<(usize, Member, usize)> {
        let known = self.members.get(self.next)?;
        (known.level == level && rest.starts_with(known.name)).then(|| {
            self.next += 1;
            (known.name.len(), known.member, self.next - 1)
        })
    }

    /// Takes in a member that was not expected.
    pub fn learn(
        &mut self,
        level: Level,
        name: &'a [u8],
        member: impl FnOnce() -> Member,
    ) -> (Member, Option<usize>) {
        let (before, after) = self.members.split_at(self.next.min(self.members.len()));
        let is_it = |known: &Known| known.level == level && known.name == name;
        let found = after.iter().position(is_it).map(|at| before.len() + at);
        if let Some(at) = found.or_else(|| before.iter().position(is_it)) {
            self.next = at + 1;
            return (self.members[at].member, Some(at));
        }
        let member = member();
        if self.members.len() >= MEMBERS {
            return (member, None);
        }
        let at = before.len();
        self.members.insert(at, Known { level, name, member, value: &[] });
        self.next = at + 1;
        (member, Some(at))
    }

    /// The length of a member's value, where it is the same as the last time.
    #[inline]
    pub fn repeated(&self, known: usize, rest: &[u8]) -> Option<usize> {
        let value = self.members.get(known)?.value;
        (!value.is_empty() && rest.starts_with(value)).then_some(value.len())
    }

    /// Remembers a value. Numbers are none: where they end is said by what follows.
    #[inline]
    pub fn remember(&mut self, known: usize, value: &'a [u8]) {
        if let Some(known) = self.members.get_mut(known) {
            let closed = value.len() >= SHORT && matches!(value.last(), Some(b'"' | b'}' | b']'));
            known.value = if closed { value } else { &[] };
        }
    }

    /// An identity that begins `rest`.
    #[inline]
    pub fn identity(&self, rest: &[u8]) -> Option<&Saying<'a>> {
        self.identities.iter().find(|said| !said.text.is_empty() && rest.starts_with(said.text))
    }

    pub fn meet(&mut self, said: Saying<'a>) {
        self.identities[self.oldest] = said;
        self.oldest = (self.oldest + 1) % IDENTITIES;
    }
}
