//! A person's preferences: what stands, changing it, and what a page is drawn with.

use super::{error::ApiError, operation::operations};
use crate::domain::preferences::{
    Overrides, PreferenceOverrides, PreferencePatch, PreferencesAnswer, Snapshot, catalog::Section,
};
use serde::{
    Deserialize, Serialize,
    de::{Deserializer, Error},
};
use utoipa::ToSchema;

operations! { "Preferences";
    /// The person's effective preferences, what they chose, and where each value comes from.
    ReadPreferences = GET "/api/user-preferences" => PreferencesAnswer,
        about "The preferences; `ETag` is the version";

    /// Changes some fields: the body is a JSON Merge Patch, `null` goes back to the inherited
    /// value.
    ChangePreferences = PATCH "/api/user-preferences", body PreferencePatch,
        headers IfMatch IdempotencyKey => PreferencesAnswer,
        refuses {
            409: "`version_conflict`: `current` holds what stands and `collisions`: path, mine, \
                theirs; `idempotency_key_reused`",
        };

    /// Resets a section or everything, or replaces all own values by those of an exported file.
    ActOnPreferences = POST "/api/user-preferences", body PreferencesActionRequest,
        headers IfMatch IdempotencyKey => PreferencesAnswer,
        refuses { 409: "`version_conflict` or `idempotency_key_reused`" };
}

/// A change of all own preferences, or those of a section.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(tag = "action", rename_all = "camelCase")]
pub enum PreferencesActionRequest {
    Reset {
        /// Everything when absent.
        #[serde(skip_serializing_if = "Option::is_none")]
        section: Option<Section>,
    },
    /// In place of everything that the person chose.
    Import {
        #[schema(value_type = PreferenceOverrides)]
        preferences: Overrides,
    },
}

/// Read by hand: serde does not know where in a tagged choice something is wrong.
impl<'de> Deserialize<'de> for PreferencesActionRequest {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "lowercase")]
        enum Word {
            Reset,
            Import,
        }

        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Given {
            action: Word,
            section: Option<Section>,
            preferences: Option<Overrides>,
        }

        let Given { action, section, preferences } = Given::deserialize(from)?;
        match (action, section, preferences) {
            (Word::Reset, section, None) => Ok(Self::Reset { section }),
            (Word::Import, None, Some(preferences)) => Ok(Self::Import { preferences }),
            (Word::Import, None, None) => Err(D::Error::missing_field("preferences")),
            (Word::Reset, _, Some(_)) => {
                Err(D::Error::unknown_field("preferences", &["action", "section"]))
            }
            (Word::Import, Some(_), _) => {
                Err(D::Error::unknown_field("section", &["action", "preferences"]))
            }
        }
    }
}

/// What the page knows of the person's preferences when it arrives.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BootPreferences {
    Loaded(Snapshot),
    /// The database could not answer: the page shows defaults, read-only, and offers to try again.
    Unavailable(ApiError),
    #[default]
    SignedOut,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn an_action_reads_back_as_it_is_written() {
        let reset = |section| PreferencesActionRequest::Reset { section };
        let preferences = json!({"theme": "dark"}).as_object().cloned().unwrap();
        for (action, written) in [
            (reset(None), json!({"action": "reset"})),
            (reset(Some(Section::Display)), json!({"action": "reset", "section": "display"})),
            (
                PreferencesActionRequest::Import { preferences },
                json!({"action": "import", "preferences": {"theme": "dark"}}),
            ),
        ] {
            assert_eq!(serde_json::to_value(&action).unwrap(), written);
            assert_eq!(
                serde_json::from_value::<PreferencesActionRequest>(written).unwrap(),
                action
            );
        }
    }

    #[test]
    fn what_belongs_to_the_other_action_is_refused() {
        let refused =
            |body: Value| serde_json::from_value::<PreferencesActionRequest>(body).is_err();
        assert!(refused(json!({"action": "reset", "preferences": {}})));
        assert!(refused(json!({"action": "import", "preferences": {}, "section": "display"})));
        assert!(refused(json!({"action": "import"})) && refused(json!({"section": "display"})));
    }
}
