//! Key combinations as people read them.

use super::parts;
use leptos::prelude::*;

/// Shows `Ctrl+Shift+K` as keys, and `G H` as one stroke after the other.
#[component]
pub fn Chord(#[prop(into)] keys: Signal<String>) -> impl IntoView {
    let caps = move || {
        let cap = |(key, follows): (String, bool)| {
            view! {
                {follows.then_some(" ")}
                <Cap key=key follows=follows />
            }
        };
        parts(caps_of(&keys.get()).into_iter().map(cap))
    };
    view! { <span class="chord">{caps}</span> }.into_any()
}

/// The keys, each with whether it begins a stroke after another. Strokes are apart by a space,
/// their keys by `+`; a last `+` is the plus key itself.
fn caps_of(keys: &str) -> Vec<(String, bool)> {
    let mut caps = Vec::new();
    for stroke in keys.split_whitespace() {
        let before = caps.len();
        for key in stroke.split_inclusive('+').filter_map(key_of) {
            caps.push((key.to_owned(), before > 0 && caps.len() == before));
        }
    }
    caps
}

/// The key of a piece of the text, if there is one.
fn key_of(piece: &str) -> Option<&str> {
    let key = if piece == "+" { piece } else { piece.trim_end_matches('+') };
    (!key.is_empty()).then_some(key)
}

#[component]
fn Cap(key: String, follows: bool) -> impl IntoView {
    let (sign, words) = match key.as_str() {
        "ArrowRight" => ("→", Some("Right arrow")),
        "ArrowLeft" => ("←", Some("Left arrow")),
        "ArrowUp" => ("↑", Some("Up arrow")),
        "ArrowDown" => ("↓", Some("Down arrow")),
        other => (other, None),
    };
    view! {
        <kbd translate="no" data-follows=follows.then_some("")>
            <span aria-hidden=words.map(|_| "true")>{sign.to_owned()}</span>
            {words.map(|words| view! { <span class="visually-hidden">{words}</span> })}
        </kbd>
    }
}

#[cfg(test)]
mod tests {
    use super::caps_of;

    fn shown(keys: &str) -> String {
        let caps = caps_of(keys).into_iter();
        caps.map(|(key, follows)| format!("{}[{key}]", if follows { " " } else { "" })).collect()
    }

    #[test]
    fn strokes_and_their_keys_are_told_apart() {
        for (keys, caps) in [
            ("Ctrl+Shift+K", "[Ctrl][Shift][K]"),
            ("Ctrl+W R", "[Ctrl][W] [R]"),
            ("G H", "[G] [H]"),
            ("Ctrl++", "[Ctrl][+]"),
            ("+ Ctrl++", "[+] [Ctrl][+]"),
            ("ArrowRight", "[ArrowRight]"),
            ("", ""),
        ] {
            assert_eq!(shown(keys), caps, "{keys}");
        }
    }
}
