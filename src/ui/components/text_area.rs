//! Several lines of text.

use super::{
    dom::{Resets, has_focus},
    naming::ControlText,
};
use leptos::{html, prelude::*};

/// Several lines of text. Grows with its content where the browser can.
#[component]
pub fn TextArea(
    #[prop(optional, into)] id: String,
    #[prop(optional, into)] label: String,
    #[prop(optional, into)] hint: String,
    #[prop(optional, into)] error: MaybeProp<String>,
    #[prop(optional, into)] name: Option<String>,
    #[prop(optional, into)] value: Signal<String>,
    #[prop(optional, into)] on_change: Option<Callback<String>>,
    /// A finished edit: focus left the field.
    #[prop(optional, into)]
    on_commit: Option<Callback<String>>,
    #[prop(default = 4)] rows: u32,
    #[prop(optional)] required: bool,
    #[prop(optional)] mono: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] reason: MaybeProp<String>,
) -> impl IntoView {
    let text = ControlText { id, label, hint, error, disabled, reason };
    let naming = text.naming();
    let node = NodeRef::<html::Textarea>::new();
    let edited = naming.clone();
    let controlled = on_change.is_some() || on_commit.is_some();
    Resets::on_change(move |reset| {
        let text = value.get();
        if let Some(area) = node.get()
            && controlled
            && (reset || !has_focus(&area))
            && area.value() != text
        {
            area.set_value(&text);
        }
    });
    let area = view! {
        <textarea
            class="input"
            id=naming.id.clone()
            name=name
            rows=rows.to_string()
            node_ref=node
            required=required
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
        >
            {value.get_untracked()}
        </textarea>
    };
    text.frame(&naming, false, area.into_any())
}
