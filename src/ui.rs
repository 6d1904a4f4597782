//! Pages, components and what the browser remembers. Opens `api` and `domain`.

pub mod addresses;
pub mod app;
pub mod call_dialog;
pub mod chart;
pub mod client;
pub mod components;
pub mod conversation;
pub mod export;
pub mod form;
pub mod frame;
mod hydration;
pub mod loaded;
pub mod moment;
pub mod page_query;
pub mod paged_list;
pub mod pages;
pub mod search;
pub mod setting;
pub mod shell;
pub mod tab_code;
pub mod tone;
pub mod words;

use leptos::prelude::*;

/// The application over the page that the server rendered; the crate's entry hydrates it.
pub fn in_browser() -> impl IntoView {
    client::visit::follow_redirects_whole();
    provide_context(client::boot::read_from_page());
    app::App()
}
