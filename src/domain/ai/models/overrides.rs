//! Ways into a catalog: a file, and an administrator's corrections over it.

use super::{Catalog, Model, Thinking};
use crate::domain::{merge_patch::overlay, money::Money};
use serde_json::{Map, Value};

/// Why a catalog or an entry of it cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{}{message}",
    if model.is_empty() { String::new() } else { format!("The model “{model}”: ") }
)]
pub struct CatalogError {
    /// The id of the model; empty when the whole catalog is meant.
    pub model: String,
    /// The field of the model that is wrong, such as `prices`; empty when the whole is meant.
    pub field: &'static str,
    /// One sentence.
    pub message: String,
}

impl CatalogError {
    fn new(model: &str, message: impl Into<String>) -> Self {
        Self { model: model.chars().take(100).collect(), field: "", message: message.into() }
    }

    fn of(self, field: &'static str) -> Self {
        Self { field, ..self }
    }
}

impl Catalog {
    /// Reads a catalog, and holds it against every rule.
    pub fn parse(text: &str) -> Result<Self, CatalogError> {
        let value = crate::domain::json::parse(text.as_bytes())
            .map_err(|error| CatalogError::new("", format!("The catalog is not JSON: {error}.")))?;
        let catalog: Self = serde_json::from_value(value).map_err(|error| {
            CatalogError::new("", format!("The catalog cannot be read: {error}."))
        })?;
        for model in &catalog.models {
            check(model)?;
            if catalog.models.iter().filter(|other| other.id == model.id).count() > 1 {
                return Err(CatalogError::new(&model.id, "It is listed twice."));
            }
            if let Some(other) = &model.replacement
                && catalog.get(other).is_none()
            {
                return Err(CatalogError::new(
                    &model.id,
                    format!("Its replacement, {other}, is not listed."),
                ));
            }
        }
        match catalog.models.iter().filter(|model| model.default).count() {
            1 => Ok(catalog),
            0 => Err(CatalogError::new("", "No model of the catalog is the default.")),
            _ => Err(CatalogError::new("", "More than one model of the catalog is the default.")),
        }
    }

    /// Reads an administrator's entry for one model: a JSON object that is merged over the model of
    /// that id, or that describes a new one in full. The id itself may be left out.
    pub fn read_entry(&self, id: &str, entry: &Value) -> Result<Model, CatalogError> {
        let Value::Object(entry) = entry else {
            return Err(CatalogError::new(id, "An entry is a JSON object."));
        };
        let known = match self.get(id).map(serde_json::to_value) {
            Some(Ok(Value::Object(known))) => known,
            _ => Map::new(),
        };
        let mut merged = overlay(&known, entry);
        merged.insert("id".into(), Value::from(id));
        let model: Model = serde_json::from_value(Value::Object(merged)).map_err(|error| {
            CatalogError::new(id, format!("The entry cannot be read: {error}."))
        })?;
        check(&model)?;
        if let Some(other) = &model.replacement
            && (self.get(other).is_none() || *other == model.id)
        {
            return Err(CatalogError::new(
                id,
                format!("Its replacement, {other}, is not another model of the catalog."),
            )
            .of("replacement"));
        }
        Ok(model)
    }

    /// Lays entries over the catalog, in their order. One that cannot be used is left out and told:
    /// a single bad correction must not take every model away. The last entry that marks a default
    /// wins.
    pub fn with_overrides<'a>(
        &self,
        entries: impl IntoIterator<Item = (&'a str, &'a Value)>,
    ) -> (Self, Vec<CatalogError>) {
        let mut catalog = self.clone();
        let mut errors = Vec::new();
        for (id, entry) in entries {
            match catalog.read_entry(id, entry) {
                Ok(model) => catalog.put(model),
                Err(error) => errors.push(error),
            }
        }
        (catalog, errors)
    }

    fn put(&mut self, mut model: Model) {
        let was_default = self.get(&model.id).is_some_and(|known| known.default);
        if model.default {
            self.models.iter_mut().for_each(|other| other.default = false);
        }
        // A default that is taken back without naming another stays: there is always exactly one.
        model.default |= was_default;
        match self.models.iter_mut().find(|known| known.id == model.id) {
            Some(known) => *known = model,
            None => self.models.push(model),
        }
    }
}

/// The rules that one model keeps by itself.
fn check(model: &Model) -> Result<(), CatalogError> {
    let wrong = |field, message: &str| Err(CatalogError::new(&model.id, message).of(field));
    if !is_id(&model.id) {
        return wrong("id", "An id has 1 to 100 letters, digits and signs of - . _ : / @.");
    }
    if model.name.trim().is_empty() || model.name.chars().count() > 100 {
        return wrong("name", "The name must have 1 to 100 characters.");
    }
    if model.output_limit == 0
        || model.output_limit > model.context_window
        || model.context_window > 1_000_000_000
    {
        return wrong(
            "outputLimit",
            "The output limit must be at least 1 and at most the context window.",
        );
    }
    if !model.efforts.is_sorted_by(|lower, higher| lower < higher) {
        return wrong("efforts", "The efforts must be named from the lowest on, each once.");
    }
    if model.thinking_off.is_some() && model.thinking != Thinking::DefaultOn {
        return wrong(
            "thinkingOff",
            "Only of a model that thinks unless it is told otherwise can be said how.",
        );
    }
    if model.cache_minimum.is_some_and(|least| least == 0 || least > model.context_window) {
        return wrong(
            "cacheMinimum",
            "The shortest prompt for the cache must be at least 1 token and at most the context \
                window.",
        );
    }
    if !(1..=100).contains(&model.batch_percent) {
        return wrong("batchPercent", "The price of batches must be 1 to 100 percent.");
    }
    if model.prices.is_empty() {
        return wrong("prices", "There must be a price.");
    }
    if !model.prices.is_sorted_by(|earlier, later| earlier.from < later.from) {
        return wrong(
            "prices",
            "Price versions must be in the order of their first days, and only the first may be \
                without one.",
        );
    }
    for version in &model.prices {
        let Some((last, others)) = version.tiers.split_last() else {
            return wrong("prices", "A price version must have a tier.");
        };
        let bounds: Vec<_> = others.iter().map(|tier| tier.up_to).collect();
        if last.up_to.is_some()
            || bounds.contains(&None)
            || !bounds.is_sorted_by(|lower, upper| lower < upper)
        {
            return wrong(
                "prices",
                "Price tiers must grow by “upTo”, and the last must have none.",
            );
        }
        let limit = Money::from_dollars(100_000);
        let prices = version.tiers.iter().flat_map(|tier| {
            [tier.input, tier.output, tier.cache_write_5m, tier.cache_write_1h, tier.cache_read]
        });
        if prices.into_iter().any(|price| price < Money::ZERO || price > limit) {
            return wrong("prices", "A price must be from $0 to $100,000 per million tokens.");
        }
    }
    Ok(())
}

/// Whether a text has the form of a model's id.
pub fn is_id(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:/@".contains(&byte))
}
