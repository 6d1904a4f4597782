//! The layer that the server's environment sets.

use super::{
    Layer, Layers, Overrides,
    catalog::{FIELDS, TABLE, field_at},
    save::{self, Rules},
};
use crate::domain::{
    merge_patch::set,
    settings::{Field, Kind, Patch},
};
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
        let variable = variable(field);
        let Some(text) =
            lookup(&variable).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
        else {
            continue;
        };
        let value = read(field, &text).map(|value| field.canonical(&value));
        match value {
            Some(Ok(value)) => set(&mut values, field.path, value),
            _ => {
                return Err(EnvironmentError { variable, message: field.refusal() });
            }
        }
    }
    Ok(values)
}

/// Holds the environment's values against the rules of a save: together with the defaults, and the
/// model against the catalog.
pub fn check_environment(values: &Overrides, rules: Rules) -> Result<(), EnvironmentError> {
    let patch = Patch::parse(&TABLE, values);
    let checked =
        patch.and_then(|patch| save::plan(&Layers::default(), Layer::Environment, &patch, rules));
    match checked.map_err(|errors| errors.into_iter().next()) {
        Ok(_) | Err(None) => Ok(()),
        Err(Some(error)) => Err(EnvironmentError {
            variable: field_at(&error.path).map_or(error.path, variable),
            message: error.message,
        }),
    }
}

/// The environment variable that sets a field: `ANTHROPIC_MAX_TOKENS`.
pub fn variable(field: &Field) -> String {
    let mut variable = "ANTHROPIC_".to_owned();
    for character in field.name().chars() {
        if character.is_ascii_uppercase() {
            variable.push('_');
        }
        variable.push(character.to_ascii_uppercase());
    }
    variable
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
        Kind::Shares => text
            .split([',', ' '])
            .filter(|part| !part.is_empty())
            .map(number)
            .collect::<Option<Vec<_>>>()
            .map(Value::from),
        _ => number(text),
    }
}

fn number(text: &str) -> Option<Value> {
    text.parse::<Number>().ok().map(Value::Number)
}
