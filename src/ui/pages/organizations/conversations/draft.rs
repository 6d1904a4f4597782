//! The policy as a value that is set for everyone.

use crate::{
    api::conversation_policy::{
        ChangeConversationPolicy, ConversationPolicyQuery, ReadConversationPolicy,
    },
    domain::{
        conversation_policy::{
            ConversationPolicyAnswer, ConversationPolicyPatch, catalog::TABLE, defaults, plan,
        },
        field_error::FieldError,
        merge_patch::overlay,
        money::grouped,
        settings::{Overrides, Table},
    },
    ui::{
        client::rest::Call,
        pages::organizations::everyone::{EveryoneDraft, ForEveryone, Words},
        setting::Stored,
    },
};
use uuid::Uuid;

pub type PolicyDraft = EveryoneDraft<ConversationPolicyAnswer>;

impl Stored for ConversationPolicyAnswer {
    /// The organization.
    type Name = Uuid;

    fn table() -> &'static Table {
        &TABLE
    }

    fn values(&self, _organization: &Uuid) -> Overrides {
        self.policy.clone()
    }
}

impl ForEveryone for ConversationPolicyAnswer {
    type Change = ChangeConversationPolicy;
    type Read = ReadConversationPolicy;

    const WORDS: &'static Words = &Words {
        bar: "save-policy-bar",
        review: "review-policy",
        dialog: "save-policy",
        of: "the conversation policy",
        overtaken: "This policy was changed elsewhere.",
        question: "Save this policy?",
    };

    fn version(&self) -> i64 {
        self.version
    }

    fn count(&self) -> i64 {
        self.would_archive
    }

    fn change(organization: Uuid, patch: Overrides, preview: bool) -> Call<Self::Change> {
        let query = ConversationPolicyQuery { preview: preview.then_some(true) };
        Call::asking(organization, &query, &ConversationPolicyPatch(patch))
    }

    fn mistakes(&self, edits: &Overrides) -> Vec<FieldError> {
        plan(&self.policy, edits).err().unwrap_or_default()
    }

    fn merged(own: &Overrides) -> Overrides {
        overlay(defaults(), own)
    }

    fn follows(count: Option<i64>) -> String {
        match count {
            None => "Counting conversations…".into(),
            Some(0) => "No conversation would be archived within a day.".into(),
            Some(1) => "1 conversation would be archived within a day.".into(),
            Some(count) => {
                let count = grouped(&count.to_string());
                format!("{count} conversations would be archived within a day.")
            }
        }
    }

    fn saved(&self) -> String {
        "Saved.".to_owned()
    }
}
