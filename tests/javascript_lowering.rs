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
            "import m default>a; import m as b; import m  default>c d>e F>F",
        ),
        (
            "import type { A } from 'm'; import x = require('m'); import y = A.B",
            "import m A>A; x = (import m); y = (. A B)",
        ),
        ("export { a as b, c }; export { d as e, default } from 'm'; let a = 1, c; a = 2", ""),
        ("export * from 'm'; export * as n from 'm'; export default f()", ""),
        ("export default function f() {} f = g(f)", ""),
        ("export const { a, b: [c] } = d; export enum E { A, B = 'b' }", ""),
        ("exports.a = exports.b = void 0; module.exports = { f }", ""),
        ("const { a: { b }, c = 1 } = require('m'), d = await import(`m`)", ""),
        ("const r = require(m), s = import(f())", ""),
        ("import.meta.url; export = a", ""),
        ("const require = createRequire(import.meta.url); f(require('m'))", ""),
        ("f(function (require) { require('m') })", ""),
        ("if (require.main === module) { f() } else g()", ""),
    ]);
}

#[test]
fn values() {
    all(&[
        ("x = `a/${b}/c` + 'd' + e", ""),
        ("x = a + b * c - d + 'e'; x += 1; x -= 1; x++", ""),
        ("x = a || b && c ?? d; x ??= a; x = a ? b() : c() ? d : e", ""),
        ("x = (a, b(), c); x = a = b = c; f(a.b = c)", ""),
        ("x = [a, , ...b]; y = { a, 'b-c': 1, 2: d, [e]: f, ...g, h() {}, get i() { return 1 } }", ""),
        ("f(a, ...b); new a.B(c); new C; a?.b?.[0]?.(c)['d']; a[b]; tag`x${y}z`", ""),
        (
            "x = -1; x = !0; x = void 0; x = undefined; x = typeof f(); x = a < b(); delete a.b; x = 1e21; x = 0.5; x = 10n",
            "",
        ),
        ("x = a as B; x = <T>a; x = a!.b; x = a satisfies T; x = f<T>(a)", ""),
        ("x = /a/; x = new.target; x = this; x = await a; x = yield_", ""),
        ("a && b(); a || (b = c); a ? b() : c(); void f(); !function () {}(); 'use strict'", ""),
        ("[a, b = 1, ...c] = d; ({ e, f: g.h = 2, ['i']: j, [k()]: l, ...m } = n)", ""),
    ]);
}

#[test]
fn statements() {
    all(&[
        ("let a, b: T, c: U = d; var e; declare const f: S3", ""),
        ("for (let i = 0; i < n(); i++) { f(i); if (i) break; }", ""),
        ("for (const [k, v] of m) f(k); for await (const x of y) { g(x); } for (const k in o) h(k)", ""),
        ("while (a()) b(); do { c(); } while (d())", ""),
        ("switch (a()) { case 1: case 2: b(); break; case c(): d(); default: e(); }", ""),
        ("switch (a) { case 1: { b(); break; } }", ""),
        ("if (a()) b(); else if (c()) { d(); } else e(); label: f(); throw g()", ""),
        ("try { a() } catch { b() } finally { c() }", ""),
        ("f(); function f() {} { g(); function g() {} }", ""),
    ]);
}

#[test]
fn inner_names_that_hide_outer_ones_are_others() {
    all(&[
        ("const x = 1; { const x = 2; f(x); { const x = 3; f(x); } } f(x)", ""),
        ("for (const x of a) f(x); for (const x of b) g(x)", ""),
        ("try { const e = 1 } catch (e) { f(e) }", ""),
    ]);
}
