//! The defaults as values that are set for everyone.

use crate::{
    api::organizations::{ChangeOrganizationDefaults, DefaultsQuery, ReadOrganizationDefaults},
    domain::{
        field_error::FieldError,
        preferences::{
            Layers, Overrides, PreferencePatch, catalog::TABLE,
            organization::OrganizationDefaultsAnswer, save,
        },
        settings::Table,
    },
    ui::{
        client::rest::Call,
        pages::organizations::everyone::{EveryoneDraft, ForEveryone, Words},
        setting::Stored,
        words::people,
    },
};
use serde_json::Value;
use uuid::Uuid;

pub type DefaultsDraft = EveryoneDraft<OrganizationDefaultsAnswer>;

impl Stored for OrganizationDefaultsAnswer {
    /// The organization.
    type Name = Uuid;

    fn table() -> &'static Table {
        &TABLE
    }

    fn values(&self, _organization: &Uuid) -> Overrides {
        self.preferences.clone()
    }
}

impl ForEveryone for OrganizationDefaultsAnswer {
    type Change = ChangeOrganizationDefaults;
    type Read = ReadOrganizationDefaults;

    const WORDS: &'static Words = &Words {
        bar: "save-defaults-bar",
        review: "review-defaults",
        dialog: "save-defaults",
        of: "the defaults",
        overtaken: "These defaults were changed elsewhere.",
        question: "Save these defaults?",
    };

    fn version(&self) -> i64 {
        self.version
    }

    fn count(&self) -> i64 {
        self.affected
    }

    fn change(organization: Uuid, patch: Overrides, preview: bool) -> Call<Self::Change> {
        let query = DefaultsQuery { preview: preview.then_some(true) };
        Call::asking(organization, &query, &PreferencePatch(patch))
    }

    fn mistakes(&self, edits: &Overrides) -> Vec<FieldError> {
        mistakes(&self.preferences, edits)
    }

    /// Nothing is made to fit: what does not fit is told at its field.
    fn merged(own: &Overrides) -> Overrides {
        Layers { own: own.clone(), ..Layers::default() }.merged()
    }

    fn follows(count: Option<i64>) -> String {
        match count {
            None => "Counting affected members…".into(),
            Some(0) => "Nobody is affected: every member has their own values.".into(),
            Some(1) => "1 person is affected.".into(),
            Some(count) => format!("{} are affected.", people(count)),
        }
    }

    fn saved(&self) -> String {
        format!("Saved. Affects {}.", people(self.affected))
    }
}

/// Every rule that the edits break, by the code that the server has as well.
fn mistakes(base: &Overrides, edits: &Overrides) -> Vec<FieldError> {
    let layers = Layers { own: base.clone(), ..Layers::default() };
    save::parse(&Value::Object(edits.clone()))
        .and_then(|patch| save::plan(&layers, &patch))
        .err()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::settings::edited;
    use serde_json::json;

    fn object(value: Value) -> Overrides {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn keeps_what_is_not_allowed_and_says_why() {
        let base = Overrides::new();
        let edits =
            edited(&TABLE, &base, &base, "exportPreferences.autoCompressionThreshold", json!(0));
        assert_eq!(mistakes(&base, &edits)[0].path, "exportPreferences.autoCompressionThreshold");
        let edits = edited(&TABLE, &base, &base, "qualityThresholds.flagging", json!(9.5));
        assert_eq!(mistakes(&base, &edits).len(), 1);
        assert!(mistakes(&base, &object(json!({"theme": "dark"}))).is_empty());
    }
}
