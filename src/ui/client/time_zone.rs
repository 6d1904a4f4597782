//! What the browser knows of time zones. Read by name, because older browsers lack some of it; the server is never asked.

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// The zone that this device is set to, by its IANA name.
pub fn of_this_device() -> Option<String> {
    let format = intl("DateTimeFormat")?.call0(&JsValue::UNDEFINED).ok()?;
    let options: Function =
        Reflect::get(&format, &"resolvedOptions".into()).ok()?.dyn_into().ok()?;
    let options = options.call0(&format).ok()?;
    Reflect::get(&options, &"timeZone".into()).ok()?.as_string()
}

/// Every zone that the browser knows, in the order of their names, and UTC; only UTC where the browser has no list.
pub fn all() -> Vec<String> {
    let listed = intl("supportedValuesOf")
        .and_then(|list| list.call1(&JsValue::UNDEFINED, &"timeZone".into()).ok());
    let listed = listed.map(|list| Array::from(&list)).unwrap_or_default();
    let mut zones: Vec<String> = listed.iter().filter_map(|zone| zone.as_string()).collect();
    zones.push("UTC".into());
    zones.sort();
    zones.dedup();
    zones
}

fn intl(name: &str) -> Option<Function> {
    let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
    Reflect::get(&intl, &name.into()).ok()?.dyn_into().ok()
}
