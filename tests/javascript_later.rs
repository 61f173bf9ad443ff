//! A large file of JavaScript is lowered function by function, and a very large one piece by piece: what comes out
//! is what lowering it at once gives.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;

use scopedown::code::ir::{FunctionId, Module};
use scopedown::code::javascript::lower;

/// Makes any file large, and with a few of them very large.
fn filler(bytes: usize) -> String {
    format!("/*{}*/\n", " ".repeat(bytes))
}

/// Every function, by where its text stands in the order of the source: the text that its span is of, and what it
/// was lowered to, without the numbers that depend on the order of lowering.
fn functions(source: &str, module: &Module) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut index = 0;
    while index < module.known_functions() {
        let function = module.function(FunctionId(u32::try_from(index).unwrap()));
        let text = &source[function.span.start as usize..function.span.end as usize];
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ").replace("/* */ ", "");
        found.push((function.span, text, without_numbers(&function.to_string())));
        index += 1;
    }
    found.sort();
    found.into_iter().map(|(_, text, printed)| (text, printed)).collect()
}

/// `fn#3`, `class#1` and `x'2` without their numbers.
fn without_numbers(printed: &str) -> String {
    let mut kept = String::new();
    for letter in printed.chars() {
        if !(letter.is_ascii_digit() && kept.ends_with(['#', '\''])) {
            kept.push(letter);
        }
    }
    kept
}

#[track_caller]
fn same(name: &str, small: &str, large: &str) {
    let (whole, later) = (lower(small, name), lower(large, name));
    assert!(whole.later.is_none(), "{name} is small");
    assert_eq!(whole.notes, later.notes, "{name}");
    let body = |module: Module| {
        let body = Module { functions: Vec::new(), classes: Vec::new(), ..module };
        without_numbers(&body.to_string())
    };
    assert_eq!(functions(small, &whole), functions(large, &later), "{name}");
    assert_eq!(body(whole), body(later), "{name}");
}

#[test]
fn functions_that_are_lowered_later_are_what_they_are_at_once() {
    let mut read = 0;
    for language in ["javascript", "typescript"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(language);
        for file in walkdir::WalkDir::new(folder).sort_by_file_name() {
            let file = file.unwrap();
            let name = file.path().to_string_lossy().into_owned();
            if !name.ends_with("js") && !name.ends_with("ts") {
                continue;
            }
            let Ok(source) = fs::read_to_string(file.path()) else { continue };
            if lower(&source, &name).notes.is_empty() {
                same(&name, &source, &format!("{source}\n{}", filler(128 << 10)));
                read += 1;
            }
        }
    }
    assert!(read > 500, "{read}");
}

/// Functions of every form, with names that mean something else inside.
const FORMS: &str = r#"
let count = 0;
var late;
const id = (x) => x;
async function load(key, { deep: [first] = [] } = {}, more = () => count) {
  var count = key;
  for await (const part of first) { const key = part; use(key, () => key); }
  return async function again() { return again; };
}
function* each(list) { for (const one of list) yield* inner(function () { return one; }); }
class Base {
  #hidden = (event) => this.#secret(event);
  static made = new Base();
  constructor(name) { super(); this.name = name; this.later = () => super.close(name); }
  async open(path) { return (() => super.open(path))(); }
  async *pages() { yield 1; await this.#hidden(); }
  *[Symbol.iterator]() { yield count; }
  get size() { return count++; }
  set size(value) { count = value; }
  static { count = [1].map((n) => n); }
  #secret(event) { return #secret in event ? new.target : event; }
}
const store = { async put(x) { return x; }, *all() { yield 2; }, get one() { return 1; }, plain: function named() { return named; } };
(function () { const inside = () => late; late = inside; }).call(this);
export default (() => { const name = class Own { of() { return Own; } }; return name; })();
export async function handler(event) { switch (event.kind) { case "a": { let count = 1; return () => count; } default: return arguments; } }
"#;

#[test]
fn every_form_of_function_is_read_alone() {
    same("app.js", FORMS, &format!("{FORMS}{}", filler(128 << 10)));
}

#[test]
fn functions_inside_a_large_one_are_read_alone() {
    let inside = FORMS.replace("export default", "const made =").replace("export ", "");
    let around = |more: &str| format!("function outer() {{\n{more}{inside}}}\nexport {{ outer }};\n");
    same("app.js", &around(""), &around(&filler(128 << 10)));
}

#[test]
fn pieces_are_what_the_whole_is() {
    let (parts, gap) = (FORMS.matches("\nclass ").count() + 1, filler(600 << 10));
    assert!(parts > 1);
    let large = FORMS
        .replace("\nclass ", &format!("\n{gap}class "))
        .replace("\nconst store", &format!("\n{gap}const store"))
        .replace("\nexport async", &format!("\n{gap}{gap}export async"));
    same("app.js", FORMS, &large);
}

#[test]
fn what_only_looks_like_the_beginning_of_a_piece_is_none() {
    let text = format!("const text = `\n{}const inside = 1;\n`;\n", filler(600 << 10));
    let source = format!("{text}{}function f() {{ return g(text); }}\n", text.replace("text", "other"));
    let module = lower(&source, "app.js");
    assert_eq!(module.notes, []);
    assert_eq!(module.body.len(), 3);
    let listed = functions(&source, &module);
    assert_eq!(
        listed,
        [("function f() { return g(text); }".to_owned(), "f ()\n  return (g text)\n".to_owned())]
    );
}

#[test]
fn a_large_file_with_an_error_is_read_around_it() {
    let source = format!("const a = () => f();\nconst b = g(;\n{}const c = () => h();\n", filler(128 << 10));
    let module = lower(&source, "app.js");
    assert_eq!(
        module.notes.iter().map(|note| (note.rule, note.line)).collect::<Vec<_>>(),
        [("syntax-error", 2)]
    );
    let printed: String = functions(&source, &module).into_iter().map(|(_, printed)| printed).collect();
    assert!(printed.contains("return (f)") && printed.contains("return (h)"), "{printed}");
}
