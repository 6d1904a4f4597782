//! Which time zone the browser is in. Read by name, because older browsers lack some of it.

use js_sys::{Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// The zone that this device is set to, by the name that the browser has for it: perhaps one that
/// was given up long ago.
pub fn of_this_device() -> Option<String> {
    let format = intl("DateTimeFormat")?.call0(&JsValue::UNDEFINED).ok()?;
    let options: Function =
        Reflect::get(&format, &"resolvedOptions".into()).ok()?.dyn_into().ok()?;
    let options = options.call0(&format).ok()?;
    Reflect::get(&options, &"timeZone".into()).ok()?.as_string()
}

fn intl(name: &str) -> Option<Function> {
    let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
    Reflect::get(&intl, &name.into()).ok()?.dyn_into().ok()
}
