//! What the records before were like. In one file they are alike: the same members in the same order, and many of
//! the same values. To see that bytes are the same again is faster than to read them.
//!
//! It is a guess that is checked: only bytes that were read before, as a whole name or value, are passed over.

use std::ops::Range;

use super::skim::{Level, Member, Place, Slot};

/// How many members are remembered; objects of another kind may have any number.
const MEMBERS: usize = 96;
const NOWHERE: u8 = u8::MAX;
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

/// What is to be done with a member, and where it is remembered: in few bytes, which stay in a register.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub member: Member,
    /// [`NOWHERE`] where there was no room.
    known: u8,
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

    /// The member that is expected here, where it does begin `rest`, and the length up to its value.
    #[inline]
    pub fn expected(&mut self, level: Level, rest: &[u8]) -> Option<(usize, Step)> {
        let known = self.members.get(self.next)?;
        if known.level != level || !rest.starts_with(known.name) {
            return None;
        }
        let step = Step { member: known.member, known: place(self.next) };
        self.next += 1;
        Some((known.name.len(), step))
    }

    /// Takes in a member that was not expected.
    pub fn learn(&mut self, level: Level, name: &'a [u8], member: impl FnOnce() -> Member) -> Step {
        let (before, after) = self.members.split_at(self.next.min(self.members.len()));
        let is_it = |known: &Known| known.level == level && known.name == name;
        let found = after.iter().position(is_it).map(|at| before.len() + at);
        if let Some(at) = found.or_else(|| before.iter().position(is_it)) {
            self.next = at + 1;
            return Step { member: self.members[at].member, known: place(at) };
        }
        let member = member();
        if self.members.len() >= MEMBERS {
            return Step { member, known: NOWHERE };
        }
        let at = before.len();
        self.members.insert(at, Known { level, name, member, value: &[] });
        self.next = at + 1;
        Step { member, known: place(at) }
    }

    /// The length of a member's value, where it is the same as the last time.
    #[inline]
    pub fn repeated(&self, step: Step, rest: &[u8]) -> Option<usize> {
        let value = self.members.get(usize::from(step.known))?.value;
        (!value.is_empty() && rest.starts_with(value)).then_some(value.len())
    }

    /// Remembers a value. Numbers are none: where they end is said by what follows.
    #[inline]
    pub fn remember(&mut self, step: Step, value: &'a [u8]) {
        if let Some(known) = self.members.get_mut(usize::from(step.known)) {
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

fn place(at: usize) -> u8 {
    u8::try_from(at).unwrap_or(NOWHERE)
}
