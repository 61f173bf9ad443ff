//! Gzip, whole or a piece at a time, into a [`Reader`].
//!
//! A delivery is small: it is inflated into one buffer in one go. The size at a file's end is that of its last member
//! modulo 4 GiB, so it is only a guess, capped, and the buffer grows when it was wrong. What is larger than the cap,
//! or broken, is inflated piece by piece, which gives everything that stands before the break.

use std::io::Read;

use libdeflater::{DecompressionError, Decompressor, crc32};
use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};

use super::collector::Collector;
use super::shape::{LARGEST_RECORD, Reader};

/// What is inflated in one go at most.
pub const CAP: usize = 64 << 20;
/// Text that shrinks more than this, and is larger than [`BOMB_SIZE`], was made to harm.
const BOMB_RATIO: u64 = 300;
const BOMB_SIZE: u64 = 64 << 20;
const PIECE: usize = 1 << 18;
const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];

/// How a stream of bytes ended before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// Compressed data that ends too early.
    Truncated,
    /// Compressed data that is none, or whose checksum is wrong.
    Corrupt,
    /// It grows beyond what any log does.
    Bomb,
}

/// Puts pieces together so that the reader sees whole values.
pub struct Pipe<'a> {
    reader: &'a mut Reader,
    collector: &'a mut Collector,
    pending: Vec<u8>,
}

impl<'a> Pipe<'a> {
    pub fn new(reader: &'a mut Reader, collector: &'a mut Collector) -> Self {
        Self { reader, collector, pending: Vec::new() }
    }

    pub fn push(&mut self, piece: &[u8]) {
        if self.pending.is_empty() {
            let done = self.reader.advance(piece, false, self.collector);
            self.pending.extend_from_slice(&piece[done..]);
        } else {
            self.pending.extend_from_slice(piece);
            let done = self.reader.advance(&self.pending, false, self.collector);
            self.pending.drain(..done);
        }
        if self.pending.len() > 2 * LARGEST_RECORD {
            self.reader.pass_over();
            let done = self.reader.advance(&self.pending, false, self.collector);
            self.pending.drain(..done);
        }
    }

    pub fn finish(self) {
        self.reader.advance(&self.pending, true, self.collector);
    }
}

pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC[..2])
}

/// What the file says its decompressed size is.
pub fn guess(bytes: &[u8]) -> usize {
    let size = bytes.last_chunk::<4>().map_or(0, |size| u32::from_le_bytes(*size) as usize);
    // Deflate cannot do better than this.
    size.min(bytes.len().saturating_mul(1032)).max(64)
}

/// Reads a whole compressed file. `buffer` is used anew for each.
pub fn whole(
    bytes: &[u8],
    decompressor: &mut Decompressor,
    buffer: &mut Vec<u8>,
    reader: &mut Reader,
    collector: &mut Collector,
) -> Option<Broken> {
    let fits = guess(bytes) <= CAP;
    let Some(size) = fits.then(|| one(bytes, decompressor, buffer)).flatten() else {
        return pieces(bytes, reader, collector);
    };
    let Some(mut at) = member_end(bytes, &buffer[..size]) else {
        return pieces(bytes, reader, collector);
    };
    if rest_is_padding(&bytes[at..]) {
        reader.advance(&buffer[..size], true, collector);
        return None;
    }
    let mut pipe = Pipe::new(reader, collector);
    pipe.push(&buffer[..size]);
    while !rest_is_padding(&bytes[at..]) {
        let member = &bytes[at..];
        let inflated = one(member, decompressor, buffer)
            .and_then(|size| Some((size, member_end(member, &buffer[..size])?)));
        let Some((size, end)) = inflated else {
            let broken = stream(member, &mut pipe);
            pipe.finish();
            return broken;
        };
        pipe.push(&buffer[..size]);
        at += end;
    }
    pipe.finish();
    None
}

/// Inflates the first member; none where it is too large or broken.
fn one(bytes: &[u8], decompressor: &mut Decompressor, buffer: &mut Vec<u8>) -> Option<usize> {
    let mut capacity = guess(bytes).min(CAP);
    loop {
        if buffer.len() < capacity {
            // Given by the system with zeros in it, where growing would write them.
            *buffer = vec![0; capacity];
        }
        match decompressor.gzip_decompress(bytes, buffer) {
            Ok(size) => return Some(size),
            Err(DecompressionError::InsufficientSpace) if buffer.len() < CAP => {
                capacity = (buffer.len() * 2).clamp(1 << 16, CAP);
            }
            Err(_) => return None,
        }
    }
}

/// Where the member ends that holds `content`: behind its checksum and size, which nothing else looks like.
fn member_end(bytes: &[u8], content: &[u8]) -> Option<usize> {
    let ends_here =
        bytes.last_chunk::<4>().is_some_and(|size| u32::from_le_bytes(*size) as usize == content.len());
    if ends_here && memchr::memmem::find(&bytes[1..], &MAGIC).is_none() {
        return Some(bytes.len());
    }
    let mut trailer = [0; 8];
    trailer[..4].copy_from_slice(&crc32(content).to_le_bytes());
    #[expect(clippy::cast_possible_truncation, reason = "the size is modulo 4 GiB")]
    trailer[4..].copy_from_slice(&(content.len() as u32).to_le_bytes());
    memchr::memmem::find(bytes, &trailer).map(|at| at + 8)
}

/// Tapes and block devices pad with zeros.
fn rest_is_padding(rest: &[u8]) -> bool {
    rest.iter().all(|byte| *byte == 0)
}

fn pieces(bytes: &[u8], reader: &mut Reader, collector: &mut Collector) -> Option<Broken> {
    let mut pipe = Pipe::new(reader, collector);
    let broken = stream(bytes, &mut pipe);
    pipe.finish();
    broken
}

/// Reads compressed data a piece at a time, all its members after each other.
pub fn stream(mut source: impl Read, pipe: &mut Pipe) -> Option<Broken> {
    let mut input = Input { source: &mut source, bytes: vec![0; PIECE], from: 0, to: 0, taken: 0 };
    let mut output = vec![0; PIECE];
    let mut inflater = InflateState::new_boxed(DataFormat::Raw);
    let (mut members, mut total) = (0_u32, 0_u64);
    loop {
        match header(&mut input) {
            Header::Member => {}
            Header::End if members > 0 => return None,
            Header::End => return Some(Broken::Truncated),
            Header::Other => return Some(Broken::Corrupt),
        }
        inflater.reset(DataFormat::Raw);
        let (mut crc, mut size) = (libdeflater::Crc::new(), 0_u32);
        loop {
            input.fill();
            let outcome = inflate(&mut inflater, input.rest(), &mut output, MZFlush::None);
            input.consume(outcome.bytes_consumed);
            let piece = &output[..outcome.bytes_written];
            crc.update(piece);
            #[expect(clippy::cast_possible_truncation, reason = "the size is modulo 4 GiB")]
            let length = piece.len() as u32;
            size = size.wrapping_add(length);
            total += piece.len() as u64;
            pipe.push(piece);
            if total > BOMB_SIZE && total / BOMB_RATIO > input.taken {
                return Some(Broken::Bomb);
            }
            match outcome.status {
                Ok(MZStatus::StreamEnd) => break,
                Ok(_) => {}
                Err(MZError::Buf) if outcome.bytes_written > 0 || outcome.bytes_consumed > 0 => {}
                Err(MZError::Buf) => {
                    if !input.fill() {
                        return Some(Broken::Truncated);
                    }
                }
                Err(_) => return Some(Broken::Corrupt),
            }
        }
        let Some(trailer) = input.take::<8>() else { return Some(Broken::Truncated) };
        if trailer[..4] != crc.sum().to_le_bytes() || trailer[4..] != size.to_le_bytes() {
            return Some(Broken::Corrupt);
        }
        members += 1;
    }
}

enum Header {
    Member,
    /// Nothing more, or padding.
    End,
    Other,
}

/// Passes over the header of a member.
fn header(input: &mut Input) -> Header {
    let Some(fixed) = input.take::<10>() else {
        let left = input.rest();
        return if rest_is_padding(left) { Header::End } else { Header::Other };
    };
    if rest_is_padding(&fixed) {
        return Header::End;
    }
    if fixed[..3] != MAGIC {
        return Header::Other;
    }
    let flags = fixed[3];
    if flags & 4 != 0 {
        let Some(length) = input.take::<2>() else { return Header::Other };
        for _ in 0..u16::from_le_bytes(length) {
            input.take::<1>();
        }
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            while input.take::<1>().is_some_and(|[byte]| byte != 0) {}
        }
    }
    if flags & 2 != 0 {
        input.take::<2>();
    }
    Header::Member
}

/// Compressed bytes on their way.
struct Input<'a> {
    source: &'a mut dyn Read,
    bytes: Vec<u8>,
    from: usize,
    to: usize,
    /// How many were used.
    taken: u64,
}

impl Input<'_> {
    fn rest(&self) -> &[u8] {
        &self.bytes[self.from..self.to]
    }

    fn consume(&mut self, count: usize) {
        self.from += count;
        self.taken += count as u64;
    }

    /// Reads more where half of the room is free; false where nothing more comes.
    fn fill(&mut self) -> bool {
        if self.to - self.from > PIECE / 2 {
            return true;
        }
        self.bytes.copy_within(self.from..self.to, 0);
        (self.from, self.to) = (0, self.to - self.from);
        let before = self.to;
        while self.to < PIECE {
            match self.source.read(&mut self.bytes[self.to..]) {
                Ok(0) => break,
                Ok(count) => self.to += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        self.to > before
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        if self.to - self.from < N {
            self.fill();
        }
        let taken = *self.rest().first_chunk::<N>()?;
        self.consume(N);
        Some(taken)
    }
}
