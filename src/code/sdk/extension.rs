//! The endpoints that AWS's extensions open on the function's own host: the Parameters and Secrets extension and
//! the `AppConfig` agent. Whoever asks them makes them call AWS with the function's role.

use crate::code::eval::{Interpreter, Map, Site, Values};
use crate::code::sdk::{Client, Origin};
use crate::model::{Field, Text};

const HOSTS: [&str; 6] = [
    "http://localhost",
    "http://127.0.0.1",
    "https://localhost",
    "https://127.0.0.1",
    "localhost",
    "127.0.0.1",
];

/// A request of a URL; `query` is a mapping of parameters that the URL does not hold itself.
pub fn request(it: &mut Interpreter, urls: &Values, query: &Values, site: Site) {
    for url in it.texts(urls) {
        if !HOSTS.iter().any(|host| url.leading_literal().starts_with(host)) {
            continue;
        }
        let given = |name: &str, it: &Interpreter| {
            let in_url = url.split_once("?").and_then(|(_, query)| parameter(&query, name));
            in_url.map(|text| Field::Text(vec![text])).or_else(|| {
                let mut map = Map::default();
                it.spread_into(&mut map, query);
                it.field_of(&map.get(name))
            })
        };
        if url.split_once("/secretsmanager/get").is_some() {
            let secret = given("secretId", it);
            call(it, "secretsmanager", "GetSecretValue", vec![("SecretId", secret)], site);
        } else if url.split_once("/systemsmanager/parameters/get").is_some() {
            let name = given("name", it);
            let decrypt = given("withDecryption", it);
            call(it, "ssm", "GetParameter", vec![("Name", name), ("WithDecryption", decrypt)], site);
        } else if let Some((_, path)) = url.split_once("/applications/") {
            let mut rest = Some(path);
            let mut step = |end: &str| match rest.as_ref().and_then(|text| text.split_once(end)) {
                Some((found, after)) => {
                    rest = Some(after);
                    Some(Field::Text(vec![found]))
                }
                None => rest.take().map(|text| Field::Text(vec![text])),
            };
            let application = step("/environments/");
            let environment = step("/configurations/");
            let profile = step("?");
            let fields = vec![
                ("ApplicationIdentifier", application),
                ("EnvironmentIdentifier", environment),
                ("ConfigurationProfileIdentifier", profile),
            ];
            call(it, "appconfigdata", "StartConfigurationSession", fields, site);
            call(it, "appconfigdata", "GetLatestConfiguration", Vec::new(), site);
        }
    }
}

fn call(
    it: &mut Interpreter,
    service: &str,
    operation: &str,
    fields: Vec<(&str, Option<Field>)>,
    site: Site,
) {
    let client = Client { service: service.into(), origin: Origin::default(), endpoint: None, certain: true };
    let given = fields.into_iter().filter_map(|(name, field)| Some((Text::literal(name), field?)));
    let mut entries: Vec<(Text, Field)> = given.collect();
    entries.sort();
    it.record(&client, operation, Field::Map { entries, complete: true }, site);
}

/// A parameter of a query string; percent-encoded slashes are slashes.
fn parameter(query: &Text, name: &str) -> Option<Text> {
    let mut rest = query.clone();
    loop {
        let (pair, after) = match rest.split_once("&") {
            Some((pair, after)) => (pair, Some(after)),
            None => (rest, None),
        };
        if let Some((key, value)) = pair.split_once("=")
            && key.as_literal() == Some(name)
        {
            return Some(value.map(|part| match part {
                crate::model::Part::Literal(text) => {
                    Text::literal(text.replace("%2F", "/").replace("%2f", "/").replace("%3A", ":"))
                }
                other => other.clone().into(),
            }));
        }
        rest = after?;
    }
}
