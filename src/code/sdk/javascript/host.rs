//! What JavaScript reaches on the function's own host: the endpoints of AWS's extensions by HTTP, and the `aws`
//! command. Sees `fetch`, Node.js's `http`, `axios` and `got`, and `child_process`.

use super::input::{argument, option};
use crate::code::eval::{Args, External, Interpreter, Site, Values};
use crate::code::sdk::{aws_command, extension};
use crate::model::Text;

/// Looks at a call of a library; what the call gives is not told.
pub fn external_call(it: &mut Interpreter, callee: &External, args: &Args, site: Site) {
    let (package, name) = callee.path.split_once('.').unwrap_or((&callee.path, ""));
    match (package, name) {
        ("fetch" | "node-fetch" | "axios" | "got" | "undici" | "cross-fetch", _)
        | ("http" | "https", "get" | "request") => request(it, args, site),
        ("child_process" | "child_process/promises", name)
            if name.starts_with("exec") || name.starts_with("spawn") =>
        {
            command(it, args, site);
        }
        ("execa" | "cross-spawn", _) => command(it, args, site),
        _ => {}
    }
}

/// The URL is an argument, or what options say: `url`, or a host and a path.
fn request(it: &mut Interpreter, args: &Args, site: Site) {
    let first = argument(args, 0);
    let mut urls = first.clone();
    urls.join(&option(it, &first, "url"));
    let mut host = option(it, &first, "hostname");
    host.join(&option(it, &first, "host"));
    if !host.is_empty() {
        let path = option(it, &first, "path");
        urls.join(&it.join_values(&[Values::text(Text::literal("http://")), host, path], site));
    }
    let mut query = option(it, &argument(args, 1), "params");
    query.join(&option(it, &argument(args, 1), "searchParams"));
    query.join(&option(it, &first, "params"));
    extension::request(it, &urls, &query, site);
}

/// `exec("aws s3 ls")`, `execFile("aws", ["s3", "ls"])`.
fn command(it: &mut Interpreter, args: &Args, site: Site) {
    let program = argument(args, 0);
    let command = match it.known_list(&argument(args, 1)) {
        Some(words) => {
            let words = std::iter::once(program).chain(words).collect();
            it.list(site, words, Values::none())
        }
        None => program,
    };
    aws_command::run(it, &command, site);
}
