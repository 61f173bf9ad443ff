//! Examples from the catalog, so that a witness is a request that AWS could get: an action that exists, on a resource
//! that has the form of its kind.

use crate::catalog;
use crate::model::{Action, Part, Text};
use crate::policy::{Examples, action_covers};

/// Where a pattern leaves the service open, examples are of these.
const WELL_KNOWN: [&str; 8] = ["s3", "dynamodb", "sqs", "sns", "lambda", "iam", "ec2", "kms"];

/// The catalog's.
pub fn examples() -> Examples<'static> {
    Examples { actions: &actions, resources: &resources }
}

fn actions(pattern: &Action) -> Vec<Action> {
    if !pattern.as_str().contains(['*', '?']) {
        return catalog::action(pattern).map(|info| info.action.clone()).into_iter().collect();
    }
    let service = pattern.service();
    let services: Vec<&str> =
        if service.is_empty() || service.contains(['*', '?']) { WELL_KNOWN.to_vec() } else { vec![service] };
    let known = services.into_iter().flat_map(catalog::actions).map(|info| info.action.clone());
    known.filter(|action| action_covers(pattern, action)).collect()
}

/// The forms of an action's resources, in a region and an account first, in any after that.
fn resources(action: &Action) -> Vec<Text> {
    let Some(info) = catalog::action(action) else { return Vec::new() };
    if info.resource_types.is_empty() {
        return vec![Text::literal("*")];
    }
    let types = info.resource_types.iter().filter_map(|name| catalog::resource_type(action.service(), name));
    let mut forms: Vec<&str> = types.flat_map(|kind| &kind.arns).map(smol_str::SmolStr::as_str).collect();
    // The shortest are the plainest: an object of a bucket rather than one of an access point.
    forms.sort_by_key(|form| form.len());
    let forms = &forms[..forms.len().min(2)];
    let in_one = forms.iter().map(|form| filled(form, "us-east-1", "123456789012"));
    in_one.chain(forms.iter().map(|form| filled(form, "", ""))).collect()
}

/// `arn:${Partition}:s3:::${BucketName}` with its placeholders as patterns; an empty region or account is any.
fn filled(form: &str, region: &str, account: &str) -> Text {
    let something = |text: &mut Text| {
        text.push(Part::AnyOne);
        text.push(Part::Any);
    };
    let mut text = Text::default();
    let mut rest = form;
    while let Some((before, after)) = rest.split_once("${") {
        text.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        match name {
            "Partition" if region.is_empty() => {
                text.push_str("aws");
                text.push(Part::Any);
            }
            "Partition" => text.push_str("aws"),
            "Region" if !region.is_empty() => text.push_str(region),
            "Account" if !account.is_empty() => text.push_str(account),
            _ => something(&mut text),
        }
        rest = after;
    }
    text.push_str(rest);
    text
}
