//! The SDK that a bundle carries. Its code is not followed, there as elsewhere: a module of the bundle that is one of
//! its packages is taken for an import of that package.
//!
//! A bundler wraps each module of Node.js's own kind in a function. Where it keeps the module's path, as in
//! `__commonJS({"node_modules/@aws-sdk/client-s3/…"(exports, module) {…}})`, that names the package. Minified, the path
//! is gone, and the module is known by what it exports. Packages that were flattened into one scope with the code that
//! uses them are not told from it; a note says so.

use memchr::memmem;
use oxc_ast::ast;

use super::{Lowering, span};
use crate::code::ir::{Expr, ExprKind, Function, Import, ImportNames, Role, Stmt, Symbol};

/// What packages other than those of clients export, and what their modules mention beside it.
const PACKAGES: [(&str, &str, &str); 4] = [
    ("DynamoDBDocumentClient", "translateConfig", "@aws-sdk/lib-dynamodb"),
    ("S3RequestPresigner", "getSignedUrl", "@aws-sdk/s3-request-presigner"),
    ("Upload", "CompleteMultipartUploadCommand", "@aws-sdk/lib-storage"),
    ("marshall", "unmarshall", "@aws-sdk/util-dynamodb"),
];

/// What the SDK's own code is known by, also minified: how it sends a command, and how a client is configured.
const SDK: [&str; 3] = ["resolveMiddleware", "defaultUserAgentProvider", "serviceId"];

/// What every package of a service exports beside its client, after the service's name.
const EXCEPTION: &str = "ServiceException";

/// So many names of a text are looked at.
const MOST_NAMES: usize = 8;

/// No package is shorter, minified.
const LEAST: usize = 1000;

impl Lowering<'_> {
    /// The function that gives a package of the SDK, where a call wraps a module that is one.
    pub(super) fn bundled_sdk(&mut self, node: &ast::CallExpression<'_>) -> Option<ExprKind> {
        let ast::Expression::Identifier(callee) = &node.callee else { return None };
        let [wrapped] = node.arguments.as_slice() else { return None };
        match wrapped {
            ast::Argument::ObjectExpression(modules) if callee.name == "__commonJS" => {
                let [ast::ObjectPropertyKind::ObjectProperty(module)] = modules.properties.as_slice() else {
                    return None;
                };
                let name = package_of(&module.key.static_name()?)?;
                Some(self.loader(name, module.span))
            }
            ast::Argument::ArrowFunctionExpression(module) => {
                self.module_by_content(module.span, &module.params)
            }
            ast::Argument::FunctionExpression(module) => self.module_by_content(module.span, &module.params),
            _ => None,
        }
    }

    /// A function of `exports` and `module`.
    fn module_by_content(
        &mut self,
        at: oxc_span::Span,
        params: &ast::FormalParameters<'_>,
    ) -> Option<ExprKind> {
        let name = self.package_by_content(at).filter(|_| matches!(params.items.len(), 1 | 2))?;
        Some(self.loader(name, at))
    }

    /// Notes a file that carries the SDK in a form that is not known.
    pub(super) fn note_unknown_sdk(&mut self) {
        let carries = SDK.iter().all(|word| memmem::find(self.source.as_bytes(), word.as_bytes()).is_some());
        if carries && !self.has_sdk {
            let message = "the bundle carries the AWS SDK in one scope with the code that uses it: what is called \
                           through it is not granted";
            let help =
                "leave `@aws-sdk/*` out of the bundle, as the runtime has it, or have the sources read";
            self.note(0, "bundled-sdk", message).help = Some(help.into());
        }
    }

    /// A function that imports a package.
    fn loader(&mut self, name: Symbol, at: oxc_span::Span) -> ExprKind {
        self.has_sdk = true;
        let at = span(at);
        let outline = Function { role: Role::Static, receiver: None, ..self.outline(Some(&name), at) };
        let names = ImportNames::Module { alias: None };
        let import = Import { module: name, level: 0, names, span: at };
        let value = Expr { kind: ExprKind::Import(Box::new(import)), span: at };
        ExprKind::Function(self.made(outline, |_| vec![Stmt::Return(Some(value))]))
    }

    pub(super) fn package_by_content(&self, at: oxc_span::Span) -> Option<Symbol> {
        let text = self.text(at);
        if text.len() < LEAST {
            return None;
        }
        if let Some(service) = service_of(text) {
            return Some(smol_str::format_smolstr!("@aws-sdk/client-{}", service.to_ascii_lowercase()));
        }
        let known = PACKAGES.iter().find(|(exported, mentioned, _)| {
            exports(text, exported) && memmem::find(text.as_bytes(), mentioned.as_bytes()).is_some()
        });
        known.map(|(.., package)| Symbol::new_static(package))
    }
}

/// The service whose package a text is: it exports `S3Client` and `S3ServiceException`.
fn service_of(text: &str) -> Option<&str> {
    let mut last = "";
    memmem::find_iter(text.as_bytes(), EXCEPTION.as_bytes())
        .filter_map(|at| {
            let begin =
                text[..at].rfind(|letter: char| !letter.is_alphanumeric()).map_or(0, |before| before + 1);
            let service = text.get(begin..at).filter(|service| !service.is_empty() && *service != last)?;
            last = service;
            Some((service, &text[begin..at + EXCEPTION.len()]))
        })
        .take(MOST_NAMES)
        .find(|(service, exception)| exports(text, exception) && exports(text, &format!("{service}Client")))
        .map(|(service, _)| service)
}

/// Whether a module exports a name: `name:()=>…` of a bundler's helper, or `exports.name=`.
fn exports(text: &str, name: &str) -> bool {
    memmem::find_iter(text.as_bytes(), name.as_bytes()).any(|at| {
        let rest = text[at + name.len()..].trim_start();
        let begins = !text[..at].ends_with(|before: char| before.is_alphanumeric() || "_$".contains(before));
        let getter = rest.strip_prefix(':').is_some_and(|rest| rest.trim_start().starts_with("()"));
        let assigned = text[..at].ends_with('.') && rest.starts_with('=') && !rest.starts_with("==");
        begins && (getter || assigned)
    })
}

/// The package of the SDK that a file in `node_modules` is part of.
pub(super) fn package_of(path: &str) -> Option<Symbol> {
    let (_, path) = path.rsplit_once("node_modules/")?;
    let mut parts = path.split('/');
    match (parts.next()?, parts.next()?, parts.next()) {
        (scope @ ("@aws-sdk" | "@smithy" | "@aws-crypto"), package, _) => {
            Some(smol_str::format_smolstr!("{scope}/{package}"))
        }
        ("aws-sdk", "clients", Some(file)) => {
            Some(smol_str::format_smolstr!("aws-sdk/clients/{}", file.trim_end_matches(".js")))
        }
        ("aws-sdk", ..) => Some("aws-sdk".into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_known_by_its_client_and_its_exception() {
        let text = "var E=class AServiceException{};d.SFNClient=a;d.SFNServiceException=b;d.SFN=c";
        assert_eq!(service_of(text), Some("SFN"));
        assert_eq!(service_of("d.SFNServiceException=b;new SFNClient()"), None);
    }

    #[test]
    fn a_module_says_what_it_exports() {
        for (text, expected) in [
            ("x(e,{S3:()=>a,S3Client:()=>b});", true),
            ("exports.S3Client = class {}", true),
            ("e.S3Client=t", true),
            ("new S3Client({})", false),
            ("e.MyS3Client=t", false),
            ("if (e.S3Client == t) {}", false),
        ] {
            assert_eq!(exports(text, "S3Client"), expected, "{text}");
        }
    }
}
