//! A secret that is shown once.

use super::{Button, IconName};
use crate::ui::client::clipboard;
use leptos::{html, prelude::*, task::spawn_local};

/// The text in a field that selects itself, and a button that copies it.
#[component]
pub fn Secret(#[prop(into)] label: String, text: String) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let status = RwSignal::new("");
    let copied = StoredValue::new(text.clone());
    let copy = move |()| {
        spawn_local(async move {
            if clipboard::copy(&copied.get_value()).await.is_ok() {
                status.set("Copied.");
            } else {
                // Browsers allow it on secure pages only.
                if let Some(field) = field.get_untracked() {
                    field.select();
                    let _ = field.focus();
                }
                status.set(
                    "The browser does not allow copying here. Copy the selected text with the \
                    keyboard.",
                );
            }
        });
    };
    view! {
        <div class="control">
            <label class="control-label" for="secret">
                {label}
            </label>
            <div class="secret">
                <input
                    class="input"
                    data-mono=""
                    id="secret"
                    readonly
                    value=text
                    autocomplete="off"
                    spellcheck="false"
                    node_ref=field
                    aria-describedby="secret-status"
                    on:focus:target=move |event| event.target().select()
                />
                <Button icon=IconName::Copy on_press=copy>
                    "Copy"
                </Button>
            </div>
            <p class="control-hint" id="secret-status" role="status">
                {status}
            </p>
        </div>
    }
}
