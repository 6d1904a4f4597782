//! Back to what is inherited: a section or everything, with a preview of what changes.

use crate::{
    domain::{
        letter_case::lowercase,
        merge_patch::{FieldChange, get},
        preferences::{Layers, catalog::Section},
    },
    ui::{
        client::{preferences::use_preferences, toasts::use_toasts},
        components::{ConfirmDialog, DifferenceList, Tone},
        words::difference,
    },
};
use leptos::{prelude::*, task::spawn_local};

/// Asks, showing every value that would change; `None` resets everything.
#[component]
pub fn ResetDialog(section: Option<Section>, open: RwSignal<bool>) -> impl IntoView {
    let preferences = use_preferences();
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let what = section.map_or("everything".to_owned(), |section| lowercase(section.label()));
    let confirm = {
        let what = what.clone();
        move |()| {
            busy.set(true);
            let what = what.clone();
            spawn_local(async move {
                match preferences.reset(section).await {
                    // Of this reset: something else may have been saved by the time it is pressed.
                    Ok(undo) => toasts.offer(format!("Reset {what}."), "Undo", move || {
                        preferences.saver.put_back(undo.clone());
                    }),
                    Err(error) => toasts.show(Tone::Danger, error.error),
                }
                busy.set(false);
                open.set(false);
            });
        }
    };
    let items = Signal::derive(move || {
        preferences
            .view()
            .with(|view| lost(&view.layers, section))
            .iter()
            .map(difference)
            .collect::<Vec<_>>()
    });
    view! {
        <ConfirmDialog
            id=format!("reset-{}", section.map_or("all", Section::as_str))
            title=format!("Reset {what}?")
            open=open
            confirm=if section.is_some() { "Reset section" } else { "Reset everything" }
            target=section.map_or("", Section::label)
            on_confirm=confirm
            on_cancel=move |()| open.set(false)
            danger=true
            busy=busy
        >
            <p>
                "Your own values are removed. The defaults of your organization or of Train apply \
                    again."
            </p>
            <DifferenceList items=items />
        </ConfirmDialog>
    }
}

/// What a reset changes, as effective values: old is what the person chose, new is what is
/// inherited.
fn lost(layers: &Layers, section: Option<Section>) -> Vec<FieldChange> {
    let change = |path: &'static str| FieldChange {
        path: path.to_owned(),
        old: get(&layers.own, path).cloned(),
        new: layers.inherited(path).cloned(),
    };
    layers.own_paths(section).into_iter().map(change).collect()
}
