//! Saving the policy: what changes, how many conversations would be archived, and what to do when
//! somebody else was faster.

use super::{
    draft::PolicyDraft,
    preview::{preview, would_archive},
};
use crate::{
    api::{
        conversation_policy::{
            ChangeConversationPolicy, ConversationPolicyQuery, ReadConversationPolicy,
        },
        error::ApiError,
        operation::Nothing,
    },
    domain::conversation_policy::ConversationPolicyPatch,
    ui::{
        client::rest::Call,
        components::{ConfirmDialog, DifferenceList, lead_to_unread},
        form::{FormAlert, FormState, errors_of, focus},
        setting::SaveBar,
        words::difference,
    },
};
use leptos::{prelude::*, task::spawn_local};

const SAVED_ALREADY: &str = "Someone else saved the same changes.";
const BAR: &str = "save-policy-bar";

/// The bar of the policy, and the question that its button asks.
#[component]
pub fn SavePolicy(draft: PolicyDraft) -> impl IntoView {
    let reviewing = RwSignal::new(false);
    view! {
        <SaveBar
            draft=*draft
            id=BAR
            of="the conversation policy"
            overtaken="This policy was changed elsewhere."
            save=("review-policy", "Review and save…")
            on_save=move |()| {
                if !lead_to_unread("main") {
                    reviewing.set(true);
                }
            }
            on_discard=move |()| draft.discard()
        />
        <ReviewDialog draft=draft open=reviewing />
    }
}

/// What would change, and what would follow; saves it when confirmed.
#[component]
fn ReviewDialog(draft: PolicyDraft, open: RwSignal<bool>) -> impl IntoView {
    let form = FormState::new("save-policy", &[]);
    let counted = RwSignal::new(None::<i64>);
    // Of the question that was asked last; the answer to another is about other edits.
    let asked = StoredValue::new(0_u32);
    let version = move || draft.base.with_untracked(|base| base.version);
    let refused = move |error: ApiError| match error.status {
        409 => {
            open.set(false);
            reload(draft);
        }
        400 => {
            open.set(false);
            draft.refuse(errors_of(error));
        }
        _ => form.fail(error),
    };
    Effect::new(move |_| {
        if !open.get() {
            return;
        }
        form.clear();
        counted.set(None);
        asked.update_value(|asked| *asked += 1);
        let question = asked.get_value();
        let call = preview(draft, draft.unsaved()).if_match(version());
        spawn_local(async move {
            match call.send().await {
                _ if asked.try_get_value() != Some(question) => {}
                Ok(preview) => counted.set(Some(preview.would_archive)),
                Err(error) => refused(error),
            }
        });
    });
    let save = move |()| {
        form.busy.set(true);
        let (query, patch) = (ConversationPolicyQuery::default(), draft.unsaved());
        let patch = ConversationPolicyPatch(patch);
        let call = Call::<ChangeConversationPolicy>::asking(draft.organization, &query, &patch);
        let call = call.if_match(version());
        spawn_local(async move {
            match call.send().await {
                Ok(saved) => {
                    open.set(false);
                    draft.take_in(saved);
                    // The button that opened the dialog is gone.
                    focus(format!("#{BAR}"));
                }
                Err(error) => refused(error),
            }
            form.busy.set(false);
        });
    };
    let items = Signal::derive(move || draft.changes().iter().map(difference).collect::<Vec<_>>());
    view! {
        <ConfirmDialog
            id="save-policy"
            title="Save this policy?"
            open=open
            confirm="Save for everyone"
            on_confirm=save
            on_cancel=move |()| open.set(false)
            busy=form.busy
            disabled=Signal::derive(move || counted.get().is_none())
        >
            <div class="stack" data-gap="s">
                <p role="status">{move || would_archive(counted.get())}</p>
                <DifferenceList items=items />
                <FormAlert form=form />
            </div>
        </ConfirmDialog>
    }
}

/// Somebody else saved first: reads what stands now and lays the changes made here over it.
fn reload(draft: PolicyDraft) {
    let call = Call::<ReadConversationPolicy>::new(draft.organization, &Nothing {});
    spawn_local(async move {
        match call.send().await {
            Ok(base) => {
                draft.rebase(base);
                match draft.unsaved().is_empty() {
                    true => draft.status.set(SAVED_ALREADY.to_owned()),
                    false => draft.overtaken.set(true),
                }
            }
            Err(error) => draft.refuse(errors_of(error)),
        }
    });
}
