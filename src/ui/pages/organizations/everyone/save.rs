//! Saving: what changes, what it would concern, and what to do when somebody else was faster.

use super::{EveryoneDraft, ForEveryone};
use crate::{
    api::{error::ApiError, operation::Nothing},
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

/// The bar, and the question that its button asks.
#[component]
pub fn SaveForEveryone<B: ForEveryone>(
    draft: EveryoneDraft<B>,
    /// Told after a save.
    #[prop(optional, into)]
    on_saved: Option<Callback<()>>,
) -> impl IntoView {
    let reviewing = RwSignal::new(false);
    view! {
        <SaveBar
            draft=*draft
            id=B::WORDS.bar
            of=B::WORDS.of
            overtaken=B::WORDS.overtaken
            save=(B::WORDS.review, "Review and save…")
            on_save=move |()| {
                if !lead_to_unread("main") {
                    reviewing.set(true);
                }
            }
            on_discard=move |()| draft.discard()
        />
        <ReviewDialog draft=draft open=reviewing on_saved=on_saved />
    }
}

/// What would change, and what would follow; saves it when confirmed.
#[component]
fn ReviewDialog<B: ForEveryone>(
    draft: EveryoneDraft<B>,
    open: RwSignal<bool>,
    on_saved: Option<Callback<()>>,
) -> impl IntoView {
    let form = FormState::new(B::WORDS.dialog, &[]);
    let counted = RwSignal::new(None::<i64>);
    // Of the question that was asked last; the answer to another is about other edits.
    let asked = StoredValue::new(0_u32);
    let change = move |preview| {
        let version = draft.base.with_untracked(B::version);
        B::change(draft.organization, draft.unsaved(), preview).if_match(version)
    };
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
        let call = change(true);
        spawn_local(async move {
            match call.send().await {
                _ if asked.try_get_value() != Some(question) => {}
                Ok(preview) => counted.set(Some(preview.count())),
                Err(error) => refused(error),
            }
        });
    });
    let save = move |()| {
        form.busy.set(true);
        let call = change(false);
        spawn_local(async move {
            match call.send().await {
                Ok(saved) => {
                    open.set(false);
                    draft.take_in(saved);
                    // The button that opened the dialog is gone.
                    focus(format!("#{}", B::WORDS.bar));
                    if let Some(on_saved) = on_saved {
                        on_saved.run(());
                    }
                }
                Err(error) => refused(error),
            }
            form.busy.set(false);
        });
    };
    let items = Signal::derive(move || draft.changes().iter().map(difference).collect::<Vec<_>>());
    view! {
        <ConfirmDialog
            id=B::WORDS.dialog
            title=B::WORDS.question
            open=open
            confirm="Save for everyone"
            on_confirm=save
            on_cancel=move |()| open.set(false)
            busy=form.busy
            disabled=Signal::derive(move || counted.get().is_none())
        >
            <div class="stack" data-gap="s">
                <p role="status">{move || B::follows(counted.get())}</p>
                <DifferenceList items=items />
                <FormAlert form=form />
            </div>
        </ConfirmDialog>
    }
}

/// Somebody else saved first: reads what stands now and lays the changes made here over it.
fn reload<B: ForEveryone>(draft: EveryoneDraft<B>) {
    let call = Call::<B::Read>::new(draft.organization, &Nothing {});
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
