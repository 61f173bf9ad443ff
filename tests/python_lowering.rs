//! What the Python front-end makes of source text, printed as S-expressions.

use proptest::prelude::*;
use scopedown::code::ir::{Expr, ExprKind, Module, Stmt};
use scopedown::code::python::lower;

/// The module's own statements, on one line each, of source that must be read without a note.
fn body(source: &str) -> String {
    let module = lower(source, "app.py");
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
import os, boto3
from boto3.dynamodb.conditions import Key as K

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])

def handler(event, context):
    key = f"orders/{event['id']}.json"
    try:
        return table.get_item(Key={"pk": key, **extra})["Item"]
    except table.meta.client.exceptions.ClientError as error:
        raise RuntimeError("no") from error
"#;
    insta::assert_snapshot!(lower(source, "app.py"), @r#"
    fn#0 handler (event context)
      key = (concat "orders/" (at event "id") ".json")
      branch
        arm
          return (at ((. table get_item) Key={pk: key *extra}) "Item")
        arm
      branch
        arm
        arm
          (. (. (. (. table meta) client) exceptions) ClientError)
          error = (?)
          (RuntimeError "no")
          leave
    import os
    import boto3
    import boto3.dynamodb.conditions Key>K
    table = ((. ((. boto3 resource) "dynamodb") Table) (at (. os environ) "TABLE"))
    handler = fn#0
    "#);
}

#[test]
fn imports() {
    all(&[
        ("import a.b, c as d", "import a.b; import c as d"),
        ("from ..a import b as c, d", "import ..a b>c d>d"),
        ("from . import a", "import . a>a"),
        ("from a import *", "import a *"),
        ("\u{feff}import a\r\nimport b\r\n", "import a; import b"),
        ("try:\n  import a\nexcept ImportError:\n  a = None", "import a; branch;   arm;   arm;     a = null"),
    ]);
}

#[test]
fn text_keeps_what_is_known_of_it() {
    all(&[
        (r#"x = f"a/{b}" "/c""#, r#"x = (concat "a/" b "/c")"#),
        (r#"x = "a" "b" + c + 'd'"#, r#"x = (concat "ab" c "d")"#),
        (r#"x = "%s-%s" % (a, b)"#, r#"x = ((. "%s-%s" __mod__) [a b])"#),
        (r#"x = b"a""#, r#"x = "a""#),
        (
            r#"x = ("a%s" + b) % c + "-" * 9 + d"#,
            r#"x = (concat ((. (concat "a%s" b) __mod__) c) (? "-" 9) d)"#,
        ),
        ("x += a", "x = (concat x a)"),
        ("x = {**a} | b", "x = (concat {*a} b)"),
    ]);
    // These are other texts than the value: padded, quoted, cut.
    all(&[
        (r#"x = f"{a:02}{b!r}{c!s}""#, "x = (concat (? a) (? b) c)"),
        (r#"x = f"{a:{b()}}""#, "x = (concat (? a (b)))"),
        (r#"x = f"{a=}""#, r#"x = (concat "a=" (? a))"#),
        ("x = a[1:n]", "x = (choice (? 1 n) [*a])"),
        ("x = a[:]", "x = a"),
    ]);
}

#[test]
fn what_chooses_keeps_its_choices() {
    all(&[
        ("x = a or b or c", "x = (or-else a b c)"),
        ("x = a if b() else c if d else e", "x = {do (b);}->(choice a c e)"),
        ("x = a < b() < c", "x = (? a (b) c)"),
        ("x = 2 * a + b - c", "x = (? (concat (? 2 a) b) c)"),
        ("x = -1", "x = -1"),
        ("x = not (y := f())", "x = (? {do y = (f);}->y)"),
    ]);
}

#[test]
fn calls_and_collections() {
    all(&[
        ("f(a, *b, c=d, **e)", "(f a *b c=d **e)"),
        ("x = (a, *b), {c}, {'k': 1, k: 2, **d}", "x = [[a *b] [c] {k: 1 [k]: 2 *d}]"),
        (
            "x = [f(a) for a in b if c(a) for d in a]",
            "x = {collect {loop <a> = (each b); (c <a>); <d> = (each <a>); {branch{arm yield (f <a>);}{arm}};};}",
        ),
        ("x = {k: f(v) for k, v in d}", "x = {do [<k> <v>] = (each d);}->{[<k>]: (f <v>)}"),
        ("[a, *b], c.d, e['f'] = g", r#"[[a *b] (. c d) (at e "f")] = g"#),
        ("a.b = c = d[0] = f()", "c = (f); (. a b) = c; (at d 0) = c"),
    ]);
}

#[test]
fn the_variables_of_comprehensions_are_their_own() {
    all(&[
        ("x = {x: y for x in x}", "x = {do <x> = (each x);}->{[<x>]: y}"),
        (
            "[(lambda a: (a, b)) for a in c for b in a]; f(a, b)",
            "{collect {loop <a> = (each c); <b> = (each <a>); yield fn#0;};}; (f a b)",
        ),
        ("[y := x for x in z]", "{collect {loop <x> = (each z); yield {do y = <x>;}->y;};}"),
    ]);
    let module = lower("[(lambda a: (a, b)) for a in c for b in a]", "app.py");
    assert!(module.functions[0].to_string().contains("return [a <b>]"));
}

#[test]
fn annotations() {
    all(&[
        ("x: 'Optional[\"S3Client\"]' = f()", "x : (at Optional S3Client); x = (f)"),
        ("x: Literal['a'] | None", r#"x : (choice (at Literal "a") null)"#),
        ("x: 'not an expression'", r#"x : "not an expression""#),
        ("a.b: T = f()", "(. a b) = {do <annotated> : T; <annotated> = (f);}-><annotated>"),
    ]);
}

#[test]
fn leaving_where_a_handler_may_follow_is_one_of_two_ways() {
    let source = "
def f():
    try:
        return a()
    except E as e:
        raise
    else:
        b()
    finally:
        c()
    for x in y:
        break
    return x
";
    insta::assert_snapshot!(lower(source, "app.py"), @r#"
    fn#0 f ()
      branch
        arm
          return (a)
        arm
      branch
        arm
          (b)
        arm
          e = (?)
          branch
            arm
              leave
            arm
      (c)
      loop
        x = (each y)
      return x
    f = fn#0
    "#);
}

#[test]
fn arms_and_patterns() {
    let source = r#"
if a():
    one()
elif b():
    two()
match event:
    case {"a": [first, *rest], **more} if ok(first):
        pass
    case Point(x=px) | Other(px):
        pass
    case str(text):
        pass
with a() as (b, c), d():
    e()
while f():
    g()
else:
    h()
"#;
    insta::assert_snapshot!(lower(source, "app.py"), @r#"
    (a)
    branch
      arm
        (one)
      arm
        (b)
        (two)
      arm
    <match> = event
    branch
      arm
        first = (at (at <match> "a") 0)
        rest = [*(at <match> "a")]
        more = <match>
        (ok first)
      arm
        branch
          arm
            px = (. <match> x)
          arm
            px = (?)
      arm
        text = <match>
      arm
    with (a) as [b c]
      with (d)
        (e)
    loop
      (f)
      (g)
    (h)
    "#);
}

#[test]
fn definitions() {
    let source = r#"
def outer(a, /, b: "S3Client" = None, *args: int, k=1, **kw) -> S3Client:
    global G
    @wraps(b)
    async def inner():
        nonlocal a
        a = await b
    return lambda x, y=2: x.z(y)

@dataclass
class Repo(Base, metaclass=M):
    client: S3Client = field()
    @property
    def table(self): return self._table
    @table.setter
    def table(self, value): self._table = value
    @classmethod
    @cache
    def make(cls): yield cls()
    class Inner:
        @staticmethod
        def go(): yield from xs

if __name__ == "__main__":
    outer()
"#;
    insta::assert_snapshot!(lower(source, "app.py"), @r#"
    fn#0 outer.inner () decorators[(wraps b)] nonlocal[a]
      a = b
    fn#1 <lambda> (x y=2)
      return ((. x z) y)
    fn#2 outer (/a b:S3Client=null *args:int =k=1 **kw) -> S3Client global[G]
      inner = fn#0
      return fn#1
    fn#3 Repo.table (self) Getter
      return (. self _table)
    fn#4 Repo.table (self value) Method
      (. self _table) = value
    fn#5 Repo.make (cls) ClassMethod generator decorators[cache]
      yield (cls)
    fn#6 Repo.Inner.go () Static generator
      yield (each xs)
    fn#7 __main__ () never-runs
      (outer)
    class#0 Repo.Inner
      go = fn#6
    class#1 Repo bases[Base] decorators[dataclass]
      client : S3Client = (field)
      table = fn#3
      table.setter = fn#4
      make = fn#5
      Inner = class#0
    outer = fn#2
    Repo = class#1
    "#);
}

#[test]
fn the_place_of_a_call_is_its_name() {
    let source = "# é\nx = (table\n  .é().put_item(\n    a))\nf()";
    let module = lower(source, "app.py");
    let places: Vec<_> = module
        .body
        .iter()
        .map(|statement| match statement {
            Stmt::Bind { value: call, .. } | Stmt::Expr(call) => module.lines.position(call.span.start),
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(places, [(3, 8), (5, 1)]);
}

#[test]
fn a_syntax_error_is_noted_and_the_rest_is_kept() {
    let module = lower("import a\nprint 'x', f(y)\nx = g(\ndef h():\n  return i()\n", "src/app.py");
    let notes: Vec<_> =
        module.notes.iter().map(|note| (note.rule, note.file.as_str(), note.line, note.column)).collect();
    assert_eq!(notes[0], ("syntax-error", "src/app.py", 2, 7));
    let printed = module.to_string();
    for kept in ["import a", "(f y)", "(g", "return (i)"] {
        assert!(printed.contains(kept), "{kept} in\n{printed}");
    }
}

/// Source that is deep in one construct, around or before `inner()`.
fn deep(open: &str, inner: &str, close: &str, depth: usize) -> String {
    format!("x = {}{inner}{}\nafter()\n", open.repeat(depth), close.repeat(depth))
}

#[test]
fn depth_is_flattened_or_noted_and_never_overflows() {
    for (source, noted) in [
        (deep("(", "inner()", ")", 10_000), false),
        (deep("a + ", "inner()", "", 50_000), false),
        (deep("a + b - ", "inner()", "", 50_000), false),
        (deep("a % ", "inner()", "", 50_000), false),
        (deep("a if b else ", "inner()", "", 10_000), false),
        (deep("a or ", "inner()", "", 10_000), false),
        (deep("[", "inner()", "]", 10_000), true),
        (deep("f(", "inner()", ")", 10_000), true),
        (deep("-", "inner()", "", 10_000), true),
        (deep("a", "", ".b()", 10_000), true),
        (deep("lambda: ", "inner()", "", 10_000), true),
    ] {
        let module = lower(&source, "app.py");
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
import os as é
@a.b(c)
async def f(a: "T[é]", /, *b, c=f"é{d!r:>{e}}{g=}", **h) -> 'x | y':
    global i
    try:
        async with a as (b, *c), d: yield await e
    except* (A, B) as c: raise X from y
    finally: del a[b:c], d.e
    match a:
        case {"k": [b, *c], **d} | Point(x=1, y=z): return {**a, 'é': b"\xff"}
    return lambda *a: [b async for c in d if (e := f)] + {k: v for k, v in 'é'} - (yield from x)
class C(B, metaclass=M):
    x: "int" = 1; y, *z = a = 0x1F, 1e3, 2j, ..., not a < b or c if d else t"{e}"
if "__main__" == __name__: f(*a, **b)
"#;

#[test]
fn a_file_cut_off_anywhere_is_read() {
    assert_eq!(lower(SAMPLE, "app.py").notes, []);
    for (end, _) in SAMPLE.char_indices() {
        lower(&SAMPLE[..end], "app.py");
        lower(&SAMPLE[end..], "app.py");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        lower(&String::from_utf8_lossy(&bytes), "app.py");
    }

    #[test]
    fn pieces_of_python_in_any_order_are_read(cuts in proptest::collection::vec((0..SAMPLE.len(), 1..12usize), 0..40)) {
        let pieces = cuts.iter().map(|(start, len)| SAMPLE.chars().skip(*start).take(*len).collect::<String>());
        lower(&pieces.collect::<String>(), "app.py");
    }
}
