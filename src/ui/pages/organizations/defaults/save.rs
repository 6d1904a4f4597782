//! Saving the defaults: how many people it affects, what changes, and what to do when somebody else
//! was faster.

use super::draft::DefaultsDraft;
use crate::{
    api::{
        error::ApiError,
        operation::Nothing,
        organizations::{ChangeOrganizationDefaults, DefaultsQuery, ReadOrganizationDefaults},
    },
    domain::preferences::PreferencePatch,
    ui::{
        client::{preferences::use_preferences, rest::Call},
        components::{ConfirmDialog, DifferenceList, lead_to_unread},
        form::{FormAlert, FormState, errors_of, focus},
        setting::SaveBar,
        words::{difference, people},
    },
};
use leptos::{prelude::*, task::spawn_local};

const SAVED_ALREADY: &str = "Someone else saved the same changes.";
const BAR: &str = "save-defaults-bar";

/// The bar of the defaults, and the question that its button asks.
#[component]
pub fn SaveDefaults(draft: DefaultsDraft) -> impl IntoView {
    let reviewing = RwSignal::new(false);
    view! {
        <SaveBar
            draft=*draft
            id=BAR
            of="the defaults"
            overtaken="These defaults were changed elsewhere."
            save=("review-defaults", "Review and save…")
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

/// What would change for how many people; saves it when confirmed.
#[component]
fn ReviewDialog(draft: DefaultsDraft, open: RwSignal<bool>) -> impl IntoView {
    let preferences = use_preferences();
    let form = FormState::new("save-defaults", &[]);
    let affected = RwSignal::new(None::<i64>);
    // Of the question that was asked last; the answer to another is about other edits.
    let asked = StoredValue::new(0_u32);
    let organization = draft.organization;
    let patch = move |query: DefaultsQuery| {
        let version = draft.base.with_untracked(|base| base.version);
        let edits = PreferencePatch(draft.unsaved());
        Call::<ChangeOrganizationDefaults>::asking(organization, &query, &edits).if_match(version)
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
        affected.set(None);
        asked.update_value(|asked| *asked += 1);
        let question = asked.get_value();
        spawn_local(async move {
            match patch(DefaultsQuery { preview: Some(true) }).send().await {
                _ if asked.try_get_value() != Some(question) => {}
                Ok(preview) => affected.set(Some(preview.affected)),
                Err(error) => refused(error),
            }
        });
    });
    let save = move |()| {
        form.busy.set(true);
        spawn_local(async move {
            match patch(DefaultsQuery::default()).send().await {
                Ok(saved) => {
                    open.set(false);
                    draft.take_in(saved);
                    // The button that opened the dialog is gone.
                    focus(format!("#{BAR}"));
                    // They are what this person inherits as well.
                    preferences.load();
                }
                Err(error) => refused(error),
            }
            form.busy.set(false);
        });
    };
    let items = Signal::derive(move || draft.changes().iter().map(difference).collect::<Vec<_>>());
    view! {
        <ConfirmDialog
            id="save-defaults"
            title="Save these defaults?"
            open=open
            confirm="Save for everyone"
            on_confirm=save
            on_cancel=move |()| open.set(false)
            busy=form.busy
            disabled=Signal::derive(move || affected.get().is_none())
        >
            <div class="stack" data-gap="s">
                <p role="status">{move || affected_words(affected.get())}</p>
                <DifferenceList items=items />
                <FormAlert form=form />
            </div>
        </ConfirmDialog>
    }
}

fn affected_words(affected: Option<i64>) -> String {
    match affected {
        None => "Counting affected members…".into(),
        Some(0) => "Nobody is affected: every member has their own values.".into(),
        Some(1) => "1 person is affected.".into(),
        Some(count) => {
            format!("{} are affected.", people(count))
        }
    }
}

/// Somebody else saved first: reads what stands now and lays the changes made here over it.
fn reload(draft: DefaultsDraft) {
    let call = Call::<ReadOrganizationDefaults>::new(draft.organization, &Nothing {});
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
