//! Files that the browser gives to the person, and takes from them.

use crate::domain::text_file;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, File, HtmlAnchorElement, HtmlInputElement, Url};

/// Offers a text as a file to keep.
pub fn offer(name: &str, media_type: &str, text: &str) -> Result<(), JsValue> {
    let kind = BlobPropertyBag::new();
    kind.set_type(media_type);
    let content =
        Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&text.into()), &kind)?;
    let address = Url::create_object_url_with_blob(&content)?;
    press(&address, name)?;
    Url::revoke_object_url(&address)
}

/// Has the browser fetch a file of the server, which names it.
pub fn fetch(address: &str) -> Result<(), JsValue> {
    press(address, "")
}

fn press(address: &str, name: &str) -> Result<(), JsValue> {
    let page = web_sys::window().and_then(|window| window.document()).ok_or(JsValue::NULL)?;
    let link: HtmlAnchorElement = page.create_element("a")?.dyn_into()?;
    link.set_href(address);
    link.set_download(name);
    link.click();
    Ok(())
}

/// The file chosen in an input, which is emptied so that the same file can be chosen again.
pub fn take(input: &HtmlInputElement) -> Option<File> {
    let file = input.files()?.get(0);
    input.set_value("");
    file
}

/// Reads a file as text in UTF-8 or UTF-16, if the text has not more than so many bytes in UTF-8.
/// The error is a sentence.
///
/// From its bytes: a browser's own reading takes everything for UTF-8 and puts signs of its own
/// where that does not fit.
pub async fn read(file: &File, largest: u32) -> Result<String, String> {
    let too_large = || format!("This file is too large; at most {} KiB.", largest / 1024);
    // In UTF-16 most of it takes twice the room.
    if file.size() > f64::from(largest) * 2.0 + 4.0 {
        return Err(too_large());
    }
    let bytes = JsFuture::from(file.array_buffer())
        .await
        .map_err(|_| "This file could not be read. Choose it again.".to_owned())?;
    let text = text_file::decode(&Uint8Array::new(&bytes).to_vec())?;
    if text.len() > largest as usize { Err(too_large()) } else { Ok(text) }
}
