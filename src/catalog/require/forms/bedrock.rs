//! Model ids. The id's shape says what it is: a foundation model, an inference profile (which also needs the
//! model in every region it may go to), or the ARN of something else.

use super::{Formed, Scope};
use crate::model::Text;

const PROFILE_PREFIXES: [&str; 8] = ["us.", "eu.", "apac.", "jp.", "au.", "ca.", "us-gov.", "global."];

enum Model {
    Foundation,
    /// With the length of its geography prefix.
    Profile(usize),
    Arn,
    /// Whether it is a model or a profile cannot be told.
    Opaque,
}

fn kind(value: &Text) -> Model {
    if value.is_arn() {
        return Model::Arn;
    }
    let leading = value.leading_literal();
    if let Some(prefix) = PROFILE_PREFIXES.iter().find(|prefix| leading.starts_with(**prefix)) {
        return Model::Profile(prefix.len());
    }
    if leading.contains('.') { Model::Foundation } else { Model::Opaque }
}

/// In the caller's region.
pub fn foundation_model(value: &Text, _: &Scope) -> Formed {
    match kind(value) {
        Model::Foundation => Formed::Segment(value.clone()),
        Model::Arn | Model::Profile(_) | Model::Opaque => Formed::Skip,
    }
}

/// An ARN is taken as it is, whatever it names, but a prompt is no model.
pub fn model_arn(value: &Text, _: &Scope) -> Formed {
    match kind(value) {
        Model::Arn if !is_prompt(value) => Formed::Whole(value.clone()),
        Model::Arn | Model::Foundation | Model::Profile(_) | Model::Opaque => Formed::Skip,
    }
}

pub fn inference_profile(value: &Text, _: &Scope) -> Formed {
    match kind(value) {
        Model::Profile(_) => Formed::Segment(value.clone()),
        Model::Opaque => Formed::Perhaps(Text::any()),
        Model::Foundation | Model::Arn => Formed::Skip,
    }
}

/// The model behind a profile; any, where the profile does not tell it. An opaque ARN may be a profile's.
pub fn profile_model(value: &Text, _: &Scope) -> Formed {
    match kind(value) {
        Model::Profile(prefix) => Formed::Segment(without_prefix(value, prefix)),
        Model::Opaque => Formed::Segment(Text::any()),
        Model::Arn => match profile_in_arn(value) {
            Some(model) => Formed::Segment(model),
            None => Formed::Skip,
        },
        Model::Foundation => Formed::Skip,
    }
}

/// A `global.` profile also asks for the model in no region at all.
pub fn global_model(value: &Text, _: &Scope) -> Formed {
    if value.leading_literal().starts_with("global.") {
        Formed::Segment(without_prefix(value, "global.".len()))
    } else {
        Formed::Skip
    }
}

/// A managed prompt may stand where a model does.
pub fn prompt_arn(value: &Text, _: &Scope) -> Formed {
    if is_prompt(value) { Formed::Whole(value.clone()) } else { Formed::Skip }
}

fn is_prompt(value: &Text) -> bool {
    value.as_literal().is_some_and(|text| text.starts_with("arn:") && text.contains(":prompt/"))
}

fn profile_in_arn(value: &Text) -> Option<Text> {
    let Some(text) = value.as_literal() else { return value.as_part().map(|_| Text::any()) };
    if text.contains(":application-inference-profile/") {
        return Some(Text::any());
    }
    let (_, id) = text.split_once(":inference-profile/")?;
    let prefix = PROFILE_PREFIXES.iter().find(|prefix| id.starts_with(**prefix))?;
    Some(Text::literal(&id[prefix.len()..]))
}

fn without_prefix(value: &Text, length: usize) -> Text {
    let mut model = Text::literal(&value.leading_literal()[length..]);
    value.parts()[1..].iter().for_each(|part| model.push(part.clone()));
    model
}
