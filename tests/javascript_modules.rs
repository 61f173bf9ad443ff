//! Where JavaScript finds handlers and modules, on small folders.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use scopedown::code::ir::{Import, ImportNames, Span};
use scopedown::code::javascript::Modules;
use scopedown::code::{Imports, Resolved};

/// Makes the files and says what `look` finds among them.
fn within(files: &[(&str, &str)], look: impl Fn(&Modules, &Path) -> Option<String>) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    look(&Modules::new(folder.path(), vec![folder.path().to_owned()]), folder.path())
}

/// The file and member of a handler.
fn handler(files: &[(&str, &str)], handler: &str) -> Option<String> {
    within(files, |modules, root| {
        let (path, member) = modules.handler(handler)?;
        Some(format!("{} {member}", path.strip_prefix(root).unwrap().display()))
    })
}

/// The file that an import in `src/app.ts` is of.
fn import(files: &[(&str, &str)], specifier: &str) -> Option<String> {
    within(files, |modules, root| {
        let names = ImportNames::Module { alias: None };
        let import = Import { module: specifier.into(), level: 0, names, span: Span::default() };
        match modules.resolve(&root.join("src/app.ts"), &import) {
            Resolved::File { path, .. } => Some(path.strip_prefix(root).unwrap().display().to_string()),
            Resolved::Library(_) => None,
        }
    })
}

#[test]
fn a_handler_is_found_as_written_and_as_its_source() {
    let written = |name: &str, expected: &str, of: &str| {
        assert_eq!(handler(&[(name, "")], of).as_deref(), Some(expected), "{of}");
    };
    written("src/app.mts", "src/app.mts handler", "src/app.handler");
    written("app.prod.js", "app.prod.js handler", "app.prod.handler");
    written("app.js", "app.js api.get", "app.api.get");
    written("src/app.ts", "src/app.ts handler", "dist/app.handler");
    written("src/app.ts", "src/app.ts handler", "dist/src/app.handler");
    let configured = [
        ("tsconfig.json", r#"{ /* built */ "compilerOptions": { "outDir": "js", "rootDir": "code", }, }"#),
        ("code/a/app.ts", ""),
    ];
    assert_eq!(handler(&configured, "js/a/app.handler").as_deref(), Some("code/a/app.ts handler"));
    assert_eq!(handler(&configured, "other/app.handler"), None);
}

#[test]
fn imports_are_of_files_aliases_and_packages_of_the_workspace() {
    assert_eq!(import(&[("src/a.ts", "")], "./a.js").as_deref(), Some("src/a.ts"));
    assert_eq!(import(&[("src/a/index.tsx", "")], "./a").as_deref(), Some("src/a/index.tsx"));
    let aliased = [
        ("tsconfig.json", "{\n// one\n\"extends\": \"./base.json\" }"),
        ("base.json", r#"{"compilerOptions": {"paths": {"@/*": ["lib/*"], "@/db": ["db/main.ts"]}}}"#),
        ("lib/db.ts", ""),
        ("lib/queue.ts", ""),
        ("db/main.ts", ""),
    ];
    assert_eq!(import(&aliased, "@/queue").as_deref(), Some("lib/queue.ts"));
    assert_eq!(import(&aliased, "@/db").as_deref(), Some("db/main.ts"));
    let workspace = [
        ("package.json", r#"{"workspaces": ["packages/*"]}"#),
        (
            "packages/core/package.json",
            r#"{"name": "@x/core", "exports": {".": {"import": "./dist/index.js"}, "./db": "./dist/db.js"}}"#,
        ),
        ("packages/core/src/index.ts", ""),
        ("packages/core/src/db.ts", ""),
    ];
    assert_eq!(import(&workspace, "@x/core").as_deref(), Some("packages/core/src/index.ts"));
    assert_eq!(import(&workspace, "@x/core/db").as_deref(), Some("packages/core/src/db.ts"));
    assert_eq!(import(&workspace, "@x/other"), None);
    assert_eq!(import(&[("node_modules/lodash/index.js", "")], "lodash"), None);
}
