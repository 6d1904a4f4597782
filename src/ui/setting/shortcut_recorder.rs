//! Recording a shortcut: press the keys, and what is wrong with them is said before anything is
//! saved.

use crate::{
    domain::shortcut::{self, Stroke},
    ui::{
        client::{
            keys::{is_composing, stroke},
            shortcuts::use_key_names,
        },
        components::{Button, ButtonVariant, Chord},
    },
};
use leptos::{ev::KeyboardEvent, prelude::*};
use serde_json::Value;
use std::time::Duration;

/// After the first stroke a second one may follow within this time.
const SECOND_STROKE: Duration = Duration::from_millis(900);

/// Shows a binding, records another, or takes it away.
#[component]
pub fn ShortcutRecorder(
    label: &'static str,
    value: Signal<String>,
    on_edit: Callback<Value>,
    disabled: Signal<bool>,
) -> impl IntoView {
    let key_names = use_key_names();
    let recording = RwSignal::new(false);
    let strokes = RwSignal::new(Vec::<Stroke>::new());
    // Only the last timer counts.
    let timer = StoredValue::new(0_u32);
    let stop_timer = move || timer.update_value(|number| *number = number.wrapping_add(1));
    let finish = move || {
        stop_timer();
        recording.set(false);
        let typed: Vec<String> = strokes.get_untracked().iter().map(ToString::to_string).collect();
        strokes.set(Vec::new());
        if !typed.is_empty() {
            on_edit.run(Value::String(typed.join(" ")));
        }
    };
    let cancel = move || {
        stop_timer();
        strokes.set(Vec::new());
        recording.set(false);
    };
    let pressed = move |event: KeyboardEvent| {
        if !recording.get_untracked() || event.key() == "Tab" || is_composing(&event) {
            return;
        }
        event.prevent_default();
        event.stop_propagation();
        if event.key() == "Escape" {
            return cancel();
        }
        let Some(stroke) = stroke(&event) else { return };
        strokes.update(|strokes| strokes.push(stroke));
        if strokes.with_untracked(Vec::len) == 2 {
            finish();
        } else {
            let number = timer.get_value();
            let end = move || {
                // The recorder may be gone by then.
                if timer.try_get_value() == Some(number) {
                    finish();
                }
            };
            set_timeout(end, SECOND_STROKE);
        }
    };
    let shown = move || {
        if recording.get() {
            let typed: Vec<String> = strokes.get().iter().map(ToString::to_string).collect();
            let typed = key_names(&typed.join(" "));
            let text =
                if typed.is_empty() { "Press keys…".to_owned() } else { format!("{typed} …") };
            return view! { <span>{text}</span> }.into_any();
        }
        match value.get() {
            none if none == shortcut::NONE => view! { <span class="hint">"None"</span> }.into_any(),
            keys => view! { <Chord keys=key_names(&keys) /> }.into_any(),
        }
    };
    view! {
        <button
            type="button"
            class="button shortcut-recorder"
            data-variant="secondary"
            aria-label=move || format!("{label}: {}. Record another shortcut", value.get())
            aria-pressed=move || if recording.get() { "true" } else { "false" }
            disabled=disabled
            on:click=move |_| recording.set(true)
            on:keydown=pressed
            on:blur=move |_| cancel()
        >
            {shown}
        </button>
        <Button
            variant=ButtonVariant::Ghost
            small=true
            disabled=Signal::derive(move || disabled.get() || value.get() == shortcut::NONE)
            on_press=move |()| on_edit.run(Value::from(shortcut::NONE))
        >
            "None"
            <span class="visually-hidden">" for " {label}</span>
        </Button>
    }
}
