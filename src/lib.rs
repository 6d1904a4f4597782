//! Train: settings and administration for teams that make LoRA fine-tuning data with Claude.
//!
//! The house has four rooms; `docs/architecture.md` says what belongs in each and which doors it
//! may use.

#![recursion_limit = "512"]

pub mod api;
pub mod domain;
#[cfg(feature = "ssr")]
pub mod server;
pub mod ui;

/// Loads the code of the page that is shown, so that [`hydrate`] has to wait for nothing. Called by
/// the page's script (`ui/hydration.js`).
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub async fn prepare() {
    ui::client::missing_code::watch();
    let location = leptos::prelude::window().location();
    let (path, query) = (location.pathname(), location.search());
    ui::app::load_page(&path.unwrap_or_default(), &query.unwrap_or_default()).await;
}

/// Starts the application over the page that the server drew, in one go: whoever else works on the
/// page must not come in between. After [`prepare`].
///
/// `pending` is what was pushed to the page before: pairs of an event's name, or null where
/// anything may have been missed, and its data.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate(pending: js_sys::Array) {
    use leptos::wasm_bindgen::JsCast;
    let page = leptos::prelude::document();
    let Some(root) = page.get_element_by_id(ui::shell::ROOT) else { return };
    leptos::mount::hydrate_from(root.unchecked_into(), ui::in_browser).forget();
    leptos::task::spawn_local(async move {
        // Effects begin to listen first.
        leptos::task::tick().await;
        for pair in pending.iter().map(|pair| js_sys::Array::from(&pair)) {
            let data = pair.get(1).as_string().unwrap_or_default();
            ui::client::live::dispatch(pair.get(0).as_string().as_deref(), &data);
        }
    });
}
