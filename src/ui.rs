//! Pages, components and what the browser remembers. Opens `api` and `domain`.

pub mod app;
pub mod call_dialog;
pub mod client;
pub mod components;
pub mod form;
pub mod frame;
pub mod moment;
pub mod pages;
pub mod search;
pub mod shell;
pub mod words;

use leptos::prelude::*;

/// Hydrates the page that the server rendered.
pub fn start_in_browser() {
    console_error_panic_hook::set_once();
    client::visit::follow_redirects_whole();
    leptos::mount::hydrate_lazy(|| {
        provide_context(client::boot::read_from_page());
        app::App()
    });
}
