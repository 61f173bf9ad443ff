//! What the JavaScript and TypeScript front-end makes of source text, printed as S-expressions.

use proptest::prelude::*;
use scopedown::code::ir::{Expr, ExprKind, Module, Stmt};
use scopedown::code::javascript::lower;

/// The module's own statements, on one line each, of source that must be read without a note.
fn body(source: &str) -> String {
    let module = lower(source, "app.ts");
    assert_eq!(module.notes, [], "{source}");
    let printed = Module { functions: Vec::new(), classes: Vec::new(), ..module }.to_string();
    printed.trim_end().replace('\n', "; ")
}

#[track_caller]
fn all(cases: &[(&str, &str)]) {
    for (source, expected) in cases {
        assert_eq!(body(source), *expected, "{source}");
    }
}

#[test]
fn handler() {
    let source = r#"
import { S3Client, GetObjectCommand as Get } from "@aws-sdk/client-s3";
const s3 = new S3Client({});

export const handler = async (event: APIGatewayProxyEvent, context?) => {
  const { id, ...rest } = event.pathParameters!;
  try {
    const out = await s3.send(new Get({ Bucket: process.env.BUCKET, Key: `orders/${id}.json` }));
    return await out.Body?.transformToString();
  } catch (error) {
    log(error);
    throw error;
  }
};
"#;
    insta::assert_snapshot!(lower(source, "app.ts"), @r#"
    fn#0 handler (event:APIGatewayProxyEvent context) Static
      {id: id *rest} = (. event pathParameters)
      out = ((. s3 send) (new Get {Bucket: (. (. process env) BUCKET) Key: (concat "orders/" id ".json")}))
      branch
        arm
          return ((. (. out Body) transformToString))
        arm
      branch
        arm
        arm
          error = (?)
          (log error)
          leave
    import @aws-sdk/client-s3 S3Client>S3Client GetObjectCommand>Get
    s3 = (new S3Client {})
    handler = fn#0
    export handler = handler
    "#);
}

#[test]
fn modules() {
    all(&[
        (
            "import 'm'; import a, * as b from 'm'; import c, { d as e, type F } from 'm'",
            "import m; import m default>a; import m as b; import m default>c d>e F>F",
        ),
        (
            "import type { A } from 'm'; import x = require('m'); import y = A.B",
            "import m A>A; x = (import m); y = (. A B)",
        ),
        (
            "export { a as b, c }; export { d as e, default } from 'm'; let a = 1, c; a = 2",
            "export e = (. (import m) d); export default = (. (import m) default); a = 1; c = null; a = 2; export b = a; export c = c",
        ),
        (
            "export * from 'm'; export * as n from 'm'; export default f()",
            "export all import m *; export n = (import m); export default = (f)",
        ),
        ("export default function f() {} f = g(f)", "f = fn#0; f = (g f); export default = f"),
        (
            "export const { a, b: [c] } = d; export enum E { A, B = 'b' }",
            r#"{a: a b: [c] } = d; E = {A: 0 B: "b"}; export a = a; export c = c; export E = E"#,
        ),
        (
            "exports.a = exports.b = void 0; module.exports = { f }",
            "<value> = null; (. exports b) = <value>; (. exports a) = <value>; (. module exports) = {f: f}",
        ),
        (
            "const { a: { b }, c = 1 } = require('m'), d = await import(`m`)",
            "{a: {b: b } c: c=1 } = (import m); d = (import m)",
        ),
        ("const r = require(m), s = import(f())", "r = (require m); s = (require (f))"),
        ("import.meta.url; export = a", "(. import.meta url); (. module exports) = a"),
        (
            "const require = createRequire(import.meta.url); f(require('m'))",
            "require = (createRequire (. import.meta url)); (f (import m))",
        ),
        ("f(function (require) { require('m') })", "(f fn#0)"),
        ("if (require.main === module) { f() } else g()", "branch;   arm;   arm;     (g)"),
    ]);
}

#[test]
fn values() {
    all(&[
        ("x = `a/${b}/c` + 'd' + e", r#"x = (concat (concat "a/" b "/c") "d" e)"#),
        (
            "x = a + b * c - d + 'e'; x += 1; x -= 1; x++",
            r#"x = (concat (? (concat a (? b c)) d) "e"); x = (concat x 1); x = (? x 1); x = (? x)"#,
        ),
        (
            "x = a || b && c || d; x ??= a; x = a ? b() : c() ? d : e",
            "x = (or-else a (choice b c) d); x = (or-else x a); x = {do (c);}->(choice (b) d e)",
        ),
        (
            "x = (a, b(), c); x = a = b = c; f(a.b = c)",
            "x = {do (b);}->c; b = c; a = b; x = b; (f {do <value> = c; (. a b) = <value>;}-><value>)",
        ),
        (
            "x = [a, , ...b]; y = { a, 'b-c': 1, 2: d, [e]: f, ...g, h() {}, get i() { return 1 } }",
            "x = [a null *b]; y = ((. Object <getters>) {a: a b-c: 1 2: d [e]: f *g h: fn#0} {i: fn#1})",
        ),
        (
            "f(a, ...b); new a.B(c); new C; a?.b?.[0]?.(c)['d']; a[b]; tag`x${y}z`",
            r#"(f a *b); (new (. a B) c); (new C); (. ((at (. a b) 0) c) d); (at a b); (tag ["x" "z"] y)"#,
        ),
        (
            "x = -1; x = !0; x = void 0; x = undefined; x = typeof f(); x = a < b(); delete a.b; x = 1e21; x = 0.5; x = 10n",
            "x = -1; x = true; x = null; x = null; x = (? (f)); x = (? a (b)); (. a b); x = 1000000000000000000000; x = 0.5; x = 10",
        ),
        (
            "x = a as B; x = <T>a; x = a!.b; x = a satisfies T; x = f<T>(a)",
            "x = a; x = a; x = (. a b); x = a; x = (f a)",
        ),
        ("x = /a/; x = this; x = await a; x = yield_", "x = (?); x = this; x = a; x = yield_"),
        (
            "a && b(); a || (b = c); a ? b() : c(); void f(); !function () {}(); 'use strict'",
            "branch;   arm;     (b);   arm; branch;   arm;     b = c;   arm; branch;   arm;     (b);   arm;     (c); (f); (fn#0)",
        ),
        (
            "[a, b = 1, ...c] = d; ({ e, f: g.h = 2, ['i']: j, [k()]: l, ...m } = n)",
            "[a b *c] = d; b = (or-else b 1); {e: e f: (. g h)=2 i: j <computed>: l *m} = n",
        ),
    ]);
}

#[test]
fn statements() {
    all(&[
        (
            "let a, b: T, c: U = d; var e; declare const f: S3",
            "e = null; a = null; b = null; b : T; c : U; c = d; f : S3",
        ),
        (
            "for (let i = 0; i < n(); i++) { f(i); if (i) break; }",
            "i = 0; loop;   (? i (n));   (f i);   i = (? i)",
        ),
        (
            "import 'm'; for (const [k, v] of m) f(k); for await (const x of y) { g(x); } for (const k in o) h(k)",
            "import m; loop;   [k v] = (each m);   (f k); loop;   x = (each y);   (g x); loop;   k'1 = (each ((. Object keys) o));   (h k'1)",
        ),
        ("while (a()) b(); do { c(); } while (d())", "loop;   (a);   (b); loop;   (c);   (d)"),
        (
            "switch (a()) { case 1: case 2: b(); break; case c(): d(); default: e(); }",
            "(a); branch;   arm;     (b);   arm;     branch;       arm;         (c);         (d);       arm;     (e)",
        ),
        ("switch (a) { case 1: { b(); break; } }", "branch;   arm;     (b);   arm"),
        (
            "if (a()) b(); else if (c()) { d(); } else e(); label: f(); throw g()",
            "(a); branch;   arm;     (b);   arm;     (c);     (d);   arm;     (e); (f); (g); leave",
        ),
        ("try { a() } catch { b() } finally { c() }", "(a); branch;   arm;   arm;     (b); (c)"),
        ("f(); function f() {} { g(); function g() {} }", "f = fn#0; (f); g = fn#1; (g)"),
    ]);
}

#[test]
fn functions() {
    let source = r#"
function outer(a, { b, c: [d = 1] = [] }, e = this.f, ...rest) {
  var late;
  let own = 1;
  const inner = async () => { a = own; late = a; global = 1; let own2 = 2; own2 = 3; };
  return function self(x?: S3) { return self(x) };
}
const gen = function* <T>(x: Promise<T[]>): AsyncGenerator<S3 | undefined> { const y = yield x; yield* y; yield; };
new Map<string, Foo<Bar>>();
const f = (x: typeof a, y: keyof B, z: 'c' | string, w: import("m").A.B, v: readonly C[]) => x as any;
"#;
    insta::assert_snapshot!(lower(source, "app.ts"), @r"
    fn#0 outer.inner () Static nonlocal[a late global]
      a = own
      late = a
      global = 1
      own2 = 2
      own2 = 3
    fn#1 outer.self (x:S3)
      return (self x)
    fn#2 outer (a {b: b c: [d]=[] } e=(. this f) *rest)
      d = (or-else d 1)
      late = null
      own = 1
      inner = fn#0
      return {do self = fn#1;}->self
    fn#3 gen (x:(at Promise (at Array T))) generator -> (at AsyncGenerator S3)
      y = {do yield x;}->(?)
      yield (each y)
      yield null
    fn#4 f (x y z w:(. (. (import m) A) B) v:(at Array C)) Static
      return x
    outer = fn#2
    gen = fn#3
    (new Map)
    f = fn#4
    ");
}

#[test]
fn async_functions_that_a_compiler_wrote_as_generators() {
    let source = "
const handler = (event) => __awaiter(void 0, void 0, void 0, function* () { return (yield (0, m.send)(event)).x; });
const other = _asyncToGenerator(function* (event) { yield f(event); });
";
    insta::assert_snapshot!(lower(source, "app.js"), @r#"
    fn#0 <anonymous> () Static
      return (. ((. m send) event) x)
    fn#1 handler (event) Static
      return (fn#0)
    fn#2 <anonymous> (event)
      (f event)
    handler = fn#1
    other = fn#2
    "#);
}

#[test]
fn an_sdk_that_a_bundle_carries_is_the_sdk() {
    let source = r#"
var require_s3 = __commonJS({ "node_modules/@aws-sdk/client-s3/dist-cjs/index.js"(exports, module) { f(); } });
var require_own = __commonJS({ "src/own.js"(exports, module) { g(); } });
"#;
    insta::assert_snapshot!(lower(source, "app.js"), @r#"
    fn#0 @aws-sdk/client-s3 () Static
      return (import @aws-sdk/client-s3)
    fn#1 src/own.js (exports module)
      (g)
    require_s3 = fn#0
    require_own = (__commonJS {src/own.js: fn#1})
    "#);
}

/// What minifying leaves of a package: what it exports.
#[test]
fn an_sdk_that_a_minified_bundle_carries_is_the_sdk() {
    let code = "class A extends B{send(e){return e.resolveMiddleware(this.m)}}".repeat(20);
    for (exported, package) in [
        ("d.SFN=q;d.SFNClient=a;d.SFNServiceException=b;", "client-sfn"),
        ("x(d,{S3:()=>a,S3Client:()=>b,S3ServiceException:()=>c});", "client-s3"),
        ("d.DynamoDBDocumentClient=w;e.translateConfig=r;", "lib-dynamodb"),
        ("d.S3RequestPresigner=h;d.getSignedUrl=f;", "s3-request-presigner"),
        ("d.Upload=u;new CompleteMultipartUploadCommand();", "lib-storage"),
    ] {
        for module in [format!("d=>{{{code}{exported}}}"), format!("function(d,m){{{exported}{code}}}")] {
            let module = lower(&format!("var p=w({module});"), "app.js");
            assert_eq!(module.functions.len(), 1, "{exported}");
            assert!(module.to_string().contains(&format!("return (import @aws-sdk/{package})")), "{module}");
        }
    }
    for other in ["d.MyClient=a;", "new SFNClient();throw SFNServiceException;", "d.Upload=u;"] {
        let module = lower(&format!("var p=w(d=>{{{code}{other}}});"), "app.js");
        assert!(!module.to_string().contains("import"), "{other}");
    }
}

#[test]
fn an_sdk_in_one_scope_with_the_code_is_noted() {
    let sdk =
        "const serviceId = \"S3\", agent = defaultUserAgentProvider(), b = (e) => e.resolveMiddleware();";
    let rules = |source: &str| -> Vec<_> {
        lower(source, "app.js").notes.iter().map(|note| (note.rule, note.line)).collect()
    };
    assert_eq!(rules(sdk), [("bundled-sdk", 1)]);
    let wrapped = format!(
        "var p = __commonJS({{\"node_modules/@aws-sdk/client-s3/dist-cjs/index.js\"(e) {{{sdk}}}}});"
    );
    assert_eq!(rules(&wrapped), []);
}

#[test]
fn classes() {
    let source = r"
const key = load();
@injectable(f())
export abstract class Repo<T> extends Base.Of<T> implements I {
  static shared = new Repo(client);
  static { this.ready = g(); }
  static #count = 0;
  private readonly client: S3Client;
  #key = key;
  table = process.env.TABLE!;
  on = (event) => this.table;
  declare other: Other;
  constructor(private readonly ddb: DynamoDBClient = new DynamoDBClient({}), key, plain?: string) {
    super(plain);
    this.client = key;
  }
  abstract nothing(): void;
  get name() { return this.#key; }
  set name(value) { this.#key = value; }
  @log async *list(this: Repo<T>) { yield* super.list(); }
  static make() { return () => super.make(this); }
  [Symbol.asyncIterator]() {}
}
module.exports = class extends Base { x = 1 };
const Self = class Own { make() { return new Own() } };
";
    insta::assert_snapshot!(lower(source, "app.ts"), @r"
    fn#0 Repo.name () Getter
      return (. this #key)
    fn#1 Repo.name (value) Method
      (. this #key) = value
    fn#2 Repo.list () Method generator decorators[log]
      yield (each ((. (super) list)))
    fn#3 <anonymous> () Static
      return ((. <super> make) this)
    fn#4 Repo.make () ClassMethod
      <super> = (super)
      return fn#3
    fn#5 Repo.Symbol.asyncIterator () Method
    fn#6 Repo.on (event) Static
      return (. this table)
    fn#7 Repo.constructor (ddb:DynamoDBClient=(new DynamoDBClient {}) key'1 plain) Method
      ((. (super) constructor) plain)
      (. this ddb) = ddb
      (. this #key) = key
      (. this table) = (. (. process env) TABLE)
      (. this on) = fn#6
      (. this client) = key'1
    fn#8 Repo.<static> () ClassMethod
      (. this shared) = (new Repo client)
      (. this ready) = (g)
      (. this #count) = 0
    fn#9 exports.constructor (*<arguments>) Method
      ((. (super) constructor) *<arguments>)
      (. this x) = 1
    fn#10 Own.make () Method
      return (new Own)
    class#0 Repo bases[(. Base Of)] decorators[(injectable (f))]
      client : S3Client
      other : Other
      ddb : DynamoDBClient
      name = fn#0
      name.setter = fn#1
      list = fn#2
      make = fn#4
      Symbol.asyncIterator = fn#5
      constructor = fn#7
      <static> = fn#8
    class#1 exports bases[Base]
      constructor = fn#9
    class#2 Own
      make = fn#10
    key = (load)
    Repo = class#0
    ((. Repo <static>))
    extend Repo(I{):}
    (. module exports) = class#1
    Self = {do Own = class#2;}->Own
    export Repo = Repo
    ");
}

#[test]
fn typescript_declarations() {
    all(&[
        (
            "enum A { B, C = 5, D, 'e-f' = 'g', H = h() } declare const enum X { Y = 1 }",
            r#"A = {B: 0 C: 5 D: 6 e-f: "g" H: (h)}; X = {Y: 1}"#,
        ),
        (
            "namespace N { const x = 1; export const y = x; export namespace M { export function f() {} } }",
            "x = 1; y = x; f = fn#0; M = {f: f}; N = {y: y M: M}",
        ),
        (
            "const x = 0; class C {} namespace C { export const x = 1; f(x) } f(x)",
            "x = 0; C = class#0; x'1 = 1; (f x'1); (. C x) = x'1; (f x)",
        ),
        (
            "interface A {} type B = A; declare function f(): void; declare class D {} declare module 'm' {} declare global {}",
            "",
        ),
        ("function f(a: string): void; function f(a) {}", "f = fn#0"),
    ]);
}

#[test]
fn inner_names_that_hide_outer_ones_are_others() {
    all(&[
        (
            "const x = 1; { const x = 2; f(x); { const x = 3; f(x); } } f(x)",
            "x = 1; x'1 = 2; (f x'1); x'2 = 3; (f x'2); (f x)",
        ),
        (
            "for (const x of a) f(x); for (const x of b) g(x)",
            "loop;   x = (each a);   (f x); loop;   x'1 = (each b);   (g x'1)",
        ),
        ("try { const e = 1 } catch (e) { f(e) }", "e = 1; branch;   arm;   arm;     e'1 = (?);     (f e'1)"),
    ]);
}

#[test]
fn the_place_of_a_call_is_its_name() {
    let source = "// é\nx = é\n  .é().send(\n    new a.B())\nf();(await new C().d)?.e();";
    let module = lower(source, "app.ts");
    let places: Vec<_> = module
        .body
        .iter()
        .map(|statement| match statement {
            Stmt::Bind { value: call, .. } | Stmt::Expr(call) => module.lines.position(call.span.start),
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(places, [(3, 8), (5, 1), (5, 24)]);
}

#[test]
fn a_syntax_error_is_noted_and_the_rest_is_kept() {
    let source = "import 'a';\nconst x = g(;\nfunction h() {\n  return i();\n}\nlet = = 1\nexport { h };\n";
    let module = lower(source, "src/app.ts");
    let notes: Vec<_> = module.notes.iter().map(|note| (note.rule, note.file.as_str(), note.line)).collect();
    assert_eq!(notes, [("syntax-error", "src/app.ts", 2), ("syntax-error", "src/app.ts", 6)]);
    let printed = module.to_string();
    for kept in ["import a", "return (i)", "export h = h"] {
        assert!(printed.contains(kept), "{kept} in\n{printed}");
    }
}

/// Source that is deep in one construct, around or before `inner()`.
fn deep(open: &str, inner: &str, close: &str, depth: usize) -> String {
    format!("x = {}{inner}{};\nafter()\n", open.repeat(depth), close.repeat(depth))
}

#[test]
fn depth_is_flattened_or_noted_and_never_overflows() {
    for (source, noted) in [
        (deep("(", "inner()", ")", 10_000), false),
        (deep("a + ", "inner()", "", 50_000), false),
        (deep("a + b - ", "inner()", "", 50_000), false),
        (deep("a ? b : ", "inner()", "", 10_000), false),
        (deep("a || ", "inner()", "", 10_000), false),
        (deep("a = ", "inner()", "", 10_000), false),
        (deep("a, ", "inner()", "", 10_000), false),
        (deep("", "1; if (a) b(); ", "else if (c) inner();", 10_000), false),
        (deep("[", "inner()", "]", 10_000), true),
        (deep("{a: ", "inner()", "}", 10_000), true),
        (deep("f(", "inner()", ")", 10_000), true),
        (deep("-", "inner()", "", 10_000).replace('-', "- "), true),
        (deep("a", "", ".b()", 10_000), true),
        (deep("() => ", "inner()", "", 10_000), true),
        (deep("1; if (a) {", "inner()", "}", 10_000).replacen("x = 1;", "", 1).replace("1; ", ""), true),
        (deep("`${", "inner()", "}`", 10_000), true),
        (deep("class { x = ", "inner()", "}", 1_000), true),
    ] {
        let module = lower(&source, "app.js");
        let rules: Vec<_> = module.notes.iter().map(|note| note.rule).collect();
        assert_eq!(rules, vec!["too-deep"; usize::from(noted)], "{}", &source[..20]);
        let printed = module.to_string();
        assert!(printed.contains("(after)"));
        assert!(noted || printed.contains("(inner)"), "{}", &source[..20]);
        assert!(module.body.iter().all(|statement| match statement {
            Stmt::Bind { value, .. } => depth(value) < 300,
            _ => true,
        }));
    }
}

#[test]
fn brackets_that_no_stack_holds_are_noted() {
    let module = lower(&"[{".repeat(1_000_000), "app.js");
    assert_eq!(module.notes.iter().map(|note| note.rule).collect::<Vec<_>>(), ["too-deep"]);
}

fn depth(expr: &Expr) -> usize {
    let below = match &expr.kind {
        ExprKind::Member(value, _) => depth(value),
        ExprKind::Call { callee, args } => {
            args.iter().map(|arg| depth(&arg.value)).max().unwrap_or_default().max(depth(callee))
        }
        ExprKind::Concat(of) | ExprKind::Unknown(of) | ExprKind::Choice(of) => {
            of.iter().map(depth).max().unwrap_or_default()
        }
        ExprKind::List(of) => of.iter().map(|(element, _)| depth(element)).max().unwrap_or_default(),
        _ => 0,
    };
    below + 1
}

const SAMPLE: &str = r#"
import é, { b as c } from "m"; export * as n from 'n'; import type { T } from "t";
@a.b(c) export class C<T> extends f(B) { static #x = 1; private y?: Map<string, T[]> = new Map();
  constructor(private readonly z: Z = `é${d}`, ...rest) { super(...rest); this.#x ||= z!; }
  get é() { return super.é as any; } static { g(); } async *[Symbol.iterator]() { yield* await h?.[0]?.(i); } }
export const handler = async ({ a: { b = 1 }, ...c }: E, [d, , ...e] = [], f?) => {
  l: for (let i = 0, j; i < 2; i++) { for (const [k, v] of m) continue l; for (var k in o) break; }
  try { if (a) return; else throw new E(); } catch { switch (a) { case 1: default: b ? c() : d; } } finally { do x(); while (y) }
  var { q, ["r"]: s } = { q, get r() { return 1 }, async *t() {}, 'u': /v[/]\//g, ...w, [x]: function y() { y() } };
  [a.b, c[d]] = [1e3, 0x1F, 10n, -1, !0, void 0, typeof z, delete a.b]; a &&= (b, c) ?? tag`x${<T>y}`;
};
enum E { A, B = "b" } namespace N { export const x = 1 } declare module 'm' { } abstract class D { abstract e(): void }
if (require.main === module) { handler(...args) } export default <T,>(x: T) => x satisfies T;
"#;

#[test]
fn a_file_cut_off_anywhere_is_read() {
    assert_eq!(lower(SAMPLE, "app.ts").notes, []);
    for (end, _) in SAMPLE.char_indices() {
        lower(&SAMPLE[..end], "app.ts");
        lower(&SAMPLE[end..], "app.tsx");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        lower(&String::from_utf8_lossy(&bytes), "app.js");
    }

    #[test]
    fn pieces_in_any_order_are_read(cuts in proptest::collection::vec((0..SAMPLE.len(), 1..12usize), 0..40)) {
        let pieces = cuts.iter().map(|(start, len)| SAMPLE.chars().skip(*start).take(*len).collect::<String>());
        lower(&pieces.collect::<String>(), "app.ts");
    }
}
