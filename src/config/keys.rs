//! Every key of the configuration with what it is for: what the reader accepts, what messages suggest, and what the
//! documentation must describe.

/// One table of the file.
#[derive(Debug)]
pub struct Section {
    /// As people write it: empty for the top of the file, `[rules]`, `[[pin]]`.
    pub name: &'static str,
    pub keys: &'static [Key],
}

#[derive(Debug)]
pub struct Key {
    pub name: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
}

const fn key(name: &'static str, about: &'static str) -> Key {
    Key { name, about }
}

const REASON: Key = key("reason", "Why; for whoever reads this next year. Required.");
const FUNCTION: Key = key("function", "A function's name, or a pattern of names. Absent: every function.");
const EXPIRES: Key = key("expires", "The last day on which it holds: 2027-01-31.");

pub const TOP: Section = Section {
    name: "",
    keys: &[
        key("region", "The region that the functions run in."),
        key("account", "The account that the functions run in: twelve digits, in quotes."),
        key("partition", "The partition: aws, aws-cn, aws-us-gov …"),
        key("template", "The template to read, where there is more than one."),
        key("trail", "Where CloudTrail's events are: a file, a folder or a live source."),
        key(
            "missing-keys",
            "true: also allow s3:ListBucket on buckets whose objects are read, so that a missing key answers 404.",
        ),
        key("base-policy", "A policy document (JSON) whose permissions every function gets."),
        key("parameters", "Values for the template's parameters."),
        key("rules", "How loudly each rule speaks."),
        key("functions", "Settings of single functions, by name or pattern."),
        key("pin", "Permissions that are always granted."),
        key("suppress", "Findings that are not reported."),
        key("accept", "Risks that are taken."),
    ],
};

pub const RULES: Section = Section {
    name: "[rules]",
    keys: &[
        key("missing", "The function needs it, the role does not give it. Its own level: error."),
        key("new-privilege", "The change adds it. Its own level: warning."),
        key("risk", "Dangerous in the wrong hands. Its own level: warning."),
        key("unneeded", "The role gives it, nothing needs it. Its own level: warning."),
        key("too-wide", "The right action, on more than is needed. Its own level: warning."),
        key("expired-suppression", "A suppression or acceptance is over. Its own level: warning."),
        key("unknown-action", "The role names an action that AWS does not have. Its own level: warning."),
    ],
};

pub const FUNCTION_SETTINGS: Section = Section {
    name: "[functions.NAME]",
    keys: &[
        key("skip", "true: the function's findings are not reported."),
        key("code", "The folder of its code, where the template does not tell (container images)."),
        key("handler", "Its handler, where the template does not tell: app.handler."),
        key("runtime", "Its runtime, where the template does not tell: python3.13."),
        key("environment", "Values of its environment that the template leaves open."),
        key("role", "The name or ARN of its deployed role, where the template does not tell."),
        key("trail", "Where its events are, if not where the others' are."),
        key("rules", "How loudly each rule speaks of it."),
    ],
};

pub const PIN: Section = Section {
    name: "[[pin]]",
    keys: &[
        FUNCTION,
        key("action", "An action or a list of them: \"s3:GetObject\". Required."),
        key("resource", "An ARN pattern or a list of them; ${Table.Arn} as in Fn::Sub. Required."),
        REASON,
    ],
};

pub const SUPPRESS: Section = Section {
    name: "[[suppress]]",
    keys: &[
        key("rule", "The rule; absent: every rule."),
        FUNCTION,
        key("action", "The action, or a pattern: \"dynamodb:*\". Absent: every action."),
        REASON,
        EXPIRES,
    ],
};

pub const ACCEPT: Section = Section {
    name: "[[accept]]",
    keys: &[
        key("risk", "The kind of risk; absent: every kind."),
        FUNCTION,
        key("action", "The action, or a pattern: \"iam:*\". Absent: every action."),
        REASON,
        EXPIRES,
    ],
};

pub const SECTIONS: [&Section; 6] = [&TOP, &RULES, &FUNCTION_SETTINGS, &PIN, &SUPPRESS, &ACCEPT];

/// The kinds of risk that can be accepted.
pub const RISKS: [&str; 5] = [
    "privilege-escalation",
    "credential-access",
    "data-destruction",
    "disabled-logging",
    "wildcard-resource",
];
