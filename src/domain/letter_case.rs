//! Small and capital letters of every script.
//!
//! A browser has the tables for that itself. Those of the standard library would be ten kilobytes
//! of the code of every page.

use js_sys::JsString;

/// A text in small letters.
pub fn lowercase(text: &str) -> String {
    if cfg!(target_arch = "wasm32") {
        JsString::from(text).to_lower_case().into()
    } else {
        text.to_lowercase()
    }
}

/// A text in capital letters.
pub fn uppercase(text: &str) -> String {
    if cfg!(target_arch = "wasm32") {
        JsString::from(text).to_upper_case().into()
    } else {
        text.to_uppercase()
    }
}
