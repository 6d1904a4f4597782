//! What a save does: from a merge patch to the new configuration, or to every reason why not.

use super::{AiConfig, AiPatch, Layer, Layers, Overrides, catalog::TABLE, explain::CHAINS};
use crate::domain::{
    ai::models::{Catalog, Effort, Sampling},
    field_error::{FieldError, FieldErrors},
    merge_patch::{get, leaves},
    money::grouped,
    settings::{Patch, Stack, broken_order, exceeds, touched},
};
use chrono::NaiveDate;
use serde_json::{Map, Value};

/// What a save is held against.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    pub models: &'a Catalog,
    /// The day in the scope's time zone, for retirement.
    pub today: NaiveDate,
}

/// The new configuration of a layer after a merge patch, or everything that is wrong with it: with
/// its fields, and with the merged result of those that can be read.
///
/// `layers` holds, in the place of `target`, the configuration that is being edited. What lies
/// above `target` plays no part.
pub fn validate(
    layers: &Layers,
    target: Layer,
    patch: &AiPatch,
    rules: Rules,
) -> Result<Overrides, Vec<FieldError>> {
    let (patch, unreadable) = Patch::read_all(&TABLE, &patch.0);
    let mut errors = FieldErrors::default();
    errors.extend(unreadable);
    let planned = plan(layers, target, &patch, rules);
    match planned {
        Ok(next) => {
            let errors = errors.into_vec();
            if errors.is_empty() { Ok(next) } else { Err(errors) }
        }
        Err(broken) => {
            errors.extend(broken);
            Err(errors.into_vec())
        }
    }
}

/// The new configuration of a layer after a patch, or every rule that the merged result breaks.
///
/// A rule that was broken before, by fields that the patch does not touch, does not stop the save:
/// an organization's later change must not lock people out of their configuration. Ceilings stop no
/// save either; they clamp, and both values are shown.
pub fn plan(
    layers: &Layers,
    target: Layer,
    patch: &Patch,
    rules: Rules,
) -> Result<Overrides, Vec<FieldError>> {
    let empty = Map::new();
    let before = layers.get(target).unwrap_or(&empty);
    let (own, paths) = patch.laid_over(before);
    let next = layers.with(target, own.clone());
    let defaults = AiConfig::defaults(rules.models).to_json();
    let merged = Stack(&next.stacked(&defaults)).merged();
    let check = Check { merged: &merged, own: &own, paths: &paths, rules };
    let errors: Vec<FieldError> = check
        .model()
        .into_iter()
        .chain(check.max_tokens())
        .chain(check.sampling())
        .chain(check.effort())
        .chain(check.chains())
        .collect();
    if errors.is_empty() { Ok(own) } else { Err(errors) }
}

/// One merged result, and what of it a save changes.
struct Check<'a> {
    merged: &'a Overrides,
    own: &'a Overrides,
    paths: &'a [String],
    rules: Rules<'a>,
}

const MODEL: &str = "model.model";
const MAX_TOKENS: &str = "model.maxTokens";
const TEMPERATURE: &str = "model.temperature";
const TOP_P: &str = "model.topP";
const EFFORT: &str = "model.effort";

impl Check<'_> {
    fn touches(&self, path: &str) -> bool {
        touched(self.paths, path)
    }

    /// The patch gives the field a value of its own.
    fn sets(&self, path: &str) -> bool {
        self.touches(path) && get(self.own, path).is_some()
    }

    fn model(&self) -> Option<FieldError> {
        if !self.sets(MODEL) {
            return None;
        }
        let Rules { models, today } = self.rules;
        let id = get(self.merged, MODEL)?.as_str()?;
        let Some(model) = models.get(id) else {
            return Some(FieldError::new(
                MODEL,
                format!("There is no model “{id}” in the catalog. Choose one of the list."),
            ));
        };
        if !model.is_retired(today) {
            return None;
        }
        let retirement = models.retirement(id, today)?;
        Some(FieldError::new(MODEL, retirement.sentence()))
    }

    /// A limit that is only inherited gives way to a smaller model by itself; one that was chosen
    /// does not change in silence.
    fn max_tokens(&self) -> Option<FieldError> {
        if !(self.sets(MAX_TOKENS) || self.sets(MODEL) && get(self.own, MAX_TOKENS).is_some()) {
            return None;
        }
        let model = self.rules.models.get(get(self.merged, MODEL)?.as_str()?)?;
        let limit = Value::from(model.output_limit);
        let value = get(self.merged, MAX_TOKENS)?;
        exceeds(value, &limit).then(|| {
            let (value, limit) = (grouped(&value.to_string()), grouped(&limit.to_string()));
            FieldError::new(
                MAX_TOKENS,
                format!(
                    "Maximum tokens ({value}) must be at most {limit}, what {} writes.",
                    model.name
                ),
            )
        })
    }

    /// Refuses only what is explicitly set and cannot be sent. An older choice that a new model
    /// does not take is simply not sent.
    fn sampling(&self) -> Vec<FieldError> {
        let Some(model) = get(self.merged, MODEL)
            .and_then(Value::as_str)
            .and_then(|id| self.rules.models.get(id))
        else {
            return Vec::new();
        };
        let Some(why) = model.sampling.explanation(&model.name) else { return Vec::new() };
        let mut set_now = [TEMPERATURE, TOP_P].into_iter().filter(|path| self.sets(path));
        match model.sampling {
            Sampling::Both => Vec::new(),
            Sampling::None => {
                set_now.map(|path| FieldError::new(path, format!("{why} Leave it out."))).collect()
            }
            Sampling::OneOf => {
                let both = get(self.own, TEMPERATURE).is_some() && get(self.own, TOP_P).is_some();
                let set_now = set_now.next_back().filter(|_| both);
                set_now
                    .map(|path| FieldError::new(path, format!("{why} Leave one of them out.")))
                    .into_iter()
                    .collect()
            }
        }
    }

    /// As for sampling: an older choice that a new model does not take gives way by itself.
    fn effort(&self) -> Option<FieldError> {
        if !self.sets(EFFORT) {
            return None;
        }
        let chosen: Effort = get(self.own, EFFORT)?.as_str()?.parse().ok()?;
        let model = self.rules.models.get(get(self.merged, MODEL)?.as_str()?)?;
        let way = if model.efforts.is_empty() { "Leave it out." } else { "Choose one of them." };
        let refused = !model.efforts.contains(&chosen);
        refused.then(|| FieldError::new(EFFORT, format!("{} {way}", model.effort_explanation())))
    }

    fn chains(&self) -> Vec<FieldError> {
        let broken = |chain| broken_order(&TABLE, chain, "the ", self.merged, self.paths);
        CHAINS.iter().flat_map(|chain: &&[&str]| broken(chain)).collect()
    }
}

/// Which fields a configuration sets, in the order of their paths.
pub fn own_paths(own: &Overrides) -> Vec<String> {
    leaves(own).into_iter().map(|(path, _)| path).collect()
}
