//! The layer that the server's environment sets.

use super::{
    AiPatch, Layer, Layers, Overrides,
    catalog::{FIELDS, Field, Kind},
    save::{self, Patch, Rules},
};
use crate::domain::merge_patch::set;
use serde_json::{Map, Number, Value};

/// A variable that cannot be used. Start-up stops with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable}: {message}")]
pub struct EnvironmentError {
    /// `ANTHROPIC_MAX_TOKENS`.
    pub variable: String,
    /// One sentence: what is allowed. The value itself is not repeated; it might be a key in the
    /// wrong place.
    pub message: String,
}

/// Reads every variable of the field table. One that is empty counts as not set.
pub fn from_environment(
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<Overrides, EnvironmentError> {
    let mut values = Map::new();
    for field in FIELDS {
        let variable = field.variable();
        let Some(text) =
            lookup(&variable).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
        else {
            continue;
        };
        let value = read(field, &text).map(|value| field.canonical(&value));
        match value {
            Some(Ok(value)) => set(&mut values, field.path, value),
            _ => {
                let message = format!("{} must be {}.", field.label, field.allowed());
                return Err(EnvironmentError { variable, message });
            }
        }
    }
    Ok(values)
}

/// Holds the environment's values against the rules of a save: together with the defaults, and the
/// model against the catalog.
pub fn check_environment(values: &Overrides, rules: Rules) -> Result<(), EnvironmentError> {
    let patch = Patch::parse(&AiPatch(values.clone()));
    let checked =
        patch.and_then(|patch| save::plan(&Layers::default(), Layer::Environment, &patch, rules));
    match checked.map_err(|errors| errors.into_iter().next()) {
        Ok(_) | Err(None) => Ok(()),
        Err(Some(error)) => {
            let field = FIELDS.iter().find(|field| field.path == error.path);
            Err(EnvironmentError {
                variable: field.map_or(error.path, Field::variable),
                message: error.message,
            })
        }
    }
}

/// A text in the form that JSON would have for the field.
fn read(field: &Field, text: &str) -> Option<Value> {
    match field.kind {
        Kind::Flag => match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Some(Value::Bool(true)),
            "false" | "0" | "no" | "off" => Some(Value::Bool(false)),
            _ => None,
        },
        Kind::OneOf(_) => Some(Value::from(text.to_ascii_lowercase())),
        Kind::Model => Some(Value::from(text)),
        Kind::Whole { .. } | Kind::Fraction | Kind::Dollars => number(text),
        Kind::Thresholds => text
            .split([',', ' '])
            .filter(|part| !part.is_empty())
            .map(number)
            .collect::<Option<Vec<_>>>()
            .map(Value::from),
    }
}

fn number(text: &str) -> Option<Value> {
    text.parse::<Number>().ok().map(Value::Number)
}
