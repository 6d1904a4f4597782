//! Saving the defaults: how many people it affects, what changes, and what to do when somebody else was faster.

use super::{super::Mine, draft::DefaultsDraft};
use crate::{
    api::error::ApiError,
    domain::preferences::organization::OrganizationDefaults,
    ui::{
        client::{preferences::use_preferences, rest::Call, toasts::use_toasts},
        components::{Button, ButtonVariant, ConfirmDialog, DifferenceList, Tone},
        form::{FormAlert, FormState},
        words::{difference, people},
    },
};
use leptos::{ev, prelude::*, task::spawn_local};
use serde_json::Value;

/// Stands at the foot of the page while something is not saved.
#[component]
pub fn SaveBar(mine: Mine, draft: DefaultsDraft) -> impl IntoView {
    let toasts = use_toasts();
    let preferences = use_preferences();
    let form = FormState::new("save-defaults", &[]);
    let open = RwSignal::new(false);
    let affected = RwSignal::new(None::<i64>);
    let address = StoredValue::new(mine.address("/preference-defaults"));
    let patch = move |query: &str| {
        let (edits, version) = (draft.edits.get_untracked(), draft.base.with_untracked(|base| base.version));
        Call::with("PATCH", format!("{}{query}", address.get_value()), &Value::Object(edits))
            .header("if-match", format!("\"{version}\""))
    };
    let refused = move |error: ApiError| match error.status {
        409 => {
            open.set(false);
            reload(address.get_value(), draft, form);
        }
        400 => {
            open.set(false);
            draft.refuse(error);
        }
        _ => form.fail(error),
    };
    let review = move |()| {
        form.clear();
        affected.set(None);
        open.set(true);
        spawn_local(async move {
            match patch("?preview=true").send::<OrganizationDefaults>().await {
                Ok(preview) => affected.set(Some(preview.affected)),
                Err(error) => refused(error),
            }
        });
    };
    let save = move |()| {
        form.busy.set(true);
        spawn_local(async move {
            match patch("").send::<OrganizationDefaults>().await {
                Ok(saved) => {
                    toasts.show(
                        Tone::Success,
                        format!("The defaults are saved. They affect {}.", people(saved.affected)),
                    );
                    open.set(false);
                    draft.saved(saved);
                    // They are what this person inherits as well.
                    preferences.load();
                }
                Err(error) => refused(error),
            }
            form.busy.set(false);
        });
    };
    warn_before_leaving(draft);
    let changes = Memo::new(move |_| draft.changes());
    let count = move || match changes.with(Vec::len) {
        1 => "1 change is not saved.".to_owned(),
        count => format!("{count} changes are not saved."),
    };
    view! {
        <Show when=move || changes.with(|changes| !changes.is_empty())>
            <div class="save-bar" role="region" aria-label="Unsaved changes">
                <p role="status">{count}</p>
                <div class="button-row">
                    <Button on_press=move |()| draft.discard()>"Discard"</Button>
                    <Button
                        id="review-defaults"
                        variant=ButtonVariant::Primary
                        disabled=Signal::derive(move || draft.has_errors())
                        reason="Some values are not allowed yet; see the fields."
                        on_press=review
                    >
                        "Review and save…"
                    </Button>
                </div>
            </div>
        </Show>
        <ConfirmDialog
            id="save-defaults"
            title="Save these defaults?"
            open=open
            confirm="Save for everybody"
            on_confirm=save
            on_cancel=move |()| open.set(false)
            busy=form.busy
            disabled=Signal::derive(move || affected.get().is_none())
        >
            <div class="stack" data-gap="s">
                <p role="status">{move || affected_words(affected.get())}</p>
                <DifferenceList items=Signal::derive(move || changes.get().iter().map(difference).collect::<Vec<_>>()) />
                <FormAlert form=form />
            </div>
        </ConfirmDialog>
    }
}

fn affected_words(affected: Option<i64>) -> String {
    match affected {
        None => "Counting whom this affects…".into(),
        Some(0) => "Nobody is affected: every member has chosen these for themselves.".into(),
        Some(1) => "1 person is affected: they did not choose for themselves.".into(),
        Some(count) => format!("{} are affected: they did not choose for themselves.", people(count)),
    }
}

/// Somebody else saved first: reads what stands now and lays the changes made here over it.
fn reload(address: String, draft: DefaultsDraft, form: FormState) {
    spawn_local(async move {
        match Call::get(address).send::<OrganizationDefaults>().await {
            Ok(base) => draft.overtaken(base),
            Err(error) => form.fail(error),
        }
    });
}

/// The browser asks before the page is closed with something unsaved.
fn warn_before_leaving(draft: DefaultsDraft) {
    Effect::new(move |_| {
        let listener = window_event_listener(ev::beforeunload, move |event| {
            if draft.edits.with_untracked(|edits| !edits.is_empty()) {
                event.prevent_default();
            }
        });
        on_cleanup(move || listener.remove());
    });
}
