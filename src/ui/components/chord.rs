//! Key combinations as people read them.

use super::parts;
use leptos::prelude::*;

/// Shows `Ctrl+Shift+K` as keys. The text is split at `+`; a last `+` is the plus key itself.
#[component]
pub fn Chord(#[prop(into)] keys: Signal<String>) -> impl IntoView {
    let caps = move || parts(keys.get().split_inclusive('+').filter_map(cap));
    view! { <span class="chord">{caps}</span> }.into_any()
}

fn cap(piece: &str) -> Option<impl IntoView + use<>> {
    let key = if piece == "+" { piece } else { piece.trim_end_matches('+') };
    let (sign, words) = match key {
        "" => return None,
        "ArrowRight" => ("→", Some("Right arrow")),
        "ArrowLeft" => ("←", Some("Left arrow")),
        "ArrowUp" => ("↑", Some("Up arrow")),
        "ArrowDown" => ("↓", Some("Down arrow")),
        other => (other, None),
    };
    Some(view! {
        <kbd translate="no">
            <span aria-hidden=words.map(|_| "true")>{sign.to_owned()}</span>
            {words.map(|words| view! { <span class="visually-hidden">{words}</span> })}
        </kbd>
    })
}
