//! On or off.

use super::{Icon, IconName, dom::Resets, naming::ControlText};
use leptos::{html, prelude::*};

/// On or off, at once. A native check box underneath, so plain forms send it; its name never
/// changes with its state.
///
/// Outside a row the label stands beside it. With an `icon` it is only that picture, and the label
/// its name and tooltip: for what must not compete with the control beside it.
#[component]
pub fn Switch(
    #[prop(optional, into)] id: String,
    #[prop(optional, into)] label: String,
    #[prop(optional, into)] hint: String,
    #[prop(optional)] icon: Option<IconName>,
    /// Name of the form entry, sent as `on` only when on.
    #[prop(optional, into)]
    name: Option<String>,
    #[prop(into)] value: Signal<bool>,
    #[prop(optional, into)] on_change: Option<Callback<bool>>,
    #[prop(optional, into)] disabled: Signal<bool>,
) -> impl IntoView {
    let text = ControlText { id, label, hint, disabled, ..Default::default() };
    let naming = text.naming();
    let node = NodeRef::<html::Input>::new();
    Resets::on_change(move |reset| {
        if let Some(input) = node.get()
            && reset
            && on_change.is_some()
        {
            input.set_checked(value.get_untracked());
        }
    });
    // After a wish that was not granted it shows what holds.
    let input = view! {
        <input
            class=if icon.is_some() { "icon-toggle-input" } else { "switch" }
            type="checkbox"
            role="switch"
            node_ref=node
            id=naming.id.clone()
            name=name
            autocomplete="off"
            checked=value.get_untracked()
            prop:checked=value
            disabled=naming.disabled
            aria-labelledby=naming.label_id.clone()
            aria-describedby=naming.described_by.clone()
            aria-invalid=naming.invalid()
            on:change:target=move |event| {
                if let Some(on_change) = on_change {
                    let input = event.target();
                    on_change.run(input.checked());
                    input.set_checked(value.get_untracked());
                }
            }
        />
    };
    if text.label.is_empty() {
        return input.into_any();
    }
    if let Some(icon) = icon {
        let title = text.label.clone();
        return view! {
            <label class="icon-toggle" title=title>
                {input}
                <Icon name=icon size="s" />
                <span class="visually-hidden" id=naming.label_id.clone()>
                    {text.label}
                </span>
            </label>
        }
        .into_any();
    }
    let hint = (!text.hint.is_empty())
        .then(|| view! { <small id=format!("{}-hint", text.id)>{text.hint}</small> });
    view! {
        <div class="choice">
            {input} <label for=text.id>
                <span id=naming.label_id.clone()>{text.label}</span>
                {hint}
            </label>
        </div>
    }
    .into_any()
}
