//! Pages, components and what the browser remembers. Opens `api` and `domain`.

/// Hydrates the page that the server rendered.
pub fn start_in_browser() {}
