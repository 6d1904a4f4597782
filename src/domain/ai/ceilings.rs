//! Ceilings: limits that an organization sets and that no member's own value exceeds.

use super::{Overrides, catalog};
use crate::domain::{
    ai::models::Catalog, field_error::FieldError, letter_case, merge_patch::apply,
    settings::exceeds,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

/// Which ceiling lowers which field. `allowedModels` is apart: it is no number.
pub const LIMITS: &[(&str, &str)] = &[
    ("dailyBudget", "costBudget.dailyBudget"),
    ("weeklyBudget", "costBudget.weeklyBudget"),
    ("monthlyBudget", "costBudget.monthlyBudget"),
    ("requestsPerMinute", "rateLimiting.requestsPerMinute"),
    ("concurrentRequests", "rateLimiting.concurrentRequests"),
    ("burstAllowance", "rateLimiting.burstAllowance"),
    ("maxTokens", "model.maxTokens"),
];

/// The name of the list of models that members may use.
pub const ALLOWED_MODELS: &str = "allowedModels";

/// Ceilings as they are stored: flat, sparse JSON with the names of [`LIMITS`] and
/// [`ALLOWED_MODELS`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ceilings(pub Overrides);

/// A change of [`Ceilings`] by merge patch; `null` lifts one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CeilingPatch(pub Overrides);

impl PartialSchema for CeilingPatch {
    fn schema() -> RefOr<Schema> {
        CeilingValues::schema()
    }
}

impl ToSchema for CeilingPatch {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("CeilingPatch")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        CeilingValues::schemas(schemas);
    }
}

/// [`Ceilings`] by name, for the description of the interface; in a change `null` lifts one.
#[derive(Debug, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CeilingValues {
    /// In dollars, as the other budgets.
    #[schema(example = 50)]
    pub daily_budget: Option<f64>,
    pub weekly_budget: Option<f64>,
    pub monthly_budget: Option<f64>,
    pub requests_per_minute: Option<u32>,
    pub concurrent_requests: Option<u32>,
    pub burst_allowance: Option<u32>,
    pub max_tokens: Option<u32>,
    #[schema(example = json!(["claude-sonnet-4-6"]))]
    pub allowed_models: Option<Vec<String>>,
}

impl Ceilings {
    /// The limits that are set: path of the field, name of the ceiling, limit.
    pub fn limits(&self) -> impl Iterator<Item = (&'static str, &'static str, &Value)> {
        LIMITS.iter().filter_map(|(name, path)| {
            Some((*path, *name, self.0.get(*name).filter(|limit| limit.is_number())?))
        })
    }

    /// Whether a budget has a ceiling. Such a budget is passed by nobody, so it blocks.
    pub fn hold_budgets(&self) -> bool {
        self.limits().any(|(path, _, _)| path.starts_with("costBudget."))
    }

    /// The models that members may use, in the order of preference; `None` when all are allowed.
    pub fn allowed_models(&self) -> Option<Vec<&str>> {
        Some(self.0.get(ALLOWED_MODELS)?.as_array()?.iter().filter_map(Value::as_str).collect())
    }

    pub fn allows_model(&self, id: &str) -> bool {
        self.allowed_models().is_none_or(|models| models.contains(&id))
    }

    /// The ceilings after a merge patch, or every reason why not. A ceiling set to `null` is
    /// lifted.
    pub fn plan(&self, patch: &CeilingPatch, known: &Catalog) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut changes = Map::new();
        for (name, value) in &patch.0 {
            match canonical(name, value, known) {
                Ok(value) => {
                    changes.insert(name.clone(), value);
                }
                Err(message) => errors.push(FieldError::new(name, message)),
            }
        }
        let mut next = self.0.clone();
        apply(&mut next, &changes);
        for (lower, upper) in [
            ("dailyBudget", "weeklyBudget"),
            ("weeklyBudget", "monthlyBudget"),
            ("dailyBudget", "monthlyBudget"),
        ] {
            let touched = [lower, upper]
                .into_iter()
                .find(|name| changes.get(*name).is_some_and(|value| !value.is_null()));
            let (Some(below), Some(above), Some(touched)) =
                (next.get(lower), next.get(upper), touched)
            else {
                continue;
            };
            if exceeds(below, above) && !errors.iter().any(|error| error.path == touched) {
                let label = |name: &str| {
                    path_of(name).and_then(catalog::field_at).map_or("", |field| field.label)
                };
                errors.push(FieldError::new(
                    touched,
                    format!(
                        "The ceiling of the {} must be at most that of the {}.",
                        letter_case::lowercase(label(lower)),
                        letter_case::lowercase(label(upper))
                    ),
                ));
            }
        }
        if errors.is_empty() { Ok(Self(next)) } else { Err(errors) }
    }
}

/// The field that a ceiling lowers.
pub fn path_of(name: &str) -> Option<&'static str> {
    LIMITS.iter().find(|(known, _)| *known == name).map(|(_, path)| *path)
}

fn canonical(name: &str, value: &Value, known: &Catalog) -> Result<Value, String> {
    if value.is_null() && (name == ALLOWED_MODELS || path_of(name).is_some()) {
        return Ok(Value::Null);
    }
    if name == ALLOWED_MODELS {
        return allowed_models(value, known);
    }
    match path_of(name).and_then(catalog::field_at) {
        Some(field) => field.canonical(value),
        None => {
            Err(format!("There is no ceiling named {}.", name.chars().take(80).collect::<String>()))
        }
    }
}

/// The list in its order, each once.
fn allowed_models(value: &Value, known: &Catalog) -> Result<Value, String> {
    let names = value
        .as_array()
        .and_then(|list| list.iter().map(Value::as_str).collect::<Option<Vec<_>>>());
    let Some(names) = names.filter(|names| !names.is_empty()) else {
        return Err("Allowed models must be a non-empty list of model ids. Leave it out to allow \
            every model."
            .into());
    };
    let mut list: Vec<&str> = Vec::new();
    for name in names {
        if known.get(name).is_none() {
            return Err(format!(
                "Allowed models: “{}” is not in the catalog.",
                name.chars().take(80).collect::<String>()
            ));
        }
        if !list.contains(&name) {
            list.push(name);
        }
    }
    Ok(Value::from(list))
}
