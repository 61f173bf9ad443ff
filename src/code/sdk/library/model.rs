//! The models of libraries: `action-maps/libraries/<language>/<package>.toml`, a file for each top-level
//! package, read when a path of the package is first called. The words of the files are explained in
//! `action-maps/libraries/README.md`; unknown words are refused, by the test that reads every file.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::catalog::data::{self, Folder};

static PYTHON: Folder<Library> =
    Folder::new(|| data::slots("libraries/python/"), |package| Library::read("python", package));
static JAVASCRIPT: Folder<Library> =
    Folder::new(|| data::slots("libraries/javascript/"), |scope| Library::read("javascript", scope));

/// What one package does.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
pub struct Library {
    /// Dotted beginnings of paths below the package that call nothing; `*` for everything not listed.
    pub inert: Vec<String>,
    /// Functions and classes, by path below the package.
    pub calls: BTreeMap<String, Callable>,
    /// Methods of whatever else the package's calls give.
    pub results: BTreeMap<String, Callable>,
    /// A package whose results hold here too.
    pub results_of: Option<String>,
}

/// A function, a method, or a class: what calls its constructor makes is a thing that has `methods`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Callable {
    /// Other paths (of a method: names) of the same.
    pub also: Vec<String>,
    /// Names of the parameters in order.
    pub params: Vec<String>,
    /// What a parameter is where it is not given, as templates.
    pub defaults: BTreeMap<String, String>,
    /// Parameters that say, where they are given, that other credentials sign the calls.
    pub foreign: Vec<String>,
    /// The region of the calls, where the library is told one.
    pub region: Option<String>,
    pub makes: Vec<Effect>,
    /// What is told here is so only where the parameters may be these; see [`Effect::when`].
    pub only: When,
    /// The class of what it gives, as a path with its package, where it is not its own. `self` is the thing
    /// itself or the class that inherits, `owner` the class that holds it; in brackets, a list of them.
    pub returns: Option<String>,
    /// Arguments that what it gives is made with, as templates.
    pub gives: BTreeMap<String, String>,
    pub methods: BTreeMap<String, Callable>,
    /// Methods that call nothing; `*` for everything not listed.
    pub inert: Vec<String>,
}

/// One thing that a call does. Exactly one of `call`, `http`, `command` and `note` is given.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Effect {
    /// `service:Operation`, as botocore spells them.
    pub call: Option<String>,
    /// The request's fields, as templates.
    pub with: toml::Table,
    /// An S3 URL or `bucket/key`: the call is made for each, with `{bucket}` and `{key}`.
    pub path: Option<String>,
    /// As `path`, but only what begins with `s3://` is one; anything else is not S3's.
    pub url: Option<String>,
    /// A URL that is requested, which may be that of an extension on this host.
    pub http: Option<String>,
    /// Query parameters beside those in the URL.
    pub query: Option<String>,
    /// A command that is run, as a text or a list.
    pub command: Option<String>,
    /// What a person should know, as a template.
    pub note: Option<String>,
    /// When it is done.
    pub when: When,
}

/// Reference → what it may be: a text, `w*` for what begins so, `*.csv` for what ends so, an empty text for "not
/// given", and `!` before any of these for anything else. What is not known may be anything.
pub type When = BTreeMap<String, Vec<String>>;

/// The model of the package that a dotted path begins with, and the rest of the path. The packages of a scope
/// (`@scope/package/module.name`) have one model, without its `@`.
pub fn library(path: &str) -> Option<(&'static Library, &str)> {
    if let Some(scoped) = path.strip_prefix('@') {
        let (scope, rest) = scoped.split_once('/')?;
        return Some((JAVASCRIPT.get(scope)?, rest));
    }
    let (package, rest) = path.split_once('.')?;
    Some((PYTHON.get(package)?, rest))
}

/// The function or class with a dotted path, package first.
pub fn callable(path: &str) -> Option<&'static Callable> {
    let (library, rest) = library(path)?;
    find(&library.calls, rest).map(|(_, callable)| callable)
}

/// An entry by its name or one of its other names.
pub fn find<'a>(entries: &'a BTreeMap<String, Callable>, name: &str) -> Option<(&'a str, &'a Callable)> {
    let of_name = entries.get_key_value(name);
    of_name
        .or_else(|| entries.iter().find(|(_, callable)| callable.also.iter().any(|other| other == name)))
        .map(|(name, callable)| (name.as_str(), callable))
}

impl Library {
    fn read(language: &str, package: &str) -> Self {
        let text =
            data::text(&format!("libraries/{language}/{package}.toml")).expect("slots are named after files");
        toml::from_str(&text).expect("a test reads every model")
    }

    /// A method of what a call of the package gave.
    pub fn result(&self, name: &str) -> Option<&Callable> {
        let own = find(&self.results, name).map(|(_, callable)| callable);
        own.or_else(|| PYTHON.get(self.results_of.as_deref()?)?.result(name))
    }

    /// Whether a path below the package is known to call nothing.
    pub fn is_inert(&self, path: &str) -> bool {
        self.inert.iter().any(|inert| {
            inert == "*"
                || path
                    .strip_prefix(inert.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '(', '[', '/']))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;

    /// Every model is read, names operations and fields that exist, and says one thing at a time.
    #[test]
    fn models_say_what_the_catalog_knows() {
        let mut wrong = Vec::new();
        let python = PYTHON.names().map(|package| ("python", package));
        for (language, package) in python.chain(JAVASCRIPT.names().map(|scope| ("javascript", scope))) {
            let text = data::text(&format!("libraries/{language}/{package}.toml")).unwrap();
            let library: Library = toml::from_str(&text).unwrap_or_else(|error| panic!("{package}: {error}"));
            for (name, callable) in library.calls.iter().chain(&library.results) {
                check(&format!("{package}.{name}"), callable, &mut wrong);
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    fn check(name: &str, callable: &Callable, wrong: &mut Vec<String>) {
        if let Some(class) = &callable.returns
            && !matches!(class.trim_matches(['[', ']']), "self" | "owner")
            && super::callable(class.trim_matches(['[', ']'])).is_none()
        {
            wrong.push(format!("{name}: `{class}` is not modelled"));
        }
        for (param, default) in &callable.defaults {
            if default.contains(&format!("{{{param}}}")) {
                wrong.push(format!("{name}: `{param}` is its own default"));
            }
        }
        for effect in &callable.makes {
            let kinds = [&effect.call, &effect.http, &effect.command, &effect.note];
            if kinds.iter().filter(|kind| kind.is_some()).count() != 1 {
                wrong.push(format!("{name}: an effect is one of call, http, command and note"));
            }
            let Some(call) = &effect.call else { continue };
            let operation = call.split_once(':').and_then(|(service, operation)| {
                catalog::service(service)?.operation(operation).filter(|found| found.name == operation)
            });
            let Some(operation) = operation else {
                wrong.push(format!("{name}: `{call}` is no operation"));
                continue;
            };
            for field in
                effect.with.keys().filter(|field| !operation.fields.iter().any(|known| known == *field))
            {
                wrong.push(format!("{name}: `{call}` has no field `{field}`"));
            }
        }
        for (method, callable) in &callable.methods {
            check(&format!("{name}.{method}"), callable, wrong);
        }
    }
}
