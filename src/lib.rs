//! Train: settings and administration for teams that make LoRA fine-tuning data with Claude.
//!
//! The house has four rooms; `docs/architecture.md` says what belongs in each and which doors it may use.

#![recursion_limit = "512"]

// Types and handlers carry utoipa's marks, which only the tests read (server/http/openapi.rs).
#[cfg(not(feature = "openapi"))]
extern crate no_openapi as utoipa;

pub mod api;
pub mod domain;
#[cfg(feature = "ssr")]
pub mod server;
pub mod ui;

/// Starts the application over the page that the server drew; called by the page's script (`ui/wake.js`). Ends when every part of the page
/// is alive, also one whose code was loaded for it.
///
/// `heard` is what was pushed to the page before: pairs of an event's name, or null where anything may have been missed, and its data.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub async fn hydrate(heard: js_sys::Array) {
    let Some(body) = leptos::prelude::document().body() else { return };
    let whole = ui::Whole::default();
    let app = whole.clone();
    leptos::mount::hydrate_from_async(body, move || ui::in_browser(app)).await.forget();
    whole.tell();
    // Effects begin to listen first.
    leptos::task::tick().await;
    for pair in heard.iter().map(|pair| js_sys::Array::from(&pair)) {
        let data = pair.get(1).as_string().unwrap_or_default();
        ui::client::live::hear(pair.get(0).as_string().as_deref(), &data);
    }
}
