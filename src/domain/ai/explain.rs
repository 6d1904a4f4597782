//! What applies, and for every field why: the layer that set it, what it shadows, what clamped it.

use super::{
    AiConfig, Ceilings, ClampedBy, Explain, Layer, Layers, Overrides,
    catalog::{self, FIELDS},
    layers::ENFORCEMENT,
};
use crate::domain::{
    ai::models::{Catalog, Effort, Retirement, Sampling},
    letter_case::lowercase,
    merge_patch::{get, set},
    settings::{Field, Stack, exceeds},
};
use chrono::NaiveDate;
use serde_json::Value;
use std::collections::BTreeMap;

/// The effective configuration, with its explanation.
#[derive(Clone, Debug, PartialEq)]
pub struct Effective {
    pub config: AiConfig,
    /// For each field, why it has its value.
    pub explain: BTreeMap<String, Explain>,
    /// Set when the model is retired or soon will be.
    pub retirement: Option<Retirement>,
}

/// Fields of which each is at most the next. Where inherited values do not fit, the outermost one
/// counts: lowering keeps a limit a limit, raising would not.
pub(super) const CHAINS: &[&[&str]] = &[
    &["costBudget.dailyBudget", "costBudget.weeklyBudget", "costBudget.monthlyBudget"],
    &["retryStrategy.baseDelay", "retryStrategy.maxDelay"],
    &["timeouts.connectionTimeout", "timeouts.generationTimeout", "timeouts.totalRequestTimeout"],
];

/// What applies for a scope on a day. A stored value that no longer reads (written by another
/// release) counts as not set.
pub fn effective(
    layers: &Layers,
    ceilings: &Ceilings,
    models: &Catalog,
    today: NaiveDate,
) -> Effective {
    let defaults = AiConfig::defaults(models);
    let mut merge = Merge::new(layers, &defaults.to_json());
    merge.hold_enforcement(layers, ceilings);
    merge.hold_model(layers, ceilings, models, today);
    merge.hold_ceilings(ceilings);
    merge.hold_output_limit(models);
    merge.hold_sampling(models);
    merge.hold_effort(models);
    merge.hold_chains();
    let values = merge.values();
    // Every value is canonical for its field, so the types fit; the tests hold both tables against
    // each other.
    let config = serde_json::from_value(Value::Object(values)).unwrap_or(defaults);
    let retirement = models.retirement(&config.model.model, today);
    Effective { config, explain: merge.fields, retirement }
}

/// The merge while it is being made.
struct Merge {
    fields: BTreeMap<String, Explain>,
}

impl Merge {
    fn new(layers: &Layers, defaults: &Overrides) -> Self {
        let stacked = layers.stacked(defaults);
        let explained =
            |field: &Field| (field.path.to_owned(), Explain::of(field, Stack(&stacked)));
        let fields = FIELDS.iter().map(explained).collect();
        Self { fields }
    }

    fn value(&self, path: &str) -> &Value {
        self.fields.get(path).map_or(&Value::Null, |explain| &explain.value)
    }

    fn layer(&self, path: &str) -> Layer {
        self.fields.get(path).map_or(Layer::Default, |explain| explain.layer)
    }

    fn model(&self) -> &str {
        self.value("model.model").as_str().unwrap_or_default()
    }

    fn clamp(&mut self, path: &str, value: Value, by: ClampedBy, message: String) {
        if let Some(explain) = self.fields.get_mut(path) {
            explain.clamp(value, by, message);
        }
    }

    /// A model that the organization does not allow gives way, as in
    /// [`super::layers::database_layers`]: to the environment's, the default, or else the first
    /// allowed one that still works.
    fn hold_model(
        &mut self,
        layers: &Layers,
        ceilings: &Ceilings,
        models: &Catalog,
        today: NaiveDate,
    ) {
        let Some(allowed) = ceilings.allowed_models() else { return };
        if allowed.contains(&self.model()) {
            return;
        }
        let environment = get(&layers.environment, "model.model").and_then(Value::as_str);
        let default = models.default_model().id.as_str();
        let listed = allowed
            .iter()
            .copied()
            .find(|id| models.get(id).is_some_and(|model| !model.is_retired(today)));
        let candidates = [
            (environment, Layer::Environment),
            (Some(default), Layer::Default),
            (listed, Layer::Organization),
        ];
        let next = candidates
            .into_iter()
            .find_map(|(id, layer)| Some((id.filter(|id| allowed.contains(id))?, layer)));
        // None of the allowed models works: the set one stays, and generation refuses it.
        let Some((id, layer)) = next else { return };
        let name = |id: &str| models.get(id).map_or(id.to_owned(), |model| model.name.clone());
        let message = format!(
            "The organization does not allow {}; {} is used instead.",
            name(self.model()),
            name(id)
        );
        self.clamp("model.model", Value::from(id), ClampedBy::Ceiling, message);
        if let Some(explain) = self.fields.get_mut("model.model") {
            explain.layer = layer;
            explain.shadows.retain(|shadowed| shadowed.layer < layer);
        }
    }

    /// A person's enforcement tightens the organization's and never loosens it; and a budget under
    /// a ceiling is passed by nobody.
    fn hold_enforcement(&mut self, layers: &Layers, ceilings: &Ceilings) {
        let block = || Value::from("block");
        if *self.value(ENFORCEMENT) == block() {
            return;
        }
        let below = self.fields.get(ENFORCEMENT).and_then(|explain| explain.shadows.first());
        if layers.in_organization
            && self.layer(ENFORCEMENT) == Layer::Person
            && below.is_some_and(|below| below.value == block())
        {
            let message = "The organization's budgets block, and a person's choice cannot loosen \
                that. Its owners and admins can.";
            self.clamp(ENFORCEMENT, block(), ClampedBy::Organization, message.into());
        } else if ceilings.hold_budgets() {
            let message = "The organization set a ceiling for budgets, which nobody passes, so \
                they block.";
            self.clamp(ENFORCEMENT, block(), ClampedBy::Ceiling, message.into());
        }
    }

    fn hold_ceilings(&mut self, ceilings: &Ceilings) {
        for (path, _, limit) in ceilings.limits() {
            let Some(field) = catalog::field_at(path) else { continue };
            // A ceiling that no longer reads is no ceiling: it could make the whole configuration
            // unreadable.
            let Ok(limit) = field.canonical(limit) else { continue };
            if exceeds(self.value(path), &limit) {
                let message = format!("The organization allows at most {}.", field.display(&limit));
                self.clamp(path, limit, ClampedBy::Ceiling, message);
            }
        }
    }

    fn hold_output_limit(&mut self, models: &Catalog) {
        let Some(model) = models.get(self.model()) else { return };
        let limit = Value::from(model.output_limit);
        if exceeds(self.value("model.maxTokens"), &limit) {
            let written = crate::domain::money::grouped(&model.output_limit.to_string());
            let message = format!("{} writes at most {written} tokens.", model.name);
            self.clamp("model.maxTokens", limit, ClampedBy::Model, message);
        }
    }

    /// Leaves out the sampling parameters that the model does not take. Of an unknown model nothing
    /// is known, so it gets none.
    fn hold_sampling(&mut self, models: &Catalog) {
        const TEMPERATURE: &str = "model.temperature";
        const TOP_P: &str = "model.topP";
        let known = models.get(self.model());
        let (sampling, name) = known
            .map_or((Sampling::None, self.model().to_owned()), |m| (m.sampling, m.name.clone()));
        let message = sampling.explanation(&name).unwrap_or_default();
        let dropped: &[&str] = match sampling {
            Sampling::Both => &[],
            Sampling::None => &[TEMPERATURE, TOP_P],
            Sampling::OneOf if self.value(TEMPERATURE).is_null() || self.value(TOP_P).is_null() => {
                &[]
            }
            // The higher layer's choice counts; within one layer the temperature.
            Sampling::OneOf if self.layer(TOP_P) > self.layer(TEMPERATURE) => &[TEMPERATURE],
            Sampling::OneOf => &[TOP_P],
        };
        for path in dropped {
            if self.value(path).is_null() {
                continue;
            }
            // The default exists only "where the model takes it"; nobody set it, so nothing is
            // clamped.
            if self.layer(path) == Layer::Default {
                if let Some(explain) = self.fields.get_mut(*path) {
                    explain.value = Value::Null;
                }
            } else {
                self.clamp(path, Value::Null, ClampedBy::Model, message.clone());
            }
        }
    }

    /// An effort that nobody chose is the model's usual one; one that it does not take gives way to
    /// the next lower one. Of an unknown model nothing is known, so it gets none.
    fn hold_effort(&mut self, models: &Catalog) {
        const EFFORT: &str = "model.effort";
        let known = models.get(self.model());
        let chosen = self.value(EFFORT).as_str().and_then(|word| word.parse::<Effort>().ok());
        let Some(chosen) = chosen else {
            let usual = known.and_then(|model| model.usual_effort());
            if let (Some(usual), Some(explain)) = (usual, self.fields.get_mut(EFFORT)) {
                explain.value = Value::from(usual.as_str());
            }
            return;
        };
        let taken = known.and_then(|model| model.nearest_effort(chosen));
        if taken != Some(chosen) {
            let message = known.map_or_else(
                || "The model is not in the catalog, so no effort is sent.".to_owned(),
                |model| model.effort_explanation(),
            );
            let value = taken.map_or(Value::Null, |effort| Value::from(effort.as_str()));
            self.clamp(EFFORT, value, ClampedBy::Model, message);
        }
    }

    fn hold_chains(&mut self) {
        for chain in CHAINS {
            for pair in chain.windows(2).rev() {
                let (inner, outer) = (pair[0], pair[1]);
                if !exceeds(self.value(inner), self.value(outer)) {
                    continue;
                }
                let limit = self.value(outer).clone();
                let Some(field) = catalog::field_at(outer) else { continue };
                let message = format!(
                    "Never more than the {}, {}.",
                    lowercase(field.label),
                    field.display(&limit)
                );
                self.clamp(inner, limit, ClampedBy::Rule, message);
            }
        }
    }

    fn values(&self) -> Overrides {
        let mut values = Overrides::new();
        for (path, explain) in &self.fields {
            set(&mut values, path, explain.value.clone());
        }
        values
    }
}
