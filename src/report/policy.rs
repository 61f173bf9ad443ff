//! `--format policy`: IAM policy documents as JSON, with fixed ARN patterns; what symbols stand for is only
//! in the template formats.

use serde_json::{Map, Value};

use crate::analysis::Analysis;
use crate::policy;

/// One document for one function; for several, an object of documents by function name; none gives `{}`.
pub fn render(analysis: &Analysis) -> Value {
    match analysis.functions.as_slice() {
        [function] => policy::print(&function.policy.document()),
        functions => functions
            .iter()
            .map(|function| (function.name.to_string(), policy::print(&function.policy.document())))
            .collect::<Map<String, Value>>()
            .into(),
    }
}
