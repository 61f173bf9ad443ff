//! Policies and requests that have much to do with each other, the same ones every time.

use std::collections::BTreeMap;

use scopedown::model::{Condition, Text};
use scopedown::policy::Context;
use serde_json::{Map, Value, json};

pub struct Pair {
    pub policies: Vec<Value>,
    pub action: String,
    pub resource: String,
    pub context: Context,
}

const ACTIONS: [&str; 6] = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:GetObjectTagging",
    "dynamodb:GetItem",
    "logs:PutLogEvents",
    "S3:getobject",
];
const ACTION_PATTERNS: [&str; 14] = [
    "s3:GetObject",
    "s3:Get*",
    "s3:*",
    "S3:get*ING",
    "s3:?etObject",
    "s3:*Object*",
    "s3:Get?bject",
    "*",
    "dynamodb:*Item",
    "dynamodb:GetItem",
    "logs:Put*",
    "logs:PutLogEvent?",
    "s3:",
    "s3:**",
];
const RESOURCES: [&str; 10] = [
    "arn:aws:s3:::bucket/key",
    "arn:aws:s3:::bucket/a/b:c/key.json",
    "arn:aws:s3:::bucket",
    "arn:aws:s3:::Bucket/key",
    "arn:aws:s3:::home/ann/file",
    "arn:aws:s3:::bucket/what?",
    "arn:aws:dynamodb:eu-west-1:111122223333:table/Orders",
    "arn:aws:dynamodb:us-east-1:111122223333:table/Orders/index/by",
    "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f:log-stream:2025/01/01/[$LATEST]x",
    "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f:",
];
const RESOURCE_PATTERNS: [&str; 24] = [
    "*",
    "arn:aws:s3:::bucket/*",
    "arn:aws:s3:::bucket/key",
    "arn:aws:s3:::*/key",
    "arn:aws:s3:::b?cket/k*",
    "arn:aws:s3:::bucket/*:*/*",
    "arn:aws:s3:::*",
    "arn:aws:s3:*:*:bucket*",
    "arn:*:s3:::bucket/?ey",
    "arn:aws:s3:::bucket/what${?}",
    "arn:aws:s3:::home/${aws:username}/*",
    "arn:aws:s3:::home/${aws:PrincipalTag/team, 'ann'}/*",
    "arn:aws:s3:::${aws:userid}/key",
    "arn:aws:s3:::bucket",
    "arn:aws:dynamodb:*:*:table/*",
    "arn:aws:dynamodb:eu-*:111122223333:table/Orders",
    "arn:aws:dynamodb:??-????-1:*:table/Ord*",
    "arn:aws:dynamodb:eu-west-1:111122223333:table/Orders/index/*",
    "arn:aws:dynamodb:*:*:table/*/index/?y",
    "arn:aws:logs:*:111122223333:log-group:/aws/lambda/f:*",
    "arn:aws:logs:*:*:log-group:*:log-stream:*",
    "arn:aws:logs:eu-west-?:*:log-group:/aws/lambda/?:log-stream:2025/*",
    "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/*:log*",
    "arn:aws:*:*:*:*",
];
/// A key, the operator that says what its value is, and values that a request may have.
const KEYS: [(&str, &str, &[&str]); 8] = [
    ("aws:username", "StringEquals", &["ann", "Ann", "bob", "an*"]),
    ("aws:PrincipalTag/team", "StringEquals", &["red", "ann"]),
    ("s3:prefix", "StringEquals", &["home/", "home/ann/", "a:b"]),
    ("s3:max-keys", "NumericEquals", &["1", "10", "10.0", "100"]),
    ("aws:CurrentTime", "DateEquals", &["2025-01-01T00:00:00Z", "2024-06-30T12:00:00Z"]),
    ("aws:SecureTransport", "Bool", &["true", "false"]),
    ("aws:SourceIp", "IpAddress", &["10.1.2.3", "192.0.2.7"]),
    ("aws:SourceArn", "ArnEquals", &["arn:aws:sns:eu-west-1:111122223333:topic", "arn:aws:s3:::bucket/a:b"]),
];
const TAGS: [&str; 4] = ["team", "cost", "Team", "other"];
const STRING: [&str; 6] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
];
const NUMERIC: [&str; 6] = [
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
];
const DATE: [&str; 6] = [
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
];

impl Pair {
    pub fn line(&self) -> String {
        let context: Map<String, Value> = self
            .context
            .iter()
            .map(|(key, values)| match values.as_slice() {
                [one] if !key.contains("TagKeys") => (key.to_string(), json!(one)),
                many => (key.to_string(), json!(many)),
            })
            .collect();
        json!({
            "policies": self.policies, "action": self.action, "resource": self.resource, "context": context,
        })
        .to_string()
    }

    /// The context as a condition that only it meets; none where it has a set.
    pub fn condition(&self) -> Option<Condition> {
        let mut condition = Condition::new();
        for (key, operator, _) in KEYS {
            let (operator, value) = match self.context.get(key) {
                Some(values) => (operator, Text::literal(&values[0])),
                None => ("Null", Text::literal("true")),
            };
            condition.entry(operator.into()).or_default().insert(key.into(), [value].into());
        }
        condition
            .entry("Null".into())
            .or_default()
            .insert("aws:TagKeys".into(), [Text::literal("true")].into());
        (!self.context.contains_key("aws:TagKeys")).then_some(condition)
    }
}

pub fn pairs(count: usize) -> Vec<Pair> {
    let mut dice = Dice(0x5c09_ed03);
    (0..count).map(|_| dice.pair()).collect()
}

/// Those without a variable that may have no value.
fn resolved<'a>(of: &[&'a str]) -> Vec<&'a str> {
    of.iter().copied().filter(|one| !one.contains("${aws:user")).collect()
}

/// The linear congruential generator of Knuth's MMIX.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())]
    }

    fn pair(&mut self) -> Pair {
        let policies = (0..=self.roll(2)).map(|_| self.policy()).collect();
        Pair {
            policies,
            action: self.one(&ACTIONS).to_owned(),
            resource: self.one(&RESOURCES).to_owned(),
            context: self.context(),
        }
    }

    fn policy(&mut self) -> Value {
        let mut statements: Vec<Value> = (0..=self.roll(3)).map(|_| self.statement()).collect();
        let statement = if statements.len() == 1 { statements.remove(0) } else { statements.into() };
        json!({"Version": "2012-10-17", "Statement": statement})
    }

    fn statement(&mut self) -> Value {
        let effect = if self.roll(4) == 0 { "Deny" } else { "Allow" };
        let mut statement = Map::from_iter([("Effect".to_owned(), json!(effect))]);
        let name = if self.roll(5) == 0 { "NotAction" } else { "Action" };
        statement.insert(name.into(), self.some(&ACTION_PATTERNS));
        if self.roll(5) == 0 {
            statement.insert("NotResource".into(), self.some(&resolved(&RESOURCE_PATTERNS)));
        } else {
            statement.insert("Resource".into(), self.some(&RESOURCE_PATTERNS));
        }
        if self.roll(2) == 0 {
            let mut condition: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
            for _ in 0..=self.roll(2) {
                let (operator, key, values) = self.test();
                condition.entry(operator).or_default().insert(key, values);
            }
            statement.insert("Condition".into(), json!(condition));
        }
        statement.into()
    }

    /// One of them, or a list.
    fn some(&mut self, of: &[&str]) -> Value {
        if self.roll(2) == 0 {
            return json!(self.one(of));
        }
        let many: Vec<&str> = (0..=self.roll(3)).map(|_| self.one(of)).collect();
        json!(many)
    }

    fn test(&mut self) -> (String, String, Value) {
        if self.roll(6) == 0 {
            let operator = format!("{}:{}", self.one(&["ForAllValues", "ForAnyValue"]), self.one(&STRING));
            return (operator, self.cased("aws:TagKeys"), self.some(&["team", "cost", "t*", "?ther"]));
        }
        let (key, kind, _) = self.one(&KEYS);
        let (operators, values): (&[&str], &[&str]) = match kind {
            "NumericEquals" => (&NUMERIC, &["1", "10", "50.5"]),
            "DateEquals" => (&DATE, &["2025-01-01T00:00:00Z", "2024-12-31", "2024-06-30T13:00:00+01:00"]),
            "Bool" => (&["Bool"], &["true", "false", "TRUE"]),
            "IpAddress" if self.roll(2) == 0 => {
                (&["NotIpAddress"], &["10.0.0.0/8", "192.0.2.7", "10.1.2.0/24"])
            }
            "IpAddress" => (&["IpAddress"], &["10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "128.0.0.0/1"]),
            "ArnEquals" => (
                &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
                &[
                    "arn:aws:sns:*:111122223333:*",
                    "arn:aws:*:*:*:topic",
                    "arn:aws:s3:::bucket/*",
                    "arn:aws:sns:eu-west-?:*:t*c",
                ],
            ),
            _ => (
                &STRING,
                &[
                    "ann",
                    "an?",
                    "*",
                    "a*",
                    "home/${aws:username}/",
                    "${aws:username}",
                    "red",
                    "an${*}",
                    "HOME/",
                ],
            ),
        };
        let mut operator = self.one(operators).to_owned();
        match self.roll(6) {
            0 => return ("Null".into(), self.cased(key), self.some(&["true", "false"])),
            1 => operator.push_str("IfExists"),
            2 => operator.make_ascii_lowercase(),
            _ => {}
        }
        let lower = operator.to_ascii_lowercase();
        let mut values = if lower.contains("not") { resolved(values) } else { values.to_vec() };
        if !lower.contains("like") {
            values.retain(|value| !value.contains("${*}"));
        }
        let values = self.some(&values);
        (operator, self.cased(key), values)
    }

    fn cased(&mut self, key: &str) -> String {
        if self.roll(3) == 0 { key.to_ascii_uppercase() } else { key.to_owned() }
    }

    fn context(&mut self) -> Context {
        let mut context = Context::new();
        for (key, _, values) in KEYS {
            if self.roll(2) == 0 {
                context.insert(key.into(), vec![self.one(values).into()]);
            }
        }
        if self.roll(3) == 0 {
            let tags = (0..=self.roll(3)).map(|_| self.one(&TAGS).into());
            context.insert("aws:TagKeys".into(), tags.collect());
        }
        context
    }
}
