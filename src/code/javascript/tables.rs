//! Bundles that keep every module as a function in a table, and have a `require` of their own that runs a module when it
//! is first asked for: those of webpack and rspack, also minified. That `require` is lowered to what it does, as a
//! function that runs once for each module. The SDK's packages among the modules are imports of those packages.
//!
//! Modules that were loaded from other files of the bundle (`chunks`) are not seen.

use memchr::memmem;
use oxc_ast::ast;

use super::{Lowering, bind, span};
use crate::code::ir::{
    Arg, Entry, Expr, ExprKind, Function, FunctionId, Import, ImportNames, Key, Param, ParamKind, Role, Span,
    Spread, Stmt, Symbol, Target,
};

/// No such `require` is longer.
const LONGEST: usize = 4000;

/// The module that is being run.
const MODULE: Symbol = Symbol::new_static("<module>");

/// How a table's `require` runs a module.
#[derive(Debug, PartialEq, Eq)]
struct Runs<'t> {
    table: &'t str,
    /// What its functions see as `this` comes first.
    with_this: bool,
}

impl Lowering<'_> {
    /// The function of a declaration that is the `require` of a table.
    pub(super) fn table_require(&mut self, node: &ast::Function<'_>) -> Option<FunctionId> {
        let own = node.id.as_ref()?.name;
        let [param] = node.params.items.as_slice() else { return None };
        let param = param.pattern.get_identifier_name()?;
        let text = self.text(node.span);
        let Runs { table, with_this } = runs(text, own.as_str(), param.as_str())?;
        let table = table.to_owned();
        let outline = Function {
            role: Role::Static,
            receiver: None,
            once: true,
            ..self.outline(Some(&own), span(node.span))
        };
        self.scopes.enter(format!("{}.", outline.name));
        self.scopes.declare_in_function(&param);
        let (table, own, param) =
            (self.scopes.resolve(&table), self.scopes.resolve(&own), self.scopes.resolve(&param));
        let at = span(node.span);
        // Two objects are made, at places of their own.
        let place = |nth: u32| Span { end: at.start + nth, ..at };
        let name = |name: &Symbol| Expr { kind: ExprKind::Name(name.clone()), span: at };
        let exports = || Expr { kind: ExprKind::Member(Box::new(name(&MODULE)), "exports".into()), span: at };
        let pair = |key: &'static str, value: Expr| Entry::Pair(Key::Name(Symbol::new_static(key)), value);
        let none = Expr { kind: ExprKind::Object(Vec::new()), span: place(1) };
        let entries = vec![pair("id", name(&param)), pair("exports", none)];
        let module = Expr { kind: ExprKind::Object(entries), span: place(2) };
        let mut callee =
            Expr { kind: ExprKind::Index(Box::new(name(&table)), Box::new(name(&param))), span: at };
        let mut given = vec![name(&MODULE), exports(), name(&own)];
        if with_this {
            callee = Expr { kind: ExprKind::Member(Box::new(callee), "call".into()), span: at };
            given.insert(0, exports());
        }
        let args = given.into_iter().map(|value| Arg { name: None, value, spread: Spread::No }).collect();
        let run = Expr { kind: ExprKind::Call { callee: Box::new(callee), args }, span: at };
        let body = vec![
            bind(MODULE, module),
            // What a module that asks for one that runs already gets.
            Stmt::Return(Some(exports())),
            Stmt::Expr(run),
            Stmt::Return(Some(exports())),
        ];
        let params = vec![plain(param)];
        let function = self.finish(Function { params, ..outline }, body);
        Some(self.add(function))
    }

    /// The function that stands for a module of a table that is a package of the SDK.
    pub(super) fn sdk_of_table(&mut self, path: &str, value: &ast::Expression<'_>) -> Option<ExprKind> {
        let (at, params) = match value {
            ast::Expression::ArrowFunctionExpression(node) if self.has_table => (node.span, &node.params),
            ast::Expression::FunctionExpression(node) if self.has_table => (node.span, &node.params),
            _ => return None,
        };
        if !matches!(params.items.len(), 1..=3) {
            return None;
        }
        let package = super::bundled::package_of(path).or_else(|| self.package_by_content(at))?;
        self.has_sdk = true;
        let at = span(at);
        let import =
            Import { module: package, level: 0, names: ImportNames::Module { alias: None }, span: at };
        let value = Expr { kind: ExprKind::Import(Box::new(import)), span: at };
        let module = Expr { kind: ExprKind::Name(MODULE), span: at };
        let body = vec![Stmt::Bind { target: Target::Member(module, "exports".into()), value }];
        let outline = Function { role: Role::Static, receiver: None, ..self.outline(Some(path), at) };
        Some(ExprKind::Function(self.add(Function { params: vec![plain(MODULE)], body, ..outline })))
    }
}

fn plain(name: Symbol) -> Param {
    Param { target: Target::Name(name), annotation: None, default: None, kind: ParamKind::Normal }
}

/// Whether a file has such a table: something is run with a module, what it exports and a function.
pub(super) fn has_table(source: &str) -> bool {
    memmem::find_iter(source.as_bytes(), b".exports,").any(|at| {
        let rest = source[at + ".exports,".len()..].trim_start();
        let name = rest.find(|letter: char| !is_of_name(letter)).unwrap_or(rest.len());
        name > 0 && !rest.starts_with(|first: char| first.is_numeric()) && rest[name..].starts_with(')')
    })
}

/// What a function runs, if it is the `require` of a table: `table[id](module, module.exports, require)`.
fn runs<'t>(text: &'t str, own: &str, param: &str) -> Option<Runs<'t>> {
    if text.len() > LONGEST {
        return None;
    }
    let entry = format!("[{param}]");
    text.match_indices(&entry).find_map(|(at, _)| {
        let rest = &text[at + entry.len()..];
        let with_this = rest.starts_with(".call(");
        let args = rest.strip_prefix(if with_this { ".call(" } else { "(" })?;
        let args: Vec<&str> = args[..args.find(')')?].split(',').map(str::trim).collect();
        let [.., exports, last] = args.as_slice() else { return None };
        let begin = text[..at].rfind(|letter| !is_of_name(letter)).map_or(0, |before| before + 1);
        let table = &text[begin..at];
        let is_member = text[..begin].ends_with('.');
        let fits = args.len() == 3 + usize::from(with_this) && exports.ends_with(".exports") && *last == own;
        (fits && !table.is_empty() && !is_member).then_some(Runs { table, with_this })
    })
}

fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '$')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_require_is_known_by_what_it_runs() {
        let minified = "function n(r){var o=t[r];if(void 0!==o)return o.exports;var i=t[r]={exports:{}};return e[r](i,i.exports,n),i.exports}";
        assert_eq!(runs(minified, "n", "r"), Some(Runs { table: "e", with_this: false }));
        let older = "function n(r){if(t[r])return t[r].exports;var i=t[r]={i:r,exports:{}};return e[r].call(i.exports,i,i.exports,n),i.exports}";
        assert_eq!(runs(older, "n", "r"), Some(Runs { table: "e", with_this: true }));
        assert_eq!(runs("function n(r){return handlers[r](r, r.exports, m)}", "n", "r"), None);
        assert!(has_table(minified) && has_table(older) && !has_table("f(a.exports, 1)"));
    }
}
