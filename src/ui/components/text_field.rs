//! One line of text.

use super::{
    dom::{follow, settle},
    naming::ControlText,
};
use leptos::{html, prelude::*};

/// One line of text: a name, an address. For a password there is [`super::PasswordField`].
///
/// With `on_change` or `on_commit` the field follows `value`, except while it has focus. With
/// neither, `value` is only where it starts: that is the field of a plain form, and typing before
/// the script has arrived is not lost.
#[component]
pub fn TextField(
    #[prop(optional, into)] id: String,
    #[prop(optional, into)] label: String,
    #[prop(optional, into)] hint: String,
    #[prop(optional, into)] error: MaybeProp<String>,
    #[prop(optional, into)] name: Option<String>,
    #[prop(optional, into)] value: Signal<String>,
    /// Each edit.
    #[prop(optional, into)]
    on_change: Option<Callback<String>>,
    /// A finished edit: focus left the field, or Enter.
    #[prop(optional, into)]
    on_commit: Option<Callback<String>>,
    /// `text`, `email`, `url`, `tel`; `password` for a key, which is not shown.
    #[prop(default = "text")]
    kind: &'static str,
    /// What the browser may fill in: `email`, `current-password`, `new-password`, `off`.
    #[prop(default = "off")]
    autocomplete: &'static str,
    #[prop(optional, into)] placeholder: Option<String>,
    #[prop(optional)] required: bool,
    #[prop(optional)] max_length: Option<u32>,
    /// Code rather than prose.
    #[prop(optional)]
    mono: bool,
    /// Digits, for keyboards on the screen.
    #[prop(optional)]
    numeric: bool,
    #[prop(optional)] autofocus: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] reason: MaybeProp<String>,
) -> impl IntoView {
    let text = ControlText { id, label, hint, error, disabled, reason };
    let naming = text.naming();
    let node = NodeRef::<html::Input>::new();
    let edited = naming.clone();
    let controlled = on_change.is_some() || on_commit.is_some();
    if controlled {
        follow(node, value, |_| ());
    }
    let input = view! {
        <input
            class="input"
            type=kind
            id=naming.id.clone()
            name=name
            value=value.get_untracked()
            node_ref=node
            autocomplete=autocomplete
            inputmode=numeric.then_some("numeric")
            spellcheck=(mono || kind != "text").then_some("false")
            placeholder=placeholder
            required=required
            maxlength=max_length.map(|max| max.to_string())
            autofocus=autofocus
            data-mono=mono.then_some("")
            disabled=naming.disabled
            aria-describedby=naming.described_by.clone()
            aria-invalid=naming.invalid()
            on:input:target=move |event| {
                edited.edit();
                if let Some(on_change) = on_change {
                    on_change.run(event.target().value());
                }
            }
            on:change:target=move |event| {
                if let Some(on_commit) = on_commit {
                    on_commit.run(event.target().value());
                }
            }
            on:blur:target=move |event| {
                if controlled {
                    settle(&event.target(), &value.get_untracked());
                }
            }
        />
    };
    text.frame(&naming, false, input.into_any())
}
