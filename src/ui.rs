//! Pages, components and what the browser remembers. Opens `api` and `domain`.

pub mod components;

/// Hydrates the page that the server rendered.
pub fn start_in_browser() {}
