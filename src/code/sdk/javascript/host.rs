//! What a function asks of its own host: the `aws` command, and the endpoints of AWS's extensions.

use super::input::{argument, option};
use crate::code::eval::{Args, Interpreter, Site, Values};
use crate::code::sdk::{aws_command, extension};
use crate::model::Text;

/// Notices a command that is run or a URL that is requested; what the call gives is for others to say.
pub fn external_call(it: &mut Interpreter, package: &str, names: &[&str], args: &Args, site: Site) {
    let first = argument(args, 0);
    match (package, names) {
        ("child_process", ["exec" | "execSync"]) => aws_command::run(it, &first, site),
        ("child_process", ["execFile" | "execFileSync" | "spawn" | "spawnSync"]) | ("execa", _) => {
            let rest = argument(args, 1);
            let command = match it.known_list(&rest) {
                Some(items) => {
                    let words = [first].into_iter().chain(items).collect();
                    it.list(site, words, Values::none())
                }
                None => first,
            };
            aws_command::run(it, &command, site);
        }
        (
            "fetch" | "axios" | "node-fetch" | "undici" | "got" | "ky" | "http" | "https" | "cross-fetch",
            _,
        ) => {
            request(it, args, site);
        }
        _ => {}
    }
}

/// A URL, or an object that has it in whole or in parts; beside it the options.
fn request(it: &mut Interpreter, args: &Args, site: Site) {
    let (first, options) = (argument(args, 0), argument(args, 1));
    let mut query = option(it, &options, "params");
    query.join(&option(it, &options, "searchParams"));
    if !it.texts(&first).is_empty() {
        extension::request(it, &first, &query, site);
        return;
    }
    query.join(&option(it, &first, "params"));
    let url = option(it, &first, "url");
    extension::request(it, &url, &query, site);
    let mut host = option(it, &first, "hostname");
    host.join(&option(it, &first, "host"));
    let path = option(it, &first, "path");
    if !host.is_empty() && !path.is_empty() {
        let scheme = Values::text(Text::literal("http://"));
        let url = it.join_values(&[scheme, host, path], site);
        extension::request(it, &url, &query, site);
    }
}
