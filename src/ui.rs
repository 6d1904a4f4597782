//! Pages, components and what the browser remembers. Opens `api` and `domain`.

pub mod app;
pub mod pages;
pub mod shell;

/// Hydrates the page that the server rendered.
pub fn start_in_browser() {}
