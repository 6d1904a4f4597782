//! The words of history: what changed and what was done.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use utoipa::ToSchema;

/// What a change is about, as it is stored in `config_type` and sent on the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ConfigType {
    UserPreference,
    OrganizationPreferenceDefault,
    AiConfig,
    OrganizationPolicy,
    ApiKey,
}

impl ConfigType {
    pub const ALL: [Self; 5] = [
        Self::UserPreference,
        Self::OrganizationPreferenceDefault,
        Self::AiConfig,
        Self::OrganizationPolicy,
        Self::ApiKey,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::UserPreference => "user_preference",
            Self::OrganizationPreferenceDefault => "organization_preference_default",
            Self::AiConfig => "ai_config",
            Self::OrganizationPolicy => "organization_policy",
            Self::ApiKey => "api_key",
        }
    }

    /// How people call it, in a list of filters.
    pub fn label(self) -> &'static str {
        match self {
            Self::UserPreference => "Preferences",
            Self::OrganizationPreferenceDefault => "Organization defaults",
            Self::AiConfig => "AI configurations",
            Self::OrganizationPolicy => "AI ceilings",
            Self::ApiKey => "API keys",
        }
    }

    /// Whether an earlier value can be brought back. Keys are write-only: history never held them.
    pub fn is_undoable(self) -> bool {
        self != Self::ApiKey
    }
}

impl fmt::Display for ConfigType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for ConfigType {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|kind| kind.as_str()).collect();
            format!("The type of a configuration must be one of {}.", known.join(", "))
        })
    }
}

/// What can be done to a configuration: the stored word, and how people call it in a list of
/// filters.
pub const ACTIONS: [(&str, &str); 9] = [
    ("created", "Created"),
    ("updated", "Changed"),
    ("deleted", "Deleted"),
    ("activated", "Switched on"),
    ("deactivated", "Switched off"),
    ("reset", "Reset"),
    ("rotated", "Key rotated"),
    ("rolled_back", "Rolled back"),
    ("imported", "Imported"),
];

/// Whether history knows the word.
pub fn is_action(word: &str) -> bool {
    ACTIONS.iter().any(|(known, _)| *known == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_written_as_they_are_stored() {
        for kind in ConfigType::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert!("secret".parse::<ConfigType>().unwrap_err().contains("ai_config"));
    }
}
