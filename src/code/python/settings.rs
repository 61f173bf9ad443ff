//! Libraries that read settings from the environment: pydantic's settings classes, python-decouple, environs.

use smol_str::{SmolStr, format_smolstr};

use crate::code::eval::{Args, External, Interpreter, Map, Object, Site, Value, Values};
use crate::model::{Part, Text};

/// `config("TABLE", default="orders")`, `env.str("TABLE")`.
pub fn external_call(it: &mut Interpreter, callee: &External, args: &Args, site: Site) -> Option<Values> {
    let path = callee.path.as_str();
    match path {
        "pydantic.Field" | "pydantic.fields.Field" => return field(it, args, site),
        "pydantic.AliasChoices" => return Some(it.list(site, args.positional.clone(), Values::none())),
        "pydantic_settings.SettingsConfigDict" | "pydantic.ConfigDict" => {
            let mut map = Map::default();
            map.entries.extend(args.named.iter().cloned());
            return Some(it.map(site, map));
        }
        _ => {}
    }
    let reads = path == "decouple.config"
        || path.starts_with("decouple.")
        || path.starts_with("environs.Env()") && !callee.last_name().starts_with("read_");
    if !reads {
        return None;
    }
    let name = args.positional.first()?.literal()?.to_owned();
    Some(it.environment(&name, args.get(1, "default")))
}

/// What the name of a field's variable is known by beside the field's default.
const ALIAS: &str = "pydantic.Field=";

/// `Field(default, alias="QUEUE_URL")`: what the field is by default, and the names that it is read by.
pub fn field(it: &mut Interpreter, args: &Args, site: Site) -> Option<Values> {
    let mut found = Values::none();
    if let Some(default) = args.named("default").or_else(|| args.positional.first()) {
        found.join(default);
        found.remove(|value| matches!(value, Value::Null));
    } else if let Some(factory) = args.named("default_factory").cloned() {
        found = it.invoke(&factory, &Args::default(), site);
    }
    for word in ["validation_alias", "alias", "env"] {
        let Some(names) = args.named(word) else { continue };
        let listed = it.ordered_literals(names);
        for name in names.literal().map(SmolStr::from).into_iter().chain(listed) {
            found.insert(Value::External(External { path: format_smolstr!("{ALIAS}{name}"), made_at: 0 }));
        }
        break;
    }
    (!found.is_empty()).then_some(found)
}

/// A declared field of a class that reads its fields from the environment, named as the field, with the class's
/// prefix before it, or as the field says. Names are matched without case; nested models are not read.
pub fn declared_field(
    it: &mut Interpreter,
    class: &Value,
    base: &External,
    name: &str,
    default: &Values,
) -> Option<Values> {
    let alias = |value: &Value| match value {
        Value::External(external) => external.path.strip_prefix(ALIAS).map(str::to_owned),
        _ => None,
    };
    let mut names: Vec<String> = default.iter().filter_map(alias).collect();
    let mut default = default.clone();
    default.remove(|value| alias(value).is_some());
    if !base.path.ends_with("BaseSettings") {
        return (!names.is_empty()).then_some(default.or_unknown());
    }
    if names.is_empty() {
        names.push(format!("{}{name}", prefix(it, class)));
    }
    let bound = names.iter().flat_map(|name| [name.clone(), name.to_uppercase(), name.to_lowercase()]);
    for name in bound {
        let values = it.environment(&name, None);
        if values != Values::text(Text::from(Part::Env(name.as_str().into()))) {
            return Some(values);
        }
    }
    let name = names.first().map(|name| name.to_uppercase()).unwrap_or_default();
    Some(it.environment(&name, (!default.is_empty()).then_some(&default)))
}

/// What the names of a class's variables begin with: `model_config` says it, or the class `Config` inside.
fn prefix(it: &mut Interpreter, class: &Value) -> String {
    let class: Values = class.clone().into();
    let config = it.member(&class, "model_config");
    let mut found = Values::none();
    for value in &config {
        if matches!(it.object(value), Some(Object::Map(_))) {
            found.join(&it.entry(value, &Value::Text(Text::literal("env_prefix"))));
        }
    }
    let config = it.member(&class, "Config");
    let config: Values = config.iter().filter(|value| matches!(value, Value::Class(_))).cloned().collect();
    found.join(&it.member(&config, "env_prefix"));
    let mut texts = found.iter().filter_map(|value| match value {
        Value::Text(text) => text.as_literal().map(str::to_owned),
        _ => None,
    });
    texts.next_back().unwrap_or_default()
}
