//! The models of libraries: `action-maps/libraries/<language>/<package>.toml`, a file for each package, read when
//! a path of the package is first called. The words of the files are explained in
//! `action-maps/libraries/README.md`; unknown words are refused, by the test that reads every file.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::catalog::data::{self, Folder};

pub static PYTHON: Libraries = Libraries(Folder::new(
    || data::slots("libraries/python/"),
    |package| Library::read(&format!("libraries/python/{package}.toml")),
));

pub static JAVASCRIPT: Libraries = Libraries(Folder::new(
    || data::slots("libraries/javascript/"),
    |package| Library::read(&format!("libraries/javascript/{package}.toml")),
));

pub static RUST: Libraries = Libraries(Folder::new(
    || data::slots("libraries/rust/"),
    |package| Library::read(&format!("libraries/rust/{package}.toml")),
));

/// The models of one language's libraries.
pub struct Libraries(Folder<Library>);

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
    /// itself or the class that inherits, `owner` the class that holds it; in brackets, a list of them. What begins
    /// with a brace is a template of what a function gives.
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
    /// The words after it, as a list, where they are not in it.
    pub arguments: Option<String>,
    /// What a person should know, as a template.
    pub note: Option<String>,
    /// What it is done for, one by one, as `{each}`.
    pub each: Option<String>,
    /// When it is done.
    pub when: When,
}

/// Reference → what it may be: a text, `w*` for what begins so, `*.csv` for what ends so, an empty text for "not
/// given", and `!` before any of these for anything else. What is not known may be anything.
pub type When = BTreeMap<String, Vec<String>>;

impl Libraries {
    /// The model of the package that a path begins with, and the rest of the path: `ssm.getParameter` of
    /// `@scope/parameters/ssm.getParameter`; nothing where the package itself is called.
    pub fn library<'p>(&'static self, path: &'p str) -> Option<(&'static Library, &'p str)> {
        let scope = if path.starts_with('@') { path.find('/').map_or(0, |end| end + 1) } else { 0 };
        let end = path[scope..].find(['.', '/', '(']).map_or(path.len(), |end| scope + end);
        Some((self.0.get(&path[..end])?, path[end..].trim_start_matches(['.', '/'])))
    }

    /// The function or class with a path, package first.
    pub fn callable(&'static self, path: &str) -> Option<&'static Callable> {
        let (library, rest) = self.library(path)?;
        find(&library.calls, rest).map(|(_, callable)| callable)
    }

    /// A method of what a call of the package gave.
    pub fn result(&'static self, library: &'static Library, name: &str) -> Option<&'static Callable> {
        let own = find(&library.results, name).map(|(_, callable)| callable);
        own.or_else(|| self.result(self.0.get(library.results_of.as_deref()?)?, name))
    }
}

/// An entry by its name or one of its other names.
pub fn find<'a>(entries: &'a BTreeMap<String, Callable>, name: &str) -> Option<(&'a str, &'a Callable)> {
    let of_name = entries.get_key_value(name);
    of_name
        .or_else(|| entries.iter().find(|(_, callable)| callable.also.iter().any(|other| other == name)))
        .or_else(|| entries.iter().find(|(known, _)| star(known, name).is_some()))
        .map(|(name, callable)| (name.as_str(), callable))
}

/// What the star in a name stands for.
pub fn star<'n>(known: &str, name: &'n str) -> Option<&'n str> {
    let (start, end) = known.split_once('*')?;
    name.strip_prefix(start)?.strip_suffix(end).filter(|middle| !middle.contains('.'))
}

impl Library {
    fn read(file: &str) -> Self {
        let text = data::text(file).expect("slots are named after files");
        toml::from_str(&text).expect("a test reads every model")
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
        for (language, libraries) in [("python", &PYTHON), ("javascript", &JAVASCRIPT)] {
            for package in libraries.0.names() {
                let text = data::text(&format!("libraries/{language}/{package}.toml")).unwrap();
                let library: Library =
                    toml::from_str(&text).unwrap_or_else(|error| panic!("{package}: {error}"));
                for (name, callable) in library.calls.iter().chain(&library.results) {
                    check(libraries, &format!("{package}.{name}"), callable, &mut wrong);
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    fn check(libraries: &'static Libraries, name: &str, callable: &Callable, wrong: &mut Vec<String>) {
        if let Some(class) = &callable.returns
            && !matches!(class.trim_matches(['[', ']']), "self" | "owner")
            && !class.starts_with('{')
            && libraries.callable(class.trim_matches(['[', ']'])).is_none()
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
            check(libraries, &format!("{name}.{method}"), callable, wrong);
        }
    }
}
