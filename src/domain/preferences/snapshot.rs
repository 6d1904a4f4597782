//! The preferences of one person as they stand: what each layer sets, and the version that a save
//! is based on.

use super::{Layer, Layers, Overrides, Preferences, catalog};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// One reading of a person's preferences.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    pub layers: Layers,
    /// Counts the changes of the person's own row, from 1.
    pub version: i64,
    pub updated_at: DateTime<Utc>,
}

/// Any part of [`Preferences`]: what one layer sets. A mark that the description of the interface
/// is made from; it fills in the fields.
#[derive(Debug, ToSchema)]
pub struct PreferenceOverrides;

/// A change by merge patch: any part of [`Preferences`], and `null` for what goes back to the
/// inherited value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object)]
pub struct PreferencePatch(pub Overrides);

/// The same on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreferencesAnswer {
    /// What applies: default, organization and person merged.
    pub preferences: Preferences,
    /// What the person chose, and nothing else.
    #[schema(value_type = PreferenceOverrides)]
    pub overrides: Overrides,
    /// What the person's organization sets for its members.
    #[schema(value_type = PreferenceOverrides)]
    pub organization_defaults: Overrides,
    /// For each field, the layer that its value comes from.
    pub sources: BTreeMap<String, Layer>,
    #[schema(example = 7)]
    pub version: i64,
    pub updated_at: DateTime<Utc>,
}

impl From<&Snapshot> for PreferencesAnswer {
    fn from(snapshot: &Snapshot) -> Self {
        let layers = &snapshot.layers;
        Self {
            preferences: layers.preferences(),
            overrides: layers.own.clone(),
            organization_defaults: layers.organization.clone(),
            sources: catalog::FIELDS
                .iter()
                .map(|field| (field.path.to_owned(), layers.layer(field)))
                .collect(),
            version: snapshot.version,
            updated_at: snapshot.updated_at,
        }
    }
}

impl From<PreferencesAnswer> for Snapshot {
    fn from(answer: PreferencesAnswer) -> Self {
        Self {
            layers: Layers { organization: answer.organization_defaults, own: answer.overrides },
            version: answer.version,
            updated_at: answer.updated_at,
        }
    }
}

/// A person's preferences as a file of their own: only what they chose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PreferencesFile {
    /// Says what this file is, and its format: 1.
    pub train_preferences: u32,
    #[schema(value_type = PreferenceOverrides)]
    pub overrides: Overrides,
}

impl PreferencesFile {
    pub const FORMAT: u32 = 1;

    pub fn of(own: &Overrides) -> Self {
        Self { train_preferences: Self::FORMAT, overrides: own.clone() }
    }

    /// Reads a file that a person chose, or says in a sentence why it is not one.
    pub fn read(text: &str) -> Result<Self, String> {
        let value = crate::domain::json::parse(text.as_bytes())
            .map_err(|error| format!("This file is not JSON: {error}."))?;
        let file: Self = serde_json::from_value(value).map_err(|_| {
            "This is not a file of Train preferences. Choose one that was exported here.".to_owned()
        })?;
        if file.train_preferences != Self::FORMAT {
            return Err(format!(
                "This file has format {}, but this release reads format {}.",
                file.train_preferences,
                Self::FORMAT
            ));
        }
        Ok(file)
    }
}
