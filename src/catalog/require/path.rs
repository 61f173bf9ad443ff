//! The HTTP path of a REST operation, for the services whose ARNs are paths.

use crate::catalog::Operation;
use crate::model::{Field, Part, Text};

use super::derive::folded;
use super::request;

/// `/restapis/{restapi_id}/stages` with the request's values in place of the variables. The version that some
/// paths begin with is not part of the ARN. Nothing where the operation has no path.
pub fn paths(operation: &Operation, input: &Field) -> Vec<Text> {
    let Some((_, uri)) = &operation.http else { return Vec::new() };
    let uri = uri.split('?').next().unwrap_or(uri);
    let uri = uri.strip_prefix("/v2/").map_or_else(|| uri.to_owned(), |rest| format!("/{rest}"));
    let mut paths = vec![Text::default()];
    let mut rest = uri.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        let (variable, after) = after.split_once('}').unwrap_or((after, ""));
        let field = operation.fields.iter().find(|field| folded(field) == folded(variable));
        let mut values = field.map_or_else(Vec::new, |field| request::find(input, field).values);
        // The tagged resource is an ARN inside the path; anything else that is one is named by its end.
        let spell = if before == "/tags/" { encoded } else { named };
        values = values.iter().map(spell).collect();
        if values.is_empty() {
            values.push(Text::unknown());
        }
        paths = paths
            .iter()
            .flat_map(|path| {
                values.iter().map(move |value| {
                    let mut longer = path.clone();
                    longer.push_str(before);
                    longer.then(value)
                })
            })
            .collect();
        rest = after;
    }
    for path in &mut paths {
        path.push_str(rest);
    }
    paths
}

/// An ARN as it stands in a path. One that is not seen cannot be written so.
fn encoded(arn: &Text) -> Text {
    if !arn.leading_literal().starts_with("arn:") {
        return Text::any();
    }
    arn.map(|part| match part {
        Part::Literal(text) => Text::literal(text.replace(':', "%3A").replace('/', "%2F")),
        part => part.clone().into(),
    })
}

/// An id, or the id at the end of an ARN.
fn named(id: &Text) -> Text {
    let end = id.leading_literal().starts_with("arn:").then(|| request::after_last(id, '/')).flatten();
    end.unwrap_or_else(|| id.clone())
}
