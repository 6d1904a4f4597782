//! Web Locks: which tab is alive, and which one of many does what only one should.
//!
//! Called by name because web-sys has them only behind its unstable flag. They exist in secure contexts (https and localhost); elsewhere
//! [`are_supported`] is false and callers do without.

use js_sys::{Function, Object, Promise, Reflect};
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
    request(name, &Object::new(), move |_| {
        granted();
        Promise::new(&mut |_, _| {}).into()
    });
}

/// Runs `granted` if nobody holds the lock, and frees it at once.
pub fn if_free(name: &str, granted: impl FnOnce() + 'static) {
    let options = Object::new();
    let _ = Reflect::set(&options, &"ifAvailable".into(), &true.into());
    request(name, &options, move |lock| {
        if !lock.is_null() {
            granted();
        }
        JsValue::UNDEFINED
    });
}

fn request(name: &str, options: &Object, granted: impl FnOnce(JsValue) -> JsValue + 'static) {
    let Some(manager) = manager() else { return };
    let Some(request) =
        Reflect::get(&manager, &"request".into()).ok().and_then(|value| value.dyn_into::<Function>().ok())
    else {
        return;
    };
    let callback = Closure::once_into_js(granted);
    let _ = request.call3(&manager, &name.into(), options, &callback);
}
