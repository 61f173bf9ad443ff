//! `macro_rules!` of the file itself: what an invocation stands for, as tokens that keep their places. The rules are
//! tried in order, as the compiler does. What is not told apart: names inside the macro from those around it, except
//! that variables of its own are not seen after it. Macros of other files are not known here.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt};
use syn::Token;
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{Parse, ParseStream, Parser};

/// An expansion with more tokens is not read.
const MAX_TOKENS: usize = 20_000;

/// The rules of one macro.
pub(super) struct Rules(Vec<(Vec<Node>, Vec<Node>)>);

/// A part of what a rule matches, or of what it becomes.
enum Node {
    Token(TokenTree),
    Group(Group, Vec<Self>),
    /// `$name:kind`; where it is used, the kind is empty.
    Variable(String, String),
    Repeat {
        inner: Vec<Self>,
        separator: Option<TokenTree>,
        times: char,
    },
}

/// What a variable has matched.
#[derive(Clone)]
enum Bound {
    One(TokenStream),
    Many(Vec<Self>),
}

type Bindings = BTreeMap<String, Bound>;

impl Parse for Rules {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut rules = Vec::new();
        while !input.is_empty() {
            let matcher: Group = input.parse()?;
            input.parse::<Token![=>]>()?;
            let body: Group = input.parse()?;
            rules.push((nodes.parse2(matcher.stream())?, nodes.parse2(body.stream())?));
            input.parse::<Option<Token![;]>>()?;
        }
        Ok(Self(rules))
    }
}

impl Rules {
    /// What an invocation with these tokens stands for. None where no rule matches, or it is too much.
    pub(super) fn expand(&self, tokens: &TokenStream) -> Option<TokenStream> {
        for (matcher, body) in &self.0 {
            let matched = |input: ParseStream<'_>| {
                let mut bindings = Bindings::new();
                matches(input, matcher, &mut bindings)?;
                if input.is_empty() { Ok(bindings) } else { Err(input.error("more than the rule takes")) }
            };
            if let Ok(bindings) = matched.parse2(tokens.clone()) {
                let mut budget = MAX_TOKENS;
                return transcribe(body, &bindings, &mut budget);
            }
        }
        None
    }
}

fn nodes(input: ParseStream<'_>) -> syn::Result<Vec<Node>> {
    let mut found = Vec::new();
    while !input.is_empty() {
        if !input.peek(Token![$]) {
            found.push(match input.parse::<TokenTree>()? {
                TokenTree::Group(group) => {
                    let inner = nodes.parse2(group.stream())?;
                    Node::Group(group, inner)
                }
                token => Node::Token(token),
            });
            continue;
        }
        input.parse::<Token![$]>()?;
        if !input.peek(syn::token::Paren) {
            let name = input.call(Ident::parse_any)?;
            if name == "crate" {
                found.push(Node::Token(name.into()));
                continue;
            }
            let mut kind = String::new();
            if input.peek(Token![:]) && input.peek2(Ident::peek_any) {
                let ahead = input.fork();
                ahead.parse::<Token![:]>()?;
                let fragment = ahead.call(Ident::parse_any)?.to_string();
                if is_fragment(&fragment) {
                    kind = fragment;
                    input.advance_to(&ahead);
                }
            }
            found.push(Node::Variable(name.to_string(), kind));
            continue;
        }
        let group: Group = input.parse()?;
        let inner = nodes.parse2(group.stream())?;
        let (mut separator, mut times) = (None, input.parse::<TokenTree>()?);
        if repetition(&times).is_none() {
            separator = Some(times);
            times = input.parse()?;
        }
        let times = repetition(&times).ok_or_else(|| input.error("a repetition"))?;
        found.push(Node::Repeat { inner, separator, times });
    }
    Ok(found)
}

fn repetition(token: &TokenTree) -> Option<char> {
    match token {
        TokenTree::Punct(punct) => Some(punct.as_char()).filter(|char| matches!(char, '*' | '+' | '?')),
        _ => None,
    }
}

fn is_fragment(kind: &str) -> bool {
    matches!(
        kind,
        "expr"
            | "expr_2021"
            | "ident"
            | "ty"
            | "tt"
            | "literal"
            | "path"
            | "pat"
            | "pat_param"
            | "stmt"
            | "block"
            | "lifetime"
            | "vis"
            | "item"
            | "meta"
    )
}

fn matches(input: ParseStream<'_>, matcher: &[Node], bindings: &mut Bindings) -> syn::Result<()> {
    for node in matcher {
        match node {
            Node::Token(expected) => {
                let token: TokenTree = input.parse()?;
                if token.to_string() != expected.to_string() {
                    return Err(input.error("another token"));
                }
            }
            Node::Group(expected, inner) => {
                let group: Group = input.parse()?;
                if group.delimiter() != expected.delimiter() {
                    return Err(input.error("another bracket"));
                }
                let inside = |input: ParseStream<'_>| {
                    matches(input, inner, bindings)?;
                    if input.is_empty() { Ok(()) } else { Err(input.error("more than the rule takes")) }
                };
                inside.parse2(group.stream())?;
            }
            Node::Variable(name, kind) => {
                let tokens = fragment(input, kind)?;
                bindings.insert(name.clone(), Bound::One(tokens));
            }
            Node::Repeat { inner, separator, times } => {
                let mut rounds = Vec::new();
                while let Some(round) = round(input, inner, separator.as_ref().filter(|_| !rounds.is_empty()))
                {
                    rounds.push(round);
                    if *times == '?' {
                        break;
                    }
                }
                if *times == '+' && rounds.is_empty() {
                    return Err(input.error("at least one"));
                }
                for name in variables(inner) {
                    let bound = rounds.iter().filter_map(|round| round.get(&name).cloned());
                    let bound = Bound::Many(bound.collect());
                    bindings.insert(name, bound);
                }
            }
        }
    }
    Ok(())
}

/// One repetition more, where there is one.
fn round(input: ParseStream<'_>, inner: &[Node], separator: Option<&TokenTree>) -> Option<Bindings> {
    if input.is_empty() {
        return None;
    }
    let ahead = input.fork();
    if let Some(separator) = separator {
        let token: TokenTree = ahead.parse().ok()?;
        if token.to_string() != separator.to_string() {
            return None;
        }
    }
    let mut bindings = Bindings::new();
    matches(&ahead, inner, &mut bindings).ok()?;
    if ahead.cursor() == input.cursor() {
        return None;
    }
    input.advance_to(&ahead);
    Some(bindings)
}

fn variables(nodes: &[Node]) -> Vec<String> {
    let mut names = Vec::new();
    for node in nodes {
        match node {
            Node::Variable(name, _) => names.push(name.clone()),
            Node::Group(_, inner) | Node::Repeat { inner, .. } => names.extend(variables(inner)),
            Node::Token(_) => {}
        }
    }
    names
}

fn fragment(input: ParseStream<'_>, kind: &str) -> syn::Result<TokenStream> {
    fn parsed<T: Parse + ToTokens>(input: ParseStream<'_>) -> syn::Result<TokenStream> {
        Ok(input.parse::<T>()?.into_token_stream())
    }
    match kind {
        "expr" | "expr_2021" => Ok(whole(&input.parse()?)),
        "ident" => Ok(input.call(Ident::parse_any)?.into_token_stream()),
        "ty" => parsed::<syn::Type>(input),
        "tt" => parsed::<TokenTree>(input),
        "literal" => parsed::<syn::Lit>(input),
        "path" => parsed::<syn::Path>(input),
        "pat" => Ok(syn::Pat::parse_multi_with_leading_vert(input)?.into_token_stream()),
        "pat_param" => Ok(syn::Pat::parse_single(input)?.into_token_stream()),
        "stmt" => parsed::<syn::Stmt>(input),
        "block" => parsed::<syn::Block>(input),
        "lifetime" => parsed::<syn::Lifetime>(input),
        "vis" => parsed::<syn::Visibility>(input),
        "item" => parsed::<syn::Item>(input),
        "meta" => parsed::<syn::Meta>(input),
        _ => Err(input.error("a fragment of an unknown kind")),
    }
}

/// An expression that what stands around it does not take apart.
fn whole(node: &syn::Expr) -> TokenStream {
    let tokens = node.to_token_stream();
    let is_atom = matches!(
        node,
        syn::Expr::Lit(_)
            | syn::Expr::Path(_)
            | syn::Expr::Call(_)
            | syn::Expr::MethodCall(_)
            | syn::Expr::Field(_)
            | syn::Expr::Macro(_)
            | syn::Expr::Paren(_)
            | syn::Expr::Array(_)
    );
    if is_atom {
        return tokens;
    }
    let mut group = Group::new(Delimiter::None, tokens);
    group.set_span(syn::spanned::Spanned::span(node));
    TokenTree::from(group).into()
}

fn transcribe(body: &[Node], bindings: &Bindings, budget: &mut usize) -> Option<TokenStream> {
    let mut made = TokenStream::new();
    for node in body {
        *budget = budget.checked_sub(1)?;
        match node {
            Node::Token(token) => made.append(token.clone()),
            Node::Group(group, inner) => {
                let mut copy = Group::new(group.delimiter(), transcribe(inner, bindings, budget)?);
                copy.set_span(group.span());
                made.append(copy);
            }
            Node::Variable(name, kind) => {
                let Bound::One(tokens) = bindings.get(name)? else { return None };
                *budget = budget.checked_sub(tokens.clone().into_iter().count())?;
                made.append_all(tokens.clone());
                // `$name:ty` outside of a matcher is a declared type.
                if !kind.is_empty() {
                    made.append(Punct::new(':', Spacing::Alone));
                    made.append(Ident::new(kind, proc_macro2::Span::call_site()));
                }
            }
            Node::Repeat { inner, separator, .. } => {
                let repeated: Vec<(String, &Vec<Bound>)> = variables(inner)
                    .into_iter()
                    .filter_map(|name| match bindings.get(&name) {
                        Some(Bound::Many(rounds)) => Some((name, rounds)),
                        _ => None,
                    })
                    .collect();
                let rounds = repeated.iter().map(|(_, rounds)| rounds.len()).max()?;
                for round in 0..rounds {
                    let mut bindings = bindings.clone();
                    for (name, rounds) in &repeated {
                        bindings.insert(name.clone(), rounds.get(round)?.clone());
                    }
                    if round > 0 {
                        made.append_all(separator.clone());
                    }
                    made.append_all(transcribe(inner, &bindings, budget)?);
                }
            }
        }
    }
    Some(made)
}
