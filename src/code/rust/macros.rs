//! Macros. Those of the language and of well-known crates are read as what they do; of all others the arguments
//! are read where they are expressions, and where they are not, or the file itself defines the macro, a note
//! says that there is code that was not read.

use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Token, braced, bracketed};

use super::quoted::quoted;
use super::{Lowering, span_of, symbol, unknown};
use crate::code::ir::{Block, Entry, Expr, ExprKind, Key, Span, Stmt, Symbol};

/// How many invocations of a file's own macros are expanded.
const MAX_EXPANSIONS: u32 = 1000;

pub(super) type Exprs = Punctuated<syn::Expr, Token![,]>;

impl Lowering {
    pub(super) fn macro_call(&mut self, node: &syn::Macro) -> Expr {
        let span = span_of(&node.path);
        let kind = self.deeper(span, |it| it.macro_kind(node, span)).unwrap_or_else(unknown);
        Expr { kind, span }
    }

    fn macro_kind(&mut self, node: &syn::Macro, span: Span) -> ExprKind {
        let name = node.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        let tokens = node.tokens.clone();
        match name.as_str() {
            _ if self.own_macros.contains_key(&name) => return self.expanded_expr(&name, node, span),
            "json" => {
                if let Ok(json) = syn::parse2::<Json>(tokens) {
                    return self.json(&json);
                }
            }
            "select" => {
                if let Ok(select) = syn::parse2::<Select>(tokens) {
                    return self.select(&select, span);
                }
            }
            "matches" => {
                if let Ok(subject) = (|input: ParseStream<'_>| {
                    let subject = input.parse::<syn::Expr>()?;
                    input.parse::<TokenStream>()?;
                    Ok(subject)
                })
                .parse2(tokens)
                {
                    return ExprKind::Unknown(vec![self.expr(&subject)]);
                }
            }
            "vec" => {
                let repeated = |input: ParseStream<'_>| {
                    let value = input.parse::<syn::Expr>()?;
                    input.parse::<Token![;]>()?;
                    input.parse::<syn::Expr>()?;
                    Ok(value)
                };
                if let Ok(value) = repeated.parse2(tokens.clone()) {
                    return ExprKind::List(vec![(self.expr(&value), false)]);
                }
                if let Ok(items) = Exprs::parse_terminated.parse2(tokens) {
                    return ExprKind::List(items.iter().map(|item| (self.expr(item), false)).collect());
                }
            }
            // What a build puts in.
            "Token" | "env" | "option_env" | "include_str" | "include_bytes" | "line" | "file" | "column"
            | "module_path" | "stringify" | "cfg" | "compile_error" | "include" => return unknown(),
            _ => {
                if let Ok(args) = Exprs::parse_terminated.parse2(tokens.clone()) {
                    if !is_known(&name) && !is_log(&name) {
                        self.unread_call(&name, span, None);
                    }
                    return self.macro_of_exprs(&name, &args);
                }
                if let Ok(stmts) = syn::Block::parse_within.parse2(tokens) {
                    let brace_token = syn::token::Brace::default();
                    return self.block_expr(&syn::Block { brace_token, stmts }).kind;
                }
                // The fields of log macros: `info!(bucket = %name, "…")`.
                if is_log(&name) {
                    return unknown();
                }
            }
        }
        self.unread_call(&name, span, None);
        unknown()
    }

    fn unread_call(&mut self, name: &str, span: Span, help: Option<String>) {
        let message = format!("what the macro `{name}!` does is not read; calls that it makes are missing");
        self.remarks.add(span.start, "unread-macro", message).help = help;
    }

    /// What a macro of the file becomes.
    fn expand(&mut self, name: &str, node: &syn::Macro) -> Result<TokenStream, String> {
        let rules = self.own_macros.get(name).cloned().flatten().ok_or("its rules could not be read")?;
        if self.expansions == MAX_EXPANSIONS {
            return Err("the file has more such macros than are followed".to_owned());
        }
        self.expansions += 1;
        rules
            .expand(&node.tokens)
            .ok_or_else(|| format!("no rule of the macro takes {}", quoted(&node.tokens)))
    }

    fn expanded_expr(&mut self, name: &str, node: &syn::Macro, span: Span) -> ExprKind {
        let read = self.expand(name, node).and_then(|tokens| {
            syn::parse2::<syn::Expr>(tokens.clone()).map(Ok).or_else(|_| {
                let stmts = syn::Block::parse_within.parse2(tokens.clone());
                stmts
                    .map(|stmts| Err(syn::Block { brace_token: syn::token::Brace::default(), stmts }))
                    .map_err(|_| format!("it becomes {}", quoted(&tokens)))
            })
        });
        let outer = std::mem::replace(&mut self.expansion, self.expansions);
        let kind = match read {
            Ok(Ok(expr)) => self.scoped(|it| it.expr(&expr)).kind,
            Ok(Err(block)) => self.block_expr(&block).kind,
            Err(help) => {
                self.unread_call(name, span, Some(help));
                unknown()
            }
        };
        self.expansion = outer;
        kind
    }

    /// A macro of the file as statements, whose variables hold after it where it was given their names.
    pub(super) fn expanded_statements(&mut self, node: &syn::Macro, block: &mut Block) -> bool {
        let Some(name) = node.path.get_ident().map(ToString::to_string) else { return false };
        let has_let = self.own_macros.contains_key(&name);
        let Some(tokens) = has_let.then(|| self.expand(&name, node).ok()).flatten() else { return false };
        let Ok(stmts) = syn::Block::parse_within.parse2(tokens) else { return false };
        if !stmts.iter().any(|statement| matches!(statement, syn::Stmt::Local(_))) {
            return false;
        }
        let outer = std::mem::replace(&mut self.expansion, self.expansions);
        let lowered = self.deeper(span_of(&node.path), |it| {
            it.naming(&node.tokens, |it| {
                let brace_token = syn::token::Brace::default();
                let (statements, value) = it.block_here(&syn::Block { brace_token, stmts });
                block.extend(statements);
                block.extend(value.map(Stmt::Expr));
            });
        });
        self.expansion = outer;
        lowered.is_some()
    }

    /// What macros of the file become among its items, by the place of the item.
    pub(super) fn expanded_items(
        &mut self,
        items: &mut dyn Iterator<Item = &syn::Item>,
    ) -> Vec<Option<Vec<syn::Item>>> {
        let mut made = Vec::new();
        for item in items {
            let syn::Item::Macro(node) = item else {
                made.push(None);
                continue;
            };
            if node.mac.path.is_ident("macro_rules") {
                let rules = syn::parse2(node.mac.tokens.clone()).ok().map(std::rc::Rc::new);
                self.own_macros.extend(node.ident.as_ref().map(|name| (name.to_string(), rules)));
            }
            let name = node.mac.path.get_ident().map(ToString::to_string);
            let name = name.filter(|name| self.own_macros.contains_key(name));
            let tokens = name.and_then(|name| self.expand(&name, &node.mac).ok());
            made.push(tokens.and_then(|tokens| syn::parse2::<syn::File>(tokens).ok()).map(|file| file.items));
        }
        made
    }

    fn macro_of_exprs(&mut self, name: &str, args: &Exprs) -> ExprKind {
        match name {
            // Also into texts of other types: `format_compact!`, `format_smolstr!`.
            name if name.starts_with("format") => self.format(args),
            "concat" => ExprKind::Concat(self.exprs(args)),
            "join" | "try_join" => ExprKind::List(args.iter().map(|arg| (self.expr(arg), false)).collect()),
            "dbg" | "pin" | "black_box" if args.len() == 1 => self.expr(&args[0]).kind,
            // Into a text that is a variable.
            "write" | "writeln" if args.len() > 1 => self.written(args),
            "bail" | "panic" | "unreachable" | "todo" | "unimplemented" => {
                let operands = self.exprs(args).into_iter();
                let effects = operands.map(Stmt::Expr).collect();
                ExprKind::Block(effects, Box::new(Expr::spanned(ExprKind::Null, Span::default())))
            }
            _ => ExprKind::Unknown(self.exprs(args)),
        }
    }

    fn json(&mut self, json: &Json) -> ExprKind {
        match json {
            Json::Object(entries) => {
                let entries = entries.iter().map(|(key, value)| {
                    let span = span_of(key);
                    let value = Expr::spanned(self.json(value), span);
                    let key = self.expr(key);
                    match key.kind {
                        ExprKind::Text(name) => Entry::Pair(Key::Name(name), value),
                        _ => Entry::Pair(Key::Computed(key), value),
                    }
                });
                ExprKind::Object(entries.collect())
            }
            Json::List(items) => {
                let items = items.iter().map(|item| (Expr::spanned(self.json(item), Span::default()), false));
                ExprKind::List(items.collect())
            }
            Json::Null => ExprKind::Null,
            Json::Value(value) => self.expr(value).kind,
        }
    }

    /// One of the futures is taken to its end, but all are begun.
    fn select(&mut self, select: &Select, span: Span) -> ExprKind {
        let result = self.temporary("value");
        let mut arms = Vec::new();
        for branch in &select.branches {
            let mut arm = Block::new();
            self.scoped(|it| {
                if let Some((pattern, future)) = &branch.future {
                    let value = it.expr(future);
                    arm.extend(it.capture_of(pattern, value));
                }
                let value = it.expr(&branch.handler);
                let target = crate::code::ir::Target::Name(result.clone());
                arm.push(Stmt::Bind { target, value });
            });
            arms.push(arm);
        }
        ExprKind::Block(vec![Stmt::Branch(arms)], Box::new(Expr::name(result, span)))
    }

    /// A macro among items: statics that are made when they are first used, or code that is not read.
    pub(super) fn item_macro(&mut self, node: &syn::ItemMacro, block: &mut Block) {
        let name = node.mac.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        match name.as_str() {
            "macro_rules" => {}
            "lazy_static" | "thread_local" => match syn::parse2::<Statics>(node.mac.tokens.clone()) {
                Ok(statics) => {
                    for (ident, value) in statics.0 {
                        let value = self.expr(&value);
                        self.bind_value(&symbol(&ident), value, block);
                    }
                }
                Err(_) => self.unread(&name, &node.mac),
            },
            _ => self.unread(&name, &node.mac),
        }
    }

    pub(super) fn unread(&mut self, name: &str, node: &syn::Macro) {
        let message =
            format!("what the macro `{name}!` declares is not read; calls that it makes are missing");
        self.remarks.add(span_of(&node.path).start, "unread-macro", message);
    }
}

/// The statics that a macro among items declares.
pub(super) fn declared_by(node: &syn::Macro) -> Vec<Symbol> {
    let is_statics = node.path.segments.last().is_some_and(|last| {
        let name = last.ident.to_string();
        name == "lazy_static" || name == "thread_local"
    });
    if !is_statics {
        return Vec::new();
    }
    let statics = syn::parse2::<Statics>(node.tokens.clone());
    statics.map(|statics| statics.0.iter().map(|(ident, _)| symbol(ident)).collect()).unwrap_or_default()
}

/// Macros of the language and of common crates that do nothing but what their arguments do.
fn is_known(name: &str) -> bool {
    const NAMES: [&str; 36] = [
        "format",
        "format_args",
        "print",
        "println",
        "eprint",
        "eprintln",
        "write",
        "writeln",
        "concat",
        "panic",
        "todo",
        "unimplemented",
        "unreachable",
        "assert",
        "assert_eq",
        "assert_ne",
        "debug_assert",
        "debug_assert_eq",
        "debug_assert_ne",
        "dbg",
        "join",
        "try_join",
        "join_all",
        "try_join_all",
        "pin",
        "anyhow",
        "bail",
        "ensure",
        "eyre",
        "ready",
        "hashmap",
        "btreemap",
        "hashset",
        "try_stream",
        "stream",
        "addr_of",
    ];
    NAMES.contains(&name) || name.starts_with("format_")
}

fn is_log(name: &str) -> bool {
    const LEVELS: [&str; 14] = [
        "trace",
        "debug",
        "info",
        "warn",
        "error",
        "event",
        "span",
        "trace_span",
        "debug_span",
        "info_span",
        "warn_span",
        "error_span",
        "log",
        "instrument",
    ];
    LEVELS.contains(&name)
}

/// What `serde_json::json!` takes.
enum Json {
    Object(Vec<(syn::Expr, Json)>),
    List(Vec<Json>),
    Null,
    Value(Box<syn::Expr>),
}

impl Parse for Json {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(syn::token::Brace) {
            let inside;
            braced!(inside in input);
            let mut entries = Vec::new();
            while !inside.is_empty() {
                let key = inside.parse()?;
                inside.parse::<Token![:]>()?;
                entries.push((key, inside.parse()?));
                if !inside.is_empty() {
                    inside.parse::<Token![,]>()?;
                }
            }
            return Ok(Self::Object(entries));
        }
        if input.peek(syn::token::Bracket) {
            let inside;
            bracketed!(inside in input);
            let items = Punctuated::<Self, Token![,]>::parse_terminated(&inside)?;
            return Ok(Self::List(items.into_iter().collect()));
        }
        let ahead = input.fork();
        if let Ok(name) = ahead.parse::<syn::Ident>()
            && name == "null"
        {
            input.parse::<syn::Ident>()?;
            return Ok(Self::Null);
        }
        Ok(Self::Value(Box::new(input.parse()?)))
    }
}

/// What `tokio::select!` takes.
struct Select {
    branches: Vec<SelectBranch>,
}

struct SelectBranch {
    /// None for `else`.
    future: Option<(syn::Pat, syn::Expr)>,
    handler: syn::Expr,
}

impl Parse for Select {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let ahead = input.fork();
        if ahead.parse::<syn::Ident>().is_ok_and(|name| name == "biased") && ahead.peek(Token![;]) {
            input.parse::<syn::Ident>()?;
            input.parse::<Token![;]>()?;
        }
        let mut branches = Vec::new();
        while !input.is_empty() {
            let future = if input.peek(Token![else]) {
                input.parse::<Token![else]>()?;
                None
            } else {
                let pattern = syn::Pat::parse_multi_with_leading_vert(input)?;
                input.parse::<Token![=]>()?;
                Some((pattern, input.parse()?))
            };
            if input.peek(Token![,]) {
                input.parse::<Token![,]>()?;
                input.parse::<Token![if]>()?;
                input.parse::<syn::Expr>()?;
            }
            input.parse::<Token![=>]>()?;
            let handler = if input.peek(syn::token::Brace) {
                syn::Expr::Block(input.parse()?)
            } else {
                input.parse()?
            };
            branches.push(SelectBranch { future, handler });
            if input.peek(Token![,]) {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(Self { branches })
    }
}

/// `static [ref] NAME: Type = value;`, any number of times.
struct Statics(Vec<(syn::Ident, syn::Expr)>);

impl Parse for Statics {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut statics = Vec::new();
        while !input.is_empty() {
            syn::Attribute::parse_outer(input)?;
            input.parse::<syn::Visibility>()?;
            input.parse::<Token![static]>()?;
            if input.peek(Token![ref]) {
                input.parse::<Token![ref]>()?;
            }
            let name = input.parse()?;
            input.parse::<Token![:]>()?;
            input.parse::<syn::Type>()?;
            input.parse::<Token![=]>()?;
            statics.push((name, input.parse()?));
            if input.peek(Token![;]) {
                input.parse::<Token![;]>()?;
            }
        }
        Ok(Self(statics))
    }
}
