//! What retention would archive, while somebody decides about it.

use super::draft::PolicyDraft;
use crate::{
    domain::{
        conversation_policy::{
            ConversationPolicyAnswer,
            catalog::{DAYS, ENABLED, STATUSES},
        },
        merge_patch::patch_between,
        settings::Overrides,
    },
    ui::{client::settled::settled, pages::organizations::everyone::ForEveryone},
};
use leptos::{prelude::*, task::spawn_local};
use serde_json::Value;

/// The field of the policy that all of retention is in.
const RETENTION: &str = "retention";
/// So long nobody types before it is counted.
const REST_MS: u32 = 400;

/// How many conversations would be archived by what is shown above.
#[component]
pub fn RetentionPreview(draft: PolicyDraft) -> impl IntoView {
    let count = RwSignal::new(Some(draft.base.with_untracked(|base| base.would_archive)));
    // Of what was asked last; the answer to another is about other values.
    let asked = StoredValue::new(0_u32);
    let enabled = draft.shown(ENABLED);
    let wrong = Memo::new(move |_| {
        [ENABLED, DAYS, STATUSES].iter().any(|path| draft.error(path).is_some())
    });
    // The version as well: after a save it is counted anew.
    let question = Memo::new(move |_| {
        let own = draft.own.get();
        draft
            .base
            .with(|base| (base.version, patch_between(&base.policy, &own).get(RETENTION).cloned()))
    });
    let rested = settled(question, REST_MS);
    Effect::new(move |_| {
        let (_, retention) = rested.get();
        asked.update_value(|asked| *asked = asked.wrapping_add(1));
        let Some(retention) = retention else {
            count.set(Some(draft.base.with_untracked(|base| base.would_archive)));
            return;
        };
        count.set(None);
        if wrong.get_untracked() {
            return;
        }
        let own = asked.get_value();
        let patch = Overrides::from_iter([(RETENTION.to_owned(), retention)]);
        let call = ConversationPolicyAnswer::change(draft.organization, patch, true);
        spawn_local(async move {
            let answer = call.send().await;
            if asked.try_get_value() == Some(own)
                && let Ok(preview) = answer
            {
                count.set(Some(preview.would_archive));
            }
        });
    });
    let words = move || {
        if enabled.get() != Value::Bool(true) || wrong.get() {
            return String::new();
        }
        ConversationPolicyAnswer::follows(count.get())
    };
    view! {
        <p class="field-note policy-preview" role="status">
            {words}
        </p>
    }
}
