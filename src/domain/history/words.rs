//! The words of history: what changed and what was done.

use crate::domain::words::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

words! {
    /// What a change is about, as it is stored in `config_type` and sent on the wire. The label is
    /// how people call it in a list of filters.
    #[derive(
        Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
    )]
    pub enum ConfigType: "The type of a configuration" {
        UserPreference => "user_preference", "Preferences";
        OrganizationPreferenceDefault => "organization_preference_default", "Organization defaults";
        AiConfig => "ai_config", "AI configurations";
        OrganizationPolicy => "organization_policy", "AI ceilings";
        ApiKey => "api_key", "API keys";
        ConversationPolicy => "conversation_policy", "Conversation policy";
    }
}

impl ConfigType {
    /// Whether an earlier value can be brought back. Keys are write-only: history never held them.
    pub fn is_undoable(self) -> bool {
        self != Self::ApiKey
    }
}

/// What can be done to a configuration: the stored word, and how people call it in a list of
/// filters.
pub const ACTIONS: [(&str, &str); 9] = [
    ("created", "Created"),
    ("updated", "Changed"),
    ("deleted", "Deleted"),
    ("activated", "Activated"),
    ("deactivated", "Deactivated"),
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
