//! What the server rendered the page with, read by the browser from the page itself.

use crate::api::session::Boot;

/// The element that holds it: data, not script, so the content security policy has no say in it.
pub const ELEMENT: &str = "train-boot";

/// Reads it; the defaults, as for somebody signed out, when it is not there.
pub fn read_from_page() -> Boot {
    let element = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|page| page.get_element_by_id(ELEMENT));
    let text = element.and_then(|element| element.text_content()).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}
