//! From the text of a `scopedown.toml` to a [`Config`]. Every table is walked by its keys, so that whatever is wrong
//! is said with its line and with what would be right.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use smol_str::SmolStr;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{self, Section};
use super::nearest::nearest;
use super::places::{is_account, is_partition, is_region};
use super::{Acceptance, Config, ConfigError, Date, FunctionSettings, Pin, RuleLevels, Suppression};
use crate::model::{Action, Level, Place, Rule};

/// `path` names the file in errors, `shown` in places.
pub fn read(text: &str, path: &str, shown: &str) -> Result<Config, ConfigError> {
    let file = File { text, path, shown };
    let document = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        file.error(at, error.message().replace('\n', ", "), None)
    })?;
    let top = Table { file: &file, entries: document.get_ref(), at: 0, section: &keys::TOP };
    top.check()?;
    let account = top.text("account")?;
    if let Some(digits) = &account
        && !is_account(digits)
    {
        return Err(top.wrong("account", "an account is twelve digits, in quotes: \"123456789012\""));
    }
    let partition = top.text("partition")?;
    if partition.as_ref().is_some_and(|partition| !is_partition(partition)) {
        return Err(top.wrong("partition", "a partition is aws, aws-cn, aws-us-gov …"));
    }
    let config = Config {
        file: None,
        region: top.text("region")?,
        account,
        partition,
        template: top.text("template")?.map(|path| PathBuf::from(path.as_str())),
        trail: top.text("trail")?,
        missing_keys: top.flag("missing-keys")?,
        parameters: top.free("parameters")?,
        base_policy: top
            .text("base-policy")?
            .map(|policy| (PathBuf::from(policy.as_str()), top.place("base-policy"))),
        rules: top.table("rules", &keys::RULES)?.map(|table| table.levels()).transpose()?.unwrap_or_default(),
        functions: functions(&top)?,
        pins: top.each("pin", &keys::PIN, pin)?,
        suppressions: top.each("suppress", &keys::SUPPRESS, suppression)?,
        accepted: top.each("accept", &keys::ACCEPT, acceptance)?,
    };
    if config.region.as_ref().is_some_and(|region| !is_region(region)) {
        return Err(top.wrong("region", "a region is written eu-west-1"));
    }
    Ok(config)
}

fn functions(top: &Table<'_>) -> Result<BTreeMap<SmolStr, FunctionSettings>, ConfigError> {
    let mut functions = BTreeMap::new();
    let Some(value) = top.value("functions") else { return Ok(functions) };
    let Some(tables) = value.get_ref().as_table() else {
        return Err(top.wrong("functions", "write the settings of one function as [functions.NAME]"));
    };
    for (name, value) in tables {
        let at = name.span().start;
        let Some(table) = value.get_ref().as_table() else {
            let message = format!("`{}` is not a table", name.get_ref());
            let help = format!("write [functions.{}] on a line of its own", name.get_ref());
            return Err(top.file.error(at, message, Some(help)));
        };
        let table = Table { file: top.file, entries: table, at, section: &keys::FUNCTION_SETTINGS };
        table.check()?;
        let rules = table.table("rules", &keys::RULES)?.map(|table| table.levels()).transpose()?;
        let settings = FunctionSettings {
            place: top.file.place(at),
            skip: table.flag("skip")?,
            rules: rules.unwrap_or_default(),
            code: table.text("code")?.map(|path| PathBuf::from(path.as_str())),
            handler: table.text("handler")?,
            runtime: table.text("runtime")?,
            environment: table.free("environment")?,
            role: table.text("role")?,
            trail: table.text("trail")?,
        };
        functions.insert(SmolStr::from(name.get_ref().as_ref()), settings);
    }
    Ok(functions)
}

fn pin(table: &Table<'_>) -> Result<Pin, ConfigError> {
    let actions = table.texts("action")?;
    for action in &actions {
        let Some((service, name)) = action.split_once(':') else {
            return Err(table.wrong("action", "an action has its service in front: s3:GetObject"));
        };
        if service.contains(['*', '?']) || service.is_empty() || name.contains(['*', '?']) || name.is_empty()
        {
            let message = "a pin names each action in full: s3:GetObject; a pattern would grow with AWS";
            return Err(table.wrong("action", message));
        }
    }
    let resources = table.texts("resource")?;
    for (name, values) in [("action", &actions), ("resource", &resources)] {
        if values.is_empty() {
            return Err(table.lacks(name));
        }
    }
    let is_resource = |text: &SmolStr| text == "*" || text.starts_with("arn:") || text.starts_with("${");
    if !resources.iter().all(is_resource) {
        return Err(
            table.wrong("resource", "a resource is an ARN, \"*\" or begins with a reference: ${Table.Arn}")
        );
    }
    Ok(Pin {
        place: table.here(),
        function: table.text("function")?,
        actions: actions.into_iter().map(Action::new).collect(),
        resources,
        reason: table.reason()?,
    })
}

fn suppression(table: &Table<'_>) -> Result<Suppression, ConfigError> {
    let rule = match table.text("rule")? {
        Some(id) => Some(table.rule("rule", &id)?),
        None => None,
    };
    Ok(Suppression {
        place: table.here(),
        rule,
        function: table.text("function")?,
        action: table.action()?,
        reason: table.reason()?,
        expires: table.date("expires")?,
    })
}

fn acceptance(table: &Table<'_>) -> Result<Acceptance, ConfigError> {
    let risk = table.text("risk")?;
    if let Some(name) = risk.as_deref().filter(|name| !keys::RISKS.contains(name)) {
        let message = format!("there is no risk `{name}`");
        return Err(table.unknown(table.at_value("risk"), message, name, &keys::RISKS));
    }
    Ok(Acceptance {
        place: table.here(),
        risk,
        function: table.text("function")?,
        action: table.action()?,
        reason: table.reason()?,
        expires: table.date("expires")?,
    })
}

struct File<'a> {
    text: &'a str,
    path: &'a str,
    shown: &'a str,
}

impl File<'_> {
    fn line_column(&self, at: usize) -> (u32, u32) {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let before = &self.text[..at];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }

    fn place(&self, at: usize) -> Place {
        let (line, column) = self.line_column(at);
        Place { file: self.shown.into(), line, column }
    }

    fn error(&self, at: usize, message: String, help: Option<String>) -> ConfigError {
        let (line, _) = self.line_column(at);
        ConfigError { path: self.path.to_owned(), line, message, help }
    }
}

/// A table of the file with the keys that it may have.
struct Table<'a> {
    file: &'a File<'a>,
    entries: &'a DeTable<'a>,
    /// Where it begins.
    at: usize,
    section: &'static Section,
}

impl<'a> Table<'a> {
    /// Refuses a key that is not known.
    fn check(&self) -> Result<(), ConfigError> {
        let known: Vec<&str> = self.section.keys.iter().map(|key| key.name).collect();
        for key in self.entries.keys() {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                let within =
                    if self.section.name.is_empty() { "the configuration" } else { self.section.name };
                let message = format!("{within} has no key `{name}`");
                return Err(self.unknown(key.span().start, message, name, &known));
            }
        }
        Ok(())
    }

    fn unknown(&self, at: usize, message: String, word: &str, known: &[&str]) -> ConfigError {
        let help = match nearest(word, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("it is one of: {}", known.join(", ")),
        };
        self.file.error(at, message, Some(help))
    }

    fn value(&self, name: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.entries.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value)
    }

    fn at_value(&self, name: &str) -> usize {
        let key = self.entries.keys().find(|key| key.get_ref() == name);
        key.map_or(self.at, |key| key.span().start)
    }

    fn place(&self, name: &str) -> Place {
        self.file.place(self.at_value(name))
    }

    fn here(&self) -> Place {
        self.file.place(self.at)
    }

    fn wrong(&self, name: &str, help: &str) -> ConfigError {
        let message = format!("`{name}` cannot be this");
        self.file.error(self.at_value(name), message, Some(help.to_owned()))
    }

    fn wrong_kind(&self, name: &str, value: &DeValue<'_>, wanted: &str) -> ConfigError {
        let message = format!("`{name}` should be {wanted}, not {}", value.type_str());
        self.file.error(self.at_value(name), message, None)
    }

    fn lacks(&self, name: &str) -> ConfigError {
        let about = self.section.keys.iter().find(|key| key.name == name).map(|key| key.about);
        let message = format!("{} has no `{name}`", self.section.name);
        self.file.error(self.at, message, about.map(str::to_owned))
    }

    fn text(&self, name: &str) -> Result<Option<SmolStr>, ConfigError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        match value.get_ref().as_str() {
            Some("") => Err(self.wrong(name, "it is empty; leave the key out")),
            Some(text) => Ok(Some(text.into())),
            None => Err(self.wrong_kind(name, value.get_ref(), "a string in quotes")),
        }
    }

    /// A string or a list of strings.
    fn texts(&self, name: &str) -> Result<Vec<SmolStr>, ConfigError> {
        let Some(value) = self.value(name) else { return Ok(Vec::new()) };
        let Some(items) = value.get_ref().as_array() else {
            return Ok(self.text(name)?.into_iter().collect());
        };
        let text = |item: &Spanned<DeValue<'_>>| item.get_ref().as_str().map(SmolStr::from);
        items
            .iter()
            .map(|item| {
                text(item)
                    .ok_or_else(|| self.wrong_kind(name, item.get_ref(), "a string or a list of strings"))
            })
            .collect()
    }

    fn flag(&self, name: &str) -> Result<bool, ConfigError> {
        let Some(value) = self.value(name) else { return Ok(false) };
        value.get_ref().as_bool().ok_or_else(|| self.wrong_kind(name, value.get_ref(), "true or false"))
    }

    fn action(&self) -> Result<Option<Action>, ConfigError> {
        match self.text("action")? {
            Some(action) if action != "*" && !action.contains(':') => {
                Err(self.wrong("action", "an action has its service in front: s3:GetObject, or s3:*"))
            }
            action => Ok(action.map(Action::new)),
        }
    }

    fn reason(&self) -> Result<SmolStr, ConfigError> {
        match self.text("reason")? {
            Some(reason) if !reason.trim().is_empty() => Ok(reason),
            _ => Err(self.lacks("reason")),
        }
    }

    /// `2027-01-31`, with or without quotes.
    fn date(&self, name: &str) -> Result<Option<Date>, ConfigError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let date = match value.get_ref() {
            DeValue::String(text) => Date::parse(text),
            DeValue::Datetime(time) => time.date.and_then(|date| Date::new(date.year, date.month, date.day)),
            _ => None,
        };
        date.map(Some).ok_or_else(|| self.wrong(name, "a day is written 2027-01-31"))
    }

    /// A table of strings under keys that are the person's own. Numbers and truths are taken as they are written.
    fn free(&self, name: &str) -> Result<BTreeMap<SmolStr, SmolStr>, ConfigError> {
        let Some(value) = self.value(name) else { return Ok(BTreeMap::new()) };
        let Some(table) = value.get_ref().as_table() else {
            return Err(self.wrong_kind(name, value.get_ref(), &format!("a table: [{name}]")));
        };
        let mut free = BTreeMap::new();
        for (key, value) in table {
            let text: SmolStr = match value.get_ref() {
                DeValue::String(text) => text.as_ref().into(),
                DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) => {
                    self.source(value.span()).into()
                }
                other => {
                    let message = format!("`{}` should be a string, not {}", key.get_ref(), other.type_str());
                    return Err(self.file.error(key.span().start, message, None));
                }
            };
            free.insert(key.get_ref().as_ref().into(), text);
        }
        Ok(free)
    }

    fn source(&self, span: Range<usize>) -> &'a str {
        self.file.text.get(span).unwrap_or_default()
    }

    fn table(&self, name: &str, section: &'static Section) -> Result<Option<Table<'a>>, ConfigError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let Some(table) = value.get_ref().as_table() else {
            return Err(self.wrong_kind(name, value.get_ref(), &format!("a table: {}", section.name)));
        };
        let table = Table { file: self.file, entries: table, at: self.at_value(name), section };
        table.check()?;
        Ok(Some(table))
    }

    /// Every `[[name]]`.
    fn each<T>(
        &self,
        name: &str,
        section: &'static Section,
        read: fn(&Table<'_>) -> Result<T, ConfigError>,
    ) -> Result<Vec<T>, ConfigError> {
        let Some(value) = self.value(name) else { return Ok(Vec::new()) };
        let wrong = || self.wrong(name, &format!("write each on its own, under {}", section.name));
        let items = value.get_ref().as_array().ok_or_else(wrong)?;
        items
            .iter()
            .map(|item| {
                let table = item.get_ref().as_table().ok_or_else(wrong)?;
                let table = Table { file: self.file, entries: table, at: item.span().start, section };
                table.check()?;
                read(&table)
            })
            .collect()
    }

    fn levels(&self) -> Result<RuleLevels, ConfigError> {
        let mut levels = RuleLevels::new();
        for key in self.entries.keys() {
            let name = key.get_ref().as_ref();
            let rule = self.rule(name, name)?;
            let known = ["error", "warning", "note", "off"];
            let level = self.text(name)?.unwrap_or_default();
            if !known.contains(&level.as_str()) {
                return Err(self.unknown(
                    key.span().start,
                    format!("there is no level `{level}`"),
                    &level,
                    &known,
                ));
            }
            levels.insert(rule, Level::of_name(&level));
        }
        Ok(levels)
    }

    fn rule(&self, name: &str, id: &str) -> Result<Rule, ConfigError> {
        Rule::of_id(id).ok_or_else(|| {
            let known: Vec<&str> = Rule::ALL.iter().map(|rule| rule.id()).collect();
            self.unknown(self.at_value(name), format!("there is no rule `{id}`"), id, &known)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        let error = read(text, "scopedown.toml", "scopedown.toml").unwrap_err();
        format!("{error}; {}", error.help.as_deref().unwrap_or_default())
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line_and_what_would_be_right() {
        for (text, expected) in [
            (
                "\nregoin = 'x'",
                "scopedown.toml:2: the configuration has no key `regoin`; did you mean `region`?",
            ),
            (
                "region = 'eu-west1'",
                "scopedown.toml:1: `region` cannot be this; a region is written eu-west-1",
            ),
            ("account = 12", "scopedown.toml:1: `account` should be a string in quotes, not integer; "),
            (
                "account = '12'",
                "scopedown.toml:1: `account` cannot be this; an account is twelve digits, in quotes: \"123456789012\"",
            ),
            (
                "[rules]\nmissing = 'loud'",
                "scopedown.toml:2: there is no level `loud`; it is one of: error, warning, note, off",
            ),
            (
                "[rules]\nmising = 'off'",
                "scopedown.toml:2: [rules] has no key `mising`; did you mean `missing`?",
            ),
            (
                "[[suppress]]\nrule = 'unneeded'",
                "scopedown.toml:1: [[suppress]] has no `reason`; Why; for whoever reads this next year. Required.",
            ),
            (
                "[[suppress]]\nreason = 'x'\nexpires = '2027-02-30'",
                "scopedown.toml:3: `expires` cannot be this; a day is written 2027-01-31",
            ),
            (
                "[[pin]]\naction = 's3:*'\nresource = '*'\nreason = 'x'",
                "scopedown.toml:2: `action` cannot be this; a pin names each action in full: s3:GetObject; a pattern would grow with AWS",
            ),
            (
                "[[accept]]\nrisk = 'privilege-escalating'\nreason = 'x'",
                "scopedown.toml:2: there is no risk `privilege-escalating`; did you mean `privilege-escalation`?",
            ),
            (
                "[functions.A]\nskipp = true",
                "scopedown.toml:2: [functions.NAME] has no key `skipp`; did you mean `skip`?",
            ),
            (
                "[pin]\naction = 's3:GetObject'",
                "scopedown.toml:1: `pin` cannot be this; write each on its own, under [[pin]]",
            ),
        ] {
            assert_eq!(error(text), expected);
        }
        assert!(error("region = ").starts_with("scopedown.toml:1: "), "{}", error("region = "));
    }

    #[test]
    fn everything_that_can_be_said_is_read() {
        let text = "\
region = 'eu-west-1'
[parameters]
Stage = 'prod'
Size = 3
[functions.'Orders*'.rules]
unneeded = 'off'
[functions.OrdersApi]
handler = 'app.handler'
[[pin]]
action = ['s3:GetObject', 's3:PutObject']
resource = '${Bucket.Arn}/*'
reason = 'the vendor asks for it'
[[suppress]]
rule = 'too-wide'
reason = 'known'
expires = 2027-01-31
";
        let config = read(text, "scopedown.toml", "../scopedown.toml").unwrap();
        assert_eq!(config.parameters["Size"], "3");
        assert_eq!(config.pins[0].actions.len(), 2);
        assert_eq!(config.pins[0].place, Place { file: "../scopedown.toml".into(), line: 9, column: 1 });
        assert_eq!(config.suppressions[0].expires, Date::parse("2027-01-31"));
        let settings = config.of_function("OrdersApi");
        assert_eq!(settings.handler.as_deref(), Some("app.handler"));
        assert_eq!(settings.rules[&Rule::Unneeded], None);
        assert_eq!(config.of_function("Other"), FunctionSettings::default());
    }
}
