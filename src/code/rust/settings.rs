//! Structs that a derived implementation reads from the environment: `clap` with `env`, `envconfig`, and what `envy`,
//! `config` and `figment` deserialize. The attributes say which variable a field is read from; each such struct gets
//! the functions that make it, as if they were written out. Options that only a command line gives stay unknown,
//! where they have no default: nothing gives a Lambda function arguments.

use syn::punctuated::Punctuated;

use super::names::{import, member};
use super::{Lowering, span_of, symbol, unknown};
use crate::code::ir::{Arg, Block, Expr, ExprKind, Span, Spread, Stmt, Symbol, Target};

/// What reads a struct's fields from the variables that their names say, behind a prefix.
pub(super) const FROM_ENV: &str = "<from_env>";

const PREFIX: &str = "<prefix>";

/// A crate that derives a reader: its derives, its attributes, and the functions that read.
struct Reader {
    derives: &'static [&'static str],
    attributes: &'static [&'static str],
    functions: &'static [&'static str],
    /// The attribute that names the variable, and whether a field without it has one.
    variable: &'static str,
    always: bool,
    /// Attributes of fields that are structs read in the same way.
    nested: &'static [&'static str],
}

const READERS: [Reader; 3] = [
    Reader {
        derives: &["Parser", "Args", "Subcommand", "StructOpt", "Clap"],
        attributes: &["arg", "clap", "command", "structopt"],
        functions: &["parse", "try_parse", "parse_from", "try_parse_from", "from_args", "from_args_safe"],
        variable: "env",
        always: false,
        nested: &["flatten", "subcommand"],
    },
    Reader {
        derives: &["Envconfig"],
        attributes: &["envconfig"],
        functions: &["init_from_env"],
        variable: "from",
        always: true,
        nested: &["nested"],
    },
    Reader {
        derives: &["Deserialize"],
        attributes: &["serde"],
        functions: &[FROM_ENV],
        variable: "rename",
        always: true,
        nested: &["flatten"],
    },
];

impl Lowering {
    /// The functions that derived implementations give a struct.
    pub(super) fn readers(&mut self, node: &syn::ItemStruct, body: &mut Block) {
        let derived = derives(&node.attrs);
        for reader in &READERS {
            if reader.derives.iter().any(|name| derived.iter().any(|derived| derived == name)) {
                self.reader(node, reader, body);
            }
        }
    }

    fn reader(&mut self, node: &syn::ItemStruct, reader: &Reader, body: &mut Block) {
        let span = span_of(&node.ident);
        let case = options(&node.attrs, reader.attributes).into_iter().find_map(|(name, value)| {
            let is_case = name == "rename_all" || name == "rename_all_env";
            literal(value.as_ref().filter(|_| is_case)?)
        });
        let callee = self.path(&[symbol(&node.ident)], span);
        let Some(made) = self.made(callee, &node.fields, reader, case.as_deref(), span) else { return };
        self.read_by(&node.ident, reader, made, body);
    }

    /// The functions that choose one of the commands of an enum.
    pub(super) fn commands(&mut self, node: &syn::ItemEnum, body: &mut Block) {
        let reader = &READERS[0];
        let derived = derives(&node.attrs);
        if !reader.derives.iter().any(|name| derived.iter().any(|derived| derived == name)) {
            return;
        }
        let mut made = Vec::new();
        for variant in &node.variants {
            let span = span_of(&variant.ident);
            let callee = self.path(&[symbol(&node.ident), symbol(&variant.ident)], span);
            made.extend(self.made(callee, &variant.fields, reader, None, span));
        }
        let made = Expr::spanned(ExprKind::Choice(made), span_of(&node.ident));
        self.read_by(&node.ident, reader, made, body);
    }

    /// A value of a struct or a variant, each field read; none of a struct without names of fields.
    fn made(
        &mut self,
        callee: Expr,
        fields: &syn::Fields,
        reader: &Reader,
        case: Option<&str>,
        span: Span,
    ) -> Option<Expr> {
        let mut args = Vec::new();
        for (position, field) in fields.iter().enumerate() {
            let (name, value) = match &field.ident {
                Some(ident) => (symbol(ident), self.read(field, ident, reader, case)),
                None if reader.derives.contains(&"Subcommand") => {
                    let value = self.read_of(&field.ty, reader, span_of(field));
                    (smol_str::format_smolstr!("{position}"), value)
                }
                None => return None,
            };
            args.push(Arg { name: Some(name), value, spread: Spread::No });
        }
        Some(Expr::spanned(ExprKind::New { callee: Box::new(callee), args }, span))
    }

    /// What a reader's functions give, under each of their names.
    fn read_by(&mut self, ident: &syn::Ident, reader: &Reader, made: Expr, body: &mut Block) {
        let span = span_of(ident);
        let prefix = (reader.functions == [FROM_ENV]).then(|| PREFIX.into());
        let name = format!("{}{ident}.{}", self.prefix, reader.functions[0]);
        let id = self.synthetic(name.into(), prefix, vec![Stmt::Return(Some(made))], span);
        for name in reader.functions {
            let value = Expr::spanned(ExprKind::Function(id), span);
            body.push(Stmt::Bind { target: Target::Name((*name).into()), value });
        }
    }

    /// A field that is a struct or an enum read in the same way.
    fn read_of(&mut self, of: &syn::Type, reader: &Reader, span: Span) -> Expr {
        let Some(of) = self.annotation(of) else { return Expr::spanned(unknown(), span) };
        let name = reader.functions[0];
        let args = if name == FROM_ENV { vec![Expr::name(PREFIX, span)] } else { Vec::new() };
        call(of, name, args, span)
    }

    /// What a field is read from.
    fn read(&mut self, field: &syn::Field, ident: &syn::Ident, reader: &Reader, case: Option<&str>) -> Expr {
        let span = span_of(ident);
        let options = options(&field.attrs, reader.attributes);
        let given = |name: &str| options.iter().find(|(known, _)| known == name);
        if options.iter().any(|(name, _)| reader.nested.contains(&name.as_str())) {
            return self.read_of(&field.ty, reader, span);
        }
        let own = ident.to_string();
        let own = own.strip_prefix("r#").unwrap_or(&own);
        let variable = match given(reader.variable) {
            Some((_, Some(value))) if reader.functions == [FROM_ENV] => {
                literal(value).map(|name| upper(&name, span))
            }
            Some((_, Some(value))) => Some(self.expr(value)),
            None if !reader.always => None,
            _ => Some(upper(&case.map_or_else(|| own.to_owned(), |case| cased(own, case)), span)),
        };
        let default = self.default(&options, reader);
        let Some(variable) = variable else { return default.unwrap_or(Expr::spanned(unknown(), span)) };
        let variable = if reader.functions == [FROM_ENV] {
            Expr::spanned(ExprKind::Concat(vec![Expr::name(PREFIX, span), variable]), span)
        } else {
            variable
        };
        let read = call(member(import("std", 0, span), &"env".into(), span), "var", vec![variable], span);
        match default {
            Some(default) => call(read, "unwrap_or", vec![default], span),
            None => read,
        }
    }

    /// What a field is where nothing sets it.
    fn default(&mut self, options: &[(String, Option<syn::Expr>)], reader: &Reader) -> Option<Expr> {
        for (name, value) in options {
            let Some(value) = value else { continue };
            match name.as_str() {
                // Of serde, the path of a function.
                "default" if reader.functions == [FROM_ENV] => {
                    let path: syn::Expr = syn::parse_str(&literal(value)?).ok()?;
                    let callee = Box::new(self.expr(&path));
                    let kind = ExprKind::Call { callee, args: Vec::new() };
                    return Some(Expr::spanned(kind, span_of(value)));
                }
                "default" | "default_value" | "default_value_t" | "default_value_os" => {
                    return Some(self.expr(value));
                }
                _ => {}
            }
        }
        None
    }

    /// Says of what a call makes that it is of a declared type, where the call alone does not say it:
    /// `let settings: Settings = envy::from_env()?`.
    pub(super) fn expect_type(&mut self, value: &mut Expr, node: &syn::Type) {
        let Some(path) = self.type_path(node) else { return };
        if let Some((args, span)) = made_to_order(value) {
            let value = self.path(&path, span);
            args.push(Arg { name: Some(super::TYPE.into()), value, spread: Spread::No });
        }
    }
}

/// The arguments of the call that makes what is wanted, and gives it through options and results.
fn made_to_order(value: &mut Expr) -> Option<(&mut Vec<Arg>, Span)> {
    let span = value.span;
    match &mut value.kind {
        ExprKind::Block(_, value) => made_to_order(value),
        ExprKind::Call { callee, args } => match &mut callee.kind {
            ExprKind::Name(name) if matches!(name.as_str(), "Ok" | "Some") => {
                made_to_order(&mut args.first_mut()?.value)
            }
            ExprKind::Member(of, name) => {
                if is_to_order(name) {
                    let is_said = args.iter().any(|arg| arg.name.as_deref() == Some(super::TYPE));
                    return (!is_said).then_some((args, span));
                }
                let hands_on = super::methods::is_transparent(name) || name.starts_with("unwrap_or");
                if hands_on { made_to_order(of) } else { None }
            }
            _ => None,
        },
        _ => None,
    }
}

/// Functions whose result is of the type that the code around them wants.
pub(super) fn is_to_order(name: &str) -> bool {
    matches!(name, "from_env" | "parse" | "into" | "try_into" | "try_deserialize" | "deserialize" | "extract")
}

/// `of.name(args)`.
fn call(of: Expr, name: &str, args: Vec<Expr>, span: Span) -> Expr {
    let callee = Box::new(member(of, &name.into(), span));
    let args = args.into_iter().map(|value| Arg { name: None, value, spread: Spread::No }).collect();
    Expr::spanned(ExprKind::Call { callee, args }, span)
}

fn upper(name: &str, span: Span) -> Expr {
    Expr::spanned(ExprKind::Text(name.to_uppercase().into()), span)
}

/// What `#[derive(…)]` names, without the crates.
pub(super) fn derives(attributes: &[syn::Attribute]) -> Vec<Symbol> {
    let mut names = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
        let paths = attribute.parse_args_with(Punctuated::<syn::Path, syn::Token![,]>::parse_terminated);
        let last = |path: &syn::Path| path.segments.last().map(|last| symbol(&last.ident));
        names.extend(paths.iter().flatten().filter_map(last));
    }
    names
}

/// What attributes of these names say: `#[arg(long, env = "TABLE")]`.
fn options(attributes: &[syn::Attribute], names: &[&str]) -> Vec<(String, Option<syn::Expr>)> {
    let mut found = Vec::new();
    for attribute in attributes.iter().filter(|it| names.iter().any(|name| it.path().is_ident(name))) {
        let parse = Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated;
        for option in attribute.parse_args_with(parse).into_iter().flatten() {
            let Some(name) = option.path().get_ident().map(ToString::to_string) else { continue };
            let value = match option {
                syn::Meta::Path(_) => None,
                syn::Meta::NameValue(pair) => Some(pair.value),
                syn::Meta::List(list) => list.parse_args().ok(),
            };
            found.push((name, value));
        }
    }
    found
}

fn literal(node: &syn::Expr) -> Option<String> {
    match node {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

/// A field's name in the case that `rename_all` asks for.
fn cased(name: &str, case: &str) -> String {
    let words = name.split('_').filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    match case {
        "PascalCase" => words.map(capital).collect(),
        "camelCase" => {
            let pascal: String = words.map(capital).collect();
            let mut letters = pascal.chars();
            let first = letters.next().map(|first| first.to_ascii_lowercase());
            first.into_iter().chain(letters).collect()
        }
        "kebab-case" => name.replace('_', "-"),
        "SCREAMING-KEBAB-CASE" => name.replace('_', "-").to_uppercase(),
        "UPPERCASE" | "SCREAMING_SNAKE_CASE" => name.to_uppercase(),
        _ => name.to_owned(),
    }
}
