//! Saving the defaults: how many people it affects, what changes, and what to do when somebody else
//! was faster.

use super::{super::Mine, draft::DefaultsDraft};
use crate::{
    api::{
        error::ApiError,
        operation::Nothing,
        organizations::{ChangeOrganizationDefaults, DefaultsQuery, ReadOrganizationDefaults},
    },
    domain::preferences::PreferencePatch,
    ui::{
        client::{preferences::use_preferences, rest::Call},
        components::{
            Banner, Button, ButtonVariant, ConfirmDialog, DifferenceList, Tone, lead_to_unread,
        },
        form::{FormAlert, FormState, focus},
        words::{difference, people},
    },
};
use leptos::{ev, prelude::*, task::spawn_local};
use uuid::Uuid;

const BAR: &str = "save-defaults-bar";

/// Stands at the foot of the page while something is not saved, and says when it is.
#[component]
pub fn SaveBar(mine: Mine, draft: DefaultsDraft) -> impl IntoView {
    let reviewing = RwSignal::new(false);
    warn_before_leaving(draft);
    let count = Memo::new(move |_| draft.changes().len());
    let words = move || match (count.get(), draft.saved.get()) {
        (0, Some(affected)) => format!("Saved. It affects {}.", people(affected)),
        (0, None) => String::new(),
        (1, _) => "1 change is not saved.".to_owned(),
        (count, _) => format!("{count} changes are not saved."),
    };
    let overtaken = move || {
        draft.overtaken.get().then(|| {
            view! {
                <Banner tone=Tone::Warning>
                    "Somebody else changed these defaults in the meantime. What stands now is \
                        loaded; your own changes are kept and not saved yet."
                </Banner>
            }
        })
    };
    let refused = move || {
        draft
            .unplaced_error()
            .map(|sentence| view! { <Banner tone=Tone::Danger>{sentence}</Banner> })
    };
    let buttons = move || {
        (count.get() > 0).then(|| {
            view! {
                <div class="button-row">
                    <Button on_press=move |()| draft.discard()>"Discard"</Button>
                    <Button
                        id="review-defaults"
                        variant=ButtonVariant::Primary
                        disabled=Signal::derive(move || draft.has_errors())
                        reason="Some values are not allowed yet; see the fields."
                        on_press=move |()| {
                            if !lead_to_unread("main") {
                                reviewing.set(true);
                            }
                        }
                    >
                        "Review and save…"
                    </Button>
                </div>
            }
        })
    };
    view! {
        <Show when=move || count.get() != 0 || draft.saved.get().is_some()>
            <div
                class="save-bar"
                id=BAR
                role="region"
                aria-label="Changes of the defaults"
                tabindex="-1"
            >
                {overtaken}
                {refused}
                <p role="status">{words}</p>
                {buttons}
            </div>
        </Show>
        <ReviewDialog mine=mine draft=draft open=reviewing />
    }
}

/// What would change for how many people; saves it when confirmed.
#[component]
fn ReviewDialog(mine: Mine, draft: DefaultsDraft, open: RwSignal<bool>) -> impl IntoView {
    let preferences = use_preferences();
    let form = FormState::new("save-defaults", &[]);
    let affected = RwSignal::new(None::<i64>);
    let organization = mine.organization.id;
    let patch = move |query: DefaultsQuery| {
        let (edits, version) =
            (draft.edits.get_untracked(), draft.base.with_untracked(|base| base.version));
        Call::<ChangeOrganizationDefaults>::asking(organization, &query, &PreferencePatch(edits))
            .if_match(version)
    };
    let refused = move |error: ApiError| match error.status {
        409 => {
            open.set(false);
            reload(organization, draft);
        }
        400 => {
            open.set(false);
            draft.refuse(error);
        }
        _ => form.fail(error),
    };
    Effect::new(move |_| {
        if !open.get() {
            return;
        }
        form.clear();
        affected.set(None);
        spawn_local(async move {
            match patch(DefaultsQuery { preview: Some(true) }).send().await {
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
            confirm="Save for everybody"
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
        None => "Counting whom this affects…".into(),
        Some(0) => "Nobody is affected: every member has chosen these for themselves.".into(),
        Some(1) => "1 person is affected: they did not choose for themselves.".into(),
        Some(count) => {
            format!("{} are affected: they did not choose for themselves.", people(count))
        }
    }
}

/// Somebody else saved first: reads what stands now and lays the changes made here over it.
fn reload(organization: Uuid, draft: DefaultsDraft) {
    spawn_local(async move {
        match Call::<ReadOrganizationDefaults>::new(organization, &Nothing {}).send().await {
            Ok(base) => draft.rebase(base),
            Err(error) => draft.refuse(error),
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
