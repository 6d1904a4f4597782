//! One's preferences as a file: to keep, to take to another installation, and the way back to what
//! is inherited.

use super::super::reset::ResetDialog;
use crate::{
    domain::{
        field_error::FieldError,
        merge_patch::differences,
        preferences::{Layers, Overrides, PreferencesFile, save},
    },
    ui::{
        client::{files, preferences::use_preferences, toasts::use_toasts},
        components::{Button, Card, ConfirmDialog, DifferenceList, IconName, Tone, text_rows},
        form::errors_of,
        words::{difference, label},
    },
};
use leptos::{prelude::*, task::spawn_local};
use serde_json::Value;

/// The server takes no larger body.
const LARGEST_FILE: u32 = 64 * 1024;

/// Export, import and reset of everything.
#[component]
pub fn PreferenceFileCard() -> impl IntoView {
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
                <ImportField disabled=not_loaded />
            </div>
        </Card>
        <ResetDialog section=None open=resetting />
    }
}

/// Reads a file, tells what is wrong with it or what it would change, and takes it over.
#[component]
fn ImportField(disabled: Signal<bool>) -> impl IntoView {
    let preferences = use_preferences();
    let toasts = use_toasts();
    let wrong = RwSignal::new(Vec::<String>::new());
    let wanted = RwSignal::new(Overrides::new());
    let open = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let changes = Memo::new(move |_| {
        preferences.view().with(|view| wanted.with(|wanted| differences(&view.layers.own, wanted)))
    });
    let choose = move |file: web_sys::File| {
        wrong.set(Vec::new());
        spawn_local(async move {
            let read = files::read(&file, LARGEST_FILE).await.map_err(|sentence| vec![sentence]);
            match read
                .and_then(|text| overrides_of(&text, &preferences.view().get_untracked().layers))
            {
                Ok(overrides) => {
                    wanted.set(overrides);
                    if changes.with_untracked(Vec::is_empty) {
                        toasts.show(Tone::Info, "This file matches your current preferences.");
                    } else {
                        open.set(true);
                    }
                }
                Err(sentences) => wrong.set(sentences),
            }
        });
    };
    let import = move |()| {
        busy.set(true);
        spawn_local(async move {
            match preferences.import(wanted.get_untracked()).await {
                Ok(undo) => toasts.offer("Preferences imported.", "Undo", move || {
                    preferences.saver.put_back(undo.clone());
                }),
                Err(error) => wrong.set(sentences(&errors_of(error))),
            }
            busy.set(false);
            open.set(false);
        });
    };
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
        <ConfirmDialog
            id="import-dialog"
            title="Import these preferences?"
            open=open
            confirm="Import"
            on_confirm=import
            on_cancel=move |()| open.set(false)
            busy=busy
        >
            <p>
                "Your own values are replaced by those of the file. Settings that it does not \
                    name go back to their defaults."
            </p>
            <DifferenceList items=Signal::derive(move || {
                changes.get().iter().map(difference).collect::<Vec<_>>()
            }) />
        </ConfirmDialog>
    }
}

/// What a file would make of one's own values, or every reason why it cannot.
fn overrides_of(text: &str, layers: &Layers) -> Result<Overrides, Vec<String>> {
    let file = PreferencesFile::read(text).map_err(|sentence| vec![sentence])?;
    save::parse(&Value::Object(file.overrides))
        .and_then(|patch| save::plan(&layers.without_own(), &patch))
        .map_err(|errors| sentences(&errors))
}

fn sentences(errors: &[FieldError]) -> Vec<String> {
    let sentence = |error: &FieldError| match error.path.as_str() {
        "" => error.message.clone(),
        path => format!("{}: {}", label(path), error.message),
    };
    errors.iter().map(sentence).collect()
}

#[cfg(test)]
mod tests {
    use super::{Layers, overrides_of};
    use serde_json::{Value, json};

    #[test]
    fn takes_over_what_an_export_holds() {
        let text = r#"{"trainPreferences": 1, "overrides": {"theme": "dark"}}"#;
        let own = overrides_of(text, &Layers::default()).unwrap();
        assert_eq!(Value::Object(own), json!({"theme": "dark"}));
    }

    #[test]
    fn a_file_is_held_against_what_the_organization_sets() {
        let text =
            r#"{"trainPreferences": 1, "overrides": {"qualityThresholds": {"flagging": 8.5}}}"#;
        assert!(
            overrides_of(text, &Layers::default()).is_err(),
            "Train itself approves from 8.0 on"
        );
        let organization =
            json!({"qualityThresholds": {"autoApproval": 9.5}}).as_object().cloned().unwrap();
        let own = overrides_of(text, &Layers { organization, ..Layers::default() }).unwrap();
        assert_eq!(Value::Object(own), json!({"qualityThresholds": {"flagging": 8.5}}));
    }

    #[test]
    fn tells_everything_that_is_wrong_with_a_file() {
        let text = r#"{"trainPreferences": 1, "overrides": {"theme": "pink", "rowsPerPage": 7}}"#;
        assert_eq!(overrides_of(text, &Layers::default()).unwrap_err().len(), 2);
        assert!(
            overrides_of("{", &Layers::default()).unwrap_err()[0]
                .starts_with("This file is not JSON")
        );
        assert!(
            overrides_of("{}", &Layers::default()).unwrap_err()[0].contains("Train preferences")
        );
    }
}
