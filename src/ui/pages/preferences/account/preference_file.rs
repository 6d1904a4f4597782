//! One's preferences as a file: to keep, to take to another installation, and the way back to what
//! is inherited.

use super::{super::reset::ResetDialog, opened::Opened};
use crate::{
    domain::preferences::PreferencesFile,
    ui::{
        client::{files, preferences::use_preferences, toasts::use_toasts},
        components::{Button, Card, IconName, Tone, text_rows},
    },
};
use leptos::prelude::*;
use send_wrapper::SendWrapper;

/// Export, import and reset of everything.
#[component]
pub fn PreferenceFileCard(opened: Opened) -> impl IntoView {
    let preferences = use_preferences();
    let toasts = use_toasts();
    let loaded = preferences.is_loaded();
    let not_loaded = Signal::derive(move || !loaded.get());
    let resetting = RwSignal::new(false);
    let nothing_own =
        Signal::derive(move || preferences.view().with(|view| view.layers.own.is_empty()));
    let export = move |()| {
        let own = preferences.view().with_untracked(|view| view.layers.own.clone());
        let text = serde_json::to_string_pretty(&PreferencesFile::of(&own)).unwrap_or_default();
        if files::offer("train-preferences.json", "application/json", &text).is_err() {
            toasts.show(Tone::Danger, "The browser could not save the file. Try again.");
        }
    };
    view! {
        <Card
            id="preference-file"
            title="Your preferences"
            hint="Export, import or reset them. The file holds only what you set yourself, not \
            what you inherit."
        >
            <div class="stack">
                <div class="button-row">
                    <Button icon=IconName::Download disabled=not_loaded on_press=export>
                        "Export"
                    </Button>
                    <Button
                        id="reset-everything"
                        icon=IconName::Reset
                        disabled=nothing_own
                        reason="Everything is at its default."
                        on_press=move |()| resetting.set(true)
                    >
                        "Reset everything…"
                    </Button>
                </div>
                <ImportField opened=opened disabled=not_loaded />
            </div>
        </Card>
        <ResetDialog section=None open=resetting />
    }
}

/// Takes a file, and says what is wrong with it. What it would change is shown by its dialog.
#[component]
fn ImportField(opened: Opened, disabled: Signal<bool>) -> impl IntoView {
    let Opened { file, wrong, .. } = opened;
    let choose = move |chosen| file.set(Some(SendWrapper::new(chosen)));
    view! {
        <div class="control">
            <label class="control-label" for="import-file">
                "Import a file"
            </label>
            <input
                class="input"
                type="file"
                id="import-file"
                accept=".json,application/json"
                aria-describedby="import-hint import-error"
                aria-invalid=move || wrong.with(|wrong| !wrong.is_empty()).then_some("true")
                disabled=disabled
                on:change:target=move |event| {
                    files::take(&event.target()).into_iter().for_each(choose)
                }
            />
            <p class="control-hint" id="import-hint">
                "You can review the changes before they are applied."
            </p>
            <div id="import-error" role="alert">
                {move || text_rows(
                    wrong.get(),
                    |line| view! { <p class="control-error">{line}</p> },
                )}
            </div>
        </div>
    }
}
