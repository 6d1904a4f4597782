//! Key combinations as people read them.

use super::parts;
use leptos::prelude::*;

/// Shows `Ctrl+Shift+K` as keys. The text is split at `+`; a last `+` is the plus key itself.
#[component]
pub fn Chord(#[prop(into)] keys: Signal<String>) -> impl IntoView {
    let caps = move || {
        let keys = keys.get();
        let caps = keys.split_inclusive('+').filter_map(key_of);
        parts(caps.map(|key| view! { <Cap key=key.to_owned() /> }))
    };
    view! { <span class="chord">{caps}</span> }.into_any()
}

/// The key of a piece of the text, if there is one.
fn key_of(piece: &str) -> Option<&str> {
    let key = if piece == "+" { piece } else { piece.trim_end_matches('+') };
    (!key.is_empty()).then_some(key)
}

#[component]
fn Cap(key: String) -> impl IntoView {
    let (sign, words) = match key.as_str() {
        "ArrowRight" => ("→", Some("Right arrow")),
        "ArrowLeft" => ("←", Some("Left arrow")),
        "ArrowUp" => ("↑", Some("Up arrow")),
        "ArrowDown" => ("↓", Some("Down arrow")),
        other => (other, None),
    };
    view! {
        <kbd translate="no">
            <span aria-hidden=words.map(|_| "true")>{sign.to_owned()}</span>
            {words.map(|words| view! { <span class="visually-hidden">{words}</span> })}
        </kbd>
    }
}
