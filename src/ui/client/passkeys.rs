//! The browser's passkeys. Everything is read by name: browsers that are too old have none of it,
//! and the newer ones read and write JSON by themselves.

use crate::domain::json;
use js_sys::{Function, JSON, Object, Promise, Reflect};
use serde_json::Value;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

/// What is asked of the browser.
#[derive(Clone, Copy)]
pub enum Asking {
    /// A new passkey.
    Create,
    /// An answer of one that there is.
    Get,
}

impl Asking {
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Create => ("create", "parseCreationOptionsFromJSON"),
            Self::Get => ("get", "parseRequestOptionsFromJSON"),
        }
    }
}

/// Whether this browser can do it.
pub fn are_supported() -> bool {
    reader(Asking::Get).is_ok()
}

fn reader(asking: Asking) -> Result<(JsValue, Function), JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let class = Reflect::get(&window, &"PublicKeyCredential".into())?;
    let read = Reflect::get(&class, &asking.names().1.into())?.dyn_into()?;
    Ok((class, read))
}

/// Has the browser ask its person, until `stop` ends it. `None`: they gave up, or it could not be
/// done.
pub async fn ask(asking: Asking, options: &Value, stop: Option<&AbortSignal>) -> Option<Value> {
    let answer = answer(asking, options, stop).await.ok()?;
    let text: String = JSON::stringify(&answer).ok()?.into();
    json::parse(text.as_bytes()).ok()
}

async fn answer(
    asking: Asking,
    options: &Value,
    stop: Option<&AbortSignal>,
) -> Result<JsValue, JsValue> {
    let (class, read) = reader(asking)?;
    let text = serde_json::to_string(options).map_err(|_| JsValue::NULL)?;
    let options = read.call1(&class, &JSON::parse(&text)?)?;
    let about = Object::new();
    Reflect::set(&about, &"publicKey".into(), &options)?;
    if let Some(stop) = stop {
        Reflect::set(&about, &"signal".into(), stop)?;
    }
    let navigator = web_sys::window().ok_or(JsValue::NULL)?.navigator();
    let credentials = Reflect::get(&navigator, &"credentials".into())?;
    let ask: Function = Reflect::get(&credentials, &asking.names().0.into())?.dyn_into()?;
    let answer: Promise = ask.call1(&credentials, &about)?.dyn_into()?;
    JsFuture::from(answer).await
}
