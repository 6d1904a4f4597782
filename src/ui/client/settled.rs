//! A value that rested: for questions to the server that follow what somebody is typing.

use gloo_timers::callback::Timeout;
use leptos::prelude::*;

/// Follows `value`, but only after it has not changed for so many milliseconds. It begins with the
/// first one.
pub fn settled<T: Clone + PartialEq + Send + Sync + 'static>(
    value: Memo<T>,
    rest_ms: u32,
) -> RwSignal<T> {
    let rested = RwSignal::new(value.get_untracked());
    let changes = StoredValue::new(0_u32);
    Effect::new(move |_| {
        let next = value.get();
        changes.update_value(|count| *count = count.wrapping_add(1));
        let own = changes.get_value();
        Timeout::new(rest_ms, move || {
            // `None` when the page is gone in the meantime.
            if changes.try_get_value() == Some(own)
                && rested.with_untracked(|rested| *rested != next)
            {
                rested.set(next);
            }
        })
        .forget();
    });
    rested
}
