//! Train: settings and administration for teams that make LoRA fine-tuning data with Claude.
//!
//! The house has four rooms; `docs/architecture.md` says what belongs in each and which doors it may use.

#![recursion_limit = "512"]

pub mod api;
pub mod domain;
#[cfg(feature = "ssr")]
pub mod server;
pub mod ui;

/// Starts the application in the browser; called by the page's module script.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    wasm_bindgen_futures::spawn_local(async {
        let Some(body) = leptos::prelude::document().body() else { return };
        // Ends when every part of the page is alive, also one whose code was loaded for it.
        leptos::mount::hydrate_from_async(body, ui::in_browser).await.forget();
        ui::app::tell_hydrated();
    });
}
