//! What a key press means, for everything that listens to keys.

use crate::domain::shortcut::{Pressed, Stroke};
use web_sys::KeyboardEvent;

/// What browsers report for a key that an input method takes for itself.
const TAKEN_BY_INPUT_METHOD: u32 = 229;

/// Whether the key belongs to an input method that composes text: then it is no command, whatever
/// it is called. Safari ends the composition before it reports the key that ended it, so that only
/// the number of the key tells.
pub fn is_composing(event: &KeyboardEvent) -> bool {
    event.is_composing() || event.key_code() == TAKEN_BY_INPUT_METHOD
}

/// The stroke of a shortcut. `None` for a modifier alone, for keys that have no name, and for what
/// an input method takes.
pub fn stroke(event: &KeyboardEvent) -> Option<Stroke> {
    if is_composing(event) {
        return None;
    }
    Stroke::of(&Pressed {
        key: &event.key(),
        code: &event.code(),
        main: if is_mac() { event.meta_key() } else { event.ctrl_key() },
        alt: event.alt_key(),
        shift: event.shift_key(),
    })
}

/// True on Apple's platforms, where Command is the main modifier.
pub fn is_mac() -> bool {
    web_sys::window()
        .and_then(|window| window.navigator().platform().ok())
        .is_some_and(|platform| platform.starts_with("Mac") || platform.starts_with("iP"))
}
