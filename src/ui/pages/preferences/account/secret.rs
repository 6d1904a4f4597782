//! A secret that is shown once.

use crate::ui::components::{Button, IconName};
use js_sys::{Function, Promise, Reflect};
use leptos::{html, prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// The text in a field that selects itself, and a button that copies it.
#[component]
pub fn Secret(#[prop(into)] label: String, text: String) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let status = RwSignal::new("");
    let copied = StoredValue::new(text.clone());
    let copy = move |()| {
        spawn_local(async move {
            if copy(&copied.get_value()).await.is_ok() {
                status.set("Copied.");
            } else {
                // Browsers allow it on secure pages only.
                if let Some(field) = field.get_untracked() {
                    field.select();
                    let _ = field.focus();
                }
                status.set(
                    "The browser does not allow copying here. The text is selected: copy it \
                    with the keyboard.",
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

/// Puts the text on the clipboard. Read by name: on a page without TLS there is no clipboard at
/// all.
async fn copy(text: &str) -> Result<(), JsValue> {
    let navigator = web_sys::window().ok_or(JsValue::NULL)?.navigator();
    let clipboard = Reflect::get(&navigator, &"clipboard".into())?;
    let write: Function = Reflect::get(&clipboard, &"writeText".into())?.dyn_into()?;
    let written: Promise = write.call1(&clipboard, &text.into())?.dyn_into()?;
    JsFuture::from(written).await.map(|_| ())
}
