//! The text of a description that a person saved: in any encoding that shells write, holding one JSON value or
//! several after one another, and the line of any element of it.

use std::io::Read as _;
use std::path::Path;
use std::{fs, io};

use serde_json::Value;

/// A larger file is no description of a role: an account's whole authorization details are some 100 MB.
const LONGEST: u64 = 1 << 30;

/// Reads a file; `-` is standard input.
pub fn load(path: &Path) -> io::Result<String> {
    let bytes = if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().take(LONGEST).read_to_end(&mut bytes)?;
        bytes
    } else {
        if fs::metadata(path)?.len() > LONGEST {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the file is too large"));
        }
        fs::read(path)?
    };
    text(&bytes).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the file is no text"))
}

/// UTF-8 with or without a mark, or UTF-16 with one, which is what PowerShell's `>` writes.
fn text(bytes: &[u8]) -> Option<String> {
    let wide = |of: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes[2..].chunks_exact(2).map(|pair| of([pair[0], pair[1]])).collect();
        bytes.len().is_multiple_of(2).then(|| String::from_utf16(&units).ok()).flatten()
    };
    match bytes {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        _ => String::from_utf8(bytes.to_vec()).ok(),
    }
}

/// Every JSON value of the text with the place where it begins, or where and why it is none.
pub fn values(text: &str) -> Result<Vec<(usize, Value)>, (usize, usize, String)> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let mut found = Vec::new();
    let mut start = 0;
    while let Some(next) = stream.next() {
        let value = next.map_err(|error| {
            let told = error.to_string();
            let problem = told.split(" at line ").next().unwrap_or(&told).to_owned();
            (error.line(), error.column(), problem)
        })?;
        found.push((start, value));
        start = stream.byte_offset();
    }
    Ok(found)
}

/// The line, from 1, on which an element stands. `path` is `$.Statement[0].Effect`, from the value that begins
/// at `start`; where the path leads further than the text, the line of the last element on the way.
pub fn line(text: &str, start: usize, path: &str) -> u32 {
    let mut at = skip_space(text, start);
    let mut rest = path.trim_start_matches('$');
    while !rest.is_empty() {
        let (found, after) = if let Some(key) = rest.strip_prefix('.') {
            let end = key.find(['.', '[']).unwrap_or(key.len());
            (member(text, at, &key[..end]), &key[end..])
        } else {
            let Some((index, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
                break;
            };
            (index.parse().ok().and_then(|index| element(text, at, index)), after)
        };
        let Some(found) = found else { break };
        (at, rest) = (found, after);
    }
    let breaks = text.get(..at).unwrap_or(text).matches('\n').count();
    u32::try_from(breaks + 1).unwrap_or(u32::MAX)
}

/// Where the value of a key begins, in the object at `at`.
fn member(text: &str, at: usize, wanted: &str) -> Option<usize> {
    let mut at = skip_space(text, text.get(at..)?.starts_with('{').then_some(at + 1)?);
    while text.as_bytes().get(at) == Some(&b'"') {
        let end = skip_value(text, at)?;
        let key: String = serde_json::from_str(text.get(at..end)?).ok()?;
        let colon = skip_space(text, end);
        let value = skip_space(text, colon + 1);
        if key == wanted {
            return Some(value);
        }
        let comma = skip_space(text, skip_value(text, value)?);
        at = skip_space(text, comma + 1);
    }
    None
}

/// Where an element begins, in the list at `at`; a value that is no list is its own first element.
fn element(text: &str, at: usize, index: usize) -> Option<usize> {
    if !text.get(at..)?.starts_with('[') {
        return (index == 0).then_some(at);
    }
    let mut at = skip_space(text, at + 1);
    for _ in 0..index {
        let comma = skip_space(text, skip_value(text, at)?);
        at = skip_space(text, (text.as_bytes().get(comma) == Some(&b',')).then_some(comma + 1)?);
    }
    Some(at)
}

fn skip_space(text: &str, at: usize) -> usize {
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// The end of the value that begins at `at`. The text is known to be JSON.
fn skip_value(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0_usize, at);
    loop {
        match bytes.get(at)? {
            b'"' => {
                at += 1;
                while *bytes.get(at)? != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            _ if depth == 0 => {
                let end = bytes[at..].iter().position(|byte| b",]} \t\r\n:".contains(byte));
                return Some(end.map_or(bytes.len(), |end| at + end));
            }
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_every_shell_are_read() {
        let utf16: Vec<u8> = "\u{feff}{}é".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(text(&utf16).as_deref(), Some("{}é"));
        assert_eq!(text(b"\xef\xbb\xbf{}").as_deref(), Some("{}"));
        assert_eq!(text(b"\xff\x00\x01"), None);
    }

    #[test]
    fn an_element_is_found_by_its_path() {
        let text = "{\"Version\": \"}\\\"{\",\n \"Statement\": [\n  {\"Effect\": \"Allow\"},\n  {\"Action\": [1,\n 2]}\n ]}\n {\"Statement\":\n {}}";
        assert_eq!(line(text, 0, "$"), 1);
        assert_eq!(line(text, 0, "$.Statement"), 2);
        assert_eq!(line(text, 0, "$.Statement[1]"), 4);
        assert_eq!(line(text, 0, "$.Statement[1].Action[1]"), 5);
        assert_eq!(line(text, 0, "$.Statement[1].Missing"), 4);
        let second = values(text).unwrap()[1].0;
        assert_eq!(line(text, second, "$.Statement[0]"), 8);
    }
}
