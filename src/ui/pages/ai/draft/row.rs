//! What the row of a field shows of a draft.

use super::super::plan::in_words;
use crate::{
    domain::{
        ai::{
            Effective, Overrides,
            models::{Catalog, Sampling},
        },
        merge_patch::get,
        settings::{Field, Layer},
    },
    ui::components::Origin,
};
use serde_json::Value;

/// One field as its row shows it.
#[derive(Clone, PartialEq)]
pub struct Row {
    /// What is set, or inherited; before anything clamps it.
    pub value: Value,
    /// Set by this configuration itself.
    pub is_set: bool,
    pub origin: Origin,
    pub error: Option<String>,
    /// Why it cannot be changed.
    pub locked: Option<String>,
    /// What applies at the moment, where that is something else.
    pub applies: Option<String>,
    /// What would apply instead, and why.
    pub clamped: Option<(String, String)>,
}

/// What the edits lead to.
#[derive(Clone, Copy)]
pub(super) struct Outcome<'a> {
    pub own: &'a Overrides,
    pub preview: &'a Effective,
    pub models: &'a Catalog,
}

/// The row of a field, of which `applied` is what applies at the moment, and `error` what is wrong.
pub(super) fn row(
    outcome: Outcome,
    field: &'static Field,
    applied: &Value,
    error: Option<String>,
) -> Row {
    let set_here = get(outcome.own, field.path);
    let explain = outcome.preview.explain.get(field.path);
    let clamped = explain.and_then(|it| it.clamped.as_ref());
    let (value, layer) = match (explain, clamped) {
        (_, Some(clamp)) => (clamp.unclamped.clone(), clamp.unclamped_layer),
        (Some(explain), None) => (explain.value.clone(), explain.layer),
        (None, None) => (Value::Null, Layer::Default),
    };
    let value = set_here.cloned().unwrap_or(value);
    let would_apply = explain.map(|it| it.value.clone()).unwrap_or_default();
    let would_apply = if clamped.is_some() { would_apply } else { value.clone() };
    Row {
        is_set: set_here.is_some(),
        origin: layer.into(),
        locked: locked(outcome, field.path),
        // What is clamped already says it.
        applies: (*applied != value && *applied != would_apply && error.is_none())
            .then(|| in_words(field, applied, outcome.models)),
        clamped: clamped
            .filter(|_| error.is_none())
            .map(|clamp| (in_words(field, &would_apply, outcome.models), clamp.message.clone())),
        error,
        value,
    }
}

/// Why a parameter cannot be set: the model takes none, or the other one of sampling is set.
fn locked(outcome: Outcome, path: &str) -> Option<String> {
    let model = outcome.models.get(&outcome.preview.config.model.model)?;
    let (other, name) = match path {
        "model.temperature" => ("model.topP", "top P"),
        "model.topP" => ("model.temperature", "the temperature"),
        "model.effort" => return model.efforts.is_empty().then(|| model.effort_explanation()),
        _ => return None,
    };
    let why = model.sampling.explanation(&model.name)?;
    match model.sampling {
        Sampling::Both => None,
        Sampling::None => Some(why),
        Sampling::OneOf => {
            let other_only = get(outcome.own, other).is_some() && get(outcome.own, path).is_none();
            other_only.then(|| format!("{why} Take {name} back to set this one."))
        }
    }
}
