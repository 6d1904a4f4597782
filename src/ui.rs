//! Pages, components and what the browser remembers. Opens `api` and `domain`.

pub mod app;
pub mod call_dialog;
pub mod chart;
pub mod client;
pub mod components;
pub mod form;
pub mod frame;
pub mod moment;
pub mod page_query;
pub mod pages;
pub mod search;
pub mod shell;
mod wake;
pub mod words;

use leptos::prelude::*;

/// Whether the whole page is alive, also the parts whose code comes later. Until then nothing may change what the page shows: those parts
/// would not find what the server drew for them.
#[derive(Clone)]
pub struct Whole(ArcRwSignal<bool>);

impl Default for Whole {
    fn default() -> Self {
        Self(ArcRwSignal::new(false))
    }
}

impl Whole {
    /// It is.
    pub fn tell(&self) {
        self.0.set(true);
    }

    /// Whether it is; effects that ask run again once it is.
    pub fn get(&self) -> bool {
        self.0.get()
    }
}

/// The application over the page that the server rendered; the crate's entry hydrates it.
pub fn in_browser(whole: Whole) -> impl IntoView {
    client::missing_code::watch();
    client::visit::follow_redirects_whole();
    provide_context(whole);
    let boot = client::boot::read_from_page();
    client::rest::belongs_to(boot.user.as_ref().map(|user| user.id).unwrap_or_default());
    provide_context(boot);
    app::App()
}
