//! Prints the intermediate representation as S-expressions, one statement a line, for tests and for looking
//! at what a front-end made of a file. Spans are left out. Nothing reads the form back.

use std::fmt::{self, Display, Formatter, Write};

use super::{
    Arg, Class, Entry, Expr, ExprKind, Function, Import, ImportNames, Key, Module, Param, ParamKind, Role,
    Spread, Stmt, Target,
};

impl Display for Module {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, function) in self.functions.iter().enumerate() {
            write!(f, "fn#{index} {function}")?;
        }
        for (index, class) in self.classes.iter().enumerate() {
            write!(f, "class#{index} {class}")?;
        }
        block(f, &self.body, 0)
    }
}

impl Display for Function {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} (", self.name)?;
        separated(f, &self.params)?;
        f.write_char(')')?;
        if self.role != Role::Function {
            write!(f, " {:?}", self.role)?;
        }
        if self.generator {
            f.write_str(" generator")?;
        }
        if self.once {
            f.write_str(" once")?;
        }
        if self.never_runs {
            f.write_str(" never-runs")?;
        }
        if let Some(returns) = &self.returns {
            write!(f, " -> {returns}")?;
        }
        list(f, "decorators", &self.decorators)?;
        list(f, "global", &self.globals)?;
        list(f, "nonlocal", &self.nonlocals)?;
        f.write_char('\n')?;
        block(f, &self.body, 1)
    }
}

impl Display for Class {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        list(f, "bases", &self.bases)?;
        list(f, "decorators", &self.decorators)?;
        f.write_char('\n')?;
        block(f, &self.body, 1)
    }
}

impl Display for Param {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mark = match self.kind {
            ParamKind::Normal => "",
            ParamKind::PositionalOnly => "/",
            ParamKind::NamedOnly => "=",
            ParamKind::Rest => "*",
            ParamKind::NamedRest => "**",
        };
        write!(f, "{mark}{}", self.target)?;
        if let Some(annotation) = &self.annotation {
            write!(f, ":{annotation}")?;
        }
        if let Some(default) = &self.default {
            write!(f, "={default}")?;
        }
        Ok(())
    }
}

fn block(f: &mut Formatter<'_>, statements: &[Stmt], depth: usize) -> fmt::Result {
    statements.iter().try_for_each(|statement| line(f, statement, depth))
}

fn line(f: &mut Formatter<'_>, statement: &Stmt, depth: usize) -> fmt::Result {
    write!(f, "{:1$}", "", depth * 2)?;
    match statement {
        Stmt::Branch(arms) => {
            f.write_str("branch\n")?;
            arms.iter().try_for_each(|arm| {
                writeln!(f, "{:1$}arm", "", depth * 2 + 2)?;
                block(f, arm, depth + 2)
            })
        }
        Stmt::Loop(body) => {
            f.write_str("loop\n")?;
            block(f, body, depth + 1)
        }
        Stmt::With { context, target, body } => {
            write!(f, "with {context}")?;
            if let Some(target) = target {
                write!(f, " as {target}")?;
            }
            f.write_char('\n')?;
            block(f, body, depth + 1)
        }
        statement => writeln!(f, "{statement}"),
    }
}

/// On one line, also where blocks are inside.
impl Display for Stmt {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bind { target, value } => write!(f, "{target} = {value}"),
            Self::Declare { name, annotation, default: None } => write!(f, "{name} : {annotation}"),
            Self::Declare { name, annotation, default: Some(value) } => {
                write!(f, "{name} : {annotation} = {value}")
            }
            Self::Expr(expr) => write!(f, "{expr}"),
            Self::Return(None) => f.write_str("return"),
            Self::Return(Some(value)) => write!(f, "return {value}"),
            Self::Yield(value) => write!(f, "yield {value}"),
            Self::Branch(arms) => {
                f.write_str("{branch")?;
                arms.iter().try_for_each(|arm| inline(f, "arm", arm))?;
                f.write_char('}')
            }
            Self::Loop(body) => inline(f, "loop", body),
            Self::With { context, body, .. } => {
                write!(f, "with {context} ")?;
                inline(f, "", body)
            }
            Self::Import(import) => write!(f, "{import}"),
            Self::Export { name, value } => write!(f, "export {name} = {value}"),
            Self::ExportAll(import) => write!(f, "export all {import}"),
            Self::Extend { class, bases, body } => {
                write!(f, "extend {class}(")?;
                for base in bases {
                    write!(f, "{base}")?;
                }
                inline(f, "):", body)
            }
            Self::Leave => f.write_str("leave"),
        }
    }
}

fn inline(f: &mut Formatter<'_>, head: &str, statements: &[Stmt]) -> fmt::Result {
    write!(f, "{{{head}")?;
    statements.iter().try_for_each(|statement| write!(f, " {statement};"))?;
    f.write_char('}')
}

impl Display for Target {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Member(value, name) => write!(f, "(. {value} {name})"),
            Self::Index(value, index) => write!(f, "(at {value} {index})"),
            Self::List(targets) => {
                f.write_char('[')?;
                for (index, (target, starred)) in targets.iter().enumerate() {
                    let space = if index > 0 { " " } else { "" };
                    write!(f, "{space}{}{target}", if *starred { "*" } else { "" })?;
                }
                f.write_char(']')
            }
            Self::Object { entries, rest } => {
                f.write_char('{')?;
                for (key, target, default) in entries {
                    write!(f, "{key}: {target}")?;
                    default.iter().try_for_each(|default| write!(f, "={default}"))?;
                    f.write_char(' ')?;
                }
                rest.iter().try_for_each(|rest| write!(f, "*{rest}"))?;
                f.write_char('}')
            }
            Self::Discard => f.write_char('_'),
        }
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Text(text) => write!(f, "{text:?}"),
            ExprKind::Number(digits) => f.write_str(digits),
            ExprKind::Bool(value) => write!(f, "{value}"),
            ExprKind::Null => f.write_str("null"),
            ExprKind::Name(name) => f.write_str(name),
            ExprKind::Concat(parts) => form(f, "concat", parts),
            ExprKind::Choice(parts) => form(f, "choice", parts),
            ExprKind::OrElse(parts) => form(f, "or-else", parts),
            ExprKind::Unknown(parts) => form(f, "?", parts),
            ExprKind::Member(value, name) => write!(f, "(. {value} {name})"),
            ExprKind::Index(value, index) => write!(f, "(at {value} {index})"),
            ExprKind::Element(value) => write!(f, "(each {value})"),
            ExprKind::Call { callee, args } => {
                write!(f, "({callee}")?;
                args.iter().try_for_each(|arg| write!(f, " {arg}"))?;
                f.write_char(')')
            }
            ExprKind::New { callee, args } => {
                write!(f, "(new {callee}")?;
                args.iter().try_for_each(|arg| write!(f, " {arg}"))?;
                f.write_char(')')
            }
            ExprKind::List(elements) => {
                f.write_char('[')?;
                for (index, (element, spread)) in elements.iter().enumerate() {
                    let space = if index > 0 { " " } else { "" };
                    write!(f, "{space}{}{element}", if *spread { "*" } else { "" })?;
                }
                f.write_char(']')
            }
            ExprKind::Object(entries) => {
                f.write_char('{')?;
                separated(f, entries)?;
                f.write_char('}')
            }
            ExprKind::Function(id) => write!(f, "fn#{}", id.0),
            ExprKind::Class(id) => write!(f, "class#{}", id.0),
            ExprKind::Block(statements, value) => {
                inline(f, "do", statements)?;
                write!(f, "->{value}")
            }
            ExprKind::OfClass(value, class) => write!(f, "({value} of {class})"),
            ExprKind::Collect(statements) => inline(f, "collect", statements),
            ExprKind::Import(import) => write!(f, "({import})"),
            ExprKind::Operation(operation) => form(f, &operation.0, &operation.1),
        }
    }
}

impl Display for Arg {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self.spread {
            Spread::No => "",
            Spread::Positional => "*",
            Spread::Named => "**",
        })?;
        if let Some(name) = &self.name {
            write!(f, "{name}=")?;
        }
        write!(f, "{}", self.value)
    }
}

impl Display for Entry {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pair(Key::Name(name), value) => write!(f, "{name}: {value}"),
            Self::Pair(Key::Computed(key), value) => write!(f, "[{key}]: {value}"),
            Self::Spread(value) => write!(f, "*{value}"),
        }
    }
}

impl Display for Import {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "import {}{}", ".".repeat(self.level as usize), self.module)?;
        match &self.names {
            ImportNames::Module { alias: None } => Ok(()),
            ImportNames::Module { alias: Some(alias) } => write!(f, " as {alias}"),
            ImportNames::Names(names) => {
                names.iter().try_for_each(|(name, local)| write!(f, " {name}>{local}"))
            }
            ImportNames::All => f.write_str(" *"),
        }
    }
}

fn form(f: &mut Formatter<'_>, head: &str, parts: &[Expr]) -> fmt::Result {
    write!(f, "({head}")?;
    parts.iter().try_for_each(|part| write!(f, " {part}"))?;
    f.write_char(')')
}

fn separated<T: Display>(f: &mut Formatter<'_>, items: &[T]) -> fmt::Result {
    items.iter().enumerate().try_for_each(|(index, item)| {
        let space = if index > 0 { " " } else { "" };
        write!(f, "{space}{item}")
    })
}

fn list<T: Display>(f: &mut Formatter<'_>, head: &str, items: &[T]) -> fmt::Result {
    if items.is_empty() {
        return Ok(());
    }
    write!(f, " {head}[")?;
    separated(f, items)?;
    f.write_char(']')
}
