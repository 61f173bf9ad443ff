//! The managed policies of AWS, as published: name, path, version and document. They change without notice; what a
//! role that has one is allowed today is only known to the account itself.

use serde::Deserialize;
use serde_json::Value;
use smol_str::{SmolStr, format_smolstr};

use super::embedded;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedPolicy {
    pub name: SmolStr,
    /// `/`, `/service-role/`, `/job-function/` …
    pub path: SmolStr,
    /// The default version: `v11`.
    pub version: SmolStr,
    /// The day of that version, `YYYY-MM-DD`.
    pub date: SmolStr,
    pub document: Value,
}

impl ManagedPolicy {
    /// `arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole`.
    pub fn arn(&self, partition: &str) -> SmolStr {
        format_smolstr!("arn:{partition}:iam::aws:policy{}{}", self.path, self.name)
    }
}

/// The managed policy of that name; of an ARN, what follows the last `/`.
pub fn managed_policy(name: &str) -> Option<ManagedPolicy> {
    let text = embedded::text(&format!("managed/{}.json", letter(name)?))?;
    let key = Value::from(name).to_string();
    // One policy is one line, so that the others need not be parsed.
    let line = text.lines().find_map(|line| line.trim_start().strip_prefix(&key)?.strip_prefix(": "))?;
    let Line { path, version, date, document } =
        serde_json::from_str(line.trim_end_matches(',')).expect("xtask writes what is read here");
    Some(ManagedPolicy { name: name.into(), path, version, date, document })
}

/// The names of all of them, in order.
pub fn managed_policy_names() -> Vec<SmolStr> {
    let names = |file: &str| -> Vec<SmolStr> {
        let text = embedded::text(&format!("managed/{file}.json")).expect("the files were just listed");
        let quoted = text.lines().filter_map(|line| line.trim_start().strip_prefix('"')?.split('"').next());
        quoted.map(SmolStr::from).collect()
    };
    let mut all: Vec<SmolStr> = embedded::stems("managed/").flat_map(names).collect();
    all.sort();
    all
}

#[derive(Deserialize)]
struct Line {
    path: SmolStr,
    version: SmolStr,
    date: SmolStr,
    document: Value,
}

/// The file that a policy is in. `xtask` writes by the same rule.
fn letter(name: &str) -> Option<char> {
    let rest = name.strip_prefix("AWS").or_else(|| name.strip_prefix("Amazon")).unwrap_or(name);
    rest.chars().find(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_found_by_its_name() {
        let found = managed_policy("AWSLambdaVPCAccessExecutionRole").unwrap();
        assert_eq!(
            found.arn("aws-cn"),
            "arn:aws-cn:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
        );
        assert!(found.version.starts_with('v') && found.date.len() == 10);
        assert!(found.document.to_string().contains("ec2:CreateNetworkInterface"));
        for no in ["awslambdabasicexecutionrole", "AWSLambda", "", "…", "a\"b"] {
            assert_eq!(managed_policy(no), None, "{no}");
        }
    }

    #[test]
    fn every_name_leads_to_its_policy() {
        let names = managed_policy_names();
        assert!(names.len() > 1500);
        for name in names.iter().step_by(16) {
            assert_eq!(managed_policy(name).unwrap().name, *name);
        }
    }
}
