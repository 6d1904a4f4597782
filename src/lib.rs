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
    leptos::mount::hydrate_lazy(ui::in_browser);
}
