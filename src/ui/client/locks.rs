//! Web Locks: which tab is alive, and which one of many does what only one should.
//!
//! Called by name because web-sys has them only behind its unstable flag. They exist in secure
//! contexts (https and localhost); elsewhere [`are_supported`] is false and callers do without.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

fn manager() -> Option<JsValue> {
    let navigator = web_sys::window()?.navigator();
    Reflect::get(&navigator, &"locks".into()).ok().filter(JsValue::is_object)
}

pub fn are_supported() -> bool {
    manager().is_some()
}

/// Waits for the lock, then runs `granted` and keeps the lock for the life of the page.
pub fn hold(name: &str, granted: impl FnOnce() + 'static) {
    request(name, move || {
        granted();
        Promise::new(&mut |_, _| {}).into()
    });
}

/// Waits for the lock, runs `granted` and frees it.
pub fn once_free(name: &str, granted: impl FnOnce() + 'static) {
    request(name, move || {
        granted();
        JsValue::UNDEFINED
    });
}

fn request(name: &str, granted: impl FnOnce() -> JsValue + 'static) {
    let Some(manager) = manager() else { return };
    let Some(request) = Reflect::get(&manager, &"request".into())
        .ok()
        .and_then(|value| value.dyn_into::<Function>().ok())
    else {
        return;
    };
    let callback = Closure::once_into_js(granted);
    let _ = request.call2(&manager, &name.into(), &callback);
}
