//! Renders the texts in `templates/`. The templates hold the words and the order; every value comes ready.
//!
//! Helpers: `{{yaml value 8}}` prints a value as a YAML block indented by eight spaces; `{{strong x}}`,
//! `{{dim x}}`, `{{warn x}}`, `{{good x}}` and `{{bad x}}` print a text in that manner, or plainly where nothing is to be painted.

use handlebars::{
    Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderErrorReason, no_escape,
};
use serde::Serialize;
use serde_json::Value;

use super::yaml;

/// Whether a text may hold terminal escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    Plain,
    Styled,
}

pub fn render(template: &str, data: &impl Serialize) -> String {
    render_painted(template, data, Paint::Plain)
}

pub fn render_painted(template: &str, data: &impl Serialize, paint: Paint) -> String {
    let mut handlebars = Handlebars::new();
    handlebars.register_escape_fn(no_escape);
    handlebars.register_helper("yaml", Box::new(yaml_block));
    for (name, escape) in [
        ("strong", "\x1b[1m"),
        ("dim", "\x1b[2m"),
        ("warn", "\x1b[33m"),
        ("good", "\x1b[32m"),
        ("bad", "\x1b[31m"),
    ] {
        let styled = move |helper: &Helper<'_>,
                           _: &Handlebars<'_>,
                           _: &Context,
                           _: &mut RenderContext<'_, '_>,
                           out: &mut dyn Output|
              -> HelperResult {
            let text = parameter(helper, 0)?.as_str().unwrap_or_default();
            match paint {
                Paint::Styled if !text.is_empty() => out.write(&format!("{escape}{text}\x1b[0m"))?,
                _ => out.write(text)?,
            }
            Ok(())
        };
        handlebars.register_helper(name, Box::new(styled));
    }
    handlebars.render_template(template, data).expect("the templates are our own and the tests render each")
}

fn yaml_block(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let indent = parameter(helper, 1)?.as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or_default();
    // The template's own line break ends the block.
    out.write(yaml::block(parameter(helper, 0)?, indent).trim_end_matches('\n'))?;
    Ok(())
}

fn parameter<'a>(helper: &'a Helper<'_>, index: usize) -> Result<&'a Value, RenderErrorReason> {
    let found = helper.param(index).map(handlebars::PathAndJson::value);
    found.ok_or_else(|| RenderErrorReason::ParamNotFoundForName("helper", index.to_string()))
}
