//! Code shown back: tokens as a person would write them, for messages.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use quote::ToTokens;

/// A message shows no more characters of code than this.
const WIDTH: usize = 100;

/// Code on one line, in backticks.
pub(super) fn quoted(code: &impl ToTokens) -> String {
    let mut text = String::new();
    write(code.to_token_stream(), &mut text, &mut None);
    let text = text.trim();
    match text.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("`{}…`", text[..end].trim_end()),
        None => format!("`{text}`"),
    }
}

/// `last` is the punctuation that the text ends with.
fn write(tokens: TokenStream, text: &mut String, last: &mut Option<(char, Spacing)>) {
    for token in tokens {
        if text.len() > WIDTH * 8 {
            return;
        }
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => (" { ", " }"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(if text.ends_with(' ') { open.trim_start() } else { open });
                *last = (!open.is_empty()).then_some(('(', Spacing::Alone));
                write(group.stream(), text, last);
                text.push_str(if text.ends_with(' ') { close.trim_start() } else { close });
                *last = None;
            }
            TokenTree::Punct(punct) => {
                let char = punct.as_char();
                let is_joined = last.is_some_and(|(_, spacing)| spacing == Spacing::Joint);
                let is_tight = matches!(char, ',' | ';' | '.' | '?' | ':' | '!' | '&' | '#' | '<' | '>');
                if !is_tight && !is_joined && last.is_none() && !text.is_empty() {
                    text.push(' ');
                }
                text.push(char);
                *last = Some((char, punct.spacing()));
            }
            token => {
                let is_tight = match *last {
                    Some((char, _)) => matches!(char, '(' | '.' | '&' | '!' | '#' | '<' | '\'' | ':' | '*'),
                    None => false,
                };
                if !is_tight && !text.is_empty() && !text.ends_with(' ') {
                    text.push(' ');
                }
                text.push_str(&token.to_string());
                *last = None;
            }
        }
    }
}
