//! An API's id and stage, which for `execute-api` stand in the endpoint and not in the request.

use super::{Formed, Scope};
use crate::catalog::require::request::after_last;
use crate::model::{Part, Text};

/// `https://API.execute-api.REGION.amazonaws.com/STAGE` → `API/STAGE`. A custom domain hides the API's id.
pub fn api_stage(value: &Text, scope: &Scope) -> Formed {
    let mut known = Known::read(value);
    if known.stage.is_empty() {
        known.stage = Text::any();
    }
    let mut resource = known.api.unwrap_or_else(Text::any);
    resource.push_str("/");
    resource.append(&known.stage);
    match known.region {
        Some(region) => Formed::Whole(scope.arn("execute-api", &region, &scope.account).then(&resource)),
        None => Formed::Segment(resource),
    }
}

struct Known {
    api: Option<Text>,
    region: Option<Text>,
    stage: Text,
}

impl Known {
    fn read(endpoint: &Text) -> Self {
        let mut rest = endpoint.clone();
        for scheme in ["https://", "wss://", "http://"] {
            if let Some(tail) = rest.leading_literal().strip_prefix(scheme) {
                let mut text = Text::literal(tail);
                rest.parts()[1..].iter().for_each(|part| text.push(part.clone()));
                rest = text;
                break;
            }
        }
        let (host, stage) = split_host(&rest);
        let stage = first_segment(&stage);
        let Some(at) = host
            .parts()
            .iter()
            .position(|part| matches!(part, Part::Literal(text) if text.contains(".execute-api.")))
        else {
            return Self { api: None, region: None, stage };
        };
        let mut api: Text = host.parts()[..at].iter().cloned().collect();
        let mut region = Text::default();
        if let Part::Literal(text) = &host.parts()[at]
            && let Some((before, after)) = text.split_once(".execute-api.")
        {
            api.push_str(before);
            region.push_str(after.split(".amazonaws").next().unwrap_or(after));
            if !after.contains(".amazonaws") {
                host.parts()[at + 1..]
                    .iter()
                    .take_while(|part| !matches!(part, Part::Literal(_)))
                    .for_each(|part| region.push(part.clone()));
            }
        }
        Self { api: Some(api), region: Some(region).filter(|region| !region.is_empty()), stage }
    }
}

/// Host and path, split at the first slash.
fn split_host(url: &Text) -> (Text, Text) {
    let (mut host, mut path) = (Text::default(), Text::default());
    let mut in_path = false;
    for part in url.parts() {
        match part {
            Part::Literal(text) if !in_path && text.contains('/') => {
                let (before, after) = text.split_once('/').unwrap_or((text, ""));
                host.push_str(before);
                path.push_str(after);
                in_path = true;
            }
            part if in_path => path.push(part.clone()),
            part => host.push(part.clone()),
        }
    }
    (host, path)
}

fn first_segment(path: &Text) -> Text {
    if after_last(path, '/').is_none() {
        return path.clone();
    }
    split_host(path).0
}
