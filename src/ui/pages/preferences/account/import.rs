//! Preferences out of a file: what is wrong with it or what it would change, and taking it over.

use super::opened::Opened;
use crate::{
    domain::{
        field_error::FieldError,
        merge_patch::differences,
        preferences::{Layers, Overrides, PreferencesFile, save},
    },
    ui::{
        client::{files, preferences::use_preferences, toasts::use_toasts},
        components::{ConfirmDialog, DifferenceList, Tone},
        form::errors_of,
        words::{difference, label},
    },
};
use leptos::{prelude::*, task::spawn_local};
use serde_json::Value;

/// The server takes no larger body.
const LARGEST_FILE: u32 = 64 * 1024;

/// Shows what the chosen file would change, before it does.
#[component]
pub fn ImportDialog(opened: Opened) -> impl IntoView {
    let Opened { file, wrong, .. } = opened;
    let preferences = use_preferences();
    let toasts = use_toasts();
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
    Effect::new(move |_| {
        if let Some(file) = file.get() {
            choose(file.take());
        }
    });
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
